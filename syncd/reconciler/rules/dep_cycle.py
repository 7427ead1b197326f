"""Items wait for each other in a circle, so that none of them can be finished first.

Why: nothing in a circle can start as planned, and every date that depends on it is fiction.
When: stated links lead from an item back to itself, or a part waits for the whole it belongs to.
Do: remove the weakest link, the one least sure or else stated last.
Clears: no way leads back any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from syncd.model.findings import Finding, Severity
from syncd.model.items import ItemKey
from syncd.reconciler.facts import chains, reckoning, subjects, wording
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.graph import Graph
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.resolve.resolution import Certainty
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Dependency, Gating, View

Pair = tuple[ItemKey, ItemKey]

_ORDER = attrgetter("source", "kind", "native_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """`[rules.dep-cycle]` has no parameters of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Circle:
    """`walk` is one shortest circle over `weakest`; `members` is all that is entangled."""

    members: Sequence[ItemKey]
    walk: Sequence[ItemKey]
    weakest: Dependency
    edges: Sequence[Dependency]
    """Those of the walk, in its order."""
    discriminator: str = ""


def check(view: View, params: Params) -> Results:  # noqa: ARG001  every rule is asked alike
    """A finding for each knot of stated links, and for each part that waits for its whole."""
    knotted, hidden = view.plan.knotted, view.snapshot.invisible
    if not knotted and not hidden:
        return
    # The plan knows nothing of circles through what cannot be seen now; they may be there still.
    edges = view.dependencies
    if not hidden:
        edges = tuple(edge for edge in edges if knotted.issuperset(_pair(edge)))
    stated = [edge for edge in edges if _counts(view, edge)]
    waits = {_pair(edge): edge for edge in stated if edge.holds_up}
    parts = {_pair(edge): edge for edge in stated if edge.gating is Gating.FINISH_FINISH}
    for circle in (*_knots(waits), *_own_whole(waits, parts)):
        yield _finding(view, circle)


def _counts(view: View, edge: Dependency) -> bool:
    ends = [view.issue(edge.prerequisite), view.issue(edge.dependant)]
    is_live = all(issue is not None and is_open(issue) for issue in ends)
    return edge.certainty is Certainty.EXPLICIT and is_live


def _pair(edge: Dependency) -> Pair:
    return edge.prerequisite, edge.dependant


def _knots(waits: dict[Pair, Dependency]) -> Iterator[_Circle]:
    components = Graph(waits, key=_ORDER).cycles()
    place = {key: number for number, keys in enumerate(components) for key in keys}
    inside: dict[int, list[Pair]] = defaultdict(list)
    for one, other in waits:
        if one in place and place[one] == place.get(other):
            inside[place[one]].append((one, other))
    for number, members in enumerate(components):
        weakest = _weakest(waits[pair] for pair in inside[number])
        walk = Graph(inside[number], key=_ORDER).shortest_cycle(_pair(weakest))
        edges = [waits[pair] for pair in zip(walk, [*walk[1:], walk[0]], strict=True)]
        yield _Circle(members=members, walk=walk, weakest=weakest, edges=edges)


def _weakest(edges: Iterable[Dependency]) -> Dependency:
    """The least sure; of equals the one stated last, then the smallest key."""
    return min(edges, key=lambda edge: (edge.confidence, -edge.stated_at, _pair(edge)))


def _own_whole(waits: dict[Pair, Dependency], parts: dict[Pair, Dependency]) -> Iterator[_Circle]:
    for (part, whole), belongs in parts.items():
        waiting = waits.get((whole, part))
        if waiting is not None:
            yield _Circle(
                members=sorted([part, whole]),
                walk=[whole, part],
                weakest=waiting,
                edges=[waiting, belongs],
                discriminator=f"part:{part}",
            )


def _finding(view: View, circle: _Circle) -> Finding:
    draft = subjects.draft_of_item(view, circle.members[0], RULE.id)
    known = [view.team_of(key).team for key in circle.members]
    pushes = subjects.pushes(
        view, [edge.dependant for edge in subjects.waiting_for(view, circle.members)]
    )
    teams = wording.unique([*known, *(push.team for push in pushes)])
    crosses = any(view.are_cross_team(*_pair(edge)) for edge in circle.edges)
    base = Severity.HIGH if crosses else Severity.MEDIUM
    weakest = circle.weakest.dependant
    return replace(
        draft,
        severity=grade(base, tier=draft.tier, teams=len(teams)),
        discriminator=circle.discriminator,
        summary=_summary(view, circle) + subjects.waits(pushes) + ".",
        plain=f"{wording.plural(len(circle.members), 'piece')} of work, {draft.title} among them, "
        "wait for each other, so none can be finished first.",
        act=subjects.ask(
            view,
            replace(draft, owner=view.owner(weakest), ref=chains.ref(view, weakest)),
            f"take away the link by which {chains.ref(view, weakest)} waits for "
            f"{chains.ref(view, circle.weakest.prerequisite)}, or one of the others.",
        ),
        clears="No chain of links leads from an item back to itself.",
        pushes=pushes,
        facts=tuple(fact for edge in circle.edges for fact in edge.facts),
        reckoning=reckoning.of(_summary(view, circle)),
        owner=view.owner(weakest),
        teams=teams,
        programs=wording.unique([*draft.programs, *view.programs(teams)]),
        scopes=subjects.scopes(view, circle.members),
        material="\n".join(str(key) for key in circle.members),
        restricted=any(subjects.is_restricted(view, key) for key in circle.members),
    )


def _summary(view: View, circle: _Circle) -> str:
    if circle.discriminator:
        whole, part = (chains.ref(view, key) for key in circle.walk)
        return f"{part} waits for {whole}, of which it is a part, so neither can be finished first"
    # Edges lead to what waits: read backwards, from the weakest on, they say who waits for whom.
    before, after, *others = circle.walk
    walk = [chains.ref(view, key) for key in (after, before, *reversed(others), after)]
    more = len(circle.members) - len(circle.walk)
    rest = f", with {wording.plural(more, 'more item')} entangled" if more else ""
    return f"{' waits for '.join(walk)}{rest}, so none can be finished first"


RULE = Rule(id="dep-cycle", severity=Severity.MEDIUM, params=Params, check=check)
