"""A loopback Google Calendar: sign-in, event lists with page and sync tokens, a clock to set."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncd.demo.simulators.google_recurrence import occurrences
from syncd.demo.simulators.google_sign_in import SignIn, google_error
from syncd.demo.simulators.server import Answer, Fault, Request, Simulator

EXPANDED = timedelta(days=730)
"""How far a change of an endless series is expanded: far beyond what anybody asked for."""

_NOT_WITH_SYNC_TOKEN = frozenset(
    {
        "iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty",
        "timeMin", "timeMax", "updatedMin",
    }
)  # fmt: skip
_KNOWN = _NOT_WITH_SYNC_TOKEN | {
    "alt", "eventTypes", "maxAttendees", "maxResults", "pageToken", "prettyPrint", "showDeleted",
    "showHiddenInvitations", "singleEvents", "syncToken", "timeZone",
}  # fmt: skip

Raw = dict[str, Any]
When = date | datetime


@dataclass(slots=True, kw_only=True)
class _Calendar:
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


class GoogleCalendarSimulator(Simulator):
    """Google Calendar as far as a reader of events meets it.

    `service_account()` and `authorised_user()` give the texts to configure as credentials. An
    event is added, moved, edited or cancelled as of `now`; ids are made from a counter.
    """

    prefix = "/calendar/v3"

    def __init__(self, *, now: datetime | None = None) -> None:
        super().__init__(now=now)
        self.sign_in = SignIn()
        self.calendars: dict[str, _Calendar] = {}
        self.page_limit = 2500
        """Most rows of one page, however many were asked for."""
        self._edit = 0
        self.route("POST", r"/token", self.sign_in.token)
        self.route("GET", r"/calendars/(?P<calendar>[^/]+)/events", self._events)
        self.route("GET", r"/users/me/calendarList", self._calendar_list)

    def service_account(self) -> str:
        """A throw-away service account key (JSON) that this simulator accepts."""
        return self.sign_in.service_account(f"{self.origin}/token")

    def authorised_user(self) -> str:
        """An authorised-user JSON that this simulator accepts."""
        return self.sign_in.authorised_user(f"{self.origin}/token")

    def add_calendar(
        self, calendar: str, *, summary: str = "", zone: str = "UTC", role: str = "reader"
    ) -> None:
        """A calendar that is shared with the account. `role` as `accessRole`."""
        with self.lock:
            self.calendars[calendar] = _Calendar(
                id=calendar, summary=summary or calendar, zone=zone, role=role
            )

    def add_event(
        self,
        calendar: str,
        summary: str,
        start: When,
        end: When | None = None,
        *,
        recurrence: str = "",
        **fields: Any,
    ) -> str:
        """A new event; gives its id. A date is all day, `end` exclusive (default: a day, an hour).

        `recurrence` is an RRULE of FREQ DAILY or WEEKLY; `fields` are the provider's own names.
        """
        with self.lock:
            id_ = str(fields.pop("id", "")) or f"evt{self._edit + 1:06d}"
            stamp = _stamp(self.now)
            raw = {
                "kind": "calendar#event",
                "id": id_,
                "status": "confirmed",
                "htmlLink": f"https://calendar.example.com/event?eid={id_}",
                "created": stamp,
                "summary": summary,
                "creator": {"email": "planner@example.com"},
                "organizer": {"email": "planner@example.com", "displayName": "Planner"},
                "iCalUID": f"{id_}@calendar.example.com",
                "sequence": 0,
                "reminders": {"useDefault": True},
                "eventType": "default",
                **self._times(calendar, start, end),
                **({"recurrence": [f"RRULE:{recurrence}"]} if recurrence else {}),
                **fields,
            }
            self._put(calendar, raw)
            return id_

    def move_event(self, calendar: str, event: str, start: When, end: When | None = None) -> None:
        """Give a single event another time. The length stays, unless `end` says otherwise."""
        with self.lock:
            raw = self.calendars[calendar].events[event]
            if "recurrence" in raw:
                raise ValueError("a series is moved one instance at a time: use move_instance")
            if end is None:
                began, ended = _bounds(raw, self.calendars[calendar].zone)
                end = start + (ended - began)
            moved = {**raw, **self._times(calendar, start, end), "sequence": raw["sequence"] + 1}
            self._put(calendar, moved)

    def edit_event(self, calendar: str, event: str, **fields: Any) -> None:
        """Set fields by the provider's own names; None removes one."""
        with self.lock:
            raw = {**self.calendars[calendar].events[event], **fields}
            self._put(calendar, {name: value for name, value in raw.items() if value is not None})

    def cancel_event(self, calendar: str, event: str, *, bare: bool = False) -> None:
        """Cancel an event or a whole series. `bare`: only its id stays, as for guests."""
        with self.lock:
            raw = self.calendars[calendar].events[event]
            kept = {"kind": raw["kind"], "id": raw["id"]} if bare else raw
            self._put(calendar, {**kept, "status": "cancelled"}, bare=bare)

    def move_instance(
        self, calendar: str, series: str, original: When, start: When, end: When | None = None
    ) -> str:
        """Move the instance of a series that was to start at `original`; gives its id."""
        with self.lock:
            held = self.calendars[calendar]
            instance = _instance(held.events[series], original, held.zone)
            began, ended = _bounds(instance, held.zone)
            times = self._times(calendar, start, end or start + (ended - began))
            self._put(calendar, {**instance, **times, "sequence": instance["sequence"] + 1})
            return str(instance["id"])

    def cancel_instance(self, calendar: str, series: str, original: When) -> str:
        """Cancel one instance of a series; gives its id. Only its identity stays."""
        with self.lock:
            held = self.calendars[calendar]
            gone = _tombstone(_instance(held.events[series], original, held.zone))
            self._put(calendar, gone, bare=True)
            return str(gone["id"])

    def expire_sync_tokens(self, calendar: str) -> None:
        """Answer every sync token given out so far with 410."""
        with self.lock:
            self._edit += 1
            self.calendars[calendar].oldest_token = self._edit

    def limit(
        self,
        *,
        times: int | None = 1,
        status: int = 403,
        reason: str = "rateLimitExceeded",
        retry_after: str = "",
    ) -> Fault:
        """Answer event lists with "over quota"."""
        answer = google_error(status, reason, "Rate Limit Exceeded", domain="usageLimits")
        headers = {"Retry-After": retry_after} if retry_after else {}
        return self.fail("/events", status=status, body=answer.body, headers=headers, times=times)

    def authorise(self, request: Request) -> Answer | None:
        """401 in Google's shape without a living token."""
        return None if request.path == "/token" else self.sign_in.refusal(request)

    def not_found(self, request: Request) -> Answer:  # noqa: ARG002 # the base's signature
        """404 in Google's shape."""
        return google_error(404, "notFound", "Not Found")

    def _put(self, calendar: str, raw: Raw, *, bare: bool = False) -> None:
        held = self.calendars[calendar]
        self._edit += 1
        if not bare:
            raw["updated"] = _stamp(self.now)
        raw["etag"] = f'"{self._edit:016d}"'
        held.events[str(raw["id"])] = raw
        held.edits[str(raw["id"])] = self._edit

    def _times(self, calendar: str, start: When, end: When | None) -> Raw:
        zone = self.calendars[calendar].zone
        if end is None:
            end = start + (timedelta(hours=1) if isinstance(start, datetime) else timedelta(days=1))
        return {"start": _event_time(start, zone), "end": _event_time(end, zone)}

    def _calendar_list(self, request: Request) -> Answer:
        if not self.sign_in.allows(request, "calendar.calendarlist.readonly"):
            return google_error(403, "insufficientPermissions", "Insufficient Permission")
        rows = [
            {
                "kind": "calendar#calendarListEntry",
                "etag": '"0"',
                "id": each.id,
                "summary": each.summary,
                "timeZone": each.zone,
                "accessRole": each.role,
            }
            for each in self.calendars.values()
        ]
        return Answer(body={"kind": "calendar#calendarList", "etag": '"0"', "items": rows})

    def _events(self, request: Request, calendar: str) -> Answer:
        query = request.query
        held = self.calendars.get(calendar)
        if held is None or held.role == "none":
            return self.not_found(request)
        token = query.get("syncToken", "")
        if set(query) - _KNOWN or (token and set(query) & _NOT_WITH_SYNC_TOKEN):
            return google_error(400, "badRequest", "Bad Request")
        if token and (not token.isdigit() or int(token) < held.oldest_token):
            return google_error(
                410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required."
            )
        rows = list(self._changed(held, int(token), query) if token else self._listed(held, query))
        return self._page(held, query, [_visible(row, held.role) for row in rows])

    def _listed(self, held: _Calendar, query: Mapping[str, str]) -> Iterator[Raw]:
        earliest = _instant(query.get("timeMin"), datetime.min.replace(tzinfo=UTC))
        latest = _instant(query.get("timeMax"), self.now + EXPANDED)
        deleted = query.get("showDeleted") == "true"
        for raw in self._stored(held, 0):
            for row in self._single(held, raw, latest, query):
                if row["status"] == "cancelled" and not deleted:
                    continue
                if "start" in row:
                    start, end = _instants(row, held.zone)
                    if start >= latest or end <= earliest:
                        continue
                elif "timeMin" in query or "timeMax" in query:
                    continue
                yield row

    def _changed(self, held: _Calendar, since: int, query: Mapping[str, str]) -> Iterator[Raw]:
        for raw in self._stored(held, since):
            yield from self._single(held, raw, self.now + EXPANDED, query)

    def _stored(self, held: _Calendar, since: int) -> Iterator[Raw]:
        for id_ in sorted(held.events, key=held.edits.__getitem__):
            if held.edits[id_] > since:
                yield held.events[id_]

    def _single(
        self, held: _Calendar, raw: Raw, until: datetime, query: Mapping[str, str]
    ) -> Iterator[Raw]:
        """The row itself, or the instances of a series that were not changed one by one."""
        if "recurrence" not in raw or query.get("singleEvents") != "true":
            yield raw
            return
        rule = raw["recurrence"][0].removeprefix("RRULE:")
        began, _ = _bounds(raw, held.zone)
        for start in occurrences(rule, began, until):
            row = _instance(raw, start, held.zone)
            if row["id"] not in held.events:
                yield _tombstone(row) if raw["status"] == "cancelled" else row

    def _page(self, held: _Calendar, query: Mapping[str, str], rows: list[Raw]) -> Answer:
        asked = {name: value for name, value in query.items() if name != "pageToken"}
        mark = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]
        token_mark, after = _page_token(query.get("pageToken", "")) or (mark, (0, 0))
        if token_mark != mark:
            return google_error(400, "badRequest", "Invalid page token value.")
        size = min(int(query.get("maxResults", "250")), self.page_limit)
        # By edits, not by a count of rows: what is edited meanwhile comes again at the end.
        left = [(place, row) for place, row in _placed(held, rows) if place > after]
        body = {
            "kind": "calendar#events",
            "etag": f'"{self._edit:016d}"',
            "summary": held.summary,
            "description": "",
            "updated": _stamp(self.now),
            "timeZone": held.zone,
            "accessRole": held.role,
            "defaultReminders": [],
            "items": [row for _, row in left[:size]],
        }
        if size < len(left):
            text = json.dumps([mark, left[size - 1][0]])
            body["nextPageToken"] = base64.urlsafe_b64encode(text.encode()).decode()
        elif "orderBy" not in query and "q" not in query:
            body["nextSyncToken"] = str(self._edit)
        return Answer(body=body)


def _placed(held: _Calendar, rows: list[Raw]) -> Iterator[tuple[tuple[int, int], Raw]]:
    """Rows with their places: the edit that they are from, and which of its rows they are."""
    last, number = 0, 0
    for row in rows:
        edit = held.edits.get(str(row["id"])) or held.edits[str(row["recurringEventId"])]
        last, number = edit, number + 1 if edit == last else 1
        yield (edit, number), row


def _page_token(token: str) -> tuple[str, tuple[int, int]] | None:
    if not token:
        return None
    try:
        mark, (edit, number) = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, TypeError):
        return "unknown", (0, 0)
    return str(mark), (int(edit), int(number))


def _visible(raw: Raw, role: str) -> Raw:
    """What a role may see of an event."""
    hidden = raw.get("visibility") in ("private", "confidential") and role == "reader"
    if role != "freeBusyReader" and not hidden:
        return raw
    shown = (
        "kind", "etag", "id", "status", "start", "end", "recurringEventId", "originalStartTime",
        "iCalUID", "updated", "eventType",
    )  # fmt: skip
    return {name: raw[name] for name in shown if name in raw} | {"visibility": "private"}


def _instance(series: Raw, original: When, zone: str) -> Raw:
    began, ended = _bounds(series, zone)
    start = _event_time(original, zone)
    if isinstance(original, datetime):
        mark = f"{original.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    else:
        mark = f"{original:%Y%m%d}"
    return {
        **{name: value for name, value in series.items() if name != "recurrence"},
        "id": f"{series['id']}_{mark}",
        "start": start,
        "end": _event_time(original + (ended - began), zone),
        "recurringEventId": series["id"],
        "originalStartTime": start,
    }


def _tombstone(instance: Raw) -> Raw:
    kept = ("kind", "etag", "id", "recurringEventId", "originalStartTime")
    return {name: instance[name] for name in kept if name in instance} | {"status": "cancelled"}


def _event_time(when: When, zone: str) -> Raw:
    if isinstance(when, datetime):
        local = when.astimezone(ZoneInfo(zone))
        return {"dateTime": local.isoformat(), "timeZone": zone}
    return {"date": when.isoformat()}


def _bounds(raw: Raw, zone: str) -> tuple[Any, Any]:
    """Start and end: two dates, or two local instants of one zone."""
    found = []
    for name in ("start", "end"):
        if "date" in raw[name]:
            found.append(date.fromisoformat(raw[name]["date"]))
        else:
            moment = datetime.fromisoformat(raw[name]["dateTime"])
            found.append(moment.astimezone(ZoneInfo(raw[name].get("timeZone") or zone)))
    return found[0], found[1]


def _instants(raw: Raw, zone: str) -> tuple[datetime, datetime]:
    start, end = (
        when
        if isinstance(when, datetime)
        else datetime(when.year, when.month, when.day, tzinfo=ZoneInfo(zone))
        for when in _bounds(raw, zone)
    )
    return start, end


def _instant(text: str | None, default: datetime) -> datetime:
    return datetime.fromisoformat(text) if text else default


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
