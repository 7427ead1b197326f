"""Reads Google Calendar: a window of single events in full, then what changed since."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, TypeGuard

from syncd.connectors.answers import failed_check, readable
from syncd.connectors.google_calendar import mapping
from syncd.connectors.google_calendar.check import checks
from syncd.connectors.google_calendar.client import PAGE_SIZE, CalendarClient, Identity
from syncd.connectors.google_calendar.cursor import Position
from syncd.connectors.google_calendar.discovery import Listed, is_holidays, listed, told
from syncd.connectors.google_calendar.reading import BUSY_ONLY, Reading
from syncd.connectors.google_calendar.settings import GoogleCalendarSettings
from syncd.connectors.http import Limits, Meter
from syncd.discovering import Found
from syncd.errors import AuthError, CursorExpired, NotVisible, SourceError, UnexpectedAnswer
from syncd.interfaces import INTERFACE, Check, Page
from syncd.retrying import retrying

RETRY_BUDGET = 120.0
"""Seconds of waiting that one page is worth."""

COPIES = 50
"""Removed events of one page that other calendars are asked for."""

PAGES = 500
"""More pages than this in one pull are taken for an answer without an end."""


class GoogleCalendarConnector:
    """Reads the events of each configured calendar; a scope is a calendar id.

    Series are followed from `history_days` back to `horizon_days` ahead, single events however far
    ahead. The window is reckoned from the provider's `Date`, so no clock is read. Sync tokens bring
    what changed; once a day all is listed anew, as the window must move on.
    """

    interface = INTERFACE
    Settings = GoogleCalendarSettings

    def __init__(
        self,
        name: str,
        settings: GoogleCalendarSettings,
        *,
        limits: Limits | None = None,
        identity: Identity | None = None,
        every: tuple[str, ...] = (),
    ) -> None:
        self.name, self.settings, self.limits = name, settings, limits
        self.stop = threading.Event()
        self.retry = retrying(RETRY_BUDGET, stop=self.stop)
        self.meter = Meter()
        """The provider's clock and what is left of its rate budget."""
        self._identity = identity
        self._every = every or settings.every_calendar
        """All calendars of the source, as far as they are known."""
        self._client: CalendarClient | None = None

    @property
    def client(self) -> CalendarClient:
        """The signed-in client, made when it is first needed. Raises AuthError."""
        if self._client is None:
            self._identity = self._identity or Identity(self.name, self.settings)
            self._client = CalendarClient(
                self.name, self._identity, self.settings.url, meter=self.meter, limits=self.limits
            )
        return self._client

    def fork(self) -> GoogleCalendarConnector:
        """Another reader with the same access token. Raises AuthError."""
        return GoogleCalendarConnector(
            self.name,
            self.settings,
            limits=self.limits,
            identity=self.client.identity,
            every=self._every,
        )

    def scopes(self) -> tuple[str, ...]:
        """The configured calendar ids, then those discovered. Raises NotVisible if none."""
        named = self.settings.every_calendar
        if not self.settings.discover:
            return named
        patient = partial(self.retry, self.client.calendars)
        found = [one.id for one in self._listed(patient) if not one.left_out]
        if not named and not found:
            raise NotVisible(
                f"source {self.name}: none of the calendars of {self.client.identity.account} is "
                "to be read; what was read before is kept",
                source=self.name,
                hint=f"syncd doctor {self.name} lists them; or name some in "
                f"sources.{self.name}.calendars",
            )
        self._every = tuple(dict.fromkeys((*named, *found)))
        return self._every

    def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
        """Events changed since `cursor`, or the whole window; see `Connector.pull`."""
        try:
            with readable(scope):
                for page in self._read_all(scope, cursor):
                    yield self._without_copies(scope, page)
        except SourceError as error:
            error.source, error.scope = self.name, scope
            raise

    def _without_copies(self, scope: str, page: Page) -> Page:
        """A copy that was removed is no deletion while another calendar of ours has the event."""
        held = {key for key in page.gone[:COPIES] if self._is_elsewhere(scope, key.native_id)}
        gone = tuple(key for key in page.gone if key not in held)
        return replace(page, gone=gone, seen=(*page.seen, *held)) if held else page

    def _is_elsewhere(self, scope: str, native_id: str) -> bool:
        for other in self._every:
            if other == scope:
                continue
            try:
                raw = self.retry(self.client.event, other, native_id)
            except NotVisible:
                continue
            if raw.get("status") != "cancelled":
                return True
        return False

    def _read_all(self, scope: str, cursor: str | None) -> Iterator[Page]:
        position = Position.read(cursor, self._parameters(scope))
        try:
            yield from self._read(scope, position)
        except CursorExpired:
            # Read anew here and not by the caller: who lost details together with the token must
            # still be found out, by the role that is held with it.
            yield from self._window(scope, position)

    def check(self) -> Iterator[Check]:
        """Sign-in, then each calendar with what may be seen of it."""
        try:
            client = self.client
        except AuthError as error:
            yield failed_check(error)
            return
        yield from checks(client, self.settings, self._listed(client.calendars), self.name)

    def discover(self) -> Iterator[Found]:
        """Every calendar in the account's list; asks for the right to read that list."""
        reader = self
        if not self.settings.discover:
            wide = self.settings.model_copy(update={"discover": True})
            reader = GoogleCalendarConnector(self.name, wide, limits=self.limits)
        try:
            patient = partial(self.retry, reader.client.calendars)
            yield from told(list(reader._listed(patient)), self.settings)  # one of us
        finally:
            if reader is not self:
                reader.close()

    def close(self) -> None:
        """Give back connections; a wait that is going on ends."""
        self.stop.set()
        if self._client is not None:
            self._client.close()

    def _read(self, scope: str, position: Position | None) -> Iterator[Page]:
        if position is not None and position.sync_token:
            first = self._ask(scope, syncToken=position.sync_token)
            self._hold_if_blinded(scope, position, first)
            if self._today(scope) <= position.listed_on:
                yield from self._changes(scope, position, first)
                return
        yield from self._window(scope, position)

    def _changes(self, scope: str, position: Position, first: dict[str, Any]) -> Iterator[Page]:
        reading = self._reading(scope, position.aside)
        for answer in self._follow(scope, first, {"syncToken": position.sync_token}):
            if answer.get("nextPageToken"):
                yield reading.page(answer, answer["items"], cut=True)
                continue
            # Each answer before takes its ids off those that wait; what is left is asked for.
            page = reading.page(answer, answer["items"], cut=True)
            tried = reading.page(answer, self._again(scope, reading), cut=True)
            yield self._ended(_joined(page, tried), reading, answer, position.listed_on)

    def _window(self, scope: str, position: Position | None) -> Iterator[Page]:
        probe = self._ask(scope, maxResults=1)
        self._hold_if_blinded(scope, position, probe)
        today = self._today(scope)
        reading = self._reading(scope)
        earliest, latest = reading.window
        end = _midnight(latest + timedelta(days=1))
        query = {"timeMin": _midnight(earliest), "timeMax": end}
        for answer in self._follow(scope, self._ask(scope, **query), query):
            page = reading.page(answer, answer["items"], cut=False)
            if answer.get("nextPageToken"):
                yield page
                continue
            # After the token was given: what changes from now on comes with it.
            yield from self._beyond(scope, {"timeMin": end, "singleEvents": False}, reading)
            yield self._ended(page, reading, answer, today, listing=True)

    def _beyond(self, scope: str, query: dict[str, Any], reading: Reading) -> Iterator[Page]:
        """Single events after the window: without them the listing would not be complete."""
        for answer in self._follow(scope, self._ask(scope, **query), query):
            rows = [row for row in answer["items"] if not mapping.is_series(row)]
            page = reading.page(answer, rows, cut=True)
            if page.items or page.gone or page.problems:
                yield page

    def _reading(self, scope: str, waiting: tuple[str, ...] = ()) -> Reading:
        today = self._today(scope)
        return Reading(
            source=self.name,
            scope=scope,
            holidays=scope in self.settings.holiday_calendars or is_holidays(scope),
            window=(
                today - timedelta(days=self.settings.history_days),
                today + timedelta(days=self.settings.horizon_days),
            ),
            start_of=lambda series: _start_of(self._event(scope, series)),
            waiting=dict.fromkeys(waiting),
        )

    def _again(self, scope: str, reading: Reading) -> list[Mapping[str, Any]]:
        """Events that were set aside and did not change since, as they are now."""
        return [found for id_ in list(reading.waiting) if (found := self._event(scope, id_))]

    def _event(self, scope: str, id_: str) -> dict[str, Any]:
        """An event by its id; {} where it is no more."""
        try:
            found: dict[str, Any] = self.retry(self.client.event, scope, id_)
        except NotVisible:
            return {}
        return found

    def _ask(self, scope: str, **query: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.retry(self.client.events, scope, **query)
        return answer

    def _follow(
        self, scope: str, first: dict[str, Any], query: dict[str, Any]
    ) -> Iterator[dict[str, Any]]:
        answer, seen = first, set[str]()
        yield answer
        while token := answer.get("nextPageToken"):
            if not _is_token(token) or token in seen or len(seen) >= PAGES:
                raise UnexpectedAnswer(f"the events of calendar {scope}: pages without an end")
            seen.add(token)
            answer = self._ask(scope, pageToken=token, **query)
            yield answer

    def _listed(self, ask: Callable[..., dict[str, Any]]) -> Iterator[Listed]:
        """The calendars of the account's own list; `ask` gives a page of it."""
        query: dict[str, str] = {}
        for _ in range(PAGES):
            answer = ask(**query)
            yield from listed(answer["items"], self.settings)
            if not answer.get("nextPageToken"):
                return
            query = {"pageToken": str(answer["nextPageToken"])}
        raise UnexpectedAnswer("the list of calendars: pages without an end", source=self.name)

    def _ended(
        self,
        page: Page,
        reading: Reading,
        answer: dict[str, Any],
        listed_on: date,
        *,
        listing: bool = False,
    ) -> Page:
        # Without a token (seen with single events) the next pull lists the window again.
        token = answer.get("nextSyncToken")
        position = Position(
            sync_token=token if _is_token(token) else "",
            listed_on=listed_on,
            role=str(answer.get("accessRole") or ""),
            parameters=self._parameters(reading.scope),
            aside=tuple(reading.aside),
        )
        gone = (*page.gone, *reading.cancelled())
        return replace(page, gone=gone, last=True, cursor=position.text(), listing=listing)

    def _hold_if_blinded(
        self, scope: str, position: Position | None, answer: dict[str, Any]
    ) -> None:
        """Refuse to let titles vanish because a right was taken away."""
        if position is None or position.role in ("", BUSY_ONLY):
            return
        if answer.get("accessRole") == BUSY_ONLY:
            raise NotVisible(
                f"calendar {scope} shows busy times only now; what was read before is kept",
                hint=f"share it with {self.client.identity.account} with all event details again, "
                f"or accept it with: syncd sync {self.name} --full",
            )

    def _today(self, scope: str) -> date:
        """The provider's day (UTC) of its newest answer."""
        if self.meter.date is None:
            raise UnexpectedAnswer(
                f"the events of calendar {scope}: an answer without Date",
            )
        return self.meter.date.date()

    def _parameters(self, scope: str) -> str:
        """Fingerprint of what a sync token depends on: another one must not be used with it."""
        asked = [
            self.settings.url,
            scope,
            self.client.identity.account,
            self.settings.subject,
            self.settings.history_days,
            self.settings.horizon_days,
            scope in self.settings.holiday_calendars,
            PAGE_SIZE,
        ]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


def _joined(page: Page, more: Page) -> Page:
    return replace(
        page,
        items=(*page.items, *more.items),
        gone=(*page.gone, *more.gone),
        problems=(*page.problems, *more.problems),
        accounts=(*page.accounts, *more.accounts),
    )


def _start_of(series: Mapping[str, Any]) -> Mapping[str, Any]:
    start = series.get("start")
    return start if isinstance(start, Mapping) else {}


def _is_token(value: object) -> TypeGuard[str]:
    """Whether it can be sent back."""
    return isinstance(value, str) and value.isascii()


def _midnight(day: date) -> str:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat()
