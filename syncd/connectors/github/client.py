"""The only file that imports PyGithub: signs in, sends, and gives plain JSON and headers.

Every request goes through PyGithub's own requester (sign-in, token refresh of Apps), whose
connections are guarded by `connectors/http.py`; the answers are judged by `connectors/answers.py`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import github
import jwt
import requests
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
    RequestsResponse,
)

from syncd.connectors.answers import classify, decode, reset_at
from syncd.connectors.github.budgets import Budgets
from syncd.connectors.github.graphql_answers import GraphQLUnusable, read_data
from syncd.connectors.github.rows import inner, native_id
from syncd.connectors.github.settings import OWNERS, READ, Settings
from syncd.connectors.http import Limits, guard, origin
from syncd.errors import AuthError, CursorExpired, NotVisible, SourceError, TooLarge, Unavailable
from syncd.errors import UnexpectedAnswer as Unexpected
from syncd.retrying import retrying

BUDGET = 120.0
"""Seconds that the waits between the tries of one request may take together."""

REDIRECTS = 5
VERSION = "2022-11-28"

_injecting = threading.Lock()
_MOVED = "x-moved-to"
"""Our own name of a header: where an answer came from after a redirect."""

# At DEBUG it writes whole answers, an App's fresh token among them.
logging.getLogger("github").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """A judged answer: its JSON value and its headers, names in lower case."""

    body: Any
    headers: Mapping[str, str]
    unchanged: bool = False
    """The host says that it is what the caller's ETag stands for; `body` is None."""

    @property
    def moved(self) -> bool:
        """It came from another address than was asked."""
        return _MOVED in self.headers


class Fate(StrEnum):
    """What became of one issue, by GitHub's own answer about it."""

    THERE = "there"
    """With the id that it had."""
    GONE = "gone"
    """Deleted (410), or transferred to another repository (301)."""
    HIDDEN = "hidden"
    """Refused to us (403, 451)."""
    UNKNOWN = "unknown"
    """404: no issue, or no right, GitHub does not tell which; or another one has its number."""


class TooMuch(Exception):
    """A query for several things failed, fewer may be answered; never leaves the connector."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What is asked; `where` says for people what is read."""

    path: str
    where: str
    verb: str = "GET"
    query: Mapping[str, Any] | None = None
    body: Any = None
    etag: str = ""


class GitHubClient:
    """One host, one credential, one thread. Raises `SourceError` classes only.

    `stop` ends a wait between two tries.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        stop: threading.Event,
        *,
        limits: Limits | None = None,
        meter: Budgets | None = None,
    ) -> None:
        self.name, self.settings, self.stop = name, settings, stop
        self.meter = meter or Budgets()
        self.retry = retrying(BUDGET, stop=stop)
        """Runs every request; tests put one in its place that does not sleep."""
        self._limits = limits
        self._rights = (*settings.rights, OWNERS)
        """What an App's token is asked for; a right that the App lacks refuses all of them."""
        self._requester = self._signed_in(self._auth())

    def get(
        self, path: str, query: Mapping[str, Any] | None = None, *, where: str, etag: str = ""
    ) -> Answer:
        """Read `path` (such as `/rate_limit`); `where` says for people what is read.

        With the `etag` of an earlier answer the host may say that nothing changed, which is free
        of the rate limit.
        """
        return self.retry(self._send, _Request(path=path, where=where, query=query, etag=etag))

    def write(self, verb: str, path: str, body: Mapping[str, Any], *, where: str) -> Answer:
        """Change something, tried once: what failed may have happened, so look before repeating."""
        return self._send(_Request(path=path, where=where, verb=verb, body=dict(body)))

    def installation(self) -> Mapping[str, Any]:
        """The App's installation as the App itself sees it, with all `permissions` it was given."""
        own, self._requester = self._requester, self._signed_in(self._app())
        try:
            path = f"/app/installations/{self.settings.installation_id}"
            answer = self.get(path, where=f"the installation of GitHub App {self.settings.app_id}")
        finally:
            self._requester.close()
            self._requester = own
        return inner(answer.body)

    def fate(self, path: str, held: str, *, where: str) -> Fate:
        """What became of the issue or pull request that is `held` by this id and was at `path`."""
        return self.retry(self._fate, _Request(path=path, where=where), held)

    def query(
        self,
        text: str,
        variables: Mapping[str, Any],
        *,
        where: str,
        parts: int = 1,
        whole: bool = False,
    ) -> Mapping[str, Any]:
        """`data` of a GraphQL answer, nulls where parts of it can't be seen.

        An answer of which a part failed is a failed one where it is to be `whole`. Raises
        `GraphQLUnusable` if the host can't answer this query at all, and `TooMuch` if it asks for
        several `parts` and failed: that is then not tried again as it is.
        """
        return self.retry(self._query, text, variables, where, parts, whole)

    def close(self) -> None:
        """Give back the connections; a wait that is going on ends."""
        self.stop.set()
        self._requester.close()

    def _query(
        self, text: str, variables: Mapping[str, Any], where: str, parts: int, whole: bool
    ) -> Mapping[str, Any]:
        body = {"query": text, "variables": dict(variables)}
        url = self._requester.graphql_url
        try:
            answer = self._send(_Request(path=url, where=where, verb="POST", body=body))
            self._note_points(answer.body)
            return read_data(
                answer.body, answer.headers, source=self.name, where=where, whole=whole
            )
        except NotVisible as error:
            raise GraphQLUnusable(str(error), is_refusal=error.status == 403) from None
        except (Unavailable, TooLarge) as error:
            if parts > 1:
                raise TooMuch(str(error)) from None
            raise

    def _note_points(self, body: Any) -> None:
        left = inner(body, "data", "rateLimit")
        remaining, limit = left.get("remaining"), left.get("limit")
        if isinstance(remaining, int) and isinstance(limit, int):
            self.meter.note("graphql", remaining, limit, reset_at(str(left.get("resetAt") or "")))

    def _fate(self, request: _Request, held: str) -> Fate:
        status, headers, raw = self._exchange(request)
        if _MOVED in headers:
            return Fate.GONE
        if status == 410:
            return Fate.HIDDEN if b"disabled" in raw else Fate.GONE
        if status == 451:
            return Fate.HIDDEN
        failure = classify(status, headers, raw, source=self.name, where=request.where)
        if failure is None:
            body = decode(raw, source=self.name, where=request.where)
            is_same = native_id(inner(body), "id") == held
            return Fate.THERE if is_same else Fate.UNKNOWN
        if isinstance(failure, NotVisible):
            return Fate.HIDDEN if status == 403 else Fate.UNKNOWN
        raise self._in_our_words(failure, headers, request.where)

    def _send(self, request: _Request) -> Answer:
        status, headers, raw = self._exchange(request)
        failure = classify(status, headers, raw, source=self.name, where=request.where)
        if failure is not None:
            raise self._in_our_words(failure, headers, request.where)
        if status == 304:
            return Answer(None, headers, unchanged=True)
        return Answer(decode(raw, source=self.name, where=request.where), headers)

    def _exchange(self, request: _Request) -> tuple[int, Mapping[str, str], bytes]:
        where = request.where
        try:
            status, headers, text = self._requester.requestJson(
                request.verb,
                request.path,
                parameters=dict(request.query or {}),
                headers={"If-None-Match": request.etag} if request.etag else {},
                input=request.body,
            )
        except SourceError as error:
            error.source = self.name
            raise
        except github.GithubException as error:
            # Only the exchange of an App's key for a token raises here: answers come back raw.
            if error.status != 422 or self._rights == READ:
                raise self._no_token(error) from None
            return self._with_fewer_rights(request)
        except requests.TooManyRedirects:
            raise Unexpected(f"{where}: redirected in circles", source=self.name) from None
        except requests.RequestException as error:
            raise Unavailable(f"{where}: {type(error).__name__}", source=self.name) from None
        except (AssertionError, RuntimeError) as error:
            raise Unexpected(f"{where}: refused by PyGithub: {error}", source=self.name) from None
        except jwt.PyJWTError:
            raise self._bad_key() from None
        except (ValueError, OverflowError):
            said = f"{where}: an address or a header of the answer can't be read"
            raise Unexpected(said, source=self.name) from None
        return status, headers, text.encode()

    def _with_fewer_rights(self, request: _Request) -> tuple[int, Mapping[str, str], bytes]:
        """The exchange once more, with the next smaller set of rights."""
        smaller = self.settings.rights
        self._rights = READ if self._rights == smaller else smaller
        self._requester.close()
        self._requester = self._signed_in(self._auth())
        return self._exchange(request)

    def _in_our_words(
        self, failure: SourceError, headers: Mapping[str, str], where: str
    ) -> SourceError:
        if headers.get("x-github-sso", "").startswith("required"):
            failure.hint = "authorise the token for the organisation's single sign-on"
        elif isinstance(failure, AuthError):
            failure.hint = f"make a new token at {self.renewal}, then: syncd doctor {self.name}"
        elif isinstance(failure, CursorExpired):
            # GitHub says 410 of what was deleted or switched off, never of a position.
            return NotVisible(
                f"{where}: gone (410); deleted, or issues are switched off in this repository",
                source=self.name,
                hint="switch issues on in the repository's settings, or take it out of "
                f"sources.{self.name}.repos",
            )
        return failure

    @property
    def renewal(self) -> str:
        """Page on which a new credential is made."""
        page = "personal-access-tokens" if self.settings.token is not None else "apps"
        return f"{web(self.settings.url)}/settings/{page}"

    def _no_token(self, error: github.GithubException) -> SourceError:
        where = f"the token of GitHub App {self.settings.app_id}"
        headers = error.headers or {}
        body = str(error.message or "").encode()
        found = classify(error.status, headers, body, source=self.name, where=where)
        if found is None or isinstance(found, NotVisible):
            found = AuthError(
                f"{where} was not given ({error.status})",
                source=self.name,
                hint="check app_id, private_key and installation_id, and that it is installed",
            )
        return found

    def _bad_key(self) -> SourceError:
        return AuthError(
            f"the private key of GitHub App {self.settings.app_id} can't be used",
            source=self.name,
            hint=f"sources.{self.name}.private_key must be the PEM file that GitHub made",
        )

    def _signed_in(self, auth: github.Auth.Auth) -> Requester:
        plain, secure = self._connections(self._limits)
        # PyGithub takes other connections only through its class: put back at once, under a lock.
        with _injecting:
            Requester.injectConnectionClasses(plain, secure)
            try:
                return github.Github(
                    auth=auth,
                    base_url=self.settings.url,
                    user_agent="syncd",
                    per_page=self.settings.per_page,
                    timeout=30,
                    retry=None,
                    lazy=True,
                    seconds_between_requests=0,
                    seconds_between_writes=0,
                    api_version=VERSION,
                ).requester
            finally:
                Requester.resetConnectionClasses()

    def _auth(self) -> github.Auth.Auth:
        if self.settings.token is not None:
            return github.Auth.Token(self.settings.token.get_secret_value().strip())
        return self._app().get_installation_auth(
            self.settings.installation_id or 0, token_permissions=dict(self._rights)
        )

    def _app(self) -> github.Auth.AppAuth:
        settings = self.settings
        if settings.app_id is None or settings.private_key is None:
            raise AuthError("no credential is configured", source=self.name)
        return github.Auth.AppAuth(settings.app_id, settings.private_key.get_secret_value())

    def _connections(
        self, limits: Limits | None
    ) -> tuple[type[HTTPRequestsConnectionClass], type[HTTPSRequestsConnectionClass]]:
        name, meter, own = self.name, self.meter, origin(self.settings.url)

        class Plain(HTTPRequestsConnectionClass):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                guard(self.session, source=name, limits=limits, origins=(own,), meter=meter)
                self.session.max_redirects = REDIRECTS

            def getresponse(self) -> RequestsResponse:
                return _answered(self)

        class Secure(HTTPSRequestsConnectionClass):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                guard(self.session, source=name, limits=limits, origins=(own,), meter=meter)
                self.session.max_redirects = REDIRECTS

            def getresponse(self) -> RequestsResponse:
                return _answered(self)

        return Plain, Secure


def _answered(
    connection: HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass,
) -> RequestsResponse:
    """Send what `request()` noted. A redirected read keeps its query, which PyGithub would drop."""
    response = connection.session.request(
        connection.verb,
        f"{connection.protocol}://{connection.host}:{connection.port}{connection.url}",
        headers=connection.headers,
        data=connection.input,
        allow_redirects=connection.verb == "GET",
    )
    if response.status_code == 202:
        # PyGithub would sleep and ask again without end.
        raise Unavailable(f"{origin(response.url)} is still preparing its answer (202)")
    if response.history:
        response.headers[_MOVED] = urlsplit(response.url).path
    # Else requests guesses an encoding for JSON that names none, which takes seconds.
    response.encoding = "utf-8"
    return RequestsResponse(response)


def web(url: str) -> str:
    """Address of the web site that belongs to an API address."""
    where = urlsplit(url)
    host = where.netloc.removeprefix("api.") if where.path in ("", "/") else where.netloc
    return f"{where.scheme}://{host}"
