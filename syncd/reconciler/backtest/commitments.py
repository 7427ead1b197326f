"""What was promised on a day, what could be said of it then, and how it ended.

A commitment is one promised day of one deliverable, or of one issue with a due date of its own. Its
outcome is judged against that day, whatever became of the date later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Issue, Item, ItemKey, Milestone, Phase, is_sprint, item_key
from syncd.reconciler.backtest.plain import Plain, plain
from syncd.reconciler.facts import subjects
from syncd.reconciler.forecast.calibration import ended_on
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.resolve.resolution import Deliverable, Target
from syncd.reconciler.view import View


class Promise(NamedTuple):
    """One promised day."""

    subject: str
    """As findings name it: `deliverable:ID` or the item's key."""
    day: date


class Outcome(StrEnum):
    """How a commitment ended."""

    KEPT = "kept"
    MISSED = "missed"
    """Still open when its day was over, and the date stood."""
    MOVED = "moved"
    """Not done by then either: the date had been moved later, or taken away."""
    GONE = "gone"
    """Dropped, deleted, or no longer to be seen: neither kept nor missed."""

    @property
    def is_miss(self) -> bool:
        """Whether the promised day was not met."""
        return self in (Outcome.MISSED, Outcome.MOVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What could be said of an open commitment on a day that was not later than its own."""

    promise: Promise
    name: str
    on: date
    left: int
    """Working days until the promised day."""
    late: float | None
    """Chance that it is missed; None where that cannot be told."""
    plain: Plain | None
    """What simpler ways say; None for a single issue."""
    in_hindsight: bool
    """The date is known only from later: its source keeps no history of it."""
    configured: bool
    """The date is the configuration's, which is known only as it is today."""


def looks(view: View, held: Mapping[ItemKey, datetime]) -> Iterator[Look]:
    """Of every open commitment, deliverables first, each kind by subject.

    `held` tells since when syncd really holds each item.
    """
    forecasts = view.once(Forecasts)
    bound: set[ItemKey] = set()
    for one in sorted(view.deliverables, key=lambda one: one.subject):
        work = subjects.open_members(view, one)
        if work and one.target and not one.done:
            bound.update(one.bound)
            if view.today <= one.target.day:
                calendar = view.calendar_of(one)
                yield _look(
                    view, one.subject, one.target, calendar, held=held, name=one.name,
                    late=forecasts.of(one).late, simpler=plain(view, one, calendar),
                )  # fmt: skip
    left_out = bound | view.snapshot.invisible
    for issue in view.snapshot.issues:
        target = None if issue.phase.is_closed else view.own_target(issue.key)
        if target and view.today <= target.day and issue.key not in left_out:
            calendar, odds = view.calendar(issue.key), forecasts.odds(issue.key, target.day)
            late = None if odds is None else 1 - odds
            subject, name = str(issue.key), issue.ref
            yield _look(view, subject, target, calendar, held=held, name=name, late=late)


def _look(
    view: View,
    subject: str,
    target: Target,
    calendar: WorkingCalendar,
    *,
    held: Mapping[ItemKey, datetime],
    name: str,
    late: float | None,
    simpler: Plain | None = None,
) -> Look:
    return Look(
        promise=Promise(subject, target.day),
        name=name,
        on=view.today,
        left=calendar.between(view.today, target.day),
        late=late,
        plain=simpler,
        in_hindsight=_in_hindsight(view, target, held),
        configured=view.item(target.claim.subject) is None,
    )


def _in_hindsight(view: View, target: Target, held: Mapping[ItemKey, datetime]) -> bool:
    """Whether the date was read only after that day, from a source that tells no earlier ones.

    Jira keeps every date of an issue, and the planned end of a sprint apart from its real one.
    """
    key = target.claim.subject
    item, since = view.item(key), held.get(key)
    tells = isinstance(item, Issue) or is_sprint(item)
    return item is not None and not tells and since is not None and since > view.snapshot.as_of


class Ledger:
    """Which commitments are open, and how each ends: fed one day after the other.

    A day is judged by the first view after it.
    """

    def __init__(self) -> None:
        self._open: dict[Promise, None] = {}
        self._ended: dict[str, date] = {}
        """Deliverable → day on which it was done, as far as it was seen to be."""

    def enter(self, found: Sequence[Look]) -> None:
        """Note the commitments of a day."""
        self._open.update(dict.fromkeys(look.promise for look in found))

    def settle(self, view: View) -> tuple[tuple[Promise, Outcome], ...]:
        """Outcomes of those whose day is over where their team and the organisation are; sorted."""
        by_subject = {one.subject: one for one in view.deliverables}
        for subject, day in _ended(view).items():
            self._ended[subject] = min(day, self._ended.get(subject, day))
        for subject in by_subject.keys() & self._ended.keys():
            if not by_subject[subject].done and subjects.open_members(view, by_subject[subject]):
                del self._ended[subject]
        past = sorted(promise for promise in self._open if promise.day < view.today)
        over = [one for one in past if one.day < _today(view, one, by_subject.get(one.subject))]
        for promise in over:
            del self._open[promise]
        return tuple((one, self._outcome(view, one, by_subject.get(one.subject))) for one in over)

    def _outcome(self, view: View, promise: Promise, found: Deliverable | None) -> Outcome:
        if not promise.subject.startswith("deliverable:"):
            return _outcome_of_issue(view, promise)
        ended = self._ended.get(promise.subject)
        if found is None and ended is None:
            return _outcome_of_origin(view, promise)
        if ended is not None and ended <= promise.day:
            return Outcome.KEPT
        if found is None:
            return Outcome.MISSED
        issues = [issue for key in found.members if (issue := view.issue(key))]
        if not issues or all(issue.phase is Phase.DROPPED for issue in issues):
            return Outcome.GONE
        return _missed(promise, found.target, view.calendar_of(found))


def _today(view: View, promise: Promise, found: Deliverable | None) -> date:
    """The day that it is where those are who promised."""
    key = None if found else item_key(promise.subject.removeprefix("deliverable:"))
    calendar = view.calendar(key) if key else view.config.calendar
    return (view.calendar_of(found) if found else calendar).local_date(view.snapshot.as_of)


def _outcome_of_origin(view: View, promise: Promise) -> Outcome:
    """Of a deliverable that is none any more: what it was found from was closed or lost its date.

    It is none as soon as its version is released, however much of it is open.
    """
    name = promise.subject.removeprefix("deliverable:")
    every: list[Item] = [*view.snapshot.milestones, *view.snapshot.issues]
    origin = next((one for one in every if str(one.key) == name), None)
    if origin is not None and is_open(origin):
        return Outcome.MOVED
    closed = _closed_on(view, origin.key, view.calendar(origin.key)) if origin else None
    if closed is None or getattr(origin, "phase", None) is Phase.DROPPED:
        return Outcome.GONE
    return Outcome.KEPT if closed <= promise.day else Outcome.MISSED


def _outcome_of_issue(view: View, promise: Promise) -> Outcome:
    key = ItemKey.parse(promise.subject)
    issue, calendar = view.issue(key), view.calendar(key)
    if issue is None or issue.phase is Phase.DROPPED or key in view.snapshot.invisible:
        return Outcome.GONE
    if issue.done_at is not None and calendar.local_date(issue.done_at) <= promise.day:
        return Outcome.KEPT
    return _missed(promise, view.own_target(key), calendar)


def _missed(promise: Promise, target: Target | None, calendar: WorkingCalendar) -> Outcome:
    if target is None:
        return Outcome.MOVED
    set_at = target.claim.set_at
    was_moved = set_at is None or calendar.local_date(set_at) <= promise.day
    return Outcome.MOVED if target.day > promise.day and was_moved else Outcome.MISSED


def _ended(view: View) -> dict[str, date]:
    """Day on which each deliverable was done: its last item, or what it is bound to, was closed."""
    found = {subject: day for subject, (_, day) in ended_on(view).items()}
    for one in view.deliverables:
        calendar = view.calendar_of(one)
        days = [_closed_on(view, key, calendar) for key in one.bound] if one.done else []
        closed = [day for day in days if day]
        if closed:
            found[one.subject] = min(max(closed), found.get(one.subject, date.max))
    return found


def _closed_on(view: View, key: ItemKey, calendar: WorkingCalendar) -> date | None:
    item = view.item(key)
    closed = item.closed_at if isinstance(item, Milestone) else getattr(item, "done_at", None)
    return calendar.local_date(closed) if closed else None
