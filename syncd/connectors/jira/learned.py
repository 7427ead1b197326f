"""What the readers of one Jira share in a run: each thing is asked once, by the first in need."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from syncd.connectors.jira.boards import Boards
from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.cursors import Cursor
from syncd.connectors.jira.fields import find_fields
from syncd.connectors.jira.mapping import Site
from syncd.connectors.jira.paging import Query, search
from syncd.connectors.jira.phases import Workflow, categories
from syncd.connectors.jira.settings import JiraSettings
from syncd.connectors.jira.values import parse_instant
from syncd.errors import AuthError, NotVisible, UnexpectedAnswer

REACH = timedelta(days=1)
"""How much further back than its first asker needs the search for news goes: cursors of projects
differ, and one page of the newest edits costs the same."""
NEWS_ROWS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """The newest edits of all configured projects."""

    at: datetime
    """The provider's time of the answer."""
    after: datetime | None = None
    """Every edit later than this is known; None = none is."""
    edited: Mapping[str, datetime] = field(default_factory=dict)
    """Project key → its newest edit, of the projects that have one."""

    def quiet(self, project: str, since: datetime) -> bool:
        """Whether it is certain that nothing of a project was edited at or after `since`."""
        if self.after is None or since <= self.after:
            return False
        newest = self.edited.get(project)
        return newest is None or newest < since


class Learned:
    """Thread-safe. Methods ask with the client of whoever calls; nothing is asked twice at once."""

    def __init__(self, source: str, settings: JiraSettings) -> None:
        self.source, self.settings = source, settings
        self.boards = Boards(settings.projects)
        self._lock = threading.RLock()
        self._proven = False
        self._address = ""
        self._answers: tuple[Sequence[Any], Workflow] | None = None
        self._sites: dict[str, Site] = {}
        self._news: News | None = None
        self._told: set[str] = set()

    def recall(self, client: JiraClient, cursor: Cursor) -> None:
        """Take up what an earlier run had learned."""
        with self._lock:
            kind, _, url = cursor.site.partition(" ")
            if client.deployment.cloud is None and url == self.settings.url:
                client.deployment.cloud = kind == "cloud"
        self.boards.recall(cursor.boards)

    def prove(self, client: JiraClient) -> None:
        """Make sure that answers are given to the configured account. Raises `AuthError`."""
        me = client.myself()
        address, user = me.get("emailAddress"), self.settings.user
        if user and address and str(address).casefold() != user.casefold():
            raise AuthError(
                f"signed in as {address}, but sources.{self.source}.user is {user}",
                source=self.source,
                hint=f"set sources.{self.source}.user and its token to the same account",
            )
        self._proven = True

    def prove_once(self, client: JiraClient) -> None:
        """As `prove`, unless somebody did in this run."""
        with self._lock:
            if not self._proven:
                self.prove(client)

    def prove_answers(self, client: JiraClient) -> None:
        """Make sure that the answers so far were ours: each says so itself, or we ask again."""
        if not client.is_named:
            self.prove(client)

    def news(self, client: JiraClient, project: str, since: datetime) -> News:
        """The newest edits of the source, asked once for all its projects, and proven to be ours.

        A project that asks a second time gets a new answer.
        """
        with self._lock:
            if self._news is None or project in self._told:
                self._news = self._ask_news(client, project, since)
                self._told.clear()
            self._told.add(project)
            return self._news

    def _ask_news(self, client: JiraClient, project: str, since: datetime) -> News:
        projects = ", ".join(f'"{each}"' for each in self.settings.projects)
        recent = self.at_least(client, "updated", since - REACH)
        jql = f"project in ({projects}) AND {recent}"
        query = Query(jql=f"{jql} ORDER BY updated DESC", fields=("updated",), size=NEWS_ROWS)
        try:
            page = next(search(client, query, project))
        except (NotVisible, UnexpectedAnswer):
            # One project that we may not see spoils the question: each is then asked by itself.
            self.prove(client)
            return News(at=client.server_time())
        at = client.server_time()
        self.prove(client)
        return _news(page.issues, at, since - REACH, more=page.more)

    def at_least(self, client: JiraClient, name: str, at: datetime) -> str:
        """The JQL condition that a time is `at` or later, whatever zone our account is in."""
        if self.settings.jql_times == "epoch":
            return f"{name} >= {int(at.timestamp() * 1000)}"
        # Rounded down, and one more, as the answer is reckoned a moment after this is asked.
        minutes = max(0, (client.server_time() - at) // timedelta(minutes=1)) + 2
        return f'{name} >= "-{minutes}m"'

    def at_most(self, client: JiraClient, name: str, at: datetime) -> str:
        """The JQL condition that a time is `at` or earlier; a little later where it is relative."""
        if self.settings.jql_times == "epoch":
            return f"{name} <= {int(at.timestamp() * 1000) + 1}"
        minutes = max(0, (client.server_time() - at) // timedelta(minutes=1) - 1)
        return f'{name} <= "-{minutes}m"'

    def address(self, client: JiraClient) -> str:
        """Where people look at issues: behind the API gateway it is not the configured address."""
        with self._lock:
            if not self._address:
                self._address = self.settings.url
                if urlsplit(self.settings.url).hostname == "api.atlassian.com":
                    base = str(client.server_info().get("baseUrl") or "")
                    self._address = base.rstrip("/") if base.startswith("https://") else ""
                self._address = self._address or self.settings.url
            return self._address

    def plain_site(self, client: JiraClient) -> Site:
        """Enough to map versions and sprints."""
        return Site(source=self.source, url=self.address(client), zones=self.settings.sprint_zones)

    def site(self, client: JiraClient, project: str, project_id: str) -> Site:
        """All that the mapping of a project's issues needs, except its versions."""
        with self._lock:
            if project not in self._sites:
                fields, workflow = self._answered(client)
                self._sites[project] = replace(
                    self.plain_site(client),
                    fields=find_fields(fields, self.settings.chosen(project), project_id),
                    workflow=workflow,
                    bots=frozenset(bot.casefold() for bot in self.settings.bots),
                )
            return self._sites[project]

    def _answered(self, client: JiraClient) -> tuple[Sequence[Any], Workflow]:
        if self._answers is None:
            workflow = Workflow(
                categories=categories(client.statuses()),
                phases={name.casefold(): phase for name, phase in self.settings.phases.items()},
                dropped=frozenset(name.casefold() for name in self.settings.dropped),
            )
            fields = client.fields()
            # A list that is cut would take away the dates of every field that it lacks.
            if not any(isinstance(each, dict) and each.get("id") == "summary" for each in fields):
                message = "the fields of the site: the answer lacks those of Jira itself"
                raise UnexpectedAnswer(message, source=self.source)
            self._answers = fields, workflow
        return self._answers


def _news(rows: Sequence[Any], at: datetime, after: datetime, *, more: bool) -> News:
    edited: dict[str, datetime] = {}
    oldest = at
    for raw in rows:
        fields = raw.get("fields") if isinstance(raw, dict) else None
        key = str(raw.get("key") or "").rpartition("-")[0] if isinstance(raw, dict) else ""
        updated = parse_instant(fields.get("updated")) if isinstance(fields, dict) else None
        if not key or updated is None:
            return News(at=at)
        edited[key] = max(updated, edited.get(key, updated))
        oldest = min(oldest, updated)
    return News(at=at, after=oldest if more else after, edited=edited)
