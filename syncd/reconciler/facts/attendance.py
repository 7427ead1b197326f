"""Who is out of office, by account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from syncd.model.items import CalendarEvent
from syncd.model.people import Person
from syncd.reconciler.forecast.presence import Absence, read_absences
from syncd.reconciler.view import View


class Away:
    """Days on which people are away; made once per pass, by `view.once(Away)`."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._days: dict[str, dict[date, float]] = {}
        self._absences: dict[str, list[Absence]] = defaultdict(list)
        for absence in view.once(read_absences):
            self._absences[absence.person.id].append(absence)
            days = self._days.setdefault(absence.person.id, {})
            for day, part in absence.days:
                days[day] = min(1.0, days.get(day, 0.0) + part)
        self._ids = {account: one.id for one in view.config.people for account in one.accounts}

    def days(self, person: str) -> Mapping[date, float]:
        """Local days of a person's team on which they are away, with the share of each."""
        return self._days.get(person, {})

    def misses(self, person: str, event: CalendarEvent) -> bool:
        """Whether somebody is away while an event takes place; for whole days, on its first."""
        return any(
            _overlap(absence.event, event)
            for absence in self._absences.get(person, ())
            if self._begins_on(event, absence.person) in (day for day, _ in absence.days)
        )

    def _begins_on(self, event: CalendarEvent, person: Person) -> date:
        """The first day of an event, where somebody works."""
        calendar = self._view.team_calendar(person.team)
        return calendar.local_date(event.start_at) if event.start_at else event.first_day

    def is_account_away(self, source: str, account: str, day: date) -> bool:
        """Whether the person with that account is away for at least half of the day."""
        return day in self.days(self._ids.get((source, account), ""))


def _overlap(one: CalendarEvent, other: CalendarEvent) -> bool:
    """Of two events on one day; an event without times takes all of it."""
    if not (one.start_at and one.end_at and other.start_at and other.end_at):
        return True
    return one.start_at < other.end_at and other.start_at < one.end_at
