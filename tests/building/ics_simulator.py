"""A loopback web server that publishes calendars, each at an address that nobody can guess."""

from __future__ import annotations

import gzip
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

from syncd.demo.simulators.server import Answer, Request, Simulator


@dataclass(slots=True, kw_only=True)
class _Published:
    path: str
    head: str
    modified: datetime
    edit: int = 0
    events: dict[str, str] = field(default_factory=dict)
    """UID, or UID and RECURRENCE-ID, → content lines of the event."""


class IcsSimulator(Simulator):
    """Calendars as Google, Outlook and others publish them: ETag, Last-Modified, 304, gzip.

    Every answer is made anew, with `now` as DTSTAMP, as the real ones are.
    """

    def __init__(self, *, now: datetime | None = None) -> None:
        super().__init__(now=now)
        self.calendars: dict[str, _Published] = {}
        self.tells_changes = True
        """Whether answers carry ETag and Last-Modified."""
        self.route("GET", r"/(?P<secret>private-[^/]+)/basic\.ics", self._calendar)

    def publish(self, name: str, *, head: str = "METHOD:PUBLISH\nX-WR-TIMEZONE:UTC") -> str:
        """A new, empty calendar; gives its secret address. `head` are lines above its events."""
        with self.lock:
            path = f"/private-{secrets.token_urlsafe(24)}/basic.ics"
            self.calendars[name] = _Published(path=path, head=head, modified=self.now)
            return self.origin + path

    def put(self, name: str, event: str, lines: str) -> None:
        """Add or replace an event, by content lines without UID and DTSTAMP, as of `now`.

        `event` is its UID; what follows a slash only tells changed instances of it apart.
        """
        with self.lock:
            held = self.calendars[name]
            held.events[event] = f"UID:{event.partition('/')[0]}\n{lines.strip()}"
            self._edited(held)

    def clear(self, name: str) -> None:
        """Take all events out."""
        with self.lock:
            self.calendars[name].events.clear()
            self._edited(self.calendars[name])

    def _edited(self, held: _Published) -> None:
        held.edit += 1
        held.modified = self.now

    def _calendar(self, request: Request, secret: str) -> Answer:
        for held in self.calendars.values():
            if held.path == f"/{secret}/basic.ics":
                return self._answer(request, held)
        return self.not_found(request)

    def _answer(self, request: Request, held: _Published) -> Answer:
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        etag = f'"{held.edit}"'
        if self.tells_changes:
            modified = format_datetime(held.modified.astimezone(UTC), usegmt=True)
            headers |= {"ETag": etag, "Last-Modified": modified}
            if request.headers.get("if-none-match") == etag:
                return Answer(status=304, headers=headers)
        body = self._text(held).encode()
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Answer(body=gzip.compress(body), headers={**headers, "Content-Encoding": "gzip"})
        return Answer(body=body, headers=headers)

    def _text(self, held: _Published) -> str:
        stamp = f"DTSTAMP:{self.now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        events = "".join(
            f"BEGIN:VEVENT\n{stamp}\n{lines}\nEND:VEVENT\n" for lines in held.events.values()
        )
        text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//simulated//EN\n{held.head}\n{events}"
        return f"{text}END:VCALENDAR\n".replace("\n", "\r\n")
