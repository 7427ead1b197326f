"""What is due of one person's work within ten working days, and what is usual in their team."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Issue, Milestone
from syncd.model.people import Person
from syncd.reconciler.facts.attendance import Away
from syncd.reconciler.forecast.flow import Flows
from syncd.reconciler.view import View

WINDOW = 10
"""Working days of a window; it begins on a Monday."""
FEW_BLOCKS = 6
"""With fewer such times of history it is not known what a team finishes in one."""
SHARE = 0.85
"""Of past blocks in which a team finished no more than what counts as usual."""
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The open items of a person that are due from `first` to `last`, by their day."""

    person: Person
    first: date
    """A Monday."""
    last: date
    due: tuple[tuple[date, Issue], ...]
    present: float
    """Share of these working days on which the person is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Items in ten working days: what is usual for the person, and what is too many."""

    usual: float
    most: float

    def fires(self, load: Load) -> bool:
        """Whether so many are too many."""
        return len(load.due) >= self.most

    @property
    def end(self) -> float:
        """Below it it is over: half-way back."""
        return (min(self.usual, self.most) + self.most) / 2

    def holds(self, load: Load) -> bool:
        """Whether so many are too many for it to be over."""
        return len(load.due) >= self.end


def loads(view: View, ahead: int) -> Iterator[list[Load]]:
    """For each person of a team the windows that begin within `ahead` working days, by day.

    A window begins in the week of the first item that is due in it; windows may overlap.
    """
    work = _by_person(view)
    for person in view.config.people:
        dated = sorted(work.get(person.id, ()), key=lambda one: (one[0], one[1].key))
        calendar = view.team_calendar(person.team)
        today = calendar.local_date(view.snapshot.as_of)
        mondays = {day - timedelta(days=day.weekday()) for day, _ in dated if day >= today}
        near = (day for day in sorted(mondays) if calendar.between(today, day) <= ahead)
        if person.team:
            yield [_load(view, person, monday, dated, calendar) for monday in near]


def _load(
    view: View,
    person: Person,
    monday: date,
    dated: list[tuple[date, Issue]],
    calendar: WorkingCalendar,
) -> Load:
    today = calendar.local_date(view.snapshot.as_of)
    first, last = max(today, monday), calendar.shift(monday - timedelta(days=1), WINDOW)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    worked = [day for day in days if calendar.works(day)]
    away = view.once(Away).days(person.id)
    there = sum(1.0 - away.get(day, 0.0) for day in worked)
    return Load(
        person=person,
        first=monday,
        last=last,
        due=tuple((day, issue) for day, issue in dated if first <= day <= last),
        present=there / len(worked) if worked else 0.0,
    )


def apart(limits: list[tuple[Load, Limit]]) -> list[tuple[Load, Limit]]:
    """Windows that share no day, by day: those that fire, or else those that only hold."""
    found: list[tuple[Load, Limit]] = []
    firing = [one for one in limits if one[1].fires(one[0])]
    for load, limit in firing or [one for one in limits if one[1].holds(one[0])]:
        if not found or found[-1][0].last < load.first:
            found.append((load, limit))
    return found


def usual(view: View, team: str) -> float | None:
    """Items that a head of the team finishes in ten working days at the most, 17 times in 20.

    None where too little of its past is known, or next to nothing was finished in it.
    """
    heads = sum(person.team == team for person in view.config.people)
    blocks = sorted(view.once(Flows).blocks(team, WINDOW))
    if not heads or len(blocks) < FEW_BLOCKS:
        return None
    return blocks[math.ceil(SHARE * len(blocks)) - 1] / heads or None


def _by_person(view: View) -> Mapping[str, list[tuple[date, Issue]]]:
    """Open items with a day of their own or of their sprint, by person id."""
    who = {account: one.id for one in view.config.people for account in one.accounts}
    found: dict[str, list[tuple[date, Issue]]] = defaultdict(list)
    for issue in view.snapshot.issues:
        person = who.get((issue.key.source, issue.assignee or ""))
        if person and _is_work(view, issue) and (day := _due(view, issue)):
            found[person].append((day, issue))
    return found


def _is_work(view: View, issue: Issue) -> bool:
    if issue.phase.is_closed or issue.key in view.snapshot.invisible:
        return False
    return not issue.level.is_epic and not view.children(issue.key)


def _due(view: View, issue: Issue) -> date | None:
    """A release is due on one day for all that is in it: that says nothing of anybody's week."""
    target = view.target(issue.key)
    if target is None:
        return None
    via = view.item(target.via) if target.via else None
    is_own = target.via is None or (isinstance(via, Milestone) and via.key == issue.sprint)
    return target.day if is_own else None
