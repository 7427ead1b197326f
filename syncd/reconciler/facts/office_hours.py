"""Working hours between two instants: nine to five, on working days, by the local wall clock."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from syncd.model.calendar import WorkingCalendar, local_time

OPENS, CLOSES = time(9), time(17)
DAY = 8
"""Working hours of one day."""


def hours(start: datetime, end: datetime, calendar: WorkingCalendar) -> float:
    """Of (start, end], both aware; 0 where `end` is not later.

    A clock change moves no working hour: days are told apart by their date, hours by the wall.
    """
    first, last = (local_time(at, calendar.zone).replace(tzinfo=None) for at in (start, end))
    if end <= start or last <= first:
        return 0.0
    if first.date() == last.date():
        return _of_day(first, last, calendar)
    evening = datetime.combine(first.date(), CLOSES)
    morning = datetime.combine(last.date(), OPENS)
    between = calendar.between(first.date(), last.date() - timedelta(days=1))
    edges = _of_day(first, evening, calendar) + _of_day(morning, last, calendar)
    return between * DAY + edges


def _of_day(start: datetime, end: datetime, calendar: WorkingCalendar) -> float:
    if not calendar.works(start.date()):
        return 0.0
    opens = datetime.combine(start.date(), OPENS)
    closes = datetime.combine(start.date(), CLOSES)
    return max(0.0, (min(end, closes) - max(start, opens)) / timedelta(hours=1))
