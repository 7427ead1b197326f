"""Everything that Jira answers in pages or in bulk, read to its end."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from syncd.connectors.jira.client import AGILE, REST, JiraClient
from syncd.errors import NotVisible, TooLarge, UnexpectedAnswer

LONGEST_PAGING = 100_000
"""Pages of one listing; more is a server that goes round in circles."""
LOG_ROWS = 1000
"""Entries of change logs in one answer: each may hold two versions of a description."""
ROWS = 100
ID_ROWS = 5000
"""The most that Cloud gives of ids alone; Data Center gives what its administrator allows."""
BULK = 100
"""Issues that Cloud takes in one bulk request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to search for. `size` is asked for; a server may give less."""

    jql: str
    fields: Sequence[str]
    size: int
    with_logs: bool = False
    """Change logs inside the issues; only Data Center gives them whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """Issues of one answer, raw; `total` is the server's own count, None where it has none."""

    issues: Sequence[Any]
    more: bool
    total: int | None = None


@dataclass(slots=True, kw_only=True)
class ById:
    """What became of issues that were asked for by their ids; those in none are gone or hidden."""

    found: list[Any] = field(default_factory=list)
    """Raw, under whatever key they have now."""
    there: list[str] = field(default_factory=list)
    """Ids that exist but could not be given this time."""
    refused: list[str] = field(default_factory=list)
    """Ids that we are told we may not see."""


def search(client: JiraClient, query: Query, scope: str) -> Iterator[SearchPage]:
    """Pages of issues. `scope` is the project that they are read for."""
    return _by_token(client, query, scope) if client.is_cloud else _by_row(client, query, scope)


def _by_token(client: JiraClient, query: Query, scope: str) -> Iterator[SearchPage]:
    body = _body(query)
    seen: set[str] = set()
    for _ in range(LONGEST_PAGING):
        answer = _page(client, "search/jql", body, scope)
        token = _next(client, answer, scope)
        more = bool(token) and answer.get("isLast") is not True
        yield SearchPage(issues=answer["issues"], more=more)
        if not more:
            return
        if token in seen:
            break
        seen.add(token)
        body["nextPageToken"] = token
    raise _circle(client, scope)


def _by_row(client: JiraClient, query: Query, scope: str) -> Iterator[SearchPage]:
    body = _body(query) | {"startAt": 0}
    if query.with_logs:
        body["expand"] = ["changelog"]
    for _ in range(LONGEST_PAGING):
        answer = _page(client, "search", body, scope)
        total, size = answer.get("total"), answer.get("maxResults")
        if not isinstance(total, int) or not isinstance(size, int) or size < 1:
            raise UnexpectedAnswer(
                f"the issues of {scope}: the answer lacks total or maxResults",
                source=client.source,
                scope=scope,
            )
        # By the page's own size, not by its rows: a page may lack rows that we may not see.
        body["startAt"] += size
        more = body["startAt"] < total
        yield SearchPage(issues=answer["issues"], more=more, total=total)
        if not more:
            return
    raise _circle(client, scope)


def _body(query: Query) -> dict[str, Any]:
    return {"jql": query.jql, "fields": list(query.fields), "maxResults": query.size}


def _page(client: JiraClient, path: str, body: dict[str, Any], scope: str) -> dict[str, Any]:
    """One page; where it is larger than we take, a smaller one, and `body` keeps to that size."""
    while True:
        try:
            answer = client.post(path, body, f"the issues of {scope}", scope=scope)
            break
        except TooLarge:
            if body["maxResults"] == 1:
                raise
            body["maxResults"] = max(1, body["maxResults"] // 4)
    if not isinstance(answer, dict) or not isinstance(answer.get("issues"), list):
        raise UnexpectedAnswer(
            f"the issues of {scope}: the answer has no list of issues",
            source=client.source,
            scope=scope,
        )
    return answer


def _next(client: JiraClient, answer: Mapping[str, Any], scope: str) -> str:
    """The token of the next page; "" where this is the last one."""
    token = answer.get("nextPageToken")
    if token is not None and not isinstance(token, str):
        raise UnexpectedAnswer(
            f"the issues of {scope}: the token of the next page is not a text",
            source=client.source,
            scope=scope,
        )
    return token or ""


def _circle(client: JiraClient, scope: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        f"the issues of {scope}: the pages never end", source=client.source, scope=scope
    )


def issue_ids(client: JiraClient, jql: str, scope: str) -> Iterator[tuple[str, ...]]:
    """Ids of the issues that match, a page at a time."""
    for page in search(client, Query(jql=jql, fields=("id",), size=ID_ROWS), scope):
        ids = [raw.get("id") if isinstance(raw, dict) else None for raw in page.issues]
        if not all(ids):
            raise UnexpectedAnswer(
                f"the issues of {scope}: one has no id", source=client.source, scope=scope
            )
        yield tuple(str(each) for each in ids)


def issues_by_id(client: JiraClient, ids: Sequence[str], fields: Sequence[str], scope: str) -> ById:
    """At most `BULK` issues by their ids, wherever they were moved."""
    if client.is_cloud:
        try:
            return _bulk(client, ids, fields, scope)
        except TooLarge:
            half = len(ids) // 2
            if not half:
                raise
            one = issues_by_id(client, ids[:half], fields, scope)
            other = issues_by_id(client, ids[half:], fields, scope)
            return ById(
                found=one.found + other.found,
                there=one.there + other.there,
                refused=one.refused + other.refused,
            )
    answers = ById()
    for native_id in ids:
        try:
            raw = client.issue(native_id, fields, scope)
        except NotVisible:
            answers.refused.append(native_id)
        else:
            answers.found += [raw] if raw is not None else []
    return answers


def _bulk(client: JiraClient, ids: Sequence[str], fields: Sequence[str], scope: str) -> ById:
    where = f"issues of {scope} by id"
    body = {"issueIdsOrKeys": list(ids), "fields": list(fields)}
    answer = client.table(client.post("issue/bulkfetch", body, where, scope=scope), where)
    found = list(client.listed(answer.get("issues"), where))
    refused = client.listed(answer.get("issueErrors") or [], where)
    errors = [client.table(each, where) for each in refused]
    return ById(found=found, there=[str(each.get("id")) for each in errors])


def change_logs(client: JiraClient, ids: Sequence[str], scope: str) -> dict[str, list[Any]]:
    """Issue id → its whole change log (Cloud), in bulk where the site can do that.

    Not filtered to the fields that we read: those are more than the ten that a filter takes, and
    moves, links and parents have no field id at all.
    """
    if not ids:
        return {}
    try:
        return _bulk_logs(client, ids, scope)
    except (NotVisible, UnexpectedAnswer):
        return dict(_single_logs(client, ids, scope))


def _single_logs(
    client: JiraClient, ids: Sequence[str], scope: str
) -> Iterator[tuple[str, list[Any]]]:
    for native_id in ids:
        # An issue that was deleted since the search named it stops none of the others.
        with suppress(NotVisible):
            yield native_id, change_log(client, native_id, scope)


def _bulk_logs(client: JiraClient, ids: Sequence[str], scope: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {native_id: [] for native_id in ids}
    body: dict[str, Any] = {"issueIdsOrKeys": list(ids), "maxResults": LOG_ROWS}
    seen: set[str] = set()
    while True:
        where = f"the change logs of {scope}"
        answer = client.table(client.post("changelog/bulkfetch", body, where, scope=scope), where)
        for log in client.listed(answer.get("issueChangeLogs"), where):
            entries = client.listed(client.table(log, where).get("changeHistories"), where)
            found.setdefault(str(log.get("issueId")), []).extend(entries)
        token = _next(client, answer, scope)
        if not token:
            return found
        if token in seen:
            raise _circle(client, scope)
        seen.add(token)
        body["nextPageToken"] = token


def change_log(client: JiraClient, native_id: str, scope: str) -> list[Any]:
    """The whole change log of one issue."""
    where = f"the change log of issue {native_id} of {scope}"
    return _rows(client, f"issue/{native_id}/changelog", "values", where, scope=scope)


def comments(client: JiraClient, native_id: str, scope: str) -> list[Any]:
    """All comments of an issue."""
    where = f"the comments of issue {native_id} of {scope}"
    return _rows(client, f"issue/{native_id}/comment", "comments", where, scope=scope)


def board_sprints(client: JiraClient, board: str, states: Collection[str], scope: str) -> list[Any]:
    """Sprints of a board in these states.

    Raises `NotVisible`, and `UnexpectedAnswer` for a board that has none (kanban).
    """
    where = f"the sprints of board {board}"
    params = {"state": ",".join(states)}
    path = f"board/{board}/sprint"
    return _rows(client, path, "values", where, scope=scope, base=AGILE, params=params)


def _rows(
    client: JiraClient,
    path: str,
    name: str,
    where: str,
    *,
    scope: str,
    base: str = REST,
    params: dict[str, Any] | None = None,
) -> list[Any]:
    found: list[Any] = []
    for _ in range(LONGEST_PAGING):
        asked = {"startAt": len(found), "maxResults": ROWS} | (params or {})
        answer = client.get(path, where, params=asked, scope=scope, base=base)
        values = client.listed(client.table(answer, where).get(name), where)
        found += values
        total = answer.get("total")
        # Boards tell no total, comments no last page.
        ends = len(found) >= total if isinstance(total, int) else answer.get("isLast") is not False
        if not values or ends:
            return found
    raise _circle(client, scope)
