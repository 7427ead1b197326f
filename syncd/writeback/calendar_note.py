"""Notes in the descriptions of calendar events, and days of events where a person picked so.

A note is text at the end of the description, between two lines that name it as ours. Nothing else
of the event is sent, nobody is invited anew (`sendUpdates=none`), and an edit that somebody made
meanwhile is never lost: each change names the version that it was made from (`If-Match`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from syncd.connectors.google_calendar.client import WRITE_EVENTS, CalendarClient, Identity
from syncd.connectors.google_calendar.mapping import Calendar, event, is_series
from syncd.connectors.http import Limits, Meter
from syncd.connectors.markers import BLOCK_BEGINS, BLOCK_ENDS, blocks, mark
from syncd.errors import ChangedMeanwhile, NotVisible, SourceError
from syncd.interfaces import Check, Mark
from syncd.model.items import ItemKey, Kind
from syncd.model.remarks import Remark
from syncd.writeback import escaping
from syncd.writeback.notes import Found, NoteWriter, sentences
from syncd.writeback.settings import CalendarNoteSettings
from syncd.writing import DateEdit, Invitations

_PRIVATE = ("private", "confidential")
_MAY_WRITE = ("writer", "owner")
_TRIES = 3
"""Of a note, as long as somebody else edits the event meanwhile."""


class CalendarNoteWriter(NoteWriter):
    """One note for each alert in an event's description, edited in place."""

    Settings = CalendarNoteSettings

    def __init__(
        self, name: str, settings: CalendarNoteSettings, *, limits: Limits | None = None
    ) -> None:
        super().__init__(name, settings.takes_over)
        self.settings = settings
        self.wants = settings.wants(frozenset({Kind.EVENT}), settings.calendars)
        self.edits_dates = settings.edits_dates
        service = settings.client_settings()
        self.identity = Identity(name, service, writes=True)
        self.client = CalendarClient(name, self.identity, service.url, meter=Meter(), limits=limits)
        self._stop = threading.Event()

    def close(self) -> None:
        """Give back connections."""
        self.client.close()

    def can_edit(self, item: ItemKey, field: str) -> bool:
        """The day of an event."""
        return item.kind is Kind.EVENT and field == "event"

    def edit(self, edit: DateEdit, *, invitations: Invitations) -> None:
        """See `syncd.writing.DateEditor`. The time of day and the length stay."""
        raw = self._event(edit.scope, edit.item.native_id, edit.ref)
        held = event(raw, Calendar(source=edit.item.source, id=edit.scope))
        if held.first_day != edit.before:
            raise ChangedMeanwhile(
                f"changed meanwhile: it is on {held.first_day}", hint="syncd sync; syncd align plan"
            )
        moved = {name: _moved(raw[name], edit.after - edit.before) for name in ("start", "end")}
        self._patch(edit.scope, raw, moved, updates=str(invitations))

    def _checks(self) -> Iterator[Check]:
        yield Check(mark=Mark.NOTE, text=f"writes as {self.identity.account}")
        for calendar in self.settings.calendars:
            role = self.client.events(calendar, maxResults=1).get("accessRole")
            if role not in _MAY_WRITE:
                yield Check(
                    mark=Mark.FAILED,
                    text=f"calendar {calendar}: {self.identity.account} may not change events "
                    f"({role})",
                    fix=f"share it with {self.identity.account}: Make changes to events",
                    exit_code=4,
                )
            elif role == "owner":
                yield Check(
                    mark=Mark.WARNING,
                    text=f"calendar {calendar}: {self.identity.account} owns it, which is more "
                    "than notes need",
                    fix=f"share it with {self.identity.account}: Make changes to events",
                )
        if self.identity.granted and self.identity.granted - {WRITE_EVENTS}:
            spare = ", ".join(sorted(self.identity.granted - {WRITE_EVENTS}))
            yield Check(
                mark=Mark.WARNING,
                text=f"the credential opens more than events: {spare}",
                fix=f"give it {WRITE_EVENTS} only",
            )

    def _put(self, remark: Remark) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                self._put_once(remark)
            except ChangedMeanwhile as error:
                if attempt == _TRIES:
                    said = f"{remark.ref}: somebody keeps editing it"
                    raise SourceError(said, source=self.name) from error
            else:
                return

    def _put_once(self, remark: Remark) -> None:
        raw = self._event(remark.scope, remark.item.native_id, remark.ref)
        description = str(raw.get("description") or "")
        own = self.is_to_edit(remark, _found(description))
        if own is None and remark.over:
            return
        block = self._block(remark)
        old = own.text if own else ""
        new = description.replace(old, block, 1) if own else description + block
        if new != description:
            # A description that was empty does not begin with blank lines.
            change = {"description": new.lstrip("\n") if not description else new}
            self._patch(remark.scope, raw, change, updates=str(Invitations.NONE))

    def _block(self, remark: Remark) -> str:
        more = []
        if self.settings.proposes_dates and remark.proposed and not remark.over:
            day = remark.proposed
            more.append(f"Proposed new day: {day:%a} {day.day} {day:%b %Y}. Nothing was moved.")
        signature = mark(remark.fingerprint, remark.instance)
        text = escaping.plain_html(sentences(remark, *more), signature)
        return f"\n\n{BLOCK_BEGINS}\n{text}\n{BLOCK_ENDS}"

    def _event(self, calendar: str, native_id: str, ref: str) -> dict[str, Any]:
        """The event as it is now. Raises NotVisible for one that is not ours to write in."""
        raw = self.client.event(calendar, native_id)
        trouble = _trouble(raw, calendar)
        if trouble:
            raise NotVisible(f"{ref}: {trouble}; left alone", source=self.name)
        return raw

    def _patch(
        self, calendar: str, raw: Mapping[str, Any], change: Mapping[str, Any], *, updates: str
    ) -> None:
        native_id, etag = str(raw["id"]), str(raw.get("etag") or "")
        try:
            self.client.patch(calendar, native_id, change, etag=etag, updates=updates)
        except SourceError as error:
            if error.status != 412:
                raise
            raise ChangedMeanwhile(
                "changed meanwhile: somebody edited the event", hint="syncd sync; syncd align plan"
            ) from None


def _trouble(raw: Mapping[str, Any], calendar: str) -> str:
    """Why an event is not to be written in; "" where it may."""
    if raw.get("status") == "cancelled":
        return "it is cancelled"
    if is_series(raw):
        return "it is a whole series, of which single days are meant"
    if raw.get("visibility") in _PRIVATE:
        return "it is private"
    organiser = raw.get("organizer")
    held = organiser if isinstance(organiser, dict) else {}
    is_own = held.get("self") is True or held.get("email") == calendar
    return "" if is_own else "it is organised in another calendar"


def _found(description: str) -> list[Found]:
    return [
        Found(id="", text=text, fingerprint=told[0], instance=told[1])
        for told, text in blocks(description).items()
    ]


def _moved(when: Mapping[str, Any], by: timedelta) -> dict[str, Any]:
    """The same time of day in the event's own zone, so many days later."""
    if "date" in when:
        return {"date": (date.fromisoformat(str(when["date"])) + by).isoformat()}
    moment = datetime.fromisoformat(str(when["dateTime"]))
    zone = when.get("timeZone")
    if zone:
        moment = moment.astimezone(ZoneInfo(str(zone)))
    return {**when, "dateTime": (moment + by).isoformat()}
