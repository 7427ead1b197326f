"""What must hold between the dates of one deliverable (table of `dates-disagree`, §B1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import CalendarEvent, DateClaim, ItemKey
from syncd.reconciler.facts import stated_dates
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

EQUALS = ("config", "version", "github-milestone", "event")
"""Authorities that state the date of the thing itself."""


class Relation(StrEnum):
    """Which line of the table; the text is the finding's discriminator."""

    EQUAL = "equal"
    EPIC = "epic"
    """An epic that is part of it is due no later."""
    GATE = "gate"
    FREEZE = "freeze"
    """Comes before the release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Two claims of one deliverable that cannot both hold."""

    relation: Relation
    plan: DateClaim
    """Of the higher authority."""
    other: DateClaim
    gap: int
    """Working days from plan to other; positive = other is later."""


def clashes(view: View, deliverable: Deliverable, tolerance: int) -> list[Clash]:
    """Every violated relation; `tolerance` in working days is that of EQUAL."""
    calendar = view.calendar_of(deliverable)
    found = [
        *_unequal(view, deliverable, calendar, tolerance),
        *_late_epics(view, deliverable, calendar),
        *_not_before(view, deliverable, calendar, Relation.GATE),
        *_not_before(view, deliverable, calendar, Relation.FREEZE),
    ]
    return [
        clash
        for clash in found
        if not stated_dates.is_coarser(clash.plan, clash.gap, calendar)
        and not stated_dates.is_coarser(clash.other, clash.gap, calendar)
    ]


def in_force(view: View, deliverable: Deliverable, *authorities: str) -> list[DateClaim]:
    """Its claims of these authorities, highest first; closed and cancelled items make none."""
    claims = [claim for authority, claim in deliverable.claims if authority in authorities]
    items = [view.item(claim.subject) for claim in claims]
    return [
        claim for claim, item in zip(claims, items, strict=True) if item is None or is_open(item)
    ]


def event_claim(view: View, key: ItemKey, calendar: WorkingCalendar) -> DateClaim | None:
    """All days of an event, or its start's, also as that falls in the zone of `calendar`."""
    event, target = view.event(key), view.own_target(key)
    if event is None or target is None:
        return None
    return _widened(target.claim, event, calendar)


def _widened(claim: DateClaim, event: CalendarEvent, calendar: WorkingCalendar) -> DateClaim:
    if event.start_at is None:
        return replace(claim, hi=max(claim.hi, event.last_day))
    here = calendar.local_date(event.start_at)
    return replace(claim, lo=min(claim.lo, here), hi=max(claim.hi, here))


def agree(plan: DateClaim, other: DateClaim, calendar: WorkingCalendar, tolerance: int) -> bool:
    """Whether two claims state one day, give or take `tolerance` working days."""
    return abs(stated_dates.gap(plan, other, calendar)) <= tolerance


def is_before(event: DateClaim, plan: DateClaim) -> bool:
    """Whether an event that must come before the plan's day does."""
    return event.lo < plan.hi


def _unequal(
    view: View, deliverable: Deliverable, calendar: WorkingCalendar, tolerance: int
) -> Iterator[Clash]:
    fitting: list[DateClaim] = []
    for other in in_force(view, deliverable, *EQUALS):
        clash = _misfit(view, other, fitting, calendar, tolerance)
        if clash:
            yield clash
        else:
            # Only what fits may accuse a lower authority: one odd date is one clash, not many.
            fitting.append(other)


def _misfit(
    view: View,
    other: DateClaim,
    fitting: list[DateClaim],
    calendar: WorkingCalendar,
    tolerance: int,
) -> Clash | None:
    event = view.event(other.subject)
    stated = _widened(other, event, calendar) if event else other
    if event and event.start_at is None:
        other = stated
    for plan in fitting:
        gap = stated_dates.gap(plan, stated, calendar)
        launch_first = event is not None and gap < 0 and view.event(plan.subject) is None
        if abs(gap) > tolerance or launch_first:
            return Clash(relation=Relation.EQUAL, plan=plan, other=other, gap=gap)
    return None


def _late_epics(view: View, deliverable: Deliverable, calendar: WorkingCalendar) -> Iterator[Clash]:
    plans = in_force(view, deliverable, *EQUALS)
    for epic in in_force(view, deliverable, "epic") if plans else []:
        gap = stated_dates.gap(plans[0], epic, calendar)
        if gap > 0:
            yield Clash(relation=Relation.EPIC, plan=plans[0], other=epic, gap=gap)


def _not_before(
    view: View, deliverable: Deliverable, calendar: WorkingCalendar, relation: Relation
) -> Iterator[Clash]:
    if deliverable.target is None:
        return
    plan = deliverable.target.claim
    keys = deliverable.gates if relation is Relation.GATE else deliverable.freezes
    for claims in _series(view, keys, calendar):
        if not any(is_before(claim, plan) for claim in claims):
            gap = calendar.between(plan.hi, claims[0].lo)
            yield Clash(relation=relation, plan=plan, other=claims[0], gap=gap)


def _series(
    view: View, keys: tuple[ItemKey, ...], calendar: WorkingCalendar
) -> list[list[DateClaim]]:
    """Days of the events that take place; instances of one series together, earliest first."""
    series: dict[str, list[DateClaim]] = defaultdict(list)
    for key in keys:
        event, claim = view.event(key), event_claim(view, key, calendar)
        if event and claim and is_open(event):
            series[event.recurring_id or str(key)].append(claim)
    return [sorted(claims, key=lambda claim: claim.lo) for _, claims in sorted(series.items())]
