"""Whether something has been so for a number of working days, and what needs no time to settle."""

from __future__ import annotations

from datetime import datetime

from syncd.model.calendar import WorkingCalendar, local_time
from syncd.model.history import Change

ASSUMED = "assumed:"
"""How the `native_id` begins of a change that nobody made, in a snapshot of "what if"."""


def is_assumed(change: Change) -> bool:
    """Whether nobody made it, so that nobody will follow it elsewhere either."""
    return change.native_id.startswith(ASSUMED)


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
