"""Raw issues of one project as pages: what search left out is fetched, what is malformed told."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from syncd.connectors.jira.changelog import version_key
from syncd.connectors.jira.claims import DATES
from syncd.connectors.jira.client import JiraClient
from syncd.connectors.jira.learned import Learned
from syncd.connectors.jira.mapping import Mapped, Site, map_issue, map_version
from syncd.connectors.jira.paging import change_log, change_logs, comments
from syncd.connectors.jira.values import Malformed
from syncd.connectors.references import plan_links
from syncd.errors import NotVisible, UnexpectedAnswer
from syncd.interfaces import Page, Problem
from syncd.model.items import ItemKey, Milestone
from syncd.model.links import Link

log = logging.getLogger(__name__)

FIELDS = (
    "summary", "status", "resolution", "resolutiondate", "issuetype", "project", "created",
    "updated", "duedate", "assignee", "reporter", "creator", "priority", "labels", "components",
    "fixVersions", "parent", "issuelinks", "comment", "description", "security",
)  # fmt: skip
"""System fields that the mapping reads."""
MOST = 1000
"""Labels, components and links of one issue that are kept."""


class Project:
    """A project as Jira tells it, with its versions."""

    def __init__(self, client: JiraClient, learned: Learned, scope: str) -> None:
        """Asks for it. Raises `NotVisible`, `UnexpectedAnswer` where its new key is read as well.

        Search answers an unknown project, or one we may not see, with nothing or a bare 400. Two
        scopes of one project would take its issues from each other.
        """
        raw = client.project(scope)
        self.client, self.learned, self.scope = client, learned, scope
        self.key, self.id = str(raw.get("key") or scope), str(raw.get("id") or "")
        if self.key != scope and self.key in client.settings.projects:
            raise UnexpectedAnswer(
                f"project {scope} is called {self.key} now, which is read as well",
                source=client.source,
                hint=f'take "{scope}" out of sources.{client.source}.projects',
            )
        versions = raw.get("versions")
        self._raws = versions if isinstance(versions, list) else client.versions(scope)
        self.names: dict[str, str] = {}
        """Casefolded name → id of its versions."""

    def versions(self) -> Page:
        """Its versions, which change without any issue changing."""
        items: list[Milestone] = []
        links: list[Link] = []
        problems: list[Problem] = []
        site, now = self.learned.plain_site(self.client), self.client.server_time()
        for raw in self._raws:
            try:
                version = map_version(raw, self.scope, site, now=now)
            except Malformed as error:
                problems.append(problem(raw, error))
                continue
            items.append(version)
            links += plan_links(version.key, raw.get("description"))
            self.names[version.name.casefold()] = version.key.native_id.removeprefix("version-")
        return Page(items=tuple(items), links=tuple(links), problems=tuple(problems))

    def version_keys(self) -> tuple[ItemKey, ...]:
        """Identities of its versions, also of those that could not be read."""
        ids = [raw.get("id") for raw in self._raws if isinstance(raw, dict)]
        return tuple(version_key(self.client.source, str(each)) for each in ids if each)

    def site(self) -> Site:
        """What the mapping of its issues needs; call `versions` before."""
        site = self.learned.site(self.client, self.scope, self.id)
        return replace(site, versions=self.names)

    def owns(self, ref: str) -> bool:
        """Whether an issue with this key is in the project now."""
        return ref.rpartition("-")[0] in (self.key, self.scope)


class IssueReader:
    """Reads raw issues for a project; `aside` are the ids that could not be read before."""

    def __init__(
        self, project: Project, aside: Collection[str] = (), left_out: Collection[str] = ()
    ) -> None:
        """`left_out` are dates whose absence is an answer by now, as in `Cursor`."""
        self.aside = aside
        self.project, self.client, self.learned = project, project.client, project.learned
        site = project.site()
        self.fields = (*FIELDS, *site.fields.all())
        self.site = replace(site, asked=frozenset(self.fields))
        self._no_field = frozenset(left_out)
        self.unlogged: set[str] = set()
        """Ids of issues of this page whose change log was not answered."""
        self.malformed: dict[str, None] = {}
        """Ids of issues that could not be read."""
        self.sprints: dict[str, Milestone] = {}
        """Id → sprint, as the newest issue told it."""
        self.mended: set[str] = set()
        """Ids in `aside` that were read after all."""
        self.read = 0
        """How many issues were read."""
        self.statuses: dict[str, str] = {}
        """Id of each status that was met → its category."""
        self._told: set[str] = set()
        self._silent: set[str] = set()

    def page(self, raws: Sequence[Any]) -> Page:
        """The issues with their histories, comments, links and sprints."""
        mapped: list[Mapped] = []
        problems: list[Problem] = []
        for raw in self._whole(raws):
            try:
                each = self._noted(raw, _bounded(map_issue(raw, self.site, self._scope_of(raw))))
            except Malformed as error:
                problems.append(problem(raw, error))
                self._set_aside(raw)
                continue
            mapped.append(each)
            if issue_id(raw) in self.unlogged:
                # It is read as it is now, and asked for again until its history is told too.
                problems.append(problem(raw, Malformed("its change log was not answered")))
                self._set_aside(raw)
            elif each.issue.key.native_id in self.aside:
                self.mended.add(each.issue.key.native_id)
        self.read += len(mapped)
        sprints = self._placed(each for one in mapped for each in one.sprints)
        accounts = {each.id: each for one in mapped for each in one.accounts}
        return Page(
            items=(*(each.issue for each in mapped), *sprints),
            changes=tuple(each for one in mapped for each in one.changes),
            links=tuple(each for one in mapped for each in one.links),
            accounts=tuple(accounts.values()),
            problems=tuple(problems),
            # Nobody took away a date for which there is no field any more.
            reread=not self._no_field.isdisjoint(self._silent),
        )

    @property
    def left_out(self) -> tuple[str, ...]:
        """As in `Cursor`, by what was read so far."""
        return tuple(sorted(self._silent - self._told))

    def _noted(self, raw: Mapping[str, Any], mapped: Mapped) -> Mapped:
        """The issue without dates that its type has no field for any more."""
        status = str(raw["fields"]["status"].get("id") or "")
        self.statuses[status] = self.site.workflow.categories.get(status, "")
        issue = mapped.issue
        silent = {each: f"{issue.type}/{each}" for each in issue.unanswered}
        self._silent.update(silent.values())
        self._told.update(f"{issue.type}/{each}" for each in DATES.difference(silent))
        kept = tuple(each for each, name in silent.items() if name not in self._no_field)
        return replace(mapped, issue=replace(issue, unanswered=kept))

    def _placed(self, sprints: Iterable[Milestone]) -> tuple[Milestone, ...]:
        """Sprints in the projects that they belong to, whichever they were met in."""
        found = {
            each.key.native_id.removeprefix("sprint-"): replace(
                each, scope=self.learned.boards.home(self.client, each.board)
            )
            for each in {each.key: each for each in sprints}.values()
        }
        self.sprints |= found
        return tuple(found.values())

    def _scope_of(self, raw: Any) -> str:
        key = raw.get("key") if isinstance(raw, dict) else None
        # One that was moved elsewhere says itself where it is.
        return self.project.scope if not isinstance(key, str) or self.project.owns(key) else ""

    def _set_aside(self, raw: Any) -> None:
        native_id = raw.get("id") if isinstance(raw, dict) else None
        if isinstance(native_id, str | int) and native_id:
            self.malformed[str(native_id)] = None

    def _whole(self, raws: Sequence[Any]) -> Sequence[Any]:
        """The issues with their whole change logs and comments: search gives part of them."""
        tables = [raw for raw in raws if isinstance(raw, dict)]
        if self.client.is_cloud:
            ids = [native_id for raw in tables if (native_id := issue_id(raw))]
            logs = change_logs(self.client, ids, self.project.scope)
            self.unlogged = {each for each in ids if each not in logs}
            for raw in tables:
                raw["changelog"] = {"histories": logs.get(issue_id(raw), [])}
        for raw in tables:
            log = raw.get("changelog")
            if _is_cut(log, "histories") and issue_id(raw):
                log["histories"] = self._whole_log(raw, log["histories"])
            held = raw["fields"].get("comment") if isinstance(raw.get("fields"), dict) else None
            if _is_cut(held, "comments") and issue_id(raw):
                held["comments"] = comments(self.client, issue_id(raw), self.project.scope)
        return raws

    def _whole_log(self, raw: Mapping[str, Any], held: list[Any]) -> list[Any]:
        """The log page by page; what the issue itself holds where this server has no pages."""
        try:
            told = change_log(self.client, issue_id(raw), self.project.scope)
        except (NotVisible, UnexpectedAnswer):
            return held
        return told if len(told) >= len(held) else held


def issue_id(raw: Any) -> str:
    """The id of an issue as a part of an address; "" where it has none that is one."""
    told = raw.get("id") if isinstance(raw, dict) else None
    native_id = str(told) if isinstance(told, str | int) else ""
    return native_id if native_id.isascii() and native_id.isdigit() else ""


def _is_cut(held: Any, name: str) -> TypeGuard[dict[str, Any]]:
    rows = held.get(name) if isinstance(held, dict) else None
    total = held.get("total") if isinstance(held, dict) else None
    return isinstance(rows, list) and isinstance(total, int) and total > len(rows)


def _bounded(mapped: Mapped) -> Mapped:
    """No more of anything than a person could have written; what is cut is logged."""
    issue = mapped.issue
    told = {"labels": issue.labels, "components": issue.components, "links": mapped.links}
    cut = [f"{name}={len(held)}" for name, held in told.items() if len(held) > MOST]
    if not cut:
        return mapped
    log.warning("issue.cut ref=%s kept=%s %s", issue.ref, MOST, " ".join(cut))
    kept = replace(issue, labels=issue.labels[:MOST], components=issue.components[:MOST])
    return replace(mapped, issue=kept, links=mapped.links[:MOST])


def problem(raw: Any, error: Exception) -> Problem:
    """What is told of a raw item that could not be read."""
    known: Mapping[str, Any] = raw if isinstance(raw, dict) else {}
    told = {name: value for name, value in known.items() if isinstance(value, str | int)}
    native_id = str(told.get("id") or told.get("key") or "")
    name = str(told.get("key") or told.get("name") or native_id or "an entry")[:40]
    return Problem(native_id=native_id, reason=f"{name}: {error}"[:200])
