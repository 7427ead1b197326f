"""The store: every face of `syncd.interfaces.Store`, each call one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from syncd.errors import SourceEmptied, StoreAway
from syncd.interfaces import Budget, Committed, Page, Problem
from syncd.model.acts import Act
from syncd.model.alerts import Alert, AlertState, Message, MessageState, Transition
from syncd.model.forecasts import PastForecast
from syncd.model.grants import Signer
from syncd.model.items import Account, ItemKey
from syncd.model.links import LinkDecision
from syncd.model.mailboxes import Mailbox, Oddity, Position, Taken
from syncd.model.runs import RunRecord
from syncd.model.snapshot import Freshness, Scope, Snapshot
from syncd.store import (
    acts,
    alerts,
    budgets,
    clocks,
    identity,
    link_decisions,
    mailboxes,
    outbox,
    pages,
    pulls,
    signers,
    snapshots,
)
from syncd.store import forecasts as forecast_rows
from syncd.store.database import WRITE, Database
from syncd.store.keeping import Keeping
from syncd.store.schema import SCHEMA

T = TypeVar("T")

INSISTENCE = 30.0
"""Seconds for which a database that broke off is asked again whether it kept something."""


class SqlStore(Keeping):
    """An open store. Usable from several threads; one writes at a time."""

    schema = SCHEMA

    def __init__(self, database: Database) -> None:
        self.database = database
        self._writing = threading.Lock()
        self._engine = database.engine
        self._writer = self._engine.execution_options(**WRITE)

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        """One transaction that sees one moment."""
        with self.database.plainly(), self._engine.begin() as conn:
            yield conn

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        """One transaction that writes, alone."""
        with self.database.plainly(), self._writing, self._writer.begin() as conn:
            self.database.require_ownership(conn)
            yield conn

    def _insist(self, write: Callable[[Connection], T]) -> T:
        """As `_write`, again where the database broke off and did not say what it had kept (S-9).

        For writes that ask first, or may be made twice. The next one waits for the lock that the
        first still holds while it is on its way, so it sees how that ended.
        """
        deadline = time.monotonic() + INSISTENCE
        while True:
            try:
                with self._write() as conn:
                    return write(conn)
            except StoreAway:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def close(self) -> None:
        """Release files, connections and ownership."""
        self.database.close()

    def cursor(self, scope: Scope, *, whole: bool = False) -> str | None:
        """Where the next pull goes on: a bookmark, else the cursor; None = read everything.

        `whole`: where the last pull ended that was not cut off.
        """
        with self._read() as conn:
            return pulls.cursor(conn, scope, whole=whole)

    def held(self, scope: Scope) -> dict[ItemKey, str]:
        """Key and ref of every item of the scope that is not gone."""
        with self._read() as conn:
            return pulls.held(conn, scope)

    def note_budget(self, source: str, budget: Budget, at: datetime) -> None:
        """Keep what is left of a source's rate budget."""
        with self._write() as conn:
            budgets.note(conn, source, budget, at)

    def budgets(self) -> dict[str, tuple[Budget, datetime]]:
        """Source → its newest budget and when that was noted."""
        with self._read() as conn:
            return budgets.read(conn)

    def note_skew(self, source: str, seconds: int, at: datetime) -> None:
        """Keep by how much a provider's clock is ahead of ours."""
        with self._write() as conn:
            clocks.note(conn, source, seconds, at)

    def problems(self) -> dict[Scope, tuple[Problem, ...]]:
        """Items kept aside, with their reasons, sorted by id."""
        with self._read() as conn:
            return pulls.kept_aside(conn)

    def strays(self) -> dict[Scope, int]:
        """Where issues were moved that no scope reads, and how many are there."""
        with self._read() as conn:
            return pulls.strays(conn)

    def commit(
        self,
        scope: Scope,
        page: Page,
        at: datetime,
        *,
        accept_loss: bool = False,
        swept: bool = False,
    ) -> Committed:
        """One page, with the cursor if it is the last; all of it or, with an error, nothing."""
        try:
            with self._write() as conn:
                return pages.commit(conn, scope, page, at, accept_loss=accept_loss, swept=swept)
        except SourceEmptied as error:
            with self._write() as conn:
                pulls.lose(conn, scope, error.lost)
            raise

    def restart(self, scope: Scope) -> None:
        """The next page begins a new pull, whatever was under way; nothing is named yet."""
        with self._write() as conn:
            pulls.restart(conn, scope)

    def fail(self, scope: Scope, at: datetime, error: str, retry_at: datetime | None) -> None:
        """Record a failed attempt; the next page begins a new pull."""
        with self._write() as conn:
            pulls.fail(conn, scope, at, error, retry_at)

    def retire(self, source: str, names: Sequence[str]) -> None:
        """See `ItemStore.retire`: items of the others are invisible."""
        with self._write() as conn:
            pulls.retire(conn, source, names)

    def freshness(self) -> tuple[Freshness, ...]:
        """Of every scope pulled and not retired, sorted."""
        with self._read() as conn:
            return pulls.freshness(conn)

    def accounts(self) -> tuple[Account, ...]:
        """Every account the sources named, sorted by source and id."""
        with self._read() as conn:
            return snapshots.accounts_of(conn)

    def snapshot(self, as_of: datetime, known_by: datetime | None = None) -> Snapshot:
        """The model as it was at `as_of`; with `known_by` only from what was learned by then."""
        with self._read() as conn:
            return snapshots.load(conn, as_of, known_by)

    def instance(self) -> str:
        """Eight hex digits that tell this store, and its copies, from every other."""
        with self._read() as conn:
            return identity.read(conn)

    def alerts(self, *states: AlertState) -> tuple[Alert, ...]:
        """Alerts in the given states (all without), by number."""
        with self._read() as conn:
            return alerts.read(conn, states)

    def next_number(self) -> int:
        """Display number that the next new alert gets."""
        with self._read() as conn:
            return alerts.next_number(conn)

    def record(
        self,
        run: RunRecord | None,
        transitions: Sequence[Transition],
        messages: Sequence[Message],
        forecasts: Sequence[PastForecast] = (),
        judged: Collection[Scope] = (),
    ) -> None:
        """Everything a run decided, in one transaction; of one that is recorded only the exit code.

        Without a run only the messages are kept.
        """

        def keep(conn: Connection) -> None:
            if run is None:
                outbox.queue(conn, messages)
                return
            if alerts.is_recorded(conn, run.id):
                alerts.amend_run(conn, run)
                return
            alerts.advance(conn, run.id, transitions)
            outbox.queue(conn, messages)
            forecast_rows.keep(conn, forecasts, run.as_of)
            pulls.judge(conn, judged)
            alerts.record_run(conn, run)

        self._insist(keep)

    def history(self, *fingerprints: str) -> tuple[Transition, ...]:
        """All transitions of these alerts, those of each oldest first."""
        with self._read() as conn:
            return alerts.history(conn, fingerprints)

    def runs(self, limit: int, as_of: datetime | None = None) -> tuple[RunRecord, ...]:
        """The newest recorded passes, of all or of those that judged `as_of`, newest first."""
        with self._read() as conn:
            return alerts.recorded_runs(conn, limit, as_of)

    def due(self, now: datetime) -> tuple[Message, ...]:
        """Waiting messages whose time has come, per person in the order of their updates."""
        with self._read() as conn:
            return outbox.due(conn, now)

    def settle(self, message: Message) -> None:
        """Store the outcome of one try. Raises KeyError for a message that was never queued."""
        if not self._insist(lambda conn: outbox.settle(conn, message)):
            raise KeyError(message.message_id)

    def messages(self, *states: MessageState) -> tuple[Message, ...]:
        """Messages in the given states (all without), oldest first."""
        with self._read() as conn:
            return outbox.read(conn, states)

    def decide_link(self, decision: LinkDecision) -> None:
        """Remember what a person said of a suspected dependency."""
        with self._write() as conn:
            link_decisions.decide(conn, decision)

    def link_decisions(self) -> tuple[LinkDecision, ...]:
        """What people said of suspected dependencies, oldest first; one for each pair."""
        with self._read() as conn:
            return link_decisions.read(conn)

    def keep_act(self, act: Act) -> None:
        """Remember what a person did; nothing ever replaces it."""
        with self._write() as conn:
            acts.keep(conn, act)

    def acts(self) -> tuple[Act, ...]:
        """All that people did, in the order in which it was kept."""
        with self._read() as conn:
            return acts.read(conn)

    def take(self, taken: Taken | None, position: Position | None = None) -> bool:
        """One reply or link, with how far the mailbox was read; False if it was taken before."""
        with self._write() as conn:
            if position is not None:
                mailboxes.move(conn, position)
            if taken is None or not mailboxes.claim(conn, taken.key, taken.at):
                return False
            for act in taken.acts:
                acts.keep(conn, act)
            outbox.queue(conn, taken.messages)
            if taken.oddity is not None:
                mailboxes.count(conn, taken.oddity)
            return True

    def taken_at(self, key: str) -> datetime | None:
        """When a reply or link was acted on; None if it was not."""
        with self._read() as conn:
            return mailboxes.taken_at(conn, key)

    def mailbox(self, name: str) -> Mailbox:
        """How far a mailbox was read, and whether that works."""
        with self._read() as conn:
            return mailboxes.read(conn, name)

    def note_mailbox(self, name: str, at: datetime, error: str = "") -> None:
        """It was read to its end, or why not."""
        with self._write() as conn:
            if error:
                mailboxes.fail(conn, name, at, error)
            else:
                mailboxes.succeed(conn, name, at)

    def note_signer(self, signer: Signer) -> None:
        """It signs links now; the same again within an hour is nothing new."""
        with self._read() as conn:
            if signers.is_noted(conn, signer):
                return
        with self._write() as conn:
            signers.note(conn, signer)

    def signers(self) -> tuple[Signer, ...]:
        """Whose links may still be used, the newest first."""
        with self._read() as conn:
            return signers.read(conn)

    def oddities(self, since: date) -> tuple[Oddity, ...]:
        """What was odd about mails that came in, by day."""
        with self._read() as conn:
            return mailboxes.odd_since(conn, since)

    def size(self) -> int:
        """Bytes on disk; SQLite's write-ahead log not counted."""
        with self.database.plainly():
            return self.database.size()

    def check(self) -> None:
        """Read it as a whole; raises StoreDamaged naming the first trouble."""
        self.database.check()

    def backup(self, target: Path) -> None:
        """A whole copy, also while others write. Raises StoreError where `target` exists."""
        self.database.backup(target)
