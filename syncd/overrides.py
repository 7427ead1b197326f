"""What a notifier may tell besides: of files that change its looks, of whom it leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Something wrong in a file with which people changed how messages look."""

    where: str
    """`FILE:LINE`, or the file alone."""
    message: str


@runtime_checkable
class Overridable(Protocol):
    """What a notifier also is when people may put templates of their own in place of its own."""

    def flaws(self) -> tuple[Flaw, ...]:
        """What is wrong with them by a look at the files, and what went wrong while rendering."""
        ...


@runtime_checkable
class Selective(Protocol):
    """What a notifier, and the settings of one, also are when they leave some addresses out."""

    def refusal(self, address: str) -> str:
        """Why nothing may be sent to `address`; "" if it may."""
        ...
