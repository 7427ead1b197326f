"""Reads calendars that are published at an address: what changed costs a file, the rest a 304."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from syncd.connectors.accounts import best_named
from syncd.connectors.answers import failed_check
from syncd.connectors.http import Limits, Meter, origin
from syncd.connectors.ics.client import CalendarFetcher, Fetched, keep_secret
from syncd.connectors.ics.mapping import Calendar, Events, Window, events
from syncd.connectors.ics.parsing import NotACalendar, Parsed, parse
from syncd.connectors.ics.settings import IcsSettings
from syncd.errors import SourceError, UnexpectedAnswer
from syncd.interfaces import INTERFACE, Check, Mark, Page, Problem
from syncd.model.items import CalendarEvent, ItemKey
from syncd.retrying import retrying

RETRY_BUDGET = 120.0
"""Seconds of waiting that one calendar is worth."""

PAGE_SIZE = 500

_NEVER = datetime.min.replace(tzinfo=UTC)
_STAMPS = re.compile(r"^DTSTAMP[:;].*$", re.MULTILINE)
_LISTS = frozenset({"", "PUBLISH"})
"""Methods of a file that names all events of its calendar; others are messages about some."""


class IcsConnector:
    """Reads each configured calendar whole; a scope is the name that the configuration gives it.

    Series are followed from `history_days` back to `horizon_days` ahead of the server's `Date`. A
    calendar is read anew when the server says that it changed, and once a day as days go by.
    """

    interface = INTERFACE
    is_spread_out = True
    """Each calendar lies at a host of its own."""
    Settings = IcsSettings

    def __init__(self, name: str, settings: IcsSettings, *, limits: Limits | None = None) -> None:
        self.name, self.settings, self.limits = name, settings, limits
        self.stop = threading.Event()
        self.retry = retrying(RETRY_BUDGET, stop=self.stop)
        self.meter = Meter()
        """The clock of the server that answered last."""
        for calendar in settings.calendars:
            keep_secret(settings.address(calendar))
        self._fetcher = CalendarFetcher(name, meter=self.meter, limits=limits)

    def fork(self) -> IcsConnector:
        """Another reader for another thread."""
        return IcsConnector(self.name, self.settings, limits=self.limits)

    def scopes(self) -> tuple[str, ...]:
        """The names of the configured calendars."""
        return tuple(self.settings.calendars)

    def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
        """The whole calendar if it changed since `cursor`, else one empty page."""
        try:
            yield from self._read(scope, cursor)
        except SourceError as error:
            error.source, error.scope, error.alone = self.name, scope, True
            raise

    def check(self) -> Iterator[Check]:
        """What is at each address, named by its host only."""
        for calendar in self.scopes():
            try:
                found = self._fetch(calendar, None)
                yield self._readable(calendar, self._events(calendar, found))
            except SourceError as error:
                yield failed_check(error)

    def close(self) -> None:
        """Give back connections; a wait that is going on ends."""
        self.stop.set()
        self._fetcher.close()

    def _read(self, scope: str, cursor: str | None) -> Iterator[Page]:
        parameters = self.settings.fingerprint(scope)
        held = _Position.read(cursor, parameters)
        found = self._fetch(scope, held)
        if held is not None and found.text is None and found.day > held.day:
            found = self._fetch(scope, None)
        if held is not None and _is_same(found, held):
            yield Page(last=True, cursor=held.text(etag=found.etag, modified=found.modified))
            return
        position = _Position(
            etag=found.etag,
            modified=found.modified,
            day=found.day,
            digest=_digest(found.text or ""),
            events=held.events if held else 0,
            problems=0,
            parameters=parameters,
        )
        yield from self._listing(scope, found, position)

    def _listing(self, scope: str, found: Fetched, position: _Position) -> Iterator[Page]:
        calendars = self._parsed(scope, found)
        count = sum(len(one.events) for one in calendars)
        if position.events and not count:
            raise UnexpectedAnswer(
                f"the calendar {scope} is empty now and had {position.events} events: they are "
                "kept as they were",
                hint=f"if it really is empty: syncd sync {self.name} --full",
            )
        read = [self._mapped(scope, one, found.day) for one in calendars]
        newest, doubts = _newest(scope, [item for each in read for item in each.items])
        by_rule = {key for each in read for key in each.by_rule}
        # What their series was changed last tells not that an exception was taken back.
        items = [replace(one, updated_at=None) if one.key in by_rule else one for one in newest]
        problems = (*(problem for each in read for problem in each.problems), *doubts)
        listing = (
            all(each.is_whole for each in read) and {one.method for one in calendars} <= _LISTS
        )
        for start in range(0, max(len(items), 1), PAGE_SIZE):
            last = start + PAGE_SIZE >= len(items)
            yield Page(
                items=tuple(items[start : start + PAGE_SIZE]),
                accounts=()
                if start
                else best_named(account for each in read for account in each.accounts),
                problems=() if start else problems,
                last=last,
                cursor=position.text(events=count, problems=len(problems)) if last else None,
                listing=last and listing,
                expected=len(items),
            )

    def _fetch(self, scope: str, held: _Position | None) -> Fetched:
        address = self.settings.address(scope)
        # What could not be read is tried again, also where it did not change: syncd may have.
        known = held if held and not held.problems else None
        etag, modified = (known.etag, known.modified) if known else ("", "")
        found: Fetched = self.retry(
            self._fetcher.fetch, scope, address, etag=etag, modified=modified
        )
        return found

    def _parsed(self, scope: str, found: Fetched) -> list[Parsed]:
        try:
            return parse(found.text or "")
        except NotACalendar as error:
            line = f", line {error.line}" if error.line else ""
            raise UnexpectedAnswer(
                f"the calendar {scope} at {self._host(scope)}{line}: {error}",
                source=self.name,
                hint=f"syncd doctor {self.name}; if it stays so, publish the calendar again",
            ) from None

    def _mapped(self, scope: str, parsed: Parsed, day: date) -> Events:
        calendar = Calendar(
            source=self.name,
            name=scope,
            zone=parsed.zone or self.settings.timezone,
            window=Window(
                earliest=day - timedelta(days=self.settings.history_days),
                latest=day + timedelta(days=self.settings.horizon_days),
            ),
            cancels=parsed.method == "CANCEL",
            host=urlsplit(self.settings.address(scope)).hostname or "",
            stamped=not parsed.method,
        )
        return events(parsed, calendar, scope)

    def _events(self, scope: str, found: Fetched) -> list[Events]:
        return [self._mapped(scope, one, found.day) for one in self._parsed(scope, found)]

    def _readable(self, calendar: str, read: list[Events]) -> Check:
        items = [item for each in read for item in each.items]
        problems = [problem for each in read for problem in each.problems]
        text = f'calendar "{calendar}" at {self._host(calendar)}: {len(items)} events in the window'
        if problems:
            return Check(
                mark=Mark.WARNING,
                text=f"{text}, {len(problems)} more can't be read; {problems[0].reason}",
                fix="mend them in the calendar; they are tried again when it changes, and daily",
            )
        if items and not any(item.title for item in items):
            return Check(
                mark=Mark.WARNING,
                text=f"{text}, busy times only, so no event of it can be told apart",
                fix="publish the calendar with all event details",
            )
        return Check(mark=Mark.OK, text=text)

    def _host(self, calendar: str) -> str:
        return origin(self.settings.address(calendar))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Position:
    """What a cursor holds."""

    etag: str
    modified: str
    day: date
    """The server's day when the calendar was last read whole."""
    digest: str
    """Of its text, for servers that tell no change by themselves."""
    events: int
    """How many events it had, the window aside."""
    problems: int
    """How many of them could not be read."""
    parameters: str

    def text(self, **changed: Any) -> str:
        return json.dumps(asdict(self) | {"day": self.day.isoformat()} | changed, sort_keys=True)

    @classmethod
    def read(cls, cursor: str | None, parameters: str) -> _Position | None:
        """The position of a cursor; None where it is none of ours or for other parameters."""
        try:
            held = json.loads(cursor or "")
            position = cls(**{**held, "day": date.fromisoformat(held["day"])})
        except (ValueError, TypeError, KeyError):
            return None
        return position if position.parameters == parameters else None


def _is_same(found: Fetched, held: _Position) -> bool:
    if found.text is None:
        return True
    if held.problems:
        return False
    return (_digest(found.text), found.day) == (held.digest, held.day)


def _digest(text: str) -> str:
    """The same for two files that differ only in when they were made."""
    return hashlib.sha256(_STAMPS.sub("", text).encode(errors="replace")).hexdigest()


def _newest(
    scope: str, items: Iterable[CalendarEvent]
) -> tuple[list[CalendarEvent], list[Problem]]:
    """Each event once, by its highest SEQUENCE, then its newest change, then its later place.

    Where only the place decides and the days differ, two events share one UID: that is a problem.
    """
    found: dict[ItemKey, CalendarEvent] = {}
    doubts: dict[ItemKey, Problem] = {}
    for item in items:
        held = found.get(item.key)
        if held is not None and _version(item) == _version(held) and _days(item) != _days(held):
            reason = f"{scope}: several events have this UID; only the last one counts"
            doubts[item.key] = Problem(native_id=item.key.native_id[:200], reason=reason[:200])
        if held is None or _version(item) >= _version(held):
            found[item.key] = item
    return list(found.values()), list(doubts.values())


def _days(item: CalendarEvent) -> tuple[date, date]:
    return item.first_day, item.last_day


def _version(item: CalendarEvent) -> tuple[int, datetime]:
    return item.sequence, item.updated_at or _NEVER
