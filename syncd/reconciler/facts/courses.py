"""How a date came to where it is: what stood, or was forecast, on which day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Course, Finding
from syncd.model.forecasts import Forecast
from syncd.reconciler.facts.moves import Step
from syncd.reconciler.view import View

MOST_STEPS = 20
"""The latest moves that are kept of a date; each makes two points at most."""
MOST_FORECASTS = 53
"""Those of a year, and today's."""


def of_steps(steps: Sequence[Step], today: date, calendar: WorkingCalendar) -> Course:
    """The date that stood, on the day of each move, the working day before it, and today.

    () where none moved.
    """
    points: dict[date, date] = {}
    for step in steps[-MOST_STEPS:]:
        if step.old is not None:
            points.setdefault(calendar.shift(step.made_on, -1), step.old)
        points[step.made_on] = step.new
    if not points:
        return ()
    last = max(points)
    if last < today:
        points[today] = points[last]
    return tuple(sorted(points.items()))


def with_forecast(view: View, draft: Finding, found: Forecast) -> Finding:
    """The draft with the likely day, the sure one, and what the kept forecasts said before."""
    course = of_forecasts(view, found.subject, found.p50)
    return replace(draft, expected=found.p50, sure_by=found.p85, course=course)


def of_forecasts(view: View, subject: str, now: date | None) -> Course:
    """What the kept forecasts of a deliverable said is most likely, and what is likely `now`."""
    points = {
        kept.made_on: kept.forecast.p50
        for kept in view.snapshot.forecasts
        if kept.forecast.subject == subject and kept.forecast.p50 is not None
    }
    if now is not None:
        points[view.today] = now
    return tuple(sorted(points.items()))[-MOST_FORECASTS:]
