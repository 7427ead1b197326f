"""Reads one source: a chain of scopes a thread, a connector a thread, pages handed to the writer.

Nothing here writes. What was read, what failed and that it is over are events for `pulling.py`.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd.errors import (
    AuthError,
    BudgetLow,
    CursorExpired,
    RateLimited,
    SourceError,
    Unavailable,
    Unreached,
)
from syncd.interfaces import Budget, Clock, Clocked, Connector, Forking, Page, Sweeping
from syncd.model.items import ItemKey
from syncd.model.snapshot import Scope
from syncd.retrying import in_haste

log = logging.getLogger(__name__)

CHAINS = 4
"""Threads that read one source at a time, where its connector can be forked."""

ENDS_SOURCE = (AuthError, RateLimited, Unavailable)
"""Trouble that the next project, repository or calendar of the source would meet as well."""

SHORT = timedelta(minutes=1)
"""A budget that is whole again so soon is not worth stopping for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One configured source; `build` is called in the thread that reads it."""

    name: str
    build: Callable[[], Connector]
    renew: Callable[[], Connector | None] = lambda: None
    """After a refused credential: a connector with the one that is configured by now, or None."""
    account: str = ""
    """What limits hold for: sources with the same one share their waits; "" = it is alone."""
    is_spread_out: bool = False
    """Its scopes lie at places of their own: a wait that one asked for is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the reading of one source goes by."""

    cursors: Mapping[Scope, str | None]
    whole: Callable[[Scope], str | None]
    """The cursor of the last pull that was not cut off."""
    full: bool
    """All is read again from the beginning, wherever the cursors stand."""
    order: Callable[[Scope], datetime]
    """Sorts the scopes: the one that has waited longest comes first."""
    resumed: Collection[Scope]
    """Scopes whose cursor is the bookmark of a pull that was cut off."""
    waiting: Collection[Scope]
    """Scopes that are left alone until their wait is over."""
    sweeps: Collection[Scope]
    """Scopes whose items are to be looked for once more."""
    held: Callable[[Scope], Mapping[ItemKey, str]]
    """What a sweep is to look for."""
    spares: Callable[[Budget], bool]
    """Whether so little is left of the budget that it is not for us."""
    hurried: bool
    """A person waits: what does not answer at all is not tried for long."""


@dataclass(frozen=True, slots=True)
class Scopes:
    """The scopes that the source has now; there may be others where these are not `all_of_them`."""

    source: str
    names: tuple[str, ...]
    all_of_them: bool = True


@dataclass(frozen=True, slots=True)
class Batch:
    """A page to be written; `swept` as in `ItemStore.commit`."""

    scope: Scope
    page: Page
    swept: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """Scopes that were not read to their end, because of one error. `()` = not even named."""

    source: str
    scopes: tuple[Scope, ...]
    error: Exception


@dataclass(frozen=True, slots=True)
class Remark:
    """Trouble that leaves all that was read as good as it is: deletions could not be looked for."""

    source: str
    error: SourceError


@dataclass(frozen=True, slots=True)
class Done:
    """The source was read as far as it could be."""

    source: str
    clock: Clock | None
    """What the provider's answers told by the way; None where the connector heard no clock."""


Event = Scopes | Batch | Failed | Remark | Done


class _Abandoned(Exception):
    """Nobody takes pages any more."""


def read(source: Source, plan: Plan, put: Callable[[Event], bool]) -> None:
    """Read a source to its end or its failure; `put` says False when nobody takes events."""
    reading = _Reading(source, plan, put)
    try:
        with in_haste(*((Unreached,) if plan.hurried else ())):
            reading.run()
    except _Abandoned:
        log.debug("reading %s was abandoned", source.name)
    except Exception as error:  # noqa: BLE001 - one source's bug must not end the others' threads
        put(Failed(source.name, (), error))
    finally:
        put(Done(source.name, reading.clock))


class _Reading:
    """What the chains of one source share."""

    def __init__(self, source: Source, plan: Plan, put: Callable[[Event], bool]) -> None:
        self.source, self.plan, self._put = source, plan, put
        self.clock: Clock | None = None
        self._lock = threading.Lock()
        self._left: deque[Scope] = deque()
        self._others: list[threading.Thread] = []
        self._is_spread = False
        self._met = 0
        """How often trouble was met that may be that of the whole source."""
        self._fresh: Connector | None = None
        self._renewed = False

    def run(self) -> None:
        lead = _Chain(self, self.source.build())
        try:
            names = lead.scopes()
            all_of_them = bool(getattr(lead.connector, "names_all_scopes", True))
            self.put(Scopes(self.source.name, names, all_of_them))
            found = (Scope(self.source.name, name) for name in names)
            ready = (each for each in found if each not in self.plan.waiting)
            self._left.extend(sorted(ready, key=self.plan.order))
            lead.run()
        finally:
            lead.close()
        for thread in self._others:
            thread.join()

    def spread(self, lead: Connector) -> None:
        """Let other threads read as well, now that a first page came.

        Until then one thread asks alone: trouble of the whole source is met once, and what is to
        be learned about it is learned once.
        """
        if self._is_spread or not isinstance(lead, Forking):
            return
        self._is_spread = True
        for number in range(2, min(CHAINS, 1 + len(self._left)) + 1):
            chain = _Chain(self, lead.fork())
            name = f"read {self.source.name} {number}"
            self._others.append(
                threading.Thread(target=chain.run_and_close, name=name, daemon=True)
            )
        for thread in self._others:
            thread.start()

    def put(self, event: Event) -> None:
        """Raises _Abandoned."""
        if not self._put(event):
            raise _Abandoned

    def next(self) -> Scope | None:
        """The next scope that nobody reads yet."""
        with self._lock:
            return self._left.popleft() if self._left else None

    def end(self, scope: Scope, error: SourceError) -> None:
        """Trouble that every scope would meet: those that are left are not asked for.

        A server that fails over one scope may well answer for the next; over two, it is down.
        """
        with self._lock:
            self._met += 1
            answered = isinstance(error, Unavailable) and error.status > 0
            of_scope = error.alone or (answered and self._met == 1)
            left = () if of_scope else tuple(self._left)
            if not of_scope:
                self._left.clear()
        self.put(Failed(self.source.name, (scope, *left), error))

    def renewed(self) -> Connector | None:
        """A connector with the credential that is configured now; None if it is still the same.

        A token that was replaced while we ran is taken up once, by every chain.
        """
        with self._lock:
            if not self._renewed:
                self._renewed = True
                self._fresh = self.source.renew()
                return self._fresh
            return self._fresh.fork() if isinstance(self._fresh, Forking) else None

    def spare(self, connector: Connector) -> None:
        """Raises BudgetLow where the rest of the budget is not for us."""
        if not isinstance(connector, Clocked):
            return
        self.clock = connector.meter
        budget = self.clock.budget
        if budget is not None and self.plan.spares(budget):
            raise budget_low(self.source.name, budget)


class _Chain:
    """One thread's connector, and the scopes that it reads one after another."""

    def __init__(self, reading: _Reading, connector: Connector) -> None:
        self.reading, self.connector = reading, connector
        self._is_renewed = False

    def scopes(self) -> tuple[str, ...]:
        """Names of the source's parts."""
        try:
            return tuple(self.connector.scopes())
        except AuthError:
            if not self._renew():
                raise
            return tuple(self.connector.scopes())

    def run(self) -> None:
        """Read scopes until none is left; lesser trouble of one is handed on."""
        while (scope := self.reading.next()) is not None:
            try:
                self._read(scope)
            except ENDS_SOURCE as error:
                self.reading.end(scope, error)
            except _Abandoned:
                raise
            except Exception as error:  # noqa: BLE001 - a bug that one scope meets is that scope's failure
                self.reading.put(Failed(scope.source, (scope,), error))

    def run_and_close(self) -> None:
        """As `run`, in a thread of its own."""
        try:
            self.run()
        except _Abandoned:
            log.debug("%s was abandoned", threading.current_thread().name)
        finally:
            self.close()

    def close(self) -> None:
        """Give back connections."""
        self.connector.close()

    def _renew(self) -> bool:
        fresh = None if self._is_renewed else self.reading.renewed()
        if fresh is None:
            return False
        self.connector.close()
        self.connector, self._is_renewed = fresh, True
        return True

    def _read(self, scope: Scope) -> None:
        try:
            self._read_pages(scope)
        except AuthError:
            if not self._renew():
                raise
            self._read_pages(scope)

    def _read_pages(self, scope: Scope) -> None:
        plan = self.reading.plan
        cursor = None if plan.full else plan.cursors.get(scope)
        if scope in plan.resumed:
            # It brings what was new when it began: what was edited since comes with the pull after.
            cursor = self._read_on(scope, cursor, sweeps=False)
        self._read_on(scope, cursor, sweeps=scope in plan.sweeps)

    def _read_on(self, scope: Scope, cursor: str | None, *, sweeps: bool) -> str | None:
        """One pull; gives the cursor that it ended with."""
        self.reading.spare(self.connector)
        for page in self._pages(scope, cursor):
            swept, trouble = False, None
            if page.last and not page.listing and sweeps:
                swept, trouble = self._sweep(scope)
            self.reading.put(Batch(scope, replace(page, listing=True) if swept else page, swept))
            self.reading.spread(self.connector)
            if isinstance(trouble, RateLimited):
                raise trouble
            if trouble is not None:
                self.reading.put(Remark(scope.source, trouble))
            if page.last:
                return page.cursor
            self.reading.spare(self.connector)
        return None

    def _pages(self, scope: Scope, cursor: str | None) -> Iterator[Page]:
        """Where all is read again in the same way, what differs was changed.

        Of a pull that was cut off, part was read in its way, the rest in that of the one before.
        """
        plan, asked = self.reading.plan, getattr(self.connector, "reads_as", None)
        is_again = asked and (plan.full or scope in plan.resumed)
        ways = {plan.cursors.get(scope), plan.whole(scope)} if is_again else {None}
        for page in _pages(self.connector, scope, cursor):
            # What a provider's fields mean is known once the pull has asked for them.
            is_alike = page.reread and all(way and asked and asked(scope.name, way) for way in ways)
            yield replace(page, reread=False) if is_alike else page

    def _sweep(self, scope: Scope) -> tuple[bool, SourceError | None]:
        """Look for deleted items: whether that went well, else what was met.

        What was read stays read, whatever becomes of this.
        """
        if not isinstance(self.connector, Sweeping):
            return False, None
        try:
            for page in self.connector.sweep(scope.name, self.reading.plan.held(scope)):
                self.reading.put(Batch(scope, page))
        except AuthError:
            raise
        except SourceError as error:
            return False, error
        return True, None


def _pages(connector: Connector, scope: Scope, cursor: str | None) -> Iterator[Page]:
    try:
        yield from connector.pull(scope.name, cursor)
    except CursorExpired:
        if cursor is None:
            raise
        log.info("%s forgot our position; reading it in full", scope)
        yield from connector.pull(scope.name, None)


def is_spared(budget: Budget, now: datetime) -> bool:
    """Whether what is left of a budget is for people, and it will be whole again, but not soon."""
    return bool(budget.is_low and budget.reset_at and budget.reset_at - now > SHORT)


def budget_low(source: str, budget: Budget) -> BudgetLow:
    """What is said of a source that is left alone because little of its budget is left."""
    until = f" until {budget.reset_at:%H:%M} UTC" if budget.reset_at else ""
    return BudgetLow(
        f"{source}: {budget.remaining} of {budget.limit} requests are left{until}; that rest is "
        "for people, so the schedule reads no further",
        source=source,
        hint=f"nothing to do; to read it now: syncd sync {source}",
    )
