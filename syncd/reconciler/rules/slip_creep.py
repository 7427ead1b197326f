"""A date that moves a little again and again, or recedes as fast as the days go by.

Why: each small slip is excused by itself; together they say that nobody believes the date.
When: of a date of its own that moved later at least twice in the last 60 working days: it did so
`moves` times; or by `total_bd` working days in all and a quarter of the time to its baseline; or
it came only half as much nearer as days went by, in the last 40. The last move is no older than 20.
Silent: sprints, bulk edits, moves that were undone, and a date that was declared as the baseline.
Do: plan once more, from the forecast, not from the last date.
Clears: no later move for 20 working days, or `syncd baseline set`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity, Standing
from syncd.reconciler.facts import courses, outlooks, reckoning, stated_dates, subjects, wording
from syncd.reconciler.facts.creep import QUIET_BD, RECEDE_BD, WINDOW_BD, Creep, creep_of
from syncd.reconciler.facts.dated import Dated, dated_subjects
from syncd.reconciler.facts.moves import Step, steps
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View

RECEDES, RUNS_AWAY = 0.5, 0.8
"""Working days by which the date moves for each that goes by: told, and grave."""
PART = 0.25
"""Of the time to the baseline that all moves must come to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.slip-creep]`."""

    moves: int = 3
    """Later moves in 60 working days that are told, however small."""
    total_bd: int = 10
    """Working days that two or more later moves must come to."""


def check(view: View, params: Params) -> Results:
    """A finding for each date that creeps."""
    for dated in dated_subjects(view):
        agreed = dated.is_promised(dated.claim.hi), "its date is the declared baseline"
        if view.passes_over(dated.node, (dated.claim.field == "end", "it is a sprint"), agreed):
            continue
        changes = view.moves(dated.claim)
        moved = steps((one for one in changes if not view.bulk(one)), dated.calendar)
        every = [step for step in moved if not dated.is_settled(step.change.at)]
        creep = creep_of(dated, every, view.today)
        if creep is None:
            reason = "it did not move later twice in {} wd and once in the last {}"
            view.silent(dated.node, reason, WINDOW_BD, QUIET_BD)
        elif _is_told(dated, creep, every, params):
            yield _finding(view, dated, creep, every)
        else:
            told = len(creep.later), creep.total, params.moves, params.total_bd
            view.silent(dated.node, "it moved {} times by {} wd; told are {} times, {} wd", *told)


def _is_told(dated: Dated, creep: Creep, every: Sequence[Step], params: Params) -> bool:
    first = every[0]
    planned = dated.baseline or first.old or first.new
    begun = dated.begun_on or first.made_on
    duration = max(0, dated.calendar.between(begun, planned))
    return (
        len(creep.later) >= params.moves
        or creep.total >= max(params.total_bd, PART * duration)
        or creep.pace >= RECEDES
    )


def _finding(view: View, dated: Dated, creep: Creep, every: Sequence[Step]) -> Finding:
    draft, today = dated.draft(view, RULE.id), view.today
    now, first = dated.claim.hi, creep.later[0].old or creep.later[0].new
    moved = wording.plural(len(creep.later), "time")
    text = (
        f"moved later {moved} in {WINDOW_BD} working days, from {wording.day(first, today)} to "
        f"{wording.day(now, today)}{_receding(creep)}"
    )
    quiet = dated.calendar.shift(creep.later[-1].made_on, QUIET_BD + 1)
    base = Severity.HIGH if creep.pace >= RUNS_AWAY else Severity.MEDIUM
    return replace(
        draft,
        severity=grade(base, tier=draft.tier, teams=len(draft.teams)),
        standing=Standing.AT_RISK,
        summary=f"{dated.name} {text}.",
        plain=f"{draft.title} {text}.",
        act=subjects.ask(view, draft, f"plan once more {_from(view, dated)}, not the last date."),
        clears=f"Its date does not move later until {wording.day(quiet, today)}.",
        planned=first,
        expected=now,
        slip=dated.calendar.between(first, now),
        course=courses.of_steps(every, today, dated.calendar),
        facts=(stated_dates.fact(view, dated.claim), *_staircase(view, dated, every)),
        reckoning=reckoning.of(text, moves=len(creep.later), total_bd=creep.total),
    )


def _receding(creep: Creep) -> str:
    if creep.pace < RECEDES:
        return ""
    nearer = round(RECEDE_BD * (1 - creep.pace))
    if nearer == 0:
        return f"; in {RECEDE_BD} working days it came no nearer"
    if nearer < 0:
        return f"; in {RECEDE_BD} working days it went {wording.working_days(nearer)} further away"
    return f"; in {RECEDE_BD} working days it came only {wording.working_days(nearer)} nearer"


def _from(view: View, dated: Dated) -> str:
    if dated.deliverable:
        found = view.once(Forecasts).of(dated.deliverable)
        if found.p85:
            return f"from the forecast ({outlooks.dates(found, view.today)})"
    return "from what is still to be done"


def _staircase(view: View, dated: Dated, every: Sequence[Step]) -> list[Fact]:
    source, today = dated.claim.subject.source, view.today
    found = []
    for step in every:
        who = view.account_name(source, step.change.actor)
        old = wording.day(step.old, today) if step.old else "no date"
        text = f"{old} → {wording.day(step.new, today)}{f' by {who}' if who else ''}"
        found.append(Fact(text=text, source=source, seen_at=step.change.at))
    return found[-10:]


RULE = Rule(id="slip-creep", severity=Severity.MEDIUM, params=Params, check=check)
