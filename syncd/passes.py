"""What one pass over the store was: its reading, what followed, and its record."""

from __future__ import annotations

import gc
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd.alerts.avalanche import opens
from syncd.errors import DeliveryError, RuleError
from syncd.inbox.reading import InboxReport
from syncd.model.alerts import Message, Transition
from syncd.model.findings import Evaluation
from syncd.model.items import ItemKey, item_key
from syncd.model.runs import Declared, RuleRun, RunRecord
from syncd.model.snapshot import Freshness, Scope, Snapshot
from syncd.plugins import code_version
from syncd.pulling import SourceReport, exit_code
from syncd.reconciler.canonical import config_hash, snapshot_hash
from syncd.reconciler.view import View
from syncd.settings.workdays import calendar_data


@contextmanager
def uncollected() -> Iterator[None]:
    """A pass makes millions of objects and no circles: looking for some took a third of it.

    What is still held when it ends is looked through twice: let go of it before.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a pass saw of one rule besides its answers."""

    seconds: float
    clear: int
    """Subjects that it looked at and had nothing to say of, as far as that can be believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """A reading of the store: what was known, and what the rules say of it."""

    view: View
    """What the rules read."""
    snapshot: Snapshot
    evaluation: Evaluation
    freshness: tuple[Freshness, ...]
    measures: Mapping[str, Measure]
    """By rule id, of the rules that are on."""

    def let_go(self) -> Reconciled:
        """What is left of it once the pass is over: its view and its snapshot are empty."""
        self.view.forget()
        return replace(self, snapshot=Snapshot(as_of=self.snapshot.as_of))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """One whole cycle."""

    run: RunRecord
    sources: tuple[SourceReport, ...]
    reconciled: Reconciled
    transitions: tuple[Transition, ...]
    queued: tuple[Message, ...]
    delivered: tuple[Message, ...]
    held: int = 0
    """Alerts that did not open because so many would have."""
    troubles: tuple[DeliveryError, ...] = ()
    """Why messages were not accepted; those that may be later are tried again by themselves."""
    inbox: InboxReport | None = None
    """What people replied; None where no inbox is read."""

    @property
    def exit_code(self) -> int:
        """As `syncd help exit-codes` says."""
        codes = {self.run.exit_code, *(trouble.exit_code for trouble in self.troubles)}
        if self.inbox is not None and self.inbox.failure is not None:
            codes.add(self.inbox.failure.exit_code)
        return next((code for code in (4, 1, 7, 3) if code in codes), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What follows from a reading: transitions to record, mails to queue, mails to withdraw."""

    transitions: tuple[Transition, ...]
    queued: tuple[Message, ...]
    withdrawn: tuple[Message, ...]
    held: int = 0
    """Alerts that do not open because so many would."""
    judged: frozenset[Scope] = frozenset()
    """Scopes that it was the first to look at."""
    too_early: frozenset[str] = frozenset()
    """Fingerprints of what it could not judge yet for want of history."""
    declared: tuple[Declared, ...] = ()
    """By what the next pass knows deliverables again."""
    proposed: tuple[Message, ...] = ()
    """Notes on items by writers that only show (`dry_run`); neither recorded nor written."""


class Elapsed:
    """The id of a pass, and the present, told from its start by the monotonic clock."""

    def __init__(self, began: datetime) -> None:
        self.id = uuid.uuid4().hex[:12]
        self.began, self._monotonic = began, time.monotonic()

    def now(self) -> datetime:
        """Aware UTC; only this counter's own start was read from the clock."""
        return self.began + timedelta(seconds=time.monotonic() - self._monotonic)


class Meter:
    """Measures each rule by the monotonic clock, and counts what it passes over."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.measures: dict[str, Measure] = {}
        """By rule id."""

    @contextmanager
    def __call__(self, rule: str) -> Iterator[None]:
        """Around the rule that is measured."""
        passed: set[ItemKey | str] = set()
        self._view.passed = passed
        began = time.monotonic()
        try:
            yield
        finally:
            seconds, self._view.passed = time.monotonic() - began, None
            clear = sum(map(self._is_fresh, passed)) if self._view.stale else len(passed)
            self.measures[rule] = Measure(seconds=seconds, clear=clear)

    def _is_fresh(self, about: ItemKey | str) -> bool:
        """Whether silence can be believed while a source is stale; what spans several can't."""
        key = item_key(str(about).removeprefix("deliverable:"))
        if key is None:
            return str(about).startswith("source:")
        return self._view.scope(key) not in self._view.stale


def record_of(
    sources: Iterable[SourceReport], reconciled: Reconciled, decision: Decision, clock: Elapsed
) -> RunRecord:
    """The record of a pass that ends now, with the exit code that it has earned."""
    failed = reconciled.evaluation.failures
    return RunRecord(
        id=clock.id,
        started_at=clock.began,
        ended_at=clock.now(),
        as_of=reconciled.evaluation.as_of,
        snapshot_hash=snapshot_hash(reconciled.snapshot),
        config_hash=config_hash(reconciled.view.config),
        calendar_data=calendar_data(),
        code_version=code_version(),
        findings=len(reconciled.evaluation.findings),
        transitions=len(decision.transitions),
        opened=sum(map(opens, decision.transitions)),
        exit_code=exit_code(tuple(sources)) or (RuleError.exit_code if failed else 0),
        rules=_rule_runs(reconciled),
        too_early=decision.too_early,
        declared=decision.declared,
    )


def _rule_runs(reconciled: Reconciled) -> tuple[RuleRun, ...]:
    firing = Counter(one.rule for one in reconciled.evaluation.findings)
    unknown = Counter(one.rule for one in reconciled.evaluation.unknown)
    return tuple(
        RuleRun(
            rule=rule,
            firing=firing[rule],
            clear=measure.clear,
            unknown=unknown[rule],
            seconds=measure.seconds,
        )
        for rule, measure in sorted(reconciled.measures.items())
    )
