"""Bulk edits: many changes of one field by one hand at once are one fact, not many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from syncd.model.history import Change

COUNT = 20
WINDOW = timedelta(minutes=10)

ChangeId = tuple[object, str, str]


def change_id(change: Change) -> ChangeId:
    """Identity of a change within a snapshot."""
    return (change.item, change.native_id, change.field)


def bulk_changes(changes: Iterable[Change]) -> frozenset[ChangeId]:
    """Ids of changes that belong to ≥ 20 of one field by one actor within 10 minutes."""
    groups: dict[tuple[str, str, str], list[Change]] = defaultdict(list)
    for change in changes:
        if change.actor:
            groups[change.item.source, change.actor, change.field].append(change)
    found: set[ChangeId] = set()
    for group in groups.values():
        if len(group) >= COUNT:
            found.update(_within_window(sorted(group, key=lambda change: change.at)))
    return frozenset(found)


def _within_window(changes: list[Change]) -> set[ChangeId]:
    found: set[ChangeId] = set()
    for first in range(len(changes) - COUNT + 1):
        last = first + COUNT - 1
        if changes[last].at - changes[first].at <= WINDOW:
            found.update(change_id(change) for change in changes[first : last + 1])
    return found
