"""Dates pushed along dependencies (`reconciler.md` §C2), on numbers: nodes 0 to n-1, days ordinals.

One sweep forward gives when everything can be finished, one backward how late it may be. Time and
memory grow with nodes plus edges; nothing recurses, so a chain of a million is as good as any.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import chain, repeat

from syncd.model.calendar import WorkingCalendar
from syncd.reconciler import graph

UNKNOWN = 0
"""In place of a day: nothing is known. 1 January of the year 1, the first ordinal, is 1."""
ITSELF = -1
"""Driver of a node that nothing holds up longer than its own work."""
CONE = 20_000
"""Nodes that a counterfactual looks at before it says "at least"."""
_NEVER = date.max.toordinal() + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Nodes:
    """Columns of equal length, one entry a node; days are ordinals or `UNKNOWN`."""

    own: Sequence[int]
    """The day that its own plan or forecast gives."""
    alone: Sequence[int]
    """The same, but never in the past: when it can be finished if nothing holds it up."""
    rest: Sequence[int]
    """Working days that it still needs once what it waits for is finished."""
    target: Sequence[int]
    calendar: Sequence[int]
    """Place in the list of calendars."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a counterfactual changes: node → day it would be finished. `capped`: there is more."""

    finish: Mapping[int, int]
    capped: bool


class Network:
    """Dates of an acyclic graph, computed when built."""

    finish: array[int]
    """Earliest day each node can be finished; UNKNOWN where it has no date and nothing dated."""
    driver: array[int]
    """Prerequisite that sets `finish`, or ITSELF."""
    starts: bytearray
    """1 where the node cannot start before its driver is finished."""
    needed: array[int]
    """Last day that every dependant can still meet its target; UNKNOWN where none has one."""

    def __init__(
        self,
        nodes: Nodes,
        edges: Iterable[tuple[int, int, bool]],
        calendars: Sequence[WorkingCalendar],
    ) -> None:
        """`edges` are (prerequisite, dependant, whether the dependant starts after it).

        Raises ValueError for a graph with a cycle.
        """
        self._nodes, self._days = nodes, [_Days(calendar) for calendar in calendars]
        count = len(nodes.own)
        self._before = _Adjacent(count, ((after, one, s) for one, after, s in edges))
        self.order = array("i", graph.order(count, self._before.reversed_pairs()))
        self.finish = array("i", bytes(4 * count))
        self.driver = array("i", repeat(ITSELF, count))
        self.starts = bytearray(count)
        for node in self.order:
            found = self._finished(node, self.finish)
            self.finish[node], self.driver[node], self.starts[node] = found
        self.needed = self._backwards()

    def _finished(self, node: int, finish: Sequence[int] | _Changed) -> tuple[int, int, bool]:
        """Its day, its driver and `starts`; of equal prerequisites the first."""
        start = done = UNKNOWN
        starter = doer = ITSELF
        before = self._before
        for place in range(before.start[node], before.start[node + 1]):
            other = before.other[place]
            day = finish[other]
            if before.starts[place]:
                if day > start:
                    start, starter = day, other
            elif day > done:
                done, doer = day, other
        nodes = self._nodes
        if start and nodes.rest[node]:
            start = self._days[nodes.calendar[node]].shift(start, nodes.rest[node])
        held, holder, begins = (start, starter, True) if start >= done else (done, doer, False)
        if not held:
            return nodes.alone[node], ITSELF, False
        # What is overdue and waits is late by what it waits for, not by the passing of days.
        if held <= nodes.own[node]:
            return nodes.own[node], ITSELF, False
        return held, holder, begins

    def _backwards(self) -> array[int]:
        nodes, before = self._nodes, self._before
        needed = array("i", repeat(_NEVER, len(nodes.own)))
        for node in reversed(self.order):
            latest = min(needed[node], nodes.target[node] or _NEVER)
            if latest == _NEVER:
                continue
            begun = latest
            if nodes.rest[node]:
                begun = self._days[nodes.calendar[node]].shift(latest, -nodes.rest[node])
            for place in range(before.start[node], before.start[node + 1]):
                other = before.other[place]
                needed[other] = min(needed[other], begun if before.starts[place] else latest)
        return array("i", (UNKNOWN if day == _NEVER else day for day in needed))

    def finished_if(self, fixed: Mapping[int, int], cap: int = CONE) -> Moved:
        """What would move if the nodes of `fixed` were finished on those days.

        Looks only where something moves, in topological order; stops after `cap` nodes.
        """
        rank, after = self._rank, self._after
        changed = _Changed(self.finish)
        waiting = [(rank[node], node) for node in fixed]
        heapify(waiting)
        queued = set(fixed)
        while waiting and len(queued) <= cap:
            _, node = heappop(waiting)
            day = fixed[node] if node in fixed else self._finished(node, changed)[0]
            if day == self.finish[node]:
                continue
            changed.moved[node] = day
            # What comes sooner moves only what waited for nothing longer: of thousands of parts of
            # one whole the whole need not look at all others for each of them.
            is_sooner = UNKNOWN < day < self.finish[node]
            for place in range(after.start[node], after.start[node + 1]):
                other = after.other[place]
                if other not in queued and not (is_sooner and self.driver[other] != node):
                    queued.add(other)
                    heappush(waiting, (rank[other], other))
        return Moved(changed.moved, capped=bool(waiting))

    def waits_for(self, node: int) -> array[int]:
        """Its prerequisites."""
        return self._before.other[self._before.start[node] : self._before.start[node + 1]]

    def pushes(self, node: int) -> Iterator[tuple[int, int, bool]]:
        """What it waits for, the day each allows, and whether it cannot start before."""
        before, rest = self._before, self._nodes.rest[node]
        days = self._days[self._nodes.calendar[node]]
        for place in range(before.start[node], before.start[node + 1]):
            other, begins = before.other[place], bool(before.starts[place])
            day = self.finish[other]
            yield other, days.shift(day, rest) if day and begins else day, begins

    def is_part(self, one: int, other: int) -> bool:
        """Whether `other` waits for the first, but not to begin."""
        return (one, other) in self._parts

    @cached_property
    def _parts(self) -> frozenset[tuple[int, int]]:
        before = self._before
        return frozenset(
            (before.other[place], node)
            for node in range(len(self.finish))
            for place in range(before.start[node], before.start[node + 1])
            if not before.starts[place]
        )

    @cached_property
    def _rank(self) -> array[int]:
        """Place of each node in the order."""
        found = array("i", bytes(4 * len(self.order)))
        for place, node in enumerate(self.order):
            found[node] = place
        return found

    @cached_property
    def _after(self) -> _Adjacent:
        return self._before.inverse()


class _Changed:
    """Days with a few of them replaced."""

    def __init__(self, days: Sequence[int]) -> None:
        self._days = days
        self.moved: dict[int, int] = {}

    def __getitem__(self, node: int) -> int:
        return self.moved.get(node, self._days[node])


class _Adjacent:
    """Neighbours of each node in one flat array: those of `n` from `start[n]` to `start[n + 1]`."""

    def __init__(self, count: int, edges: Iterable[tuple[int, int, bool]]) -> None:
        ends = array("i")
        others = array("i")
        starts = bytearray()
        for node, other, begins in edges:
            ends.append(node)
            others.append(other)
            starts.append(begins)
        self.start = array("i", bytes(4 * (count + 1)))
        for node in ends:
            self.start[node + 1] += 1
        for node in range(count):
            self.start[node + 1] += self.start[node]
        self.other = array("i", bytes(4 * len(others)))
        self.starts = bytearray(len(others))
        fill = array("i", self.start)
        for node, other, is_start in zip(ends, others, starts, strict=True):
            place = fill[node]
            self.other[place], self.starts[place] = other, is_start
            fill[node] = place + 1

    def _nodes(self) -> Iterable[int]:
        start = self.start
        return chain.from_iterable(
            repeat(node, start[node + 1] - start[node]) for node in range(len(start) - 1)
        )

    def reversed_pairs(self) -> Iterable[tuple[int, int]]:
        """(neighbour, node) of every edge."""
        return zip(self.other, self._nodes(), strict=True)

    def inverse(self) -> _Adjacent:
        """The same edges seen from their other ends."""
        edges = zip(self.other, self._nodes(), self.starts, strict=True)
        return _Adjacent(len(self.start) - 1, ((one, two, bool(s)) for one, two, s in edges))


class _Days:
    """Arithmetic of one calendar on ordinals; each answer is worked out once."""

    def __init__(self, calendar: WorkingCalendar) -> None:
        self._calendar = calendar
        self._shifted: dict[tuple[int, int], int] = {}

    def shift(self, day: int, count: int) -> int:
        found = self._shifted.get((day, count))
        if found is None:
            found = self._calendar.shift(date.fromordinal(day), count).toordinal()
            self._shifted[day, count] = found
        return found
