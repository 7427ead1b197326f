"""What `gh … --json` and `gh api` write: issues, pull requests and milestones of repositories."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from syncd.connectors.file.content import Content, UnreadableFile, problem
from syncd.connectors.file.options import Options
from syncd.connectors.github import linking, mapping
from syncd.connectors.github.details import (
    VERDICTS,
    Actor,
    Event,
    Far,
    IssueDetails,
    PullDetails,
    ReviewRow,
)
from syncd.connectors.jira.values import instant, maybe_instant
from syncd.connectors.markers import marked
from syncd.model.items import ItemKey, Kind

Raw = Mapping[str, Any]

_URL = re.compile(r"(https?://[^/?#]+)/([^/?#]+/[^/?#]+)/(issues|pull|milestone)/(\d+)")
_REST_NAMES = {
    "createdAt": "created_at", "updatedAt": "updated_at", "closedAt": "closed_at",
    "stateReason": "state_reason",
}  # fmt: skip
_ISSUE_FIELDS = (
    "number,title,state,stateReason,url,createdAt,updatedAt,closedAt,labels,assignees,author,"
    "milestone,body"
)
_PULL_FIELDS = (
    "number,title,state,isDraft,url,createdAt,updatedAt,closedAt,mergedAt,labels,assignees,author,"
    "milestone,body,baseRefName,headRefName,reviews,reviewRequests,reviewDecision,"
    "closingIssuesReferences,mergeable,statusCheckRollup"
)
_FAILED = frozenset({"FAILURE", "ERROR", "TIMED_OUT", "ACTION_REQUIRED", "STARTUP_FAILURE"})
_RUNNING = frozenset({"PENDING", "EXPECTED", "QUEUED", "IN_PROGRESS", "WAITING", "REQUESTED"})
_BAD = (ValueError, TypeError, KeyError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repo(mapping.Repo):
    """Identity by repository and number: `gh --json` tells no database id."""

    def key(self, kind: Kind, native_id: int | str) -> ItemKey:
        """Identity of one of its items by its number."""
        between = " milestone " if kind is Kind.MILESTONE else "#"
        return ItemKey(self.source, kind, f"{self.full_name}{between}{native_id}")


def is_github(value: Any) -> bool:
    """Whether a JSON value is an issue, pull request or milestone of GitHub."""
    return isinstance(value, dict) and "number" in value and "title" in value


def read_github_json(values: Iterable[tuple[str, Any]], options: Options) -> Content:
    """Rows of either form, also mixed and of several repositories. Raises `UnreadableFile`."""
    content = Content(what="GitHub export")
    milestones: dict[ItemKey, Any] = {}
    for place, row in values:
        _demand_fields(row)
        try:
            _read(row, options, content, milestones)
        except _BAD as error:
            native_id = str(row.get("number"))
            content.problems.append(problem(place, native_id, f"#{native_id}: {error}"))
    content.items.extend(milestones.values())
    return content


def _demand_fields(row: Raw) -> None:
    is_pull = "isDraft" in row or "baseRefName" in row or "mergedAt" in row
    if not isinstance(row.get("html_url") or row.get("url"), str):
        missing = "url"
    elif "created_at" not in row and "createdAt" not in row:
        missing = "createdAt"
    elif "updated_at" not in row and "updatedAt" not in row:
        missing = "updatedAt"
    elif "state" not in row:
        missing = "state"
    else:
        return
    what, fields = ("pr", _PULL_FIELDS) if is_pull else ("issue", _ISSUE_FIELDS)
    raise UnreadableFile(
        f"rows without {missing}; expected: gh {what} list --state all --limit 1000 --json {fields}"
    )


def _read(row: Raw, options: Options, content: Content, milestones: dict[ItemKey, Any]) -> None:
    address = _URL.match(str(row.get("html_url") or row.get("url")))
    if address is None:
        raise ValueError("its address is not that of an issue, pull request or milestone")
    web, name, what = address[1], address[2], address[3]
    repo = _Repo(
        source=options.source,
        scope=name,
        id=0,
        full_name=name,
        web=web,
        phases=options.phases,
        bots=options.bots,
    )
    rest = _rest(row)
    held = rest if what == "milestone" else rest.get("milestone")
    if held:
        found = mapping.milestone(held, repo)
        milestones[found.key] = found
    if what == "milestone":
        return
    if what == "pull":
        pull = _pull_details(row)
        mapped = mapping.pull_request(rest, pull, repo)
        links = linking.pull_links(mapped.item, rest, pull, repo)  # type: ignore[arg-type]
    else:
        issue = IssueDetails(events=tuple(_events(row)))
        mapped = mapping.issue(rest, issue, repo)
        links = linking.issue_links(mapped.item, rest, issue, repo)  # type: ignore[arg-type]
    content.items.append(mapped.item)
    content.changes.extend(mapped.changes)
    content.links.extend(links)
    content.take_accounts(mapped.accounts)


def _rest(row: Raw) -> dict[str, Any]:
    """A row of either form in REST's, with the number as its id."""
    found = {_REST_NAMES.get(name, name): value for name, value in row.items()}
    found["id"] = found["number"]
    state = str(found["state"]).lower()
    found["state"] = "closed" if state == "merged" else state
    found["labels"] = found.get("labels") or []
    if "user" not in found:
        found["user"] = _user(row.get("author"))
    if found.get("milestone"):
        held = dict(found["milestone"])
        held.setdefault("due_on", held.get("dueOn"))
        held.setdefault("state", "open")
        found["milestone"] = held | {"id": held["number"]}
    return found


def _user(author: Any) -> dict[str, Any] | None:
    if not isinstance(author, dict):
        return None
    kind = "Bot" if author.get("is_bot") else "User"
    return {"login": author.get("login"), "name": author.get("name") or "", "type": kind}


def _pull_details(row: Raw) -> PullDetails:
    head, base = row.get("head") or {}, row.get("base") or {}
    merged = (row.get("pull_request") or {}).get("merged_at") or row.get("merged_at")
    decision = str(row.get("reviewDecision") or "").lower()
    return PullDetails(
        id=str(row["number"]),
        draft=(row.get("isDraft") or row.get("draft")) is True,
        base=row.get("baseRefName") or base.get("ref") or "",
        head_branch=row.get("headRefName") or head.get("ref") or "",
        merged_at=maybe_instant({"mergedAt": merged or row.get("mergedAt")}, "mergedAt"),
        events=tuple(_events(row)),
        requested=tuple(_requested(row)),
        reviews=tuple(_reviews(row)),
        decision=decision or None,
        closes=_closes(row),
        checks=_checks(row.get("statusCheckRollup")),
        mergeable=_mergeable(row.get("mergeable")),
    )


def _events(row: Raw) -> Iterator[Event]:
    """Comments and commits, where they were exported."""
    for each in _rows(row.get("comments")):
        if marked(str(each.get("body") or "")):
            continue
        at, actor = instant(each, "createdAt"), _actor(each.get("author"))
        yield Event(id=str(each.get("id")), kind="commented", at=at, actor=actor)
    for each in _rows(row.get("commits")):
        at = instant(each, "committedDate")
        told = str(each.get("messageHeadline") or "")
        yield Event(id=f"commit:{each.get('oid')}", kind="committed", at=at, value=told)


def _requested(row: Raw) -> Iterator[str]:
    people = [*_rows(row.get("reviewRequests")), *_rows(row.get("requested_reviewers"))]
    for each in [*people, *_rows(row.get("requested_teams"))]:
        if each.get("login"):
            yield str(each["login"])
        elif each.get("slug"):
            yield f"team:{str(each['slug']).rpartition('/')[2]}"


def _reviews(row: Raw) -> Iterator[ReviewRow]:
    for each in _rows(row.get("reviews")):
        verdict = VERDICTS.get(str(each.get("state")).upper())
        if verdict is not None and each.get("submittedAt"):
            yield ReviewRow(
                id=str(each.get("id")),
                at=instant(each, "submittedAt"),
                author=_actor(each.get("author")),
                verdict=verdict,
            )


def _closes(row: Raw) -> tuple[Far, ...] | None:
    if "closingIssuesReferences" not in row:
        return None
    found = []
    for each in _rows(row["closingIssuesReferences"]):
        address = _URL.match(str(each.get("url")))
        if address:
            found.append(Far(ref=f"{address[2]}#{address[4]}"))
    return tuple(found)


def _checks(rollup: Any) -> str | None:
    """One word for all checks; gh gives runs (`conclusion`, `status`) and contexts (`state`)."""
    words = [
        str(each.get("conclusion") or each.get("state") or each.get("status")).upper()
        for each in _rows(rollup)
    ]
    if not words:
        return None
    if _FAILED & set(words):
        return "failure"
    return "pending" if _RUNNING & set(words) else "success"


def _mergeable(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"MERGEABLE": True, "CONFLICTING": False}.get(str(value))


def _actor(author: Any) -> Actor | None:
    user = _user(author)
    if user is None or not user["login"]:
        return None
    return Actor(login=user["login"], name=user["name"], is_bot=user["type"] == "Bot")


def _rows(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
