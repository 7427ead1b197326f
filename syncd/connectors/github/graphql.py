"""Details out of GraphQL nodes. Pure; a null anywhere means "no right to see" and is left out."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from syncd.connectors.github.details import (
    VERDICTS,
    Actor,
    Event,
    Far,
    IssueDetails,
    ProjectValue,
    PullDetails,
    ReviewRow,
)
from syncd.connectors.github.rows import (
    Malformed,
    Row,
    inner,
    moment,
    native_id,
    number,
    optional_moment,
    optional_text,
    rows,
    text,
    whole_text,
)

KINDS = {
    "AssignedEvent": "assigned",
    "UnassignedEvent": "unassigned",
    "ClosedEvent": "closed",
    "ReopenedEvent": "reopened",
    "LabeledEvent": "labeled",
    "UnlabeledEvent": "unlabeled",
    "MilestonedEvent": "milestoned",
    "DemilestonedEvent": "demilestoned",
    "RenamedTitleEvent": "renamed",
    "CrossReferencedEvent": "cross-referenced",
    "IssueComment": "commented",
    "MergedEvent": "merged",
    "ReadyForReviewEvent": "ready_for_review",
    "ConvertToDraftEvent": "convert_to_draft",
    "HeadRefForcePushedEvent": "head_ref_force_pushed",
    "ReviewRequestedEvent": "review_requested",
    "PullRequestCommit": "committed",
}

_CHECKS = {
    "SUCCESS": "success",
    "FAILURE": "failure",
    "ERROR": "failure",
    "PENDING": "pending",
    "EXPECTED": "pending",
}


def issue_details(node: Row, blocked_by: tuple[Far, ...]) -> IssueDetails:
    """Of an issue node whose timeline has been read to its end."""
    return IssueDetails(
        events=events(inner(node, "timelineItems").get("nodes")),
        parent=far(node.get("parent")),
        blocked_by=blocked_by,
        project=project_values(node),
        withheld=is_withheld(node),
    )


def pull_details(node: Row) -> PullDetails:
    """Of a pull request node whose timeline has been read to its end."""
    found = native_id(node, "fullDatabaseId", "databaseId")
    if found is None:
        raise Malformed("fullDatabaseId is missing")
    return PullDetails(
        id=found,
        draft=node.get("isDraft") is True,
        base=optional_text(node, "baseRefName"),
        head_branch=optional_text(node, "headRefName"),
        merged_at=optional_moment(node, "mergedAt"),
        events=events(inner(node, "timelineItems").get("nodes")),
        requested=_requested(node),
        reviews=_reviews(node),
        decision=optional_text(node, "reviewDecision").lower() or None,
        closes=_closes(node),
        checks=_checks(node),
        mergeable={"MERGEABLE": True, "CONFLICTING": False}.get(optional_text(node, "mergeable")),
        paths=_paths(node),
        project=project_values(node),
        withheld=is_withheld(node),
    )


def events(nodes: object) -> tuple[Event, ...]:
    """Timeline entries in their order; kinds that are not understood are left out."""
    return tuple(event for each in rows(nodes) if (event := _event(each)) is not None)


def project_values(node: Row) -> tuple[ProjectValue, ...] | None:
    """What the fields of its projects say of an item; other kinds of fields are left out.

    None where the node does not tell its projects.
    """
    items = inner(node, "projectItems").get("nodes")
    if not isinstance(items, list):
        return None
    found = []
    for item in rows(items):
        project = optional_text(inner(item, "project"), "title")
        for each in rows(inner(item, "fieldValues").get("nodes")):
            field = optional_text(inner(each, "field"), "name")
            value = next(
                (said for n in ("date", "name", "title") if (said := optional_text(each, n))), ""
            )
            days = each.get("duration")
            if field and value:
                found.append(
                    ProjectValue(
                        field=field,
                        value=value,
                        project=project,
                        iteration=optional_text(each, "iterationId"),
                        start=optional_text(each, "startDate"),
                        days=days if isinstance(days, int) else 0,
                    )
                )
    return tuple(found)


def actor(value: object) -> Actor | None:
    """Who it was; None for a deleted account."""
    if not isinstance(value, dict) or not isinstance(value.get("login"), str):
        return None
    return _actor(value["login"], optional_text(value, "name"), value.get("__typename") == "Bot")


@lru_cache(4096)
def _actor(login: str, name: str, is_bot: bool) -> Actor:  # cached by position
    login = whole_text(login)
    if is_bot and not login.endswith("[bot]"):
        login += "[bot]"
    return Actor(login=login, name=name, is_bot=is_bot)


def far(value: object) -> Far | None:
    """The item that a node stands for; None where it can't be seen."""
    if not isinstance(value, dict) or not isinstance(value.get("number"), int):
        return None
    repository = optional_text(inner(value, "repository"), "nameWithOwner")
    if not repository:
        return None
    return Far(
        ref=f"{repository}#{number(value, 'number')}",
        id=native_id(value, "fullDatabaseId", "databaseId"),
        is_pull=value.get("__typename") == "PullRequest",
    )


def _paths(node: Row) -> tuple[str, ...] | None:
    files = inner(node, "files")
    if inner(files, "pageInfo").get("hasNextPage"):
        return None
    return tuple(optional_text(each, "path") for each in rows(files.get("nodes")))


def is_withheld(node: Row) -> bool:
    """Whether a project that the item is in has a null in its place: no right to see it."""
    items = inner(node, "projectItems").get("nodes")
    return isinstance(items, list) and None in items


def _event(node: Row) -> Event | None:
    kind = KINDS.get(optional_text(node, "__typename"))
    if kind is None:
        return None
    if kind == "committed":
        return _commit(inner(node, "commit"))
    return Event(
        id=text(node, "id"),
        kind=kind,
        at=moment(node, "createdAt"),
        actor=actor(node.get("author" if kind == "commented" else "actor")),
        value=_value(node),
        old=optional_text(node, "previousTitle"),
        who=actor(node.get("assignee")),
        source=far(node.get("source")),
    )


def _commit(commit: Row) -> Event:
    login = optional_text(inner(commit, "author", "user"), "login")
    return Event(
        id=f"commit:{text(commit, 'oid')}",
        kind="committed",
        at=moment(commit, "committedDate"),
        actor=Actor(login=login) if login else None,
        value=optional_text(commit, "messageHeadline"),
    )


def _value(node: Row) -> str:
    for name in ("currentTitle", "milestoneTitle"):
        if name in node:
            return optional_text(node, name)
    if "requestedReviewer" in node:
        return _reviewer(inner(node, "requestedReviewer"))
    return optional_text(inner(node, "label"), "name") or optional_text(node, "stateReason").lower()


def _requested(node: Row) -> tuple[str, ...]:
    asked = rows(inner(node, "reviewRequests").get("nodes"))
    return tuple(filter(None, (_reviewer(inner(each, "requestedReviewer")) for each in asked)))


def _reviewer(asked: Row) -> str:
    """A login, or `team:slug`; "" for nobody that can be seen."""
    if slug := optional_text(asked, "slug"):
        return f"team:{slug}"
    someone = actor(asked)
    return someone.login if someone else ""


def _reviews(node: Row) -> tuple[ReviewRow, ...]:
    return tuple(
        ReviewRow(
            id=text(each, "id"),
            at=moment(each, "submittedAt"),
            author=actor(each.get("author")),
            verdict=VERDICTS[optional_text(each, "state")],
        )
        for each in rows(inner(node, "reviews").get("nodes"))
        if optional_text(each, "state") in VERDICTS and each.get("submittedAt")
    )


def _closes(node: Row) -> tuple[Far, ...] | None:
    nodes: Any = inner(node, "closingIssuesReferences").get("nodes")
    if not isinstance(nodes, list):
        return None
    return tuple(found for each in nodes if (found := far(each)) is not None)


def _checks(node: Row) -> str | None:
    for each in rows(inner(node, "commits").get("nodes")):
        return _CHECKS.get(optional_text(inner(each, "commit", "statusCheckRollup"), "state"))
    return None
