"""What a simulated Jira lets accounts change: comments, dates of issues, releases."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from syncd.demo.simulators.jira_rows import Rows
from syncd.demo.simulators.jira_shapes import (
    START,
    TARGET_END,
    TARGET_START,
    Issue,
    Version,
    version_row,
)
from syncd.demo.simulators.jira_world import JiraWorld, Writer
from syncd.demo.simulators.server import Answer, Request

DATES = {
    "duedate": "due", START: "start", TARGET_START: "target_start", TARGET_END: "target_end",
}  # fmt: skip
"""Field of the API → attribute of an issue."""

Caller = Callable[[Request], Writer | None]
"""Whose credential a request carries."""

NOT_SEEN = "Issue does not exist or you do not have permission to see it."


def add_writing(sim: JiraWorld, caller: Caller) -> None:
    """Answer the addresses that read comments and change things, as far as the caller may."""
    made = _Writing(sim, caller)
    api = "/rest/api/(?P<version>[23])"
    one = f"{api}/issue/(?P<key>[^/]+)"
    sim.route("GET", f"{one}/comment", made.comments)
    sim.route("POST", f"{one}/comment", made.comment)
    sim.route("PUT", f"{one}/comment/(?P<number>[0-9]+)", made.edit_comment)
    sim.route("PUT", one, made.edit)
    sim.route("GET", f"{api}/version/(?P<number>[0-9]+)", made.version)
    sim.route("PUT", f"{api}/version/(?P<number>[0-9]+)", made.edit_version)


class _Writing:
    def __init__(self, sim: JiraWorld, caller: Caller) -> None:
        self.sim, self.caller = sim, caller

    def comments(self, request: Request, version: str, key: str) -> Answer:
        issue = self._issue(key)
        if issue is None:
            return refused(NOT_SEEN, 404)
        rows = [Rows(self.sim).comment(each, version) for each in issue.comments]
        start = int(request.query.get("startAt", 0))
        size = int(request.query.get("maxResults", 50))
        shown = rows[start : start + size]
        return Answer(body={"comments": shown, "startAt": start, "maxResults": size,
                            "total": len(rows)})  # fmt: skip

    def comment(self, request: Request, version: str, key: str) -> Answer:
        issue, who = self._issue(key), self.caller(request)
        if issue is None:
            return refused(NOT_SEEN, 404)
        if who is None or "ADD_COMMENTS" not in who.rights or issue.key in self.sim.locked:
            return refused("You do not have the permission to comment on this issue.", 403)
        told = _body(request, version)
        if told is None:
            return refused("Comment body is not valid!", 400)
        made = self.sim.comment(issue.key, told["body"], by=who.user, document=told["document"])
        return Answer(status=201, body=Rows(self.sim).comment(made, version))

    def edit_comment(self, request: Request, version: str, key: str, number: str) -> Answer:
        issue, who = self._issue(key), self.caller(request)
        found = [each for each in issue.comments if each.id == number] if issue else []
        if issue is None or who is None or not found:
            return refused(f"Can not find a comment for the id: {number}.", 404)
        right = "EDIT_OWN_COMMENTS" if found[0].author == who.user else "EDIT_ALL_COMMENTS"
        if right not in who.rights or issue.key in self.sim.locked:
            return refused("You do not have the permission to edit this comment.", 400)
        told = _body(request, version)
        if told is None:
            return refused("Comment body is not valid!", 400)
        found[0].body, found[0].document = told["body"], told["document"]
        found[0].edited_at = issue.updated = self.sim.now
        return Answer(body=Rows(self.sim).comment(found[0], version))

    def edit(self, request: Request, version: str, key: str) -> Answer:
        del version
        issue, who = self._issue(key), self.caller(request)
        if issue is None:
            return refused(NOT_SEEN, 404)
        fields = request.json().get("fields", {})
        if who is None or "EDIT_ISSUES" not in who.rights or not set(fields) <= set(DATES):
            names = dict.fromkeys(fields, "Field cannot be set. It is not on the edit screen.")
            return Answer(status=400, body={"errorMessages": [], "errors": names})
        days: dict[str, Any] = {DATES[name]: _day(value) for name, value in fields.items()}
        self.sim.edit(issue.key, by=who.user, **days)
        return Answer(status=204)

    def version(self, request: Request, version: str, number: str) -> Answer:
        del request, version
        found = self._version(number)
        if found is None:
            return refused(f"Could not find version for id '{number}'", 404)
        return Answer(body=self._row(found))

    def edit_version(self, request: Request, version: str, number: str) -> Answer:
        del version
        found, who = self._version(number), self.caller(request)
        if found is None:
            return refused(f"Could not find version for id '{number}'", 404)
        if who is None or "ADMINISTER_PROJECTS" not in who.rights:
            return refused("You must have project administration rights.", 403)
        self.sim.edit_version(number, release=_day(request.json().get("releaseDate")))
        return Answer(body=self._row(found))

    def _row(self, found: Version) -> dict[str, Any]:
        project = int(self.sim.project_id(found.project))
        return version_row(self.sim.url, found) | {"projectId": project}

    def _version(self, number: str) -> Version | None:
        found = self.sim.versions.get(number)
        return None if found is None or found.project in self.sim.hidden else found

    def _issue(self, key: str) -> Issue | None:
        try:
            issue = self.sim.issue(key)
        except KeyError:
            return None
        return None if self.sim.is_hidden(issue) else issue


def refused(message: str, status: int) -> Answer:
    """An answer in Jira's own form of words."""
    return Answer(status=status, body={"errorMessages": [message], "errors": {}})


def _body(request: Request, version: str) -> dict[str, Any] | None:
    """Text and document of a posted comment; None for what is neither."""
    told = request.json().get("body")
    if version == "2":
        return {"body": told, "document": None} if isinstance(told, str) and told else None
    if not isinstance(told, dict) or (told.get("type"), told.get("version")) != ("doc", 1):
        return None
    lines = ["".join(node.get("text", "") for node in block.get("content", ()))
             for block in told.get("content", ())]  # fmt: skip
    return {"body": "\n\n".join(map(_as_wiki, lines)), "document": told}


def _as_wiki(line: str) -> str:
    """How v2 tells what v3 was given: characters that mean something there are escaped."""
    return re.sub(r"([{}\[\]*_^~|!\\])", r"\\\1", line)


def _day(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else None
