"""What a simulated Google Calendar lets accounts change: fields of events, by `events.patch`."""

from __future__ import annotations

from typing import Protocol

from syncd.demo.simulators import google_rows
from syncd.demo.simulators.google_rows import HeldCalendar, Raw
from syncd.demo.simulators.google_sign_in import SignIn, google_error, no_scope
from syncd.demo.simulators.server import Answer, Handler, Request

WRITE_SCOPES = ("calendar", "calendar.events")
PARAMETERS = frozenset({"sendUpdates", "alt", "prettyPrint", "conferenceDataVersion"})
FIELDS = frozenset({"description", "start", "end", "extendedProperties"})


class Site(Protocol):
    """What these routes need of the simulator."""

    calendars: dict[str, HeldCalendar]
    sign_in: SignIn
    patches: list[Request]

    def route(self, method: str, pattern: str, handler: Handler) -> None:
        """See `Simulator`."""
        ...

    def not_found(self, request: Request) -> Answer:
        """404 in Google's shape."""
        ...

    def put(self, calendar: str, raw: Raw) -> None:
        """Keep an event as it is from now on."""
        ...

    def instance_of(self, held: HeldCalendar, event: str) -> Raw | None:
        """An instance of a series that was not changed one by one."""
        ...


def add_writing(sim: Site) -> None:
    """Answer `PATCH` of events."""
    made = _Writing(sim)
    place = r"/calendars/(?P<calendar>[^/]+)/events/(?P<event>[^/]+)"
    sim.route("PATCH", place, made.patch)


class _Writing:
    def __init__(self, sim: Site) -> None:
        self.sim = sim

    def patch(self, request: Request, calendar: str, event: str) -> Answer:
        held = self.sim.calendars.get(calendar)
        raw = self._raw(held, event) if held else None
        if held is None or raw is None:
            return self.sim.not_found(request)
        refusal = self._refusal(request, held, raw)
        if refusal is not None:
            return refusal
        change = request.json()
        if set(request.query) - PARAMETERS or set(change) - FIELDS:
            return google_error(400, "badRequest", "Bad Request")
        self.sim.patches.append(request)
        merged = {name: value for name, value in {**raw, **change}.items() if value is not None}
        self.sim.put(calendar, merged)
        return Answer(body=google_rows.visible(held.events[event], held.role))

    def _refusal(self, request: Request, held: HeldCalendar, raw: Raw) -> Answer | None:
        if not self.sim.sign_in.allows(request, *WRITE_SCOPES):
            return no_scope()
        if held.role not in ("writer", "owner"):
            said = "You need to have writer access to this calendar."
            return google_error(403, "requiredAccessLevel", said, domain="calendar")
        etag = request.headers.get("if-match", "*")
        if etag not in ("*", raw.get("etag")):
            return google_error(412, "conditionNotMet", "Precondition Failed")
        return None

    def _raw(self, held: HeldCalendar, event: str) -> Raw | None:
        """The event, or the instance of a series that nobody has changed so far."""
        if event in held.events:
            return held.events[event]
        return self.sim.instance_of(held, event)
