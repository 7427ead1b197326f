"""Reads sources into the store: threads of each source read, the caller's thread alone writes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from queue import Empty, Full, Queue
from typing import Protocol

from syncd.errors import BudgetLow, RateLimited, StoreError, SyncdError
from syncd.interfaces import Budget, Clock, ItemStore
from syncd.model.snapshot import Freshness, Scope
from syncd.reading import (
    ENDS_SOURCE,
    Batch,
    Done,
    Event,
    Failed,
    Plan,
    Remark,
    Scopes,
    Source,
    budget_low,
    is_spared,
    read,
)
from syncd.retrying import NO_HINT

__all__ = ["ENDS_SOURCE", "SKEW", "Progress", "Source", "SourceReport", "exit_code", "pull"]

log = logging.getLogger(__name__)

AHEAD = 4
"""Pages that a source may be ahead of the store: memory follows the page, not the history."""

SWEEP_EVERY = timedelta(hours=6)
"""How often the ids of a scope are compared with what is held, to find what was deleted."""

MISSED_AGAIN = timedelta(hours=1)
"""How soon once more, where something was missing: two listings so far apart prove that it is gone
(promise D2)."""

CLOCK_WENT_BACK = timedelta(minutes=5)
SKEW = 300
"""Seconds off the provider's clock that are worth a word (`reliability.md` O6)."""

WAIT = "nothing to do: it is read again by the first run after that"


class Progress(Protocol):
    """Hears how far the pulls are; called in the thread that called `pull`."""

    def started(self, source: str) -> None:
        """A source is about to be read."""
        ...

    def advanced(self, source: str, items: int, expected: int | None) -> None:
        """`items` more were stored; `expected` is about how many the pull brings in all.

        It grows as more scopes are begun; None while nothing is known.
        """
        ...

    def finished(self, source: str, changed: int, failure: SyncdError | None) -> None:
        """The source was read to its end, or failed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What one pull of one source did."""

    source: str
    items: int = 0
    changed: int = 0
    problems: int = 0
    failures: tuple[SyncdError, ...] = ()
    seconds: float = 0.0
    requests: int = 0
    """Answers that it took; 0 where the connector does not count."""
    skew: float | None = None
    """Seconds by which the provider's clock is ahead of ours; None where it was not heard."""
    credential_until: datetime | None = None
    """When the credential ends; None where the provider does not tell."""


def pull(
    sources: Sequence[Source],
    store: ItemStore,
    at: datetime,
    *,
    progress: Progress,
    full: bool = False,
    accept_loss: bool = False,
    background: bool = False,
    stop: threading.Event | None = None,
) -> tuple[SourceReport, ...]:
    """Read every source to its end or its failure; one source's trouble stops no other.

    Each page is committed when it arrives. `full` forgets the cursors; `accept_loss` believes a
    listing that lost many open items; `background`, where no person waits, leaves the last tenth of
    a rate budget to people and tries longer to reach a source. When `stop` is set the pages on
    their way are left to the next pull. Raises StoreError when the store cannot write.
    """
    options = _Options(
        full=full, accept_loss=accept_loss, background=background, stop=stop or threading.Event()
    )
    return _Pull(sources, store, at, progress, options).run()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    full: bool
    accept_loss: bool
    background: bool
    stop: threading.Event


@dataclass(slots=True)
class _Tally:
    report: SourceReport
    names: tuple[str, ...] = ()
    expected: dict[str, int] = field(default_factory=dict)
    """Scope → about how many items it brings."""


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
        self.events: Queue[Event] = Queue(AHEAD * max(1, len(sources)))
        self.known = {fresh.scope: fresh for fresh in store.freshness()}
        self.cursors = {scope: store.cursor(scope) for scope in self.known}
        for scope in self.known if options.full else ():
            if scope.source in {source.name for source in sources}:
                store.restart(scope)
        self.budgets = {name: budget for name, (budget, _) in store.budgets().items()}
        self.began = time.monotonic()
        self.tallies = {s.name: _Tally(SourceReport(source=s.name)) for s in sources}
        self.sources = sources

    def run(self) -> tuple[SourceReport, ...]:
        reading = set(self.tallies)
        for source in self.sources:
            self.progress.started(source.name)
            waiting = self._asked_to_wait(source)
            if waiting and source.is_spread_out:
                self._tell(source.name, waiting)
                waiting = None
            if waiting := waiting or self._spared(source.name):
                self._tell(source.name, waiting)
                self.progress.finished(source.name, 0, waiting)
                reading.discard(source.name)
            else:
                threading.Thread(
                    target=read,
                    args=(source, self._plan(), self._put),
                    name=f"read {source.name}",
                    daemon=True,
                ).start()
        try:
            while reading and not self.options.stop.is_set():
                try:
                    event = self.events.get(timeout=0.2)
                except Empty:
                    continue
                if isinstance(event, Done):
                    reading.discard(event.source)
                    self._finish(event)
                else:
                    self._take(event)
        finally:
            self.abandoned.set()
        return tuple(tally.report for tally in self.tallies.values())

    def _put(self, event: Event) -> bool:
        """Hand an event to the writer; False when nobody takes it any more."""
        while not self.abandoned.is_set():
            try:
                self.events.put(event, timeout=0.2)
            except Full:
                continue
            return True
        return False

    def _plan(self) -> Plan:
        known = () if self.options.full else self.known.values()
        return Plan(
            cursors=self.cursors,
            whole=lambda scope: self.store.cursor(scope, whole=True),
            full=self.options.full,
            waiting=frozenset(each.scope for each in self.known.values() if self._waits(each)),
            resumed=frozenset(fresh.scope for fresh in known if fresh.is_cut_off),
            order=self._waited,
            sweeps=frozenset(fresh.scope for fresh in known if self._is_sweep_due(fresh)),
            held=self.store.held,
            spares=self._spares,
            hurried=not self.options.background,
        )

    def _waited(self, scope: Scope) -> datetime:
        """Sorts scopes: those that were read longest ago come first, so that none starves."""
        fresh = self.known.get(scope)
        return (fresh and fresh.succeeded_at) or datetime.min.replace(tzinfo=UTC)

    def _is_sweep_due(self, fresh: Freshness) -> bool:
        if fresh.succeeded_at is None:
            return False
        missing = fresh.missing_since is not None
        every = MISSED_AGAIN if missing else SWEEP_EVERY
        return fresh.listed_at is None or self.at - fresh.listed_at >= every

    def _spares(self, budget: Budget) -> bool:
        """Whether so little is left that it is for people, not for the schedule (P31)."""
        return self.options.background and is_spared(budget, self._now())

    def _spared(self, source: str) -> BudgetLow | None:
        budget = self.budgets.get(source)
        return budget_low(source, budget) if budget and self._spares(budget) else None

    def _now(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.began)

    def _waits(self, fresh: Freshness) -> bool:
        if fresh.retry_at is None or fresh.retry_at <= self.at:
            return False
        # A wait that was noted in the future is of a clock that went back since: ask anew.
        return fresh.attempted_at is None or fresh.attempted_at - self.at <= CLOCK_WENT_BACK

    def _asked_to_wait(self, source: Source) -> RateLimited | None:
        """What was asked of the source, or of another one with the same account."""
        names = {each.name for each in self.sources if each.account == source.account != ""}
        until = [
            fresh.retry_at
            for scope, fresh in self.known.items()
            if scope.source in names | {source.name} and fresh.retry_at and self._waits(fresh)
        ]
        if not until:
            return None
        return RateLimited(
            f"{source.name} asked us to wait until {max(until):%H:%M} UTC; "
            "what is held from earlier pulls stays",
            retry_at=max(until),
            source=source.name,
            hint=WAIT,
        )

    def _tell(self, source: str, error: SyncdError) -> None:
        tally = self.tallies[source]
        tally.report = replace(tally.report, failures=(*tally.report.failures, error))

    def _finish(self, done: Done) -> None:
        tally = self.tallies[done.source]
        tally.report = replace(tally.report, seconds=time.monotonic() - self.began)
        if done.clock is not None:
            self._hear(done.source, done.clock, tally)
        failures = tally.report.failures
        self.progress.finished(done.source, tally.report.changed, failures[0] if failures else None)

    def _hear(self, source: str, clock: Clock, tally: _Tally) -> None:
        now = self._now()
        if clock.budget is not None:
            self.store.note_budget(source, clock.budget, now)
        skew = clock.skew(now, time.monotonic())
        ends = getattr(clock, "credential_until", None)
        tally.report = replace(
            tally.report, requests=clock.requests, skew=skew, credential_until=ends
        )
        if skew is not None:
            self.store.note_skew(source, round(skew), self.at)
        if skew is not None and abs(skew) > SKEW:
            log.warning("clock.skew source=%s seconds=%.0f", source, skew)

    def _take(self, event: Scopes | Batch | Failed | Remark) -> None:
        if isinstance(event, Scopes):
            self.tallies[event.source].names = event.names
            if event.all_of_them:
                self.store.retire(event.source, event.names)
        elif isinstance(event, Failed):
            self._fail(event)
        elif isinstance(event, Remark):
            # What keeps many scopes from being looked through is one trouble.
            if str(event.error) not in map(str, self.tallies[event.source].report.failures):
                log.warning("sweep.failed source=%s error=%s", event.source, event.error)
                self._tell(event.source, event.error)
        else:
            try:
                self._commit(event)
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001 - what one source says must not end the others
                self._fail(Failed(event.scope.source, (event.scope,), error))

    def _commit(self, batch: Batch) -> None:
        done = self.store.commit(
            batch.scope,
            batch.page,
            self.at,
            accept_loss=self.options.accept_loss,
            swept=batch.swept,
        )
        tally = self.tallies[batch.scope.source]
        report = tally.report
        tally.report = replace(
            report,
            items=report.items + done.items,
            changed=report.changed + done.changed,
            problems=report.problems + done.problems,
        )
        if batch.page.expected is not None:
            tally.expected[batch.scope.name] = batch.page.expected
        about = sum(tally.expected.values()) or None
        self.progress.advanced(batch.scope.source, done.items, about)

    def _fail(self, failed: Failed) -> None:
        tally = self.tallies[failed.source]
        scopes = failed.scopes or self._every_scope(failed.source, tally)
        error = _expected(failed.error, failed.source, scopes)
        error.hint = error.hint or _way_on(failed.source, error)
        # Threads of one source meet the same trouble side by side: it is told once.
        told = isinstance(error, ENDS_SOURCE) and any(
            type(each) is type(error) and not error.alone for each in tally.report.failures
        )
        if not told:
            self._tell(failed.source, error)
        if not isinstance(error, BudgetLow):
            for each in scopes:
                self.store.fail(each, self.at, str(error), self._retry_at(error))

    def _every_scope(self, source: str, tally: _Tally) -> tuple[Scope, ...]:
        names = tally.names or [each.name for each in self.known if each.source == source]
        return tuple(Scope(source, name) for name in names or ("",))

    def _retry_at(self, error: Exception) -> datetime | None:
        if not isinstance(error, RateLimited):
            return None
        wait = NO_HINT if error.retry_after is None else timedelta(seconds=error.retry_after)
        # A clock of ours that is ahead of the provider's cuts no wait short.
        least = self.at + timedelta(seconds=error.retry_after or 0.0)
        return max(least, error.retry_at or self._now() + wait)


def _expected(error: Exception, source: str, scopes: Sequence[Scope]) -> SyncdError:
    if isinstance(error, SyncdError):
        return error
    what = scopes[0] if len(scopes) == 1 else source
    log.error("reading %s failed unexpectedly", what, exc_info=error)
    return SyncdError(
        f"reading {what} failed unexpectedly ({type(error).__name__}); this is a bug",
        hint="run again with -v and report the traceback",
    )


def _way_on(source: str, error: SyncdError) -> str:
    """What to do about an error that names no remedy of its own."""
    if isinstance(error, RateLimited):
        return WAIT
    return f"syncd doctor {source}"


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
