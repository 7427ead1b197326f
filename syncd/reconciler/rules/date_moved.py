"""A committed date has changed.

Why: a date that moves quietly is the first sign of drift, and whoever waits must hear of it.
When: within the last 10 working days a date was moved so that it now stands at least `min_move_…`
working days (by tier) from where it stood 5 working days before that move. Told of a deliverable,
and of an item with a due date of its own, not of what inherits a version's. Or what others plan
with lost its only date, and got none on the next working day.
Silent: the first date ever set, its moves in the first five working days of its item, and the loss
of one that had not stood as long; edits undone within a working day, bulk edits; where it makes no
date too early also a later date declared as the baseline, and moves before `syncd baseline set`.
After three later moves a step of under 3 working days is no news, unless it makes more too early.
Do: tell those who wait, and agree on the new date as baseline, or take scope out.
Clears: by itself after 10 working days, but not before the dates that the move made too early fit
again, since it speaks for them (`dep-inversion`); or when the date moves back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from syncd.model.findings import Alone, Fact, Finding, Push, Severity, Standing
from syncd.reconciler.facts import courses, moves, outlooks, stated_dates, subjects, wording
from syncd.reconciler.facts.creep import news_of
from syncd.reconciler.facts.dated import Dated, dated_subjects, made_on
from syncd.reconciler.facts.moves import NEWS_BD, Move, Step, net_move, steps
from syncd.reconciler.facts.overtaken import clears, overtaken, plainly
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.facts.withdrawn import withdrawn
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View

FAR_BD = 10
"""Working days beyond the baseline that raise the severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.date-moved]`."""

    min_move_a: int = 1
    """Smallest move told of tier A, in working days."""
    min_move_b: int = 2
    """Of tier B, and of items under no deliverable."""
    min_move_c: int = 5
    """Of tier C: sprints and what is internal."""
    too_bold: float = 0.70
    """Chance to miss a date that was moved earlier from which on the move is more than news."""


def check(view: View, params: Params) -> Results:
    """A finding for each date whose net move is news."""
    yield from withdrawn(view, RULE.id)
    least = {"A": params.min_move_a, "C": params.min_move_c}
    for dated in dated_subjects(view):
        moved = steps(view.moves(dated.claim), dated.calendar)
        move = net_move(
            moved,
            dated.claim.hi,
            today=dated.calendar.local_date(view.snapshot.as_of),
            calendar=dated.calendar,
            least=least.get(dated.tier, params.min_move_b),
            since=made_on(view, dated.claim.subject),
            counts=lambda step: not view.bulk(step.change),
        )
        victims = overtaken(view, dated, move) if move else []
        if move is None or not (move.is_news or victims):
            reason = "in {} wd no move stands of {} wd or more; undone and bulk edits are none"
            view.silent(dated.node, reason, NEWS_BD, least.get(dated.tier, params.min_move_b))
        elif dated.covers(move) and not victims:
            view.silent(dated.node, "the new date, {}, was agreed on since", move.new)
        else:
            bold = outlooks.late(view, dated.node, move.new) >= params.too_bold
            every = tuple(subjects.push(view, key, expected=move.new) for key in victims)
            found = _finding(view, dated, move, moved, every, bold=bold)
            names = wording.unique(map(str, victims))
            yield replace(found, explains=names, material="\n".join([found.material, *names]))


def _finding(
    view: View,
    dated: Dated,
    move: Move,
    moved: tuple[Step, ...],
    hit: tuple[Push, ...],
    *,
    bold: bool,
) -> Finding:
    draft, today = dated.draft(view, RULE.id), view.today
    baseline = dated.baseline or moved[0].old or moved[0].new
    beyond = dated.calendar.between(baseline, move.new)
    pushes = subjects.in_order(push for push in hit if push.slip)
    draft = subjects.reaching(view, draft, (push.team for push in pushes))
    old, new = wording.day(move.old, today), wording.day(move.new, today)
    text = f"moved from {old} to {new}, {wording.later(move.slip)}"
    facts = _facts(view, dated, move, baseline)
    return replace(
        draft,
        severity=_severity(dated, move, bold=bold, beyond=beyond, teams=len(draft.teams)),
        standing=Standing.AT_RISK if move.slip > 0 or beyond > 0 else Standing.ON_PLAN,
        summary=f"{dated.name} {text}{subjects.pushed(pushes)}.",
        plain=f"{draft.title} {text}{plainly(view, pushes)}.",
        act=_act(view, draft, move, pushes),
        clears=clears(move, pushes, today),
        planned=move.old, expected=move.new, slip=move.slip,
        course=courses.of_steps(moved, today, dated.calendar),
        pushes=pushes, facts=facts,
        alone=Alone(
            summary=f"{dated.name} {text}.", plain=f"{draft.title} {text}.",
            act=_act(view, draft, move, ()), facts=facts,
        ),
        material=news_of(dated, [one for one in moved if not view.bulk(one.change)]).isoformat(),
        encloses=tuple(map(str, dated.keys)),
        reckoning=moves.reckoned(move, draft.tier, today),
    )  # fmt: skip


def _severity(dated: Dated, move: Move, *, bold: bool, beyond: int, teams: int) -> Severity:
    if move.slip < 0:
        base = Severity.MEDIUM if bold else Severity.INFO
    else:
        base = Severity.HIGH if beyond > FAR_BD else Severity.MEDIUM
    found = grade(base, tier=dated.tier, teams=teams)
    is_plan = dated.provisional or dated.baseline == move.new
    return min(found, Severity.MEDIUM) if is_plan else found


def _act(view: View, draft: Finding, move: Move, pushes: tuple[Push, ...]) -> str:
    old, new = wording.day(move.old, view.today), wording.day(move.new, view.today)
    if move.slip < 0:
        text = f"check that what is open in {draft.ref} can be done by {new}."
        return subjects.ask(view, draft, text)
    refs = [push.ref for push in pushes]
    tell = f"tell the owners of {wording.listing(refs)}; " if refs else ""
    act = f"{tell}agree on {new} as the baseline and say why, or take scope out to hold {old}."
    return subjects.ask(view, draft, act)


def _facts(view: View, dated: Dated, move: Move, baseline: date) -> tuple[Fact, ...]:
    change, claim, today = move.steps[-1].change, dated.claim, view.today
    item, source = view.item(claim.subject), claim.subject.source
    by = f" by {view.account_name(source, change.actor)}" if change.actor else ""
    before = wording.day(move.steps[-1].old, today) if move.steps[-1].old else "no date"
    step = f"from {before} to {wording.day(move.steps[-1].new, today)}{by}"
    moved = Fact(
        text=f"{wording.sentence(stated_dates.name(view, claim))} changed {step}",
        source=source,
        seen_at=change.at,
        url=item.url if item else "",
    )
    meant = f"the baseline ({wording.day(baseline, today)}{dated.note})"
    beyond = wording.later(dated.calendar.between(baseline, move.new))
    earlier = f"It had moved {wording.plural(move.earlier, 'time')} before"
    every = (moved, Fact(text=f"Against {meant}: {beyond}"), Fact(text=earlier))
    return every if move.earlier else every[:2]


RULE = Rule(id="date-moved", severity=Severity.MEDIUM, params=Params, check=check)
