"""Reads Google Calendar: a window of single events in full, then what changed since."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeGuard

from syncd.connectors.google_calendar import mapping
from syncd.connectors.google_calendar.client import PAGE_SIZE, CalendarClient
from syncd.connectors.google_calendar.settings import GoogleCalendarSettings
from syncd.connectors.http import Limits, Meter
from syncd.errors import AuthError, NotVisible, SourceError, UnexpectedAnswer
from syncd.interfaces import INTERFACE, Check, Mark, Page, Problem
from syncd.model.items import CalendarEvent, ItemKey
from syncd.retrying import retrying

RETRY_BUDGET = 120.0
"""Seconds of waiting that one page is worth."""

PAGES = 500
"""More pages than this in one pull are taken for an answer without an end."""

BUSY_ONLY = "freeBusyReader"


class GoogleCalendarConnector:
    """Reads the events of each configured calendar; a scope is a calendar id.

    Series are followed from `history_days` back to `horizon_days` ahead, single events however far
    ahead. The window is reckoned from the provider's `Date`, so no clock is read. Sync tokens bring
    what changed; once a day all is listed anew, as the window must move on.
    """

    interface = INTERFACE
    Settings = GoogleCalendarSettings

    def __init__(
        self, name: str, settings: GoogleCalendarSettings, *, limits: Limits | None = None
    ) -> None:
        self.name, self.settings, self.limits = name, settings, limits
        self.stop = threading.Event()
        self.retry = retrying(RETRY_BUDGET, stop=self.stop)
        self.meter = Meter()
        """The provider's clock and what is left of its rate budget."""
        self._client: CalendarClient | None = None

    @property
    def client(self) -> CalendarClient:
        """The signed-in client, made when it is first needed. Raises AuthError."""
        if self._client is None:
            self._client = CalendarClient(
                self.name, self.settings, meter=self.meter, limits=self.limits
            )
        return self._client

    def scopes(self) -> tuple[str, ...]:
        """The configured calendar ids."""
        return self.settings.every_calendar

    def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
        """Events changed since `cursor`, or the whole window; see `Connector.pull`."""
        try:
            yield from self._read(scope, cursor)
        except SourceError as error:
            error.source, error.scope = self.name, scope
            raise

    def _read(self, scope: str, cursor: str | None) -> Iterator[Page]:
        position = _Position.read(cursor, self._parameters(scope))
        if position is not None and position.sync_token:
            first = self._ask(scope, syncToken=position.sync_token)
            self._hold_if_blinded(scope, position, first)
            if self._today(scope) <= position.listed_on:
                yield from self._changes(scope, position, first)
                return
        yield from self._window(scope, position)

    def check(self) -> Iterator[Check]:
        """Sign-in, then each calendar with what may be seen of it."""
        try:
            account = self.client.account
        except AuthError as error:
            yield _failed(error)
            return
        yield Check(mark=Mark.OK, text=f"reads as {account}")
        if self.settings.subject:
            yield Check(
                mark=Mark.WARNING,
                text=f"acts for {self.settings.subject} by domain-wide delegation, which opens "
                "every calendar of that person",
                fix=f"share the calendars with {account} and remove subject",
            )
        for calendar in self.scopes():
            try:
                answer = self.client.events(calendar, maxResults=1)
            except AuthError as error:
                yield _failed(error)
                return
            except NotVisible as error:
                yield _failed(error)
            except SourceError as error:
                yield _failed(error)
                return
            else:
                yield _readable(calendar, answer, account)

    def close(self) -> None:
        """Give back connections; a wait that is going on ends."""
        self.stop.set()
        if self._client is not None:
            self._client.close()

    def _changes(self, scope: str, position: _Position, first: dict[str, Any]) -> Iterator[Page]:
        today = self._today(scope)
        window = self._days_around(today)
        query = {"syncToken": position.sync_token}
        for answer in self._follow(scope, first, query):
            page = self._page(scope, answer, window)
            yield (
                page
                if answer.get("nextPageToken")
                else self._ended(page, answer, position.listed_on, position.parameters)
            )

    def _window(self, scope: str, position: _Position | None) -> Iterator[Page]:
        probe = self._ask(scope, maxResults=1)
        self._hold_if_blinded(scope, position, probe)
        today = self._today(scope)
        earliest, latest = self._days_around(today)
        end = _midnight(latest + timedelta(days=1))
        yield from self._beyond(scope, {"timeMin": end, "singleEvents": False}, (earliest, latest))
        query = {"timeMin": _midnight(earliest), "timeMax": end}
        for answer in self._follow(scope, self._ask(scope, **query), query):
            page = self._page(scope, answer, None)
            yield (
                page
                if answer.get("nextPageToken")
                else self._ended(page, answer, today, self._parameters(scope), listing=True)
            )

    def _beyond(
        self, scope: str, query: dict[str, Any], window: tuple[date, date]
    ) -> Iterator[Page]:
        """Single events after the window: without them the listing would not be complete."""
        for answer in self._follow(scope, self._ask(scope, **query), query):
            rows = [row for row in answer["items"] if not mapping.is_series(row)]
            page = self._page(scope, {**answer, "items": rows}, window)
            if page.items or page.gone or page.problems:
                yield page

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
                raise UnexpectedAnswer(
                    f"the events of calendar {scope}: pages without an end",
                    source=self.name,
                    scope=scope,
                )
            seen.add(token)
            answer = self._ask(scope, pageToken=token, **query)
            yield answer

    def _page(self, scope: str, answer: dict[str, Any], window: tuple[date, date] | None) -> Page:
        calendar = mapping.Calendar(
            source=self.name,
            id=scope,
            zone=answer.get("timeZone"),
            holidays=scope in self.settings.holiday_calendars,
            busy_only=answer.get("accessRole") == BUSY_ONLY,
        )
        items: list[CalendarEvent] = []
        gone: list[ItemKey] = []
        problems: list[Problem] = []
        kept = []
        for raw in answer["items"]:
            try:
                if mapping.is_tombstone(raw):
                    gone.append(mapping.item_key(raw, self.name))
                elif not mapping.is_noise(raw) and (
                    window is None or mapping.is_within(raw, *window)
                ):
                    items.append(mapping.event(raw, calendar))
                    kept.append(raw)
            except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
                problems.append(_problem(raw, error))
        accounts = () if calendar.busy_only else mapping.accounts(kept, self.name)
        return Page(
            items=tuple(items), gone=tuple(gone), problems=tuple(problems), accounts=accounts
        )

    def _ended(
        self,
        page: Page,
        answer: dict[str, Any],
        listed_on: date,
        parameters: str,
        *,
        listing: bool = False,
    ) -> Page:
        # Without a token (seen with single events) the next pull lists the window again.
        token = answer.get("nextSyncToken")
        position = _Position(
            sync_token=token if _is_token(token) else "",
            listed_on=listed_on,
            role=str(answer.get("accessRole") or ""),
            parameters=parameters,
        )
        return Page(
            items=page.items,
            gone=page.gone,
            problems=page.problems,
            accounts=page.accounts,
            last=True,
            cursor=position.text(),
            listing=listing,
        )

    def _hold_if_blinded(
        self, scope: str, position: _Position | None, answer: dict[str, Any]
    ) -> None:
        """Refuse to let titles vanish because a right was taken away."""
        if position is None or position.role in ("", BUSY_ONLY):
            return
        if answer.get("accessRole") == BUSY_ONLY:
            raise NotVisible(
                f"calendar {scope} shows busy times only now; what was read before is kept",
                hint=f"share it with {self.client.account} with all event details again, or accept "
                f"it with: syncd sync {self.name} --full",
            )

    def _today(self, scope: str) -> date:
        """The provider's day (UTC) of its newest answer."""
        if self.meter.date is None:
            raise UnexpectedAnswer(
                f"the events of calendar {scope}: an answer without Date",
            )
        return self.meter.date.date()

    def _days_around(self, today: date) -> tuple[date, date]:
        return (
            today - timedelta(days=self.settings.history_days),
            today + timedelta(days=self.settings.horizon_days),
        )

    def _parameters(self, scope: str) -> str:
        """Fingerprint of what a sync token depends on: another one must not be used with it."""
        asked = [
            self.settings.url,
            scope,
            self.client.account,
            self.settings.subject,
            self.settings.history_days,
            self.settings.horizon_days,
            scope in self.settings.holiday_calendars,
            PAGE_SIZE,
        ]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    """What a cursor holds."""

    sync_token: str
    listed_on: date
    """Day of the newest complete listing of the window."""
    role: str
    """What we were allowed to see then."""
    parameters: str

    def text(self) -> str:
        return json.dumps(asdict(self) | {"listed_on": self.listed_on.isoformat()}, sort_keys=True)

    @classmethod
    def read(cls, cursor: str | None, parameters: str) -> _Position | None:
        """The position of a cursor; None where it is none of ours or for other parameters."""
        try:
            held = json.loads(cursor or "")
            position = cls(**{**held, "listed_on": date.fromisoformat(held["listed_on"])})
        except (ValueError, TypeError, KeyError):
            return None
        return position if position.parameters == parameters else None


def _is_token(value: object) -> TypeGuard[str]:
    """Whether it can be sent back."""
    return isinstance(value, str) and value.isascii()


def _midnight(day: date) -> str:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).isoformat()


def _problem(raw: object, error: Exception) -> Problem:
    native = str(raw.get("id") or "") if isinstance(raw, dict) else ""
    reason = str(error) if isinstance(error, ValueError) else "it is not an event as described"
    return Problem(native_id=native[:200], reason=f"event {native[:60] or '?'}: {reason}"[:200])


def _failed(error: SourceError) -> Check:
    return Check(
        mark=Mark.FAILED,
        text=str(error),
        fix=error.hint,
        exit_code=4 if isinstance(error, (AuthError, NotVisible)) else 3,
    )


def _readable(calendar: str, answer: dict[str, Any], account: str) -> Check:
    name = answer.get("summary") or calendar
    if answer.get("accessRole") == BUSY_ONLY:
        return Check(
            mark=Mark.WARNING,
            text=f'calendar "{name}": busy times only, so no event of it can be told apart',
            fix=f"share it with {account} with the right: See all event details",
        )
    role = answer.get("accessRole") or "reader"
    return Check(mark=Mark.OK, text=f'calendar "{name}": readable as {role}')
