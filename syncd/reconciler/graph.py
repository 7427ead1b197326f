"""Cycles, order and paths of a directed graph, by rustworkx; the same answer for any input order.

Nodes are anything that can be hashed and sorted; an edge leads from what comes first to what
waits for it. `order` and `closing` are the same for nodes that are numbers already, in the memory
that millions of edges need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Generic, TypeVar

import rustworkx

N = TypeVar("N")

_AT_ONCE = 100_000
"""Edges handed over at a time: pairs are dear where millions of them live together."""

Edges = Iterable[tuple[int, int]]


def order(count: int, edges: Edges) -> list[int]:
    """The numbers below `count`, each after all that lead to it. ValueError: there is a cycle."""
    try:
        return list(rustworkx.topological_sort(_digraph(count, edges)))
    except rustworkx.DAGHasCycle as error:
        raise ValueError("the graph has a cycle") from error


def components(count: int, edges: Edges) -> list[int]:
    """For each number below `count` the smallest one that it reaches and that reaches it."""
    found = list(range(count))
    for places in rustworkx.strongly_connected_components(_digraph(count, edges)):
        if len(places) > 1:
            first = min(places)
            for place in places:
                found[place] = first
    return found


def closing(edges: Sequence[tuple[int, int]]) -> list[int]:
    """Places of the edges that close a cycle together with edges before them.

    Without them no cycle is left: with the strongest edges first, each cycle lost its weakest one.
    Halves the list again and again and joins what is strongly connected, so that it takes
    O(E log E) where one cut after another would take O(E²).
    """
    found: list[int] = []
    never = len(edges)
    waiting = [(0, never + 1, [(place, *ends) for place, ends in enumerate(edges)])]
    while waiting:
        low, high, inside = waiting.pop()
        if high - low == 1:
            found += [place for place, _, _ in inside if place == low]
            continue
        middle = (low + high) // 2
        joined = _joined([(one, other) for place, one, other in inside if place < middle])
        early, late = [], []
        for place, one, other in inside:
            ends = joined.get(one, one), joined.get(other, other)
            if ends[0] == ends[1] and place < middle:
                early.append((place, one, other))
            else:
                late.append((place, *ends))
        waiting += [(middle, high, late)] if late and middle < never else []
        waiting += [(low, middle, early)] if early else []
    return sorted(found)


def _joined(edges: Sequence[tuple[int, int]]) -> dict[int, int]:
    """The numbers that lie on a cycle → the one that stands for all of its component."""
    names = sorted(set(chain.from_iterable(edges)))
    place = {name: number for number, name in enumerate(names)}
    first = components(len(names), ((place[one], place[other]) for one, other in edges))
    sizes = [0] * len(names)
    for number in first:
        sizes[number] += 1
    return {
        name: names[number] for name, number in zip(names, first, strict=True) if sizes[number] > 1
    }


def _digraph(count: int, edges: Edges) -> rustworkx.PyDiGraph[None, None]:
    made: rustworkx.PyDiGraph[None, None] = rustworkx.PyDiGraph()
    made.add_nodes_from([None] * count)
    waiting: Iterator[tuple[int, int]] = iter(edges)
    while part := list(islice(waiting, _AT_ONCE)):
        made.add_edges_from_no_data(part)
    return made


class Graph(Generic[N]):
    """A graph of sorted nodes and edges; edges that come twice count once.

    `key` gives what nodes are sorted by, where comparing the nodes themselves is dear.
    """

    def __init__(
        self,
        edges: Iterable[tuple[N, N]],
        key: Callable[[N], Any] | None = None,
    ) -> None:
        unique = set(edges)
        ends = set(chain.from_iterable(unique))
        self.nodes: list[N] = sorted(ends, key=key)  # type: ignore[type-var, arg-type]
        self._place = place = {node: number for number, node in enumerate(self.nodes)}
        count = len(self.nodes)
        # Sorting one number for each edge is many times faster than sorting pairs.
        codes = sorted(place[one] * count + place[other] for one, other in unique)
        self._graph = _digraph(count, (divmod(code, count) for code in codes))

    def cycles(self) -> list[list[N]]:
        """Strongly connected components of two or more nodes, each sorted, sorted by first node."""
        components = rustworkx.strongly_connected_components(self._graph)
        found = [sorted(places) for places in components if len(places) > 1]
        return [[self.nodes[place] for place in places] for places in sorted(found)]

    def shortest_cycle(self, edge: tuple[N, N]) -> list[N]:
        """The shortest cycle over `edge`, beginning with it; of several the smallest by nodes.

        [] when no way leads back.
        """
        start, place = (self._place[end] for end in edge)
        steps = self._steps_to(start)
        if place not in steps:
            return []
        walk = [start, place]
        while (place := self._nearest(place, steps)) != start:
            walk.append(place)
        return [self.nodes[place] for place in walk]

    def _nearest(self, place: int, steps: dict[int, int]) -> int:
        after = [one for one in self._graph.successor_indices(place) if one in steps]
        return min(after, key=lambda one: (steps[one], one))

    def _steps_to(self, target: int) -> dict[int, int]:
        backwards = self._graph.copy()
        backwards.reverse()
        layers = rustworkx.bfs_layers(backwards, [target])
        return {place: step for step, layer in enumerate(layers) for place in layer}
