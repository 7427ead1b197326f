"""Lists read page by page over addresses that we make ourselves. The server's are only compared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from syncd.connectors.github.client import Answer, GitHubClient
from syncd.connectors.github.cursor import stamp
from syncd.connectors.github.rows import Malformed, Row, inner, optional_moment, row
from syncd.connectors.http import origin
from syncd.errors import UnexpectedAnswer

PAGE_LIMIT = 20_000
"""Pages of one list; two million rows are more than any repository has."""

_LINK = re.compile(r'<([^>]*)>\s*;\s*rel="(\w+)"')
_PAGE = re.compile(r"[?&]page=(\d+)")


def pages(
    client: GitHubClient, path: str, query: Mapping[str, Any], *, where: str
) -> Iterator[list[Any]]:
    """The rows of each page of a list, to its end."""
    for number in range(1, PAGE_LIMIT + 1):
        answer = read(client, path, {**query, "page": number}, where=where)
        yield answer.body
        if not goes_on(client, answer, where=where):
            return
    raise UnexpectedAnswer(f"{where}: the list has no end", source=client.name)


def everything(client: GitHubClient, path: str, *, where: str) -> list[Any]:
    """All rows of a list that is known to be short."""
    return [one for page in pages(client, path, {}, where=where) for one in page]


def read(client: GitHubClient, path: str, query: Mapping[str, Any], *, where: str) -> Answer:
    """One page, proven to be a list."""
    answer = client.get(path, {"per_page": client.settings.per_page, **query}, where=where)
    if not isinstance(answer.body, list):
        raise UnexpectedAnswer(f"{where}: the answer is not a list", source=client.name)
    return answer


def goes_on(client: GitHubClient, answer: Answer, *, where: str) -> bool:
    """Whether another page follows. Refuses a list that goes on at another host."""
    links = _links(answer)
    if "next" in links and origin(links["next"]) != origin(client.settings.url):
        raise UnexpectedAnswer(
            f"{where}: the list goes on at another host; refused", source=client.name
        )
    return "next" in links or ("link" not in answer.headers and _is_full(client, answer))


def estimate(answer: Answer, per_page: int) -> int:
    """About how many rows the list has, by its first page."""
    last = _PAGE.search(_links(answer).get("last", ""))
    return int(last[1]) * per_page if last else len(answer.body)


def is_new(found: Any, seen: dict[int, Any]) -> bool:
    """Whether this state of a row has not come yet in this pull."""
    if not isinstance(found, dict) or not isinstance(found.get("id"), int):
        return True
    if found["id"] in seen and seen[found["id"]] == found.get("updated_at"):
        return False
    seen[found["id"]] = found.get("updated_at")
    return True


def has_moved(found: Any, seen: dict[int, Any]) -> bool:
    """Whether a row that came already was edited since: it went from its page to the end."""
    if not isinstance(found, dict) or not isinstance(found.get("id"), int):
        return False
    return found["id"] in seen and seen[found["id"]] != found.get("updated_at")


def update_times(found: Iterable[Any]) -> list[datetime]:
    """`updated_at`, aware, of the rows that tell one; a malformed row tells none."""
    times = []
    for each in found:
        try:
            times.append(optional_moment(row(each, "the row"), "updated_at"))
        except Malformed:
            continue
    return [at for at in times if at is not None]


def reached_by(found: Sequence[Any]) -> str | None:
    """Where to ask on from after a page: a second before its newest update.

    Rows may share a second with those over the page border, whether or not GitHub counts `since`
    itself as after `since`.
    """
    known = update_times(found)
    return stamp(max(known) - timedelta(seconds=1)) if known else None


def is_pull(found: Row) -> bool:
    """Whether a row of `/issues` is a pull request."""
    # Old servers write the key on every issue, with nulls in it.
    return any(inner(found, "pull_request").values())


def _links(answer: Answer) -> dict[str, str]:
    return {rel: url for url, rel in _LINK.findall(answer.headers.get("link", ""))}


def _is_full(client: GitHubClient, answer: Answer) -> bool:
    return len(answer.body) >= client.settings.per_page
