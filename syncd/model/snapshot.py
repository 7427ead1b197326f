"""All that is known at one moment, and how old it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from syncd.model.forecasts import PastForecast
from syncd.model.history import Change
from syncd.model.items import Account, CalendarEvent, Issue, Item, ItemKey, Milestone, PullRequest
from syncd.model.links import Link


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """One part of a source with a cursor of its own: a project, a repository, a calendar."""

    source: str
    name: str

    def __str__(self) -> str:
        return f"{self.source}:{self.name}"

    @classmethod
    def parse(cls, text: str) -> Scope:
        """Read back what `str(scope)` wrote."""
        return cls(*text.split(":", 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How far the data of one scope can be believed."""

    scope: Scope
    succeeded_at: datetime | None = None
    """End of the last proven, complete pull."""
    attempted_at: datetime | None = None
    failing_since: datetime | None = None
    """Start of the current outage; None while the last attempt was a success."""
    error: str = ""
    """Why the last attempt failed, as a sentence for people."""
    retry_at: datetime | None = None
    """The provider asked not to be read before this."""
    items: int = 0
    problems: int = 0
    """Malformed items kept aside."""
    listed_at: datetime | None = None
    """End of the last complete listing or sweep: until then deletions would have been noticed."""
    is_cut_off: bool = False
    """The newest pull did not end and left a bookmark."""
    missing_since: datetime | None = None
    """When the first of the items that a listing did not name was missed; None = all were named."""
    lost: int = 0
    """Items that its newest listing lacked, too many to be believed; 0 = it is believed."""
    is_new: bool = False
    """No pass has judged it since it is configured, or configured again."""

    def is_stale(self, as_of: datetime, interval: timedelta) -> bool:
        """Never read, failing now, or older than three sync intervals (`reconciler.md` §B)."""
        if self.succeeded_at is None or self.failing_since is not None:
            return True
        return as_of - self.succeeded_at > 3 * interval


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The whole model at `as_of`; every tuple is sorted by key, so equal snapshots are equal bytes.

    Items that the provider declared deleted are absent. Items merely not visible any more are
    listed in `invisible`: no rule may conclude anything from them or from their absence.
    """

    as_of: datetime
    issues: tuple[Issue, ...] = ()
    pull_requests: tuple[PullRequest, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    events: tuple[CalendarEvent, ...] = ()
    links: tuple[Link, ...] = ()
    changes: tuple[Change, ...] = ()
    """Sorted by (item, at, native_id); only those with `at` ≤ as_of."""
    accounts: tuple[Account, ...] = ()
    freshness: tuple[Freshness, ...] = ()
    invisible: frozenset[ItemKey] = frozenset()
    retired: frozenset[Scope] = frozenset()
    """Scopes that are configured no more; their items are kept, and invisible."""
    first_seen: Mapping[ItemKey, datetime] = field(default_factory=dict)
    """When syncd itself first held the item."""
    skews: Mapping[str, int] = field(default_factory=dict)
    """Source → seconds by which its provider's clock was ahead of ours when it was last heard."""
    forecasts: tuple[PastForecast, ...] = ()
    """Kept ones that were made by `as_of`, oldest first; `done_on` only where that day
    has come in the first zone to wake; a view knows its own."""

    @property
    def items(self) -> Iterator[Item]:
        """All of all kinds."""
        return chain(self.issues, self.pull_requests, self.milestones, self.events)

    def joined(self) -> frozenset[Scope]:
        """Scopes that were read whole, and that no pass has judged yet."""
        return frozenset(one.scope for one in self.freshness if one.is_new and one.succeeded_at)
