"""iCalendar text (RFC 5545) taken apart: its calendars, their events, and where those begin."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import icalendar
from icalendar.timezone import tzp

from syncd.connectors.calendars import zone_name

_PARSER = threading.Lock()
"""The library keeps the zones that files describe in one table for the whole process."""


class NotACalendar(ValueError):
    """The text is no whole calendar; `line` counts from 1, 0 = no particular one."""

    def __init__(self, message: str, *, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """One VCALENDAR."""

    name: str
    """What it calls itself, often ""."""
    zone: str
    """IANA zone that it names for itself, "" for none."""
    method: str
    """PUBLISH, CANCEL …, "" where it is no message but a calendar as it is kept."""
    events: list[tuple[int, Any]]
    """(line, VEVENT) as the library reads them."""


def parse(text: str) -> list[Parsed]:
    """The calendars of a text, in order. Raises `NotACalendar`."""
    # No calendar may hold it, nor may PostgreSQL: an invitation with one would stop all others.
    text = text.replace("\0", "\ufffd")
    lines = iter(_lines_that_say(text, "BEGIN:VEVENT"))
    return [
        Parsed(
            name=str(calendar.get("X-WR-CALNAME") or "").strip(),
            zone=zone_name(str(calendar.get("X-WR-TIMEZONE") or "")),
            method=str(calendar.get("METHOD") or "").strip().upper(),
            events=[(next(lines, 0), event) for event in calendar.walk("VEVENT")],
        )
        for calendar in _calendars(text)
    ]


def newest_stamp(text: str) -> date | None:
    """Day of the newest DTSTAMP, CREATED or LAST-MODIFIED of a text: about when it was made."""
    found = []
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.upper() in ("DTSTAMP", "CREATED", "LAST-MODIFIED"):
            try:
                found.append(datetime.strptime(value.strip()[:8], "%Y%m%d").date())  # noqa: DTZ007 # only its day
            except ValueError:
                continue
    return max(found, default=None)


def _calendars(text: str) -> list[Any]:
    try:
        found = _read(text)
    except (ValueError, LookupError) as error:
        raise NotACalendar(
            f"not an iCalendar file ({str(error)[:80]}); expected BEGIN:VCALENDAR"
        ) from None
    except (AttributeError, TypeError, ArithmeticError):
        # What the library stumbles over, in words about itself.
        raise NotACalendar("not a whole iCalendar file: a part of it is out of place") from None
    begun = list(_lines_that_say(text, "BEGIN:VCALENDAR"))
    if not begun:
        raise NotACalendar("not an iCalendar file; expected BEGIN:VCALENDAR", line=1)
    if len(found) < len(begun):
        raise NotACalendar(
            "this calendar does not end; expected END:VCALENDAR: was the file cut short?",
            line=begun[len(found)],
        )
    return found


def _read(text: str) -> list[Any]:
    with _PARSER, warnings.catch_warnings():
        # It warns where it takes /vendor/Europe/Berlin for Europe/Berlin.
        warnings.simplefilter("ignore")
        # Two files may call different zones by one name: what the last one taught is forgotten.
        tzp.use_default()
        # A text of one line it would take for the name of a file to read.
        return list(icalendar.Calendar.from_ical(f"{text}\n", multiple=True))


def _lines_that_say(text: str, wanted: str) -> Iterator[int]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip().upper() == wanted:
            yield number
