"""Pure mapping of Google Calendar's events (plain dicts) to the common model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncd.connectors.calendars import place_name, zone_name
from syncd.connectors.markers import without_blocks
from syncd.connectors.markup import event_refs
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

Raw = Mapping[str, Any]

TEXT_LIMIT = 64 * 1024
"""Characters of a text that are looked at; what follows is cut."""

_TYPES = {
    "outOfOffice": "out_of_office",
    "focusTime": "focus",
    "workingLocation": "working_location",
    "birthday": "birthday",
}
_NOISE = frozenset({"workingLocation", "birthday"})
_STATUSES = frozenset({"confirmed", "tentative", "cancelled"})
_RESPONSES = {
    "accepted": "accepted",
    "declined": "declined",
    "tentative": "tentative",
    "needsAction": "needs_action",
}
_PRIVATE = frozenset({"private", "confidential"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What is true of every event of one calendar."""

    source: str
    id: str
    zone: str | None = None
    """IANA zone of the calendar, for events that name none."""
    holidays: bool = False
    busy_only: bool = False
    """We may see when somebody is busy and nothing else."""


def item_key(raw: Raw, source: str) -> ItemKey:
    """Identity of an event or of one instance of a series. Raises ValueError without an id."""
    native = raw.get("id")
    if not isinstance(native, str) or not native:
        raise ValueError("it has no id")
    return ItemKey(source, Kind.EVENT, native)


def is_tombstone(raw: Raw) -> bool:
    """Whether the provider says that the event is gone and nothing about when it was to be.

    A cancelled event that still tells its time is kept, as cancelled: plans may hang on it.
    """
    return raw.get("status") == "cancelled" and not isinstance(raw.get("start"), Mapping)


def is_noise(raw: Raw) -> bool:
    """Whether it tells where somebody sits or was born: no plan hangs on it, so it is not kept."""
    return raw.get("eventType") in _NOISE


def is_series(raw: object) -> bool:
    """Whether it stands for a whole series, whose instances come one by one."""
    return isinstance(raw, Mapping) and "recurrence" in raw


def is_within(raw: Raw, earliest: date, latest: date) -> bool:
    """Whether an instance of a series lies in the window, now or where it was planned at first.

    Events that are no instances always do: they are few, and one that moves far away is news.
    """
    if not raw.get("recurringEventId"):
        return True
    days = [_day(raw.get(name)) for name in ("start", "end", "originalStartTime")]
    known = [day for day in days if day is not None]
    return not known or any(earliest <= day <= latest for day in known)


def event(raw: Raw, calendar: Calendar) -> CalendarEvent:
    """One event. Raises ValueError, saying what is wrong, for one that makes no sense."""
    key = item_key(raw, calendar.source)
    when = _times(raw, calendar.zone)
    private = calendar.busy_only or raw.get("visibility") in _PRIVATE
    told = {"ref": f"event {key.native_id}", "title": ""} if private else _told(raw, key)
    if calendar.holidays:
        told["type"] = "holiday"
    return CalendarEvent(
        key=key,
        scope=calendar.id,
        first_day=when.first_day,
        last_day=when.last_day,
        status=_status(raw),
        start_at=when.start_at,
        end_at=when.end_at,
        all_day=when.start_at is None,
        zone=when.zone,
        recurring_id=_text(raw.get("recurringEventId")) or None,
        original_start=_original_start(raw.get("originalStartTime")),
        private=private,
        transparent=raw.get("transparency") == "transparent",
        updated_at=_instant_or_none(raw.get("updated")),
        claims=(_claim(key, when),),
        **told,
    )


def _told(raw: Raw, key: ItemKey) -> dict[str, Any]:
    """What is kept of an event unless it is private: of that the times and nothing else."""
    type_ = _TYPES.get(str(raw.get("eventType")), "default")
    silent = type_ == "out_of_office"
    title = "" if silent else _text(raw.get("summary"))
    refs = () if silent else event_refs(title, without_blocks(_text(raw.get("description"))))
    return {
        "ref": title if title and title not in refs else f"event {key.native_id}",
        "title": title,
        "type": type_,
        "ical_uid": _text(raw.get("iCalUID")) or None,
        "organiser": _account_id(raw.get("organizer")),
        "attendees": _attendees(raw),
        "sequence": _sequence(raw.get("sequence")),
        "refs": refs,
        "created_at": _instant_or_none(raw.get("created")),
        "url": _text(raw.get("htmlLink")),
    }


def accounts(raws: Iterable[Raw], source: str) -> tuple[Account, ...]:
    """Organisers and attendees of the events that are not private, each once, by id."""
    found: dict[str, Account] = {}
    for raw in raws:
        if raw.get("visibility") in _PRIVATE:
            continue
        for person in (raw.get("organizer"), *_rows(raw.get("attendees"))):
            account = _account_id(person)
            if account is None or person.get("resource"):
                continue
            name = _text(person.get("displayName"))
            if name or account not in found:
                email = account if "@" in account else None
                found[account] = Account(
                    source=source, id=account, name=name or account, email=email
                )
    return tuple(found[account] for account in sorted(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class _When:
    first_day: date
    last_day: date
    start_at: datetime | None = None
    end_at: datetime | None = None
    zone: str | None = None


def _times(raw: Raw, calendar_zone: str | None) -> _When:
    start, end = raw.get("start"), raw.get("end")
    if not isinstance(start, Mapping):
        raise ValueError("it has no start")  # noqa: TRY004 # what callers know a bad event by
    end = end if isinstance(end, Mapping) else {}
    zone = place_name(start.get("timeZone")) or zone_name(calendar_zone) or None
    if start.get("date"):
        first = _date(start["date"])
        after = _date(end["date"]) if end.get("date") else first + timedelta(days=1)
        return _When(first_day=first, last_day=max(first, after - timedelta(days=1)), zone=zone)
    written = zone_name(start.get("timeZone")) or zone
    start_at = _instant(start.get("dateTime"), written)
    end_at = _instant(end["dateTime"], written) if end.get("dateTime") else start_at
    local = ZoneInfo(zone) if zone else start_at.tzinfo
    first = start_at.astimezone(local).date()
    last = (end_at.astimezone(local) - timedelta(microseconds=1)).date()
    return _When(
        first_day=first,
        last_day=max(first, last),
        start_at=start_at.astimezone(UTC),
        end_at=end_at.astimezone(UTC),
        zone=zone,
    )


def _claim(key: ItemKey, when: _When) -> DateClaim:
    # The provider does not tell when an event got its date: `updated` moves with every edit.
    return DateClaim(
        subject=key,
        role=DateRole.EVENT,
        field="event",
        lo=when.first_day,
        hi=when.first_day,
        precision=Precision.INSTANT if when.start_at else Precision.DAY,
        zone=when.zone,
    )


def _status(raw: Raw) -> str:
    status = str(raw.get("status"))
    return status if status in _STATUSES else "confirmed"


def _attendees(raw: Raw) -> tuple[Attendee, ...]:
    found = {}
    for row in _rows(raw.get("attendees")):
        account = _account_id(row)
        if account is not None and not row.get("resource"):
            response = _RESPONSES.get(str(row.get("responseStatus")), "needs_action")
            found[account] = Attendee(
                account=account, response=response, optional=row.get("optional") is True
            )
    return tuple(found[account] for account in sorted(found))


def _rows(value: object) -> list[Any]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def _sequence(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < 2**31 else 0


def _account_id(person: object) -> str | None:
    if not isinstance(person, Mapping):
        return None
    return _text(person.get("email")).lower() or _text(person.get("id")) or None


def _original_start(value: object) -> str | None:
    if not isinstance(value, Mapping):
        return None
    return _text(value.get("dateTime")) or _text(value.get("date")) or None


def _text(value: object) -> str:
    # JSON can carry half a surrogate pair, which no store takes.
    return value[:TEXT_LIMIT].encode(errors="replace").decode() if isinstance(value, str) else ""


def _day(value: object) -> date | None:
    """The day an EventDateTime names, as written; None where it names none."""
    if not isinstance(value, Mapping):
        return None
    try:
        return date.fromisoformat(str(value.get("date") or value.get("dateTime"))[:10])
    except ValueError:
        return None


def _date(value: object) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{str(value)[:40]!r} is not a date") from None


def _instant(value: object, zone: str | None) -> datetime:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{str(value)[:40]!r} is not a date with a time") from None
    if found.tzinfo is None:
        if zone is None:
            raise ValueError(f"{value} has neither an offset nor a time zone")
        found = found.replace(tzinfo=ZoneInfo(zone))
    return found


def _instant_or_none(value: object) -> datetime | None:
    return _instant(value, "UTC").astimezone(UTC) if isinstance(value, str) else None
