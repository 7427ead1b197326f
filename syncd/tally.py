"""What this process has counted since it started, for `/metrics`: answers and mails, no content."""

from __future__ import annotations

import threading
from collections import Counter

from syncd.model.alerts import MessageState

NO_ANSWER = "none"
"""Stands for the status of a request that got no answer."""


class Tally:
    """Counts by two labels; any thread may add."""

    def __init__(self) -> None:
        self._found: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def add(self, first: str, second: str) -> None:
        """One more."""
        with self._lock:
            self._found[first, second] += 1

    def counts(self) -> dict[tuple[str, str], int]:
        """As they are now."""
        with self._lock:
            return dict(self._found)


ANSWERS = Tally()
"""(source, HTTP status), of whatever asks through the one door of the connectors."""
MAILS = Tally()
"""(what it was about, `sent`, `failed` = tried again later, or `refused` = for good)."""
RESULTS = {
    MessageState.SENT: "sent",
    MessageState.WAITING: "failed",
    MessageState.DEAD: "refused",
    MessageState.SUPERSEDED: "refused",
}
