"""The only file that meets Google's libraries; gives the Calendar API's answers as plain dicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import google.auth.exceptions
import httplib2
import requests
from google.auth.credentials import TokenState
from google.auth.transport.requests import Request
from google.oauth2 import credentials as user
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.model import JsonModel

from syncd.connectors.answers import classify, decode
from syncd.connectors.google_calendar.settings import GoogleCalendarSettings, credential_parts
from syncd.connectors.http import Limits, Meter, guard
from syncd.errors import (
    AuthError,
    NotVisible,
    RateLimited,
    SourceError,
    Unavailable,
    UnexpectedAnswer,
)

SCOPE = "https://www.googleapis.com/auth/calendar.events.readonly"
"""The least right that reads events."""

TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 # an address, not a token

PAGE_SIZE = 1000

_OVER_QUOTA = (b"dailyLimitExceeded", b"LimitsExceeded")
"""Reasons of a 403 that mean "later", beside those that every provider uses."""

_TEST_MODE = (
    "renew the credential of source {0}; a consent given while the OAuth app is in test mode ends "
    "after 7 days: publish the app, or use a service account. A clock that is more than 5 minutes "
    "off gives the same answer"
)


class CalendarClient:
    """A signed-in reader of events. Not for sharing between threads. Raises `SourceError` only."""

    def __init__(
        self,
        source: str,
        settings: GoogleCalendarSettings,
        *,
        meter: Meter,
        limits: Limits | None = None,
    ) -> None:
        self.source = source
        credentials = _credentials(source, settings)
        self.account = _account(credentials)
        self._transport = _Transport(source, credentials, settings.url, meter, limits)
        service = build(
            "calendar",
            "v3",
            http=self._transport,
            client_options={"api_endpoint": f"{settings.url}/"},
            cache_discovery=False,
            model=_Model(self._transport),
        )
        # Made once: the library makes all its methods anew each time it is asked for them.
        self._events = service.events()

    def events(self, calendar: str, **query: Any) -> dict[str, Any]:
        """One page of `events.list`: series as their instances, cancelled events included.

        `query` adds parameters by the provider's names, or replaces these. `kind` and `items` are
        proven to be there. Raises `CursorExpired` for a sync token that is too old.
        """
        usual = {"singleEvents": True, "showDeleted": True, "maxResults": PAGE_SIZE}
        request = self._events.list(calendarId=calendar, **(usual | query))
        answer = self._ask(request, calendar)
        if answer.get("kind") != "calendar#events" or not isinstance(answer.get("items"), list):
            raise UnexpectedAnswer(
                f"the events of calendar {calendar}: an answer without its list of events",
                source=self.source,
                scope=calendar,
            )
        return answer

    def close(self) -> None:
        """Give back connections."""
        self._transport.close()

    def _ask(self, request: Any, calendar: str) -> dict[str, Any]:
        where = f"the events of calendar {calendar}"
        self._transport.where = where
        try:
            answer = request.execute(num_retries=0)
        except SourceError as error:
            error.scope = calendar
            raise self._explained(error) from None
        except google.auth.exceptions.GoogleAuthError as error:
            raise _refused(error, self.source, calendar) from None
        if not isinstance(answer, dict):
            raise UnexpectedAnswer(
                f"{where}: an answer that is not of the promised shape",
                source=self.source,
                scope=calendar,
            )
        return answer

    def _explained(self, error: SourceError) -> SourceError:
        if isinstance(error, NotVisible):
            error.hint = (
                f"share the calendar with {self.account} (Settings and sharing, Share with "
                "specific people: See all event details), or correct its id in "
                f"sources.{self.source}"
            )
        return error


class _Transport:
    """What `build(http=…)` needs, over a guarded `requests` session and one set of credentials."""

    def __init__(
        self, source: str, credentials: Any, url: str, meter: Meter, limits: Limits | None
    ) -> None:
        self.source = source
        self.where = "Google Calendar"
        self.credentials = credentials
        self.session = requests.Session()
        origins = (url, _token_uri(credentials))
        guard(self.session, source=source, limits=limits, origins=origins, meter=meter)
        self.sign_in = _SignIn(source, Request(self.session))

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> tuple[httplib2.Response, bytes]:
        """Send with a token; a refused one is renewed once. Raises `SourceError` above 299."""
        answer = self._send(uri, method, body, headers)
        if answer.status_code == 401:
            self.credentials.refresh(self.sign_in)
            answer = self._send(uri, method, body, headers)
        error = self._judge(answer)
        if error is not None:
            raise error
        found = httplib2.Response({name.lower(): value for name, value in answer.headers.items()})
        found.status, found.reason = answer.status_code, answer.reason
        return found, answer.content

    def close(self) -> None:
        """Give back connections."""
        self.session.close()

    def _send(
        self, uri: str, method: str, body: Any, headers: Mapping[str, str] | None
    ) -> requests.Response:
        signed = dict(headers or {})
        # Not before_request(): it also asks another Google host, in a thread and with the token.
        if self.credentials.token_state is not TokenState.FRESH:
            self.credentials.refresh(self.sign_in)
        self.credentials.apply(signed)
        return self.session.request(method, uri, data=body, headers=signed, allow_redirects=False)

    def _judge(self, answer: requests.Response) -> SourceError | None:
        error = classify(
            answer.status_code,
            answer.headers,
            answer.content,
            source=self.source,
            where=self.where,
        )
        if isinstance(error, NotVisible) and any(
            reason in answer.content for reason in _OVER_QUOTA
        ):
            return RateLimited(f"{self.where}: quota used up (403)", source=self.source)
        return error


class _SignIn:
    """What google-auth asks for tokens with: answers that are none are told apart before it.

    It takes any JSON with status 200 for a token, and sleeps over a 5xx on its own.
    """

    where = "Google's sign-in"

    def __init__(self, source: str, send: Request) -> None:
        self.source, self.send = source, send

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """As google-auth asks of a transport. Raises `SourceError`."""
        answer = self.send(*args, **kwargs)
        if answer.status >= 500 or answer.status in (408, 429):
            error = classify(
                answer.status, answer.headers, answer.data, source=self.source, where=self.where
            )
            if error is not None:
                raise error
        if not isinstance(decode(answer.data, source=self.source, where=self.where), dict):
            raise UnexpectedAnswer(
                f"{self.where}: an answer that is not of the promised shape", source=self.source
            )
        return answer


class _Model(JsonModel):  # type: ignore[misc] # the library has no types
    """Refuses what is no JSON: the library's own model hands it on as if it were an answer."""

    def __init__(self, transport: _Transport) -> None:
        super().__init__()
        self.transport = transport

    def deserialize(self, content: bytes) -> Any:
        """The JSON value of a body. Raises `UnexpectedAnswer`."""
        return decode(content, source=self.transport.source, where=self.transport.where)


def _credentials(source: str, settings: GoogleCalendarSettings) -> Any:
    if settings.credentials is None:
        raise AuthError(
            f"source {source} has no credential",
            source=source,
            hint=f"put the JSON key into the secret sources__{source}__credentials",
        )
    key = credential_parts(settings.credentials)
    if key["type"] == "authorized_user":
        # Without scopes: asking for one that was not consented to is refused, a wider one is used.
        return user.Credentials(  # type: ignore[no-untyped-call]
            token=None,
            refresh_token=key["refresh_token"],
            token_uri=key.get("token_uri") or TOKEN_URI,
            client_id=key["client_id"],
            client_secret=key["client_secret"],
            account=key.get("account") or "",
        )
    try:
        return service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            key, scopes=[SCOPE], subject=settings.subject
        )
    except (ValueError, TypeError, google.auth.exceptions.GoogleAuthError):
        raise AuthError(
            f"the private key in the credential of source {source} can't be read",
            source=source,
            hint=f"put the whole key file into the secret sources__{source}__credentials",
        ) from None


def _token_uri(credentials: Any) -> str:
    return str(getattr(credentials, "token_uri", None) or credentials._token_uri)  # noqa: SLF001 # the service account keeps it to itself


def _account(credentials: Any) -> str:
    """Whom to share calendars with."""
    address = getattr(credentials, "service_account_email", "") or credentials.account
    return address or "the person who signed in"


def _refused(error: Exception, source: str, calendar: str) -> SourceError:
    """A sign-in that failed. Its text can hold the token endpoint's whole answer: not passed on."""
    where = {"source": source, "scope": calendar}
    if isinstance(error, google.auth.exceptions.TransportError) or getattr(
        error, "retryable", False
    ):
        return Unavailable("Google's sign-in server could not be reached", **where)
    if "unauthorized_client" in str(error):
        return AuthError(
            f"source {source}: the service account may not act for the configured subject",
            hint=f"in the Admin console allow it the scope {SCOPE}, or drop subject and share the "
            "calendars with it",
            **where,
        )
    reason = "invalid_grant" if "invalid_grant" in str(error) else "the credential was refused"
    return AuthError(
        f"source {source}: Google refused the sign-in ({reason})",
        hint=_TEST_MODE.format(source),
        **where,
    )
