"""Answers worked out once, which everything asks for again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from syncd.model.items import ItemKey

T = TypeVar("T")


class Remembered(dict[ItemKey, T]):
    """What `make` gives for each key, from the second time on at the cost of a look-up."""

    def __init__(self, make: Callable[[ItemKey], T]) -> None:
        self._make = make

    def __missing__(self, key: ItemKey) -> T:
        found = self[key] = self._make(key)
        return found
