"""A launch, review or freeze moved in the calendar and the plan did not, or the reverse.

Why: the meeting that decides, and the date it decides on, are kept in two tools.
When: the day of an event that belongs to a deliverable changed, or it was cancelled, or the
deliverable's date changed; the other one did not follow, and the two fitted before and do not now
(relations of `dates-disagree`).
Silent: another time on the same local day, one meeting of a series that is not itself bound, a
duplicate that somebody declined. Changes made less than a working day ago open nothing.
Do: bring what does not count back to the date that does, or change that one.
Clears: the two fit again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity, Standing
from syncd.model.items import CalendarEvent
from syncd.reconciler.facts import (
    dates_wording,
    outlooks,
    reckoning,
    stated_dates,
    subjects,
    wording,
)
from syncd.reconciler.facts.parted import Parted, parted
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.event-moved]`."""

    tolerance_bd: int = 1
    """Working days by which a launch may come after the release."""


def check(view: View, params: Params) -> Results:
    """A finding for each event that has come apart from its deliverable."""
    for deliverable in view.deliverables:
        if not view.passes_over(deliverable.subject, (deliverable.done, "it is done")):
            for found in parted(view, deliverable, params.tolerance_bd):
                yield _finding(view, found)


def _finding(view: View, found: Parted) -> Finding:
    draft, plan = subjects.draft_of(view, found.deliverable, RULE.id), found.plan
    left = found.calendar.between(found.calendar.local_date(view.snapshot.as_of), plan.hi)
    gone, day = found.event.status == "cancelled", found.event.first_day
    return replace(
        draft,
        discriminator=str(found.event.key),
        severity=grade(Severity.MEDIUM, tier=draft.tier, days_left=left, teams=len(draft.teams)),
        standing=Standing.AT_RISK,
        summary=_summary(view, found),
        plain=_plain(view, found),
        act=subjects.ask(view, draft, _act(view, found)),
        clears="The event and the date it belongs to fit again.",
        planned=plan.hi,
        expected=None if gone else day,
        holds=found.is_fresh,
        slip=None if gone else found.calendar.between(plan.hi, day),
        facts=tuple(_facts(view, found)),
        scopes=subjects.scopes(view, [plan.subject, found.event.key]),
        material=f"{plan.hi} {'cancelled' if gone else day}",
        reckoning=reckoning.of(_plain(view, found), tolerance_bd=_apart(found)),
    )


def _summary(view: View, found: Parted) -> str:
    event, plan = _event(found.event), stated_dates.name(view, found.plan)
    day = wording.day(found.plan.hi, view.today)
    if found.event.status == "cancelled":
        was = wording.day(found.event.first_day, view.today)
        text = f"{event} on {was} was cancelled, but {plan} still says {day}"
    elif found.plan_moved:
        at = wording.day(found.event.first_day, view.today)
        text = f"{plan} moved from {_old(view, found)} to {day}, but {event} is on {at}"
    else:
        to = wording.day(found.event.first_day, view.today)
        text = f"{event} moved from {_old(view, found)} to {to}, but {plan} still says {day}"
    return f"{found.deliverable.name}: {text}."


def _old(view: View, found: Parted) -> str:
    return wording.day(found.old, view.today) if found.old else "no date"


def _plain(view: View, found: Parted) -> str:
    day = wording.day(found.plan.hi, view.today)
    at = wording.day(found.event.first_day, view.today)
    name, role = found.deliverable.name, found.role
    if found.event.status == "cancelled":
        return f"{name}: the {role} on {at} was cancelled; the date {day} stands."
    return f"{name}: the {role} is on {at}, the date is {day}; the two no longer fit."


def _act(view: View, found: Parted) -> str:
    event, plan = _event(found.event), stated_dates.name(view, found.plan)
    day = wording.day(found.plan.hi, view.today)
    if found.event.status == "cancelled":
        return f"put a new {found.role} into the calendar, or change {plan}."
    is_launch = found.role == "launch"
    stated = view.own_target(found.event.key)
    if found.plan.hi < view.today and stated:
        return dates_wording.once_over(view, found.plan, stated.claim, alike=is_launch)
    # The date that counts comes first, as in `dates-disagree` and `align plan`.
    to = f"to {day if is_launch else f'a day before {day}'}"
    if found.plan_moved:
        ways = f"move {event} {to}, or take the move of {plan} back"
    else:
        at = wording.day(found.event.first_day, view.today)
        other = at if is_launch else f"a day after {at}"
        ways = f"move {event} back {to}, or change {plan} to {other}"
    both = found.plan.hi, found.event.first_day
    return f"{ways}{outlooks.neither(view, found.deliverable, both) if is_launch else ''}."


def _apart(found: Parted) -> int | None:
    """Working days between a launch and the plan; what must come before has no tolerance."""
    if found.role != "launch" or found.event.status == "cancelled":
        return None
    return found.calendar.between(found.plan.hi, found.event.first_day)


def _event(event: CalendarEvent) -> str:
    return f'the event "{event.title}"' if event.title else "a private event"


def _facts(view: View, found: Parted) -> Iterator[Fact]:
    yield stated_dates.fact(view, found.plan, "; this one counts")
    event, change = found.event, found.change
    source, url = event.key.source, event.url
    state = "was cancelled; it was" if event.status == "cancelled" else "is"
    day = wording.day(event.first_day, view.today)
    text = wording.sentence(f"{_event(event)} {state} on {day}")
    yield Fact(text=text, source=source, url=url)
    if change is not None:
        mover = view.account_name(change.item.source, change.actor)
        which = stated_dates.name(view, found.plan) if found.plan_moved else _event(event)
        by = f" by {mover}" if mover else ""
        on = wording.day(found.calendar.local_date(change.at), view.today)
        yield Fact(
            text=wording.sentence(f"{which} was changed{by} on {on}"),
            source=change.item.source,
            seen_at=change.at,
        )
    silent = [one for one in event.attendees if one.response == "needs_action"]
    if silent:
        names = wording.listing([view.account_name(source, one.account) for one in silent])
        yield Fact(text=f"Not answered yet: {names}", source=source, url=url)


RULE = Rule(id="event-moved", severity=Severity.MEDIUM, params=Params, check=check)
