"""Pulls the projects of one Jira: pages, change logs, versions and sprints, and the cursor."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from syncd.connectors.http import Limits, Meter
from syncd.connectors.jira.check import checks
from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.fields import find_fields
from syncd.connectors.jira.mapping import Mapped, Site, map_issue, map_version
from syncd.connectors.jira.phases import Workflow, categories
from syncd.connectors.jira.settings import JiraSettings
from syncd.connectors.jira.sprints import read_sprint
from syncd.connectors.jira.values import Malformed, parse_instant
from syncd.errors import AuthError, SourceError
from syncd.interfaces import INTERFACE, Check, Page, Problem
from syncd.model.items import Milestone

OVERLAP = timedelta(minutes=5)
"""How far behind the cursor a pull reads again: search can lag behind edits."""
MOST_SPRINTS = 100
"""Open sprints of a project that are looked at again in each pull."""

_FIELDS = (
    "summary", "status", "resolution", "resolutiondate", "issuetype", "project", "created",
    "updated", "duedate", "assignee", "reporter", "creator", "priority", "labels", "components",
    "fixVersions", "parent", "issuelinks", "comment", "description", "security",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a project was read, in the provider's time, and which sprints were open then."""

    updated: datetime
    sprints: tuple[str, ...] = ()

    def text(self) -> str:
        """As the store keeps it."""
        return json.dumps({"updated": self.updated.isoformat(), "sprints": list(self.sprints)})

    @classmethod
    def parse(cls, text: str | None) -> Cursor | None:
        """Read back; None, which means everything, for what is not a cursor of ours."""
        try:
            raw = json.loads(text or "null")
            updated = parse_instant(raw["updated"])
            sprints = tuple(str(each) for each in raw["sprints"])
        except (ValueError, TypeError, KeyError):
            return None
        return cls(updated, sprints) if updated else None


class JiraConnector:
    """Reads the configured projects of one Jira site, Cloud or Data Center."""

    interface = INTERFACE
    Settings = JiraSettings

    def __init__(self, name: str, settings: JiraSettings, *, limits: Limits | None = None) -> None:
        self.name, self.settings = name, settings
        self.stop = threading.Event()
        self.client = JiraClient(name, settings, self.stop, limits=limits)
        self._site: Site | None = None
        self._sprints: set[str] = set()

    @property
    def meter(self) -> Meter:
        """The provider's clock and what is left of its rate budget."""
        return self.client.meter

    def scopes(self) -> Sequence[str]:
        """The configured project keys."""
        return self.settings.projects

    def check(self) -> Iterator[Check]:
        """Reachable, signed in, each project readable, each field found, requests left."""
        return checks(self.client, self.settings, self.name)

    def close(self) -> None:
        """Give back the connections; a wait that is going on ends."""
        self.client.close()

    def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
        """Issues of a project updated since `cursor`, its versions, and the sprints they name."""
        try:
            yield from _Pull(self, scope, Cursor.parse(cursor)).pages()
        except SourceError as error:
            error.source, error.scope = self.name, error.scope or scope
            raise

    def site(self) -> Site:
        """What the mapping needs to know; asked once per connector, after proving the credential.

        Raises `AuthError` where the answers would be those to an anonymous caller.
        """
        if self._site is None:
            self.prove()
            workflow = Workflow(
                categories=categories(self.client.statuses()),
                phases={name.casefold(): phase for name, phase in self.settings.phases.items()},
                dropped=frozenset(name.casefold() for name in self.settings.dropped),
            )
            self._site = Site(
                source=self.name,
                url=self._browsed_at(),
                fields=find_fields(self.client.fields(), self.settings.fields.model_dump()),
                workflow=workflow,
                bots=frozenset(bot.casefold() for bot in self.settings.bots),
            )
        return self._site

    def prove(self) -> None:
        """Make sure that answers are given to the configured account."""
        me = self.client.myself()
        address = me.get("emailAddress")
        if self.settings.user and address and address.casefold() != self.settings.user.casefold():
            raise AuthError(
                f"signed in as {address}, but sources.{self.name}.user is {self.settings.user}",
                source=self.name,
                hint=f"set sources.{self.name}.user and its token to the same account",
            )

    def _browsed_at(self) -> str:
        # Behind the API gateway the configured address is not where people look at issues.
        if urlsplit(self.settings.url).hostname != "api.atlassian.com":
            return self.settings.url
        base = str(self.client.server_info().get("baseUrl") or "")
        return base.rstrip("/") if base.startswith("https://") else self.settings.url

    def new_sprints(self, sprints: Sequence[Milestone]) -> tuple[Milestone, ...]:
        """Those not told in this run yet: a sprint of two projects belongs to the first."""
        fresh = [each for each in sprints if each.key.native_id not in self._sprints]
        self._sprints.update(each.key.native_id for each in fresh)
        return tuple(fresh)


class _Pull:
    """One pull of one project."""

    def __init__(self, connector: JiraConnector, project: str, since: Cursor | None) -> None:
        self.connector, self.client = connector, connector.client
        self.project, self.since = project, since
        self.newest: datetime | None = None
        self.open_sprints: dict[str, None] = {}

    def pages(self) -> Iterator[Page]:
        site = self.connector.site()
        # Search answers an unknown project, or one we may not see, with nothing or a bare 400.
        self.client.project(self.project)
        began = self.client.meter.date
        first, site = self._containers(site)
        yield first
        jql, expected = self._query(), None
        if self.client.is_cloud:
            expected = self.client.count(jql)
        for found in self.client.search(jql, [*_FIELDS, *site.fields.all()], self.project):
            raws = [self._whole(raw) for raw in self._with_changelogs(found.issues)]
            page = self._mapped(raws, site)
            yield replace(page, expected=found.total if found.total is not None else expected)
        # A credential that ended on the way makes the last pages those of an anonymous caller.
        self.connector.prove()
        yield Page(last=True, cursor=self._cursor(began), listing=self.since is None)

    def _query(self) -> str:
        # By key, which never changes: ordered by update, an issue that is edited while we page
        # moves to the end and another one slips through the page boundary.
        jql = f'project = "{self.project}"'
        if self.since is not None:
            # Epoch milliseconds: a date would be read in the account's own time zone.
            since = int((self.since.updated - OVERLAP).timestamp() * 1000)
            jql += f" AND updated >= {since}"
        return jql + " ORDER BY key ASC"

    def _cursor(self, began: datetime | None) -> str | None:
        """Never past what was there when we began: an issue may change behind our back."""
        told = [at for at in (self.newest, began) if at is not None]
        if self.since is not None and self.newest is None:
            told = [self.since.updated]
        return Cursor(min(told), tuple(self.open_sprints)).text() if told else None

    def _containers(self, site: Site) -> tuple[Page, Site]:
        """Versions, which change without any issue changing, and the sprints known as open."""
        items: list[Milestone] = []
        problems: list[Problem] = []
        names: dict[str, str] = {}
        for raw in self.client.versions(self.project):
            try:
                version = map_version(raw, self.project, site, now=self.client.meter.date)
            except Malformed as error:
                problems.append(_problem(raw, error))
                continue
            items.append(version)
            names[version.name.casefold()] = version.key.native_id.removeprefix("version-")
        items += self._known_sprints(site, problems)
        return Page(items=tuple(items), problems=tuple(problems)), replace(site, versions=names)

    def _known_sprints(self, site: Site, problems: list[Problem]) -> tuple[Milestone, ...]:
        """Sprints start, move and end without any issue changing."""
        known = self.since.sprints if self.since else ()
        found = []
        for native_id in known[:MOST_SPRINTS]:
            raw = self.client.sprint(native_id)
            if raw is None:
                continue
            try:
                found.append(site.milestone(read_sprint(raw), self.project))
            except Malformed as error:
                self.open_sprints[native_id] = None
                problems.append(_problem(raw | {"id": f"sprint-{native_id}"}, error))
        return self._told_once(found)

    def _told_once(self, sprints: Sequence[Milestone]) -> tuple[Milestone, ...]:
        for each in sprints:
            native_id = each.key.native_id.removeprefix("sprint-")
            if each.state == "closed":
                self.open_sprints.pop(native_id, None)
            else:
                self.open_sprints[native_id] = None
        return self.connector.new_sprints(sprints)

    def _with_changelogs(self, raws: Sequence[Any]) -> Sequence[Any]:
        if not self.client.is_cloud:
            return raws
        ids = [native_id for raw in raws if (native_id := _id(raw))]
        logs = self.client.changelogs(ids, self.project)
        for raw in raws:
            if isinstance(raw, dict):
                raw["changelog"] = {"histories": logs.get(_id(raw), [])}
        return raws

    def _whole(self, raw: Any) -> Any:
        """The issue with all its comments: search gives the first ones only."""
        fields = raw.get("fields") if isinstance(raw, dict) else None
        held = fields.get("comment") if isinstance(fields, dict) else None
        if not isinstance(held, dict) or not isinstance(held.get("comments"), list):
            return raw
        total, native_id = held.get("total"), _id(raw)
        if native_id and isinstance(total, int) and total > len(held["comments"]):
            held["comments"] = self.client.comments(native_id, self.project)
        return raw

    def _mapped(self, raws: Sequence[Any], site: Site) -> Page:
        mapped: list[Mapped] = []
        problems: list[Problem] = []
        for raw in raws:
            try:
                each = map_issue(raw, site, self.project)
            except Malformed as error:
                problems.append(_problem(raw, error))
                continue
            mapped.append(each)
            self.newest = max(self.newest or each.issue.updated_at, each.issue.updated_at)
        sprints = {each.key: each for one in mapped for each in one.sprints}
        accounts = {each.id: each for one in mapped for each in one.accounts}
        return Page(
            items=(*(each.issue for each in mapped), *self._told_once(tuple(sprints.values()))),
            changes=tuple(each for one in mapped for each in one.changes),
            links=tuple(each for one in mapped for each in one.links),
            accounts=tuple(accounts.values()),
            problems=tuple(problems),
        )


def _id(raw: Any) -> str:
    """The id of an issue as a part of an address; "" where it has none that is one."""
    native_id = str(raw.get("id")) if isinstance(raw, dict) else ""
    return native_id if native_id.isascii() and native_id.isdigit() else ""


def _problem(raw: Any, error: Malformed) -> Problem:
    known: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    native_id = str(known.get("id") or known.get("key") or "unknown")
    name = str(known.get("key") or known.get("name") or native_id)[:40]
    return Problem(native_id=native_id, reason=f"{name}: {error}"[:200])
