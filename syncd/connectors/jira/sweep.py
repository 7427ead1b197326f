"""Which held issues and sprints of a project are still there; those that left are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from syncd.connectors.jira.boards import ALL
from syncd.connectors.jira.issues import IssueReader
from syncd.connectors.jira.paging import BULK, issue_ids, issues_by_id
from syncd.connectors.jira.pull import Pull
from syncd.connectors.jira.sprint_reader import MOST_ASKED
from syncd.connectors.jira.sprints import sprint_key
from syncd.interfaces import Page
from syncd.model.items import ItemKey, Kind

MOST_ISSUES = {True: 10_000, False: 500}
"""Issues of one project that a sweep asks for by id, on Cloud (in bulk) and on Data Center (one by
one). Those beyond are left for the next sweep."""


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
        yield Page(seen=self.pull.project().version_keys())
        yield self._sprints()
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
        most = MOST_ISSUES[self.client.is_cloud]
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

    def _sprints(self) -> Page:
        """Sprints as they are now; of the held ones without those that are not there any more."""
        held = [
            key.native_id.removeprefix("sprint-")
            for key in self.held
            if key.kind is Kind.MILESTONE and key.native_id.startswith("sprint-")
        ]
        sprints = self.pull.sprint_reader()
        sprints.list(self.pull.boards, ALL)
        known = {*self.pull.told, *sprints.found}
        unlisted = [each for each in held if each not in known]
        sprints.ask(dict.fromkeys(unlisted[:MOST_ASKED], ""))
        gone = sprints.gone()
        there = tuple(sprint_key(self.source, each) for each in held if each not in gone)
        return replace(sprints.page(), seen=there)
