"""The seams of write-back: what a notifier also is when it writes on items of a source.

Such a notifier has a credential of its own, writes nothing while its `dry_run` is on, and changes
dates only where a person picked just that edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol, runtime_checkable

from syncd.model.items import ItemKey
from syncd.model.remarks import Wants


class Invitations(StrEnum):
    """Whom a calendar tells that an event moved; the words are Google's."""

    NONE = "none"
    EXTERNAL = "externalOnly"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class DateEdit:
    """One date in one tool that is to say another day."""

    item: ItemKey
    ref: str
    scope: str
    field: str
    """As in `DateClaim.field`."""
    before: date
    """What must still stand there; else nothing is changed."""
    after: date


@runtime_checkable
class Annotator(Protocol):
    """Writes remarks: `send` takes messages whose body is `Remark.encoded()`."""

    @property
    def wants(self) -> Wants:
        """What it remarks on, and where."""
        ...


@runtime_checkable
class DateEditor(Protocol):
    """Changes dates at a source, each only where it still says what it was when it was shown."""

    @property
    def wants(self) -> Wants:
        """Its `source` and `scopes` bound what it changes."""
        ...

    @property
    def edits_dates(self) -> bool:
        """Whether the configuration lets it."""
        ...

    def can_edit(self, item: ItemKey, field: str) -> bool:
        """Whether it knows how to change this date of this kind of item."""
        ...

    def edit(self, edit: DateEdit, *, invitations: Invitations) -> None:
        """Change it. Raises `ChangedMeanwhile` where `before` does not hold, else `SourceError`."""
        ...
