"""The days of the demo: day 0 is three working weeks before the last one played."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.model.calendar import WorkingCalendar

LAST = 15
"""Index of the last working day that is played."""

BERLIN = ZoneInfo("Europe/Berlin")
MORNING, EVENING = time(8, 25), time(17, 30)


class Days:
    """Working days counted from the start of the story, Monday to Friday."""

    def __init__(self, now: datetime) -> None:
        self._work, self._now = WorkingCalendar(), now
        last = now.astimezone(BERLIN).date()
        if now < self._at(last, MORNING):
            last -= timedelta(days=1)
        while not self._work.works(last):
            last -= timedelta(days=1)
        self._last = last

    def day(self, index: int) -> date:
        """The working day of that index; negative ones are before the story, any may be ahead."""
        return self._work.shift(self._last, index - LAST)

    def at(self, index: int, clock: time = MORNING) -> datetime:
        """A wall-clock time in Berlin on that day, as UTC."""
        return self._at(self.day(index), clock)

    def evening(self, index: int) -> datetime:
        """When all that is due by that day has been sent, as UTC: now, where that is earlier."""
        return min(self.at(index, EVENING), self._now)

    @staticmethod
    def _at(day: date, clock: time) -> datetime:
        return datetime.combine(day, clock, BERLIN).astimezone(UTC)
