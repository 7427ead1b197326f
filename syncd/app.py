"""The one file that knows how to wire the rooms: composition root and the whole pass."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, cached_property, partial
from typing import Self

from syncd import plugins
from syncd.addressing import audiences_of, config_of, desk_of, limits_of, withheld
from syncd.alerts.answers import Answers
from syncd.alerts.delivery import deliver, queue
from syncd.alerts.ending import Ends
from syncd.alerts.explaining import Told
from syncd.alerts.withholding import Choice, Withheld, fell_due
from syncd.backtesting import Past, Replay
from syncd.briefing.due import expired
from syncd.briefing.material import Material
from syncd.checking import notes_check, sections, store_check
from syncd.credentials import expiring
from syncd.deciding import decide, life
from syncd.errors import ConfigError, DeliveryError, Stopped
from syncd.inbox.reading import InboxReport
from syncd.interfaces import Check, Notifier, Store
from syncd.logs import of_run
from syncd.mailroom import Mailroom
from syncd.model.alerts import Message, Notification, Transition
from syncd.model.people import Person
from syncd.passes import (
    Decision,
    Elapsed,
    Meter,
    Reconciled,
    RunReport,
    record_of,
    uncollected,
)
from syncd.preparing import prepare
from syncd.pulling import Progress, Source, SourceReport, pull
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.engine import foreseen, judge
from syncd.reconciler.view import View
from syncd.remarking import with_notes
from syncd.report.contents import Audience, Block, Report
from syncd.reporting import report
from syncd.settings import Settings
from syncd.settings.timetable import due, is_full_due
from syncd.sources import all_configured, built
from syncd.store import open_store
from syncd.tally import MAILS, RESULTS
from syncd.turns import Turns
from syncd.ways import configured_ways

log = logging.getLogger(__name__)

__all__ = ["App", "Progress", "Reconciled", "RunReport", "SourceReport"]


def _log_failure(trouble: DeliveryError) -> None:
    """What becomes of a message that is not accepted outside a run: a line in the log."""
    log.warning("delivery.refused error=%s", trouble)


class App:
    """syncd, wired from one configuration. Use as a context manager; it owns the store's handle.

    `stop`, once set, ends a cycle at the next page or mail. `batches` is set by whoever delivers
    every few seconds: then what leaves at once may wait for more of it.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        now: datetime,
        own: bool = False,
        part: str = "",
        read_only: bool = False,
    ) -> None:
        """Open the store and look up the plug-ins; contacts no source.

        `own` takes the store's lock for as long as the App lives (`run`, `sync`, `serve`), or that
        of a `part` beside others; `read_only` writes nothing. Raises ConfigError, StoreError.
        """
        self.stop, self._turns = threading.Event(), Turns()
        self.batches = False
        self.settings, self.rules = settings, plugins.rules()
        self._read_only = read_only
        self.store: Store = open_store(
            settings.store_url, now=now, own=own, part=part, read_only=read_only
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the store and every notifier."""
        self._dismiss()
        self.store.close()

    def reload(self, settings: Settings) -> None:
        """Go on with another configuration. Raises ConfigError, and then nothing changed."""
        for name, before, after in (
            ("store.url", self.settings.store_url, settings.store_url),
            ("[serve]", self.settings.serve, settings.serve),
        ):
            if before != after:
                raise ConfigError(
                    f"{name} changed, which a reload cannot follow",
                    hint="to use it: systemctl restart syncd",
                )
        fresh = (settings, plugins.rules(), all_configured(settings), configured_ways(settings))
        mailroom = Mailroom(settings, self.store)
        mailroom.prepare(fresh[3].values())
        with self._turns.first():
            self._dismiss()
            self.settings, self.rules, self.sources, self.notifiers = fresh
            self.mailroom = mailroom

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """What is read; made when first needed, since it imports the providers' libraries."""
        return all_configured(self.settings)

    @cached_property
    def notifiers(self) -> dict[str, Notifier]:
        """By name; made when first needed."""
        found = configured_ways(self.settings)
        self.mailroom.prepare(found.values())
        return found

    @cached_property
    def mailroom(self) -> Mailroom:
        """What takes answers; made when first needed."""
        return Mailroom(self.settings, self.store, read_only=self._read_only)

    def read_inbox(self, now: datetime, *, when_due: bool = False) -> InboxReport | None:
        """Take in what people replied; None where there is no inbox, or it is too early for it."""
        with self._turns.last():
            return self.mailroom.read(now, self._gives_way, when_due=when_due)

    def _gives_way(self) -> bool:
        return self.stop.is_set() or self._turns.is_asked

    def _dismiss(self) -> None:
        for notifier in self.__dict__.get("notifiers", {}).values():
            notifier.close()

    def pull(
        self,
        names: Sequence[str],
        as_of: datetime,
        *,
        progress: Progress,
        full: bool = False,
        accept_loss: bool = False,
        background: bool = False,
    ) -> tuple[SourceReport, ...]:
        """Read the named sources (all if empty) into the store; one's trouble stops no other.

        `background` leaves the last tenth of a rate budget to people. Raises ConfigError for a
        name that is not configured.
        """
        unknown = sorted(set(names) - {source.name for source in self.sources})
        if unknown:
            known = ", ".join(source.name for source in self.sources) or "none"
            raise ConfigError(f'there is no source "{unknown[0]}"; configured: {known}')
        chosen = [source for source in self.sources if not names or source.name in names]
        for gone in {fresh.scope.source for fresh in self.store.freshness()}:
            if gone not in self.settings.sources:
                self.store.retire(gone, ())
        return pull(
            chosen,
            self.store,
            as_of,
            progress=progress,
            full=full,
            accept_loss=accept_loss,
            background=background,
            stop=self.stop,
        )

    def reconcile(self, as_of: datetime, *, assume_fresh: bool = False) -> Reconciled:
        """Evaluate the store as it was at `as_of`; writes and sends nothing.

        `assume_fresh` judges from what is held, however old (`--offline`, `--as-of`).
        """
        with uncollected():
            view = self.view(as_of, assume_fresh=assume_fresh)
            meter = Meter(view)
            evaluation = judge(view, self.rules, assume_fresh=assume_fresh, timed=meter)
        return Reconciled(
            view=view,
            snapshot=view.snapshot,
            evaluation=evaluation,
            freshness=self.store.freshness(),
            measures=meter.measures,
        )

    def view(
        self, as_of: datetime, *, known_by: datetime | None = None, assume_fresh: bool = True
    ) -> View:
        """What was held at `as_of`, joined as the rules see it, however old.

        With `known_by` only what was learned by then.
        """
        config = self.config(as_of)
        with uncollected():
            snapshot = self.store.snapshot(as_of, known_by)
            return View(snapshot, config, assume_fresh=assume_fresh, estimates=foreseen)

    def report(
        self,
        as_of: datetime,
        *,
        audience: Audience = Audience.TEAM,
        zone: str = "",
        program: str = "",
        blocks: Iterable[Block] = tuple(Block),
        reader: str = "",
    ) -> Report:
        """The whole picture from what is held; of the only program where none is named."""
        only = list(self.settings.programs)[:1] if len(self.settings.programs) == 1 else []
        view = self.view(as_of)
        sight = audiences_of(self.settings, view.config.people)
        return report(
            view, self.rules, self.store, audience=audience, reader=reader,
            audiences=sight, zone=zone or self.settings.timezone,
            program=program or "".join(only), blocks=blocks,
        )  # fmt: skip

    def replay(self, *, known: bool = False) -> Replay:
        """A service that lives past days of the store; writes and sends nothing.

        `known`: each day from what syncd had learned by then, not from all that had happened.
        """
        snapshot = self.store.snapshot
        return Replay(
            Past(
                snapshot=(lambda day: snapshot(day, day)) if known else snapshot,
                config=self.config,
                rules=self.rules,
                adopt=self.settings.alerts.adoption,
                limits=limits_of(self.settings, ()),
            )
        )

    def run_once(
        self, as_of: datetime, *, progress: Progress, only_due: bool = False, posted: bool = False
    ) -> RunReport:
        """Pull, reconcile, record transitions together with their mails, deliver what is due.

        `only_due` leaves out sources whose time has not come; `posted`: another thread delivers
        and reads the inbox. Raises Stopped when `stop` was set on the way.
        """
        clock = Elapsed(as_of)
        with of_run(clock.id):
            sources = self._pull_due(as_of, progress, only_due=only_due)
            return self.conclude(clock, sources, posted=posted)

    def conclude(
        self, clock: Elapsed, sources: tuple[SourceReport, ...], *, posted: bool = False
    ) -> RunReport:
        """The rest of a pass, once the sources are read. Raises Stopped as `run_once`."""
        self._check_stop()
        inbox = None if posted else self.read_inbox(clock.now())
        self._check_stop()
        self.mailroom.note_key(clock.began)
        troubles: list[DeliveryError] = []
        self.tell(partial(expiring, sources), clock.began)
        # Before deciding: what a killed run left in doubt must be told before its end can be.
        past = None if self.batches else fell_due(self.store.runs(1))
        send = partial(self.deliver, on_failure=troubles.append)
        delivered = () if posted else send(clock.now(), only=past)
        with uncollected():
            reconciled = self.reconcile(clock.began)
            with self._turns.first():
                decision = self.decide(reconciled)
                self._check_stop()
                run = record_of(sources, reconciled, decision, clock)
                messages = [*decision.queued, *decision.withdrawn]
                kept = reconciled.evaluation.forecasts
                self.store.record(run, decision.transitions, messages, kept, decision.judged)
            reconciled = reconciled.let_go()
        if not posted:
            delivered += send(clock.now())
        done = RunReport(
            run=run, sources=sources, reconciled=reconciled, transitions=decision.transitions,
            queued=decision.queued, held=decision.held, delivered=delivered,
            troubles=tuple(troubles), inbox=inbox,
        )  # fmt: skip
        if done.exit_code != run.exit_code:
            self.store.record(replace(run, exit_code=done.exit_code), (), ())
        return done

    def _pull_due(
        self, as_of: datetime, progress: Progress, *, only_due: bool
    ) -> tuple[SourceReport, ...]:
        runs = self.store.runs(1)
        full = is_full_due(self.settings, runs[0].as_of if runs else None, as_of)
        is_whole = full or not only_due
        names = () if is_whole else due(self.settings, self.store.freshness(), as_of)
        if is_whole or names:
            return self.pull(names, as_of, progress=progress, full=full, background=True)
        return ()

    def decide(self, reconciled: Reconciled) -> Decision:
        """What a run would record and queue for this reading; writes nothing."""
        made = decide(reconciled, self.store, self.settings, self.notifiers, batches=self.batches)
        sight = audiences_of(self.settings, reconciled.view.config.people)
        return with_notes(made, reconciled, self.store, self.notifiers, audiences=sight)

    def explain(self, as_of: datetime, transition: Transition) -> tuple[Told, ...]:
        """Who would hear of this news now, by which line and when, and who would not; and why."""
        known = self.store, self.config(as_of), self.settings, self.notifiers
        return desk_of(*known, as_of).explain(transition)

    def prepare(self, as_of: datetime) -> Material:
        """What briefs are made of, from what is held, however old; writes nothing."""
        reading, acts = self.reconcile(as_of, assume_fresh=True), self.store.acts()
        transitions, _ = life(reading, self.store, self.settings, acts, self.store.alerts())
        return prepare(reading, self.store, self.settings, transitions, acts=acts, recorded=False)

    def queue(self, notices: Sequence[Notification], now: datetime) -> tuple[Message, ...]:
        """Keep what a person asks for in the outbox, outside a run; gives what was queued."""
        queued = queue(notices, self.config(now).people, self.notifiers, now)
        self.store.record(None, (), queued)
        return queued

    def tell(
        self, make: Callable[[Sequence[Person], datetime], Sequence[Notification]], now: datetime
    ) -> None:
        """Queue what operators are to hear besides alerts; what the outbox has already stays."""
        people = self.settings.reachable()
        if notices := make(people, now):
            stored = {message.message_id for message in self.store.messages()}
            fresh = queue(notices, people, self.notifiers, now, stored=stored)
            self.store.record(None, (), fresh)

    def deliver(
        self,
        now: datetime,
        *,
        on_failure: Callable[[DeliveryError], None] = _log_failure,
        only: Choice | None = None,
    ) -> tuple[Message, ...]:
        """Send what is due from the outbox; gives each message that was tried, with its outcome.

        What its reader may not see any more is left for the next pass to make anew.
        """
        self._check_stop()
        ends = cache(partial(self._ends, now))
        with self._turns.last():
            outcomes = deliver(
                Withheld(self.store, withheld(self.store, self.settings), only),
                self.notifiers,
                now,
                on_failure=on_failure,
                should_stop=self._gives_way,
                ended=lambda message: expired(message, now) or ends().of(message),
            )
        for one in outcomes:
            MAILS.add(one.reason, RESULTS[one.state])
        return outcomes

    def _ends(self, now: datetime) -> Ends:
        config, store = self.config(now), self.store
        answers = Answers(store.acts(), now, config.calendar)
        return Ends(config.people, store.alerts(), answers, now, self.settings.writers)

    def check(
        self, names: Sequence[str], clock: Callable[[], datetime]
    ) -> Iterator[tuple[str, Check]]:
        """(section, check) of sources with what writes on them, notifiers, `OTHERS`; or some."""
        others = {
            "inbox": self.mailroom.check,
            "links": lambda: self.mailroom.check_key(clock()),
            "store": lambda: store_check(self.store, self.settings, clock()),
            "notes": lambda: notes_check(self.store),
        }
        settings = self.settings
        builds = {name: partial(built, settings, name) for name in sorted(settings.sources)}
        known = builds, lambda: self.notifiers, others, names, settings.written_by
        yield from sections(*known, clock=clock)

    def config(self, as_of: datetime) -> ReconcilerConfig:
        """What the reconciler is told besides the data, as decided by then."""
        return config_of(self.settings, self.store, as_of)

    def _check_stop(self) -> None:
        if self.stop.is_set():
            raise Stopped("asked to stop; what was read is kept, the rest is the next run's")
