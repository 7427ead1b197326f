"""Changes that syncd saw by itself between two pulls, where the provider keeps no history of them.

Calendar events, milestones, dates on GitHub and exported files change without a trail: here the
difference of two versions becomes a change like any other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from syncd.model.history import OBSERVED, SET_FIELDS, Change, in_order
from syncd.model.items import CalendarEvent, Issue, Item
from syncd.model.values import canonical, instant_text, scalars, sets

Slot = tuple[str, str | None]
"""A field, and for a set the element of it that came or went."""

Pair = tuple[str | None, str | None]
"""(old, new)."""


def unexplained(
    old: Item, new: Item, provider_changes: Iterable[Change], learned_at: datetime
) -> tuple[Change, ...]:
    """Changes from `old` to `new` that the known changes of the item do not lead to.

    `provider_changes` are all known so far, observed ones too. A phase that differs while neither
    state nor `updated_at` do was read differently, not changed, and so was the day of an event
    whose times are the same: no change is made of it.
    """
    told: dict[Slot, list[Change]] = defaultdict(list)
    for change in in_order(provider_changes):
        for slot in slots(change):
            told[slot].append(change)
    seen = []
    for slot, (before, after) in _differences(old, new):
        if told[slot] and end_of(told[slot][-1], slot, type(new)) == after:
            continue
        last = next((one for one in reversed(told[slot]) if not _is_after(one, new)), None)
        end = before if last is None else end_of(last, slot, type(new))
        if last is not None and end == after:
            continue
        pair = (end if last is not None and _is_after(last, old) else before, after)
        seen.append(_observed(slot, pair, _changed_at(old, new, learned_at), new, learned_at))
    return tuple(seen)


def redundant(seen: Change, others: Iterable[Change], kind: type[Any]) -> Change | None:
    """The change that makes an observed one needless; None where it is needed.

    `others` are the other changes of the item: needless is what they lead to by themselves, or
    what the provider dates between the item's own time stamp and the moment we saw it.
    """
    (slot,) = slots(seen)
    told = [one for one in in_order(others) if slot in slots(one)]
    before = [one for one in told if one.at <= seen.at]
    if before and end_of(before[-1], slot, kind) == seen.new:
        return before[-1]
    after = [
        one
        for one in told
        if seen.at < one.at and (seen.learned_at is None or one.at <= seen.learned_at)
    ]
    return next((one for one in reversed(after) if end_of(one, slot, kind) == seen.new), None)


def slots(change: Change) -> tuple[Slot, ...]:
    """What the change sets: its field, or each element of a set that it adds or removes."""
    if change.field not in SET_FIELDS:
        return ((change.field, None),)
    return tuple((change.field, one) for one in (change.old, change.new) if one is not None)


def end_of(change: Change, slot: Slot, kind: type[Any]) -> str | None:
    """The canonical value of the slot after the change."""
    field, element = slot
    if element is None:
        return canonical(kind, field, change.new)
    return element if change.new == element else None


def _is_after(change: Change, item: Item) -> bool:
    return item.updated_at is not None and change.at > item.updated_at


def _observed(slot: Slot, pair: Pair, at: datetime, new: Item, learned_at: datetime) -> Change:
    field, element = slot
    native_id = f"{OBSERVED}{field}:{instant_text(learned_at)}"
    return Change(
        item=new.key,
        field=field,
        old=pair[0],
        new=pair[1],
        at=at,
        native_id=native_id if element is None else f"{native_id}:{element}",
    )


def _differences(old: Item, new: Item) -> Iterator[tuple[Slot, Pair]]:
    was, now = scalars(old), scalars(new)
    for field in sorted(was.keys() | now.keys()):
        before, after = was.get(field), now.get(field)
        if before != after and not _reinterpreted(field, old, new):
            yield (field, None), (before, after)
    held = sets(old)
    for field, elements in sets(new).items():
        for element in sorted(held[field] - elements):
            yield (field, element), (element, None)
        for element in sorted(elements - held[field]):
            yield (field, element), (None, element)


def _reinterpreted(field: str, old: Item, new: Item) -> bool:
    if isinstance(old, CalendarEvent) and isinstance(new, CalendarEvent):
        # Another zone may put the same moments on another day.
        moments = (old.start_at, old.end_at)
        return field in _DAYS and old.start_at is not None and moments == (new.start_at, new.end_at)
    if field != "phase" or not isinstance(old, Issue) or not isinstance(new, Issue):
        return False
    return old.state == new.state and old.updated_at == new.updated_at


_DAYS = frozenset({"event", "first_day", "last_day"})


def _changed_at(old: Item, new: Item, learned_at: datetime) -> datetime:
    if old.updated_at is None or new.updated_at is None:
        return learned_at
    return new.updated_at if new.updated_at > old.updated_at else learned_at
