"""The one file that knows how to wire the rooms: composition root and the whole pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from syncd.errors import SyncdError
from syncd.interfaces import Check, RunRecord, Store
from syncd.model.alerts import Message, Transition
from syncd.model.findings import Evaluation
from syncd.model.snapshot import Freshness, Snapshot
from syncd.settings import Settings


class Progress(Protocol):
    """Hears how far the pulls are; called from the thread of the source."""

    def started(self, source: str) -> None:
        """A source is about to be read."""
        ...

    def advanced(self, source: str, items: int, expected: int | None) -> None:
        """`items` more were stored; `expected` is the estimate for the whole source."""
        ...

    def finished(self, source: str, changed: int, failure: SyncdError | None) -> None:
        """The source was read to its end, or failed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """What one pull of one source did."""

    source: str
    items: int
    changed: int
    problems: int
    failures: tuple[SyncdError, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """A reading of the store: what was known, and what the rules say of it."""

    snapshot: Snapshot
    evaluation: Evaluation
    freshness: tuple[Freshness, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """One whole cycle."""

    run: RunRecord
    sources: tuple[SourceReport, ...]
    reconciled: Reconciled
    transitions: tuple[Transition, ...]
    queued: tuple[Message, ...]
    delivered: tuple[Message, ...]
    failures: tuple[SyncdError, ...] = ()

    @property
    def exit_code(self) -> int:
        """As `syncd help exit-codes` says."""
        return self.run.exit_code


class App:
    """syncd, wired from one configuration. Use as a context manager; it owns the store."""

    settings: Settings
    store: Store

    def __init__(self, settings: Settings, *, read_only: bool = False) -> None:
        """Open the store and look up the plug-ins; contacts no source.

        `read_only` takes no lock (for `status`, `alerts`, `reconcile --offline`). Raises
        ConfigError, StoreError.
        """
        raise NotImplementedError

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the store and every connector."""

    def pull(
        self, names: Sequence[str], as_of: datetime, *, full: bool = False, progress: Progress
    ) -> tuple[SourceReport, ...]:
        """Read the named sources (all if empty) into the store. One source's trouble stops no other."""
        raise NotImplementedError

    def reconcile(self, as_of: datetime, *, assume_fresh: bool = False) -> Reconciled:
        """Evaluate the store as it was at `as_of`; writes and sends nothing.

        `assume_fresh` judges from what is held, however old (`--offline`, `--as-of`).
        """
        raise NotImplementedError

    def run_once(self, as_of: datetime, *, progress: Progress, send: bool = True) -> RunReport:
        """Pull, reconcile, record transitions with their mails, deliver what is due."""
        raise NotImplementedError

    def preview(self, as_of: datetime) -> tuple[Message, ...]:
        """What a run would queue now, without recording it, and what already waits."""
        raise NotImplementedError

    def deliver(self, now: datetime) -> tuple[Message, ...]:
        """Send what is due from the outbox; gives each message with its outcome."""
        raise NotImplementedError

    def check(self, names: Sequence[str]) -> Iterator[tuple[str, Check]]:
        """(section, check) lines of `syncd doctor` for sources, mail and store."""
        raise NotImplementedError
