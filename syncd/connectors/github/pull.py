"""One pull of one repository: milestones, then every issue and pull request since the cursor."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from syncd.connectors.accounts import best_named
from syncd.connectors.github import linking, mapping, projects
from syncd.connectors.github.client import GitHubClient, web
from syncd.connectors.github.cursor import Cursor, Way, instant, stamp
from syncd.connectors.github.detail_reader import DetailReader, Details
from syncd.connectors.github.details import IssueDetails, PullDetails
from syncd.connectors.github.finding import ensure_own, find
from syncd.connectors.github.glimpse import Glimpse
from syncd.connectors.github.listing import (
    PAGE_LIMIT,
    estimate,
    goes_on,
    has_moved,
    is_new,
    is_pull,
    pages,
    reached_by,
    read,
)
from syncd.connectors.github.looking import Looker
from syncd.connectors.github.mapping import Mapped, Repo
from syncd.connectors.github.rows import Malformed, Row, moment, native_id, number, row
from syncd.connectors.github.settings import Settings
from syncd.connectors.references import plan_links
from syncd.errors import CursorExpired, NotVisible, UnexpectedAnswer
from syncd.interfaces import Page, Problem
from syncd.model.items import Issue, ItemKey, Kind, Milestone
from syncd.model.links import Link

MOST_TITLES = 200
"""Milestones whose titles a cursor keeps; where there are more, all are listed at each pull."""


@dataclass(slots=True)
class _Batch:
    """What becomes one page."""

    mapped: list[Mapped] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def page(self, expected: int | None, bookmark: str | None) -> Page:
        accounts = best_named(a for each in self.mapped for a in each.accounts)
        sprints = {each.sprint.key: each.sprint for each in self.mapped if each.sprint}
        return Page(
            items=(*sprints.values(), *(each.item for each in self.mapped)),
            changes=tuple(change for each in self.mapped for change in each.changes),
            links=tuple(self.links),
            accounts=accounts,
            problems=tuple(self.problems),
            expected=expected,
            bookmark=bookmark,
        )


class Pull:
    """Reads what is new since a cursor, or goes on from a bookmark."""

    def __init__(
        self,
        client: GitHubClient,
        looker: Looker,
        details: DetailReader,
        scope: str,
        cursor: str | None,
    ) -> None:
        self.client, self.looker, self.details, self.scope = client, looker, details, scope
        self.settings = client.settings
        self.cursor = Cursor.read(cursor) if cursor is not None else None
        self.position = Cursor(repo=0, name="", settings="")
        """Of the pull so far; written as its bookmarks and, in the end, as its cursor."""
        self.titles: tuple[tuple[str, str], ...] = ()
        """Of the milestones, with their native ids."""
        self.sprints: dict[ItemKey, Milestone] = {}
        self.way = Way(began=None, whole=True, reached=None)
        self.aside: set[int] = set()
        self.problems = 0
        self.has_issues = True
        self.newest: datetime | None = None
        self.seen: dict[int, Any] = {}
        """Row id → `updated_at` of rows that came already in this pull."""
        self.slipped: str | None = None
        """From here on a row may have slipped over a page border while another one moved."""

    def pages(self) -> Iterator[Page]:
        """See `Connector.pull`."""
        known = self.cursor
        if known and known.settings != digest(self.settings):
            raise CursorExpired(f"{self.scope} is read in full: the settings that map it changed")
        seen = self.looker.glimpse(self.scope)
        if seen:
            ensure_own(self.client, self.scope, known, seen)
        if known and self._is_quiet(known, seen):
            yield Page(last=True, cursor=known.write())
            return
        repo = self._repository(seen)
        looks_again = self._start(repo, seen)
        milestones, links, problems = self._milestones(repo, seen)
        items = (*milestones, *self._known_sprints(repo))
        yield Page(items=items, links=tuple(links), problems=problems)
        titles = {title: repo.key(Kind.MILESTONE, one) for title, one in self.titles}
        repo = replace(repo, milestones=titles)
        if known and known.aside:
            yield self._page(list(self._set_aside(repo)), repo)
        if looks_again:
            yield from self._items(repo, None, "open")
        yield from self._items(repo, self.way.reached, "all")
        yield self._last()

    @property
    def at(self) -> Cursor | None:
        """Where the repository stands, for a sweep after this pull; None before it was found."""
        return self.position if self.position.repo else self.cursor

    def _known_sprints(self, repo: Repo) -> list[Milestone]:
        """Those that were not over, as they stand today."""
        known = self.cursor.sprints if self.cursor else ()
        found = [projects.milestone(each, repo) for each in known]
        self.sprints |= {each.key: each for each in found}
        return found

    def _is_quiet(self, known: Cursor, seen: Glimpse | None) -> bool:
        """Whether nothing is new since the cursor, and nothing else is to be read."""
        if known.way or known.aside or not known.settled:
            return False
        if seen:
            same = (known.mark, known.name) == (seen.mark, seen.full_name)
        else:
            same = not self.looker.host.has_graphql and self.looker.is_tagged_as(known)
        return same and not self._is_due(known, seen)

    def _is_due(self, known: Cursor, seen: Glimpse | None) -> bool:
        """Whether open items are to be read again; also when other owners may own their files."""
        now = self.client.meter.date
        new_owners = bool(seen and seen.owners_id != known.owners)
        return known.is_due(now.date() if now else None) or new_owners

    def _start(self, repo: Repo, seen: Glimpse | None) -> bool:
        """Note where this pull begins; whether it has to read all open items again."""
        known, tags = self.cursor, tuple[str, ...]()
        if self.looker.host.has_graphql:
            settled = bool(seen and seen.settled)
        else:
            settled, tags = self.looker.tags(repo.id)
        now = self.client.meter.date
        # Under a new name every ref is a new one, so all items are read again.
        same = known if known and known.name == repo.full_name else None
        start = same.start() if same else None
        began, today = (stamp(now), f"{now:%Y-%m-%d}") if now else (None, None)
        self.way = (same and same.way) or Way(began=began, whole=start is None, reached=start)
        self.newest = instant(self.way.reached) if same and same.way else None
        looks_again = bool(known and not self.way.whole and self._is_due(known, seen))
        self.position = Cursor(
            repo=repo.id,
            name=repo.full_name,
            settings=digest(self.settings),
            since=known.since if known else None,
            former=repo.former,
            mark=seen.mark if seen else "",
            settled=settled,
            etags=tags,
            owners=seen.owners_id if seen else "",
            looked=today if self.way.whole or looks_again or not known else known.looked,
        )
        return looks_again

    def _items(self, repo: Repo, start: str | None, state: str) -> Iterator[Page]:
        """Rows by time of update, each page asked for from the last time seen.

        Deep paging would skip rows: whatever is edited meanwhile moves to the end and shifts the
        others over the page border.
        """
        path, where = f"/repositories/{repo.id}/issues", f"the issues of {repo.full_name}"
        query = {"state": state, "sort": "updated", "direction": "asc"}
        number_of_page, before, deep = 1, None, None
        for turn in range(PAGE_LIMIT):
            asked = {**query, "page": number_of_page} | ({"since": start} if start else {})
            answer = read(self.client, path, asked, where=where)
            if deep and any(has_moved(each, self.seen) for each in answer.body):
                self.slipped = deep
            fresh = [each for each in answer.body if is_new(each, self.seen)]
            reached = reached_by(answer.body)
            goes_further = bool(reached and (not start or reached > start))
            if fresh:
                expected = None if turn else estimate(answer, self.settings.per_page)
                bookmark = reached if goes_further and state == "all" else None
                yield self._page(fresh, repo, expected, bookmark)
            if not goes_on(self.client, answer, where=where) or not (fresh or answer.body):
                return
            if goes_further:
                start, number_of_page, before = reached, 1, None
            elif answer.body != before:
                # Rows of one second may fill whole pages, also such that came already.
                number_of_page, before, deep = number_of_page + 1, answer.body, deep or start
            else:
                raise UnexpectedAnswer(f"{where}: the same page came twice")
        raise UnexpectedAnswer(f"{where}: the list has no end")

    def _page(
        self,
        found: Sequence[Any],
        repo: Repo,
        expected: int | None = None,
        reached: str | None = None,
    ) -> Page:
        batch = _Batch()
        usable = []
        for place, each in enumerate(found):
            try:
                number(row(each, "the row"), "number")
                usable.append(each)
            except Malformed as error:
                batch.problems.append(self._problem(each, error, place, repo))
        self._map(usable, repo, batch)
        self.problems += len(batch.problems)
        page = batch.page(expected, self._bookmark(reached) if reached else None)
        # Under another name all is read as before: what differs was changed.
        return replace(page, reread=self.way.whole and self.position.since is None)

    def _bookmark(self, reached: str) -> str:
        return self._standing(way=replace(self.way, reached=reached)).write()

    def _standing(self, **more: Any) -> Cursor:
        """Where this pull stands, with what it has to remember."""
        unfinished = [s for _, s in sorted(self.sprints.items()) if s.state != "closed"]
        sprints = tuple(projects.remembered(each) for each in unfinished)
        return replace(self.position, aside=tuple(sorted(self.aside)), sprints=sprints, **more)

    def _map(self, usable: Sequence[Row], repo: Repo, batch: _Batch) -> None:
        details = self.details.read(repo, usable)
        for place, each in enumerate(usable):
            try:
                self._one(each, details[number(each, "number")], repo, batch)
            except Malformed as error:
                batch.problems.append(self._problem(each, error, place, repo))

    def _one(self, found: Row, details: Details, repo: Repo, batch: _Batch) -> None:
        if isinstance(details, Malformed):
            raise details
        updated = moment(found, "updated_at")
        if isinstance(details, PullDetails):
            mapped = mapping.pull_request(found, details, repo)
        else:
            mapped = mapping.issue(found, details, repo)
        batch.links += _links(mapped, found, details, repo)
        batch.mapped.append(mapped)
        if mapped.sprint:
            self.sprints[mapped.sprint.key] = mapped.sprint
        self.newest = max(self.newest or updated, updated)
        if mapped.item.unanswered and details.project is None and self.looker.host.tells_projects:
            raise Malformed("its fields of projects were not told; what is held of them stays")

    def _problem(self, found: Any, error: Malformed, place: int, repo: Repo) -> Problem:
        known: Row = found if isinstance(found, dict) else {}
        shown = known.get("number")
        if isinstance(shown, int):
            self.aside.add(shown)
        name = repo.ref(shown) if isinstance(shown, int) else f"row {place + 1}"
        # The id in the row of a pull request is not that by which it is held.
        own_id = name if is_pull(known) else native_id(known, "id")
        own_id = own_id or f"{repo.full_name} row {place + 1}"
        return Problem(native_id=own_id, reason=f"{name}: {error}"[:200])

    def _set_aside(self, repo: Repo) -> Iterator[Any]:
        """Items that could not be read last time, once more."""
        for shown in self.cursor.aside if self.cursor else ():
            try:
                answer = self.client.get(
                    f"/repositories/{repo.id}/issues/{shown}", where=repo.ref(shown)
                )
            except NotVisible:
                continue
            # What was transferred is an item of another repository now.
            if not answer.moved and is_new(answer.body, self.seen):
                yield answer.body

    def _repository(self, seen: Glimpse | None) -> Repo:
        known = self.cursor
        found = seen or find(self.client, self.scope, known)
        self.has_issues = found.has_issues
        now = self.client.meter.date
        former = {*known.former, known.name} if known else set()
        return Repo(
            source=self.client.name,
            scope=self.scope,
            id=found.id,
            full_name=found.full_name,
            web=web(self.settings.url),
            former=tuple(sorted(former - {found.full_name})),
            default_branch=found.default_branch,
            phases={label.casefold(): phase for label, phase in self.settings.phases.items()},
            bots=frozenset(login.casefold() for login in self.settings.bots),
            date_fields={k.casefold(): v for k, v in self.settings.date_fields.items()},
            project_fields={k.casefold(): v for k, v in self.settings.project_fields.items()},
            today=now.date() if now else None,
            owners=self.looker.owners(found.id, seen),
        )

    def _milestones(
        self, repo: Repo, seen: Glimpse | None
    ) -> tuple[list[Milestone], list[Link], tuple[Problem, ...]]:
        """All of them unless a look showed that none is new: moving a date changes no issue."""
        known = self.cursor
        if known and seen and not self.way.whole and known.milestones == seen.milestones:
            self._keep_titles(known.titles, known.milestones)
            return [], [], ()
        found: dict[ItemKey, Milestone] = {}
        links: list[Link] = []
        problems = []
        path, where = f"/repositories/{repo.id}/milestones", f"the milestones of {repo.full_name}"
        for page in pages(self.client, path, {"state": "all"}, where=where):
            for place, each in enumerate(page):
                try:
                    milestone = mapping.milestone(row(each, "the row"), repo)
                    found[milestone.key] = milestone
                    links += plan_links(milestone.key, each.get("description"))
                except Malformed as error:
                    name = f"{repo.full_name} milestone row {place + 1}"
                    problems.append(Problem(native_id=name, reason=f"{name}: {error}"[:200]))
        self.problems += len(problems)
        titles = tuple((each.name, each.key.native_id) for each in found.values())
        self._keep_titles(titles, seen.milestones if seen and not problems else "")
        return list(found.values()), links, tuple(problems)

    def _keep_titles(self, titles: tuple[tuple[str, str], ...], mark: str) -> None:
        self.titles = titles
        if mark and len(titles) <= MOST_TITLES:
            self.position = replace(self.position, titles=titles, milestones=mark)

    def _last(self) -> Page:
        known, began = self.position.since, instant(self.way.began)
        # What came later than this pull began is not proven: other edits of that time may follow.
        sure = [at for at in (self.newest, began) if at is not None]
        newest = stamp(min(sure)) if self.newest else None
        since = max(filter(None, (known, newest)), default=None)
        if since and self.slipped:
            since = min(since, self.slipped)
        self.position = self._standing(since=since)
        # A repository whose issues are switched off lists none of them, although all are kept.
        listing = self.way.whole and self.has_issues and not self.problems
        return Page(last=True, cursor=self.position.write(), listing=listing)


def _links(
    mapped: Mapped, found: Row, details: IssueDetails | PullDetails, repo: Repo
) -> Iterable[Link]:
    if isinstance(mapped.item, Issue) and isinstance(details, IssueDetails):
        return linking.issue_links(mapped.item, found, details, repo)
    if not isinstance(mapped.item, Issue) and isinstance(details, PullDetails):
        return linking.pull_links(mapped.item, found, details, repo)
    return ()


def digest(settings: Settings) -> str:
    """Of the settings that decide how items are read."""
    said = settings.model_dump_json(include={"phases", "bots", "date_fields", "project_fields"})
    return hashlib.sha256(said.encode()).hexdigest()[:12]
