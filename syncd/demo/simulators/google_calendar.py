"""A loopback Google Calendar: sign-in, event lists with page and sync tokens, a clock to set."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.demo.simulators import google_rows
from syncd.demo.simulators.google_paging import page_token, placed
from syncd.demo.simulators.google_recurrence import occurrences
from syncd.demo.simulators.google_rows import HeldCalendar, Raw, When
from syncd.demo.simulators.google_sign_in import SignIn, google_error, no_scope
from syncd.demo.simulators.google_writing import add_writing
from syncd.demo.simulators.server import Answer, Fault, Request, Simulator

LIST_SCOPES = (
    "calendar",
    "calendar.readonly",
    "calendar.calendarlist",
    "calendar.calendarlist.readonly",
)
EVENT_SCOPES = ("calendar", "calendar.readonly", "calendar.events", "calendar.events.readonly")
"""Last parts of the scopes that open the list, and the events."""

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


class GoogleCalendarSimulator(Simulator):
    """Google Calendar as far as a reader of events meets it.

    `service_account()` and `authorised_user()` give the texts to configure as credentials. An
    event is added, moved, edited or cancelled as of `now`; ids are made from a counter.
    """

    prefix = "/calendar/v3"

    def __init__(self, *, now: datetime | None = None) -> None:
        super().__init__(now=now)
        self.sign_in = SignIn()
        self.calendars: dict[str, HeldCalendar] = {}
        self.page_limit = 2500
        """Most rows of one page, however many were asked for."""
        self._edit = 0
        self.route("POST", r"/token", self.sign_in.token)
        self.route("GET", r"/calendars/(?P<calendar>[^/]+)/events", self._events)
        self.route("GET", r"/calendars/(?P<calendar>[^/]+)/events/(?P<event>[^/]+)", self._event)
        self.route("GET", r"/users/me/calendarList", self._calendar_list)
        self.patches: list[Request] = []
        """Every change that was asked for."""
        add_writing(self)

    def service_account(self) -> str:
        """A throw-away service account key (JSON) that this simulator accepts."""
        return self.sign_in.service_account(f"{self.origin}/token")

    def authorised_user(self) -> str:
        """An authorised-user JSON that this simulator accepts."""
        return self.sign_in.authorised_user(f"{self.origin}/token")

    def add_calendar(
        self,
        calendar: str,
        *,
        summary: str = "",
        zone: str = "UTC",
        role: str = "reader",
        **entry: Any,
    ) -> None:
        """A calendar that is shared with the account. `role` as `accessRole`.

        `entry` are more fields of its place in the account's list, by the provider's names.
        """
        with self.lock:
            self.calendars[calendar] = HeldCalendar(
                id=calendar, summary=summary or calendar, zone=zone, role=role, entry=entry
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
            stamp = google_rows.stamp(self.now)
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
            self.put(calendar, raw)
            return id_

    def move_event(self, calendar: str, event: str, start: When, end: When | None = None) -> None:
        """Give a single event another time. The length stays, unless `end` says otherwise."""
        with self.lock:
            raw = self.calendars[calendar].events[event]
            if "recurrence" in raw:
                raise ValueError("a series is moved one instance at a time: use move_instance")
            if end is None:
                began, ended = google_rows.bounds(raw, self.calendars[calendar].zone)
                end = start + (ended - began)
            moved = {**raw, **self._times(calendar, start, end), "sequence": raw["sequence"] + 1}
            self.put(calendar, moved)

    def edit_event(self, calendar: str, event: str, **fields: Any) -> None:
        """Set fields by the provider's own names; None removes one."""
        with self.lock:
            raw = {**self.calendars[calendar].events[event], **fields}
            self.put(calendar, {name: value for name, value in raw.items() if value is not None})

    def cancel_event(self, calendar: str, event: str, *, bare: bool = False) -> None:
        """Cancel an event or a whole series. `bare`: only its id stays, as for guests."""
        with self.lock:
            raw = self.calendars[calendar].events[event]
            kept = {"kind": raw["kind"], "id": raw["id"]} if bare else raw
            self.put(calendar, {**kept, "status": "cancelled"}, bare=bare)

    def move_instance(
        self, calendar: str, series: str, original: When, start: When, end: When | None = None
    ) -> str:
        """Move the instance of a series that was to start at `original`; gives its id."""
        with self.lock:
            held = self.calendars[calendar]
            instance = google_rows.instance(held.events[series], original, held.zone)
            began, ended = google_rows.bounds(instance, held.zone)
            times = self._times(calendar, start, end or start + (ended - began))
            self.put(calendar, {**instance, **times, "sequence": instance["sequence"] + 1})
            return str(instance["id"])

    def cancel_instance(self, calendar: str, series: str, original: When) -> str:
        """Cancel one instance of a series; gives its id. Only its identity stays."""
        with self.lock:
            held = self.calendars[calendar]
            gone = google_rows.tombstone(
                google_rows.instance(held.events[series], original, held.zone)
            )
            self.put(calendar, gone, bare=True)
            return str(gone["id"])

    def cut_series(
        self,
        calendar: str,
        series: str,
        original: When,
        start: When | None = None,
        *,
        reported: int = 10_000,
        **fields: Any,
    ) -> str:
        """Change an instance "and following events"; gives the id of the new series.

        The old series ends before it, the new one begins at `start` (default: `original`). Only
        the first `reported` instances that are lost are told as cancelled.
        """
        with self.lock:
            held = self.calendars[calendar]
            old = held.events[series]
            rule = old["recurrence"][0].removeprefix("RRULE:")
            parts = [p for p in rule.split(";") if not p.startswith(("UNTIL=", "COUNT="))]
            until = f"UNTIL={original - timedelta(days=1):%Y%m%d}"
            self.put(calendar, {**old, "recurrence": [f"RRULE:{';'.join([*parts, until])}"]})
            held.ended[series] = (rule, reported, self._edit)
            began, ended = google_rows.bounds(old, held.zone)
            first = start or original
            id_ = f"{series.partition('_R')[0]}_R{google_rows.cut_mark(original)}"
            times = self._times(calendar, first, first + (ended - began))
            uid = f"{id_}@calendar.example.com"
            new = {**old, **times, "id": id_, "iCalUID": uid, "recurrence": [f"RRULE:{rule}"]}
            self.put(calendar, {**new, **fields})
            return id_

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

    def put(self, calendar: str, raw: Raw, *, bare: bool = False) -> None:
        """Keep an event as it is from now on."""
        held = self.calendars[calendar]
        self._edit += 1
        if not bare:
            raw["updated"] = google_rows.stamp(self.now)
        raw["etag"] = f'"{self._edit:016d}"'
        held.events[str(raw["id"])] = raw
        held.edits[str(raw["id"])] = self._edit

    def _times(self, calendar: str, start: When, end: When | None) -> Raw:
        zone = self.calendars[calendar].zone
        if end is None:
            end = start + (timedelta(hours=1) if isinstance(start, datetime) else timedelta(days=1))
        return {
            "start": google_rows.event_time(start, zone),
            "end": google_rows.event_time(end, zone),
        }

    def _calendar_list(self, request: Request) -> Answer:
        if not self.sign_in.allows(request, *LIST_SCOPES):
            return no_scope()
        rows = [
            google_rows.listed(each.id, each.summary, each.zone, each.role, **each.entry)
            for each in self.calendars.values()
            if each.role != "none" and not each.entry.get("hidden")
        ]
        size = min(int(request.query.get("maxResults", "100")), self.page_limit)
        offset = int(request.query.get("pageToken", "0"))
        body = {"kind": "calendar#calendarList", "etag": '"0"', "items": rows[offset:][:size]}
        if offset + size < len(rows):
            return Answer(body={**body, "nextPageToken": str(offset + size)})
        return Answer(body={**body, "nextSyncToken": "0"})

    def _event(self, request: Request, calendar: str, event: str) -> Answer:
        held = self.calendars.get(calendar)
        if held is None or held.role == "none":
            return self.not_found(request)
        if not self.sign_in.allows(request, *EVENT_SCOPES):
            return no_scope()
        if event in held.events:
            return Answer(body=google_rows.visible(held.events[event], held.role))
        row = self.instance_of(held, event)
        if row is None:
            return self.not_found(request)
        return Answer(body=google_rows.visible(row, held.role))

    def instance_of(self, held: HeldCalendar, event: str) -> Raw | None:
        """An instance of a series that was not changed one by one; None where there is none."""
        series = held.events.get(event.rpartition("_")[0])
        if series is None:
            return None
        rows = self._single(held, series, self.now + EXPANDED, {"singleEvents": "true"})
        return next((row for row in rows if row.get("id") == event), None)

    def _events(self, request: Request, calendar: str) -> Answer:
        query = request.query
        held = self.calendars.get(calendar)
        if held is None or held.role == "none":
            return self.not_found(request)
        if not self.sign_in.allows(request, *EVENT_SCOPES):
            return no_scope()
        token = query.get("syncToken", "")
        if set(query) - _KNOWN or (token and set(query) & _NOT_WITH_SYNC_TOKEN):
            return google_error(400, "badRequest", "Bad Request")
        if token and (not token.isdigit() or int(token) < held.oldest_token):
            return google_error(
                410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required."
            )
        rows = list(self._changed(held, int(token), query) if token else self._listed(held, query))
        return self._page(held, query, [google_rows.visible(row, held.role) for row in rows])

    def _listed(self, held: HeldCalendar, query: Mapping[str, str]) -> Iterator[Raw]:
        earliest = google_rows.instant(query.get("timeMin"), datetime.min.replace(tzinfo=UTC))
        latest = google_rows.instant(query.get("timeMax"), self.now + EXPANDED)
        deleted = query.get("showDeleted") == "true"
        for raw in self._stored(held, 0):
            for row in self._single(held, raw, latest, query):
                if row["status"] == "cancelled" and not deleted:
                    continue
                if "start" in row:
                    start, end = google_rows.instants(row, held.zone)
                    if start >= latest or end <= earliest:
                        continue
                elif "timeMin" in query or "timeMax" in query:
                    continue
                yield row

    def _changed(self, held: HeldCalendar, since: int, query: Mapping[str, str]) -> Iterator[Raw]:
        until = self.now + EXPANDED
        for raw in self._stored(held, since):
            yield from self._single(held, raw, until, query)
            if "recurrence" in raw and held.ended.get(raw["id"], ("", 0, 0))[2] > since:
                yield from self._lost(held, raw, until)

    def _lost(self, held: HeldCalendar, raw: Raw, until: datetime) -> Iterator[Raw]:
        """Tombstones of the instances that a series lost when it was ended early."""
        rule, reported, _ = held.ended[raw["id"]]
        began, _ = google_rows.bounds(raw, held.zone)
        kept = set(occurrences(raw["recurrence"][0].removeprefix("RRULE:"), began, until))
        lost = [at for at in occurrences(rule, began, until) if at not in kept]
        for original in lost[:reported]:
            yield google_rows.tombstone(google_rows.instance(raw, original, held.zone))

    def _stored(self, held: HeldCalendar, since: int) -> Iterator[Raw]:
        for id_ in sorted(held.events, key=held.edits.__getitem__):
            if held.edits[id_] > since:
                yield held.events[id_]

    def _single(
        self, held: HeldCalendar, raw: Raw, until: datetime, query: Mapping[str, str]
    ) -> Iterator[Raw]:
        """The row itself, or the instances of a series that were not changed one by one."""
        if "recurrence" not in raw or query.get("singleEvents") != "true":
            yield raw
            return
        rule = raw["recurrence"][0].removeprefix("RRULE:")
        began, _ = google_rows.bounds(raw, held.zone)
        for start in occurrences(rule, began, until):
            row = google_rows.instance(raw, start, held.zone)
            if row["id"] not in held.events:
                yield google_rows.tombstone(row) if raw["status"] == "cancelled" else row

    def _page(self, held: HeldCalendar, query: Mapping[str, str], rows: list[Raw]) -> Answer:
        asked = {name: value for name, value in query.items() if name != "pageToken"}
        mark = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]
        token_mark, after = page_token(query.get("pageToken", "")) or (mark, (0, 0))
        if token_mark != mark:
            return google_error(400, "badRequest", "Invalid page token value.")
        size = min(int(query.get("maxResults", "250")), self.page_limit)
        # By edits, not by a count of rows: what is edited meanwhile comes again at the end.
        left = [(place, row) for place, row in placed(held, rows) if place > after]
        body = {
            "kind": "calendar#events",
            "etag": f'"{self._edit:016d}"',
            "summary": held.summary,
            "description": "",
            "updated": google_rows.stamp(self.now),
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
