"""Finds out which held items of a repository are still there, without reading them anew."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence

from syncd.connectors.github import projects, queries
from syncd.connectors.github.client import Fate, GitHubClient
from syncd.connectors.github.cursor import Cursor
from syncd.connectors.github.graphql_answers import GraphQLUnusable
from syncd.connectors.github.host import Host
from syncd.connectors.github.listing import estimate, is_pull, pages, read
from syncd.connectors.github.rows import inner, native_id, number, rows
from syncd.interfaces import Page
from syncd.model.items import ItemKey, Kind

log = logging.getLogger(__name__)

MOST_ASKED = 200
"""Missing items asked for one by one in a sweep; the others are not named by it."""


class Sweep:
    """One sweep of one repository, whose position after the last pull was `at`."""

    def __init__(
        self, client: GitHubClient, host: Host, at: Cursor, held: Mapping[ItemKey, str]
    ) -> None:
        self.client, self.host, self.at, self.held = client, host, at, held
        self.numbers = {key: _number(ref) for key, ref in held.items() if key.kind in _ITEMS}

    def pages(self) -> Iterator[Page]:
        """See `Sweeping.sweep`."""
        yield Page(seen=tuple(self._milestones()))
        has_issues, total = self._totals()
        if not has_issues:
            # Switched off, not deleted: they are there again when somebody switches them on.
            hidden = [key for key in self.numbers if key.kind is Kind.ISSUE]
            yield Page(hidden=tuple(hidden))
            for key in hidden:
                del self.numbers[key]
        unread = set(self.at.aside) - set(self.numbers.values())
        if total == len(self.numbers) + len(unread):
            yield Page(seen=tuple(self.numbers))
            return
        there = self._there()
        missing = [k for k, n in self.numbers.items() if there.get(n) not in ("", k.native_id)]
        yield Page(seen=tuple(self.numbers.keys() - set(missing)))
        yield self._asked_for(missing)

    def _milestones(self) -> Iterator[ItemKey]:
        """Those that a listing names; sprints, which no list names, are not doubted."""
        path, where = f"{self._home}/milestones", f"the milestones of {self.at.name}"
        found = pages(self.client, path, {"state": "all"}, where=where)
        ids = {native_id(each, "id") for page in found for each in rows(page)}
        for key in self.held:
            if key.kind is Kind.MILESTONE and (key.native_id in ids or projects.is_sprint(key)):
                yield key

    def _totals(self) -> tuple[bool, int]:
        """Whether issues are switched on, and how many issues and pull requests there are."""
        where = f"how many items {self.at.name} has"
        if self.host.has_graphql:
            try:
                data = self.client.query(queries.totals(*self._name), {}, where=where)
            except GraphQLUnusable as error:
                log.info("%s: no totals by GraphQL (%s); by REST", self.client.name, error)
            else:
                found = inner(data, "repository")
                if found.get("databaseId") == self.at.repo:
                    total = number(inner(found, "issues"), "totalCount")
                    total += number(inner(found, "pullRequests"), "totalCount")
                    return found.get("hasIssuesEnabled") is not False, total
        answer = self.client.get(self._home, where=f"the repository {self.at.name}")
        has_issues = inner(answer.body).get("has_issues") is not False
        # One row a page makes the number of the last page the number of rows.
        one = read(self.client, f"{self._home}/issues", {**_ALL, "per_page": 1}, where=where)
        return has_issues, estimate(one, 1)

    def _there(self) -> dict[int, str]:
        """Number → native id of what is there, "" where only the number is told."""
        if self.host.has_graphql:
            try:
                return self.host.presence.ask(sorted(self.numbers.values()), self._looked_up)
            except GraphQLUnusable as error:
                log.info("%s: no look-up by GraphQL (%s); by REST", self.client.name, error)
        where = f"the numbers of {self.at.name}"
        found: dict[int, str] = {}
        for page in pages(self.client, f"{self._home}/issues", _ALL, where=where):
            for each in rows(page):
                if isinstance(each.get("number"), int):
                    found[each["number"]] = "" if is_pull(each) else native_id(each, "id") or ""
        return found

    def _looked_up(self, numbers: Sequence[int]) -> dict[int, str]:
        where = f"which of {len(numbers)} items of {self.at.name} are there"
        query = queries.presence(*self._name, numbers)
        found = inner(self.client.query(query, {}, where=where, parts=len(numbers)), "repository")
        if found.get("databaseId") != self.at.repo:
            raise GraphQLUnusable(f"{self.at.name} is another repository there")
        ids = ((n, native_id(inner(found, f"n{n}"), "fullDatabaseId")) for n in numbers)
        return {shown: found_id for shown, found_id in ids if found_id}

    def _asked_for(self, missing: Sequence[ItemKey]) -> Page:
        """What GitHub says of each missing item itself."""
        found: dict[Fate, list[ItemKey]] = {fate: [] for fate in Fate}
        for key in missing[:MOST_ASKED]:
            kind = "issues" if key.kind is Kind.ISSUE else "pulls"
            path = f"{self._home}/{kind}/{self.numbers[key]}"
            found[self.client.fate(path, key.native_id, where=self.held[key])].append(key)
        return Page(
            seen=tuple(found[Fate.THERE]),
            gone=tuple(found[Fate.GONE]),
            hidden=tuple(found[Fate.HIDDEN]),
        )

    @property
    def _home(self) -> str:
        return f"/repositories/{self.at.repo}"

    @property
    def _name(self) -> tuple[str, str]:
        owner, _, name = self.at.name.partition("/")
        return owner, name


_ITEMS = (Kind.ISSUE, Kind.PULL_REQUEST)
_ALL = {"state": "all", "sort": "created", "direction": "asc"}


def _number(ref: str) -> int:
    shown = ref.rpartition("#")[2]
    return int(shown) if shown.isascii() and shown.isdigit() else 0
