"""Which repositories a token or an App was given."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from syncd.connectors.github.client import GitHubClient
from syncd.connectors.github.listing import pages
from syncd.connectors.github.rows import Row, inner, optional_text, rows
from syncd.discovering import NOT_LISTED, Found
from syncd.errors import UnexpectedAnswer

PAGE = 100
MOST_PAGES = 100


def repositories(client: GitHubClient) -> Iterator[Found]:
    """Every repository by name, then those that are configured only."""
    configured = {repo.casefold(): repo for repo in client.settings.repos}
    given = _of_token(client) if client.settings.token is not None else _of_app(client)
    found = {optional_text(row, "full_name"): row for row in given}
    for name in sorted((name for name in found if name), key=str.casefold):
        is_read = configured.pop(name.casefold(), "") != ""
        yield _found(name, found[name], is_read=is_read)
    for name in configured.values():
        yield Found(id=name, name=name, is_read=True, note=NOT_LISTED)


def _found(name: str, row: Row, *, is_read: bool) -> Found:
    count = row.get("open_issues_count")
    return Found(
        id=name,
        name=optional_text(row, "description")[:80] or name,
        is_read=is_read,
        open=count if isinstance(count, int) else None,
        note="archived" if row.get("archived") is True else "",
    )


def _of_token(client: GitHubClient) -> Iterator[Row]:
    for page in pages(client, "/user/repos", {"per_page": PAGE}, where="the repositories"):
        yield from rows(page)


def _of_app(client: GitHubClient) -> Iterator[Row]:
    where = "the repositories of the App"
    seen = 0
    for number in range(1, MOST_PAGES + 1):
        query: dict[str, Any] = {"per_page": PAGE, "page": number}
        answer = inner(client.get("/installation/repositories", query, where=where).body)
        page = rows(answer.get("repositories"))
        yield from page
        seen += len(page)
        total = answer.get("total_count")
        if not page or not isinstance(total, int) or seen >= total:
            return
    raise UnexpectedAnswer(f"{where}: the list has no end", source=client.name)
