"""Items under a commitment that nobody owns, or that are in nobody's plan.

Why: what no one has picked up shortly before the date is what will be missing on it.
When: open items of a deliverable have neither assignee nor team; or, 15 working days before the
target, neither sprint nor date of their own although the team plans in sprints. It is told from one
item on with `soon_bd` working days left, from a quarter of them and 3 on with `ahead_bd`.
Silent: teams that pull from a queue (`pull_teams`), and deliverables without a committed date.
Do: assign them, or take them out, as long before the target as such items take.
Clears: fewer than half of that many are left.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from syncd.model.findings import Fact, Finding, Severity, Standing
from syncd.model.items import Issue
from syncd.reconciler.facts import planning, reckoning, stated_dates, subjects, wording
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.facts.unseen import unseen
from syncd.reconciler.forecast.ageing import Ageing
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Deliverable, View

PLANNED_BD = 15
"""Working days before the target by which work has a sprint or a date."""
PART, LEAST = 0.25, 3
"""Share and number of open items that are too many further ahead."""
OWNER, PLACE = "owner", "place in a plan"
ACTS = {OWNER: "assign", PLACE: "plan"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.uncovered-scope]`."""

    soon_bd: int = 10
    """Working days to the target from which on one such item is too many."""
    ahead_bd: int = 20
    """Working days to the target from which on a quarter is too many."""
    pull_teams: tuple[str, ...] = ()
    """Ids of teams that pull from a queue: nothing of theirs is assigned ahead."""


def check(view: View, params: Params) -> Results:
    """A finding for each deliverable with items that nobody covers."""
    for deliverable, target in subjects.promised(view):
        calendar = view.calendar_of(deliverable)
        left = calendar.between(view.today, target.day)
        if subjects.is_over(view, target.claim, calendar):
            view.silent(deliverable.subject, "its day has passed")
        elif left <= params.ahead_bd:
            work = _work(view, deliverable, params)
            every = {issue: lack for issue in work if (lack := _lack(view, issue, left))}
            bare = {one: every[one] for one in every if one.key not in view.snapshot.invisible}
            most = 1.0 if left <= params.soon_bd else max(LEAST, PART * len(work))
            if bare and len(bare) >= most / 2:
                yield _finding(view, deliverable, bare, left=left, most=most)
            elif every and len(every) >= most / 2:
                what = "items of it that nobody covered"
                gone = [one.key for one in every.keys() - bare]
                yield unseen(view, RULE.id, deliverable.subject, what, gone)
            else:
                reason = "{} of its {} open items are uncovered, below half of {:g}"
                view.silent(deliverable.subject, reason, len(bare), len(work), most)
        else:
            reason = "its day is {} wd away, and it is told of within {}"
            view.silent(deliverable.subject, reason, left, params.ahead_bd)


def _work(view: View, deliverable: Deliverable, params: Params) -> list[Issue]:
    return [
        issue
        for issue in subjects.open_members(view, deliverable)
        if view.team_of(issue.key).team not in params.pull_teams
    ]


def _lack(view: View, issue: Issue, left: int) -> str:
    """What it has none of; "" where all is well."""
    if not issue.assignee and view.team_of(issue.key).team is None:
        return OWNER
    return PLACE if left <= PLANNED_BD and planning.lacks_place(view, issue) else ""


def _finding(
    view: View, deliverable: Deliverable, bare: dict[Issue, str], *, left: int, most: float
) -> Finding:
    draft, today = subjects.draft_of(view, deliverable, RULE.id), view.today
    count = wording.plural(len(bare), "open item")
    has, them = ("has", "it") if len(bare) == 1 else ("have", "them")
    lacks = wording.unique(sorted(bare.values()))
    acts = " or ".join(ACTS[one] for one in lacks)
    without = " or ".join(f"no {one}" for one in lacks)
    day = deliverable.target.day if deliverable.target else today
    before = f"{wording.working_days(left)} before" if left else "on its day,"
    when = f"{before} {wording.day(day, today)}"
    text = f"{count} of {deliverable.name} {has} {without}, {when}"
    return replace(
        draft,
        severity=grade(
            Severity.MEDIUM, tier=deliverable.tier, days_left=left, teams=len(deliverable.teams)
        ),
        standing=Standing.AT_RISK,
        summary=f"{text}: {wording.listing(subjects.refs(bare))}.",
        plain=f"{wording.sentence(text)}.",
        act=subjects.ask(
            view,
            draft,
            f"{acts} {them}, or take {them} out{_latest(view, deliverable, bare, day)}.",
        ),
        clears=f"It has fewer than {wording.plural(math.ceil(most / 2), 'such item')}.",
        planned=day,
        facts=(
            *([stated_dates.fact(view, deliverable.target.claim)] if deliverable.target else []),
            *_by_team(view, bare),
        ),
        holds=len(bare) < most,
        reckoning=reckoning.of(
            f"{len(bare)} uncovered; told from {most:g} on with {wording.working_days(left)} left",
            soon_bd=left, ahead_bd=left,
        ),
    )  # fmt: skip


def _latest(view: View, deliverable: Deliverable, bare: Iterable[Issue], day: date) -> str:
    """` by Mon 14 Dec`: as long before the target as such items take; "" where that has passed."""
    calendar = view.calendar_of(deliverable)
    usual = max(view.once(Ageing).usual(issue) or 0.0 for issue in bare)
    last = calendar.shift(day, -round(usual))
    return f" by {wording.day(last, view.today)}" if last >= view.today else ""


def _by_team(view: View, bare: Iterable[Issue]) -> list[Fact]:
    teams: dict[str, list[Issue]] = defaultdict(list)
    for issue in bare:
        team = view.team_of(issue.key).team
        teams[subjects.team_name(view, team) if team else "no team"].append(issue)
    return [
        Fact(text=f"{wording.sentence(team)}: {wording.listing(subjects.refs(issues), 10)}")
        for team, issues in sorted(teams.items())
    ]


RULE = Rule(id="uncovered-scope", severity=Severity.MEDIUM, params=Params, check=check)
