"""How much of the time until an item is due its assignee is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from syncd.model.items import Issue
from syncd.reconciler.facts.grace import has_lasted
from syncd.reconciler.forecast.presence import Absence, read_absences
from syncd.reconciler.view import View

LAST_BD = 2
"""Working days before the due day on which somebody must be there as well."""
LOOKED_AHEAD = 366
"""Days after today among which one is looked for by which enough of them were worked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Working days until the due day, and how many of them the assignee is there."""

    absences: tuple[Absence, ...]
    left: int
    have: float
    misses_end: bool
    """Away on the due day and the two working days before it."""
    away: Mapping[date, float]
    """Share of each working day on which the assignee is away, whenever that is."""


def by_account(view: View) -> Mapping[tuple[str, str], tuple[Absence, ...]]:
    """Absences by (source, account) of who is away."""
    found: dict[tuple[str, str], list[Absence]] = defaultdict(list)
    for one in view.once(read_absences):
        for account in one.person.accounts:
            found[account].append(one)
    return {account: tuple(many) for account, many in found.items()}


def is_known(view: View, absence: Absence) -> bool:
    """Whether it was first seen a working day ago."""
    first = view.snapshot.first_seen.get(absence.event.key)
    return has_lasted(first, 1, view.snapshot.as_of, view.config.calendar)


def gap_of(view: View, issue: Issue, due: date, absences: tuple[Absence, ...]) -> Gap | None:
    """None where no absence falls on what is left until the due day, or on all its last days."""
    calendar = view.calendar(issue.key)
    today = calendar.local_date(view.snapshot.as_of)
    left = calendar.between(today, due)
    away: dict[date, float] = defaultdict(float)
    for day, part in (one for absence in absences for one in absence.days):
        if calendar.works(day):
            away[day] = min(1.0, away[day] + part)
    lost = {day: part for day, part in away.items() if today < day <= due}
    last = [calendar.shift(due, -back) for back in range(LAST_BD + 1)]
    misses_end = all(away.get(day, 0.0) >= 1 or not calendar.works(day) for day in last)
    counts = {*lost, *(day for day in last if misses_end and day in away)}
    if not counts:
        return None
    return Gap(
        absences=tuple(one for one in absences if any(day in counts for day, _ in one.days)),
        left=left,
        have=left - sum(lost.values()),
        misses_end=misses_end,
        away=away,
    )


def enough_by(view: View, issue: Issue, gap: Gap, need: int) -> date | None:
    """By when the assignee has been there for `need` working days; None = not within a year."""
    calendar, there = view.calendar(issue.key), 0.0
    day = calendar.local_date(view.snapshot.as_of)
    for _ in range(LOOKED_AHEAD):
        if day == date.max:
            return None
        day += timedelta(days=1)
        there += (1.0 - gap.away.get(day, 0.0)) if calendar.works(day) else 0.0
        if there >= need:
            return day
    return None
