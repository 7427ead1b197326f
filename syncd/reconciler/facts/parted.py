"""Events that have come apart from the deliverable they belong to, because one of them moved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from syncd.model.calendar import WorkingCalendar
from syncd.model.history import Change
from syncd.model.items import CalendarEvent, DateClaim, ItemKey
from syncd.reconciler.facts.grace import has_lasted, is_assumed
from syncd.reconciler.facts.moves import Step, steps
from syncd.reconciler.facts.relations import agree, event_claim, is_before
from syncd.reconciler.facts.stated_dates import FRESH, gap, is_coarser
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

FOLLOW = 2
"""Working days around a cancellation in which a moved plan counts as its answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """An event and a plan that fitted until one of them moved."""

    deliverable: Deliverable
    event: CalendarEvent
    role: str
    """launch, review or freeze."""
    plan: DateClaim
    plan_moved: bool
    """The plan moved and the event did not; else the event did."""
    old: date | None
    """Day of what moved, before."""
    change: Change | None
    calendar: WorkingCalendar
    is_fresh: bool


@dataclass(frozen=True, slots=True)
class _Pair:
    """An event with its role beside the plan."""

    event: CalendarEvent
    role: str
    plan: DateClaim
    calendar: WorkingCalendar
    tolerance: int

    def fits(self, event: DateClaim, plan: DateClaim) -> bool:
        """Whether the relation of its role holds."""
        if self.role != "launch":
            return is_before(event, plan)
        days = gap(plan, event, self.calendar)
        coarse = any(is_coarser(claim, days, self.calendar) for claim in (event, plan))
        return coarse or (agree(plan, event, self.calendar, self.tolerance) and days >= 0)


def parted(view: View, deliverable: Deliverable, tolerance: int) -> Iterator[Parted]:
    """Of one deliverable; `tolerance` is that of launches, in working days."""
    if deliverable.target is None or view.event(deliverable.target.claim.subject):
        view.silent(deliverable.subject, "it has no date besides that of an event")
        return
    plan, calendar = deliverable.target.claim, view.calendar_of(deliverable)
    roles = (
        ("launch", deliverable.events),
        ("review", deliverable.gates),
        ("freeze", deliverable.freezes),
    )
    if not any(keys for _, keys in roles):
        view.silent(deliverable.subject, "no launch, review or freeze belongs to it")
    for role, keys in roles:
        for event in _own(view, keys):
            pair = _Pair(event, role, plan, calendar, tolerance)
            others = [other for other in keys if other != event.key]
            cause = _cancelled(view, pair) if event.status == "cancelled" else _moved(view, pair)
            if cause is None:
                reason = "the {} of {} and its date did not come apart"
                view.silent(deliverable.subject, reason, role, event.first_day)
            elif _has_stand_in(view, pair, others):
                view.silent(deliverable.subject, "another event stands in for the {}", role)
            else:
                if cause.is_fresh:
                    view.silent(deliverable.subject, FRESH, plan.hi, event.first_day)
                yield Parted(
                    deliverable=deliverable,
                    event=event,
                    role=role,
                    plan=plan,
                    plan_moved=cause.change is not None and cause.change.item == plan.subject,
                    old=cause.old,
                    change=cause.change,
                    calendar=calendar,
                    is_fresh=cause.is_fresh,
                )


def _own(view: View, keys: tuple[ItemKey, ...]) -> Iterator[CalendarEvent]:
    """The events, without those of a series of which several meetings belong to it."""
    events = [event for key in keys if (event := view.event(key))]
    series = Counter(event.recurring_id for event in events if event.recurring_id)
    yield from (event for event in events if series[event.recurring_id or ""] < 2)


def _has_stand_in(view: View, pair: _Pair, others: list[ItemKey]) -> bool:
    """Whether another event of its role, a duplicate or its successor, takes place and fits.

    One that was made anew stands in on whatever day: that this one does not fit is its own news.
    """
    if pair.event.status == "cancelled" and is_made_anew(view, pair.event, others):
        return True
    for key in others:
        other, claim = view.event(key), event_claim(view, key, pair.calendar)
        if other and claim and is_open(other) and pair.fits(claim, pair.plan):
            same = other.ical_uid is not None and other.ical_uid == pair.event.ical_uid
            succeeds = pair.event.status == "cancelled" or _is_declined(pair.event)
            if same or succeeds or other.title.casefold() == pair.event.title.casefold():
                return True
    return False


def is_made_anew(view: View, event: CalendarEvent, others: Iterable[ItemKey]) -> bool:
    """Whether one of the others, not over when this one was cancelled, has the name that it had."""
    at, name = _cancelled_at(view, event), event.title.casefold()
    first = view.calendar(event.key).local_date(at or view.snapshot.as_of)
    return bool(name) and any(
        is_open(one) and one.title.casefold() == name and one.last_day >= first
        for one in filter(None, map(view.event, others))
    )


def _cancelled_at(view: View, event: CalendarEvent) -> datetime | None:
    changes = [c for c in view.changes(event.key, "status") if c.new == "cancelled"]
    return changes[-1].at if changes else event.updated_at


def _is_declined(event: CalendarEvent) -> bool:
    return any(one.account == event.organiser for one in event.attendees) and all(
        one.response == "declined" for one in event.attendees if one.account == event.organiser
    )


@dataclass(frozen=True, slots=True)
class _Cause:
    """What parted the two: the change, and the day of what moved before it."""

    change: Change | None
    old: date | None
    is_fresh: bool


def _cancelled(view: View, pair: _Pair) -> _Cause | None:
    """Cancelled before it took place, for a day that still stands and is still ahead."""
    changes = [c for c in view.changes(pair.event.key, "status") if c.new == "cancelled"]
    change = changes[-1] if changes else None
    at, as_of = _cancelled_at(view, pair.event), view.snapshot.as_of
    claim, calendar = event_claim(view, pair.event.key, pair.calendar), pair.calendar
    if claim is None or at is None or calendar.local_date(at) > claim.hi:
        return None
    has_followed = any(
        step.change.at > at or calendar.between(step.made_on, calendar.local_date(at)) <= FOLLOW
        for step in steps(view.changes(pair.plan.subject, pair.plan.field), calendar)
    )
    is_ahead = pair.plan.hi >= calendar.local_date(as_of)
    if has_followed or not is_ahead or not pair.fits(claim, pair.plan):
        return None
    is_old = (change is not None and is_assumed(change)) or has_lasted(at, 1, as_of, calendar)
    return _Cause(change, None, is_fresh=not is_old)


def _moved(view: View, pair: _Pair) -> _Cause | None:
    """The step from which on the two no longer fitted; fresh for a working day."""
    now = event_claim(view, pair.event.key, pair.calendar)
    if now is None or pair.fits(now, pair.plan):
        return None
    ours = steps(view.changes(pair.event.key, now.field), pair.calendar)
    theirs = steps(view.changes(pair.plan.subject, pair.plan.field), pair.calendar)
    event = _on(now, ours[0].old) if ours else now
    plan = _on(pair.plan, theirs[0].old) if theirs else pair.plan
    cause: Step | None = None
    for step in sorted((*ours, *theirs), key=lambda step: (step.change.at, step.change.item)):
        fitted = event is not None and plan is not None and pair.fits(event, plan)
        if step in ours:
            event = _on(now, step.new)
        else:
            plan = _on(pair.plan, step.new)
        if event is not None and plan is not None and pair.fits(event, plan):
            cause = None
        elif fitted:
            cause = step
    made = [step.change.at for step in (*ours, *theirs) if not is_assumed(step.change)]
    last = max(made, default=None)
    is_old = has_lasted(last, 1, view.snapshot.as_of, pair.calendar)
    return _Cause(cause.change, cause.old, is_fresh=not is_old) if cause else None


def _on(claim: DateClaim, day: date | None) -> DateClaim | None:
    return replace(claim, lo=day, hi=day) if day else None
