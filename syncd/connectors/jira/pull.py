"""One pull of one project: its versions, what was edited since the last one, open sprints."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from syncd.connectors.jira.boards import ALL, OPEN, SPRINTS_FRESH
from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.cursors import Bookmark, Cursor, digest
from syncd.connectors.jira.issues import IssueReader, Project, issue_id
from syncd.connectors.jira.learned import Learned, News
from syncd.connectors.jira.paging import BULK, Query, issue_ids, issues_by_id, search
from syncd.connectors.jira.sprint_reader import MOST_ASKED, SprintReader
from syncd.interfaces import Page
from syncd.model.items import Issue, Milestone, MilestoneKind

OVERLAP = timedelta(minutes=5)
"""How far behind the cursor a pull reads again: search can lag behind edits."""
BOARDS_FRESH = timedelta(hours=6)
"""Provider's time after which all sprints of a board are listed: a closed one may be reopened."""
LOOK_EVERY = timedelta(days=1)
"""Provider's time after which open issues are read whether edited or not: a field or status that is
changed for all, or the deletion of what an issue is linked to, marks none as updated."""
MOST_ASIDE = 1000
"""Issues that could not be read and are asked for again."""
MOST_BOARDS = 500


class Pull:
    """Of one project, from its beginning, from a cursor or from a bookmark."""

    def __init__(
        self, client: JiraClient, learned: Learned, scope: str, position: Cursor | Bookmark | None
    ) -> None:
        self.client, self.learned, self.scope = client, learned, scope
        self.settings = digest(client.settings, scope)
        if position is not None and position.settings != self.settings:
            position = None
        self.mark = position if isinstance(position, Bookmark) else None
        self.since = position.since if isinstance(position, Bookmark) else position
        self.began: datetime | None = self.mark.reached.updated if self.mark else None
        known = self._known = self.mark.reached if self.mark else self.since
        self.sprints = dict(known.sprints) if known else {}
        """Those that are open → board."""
        self.told: set[str] = set()
        """Those that issues of this pull told of."""
        self.sprints_at = known.sprints_at if known else None
        self.boards = dict(known.boards) if known else {}
        self.boards_at = known.boards_at if known else None
        self.aside = dict.fromkeys(known.aside) if known else {}
        self.reading = known.reading if known else ""
        self.statuses = dict(known.statuses) if known else {}
        self.left_out = known.left_out if known else ()
        self._categories: Mapping[str, str] = {}
        self._project: Project | None = None
        if known:
            learned.recall(client, known)

    def pages(self) -> Iterator[Page]:
        """Versions, issues, sprints; then, proven, the last page."""
        news = self._news()
        project = self.project()
        yield project.versions()
        self.began = self.began or self.client.server_time()
        reads = news is None or self._looks() or not self._is_quiet(news, project)
        reader = None
        if reads or self.aside:
            # Only another look may take it for an answer that a date is left out.
            left_out = self.left_out if self._looks() else ()
            reader = IssueReader(project, tuple(self.aside), left_out)
            reads = self._is_read_anew(reader) or reads
            yield from self._issues(reader) if reads else ()
            yield from self._retried(reader)
            if self._looks() and self.mark is None:
                self.left_out = reader.left_out
        yield from self._sprints(reader)
        if reader is not None:
            # A credential that ended on the way makes the last pages those of an anonymous caller.
            self.learned.prove_answers(self.client)
        yield self._last_page()

    def _looks(self) -> bool:
        """Whether open issues are read although nobody edited them."""
        if self.since is None or self.began is None:
            return False
        last = self.since.looked_at
        return last is None or self.began - last >= LOOK_EVERY

    def _is_read_anew(self, reader: IssueReader) -> bool:
        """Whether fields or statuses mean something else than before: then all is read again."""
        self.reading = reader.site.fields.digest()
        self._categories = reader.site.workflow.categories
        if self._known is None or self._means_as(self._known):
            return False
        self.statuses.clear()
        self.since = self.mark = None
        return True

    def reads_as(self, known: Cursor | Bookmark) -> bool:
        """Whether what it reads again it reads as before that position."""
        return self.since is None and self._means_as(known)

    def _means_as(self, known: Cursor | Bookmark) -> bool:
        """Whether fields and statuses meant the same there, as far as this pull has asked."""
        at = known.reached if isinstance(known, Bookmark) else known
        # One that is not told at all was deleted, or the answer is cut: that moves nothing.
        moved = any(self._categories.get(each, was) != was for each, was in at.statuses.items())
        return not moved and (at.reading == self.reading or "" in (at.reading, self.reading))

    def _last_page(self) -> Page:
        whole = self.since is None
        # A sprint without issues that no board lists is asked for by whoever holds it: a sweep.
        unlisted = (MilestoneKind.SPRINT,) if whole else ()
        return Page(last=True, cursor=self.cursor().text(), listing=whole, unlisted=unlisted)

    def project(self) -> Project:
        """The project, asked for once. Raises `NotVisible`."""
        if self._project is None:
            self._project = Project(self.client, self.learned, self.scope)
        return self._project

    def cursor(self) -> Cursor:
        """Where the next pull goes on: an issue may change behind our back as soon as we begin."""
        return Cursor(
            updated=self.began or self.client.server_time(),
            sprints=self.sprints,
            sprints_at=self.sprints_at,
            boards=dict(list(self.boards.items())[-MOST_BOARDS:]),
            boards_at=self.boards_at,
            aside=tuple(self.aside)[-MOST_ASIDE:],
            settings=self.settings,
            looked_at=self.began if self.since is None or self._looks() else self.since.looked_at,
            reading=self.reading,
            statuses=self.statuses,
            left_out=self.left_out,
            site=f"{'cloud' if self.client.is_cloud else 'server'} {self.client.settings.url}",
        )

    def _news(self) -> News | None:
        """The newest edits of the source, where there is a cursor to compare them with."""
        if self.since is None or self.mark:
            self.learned.prove_once(self.client)
            return None
        news = self.learned.news(self.client, self.scope, self.since.updated - OVERLAP)
        self.began = news.at
        return news

    def _is_quiet(self, news: News, project: Project) -> bool:
        # A project whose key was changed still answers to the configured one.
        since = self.since.updated - OVERLAP if self.since else news.at
        return all(news.quiet(key, since) for key in (project.key, self.scope))

    def _issues(self, reader: IssueReader) -> Iterator[Page]:
        expected = None
        created = self.mark.created if self.mark else None
        if self.since is None and self.client.is_cloud:
            expected = self.client.count(self._query(created))
        told: set[tuple[str, str]] = set()
        # A condition that is rounded to minutes would bring the same issues again and again.
        slack = timedelta(minutes=3 if self.client.settings.jql_times == "relative" else 0)
        while True:
            begun, counted, reached = created, list[str](), created
            for found in search(self.client, self._search(reader, begun), self.scope):
                page = reader.page([raw for raw in found.issues if _mark(raw) not in told])
                told = {_mark(raw) for raw in found.issues}
                counted += (native_id for native_id, _ in told)
                expected = expected if found.total is None else expected or found.total
                self._note(reader)
                again = self.since is None or page.reread
                yield replace(page, expected=expected, bookmark=self._bookmark(page), reread=again)
                ages = _ages(page)
                reached = max(filter(None, (reached, *ages[-1:])), default=None)
                if found.more and ages and ages[-1] - (begun or ages[0]) > slack:
                    created = ages[-1]
                    break
            if len(counted) > len(told) and reached:
                yield from self._slipped(reader, self._query(begun, reached), set(counted))
            if created == begun:
                return

    def _slipped(self, reader: IssueReader, query: str, read: Collection[str]) -> Iterator[Page]:
        """What slipped through while issues of one instant came on several pages.

        They are told apart by counting only: one that leaves meanwhile shifts the others.
        """
        for ids in issue_ids(self.client, query, self.scope):
            slipped = [each for each in ids if each not in read]
            for start in range(0, len(slipped), BULK):
                some = slipped[start : start + BULK]
                answers = issues_by_id(self.client, some, reader.fields, self.scope)
                page = reader.page(answers.found)
                self._note(reader)
                yield page

    def _search(self, reader: IssueReader, created: datetime | None) -> Query:
        size = self.client.settings.page_size
        return Query(jql=self._query(created), fields=reader.fields, size=size, with_logs=True)

    def _query(self, created: datetime | None, until: datetime | None = None) -> str:
        """Issues created at `created` or later, in the order of their creation.

        That never changes, so the next page is asked for by it: rows that are counted shift when an
        earlier one is deleted or moved, and a key to go on from can be moved or deleted itself.
        """
        conditions = [f'project = "{self.scope}"']
        if self.since is not None:
            edited = self.learned.at_least(self.client, "updated", self.since.updated - OVERLAP)
            conditions.append(f"({edited} OR statusCategory != Done)" if self._looks() else edited)
        if created is not None:
            conditions.append(self.learned.at_least(self.client, "created", created))
        if until is not None:
            conditions.append(self.learned.at_most(self.client, "created", until))
        return f"{' AND '.join(conditions)} ORDER BY created ASC, key ASC"

    def _bookmark(self, page: Page) -> str | None:
        """A place behind a page of issues; None where it has none that tells where it is."""
        ages = _ages(page)
        if not ages:
            return None
        return Bookmark(since=self.since, reached=self.cursor(), created=ages[-1]).text()

    def _retried(self, reader: IssueReader) -> Iterator[Page]:
        """Issues that an earlier pull could not read: they may have been mended without an edit."""
        ids = [] if self.mark else [each for each in self.aside if each not in reader.malformed]
        for start in range(0, len(ids), BULK):
            some = ids[start : start + BULK]
            answers = issues_by_id(self.client, some, reader.fields, self.scope)
            absent = set(some) - set(answers.there)
            self.aside = {each: None for each in self.aside if each not in absent}
            page = reader.page(answers.found)
            self._note(reader)
            yield page

    def _note(self, reader: IssueReader) -> None:
        """What the issues read so far told of sprints, and which could not be read."""
        self.aside = {each: None for each in self.aside if each not in reader.mended}
        self.aside |= reader.malformed
        self.told.update(reader.sprints)
        self.statuses |= reader.statuses
        for native_id, sprint in reader.sprints.items():
            self._note_sprint(native_id, sprint)

    def _note_sprint(self, native_id: str, sprint: Milestone) -> None:
        if sprint.board:
            self.boards[sprint.board] = sprint.scope
        if sprint.state == "closed":
            self.sprints.pop(native_id, None)
        else:
            self.sprints[native_id] = sprint.board or ""

    def _sprints(self, reader: IssueReader | None) -> Iterator[Page]:
        """Sprints that no issue told of: all of the known boards now and then, else open ones."""
        now = self.client.server_time()
        all_due = self.boards and (self.boards_at is None or now - self.boards_at >= BOARDS_FRESH)
        if not all_due and not self._open_due(reader):
            return
        sprints = self.sprint_reader()
        if all_due:
            sprints.list(tuple(self.boards), ALL)
            self.boards_at = now
        else:
            sprints.list(dict.fromkeys(filter(None, self.sprints.values())), OPEN)
        known = {*self.told, *sprints.found}
        unlisted = [each for each in self.sprints if each not in known][:MOST_ASKED]
        # Those asked for go to the end, so that the next time it is the turn of others.
        asked = {each: self.sprints.pop(each) for each in unlisted}
        self.sprints |= asked
        sprints.ask(asked)
        for native_id in sprints.gone():
            del self.sprints[native_id]
        for native_id, sprint in sprints.found.items():
            self._note_sprint(native_id, sprint)
        self.sprints_at = now
        yield sprints.page()

    def _open_due(self, reader: IssueReader | None) -> bool:
        """Whether open sprints that no issue told of just now are to be asked for."""
        if not set(self.sprints) - self.told:
            self.sprints_at = self.began if self.sprints else None
            return False
        if self.sprints_at is None or (reader and reader.read):
            return True
        return self.client.server_time() - self.sprints_at >= SPRINTS_FRESH

    def sprint_reader(self) -> SprintReader:
        """Reads sprints, except those that issues of this pull told of."""
        return SprintReader(
            self.client, self.learned, self.scope, told=self.told, known=self.boards
        )


def _ages(page: Page) -> list[datetime]:
    """When the issues of a page were created, in order."""
    return sorted(each.created_at for each in page.items if isinstance(each, Issue))


def _mark(raw: Any) -> tuple[str, str]:
    """What says that a raw issue is the same as one before, and not edited since."""
    fields = raw.get("fields") if isinstance(raw, dict) else None
    updated = fields.get("updated") if isinstance(fields, dict) else None
    # One that does not say is like no other.
    return issue_id(raw), updated if isinstance(updated, str) else f"{id(raw)}"
