"""Total deadlines: the socket of a request that takes too long is cut, whatever it is doing.

Time-outs of sockets are per receive: a body that drips never meets them.
"""

from __future__ import annotations

import math
import socket
import threading
import time
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Watch(threading.local):
    """The deadline of the request that this thread is in; cuts the socket when it passes."""

    deadline = 0.0

    def start(self, seconds: float) -> None:
        """A request begins that may take so long."""
        self.deadline = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline <= time.monotonic()

    def arm(self, connection: HTTPConnection) -> None:
        """Cut this connection when the deadline passes."""
        if connection.sock is not None:
            _CUTTER.watch(connection.sock, self.deadline)

    def stop(self) -> bool:
        """The request is over; whether it was late."""
        _CUTTER.forget()
        return self.is_over


class _Cutter:
    """One thread that cuts the sockets of all requests that are late."""

    def __init__(self) -> None:
        self._watched: dict[int, tuple[float, Any]] = {}
        """Thread → deadline and socket of its request."""
        self._changed = threading.Condition()
        self._wakes = 0.0
        """When the thread looks again; 0 = it was not started yet."""

    def watch(self, wire: Any, deadline: float) -> None:
        with self._changed:
            self._watched[threading.get_ident()] = (deadline, wire)
            if self._wakes == 0.0:
                threading.Thread(target=self._run, name="deadlines", daemon=True).start()
            if deadline < self._wakes:
                self._changed.notify()
            self._wakes = min(self._wakes or deadline, deadline)

    def forget(self) -> None:
        with self._changed:
            self._watched.pop(threading.get_ident(), None)

    def _run(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for thread, (deadline, wire) in list(self._watched.items()):
                    if deadline <= now:
                        del self._watched[thread]
                        _cut(wire)
                self._wakes = min(
                    (deadline for deadline, _ in self._watched.values()), default=math.inf
                )
                self._changed.wait(min(self._wakes - now, threading.TIMEOUT_MAX))


def _cut(wire: Any) -> None:
    try:
        # Not SSLSocket.shutdown, which drops the TLS state under the reading thread.
        socket.socket.shutdown(wire, socket.SHUT_RDWR)
    except (OSError, TypeError):
        return


_CUTTER = _Cutter()
WATCH = Watch()


class _Connection(HTTPConnection):
    def getresponse(self) -> Any:
        WATCH.arm(self)
        return super().getresponse()


class _SecureConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        WATCH.arm(self)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOLS = {"http": _Pool, "https": _SecurePool}
"""By scheme: pools whose connections obey `WATCH`."""
