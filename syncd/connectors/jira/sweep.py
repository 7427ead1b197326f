"""Which held issues and sprints of a project are still there; those that left are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from syncd.connectors.jira.issues import IssueReader
from syncd.connectors.jira.learned import ALL
from syncd.connectors.jira.paging import BULK, issue_ids, issues_by_id
from syncd.connectors.jira.pull import Pull
from syncd.connectors.jira.sprints import sprint_key
from syncd.interfaces import Page
from syncd.model.items import ItemKey, Kind

MOST_ASKED = {True: 10_000, False: 500}
"""Issues of one project that a sweep asks for by id, on Cloud (in bulk) and on Data Center (one by
one). Those beyond are left for the next sweep."""
MOST_SPRINTS = 100
"""Sprints that a sweep asks for by id, since no board lists them."""


class Sweep:
    """Of one project, after a pull of it."""

    def __init__(self, pull: Pull, held: Mapping[ItemKey, str]) -> None:
        self.pull, self.held = pull, held
        self.client, self.learned, self.scope = pull.client, pull.learned, pull.scope
        self.source = pull.client.source

    def pages(self) -> Iterator[Page]:
        """Every held item is named, except those that are gone or that nobody may tell us of."""
        missing = {key.native_id for key in self.held if key.kind is Kind.ISSUE}
        strangers: list[str] = []
        for ids in issue_ids(self.client, self._query(), self.scope):
            missing.difference_update(ids)
            strangers += [each for each in ids if self._key(each) not in self.held]
            yield Page(seen=tuple(map(self._key, ids)))
        yield Page(seen=(*self.pull.project().version_keys(), *self._sprints()))
        # What could not be read was asked for by the pull; what came between is not yet held.
        known = set(self.pull.cursor().aside)
        wanted = [each for each in strangers if each not in known] + sorted(missing)
        hidden: list[ItemKey] = []
        yield from self._asked(wanted, missing, hidden)
        # A listing for an anonymous caller is short, and he may see less.
        self.learned.prove_answers(self.client)
        yield Page(hidden=tuple(hidden))

    def _query(self) -> str:
        return f'project = "{self.scope}" ORDER BY created ASC, key ASC'

    def _key(self, native_id: str) -> ItemKey:
        return ItemKey(self.source, Kind.ISSUE, native_id)

    def _asked(
        self, wanted: Sequence[str], missing: set[str], hidden: list[ItemKey]
    ) -> Iterator[Page]:
        """Issues that were moved come under their new key, those we may not see are `hidden`."""
        if not wanted or self._is_loss(missing):
            return
        reader = IssueReader(self.pull.project())
        most = MOST_ASKED[self.client.is_cloud]
        for start in range(0, min(len(wanted), most), BULK):
            ids = wanted[start : min(start + BULK, most)]
            answers = issues_by_id(self.client, ids, reader.fields, self.scope)
            hidden += map(self._key, answers.refused)
            page = reader.page(answers.found)
            yield page
            yield Page(seen=tuple(map(self._key, answers.there)))
        left = [each for each in wanted[most:] if each in missing]
        yield Page(seen=tuple(map(self._key, left)))

    def _is_loss(self, missing: Collection[str]) -> bool:
        """Whether so many are missing that a right was lost: the store refuses such a listing."""
        issues = sum(key.kind is Kind.ISSUE for key in self.held)
        return not self.client.is_cloud and len(missing) > max(BULK, 0.3 * issues)

    def _sprints(self) -> Iterator[ItemKey]:
        """Held sprints that still exist."""
        ids = [
            key.native_id.removeprefix("sprint-")
            for key in self.held
            if key.kind is Kind.MILESTONE and key.native_id.startswith("sprint-")
        ]
        listed: set[str] = set()
        for board in self.pull.cursor().boards if ids else ():
            listed |= set(self.learned.sprints(self.client, board, ALL, self.scope) or ())
        asked = 0
        for native_id in ids:
            if native_id not in listed:
                asked += 1
                if asked <= MOST_SPRINTS and self.client.sprint(native_id) is None:
                    continue
            yield sprint_key(self.source, native_id)
