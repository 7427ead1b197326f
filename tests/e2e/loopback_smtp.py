"""aiosmtpd on a port of its own choice: none that was free a moment ago and is no more."""

import socket
from typing import Any

from aiosmtpd.controller import Controller

PATIENCE = 60.0


class Loopback(Controller):
    """Listens from `start` on at `bound`; other arguments are those of the library."""

    def __init__(self, handler: Any, **more: Any) -> None:
        super().__init__(handler, hostname="127.0.0.1", port=0, ready_timeout=PATIENCE, **more)

    @property
    def bound(self) -> int:
        port: int = self.server.sockets[0].getsockname()[1]
        return port

    def _trigger_server(self) -> None:
        """The library's own would ask for port 0, and be a client without trust."""
        with socket.create_connection(("127.0.0.1", self.bound), PATIENCE):
            self._factory_invoked.wait(PATIENCE)
