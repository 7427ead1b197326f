"""Who holds an issue now, whether they are there, and when somebody last worked on it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime

from syncd.model.items import Issue, ItemKey, Phase
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.code_mismatches import implementing
from syncd.reconciler.forecast.presence import read_absences
from syncd.reconciler.view import View


def last_touched(view: View, issue: Issue) -> datetime:
    """Last human activity on the issue, all that is below it and the pull requests of either."""
    below = view.once(_below).get(issue.key) if view.children(issue.key) else None
    return max(filter(None, (_own(view, issue), below)), default=issue.created_at)


def _own(view: View, issue: Issue) -> datetime | None:
    pulls = (pull.last_human_activity_at for pull in implementing(view, issue))
    return max(filter(None, (issue.last_human_activity_at, *pulls)), default=None)


def _below(view: View) -> dict[ItemKey, datetime]:
    """Of each issue with parts, the last activity on any of them, at every depth."""
    parents = {
        part.key: whole.key for whole in view.snapshot.issues for part in view.children(whole.key)
    }
    parts = filter(None, map(view.issue, parents))
    found: dict[ItemKey, datetime] = {}
    # The latest first: whatever is above one that has its moment already has it, too.
    for at, key in sorted(
        ((at, one.key) for one in parts if (at := _own(view, one))), reverse=True
    ):
        above = parents.get(key)
        while above is not None and above not in found:
            found[above] = at
            above = parents.get(above)
    return found


def who_touched(view: View, issue: Issue, at: datetime) -> str:
    """Name of who acted on it, a part or a pull request of either at a moment; "" = not known."""
    parts = [issue, *view.children(issue.key)]
    pulls = [pull for part in parts for pull in implementing(view, part)]
    acts = [
        (change.item.source, change.actor)
        for key in (*(one.key for one in parts), *(one.key for one in pulls))
        for change in view.changes(key)
        if change.at == at and not change.is_bot
    ]
    acts += [
        (pull.key.source, one.author) for pull in pulls for one in pull.reviews if one.at == at
    ]
    return next(filter(None, (view.account_name(*act) for act in acts)), "")


def open_prerequisites(view: View, issue: Issue) -> list[Issue]:
    """Stated prerequisites that are neither done nor dropped."""
    edges = [edge for edge in view.prerequisites(issue.key) if edge.holds_up]
    found = [view.issue(edge.prerequisite) for edge in edges]
    return [one for one in found if one and not one.phase.is_closed]


def is_held_up(view: View, issue: Issue) -> bool:
    """Whether a link says what it waits for, and that is open or cannot be read."""
    return waits_for_unread(view, issue) or bool(open_prerequisites(view, issue))


def waits_for_unread(view: View, issue: Issue) -> bool:
    """Whether a stated prerequisite of it is not held."""
    return issue.key in view.once(_waiting_for_unread)


def _waiting_for_unread(view: View) -> frozenset[ItemKey]:
    return frozenset(end.dependant for end in view.hidden_ends)


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
