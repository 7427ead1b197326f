"""Knots of stated links in which items wait for each other, and the circle that shows each best."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from syncd.model.items import ItemKey
from syncd.reconciler.graph import Graph
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.resolve.resolution import Certainty
from syncd.reconciler.view import Dependency, Gating, View

Pair = tuple[ItemKey, ItemKey]

PARENTS = "parents"
"""Discriminator of a circle of nothing but parents."""

_ORDER = attrgetter("source", "kind", "native_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """`walk` is one shortest circle over `weakest`; `members` is all that is entangled."""

    members: Sequence[ItemKey]
    walk: Sequence[ItemKey]
    weakest: Dependency
    edges: Sequence[Dependency]
    """Those of the walk, in its order."""
    discriminator: str = ""
    """Of a part that waits for its whole `part:` and its key, of one's own parts `PARENTS`."""


def circles(view: View) -> Iterator[Circle]:
    """One for each knot of stated links, each part that waits for its whole, or is its own part."""
    yield from _own_parts(view)
    knotted, hidden = view.plan.knotted, view.snapshot.invisible
    if not knotted and not hidden:
        return
    # The plan knows nothing of circles through what cannot be seen now; they may be there still.
    edges = view.dependencies
    if not hidden:
        edges = tuple(edge for edge in edges if knotted.issuperset(pair_of(edge)))
    stated = [edge for edge in edges if _counts(view, edge)]
    waits = {pair_of(edge): edge for edge in stated if edge.holds_up}
    parts = {pair_of(edge): edge for edge in stated if edge.gating is Gating.FINISH_FINISH}
    yield from _knots(waits)
    yield from _own_whole(waits, parts)


def _counts(view: View, edge: Dependency) -> bool:
    ends = [view.issue(edge.prerequisite), view.issue(edge.dependant)]
    is_live = all(issue is not None and is_open(issue) for issue in ends)
    return edge.certainty is Certainty.EXPLICIT and is_live


def pair_of(edge: Dependency) -> Pair:
    """Prerequisite and dependant."""
    return edge.prerequisite, edge.dependant


def _knots(waits: dict[Pair, Dependency]) -> Iterator[Circle]:
    components = Graph(waits, key=_ORDER).cycles()
    place = {key: number for number, keys in enumerate(components) for key in keys}
    inside: dict[int, list[Pair]] = defaultdict(list)
    for one, other in waits:
        if one in place and place[one] == place.get(other):
            inside[place[one]].append((one, other))
    for number, members in enumerate(components):
        weakest = _weakest(waits[pair] for pair in inside[number])
        walk = Graph(inside[number], key=_ORDER).shortest_cycle(pair_of(weakest))
        edges = [waits[pair] for pair in zip(walk, [*walk[1:], walk[0]], strict=True)]
        yield Circle(members=members, walk=walk, weakest=weakest, edges=edges)


def _weakest(edges: Iterable[Dependency]) -> Dependency:
    """By strength; of equals the smallest key, as the plan cuts them."""
    return min(edges, key=lambda edge: (edge.strength, pair_of(edge)))


def _own_parts(view: View) -> Iterator[Circle]:
    """Of parents that lead back to the item that they began with, while all of them are open."""
    for walk in view.parent_circles():
        steps = set(zip(walk, [*walk[1:], walk[0]], strict=True))
        stated = (edge for key in walk for edge in view.prerequisites(key))
        edges = [edge for edge in stated if pair_of(edge) in steps and _counts(view, edge)]
        if len(edges) == len(walk):
            weakest = _weakest(edges)
            yield Circle(members=sorted(walk), walk=walk, weakest=weakest, edges=edges,
                         discriminator=PARENTS)  # fmt: skip


def _own_whole(waits: dict[Pair, Dependency], parts: dict[Pair, Dependency]) -> Iterator[Circle]:
    for (part, whole), belongs in parts.items():
        waiting = waits.get((whole, part))
        if waiting is not None:
            yield Circle(
                members=sorted([part, whole]),
                walk=[whole, part],
                weakest=waiting,
                edges=[waiting, belongs],
                discriminator=f"part:{part}",
            )
