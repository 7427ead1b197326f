"""One series cut in two is still one: instances keep their identity. Pure.

"This and following events" ends a series and begins another, whose id is that of the first with a
mark of where it was cut: `base_R20261201T090000`. The provider reports the old instances as
cancelled and the new ones as new, which to a plan that hangs on one of them would be a deletion and
an invention. So an instance of the new series gets the id that the old one would have: that of the
meeting which it takes the place of, also where the series was moved to another day or hour.

The form of these ids is observed, not promised. An id of another form is taken as it is, and a
series cut twice is followed through its last cut only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_CUT = re.compile(r"^(?P<base>.+?)_R(?P<mark>\d{8}(?:T\d{6})?)$")


@dataclass(frozen=True, slots=True)
class Cut:
    """A series that goes on where `base` was cut."""

    base: str
    mark: str
    """Original start of the first instance that it took over: a UTC time, or a day."""


def cut_of(series: object) -> Cut | None:
    """What a series id says about where the series came from; None for one of its own."""
    match = _CUT.match(series) if isinstance(series, str) else None
    return Cut(match["base"], match["mark"]) if match else None


def taken_over(raw: Mapping[str, Any], first: Mapping[str, Any], zone: str | None) -> str | None:
    """Id of the meeting that an instance of a cut series takes the place of.

    `first` is the `start` of its own series; both are reckoned on the wall clock of `zone` unless
    they name one. None where the instance or its series tells no such thing.
    """
    cut = cut_of(raw.get("recurringEventId"))
    original = raw.get("originalStartTime")
    if cut is None or not isinstance(original, Mapping):
        return None
    try:
        was = _moment(cut.mark, str(first.get("timeZone") or zone or "UTC"))
        moved = _wall(original, first, zone) - _wall(first, first, zone)
        days, rest = divmod(moved, timedelta(days=1))
        # Several meetings a day could not be told apart by their days.
        return None if rest else f"{cut.base}_{_mark(was, days)}"
    except (ValueError, KeyError, OverflowError, OSError, TypeError):
        return None


def _moment(mark: str, zone: str) -> date | datetime:
    if "T" not in mark:
        return datetime.strptime(mark, "%Y%m%d").date()  # noqa: DTZ007 # only its day
    at = datetime.strptime(mark, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return at.astimezone(ZoneInfo(zone))


def _mark(was: date | datetime, days: int) -> str:
    then = was + timedelta(days=days)
    if isinstance(then, datetime):
        return f"{then.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f"{then:%Y%m%d}"


def _wall(when: Mapping[str, Any], first: Mapping[str, Any], zone: str | None) -> datetime:
    if when.get("date"):
        return datetime.fromisoformat(str(when["date"]))
    at = datetime.fromisoformat(str(when["dateTime"]))
    local = ZoneInfo(str(first.get("timeZone") or zone or "UTC"))
    return at.astimezone(local).replace(tzinfo=None) if at.tzinfo else at
