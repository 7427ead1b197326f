"""The working days that a team has ahead, each worth as much as people are there (§D3)."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import accumulate, islice

from syncd.model.calendar import WorkingCalendar

FARTHEST = 1300
"""Working days, five years: beyond them no date is told."""
USUAL_DAYS = 60
"""Working days whose mean presence is the usual one; its absences are in the pace already."""
HALF = 0.5
"""Of a day: what is worth as much or more counts as a whole one where only whole days count."""
FULLEST = 1.1
"""A day with everybody there is worth at most this many usual ones."""


def all_there(_: date) -> float:
    """Of a team whose absences nobody records."""
    return 1.0


class Capacity:
    """Working days after `today`. Adding days never lowers what is left until a later one."""

    def __init__(
        self,
        calendar: WorkingCalendar,
        today: date,
        present: Callable[[date], float] = all_there,
    ) -> None:
        """`present` is the share of the team that works on a day, 0 to 1."""
        self.days = _ahead(calendar, today)
        if present is all_there:
            self._total = [float(count) for count in range(1, len(self.days) + 1)]
            return
        past = [present(day) for day in islice(working_days(calendar, today, -1), USUAL_DAYS)]
        usual = sum(past) / len(past) if past else 1.0
        worth = (min(FULLEST, present(day) / usual) if usual else 1.0 for day in self.days)
        self._total = list(accumulate(worth))

    def until(self, day: date) -> float:
        """What is left until the end of `day`, in usual working days; 0 for one that has passed."""
        place = bisect_right(self.days, day)
        return self._total[place - 1] if place else 0.0

    def whole(self, day: date) -> int:
        """The same in whole days: one item has not the whole team, nor a part of each day."""
        return math.floor(self.until(day) + HALF + 1e-9)

    def day(self, needed: float) -> date | None:
        """The first day by whose end `needed` usual days have gone by; None beyond five years."""
        place = bisect_left(self._total, needed - 1e-9)
        return self.days[place] if place < len(self.days) else None


@lru_cache(maxsize=256)
def _ahead(calendar: WorkingCalendar, today: date) -> tuple[date, ...]:
    """Most teams share their calendar, and five years of it are long."""
    return tuple(islice(working_days(calendar, today, 1), FARTHEST))


def working_days(calendar: WorkingCalendar, start: date, step: int) -> Iterator[date]:
    """Working days after `start` (`step` 1) or before it (-1), nearest first.

    Ends where the calendar of Python does, and after a year without any.
    """
    day, idle = start, 0
    while idle <= 366:
        try:
            day += timedelta(days=step)
        except OverflowError:
            return
        if calendar.works(day):
            idle = 0
            yield day
        else:
            idle += 1
