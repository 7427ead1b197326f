"""Whose lateness makes others late, and by how much (`reconciler.md` §C3, §E3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from heapq import nsmallest
from typing import NamedTuple

from syncd.model.items import ItemKey
from syncd.reconciler.plan import Node, Plan, Shift
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.resolve.resolution import Certainty
from syncd.reconciler.view import View

SHARE = 0.6
"""Share of a slip that must go with its cause to count as explained by it."""

OTHERS = 3
"""Further causes of the same victims that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """What cannot meet its target because of a cause."""

    node: Node
    target: date
    finish: date
    """The day that its cause allows it; another cause may hold it up even longer."""
    slip: int
    """Working days from `target` to `finish`."""
    before: Node | None
    """What it waits for, on the way from the cause."""
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
    """Deliverables first, by tier, then by target; an epic that is one only as that."""
    explains: tuple[str, ...]
    """All that is explained by it, as findings name it, whatever it is called besides."""
    others: tuple[Node, ...]
    """Further causes of the same victims, the first few."""
    capped: bool
    """There are more victims than were looked for."""
    risk: float | None
    """Chance that it misses its own date; None where that is certain, or not what it is about."""


@dataclass(slots=True)
class _Late:
    """What one root makes late. `untold`: of which no rule about two linked dates tells."""

    nodes: dict[Node, date] = field(default_factory=dict)
    """With the day that this root alone allows each."""
    before: dict[Node, Node] = field(default_factory=dict)
    """What pushes each to that day."""
    untold: bool = False
    others: set[Node] = field(default_factory=set)


class _Way(NamedTuple):
    """How the day of a node comes about."""

    root: Node
    waits: bool = False
    """A link on the way says that something waits; parts of a whole alone are no dependency."""
    told: bool | None = None
    """The first date on the way is that of the root's own dependant, so `dep-inversion` compares
    the two; None while there was no date yet."""


def causes(view: View) -> Iterator[Cause]:
    """One for each item at the beginning of a chain that makes something late, by key."""
    found = _late(view.plan)
    for root in view.plan.nodes:
        if root in found and isinstance(root, ItemKey):
            yield from _cause(view, root, found[root])
        else:
            view.silent(root, "nothing that waits for it is late because of it")


def undated(view: View) -> Iterator[ItemKey]:
    """Open items of which nothing tells when they are finished, though something dated waits."""
    plan = view.plan
    dateless = {key for key in plan.nodes if isinstance(key, ItemKey) and not plan.finish(key)}
    waiting = {
        other
        for node in (plan.nodes if dateless else ())
        if plan.target(node)
        for other, _, begins in plan.pushes(node)
        if begins and other in dateless
    }
    yield from sorted(waiting)


def needed_unseen(view: View) -> dict[ItemKey, ItemKey]:
    """Open items, each with one that waits for it, maybe by way of others, and is not seen now."""
    hidden = view.snapshot.invisible
    waiting = [key for key in sorted(hidden) if (item := view.item(key)) and is_open(item)]
    found = dict(zip(waiting, waiting, strict=True))
    for key in waiting:
        for edge in view.prerequisites(key):
            item = view.item(edge.prerequisite)
            if edge.certainty is Certainty.EXPLICIT and item and is_open(item):
                waiting += [] if item.key in found else [item.key]
                found.setdefault(item.key, found[key])
    return {key: found[key] for key in sorted(found.keys() - hidden)}


def _late(plan: Plan) -> dict[Node, _Late]:
    """By the beginnings of the chains: what is late, and not by its own work."""
    found: dict[Node, _Late] = defaultdict(_Late)
    ways: dict[Node, _Way] = {}
    for place in plan.network.order:
        node = plan.nodes[place]
        before, begins = plan.driver(node), bool(plan.network.starts[place])
        ways[node] = (
            _Way(node) if before is None else _next(plan, ways[before], (before, node), begins)
        )
        if before is None or not _is_late(plan, node, plan.finish(node)):
            continue
        pushed = [
            (_next(plan, ways[other], (other, node), waits), day, other)
            for other, day, waits in plan.pushes(node)
            if day is not None and _is_late(plan, node, day)
        ]
        roots = nsmallest(OTHERS + 1, {way.root for way, _, _ in pushed if way.waits}, key=str)
        for way, day, other in pushed:
            if way.waits:
                cause = found[way.root]
                if day > cause.nodes.get(node, date.min):
                    cause.nodes[node], cause.before[node] = day, other
                cause.untold |= not way.told
                cause.others.update(root for root in roots if root != way.root)
    return found


def _next(plan: Plan, way: _Way, step: tuple[Node, Node], waits: bool) -> _Way:
    """The way one step further, from a prerequisite to what waits for it."""
    before, node = step
    told = way.told
    if told is None and plan.target(node):
        told = before == way.root and plan.target(before) is not None
    return _Way(way.root, way.waits or waits, told)


def _is_late(plan: Plan, node: Node, finish: date | None) -> bool:
    """Whether `finish` misses the target by a working day and its own date does not."""
    target, own = plan.target(node), plan.own(node)
    if finish is None or target is None or plan.days(node, target, finish) < 1:
        return False
    return own is None or own <= target


def _cause(view: View, root: ItemKey, made: _Late) -> Iterator[Cause]:
    plan = view.plan
    finish, needed = plan.finish(root), plan.needed_by(root)
    target = view.target(root)
    late = bool(target and finish and plan.days(root, target.day, finish) >= 1)
    if finish is None or needed is None or (late and target and target.via is not None):
        # An inherited date is told with what it is inherited from.
        view.silent(root, "the date that it misses is inherited" if needed else "no day needs it")
        return
    if not late and not made.untold:
        view.silent(root, "its date only contradicts that of what waits: dep-inversion tells that")
        return
    planned = target.day if late and target else needed
    then = plan.finished_if(root, planned)
    allowed = _late_among(plan, then) | made.nodes
    every = [
        _victim(plan, node, day, made.before.get(node, plan.driver(node)), then)
        for node, day in allowed.items()
    ]
    every.sort(key=partial(_rank, plan))
    victims = _others(plan, root, every)
    if not victims:
        view.silent(root, "nothing but its own deliverable is late because of it")
        return
    yield Cause(
        root=root,
        late=late,
        finish=finish,
        planned=planned,
        victims=tuple(victims),
        explains=tuple(str(one.node) for one in every if one.explained),
        others=tuple(nsmallest(OTHERS, made.others, key=str)),
        capped=then.capped,
        risk=plan.risk(root) if late and planned >= plan.today(root) else None,
    )


def _others(plan: Plan, root: ItemKey, every: list[Victim]) -> list[Victim]:
    """Each once, and not the root itself: a deliverable and its epic are one thing."""
    bound = {one.node: made.bound for one in every if (made := plan.deliverable(one.node))}
    told = {key for keys in bound.values() if root not in keys for key in keys}
    return [one for one in every if root not in bound.get(one.node, ()) and one.node not in told]


def _rank(plan: Plan, victim: Victim) -> tuple[bool, str, date, str]:
    made = plan.deliverable(victim.node)
    return made is None, made.tier if made else "", victim.target, str(victim.node)


def _late_among(plan: Plan, then: Shift) -> dict[Node, date]:
    """What is late now and would move, with its day now."""
    return {
        node: day
        for node, (day, _) in then.moved.items()
        if plan.driver(node) is not None and _is_late(plan, node, day)
    }


def _victim(plan: Plan, node: Node, allowed: date, before: Node | None, then: Shift) -> Victim:
    target, finish = plan.target(node), plan.finish(node)
    if target is None or finish is None:
        raise ValueError(f"{node} is not late")
    slip = plan.days(node, target, finish)
    left = max(0, plan.days(node, target, then.moved.get(node, (finish, finish))[1]))
    return Victim(
        node=node,
        target=target,
        finish=allowed,
        slip=plan.days(node, target, allowed),
        before=before,
        explained=slip - left >= SHARE * slip,
    )
