"""The only file that imports PyGithub: signs in, sends, and gives plain JSON and headers.

Every request goes through PyGithub's own requester (sign-in, token refresh of Apps), whose
connections are guarded by `connectors/http.py`; the answers are judged by `connectors/answers.py`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
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

from syncd.connectors.answers import classify, decode
from syncd.connectors.github.settings import Settings
from syncd.connectors.http import Limits, Meter, guard, origin
from syncd.errors import AuthError, CursorExpired, NotVisible, RateLimited, SourceError, Unavailable
from syncd.errors import UnexpectedAnswer as Unexpected
from syncd.retrying import retrying

BUDGET = 120.0
"""Seconds that the waits between the tries of one request may take together."""

REDIRECTS = 5
VERSION = "2022-11-28"

_READ = {"issues": "read", "metadata": "read", "pull_requests": "read"}
_injecting = threading.Lock()

# At DEBUG it writes whole answers, an App's fresh token among them.
logging.getLogger("github").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """A judged answer: its JSON value and its headers, names in lower case."""

    body: Any
    headers: Mapping[str, str]


class GraphQLUnusable(Exception):
    """The host has no GraphQL, or not the fields asked for; never leaves the connector."""


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
    ) -> None:
        self.name, self.settings, self.stop = name, settings, stop
        self.meter = Meter()
        self.retry = retrying(BUDGET, stop=stop)
        """Runs every request; tests put one in its place that does not sleep."""
        self._requester = self._signed_in(limits)

    def get(self, path: str, query: Mapping[str, Any] | None = None, *, where: str) -> Answer:
        """Read `path` (such as `/rate_limit`); `where` says for people what is read."""
        return self.retry(self._send, "GET", path, query, None, where)

    def query(self, text: str, variables: Mapping[str, Any], *, where: str) -> Mapping[str, Any]:
        """`data` of a GraphQL answer, nulls where parts of it can't be seen.

        Raises `GraphQLUnusable` if the host can't answer this query at all.
        """
        return self.retry(self._query, text, variables, where)

    def close(self) -> None:
        """Give back the connections; a wait that is going on ends."""
        self.stop.set()
        self._requester.close()

    def _query(self, text: str, variables: Mapping[str, Any], where: str) -> Mapping[str, Any]:
        body = {"query": text, "variables": dict(variables)}
        try:
            answer = self._send("POST", self._requester.graphql_url, None, body, where)
        except NotVisible as error:
            raise GraphQLUnusable(str(error)) from None
        if not isinstance(answer.body, dict):
            raise Unexpected(f"{where}: GraphQL answered with a list", source=self.name)
        data, errors = answer.body.get("data"), answer.body.get("errors")
        kinds = {str(e.get("type")) for e in errors or () if isinstance(e, dict)}
        if "RATE_LIMITED" in kinds:
            raise self._rate_limited(answer, where)
        if isinstance(data, dict) and data.get("nodes", data.get("node")) is not None:
            return data
        if errors and kinds <= {"None"} and not _is_about_the_query(errors):
            raise Unavailable(f"{where}: GraphQL failed and said no reason", source=self.name)
        raise GraphQLUnusable(", ".join(sorted(kinds)))

    def _rate_limited(self, answer: Answer, where: str) -> SourceError:
        # Told with status 200; everything else is as with a 403 of a used-up budget.
        headers = {**answer.headers, "x-ratelimit-remaining": "0"}
        found = classify(403, headers, b"rate limit", source=self.name, where=where)
        return found or RateLimited(f"{where}: asked to wait", source=self.name)

    def _send(
        self, verb: str, path: str, query: Mapping[str, Any] | None, body: Any, where: str
    ) -> Answer:
        try:
            status, headers, text = self._requester.requestJson(
                verb, path, parameters=dict(query or {}), input=body
            )
        except SourceError as error:
            error.source = self.name
            raise
        except github.GithubException as error:
            # Only the exchange of an App's key for a token raises here: answers come back raw.
            raise self._no_token(error) from None
        except requests.TooManyRedirects:
            raise Unexpected(f"{where}: redirected in circles", source=self.name) from None
        except requests.RequestException as error:
            raise Unavailable(f"{where}: {type(error).__name__}", source=self.name) from None
        except (AssertionError, RuntimeError) as error:
            raise Unexpected(f"{where}: refused by PyGithub: {error}", source=self.name) from None
        except (jwt.PyJWTError, ValueError):
            raise self._bad_key() from None
        raw = text.encode()
        failure = classify(status, headers, raw, source=self.name, where=where)
        if failure is not None:
            raise self._in_our_words(failure, headers, where)
        return Answer(decode(raw, source=self.name, where=where), headers)

    def _in_our_words(
        self, failure: SourceError, headers: Mapping[str, str], where: str
    ) -> SourceError:
        if headers.get("x-github-sso", "").startswith("required"):
            failure.hint = "authorise the token for the organisation's single sign-on"
        elif isinstance(failure, AuthError):
            failure.hint = f"make a new token at {self.renewal}, then: syncd doctor {self.name}"
        elif isinstance(failure, CursorExpired):
            # GitHub says 410 of what was deleted or switched off, never of a position.
            return NotVisible(f"{where}: gone (410); deleted, or switched off", source=self.name)
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

    def _signed_in(self, limits: Limits | None) -> Requester:
        plain, secure = self._connections(limits)
        # PyGithub takes other connections only through its class: put back at once, under a lock.
        with _injecting:
            Requester.injectConnectionClasses(plain, secure)
            try:
                return github.Github(
                    auth=self._auth(),
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
        settings = self.settings
        if settings.token is not None:
            return github.Auth.Token(settings.token.get_secret_value().strip())
        if settings.app_id is None or settings.private_key is None:
            raise AuthError("no credential is configured", source=self.name)
        app = github.Auth.AppAuth(settings.app_id, settings.private_key.get_secret_value())
        return app.get_installation_auth(settings.installation_id or 0, token_permissions=_READ)

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
    # Else requests guesses an encoding for JSON that names none, which takes seconds.
    response.encoding = "utf-8"
    return RequestsResponse(response)


def _is_about_the_query(errors: Any) -> bool:
    """Whether the errors say that the host does not know a field, type or argument."""
    found = errors if isinstance(errors, list) else ()
    return any(isinstance(e, dict) and ("extensions" in e or "locations" in e) for e in found)


def web(url: str) -> str:
    """Address of the web site that belongs to an API address."""
    where = urlsplit(url)
    host = where.netloc.removeprefix("api.") if where.path in ("", "/") else where.netloc
    return f"{where.scheme}://{host}"
