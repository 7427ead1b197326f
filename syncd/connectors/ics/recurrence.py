"""The starts of a recurring event, by dateutil's rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import MAXYEAR, date, datetime, time, timedelta, tzinfo
from functools import partial
from typing import Any

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

MOST = 2000
"""Instances of one series in a window; more is taken for a mistake."""

LONGEST = 100_000
"""Steps for which a rule is followed: 270 years of days. Each takes some microseconds."""

_TOO_OFTEN = re.compile(r"FREQ=(SECONDLY|MINUTELY|HOURLY)", re.IGNORECASE)
_UNTIL = re.compile(r"UNTIL=(\d{8})(T\d{6})?(Z)?", re.IGNORECASE)


def original_starts(
    event: Any, start: Any, earliest: date, latest: date, *, home: tzinfo
) -> Iterator[Any]:
    """Starts of an event's instances from `earliest` to `latest`, without those taken out.

    They are of the kind of `start`: dates, floating times (of the zone `home`) or aware instants.
    Reckoned on the wall clock, so an instance keeps its local hour over a change of the clocks.
    Raises ValueError for a rule that cannot be followed.
    """
    is_timed = isinstance(start, datetime)
    zone = start.tzinfo if is_timed else None
    place = zone or home
    wall = _wall(start, place)
    left_out = {
        _wall(each, place) if is_timed and isinstance(each, datetime) else day_of(each, home)
        for each in _dates(event, "EXDATE")
    }
    after = datetime.combine(earliest, time())
    before = datetime.combine(latest + timedelta(days=1), time())
    wanted = {wall} | {_wall(each, place) for each in _dates(event, "RDATE")}
    found = {each for each in wanted if after <= each < before}
    until = partial(_until, start=start, place=place)
    found.update(_by_rule(event.get("RRULE"), wall, until, after, before))
    if len(found) > MOST:
        raise ValueError(f"its rule gives more than {MOST} events in the window")
    # RFC 5545 knows no EXRULE any more; those who wrote one left these out, and so do others.
    found.difference_update(_by_rule(event.get("EXRULE"), wall, until, after, before))
    for each in sorted(found):
        # What is left out by its day alone goes, whatever its hour.
        if left_out.isdisjoint((each, each.date())):
            yield _like(each, start, zone)


def _by_rule(
    rules: Any,
    wall: datetime,
    until: Callable[[re.Match[str]], datetime],
    after: datetime,
    before: datetime,
) -> Iterator[datetime]:
    """Followed in the last 400 years that there are: a rule that is never true ends with them.

    Days and weekdays repeat after 400 years; from now on such a rule would take many seconds.
    """
    turn = (MAXYEAR - before.year) // 400 * 400

    def last(match: re.Match[str]) -> str:
        return f"UNTIL={_turned(min(until(match), before), turn):%Y%m%dT%H%M%S}"

    for rule in rules if isinstance(rules, list) else [rules]:
        if rule is None:
            continue
        text = rule.to_ical().decode()
        if _TOO_OFTEN.search(text):
            raise ValueError("its rule repeats more than once a day")
        if wall >= before:
            continue
        follow = rrulestr(_UNTIL.sub(last, text), dtstart=_turned(wall, turn), ignoretz=True)
        try:
            for each in _between(follow, _turned(after, turn), _turned(before, turn)):
                yield _turned(each, -turn)
        except LookupError:
            raise ValueError("its rule names a day that is not in the calendar") from None


def _between(follow: Any, after: datetime, before: datetime) -> Iterator[datetime]:
    for steps, each in enumerate(follow):
        if each >= before:
            return
        if steps > LONGEST:
            raise ValueError(f"its rule has more than {LONGEST} events before the window")
        if each >= after:
            yield each


def _turned(at: datetime, years: int) -> datetime:
    return at.replace(year=at.year + years)


def _until(match: re.Match[str], *, start: Any, place: tzinfo) -> datetime:
    """UNTIL in local time: rules are followed on the wall clock."""
    day, hour, utc = match.groups()
    if hour is None:
        return datetime.fromisoformat(f"{day}T235959")
    moment = datetime.fromisoformat(f"{day}{hour}{'Z' if utc else ''}")
    if not isinstance(start, datetime):
        return datetime.combine(day_of(moment, place), time(23, 59, 59))
    return _wall(moment, place)


def day_of(when: date, home: tzinfo) -> date:
    """The day that is meant where a series of whole days names a time.

    Exchange tells midnight of the calendar's zone in UTC, which may be of another day there.
    """
    if not isinstance(when, datetime):
        return when
    local = when.astimezone(home) if when.tzinfo is not None else when
    return local.date() if local.time() in _EDGES else when.date()


_EDGES = (time(), time(23, 59, 59))


def _dates(event: Any, name: str) -> Iterator[Any]:
    held = event.get(name)
    for row in held if isinstance(held, list) else [held]:
        for each in getattr(row, "dts", ()):
            # A period (RDATE;VALUE=PERIOD) is a pair that begins with its start.
            yield each.dt[0] if isinstance(each.dt, tuple) else each.dt


def _wall(when: Any, place: tzinfo) -> datetime:
    if not isinstance(when, datetime):
        return datetime.combine(when, time())
    local = when.astimezone(place) if when.tzinfo is not None else when
    return local.replace(tzinfo=None)


def _like(wall: datetime, start: Any, zone: tzinfo | None) -> Any:
    return wall.replace(tzinfo=zone) if isinstance(start, datetime) else wall.date()
