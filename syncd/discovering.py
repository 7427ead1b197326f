"""What a connector tells of all that its credential can see, whether it is read or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One project, repository or calendar."""

    id: str
    """As the configuration names it."""
    name: str
    is_read: bool
    """Whether the configuration has it read."""
    open: int | None = None
    """About how many items are open; None where that is not told or was not asked for."""
    note: str = ""
    """What keeps it from being read, or that it is not in the account's list; for people."""


@runtime_checkable
class Discovering(Protocol):
    """What a connector also is when it can list what its credential sees."""

    def discover(self) -> Iterator[Found]:
        """Everything listed, then what is configured and not listed. Raises SourceError."""
        ...


NOT_LISTED = "not in the account's list"
"""Note of what is configured only; `syncd doctor` tells whether it can be read all the same."""
