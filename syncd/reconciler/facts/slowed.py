"""Deliverables that would be in time, or nearly, without one thing that slows them (§E3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from syncd.model.items import Issue
from syncd.model.people import Person
from syncd.reconciler.facts.causes import SHARE
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.forecast.parts import Part, day_of, odds_of
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

IN_TIME = 0.4
"""Chance to miss the date below which `forecast-late` is over."""

Parts = tuple[Part, ...] | None


def by_waiting(view: View, issues: Iterable[Issue]) -> tuple[str, ...]:
    """Subjects of those late only because these items wait, instead of being done today."""
    waiting, forecasts = list(issues), view.once(Forecasts)
    keys = {issue.key for issue in waiting}
    return tuple(_explained(view, waiting, lambda one: forecasts.parts_once_done(one, keys)))


def by_absence(view: View, issue: Issue, person: Person) -> tuple[str, ...]:
    """Subjects of those with the item in them that are late only because somebody is away."""
    forecasts = view.once(Forecasts)
    return tuple(_explained(view, [issue], lambda one: forecasts.parts_with(one, person)))


def _explained(
    view: View, issues: Iterable[Issue], without: Callable[[Deliverable], Parts]
) -> Iterator[str]:
    found = {one.subject: one for issue in issues for one in view.deliverables_of(issue.key)}
    for subject in sorted(found):
        if _would_hold(view, found[subject], without):
            yield subject


def _would_hold(
    view: View, deliverable: Deliverable, without: Callable[[Deliverable], Parts]
) -> bool:
    """Whether it misses its date, and would not, or by so much less that most of it goes."""
    found = view.once(Forecasts).of(deliverable)
    if found.target is None or found.late is None or found.late < IN_TIME:
        return False
    parts = without(deliverable)
    if parts is None:
        return False
    if not parts or 1 - odds_of(parts, found.target) < IN_TIME:
        return True
    then, calendar = day_of(parts, 0.5), view.calendar_of(deliverable)
    if found.p50 is None or then is None:
        return False
    slip = calendar.between(found.target, found.p50)
    left = max(0, calendar.between(found.target, then))
    return slip > 0 and slip - left >= SHARE * slip
