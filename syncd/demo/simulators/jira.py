"""A Jira on loopback, Cloud or Data Center, over people, projects and issues held in memory.

    sim = JiraSimulator("cloud", now=monday)
    sim.add_user("dana", "Dana Lee"); sim.add_project("PAY", "Payments")
    key = sim.add_issue("PAY", "Ledger export", by="dana", due=date(2026, 5, 12))
    sim.now += timedelta(days=1)
    sim.edit(key, by="dana", due=date(2026, 5, 19))      # writes the change log
    with sim: ...                                        # sim.url, sim.user, sim.token

Every edit happens at `sim.now` unless `at` says otherwise.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any, Literal

from syncd.demo.simulators.jira_rows import Rows, log_items
from syncd.demo.simulators.jira_shapes import (
    FIELDS,
    LINK_TYPES,
    STATUSES,
    TYPES,
    Comment,
    Entry,
    Issue,
    Sprint,
    User,
    Version,
    field_row,
    sprint_object,
    stamp,
    status_row,
    user_row,
    version_row,
)
from syncd.demo.simulators.server import Answer, Request, Simulator


class JiraSimulator(Simulator):
    """Jira's REST API v2 as far as syncd reads it, and whoever works in it."""

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
        self.anonymous_reads = False
        """A bad credential is answered like a stranger: 200 and nothing, as Jira can be set up."""
        self.page_limit = 100
        self.comments_in_search = 20
        self.users: dict[str, User] = {}
        self.projects: dict[str, str] = {}
        self.versions: dict[str, Version] = {}
        self.sprints: dict[str, Sprint] = {}
        self.issues: dict[str, Issue] = {}
        """By id."""
        self.links: list[tuple[str, str, str, str]] = []
        """(id, type id, id of the issue that reads "outward", id of the other)."""
        self.hidden: set[str] = set()
        """Projects and issues, by key, that the token's account may not see."""
        self._ids = count(10_001)
        self._last_key: Counter[str] = Counter()
        self._add_routes()
        self.add_user("syncd", "syncd", email="syncd@example.invalid")

    def add_user(self, native_id: str, name: str, *, email: str = "", is_bot: bool = False) -> str:
        """Somebody who can edit; returns the id."""
        email = email or f"{native_id}@example.invalid"
        self.users[native_id] = User(id=native_id, name=name, email=email, is_bot=is_bot)
        return native_id

    def account(self, native_id: str) -> str:
        """The id under which a client meets this user."""
        return native_id if self.cloud else f"JIRAUSER-{native_id}"

    def add_project(self, key: str, name: str) -> str:
        """An empty project."""
        self.projects[key] = name
        return key

    def add_version(self, project: str, name: str, **values: Any) -> str:
        """A version (`start`, `release`, `released`, `archived`); returns its id."""
        version = Version(id=self._next(), project=project, name=name, **values)
        self.versions[version.id] = version
        return version.id

    def edit_version(self, native_id: str, **values: Any) -> None:
        """Change a version; as in Jira, no issue is touched by it."""
        for name, value in values.items():
            setattr(self.versions[native_id], name, value)

    def add_sprint(self, name: str, *, board: int = 1, state: str = "future", **values: Any) -> str:
        """A sprint (`start`, `end`, `completed`, `goal`); returns its id."""
        sprint = Sprint(id=self._next(), name=name, board=board, state=state, **values)
        self.sprints[sprint.id] = sprint
        return sprint.id

    def edit_sprint(self, native_id: str, **values: Any) -> None:
        """Start, move or close a sprint; no issue is touched by it."""
        for name, value in values.items():
            setattr(self.sprints[native_id], name, value)

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

    def comment(self, key: str, body: str, *, by: str, at: datetime | None = None) -> None:
        """Add a comment."""
        issue, at = self.issue(key), at or self.now
        issue.comments.append(Comment(id=self._next(), author=by, body=body, at=at))
        issue.updated = max(issue.updated, at)

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

    def issue(self, key: str) -> Issue:
        """The issue with this key or id, now or before it was moved."""
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

    def _new_key(self, project: str) -> str:
        """A key that no issue ever had, also none that was deleted or moved away."""
        self._last_key[project] += 1
        return f"{project}-{self._last_key[project]}"

    def authorise(self, request: Request) -> Answer | None:
        """Basic sign-in with the token (Cloud) or a bearer token (Data Center)."""
        if request.path.endswith("/serverInfo") or self._signed_in(request):
            return None
        if self.anonymous_reads:
            return self._to_a_stranger(request)
        headers = {"WWW-Authenticate": 'OAuth realm="simulated"',
                   "X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}  # fmt: skip
        message = "You are not authenticated. Authentication required to perform this operation."
        return Answer(status=401, body={"errorMessages": [message], "errors": {}}, headers=headers)

    def _to_a_stranger(self, request: Request) -> Answer:
        body: Any = {"issues": [], "isLast": True, "startAt": 0, "maxResults": 50, "total": 0}
        if "search" not in request.path:
            return self._missing("You must be authenticated.", status=401)
        return Answer(body=body, headers={"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"})

    def _signed_in(self, request: Request) -> bool:
        told = request.headers.get("authorization", "")
        pair = base64.b64encode(f"{self.user}:{self.token}".encode()).decode()
        return told == (f"Basic {pair}" if self.cloud else f"Bearer {self.token}")

    def default_headers(self, request: Request) -> Mapping[str, str]:  # noqa: ARG002 # same on all
        """What Jira puts on every answer to somebody signed in."""
        return {"X-Seraph-LoginReason": "OK", "X-AUSERNAME": "syncd"}

    def not_found(self, request: Request) -> Answer:
        """Jira's words for a path that it does not have."""
        return self._missing(f"null for uri: {request.path}")

    def _missing(self, message: str, status: int = 404) -> Answer:
        return Answer(status=status, body={"errorMessages": [message], "errors": {}})

    def _add_routes(self) -> None:
        api = "/rest/api/[23]"
        self.route("GET", f"{api}/serverInfo", self._server_info)
        self.route("GET", f"{api}/myself", self._myself)
        self.route("GET", f"{api}/field", lambda _: Answer(body=[field_row(row) for row in FIELDS]))
        self.route("GET", f"{api}/status", self._statuses)
        self.route("GET", f"{api}/resolution", self._resolutions)
        self.route("GET", f"{api}/issueLinkType", self._link_types)
        self.route("GET", f"{api}/project/(?P<key>[^/]+)", self._project)
        self.route("GET", f"{api}/project/(?P<key>[^/]+)/versions", self._versions)
        self.route("GET", f"{api}/issue/(?P<key>[^/]+)", self._one)
        self.route("GET", f"{api}/issue/(?P<key>[^/]+)/comment", self._comments)
        self.route("GET", "/rest/agile/1.0/sprint/(?P<native_id>[^/]+)", self._sprint)
        self.route("POST", f"{api}/search", self._search)
        if self.cloud:
            self.route("POST", f"{api}/search/jql", self._search_by_token)
            self.route("POST", f"{api}/search/approximate-count", self._count)
            self.route("POST", f"{api}/changelog/bulkfetch", self._bulk_logs)
            self.route("GET", f"{api}/issue/(?P<key>[^/]+)/changelog", self._log)

    def _server_info(self, _: Request) -> Answer:
        kind = "Cloud" if self.cloud else "Server"
        return Answer(body={
            "baseUrl": self.url, "version": "1001.0.0" if self.cloud else "9.12.4",
            "versionNumbers": [1001, 0, 0] if self.cloud else [9, 12, 4], "deploymentType": kind,
            "buildNumber": 100000, "serverTime": stamp(self.now), "serverTitle": "Simulated Jira",
        })  # fmt: skip

    def _myself(self, _: Request) -> Answer:
        return Answer(body=user_row(self.url, self.users["syncd"], cloud=self.cloud))

    def _statuses(self, _: Request) -> Answer:
        return Answer(body=[status_row(self.url, row) for row in STATUSES])

    def _resolutions(self, _: Request) -> Answer:
        names = sorted({each.resolution for each in self.issues.values() if each.resolution})
        return Answer(body=[{"id": str(n), "name": name} for n, name in enumerate(names, 1)])

    def _link_types(self, _: Request) -> Answer:
        rows = [dict(zip(("id", "name", "inward", "outward"), row, strict=True))
                for row in LINK_TYPES]  # fmt: skip
        return Answer(body={"issueLinkTypes": rows})

    def _project(self, _: Request, key: str) -> Answer:
        if key not in self.projects or key in self.hidden:
            return self._missing(f"No project could be found with key '{key}'.")
        return Answer(body=Rows(self).project(key) | {"versions": [], "issueTypes": list(TYPES)})

    def _versions(self, _: Request, key: str) -> Answer:
        if key not in self.projects or key in self.hidden:
            return self._missing(f"No project could be found with key '{key}'.")
        mine = [each for each in self.versions.values() if each.project == key]
        return Answer(body=[version_row(self.url, each) for each in mine])

    def _sprint(self, _: Request, native_id: str) -> Answer:
        if native_id not in self.sprints:
            return self._missing("Sprint does not exist.")
        row = sprint_object(self.sprints[native_id])
        return Answer(body=row | {"originBoardId": row.pop("boardId")})

    def _one(self, request: Request, key: str) -> Answer:
        try:
            issue = self.issue(key)
        except KeyError:
            return self._missing("Issue does not exist or you do not have permission to see it.")
        with_log = "changelog" in request.query.get("expand", "")
        return Answer(body=Rows(self).issue(issue, ["*all"], with_log=with_log))

    def _comments(self, request: Request, key: str) -> Answer:
        rows = [Rows(self).comment(each) for each in self.issue(key).comments]
        return Answer(body=_slice(request, "comments", rows))

    def _log(self, request: Request, key: str) -> Answer:
        return Answer(body=_slice(request, "values", Rows(self).log(self.issue(key))))

    def _bulk_logs(self, request: Request) -> Answer:
        wanted = [self.issue(key) for key in request.json()["issueIdsOrKeys"]]
        rows = Rows(self)
        logs = [{"issueId": each.id, "changeHistories": rows.bulk_log(each)} for each in wanted]
        return Answer(body={"issueChangeLogs": [each for each in logs if each["changeHistories"]]})

    def _found(self, jql: str) -> list[Issue] | Answer:
        """The issues of a query: `project = X`, `updated >= ms`, ORDER BY key or updated."""
        where, _, order = jql.partition(" ORDER BY ")
        project = re.search(r'project = "?([A-Z0-9_]+)"?', where)
        since = re.search(r"updated >= (\d+)", where)
        if project and (project[1] not in self.projects or project[1] in self.hidden):
            message = f"The value '{project[1]}' does not exist for the field 'project'."
            return self._missing(message, status=400)
        found = [
            each
            for each in self.issues.values()
            if (not project or each.project == project[1])
            and (not since or each.updated.timestamp() * 1000 >= int(since[1]))
            and each.key not in self.hidden
        ]
        if order.startswith("updated"):
            return sorted(found, key=lambda each: (each.updated, int(each.id)))
        return sorted(found, key=lambda each: int(each.key.rpartition("-")[2]))

    def _search(self, request: Request) -> Answer:
        if self.cloud:
            return self._missing("The requested API has been removed. Use /search/jql.", 410)
        body = request.json()
        found = self._found(body["jql"])
        if isinstance(found, Answer):
            return found
        start = int(body.get("startAt", 0))
        size = min(int(body.get("maxResults", 50)), self.page_limit)
        with_log = "changelog" in body.get("expand", [])
        rows = [Rows(self).issue(each, body.get("fields", ["*all"]), with_log=with_log)
                for each in found[start : start + size]]  # fmt: skip
        return Answer(body={"expand": "schema,names", "startAt": start, "maxResults": size,
                            "total": len(found), "issues": rows})  # fmt: skip

    def _search_by_token(self, request: Request) -> Answer:
        body = request.json()
        found = self._found(body["jql"])
        if isinstance(found, Answer):
            return found
        start = int(body.get("nextPageToken") or 0)
        end = start + min(int(body.get("maxResults", 50)), self.page_limit)
        rows = [Rows(self).issue(each, body.get("fields", ["id"])) for each in found[start:end]]
        if end >= len(found):
            return Answer(body={"issues": rows, "isLast": True})
        return Answer(body={"issues": rows, "isLast": False, "nextPageToken": str(end)})

    def _count(self, request: Request) -> Answer:
        found = self._found(request.json()["jql"])
        return found if isinstance(found, Answer) else Answer(body={"count": len(found)})


def _slice(request: Request, name: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    start = int(request.query.get("startAt", 0))
    size = int(request.query.get("maxResults", 50))
    end = start + size
    return {name: rows[start:end], "startAt": start, "maxResults": size, "total": len(rows),
            "isLast": end >= len(rows)}  # fmt: skip


def _category(status: str) -> str:
    return next(category for _, name, category in STATUSES if name == status)
