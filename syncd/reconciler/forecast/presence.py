"""Which share of a team is there on a day: its people without those whose calendar says away."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from syncd.model.calendar import WorkingCalendar, local_time
from syncd.model.items import CalendarEvent
from syncd.model.people import Person
from syncd.reconciler.forecast.capacity import all_there
from syncd.reconciler.view import View

HALF_DAY, WHOLE_DAY = timedelta(hours=4), timedelta(hours=8)
"""A shorter absence is none; from a whole day on nothing is left of it."""
OPENS, CLOSES = time(8), time(18)
"""Between these somebody may be working on a day; an evening off is no absence."""
FAR = 400
"""Days back from today, and ahead of it, of which absences are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """One out-of-office event of one person: local days of their team, with the share of each."""

    person: Person
    event: CalendarEvent
    days: tuple[tuple[date, float], ...]


def read_absences(view: View) -> tuple[Absence, ...]:
    """Of everybody that the configuration knows, in the order of the snapshot."""
    places = people_by_place(view.config.people)
    found = []
    for event in view.snapshot.events:
        if event.type == "out_of_office" and event.status == "confirmed":
            names = [name for name in (event.organiser, event.scope) if name]
            person = person_at(places, event.key.source, *names)
            if person is not None:
                days = _parts(event, view.team_calendar(person.team), view.today)
                found.append(Absence(person=person, event=event, days=tuple(days)))
    return tuple(found)


class Absences:
    """Which share of each team is away on which day."""

    def __init__(self, view: View) -> None:
        people = [one for one in view.config.people if one.email or one.accounts]
        self._size = Counter(person.team for person in people)
        self._away: dict[str, dict[date, dict[str, float]]] = defaultdict(dict)
        for absence in view.once(read_absences):
            who = absence.person
            for day, part in absence.days if who.team else ():
                shares = self._away[who.team or ""].setdefault(day, {})
                shares[who.id] = min(1.0, shares.get(who.id, 0.0) + part)

    def present(self, team: str) -> Callable[[date], float]:
        """Share of the team that is there on a day; `all_there` where no absence is known."""
        away, size = self._away.get(team), self._size.get(team, 0)
        if not away or not size:
            return all_there
        return lambda day: 1.0 - sum(away.get(day, {}).values()) / size

    def present_with(self, team: str, person: str, today: date) -> Callable[[date], float]:
        """The same as if somebody, by id, were there on all days after `today`."""
        away, size, known = self._away.get(team), self._size.get(team, 0), self.present(team)
        if not away or not size:
            return known
        return lambda day: known(day) + (away.get(day, {}).get(person, 0.0) / size) * (day > today)


def people_by_place(people: tuple[Person, ...]) -> dict[tuple[str, str], Person]:
    """(source, account) and ("", address) of everybody."""
    found = {("", person.email.casefold()): person for person in people if person.email}
    return found | {account: person for person in people for account in person.accounts}


def person_at(places: Mapping[tuple[str, str], Person], source: str, *names: str) -> Person | None:
    """Who is called one of `names`, accounts or addresses, at a source; None for a stranger."""
    accounts = [(source, name) for name in names]
    addresses = [("", name.casefold()) for name in names]
    return next((places[one] for one in (*accounts, *addresses) if one in places), None)


def _parts(
    event: CalendarEvent, calendar: WorkingCalendar, today: date
) -> list[tuple[date, float]]:
    """(local day, share of it) that an absence takes."""
    if event.start_at is None or event.end_at is None:
        return _whole(event.first_day, event.last_day, today)
    first, last = calendar.local_date(event.start_at), calendar.local_date(event.end_at)
    if first == last:
        return _share(first, _working(event.start_at, event.end_at, calendar.zone))
    between = _whole(first, last, today)
    return [*_edge(event.start_at, first, calendar, starts=True),
            *(part for part in between if first < part[0] < last),
            *_edge(event.end_at, last, calendar, starts=False)]  # fmt: skip


def _whole(first: date, last: date, today: date) -> list[tuple[date, float]]:
    start = max(first.toordinal(), today.toordinal() - FAR)
    end = min(last.toordinal(), today.toordinal() + FAR)
    return [(date.fromordinal(day), 1.0) for day in range(start, end + 1)]


def _working(start: datetime, end: datetime, zone: str) -> timedelta:
    """Of an absence within one local day, what lies in hours that are worked."""
    begins, ends = (local_time(at, zone).replace(tzinfo=None) for at in (start, end))
    opens, closes = (datetime.combine(begins, clock) for clock in (OPENS, CLOSES))
    return min(ends, closes) - max(begins, opens)


def _edge(
    at: datetime, day: date, calendar: WorkingCalendar, *, starts: bool
) -> list[tuple[date, float]]:
    """The first or last day of an absence that spans several, of working hours nine to five."""
    begins, ends = (datetime.combine(day, time(hour)) for hour in (9, 17))
    clock = local_time(at, calendar.zone).replace(tzinfo=None)
    return _share(day, ends - max(begins, clock) if starts else min(ends, clock) - begins)


def _share(day: date, away: timedelta) -> list[tuple[date, float]]:
    if away < HALF_DAY:
        return []
    return [(day, 1.0 if away >= WHOLE_DAY else 0.5)]
