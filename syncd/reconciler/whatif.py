"""What would move if something slipped, were dropped or done, or somebody were away. Pure.

Assumptions go into a copy of the snapshot, and the same rules, forecasts and plan judge it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from syncd.model.calendar import WorkingCalendar
from syncd.model.history import Change
from syncd.model.items import (
    CalendarEvent,
    DateClaim,
    Issue,
    Item,
    ItemKey,
    Kind,
    Milestone,
    Phase,
    PullRequest,
)
from syncd.model.people import Person
from syncd.model.snapshot import Snapshot
from syncd.reconciler.engine import foreseen
from syncd.reconciler.facts.grace import ASSUMED
from syncd.reconciler.plan import Foresight, Node
from syncd.reconciler.resolve.claims import own_claim
from syncd.reconciler.view import View

_HELD = {
    Kind.ISSUE: "issues",
    Kind.PULL_REQUEST: "pull_requests",
    Kind.MILESTONE: "milestones",
    Kind.EVENT: "events",
}
"""Where a snapshot holds each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """Finished `days` working days later than expected now; promised dates stay.

    A milestone or an event is nothing but its date: that moves, by its team's calendar.
    """

    key: ItemKey
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Closed undelivered; an event is cancelled."""

    key: ItemKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Delivered today."""

    key: ItemKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """Out of office from `first` to `last`, both included."""

    person: Person
    first: date
    last: date


Assumption = Slip | Drop | Done | Absent


def assumed(view: View, assumptions: Sequence[Assumption]) -> View:
    """The same data and configuration with the assumptions made, in their order.

    Raises KeyError for an item that is not held, ValueError for a slip of something of which
    nothing tells when it is finished; both carry the item.
    """
    slips = _slips(view, assumptions)
    snapshot = view.snapshot
    for one in assumptions:
        if isinstance(one, Absent):
            snapshot = _with_absence(snapshot, one)
        elif not (isinstance(one, Slip) and one.key in slips):
            snapshot = _with_change(snapshot, one, view.calendar(one.key))

    def estimates(after: View) -> Foresight:
        return _Slipped(foreseen(after), slips, after.calendar) if slips else foreseen(after)

    known = {person.id for person in view.config.people}
    strangers = {one.person.id: one.person for one in assumptions
                 if isinstance(one, Absent) and one.person.id not in known}  # fmt: skip
    config = replace(view.config, people=(*view.config.people, *strangers.values()))
    return View(snapshot, config, assume_fresh=True, estimates=estimates)


def on_their_own(view: View, assumptions: Iterable[Assumption]) -> dict[ItemKey, int]:
    """Working days by which work slips that no plan holds: nothing links it with anything.

    Raises ValueError as `assumed`.
    """
    slips = _slips(view, assumptions)
    return {key: days for key, (days, _) in slips.items() if key not in view.plan}


def _slips(view: View, assumptions: Iterable[Assumption]) -> dict[ItemKey, tuple[int, date]]:
    """Working days by which work slips, and the day it comes to."""
    found: dict[ItemKey, tuple[int, date]] = {}
    for one in assumptions:
        if isinstance(one, Slip) and one.key.kind in (Kind.ISSUE, Kind.PULL_REQUEST):
            days = one.days + found.get(one.key, (0,))[0]
            found[one.key] = days, view.calendar(one.key).shift(_expected(view, one.key), days)
    return found


def _expected(view: View, key: ItemKey) -> date:
    target, told = view.target(key), view.plan.told(key)
    if told is None and target is not None:
        told = max(target.day, view.today)
    if told is None:
        raise ValueError(str(key))
    return told


class _Slipped:
    """Forecasts as they are, but for what slips."""

    def __init__(
        self,
        made: Foresight,
        slips: Mapping[ItemKey, tuple[int, date]],
        calendar: Callable[[ItemKey], WorkingCalendar],
    ) -> None:
        self._made, self._slips, self._calendar = made, slips, calendar

    def finish(self, node: Node, /) -> date | None:
        return self._made.finish(node)

    def rest(self, node: Node, /) -> int | None:
        return self._made.rest(node)

    def assumed(self, node: Node, /) -> date | None:
        slip = self._slips.get(node) if isinstance(node, ItemKey) else None
        return slip[1] if slip else None

    def odds(self, node: Node, day: date, /) -> float | None:
        if isinstance(node, ItemKey) and node in self._slips:
            day = self._calendar(node).shift(day, -self._slips[node][0])
        return self._made.odds(node, day)


def _with_absence(snapshot: Snapshot, one: Absent) -> Snapshot:
    source, account = next(iter(one.person.accounts), ("assumed", one.person.email))
    name = f"absent {one.person.id} {one.first} {one.last}"
    event = CalendarEvent(
        key=ItemKey(source, Kind.EVENT, name), ref=name, scope=account, title="",
        first_day=one.first, last_day=one.last, status="confirmed", type="out_of_office",
        all_day=True,
    )  # fmt: skip
    events = sorted({*snapshot.events, event}, key=lambda held: held.key)
    return replace(snapshot, events=tuple(events))


def _with_change(
    snapshot: Snapshot, one: Slip | Drop | Done, calendar: WorkingCalendar
) -> Snapshot:
    name = _HELD[one.key.kind]
    held: tuple[Item, ...] = getattr(snapshot, name)
    before = next((item for item in held if item.key == one.key), None)
    if before is None:
        raise KeyError(str(one.key))
    if isinstance(one, Slip) and own_claim(before) is None:
        raise ValueError(str(one.key))
    after = (
        _moved(before, one.days, calendar)
        if isinstance(one, Slip)
        else _ended(before, one, snapshot)
    )
    changes = [*snapshot.changes, *_recorded(before, after, snapshot)]
    changes.sort(key=lambda change: (change.item, change.at, change.native_id))
    items: Any = tuple(after if item is before else item for item in held)
    return replace(snapshot, changes=tuple(changes), **{name: items})


def _moved(item: Item, days: int, calendar: WorkingCalendar) -> Item:
    """Its date `days` working days later; a range, such as a month, moves as it is long."""

    def later(claim: DateClaim) -> DateClaim:
        by = calendar.shift(claim.hi, days) - claim.hi
        return replace(claim, lo=claim.lo + by, hi=claim.hi + by)

    own = own_claim(item)
    claims = tuple(later(claim) if claim == own else claim for claim in item.claims)
    if not isinstance(item, CalendarEvent):
        return replace(item, claims=claims)
    by = min(calendar.shift(item.first_day, days) - item.first_day, date.max - item.last_day)
    return replace(
        item,
        claims=claims,
        first_day=item.first_day + by,
        last_day=item.last_day + by,
        start_at=item.start_at and item.start_at + by,
        end_at=item.end_at and item.end_at + by,
    )


def _ended(item: Item, one: Drop | Done, snapshot: Snapshot) -> Item:
    at, is_done = snapshot.as_of, isinstance(one, Done)
    if isinstance(item, Issue):
        phase = Phase.DONE if is_done else Phase.DROPPED
        return replace(
            item, phase=phase, state=phase.title(), done_at=at, state_entered_at=at,
        )  # fmt: skip
    if isinstance(item, PullRequest):
        state, merged_at = ("merged", at) if is_done else ("closed", None)
        return replace(item, state=state, merged_at=merged_at, closed_at=at)
    if isinstance(item, Milestone):
        return replace(item, state="released" if is_done else "archived", closed_at=at)
    return item if is_done else replace(item, status="cancelled")


def _recorded(before: Item, after: Item, snapshot: Snapshot) -> Iterable[Change]:
    """What a tracker would have recorded of it."""
    old, new = own_claim(before), own_claim(after)
    values = [(name, getattr(before, name, None), getattr(after, name, None))
              for name in ("phase", "state", "status")]  # fmt: skip
    if old and new:
        values.append((old.field, old.hi.isoformat(), new.hi.isoformat()))
    for name, was, is_ in values:
        if was != is_:
            yield Change(
                item=before.key, field=name, old=was and str(was), new=is_ and str(is_),
                at=snapshot.as_of, native_id=f"{ASSUMED}{name}",
            )  # fmt: skip
