"""iCalendar files (RFC 5545) as calendar events; series become their instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import PurePath
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

from syncd.connectors.file.content import Content, UnreadableFile, problem
from syncd.connectors.file.recurrence import original_starts
from syncd.connectors.markup import plain_text
from syncd.connectors.references import references
from syncd.model.items import (
    Account,
    Attendee,
    CalendarEvent,
    DateClaim,
    DateRole,
    ItemKey,
    Kind,
    Precision,
)

Day = date
_STATUSES = {"TENTATIVE": "tentative", "CANCELLED": "cancelled"}
_RESPONSES = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}
_BUSY = {"OOF": "out_of_office", "WORKINGELSEWHERE": "working_location"}
_PRIVATE = frozenset({"PRIVATE", "CONFIDENTIAL"})
_THINGS = frozenset({"RESOURCE", "ROOM"})
_LONGEST = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which days are of interest."""

    earliest: date
    latest: date
    """Of instances of a series; single events after it are kept all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Calendar:
    source: str
    name: str
    zone: str
    """For times without one, and for the local day of times in UTC."""
    window: Window


def read_ics(text: str, path: PurePath, *, source: str, zone: str, window: Window) -> Content:
    """Events of a calendar file. Its scope is the calendar's own name, else that of the file.

    `zone` is used where the file names none. Raises `UnreadableFile`; an event that makes no sense
    becomes a problem with its line.
    """
    content = Content(what="iCalendar file")
    lines = iter(_event_lines(text))
    for parsed in _calendars(text):
        name = str(parsed.get("X-WR-CALNAME") or "").strip() or path.stem
        own = _zone(str(parsed.get("X-WR-TIMEZONE") or ""))
        calendar = _Calendar(source=source, name=name, zone=own or zone, window=window)
        rows = [(next(lines, 0), event) for event in parsed.walk("VEVENT")]
        _read_events(rows, calendar, f"{path}", content)
    return content


def _calendars(text: str) -> list[Any]:
    try:
        found = list(icalendar.Calendar.from_ical(text, multiple=True))
    except (ValueError, KeyError, IndexError) as error:
        raise UnreadableFile(
            f"not an iCalendar file ({str(error)[:80]}); expected BEGIN:VCALENDAR"
        ) from None
    begun = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip().upper() == "BEGIN:VCALENDAR"
    ]
    if not begun:
        raise UnreadableFile("not an iCalendar file; expected BEGIN:VCALENDAR", line=1)
    if len(found) < len(begun):
        raise UnreadableFile(
            "this calendar does not end; expected END:VCALENDAR: was the file cut short?",
            line=begun[len(found)],
        )
    return found


def _event_lines(text: str) -> list[int]:
    return [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip().upper() == "BEGIN:VEVENT"
    ]


def _read_events(
    rows: list[tuple[int, Any]], calendar: _Calendar, path: str, content: Content
) -> None:
    changed = _changed_instances(rows)
    for line, event in rows:
        native_id = str(event.get("UID") or "")
        try:
            found = list(_instances(event, calendar, changed.get(native_id, frozenset())))
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            reason = _broken(event) or error
            content.problems.append(problem(f"{path}:{line}", native_id, reason))
            continue
        content.items.extend(item for item in found if _is_wanted(item, calendar.window))
        if not any(item.private for item in found):
            content.take_accounts(_accounts(event, calendar.source))


def _changed_instances(rows: list[tuple[int, Any]]) -> dict[str, frozenset[str]]:
    """UID → marks of the instances that have an event of their own."""
    found: dict[str, set[str]] = {}
    for _, event in rows:
        recurrence_id = event.get("RECURRENCE-ID")
        if isinstance(getattr(recurrence_id, "dt", None), date):
            found.setdefault(str(event.get("UID") or ""), set()).add(_mark(recurrence_id.dt))
    return {uid: frozenset(marks) for uid, marks in found.items()}


def _instances(event: Any, calendar: _Calendar, changed: frozenset[str]) -> Iterator[CalendarEvent]:
    start, end = _bounds(event)
    own = event.get("RECURRENCE-ID")
    if own is not None or not (event.get("RRULE") or event.get("RDATE")):
        yield _event(event, calendar, start, end, own.dt if own is not None else None)
        return
    for original in original_starts(event, start, calendar.window.earliest, calendar.window.latest):
        if _mark(original) not in changed:
            yield _event(event, calendar, original, original + (end - start), original)


def _event(
    event: Any, calendar: _Calendar, start: Day, end: Day, original: Day | None
) -> CalendarEvent:
    uid = _text(event, "UID")
    if not uid:
        raise ValueError("it has no UID")
    key = ItemKey(
        calendar.source, Kind.EVENT, uid if original is None else f"{uid}/{_mark(original)}"
    )
    when = _when(start, end, calendar.zone)
    private = _text(event, "CLASS").upper() in _PRIVATE
    type_ = _BUSY.get(_text(event, "X-MICROSOFT-CDO-BUSYSTATUS").upper(), "default")
    silent = private or type_ == "out_of_office"
    title = "" if silent else _text(event, "SUMMARY")
    refs = () if silent else _refs(title, _text(event, "DESCRIPTION"))
    return CalendarEvent(
        key=key,
        ref=title if title and title not in refs else f"event {key.native_id}",
        scope=calendar.name,
        title=title,
        status=_STATUSES.get(_text(event, "STATUS").upper(), "confirmed"),
        type=type_,
        ical_uid=uid,
        recurring_id=uid if original is not None else None,
        original_start=original.isoformat() if original is not None else None,
        organiser=None if private else _address(event.get("ORGANIZER")),
        attendees=() if private else _attendees(event),
        sequence=_whole(event.get("SEQUENCE")),
        refs=refs,
        private=private,
        transparent=_text(event, "TRANSP").upper() == "TRANSPARENT",
        created_at=_stamp(event, "CREATED"),
        updated_at=_stamp(event, "LAST-MODIFIED") or _stamp(event, "DTSTAMP"),
        url="" if private else _text(event, "URL"),
        claims=(_claim(key, when),),
        **when,
    )


def _claim(key: ItemKey, when: dict[str, Any]) -> DateClaim:
    return DateClaim(
        subject=key,
        role=DateRole.EVENT,
        field="event",
        lo=when["first_day"],
        hi=when["first_day"],
        precision=Precision.DAY if when["all_day"] else Precision.INSTANT,
        zone=when["zone"],
    )


def _bounds(event: Any) -> tuple[Any, Any]:
    """Start and end as written: two dates, two floating times or two aware instants."""
    start = event.get("DTSTART")
    if start is None:
        raise ValueError("it has no DTSTART")
    if isinstance(start, list):
        raise ValueError("it has more than one DTSTART")  # noqa: TRY004 # as every bad event
    begins = start.dt
    ends = getattr(event.get("DTEND"), "dt", None)
    length = getattr(event.get("DURATION"), "dt", None)
    if ends is None:
        usual = timedelta() if isinstance(begins, datetime) else timedelta(days=1)
        ends = begins + (length if isinstance(length, timedelta) else usual)
    if isinstance(begins, datetime) != isinstance(ends, datetime):
        raise ValueError("it starts at a time and ends on a day, or the reverse")
    if isinstance(begins, datetime) and (begins.tzinfo is None) != (ends.tzinfo is None):
        raise ValueError("its start has a time zone and its end has none, or the reverse")
    return begins, ends


def _when(start: Day, end: Day, calendar_zone: str) -> dict[str, Any]:
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        last = max(start, end - timedelta(days=1))
        return {"first_day": start, "last_day": last, "all_day": True, "zone": None}
    zone, local = _place(start, calendar_zone)
    if start.tzinfo is None:
        start, end = start.replace(tzinfo=local), end.replace(tzinfo=local)
    first = start.astimezone(local).date()
    last = (end.astimezone(local) - timedelta(microseconds=1)).date()
    return {
        "first_day": first,
        "last_day": max(first, last),
        "start_at": start.astimezone(UTC),
        "end_at": end.astimezone(UTC),
        "all_day": False,
        "zone": zone,
    }


def _place(start: datetime, calendar_zone: str) -> tuple[str | None, tzinfo]:
    """Zone whose days count: the event's own; the calendar's for floating times and for UTC."""
    name = _zone(getattr(start.tzinfo, "key", ""))
    if start.tzinfo is None or name == "UTC":
        return calendar_zone, ZoneInfo(calendar_zone)
    return name, ZoneInfo(name) if name else start.tzinfo


def _is_wanted(event: CalendarEvent, window: Window) -> bool:
    return event.last_day >= window.earliest


def _mark(original: Day) -> str:
    """An instance's original start: the same text however the file writes it."""
    if not isinstance(original, datetime):
        return f"{original:%Y%m%d}"
    if original.tzinfo is None:
        return f"{original:%Y%m%dT%H%M%S}"
    return f"{original.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def newest_stamp(text: str) -> date | None:
    """Day of the newest DTSTAMP, CREATED or LAST-MODIFIED of a file: about when it was made."""
    found = []
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.upper() in ("DTSTAMP", "CREATED", "LAST-MODIFIED"):
            try:
                found.append(datetime.strptime(value.strip()[:8], "%Y%m%d").date())  # noqa: DTZ007 # only its day
            except ValueError:
                continue
    return max(found, default=None)


def _broken(event: Any) -> str:
    """What the parser says of a value that it could not read."""
    for name, reason in event.errors:
        if name in ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"):
            return f"{name}: {reason}"
    return ""


def _text(event: Any, name: str) -> str:
    value = event.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return "" if value is None else str(value)[:_LONGEST].encode(errors="replace").decode()


def _refs(title: str, description: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*references(title), *references(plain_text(description)))))


def _address(value: Any) -> str | None:
    text = str(value or "")
    if not text.lower().startswith("mailto:"):
        return None
    return text[len("mailto:") :].strip().lower() or None


def _people(event: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    held = event.get("ATTENDEE")
    for person in held if isinstance(held, list) else [held]:
        account = _address(person)
        if account and str(person.params.get("CUTYPE", "")).upper() not in _THINGS:
            yield account, person.params


def _attendees(event: Any) -> tuple[Attendee, ...]:
    found = {
        account: Attendee(
            account=account,
            response=_RESPONSES.get(str(params.get("PARTSTAT", "")).upper(), "needs_action"),
            optional=str(params.get("ROLE", "")).upper() == "OPT-PARTICIPANT",
        )
        for account, params in _people(event)
    }
    return tuple(found[account] for account in sorted(found))


def _accounts(event: Any, source: str) -> Iterator[Account]:
    people = list(_people(event))
    organiser = event.get("ORGANIZER")
    if account := _address(organiser):
        people.append((account, organiser.params))
    for account, params in people:
        yield Account(
            source=source, id=account, name=str(params.get("CN") or account), email=account
        )


def _whole(value: Any) -> int:
    return int(value) if isinstance(value, int) else 0


def _stamp(event: Any, name: str) -> datetime | None:
    value = getattr(event.get(name), "dt", None) if _is_readable(event, name) else None
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return datetime.combine(value, time(), UTC) if isinstance(value, date) else None


def _is_readable(event: Any, name: str) -> bool:
    return all(broken != name for broken, _ in event.errors)


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key if name else ""
    except (KeyError, ValueError, OSError):
        return ""
