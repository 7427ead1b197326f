"""Events as the rows that Google Calendar's API gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

Raw = dict[str, Any]
When = date | datetime


@dataclass(slots=True, kw_only=True)
class HeldCalendar:
    """A calendar and what is in it."""

    id: str
    summary: str
    zone: str
    role: str
    events: dict[str, Raw] = field(default_factory=dict)
    """Single events, series, and instances of series that were changed."""
    edits: dict[str, int] = field(default_factory=dict)
    """Number of the newest edit of each event."""
    oldest_token: int = 0
    """Sync tokens from before this edit are answered with 410."""
    entry: Raw = field(default_factory=dict)
    """More fields of its entry in the account's list."""
    ended: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    """Series → the rule that it had before it was ended early, how many instances of that are
    reported as cancelled, and the edit that ended it: later ones report none of them."""


def visible(raw: Raw, role: str) -> Raw:
    """What a role may see of an event."""
    hidden = raw.get("visibility") in ("private", "confidential") and role == "reader"
    if role != "freeBusyReader" and not hidden:
        return raw
    shown = (
        "kind", "etag", "id", "status", "start", "end", "recurringEventId", "originalStartTime",
        "iCalUID", "updated", "eventType",
    )  # fmt: skip
    return {name: raw[name] for name in shown if name in raw} | {"visibility": "private"}


def instance(series: Raw, original: When, zone: str) -> Raw:
    """The instance of a series that was to start at `original`."""
    began, ended = bounds(series, zone)
    start = event_time(original, zone)
    if isinstance(original, datetime):
        mark = f"{original.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    else:
        mark = f"{original:%Y%m%d}"
    return {
        **{name: value for name, value in series.items() if name != "recurrence"},
        "id": f"{series['id']}_{mark}",
        "start": start,
        "end": event_time(original + (ended - began), zone),
        "recurringEventId": series["id"],
        "originalStartTime": start,
    }


def cut_mark(original: When) -> str:
    """What the id of a series says of the instance at which it was cut off another."""
    if isinstance(original, datetime):
        return f"{original.astimezone(UTC):%Y%m%dT%H%M%S}"
    return f"{original:%Y%m%d}"


def tombstone(instance: Raw) -> Raw:
    """What is left of an instance that was cancelled: its identity."""
    kept = ("kind", "etag", "id", "recurringEventId", "originalStartTime")
    return {name: instance[name] for name in kept if name in instance} | {"status": "cancelled"}


def event_time(when: When, zone: str) -> Raw:
    """A day, or a time in a zone, as the API writes it."""
    if isinstance(when, datetime):
        local = when.astimezone(ZoneInfo(zone))
        return {"dateTime": local.isoformat(), "timeZone": zone}
    return {"date": when.isoformat()}


def bounds(raw: Raw, zone: str) -> tuple[Any, Any]:
    """Start and end: two dates, or two local instants of one zone."""
    found = []
    for name in ("start", "end"):
        if "date" in raw[name]:
            found.append(date.fromisoformat(raw[name]["date"]))
        else:
            moment = datetime.fromisoformat(raw[name]["dateTime"])
            found.append(moment.astimezone(ZoneInfo(raw[name].get("timeZone") or zone)))
    return found[0], found[1]


def instants(raw: Raw, zone: str) -> tuple[datetime, datetime]:
    """Start and end; a day begins and ends at midnight of the zone."""
    start, end = (
        when
        if isinstance(when, datetime)
        else datetime(when.year, when.month, when.day, tzinfo=ZoneInfo(zone))
        for when in bounds(raw, zone)
    )
    return start, end


def instant(text: str | None, default: datetime) -> datetime:
    """The moment of a parameter, else the default."""
    return datetime.fromisoformat(text) if text else default


def stamp(moment: datetime) -> str:
    """A moment as the API writes it."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"


def listed(calendar: str, summary: str, zone: str, role: str, **more: Any) -> Raw:
    """A calendar as an entry of the account's list."""
    return {
        "kind": "calendar#calendarListEntry",
        "etag": '"0"',
        "id": calendar,
        "summary": summary,
        "timeZone": zone,
        "accessRole": role,
        "defaultReminders": [],
        **more,
    }
