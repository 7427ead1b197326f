"""Who holds an issue now, whether they are there, and when somebody last worked on it."""

from __future__ import annotations

from datetime import datetime, timedelta

from syncd.model.items import CalendarEvent, Issue, Phase, PullRequest
from syncd.model.people import Person
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.code_mismatches import implementing
from syncd.reconciler.view import View

HALF_DAY = timedelta(hours=4)
"""A shorter absence is none."""


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
    person = _person(view, issue.key.source, issue.assignee)
    return person is not None and any(
        event.type == "out_of_office" and _is_theirs(event, person) and _covers(view, event)
        for event in view.snapshot.events
    )


def _person(view: View, source: str, account: str | None) -> Person | None:
    for person in view.config.people:
        if account and (source, account) in person.accounts:
            return person
    return None


def _is_theirs(event: CalendarEvent, person: Person) -> bool:
    accounts = {account for source, account in person.accounts if source == event.key.source}
    return bool({event.organiser, event.scope} & {person.email, *accounts})


def _covers(view: View, event: CalendarEvent) -> bool:
    """Whether it takes place today and is no shorter than half a working day."""
    if event.status != "confirmed" or not event.first_day <= view.today <= event.last_day:
        return False
    if event.start_at is None or event.end_at is None:
        return True
    return event.end_at - event.start_at >= HALF_DAY


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
