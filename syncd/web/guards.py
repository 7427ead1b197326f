"""What holds for every page: strict headers, small bodies, few wrong tokens."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from collections import OrderedDict, deque

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from syncd.web.style import STYLE

MOST_BYTES = 8192
"""Of the form that a page sends."""
PATIENCE = 10.0
"""Seconds in which the form must have come."""
MOST_WRONG = 20
"""Links that are none of ours, from one address in `WINDOW` seconds."""
WINDOW = 60.0
MOST_ADDRESSES = 1000

_STYLE = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    "content-security-policy": f"default-src 'none'; style-src 'sha256-{_STYLE}'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "interest-cohort=()",
}


class TooLarge(Exception):
    """The form is larger than any of ours, or did not come in time."""


class StrictHeaders:
    """Adds `HEADERS` to every answer, whatever made it; one that an answer has already stays."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, sending)


async def body_of(request: Request) -> bytes:
    """The body of a form. Raises TooLarge."""
    found = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                found += chunk
                if len(found) > MOST_BYTES:
                    raise TooLarge
    except TimeoutError:
        raise TooLarge from None
    return bytes(found)


class WrongTokens:
    """Counts links that are none of ours, by address; links of ours are never held up."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def is_too_many(self, address: str) -> bool:
        """Count one more; whether that is more than a person's slip."""
        present = time.monotonic()
        times = self._seen.setdefault(address, deque(maxlen=MOST_WRONG + 1))
        self._seen.move_to_end(address)
        while len(self._seen) > MOST_ADDRESSES:
            self._seen.popitem(last=False)
        times.append(present)
        while present - times[0] > WINDOW:
            times.popleft()
        return len(times) > MOST_WRONG
