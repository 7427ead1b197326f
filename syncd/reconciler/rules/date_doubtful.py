"""A date comes near where dates seldom hold, and nothing else tells whether this one will.

Why: a plan that moved its dates before moves them again; in public release plans no other sign
foretold it as well.
When: the day of a version or milestone is at most `near_bd` working days ahead, and the chance
that it moves later or passes with work open is `enter` or more, by what became of all dates of its
project or repository, and of its whole source while those are few.
Severity: medium from even odds on, never more, since it is right six times in ten. Below them it is
information only: of those dates two in three held.
Silent: what the pace of its teams tells more of (`forecast-late`), what has items of which none is
open, sprints, and sources in which the fate of fewer than `least` dates is known.
Do: ask whoever owns it whether the date holds, and move it now if not.
Clears: the chance falls below `exit`, the date moves away, or its day passes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity, Standing
from syncd.model.items import Kind
from syncd.reconciler.facts import reckoning, stated_dates, subjects, wording
from syncd.reconciler.facts.records import USUAL, WEIGHT, Record, Records, Tally
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.resolve.resolution import Target
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Deliverable, View

EVEN = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.date-doubtful]`."""

    enter: float = 0.30
    """Chance that it does not hold from which on it is told."""
    exit: float = 0.25
    """Chance below which it is over."""
    near_bd: int = 20
    """Working days ahead at most."""
    least: int = 10
    """Dates of the source whose fate must be known."""


def check(view: View, params: Params) -> Results:
    """A finding for each date near by that its plan's record speaks against."""
    for deliverable, target in subjects.targeted(view):
        calendar = view.calendar_of(deliverable)
        left = calendar.between(view.today, target.day)
        guards = (
            (not _is_milestone(target), "its date is that of no version or milestone"),
            (subjects.is_over(view, target.claim, calendar), "its day has passed"),
            (left > params.near_bd, f"its day is {left} wd away, over {params.near_bd}"),
        )
        if not view.passes_over(deliverable.subject, *guards):
            yield from _judge(view, deliverable, target, params)


def _judge(view: View, deliverable: Deliverable, target: Target, params: Params) -> Results:
    record, known = view.once(Records).of(target.claim.subject), "the fate of {} dates is known"
    chance = "the chance that {} does not hold is {:.2f}, below {:.2f}"
    if deliverable.members and not subjects.open_members(view, deliverable):
        view.silent(deliverable.subject, "nothing of it is open")
    elif record.source.known < params.least:
        view.silent(deliverable.subject, f"{known}, below {{}}", record.source.known, params.least)
    elif record.late < params.exit:
        view.silent(deliverable.subject, chance, target.day, record.late, params.exit)
    elif view.once(Forecasts).of(deliverable).late is not None:
        view.silent(deliverable.subject, "the pace of its teams tells more of it")
    else:
        yield _finding(view, deliverable, target, record, params)


def _is_milestone(target: Target) -> bool:
    return target.claim.subject.kind is Kind.MILESTONE and target.authority != "sprint"


def _finding(
    view: View, deliverable: Deliverable, target: Target, record: Record, params: Params
) -> Finding:
    draft = subjects.draft_of(view, deliverable, RULE.id)
    day = wording.day(target.day, view.today)
    scope = view.scope(target.claim.subject)
    chance = f"{wording.likelihood(record.late)} ({wording.odds(record.late)})"
    base = Severity.MEDIUM if record.late >= EVEN else Severity.INFO
    graded = grade(base, tier=deliverable.tier, teams=len(deliverable.teams))
    return replace(
        draft,
        severity=min(graded, Severity.MEDIUM),
        standing=Standing.AT_RISK,
        summary=f"{deliverable.name} is {chance} not to hold {day}, going by earlier dates.",
        plain=f"{draft.title}: {chance} not to hold {day}, going by earlier dates.",
        act=subjects.ask(view, draft, f"say whether {day} holds, and move it now if not."),
        clears="It is done, its date moves away, or the chance falls below "
        f"{wording.share(params.exit)}.",
        planned=target.day,
        facts=(
            stated_dates.fact(view, target.claim),
            *_facts(scope.name, record.scope),
            *_facts(f"all of {scope.source}", record.source),
        ),
        scopes=draft.scopes | subjects.scopes(view, [target.claim.subject]),
        holds=record.late < params.enter,
        reckoning=reckoning.of(
            _formula(record), enter=record.late, exit=record.late, least=record.source.known
        ),
    )


def _formula(record: Record) -> str:
    scope, source = record.scope, record.source
    usual = f"({source.broken} + {WEIGHT} · {USUAL}) / ({source.known} + {WEIGHT})"
    return f"({scope.broken} + {WEIGHT} · {usual}) / ({scope.known} + {WEIGHT}) = {record.late:.2f}"


def _facts(name: str, tally: Tally) -> list[Fact]:
    if not tally.known:
        return []
    dates = wording.plural(tally.known, "date")
    return [Fact(text=f"Of {dates} in {name}, {tally.broken} moved later or passed with work open")]


RULE = Rule(id="date-doubtful", severity=Severity.MEDIUM, params=Params, check=check)
