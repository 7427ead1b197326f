"""Which of the calendars in an account's list are read. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from syncd.connectors.google_calendar.reading import BUSY_ONLY
from syncd.connectors.google_calendar.settings import GoogleCalendarSettings
from syncd.discovering import NOT_LISTED, Found

_WITHOUT_PLANS = ("#contacts@group.v.calendar.google.com", "#weeknum@group.v.calendar.google.com")
"""Ends of the ids of calendars that Google makes of birthdays and of week numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One calendar of the list."""

    id: str
    name: str
    role: str
    left_out: str = ""
    """Why it is not read; "" if it is."""


def listed(rows: Iterable[Any], settings: GoogleCalendarSettings) -> Iterator[Listed]:
    """The calendars that the list names, each with whether it is read. Odd rows are none."""
    for row in rows:
        if isinstance(row, Mapping) and isinstance(row.get("id"), str) and row["id"]:
            name = str(row.get("summaryOverride") or row.get("summary") or row["id"])
            role = str(row.get("accessRole") or "none")
            why = "" if row["id"] in settings.every_calendar else _left_out(row, role, settings)
            yield Listed(id=row["id"], name=name, role=role, left_out=why)


def told(calendars: Iterable[Listed], settings: GoogleCalendarSettings) -> Iterator[Found]:
    """The calendars of the list, each with whether it is read; then those configured only."""
    named = dict.fromkeys(settings.every_calendar)
    for one in calendars:
        is_read = one.id in named or (settings.discover and not one.left_out)
        named.pop(one.id, None)
        yield Found(id=one.id, name=one.name, is_read=is_read, note=one.left_out)
    for calendar in named:
        yield Found(id=calendar, name=calendar, is_read=True, note=NOT_LISTED)


def is_holidays(calendar: str) -> bool:
    """Whether it is one of the public holidays that Google keeps."""
    return calendar.endswith("#holiday@group.v.calendar.google.com")


def _left_out(row: Mapping[str, Any], role: str, settings: GoogleCalendarSettings) -> str:
    names = [str(row.get(key) or "") for key in ("id", "summary", "summaryOverride")]
    if settings.only and not _fits(names, settings.only):
        return "only names others"
    if _fits(names, settings.skip):
        return "skip names it"
    if row.get("deleted") is True:
        return "it was deleted"
    if role in (BUSY_ONLY, "none"):
        return "busy times only, so no event of it can be told apart"
    return "it holds no plans" if row["id"].endswith(_WITHOUT_PLANS) else ""


def _fits(names: Iterable[str], patterns: Iterable[str]) -> bool:
    texts = [name.casefold() for name in names if name]
    return any(fnmatchcase(text, pattern.casefold()) for pattern in patterns for text in texts)
