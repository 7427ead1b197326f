"""Cycles, order and paths of a directed graph, by rustworkx; the same answer for any input order.

Nodes are anything that can be hashed and sorted; an edge leads from what comes first to what
waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any, Generic, TypeVar

import rustworkx

N = TypeVar("N")


class Graph(Generic[N]):
    """A graph of sorted nodes and edges; edges that come twice count once.

    `key` gives what nodes are sorted by, where comparing the nodes themselves is dear.
    """

    def __init__(
        self,
        edges: Iterable[tuple[N, N]],
        nodes: Iterable[N] = (),
        key: Callable[[N], Any] | None = None,
    ) -> None:
        unique = set(edges)
        ends = {*nodes, *chain.from_iterable(unique)}
        self.nodes: list[N] = sorted(ends, key=key)  # type: ignore[type-var, arg-type]
        self._place = place = {node: number for number, node in enumerate(self.nodes)}
        self._graph: rustworkx.PyDiGraph[None, None] = rustworkx.PyDiGraph()
        count = len(self._graph.add_nodes_from([None] * len(self.nodes)))
        # Sorting one number for each edge is many times faster than sorting pairs.
        codes = sorted(place[one] * count + place[other] for one, other in unique)
        self._graph.add_edges_from_no_data([divmod(code, count) for code in codes])

    def cycles(self) -> list[list[N]]:
        """Strongly connected components of two or more nodes, each sorted, sorted by first node."""
        components = rustworkx.strongly_connected_components(self._graph)
        found = [sorted(places) for places in components if len(places) > 1]
        return [[self.nodes[place] for place in places] for places in sorted(found)]

    def order(self) -> list[N]:
        """Every node after all that lead to it. Raises ValueError when there is a cycle."""
        try:
            return [self.nodes[place] for place in rustworkx.topological_sort(self._graph)]
        except rustworkx.DAGHasCycle as error:
            raise ValueError("the graph has a cycle") from error

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
