"""The snapshot resolved: teams, targets, deliverables and dependencies, as the rules read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Fact
from syncd.model.history import Change
from syncd.model.items import CalendarEvent, DateClaim, Issue, Item, ItemKey, Milestone, PullRequest
from syncd.model.snapshot import Scope, Snapshot
from syncd.reconciler.config import ReconcilerConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamOf:
    """Whose an item is: `team` is a team id or None (unassigned), with why and how sure."""

    team: str | None
    reason: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The date an item or deliverable is meant to be done, and whose word that is."""

    claim: DateClaim
    via: ItemKey | None = None
    """Item whose claim is inherited (version, sprint, epic); None = its own."""
    authority: str = ""
    """Entry of `ReconcilerConfig.authority` for a deliverable's target."""

    @property
    def day(self) -> date:
        """Last day of the claimed interval: what "late" is measured against."""
        return self.claim.hi


class Gating(StrEnum):
    """What a dependency holds up (`reconciler.md` §C1)."""

    FINISH_START = "FS"
    FINISH_FINISH = "FF"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """An edge: `dependant` waits for `prerequisite`."""

    prerequisite: ItemKey
    dependant: ItemKey
    gating: Gating
    confidence: float
    explicit: bool
    facts: tuple[Fact, ...] = ()
    link_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation:
    """A pull request that implements an issue."""

    pull_request: ItemKey
    issue: ItemKey
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable:
    """The unit a TPM commits to (`reconciler.md` §A2)."""

    id: str
    """Of the configuration, else `str(key)` of what it was found from."""
    name: str
    tier: str
    bound: tuple[ItemKey, ...]
    """Versions, GitHub milestones, epics and events that are this one thing."""
    members: tuple[ItemKey, ...]
    """Issues, each once, at the deepest level with open work."""
    claims: tuple[tuple[str, DateClaim], ...]
    """(authority, claim) of every bound source, highest authority first."""
    target: Target | None
    baseline: date | None
    provisional: bool
    """No baseline was ever set: it is the first date seen."""
    gates: tuple[ItemKey, ...] = ()
    """Review events that come before it."""
    events: tuple[ItemKey, ...] = ()
    """Launch events that are it."""
    teams: tuple[str, ...] = ()
    owner: str | None = None
    programs: tuple[str, ...] = ()
    declared: bool = False

    @property
    def subject(self) -> str:
        """Its text in findings and fingerprints."""
        return f"deliverable:{self.id}"


class View:
    """A snapshot and a configuration, joined once per pass. Read-only, deterministic."""

    snapshot: Snapshot
    config: ReconcilerConfig
    deliverables: tuple[Deliverable, ...]
    dependencies: tuple[Dependency, ...]
    """Of confidence ≥ 0.4, sorted by (prerequisite, dependant)."""
    stale: frozenset[Scope]
    today: date
    """Local day of the organisation at `snapshot.as_of`."""

    def item(self, key: ItemKey) -> Item | None:
        """Any held item by identity."""
        raise NotImplementedError

    def issue(self, key: ItemKey) -> Issue | None:
        """An issue by identity; None for other kinds."""
        raise NotImplementedError

    def pull_request(self, key: ItemKey) -> PullRequest | None:
        """A pull request by identity."""
        raise NotImplementedError

    def milestone(self, key: ItemKey) -> Milestone | None:
        """A milestone by identity."""
        raise NotImplementedError

    def event(self, key: ItemKey) -> CalendarEvent | None:
        """A calendar event by identity."""
        raise NotImplementedError

    def find(self, ref: str) -> Item | None:
        """The item that `ref` names now or named once (aliases)."""
        raise NotImplementedError

    def changes(self, key: ItemKey, *fields: str) -> tuple[Change, ...]:
        """Changes of an item, oldest first; only of `fields` when given.

        Edits that were undone are in it: a rule that wants the net move compares values.
        """
        raise NotImplementedError

    def bulk(self, change: Change) -> bool:
        """Whether it is one of ≥ 20 changes of one field by one actor within 10 minutes."""
        raise NotImplementedError

    def value_at(self, key: ItemKey, field: str, day: date) -> str | None:
        """Value of a scalar or claim field at the end of local `day`."""
        raise NotImplementedError

    def team_of(self, key: ItemKey) -> TeamOf:
        """§A3, first hit wins."""
        raise NotImplementedError

    def are_cross_team(self, one: ItemKey, other: ItemKey) -> bool:
        """Both ends known with ≥ 0.6 and different."""
        raise NotImplementedError

    def calendar(self, key: ItemKey) -> WorkingCalendar:
        """Working calendar of the item's team, else of the organisation."""
        raise NotImplementedError

    def team_calendar(self, team: str | None) -> WorkingCalendar:
        """Working calendar of a team id, else of the organisation."""
        raise NotImplementedError

    def own_target(self, key: ItemKey) -> Target | None:
        """The item's own due (issue), release or due (milestone), day (event)."""
        raise NotImplementedError

    def target(self, key: ItemKey) -> Target | None:
        """§A1: own due → sprint end → earliest open version release → epic due → None."""
        raise NotImplementedError

    def deliverables_of(self, key: ItemKey) -> tuple[Deliverable, ...]:
        """Deliverables of which the item is a member or to which it is bound."""
        raise NotImplementedError

    def children(self, key: ItemKey) -> tuple[Issue, ...]:
        """Direct children of an issue."""
        raise NotImplementedError

    def parent(self, key: ItemKey) -> Issue | None:
        """The parent of an issue, where it is held."""
        raise NotImplementedError

    def milestone_members(self, key: ItemKey) -> tuple[Issue, ...]:
        """Issues that carry the milestone or are in the sprint."""
        raise NotImplementedError

    def implementations(self, issue: ItemKey) -> tuple[Implementation, ...]:
        """Pull requests that implement an issue, best first; only ≥ 0.6."""
        raise NotImplementedError

    def prerequisites(self, key: ItemKey) -> tuple[Dependency, ...]:
        """Edges that hold `key` up."""
        raise NotImplementedError

    def dependants(self, key: ItemKey) -> tuple[Dependency, ...]:
        """Edges that `key` holds up."""
        raise NotImplementedError

    def scope(self, key: ItemKey) -> Scope:
        """The data that an item comes from."""
        raise NotImplementedError

    def programs(self, teams: tuple[str, ...]) -> tuple[str, ...]:
        """Ids of the programs in which any of the teams takes part."""
        raise NotImplementedError

    def account_name(self, source: str, account: str | None) -> str:
        """Display name of an account, else its id; "" for None."""
        raise NotImplementedError

    def owner(self, key: ItemKey) -> str | None:
        """`source:account` of who holds the item, else `team:ID` of its team, else None."""
        raise NotImplementedError
