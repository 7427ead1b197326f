"""Who holds an issue now, whether they are there, and when somebody last worked on it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from syncd.model.items import Issue, Phase, PullRequest
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.code_mismatches import implementing
from syncd.reconciler.forecast.presence import read_absences
from syncd.reconciler.view import View


def last_touched(view: View, issue: Issue) -> datetime:
    """Last human activity on the issue, its children and its pull requests."""
    parts: list[Issue | PullRequest] = [issue, *view.children(issue.key)]
    parts += implementing(view, issue)
    known = [part.last_human_activity_at for part in parts if part.last_human_activity_at]
    return max(known, default=issue.created_at)


def open_prerequisites(view: View, issue: Issue) -> list[Issue]:
    """Stated prerequisites that are neither done nor dropped."""
    edges = [edge for edge in view.prerequisites(issue.key) if edge.holds_up]
    found = [view.issue(edge.prerequisite) for edge in edges]
    return [one for one in found if one and not one.phase.is_closed]


def is_away(view: View, issue: Issue) -> bool:
    """Whether the assignee's calendar says that they are out of office today."""
    days = view.once(_away).get((issue.key.source, issue.assignee or ""), set())
    return view.calendar(issue.key).local_date(view.snapshot.as_of) in days


def _away(view: View) -> dict[tuple[str, str], set[date]]:
    """Days of absence by account."""
    found: dict[tuple[str, str], set[date]] = defaultdict(set)
    for absence in view.once(read_absences):
        for account in absence.person.accounts:
            found[account].update(day for day, _ in absence.days)
    return dict(found)


def holders(view: View, issue: Issue) -> tuple[str, ...]:
    """Names of who is to act: reviewers in review, else its owner."""
    reviewers = [
        view.account_name(pull.key.source, account)
        for pull in implementing(view, issue)
        if issue.phase is Phase.REVIEW and pull.state == "open"
        for account in pull.requested_reviewers
    ]
    own = subjects.who(view, view.owner(issue.key))
    return wording.unique(reviewers or [own])
