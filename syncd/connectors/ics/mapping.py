"""Pure mapping of iCalendar events (RFC 5545) to the common model; series become instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from syncd.connectors.calendars import place_name
from syncd.connectors.ics.parsing import Parsed
from syncd.connectors.ics.recurrence import day_of, original_starts
from syncd.connectors.markers import without_blocks
from syncd.connectors.markup import event_refs
from syncd.interfaces import Problem
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
class Calendar:
    """What is true of every event of one calendar."""

    source: str
    name: str
    zone: str
    """For times without one, and for the local day of times in UTC."""
    window: Window
    cancels: bool = False
    """It is a message that takes its events back (METHOD:CANCEL)."""
    host: str = ""
    """Where it lies: only addresses there are kept of events, since whoever invites writes them."""
    stamped: bool = True
    """DTSTAMP tells when an event was changed; else only when the file was made."""


@dataclass(slots=True, kw_only=True)
class Events:
    """What one calendar holds."""

    items: list[CalendarEvent] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    by_rule: set[ItemKey] = field(default_factory=set)
    """Instances of a series that have no event of their own; they may have had one."""
    is_whole: bool = True
    """False where it is not known which events there are: a series could not be followed."""


def events(parsed: Parsed, calendar: Calendar, place: str) -> Events:
    """The events of a calendar in its window; one that makes no sense is a problem with its line.

    `place` is what people call the file.
    """
    found = Events()
    starts = _series_starts(parsed.events)
    home = ZoneInfo(calendar.zone)
    changed = _changed_instances(parsed.events, starts, home)
    for line, event in parsed.events:
        native_id = str(event.get("UID") or "")
        try:
            original = _original(event, starts.get(native_id), home)
            mine = list(_instances(event, calendar, original, changed.get(native_id, {})))
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            reason = f"{place}:{line}: {_broken(event) or error}"
            found.problems.append(Problem(native_id=native_id[:200], reason=reason[:200]))
            found.is_whole = found.is_whole and bool(native_id) and not _recurs(event)
            continue
        if original is None and _recurs(event):
            found.by_rule.update(item.key for item in mine)
        found.items += [item for item in mine if item.last_day >= calendar.window.earliest]
        if not any(item.private for item in mine):
            found.accounts += _accounts(event, calendar.source)
    return found


def _series_starts(rows: list[tuple[int, Any]]) -> dict[str, Day]:
    """UID → start of each series."""
    found: dict[str, Day] = {}
    for _, event in rows:
        if event.get("RECURRENCE-ID") is None and _recurs(event):
            with suppress(ValueError, AttributeError, TypeError):
                found[str(event.get("UID") or "")] = _when_written(event.get("DTSTART"))
    return found


def _original(event: Any, start: Day | None, home: tzinfo) -> Day | None:
    """When a changed instance was to be at first; None for an event that is no such instance.

    It is of the kind of `start`, where its series begins: where only the day is told, the hour is
    that of the series, and a time without a zone is of the series' own. `home` is the calendar's.
    """
    own = event.get("RECURRENCE-ID")
    was = None if own is None else _when_written(own)
    if was is None or start is None:
        return was
    if not isinstance(start, datetime):
        return day_of(was, home)
    if not isinstance(was, datetime):
        return datetime.combine(was, start.timetz())
    if was.tzinfo is None:
        return was.replace(tzinfo=start.tzinfo)
    return was if start.tzinfo else was.astimezone(home).replace(tzinfo=None)


def _changed_instances(
    rows: list[tuple[int, Any]], starts: Mapping[str, Day], home: tzinfo
) -> dict[str, dict[str, tuple[Any, Any]]]:
    """UID → mark of each instance that has an event of its own → when it was to be, that event."""
    found: dict[str, dict[str, tuple[Any, Any]]] = {}
    for _, event in rows:
        uid = str(event.get("UID") or "")
        with suppress(ValueError, AttributeError, OverflowError):
            original = _original(event, starts.get(uid), home)
            if original is not None:
                found.setdefault(uid, {})[_mark(original)] = original, event
    return found


def _recurs(event: Any) -> bool:
    return any(event.get(name) for name in ("RRULE", "RDATE", "RECURRENCE-ID"))


def _instances(
    event: Any, calendar: Calendar, own: Day | None, changed: Mapping[str, tuple[Any, Any]]
) -> Iterator[CalendarEvent]:
    start, end = _bounds(event)
    if own is not None or not _recurs(event):
        yield _event(event, calendar, start, end, own)
        return
    onwards = sorted(mark for mark, (_, each) in changed.items() if _goes_on(each))
    days, home = (calendar.window.earliest, calendar.window.latest), ZoneInfo(calendar.zone)
    for original in original_starts(event, start, *days, home=home):
        if _mark(original) in changed:
            continue
        before = [mark for mark in onwards if mark < _mark(original)]
        if before:
            was, change = changed[before[-1]]
            yield _shifted(change, calendar, was, original)
        else:
            yield _event(event, calendar, original, original + (end - start), original)


def _goes_on(changed: Any) -> bool:
    """Whether a changed instance changes all that follow (RANGE=THISANDFUTURE)."""
    return str(changed["RECURRENCE-ID"].params.get("RANGE", "")).upper() == "THISANDFUTURE"


def _shifted(changed: Any, calendar: Calendar, was: Any, original: Any) -> CalendarEvent:
    """A later instance, moved as far as the one that was changed with all that follow."""
    start, end = _bounds(changed)
    if isinstance(start, datetime) and start.tzinfo is not None:
        # In one zone the difference is that of the wall clock, whatever the season.
        was, begins = was.astimezone(start.tzinfo), original.astimezone(start.tzinfo)
    else:
        begins = original
    begins += start - was
    return _event(changed, calendar, begins, begins + (end - start), original)


def _event(
    event: Any, calendar: Calendar, start: Day, end: Day, original: Day | None
) -> CalendarEvent:
    uid = _text(event, "UID")
    if not uid:
        raise ValueError("it has no UID")
    key = ItemKey(
        calendar.source, Kind.EVENT, uid if original is None else f"{uid}/{_mark(original)}"
    )
    when = _when(start, end, calendar.zone)
    private = _text(event, "CLASS").upper() in _PRIVATE
    status = "CANCELLED" if calendar.cancels else _text(event, "STATUS").upper()
    title = "" if private or _type(event) == "out_of_office" else _text(event, "SUMMARY")
    told = {} if private else _told(event, title, calendar.host)
    return CalendarEvent(
        key=key,
        ref=title if title and title not in told["refs"] else f"event {key.native_id}",
        scope=calendar.name,
        title=title,
        status=_STATUSES.get(status, "confirmed"),
        recurring_id=uid if original is not None else None,
        original_start=original.isoformat() if original is not None else None,
        private=private,
        transparent=_text(event, "TRANSP").upper() == "TRANSPARENT",
        updated_at=_changed_at(event, calendar),
        claims=(_claim(key, when),),
        **when,
        **told,
    )


def _told(event: Any, title: str, host: str) -> dict[str, Any]:
    """What is kept of an event unless it is private: of that the times and nothing else."""
    type_ = _type(event)
    silent = type_ == "out_of_office"
    return {
        "type": type_,
        "ical_uid": _text(event, "UID"),
        "organiser": _address(event.get("ORGANIZER")),
        "attendees": _attendees(event),
        "sequence": _whole(event.get("SEQUENCE")),
        "refs": () if silent else event_refs(title, without_blocks(_text(event, "DESCRIPTION"))),
        "created_at": _stamp(event, "CREATED"),
        "url": _own_address(_text(event, "URL"), host),
    }


def _own_address(url: str, host: str) -> str:
    try:
        return url if host and urlsplit(url).hostname == host else ""
    except ValueError:
        return ""


def _type(event: Any) -> str:
    return _BUSY.get(_text(event, "X-MICROSOFT-CDO-BUSYSTATUS").upper(), "default")


def _changed_at(event: Any, calendar: Calendar) -> datetime | None:
    changed = _stamp(event, "LAST-MODIFIED")
    return _stamp(event, "DTSTAMP") if changed is None and calendar.stamped else changed


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
    begins = _when_written(start)
    end = event.get("DTEND")
    ends = _when_written(end) if getattr(end, "dt", None) is not None else None
    length = getattr(event.get("DURATION"), "dt", None)
    if ends is None:
        usual = timedelta() if isinstance(begins, datetime) else timedelta(days=1)
        ends = begins + (length if isinstance(length, timedelta) else usual)
    if isinstance(begins, datetime) != isinstance(ends, datetime):
        raise ValueError("it starts at a time and ends on a day, or the reverse")
    if isinstance(begins, datetime) and (begins.tzinfo is None) != (ends.tzinfo is None):
        raise ValueError("its start has a time zone and its end has none, or the reverse")
    return begins, ends


def _when_written(value: Any) -> Any:
    """A date or time as it stands there. Raises ValueError where nobody describes its zone."""
    when, zone = value.dt, value.params.get("TZID")
    if isinstance(when, datetime) and when.tzinfo is None and zone:
        raise ValueError(f'the time zone "{str(zone)[:60]}" is not described in the file')
    return when


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
    key = getattr(start.tzinfo, "key", "")
    name = place_name(key)
    if start.tzinfo is None or (key and not name):
        return calendar_zone, ZoneInfo(calendar_zone)
    return name or None, ZoneInfo(name) if name else start.tzinfo


def _mark(original: Day) -> str:
    """An instance's original start: the same text however the file writes it."""
    if not isinstance(original, datetime):
        return f"{original:%Y%m%d}"
    if original.tzinfo is None:
        return f"{original:%Y%m%dT%H%M%S}"
    return f"{original.astimezone(UTC):%Y%m%dT%H%M%SZ}"


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
