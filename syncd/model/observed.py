"""Changes that syncd saw by itself between two pulls, where the provider keeps no history of them.

Calendar events, milestones, dates on GitHub and exported files change without a trail: here the
difference of two versions becomes a change like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from syncd.model.history import SET_FIELDS, Change, in_order
from syncd.model.items import Issue, Item
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
    state nor `updated_at` do was read differently, not changed: no change is made of it.
    """
    latest: dict[Slot, Change] = {}
    for change in in_order(provider_changes):
        elements = (change.old, change.new) if change.field in SET_FIELDS else (None,)
        for element in elements:
            latest[change.field, element] = change
    seen = []
    for slot, (before, after) in _differences(old, new):
        known = latest.get(slot)
        end = before if known is None else _end(known, slot, new)
        if known is not None and end == after:
            continue
        since = old.updated_at
        follows = known is not None and (since is None or known.at > since)
        pair = (end if follows else before, after)
        seen.append(_observed(slot, pair, _changed_at(old, new, learned_at), new, learned_at))
    return tuple(seen)


def _end(known: Change, slot: Slot, new: Item) -> str | None:
    field, element = slot
    if element is None:
        return canonical(type(new), field, known.new)
    return element if known.new == element else None


def _observed(slot: Slot, pair: Pair, at: datetime, new: Item, learned_at: datetime) -> Change:
    field, element = slot
    native_id = f"observed:{field}:{instant_text(learned_at)}"
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
    if field != "phase" or not isinstance(old, Issue) or not isinstance(new, Issue):
        return False
    return old.state == new.state and old.updated_at == new.updated_at


def _changed_at(old: Item, new: Item, learned_at: datetime) -> datetime:
    if old.updated_at is None or new.updated_at is None:
        return learned_at
    return new.updated_at if new.updated_at > old.updated_at else learned_at
