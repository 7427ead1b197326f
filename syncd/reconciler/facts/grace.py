"""Whether something has been so for a number of working days."""

from __future__ import annotations

from datetime import datetime

from syncd.model.calendar import WorkingCalendar, local_time


def has_lasted(
    since: datetime | None, days: int, as_of: datetime, calendar: WorkingCalendar
) -> bool:
    """Whether `days` working days have gone by since the aware instant `since`.

    They are over at the same local time of day, that many working days later. An unknown beginning
    (None) is long ago.
    """
    if since is None:
        return True
    start, now = (local_time(at, calendar.zone) for at in (since, as_of))
    end = calendar.shift(start.date(), days)
    return (now.date(), now.time()) >= (end, start.time())
