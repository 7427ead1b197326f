"""Jira's JSON as items of the common model. Pure: also reads exported files.

site = Site(source="jira", url="https://acme.example", fields=find_fields(answer, {}))
mapped = map_issue(raw, site)       # raw: REST v2, with `changelog` where it is known
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cached_property
from math import isfinite, nan
from typing import Any
from urllib.parse import quote, urlsplit

from syncd.connectors.calendars import zone_of
from syncd.connectors.jira.changelog import ChangeReader, History, read_history, version_key
from syncd.connectors.jira.claims import claim, claims, unanswered
from syncd.connectors.jira.fields import FieldIds, find_fields
from syncd.connectors.jira.links import Linked, comment_text, issue_links
from syncd.connectors.jira.people import People
from syncd.connectors.jira.phases import Status, Workflow, categories
from syncd.connectors.jira.sprints import (
    Sprint,
    current_sprint,
    read_sprints,
    sprint_key,
    sprint_milestone,
)
from syncd.connectors.jira.values import (
    Malformed,
    an_object,
    instant,
    maybe_day,
    maybe_instant,
    maybe_table,
    maybe_text,
    rows,
    table,
    text,
)
from syncd.connectors.markers import marked
from syncd.model.history import Change
from syncd.model.items import (
    Account,
    DateRole,
    Issue,
    ItemKey,
    Kind,
    Level,
    Milestone,
    MilestoneKind,
)
from syncd.model.links import Link

__all__ = ["Malformed", "Mapped", "Site", "categories", "find_fields", "map_issue", "map_version"]


_KEY = re.compile(r"[A-Z][A-Z0-9_]*-\d+")


@dataclass(frozen=True, kw_only=True)
class Site:
    """What the mapping needs to know of a Jira besides the issue itself."""

    source: str
    url: str
    """Where people look at issues, without a slash at the end."""
    fields: FieldIds = field(default_factory=FieldIds)
    workflow: Workflow = field(default_factory=Workflow)
    bots: frozenset[str] = frozenset()
    """Casefolded ids or names."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Casefolded name → id of the project's versions."""
    asked: frozenset[str] = frozenset()
    """Ids of the fields that were asked for: null is an answer about them, absence is none."""
    zones: Mapping[str, str] = field(default_factory=dict)
    """Project → zone in whose days its sprints start and end, and times are dates; "" for all
    others, else UTC."""

    @cached_property
    def host(self) -> str:
        """Host of `url`, lower case."""
        return (urlsplit(self.url).hostname or "").lower()

    def zone(self, scope: str) -> str:
        """The zone in whose days a project lives."""
        return zone_of(self.zones, scope)

    def milestone(self, sprint: Sprint, scope: str) -> Milestone:
        """A sprint as a milestone of the project that it was met in."""
        return sprint_milestone(
            sprint, source=self.source, scope=scope, url=self.url, zone=self.zone(scope)
        )

    @cached_property
    def reader(self) -> ChangeReader:
        """Reads the change logs of the site."""
        return ChangeReader(
            source=self.source, fields=self.fields, workflow=self.workflow, versions=self.versions
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """All that one issue tells."""

    issue: Issue
    sprints: tuple[Milestone, ...] = ()
    changes: tuple[Change, ...] = ()
    links: tuple[Link, ...] = ()
    accounts: tuple[Account, ...] = ()


def map_issue(raw: Mapping[str, Any], site: Site, scope: str = "") -> Mapped:
    """An issue of REST v2, as search answers it, with its `changelog.histories` if they are known.

    `scope` is the project it was read for; "" takes the issue's own. Raises `Malformed`, naming the
    field, if it cannot be read.
    """
    fields = table(an_object(raw), "fields")
    key = ItemKey(site.source, Kind.ISSUE, text(raw, "id"))
    people = People(site.source, site.bots, {})
    sprints = read_sprints(_first(fields, site.fields.sprint))
    scope = scope or _project(fields, _ref(raw))
    history = read_history(
        rows(maybe_table(raw, "changelog"), "histories"),
        item=key,
        reader=site.reader,
        status=_status(fields),
        resolution=_resolution(fields),
        sprints={each.id: each for each in sprints},
        people=people,
        zone=site.zone(scope),
    )
    issue = _issue(
        raw, key, site=site, people=people, history=history, sprints=sprints, scope=scope
    )
    comments = rows(maybe_table(fields, "comment"), "comments")
    linked = _linked(issue, fields, site, history)
    changes = (*history.changes, *_comments(comments, key, people))
    return Mapped(
        issue=issue,
        sprints=tuple(site.milestone(each, issue.scope) for each in sprints),
        changes=tuple(sorted(changes, key=lambda each: each.at)),
        links=tuple(issue_links(fields, comments, linked, people)),
        accounts=tuple(people.seen[each] for each in sorted(people.seen)),
    )


def _linked(issue: Issue, fields: Mapping[str, Any], site: Site, history: History) -> Linked:
    return Linked(
        near=issue.key,
        ref=issue.ref,
        host=site.host,
        created_at=issue.created_at,
        set_at=history.links,
        parent=_parent(fields, site.fields),
    )


def map_version(
    raw: Mapping[str, Any], project: str, site: Site, *, now: datetime | None = None
) -> Milestone:
    """A version of `project` as a milestone. Raises `Malformed`.

    `now` is the provider's time: a version that is released by then was released at noon UTC of
    its release day. Jira keeps no history of versions, so that is all that tells of earlier days.
    """
    native_id, name = text(an_object(raw), "id"), text(raw, "name")
    key = version_key(site.source, native_id)
    release = maybe_day(raw, "releaseDate")
    return Milestone(
        key=key,
        ref=f"{project} {name}",
        scope=project,
        kind=MilestoneKind.VERSION,
        name=name,
        state=_version_state(raw),
        closed_at=_released_at(raw, release, now),
        start=maybe_day(raw, "startDate"),
        url=f"{site.url}/projects/{quote(project)}/versions/{quote(native_id)}",
        claims=tuple(claim(key, DateRole.RELEASE, "release", release)),
    )


def _released_at(
    raw: Mapping[str, Any], release: date | None, now: datetime | None
) -> datetime | None:
    if raw.get("released") is not True or release is None or now is None:
        return None
    # At noon UTC it is the same day in nearly every zone.
    noon = datetime.combine(release, time(12), UTC)
    return noon if noon <= now else None


def _version_state(raw: Mapping[str, Any]) -> str:
    if raw.get("archived") is True:
        return "archived"
    return "released" if raw.get("released") is True else "planned"


def _issue(
    raw: Mapping[str, Any],
    key: ItemKey,
    *,
    site: Site,
    people: People,
    history: History,
    sprints: tuple[Sprint, ...],
    scope: str,
) -> Issue:
    fields = table(raw, "fields")
    ref, status, resolution = _ref(raw), _status(fields), _resolution(fields)
    phase = site.workflow.phase(status, resolution)
    closed_at = history.closed_at or maybe_instant(fields, "resolutiondate")
    sprint = current_sprint(sprints, closed=phase.is_closed)
    assignee = people.read(fields.get("assignee"))
    parent = _parent(fields, site.fields)
    return Issue(
        key=key,
        ref=ref,
        scope=scope,
        title=text(fields, "summary"),
        type=text(table(fields, "issuetype"), "name"),
        phase=phase,
        state=status.name,
        created_at=instant(fields, "created"),
        updated_at=instant(fields, "updated"),
        level=_level(fields),
        done_at=closed_at if phase.is_closed else None,
        parent=parent[0] if parent else None,
        milestones=tuple(
            version_key(site.source, text(each, "id")) for each in rows(fields, "fixVersions")
        ),
        sprint=sprint_key(site.source, sprint.id) if sprint else None,
        assignee=assignee.id if assignee else None,
        **_marks(fields, site),
        url=f"{site.url}/browse/{quote(ref)}",
        aliases=tuple(each for each in history.aliases if each != ref),
        claims=tuple(claims(fields, key, site.fields, people, history, zone=site.zone(scope))),
    )


def _ref(raw: Mapping[str, Any]) -> str:
    ref = text(raw, "key")
    if not _KEY.fullmatch(ref):
        raise Malformed("key is not that of an issue, such as PAY-142")
    return ref


def _marks(fields: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """What is hung on an issue: team, components, labels, priority, size, flags."""
    ids = site.fields
    return {
        "team": _team(_first(fields, ids.team)),
        "components": tuple(text(each, "name") for each in rows(fields, "components")),
        "labels": _labels(fields),
        "priority": maybe_text(maybe_table(fields, "priority"), "name"),
        "size": _number(_first(fields, ids.points)),
        "flagged": bool(_first(fields, ids.flagged) or fields.get("flagged")),
        "restricted": fields.get("security") is not None,
        "unmapped": not site.workflow.is_mapped(_status(fields)),
        "unanswered": tuple(unanswered(fields, ids, site.asked)),
    }


def _comments(
    comments: Iterable[Mapping[str, Any]], key: ItemKey, people: People
) -> Iterator[Change]:
    for each in comments:
        author = people.read(each.get("author"))
        yield Change(
            item=key,
            field="comment",
            old=None,
            new=None,
            at=instant(each, "created"),
            native_id=f"comment-{text(each, 'id')}",
            actor=author.id if author else None,
            is_bot=author is None or author.is_bot or marked(comment_text(each)) is not None,
        )


def _status(fields: Mapping[str, Any]) -> Status:
    raw = table(fields, "status")
    return Status(maybe_text(raw, "id") or "", text(raw, "name"))


def _resolution(fields: Mapping[str, Any]) -> str | None:
    return maybe_text(maybe_table(fields, "resolution"), "name")


def _project(fields: Mapping[str, Any], ref: str) -> str:
    return maybe_text(maybe_table(fields, "project"), "key") or ref.rpartition("-")[0]


def _level(fields: Mapping[str, Any]) -> Level:
    kind = table(fields, "issuetype")
    depth = kind.get("hierarchyLevel")
    if isinstance(depth, int):
        return (
            Level.INITIATIVE
            if depth > 1
            else {1: Level.EPIC, 0: Level.ITEM}.get(depth, Level.SUBTASK)
        )
    if kind.get("subtask") is True:
        return Level.SUBTASK
    name = str(kind.get("name")).casefold()
    return {"epic": Level.EPIC, "initiative": Level.INITIATIVE}.get(name, Level.ITEM)


def _parent(fields: Mapping[str, Any], ids: FieldIds) -> tuple[str, str] | None:
    """(key, id) of the parent: of a subtask or, on Cloud, of anything; epic; parent of a plan."""
    parent = maybe_table(fields, "parent") or maybe_table(fields, "epic")
    if parent.get("key"):
        return text(parent, "key"), str(parent.get("id") or "")
    for value in (_first(fields, ids.epic_link), _first(fields, ids.parent_link)):
        if isinstance(value, str):
            return value, ""
        data = value.get("data", value) if isinstance(value, dict) else {}
        if isinstance(data, dict) and isinstance(data.get("key"), str):
            return data["key"], str(data.get("id") or "")
    return None


def _labels(fields: Mapping[str, Any]) -> tuple[str, ...]:
    value = fields.get("labels") or []
    if not isinstance(value, list):
        raise Malformed("labels is not a list")
    return tuple(str(each) for each in value)


def _team(value: Any) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = next((value[name] for name in ("title", "name", "value") if value.get(name)), None)
    return str(value) if value else None


def _number(value: Any) -> float | None:
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = nan
    if not isfinite(number):
        raise Malformed("story points is not a number")
    return number


def _first(fields: Mapping[str, Any], ids: Iterable[str]) -> Any:
    return next((fields[each] for each in ids if fields.get(each) is not None), None)
