"""When everything can be finished, given what it waits for (`reconciler.md` §C2), by names.

Nodes are open items that a stated dependency or a deliverable joins, and the open deliverables.
What is done holds nothing up any more; what was dropped, or cannot be seen, has no date to give.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import chain
from typing import NamedTuple, Protocol

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Issue, Item, ItemKey, Phase
from syncd.model.snapshot import Snapshot
from syncd.reconciler import graph
from syncd.reconciler.network import ITSELF, UNKNOWN, Network, Nodes
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.resolve.resolution import (
    Certainty,
    Deliverable,
    Dependency,
    Gating,
    Target,
    TeamOf,
)

Node = ItemKey | str
"""An item, or `Deliverable.subject`."""


def _nothing(*_: object) -> None:
    return None


class Foresight(Protocol):
    """What forecasts say of a node; None = nothing, and then its dates speak."""

    def finish(self, node: Node, /) -> date | None:
        """The day by which its own work is as likely done as not, if nothing holds it up."""
        ...

    def rest(self, node: Node, /) -> int | None:
        """Working days that it still needs, once what it waits for is finished."""
        ...

    def odds(self, node: Node, day: date, /) -> float | None:
        """Probability that it is done by the end of a day."""
        ...

    def assumed(self, node: Node, /) -> date | None:
        """The day of its own work that somebody wants assumed, whatever is known of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """A `Foresight` of given functions; of none, it knows nothing."""

    finish: Callable[[Node], date | None] = _nothing
    rest: Callable[[Node], int | None] = _nothing
    odds: Callable[[Node, date], float | None] = _nothing
    assumed: Callable[[Node], date | None] = _nothing


class Joined(Protocol):
    """What a plan is made of: the part of a `View` that it reads."""

    snapshot: Snapshot
    deliverables: tuple[Deliverable, ...]
    dependencies: tuple[Dependency, ...]

    def item(self, key: ItemKey, /) -> Item | None: ...  # noqa: D102  as `View` says
    def target(self, key: ItemKey, /) -> Target | None: ...  # noqa: D102
    def team_of(self, key: ItemKey, /) -> TeamOf: ...  # noqa: D102
    def calendar(self, key: ItemKey) -> WorkingCalendar: ...  # noqa: D102
    def calendar_of(self, deliverable: Deliverable) -> WorkingCalendar: ...  # noqa: D102


class Edge(NamedTuple):
    """`dependant` waits for `prerequisite`; `starts` = it cannot start before (FS), else FF."""

    prerequisite: Node
    dependant: Node
    starts: bool
    stated: Dependency | None = None
    """What says so; None for what a deliverable is made of."""


class Margin(NamedTuple):
    """How a link stands by the days that people are told; negative `days` are too few."""

    needed: date
    """The last day that the dependant can do with."""
    expected: date
    """The day of the prerequisite."""
    days: int
    """Working days of the dependant from `expected` to `needed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """What moves if one node is finished on another day: node → (day, day then)."""

    moved: Mapping[Node, tuple[date, date]]
    capped: bool
    """More moves than was looked at: counts are "at least"."""


class Plan:
    """Finish, slack and causes of every node. Read-only, deterministic."""

    cut: tuple[Edge, ...]
    """The weakest edge of each circle: no date is pushed along it."""
    knotted: frozenset[Node]
    """Nodes that wait for themselves: their dates are what is left without the cut edges."""

    def __init__(self, view: Joined, estimates: Foresight) -> None:
        self._view, self._estimates = view, estimates
        self._deliverables = {one.subject: one for one in view.deliverables if not one.done}
        alive = _alive(view)
        stated = list(_stated(view, alive))
        edges = list(chain(_one_way(view, stated), self._of_deliverables(alive)))
        keys = {end for edge in edges for end in edge[:2] if isinstance(end, ItemKey)}
        self.nodes: tuple[Node, ...] = (*sorted(keys), *sorted(self._deliverables))
        self._place = place = {node: number for number, node in enumerate(self.nodes)}
        coded = [(place[edge[0]], place[edge[1]], edge[2]) for edge in edges]
        coded = self._without_circles(coded, edges)
        calendars = _Calendars(view.snapshot.as_of)
        nodes = self._columns(calendars, {edge.dependant for edge in edges if edge.starts})
        self._target, self._own, self._calendar = nodes.target, nodes.own, calendars
        self._calendar_of = nodes.calendar
        self.network = Network(nodes, coded, calendars.all)

    def __contains__(self, node: Node) -> bool:
        return node in self._place

    def finish(self, node: Node) -> date | None:
        """The earliest day it can be finished; None where it and all before it have no date."""
        return self._day(self.network.finish, node)

    def told(self, node: Node) -> date | None:
        """What people are told to expect: `finish`, but no day before one that somebody stated.

        A date of its own that is still to come counts, and the day told of what it waits for.
        Deliverables are told as they are forecast. None where nothing gives a day.
        """
        return self._day(self._told, node)

    def margin(self, prerequisite: Node, dependant: Node) -> Margin | None:
        """How a link stands by the days that people are told; None where one has no day."""
        told, target = self.told(prerequisite), self.target(dependant)
        finish = self.finish(prerequisite)
        if told is None or finish is None or target is None:
            return None
        calendar = self.calendar(dependant)
        is_part = self.network.is_part(self._place[prerequisite], self._place[dependant])
        rest = 0 if is_part else self._estimates.rest(dependant) or 0
        needed = calendar.shift(target, -rest)
        if finish <= needed:
            # Less than the usual time between two dates that people set is theirs to judge.
            needed = max(needed, min(told, target))
        return Margin(needed, told, calendar.between(told, needed))

    def target(self, node: Node) -> date | None:
        """Last day of its own or inherited target."""
        return self._day(self._target, node)

    def own(self, node: Node) -> date | None:
        """What its own forecast or date says, whatever it waits for; may be past."""
        return self._day(self._own, node)

    def needed_by(self, node: Node) -> date | None:
        """The last day on which all that waits for it can still be in time."""
        return self._day(self.network.needed, node)

    def slip(self, node: Node) -> int | None:
        """Working days from target to finish; None where one of them is not known."""
        target, finish = self.target(node), self.finish(node)
        return self.days(node, target, finish) if target and finish else None

    def spare(self, node: Node) -> int | None:
        """Float: working days it may still move without making anything late; negative = none."""
        finish = self.finish(node)
        limits = [day for day in (self.target(node), self.needed_by(node)) if day]
        return self.days(node, finish, min(limits)) if finish and limits else None

    def risk(self, node: Node) -> float | None:
        """Chance that its own work misses its target; None where nothing tells."""
        target = self.target(node)
        odds = self._estimates.odds(node, target) if target else None
        return None if odds is None else 1 - odds

    def driver(self, node: Node) -> Node | None:
        """What sets its finish; None where nothing does but its own work."""
        place = self._place.get(node)
        found = ITSELF if place is None else self.network.driver[place]
        return None if found == ITSELF else self.nodes[found]

    def critical_path(self, node: Node) -> list[Node]:
        """From what starts the delay to `node` itself."""
        found = [node]
        while (before := self.driver(found[-1])) is not None:
            found.append(before)
        return found[::-1]

    def finished_if(self, node: Node, day: date) -> Shift:
        """The counterfactual: `node` finished on `day`, all else as it is."""
        told = self.network.finished_if({self._place[node]: day.toordinal()})
        finish = self.network.finish
        return Shift(
            moved={
                self.nodes[place]: (date.fromordinal(finish[place]), date.fromordinal(then))
                for place, then in sorted(told.finish.items())
                if finish[place] and then
            },
            capped=told.capped,
        )

    def behind(self, node: Node) -> Iterator[Node]:
        """All that it waits for, what has the fewest links between first."""
        waiting = [self._place[node]]
        seen = set(waiting)
        for place in waiting:
            for other in self.network.waits_for(place):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
                    yield self.nodes[other]

    def pushes(self, node: Node) -> list[tuple[Node, date | None, bool]]:
        """What it waits for, the day each allows it, and whether it cannot start before."""
        return [
            (self.nodes[other], date.fromordinal(day) if day else None, begins)
            for other, day, begins in self.network.pushes(self._place[node])
        ]

    def deliverable(self, node: Node) -> Deliverable | None:
        """The deliverable that a node is; None for items."""
        return self._deliverables.get(node) if isinstance(node, str) else None

    def retold(self, deliverables: Iterable[Deliverable]) -> Plan:
        """The same days with other names of deliverables."""
        other = copy(self)
        alive = {one.subject: one for one in deliverables if not one.done}
        other.__dict__ |= {"_deliverables": alive}
        return other

    def calendar(self, node: Node) -> WorkingCalendar:
        """Of the node's team."""
        return self._calendar.all[self._calendar_of[self._place[node]]]

    def today(self, node: Node) -> date:
        """The day that it is where the node's team works: until its end nothing of it is late."""
        return self._calendar.todays[self._calendar_of[self._place[node]]]

    def days(self, node: Node, start: date, end: date) -> int:
        """Working days from `start` to `end` in the node's calendar."""
        return self.calendar(node).between(start, end)

    @cached_property
    def _told(self) -> array[int]:
        found = array("i", self.network.finish)
        for place in self.network.order:
            node = self.nodes[place]
            if isinstance(node, str):
                continue
            for other, _, _ in self.network.pushes(place):
                if isinstance(self.nodes[other], ItemKey):
                    found[place] = max(found[place], found[other])
            own, today = self._view.target(node), self.today(node)
            if own is not None and own.via is None and own.claim.hi >= today:
                found[place] = max(found[place], _likely(own, today).toordinal())
        return found

    def _day(self, days: Sequence[int], node: Node) -> date | None:
        place = self._place.get(node)
        day = UNKNOWN if place is None else days[place]
        return date.fromordinal(day) if day else None

    def _of_deliverables(self, alive: frozenset[ItemKey]) -> Iterator[Edge]:
        """Members and bound epics finish before the deliverable, and that before its launch."""
        for subject, one in self._deliverables.items():
            issues = dict.fromkeys([*one.members, *one.bound])
            for key in issues:
                if key in alive and isinstance(self._view.item(key), Issue):
                    yield Edge(key, subject, starts=False)
            for key in one.events:
                if key in alive:
                    yield Edge(subject, key, starts=True)

    def _without_circles(
        self, coded: list[tuple[int, int, bool]], edges: Sequence[Edge]
    ) -> list[tuple[int, int, bool]]:
        self.cut, self.knotted = (), frozenset()
        count, pairs = len(self.nodes), [(one, other) for one, other, _ in coded]
        first = graph.components(count, pairs)
        inside = [place for place, (one, other) in enumerate(pairs) if first[one] == first[other]]
        if not inside:
            return coded
        # The strongest first, so that the weakest is what closes a circle; of equals the smallest.
        inside.sort(key=lambda at: (_strength(edges[at]), pairs[at], at), reverse=True)
        cut = {inside[at] for at in graph.closing([pairs[place] for place in inside])}
        self.cut = tuple(edges[place] for place in sorted(cut))
        self.knotted = frozenset(self.nodes[end] for place in inside for end in pairs[place])
        return [edge for place, edge in enumerate(coded) if place not in cut]

    def _columns(self, calendars: _Calendars, waiting: Container[Node]) -> Nodes:
        own, alone, rest = array("i"), array("i"), array("i")
        target, calendar = array("i"), array("i")
        view, estimates = self._view, self._estimates
        for node in self.nodes:
            deliverable = self.deliverable(node)
            found = deliverable.target if deliverable else view.target(node)  # type: ignore[arg-type]
            days = view.calendar_of(deliverable) if deliverable else view.calendar(node)  # type: ignore[arg-type]
            place = calendars.place(days)
            today = calendars.todays[place]
            left = estimates.rest(node) or 0
            # What it may not begin yet is not late by its own work, however short the time is.
            is_held = found is not None and node in waiting and self._is_not_begun(node)
            told = estimates.assumed(node) or (None if is_held else estimates.finish(node))
            if told is None and found is not None:
                told = _likely(found, today)
            own.append(told.toordinal() if told else UNKNOWN)
            ready = told if told is None or told >= today else days.shift(today, left)
            alone.append(ready.toordinal() if ready else UNKNOWN)
            rest.append(left)
            target.append(found.day.toordinal() if found else UNKNOWN)
            calendar.append(place)
        return Nodes(own=own, alone=alone, rest=rest, target=target, calendar=calendar)

    def _is_not_begun(self, node: Node) -> bool:
        item = self._view.item(node) if isinstance(node, ItemKey) else None
        return isinstance(item, Issue) and item.phase is Phase.TODO


class _Calendars:
    """Each calendar once, with the day that it is there."""

    def __init__(self, as_of: datetime) -> None:
        self._as_of = as_of
        self.all: list[WorkingCalendar] = []
        self.todays: list[date] = []
        self._places: dict[int, int] = {}

    def place(self, calendar: WorkingCalendar) -> int:
        found = self._places.setdefault(id(calendar), len(self.all))
        if found == len(self.all):
            self.all.append(calendar)
            self.todays.append(calendar.local_date(self._as_of))
        return found


def _likely(target: Target, today: date) -> date:
    """Somewhere in the claimed days, but not in the past while that is possible."""
    return max(target.claim.lo, min(target.claim.hi, today))


def _alive(view: Joined) -> frozenset[ItemKey]:
    """Items that are open and can be seen."""
    held = view.snapshot
    return frozenset(item.key for item in held.items if is_open(item)) - held.invisible


def _stated(view: Joined, alive: frozenset[ItemKey]) -> Iterator[Edge]:
    for edge in view.dependencies:
        if edge.certainty is not Certainty.EXPLICIT:
            continue
        if edge.prerequisite in alive and edge.dependant in alive:
            starts = edge.gating is Gating.FINISH_START
            yield Edge(edge.prerequisite, edge.dependant, starts, edge)


def _one_way(view: Joined, edges: list[Edge]) -> Iterator[Edge]:
    """Of two items that are to be finished together the one with the later date moves the other.

    That each finishes with the other is no circle.
    """
    parts = {(edge.prerequisite, edge.dependant) for edge in edges if not edge.starts}
    for edge in edges:
        ends = edge.prerequisite, edge.dependant
        if edge.starts or ends[::-1] not in parts or _later(view, *ends):
            yield edge


def _later(view: Joined, one: Node, other: Node) -> bool:
    """Whether the first is planned later; of equals the one with the smaller key counts."""
    days = [view.target(key) for key in (one, other) if isinstance(key, ItemKey)]
    first, second = (target.day if target else date.min for target in days)
    return (first, str(other)) > (second, str(one))


def _strength(edge: Edge) -> tuple[float, float]:
    """What a deliverable is made of is as sure as can be."""
    return edge.stated.strength if edge.stated else (1.0, 0.0)
