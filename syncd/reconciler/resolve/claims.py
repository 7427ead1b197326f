"""The date an item is meant to be done (`reconciler.md` §A1): its own, else an inherited one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial

from syncd.model.calendar import WorkingCalendar
from syncd.model.history import Change
from syncd.model.items import CalendarEvent, DateClaim, DateRole, Issue, Item, ItemKey, Milestone
from syncd.model.values import interval_text
from syncd.reconciler.resolve.index import Index
from syncd.reconciler.resolve.remembered import Remembered, from_above
from syncd.reconciler.resolve.resolution import Target

_END = (DateRole.DUE, DateRole.RELEASE, DateRole.END, DateRole.EVENT)
"""Roles that say when something is done; a start says nothing of that."""


DUES = ("due", "target_end")
"""Fields that say when an issue is due; one of them may state nothing any more."""


def day_of(value: str | None, calendar: WorkingCalendar) -> date | None:
    """Local day of a recorded date or instant, last day of an interval; None for anything else."""
    if value is None:
        return None
    text = value.rpartition("/")[2]
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
        return calendar.local_date(moment) if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        return None


def own_claim(item: Item) -> DateClaim | None:
    """What the item itself says of its end; the earliest where it says it more than once."""
    if not item.claims:
        return None
    claims = [claim for claim in item.claims if claim.role in _END]
    return min(
        claims,
        key=lambda claim: (_END.index(claim.role), claim.hi, claim.field),
        default=None,
    )


def own_target(index: Index, key: ItemKey) -> Target | None:
    """The item's own due, release, end or day."""
    item = index.items.get(key)
    claim = own_claim(item) if item else None
    return Target(claim=claim) if claim else None


def moves(index: Index, claim: DateClaim) -> tuple[Change, ...]:
    """Changes of the date that an item states of its end, oldest first.

    Where several fields of it state one, of all of them: each change then tells from which day to
    which that date moved which counts (`own_claim`), whichever field it was made in.
    """
    item = index.items.get(claim.subject)
    held = {one.field: one for one in (item.claims if item else ()) if one.role is claim.role}
    fields = {*held, claim.field, *(DUES if claim.role is DateRole.DUE else ())}
    changes = index.changes(claim.subject, tuple(fields))
    if len({*held, *(one.field for one in changes)}) < 2:
        return changes
    return tuple(of_the_earliest(changes, held))


def of_the_earliest(changes: Sequence[Change], held: Mapping[str, DateClaim]) -> Iterator[Change]:
    """Of changes of several fields: from which day to which the date moved that counts.

    `held` are the claims that stand now, by field.
    """
    stands: dict[str, str | None] = {
        field: interval_text(one.lo, one.hi) for field, one in held.items()
    }
    stands |= {one.field: one.old for one in reversed(changes)}
    for one in changes:
        before = _earliest_of(stands.values())
        stands[one.field] = one.new
        after = _earliest_of(stands.values())
        if after != before:
            yield one._replace(old=before, new=after)


def _earliest_of(values: Iterable[str | None]) -> str | None:
    """The one whose last day comes first."""
    return min(filter(None, values), key=lambda text: text.rpartition("/")[2], default=None)


def targets(index: Index) -> Remembered[Target | None]:
    """Own due → sprint end → earliest open version → nearest dated parent (epic) → None."""
    return Remembered(partial(_target, index, {}))


def _target(index: Index, above: dict[ItemKey, Target | None], key: ItemKey) -> Target | None:
    own = own_target(index, key)
    issue = index.issue(key)
    if own is not None or issue is None:
        return own
    sprint = _earliest(index, [issue.sprint]) if issue.sprint else None
    return (
        sprint
        or _earliest(index, issue.milestones)
        or from_above(above, index.parent, lambda parent: _earliest(index, [parent.key]), key)
    )


def _earliest(index: Index, keys: Iterable[ItemKey]) -> Target | None:
    items = [item for key in keys if (item := index.items.get(key)) and is_open(item)]
    claims = [(claim.hi, item.key, claim) for item in items if (claim := own_claim(item))]
    if not claims:
        return None
    _, key, claim = min(claims, key=lambda found: found[:2])
    return Target(claim=claim, via=key)


def is_open(item: Item) -> bool:
    """Whether a date of the item is still to be met; what is released or done sets no due."""
    if isinstance(item, Issue):
        return not item.phase.is_closed
    if isinstance(item, Milestone):
        return item.state in ("planned", "active")
    if isinstance(item, CalendarEvent):
        return item.status != "cancelled"
    return item.state == "open"
