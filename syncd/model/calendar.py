"""Working time: which days count, how many lie between two dates, when a local day ends."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

_zone = cache(ZoneInfo)

WEEKEND = frozenset({5, 6})
"""Saturday and Sunday, as `date.weekday` numbers them."""
SHORT = 30
"""Working days that are walked one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """Working days of a team: a zone, a weekend, days off, and days worked all the same.

    Counting is arithmetic on dates, never on 24-hour spans. A calendar whose every weekday is a
    weekend has no working day: `between` is 0 and `shift` returns its argument.
    """

    zone: str = "UTC"
    weekend: frozenset[int] = WEEKEND
    days_off: frozenset[date] = frozenset()
    days_on: frozenset[date] = frozenset()
    """Worked although weekend or holiday."""
    _until: _Until = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_until", _Until(self))

    def works(self, day: date) -> bool:
        """Whether `day` is a working day."""
        if day in self.days_on:
            return True
        return day.weekday() not in self.weekend and day not in self.days_off

    def between(self, start: date, end: date) -> int:
        """Working days in (start, end]; negative if end < start. `bd(a, b)` of reconciler.md §F."""
        return self._until[end] - self._until[start]

    def shift(self, day: date, days: int) -> date:
        """`day` ⊕ `days` working days (⊖ if negative); 0 gives the day itself.

        Stops at the first and last date that Python knows.
        """
        if days == 0 or (len(self.weekend) == 7 and not self.days_on):
            return day
        step, behind = timedelta(days=1 if days > 0 else -1), timedelta(days=-(days < 0))
        left = abs(days)
        try:
            while left > SHORT:  # so many working days take no fewer days: nobody walks to 9999
                there = day + step * left
                left -= abs(self.between(day + behind, there + behind))
                day = there
            while left:
                day += step
                left -= self.works(day)
        except OverflowError:
            return date.max if step.days > 0 else date.min
        return day

    def local_date(self, at: datetime) -> date:
        """The local day on which the aware instant `at` falls."""
        return local_time(at, self.zone).date()


class _Until(dict[date, int]):
    """Working days from 1 January of the year 1, a Monday, to a day; each is counted once."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self._off = sorted(
            day.toordinal()
            for day in calendar.days_off - calendar.days_on
            if day.weekday() not in calendar.weekend
        )
        self._on = sorted(
            day.toordinal() for day in calendar.days_on if day.weekday() in calendar.weekend
        )
        self._week = list(accumulate((day not in calendar.weekend for day in range(7)), initial=0))

    def __missing__(self, day: date) -> int:
        place = day.toordinal()
        weeks, rest = divmod(place, 7)
        count = weeks * self._week[7] + self._week[rest]
        self[day] = count - bisect_right(self._off, place) + bisect_right(self._on, place)
        return self[day]


def local_time(at: datetime, zone: str) -> datetime:
    """The aware instant `at` in a zone.

    Where that lies before the year 1 or after 9999, which Python cannot write, `at` as it is.
    """
    try:
        return at.astimezone(_zone(zone))
    except OverflowError:
        return at
