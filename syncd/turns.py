"""Who may touch the outbox: a pass comes first, a delivery gives way after the mail in hand.

What a pass decides goes by what people were told: no mail may go out while it decides.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Of one App; its threads take them."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._asked = threading.Event()

    @property
    def is_asked(self) -> bool:
        """Whether somebody waits for whoever has the turn."""
        return self._asked.is_set()

    @contextmanager
    def first(self) -> Iterator[None]:
        """Waits for one mail at most."""
        self._asked.set()
        with self._lock:
            self._asked.clear()
            yield

    @contextmanager
    def last(self) -> Iterator[None]:
        """Whoever has it looks at `is_asked` before each mail."""
        with self._lock:
            yield
