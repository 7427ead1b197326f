"""How the simulated Jira tells an issue, its comments and its change log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from syncd.demo.simulators.jira_shapes import (
    EPIC_LINK,
    EPIC_NAME,
    FLAGGED,
    LINK_TYPES,
    POINTS,
    SPRINT,
    START,
    STATUSES,
    TARGET_END,
    TARGET_START,
    TEAM,
    Comment,
    Entry,
    Held,
    Issue,
    day,
    sprint_object,
    sprint_text,
    stamp,
    status_row,
    type_row,
    user_row,
    version_row,
)

_LOGGED: Mapping[str, tuple[str, str]] = {
    "summary": ("summary", "summary"),
    "description": ("description", "description"),
    "status": ("status", "status"),
    "resolution": ("resolution", "resolution"),
    "assignee": ("assignee", "assignee"),
    "priority": ("priority", "priority"),
    "due": ("duedate", "duedate"),
    "start": ("Start date", START),
    "target_start": ("Target start", TARGET_START),
    "target_end": ("Target end", TARGET_END),
    "points": ("Story point estimate", POINTS),
    "team": ("Team", TEAM),
    "flagged": ("Flagged", FLAGGED),
    "labels": ("labels", "labels"),
    "sprints": ("Sprint", SPRINT),
    "key": ("Key", ""),
}
"""Attribute of an issue → name and id of the field in a change log."""


def log_items(sim: Held, name: str, old: Any, new: Any) -> Iterator[dict[str, Any]]:
    """What one changed attribute leaves in the change log; of a version or component one each."""
    if name in ("versions", "components"):
        field, native_id = (
            ("Fix Version", "fixVersions") if name == "versions" else ("Component", "components")
        )
        for each in (each for each in old if each not in new):
            yield _item(sim, field, native_id, (each, _named(sim, name, each)), (None, None))
        for each in (each for each in new if each not in old):
            yield _item(sim, field, native_id, (None, None), (each, _named(sim, name, each)))
    elif name == "parent":
        field, native_id = ("IssueParentAssociation", "") if sim.cloud else ("Epic Link", EPIC_LINK)
        yield _item(sim, field, native_id, _parent(sim, old), _parent(sim, new))
    elif name in _LOGGED:
        field, native_id = _LOGGED[name]
        yield _item(sim, field, native_id, _told(sim, name, old), _told(sim, name, new))


Pair = tuple[str | None, str | None]


def _item(sim: Held, name: str, native_id: str, old: Pair, new: Pair) -> dict[str, Any]:
    item: dict[str, Any] = {
        "field": name,
        "fieldtype": "custom" if native_id.startswith("customfield") else "jira",
        "from": old[0], "fromString": old[1], "to": new[0], "toString": new[1],
    }  # fmt: skip
    # Data Center's logs name the field only.
    return item | ({"fieldId": native_id} if sim.cloud and native_id else {})


def _told(sim: Held, name: str, value: Any) -> Pair:
    """The value in the forms of `from` and `fromString`."""
    if isinstance(value, date):
        return _day_told(sim, name, value)
    if name in _FORMS:
        return _FORMS[name](sim, value)
    return None, None if value is None else str(value)


def _status_told(_: Held, value: Any) -> Pair:
    return next(row[0] for row in STATUSES if row[1] == value), value


def _user_told(sim: Held, value: Any) -> Pair:
    return (sim.account(value), sim.users[value].name) if value else (None, None)


def _sprints_told(sim: Held, value: Any) -> Pair:
    return ", ".join(value), ", ".join(sim.sprints[each].name for each in value)


_FORMS: Mapping[str, Callable[[Held, Any], Pair]] = {
    "status": _status_told,
    "assignee": _user_told,
    "sprints": _sprints_told,
    "labels": lambda _, value: (None, " ".join(value)),
    "flagged": lambda _, value: ("[10019]", "Impediment") if value else ("", ""),
    "resolution": lambda _, value: (value and "1", value),
    "priority": lambda _, value: (value and "3", value),
}


def _day_told(sim: Held, name: str, value: date) -> Pair:
    if name == "due":
        return value.isoformat(), f"{value.isoformat()} 00:00:00.0"
    # Custom dates are written in the short form of the site's language.
    return value.isoformat(), f"{value:%d/%b/%y}" if sim.cloud else f"{value:%d/%b/%Y}"


def _named(sim: Held, name: str, each: str) -> str:
    return sim.versions[each].name if name == "versions" else each


def _parent(sim: Held, key: str | None) -> Pair:
    return (sim.issue(key).id, key) if key else (None, None)


class Rows:
    """JSON of a simulator's issues, in the shape of its deployment."""

    def __init__(self, sim: Held) -> None:
        self.sim, self.base, self.cloud = sim, sim.url, sim.cloud

    def issue(
        self, issue: Issue, wanted: Sequence[str], *, with_log: bool = False
    ) -> dict[str, Any]:
        """An issue with the wanted fields."""
        fields = self._fields(issue)
        for each in self.sim.left_out:
            project, _, name = each.rpartition("/")
            if project in ("", issue.project):
                fields.pop(name, None)
        if "*all" not in wanted:
            fields = {name: value for name, value in fields.items() if name in wanted}
        row: dict[str, Any] = {
            "expand": "operations,changelog", "id": issue.id,
            "self": f"{self.base}/rest/api/2/issue/{issue.id}", "key": issue.key, "fields": fields,
        }  # fmt: skip
        if with_log:
            log = self.log(issue)
            shown = log[: self.sim.log_in_search]
            row["changelog"] = {
                "startAt": 0, "maxResults": len(shown), "total": len(log), "histories": shown,
            }  # fmt: skip
        return row

    def _fields(self, issue: Issue) -> dict[str, Any]:
        sim = self.sim
        status = next(row for row in STATUSES if row[1] == issue.status)
        return {
            "summary": issue.summary,
            "description": issue.description or None,
            "issuetype": type_row(self.base, issue.type, cloud=self.cloud),
            "project": self.project(issue.project),
            "status": status_row(self.base, status),
            "resolution": {"id": "1", "name": issue.resolution} if issue.resolution else None,
            "resolutiondate": stamp(issue.resolved),
            "created": stamp(issue.created),
            "updated": stamp(issue.updated),
            "duedate": day(issue.due),
            "assignee": self.user(issue.assignee),
            "reporter": self.user(issue.reporter),
            "creator": self.user(issue.reporter),
            "priority": {"id": "3", "name": issue.priority},
            "labels": list(issue.labels),
            "components": [{"id": "1", "name": name} for name in issue.components],
            "fixVersions": [version_row(self.base, sim.versions[each]) for each in issue.versions],
            "issuelinks": list(self._links(issue)),
            "comment": self._comments(issue.comments),
            "security": {"id": "1", "name": issue.security} if issue.security else None,
            START: day(issue.start),
            TARGET_START: day(issue.target_start),
            TARGET_END: day(issue.target_end),
            POINTS: issue.points,
            TEAM: {"id": issue.team, "title": issue.team} if issue.team else None,
            FLAGGED: [{"id": "10019", "value": "Impediment"}] if issue.flagged else None,
            SPRINT: self._sprints(issue.sprints),
            EPIC_NAME: issue.summary if issue.type == "Epic" else None,
            **self._parent(issue),
            **issue.custom,
        }

    def _parent(self, issue: Issue) -> dict[str, Any]:
        if not issue.parent:
            return {}
        if self.cloud or issue.type == "Sub-task":
            parent = self.sim.issue(issue.parent)
            return {"parent": {"id": parent.id, "key": parent.key,
                               "fields": {"summary": parent.summary}}}  # fmt: skip
        return {EPIC_LINK: issue.parent}

    def _sprints(self, ids: Iterable[str]) -> list[Any] | None:
        shape = sprint_object if self.cloud else sprint_text
        return [shape(self.sim.sprints[each]) for each in ids] or None

    def _links(self, issue: Issue) -> Iterator[dict[str, Any]]:
        for native_id, type_id, one, other in self.sim.links:
            if issue.id not in (one, other):
                continue
            side, far = ("outwardIssue", other) if issue.id == one else ("inwardIssue", one)
            # A far end that we may not see is left out with its link.
            end = self.sim.issues.get(far)
            if end is None or self.sim.is_hidden(end):
                continue
            kind = next(row for row in LINK_TYPES if row[0] == type_id)
            yield {
                "id": native_id,
                "self": f"{self.base}/rest/api/2/issueLink/{native_id}",
                "type": dict(zip(("id", "name", "inward", "outward"), kind, strict=True)),
                side: {"id": end.id, "key": end.key, "fields": {"summary": end.summary}},
            }

    def _comments(self, comments: Sequence[Comment]) -> dict[str, Any]:
        shown = comments[: self.sim.comments_in_search] if self.cloud else comments
        return {
            "startAt": 0, "maxResults": len(shown), "total": len(comments),
            "comments": [self.comment(each) for each in shown],
        }  # fmt: skip

    def comment(self, comment: Comment, version: str = "2") -> dict[str, Any]:
        """A comment with its text, in v3 as a document."""
        author = self.user(comment.author)
        return {
            "self": f"{self.base}/rest/api/{version}/issue/1/comment/{comment.id}",
            "id": comment.id, "author": author, "updateAuthor": author,
            "body": comment.document if version == "3" and comment.document else comment.body,
            "created": stamp(comment.at), "updated": stamp(comment.edited_at or comment.at),
        }  # fmt: skip

    def log(self, issue: Issue) -> list[dict[str, Any]]:
        """The whole change log, oldest first."""
        return [self._entry(each) for each in issue.log]

    def bulk_log(self, issue: Issue) -> list[dict[str, Any]]:
        """The same as the bulk service tells it: times are epoch milliseconds there."""
        told = zip(self.log(issue), issue.log, strict=True)
        return [row | {"created": round(entry.at.timestamp() * 1000)} for row, entry in told]

    def _entry(self, entry: Entry) -> dict[str, Any]:
        row = {"id": entry.id, "created": stamp(entry.at), "items": entry.items}
        # What Jira does by itself has no author.
        return row | ({"author": self.user(entry.author)} if entry.author else {})

    def project(self, key: str) -> dict[str, Any]:
        """A project as it is named in issues."""
        number = self.sim.project_id(key)
        return {
            "self": f"{self.base}/rest/api/2/project/{number}", "id": number, "key": key,
            "name": self.sim.projects[key], "projectTypeKey": "software",
        }  # fmt: skip

    def user(self, native_id: str | None) -> dict[str, Any] | None:
        """An account, or None for nobody."""
        return (
            user_row(self.base, self.sim.users[native_id], cloud=self.cloud) if native_id else None
        )
