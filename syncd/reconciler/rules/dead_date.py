"""The target is a day on which nobody can deliver.

Why: whoever plans towards a holiday or into a freeze loses days that nobody counted.
When: the target of a deliverable falls on a day that one of its teams does not work, or inside a
freeze that belongs to no other deliverable.
Silent: dates coarser than a day, ends of sprints, days that have passed, and days off that the
team's calendar says are worked.
Do: plan for the working day before.
Clears: the date moves to a day that counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from syncd.model.findings import Fact, Finding, Severity, Standing
from syncd.model.items import CalendarEvent, DateClaim, Precision
from syncd.reconciler.facts import delivery_days, reckoning, stated_dates, subjects, wording
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Deliverable, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.dead-date]`."""

    freezes: bool = True
    """Whether events that are freezes make a day dead."""


def check(view: View, params: Params) -> Results:
    """A finding for each deliverable whose target cannot be worked to."""
    for deliverable, target in subjects.targeted(view):
        calendar = view.calendar_of(deliverable)
        is_day = target.claim.precision in (Precision.DAY, Precision.INSTANT)
        guards = (
            (target.authority == "sprint", "it is a sprint"),
            (not is_day, "its date is no single day"),
            (subjects.is_over(view, target.claim, calendar), "its day has passed"),
        )
        if not view.passes_over(deliverable.subject, *guards):
            yield from _judge(view, deliverable, target.claim, params)


def _judge(view: View, deliverable: Deliverable, claim: DateClaim, params: Params) -> Results:
    day = claim.hi
    frozen = _frozen(view, day, params)
    why = delivery_days.within(frozen[0]) if frozen else delivery_days.off(view, deliverable, day)
    if why:
        yield _finding(view, deliverable, claim, why, params)
    else:
        view.silent(deliverable.subject, "all its teams work on {}, and no freeze covers it", day)


def _frozen(view: View, day: date, params: Params) -> list[CalendarEvent]:
    return delivery_days.covering(view, day) if params.freezes else []


def _finding(
    view: View, deliverable: Deliverable, claim: DateClaim, why: str, params: Params
) -> Finding:
    draft, day, today = subjects.draft_of(view, deliverable, RULE.id), claim.hi, view.today
    frozen = _frozen(view, day, params)
    before, after = (
        delivery_days.nearest(view, deliverable, day, step, frozen=params.freezes)
        for step in (-1, 1)
    )
    text = f"{wording.day(day, today)} {why}"
    choices = [wording.day(one, today) for one in (before, after) if one and one >= today]
    better = before if before and before >= today else after
    plan = f"plan for {wording.day(better, today)}" if better else "choose a day that is worked"
    base = Severity.MEDIUM if frozen else Severity.LOW
    return replace(
        draft,
        severity=grade(base, tier=deliverable.tier, teams=len(deliverable.teams)),
        standing=Standing.AT_RISK,
        summary=f"{deliverable.name} is promised for a day that does not count: {text}.",
        plain=f"{draft.title} is promised for a day that does not count: {text}.",
        act=subjects.ask(view, draft, f"{plan}, and say so where the date is written."),
        clears="The date moves to a day that every team works and no freeze covers.",
        planned=day,
        expected=better,
        facts=(
            stated_dates.fact(view, claim),
            *(_fact(event, today) for event in frozen),
            *(
                [Fact(text=f"Nearest days that count: {wording.listing(choices)}")]
                if choices
                else []
            ),
        ),
        scopes=draft.scopes | subjects.scopes(view, [event.key for event in frozen]),
        material=day.isoformat(),
        reckoning=reckoning.of(text),
    )


def _fact(event: CalendarEvent, today: date) -> Fact:
    text = f'"{event.title}": {wording.days(event.first_day, event.last_day, today)}'
    source = event.key.source
    return Fact(text=text, source=source, seen_at=event.updated_at, url=event.url)


RULE = Rule(id="dead-date", severity=Severity.LOW, params=Params, check=check)
