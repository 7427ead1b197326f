"""Whether work is in somebody's plan: in a sprint, where its team plans in sprints, or dated."""

from __future__ import annotations

from syncd.model.items import Issue
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.view import View

Planner = tuple[str, str]
"""(source, team or else scope) of those who plan in sprints."""


def lacks_place(view: View, issue: Issue) -> bool:
    """Whether it has neither sprint nor date of its own, and its team plans in sprints there."""
    is_planned = issue.sprint is not None or view.own_target(issue.key) is not None
    return not is_planned and _planner(view, issue) in view.once(_planners)


def _planners(view: View) -> frozenset[Planner]:
    """Those of whom an open sprint holds items, be they done already."""
    return frozenset(
        _planner(view, issue)
        for issue in view.snapshot.issues
        if issue.sprint and (sprint := view.milestone(issue.sprint)) and is_open(sprint)
    )


def _planner(view: View, issue: Issue) -> Planner:
    return issue.key.source, view.team_of(issue.key).team or str(view.scope(issue.key))
