"""What the pages of the service answer, without a server."""

import asyncio

from starlette.routing import Router


def page_at(routes, path):
    """What they answer to a GET."""
    sent = []

    async def send(message):
        sent.append(message.get("body", b""))

    async def receive():
        return {"type": "http.request", "body": b""}

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": b"", "headers": [], "scheme": "http", "server": ("127.0.0.1", 80),
    }  # fmt: skip
    asyncio.run(Router(routes)(scope, receive, send))
    return b"".join(sent).decode()
