"""Recorded data of real providers, served on loopback as the providers themselves serve it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syncd.demo.simulators.google_sign_in import SignIn
from syncd.demo.simulators.server import Answer, Request, Simulator

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
GCAL = DATA / "gcal"
TRAFFIC = DATA / "github_traffic" / "pygithub_replay.jsonl.gz"


def rows(name):
    with gzip.open(DATA / name, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


class JiraReplay(Simulator):
    """Serves recorded issues as Jira Data Center does, in the paging of the real thing."""

    def __init__(self, issues):
        super().__init__(now=datetime(2015, 1, 15, tzinfo=UTC))
        self.issues = sorted(issues, key=lambda raw: int(raw["id"]))
        self.route(
            "GET",
            "/rest/api/2/serverInfo",
            lambda _: Answer(body={"deploymentType": "Server", "version": "6.3"}),
        )
        self.route(
            "GET", "/rest/api/2/myself", lambda _: Answer(body={"name": "syncd", "key": "syncd"})
        )
        self.route("GET", "/rest/api/2/field", lambda _: Answer(body=self.fields()))
        self.route("GET", "/rest/api/2/status", lambda _: Answer(body=self.unique("status")))
        self.route(
            "GET",
            "/rest/api/2/project/(?P<key>[A-Z0-9]+)",
            lambda _, key: Answer(body={"id": "1", "key": key}),
        )
        self.route("GET", "/rest/api/2/project/(?P<key>[A-Z0-9]+)/versions", self.versions)
        self.route("POST", "/rest/api/2/search", self.search)

    def fields(self):
        with gzip.open(DATA / "jira_fields" / "fields.json.gz") as stream:
            return json.load(stream)["Apache"]

    def unique(self, name):
        found = [raw["fields"][name] for raw in self.issues]
        return list({each["id"]: each for each in found}.values())

    def versions(self, _, key):
        mine = [raw for raw in self.issues if raw["fields"]["project"]["key"] == key]
        found = [
            each
            for raw in mine
            for each in (*raw["fields"].get("fixVersions", []), *raw["fields"].get("versions", []))
        ]
        return Answer(body=list({each["id"]: each for each in found}.values()))

    def search(self, request):
        body = request.json()
        where, _, order = body["jql"].partition(" ORDER BY ")
        projects = re.findall(r'"(\w+)"', where)
        since = re.findall(r"(updated|created) >= (\d+)", where)
        found = [
            raw for raw in self.issues
            if raw["fields"]["project"]["key"] in projects
            and all(instant(raw, name) >= int(at) for name, at in since)
        ]  # fmt: skip
        name, _, direction = order.split(", ")[0].partition(" ")
        found.sort(key=lambda raw: instant(raw, name), reverse=direction == "DESC")
        start, size = body["startAt"], min(body["maxResults"], 50)
        page = [
            raw
            | {
                "fields": {
                    name: value for name, value in raw["fields"].items() if name in body["fields"]
                }
            }
            for raw in found[start : start + size]
        ]
        return Answer(
            body={"startAt": start, "maxResults": size, "total": len(found), "issues": page}
        )


def instant(raw, name):
    return datetime.fromisoformat(raw["fields"][name]).timestamp() * 1000


def recorded_traffic() -> list[dict[str, Any]]:
    """The exchanges of github_traffic, in their order."""
    with gzip.open(TRAFFIC, "rt") as lines:
        return [json.loads(line) for line in lines]


def objects(traffic: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every JSON object in every answer with status 200."""
    for exchange in traffic:
        if exchange["status"] == 200:
            try:
                yield from inside(json.loads(exchange["body"]))
            except ValueError:
                continue


def inside(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from inside(each)
    elif isinstance(value, list):
        for each in value:
            yield from inside(each)


class GitHubReplay(Simulator):
    """Serves recorded rows of openFrameworks/openFrameworks; its own paging, since and order."""

    def __init__(self, traffic: list[dict[str, Any]]) -> None:
        super().__init__()
        self.rows = recorded_rows(traffic)
        self.repository = next(each for each in objects(traffic) if each.get("id") == 345337)
        one = "/repositories/345337"
        self.route("GET", "/repos/openframeworks/openFrameworks", self._repository)
        self.route("GET", one, self._repository)
        self.route("GET", f"{one}/milestones", self._milestones)
        self.route("GET", f"{one}/issues", self._issues)
        self.route("GET", f"{one}/issues/\\d+/timeline", lambda request: Answer(body=[]))
        self.route("GET", f"{one}/pulls/\\d+/reviews", lambda request: Answer(body=[]))
        self.route("GET", f"{one}/pulls/(?P<shown>\\d+)", self._pull)

    def _repository(self, request: Request) -> Answer:
        return Answer(body=self.repository)

    def _milestones(self, request: Request) -> Answer:
        rows = {r["milestone"]["id"]: r["milestone"] for r in self.rows if r.get("milestone")}
        return Answer(body=list(rows.values()))

    def _issues(self, request: Request) -> Answer:
        query = request.query
        assert (query["state"], query["sort"]) == ("all", "updated")
        found = [r for r in self.rows if r["updated_at"] >= query.get("since", "")]
        found = found[::-1] if query["direction"] == "desc" else found
        size, page = int(query["per_page"]), int(query.get("page", 1))
        shown = found[(page - 1) * size : page * size]
        more = len(found) > page * size
        link = f'<{self.url}{request.path}?page={page + 1}>; rel="next"'
        return Answer(body=shown, headers={"Link": link} if more else {})

    def _pull(self, request: Request, shown: str) -> Answer:
        # Details of these were not recorded: only what nothing works without.
        row = next(r for r in self.rows if r["number"] == int(shown))
        branches = {"head": {"ref": "topic"}, "base": {"ref": "master"}}
        return Answer(body={**row, "id": row["id"] + 10**9, "merged_at": None, **branches})


def all_rows(traffic: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for exchange in traffic:
        path = exchange["url"].partition("?")[0]
        if exchange["status"] == 200 and path in (
            "/repos/openframeworks/openFrameworks/issues", "/repositories/345337/issues"
        ):  # fmt: skip
            yield from json.loads(exchange["body"] or "[]")


def recorded_rows(traffic: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The newest recorded state of each row, by time of update. Most were cut down to their id."""
    newest: dict[int, dict[str, Any]] = {}
    for row in all_rows(traffic):
        known = newest.get(row["id"], row)
        if known.get("updated_at", "") <= row.get("updated_at", ""):
            newest[row["id"]] = row
    whole = [row for row in newest.values() if "updated_at" in row]
    return sorted(whole, key=lambda row: row["updated_at"])


CALENDARS = {
    "okami": ("okami_events.json", "Europe/Paris"),
    "faros": ("faros_events.json", "UTC"),
    "oncall": ("oncall_outofoffice_event.json", "America/New_York"),
}


class CalendarReplay(Simulator):
    """Google Calendar that has nothing but the recorded rows, ten a page."""

    prefix = "/calendar/v3"

    def __init__(self) -> None:
        super().__init__(now=datetime(2017, 9, 8, 9, tzinfo=UTC))
        self.sign_in = SignIn()
        self.route("POST", r"/token", self.sign_in.token)
        self.route("GET", r"/calendars/(?P<calendar>[^/]+)/events", self._events)

    def authorise(self, request: Request) -> Answer | None:
        return None if request.path == "/token" else self.sign_in.refusal(request)

    def _events(self, request: Request, calendar: str) -> Answer:
        name, zone = CALENDARS[calendar]
        recorded = json.loads((GCAL / name).read_text())
        rows = recorded["items"] if isinstance(recorded, dict) else recorded
        if "syncToken" in request.query or request.query["singleEvents"] == "false":
            rows = []
        start = int(request.query.get("pageToken", "0"))
        end = start + min(10, int(request.query["maxResults"]))
        more = {"nextPageToken": str(end)} if end < len(rows) else {"nextSyncToken": "replayed"}
        body = {
            "kind": "calendar#events",
            "timeZone": zone,
            "accessRole": "reader",
            "items": rows[start:end],
        }
        return Answer(body=body | more)
