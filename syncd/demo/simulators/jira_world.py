"""What a simulated Jira holds, and whoever works in it: every edit writes its change log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, Literal

from syncd.demo.simulators.jira_rows import log_items
from syncd.demo.simulators.jira_shapes import (
    FIELDS,
    LINK_TYPES,
    STATUSES,
    Board,
    Comment,
    Entry,
    FieldRow,
    Issue,
    Sprint,
    User,
    Version,
)
from syncd.demo.simulators.server import Simulator


@dataclass(slots=True, kw_only=True)
class Writer:
    """Another account that is let in with a token of its own."""

    user: str
    email: str
    rights: set[str]


class JiraWorld(Simulator):
    """People, projects, versions, boards, sprints and issues. Edits happen at `now` unless `at`."""

    left_out: Collection[str] = ()
    """Ids of fields that an administrator hid: no answer has them; `PAY/id` in one project only."""
    anonymous_reads = False
    """A bad credential is answered like a stranger: 200 and nothing, as Jira can be set up."""
    comments_in_search = 20
    log_in_search: int | None = None
    """Entries of a change log inside an issue (Data Center); None = all."""

    def __init__(
        self,
        deployment: Literal["cloud", "server"] = "cloud",
        *,
        now: datetime | None = None,
        token: str = "simulated-jira-token",  # noqa: S107 # opens nothing but this simulator
    ) -> None:
        super().__init__(now=now)
        self.cloud = deployment == "cloud"
        self.prefix = "" if self.cloud else "/jira"
        self.token = token
        self.user = "syncd@example.invalid" if self.cloud else ""
        self.page_limit = 100
        self.id_page_limit = 5000 if self.cloud else 1000
        """Rows of a page that holds nothing but ids."""
        self.writers: dict[str, Writer] = {}
        """Credentials besides that of syncd's reader, by token."""
        self.rights = {"BROWSE_PROJECTS"}
        """Keys of the permissions that the token's account has everywhere."""
        self.users: dict[str, User] = {}
        self.projects: dict[str, str] = {}
        self.renamed: dict[str, str] = {}
        """Former key of a project → its key now; both find it."""
        self.versions: dict[str, Version] = {}
        self.boards: dict[int, Board] = {}
        self.sprints: dict[str, Sprint] = {}
        self.fields: list[FieldRow] = list(FIELDS)
        self.issues: dict[str, Issue] = {}
        """By id."""
        self.links: list[tuple[str, str, str, str]] = []
        """(id, type id, id of the issue that reads "outward", id of the other)."""
        self.locked: set[str] = set()
        """Keys of issues that take no comments."""
        self.hidden: set[str] = set()
        """Projects and issues, by key or id, that the token's account may not see."""
        self._ids, self._last_key = count(10_001), Counter[str]()
        self.add_user("syncd", "syncd", email="syncd@example.invalid", is_bot=True)

    def add_user(self, native_id: str, name: str, *, email: str = "", is_bot: bool = False) -> str:
        """Somebody who can edit; returns the id."""
        email = email or f"{native_id}@example.invalid"
        self.users[native_id] = User(id=native_id, name=name, email=email, is_bot=is_bot)
        return native_id

    def add_writer(self, token: str, native_id: str = "notes", *rights: str) -> Writer:
        """A credential of another account, with these rights everywhere besides browsing."""
        email = f"{native_id}@example.invalid"
        self.add_user(native_id, native_id, email=email, is_bot=False)
        self.writers[token] = Writer(
            user=native_id, email=email, rights={"BROWSE_PROJECTS", *rights}
        )
        return self.writers[token]

    def account(self, native_id: str) -> str:
        """The id under which a client meets this user."""
        return native_id if self.cloud else f"JIRAUSER-{native_id}"

    def add_project(self, key: str, name: str) -> str:
        """An empty project."""
        self.projects[key] = name
        return key

    def rename_project(self, key: str, new: str) -> None:
        """Give a project another key, and so its issues; no issue is touched by it."""
        self.projects = {new if each == key else each: name for each, name in self.projects.items()}
        self.renamed[key] = new
        for version in self.versions.values():
            version.project = new if version.project == key else version.project
        for board in self.boards.values():
            board.project = new if board.project == key else board.project
            board.shows = tuple(new if each == key else each for each in board.shows)
        for issue in self.issues.values():
            if issue.project == key:
                issue.project, issue.key = new, new + issue.key[len(key) :]
        self._last_key[new] = self._last_key[key]

    def project_key(self, told: str) -> str:
        """The key now of the project that had this one."""
        return self.renamed.get(told, told)

    def add_version(self, project: str, name: str, **values: Any) -> str:
        """A version (`start`, `release`, `released`, `archived`); returns its id."""
        version = Version(id=self._next(), project=project, name=name, **values)
        self.versions[version.id] = version
        return version.id

    def edit_version(self, native_id: str, **values: Any) -> None:
        """Change a version; as in Jira, no issue is touched by it."""
        for name, value in values.items():
            setattr(self.versions[native_id], name, value)

    def add_board(
        self, number: int, project: str, *, shows: tuple[str, ...] = (), kind: str = "scrum"
    ) -> int:
        """A board of a project that also `shows` others; `kind` is scrum or kanban."""
        self.boards[number] = Board(
            id=number, name=f"Board {number}", kind=kind, project=project, shows=(project, *shows)
        )
        return number

    def add_sprint(self, name: str, *, board: int = 1, state: str = "future", **values: Any) -> str:
        """A sprint (`start`, `end`, `completed`, `goal`); returns its id.

        A board that is not there yet is made, of the first project.
        """
        if board not in self.boards:
            self.add_board(board, next(iter(self.projects), ""))
        sprint = Sprint(id=self._next(), name=name, board=board, state=state, **values)
        self.sprints[sprint.id] = sprint
        return sprint.id

    def edit_sprint(self, native_id: str, **values: Any) -> None:
        """Start, move or close a sprint; no issue is touched by it."""
        for name, value in values.items():
            setattr(self.sprints[native_id], name, value)

    def delete_sprint(self, native_id: str) -> None:
        """Delete a sprint; its issues are back in the backlog."""
        del self.sprints[native_id]
        for issue in self.issues.values():
            issue.sprints = tuple(each for each in issue.sprints if each != native_id)

    def add_issue(
        self,
        project: str,
        summary: str,
        *,
        by: str,
        type: str = "Story",  # noqa: A002 # Jira's word
        at: datetime | None = None,
        **values: Any,
    ) -> str:
        """A new issue with the fields of `jira_shapes.Issue`; returns its key."""
        at = at or self.now
        issue = Issue(
            id=self._next(), key=self._new_key(project), project=project, type=type,
            summary=summary, reporter=by, created=at, updated=at, **values,
        )  # fmt: skip
        if _category(issue.status) == "done":
            issue.resolution, issue.resolved = issue.resolution or "Done", at
        self.issues[issue.id] = issue
        return issue.key

    def edit(
        self, key: str, /, *, by: str | None, at: datetime | None = None, **values: Any
    ) -> None:
        """Change fields of an issue in one edit and record it; what stays equal leaves no trace.

        Moving to a status of category done sets the resolution "Done" unless told otherwise.
        """
        issue, at = self.issue(key), at or self.now
        if "status" in values and "resolution" not in values:
            done = _category(values["status"]) == "done"
            values["resolution"] = (issue.resolution or "Done") if done else None
        items: list[dict[str, Any]] = []
        for name, new in values.items():
            old = getattr(issue, name)
            if old != new:
                setattr(issue, name, new)
                items += log_items(self, name, old, new)
        if not items:
            return
        if "resolution" in values:
            issue.resolved = at if values["resolution"] else None
        issue.updated = max(issue.updated, at)
        issue.log.append(Entry(id=self._next(), author=by, at=at, items=items))

    def comment(
        self,
        key: str,
        body: str,
        *,
        by: str,
        at: datetime | None = None,
        document: dict[str, Any] | None = None,
    ) -> Comment:
        """Add a comment."""
        issue, at = self.issue(key), at or self.now
        made = Comment(id=self._next(), author=by, body=body, at=at, document=document)
        issue.comments.append(made)
        issue.updated = max(issue.updated, at)
        return made

    def delete_comment(self, key: str, native_id: str) -> None:
        """Take a comment away, as whoever may."""
        issue = self.issue(key)
        issue.comments = [each for each in issue.comments if each.id != native_id]
        issue.updated = max(issue.updated, self.now)

    def link(self, near: str, phrase: str, far: str, *, by: str, at: datetime | None = None) -> str:
        """Link two issues so that one reads "{near} {phrase} {far}"; returns the link's id."""
        at = at or self.now
        one, other = self.issue(near), self.issue(far)
        type_id, _, inward, outward = next(row for row in LINK_TYPES if phrase in row[2:])
        if phrase != outward:
            one, other = other, one
        self.links.append((native_id := self._next(), type_id, one.id, other.id))
        for issue, words, end in ((one, outward, other), (other, inward, one)):
            told = {"field": "Link", "from": None, "fromString": None, "to": end.key,
                    "toString": f"This issue {words} {end.key}"}  # fmt: skip
            issue.log.append(Entry(id=self._next(), author=by, at=at, items=[told]))
            issue.updated = max(issue.updated, at)
        return native_id

    def unlink(self, native_id: str) -> None:
        """Remove a link."""
        self.links = [each for each in self.links if each[0] != native_id]

    def move(self, key: str, project: str, *, by: str, at: datetime | None = None) -> str:
        """Move an issue to another project; returns its new key. The old one still finds it."""
        issue = self.issue(key)
        new = self._new_key(project)
        issue.project = project
        self.edit(key, by=by, at=at, key=new)
        return new

    def delete(self, key: str) -> None:
        """Delete an issue; search just lacks it from now on."""
        del self.issues[self.issue(key).id]

    def restrict(self, key: str, level: str = "internal") -> None:
        """Give an issue a security level that the token's account is not in."""
        issue = self.issue(key)
        issue.security = level
        self.hidden.add(issue.id)

    def is_hidden(self, issue: Issue) -> bool:
        """Whether the token's account may not see an issue."""
        return not self.hidden.isdisjoint((issue.id, issue.key, issue.project))

    def add_field(
        self, native_id: str, name: str, kind: str, custom: str, *, project: str = ""
    ) -> str:
        """A custom field; with `project` it is one of a team-managed project's own."""
        self.fields.append(FieldRow(native_id, name, kind, custom, project))
        return native_id

    def delete_field(self, native_id: str) -> None:
        """Delete a custom field with all its values; no issue is touched by it."""
        self.fields = [each for each in self.fields if each[0] != native_id]
        self.left_out = (*self.left_out, native_id)

    def project_id(self, key: str) -> str:
        """The id of a project."""
        return str(10_000 + list(self.projects).index(key))

    def issue(self, key: str) -> Issue:
        """The issue with this key or id, now or before it was moved."""
        project, dash, number = key.rpartition("-")
        key = self.project_key(project) + dash + number
        for issue in self.issues.values():
            if key in (issue.key, issue.id):
                return issue
        for issue in self.issues.values():
            if any(item.get("fromString") == key and item["field"] == "Key"
                   for entry in issue.log for item in entry.items):  # fmt: skip
                return issue
        raise KeyError(key)

    def _next(self) -> str:
        return str(next(self._ids))

    def number_from(self, project: str, number: int) -> None:
        """The next issue of the project gets this number, those after it follow; never go back."""
        self._last_key[project] = number - 1

    def _new_key(self, project: str) -> str:
        """A key that no issue ever had, also none that was deleted or moved away."""
        self._last_key[project] += 1
        return f"{project}-{self._last_key[project]}"


def _category(status: str) -> str:
    return next(category for _, name, category in STATUSES if name == status)
