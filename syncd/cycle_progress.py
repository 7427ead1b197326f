"""A cycle of a service may take hours: whether it moves, for those who look on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from syncd.files import write_atomic

FILE = "cycle-progress"
EVERY = 60.0
"""Seconds between two notes; a shorter cycle leaves none."""


class CycleProgress:
    """Notes in the state folder when a page was taken in last, while a cycle goes on.

    What a process that was killed left stands: starting again and again is no progress.
    """

    def __init__(self, state: Path, clock: Callable[[], datetime]) -> None:
        self._file, self._clock = state / FILE, clock
        self._noted_at = time.monotonic()
        self.pages_count = True
        """Whether a page that is taken in says that the service is at work."""
        if not self._file.exists():
            self._note()

    def began(self, *, after_failure: bool) -> None:
        """A cycle begins. Reading again and again what is never judged is no progress either."""
        self.pages_count = not after_failure
        self._noted_at = time.monotonic()

    def advanced(self) -> None:
        """A page was taken in."""
        if self.pages_count and time.monotonic() - self._noted_at >= EVERY:
            self._note()

    def ended(self) -> None:
        """A whole cycle has ended, or the service was stopped in order."""
        self.pages_count = False
        with contextlib.suppress(OSError):
            self._file.unlink()

    def _note(self) -> None:
        self._noted_at = time.monotonic()
        # A disk that is full costs the service nothing more.
        with contextlib.suppress(OSError):
            # Where the store is on a server nobody else may have made it.
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomic(self._file, self._clock().isoformat().encode())


def moved(state: Path) -> datetime | None:
    """When a long cycle took in a page, or the first one began; None where none goes on."""
    try:
        return datetime.fromisoformat((state / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
