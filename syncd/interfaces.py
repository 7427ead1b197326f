"""The seams on one page: Connector, Notifier and the faces of the Store.

A plug-in declares `interface = INTERFACE`; another number is refused when it is loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from syncd.answer_seams import AnswerStore
from syncd.model.acts import Act
from syncd.model.alerts import Alert, AlertState, Message, MessageState, Notification, Transition
from syncd.model.forecasts import PastForecast
from syncd.model.history import Change
from syncd.model.items import Account, Item, ItemKey, MilestoneKind
from syncd.model.links import Link, LinkDecision
from syncd.model.people import Person
from syncd.model.runs import RunRecord
from syncd.model.snapshot import Freshness, Scope, Snapshot

INTERFACE = 1


class Mark(StrEnum):
    """Outcome of one check. A note is worth knowing, and proves neither good nor bad."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of `syncd doctor`; `fix` is the command or setting that mends it."""

    mark: Mark
    text: str
    fix: str = ""
    exit_code: int = 0
    """What a FAILED check means for the exit code: 4 a credential or right, 3 otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """An item that could not be read and was kept aside."""

    native_id: str
    """Id or ref of the item; "" where its row does not tell, and absence then proves nothing."""
    reason: str
    """For people; holds no secret and no more than 200 characters of the item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One committed batch of a scope. Items, changes and links may come again, late, in any order.

    `links` are complete for every `near` item on the page: stored links of those items that are
    not here are gone (an item with no link is covered by being in `items`).
    """

    items: tuple[Item, ...] = ()
    changes: tuple[Change, ...] = ()
    links: tuple[Link, ...] = ()
    accounts: tuple[Account, ...] = ()
    gone: tuple[ItemKey, ...] = ()
    """Declared deleted by the provider itself, never guessed."""
    seen: tuple[ItemKey, ...] = ()
    """Named by the provider as still there, without their content."""
    hidden: tuple[ItemKey, ...] = ()
    """Refused to us by the provider: frozen as not visible, never taken for deleted."""
    problems: tuple[Problem, ...] = ()
    reread: bool = False
    """All is read again, maybe in another way: of what differs untold, nobody changed an issue."""
    last: bool = False
    """Nothing follows: the scope was read to its end and the answer is proven."""
    cursor: str | None = None
    """Opaque position that covers all pages so far; only on the last page."""
    bookmark: str | None = None
    """Opaque position inside this pull that covers its pages so far. A pull that was cut off goes
    on from there: `pull(scope, bookmark)`. It moves no cursor."""
    listing: bool = False
    """On the last page: this pull named every item of the scope, so absence means something."""
    unlisted: tuple[MilestoneKind, ...] = ()
    """On the last page of a listing: kinds of milestones that only a sweep can tell to be gone."""
    expected: int | None = None
    """Estimate of how many items the pull will bring, for progress only."""


@runtime_checkable
class Connector(Protocol):
    """Reads one configured source. Built as `Class(name, settings)`; one instance per thread.

    `Class.Settings` is the pydantic model of its `[sources.NAME]` section (without `kind`).
    Methods raise `SourceError` classes only, with `source` and `scope` set. With
    `names_all_scopes = False` it says that `scopes` may lack some: none is given up then; with
    `reads_as(scope, cursor)` whether it reads as before that cursor, where it sets `Page.reread`.
    """

    interface: int

    def scopes(self) -> Sequence[str]:
        """Names of the parts to pull, in order; may read the source to find them."""
        ...

    def check(self) -> Iterator[Check]:
        """Reachable, signed in, what can be read, what is missing and how to mend it."""
        ...

    def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
        """Changes of a scope since `cursor`; None = everything. Ends with a `last` page.

        `cursor` is that of an earlier last page, or the bookmark of a pull that was cut off.
        Raises `CursorExpired` when the position is too old, then the caller pulls with None.
        """
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


@runtime_checkable
class Forking(Protocol):
    """What a connector also is when several threads may read its source, a scope each."""

    def fork(self) -> Connector:
        """Another reader for another thread: own connections, the same knowledge of the source."""
        ...


@runtime_checkable
class Sweeping(Protocol):
    """What a connector also is when it can tell cheaply which items are still there."""

    def sweep(self, scope: str, held: Mapping[ItemKey, str]) -> Iterator[Page]:
        """What became of the `held` items of a scope (key → ref), without reading them all anew.

        Every key is named by `seen`, `gone`, `hidden` or in `items` of some page, or the provider
        did not list it. No page is `last` or has a cursor. When it ends without an error, the scope
        was listed whole. Called after `pull` of the same scope, in the same thread.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a provider lets one credential ask for, as its newest answer told."""

    remaining: int
    limit: int
    reset_at: datetime | None = None
    """When it is whole again, aware UTC; None where the provider does not tell."""

    @property
    def is_low(self) -> bool:
        """Less than a tenth is left: that is for people, not for the schedule (P31)."""
        return self.remaining * 10 < self.limit


class Clock(Protocol):
    """A provider's clock and budget, as its answers told them."""

    @property
    def requests(self) -> int:
        """Answers so far."""
        ...

    @property
    def budget(self) -> Budget | None:
        """None where the provider tells none."""
        ...

    def skew(self, now: datetime, monotonic: float) -> float | None:
        """Seconds by which it is ahead of ours; None before any answer.

        `now` (aware) and `monotonic` are read by the caller at the same moment.
        """
        ...


@runtime_checkable
class Clocked(Protocol):
    """What a connector also is when it heard the provider's clock; `doctor` compares it to ours."""

    @property
    def meter(self) -> Clock:
        """Fed by every answer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The finished bytes of one notification and the id they carry."""

    message_id: str
    subject: str
    body: bytes
    fallback: bytes = b""
    recipient: str = ""
    """Where it goes, as people call it; "" = to the person's mail address."""


@runtime_checkable
class Notifier(Protocol):
    """Sends notifications one way. Built as `Class(name, settings)`; `Class.Settings` as above."""

    interface: int

    def check(self) -> Iterator[Check]:
        """Reachable and signed in; sends nothing."""
        ...

    def render(self, notification: Notification, person: Person) -> Rendered:
        """The final bytes, made once when the message is queued. Pure: no clock, no network."""
        ...

    def send(self, message: Message) -> None:
        """Returns when the other side has accepted the message; else raises `DeliveryError`."""
        ...

    def close(self) -> None:
        """Give back connections."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What one page did to the store."""

    items: int
    changed: int
    problems: int


class ItemStore(Protocol):
    """The face that pulls and reconciling see."""

    def cursor(self, scope: Scope, *, whole: bool = False) -> str | None:
        """Bookmark of a pull that was cut off (not if `whole`), else where the last ended."""

    def held(self, scope: Scope) -> dict[ItemKey, str]:
        """Key and ref of every item of the scope that is not gone, for a sweep."""

    def note_budget(self, source: str, budget: Budget, at: datetime) -> None:
        """Keep what is left of a source's rate budget, for `status` and the next run."""
        ...

    def budgets(self) -> dict[str, tuple[Budget, datetime]]:
        """Source → its newest budget and when that was noted."""
        ...

    def note_skew(self, source: str, seconds: int, at: datetime) -> None:
        """Keep by how much a provider's clock is ahead of ours, for snapshots."""
        ...

    def problems(self) -> dict[Scope, tuple[Problem, ...]]:
        """Items kept aside, with their reasons, sorted by id."""

    def strays(self) -> dict[Scope, int]:
        """Where issues were moved that no scope reads, and how many are there."""

    def commit(
        self,
        scope: Scope,
        page: Page,
        at: datetime,
        *,
        accept_loss: bool = False,
        swept: bool = False,
    ) -> Committed:
        """Page and cursor in one transaction. On a last page the scope counts as fresh at `at`.

        Raises `SourceEmptied` (nothing is deleted) when a complete listing lost > 30 % of the open
        items; `accept_loss` believes it. `swept`: listed by ids, without what is kept aside.
        """
        ...

    def restart(self, scope: Scope) -> None:
        """The next page begins a new pull, whatever was under way; nothing is named yet."""
        ...

    def fail(self, scope: Scope, at: datetime, error: str, retry_at: datetime | None) -> None:
        """Record a failed attempt: cursor and items stay, the scope is stale from now."""
        ...

    def retire(self, source: str, names: Sequence[str]) -> None:
        """Keep only these scopes of a source in freshness and snapshots, new ones as never read.

        Items of the others are invisible, not gone: they stay until they are configured again.
        """
        ...

    def freshness(self) -> tuple[Freshness, ...]:
        """Of every scope pulled and not retired, sorted."""
        ...

    def accounts(self) -> tuple[Account, ...]:
        """Every account the sources named, sorted by source and id."""
        ...

    def snapshot(self, as_of: datetime, known_by: datetime | None = None) -> Snapshot:
        """The model as it was at `as_of`; with `known_by` only from what was learned by then."""
        ...


class AlertStore(Protocol):
    """The face that the life of alerts sees."""

    def instance(self) -> str:
        """Eight hex digits that tell this store, and its copies, from every other."""
        ...

    def alerts(self, *states: AlertState) -> tuple[Alert, ...]:
        """Alerts in the given states (all without), by number."""
        ...

    def next_number(self) -> int:
        """Display number that the next new alert gets."""
        ...

    def record(
        self,
        run: RunRecord | None,
        transitions: Sequence[Transition],
        messages: Sequence[Message],
        forecasts: Sequence[PastForecast] = (),
        judged: Collection[Scope] = (),
    ) -> None:
        """Transitions, alert states, outbox rows, forecasts and the run in one transaction.

        A message held already gets its new state and error (superseded), a forecast its outcome;
        `judged` scopes are new no more. Without a run only messages count, of a known one its code.
        """
        ...

    def history(self, *fingerprints: str) -> tuple[Transition, ...]:
        """All transitions of these alerts, those of each oldest first."""
        ...

    def runs(self, limit: int, as_of: datetime | None = None) -> tuple[RunRecord, ...]:
        """The newest recorded passes, of all or of those that judged `as_of`, newest first."""
        ...


class DecisionStore(Protocol):
    """The face that what people decided sees."""

    def decide_link(self, decision: LinkDecision) -> None:
        """Remember what a person said of a suspected dependency: the last word on the pair."""
        ...

    def link_decisions(self) -> tuple[LinkDecision, ...]:
        """What people said of suspected dependencies, oldest first; one for each pair."""
        ...

    def keep_act(self, act: Act) -> None:
        """Remember what a person did; nothing ever replaces it."""
        ...

    def acts(self) -> tuple[Act, ...]:
        """All that people did, in the order in which it was kept."""
        ...


class OutboxStore(Protocol):
    """The face that delivery sees."""

    def due(self, now: datetime) -> tuple[Message, ...]:
        """Waiting messages whose time has come, per person in the order of their updates."""
        ...

    def settle(self, message: Message) -> None:
        """Store the outcome of one try (state, attempts, send_after, error), in its own commit."""
        ...

    def messages(self, *states: MessageState) -> tuple[Message, ...]:
        """Messages in the given states (all without), oldest first."""
        ...


class Store(ItemStore, AlertStore, DecisionStore, AnswerStore, OutboxStore, Protocol):
    """All faces of one store."""

    def check(self) -> None:
        """Read all of it. Raises StoreError naming the first trouble."""
        ...

    def size(self) -> int:
        """Bytes on disk."""
        ...

    def close(self) -> None:
        """Release files, connections and locks."""
        ...
