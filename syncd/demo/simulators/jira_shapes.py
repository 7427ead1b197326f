"""The shapes in which Jira Cloud and Jira Data Center tell the same facts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple, Protocol

START, TARGET_START, TARGET_END = "customfield_10015", "customfield_10022", "customfield_10023"
POINTS, SPRINT, FLAGGED, TEAM = (
    "customfield_10016", "customfield_10020", "customfield_10021", "customfield_10001",
)  # fmt: skip
EPIC_LINK, EPIC_NAME = "customfield_10014", "customfield_10011"

_DATEPICKER = "com.atlassian.jira.plugin.system.customfieldtypes:datepicker"
_GREENHOPPER = "com.pyxis.greenhopper.jira:"


class FieldRow(NamedTuple):
    """A field; one with a `project` is a team-managed project's own."""

    id: str
    name: str
    kind: str
    custom: str
    project: str = ""


FIELDS = tuple(
    FieldRow(*row)
    for row in (
    ("summary", "Summary", "string", ""),
    ("status", "Status", "status", ""),
    ("duedate", "Due date", "date", ""),
    ("fixVersions", "Fix versions", "array", ""),
    ("assignee", "Assignee", "user", ""),
    (START, "Start date", "date", _DATEPICKER),
    (TARGET_START, "Target start", "date", "com.atlassian.jpo:jpo-custom-field-baseline-start"),
    (TARGET_END, "Target end", "date", "com.atlassian.jpo:jpo-custom-field-baseline-end"),
    (POINTS, "Story point estimate", "number", _GREENHOPPER + "jsw-story-points"),
    (SPRINT, "Sprint", "array", _GREENHOPPER + "gh-sprint"),
    (EPIC_LINK, "Epic Link", "any", _GREENHOPPER + "gh-epic-link"),
    (EPIC_NAME, "Epic Name", "string", _GREENHOPPER + "gh-epic-label"),
    (TEAM, "Team", "any", "com.atlassian.teams:rm-teams-custom-field-team"),
    (FLAGGED, "Flagged", "array",
     "com.atlassian.jira.plugin.system.customfieldtypes:multicheckboxes"),
    )
)  # fmt: skip

CATEGORIES = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}
STATUSES: tuple[tuple[str, str, str], ...] = (
    ("10000", "To Do", "new"),
    ("10001", "In Progress", "indeterminate"),
    ("10002", "In Review", "indeterminate"),
    ("10003", "Blocked", "indeterminate"),
    ("10004", "Done", "done"),
)
TYPES: Mapping[str, tuple[str, int]] = {
    "Initiative": ("10010", 2),
    "Epic": ("10011", 1),
    "Story": ("10012", 0),
    "Task": ("10013", 0),
    "Bug": ("10014", 0),
    "Sub-task": ("10015", -1),
}
"""Name → (id, level)."""
LINK_TYPES: tuple[tuple[str, str, str, str], ...] = (
    ("10100", "Blocks", "is blocked by", "blocks"),
    ("10101", "Relates", "relates to", "relates to"),
    ("10102", "Duplicate", "is duplicated by", "duplicates"),
    ("10103", "Dependency", "is depended on by", "depends on"),
)
"""(id, name, inward, outward)."""


@dataclass(slots=True, kw_only=True)
class User:
    """An account."""

    id: str
    name: str
    email: str
    is_bot: bool = False


@dataclass(slots=True, kw_only=True)
class Version:
    """A version of a project."""

    id: str
    project: str
    name: str
    start: date | None = None
    release: date | None = None
    released: bool = False
    archived: bool = False
    description: str = ""


@dataclass(slots=True, kw_only=True)
class Board:
    """A board; `kind` is scrum or kanban."""

    id: int
    name: str
    kind: str
    project: str
    shows: tuple[str, ...]
    """Projects whose issues are on it."""


@dataclass(slots=True, kw_only=True)
class Sprint:
    """A sprint; `state` is future, active or closed."""

    id: str
    name: str
    board: int
    state: str
    goal: str = ""
    start: datetime | None = None
    end: datetime | None = None
    completed: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Comment:
    """A comment."""

    id: str
    author: str
    body: str
    at: datetime
    edited_at: datetime | None = None
    document: dict[str, Any] | None = None
    """As REST v3 was given it; `body` is then its text."""


@dataclass(slots=True, kw_only=True)
class Entry:
    """One entry of a change log; `items` hold the values of both deployments."""

    id: str
    author: str | None
    at: datetime
    items: list[dict[str, Any]]


@dataclass(slots=True, kw_only=True)
class Issue:
    """An issue, in plain values; dates are dates, people account ids, versions and sprints ids."""

    id: str
    key: str
    project: str
    type: str
    summary: str
    reporter: str
    created: datetime
    updated: datetime
    status: str = "To Do"
    resolution: str | None = None
    resolved: datetime | None = None
    description: str = ""
    assignee: str | None = None
    priority: str = "Medium"
    due: date | None = None
    start: date | None = None
    target_start: date | None = None
    target_end: date | None = None
    points: float | None = None
    team: str | None = None
    flagged: bool = False
    security: str | None = None
    parent: str | None = None
    """Key."""
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    sprints: tuple[str, ...] = ()
    custom: dict[str, Any] = field(default_factory=dict)
    """Values of added fields, raw."""
    comments: list[Comment] = field(default_factory=list)
    log: list[Entry] = field(default_factory=list)


class Held(Protocol):
    """All that a simulated Jira holds, as far as its answers tell of it."""

    cloud: bool
    comments_in_search: int
    log_in_search: int | None
    users: dict[str, User]
    projects: dict[str, str]
    versions: dict[str, Version]
    sprints: dict[str, Sprint]
    issues: dict[str, Issue]
    links: list[tuple[str, str, str, str]]
    left_out: Collection[str]

    @property
    def url(self) -> str:
        """Base address."""
        ...

    def account(self, native_id: str) -> str:
        """The id under which a client meets a user."""
        ...

    def issue(self, key: str) -> Issue:
        """The issue with this key or id."""
        ...

    def is_hidden(self, issue: Issue) -> bool:
        """Whether the token's account may not see an issue."""
        ...

    def project_id(self, key: str) -> str:
        """The id of a project."""
        ...


def stamp(at: datetime | None) -> str | None:
    """`2026-01-01T00:00:00.000+0000`."""
    if at is None:
        return None
    utc = at.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def day(value: date | None) -> str | None:
    """`2026-01-01`."""
    return value.isoformat() if value else None


def field_row(row: FieldRow, project_id: Callable[[str], str]) -> dict[str, Any]:
    """An entry of `GET field`."""
    schema: dict[str, Any] = {"type": row.kind}
    schema |= (
        {"custom": row.custom, "customId": int(row.id.rpartition("_")[2])}
        if row.custom
        else {"system": row.id}
    )
    told = {
        "id": row.id, "key": row.id, "name": row.name, "custom": bool(row.custom),
        "orderable": True, "navigable": True, "searchable": True, "clauseNames": [row.id],
        "schema": schema,
    }  # fmt: skip
    if row.project:
        told["scope"] = {"type": "PROJECT", "project": {"id": project_id(row.project)}}
    return told


def board_row(base: str, board: Board, project: Mapping[str, Any] | None) -> dict[str, Any]:
    """A board of the agile API; Data Center does not tell where it is."""
    row: dict[str, Any] = {
        "id": board.id, "self": f"{base}/rest/agile/1.0/board/{board.id}", "name": board.name,
        "type": board.kind,
    }  # fmt: skip
    if project is None:
        return row
    place = {
        "projectId": int(project["id"]), "projectKey": project["key"],
        "projectName": project["name"], "projectTypeKey": project["projectTypeKey"],
        "displayName": f"{project['name']} ({project['key']})",
        "name": f"{project['name']} ({project['key']})",
    }  # fmt: skip
    return row | {"location": place}


def status_row(base: str, row: tuple[str, str, str]) -> dict[str, Any]:
    """A status with its category."""
    native_id, name, category = row
    number, label, colour = CATEGORIES[category]
    return {
        "self": f"{base}/rest/api/2/status/{native_id}", "description": "", "iconUrl": f"{base}/",
        "name": name, "id": native_id,
        "statusCategory": {
            "self": f"{base}/rest/api/2/statuscategory/{number}", "id": number, "key": category,
            "colorName": colour, "name": label,
        },
    }  # fmt: skip


def user_row(base: str, user: User, *, cloud: bool) -> dict[str, Any]:
    """An account as it is named in issues."""
    common = {"displayName": user.name, "active": True, "timeZone": "UTC"}
    if cloud:
        return {
            "self": f"{base}/rest/api/2/user?accountId={user.id}",
            "accountId": user.id,
            "accountType": "app" if user.is_bot else "atlassian",
            "emailAddress": user.email,
            **common,
        }
    return {
        "self": f"{base}/rest/api/2/user?username={user.id}",
        "name": user.id,
        "key": f"JIRAUSER-{user.id}",
        "emailAddress": user.email,
        **common,
    }


def version_row(base: str, version: Version) -> dict[str, Any]:
    """A version; what is absent is left out, as Jira does."""
    row: dict[str, Any] = {
        "self": f"{base}/rest/api/2/version/{version.id}", "id": version.id, "name": version.name,
        "archived": version.archived, "released": version.released,
    }  # fmt: skip
    more = {
        "startDate": day(version.start), "releaseDate": day(version.release),
        "description": version.description,
    }  # fmt: skip
    return row | {name: value for name, value in more.items() if value}


def sprint_object(sprint: Sprint) -> dict[str, Any]:
    """A sprint in an issue of Cloud."""
    row: dict[str, Any] = {
        "id": int(sprint.id), "name": sprint.name, "state": sprint.state, "boardId": sprint.board,
        "goal": sprint.goal,
    }  # fmt: skip
    dates = {"startDate": sprint.start, "endDate": sprint.end, "completeDate": sprint.completed}
    return row | {name: _zulu(at) for name, at in dates.items() if at}


def sprint_row(base: str, sprint: Sprint) -> dict[str, Any]:
    """A sprint of the agile API."""
    row = sprint_object(sprint)
    own = {"self": f"{base}/rest/agile/1.0/sprint/{sprint.id}", "originBoardId": row.pop("boardId")}
    return row | own


def sprint_text(sprint: Sprint) -> str:
    """A sprint in an issue of Data Center."""
    parts = {
        "id": sprint.id, "rapidViewId": sprint.board, "state": sprint.state.upper(),
        "name": sprint.name, "goal": sprint.goal or "<null>",
        "startDate": _zulu(sprint.start), "endDate": _zulu(sprint.end),
        "completeDate": _zulu(sprint.completed), "activatedDate": _zulu(sprint.start),
        "sequence": sprint.id, "synced": "false", "autoStartStop": "false",
    }  # fmt: skip
    told = ",".join(f"{name}={value or '<null>'}" for name, value in parts.items())
    return f"com.atlassian.greenhopper.service.sprint.Sprint@{int(sprint.id):08x}[{told}]"


def _zulu(at: datetime | None) -> str | None:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}" if at else None


def type_row(base: str, name: str, *, cloud: bool) -> dict[str, Any]:
    """An issue type."""
    native_id, level = TYPES[name]
    row: dict[str, Any] = {
        "self": f"{base}/rest/api/2/issuetype/{native_id}", "id": native_id, "name": name,
        "description": "", "subtask": level < 0,
    }  # fmt: skip
    return row | ({"hierarchyLevel": level} if cloud else {})
