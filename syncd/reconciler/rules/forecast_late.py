"""At the present pace the date will be missed.

Why: the pace of a team shows weeks ahead what its dates do not show yet.
When: the chance to miss the target is `enter` or more on `dwell_bd` working days in a row. The
chance comes from what is open in the deliverable and before it in its teams' queues, what they
finished lately, how evenly, who is away until then, and how far such forecasts were off.
Severity: little history, and a sprint, which half of the time carries something over, are never
grave.
Silent: more than `farthest_bd` working days left, and nothing open. With fewer than `nearest_bd`
nothing new is told, since `overdue` is next, but what was told is not over. Too little history of
any team that takes part: it cannot be told.
Do: take out items, or move to the date that is 85 % sure; both are worked out.
Clears: the chance stays below `exit` for `dwell_bd` working days, or it is done, or the day passes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from syncd.model.findings import Finding, Severity, Standing, Unknown
from syncd.model.forecasts import Forecast, Grade
from syncd.reconciler.facts import (
    closed_form,
    courses,
    outlooks,
    reckoning,
    stated_dates,
    subjects,
    wording,
)
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Deliverable, View

GRAVE = 0.85
"""Chance to miss from which on it is grave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.forecast-late]`."""

    enter: float = 0.78
    """Chance to miss the date from which on it is told; measured in `../forecast/README.md`."""
    exit: float = 0.40
    """Chance below which it is over."""
    dwell_bd: int = 2
    """Working days in a row on which it must be so, before it is told and before it is over."""
    nearest_bd: int = 1
    """With fewer working days left nothing new is told."""
    farthest_bd: int = 120
    """Dates further ahead are not forecast."""


def check(view: View, params: Params) -> Results:
    """A finding for each deliverable that is likely to be late."""
    for deliverable, target in subjects.targeted(view):
        calendar, subject = view.calendar_of(deliverable), deliverable.subject
        left = calendar.between(view.today, target.day)
        over = subjects.is_over(view, target.claim, calendar), "its day has passed"
        far = left > params.farthest_bd, f"its day is {left} wd away, over {params.farthest_bd}"
        if view.passes_over(subject, over, far):
            continue
        found = view.once(Forecasts).of(deliverable)
        if found.items == 0:
            view.silent(subject, "nothing of it is open")
            continue
        if found.late is None:
            yield Unknown(
                rule=RULE.id,
                subject=deliverable.subject,
                reason=f"{deliverable.name} cannot be forecast: {found.reason}",
            )
        elif found.late >= params.exit:
            yield _finding(view, deliverable, found, left, params)
        else:
            chance = target.day, found.late, params.exit
            view.silent(subject, "the chance to miss {} is {:.2f}, below {:.2f}", *chance)


def _finding(
    view: View, deliverable: Deliverable, found: Forecast, left: int, params: Params
) -> Finding:
    draft = courses.with_forecast(view, subjects.draft_of(view, deliverable, RULE.id), found)
    late, target, p50 = found.late or 0.0, found.target, found.p50
    slip = view.calendar_of(deliverable).between(target, p50) if target and p50 else None
    when = outlooks.when(view, found, slip)
    planned = wording.day(target, view.today) if target else ""
    chance = f"{wording.likelihood(late)} ({wording.odds(late)})"
    claim = deliverable.target.claim if deliverable.target else None
    return replace(
        draft,
        severity=_severity(deliverable, found, left),
        standing=Standing.AT_RISK,
        summary=(
            f"{deliverable.name} is {chance} to miss {planned}: at the present pace it is {when}."
        ),
        plain=f"{draft.title}: {chance} to be late; {when}; promised {planned}.",
        act=subjects.ask(view, draft, f"{outlooks.options(view, deliverable, found)}."),
        clears=(
            f"The chance to miss it stays below {wording.share(params.exit)} for "
            f"{wording.working_days(params.dwell_bd)}, or it is done."
        ),
        planned=target,
        slip=slip,
        facts=(
            *([stated_dates.fact(view, claim)] if claim else []),
            *outlooks.facts(view, deliverable, found),
        ),
        scopes=draft.scopes | view.once(Forecasts).scopes(deliverable),
        holds=late < params.enter or left < params.nearest_bd,
        reckoning=reckoning.of(
            closed_form.formula(view, deliverable, found),
            enter=late, exit=late, nearest_bd=left, farthest_bd=left,
        ),
    )  # fmt: skip


def _severity(deliverable: Deliverable, found: Forecast, left: int) -> Severity:
    base = Severity.HIGH if (found.late or 0.0) >= GRAVE else Severity.MEDIUM
    graded = grade(base, tier=deliverable.tier, days_left=left, teams=len(deliverable.teams))
    is_sprint = deliverable.target is not None and deliverable.target.authority == "sprint"
    is_capped = found.grade is Grade.C or is_sprint
    return min(graded, Severity.MEDIUM) if is_capped else graded


RULE = Rule(id="forecast-late", severity=Severity.MEDIUM, params=Params, check=check)
