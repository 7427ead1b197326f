"""Until when what a deliverable is made of has to wait, by days that somebody stands for.

In a plan an inherited date counts as an item's own, so no release is finished before its day. How
much earlier it could be judged is told without those dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from syncd.model.findings import Fact
from syncd.model.items import ItemKey
from syncd.reconciler.facts import chains, subjects, wording
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.plan import Node
from syncd.reconciler.view import View


class _Way(NamedTuple):
    """How the day of a node comes about: by itself, or the way before it."""

    day: date
    node: Node
    before: _Way | None = None


class _Ways(NamedTuple):
    """To the end of a node, and to the day until which it, or a part of it, has to wait."""

    end: _Way | None
    held: _Way | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdup:
    """A deliverable cannot be finished before `day`, since it waits for `path[0]`."""

    day: date
    path: tuple[Node, ...]
    """From what is waited for to the deliverable."""
    expected: date
    """The day of what is waited for."""

    def name(self, view: View) -> str:
        """What people call that which is waited for."""
        return "a restricted item" if self._is_restricted(view) else chains.ref(view, self.path[0])

    def facts(self, view: View) -> tuple[Fact, ...]:
        """The day of what is waited for, and each step of the path from it.

        () where not everybody may see all of it.
        """
        if self._is_restricted(view):
            return ()
        expected = f"{self.name(view)} is expected on {wording.day(self.expected, view.today)}"
        return Fact(text=expected), *chains.steps(view, self.path, spare=False)

    def items(self) -> list[ItemKey]:
        """Those of the path."""
        return [node for node in self.path if isinstance(node, ItemKey)]

    def is_to_blame(self, view: View, day: date) -> bool:
        """Whether `day` would do if what is waited for were finished when it should be (§E3.2).

        That is on its own date, or where it keeps that, on the day on which it is needed.
        """
        first, planned = self.path[0], view.plan.target(self.path[0])
        if planned is None or self.expected <= planned:
            planned = view.plan.needed_by(first)
        if planned is None or self.expected <= planned:
            return False
        then = _ways(view, self.path[-1], {first: planned}).held
        return then is None or then.day <= day

    def _is_restricted(self, view: View) -> bool:
        return any(subjects.is_restricted(view, key) for key in self.items())


def holdup(view: View, subject: str) -> Holdup | None:
    """Of a deliverable; None where nothing that has a day holds up any of its parts."""
    held = _ways(view, subject, {}).held if subject in view.plan else None
    if held is None:
        return None
    way = [held]
    while (before := way[-1].before) is not None:
        way.append(before)
    path = tuple(one.node for one in reversed(way))
    return Holdup(day=held.day, path=path, expected=way[-1].day)


def _ways(view: View, node: Node, assumed: Mapping[Node, date]) -> _Ways:
    plan = view.plan
    behind, found = {node, *plan.behind(node)}, dict[Node, _Ways]()
    for place in plan.network.order:
        one = plan.nodes[place]
        if one in assumed:
            found[one] = _Ways(_Way(assumed[one], one), None)
        elif one in behind:
            found[one] = _ways_of(view, one, found)
    return found[node]


def _ways_of(view: View, node: Node, found: Mapping[Node, _Ways]) -> _Ways:
    rest, calendar = view.once(Forecasts).rest(node) or 0, view.plan.calendar(node)
    own, held = _own(view, node), None
    end = _Way(own, node) if own else None
    for other, _, begins in view.plan.pushes(node):
        done, waits = found[other]
        if begins and done:
            after = _Way(calendar.shift(done.day, rest), node, done)
            end, held = _later(end, after), _later(held, after)
        else:
            end = _later(end, done and _Way(done.day, node, done))
            held = _later(held, waits and _Way(waits.day, node, waits))
    return _Ways(end, held)


def _later(one: _Way | None, other: _Way | None) -> _Way | None:
    """The longer way; of equals the first."""
    return other if one is None or (other is not None and other.day > one.day) else one


def _own(view: View, node: Node) -> date | None:
    """Its own day by a forecast or a date of its own; None where it has neither, or that passed."""
    plan = view.plan
    own, target = plan.own(node), view.target(node) if isinstance(node, ItemKey) else None
    if own is None or (target and target.via and target.claim.lo <= own <= target.claim.hi):
        return None
    if own >= view.today:
        return own
    return plan.finish(node) if plan.driver(node) is None else None
