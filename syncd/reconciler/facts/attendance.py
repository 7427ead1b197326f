"""Who is out of office, by account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from syncd.reconciler.forecast.presence import read_absences
from syncd.reconciler.view import View


class Away:
    """Days on which people are away; made once per pass, by `view.once(Away)`."""

    def __init__(self, view: View) -> None:
        self._days: dict[str, dict[date, float]] = {}
        for absence in view.once(read_absences):
            days = self._days.setdefault(absence.person.id, {})
            for day, part in absence.days:
                days[day] = min(1.0, days.get(day, 0.0) + part)
        self._ids = {account: one.id for one in view.config.people for account in one.accounts}

    def days(self, person: str) -> Mapping[date, float]:
        """Local days of a person's team on which they are away, with the share of each."""
        return self._days.get(person, {})

    def is_account_away(self, source: str, account: str, day: date) -> bool:
        """Whether the person with that account is away for at least half of the day."""
        return day in self.days(self._ids.get((source, account), ""))
