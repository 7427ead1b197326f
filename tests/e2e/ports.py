"""Ports of loopback that must be named before somebody listens on them, or outlive who did."""

import atexit
import socket

_kept: dict[int, socket.socket] = {}


def kept_port() -> int:
    """A port that nobody else is given until it is let go of.

    It is bound without listening: the machine hands it out no more, not as the near end of a
    connection either, who connects is refused, and a server that may reuse addresses, as all of
    ours may, can listen on it, end, and listen again.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port = int(held.getsockname()[1])
    _kept[port] = held
    return port


def let_go(port: int) -> None:
    """Somebody else may be given it."""
    _kept.pop(port).close()


@atexit.register
def _let_go_of_all() -> None:
    for port in list(_kept):
        let_go(port)
