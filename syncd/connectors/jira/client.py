"""The only file that imports jira: signs in, asks, and gives plain JSON."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from jira import JIRA, JIRAError

from syncd.connectors.answers import classify, decode
from syncd.connectors.http import Limits, Meter, guard
from syncd.connectors.jira.settings import JiraSettings
from syncd.connectors.jira.values import parse_instant
from syncd.errors import AuthError, CursorExpired, NotVisible, SourceError, UnexpectedAnswer
from syncd.retrying import retrying

BUDGET = 120.0
"""Seconds that the waits for one request may take together."""

AGILE = "{server}/rest/agile/1.0/{path}"
REST = "{server}/rest/api/2/{path}"


@dataclass(slots=True)
class Deployment:
    """Which Jira the clients of one source talk to, once it is known."""

    cloud: bool | None = None


class JiraClient:
    """One site, one credential, one thread. Every method raises `SourceError` classes only.

    `stop` ends a wait between two tries.
    """

    def __init__(
        self,
        source: str,
        settings: JiraSettings,
        stop: threading.Event,
        *,
        limits: Limits | None = None,
        deployment: Deployment | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.source, self.settings, self.stop = source, settings, stop
        self.deployment = deployment or Deployment()
        """Shared by the clients of one source."""
        self.meter = meter or Meter()
        """Shared like the deployment: one budget and one clock."""
        self.retry = retrying(BUDGET, stop=stop)
        """Runs every request; tests put one in its place that does not sleep."""
        token = settings.token.get_secret_value()
        self._jira = JIRA(
            server=settings.url,
            basic_auth=(settings.user, token) if settings.user else None,
            token_auth=None if settings.user else token,
            get_server_info=False,
            max_retries=0,
        )
        self._session: requests.Session = self._jira._session  # noqa: SLF001 # pages are read raw
        guard(
            self._session, source=source, limits=limits, origins=(settings.url,), meter=self.meter
        )
        self._session.hooks["response"].append(self._refuse_anonymous)
        self.is_named = True
        """Every answer since `myself` names the account that it was given to."""

    def close(self) -> None:
        """Give back the connections; a wait that is going on ends."""
        self.stop.set()
        self._session.close()

    @property
    def is_cloud(self) -> bool:
        """Whether the site is Jira Cloud: configured or known, else asked once."""
        if self.deployment.cloud is None:
            kind = self.settings.deployment
            if kind == "auto":
                kind = "cloud" if self.server_info().get("deploymentType") == "Cloud" else "server"
            self.deployment.cloud = kind == "cloud"
        return self.deployment.cloud

    def server_info(self) -> Mapping[str, Any]:
        """Version, kind and base address; answered to anybody, so it proves no credential."""
        return self.table(self.get("serverInfo", "the server information"), "serverInfo")

    def server_time(self) -> datetime:
        """The provider's time of its newest answer, aware UTC; one is asked for if there is none.

        Raises `UnexpectedAnswer` where the site tells no time.
        """
        told = self.meter.date or parse_instant(self.server_info().get("serverTime"))
        if told is None:
            raise UnexpectedAnswer("the answers carry no time (header Date)", source=self.source)
        return self.meter.date or told

    def myself(self) -> Mapping[str, Any]:
        """The account we are signed in as. Raises `AuthError` where the answer is nobody's."""
        answer = self.table(self.get("myself", "who we are signed in as"), "myself")
        if not any(answer.get(name) for name in ("accountId", "key", "name")):
            raise AuthError(
                "signed in as nobody: the token is not taken",
                source=self.source,
                hint=f"renew the token of source {self.source}",
            )
        self.is_named = True
        return answer

    def fields(self) -> Sequence[Any]:
        """All fields of the site."""
        return self.listed(self.get("field", "the fields of the site"), "field")

    def statuses(self) -> Sequence[Any]:
        """All statuses with their categories."""
        return self.listed(self.get("status", "the statuses of the site"), "status")

    def project(self, key: str) -> Mapping[str, Any]:
        """A project by its key, with its versions. Raises `NotVisible`."""
        return self.table(self.get(f"project/{key}", f"project {key}", scope=key), "project")

    def versions(self, key: str) -> Sequence[Any]:
        """All versions of a project, where its own answer lacks them."""
        answer = self.get(f"project/{key}/versions", f"the versions of {key}", scope=key)
        return self.listed(answer, "versions")

    def sprint(self, native_id: str) -> Mapping[str, Any]:
        """A sprint by its id. Raises `NotVisible` and `UnexpectedAnswer`, as all about boards."""
        return self._agile(f"sprint/{native_id}", f"sprint {native_id}")

    def board(self, native_id: str) -> Mapping[str, Any]:
        """A board by its id."""
        return self._agile(f"board/{native_id}", f"board {native_id}")

    def board_projects(self, native_id: str) -> Sequence[Any]:
        """Projects that a board shows."""
        where = f"the projects of board {native_id}"
        return self.listed(self._agile(f"board/{native_id}/project", where).get("values"), where)

    def scrum_boards(self, project: str) -> Sequence[Any]:
        """The first board with sprints of a project; () where it has none."""
        where = f"the boards of {project}"
        params = {"projectKeyOrId": project, "type": "scrum", "maxResults": 1}
        return self.listed(self._agile("board", where, params).get("values"), where)

    def _agile(
        self, path: str, where: str, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        return self.table(self.get(path, where, params=params, base=AGILE), where)

    def issue(self, native_id: str, fields: Sequence[str], scope: str) -> dict[str, Any] | None:
        """An issue by its id, wherever it was moved, with its change log (Data Center).

        None where it is gone or hidden; raises `NotVisible` where we are told that we may not.
        """
        params = {"fields": ",".join(fields), "expand": "changelog"}
        where = f"issue {native_id} of {scope}"
        try:
            return self.table(
                self.get(f"issue/{native_id}", where, params=params, scope=scope), where
            )
        except NotVisible as error:
            if error.status == 403:
                raise
            return None

    def rights(self, names: Sequence[str], project: str) -> Mapping[str, Any]:
        """Right → what Jira says of it for us in a project (`havePermission`, `name`)."""
        where = f"our rights in {project}"
        params = {"permissions": ",".join(names), "projectKey": project}
        answer = self.table(self.get("mypermissions", where, params=params, scope=project), where)
        return self.table(answer.get("permissions"), where)

    def count(self, jql: str) -> int | None:
        """About how many issues match (Cloud); None where the site does not tell."""
        try:
            answer = self.post("search/approximate-count", {"jql": jql}, "the number of issues")
        except (NotVisible, UnexpectedAnswer):
            return None
        number = answer.get("count") if isinstance(answer, dict) else None
        return number if isinstance(number, int) else None

    def get(
        self,
        path: str,
        where: str,
        *,
        params: Mapping[str, Any] | None = None,
        scope: str = "",
        base: str = REST,
    ) -> Any:
        """The JSON of one address; `where` says for people what was asked."""
        url = base.format(server=self.settings.url, path=path)
        try:
            return self._ask(
                lambda: self._session.get(url, params=dict(params or {})), where, scope
            )
        except AuthError as error:
            if base != AGILE:
                raise
            # A scoped token may lack boards only: the credential ended where this fails as well.
            self.myself()
            raise _without_boards(error) from None

    def post(self, path: str, body: Mapping[str, Any], where: str, *, scope: str = "") -> Any:
        """The JSON of a query that is sent as a body; it changes nothing, so it may be repeated."""
        url = REST.format(server=self.settings.url, path=path)
        return self._ask(lambda: self._session.post(url, data=json.dumps(body)), where, scope)

    def write(
        self, verb: str, path: str, body: Mapping[str, Any], where: str, *, scope: str = ""
    ) -> Any:
        """Change something, tried once: what failed may have happened, so look before repeating.

        `path` begins with the number of the API, as `3/issue/10001/comment`. {} for no answer.
        """
        url = f"{self.settings.url}/rest/api/{path}"
        return self._once(
            lambda: self._session.request(verb, url, data=json.dumps(body)), where, scope
        )

    def _ask(self, send: Any, where: str, scope: str) -> Any:
        return self.retry(self._once, send, where, scope)

    def _once(self, send: Any, where: str, scope: str) -> Any:
        try:
            response: requests.Response = send()
        except JIRAError as error:
            # The library's error holds the request, and with it the Authorization header.
            raise self._judged(error, where, scope) from None
        except SourceError as error:
            error.scope = error.scope or scope
            raise
        if response.status_code == 204:
            return {}
        return decode(response.content, source=self.source, where=where)

    def _judged(self, error: JIRAError, where: str, scope: str) -> SourceError:
        response = error.response
        headers, body = (response.headers, response.content) if response is not None else ({}, b"")
        judged = classify(
            error.status_code or 0, headers, body, source=self.source, where=where, scope=scope
        )
        if isinstance(judged, CursorExpired):
            # Jira keeps no position for us: 410 is an address that was taken out of service.
            return UnexpectedAnswer(
                f"{where}: this Jira has no such service any more (410)",
                source=self.source,
                scope=scope,
                hint=f"check sources.{self.source}.deployment; is there a newer syncd?",
            )
        if isinstance(judged, AuthError) and self.settings.user:
            judged.hint += "; a scoped token needs url = https://api.atlassian.com/ex/jira/CLOUD-ID"
        judged = judged or UnexpectedAnswer(
            f"{where}: the answer can't be used", source=self.source, scope=scope
        )
        judged.status = error.status_code or 0
        return judged

    def _refuse_anonymous(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """A bad credential can be answered like an anonymous caller: 200 and an empty list."""
        told = response.headers.get("X-Seraph-LoginReason", "")
        reasons = {each.strip() for each in told.split(",") if each.strip()} - {"OK"}
        # Cloud tells an account id, Data Center a user name, which strangers have as well.
        name = response.headers.get("X-AACCOUNTID") or response.headers.get("X-AUSERNAME", "")
        if name == "anonymous":
            reasons.add("X-AUSERNAME")
        if response.ok and reasons:
            raise AuthError(
                f"the answer was given to an anonymous caller ({', '.join(sorted(reasons))})",
                source=self.source,
                hint=f"renew the token of source {self.source}",
            )
        self.is_named = self.is_named and bool(name)

    def table(self, answer: Any, where: str) -> dict[str, Any]:
        """The answer, which must be an object. Raises `UnexpectedAnswer`."""
        if not isinstance(answer, dict):
            raise UnexpectedAnswer(f"{where}: the answer is not an object", source=self.source)
        return answer

    def listed(self, answer: Any, where: str) -> Sequence[Any]:
        """The answer, which must be a list. Raises `UnexpectedAnswer`."""
        if not isinstance(answer, list):
            raise UnexpectedAnswer(f"{where}: the answer is not a list", source=self.source)
        return answer


def _without_boards(error: AuthError) -> NotVisible:
    refused = NotVisible(
        str(error),
        source=error.source,
        scope=error.scope,
        hint=f"syncd doctor {error.source} says which right is missing for boards and sprints",
    )
    refused.status = 401
    return refused
