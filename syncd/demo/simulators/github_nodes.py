"""Objects as GitHub's GraphQL API knows them. Connections are functions of their arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from syncd.demo.simulators.github_graphql import Node, NotFound
from syncd.demo.simulators.github_rows import item_node_id, sha, stamp
from syncd.demo.simulators.github_things import (
    Event,
    Field,
    Item,
    Iteration,
    Milestone,
    Repo,
    Review,
    User,
)
from syncd.demo.simulators.github_timeline import node_id

_TYPES = {
    "assigned": "AssignedEvent",
    "unassigned": "UnassignedEvent",
    "closed": "ClosedEvent",
    "reopened": "ReopenedEvent",
    "labeled": "LabeledEvent",
    "unlabeled": "UnlabeledEvent",
    "milestoned": "MilestonedEvent",
    "demilestoned": "DemilestonedEvent",
    "renamed": "RenamedTitleEvent",
    "cross-referenced": "CrossReferencedEvent",
    "commented": "IssueComment",
    "merged": "MergedEvent",
    "ready_for_review": "ReadyForReviewEvent",
    "convert_to_draft": "ConvertToDraftEvent",
    "head_ref_force_pushed": "HeadRefForcePushedEvent",
    "committed": "PullRequestCommit",
    "review_requested": "ReviewRequestedEvent",
    "parent_issue_added": "ParentIssueAddedEvent",
    "sub_issue_added": "SubIssueAddedEvent",
}
_ACTORS = frozenset({"User", "Bot", "Mannequin", "Organization", "EnterpriseUserAccount"})


def is_a(name: str, condition: str) -> bool:
    """Whether a type is, implements or belongs to what a fragment is on."""
    if condition == "Actor":
        return name in _ACTORS
    if condition == "ProjectV2FieldCommon":
        return name.startswith("ProjectV2") and name.endswith("Field")
    if condition == "IssueOrPullRequest":
        return name in ("Issue", "PullRequest")
    if condition in ("IssueTimelineItems", "PullRequestTimelineItems"):
        return name in _TYPES.values()
    return name == condition


def item(found: Item, closes: Callable[[Item], list[Item]], *, shows_projects: bool = True) -> Node:
    """An issue or a pull request."""
    shared: Node = {
        "id": item_node_id(found),
        "number": found.number,
        "repository": {"__typename": "Repository", "nameWithOwner": found.repo.full_name},
        "title": found.title,
        "updatedAt": stamp(found.updated_at),
        "timelineItems": _timeline(found),
        "projectItems": _projects(found, shown=shows_projects),
    }
    if found.pull_id is None:
        parent = far(found.parent) if found.parent else None
        return {
            "__typename": "Issue", "fullDatabaseId": str(found.id), "parent": parent, **shared,
        }  # fmt: skip
    mergeable = {True: "MERGEABLE", False: "CONFLICTING", None: "UNKNOWN"}[found.mergeable]
    return {
        "__typename": "PullRequest",
        "fullDatabaseId": str(found.pull_id),
        "isDraft": found.draft,
        "mergedAt": stamp(found.merged_at),
        "mergeable": "UNKNOWN" if found.merged_at else mergeable,
        "baseRefName": found.base,
        "headRefName": found.head,
        "reviewDecision": found.decision,
        "reviewRequests": connection([_request(each) for each in found.requested]),
        "reviews": connection([_review(each) for each in found.reviews]),
        "closingIssuesReferences": connection([far(each) for each in closes(found)]),
        "commits": connection([_last_commit(found)]),
        "files": connection(
            [{"__typename": "PullRequestChangedFile", "path": path} for path in found.files]
        ),
        **shared,
    }


def far(found: Item) -> Node:
    """An item as it stands in another one."""
    return {
        "__typename": "PullRequest" if found.pull_id else "Issue",
        "id": item_node_id(found),
        "fullDatabaseId": str(found.pull_id or found.id),
        "number": found.number,
        "repository": {"__typename": "Repository", "nameWithOwner": found.repo.full_name},
    }


def connection(
    found: Sequence[Any], shape: Callable[[Any], Any] = lambda each: each
) -> Callable[..., Node]:
    """A list to page through, each as `shape` shows it; the cursor of a node is its place."""

    def page(first: int | None = None, last: int | None = None, after: str = "0") -> Node:
        rest = found[int(after) :]
        shown = rest[:first] if first is not None else rest[-(last or len(rest)) :]
        end = int(after) + len(shown)
        return {
            "__typename": "Connection",
            "totalCount": len(found),
            "nodes": [shape(each) for each in shown],
            "pageInfo": {
                "__typename": "PageInfo",
                "hasNextPage": first is not None and len(rest) > first,
                "endCursor": str(end) if shown else None,
            },
        }

    return page


def repository(found: Repo, shape: Callable[[Item], Node], *, shows_files: bool = True) -> Node:
    """A repository; its items as `shape` shows them."""
    items = {item.number: item for item in found.listed}

    def one(number: int) -> Node:
        if number not in items:
            raise NotFound(f"Could not resolve to an issue or pull request with number {number}.")
        return far(items[number])

    return {
        "__typename": "Repository",
        "databaseId": found.id,
        "nameWithOwner": found.full_name,
        "hasIssuesEnabled": found.has_issues,
        "defaultBranchRef": {"__typename": "Ref", "name": found.default_branch},
        "issues": _by_update([each for each in items.values() if not each.pull_id], shape),
        "pullRequests": _by_update([each for each in items.values() if each.pull_id], shape),
        "milestones": _by_update(list(found.milestones.values()), _milestone),
        "object": (
            (lambda expression: _blob(found.files.get(expression.partition(":")[2])))
            if shows_files
            else _refused
        ),
        "issueOrPullRequest": one,
    }


def _blob(text: str | None) -> Node | None:
    return None if text is None else {"__typename": "Blob", "oid": sha(text)}


def _by_update(
    found: Sequence[Item | Milestone], shape: Callable[[Any], Node]
) -> Callable[..., Node]:
    def page(orderBy: Node | None = None, **arguments: Any) -> Node:  # noqa: N803 # its name
        if orderBy is None:
            return connection(found, shape)(**arguments)
        down = orderBy["direction"] == "DESC"
        ordered = sorted(found, key=lambda each: (each.updated_at, each.number), reverse=down)
        return connection(ordered, shape)(**arguments)

    return page


def _milestone(found: Milestone) -> Node:
    return {
        "__typename": "Milestone", "number": found.number, "updatedAt": stamp(found.updated_at),
    }  # fmt: skip


def _projects(found: Item, *, shown: bool) -> Callable[..., Node]:
    nodes = [
        {
            "__typename": "ProjectV2Item",
            "project": {
                "__typename": "ProjectV2",
                "title": title,
                "fields": connection(_fields(title, found.repo)),
            },
            "fieldValues": connection([_field(name, value) for name, value in fields.items()]),
        }
        if shown
        else _REFUSED
        for title, fields in found.fields.items()
    ]
    return lambda includeArchived=True, **arguments: connection(nodes)(**arguments)  # noqa: ARG005, N803


def _fields(title: str, repo: Repo) -> list[Node]:
    """Of a project: all that its items have filled in."""
    filled = {n: v for item in repo.items.values() for n, v in item.fields.get(title, {}).items()}
    return [_field(name, value)["field"] for name, value in filled.items()]


_REFUSED = NotFound("Resource not accessible by personal access token", "FORBIDDEN")


def _refused(**_: Any) -> Node:
    raise _REFUSED


def _field(name: str, value: Field) -> Node:
    if isinstance(value, Iteration):
        kind = "Iteration"
        told: Node = {
            "iterationId": value.id, "title": value.title, "startDate": value.start.isoformat(),
            "duration": value.days,
        }  # fmt: skip
    elif isinstance(value, date):
        kind, told = "Date", {"date": value.isoformat()}
    else:
        kind, told = "SingleSelect", {"name": value}
    which = {"Date": "ProjectV2Field"}.get(kind, f"ProjectV2{kind}Field")
    field = {"__typename": which, "name": name}
    return {"__typename": f"ProjectV2ItemField{kind}Value", "field": field, **told}


def _timeline(found: Item) -> Callable[..., Node]:
    def page(itemTypes: Iterable[str] = (), **arguments: Any) -> Node:  # noqa: N803 # its name
        wanted = {"".join(part.title() for part in each.split("_")) for each in itemTypes}
        nodes = [_event(event, found) for event in found.events if event.kind in _TYPES]
        return connection([n for n in nodes if not wanted or n["__typename"] in wanted])(
            **arguments
        )

    return page


def _event(event: Event, found: Item) -> Node:
    data = event.data
    if event.kind == "committed":
        return {"__typename": _TYPES[event.kind], "id": f"PURC_{event.id}",
                "commit": _commit(event, found)}  # fmt: skip
    reason = (data.get("reason") or "").upper() or None
    return {
        "__typename": _TYPES[event.kind],
        "id": node_id(event),
        "createdAt": stamp(event.at),
        "author" if event.kind == "commented" else "actor": actor(event.actor),
        **({"stateReason": reason} if event.kind == "closed" else {}),
        **({"assignee": actor(data["assignee"])} if "assignee" in data else {}),
        **({"requestedReviewer": _asked(data["reviewer"])} if "reviewer" in data else {}),
        **({"label": {"__typename": "Label", "name": data["label"]}} if "label" in data else {}),
        **({"milestoneTitle": data["milestone"]} if "milestone" in data else {}),
        **({"source": far(data["source"])} if "source" in data else {}),
        **(
            {"previousTitle": data["old"], "currentTitle": data["new"]}
            if event.kind == "renamed"
            else {}
        ),
    }


def actor(someone: User) -> Node:
    """Somebody; a robot's login is written without `[bot]` here."""
    if someone.is_bot:
        return {"__typename": "Bot", "login": someone.login}
    return {"__typename": "User", "login": someone.login, "name": someone.name or None}


def _request(reviewer: User | str) -> Node:
    return {"__typename": "ReviewRequest", "requestedReviewer": _asked(reviewer)}


def _asked(reviewer: User | str) -> Node:
    return (
        {"__typename": "Team", "slug": reviewer} if isinstance(reviewer, str) else actor(reviewer)
    )


def _review(found: Review) -> Node:
    return {
        "__typename": "PullRequestReview",
        "id": f"PRR_{found.id}",
        "state": found.state,
        "submittedAt": stamp(found.at),
        "author": actor(found.author),
    }


def _commit(event: Event, found: Item) -> Node:
    return {
        "__typename": "Commit",
        "oid": sha(f"{found.ref} {event.id}"),
        "committedDate": stamp(event.at),
        "messageHeadline": event.data["message"].partition("\n")[0],
        "author": {"__typename": "GitActor", "user": actor(event.actor)},
        "statusCheckRollup": (
            {"__typename": "StatusCheckRollup", "state": found.checks} if found.checks else None
        ),
    }


def _last_commit(found: Item) -> Node:
    last = [event for event in found.events if event.kind == "committed"][-1]
    return {"__typename": "PullRequestCommit", "commit": _commit(last, found)}
