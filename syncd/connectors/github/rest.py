"""Details out of REST rows, for hosts without GraphQL. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from syncd.connectors.github.details import (
    VERDICTS,
    Actor,
    Event,
    Far,
    IssueDetails,
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
    row,
    rows,
    text,
    whole_text,
)

MOST_FILES = 3_000
"""Files of a pull request at which GitHub ends their list (OpenAPI: pulls/list-files)."""

_ISSUE_URL = re.compile(r"/repos/(?P<repo>[^/?#]+/[^/?#]+)/issues/(?P<number>\d+)$")
_REPO_URL = re.compile(r"/repos/(?P<repo>[^/?#]+/[^/?#]+)$")

_KINDS = frozenset(
    {
        "assigned", "unassigned", "closed", "reopened", "labeled", "unlabeled", "milestoned",
        "demilestoned", "renamed", "merged", "ready_for_review", "convert_to_draft",
        "head_ref_force_pushed", "review_requested", "commented", "committed", "cross-referenced",
    }
)  # fmt: skip


def issue_details(issue: Row, timeline: Iterable[Row], blocked_by: tuple[Far, ...]) -> IssueDetails:
    """Of an issue row and the rows of its timeline."""
    return IssueDetails(events=events(timeline), parent=parent(issue), blocked_by=blocked_by)


def pull_details(
    pull: Row, reviews: Iterable[Row], timeline: Iterable[Row], files: Iterable[Row] = ()
) -> PullDetails:
    """Of a pull request row, its reviews, its timeline and, where they matter, its files."""
    mergeable = pull.get("mergeable")
    paths = tuple(optional_text(each, "filename") for each in files)
    return PullDetails(
        id=str(number(pull, "id")),
        draft=pull.get("draft") is True,
        base=optional_text(inner(pull, "base"), "ref"),
        head_branch=optional_text(inner(pull, "head"), "ref"),
        merged_at=optional_moment(pull, "merged_at"),
        events=events(timeline),
        requested=_requested(pull),
        reviews=tuple(found for each in reviews if (found := review(each)) is not None),
        mergeable=mergeable if isinstance(mergeable, bool) else None,
        paths=paths if len(paths) < MOST_FILES else None,
    )


def events(timeline: Iterable[Row]) -> tuple[Event, ...]:
    """Timeline entries in their order; kinds that are not understood are left out."""
    return tuple(found for each in timeline if (found := _event(each)) is not None)


def actor(value: object) -> Actor | None:
    """Who it was; None for a deleted account."""
    if not isinstance(value, dict) or not isinstance(value.get("login"), str):
        return None
    return _actor(value["login"], optional_text(value, "name"), value.get("type") == "Bot")


@lru_cache(4096)
def _actor(login: str, name: str, is_bot: bool) -> Actor:  # cached by position
    login = whole_text(login)
    return Actor(login=login, name=name, is_bot=is_bot or login.endswith("[bot]"))


def far(value: object) -> Far | None:
    """The item that an issue row stands for; None where it can't be seen."""
    if not isinstance(value, dict) or not isinstance(value.get("number"), int):
        return None
    repository = optional_text(inner(value, "repository"), "full_name")
    if not repository:
        found = _REPO_URL.search(optional_text(value, "repository_url"))
        repository = found["repo"] if found else ""
    if not repository:
        return None
    is_pull = any(inner(value, "pull_request").values())
    # An issue row of a pull request has the id of the issue, not that of the pull request.
    found_id = None if is_pull else native_id(value, "id")
    return Far(ref=f"{repository}#{number(value, 'number')}", id=found_id, is_pull=is_pull)


def parent(issue: Row) -> Far | None:
    """The parent that an issue row names by its address (which is read, never fetched)."""
    found = _ISSUE_URL.search(optional_text(issue, "parent_issue_url"))
    return Far(ref=f"{found['repo']}#{found['number']}") if found else None


def review(value: Row) -> ReviewRow | None:
    """A submitted review; None for a pending one."""
    verdict = VERDICTS.get(optional_text(value, "state").upper())
    if verdict is None or not value.get("submitted_at"):
        return None
    return ReviewRow(
        id=native_id(value, "node_id", "id") or "",
        at=moment(value, "submitted_at"),
        author=actor(value.get("user")),
        verdict=verdict,
    )


def _event(value: Row) -> Event | None:
    kind = optional_text(value, "event")
    if kind not in _KINDS:
        return None
    if kind == "committed":
        return Event(
            id=f"commit:{text(value, 'sha')}",
            kind=kind,
            at=moment(row(value.get("committer"), "committer"), "date"),
            value=optional_text(value, "message").partition("\n")[0],
        )
    return Event(
        id=_event_id(value),
        kind=kind,
        at=moment(value, "created_at"),
        actor=actor(value.get("actor") or value.get("user")),
        value=_value(value),
        old=optional_text(inner(value, "rename"), "from"),
        who=actor(value.get("assignee")),
        source=far(inner(value, "source").get("issue")),
    )


def _event_id(value: Row) -> str:
    found = native_id(value, "node_id", "id")
    if found is not None:
        return found
    source = far(inner(value, "source").get("issue"))
    if source is None:
        raise Malformed(f"the event {optional_text(value, 'event')} has no id")
    return f"reference:{source.ref}"


def _value(value: Row) -> str:
    for name, key in (("label", "name"), ("milestone", "title"), ("rename", "to")):
        if found := optional_text(inner(value, name), key):
            return found
    if slug := optional_text(inner(value, "requested_team"), "slug"):
        return f"team:{slug}"
    if asked := actor(value.get("requested_reviewer")):
        return asked.login
    return optional_text(value, "state_reason").lower()


def _requested(pull: Row) -> tuple[str, ...]:
    people = (actor(each) for each in rows(pull.get("requested_reviewers")))
    teams = (optional_text(each, "slug") for each in rows(pull.get("requested_teams")))
    return (
        *(someone.login for someone in people if someone),
        *(f"team:{slug}" for slug in teams if slug),
    )
