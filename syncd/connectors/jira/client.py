"""The only file that imports jira: signs in, asks, pages, and gives plain JSON."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import requests
from jira import JIRA, JIRAError

from syncd.connectors.answers import classify, decode
from syncd.connectors.http import Limits, Meter, guard
from syncd.connectors.jira.settings import JiraSettings
from syncd.errors import (
    AuthError,
    CursorExpired,
    NotVisible,
    SourceError,
    UnexpectedAnswer,
)
from syncd.retrying import retrying

BUDGET = 120.0
"""Seconds that the waits for one request may take together."""
LONGEST_PAGING = 100_000
"""Pages of one listing; more is a server that goes round in circles."""
CHANGELOG_BATCH = 1000
COMMENT_BATCH = 100

_AGILE = "{server}/rest/agile/1.0/{path}"
_REST = "{server}/rest/api/2/{path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """Issues of one answer, raw; `total` is the server's own count, None where it has none."""

    issues: Sequence[Any]
    total: int | None = None


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
    ) -> None:
        self.source, self.settings, self.stop = source, settings, stop
        self.meter = Meter()
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
            self._session,
            source=source,
            limits=limits,
            origins=(settings.url,),
            meter=self.meter,
        )
        self._session.hooks["response"].append(self._refuse_anonymous)
        self._cloud: bool | None = None

    def close(self) -> None:
        """Give back the connections; a wait that is going on ends."""
        self.stop.set()
        self._session.close()

    @property
    def is_cloud(self) -> bool:
        """Whether the site is Jira Cloud: configured, else asked once."""
        if self._cloud is None:
            kind = self.settings.deployment
            if kind == "auto":
                kind = "cloud" if self.server_info().get("deploymentType") == "Cloud" else "server"
            self._cloud = kind == "cloud"
            # Without it the library's own Cloud methods answer None.
            self._jira.deploymentType = "Cloud" if self._cloud else "Server"
        return self._cloud

    def server_info(self) -> Mapping[str, Any]:
        """Version, kind and base address; answered to anybody, so it proves no credential."""
        return self._table(self.get("serverInfo", "the server information"), "serverInfo")

    def myself(self) -> Mapping[str, Any]:
        """The account we are signed in as. Raises `AuthError` where the answer is nobody's."""
        answer = self._table(self.get("myself", "who we are signed in as"), "myself")
        if not any(answer.get(name) for name in ("accountId", "key", "name")):
            raise AuthError(
                "signed in as nobody: the token is not taken",
                source=self.source,
                hint=f"renew the token of source {self.source}",
            )
        return answer

    def fields(self) -> Sequence[Any]:
        """All fields of the site."""
        return self._list(self.get("field", "the fields of the site"), "field")

    def statuses(self) -> Sequence[Any]:
        """All statuses with their categories."""
        return self._list(self.get("status", "the statuses of the site"), "status")

    def project(self, key: str) -> Mapping[str, Any]:
        """A project by its key. Raises `NotVisible`."""
        return self._table(self.get(f"project/{key}", f"project {key}", scope=key), "project")

    def versions(self, key: str) -> Sequence[Any]:
        """All versions of a project."""
        answer = self.get(f"project/{key}/versions", f"the versions of {key}", scope=key)
        return self._list(answer, "versions")

    def sprint(self, native_id: str) -> dict[str, Any] | None:
        """A sprint by its id; None where it is gone or the site has no boards."""
        try:
            answer = self.get(f"sprint/{native_id}", f"sprint {native_id}", base=_AGILE)
        except (NotVisible, UnexpectedAnswer):
            return None
        return self._table(answer, "sprint")

    def count(self, jql: str) -> int | None:
        """About how many issues match (Cloud); None where the site does not tell."""
        try:
            answer = self.post("search/approximate-count", {"jql": jql}, "the number of issues")
        except (NotVisible, UnexpectedAnswer):
            return None
        number = answer.get("count") if isinstance(answer, dict) else None
        return number if isinstance(number, int) else None

    def search(self, jql: str, fields: Sequence[str], scope: str) -> Iterator[SearchPage]:
        """Pages of issues; those of Data Center hold their change logs."""
        return (
            self._by_token(jql, fields, scope)
            if self.is_cloud
            else self._by_row(jql, fields, scope)
        )

    def _by_token(self, jql: str, fields: Sequence[str], scope: str) -> Iterator[SearchPage]:
        token: str | None = None
        seen: set[str] = set()
        for _ in range(LONGEST_PAGING):
            body = {"jql": jql, "fields": list(fields), "maxResults": self.settings.page_size}
            answer = self._page(
                "search/jql", body | ({"nextPageToken": token} if token else {}), scope
            )
            yield SearchPage(issues=answer["issues"])
            token = self._next(answer, scope)
            if not token or answer.get("isLast") is True:
                return
            if token in seen:
                raise self._circle(scope)
            seen.add(token)
        raise self._circle(scope)

    def _by_row(self, jql: str, fields: Sequence[str], scope: str) -> Iterator[SearchPage]:
        start = 0
        for _ in range(LONGEST_PAGING):
            body = {
                "jql": jql,
                "fields": list(fields),
                "expand": ["changelog"],
                "startAt": start,
                "maxResults": self.settings.page_size,
            }
            answer = self._page("search", body, scope)
            total, size = answer.get("total"), answer.get("maxResults")
            if not isinstance(total, int) or not isinstance(size, int) or size < 1:
                raise UnexpectedAnswer(
                    f"the issues of {scope}: the answer lacks total or maxResults",
                    source=self.source,
                    scope=scope,
                )
            yield SearchPage(issues=answer["issues"], total=total)
            # By the page's own size, not by its rows: a page may lack rows that we may not see.
            start += size
            if start >= total:
                return
        raise self._circle(scope)

    def _page(self, path: str, body: Mapping[str, Any], scope: str) -> Mapping[str, Any]:
        answer = self.post(path, body, f"the issues of {scope}", scope=scope)
        if not isinstance(answer, dict) or not isinstance(answer.get("issues"), list):
            raise UnexpectedAnswer(
                f"the issues of {scope}: the answer has no list of issues",
                source=self.source,
                scope=scope,
            )
        return answer

    def _next(self, answer: Mapping[str, Any], scope: str) -> str | None:
        token = answer.get("nextPageToken")
        if token is not None and not isinstance(token, str):
            raise UnexpectedAnswer(
                f"the issues of {scope}: the token of the next page is not a text",
                source=self.source,
                scope=scope,
            )
        return token

    def _circle(self, scope: str) -> UnexpectedAnswer:
        return UnexpectedAnswer(
            f"the issues of {scope}: the pages never end", source=self.source, scope=scope
        )

    def changelogs(self, ids: Sequence[str], scope: str) -> dict[str, list[Any]]:
        """Issue id → its whole change log (Cloud), in bulk where the site can do that."""
        if not ids:
            return {}
        try:
            return self._bulk_changelogs(ids, scope)
        except (NotVisible, UnexpectedAnswer):
            return {native_id: self._changelog(native_id, scope) for native_id in ids}

    def _bulk_changelogs(self, ids: Sequence[str], scope: str) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {native_id: [] for native_id in ids}
        token: str | None = None
        seen: set[str] = set()
        while True:
            body: dict[str, Any] = {"issueIdsOrKeys": list(ids), "maxResults": CHANGELOG_BATCH}
            body |= {"nextPageToken": token} if token else {}
            where = f"the change logs of {scope}"
            answer = self._table(self.post("changelog/bulkfetch", body, where, scope=scope), where)
            for log in self._list(answer.get("issueChangeLogs"), where):
                entries = self._list(self._table(log, where).get("changeHistories"), where)
                found.setdefault(str(log.get("issueId")), []).extend(entries)
            token = self._next(answer, scope)
            if not token:
                return found
            if token in seen:
                raise self._circle(scope)
            seen.add(token)

    def _changelog(self, native_id: str, scope: str) -> list[Any]:
        where = f"the change log of issue {native_id} of {scope}"
        return self._rows(f"issue/{native_id}/changelog", "values", where, scope)

    def comments(self, native_id: str, scope: str) -> list[Any]:
        """All comments of an issue."""
        where = f"the comments of issue {native_id} of {scope}"
        return self._rows(f"issue/{native_id}/comment", "comments", where, scope)

    def _rows(self, path: str, name: str, where: str, scope: str) -> list[Any]:
        found: list[Any] = []
        for _ in range(LONGEST_PAGING):
            params = {"startAt": len(found), "maxResults": COMMENT_BATCH}
            answer = self._table(self.get(path, where, params=params, scope=scope), where)
            values = self._list(answer.get(name), where)
            found += values
            total = answer.get("total")
            if not values or not isinstance(total, int) or len(found) >= total:
                return found
        raise self._circle(scope)

    def get(
        self,
        path: str,
        where: str,
        *,
        params: Mapping[str, Any] | None = None,
        scope: str = "",
        base: str = _REST,
    ) -> Any:
        """The JSON of one address; `where` says for people what was asked."""
        url = base.format(server=self.settings.url, path=path)
        return self._ask(lambda: self._session.get(url, params=dict(params or {})), where, scope)

    def post(self, path: str, body: Mapping[str, Any], where: str, *, scope: str = "") -> Any:
        """The JSON of a query that is sent as a body; it changes nothing, so it may be repeated."""
        url = _REST.format(server=self.settings.url, path=path)
        return self._ask(lambda: self._session.post(url, data=json.dumps(body)), where, scope)

    def _ask(self, send: Any, where: str, scope: str) -> Any:
        def once() -> Any:
            try:
                response: requests.Response = send()
            except JIRAError as error:
                # The library's error holds the request, and with it the Authorization header.
                raise self._judged(error, where, scope) from None
            except SourceError as error:
                error.scope = error.scope or scope
                raise
            return decode(response.content, source=self.source, where=where)

        return self.retry(once)

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
        return judged or UnexpectedAnswer(
            f"{where}: the answer can't be used", source=self.source, scope=scope
        )

    def _refuse_anonymous(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """A bad credential can be answered like an anonymous caller: 200 and an empty list."""
        told = response.headers.get("X-Seraph-LoginReason", "")
        reasons = {each.strip() for each in told.split(",") if each.strip()}
        if response.ok and reasons - {"OK"}:
            raise AuthError(
                f"the answer was given to an anonymous caller ({', '.join(sorted(reasons))})",
                source=self.source,
                hint=f"renew the token of source {self.source}",
            )

    def _table(self, answer: Any, where: str) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise UnexpectedAnswer(f"{where}: the answer is not an object", source=self.source)
        return answer

    def _list(self, answer: Any, where: str) -> Sequence[Any]:
        if not isinstance(answer, list):
            raise UnexpectedAnswer(f"{where}: the answer is not a list", source=self.source)
        return answer
