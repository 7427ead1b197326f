"""How often dates held: of all that versions and milestones ever stated, how many moved later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import DateClaim, ItemKey, Milestone, is_sprint
from syncd.model.snapshot import Scope
from syncd.reconciler.facts.moves import Step, steps
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.view import View

USUAL = 0.45
"""Share of dates that moved later in public release plans (`../forecast/README.md`)."""
WEIGHT = 20
"""Dates of its own that weigh as much as what is usual around them."""


@dataclass(slots=True)
class Tally:
    """Dates whose fate is known, and how many of them moved later or passed with work open."""

    known: int = 0
    broken: int = 0

    def share(self, usual: float) -> float:
        """Share that broke, drawn towards `usual` while few are known."""
        return (self.broken + WEIGHT * usual) / (self.known + WEIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the past says of a date that stands in a scope."""

    scope: Tally
    source: Tally

    @property
    def late(self) -> float:
        """Chance that the date moves later or is missed."""
        return self.scope.share(self.source.share(USUAL))


class Records:
    """Of every scope; made once per pass, by `view.once(Records)`."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._scopes: dict[Scope, Tally] = defaultdict(Tally)
        self._sources: dict[str, Tally] = defaultdict(Tally)
        for milestone in view.snapshot.milestones:
            scope = view.scope(milestone.key)
            for broke in _fates(view, milestone):
                for tally in (self._scopes[scope], self._sources[scope.source]):
                    tally.known += 1
                    tally.broken += broke

    def of(self, key: ItemKey) -> Record:
        """For a date that this item states."""
        scope = self._view.scope(key)
        return Record(scope=self._scopes[scope], source=self._sources[scope.source])


def _fates(view: View, milestone: Milestone) -> Iterator[bool]:
    """Whether each of its dates broke; none for a sprint, and while the date lies ahead.

    A date that was first seen after its day was written down afterwards, and tells nothing.
    """
    own = view.own_target(milestone.key)
    if own is None or is_sprint(milestone):
        return
    calendar = view.calendar(milestone.key)
    moved = _lasting(view, own.claim, calendar)
    first_seen = view.snapshot.first_seen.get(milestone.key)
    since = calendar.local_date(first_seen) if first_seen else date.min
    for step in moved:
        if step.old and since <= step.old:
            yield step.new > step.old
        since = step.made_on
    if since <= own.day and (own.day < view.today or not is_open(milestone)):
        yield is_open(milestone) or _closed_late(milestone, own.day, calendar)


def _closed_late(milestone: Milestone, day: date, calendar: WorkingCalendar) -> bool:
    closed = milestone.closed_at
    return closed is not None and calendar.local_date(closed) > day


def _lasting(view: View, claim: DateClaim, calendar: WorkingCalendar) -> tuple[Step, ...]:
    changes = view.changes(claim.subject, claim.field)
    return steps((one for one in changes if not view.bulk(one)), calendar)
