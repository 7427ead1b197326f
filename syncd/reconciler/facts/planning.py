"""Whether work is in somebody's plan: in a sprint, where its team plans in sprints, or dated."""

from __future__ import annotations

from datetime import date, timedelta

from syncd.model.items import Issue, ItemKey
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.view import View

Planner = tuple[str, str]
"""(source, team or else scope) of those who plan in sprints."""


def lacks_place(view: View, issue: Issue, needed: date | None = None) -> bool:
    """Whether it has neither sprint nor date of its own, and its team plans in sprints there.

    What is `needed` once a whole sprint more fits behind the open ones may still be planned.
    """
    if issue.sprint is not None or view.own_target(issue.key) is not None:
        return False
    last = view.once(_planners).get(_planner(view, issue))
    return last is not None and (needed is None or needed < last)


def _planners(view: View) -> dict[Planner, date]:
    """Those of whom an open sprint holds items, be they done already: when the next would end."""
    found: dict[Planner, date] = {}
    ends: dict[ItemKey, date | None] = {}
    for issue in view.snapshot.issues:
        if issue.sprint is None:
            continue
        if issue.sprint not in ends:
            ends[issue.sprint] = _next_end(view, issue.sprint)
        if (end := ends[issue.sprint]) is not None:
            planner = _planner(view, issue)
            found[planner] = max(end, found.get(planner, end))
    return found


def _next_end(view: View, key: ItemKey) -> date | None:
    """When a sprint of as many weeks would end that follows this; None where this one is over."""
    sprint, target = view.milestone(key), view.own_target(key)
    if sprint is None or not is_open(sprint):
        return None
    if target is None:
        return date.max
    days = (target.day - sprint.start).days if sprint.start else 0
    return target.day + timedelta(weeks=-(-days // 7))


def _planner(view: View, issue: Issue) -> Planner:
    return issue.key.source, view.team_of(issue.key).team or str(view.scope(issue.key))
