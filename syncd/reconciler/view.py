"""The snapshot resolved: teams, targets, deliverables and dependencies, as the rules read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from itertools import chain
from typing import Any, TypeVar

from syncd.model.calendar import WorkingCalendar
from syncd.model.forecasts import PastForecast
from syncd.model.history import Change, bulk_changes
from syncd.model.items import CalendarEvent, DateClaim, Issue, Item, ItemKey, Milestone, PullRequest
from syncd.model.snapshot import Scope, Snapshot
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.plan import Estimates, Foresight, Plan
from syncd.reconciler.resolve import claims
from syncd.reconciler.resolve.baseline import Baseline, baseline
from syncd.reconciler.resolve.calendars import team_calendars
from syncd.reconciler.resolve.deliverables import Resolved, programs_of, read_deliverables
from syncd.reconciler.resolve.dependencies import read_dependencies
from syncd.reconciler.resolve.evidence import UnknownLinkType
from syncd.reconciler.resolve.index import Index
from syncd.reconciler.resolve.members import members
from syncd.reconciler.resolve.remembered import Remembered
from syncd.reconciler.resolve.resolution import (
    Deliverable,
    Dependency,
    Gating,
    HiddenEnd,
    Implementation,
    Target,
    TeamOf,
)
from syncd.reconciler.resolve.selectors import select
from syncd.reconciler.resolve.stale import stale_scopes
from syncd.reconciler.resolve.teams import KNOWN, Teams
from syncd.reconciler.trace import Trace

__all__ = [
    "Deliverable",
    "Dependency",
    "Gating",
    "Implementation",
    "Target",
    "TeamOf",
    "View",
]

T = TypeVar("T")

IMPLEMENTS = 0.6
"""Less sure implementations are not shown to rules."""


class View:
    """A snapshot and a configuration, joined once per pass. Read-only, deterministic."""

    snapshot: Snapshot
    config: ReconcilerConfig
    deliverables: tuple[Deliverable, ...]
    dependencies: tuple[Dependency, ...]
    """Of confidence ≥ 0.4, sorted by (prerequisite, dependant)."""
    unknown_link_types: tuple[UnknownLinkType, ...]
    """Types of links whose direction cannot be told: gating none."""
    hidden_ends: tuple[HiddenEnd, ...]
    """Prerequisites that are not held, sorted by (dependant, ref)."""
    stale: frozenset[Scope]
    today: date
    """Local day of the organisation at `snapshot.as_of`."""
    item: Callable[[ItemKey], Item | None]
    """Any held item by identity."""
    issue: Callable[[ItemKey], Issue | None]
    """An issue by identity; None for other kinds."""
    team_of: Callable[[ItemKey], TeamOf]
    """§A3, first hit wins."""
    target: Callable[[ItemKey], Target | None]
    """§A1: own due → sprint end → earliest open version release → epic due → None."""
    own_target: Callable[[ItemKey], Target | None]
    """The item's own due (issue), release or due (milestone), day (event)."""
    trace: Trace | None = None
    """What hears why rules pass over a subject, while somebody asks."""
    passed: set[ItemKey | str] | None = None
    """What the rule that runs passes over, while a pass counts it."""

    def __init__(
        self,
        snapshot: Snapshot,
        config: ReconcilerConfig,
        *,
        assume_fresh: bool = False,
        estimates: Callable[[View], Foresight] | None = None,
    ) -> None:
        """Join everything. Raises ConfigError for a selector or pattern that means nothing.

        `estimates` makes the forecasts that `plan` rests on; without it stated dates speak alone.
        """
        self.today = config.calendar.local_date(snapshot.as_of)
        snapshot = replace(snapshot, forecasts=tuple(_as_of(snapshot.forecasts, self.today)))
        self.snapshot, self.config, self._estimates = snapshot, config, estimates
        self._made: dict[Callable[[View], Any], Any] = {}
        self.stale = frozenset() if assume_fresh else stale_scopes(snapshot, config)
        self._index = index = Index(snapshot)
        self.item, self.issue = index.items.get, index.issue
        self._bulk = bulk_changes(snapshot.changes)
        self._in_bulk = frozenset(key for key, _ in self._bulk)
        self.target = claims.targets(index).__getitem__
        self.own_target = Remembered(partial(claims.own_target, index)).__getitem__
        self._teams = teams = Teams(index, config)
        self.team_of = teams.__getitem__
        self._calendars = team_calendars(config)
        self._names = {(one.source, one.id): one.name or one.id for one in snapshot.accounts}
        self._names |= {account: one.name for one in config.people for account in one.accounts}
        self._dependencies = read_dependencies(index, config.link_types, config.decisions)
        self.dependencies = self._dependencies.edges
        self.unknown_link_types = self._dependencies.unknown_types
        self.hidden_ends = self._dependencies.hidden
        self._prerequisites = _grouped((edge.dependant, edge) for edge in self.dependencies)
        self._dependants = _grouped((edge.prerequisite, edge) for edge in self.dependencies)
        self.deliverables = self._read_deliverables()
        self._deliverables_of = _grouped(
            (key, one)
            for one in self.deliverables
            for key in dict.fromkeys(chain(one.members, one.bound, one.gates, one.freezes))
        )

    def _read_deliverables(self) -> tuple[Deliverable, ...]:
        return read_deliverables(
            Resolved(
                index=self._index,
                config=self.config,
                teams=self._teams,
                calendar_for=self._calendar_for,
                implementations=self._dependencies.implementations,
            )
        )

    def once(self, make: Callable[[View], T]) -> T:
        """What `make` gives for this view, made when first asked for: what several rules need."""
        if make not in self._made:
            self._made[make] = make(self)
        found: T = self._made[make]
        return found

    def retold(
        self,
        items: Snapshot,
        listed: Snapshot,
        *,
        stale: frozenset[Scope],
        names: Mapping[str, str],
        keeping: Iterable[Callable[[View], Any]] = (),
    ) -> View:
        """The same joins, dates and plan, with other texts: for readers who may not see all.

        `items` are found by their keys, `listed` is what the snapshot shows. `names` are those of
        deliverables by id, and `keeping` what was made for this view and holds for that one too.
        """
        index, plan, other = Index(items), self.plan, copy(self)
        told = {one.id: replace(one, name=names.get(one.id, one.name)) for one in self.deliverables}
        other.snapshot, other.stale, other.deliverables = listed, stale, tuple(told.values())
        other.item, other.issue = index.items.get, index.issue
        other.__dict__ |= {
            "plan": plan.retold(other.deliverables),
            "_index": index,
            "_made": {one: self.once(one) for one in keeping},
            "_deliverables_of": {
                key: tuple(told[one.id] for one in many)
                for key, many in self._deliverables_of.items()
            },
        }
        return other

    def forget(self) -> None:
        """Let go of everything: what was made for it points back at it, and would live on."""
        self.__dict__.clear()

    def silent(self, about: ItemKey | str, reason: str, *values: object) -> None:
        """A rule says why it passes over an item or other subject, for `explain --why-not`.

        `reason` ends a sentence and has a `{}` for each of the values, which are only written out
        where somebody asks. A pass counts the subjects: to it they are clear.
        """
        if self.passed is not None:
            self.passed.add(about)
        if self.trace is not None:
            self.trace.hear(about, reason, values)

    def passes_over(self, about: ItemKey | str, *guards: tuple[object, str]) -> bool:
        """Whether one of the guards (condition, reason as of `silent`) holds; the first is told."""
        for holds, reason in guards:
            if holds:
                self.silent(about, reason)
                return True
        return False

    @cached_property
    def plan(self) -> Plan:
        """When everything can be finished, given what it waits for."""
        return Plan(self, self._estimates(self) if self._estimates else Estimates())

    def pull_request(self, key: ItemKey) -> PullRequest | None:
        """A pull request by identity."""
        item = self._index.items.get(key)
        return item if isinstance(item, PullRequest) else None

    def milestone(self, key: ItemKey) -> Milestone | None:
        """A milestone by identity."""
        item = self._index.items.get(key)
        return item if isinstance(item, Milestone) else None

    def event(self, key: ItemKey) -> CalendarEvent | None:
        """A calendar event by identity."""
        item = self._index.items.get(key)
        return item if isinstance(item, CalendarEvent) else None

    def find(self, ref: str) -> Item | None:
        """The item that `ref` names now or named once (aliases)."""
        return self._index.find(ref)

    def select(self, selector: str) -> tuple[Item, ...]:
        """What a selector of the configuration names, by key. Raises ConfigError for none."""
        return select(self._index, selector)

    def changes(self, key: ItemKey, *fields: str) -> tuple[Change, ...]:
        """Changes of an item, oldest first; only of `fields` when given.

        Edits that were undone are in it: a rule that wants the net move compares values.
        """
        return self._index.changes(key, fields)

    def moves(self, claim: DateClaim) -> tuple[Change, ...]:
        """Changes of the date that an item states of its end, whichever of its fields counts."""
        return claims.moves(self._index, claim)

    def bulk(self, change: Change) -> bool:
        """Whether nobody meant just this item: as `bulk_changes`, or only read in another way."""
        return change.is_reread or (change.item, change.native_id) in self._bulk

    def closed_in_bulk(self, issue: Issue) -> bool:
        """Whether the change that closed it is one of many alike."""
        return issue.key in self._in_bulk and any(
            self.bulk(change)
            for change in self.changes(issue.key, "phase", "state")
            if change.at == issue.done_at
        )

    def value_at(self, key: ItemKey, field: str, day: date) -> str | None:
        """Value of a scalar or claim field at the end of local `day`."""
        return self._index.value_at(key, field, day, self.calendar(key))

    def are_cross_team(self, one: ItemKey, other: ItemKey) -> bool:
        """Both ends known with ≥ 0.6 and different."""
        here, there = self.team_of(one), self.team_of(other)
        known = min(here.confidence, there.confidence) >= KNOWN
        return known and here.team != there.team

    def calendar(self, key: ItemKey) -> WorkingCalendar:
        """Working calendar of the item's team, else of the organisation."""
        return self._calendars.get(self.team_of(key).team or "", self.config.calendar)

    def team_calendar(self, team: str | None) -> WorkingCalendar:
        """Working calendar of a team id, else of the organisation."""
        return self._calendars.get(team or "", self.config.calendar)

    def calendar_of(self, deliverable: Deliverable) -> WorkingCalendar:
        """Of the owner's team, else of its only team, else of the organisation."""
        return self._calendar_for(deliverable.owner, deliverable.teams)

    def _calendar_for(self, owner: str | None, teams: tuple[str, ...]) -> WorkingCalendar:
        team = self._team_by_owner.get(owner or "")
        if owner and owner.startswith("team:"):
            team = owner.removeprefix("team:")
        if team is None and len(teams) == 1:
            team = teams[0]
        return self.team_calendar(team)

    @cached_property
    def _team_by_owner(self) -> dict[str, str | None]:
        """By each name that `Person.holds` knows; the first person that has it counts."""
        found: dict[str, str | None] = {}
        for one in self.config.people:
            for source, account in (("person", one.id), *one.accounts):
                found.setdefault(f"{source}:{account}", one.team)
        return found

    def commitment(self, key: ItemKey) -> Baseline:
        """§A2: what the item's own date was when it became committed, and when that was."""
        own = self.own_target(key)
        return baseline(self._index, own.claim if own else None, self.calendar(key))

    def deliverables_of(self, key: ItemKey) -> tuple[Deliverable, ...]:
        """Deliverables of which the item is a member or to which it is bound."""
        return self._deliverables_of.get(key, ())

    def original(self, key: ItemKey) -> ItemKey | None:
        """What stands for an item that was dropped as a duplicate; None for any other."""
        return self._dependencies.originals.get(key)

    def children(self, key: ItemKey) -> tuple[Issue, ...]:
        """Direct children of an issue."""
        return self._index.children(key)

    def parent(self, key: ItemKey) -> Issue | None:
        """The parent of an issue, where it is held."""
        return self._index.parent(key)

    def parent_circles(self) -> Iterator[list[ItemKey]]:
        """Items each of which is a part of the next, and the last of the first."""
        return self._index.parent_circles()

    def milestone_members(self, key: ItemKey) -> tuple[Issue, ...]:
        """Issues that carry the milestone or are in the sprint."""
        return self._index.milestone_members(key)

    def members(self, milestone: Milestone) -> tuple[ItemKey, ...]:
        """The issues that make up a milestone, as those of a deliverable that is bound to it."""
        return members(self._index, (milestone,), {})

    def implementations(self, issue: ItemKey) -> tuple[Implementation, ...]:
        """Pull requests that implement an issue, best first; only ≥ 0.6."""
        return self._implementations.get(issue, ())

    @cached_property
    def _implementations(self) -> dict[ItemKey, tuple[Implementation, ...]]:
        return {
            issue: tuple([one for one in found if one.confidence >= IMPLEMENTS])
            for issue, found in self._dependencies.implementations.items()
        }

    def prerequisites(self, key: ItemKey) -> tuple[Dependency, ...]:
        """Edges that hold `key` up."""
        return self._prerequisites.get(key, ())

    def dependants(self, key: ItemKey) -> tuple[Dependency, ...]:
        """Edges that `key` holds up."""
        return self._dependants.get(key, ())

    def scope(self, key: ItemKey) -> Scope:
        """The data that an item comes from."""
        return self._index.scope(key)

    def programs(self, teams: tuple[str, ...]) -> tuple[str, ...]:
        """Ids of the programs in which any of the teams takes part."""
        return programs_of(self.config, teams)

    def account_name(self, source: str, account: str | None) -> str:
        """Name of the person it belongs to, else as its provider shows it; "" for None."""
        return self._names.get((source, account or ""), account or "")

    def owner(self, key: ItemKey) -> str | None:
        """`source:account` of who holds the item, else `team:ID` of its team, else None."""
        return self._owner(key)

    def _owner(self, key: ItemKey) -> str | None:
        item = self._index.items.get(key)
        holder = (
            getattr(item, "assignee", None)
            or getattr(item, "author", None)
            or getattr(item, "organiser", None)
        )
        if holder:
            return f"{key.source}:{holder}"
        team = self.team_of(key).team
        return f"team:{team}" if team else None


def _as_of(forecasts: Iterable[PastForecast], today: date) -> Iterator[PastForecast]:
    """Without what came true later than `today`: a snapshot does not know where that is."""
    for one in forecasts:
        is_ahead = one.done_on is not None and one.done_on > today
        yield replace(one, done_on=None, taken_out=0) if is_ahead else one


def _grouped(pairs: Iterable[tuple[ItemKey, T]]) -> dict[ItemKey, tuple[T, ...]]:
    found: dict[ItemKey, list[T]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return {key: tuple(values) for key, values in found.items()}
