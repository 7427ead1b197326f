"""Changes of items over time, and the pure functions that rebuild a past day from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.model.items import ItemKey

ACTIVITY_FIELDS = frozenset({"comment", "review", "push"})
"""Fields whose changes say only that somebody did something; both values are None."""

SET_FIELDS = frozenset({"milestones", "labels", "components"})
"""Fields whose changes add (`old` is None) or remove (`new` is None) one element each."""

SCALAR_FIELDS = frozenset(
    {
        "title", "state", "phase", "assignee", "team", "parent", "sprint", "priority", "size",
        "flagged", "draft", "status", "start_at", "end_at", "description",
    }
)  # fmt: skip
"""Fields with one value. Besides these, every `DateClaim.field` is a field of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one field of one item: what, from, to, when, by whom, learned when.

    Values are canonical text, the same for every source: dates `2026-11-24`, instants ISO 8601 in
    UTC, items `str(ItemKey)`, booleans `true`/`false`, phases `Phase` values, states the tracker's
    names; None = no value. The value of a `description` change is never kept.
    """

    item: ItemKey
    field: str
    old: str | None
    new: str | None
    at: datetime
    native_id: str
    """Unique within the item: the provider's id of the change, or `observed:…` for one that syncd
    saw by itself between two pulls."""
    actor: str | None = None
    """Account id at the source."""
    is_bot: bool = False
    learned_at: datetime | None = None
    """Set by the store when it commits the change; None before."""
