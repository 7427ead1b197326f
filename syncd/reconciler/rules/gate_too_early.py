"""A review takes place before what it judges can be finished.

Why: a go / no-go on unfinished work says no, or says yes without knowing.
When: a review that belongs to a deliverable is at most `ahead_bd` working days ahead, and before
the day by which the deliverable is as likely done as not, on `dwell_bd` working days in a row.
Silent: cancelled reviews, those that have begun, and one of a series that meets again before the
target. Too little history: it cannot be told.
Do: move the review to the day that is 85 % sure, or the first after it that is worked and not
frozen, or narrow what it judges.
Clears: the review is no earlier than that day for `dwell_bd` working days, or is held.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity, Standing, Unknown
from syncd.model.forecasts import Forecast
from syncd.model.items import CalendarEvent
from syncd.reconciler.facts import (
    closed_form,
    courses,
    delivery_days,
    outlooks,
    reckoning,
    subjects,
    wording,
)
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Deliverable, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.gate-too-early]`."""

    ahead_bd: int = 20
    """Reviews further ahead, in working days, are not looked at."""
    dwell_bd: int = 3
    """Working days in a row on which it must be so, before it is told and before it is over."""


def check(view: View, params: Params) -> Results:
    """A finding for each review that comes too early."""
    for deliverable in view.deliverables:
        alone = not deliverable.gates, "no review belongs to it"
        if view.passes_over(deliverable.subject, (deliverable.done, "it is done"), alone):
            continue
        for key in deliverable.gates:
            event = view.event(key)
            if event is not None and _is_next(view, deliverable, event, params):
                yield from _judge(view, deliverable, event, params)


def _is_next(view: View, deliverable: Deliverable, event: CalendarEvent, params: Params) -> bool:
    calendar = subjects.calendar_of(view, deliverable)
    ahead = calendar.between(view.today, event.first_day)
    return not view.passes_over(
        deliverable.subject,
        (event.status == "cancelled", "its review was cancelled"),
        (event.first_day <= view.today, "its review has begun"),
        (ahead > params.ahead_bd, f"its review is {ahead} wd away, over {params.ahead_bd}"),
        (_meets_again(view, deliverable, event), "its review meets again before the target"),
    )


def _meets_again(view: View, deliverable: Deliverable, event: CalendarEvent) -> bool:
    target = deliverable.target
    return event.recurring_id is not None and any(
        other.recurring_id == event.recurring_id
        and other.status != "cancelled"
        and other.first_day > event.first_day
        and (target is None or other.first_day < target.day)
        for other in view.snapshot.events
    )


def _judge(view: View, deliverable: Deliverable, event: CalendarEvent, params: Params) -> Results:
    found = view.once(Forecasts).of(deliverable)
    if found.items == 0:
        view.silent(deliverable.subject, "nothing of it is open")
        return
    if found.p50 is None:
        yield Unknown(
            rule=RULE.id,
            subject=deliverable.subject,
            discriminator=str(event.key),
            reason=f"{deliverable.name} cannot be forecast: {found.reason}",
        )
    elif event.first_day < found.p50:
        yield _finding(view, deliverable, event, found, params)
    else:
        days = event.first_day, found.p50
        view.silent(deliverable.subject, "its review is on {}, likely done by {}", *days)


def _finding(
    view: View, deliverable: Deliverable, event: CalendarEvent, found: Forecast, params: Params
) -> Finding:
    draft = courses.with_forecast(view, subjects.draft_of(view, deliverable, RULE.id), found)
    today, calendar = view.today, subjects.calendar_of(view, deliverable)
    left = calendar.between(today, event.first_day)
    slip = calendar.between(event.first_day, found.p50) if found.p50 else 0
    day, likely = wording.day(event.first_day, today), wording.day(found.p50 or today, today)
    title = f'"{subjects.short(event.title)}"' if event.title else "a private review"
    sure = delivery_days.proposed(view, deliverable, found.p85) if found.p85 else ""
    better = f"move {title} to {sure}, or " if sure else ""
    return replace(
        draft,
        discriminator=str(event.key),
        severity=grade(
            Severity.MEDIUM, tier=deliverable.tier, days_left=left, teams=len(deliverable.teams)
        ),
        standing=Standing.AT_RISK,
        summary=(
            f"{wording.sentence(title)} on {day} judges {deliverable.name}, which is most likely "
            f"done {likely}, {wording.later(slip)}."
        ),
        plain=f"The review of {draft.title} on {day} comes {wording.working_days(slip)} too early.",
        act=subjects.ask(view, draft, f"{better}narrow what it judges."),
        clears=(
            f"The review is no earlier than the likely day for "
            f"{wording.working_days(params.dwell_bd)}, or is held."
        ),
        url=event.url or draft.url,
        planned=event.first_day,
        slip=slip,
        facts=(_invited(view, event, day), *outlooks.facts(view, deliverable, found)),
        scopes=draft.scopes
        | subjects.scopes(view, [event.key])
        | view.once(Forecasts).scopes(deliverable),
        reckoning=reckoning.of(
            f"the review is on {day}; {closed_form.formula(view, deliverable, found)}",
            ahead_bd=left,
        ),
    )


def _invited(view: View, event: CalendarEvent, day: str) -> Fact:
    source = event.key.source
    names = wording.unique(view.account_name(source, one.account) for one in event.attendees)
    who = f"; invited: {wording.listing(names)}" if names else ""
    title = event.title or "A private review"
    return Fact(text=f"{title} on {day}{who}", source=source, seen_at=event.updated_at,
                url=event.url)  # fmt: skip


RULE = Rule(id="gate-too-early", severity=Severity.MEDIUM, params=Params, check=check)
