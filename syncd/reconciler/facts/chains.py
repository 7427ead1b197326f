"""What is said of the nodes and steps of a chain of dependencies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from syncd.model.findings import Fact, Push
from syncd.model.items import ItemKey
from syncd.model.snapshot import Scope
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.causes import Cause
from syncd.reconciler.plan import Margin, Node
from syncd.reconciler.resolve.resolution import Dependency
from syncd.reconciler.view import View

ENDS = 10
"""Of a chain that is longer than twice this, so many items at each end are shown."""


def ref(view: View, node: Node) -> str:
    """What people call an item or a deliverable."""
    if isinstance(node, ItemKey):
        item = view.item(node)
        return item.ref if item else str(node)
    found = view.plan.deliverable(node)
    return found.name if found else node


def push(view: View, node: Node, expected: date | None = None) -> Push:
    """A node that is held up until `expected`."""
    if isinstance(node, ItemKey):
        return subjects.push(view, node, expected)
    name, planned = ref(view, node), view.plan.target(node)
    slip = view.plan.days(node, planned, expected) if planned and expected else None
    return Push(
        ref=name, title=name, planned=planned, expected=expected, slip=slip, subject=node
    )  # fmt: skip


def teams(view: View, node: Node) -> tuple[str, ...]:
    """Team ids of a node; () where none is known."""
    if isinstance(node, ItemKey):
        return wording.unique([view.team_of(node).team])
    found = view.plan.deliverable(node)
    return found.teams if found else ()


def crosses(view: View, key: ItemKey, node: Node) -> bool:
    """Whether an item and what waits for it belong to different teams."""
    if isinstance(node, ItemKey):
        return view.are_cross_team(key, node)
    team = view.team_of(key).team
    return team is not None and bool(set(teams(view, node)) - {team})


def items_behind(view: View, nodes: Iterable[Node]) -> set[ItemKey]:
    """The nodes and all that sets their days, without the deliverables among them."""
    seen: set[Node] = set()
    for node in nodes:
        before: Node | None = node
        while before is not None and before not in seen:
            seen.add(before)
            before = view.plan.driver(before)
    return {node for node in seen if isinstance(node, ItemKey)}


class Behind(NamedTuple):
    """What is known of a node and of all that sets its day, one before the other."""

    scopes: frozenset[Scope]
    restricted: bool
    """Not everybody may see one of them."""


def behind(view: View) -> Mapping[Node, Behind]:
    """By node; `view.once(behind)` makes it once, as chains share most of their way."""
    found: dict[Node, Behind] = {}
    for place in view.plan.network.order:
        node = view.plan.nodes[place]
        before = view.plan.driver(node)
        scopes, restricted = found[before] if before is not None else (frozenset(), False)
        if isinstance(node, ItemKey):
            restricted = restricted or subjects.is_restricted(view, node)
            own = view.scope(node)
            scopes = scopes if own in scopes else scopes | {own}
        found[node] = Behind(scopes, restricted)
    return found


def steps(view: View, path: Sequence[Node], *, spare: bool = True) -> Iterator[Fact]:
    """Each step of a chain, with the working days that it leaves; of a long one both ends.

    Without `spare` the days are left out.
    """
    pairs = list(pairwise(path))
    told = pairs if len(path) <= 2 * ENDS else pairs[: ENDS - 1]
    yield from (_step(view, *pair, spare=spare) for pair in told)
    if len(told) < len(pairs):
        yield Fact(text=f"and {wording.plural(len(path) - 2 * ENDS + 1, 'more step')}")
        yield from (_step(view, *pair, spare=spare) for pair in pairs[1 - ENDS :])


def _step(view: View, before: Node, after: Node, *, spare: bool) -> Fact:
    edges: tuple[Dependency, ...] = ()
    if isinstance(before, ItemKey) and isinstance(after, ItemKey):
        edges = min(view.prerequisites(after), view.dependants(before), key=len)
    ends = before, after
    stated = next(
        (one.facts[0] for one in edges if (one.prerequisite, one.dependant) == ends), None
    )
    fact = stated or Fact(text=f"{ref(view, before)} is part of {ref(view, after)}")
    return replace(
        fact, text=fact.text + _spare(view.plan.margin(before, after) if spare else None)
    )


def _spare(margin: Margin | None) -> str:
    if margin is None:
        return ""
    days = wording.working_days(margin.days)
    return f": {days} {'to spare' if margin.days >= 0 else 'too few'}"


def reach(view: View, cause: Cause) -> str:
    """`In all it makes 2 deliverables and 5 items of 3 teams late, by 31 working days together`."""
    named = [one for one in cause.victims if view.plan.deliverable(one.node)]
    items = len(cause.victims) - len(named)
    parts = [wording.plural(len(named), "deliverable")] if named else []
    parts += [wording.plural(items, "item")] if items else []
    hit = {team for victim in cause.victims for team in teams(view, victim.node)}
    of = f" of {wording.plural(len(hit), 'team')}" if hit else ""
    days = wording.working_days(sum(victim.slip for victim in cause.victims))
    least = "at least " if cause.capped else ""
    return f"In all it makes {least}{' and '.join(parts)}{of} late, by {days} together"
