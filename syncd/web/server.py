"""The pages' server: its own socket and thread, beside the cycles of `serve`."""

from __future__ import annotations

import errno
import logging
import socket
import threading
from typing import Self

import uvicorn
from starlette.types import ASGIApp

from syncd.errors import ConfigError, SyncdError

log = logging.getLogger(__name__)

GOODBYE = 1
"""Seconds that a stop leaves to requests in hand; with the daemon's patience it must stay under the
10 of reliability.md O4."""


class Server:
    """Listens from the moment it is made, answers once it is started. A context manager."""

    def __init__(self, app: ASGIApp, address: tuple[str, int]) -> None:
        """Raises SyncdError where it cannot listen there."""
        self._socket = _listening(*address)
        self.address: tuple[str, int] = self._socket.getsockname()[:2]
        config = uvicorn.Config(
            app, http="h11", ws="none", lifespan="off", loop="asyncio", log_config=None,
            log_level="warning", access_log=False, server_header=False, date_header=True,
            proxy_headers=False,
            limit_concurrency=64, timeout_keep_alive=5, timeout_graceful_shutdown=GOODBYE,
            h11_max_incomplete_event_size=16384,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="web", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        log.info("web.start address=%s:%d", *self.address)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(GOODBYE + 0.2)
        self._server.force_exit = True
        self._thread.join(0.2)
        self._socket.close()


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        found = socket.socket(family, kind, protocol)
    except OSError as error:
        raise ConfigError(
            f"serve.bind: {host} is no address of this machine: {error.strerror}",
            hint="correct serve.bind",
        ) from None
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(place)
        found.listen(64)
    except OSError as error:
        found.close()
        if error.errno == errno.EADDRINUSE:
            raise SyncdError(
                f"serve.bind: another program listens on {host}:{port} already",
                hint="end that program, or set serve.bind to another port",
            ) from None
        raise ConfigError(
            f"serve.bind: cannot listen on {host}:{port}: {error.strerror}",
            hint="correct serve.bind",
        ) from None
    return found
