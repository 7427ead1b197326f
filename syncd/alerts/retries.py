"""How long a message that was refused waits before it is tried again."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from syncd.model.alerts import Message

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=4)
EXTRA = 0.25
"""Of a pause, at most: so that many do not come back at one moment."""


def pause(message: Message) -> timedelta:
    """How long to wait after the last try: 1 minute, doubling up to 4 hours, and up to 25 % more.

    The extra is derived from the message.
    """
    doubled = FIRST_PAUSE * (1 << min(max(message.attempts, 1) - 1, 20))
    return min(doubled, LONGEST_PAUSE) * (1 + EXTRA * share(message))


def share(message: Message) -> float:
    """From 0 to 1, the same for the same try of a message."""
    digest = hashlib.sha256(f"{message.message_id}/{message.attempts}".encode()).digest()
    return digest[0] / 256
