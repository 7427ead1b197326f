"""A TCP proxy before a database: it cuts in the middle of a COMMIT, stops forwarding, or resets."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Self


class Proxy:
    """Use as a context manager. `cut` = "reply": the COMMIT arrives, its answer is lost;
    "request": it never arrives; "" = everything passes. Each cut happens once."""

    def __init__(self, port: int) -> None:
        self._target, self.cut, self.cuts = port, "", 0
        self._flows, self._broken = threading.Event(), set[socket.socket]()
        self._flows.set()
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

    def freeze(self) -> None:
        """Forward nothing, of old connections and new ones, and close none."""
        self._flows.clear()

    def thaw(self) -> None:
        """Go on, with what was held back."""
        self._flows.set()

    def reset(self) -> None:
        """Break off every connection on both sides; new ones are forwarded."""
        broken, self._open = self._open, []
        self._broken.update(broken)
        for each in broken:
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                each.shutdown(socket.SHUT_RD)

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
                self._flows.wait()
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
        if source in self._broken:
            # With nothing to linger for, this is a reset and no orderly end. The other side is left
            # to its own thread: a socket that is closed while somebody waits for it is not reset.
            source.close()
            return
        for each in (sink, source) if not is_client else ():
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        if is_client:
            with contextlib.suppress(OSError):
                sink.shutdown(socket.SHUT_WR)
