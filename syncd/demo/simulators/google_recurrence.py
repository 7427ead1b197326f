"""Occurrences of the simple recurrence rules that the simulated calendar knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def occurrences(rule: str, start: Any, until: datetime) -> Iterator[Any]:
    """Starts of a DAILY or WEEKLY rule (INTERVAL, COUNT, UNTIL, BYDAY) before `until`.

    `start` is a date or a local instant; what comes is of the same kind, at the same local hour.
    """
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    if parts["FREQ"] not in ("DAILY", "WEEKLY"):
        raise ValueError(f"the simulated calendar knows no FREQ={parts['FREQ']}")
    count = int(parts.get("COUNT", "100000"))
    last = _last(parts.get("UNTIL"), until)
    for day in _days(parts, _day(start)):
        found = start + timedelta(days=(day - _day(start)).days)
        if count == 0 or _day(found) > last or not _is_before(found, until):
            return
        count -= 1
        yield found


def _days(parts: dict[str, str], first: date) -> Iterator[date]:
    step = int(parts.get("INTERVAL", "1"))
    if parts["FREQ"] == "DAILY":
        wanted, span = None, step
    else:
        names = parts.get("BYDAY", _WEEKDAYS[first.weekday()]).split(",")
        wanted, span = {_WEEKDAYS.index(name) for name in names}, 7 * step
    block = first if wanted is None else first - timedelta(days=first.weekday())
    while True:
        for offset in range(1 if wanted is None else 7):
            day = block + timedelta(days=offset)
            if day >= first and (wanted is None or day.weekday() in wanted):
                yield day
        block += timedelta(days=span)


def _last(text: str | None, until: datetime) -> date:
    if text is None:
        return until.date() + timedelta(days=1)
    return datetime.strptime(text[:8], "%Y%m%d").replace(tzinfo=until.tzinfo).date()


def _day(when: Any) -> date:
    return when.date() if isinstance(when, datetime) else when


def _is_before(when: Any, until: datetime) -> bool:
    return when < until if isinstance(when, datetime) else when < until.date()
