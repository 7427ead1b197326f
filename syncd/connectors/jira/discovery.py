"""Which projects an account sees, with how much is open in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from syncd.connectors.jira.client import JiraClient
from syncd.discovering import NOT_LISTED, Found
from syncd.errors import NotVisible, UnexpectedAnswer

PAGE = 50
MOST = 5_000
"""Projects of the longest list that is believed."""
COUNTED = 100
"""Projects whose open issues are counted: each costs a request."""


def projects(client: JiraClient, configured: Sequence[str]) -> Iterator[Found]:
    """Every project in the order of the list, then those that are configured only."""
    listed: list[str] = []
    for row in _rows(client):
        key = row.get("key") if isinstance(row, dict) else None
        if not isinstance(key, str) or key in listed:
            continue
        listed.append(key)
        yield Found(
            id=key,
            name=str(row.get("name") or key),
            is_read=key in configured,
            open=_open(client, key) if len(listed) <= COUNTED else None,
            note="archived" if row.get("archived") is True else "",
        )
    for key in configured:
        if key not in listed:
            yield Found(id=key, name=key, is_read=True, note=NOT_LISTED)


def _rows(client: JiraClient) -> Iterator[Any]:
    where = "the projects of the site"
    if not client.is_cloud:
        yield from client.listed(client.get("project", where), where)
        return
    start = 0
    while start < MOST:
        query = {"startAt": start, "maxResults": PAGE, "orderBy": "key"}
        answer = client.table(client.get("project/search", where, params=query), where)
        rows = client.listed(answer.get("values"), where)
        yield from rows
        start += len(rows)
        if answer.get("isLast") is not False or not rows:
            return
    raise UnexpectedAnswer(f"{where}: the list has no end", source=client.source)


def _open(client: JiraClient, key: str) -> int | None:
    jql = f'project = "{key}" AND statusCategory != Done'
    if client.is_cloud:
        return client.count(jql)
    body = {"jql": jql, "maxResults": 0, "fields": ["key"]}
    try:
        answer = client.post("search", body, f"the open issues of {key}", scope=key)
    except (NotVisible, UnexpectedAnswer):
        return None
    total = answer.get("total") if isinstance(answer, dict) else None
    return total if isinstance(total, int) else None
