"""Whose lateness makes others late, and by how much (`reconciler.md` §C3, §E3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from syncd.model.items import ItemKey
from syncd.reconciler.plan import Node, Plan, Shift
from syncd.reconciler.view import View

SHARE = 0.6
"""Share of a slip that must go with its cause to count as explained by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """What cannot meet its target because of a cause."""

    node: Node
    target: date
    finish: date
    slip: int
    """Working days."""
    explained: bool
    """It would be in time, or `SHARE` of its slip would go, if the cause were in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """An item that holds others up. `late`: it misses its own date; else the dates do not fit."""

    root: ItemKey
    late: bool
    finish: date
    planned: date
    """Its own date where it is late, else the last day that all who wait can do with."""
    victims: tuple[Victim, ...]
    """Deliverables first, then by target."""
    others: tuple[Node, ...]
    """Further causes of the same victims."""
    capped: bool
    """There are more victims than were looked for."""


def causes(view: View) -> Iterator[Cause]:
    """One for each item at the beginning of a chain that makes something late, by key."""
    plan = view.plan
    late: dict[Node, set[Node]] = defaultdict(set)
    shared: dict[Node, set[Node]] = defaultdict(set)
    for node, roots in _late(plan):
        for root in roots:
            late[root].add(node)
            shared[root] |= roots - {root}
    for root in plan.nodes:
        if root in late and isinstance(root, ItemKey):
            yield from _cause(view, root, late[root], shared[root])


def undated(view: View) -> Iterator[ItemKey]:
    """Open items of which nothing tells when they are finished, though something dated waits."""
    plan = view.plan
    waiting = {
        other
        for node in plan.nodes
        if plan.target(node)
        for other, day, begins in plan.pushes(node)
        if begins and day is None and isinstance(other, ItemKey)
    }
    yield from sorted(waiting)


def _late(plan: Plan) -> Iterator[tuple[Node, set[Node]]]:
    """What is late not by its own work, with the beginnings of the chains that make it so.

    A chain of parts only is no dependency: that a whole waits for its parts says its own date.
    """
    origin: dict[Node, tuple[Node, bool]] = {}
    for place in plan.network.order:
        node = plan.nodes[place]
        before = plan.driver(node)
        root, waits = origin[before] if before is not None else (node, False)
        origin[node] = root, waits or bool(plan.network.starts[place])
        if before is not None and _is_late(plan, node, plan.finish(node)):
            roots = {
                origin[other][0]
                for other, day, begins in plan.pushes(node)
                if (begins or origin[other][1]) and _is_late(plan, node, day)
            }
            yield node, roots


def _is_late(plan: Plan, node: Node, finish: date | None) -> bool:
    """Whether `finish` misses the target by a working day and its own date does not."""
    target, own = plan.target(node), plan.own(node)
    if finish is None or target is None or plan.days(node, target, finish) < 1:
        return False
    return own is None or own <= target


def _cause(view: View, root: ItemKey, nodes: set[Node], shared: set[Node]) -> Iterator[Cause]:
    plan = view.plan
    finish, needed = plan.finish(root), plan.needed_by(root)
    target = view.target(root)
    late = bool(target and finish and plan.days(root, target.day, finish) >= 1)
    if finish is None or needed is None or (late and target and target.via is not None):
        return  # an inherited date is told with what it is inherited from
    if not late and all(_is_stated_inversion(view, root, node) for node in nodes):
        return
    planned = target.day if late and target else needed
    then = plan.finished_if(root, planned)
    victims = [_victim(plan, node, then) for node in nodes | _late_among(plan, then)]
    yield Cause(
        root=root,
        late=late,
        finish=finish,
        planned=planned,
        victims=tuple(sorted(victims, key=_rank)),
        others=tuple(sorted(shared, key=str)),
        capped=then.capped,
    )


def _rank(victim: Victim) -> tuple[bool, date, str]:
    return isinstance(victim.node, ItemKey), victim.target, str(victim.node)


def _is_stated_inversion(view: View, root: ItemKey, node: Node) -> bool:
    """Whether the first date on the way from the root is that of its own dependant.

    Then two linked items contradict each other, which `dep-inversion` tells.
    """
    path = view.plan.critical_path(node)
    if path[0] != root:
        return False
    first = next(place for place, one in enumerate(path[1:], 1) if view.plan.target(one))
    return first == 1


def _late_among(plan: Plan, then: Shift) -> set[Node]:
    """What is late now and would move."""
    return {
        node
        for node, (day, _) in then.moved.items()
        if plan.driver(node) is not None and _is_late(plan, node, day)
    }


def _victim(plan: Plan, node: Node, then: Shift) -> Victim:
    target, finish = plan.target(node), plan.finish(node)
    if target is None or finish is None:
        raise ValueError(f"{node} is not late")
    slip = plan.days(node, target, finish)
    left = max(0, plan.days(node, target, then.moved.get(node, (finish, finish))[1]))
    return Victim(
        node=node,
        target=target,
        finish=finish,
        slip=slip,
        explained=slip - left >= SHARE * slip,
    )
