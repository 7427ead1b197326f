"""A hand-over that nobody took.

Why: the team that finished thinks the next one works on it; the next one does not know that it can.
When: everything that an item waited for, the last of it from another team, is done since more than
`wait_bd` working days (and longer than 85 % of hand-overs to that team took to be started, where 30
are known), and the item has a target but is neither begun nor assigned. Or an item with a target
was given to another team and nobody has touched it since for `moved_bd` working days.
Do: start it, or assign it.
Clears: it is begun or assigned; somebody of the new team touches it.
Silent: what has no target; hand-overs within one team; what waits for something dropped
(`dep-dropped` speaks) or for something that is not read (`dep-blind` speaks).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Reckoning, Severity
from syncd.model.items import Issue, Phase
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.facts.activity import last_touched
from syncd.reconciler.facts.grace import has_lasted
from syncd.reconciler.facts.handovers import Handovers, freed_by
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.facts.unseen import unseen
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.dep-orphan]`."""

    wait_bd: int = 3
    """Working days that a hand-over may lie in any case."""
    moved_bd: int = 5
    """Working days in which the new team of an item is to touch it."""


def check(view: View, params: Params) -> Results:
    """A finding for each item that is free to start and left, or was passed on and left."""
    usual = Handovers(view)
    for issue in view.snapshot.issues:
        if view.target(issue.key) is None or subjects.is_spoken_for(view, issue.key, ()):
            view.silent(issue.key, "nobody expects it by a date that can be seen")
            continue
        yield from _freed(view, issue, usual, params)
        yield from _passed_on(view, issue, params)


def _freed(view: View, issue: Issue, usual: Handovers, params: Params) -> Results:
    assigned = issue.assignee, "it is assigned"
    if view.passes_over(issue.key, (issue.phase is not Phase.TODO, "it is begun"), assigned):
        return
    last, edges = freed_by(view, issue), view.prerequisites(issue.key)
    gone = view.snapshot.invisible.intersection(one.prerequisite for one in edges if one.holds_up)
    if gone:
        yield unseen(view, RULE.id, issue.key, "what it waited for", gone)
        return
    if last is None or last.done_at is None or not view.are_cross_team(last.key, issue.key):
        view.silent(issue.key, "it waited for nothing of another team, or not all of it is done")
        return
    calendar = view.calendar(issue.key)
    limit = max(params.wait_bd, usual.days(view.team_of(issue.key).team))
    since = calendar.local_date(last.done_at)
    if calendar.between(since, view.today) > limit:
        day = wording.day(since, view.today)
        yield _finding(
            view,
            issue,
            what=f"could start since {day}, when {last.ref} was done, but nobody has it",
            plain=f"could start since {day}, but nobody has taken it over",
            reckoned=_waited(calendar.between(since, view.today), limit, "wait_bd"),
            fact=Fact(
                text=f"{last.ref} is done", source=last.key.source, seen_at=last.done_at,
                url=last.url,
            ),
            before=last,
        )  # fmt: skip


def _passed_on(view: View, issue: Issue, params: Params) -> Iterator[Finding]:
    moves = [one for one in view.changes(issue.key, "team") if one.old and one.new]
    if issue.phase.is_closed or not moves:
        view.silent(issue.key, "it was never given to another team")
        return
    move, calendar = moves[-1], view.calendar(issue.key)
    is_left = last_touched(view, issue) <= move.at
    is_old = has_lasted(move.at, params.moved_bd, view.snapshot.as_of, calendar)
    young = not is_old, f"it was given to {move.new} less than {params.moved_bd} wd ago"
    if view.passes_over(issue.key, (not is_left, f"it was touched since {move.new} has it"), young):
        return
    day = wording.day(calendar.local_date(move.at), view.today)
    yield _finding(
        view,
        issue,
        what=f"was given from {move.old} to {move.new} on {day}, and nobody has touched it since",
        plain=f"was given to another team on {day}, and nobody has touched it since",
        fact=Fact(
            text=f"Team of {issue.ref} changed from {move.old} to {move.new}",
            source=issue.key.source, seen_at=move.at, url=issue.url,
        ),
        discriminator="passed on",
        reckoned=_waited(
            calendar.between(calendar.local_date(move.at), view.today), params.moved_bd, "moved_bd"
        ),
    )  # fmt: skip


def _finding(
    view: View,
    issue: Issue,
    *,
    what: str,
    plain: str,
    fact: Fact,
    reckoned: Reckoning,
    before: Issue | None = None,
    discriminator: str = "",
) -> Finding:
    draft, target = subjects.draft_of_item(view, issue.key, RULE.id), view.target(issue.key)
    draft = subjects.holding_up(view, draft, [issue.key])
    left = view.calendar(issue.key).between(view.today, target.day) if target else None
    return replace(
        draft,
        severity=grade(Severity.MEDIUM, tier=draft.tier, days_left=left, teams=len(draft.teams)),
        discriminator=discriminator,
        summary=f"{subjects.called(issue)} {what}{subjects.waits(draft.pushes)}.",
        plain=f"{draft.title} {plain}.",
        act=subjects.ask(view, draft, f"say who does {issue.ref} and when, or that it waits."),
        clears=f"{issue.ref} is begun or assigned."
        if before
        else f"Somebody works on {issue.ref}.",
        planned=target.day if target else None,
        facts=(fact,),
        reckoning=reckoned,
        scopes=draft.scopes | subjects.scopes(view, [before.key] if before else []),
        restricted=draft.restricted or (before is not None and before.restricted),
    )


def _waited(days: int, most: int, parameter: str) -> Reckoning:
    text = f"untouched for {wording.working_days(days)}; up to {most} are usual"
    return reckoning.of(text, **{parameter: days})


RULE = Rule(id="dep-orphan", severity=Severity.MEDIUM, params=Params, check=check)
