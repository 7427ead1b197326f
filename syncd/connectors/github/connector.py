"""Pulls repositories: milestones, then every issue and pull request changed since the cursor."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from syncd.connectors.github import checks, linking, mapping
from syncd.connectors.github.client import GitHubClient, web
from syncd.connectors.github.cursor import Cursor
from syncd.connectors.github.detail_reader import DetailReader
from syncd.connectors.github.details import IssueDetails, PullDetails
from syncd.connectors.github.listing import PAGE_LIMIT, estimate, goes_on, pages, read
from syncd.connectors.github.mapping import Mapped, Repo
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
    text,
)
from syncd.connectors.github.settings import Settings as GitHubSettings
from syncd.connectors.http import Limits, Meter
from syncd.errors import CursorExpired, NotVisible, SourceError, UnexpectedAnswer
from syncd.interfaces import INTERFACE, Check, Page, Problem
from syncd.model.items import Issue, ItemKey, Milestone
from syncd.model.links import Link


class GitHubConnector:
    """Reads the configured repositories of one host. A scope is a repository, `owner/name`."""

    interface = INTERFACE
    Settings = GitHubSettings

    def __init__(
        self, name: str, settings: GitHubSettings, *, limits: Limits | None = None
    ) -> None:
        self.name, self.settings = name, settings
        self.stop = threading.Event()
        self.client = GitHubClient(name, settings, self.stop, limits=limits)
        self.details = DetailReader(self.client)

    @property
    def meter(self) -> Meter:
        """The provider's clock and what is left of its rate budget."""
        return self.client.meter

    def scopes(self) -> Sequence[str]:
        """The configured repositories."""
        return self.settings.repos

    def check(self) -> Iterator[Check]:
        """Signed in as whom, for how long, with which rights, and what can be read."""
        return checks.check(self.client)

    def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
        """See `Connector.pull`. Raises SourceError classes only."""
        try:
            yield from _Pull(self, scope, cursor).pages()
        except SourceError as error:
            error.source, error.scope = self.name, scope
            raise

    def close(self) -> None:
        """Give back the connections; a wait that is going on ends."""
        self.client.close()


@dataclass(slots=True)
class _Batch:
    """What becomes one page."""

    mapped: list[Mapped] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def page(self, expected: int | None) -> Page:
        accounts = {a.id: a for each in self.mapped for a in each.accounts}
        return Page(
            items=tuple(each.item for each in self.mapped),
            changes=tuple(change for each in self.mapped for change in each.changes),
            links=tuple(self.links),
            accounts=tuple(accounts.values()),
            problems=tuple(self.problems),
            expected=expected,
        )


class _Pull:
    """One pull of one repository."""

    def __init__(self, connector: GitHubConnector, scope: str, cursor: str | None) -> None:
        self.connector, self.client, self.scope = connector, connector.client, scope
        self.settings = connector.settings
        self.cursor = Cursor.read(cursor) if cursor is not None else None
        self.aside: set[int] = set()
        self.problems = 0
        self.newest: datetime | None = None
        self.seen: dict[int, Any] = {}
        """Row id → `updated_at` of rows that came already in this pull."""
        self.slipped: str | None = None
        """From here on a row may have slipped over a page border while another one moved."""

    def pages(self) -> Iterator[Page]:
        repo = self._repository()
        # Under a new name every ref is a new one, so all items are read again.
        same = self.cursor is not None and self.cursor.name == repo.full_name
        since = self.cursor.start() if self.cursor and same else None
        milestones, problems = self._milestones(repo)
        repo = replace(repo, milestones={each.name: each.key for each in milestones})
        yield Page(items=tuple(milestones), problems=problems)
        if self.cursor and self.cursor.aside:
            yield self._page(list(self._set_aside(repo)), repo)
        yield from self._items(repo, since)
        yield Page(last=True, cursor=self._position(repo), listing=not since and not self.problems)

    def _items(self, repo: Repo, since: str | None) -> Iterator[Page]:
        """Rows by time of update, each page asked for from the last time seen.

        Deep paging would skip rows: whatever is edited meanwhile moves to the end and shifts the
        others over the page border.
        """
        path, where = f"/repositories/{repo.id}/issues", f"the issues of {repo.full_name}"
        query = {"state": "all", "sort": "updated", "direction": "asc"}
        start, number_of_page, before, deep = since, 1, None, None
        for turn in range(PAGE_LIMIT):
            asked = {**query, "page": number_of_page} | ({"since": start} if start else {})
            answer = read(self.client, path, asked, where=where)
            if deep and any(_has_moved(each, self.seen) for each in answer.body):
                self.slipped = deep
            fresh = [each for each in answer.body if _is_new(each, self.seen)]
            if fresh:
                yield self._page(fresh, repo, None if turn else estimate(self.client, answer))
            if not goes_on(self.client, answer, where=where):
                return
            if not fresh and not answer.body:
                return
            reached = _reached(answer.body)
            if reached and (not start or reached > start):
                start, number_of_page, before = reached, 1, None
            elif answer.body != before:
                # Rows of one second may fill whole pages, also such that came already.
                number_of_page, before, deep = number_of_page + 1, answer.body, deep or start
            else:
                raise UnexpectedAnswer(f"{where}: the same page came twice")
        raise UnexpectedAnswer(f"{where}: the list has no end")

    def _page(self, found: Sequence[Any], repo: Repo, expected: int | None = None) -> Page:
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
        return batch.page(expected)

    def _map(self, usable: Sequence[Row], repo: Repo, batch: _Batch) -> None:
        reader = self.connector.details
        issues = reader.issues(repo.id, [each for each in usable if not _is_pull(each)])
        pulls = reader.pulls(repo.id, [each for each in usable if _is_pull(each)])
        details = {**issues, **pulls}
        for place, each in enumerate(usable):
            try:
                self._one(each, details[number(each, "number")], repo, batch)
            except Malformed as error:
                batch.problems.append(self._problem(each, error, place, repo))

    def _one(
        self,
        found: Row,
        details: IssueDetails | PullDetails | Malformed,
        repo: Repo,
        batch: _Batch,
    ) -> None:
        if isinstance(details, Malformed):
            raise details
        updated = moment(found, "updated_at")
        if isinstance(details, PullDetails):
            mapped = mapping.pull_request(found, details, repo)
        else:
            mapped = mapping.issue(found, details, repo)
        batch.links += _links(mapped, found, details, repo)
        batch.mapped.append(mapped)
        self.newest = max(self.newest or updated, updated)

    def _problem(self, found: Any, error: Malformed, place: int, repo: Repo) -> Problem:
        known: Row = found if isinstance(found, dict) else {}
        shown = known.get("number")
        if isinstance(shown, int):
            self.aside.add(shown)
        name = repo.ref(shown) if isinstance(shown, int) else f"row {place + 1}"
        own_id = native_id(known, "id") or f"{repo.full_name} row {place + 1}"
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
            if _is_new(answer.body, self.seen):
                yield answer.body

    def _repository(self) -> Repo:
        known = self.cursor
        if known and known.settings != _digest(self.settings):
            raise CursorExpired(f"{self.scope} is read in full: the settings that map it changed")
        path = f"/repositories/{known.repo}" if known else f"/repos/{self.scope}"
        answer = self.client.get(path, where=f"the repository {self.scope}")
        try:
            found = row(answer.body, "the answer")
            full_name, repo_id = text(found, "full_name"), number(found, "id")
        except Malformed as error:
            raise UnexpectedAnswer(f"the repository {self.scope}: {error}") from None
        former = {*known.former, known.name} if known else set()
        return Repo(
            source=self.client.name,
            scope=self.scope,
            id=repo_id,
            full_name=full_name,
            web=web(self.settings.url),
            former=tuple(sorted(former - {full_name})),
            default_branch=optional_text(found, "default_branch"),
            phases={label.casefold(): phase for label, phase in self.settings.phases.items()},
            bots=frozenset(login.casefold() for login in self.settings.bots),
            date_fields={k.casefold(): v for k, v in self.settings.date_fields.items()},
        )

    def _milestones(self, repo: Repo) -> tuple[list[Milestone], tuple[Problem, ...]]:
        """All of them at each pull: moving a due date changes no issue."""
        found: dict[ItemKey, Milestone] = {}
        problems = []
        path, where = f"/repositories/{repo.id}/milestones", f"the milestones of {repo.full_name}"
        for page in pages(self.client, path, {"state": "all"}, where=where):
            for place, each in enumerate(page):
                try:
                    milestone = mapping.milestone(row(each, "the row"), repo)
                    found[milestone.key] = milestone
                except Malformed as error:
                    name = f"{repo.full_name} milestone row {place + 1}"
                    problems.append(Problem(native_id=name, reason=f"{name}: {error}"[:200]))
        self.problems += len(problems)
        return list(found.values()), tuple(problems)

    def _position(self, repo: Repo) -> str:
        known = self.cursor.since if self.cursor else None
        # A row dated in the future must not make the next pull start there.
        sure = [at for at in (self.newest, self.client.meter.date) if at is not None]
        newest = f"{min(sure):%Y-%m-%dT%H:%M:%SZ}" if self.newest else None
        since = max(filter(None, (known, newest)), default=None)
        return Cursor(
            repo=repo.id,
            name=repo.full_name,
            settings=_digest(self.settings),
            since=min(since, self.slipped) if since and self.slipped else since,
            former=repo.former,
            aside=tuple(sorted(self.aside)),
        ).write()


def _links(
    mapped: Mapped, found: Row, details: IssueDetails | PullDetails, repo: Repo
) -> Iterable[Link]:
    if isinstance(mapped.item, Issue) and isinstance(details, IssueDetails):
        return linking.issue_links(mapped.item, found, details, repo)
    if not isinstance(mapped.item, Issue) and isinstance(details, PullDetails):
        return linking.pull_links(mapped.item, found, details, repo)
    return ()


def _is_pull(found: Row) -> bool:
    # Old servers write the key on every issue, with nulls in it.
    return any(inner(found, "pull_request").values())


def _is_new(found: Any, seen: dict[int, Any]) -> bool:
    """Whether this state of a row has not come yet in this pull."""
    if not isinstance(found, dict) or not isinstance(found.get("id"), int):
        return True
    if found["id"] in seen and seen[found["id"]] == found.get("updated_at"):
        return False
    seen[found["id"]] = found.get("updated_at")
    return True


def _has_moved(found: Any, seen: dict[int, Any]) -> bool:
    """Whether a row that came already was edited since: it went from its page to the end."""
    if not isinstance(found, dict) or not isinstance(found.get("id"), int):
        return False
    return found["id"] in seen and seen[found["id"]] != found.get("updated_at")


def _reached(found: Sequence[Any]) -> str | None:
    """Where to ask on from after a page: a second before its newest update.

    Rows may share a second with those over the page border, whether or not GitHub counts `since`
    itself as after `since`.
    """
    times = []
    for each in found:
        try:
            times.append(optional_moment(row(each, "the row"), "updated_at"))
        except Malformed:
            continue
    known = [at for at in times if at is not None]
    return f"{max(known) - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}" if known else None


def _digest(settings: GitHubSettings) -> str:
    said = settings.model_dump_json(include={"phases", "bots", "date_fields"})
    return hashlib.sha256(said.encode()).hexdigest()[:12]
