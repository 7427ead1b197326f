"""Reads sources into the store: one thread reads a source, the caller's thread alone writes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from queue import Empty, Full, Queue
from typing import Protocol

from syncd.errors import (
    AuthError,
    CursorExpired,
    RateLimited,
    SourceError,
    SyncdError,
    Unavailable,
)
from syncd.interfaces import Connector, ItemStore, Page
from syncd.model.snapshot import Scope

log = logging.getLogger(__name__)

AHEAD = 4
"""Pages that a source may be ahead of the store: memory follows the page, not the history."""

NO_HINT = timedelta(minutes=15)
"""How long a source is left alone that limits us and does not say for how long."""

WAIT = "nothing to do: it is read again by the first run after that"

ENDS_SOURCE = (AuthError, RateLimited, Unavailable)
"""Trouble that the next project, repository or calendar of the source would meet as well."""


class Progress(Protocol):
    """Hears how far the pulls are; called in the thread that called `pull`."""

    def started(self, source: str) -> None:
        """A source is about to be read."""
        ...

    def advanced(self, source: str, items: int, expected: int | None) -> None:
        """`items` more were stored; `expected` is how many more a scope is estimated to bring."""
        ...

    def finished(self, source: str, changed: int, failure: SyncdError | None) -> None:
        """The source was read to its end, or failed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One configured source; `build` is called in the thread that reads it."""

    name: str
    build: Callable[[], Connector]
    renew: Callable[[], Connector | None] = lambda: None
    """After a refused credential: a connector with the one that is configured by now, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What one pull of one source did."""

    source: str
    items: int = 0
    changed: int = 0
    problems: int = 0
    failures: tuple[SyncdError, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Scopes:
    source: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Batch:
    scope: Scope
    page: Page


@dataclass(frozen=True, slots=True)
class _Failed:
    scope: Scope
    error: Exception


@dataclass(frozen=True, slots=True)
class _Done:
    source: str


_Event = _Scopes | _Batch | _Failed | _Done


def pull(
    sources: Sequence[Source],
    store: ItemStore,
    at: datetime,
    *,
    progress: Progress,
    full: bool = False,
    accept_loss: bool = False,
    stop: threading.Event | None = None,
) -> tuple[SourceReport, ...]:
    """Read every source to its end or its failure; one source's trouble stops no other.

    Each page is committed when it arrives. `full` forgets the cursors; `accept_loss` believes a
    listing that lost many open items. When `stop` is set the
    pages on their way are left to the next pull. Raises StoreError when the store cannot write.
    """
    options = _Options(full=full, accept_loss=accept_loss, stop=stop or threading.Event())
    return _Pull(sources, store, at, progress, options).run()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    full: bool
    accept_loss: bool
    stop: threading.Event


@dataclass(slots=True)
class _Tally:
    report: SourceReport
    began: float
    names: tuple[str, ...] = ()


class _Pull:
    def __init__(
        self,
        sources: Sequence[Source],
        store: ItemStore,
        at: datetime,
        progress: Progress,
        options: _Options,
    ) -> None:
        self.store, self.at, self.progress, self.options = store, at, progress, options
        self.abandoned = threading.Event()
        self.events: Queue[_Event] = Queue(AHEAD * max(1, len(sources)))
        self.known = {fresh.scope: fresh for fresh in store.freshness()}
        self.cursors = {} if options.full else {scope: store.cursor(scope) for scope in self.known}
        began = time.monotonic()
        self.tallies = {s.name: _Tally(SourceReport(source=s.name), began) for s in sources}
        self.sources = sources

    def run(self) -> tuple[SourceReport, ...]:
        reading = set(self.tallies)
        for source in self.sources:
            self.progress.started(source.name)
            if waiting := self._asked_to_wait(source.name):
                self._end_with(source.name, waiting)
                reading.discard(source.name)
            else:
                threading.Thread(
                    target=_read,
                    args=(source, self.cursors, self._put),
                    name=f"read {source.name}",
                    daemon=True,
                ).start()
        try:
            while reading and not self.options.stop.is_set():
                try:
                    event = self.events.get(timeout=0.2)
                except Empty:
                    continue
                if isinstance(event, _Done):
                    reading.discard(event.source)
                    self._finish(event.source)
                else:
                    self._take(event)
        finally:
            self.abandoned.set()
        return tuple(tally.report for tally in self.tallies.values())

    def _put(self, event: _Event) -> bool:
        """Hand an event to the writer; False when nobody takes it any more."""
        while not self.abandoned.is_set():
            try:
                self.events.put(event, timeout=0.2)
            except Full:
                continue
            return True
        return False

    def _asked_to_wait(self, source: str) -> RateLimited | None:
        until = [
            fresh.retry_at
            for scope, fresh in self.known.items()
            if scope.source == source and fresh.retry_at and fresh.retry_at > self.at
        ]
        if not until:
            return None
        return RateLimited(
            f"{source} asked us to wait until {max(until):%H:%M} UTC; "
            "what is held from earlier pulls stays",
            retry_at=max(until),
            source=source,
            hint=WAIT,
        )

    def _end_with(self, source: str, error: SyncdError) -> None:
        tally = self.tallies[source]
        tally.report = replace(tally.report, failures=(error,))
        self.progress.finished(source, 0, error)

    def _finish(self, source: str) -> None:
        tally = self.tallies[source]
        tally.report = replace(tally.report, seconds=time.monotonic() - tally.began)
        failures = tally.report.failures
        self.progress.finished(source, tally.report.changed, failures[0] if failures else None)

    def _take(self, event: _Scopes | _Batch | _Failed) -> None:
        if isinstance(event, _Scopes):
            self.tallies[event.source].names = event.names
            self.store.retire(event.source, event.names)
        elif isinstance(event, _Failed):
            self._fail(event.scope, event.error)
        else:
            try:
                self._commit(event)
            except SourceError as error:
                self._fail(event.scope, error)

    def _commit(self, batch: _Batch) -> None:
        done = self.store.commit(
            batch.scope, batch.page, self.at, accept_loss=self.options.accept_loss
        )
        tally = self.tallies[batch.scope.source]
        report = tally.report
        tally.report = replace(
            report,
            items=report.items + done.items,
            changed=report.changed + done.changed,
            problems=report.problems + done.problems,
        )
        self.progress.advanced(batch.scope.source, done.items, batch.page.expected)

    def _fail(self, scope: Scope, error: Exception) -> None:
        tally = self.tallies[scope.source]
        if not isinstance(error, SyncdError):
            log.error("reading %s failed unexpectedly", scope, exc_info=error)
            error = SyncdError(
                f"reading {scope} failed unexpectedly ({type(error).__name__}); this is a bug",
                hint="run again with -v and report the traceback",
            )
        error.hint = error.hint or _way_on(scope.source, error)
        tally.report = replace(tally.report, failures=(*tally.report.failures, error))
        for each in self._hit_by(scope, error, tally):
            self.store.fail(each, self.at, str(error), self._retry_at(error, tally))

    def _retry_at(self, error: Exception, tally: _Tally) -> datetime | None:
        if not isinstance(error, RateLimited):
            return None
        elapsed = timedelta(seconds=time.monotonic() - tally.began)
        wait = NO_HINT if error.retry_after is None else timedelta(seconds=error.retry_after)
        return error.retry_at or self.at + elapsed + wait

    def _hit_by(self, scope: Scope, error: Exception, tally: _Tally) -> list[Scope]:
        if scope.name and not isinstance(error, ENDS_SOURCE):
            return [scope]
        names = tally.names or [s.name for s in self.known if s.source == scope.source]
        whole = [Scope(scope.source, name) for name in names]
        after = whole[whole.index(scope) :] if scope in whole else whole
        return after or [scope]


def _way_on(source: str, error: SyncdError) -> str:
    """What to do about an error that names no remedy of its own."""
    if isinstance(error, RateLimited):
        return WAIT
    return f"syncd doctor {source}"


def _read(
    source: Source, cursors: Mapping[Scope, str | None], put: Callable[[_Event], bool]
) -> None:
    reader = _Reader(source.name, cursors, put)
    try:
        try:
            reader.read(source.build())
        except AuthError:
            # A token that was replaced while we ran is taken up here, once.
            renewed = source.renew()
            if renewed is None:
                raise
            reader.read(renewed)
    except Exception as error:  # noqa: BLE001 - one source's bug must not end the others' threads
        put(_Failed(reader.scope, error))
    finally:
        put(_Done(source.name))


class _Reader:
    """Reads the scopes of one source in order; what `read` did not get to, the next call does."""

    def __init__(
        self, source: str, cursors: Mapping[Scope, str | None], put: Callable[[_Event], bool]
    ) -> None:
        self.scope = Scope(source, "")
        self._cursors, self._put = cursors, put
        self._left: list[Scope] | None = None

    def read(self, connector: Connector) -> None:
        """Raises what ends the source; lesser trouble of one scope is handed on."""
        try:
            if self._left is None:
                names = tuple(connector.scopes())
                self._put(_Scopes(self.scope.source, names))
                self._left = [Scope(self.scope.source, name) for name in names]
            while self._left:
                self.scope = self._left[0]
                if not self._read_scope(connector):
                    return
                self._left.pop(0)
        finally:
            connector.close()

    def _read_scope(self, connector: Connector) -> bool:
        """False when nobody takes pages any more."""
        try:
            for page in _pages(connector, self.scope, self._cursors.get(self.scope)):
                if not self._put(_Batch(self.scope, page)):
                    return False
        except ENDS_SOURCE:
            raise
        except SourceError as error:
            self._put(_Failed(self.scope, error))
        return True


def _pages(connector: Connector, scope: Scope, cursor: str | None) -> Iterator[Page]:
    try:
        yield from connector.pull(scope.name, cursor)
    except CursorExpired:
        if cursor is None:
            raise
        log.info("%s forgot our position; reading it in full", scope)
        yield from connector.pull(scope.name, None)


def exit_code(reports: Sequence[SourceReport]) -> int:
    """What the pulls mean for the exit code: 4, 1, 7 or 3, the first that applies; else 0.

    7 only when nothing at all could be read and each source may answer later.
    """
    codes = {error.exit_code for report in reports for error in report.failures}
    for code in (4, 1):
        if code in codes:
            return code
    if codes == {7} and all(report.failures for report in reports):
        return 7
    return 3 if codes else 0
