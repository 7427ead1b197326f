"""Where the calendar says that something took place and the plan does not: line e of §B2."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import CalendarEvent, Item
from syncd.reconciler.facts import stated_dates, subjects, wording
from syncd.reconciler.facts.mismatch import Mismatch, stands
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View


def passed_but_open(view: View) -> Iterator[Mismatch]:
    """Line e, of every deliverable that is not done."""
    for deliverable in view.deliverables:
        if not deliverable.done:
            yield from _of(view, deliverable)


def _of(view: View, deliverable: Deliverable) -> Iterator[Mismatch]:
    """Its launch or last review is over, its day has come, and it is still open.

    A review before the target day says nothing: the deliverable is still meant to be open then. A
    launch is the thing itself.
    """
    bound = [item for key in deliverable.bound if (item := view.item(key))]
    still = [item for item in bound if is_open(item) and not isinstance(item, CalendarEvent)]
    calendar = view.calendar_of(deliverable)
    today = calendar.local_date(view.snapshot.as_of)
    events = [e for key in (*deliverable.events, *deliverable.gates) if (e := view.event(key))]
    target = deliverable.target
    over = [
        event
        for event in events
        if is_open(event)
        and event.last_day < today
        and (target is None or target.day <= event.last_day or event.key in deliverable.events)
    ]
    is_ahead = any(is_open(event) and event.last_day >= today for event in events)
    guards = (
        (not still, "it is closed"),
        (not events, "no launch or review belongs to it"),
        (is_ahead, "a launch or review of it is not over yet"),
        (not over, "its launch was cancelled, or its review cancelled or before its day"),
    )
    if not view.passes_over(deliverable.subject, *guards):
        last = max(over, key=lambda event: (event.last_day, event.key))
        yield _mismatch(view, deliverable, still[0], last, calendar)


def _mismatch(
    view: View,
    deliverable: Deliverable,
    still: Item,
    event: CalendarEvent,
    calendar: WorkingCalendar,
) -> Mismatch:
    day = wording.day(event.last_day, view.today)
    own = view.own_target(event.key)
    called = stated_dates.name(view, own.claim) if own else event.ref
    return Mismatch(
        kind="e",
        draft=replace(subjects.draft_of(view, deliverable, ""), encloses=(str(event.key),)),
        since=_end(event, calendar),
        calendar=calendar,
        summary=f"{wording.sentence(called)} took place on {day}, but {still.ref} is still open.",
        plain=f"{deliverable.name} is shown as open, but its event on {day} is over.",
        act=f"close {still.ref}, or put {called} on the day on which it will take place.",
        clears=f"{still.ref} is closed, or the event is moved or cancelled.",
        facts=(stands(event, event.updated_at), stands(still)),
        rests_on=(event.key, still.key),
    )


def _end(event: CalendarEvent, calendar: WorkingCalendar) -> datetime:
    if event.end_at is not None:
        return event.end_at
    following = event.last_day + timedelta(days=1)
    return datetime.combine(following, time(), ZoneInfo(event.zone or calendar.zone))
