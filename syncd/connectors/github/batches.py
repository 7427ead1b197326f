"""Many things asked for at once, fewer where that is too much for the host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from syncd.connectors.github.client import TooMuch
from syncd.errors import TooLarge, Unavailable

T = TypeVar("T")

PATIENCE = 5
"""Things that may fail alone, one after the other, where the host answered others."""


class Batches:
    """Remembers how many things the host answered at once. One per kind of query.

    `spares_lone`: a thing that was asked for alone and fails is taken to be at fault, not the host.
    """

    def __init__(self, most: int, *, spares_lone: bool = True) -> None:
        self.most = self.at_once = most
        self.spares_lone = spares_lone

    def ask(
        self, wanted: Sequence[T], question: Callable[[Sequence[T]], dict[Any, Any]]
    ) -> dict[Any, Any]:
        """The answers to `question` about all of `wanted`, put together.

        A part that fails is halved, down to a single thing; one that fails alone is left out.
        Raises what the last one raised when several in a row fail alone: then it is the host.
        """
        found: dict[Any, Any] = {}
        start, failed, patience = 0, 0, int(self.spares_lone or len(wanted) > 1)
        while start < len(wanted):
            part = wanted[start : start + self.at_once]
            try:
                found |= question(part)
            except TooMuch:
                self.at_once = max(1, len(part) // 2)
                continue
            except (Unavailable, TooLarge):
                failed += 1
                if len(part) > 1 or failed > patience:
                    raise
            else:
                failed, patience = 0, PATIENCE
                self.at_once = min(self.most, self.at_once + self.at_once // 4 + 1)
            start += len(part)
        return found
