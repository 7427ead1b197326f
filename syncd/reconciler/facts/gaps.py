"""How much of the time until an item is due its assignee is there."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from syncd.model.items import Issue
from syncd.reconciler.forecast.presence import Absence
from syncd.reconciler.view import View

LAST_BD = 2
"""Working days before the due day on which somebody must be there as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Working days until the due day, and how many of them the assignee is there."""

    absences: tuple[Absence, ...]
    left: int
    have: float
    misses_end: bool
    """Away on the due day and the two working days before it."""


def gap_of(
    view: View, issue: Issue, due: date, absences: tuple[Absence, ...], *, within: int
) -> Gap | None:
    """None where no absence falls before a due day that is at most `within` working days away."""
    calendar = view.calendar(issue.key)
    today = calendar.local_date(view.snapshot.as_of)
    left = calendar.between(today, due)
    lost: dict[date, float] = defaultdict(float)
    for day, part in (one for absence in absences for one in absence.days):
        if today < day <= due and calendar.works(day):
            lost[day] = min(1.0, lost[day] + part)
    if not lost or not 0 < left <= within:
        return None
    last = [calendar.shift(due, -back) for back in range(LAST_BD + 1)]
    return Gap(
        absences=tuple(one for one in absences if any(day in lost for day, _ in one.days)),
        left=left,
        have=left - sum(lost.values()),
        misses_end=all(lost.get(day, 0.0) >= 1 or not calendar.works(day) for day in last),
    )
