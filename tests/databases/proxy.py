"""A TCP proxy before a database that cuts a connection in the middle of a COMMIT."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self


class Proxy:
    """Use as a context manager. `cut` = "reply": the COMMIT arrives, its answer is lost;
    "request": it never arrives; "" = everything passes. Each cut happens once."""

    def __init__(self, port: int) -> None:
        self._target, self.cut, self.cuts = port, "", 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._door.getsockname()[1])
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._door.close()
        for each in self._open:
            with contextlib.suppress(OSError):
                each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._open += [client, server]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(
                        target=self._pump, args=(one, other, one is client), daemon=True
                    ).start()

    def _pump(self, source: socket.socket, sink: socket.socket, is_client: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if is_client and self.cut and b"COMMIT" in data:
                    how, self.cut = self.cut, ""
                    self.cuts += 1
                    # Nobody listens any more, before the server can have answered.
                    source.shutdown(socket.SHUT_RDWR)
                    if how == "reply":
                        sink.sendall(data)
                        sink.shutdown(socket.SHUT_WR)
                    break
                sink.sendall(data)
        for each in (sink, source) if not is_client else ():
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        if is_client:
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_WR)
