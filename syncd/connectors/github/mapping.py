"""GitHub rows → the common model. Pure; raises `Malformed` for a row that can't be used.

Identity is the database id of each entity: of the issue for an issue, of the *pull request* (not
of its issue row) for a pull request, of the milestone for a milestone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from syncd.connectors.github import history, projects, rest
from syncd.connectors.github.details import Actor, IssueDetails, PullDetails
from syncd.connectors.github.repo import Repo
from syncd.connectors.github.rows import (
    Malformed,
    Row,
    inner,
    moment,
    number,
    optional_moment,
    optional_text,
    rows,
    text,
)
from syncd.model.history import Change
from syncd.model.items import (
    Account,
    DateClaim,
    DateRole,
    Issue,
    ItemKey,
    Kind,
    Level,
    Milestone,
    MilestoneKind,
    Phase,
    PullRequest,
    Review,
)

__all__ = ["Mapped", "Repo", "due_day", "issue", "milestone", "phase", "pull_request"]

DUE_ZONE = ZoneInfo("America/Los_Angeles")
"""`due_on` is midnight there, told in UTC (`reconciler.md` §F)."""

_LEVELS = {"epic": Level.EPIC, "initiative": Level.INITIATIVE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """One item and what comes with it."""

    item: Issue | PullRequest
    changes: tuple[Change, ...]
    accounts: tuple[Account, ...]
    sprint: Milestone | None = None
    """The iteration of a project that it is planned for."""


def milestone(row: Row, repo: Repo) -> Milestone:
    """A milestone row."""
    key = repo.key(Kind.MILESTONE, number(row, "id"))
    due_on = optional_moment(row, "due_on")
    is_open = text(row, "state") == "open"
    shown = number(row, "number")
    return Milestone(
        key=key,
        ref=f"{repo.full_name} milestone {shown}",
        scope=repo.scope,
        kind=MilestoneKind.GITHUB_MILESTONE,
        name=text(row, "title"),
        state="active" if is_open else "closed",
        updated_at=optional_moment(row, "updated_at"),
        closed_at=None if is_open else optional_moment(row, "closed_at"),
        url=f"{repo.web}/{repo.full_name}/milestone/{shown}",
        claims=(_claim(key, DateRole.DUE, "due", due_day(due_on)),) if due_on else (),
    )


def due_day(due_on: datetime) -> date:
    """The day that people chose as a milestone's due date."""
    return due_on.astimezone(DUE_ZONE).date()


def issue(row: Row, details: IssueDetails, repo: Repo) -> Mapped:
    """An issue row that is not a pull request."""
    key = repo.key(Kind.ISSUE, number(row, "id"))
    now = _standing(row)
    shown, updated = number(row, "number"), moment(row, "updated_at")
    kind = optional_text(inner(row, "type"), "name")
    claims = _dates(row, details, key, repo)
    sprint = projects.sprint(details.project or (), repo)
    found = Issue(
        key=key,
        ref=repo.ref(shown),
        scope=repo.scope,
        title=text(row, "title"),
        type=kind or "Issue",
        level=_LEVELS.get(kind.casefold(), Level.ITEM),
        phase=_phase(now, details, repo),
        state=now.state,
        created_at=moment(row, "created_at"),
        updated_at=updated,
        done_at=optional_moment(row, "closed_at") if now.state != "open" else None,
        parent=details.parent.ref if details.parent else None,
        milestones=_milestones(row, repo),
        sprint=sprint.key if sprint else None,
        assignee=now.assignee,
        labels=tuple(sorted(now.labels)),
        unchecked_tasks=unchecked_tasks(optional_text(row, "body")),
        url=f"{repo.web}/{repo.full_name}/issues/{shown}",
        aliases=repo.aliases(shown),
        claims=claims,
        unanswered=projects.unanswered(details, claims, repo),
    )
    subject = _subject(found, now, repo)
    return Mapped(
        item=found,
        changes=history.changes(subject, details.events),
        accounts=_accounts(row, details, repo),
        sprint=sprint,
    )


def pull_request(row: Row, details: PullDetails, repo: Repo) -> Mapped:
    """An issue row of a pull request, with the details of the pull request."""
    now = _standing(row)
    state = "merged" if details.merged_at else now.state.partition(" ")[0]
    now = replace(now, state=state, draft=details.draft)
    found = _pull_request(row, details, now, repo)
    changes = (
        *history.changes(_subject(found, now, repo), details.events),
        *_review_changes(found.key, details, repo),
    )
    return Mapped(
        item=found,
        changes=tuple(sorted(changes, key=lambda change: change.at)),
        accounts=_accounts(row, details, repo),
    )


def _pull_request(row: Row, details: PullDetails, now: history.Standing, repo: Repo) -> PullRequest:
    key = repo.key(Kind.PULL_REQUEST, details.id)
    shown, title = number(row, "number"), text(row, "title")
    created, updated = moment(row, "created_at"), moment(row, "updated_at")
    author = rest.actor(row.get("user"))
    claims = _dates(row, details, key, repo)
    return PullRequest(
        key=key,
        ref=repo.ref(shown),
        scope=repo.scope,
        number=shown,
        title=title,
        state=now.state,
        created_at=created,
        updated_at=updated,
        draft=details.draft,
        base=details.base,
        base_is_default=details.base == repo.default_branch or not repo.default_branch,
        head_branch=details.head_branch,
        author=author.login if author else None,
        is_bot=history.is_bot(author, repo.bots),
        is_revert=title.startswith(('Revert "', 'Reapply "'))
        or details.head_branch.startswith("revert-"),
        requested_reviewers=details.requested,
        reviews=_reviews(details),
        review_decision=details.decision,
        pushed_at=_pushed_at(details, created, updated),
        checks=details.checks,
        mergeable=details.mergeable,
        code_owners=repo.owners.of(details.paths or ()),
        merged_at=details.merged_at,
        closed_at=optional_moment(row, "closed_at"),
        milestones=_milestones(row, repo),
        labels=tuple(sorted(now.labels)),
        url=f"{repo.web}/{repo.full_name}/pull/{shown}",
        aliases=repo.aliases(shown),
        claims=claims,
        unanswered=projects.unanswered(details, claims, repo),
    )


def phase(standing: history.Standing, phases: Mapping[str, Phase]) -> Phase:
    """Where an issue stands: a mapped label, else active once somebody has it.

    Assignment is the only sign of begun work that GitHub keeps a whole history of.
    """
    if standing.state != "open":
        return Phase.DONE if standing.state == "closed" else Phase.DROPPED
    held = {label.casefold() for label in standing.labels}
    mapped = next((phases[label] for label in phases if label in held), None)
    return mapped or (Phase.ACTIVE if standing.assignees else Phase.TODO)


def _phase(now: history.Standing, details: IssueDetails, repo: Repo) -> Phase:
    """What a project says of an open issue, else what its labels and assignees say."""
    said = projects.phase(details.project or (), repo) if now.state == "open" else None
    return said or phase(now, repo.phases)


def unchecked_tasks(body: str) -> int:
    """Open checkboxes of a description."""
    return sum(
        line.lstrip().startswith(("- [ ] ", "* [ ] ", "+ [ ] ")) for line in body.splitlines()
    )


def _standing(row: Row) -> history.Standing:
    state = text(row, "state")
    if state not in ("open", "closed"):
        raise Malformed("state is neither open nor closed")
    people = [rest.actor(each) for each in rows(row.get("assignees"))]
    people = people or [rest.actor(row.get("assignee"))]
    reason = optional_text(row, "state_reason").lower()
    return history.Standing(
        state="open" if state == "open" else history.closed_state(reason),
        assignees=tuple(someone.login for someone in people if someone),
        labels=frozenset(_labels(row)),
    )


def _labels(row: Row) -> list[str]:
    found = row.get("labels")
    if not isinstance(found, list):
        raise Malformed("labels is not a list")
    # GitHub's description allows a label to be a plain text.
    names = [each if isinstance(each, str) else optional_text(inner(each), "name")
             for each in found]  # fmt: skip
    return [name for name in names if name]


def _milestones(row: Row, repo: Repo) -> tuple[ItemKey, ...]:
    held = inner(row, "milestone")
    return (repo.key(Kind.MILESTONE, number(held, "id")),) if held else ()


def _dated_fields(row: Row, key: ItemKey, repo: Repo) -> tuple[DateClaim, ...]:
    found = []
    for each in rows(row.get("issue_field_values")):
        meaning = repo.date_fields.get(optional_text(each, "issue_field_name").casefold())
        value = optional_text(each, "value")
        if meaning and value:
            try:
                day = date.fromisoformat(value[:10])
            except ValueError:
                raise Malformed(f"the issue field for {meaning} holds no date") from None
            found.append(_claim(key, DateRole(meaning), meaning, day))
    return tuple(found)


def _dates(
    row: Row, details: IssueDetails | PullDetails, key: ItemKey, repo: Repo
) -> tuple[DateClaim, ...]:
    """Of the organisation's issue fields; a project is asked for the dates that those lack."""
    found = {each.field: each for each in projects.claims(details.project or (), key, repo)}
    found |= {each.field: each for each in _dated_fields(row, key, repo)}
    return tuple(found[name] for name in sorted(found))


def _claim(key: ItemKey, role: DateRole, name: str, day: date) -> DateClaim:
    return DateClaim(subject=key, role=role, field=name, lo=day, hi=day)


def _subject(item: Issue | PullRequest, now: history.Standing, repo: Repo) -> history.Subject:
    return history.Subject(
        key=item.key,
        repo_id=repo.id,
        now=now,
        milestone=item.milestones[0] if item.milestones else None,
        milestones=repo.milestones,
        phase=(lambda at: phase(at, repo.phases)) if isinstance(item, Issue) else None,
        bots=repo.bots,
    )


def _reviews(details: PullDetails) -> tuple[Review, ...]:
    return tuple(
        Review(at=each.at, author=each.author.login if each.author else "", verdict=each.verdict)
        for each in sorted(details.reviews, key=lambda review: (review.at, review.id))
    )


def _review_changes(key: ItemKey, details: PullDetails, repo: Repo) -> tuple[Change, ...]:
    return tuple(
        Change(
            item=key,
            field="review",
            old=None,
            new=None,
            at=each.at,
            native_id=f"{each.id}:review",
            actor=each.author.login if each.author else None,
            is_bot=history.is_bot(each.author, repo.bots),
        )
        for each in details.reviews
    )


def _pushed_at(details: PullDetails, created: datetime, updated: datetime) -> datetime | None:
    """The last push. Commits carry their author's clock, so it is kept within the item's life."""
    pushes = [e.at for e in details.events if e.kind in ("committed", "head_ref_force_pushed")]
    return min(max([created, *pushes]), updated) if pushes else None


def _accounts(row: Row, details: IssueDetails | PullDetails, repo: Repo) -> tuple[Account, ...]:
    reviewers = details.reviews if isinstance(details, PullDetails) else ()
    people = [
        rest.actor(row.get("user")),
        *(rest.actor(each) for each in rows(row.get("assignees"))),
        *(event.actor for event in details.events),
        *(each.author for each in reviewers),
    ]
    known: dict[str, Actor] = {}
    for someone in people:
        if someone and (someone.login not in known or someone.name):
            known[someone.login] = someone
    return tuple(
        Account(
            source=repo.source,
            id=someone.login,
            name=someone.name or someone.login,
            is_bot=history.is_bot(someone, repo.bots),
        )
        for _, someone in sorted(known.items())
    )
