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
from collections.abc import Mapping, Sequence
from typing import Any

from syncd.demo.simulators.jira_jql import Refused, found
from syncd.demo.simulators.jira_rights import RIGHTS, right_row
from syncd.demo.simulators.jira_rows import Rows
from syncd.demo.simulators.jira_shapes import (
    LINK_TYPES,
    STATUSES,
    TYPES,
    Board,
    Issue,
    board_row,
    field_row,
    sprint_row,
    stamp,
    status_row,
    type_row,
    user_row,
    version_row,
)
from syncd.demo.simulators.jira_world import JiraWorld, Writer
from syncd.demo.simulators.jira_writing import add_writing
from syncd.demo.simulators.server import Answer, Request


class JiraSimulator(JiraWorld):
    """Jira's REST API v2 and agile API as far as syncd reads them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._add_routes()

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
        return self.caller(request) is not None

    def caller(self, request: Request) -> Writer | None:
        """Whose credential a request carries; None where it is nobody's."""
        told = request.headers.get("authorization", "")
        reader = Writer(user="syncd", email=self.user, rights=self.rights)
        for token, who in ((self.token, reader), *self.writers.items()):
            pair = base64.b64encode(f"{who.email}:{token}".encode()).decode()
            if told == (f"Basic {pair}" if self.cloud else f"Bearer {token}"):
                return who
        return None

    def default_headers(self, request: Request) -> Mapping[str, str]:
        """What Jira puts on every answer: whom it was given to."""
        who = self.caller(request)
        told = {"X-Seraph-LoginReason": "OK"} if who else {}
        if self.cloud:
            return told | ({"X-AACCOUNTID": who.user} if who else {})
        return told | {"X-AUSERNAME": who.user if who else "anonymous"}

    def not_found(self, request: Request) -> Answer:
        """Jira's words for a path that it does not have."""
        return self._missing(f"null for uri: {request.path}")

    def _missing(self, message: str, status: int = 404) -> Answer:
        return Answer(status=status, body={"errorMessages": [message], "errors": {}})

    def _add_routes(self) -> None:
        api = "/rest/api/[23]"
        self.route("GET", f"{api}/serverInfo", self._server_info)
        self.route("GET", f"{api}/myself", self._myself)
        self.route("GET", f"{api}/field", self._fields)
        self.route("GET", f"{api}/mypermissions", self._rights)
        self.route("GET", f"{api}/status", self._statuses)
        self.route("GET", f"{api}/resolution", self._resolutions)
        self.route("GET", f"{api}/issueLinkType", self._link_types)
        listing = f"{api}/project/search" if self.cloud else f"{api}/project"
        self.route("GET", listing, self._projects)
        self.route("GET", f"{api}/project/(?P<key>[^/]+)", self._project)
        self.route("GET", f"{api}/project/(?P<key>[^/]+)/versions", self._versions)
        self.route("GET", f"{api}/issue/(?P<key>[^/]+)", self._one)
        self.route("GET", f"{api}/issue/(?P<key>[^/]+)/changelog", self._log)
        agile = "/rest/agile/1.0"
        self.route("GET", f"{agile}/sprint/(?P<native_id>[^/]+)", self._sprint)
        self.route("GET", f"{agile}/board", self._boards)
        self.route("GET", f"{agile}/board/(?P<number>[0-9]+)", self._board)
        self.route("GET", f"{agile}/board/(?P<number>[0-9]+)/project", self._board_projects)
        self.route("GET", f"{agile}/board/(?P<number>[0-9]+)/sprint", self._board_sprints)
        self.route("POST", f"{api}/search", self._search)
        add_writing(self, self.caller)
        if self.cloud:
            self.route("POST", f"{api}/search/jql", self._search_by_token)
            self.route("POST", f"{api}/search/approximate-count", self._count)
            self.route("POST", f"{api}/changelog/bulkfetch", self._bulk_logs)
            self.route("POST", f"{api}/issue/bulkfetch", self._bulk)

    def _server_info(self, _: Request) -> Answer:
        kind = "Cloud" if self.cloud else "Server"
        return Answer(body={
            "baseUrl": self.url, "version": "1001.0.0" if self.cloud else "9.12.4",
            "versionNumbers": [1001, 0, 0] if self.cloud else [9, 12, 4], "deploymentType": kind,
            "buildNumber": 100000, "serverTime": stamp(self.now), "serverTitle": "Simulated Jira",
        })  # fmt: skip

    def _myself(self, request: Request) -> Answer:
        who = self.caller(request)
        me = self.users[who.user if who else "syncd"]
        return Answer(body=user_row(self.url, me, cloud=self.cloud))

    def _statuses(self, _: Request) -> Answer:
        return Answer(body=[status_row(self.url, row) for row in STATUSES])

    def _resolutions(self, _: Request) -> Answer:
        names = sorted({each.resolution for each in self.issues.values() if each.resolution})
        return Answer(body=[{"id": str(n), "name": name} for n, name in enumerate(names, 1)])

    def _link_types(self, _: Request) -> Answer:
        rows = [dict(zip(("id", "name", "inward", "outward"), row, strict=True))
                for row in LINK_TYPES]  # fmt: skip
        return Answer(body={"issueLinkTypes": rows})

    def _fields(self, _: Request) -> Answer:
        return Answer(body=[field_row(row, self.project_id) for row in self.fields])

    def _rights(self, request: Request) -> Answer:
        project = self.project_key(request.query.get("projectKey", ""))
        if project and (project not in self.projects or project in self.hidden):
            return self._missing(f"No project could be found with key '{project}'.")
        wanted = request.query.get("permissions", "").split(",")
        if self.cloud and not set(wanted) <= set(RIGHTS):
            return self._missing("Unrecognized permission", status=400)
        # Data Center tells all of them, whatever is asked.
        names = wanted if self.cloud else list(RIGHTS)
        who = self.caller(request)
        held = who.rights if who else set()
        rows = {each: right_row(each, each in held) for each in names}
        return Answer(body={"permissions": rows})

    def _projects(self, request: Request) -> Answer:
        rows = [Rows(self).project(key) for key in sorted(self.projects) if key not in self.hidden]
        return Answer(body=_slice(request, rows) if self.cloud else rows)

    def _project(self, _: Request, key: str) -> Answer:
        key = self.project_key(key)
        if key not in self.projects or key in self.hidden:
            return self._missing(f"No project could be found with key '{key}'.")
        lead = next((each for each in self.users if each != "syncd"), "syncd")
        more = {"lead": Rows(self).user(lead), "versions": self._versions_of(key)}
        types = [type_row(self.url, name, cloud=self.cloud) for name in TYPES]
        return Answer(body=Rows(self).project(key) | more | {"issueTypes": types})

    def _versions(self, _: Request, key: str) -> Answer:
        key = self.project_key(key)
        if key not in self.projects or key in self.hidden:
            return self._missing(f"No project could be found with key '{key}'.")
        return Answer(body=self._versions_of(key))

    def _versions_of(self, key: str) -> list[dict[str, Any]]:
        mine = [each for each in self.versions.values() if each.project == key]
        return [version_row(self.url, each) for each in mine]

    def _sprint(self, _: Request, native_id: str) -> Answer:
        if native_id not in self.sprints:
            return self._missing("Sprint does not exist.")
        return Answer(body=sprint_row(self.url, self.sprints[native_id]))

    def _boards(self, request: Request) -> Answer:
        project = self.project_key(request.query.get("projectKeyOrId", ""))
        kind = request.query.get("type", "")
        if project and (project not in self.projects or project in self.hidden):
            return self._missing(f"No project could be found with key or id '{project}'.", 400)
        rows = [
            self._board_row(each)
            for each in self.boards.values()
            if each.project not in self.hidden
            and (not project or project in each.shows)
            and (not kind or each.kind == kind)
        ]
        return Answer(body=_slice(request, rows))

    def _board(self, _: Request, number: str) -> Answer:
        board = self.boards.get(int(number))
        if board is None or board.project in self.hidden:
            return self._missing("The requested board cannot be viewed.")
        return Answer(body=self._board_row(board))

    def _board_row(self, board: Board) -> dict[str, Any]:
        place = Rows(self).project(board.project) if board.project else None
        return board_row(self.url, board, place if self.cloud else None)

    def _board_projects(self, request: Request, number: str) -> Answer:
        board = self.boards.get(int(number))
        if board is None:
            return self._missing("The requested board cannot be viewed.")
        shown = [Rows(self).project(key) for key in board.shows if key and key not in self.hidden]
        return Answer(body=_slice(request, shown))

    def _board_sprints(self, request: Request, number: str) -> Answer:
        board = self.boards.get(int(number))
        if board is None or board.project in self.hidden:
            return self._missing("The requested board cannot be viewed.")
        if board.kind != "scrum":
            return self._missing("The board does not support sprints.", status=400)
        states = request.query.get("state", "closed,active,future").split(",")
        mine = [each for each in self.sprints.values() if each.board == board.id]
        # Closed ones first, then the active, then the future ones, as Jira orders them.
        mine.sort(key=lambda each: ("closed", "active", "future").index(each.state))
        rows = [sprint_row(self.url, each) for each in mine if each.state in states]
        told = _slice(request, rows)
        return Answer(body={name: value for name, value in told.items() if name != "total"})

    def _one(self, request: Request, key: str) -> Answer:
        try:
            issue = self.issue(key)
        except KeyError:
            return self._missing("Issue does not exist or you do not have permission to see it.")
        if self.is_hidden(issue):
            return self._not_for_us()
        wanted = request.query.get("fields", "*all").split(",")
        with_log = "changelog" in request.query.get("expand", "")
        return Answer(body=Rows(self).issue(issue, wanted, with_log=with_log))

    def _not_for_us(self) -> Answer:
        if self.cloud:
            return self._missing("Issue does not exist or you do not have permission to see it.")
        message = "You do not have the permission to see the specified issue."
        return self._missing(message, status=403)

    def _bulk(self, request: Request) -> Answer:
        body = request.json()
        keys = body["issueIdsOrKeys"]
        if not 0 < len(keys) <= 100:
            return self._missing("Between 1 and 100 issues can be fetched.", status=400)
        wanted = {}
        for key in keys:
            try:
                issue = self.issue(key)
            except KeyError:
                continue
            if not self.is_hidden(issue):
                wanted[int(issue.id)] = issue
        rows = [
            Rows(self).issue(wanted[each], body.get("fields", ["*all"])) for each in sorted(wanted)
        ]
        return Answer(body={"issues": rows, "issueErrors": []})

    def _log(self, request: Request, key: str) -> Answer:
        return Answer(body=_slice(request, Rows(self).log(self.issue(key))))

    def _bulk_logs(self, request: Request) -> Answer:
        asked = set(request.json()["issueIdsOrKeys"])
        wanted = [each for each in self.issues.values() if asked & {each.id, each.key}]
        rows = Rows(self)
        logs = [{"issueId": each.id, "changeHistories": rows.bulk_log(each)} for each in wanted]
        return Answer(body={"issueChangeLogs": [each for each in logs if each["changeHistories"]]})

    def _search(self, request: Request) -> Answer:
        if self.cloud:
            return self._missing("The requested API has been removed. Use /search/jql.", 410)
        body = request.json()
        try:
            issues = found(self, body["jql"])
        except Refused as refusal:
            return self._missing(str(refusal), status=400)
        start = int(body.get("startAt", 0))
        size = min(int(body.get("maxResults", 50)), self._most(body))
        rows = self._rows(issues[start : start + size], body)
        return Answer(body={"expand": "schema,names", "startAt": start, "maxResults": size,
                            "total": len(issues), "issues": rows})  # fmt: skip

    def _search_by_token(self, request: Request) -> Answer:
        body = request.json()
        try:
            issues = found(self, body["jql"])
        except Refused as refusal:
            return self._missing(str(refusal), status=400)
        start = int(body.get("nextPageToken") or 0)
        end = start + min(int(body.get("maxResults", 50)), self._most(body))
        rows = self._rows(issues[start:end], body)
        if end >= len(issues):
            return Answer(body={"issues": rows, "isLast": True})
        return Answer(body={"issues": rows, "isLast": False, "nextPageToken": str(end)})

    def _most(self, body: Mapping[str, Any]) -> int:
        only_ids = set(body.get("fields", ["id"])) <= {"id", "key"}
        return self.id_page_limit if only_ids else self.page_limit

    def _rows(self, issues: Sequence[Issue], body: Mapping[str, Any]) -> list[dict[str, Any]]:
        wanted = body.get("fields", ["id"] if self.cloud else ["*all"])
        if self.cloud and list(wanted) == ["id"]:
            return [{"id": each.id} for each in issues]
        with_log = "changelog" in body.get("expand", [])
        return [Rows(self).issue(each, wanted, with_log=with_log) for each in issues]

    def _count(self, request: Request) -> Answer:
        try:
            return Answer(body={"count": len(found(self, request.json()["jql"]))})
        except Refused as refusal:
            return self._missing(str(refusal), status=400)


def _slice(request: Request, rows: list[dict[str, Any]]) -> dict[str, Any]:
    start = int(request.query.get("startAt", 0))
    size = int(request.query.get("maxResults", 50))
    end = start + size
    return {"values": rows[start:end], "startAt": start, "maxResults": size, "total": len(rows),
            "isLast": end >= len(rows)}  # fmt: skip
