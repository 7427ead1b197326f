"""Answers worked out once, which everything asks for again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from syncd.model.items import Issue, ItemKey

T = TypeVar("T")


class Remembered(dict[ItemKey, T]):
    """What `make` gives for each key, from the second time on at the cost of a look-up."""

    def __init__(self, make: Callable[[ItemKey], T]) -> None:
        self._make = make

    def __missing__(self, key: ItemKey) -> T:
        found = self[key] = self._make(key)
        return found


def from_above(
    known: dict[ItemKey, T | None],
    parent: Callable[[ItemKey], Issue | None],
    make: Callable[[Issue], T | None],
    key: ItemKey,
) -> T | None:
    """What the nearest ancestor has, of those for which `make` gives something; None without one.

    With the same `known`, `make` is asked once for each item, however high the tower of parents is.
    """
    if key in known:
        return known[key]
    below, found = [key], None
    while (above := parent(below[-1])) is not None:
        found = make(above)
        if found is None and above.key in known:
            found = known[above.key]
            break
        if found is not None:
            break
        below.append(above.key)
    known.update(dict.fromkeys(below, found))
    return found
