"""What was promised (`reconciler.md` §A2): the target at the time of commitment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from syncd.model.acts import Agreed
from syncd.model.calendar import WorkingCalendar
from syncd.model.history import Change
from syncd.model.items import DateClaim, ItemKey, is_sprint
from syncd.reconciler.resolve.claims import day_of, moves
from syncd.reconciler.resolve.index import Index

STEADY = 5
"""Working days that a date must stand to count as committed."""
COMMITTED = "committed"
"""Label that commits at once."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """`day` is None where no date was ever seen; provisional = it never became committed."""

    day: date | None
    provisional: bool
    committed_on: date | None = None
    """The day from which on it was meant; None where it is provisional."""
    agreed: Agreed | None = None
    """The act by which people set it."""

    def begun_on(self, before: Baseline) -> date | None:
        """The day from which on there was a plan; `before` is what had been meant."""
        days = (self.committed_on, before.committed_on)
        return min((day for day in days if day is not None), default=None)


@dataclass(frozen=True, slots=True)
class _Stay:
    """A value that stood from `since` until `until`; the one that stands now has no end."""

    since: date
    until: date | None
    value: date | None

    def covers(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


def baseline(index: Index, claim: DateClaim | None, calendar: WorkingCalendar) -> Baseline:
    """Of a claim, from the history of its field up to the day of the snapshot."""
    if claim is None:
        return Baseline(None, provisional=True)
    stays = [stay for stay in _stays(index, claim, calendar) if stay.value is not None]
    today = calendar.local_date(index.snapshot.as_of)
    start = _sprint_start(index, claim.subject)
    committed = start or _labelled_on(index, claim.subject, calendar)
    for stay in stays:
        at_commitment = committed is not None and committed <= today and stay.covers(committed)
        steady = calendar.between(stay.since, stay.until or today) >= STEADY
        if at_commitment or (steady and start is None):
            day = committed if at_commitment else calendar.shift(stay.since, STEADY)
            return Baseline(stay.value, provisional=False, committed_on=day)
    return Baseline(stays[0].value if stays else None, provisional=True)


def promised(
    seen: Baseline, declared: date | None, agreed: Agreed | None, calendar: WorkingCalendar
) -> Baseline:
    """What people set, else what is declared, else what was `seen` in the history."""
    if agreed is not None:
        on = calendar.local_date(agreed.at)
        return Baseline(agreed.day, provisional=False, committed_on=on, agreed=agreed)
    if declared is not None:
        return replace(seen, day=declared, provisional=False)
    return seen


def _stays(index: Index, claim: DateClaim, calendar: WorkingCalendar) -> list[_Stay]:
    changes = moves(index, claim)
    begun = _begun(index, claim, changes)
    since = calendar.local_date(begun) if begun else date.min
    if not changes:
        return [_Stay(since, None, claim.hi)]
    days = [calendar.local_date(change.at) for change in changes]
    found = [_Stay(min(since, days[0]), days[0], day_of(changes[0].old, calendar))]
    for change, here, until in zip(changes, days, [*days[1:], None], strict=True):
        found.append(_Stay(here, until, day_of(change.new, calendar)))
    return found


def _begun(index: Index, claim: DateClaim, changes: tuple[Change, ...]) -> datetime | None:
    """When the first value was there; only a lower bound where no source says it."""
    item = index.items.get(claim.subject)
    created_at: datetime | None = getattr(item, "created_at", None)
    seen_at = created_at or index.snapshot.first_seen.get(claim.subject)
    if changes:
        return seen_at
    return claim.set_at or seen_at or index.snapshot.as_of


def _sprint_start(index: Index, key: ItemKey) -> date | None:
    item = index.items.get(key)
    if is_sprint(item):
        return item.start
    return None


def _labelled_on(index: Index, key: ItemKey, calendar: WorkingCalendar) -> date | None:
    labelled = [c.at for c in index.changes(key, ("labels",)) if c.new == COMMITTED]
    return calendar.local_date(labelled[0]) if labelled else None
