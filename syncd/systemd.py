"""What the service tells its service manager (sd_notify(3)), where there is one."""

from __future__ import annotations

import contextlib
import os
import socket


def tell(*states: str) -> None:
    """`READY=1`, `WATCHDOG=1`, `STATUS=words` and the like, in one message."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    text = "\n".join(state.replace("\n", " ") for state in states)
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
        speaker.sendto(text.encode(), address)
