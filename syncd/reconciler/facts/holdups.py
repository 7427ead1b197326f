"""Until when what a deliverable is made of has to wait, by days that somebody stands for.

In a plan an inherited date counts as an item's own, so no release is finished before its day. How
much earlier it could be judged is told without those dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from syncd.model.findings import Fact
from syncd.model.items import ItemKey
from syncd.reconciler.facts import chains, subjects, wording
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.plan import Node
from syncd.reconciler.view import Deliverable, View


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

    def is_to_blame(self, view: View, review: date) -> bool:
        """Whether the review would do if what is waited for were finished when it should (§E3.2).

        That is on its own date, or where it keeps that, on the day on which it is needed.
        """
        first, planned = self.path[0], view.plan.target(self.path[0])
        if planned is None or self.expected <= planned:
            planned = view.plan.needed_by(first)
        if planned is None or self.expected <= planned:
            return False
        then = _held(view, str(self.path[-1]), review, {first: planned})
        return then is None or then.day <= review

    def _is_restricted(self, view: View) -> bool:
        return any(subjects.is_restricted(view, key) for key in self.items())


def holdup(view: View, subject: str, review: date) -> Holdup | None:
    """Of a deliverable; None where nothing that has a day holds up what a review of it judges."""
    held = _held(view, subject, review, {}) if subject in view.plan else None
    if held is None:
        return None
    way = [held]
    while (before := way[-1].before) is not None:
        way.append(before)
    path = tuple(one.node for one in reversed(way))
    return Holdup(day=held.day, path=path, expected=way[-1].day)


def _held(view: View, subject: str, review: date, assumed: Mapping[Node, date]) -> _Way | None:
    plan, found = view.plan, dict[Node, _Ways]()
    later = frozenset(_planned_later(view, plan.deliverable(subject), review))
    for one in (*sorted(plan.behind(subject), key=view.once(_places).__getitem__), subject):
        ways, day = _ways_of(view, one, found), assumed.get(one)
        end = _Way(day, one) if day else ways.end
        found[one] = _Ways(end, None if day or one in later else ways.held)
    return found[subject].held


def _planned_later(view: View, whole: Deliverable | None, review: date) -> Iterator[ItemKey]:
    """What the review does not judge, since it comes after it: to publish, say."""
    for key in whole.members if whole else ():
        own = view.own_target(key)
        if own is not None and own.day > review:
            yield key


def _places(view: View) -> dict[Node, int]:
    """Of each node in the order of the plan: what is waited for comes first."""
    plan = view.plan
    return {plan.nodes[place]: number for number, place in enumerate(plan.network.order)}


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
    if own >= plan.today(node):
        return own
    return plan.finish(node) if plan.driver(node) is None else None
