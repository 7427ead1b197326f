"""The only file that meets Google's libraries; gives the Calendar API's answers as plain dicts."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import google.auth.exceptions
import httplib2
import requests
from google.auth.credentials import TokenState
from google.auth.transport.requests import Request
from google.oauth2 import credentials as user
from google.oauth2 import service_account

from syncd.connectors.answers import classify, decode, http_date
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
from syncd.redaction import SECRETS

with warnings.catch_warnings():
    # Else each command would say so from three months before the end of the Python that runs it.
    warnings.filterwarnings("ignore", "You are using a", FutureWarning)
    from googleapiclient.discovery import build
    from googleapiclient.model import JsonModel

READ_EVENTS = "https://www.googleapis.com/auth/calendar.events.readonly"
"""The least right that reads events."""

WRITE_EVENTS = "https://www.googleapis.com/auth/calendar.events"
"""What a note in an event needs; asked for by write-back only, with a credential of its own."""

READ_LIST = "https://www.googleapis.com/auth/calendar.calendarlist.readonly"
"""The least right that names the calendars; asked for only where they are to be discovered."""

TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 # an address, not a token

PAGE_SIZE = 1000

DAILY_WAIT = 3600
"""Seconds until a daily quota is tried again: an administrator may raise it before midnight."""

_DAILY = (b"dailyLimitExceeded", b"LimitsExceeded")
"""Reasons of a 403 that mean "not today"; the others are limits by the minute."""

_SECRET_PARTS = ("private_key", "client_secret", "refresh_token")
"""Of a credential; the whole of it is known as a secret already."""

_TOKENS: dict[str, str] = {}
"""Source → its newest access token, to be forgotten when another takes its place."""

_NO_SCOPE = (b"insufficientPermissions", b"ACCESS_TOKEN_SCOPE_INSUFFICIENT")

_TEST_MODE = (
    "a consent given while the OAuth app is in test mode ends after 7 days: publish the app, or "
    "use a service account. A clock that is more than 5 minutes off gives the same answer"
)

_REFUSALS = (
    (
        "invalid_client",
        "the OAuth client or its secret was replaced: sign in anew with the new one",
    ),
    ("Invalid JWT Signature", "the service account's key was deleted: make a new one"),
    ("timeframe", "the clock of this machine is more than 5 minutes off: set it"),
    ("valid email", "there is no such person as subject, or no such service account any more"),
    ("", _TEST_MODE),
)
"""Words in the sign-in's own answer → what they mean; the first that fits counts."""


class Identity:
    """Who reads a source: one access token for all its threads, fetched once.

    The library's credentials are not made for threads, so they are met under a lock.
    """

    def __init__(
        self, source: str, settings: GoogleCalendarSettings, *, writes: bool = False
    ) -> None:
        self.source = source
        reads = (READ_EVENTS, READ_LIST) if settings.discover else (READ_EVENTS,)
        self.wanted = (WRITE_EVENTS,) if writes else reads
        """Scopes that are asked for, and no others."""
        self._credentials = _credentials(source, settings, self.wanted)
        self._lock = threading.Lock()
        self.granted: frozenset[str] = frozenset()
        """Scopes of the token, as its answer told; empty before there is one."""

    @property
    def account(self) -> str:
        """Whom to share calendars with."""
        address = getattr(self._credentials, "service_account_email", "")
        return address or self._credentials.account or "the person who signed in"

    @property
    def is_service(self) -> bool:
        """Whether it is a service account and not a person."""
        return hasattr(self._credentials, "service_account_email")

    @property
    def token_uri(self) -> str:
        """Address of the sign-in."""
        held = self._credentials
        return str(getattr(held, "token_uri", None) or held._token_uri)  # noqa: SLF001 # the service account keeps it to itself

    def sign(self, headers: dict[str, str], sign_in: _SignIn) -> None:
        """Put a living token into the headers of a request."""
        with self._lock:
            # Not before_request(): it also asks another Google host, in a thread, with the token.
            if self._credentials.token_state is not TokenState.FRESH:
                self._refresh(sign_in)
            self._credentials.apply(headers)

    def renew(self, refused: Mapping[str, str], sign_in: _SignIn) -> None:
        """Another token than that of the refused headers, unless a thread got one already."""
        with self._lock:
            if refused.get("authorization") == f"Bearer {self._credentials.token}":
                self._refresh(sign_in)

    def _refresh(self, sign_in: _SignIn) -> None:
        self._credentials.refresh(sign_in)
        token = str(self._credentials.token or "")
        former = _TOKENS.get(self.source)
        _TOKENS[self.source] = token
        SECRETS.add(token)
        # Each run has an identity of its own: what must be looked for stays one token a source.
        if former not in (None, token):
            SECRETS.drop(str(former))


class CalendarClient:
    """A signed-in reader of events. Not for sharing between threads. Raises `SourceError` only."""

    def __init__(
        self,
        source: str,
        identity: Identity,
        url: str,
        *,
        meter: Meter,
        limits: Limits | None = None,
    ) -> None:
        self.source, self.identity = source, identity
        self._transport = _Transport(source, identity, url, meter, limits)
        service = build(
            "calendar",
            "v3",
            http=self._transport,
            client_options={"api_endpoint": f"{url}/"},
            cache_discovery=False,
            model=_Model(self._transport),
        )
        # Made once: the library makes all its methods anew each time it is asked for them.
        self._events, self._calendars = service.events(), service.calendarList()

    def events(self, calendar: str, **query: Any) -> dict[str, Any]:
        """One page of `events.list`: series as their instances, cancelled events included.

        `query` adds parameters by the provider's names, or replaces these. `kind` and `items` are
        proven to be there. Raises `CursorExpired` for a sync token that is too old.
        """
        usual = {"singleEvents": True, "showDeleted": True, "maxResults": PAGE_SIZE}
        request = self._events.list(calendarId=calendar, **(usual | query))
        return self._rows(request, f"the events of calendar {calendar}", "calendar#events")

    def event(self, calendar: str, event: str) -> dict[str, Any]:
        """One event or series by its id. Raises `NotVisible` where it is no more."""
        request = self._events.get(calendarId=calendar, eventId=event)
        return self._ask(request, f"event {event[:60]} of calendar {calendar}")

    def patch(
        self, calendar: str, event: str, body: Mapping[str, Any], *, etag: str, updates: str
    ) -> dict[str, Any]:
        """Change fields of an event as long as it is still at `etag` (else status 412), once.

        `updates` says who is told: none, externalOnly or all.
        """
        request = self._events.patch(
            calendarId=calendar, eventId=event, body=dict(body), sendUpdates=updates
        )
        request.headers["If-Match"] = etag
        return self._ask(request, f"the change of event {event[:60]} of calendar {calendar}")

    def calendars(self, **query: Any) -> dict[str, Any]:
        """One page of `calendarList.list`: the calendars that the account has in its list."""
        request = self._calendars.list(maxResults=250, **query)
        return self._rows(request, "the list of calendars", "calendar#calendarList")

    def close(self) -> None:
        """Give back connections."""
        self._transport.close()

    def _rows(self, request: Any, where: str, kind: str) -> dict[str, Any]:
        answer = self._ask(request, where)
        if answer.get("kind") != kind or not isinstance(answer.get("items"), list):
            raise UnexpectedAnswer(f"{where}: an answer without its list", source=self.source)
        return answer

    def _ask(self, request: Any, where: str) -> dict[str, Any]:
        self._transport.where = where
        try:
            answer = request.execute(num_retries=0)
        except SourceError as error:
            raise self._explained(error) from None
        except google.auth.exceptions.GoogleAuthError as error:
            raise _refused(error, self.source, self.identity.wanted) from None
        if not isinstance(answer, dict):
            raise UnexpectedAnswer(
                f"{where}: an answer that is not of the promised shape", source=self.source
            )
        return answer

    def _explained(self, error: SourceError) -> SourceError:
        if isinstance(error, NotVisible):
            error.hint = (
                f"share the calendar with {self.identity.account} (Settings and sharing, Share "
                "with specific people: See all event details), or correct its id in "
                f"sources.{self.source}"
            )
        return error


class _Transport:
    """What `build(http=…)` needs, over a guarded `requests` session and one set of credentials."""

    def __init__(
        self, source: str, identity: Identity, url: str, meter: Meter, limits: Limits | None
    ) -> None:
        self.source = source
        self.where = "Google Calendar"
        self.identity = identity
        self.session = requests.Session()
        origins = (url, identity.token_uri)
        guard(self.session, source=source, limits=limits, origins=origins, meter=meter)
        self.sign_in = _SignIn(source, Request(self.session), identity)

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> tuple[httplib2.Response, bytes]:
        """Send with a token; a refused one is renewed once. Raises `SourceError` above 299."""
        signed = dict(headers or {})
        answer = self._send(uri, method, body, signed)
        if answer.status_code == 401:
            self.identity.renew(signed, self.sign_in)
            answer = self._send(uri, method, body, signed)
        error = self._judge(answer)
        if error is not None:
            raise error
        found = httplib2.Response({name.lower(): value for name, value in answer.headers.items()})
        found.status, found.reason = answer.status_code, answer.reason
        return found, answer.content

    def close(self) -> None:
        """Give back connections."""
        self.session.close()

    def _send(self, uri: str, method: str, body: Any, signed: dict[str, str]) -> requests.Response:
        self.identity.sign(signed, self.sign_in)
        return self.session.request(method, uri, data=body, headers=signed, allow_redirects=False)

    def _judge(self, answer: requests.Response) -> SourceError | None:
        def says(reasons: tuple[bytes, ...]) -> bool:
            return answer.status_code == 403 and any(each in answer.content for each in reasons)

        if says(_DAILY) and "Retry-After" not in answer.headers:
            sent = http_date(answer.headers.get("Date"))
            return RateLimited(
                f"{self.where}: the daily quota is used up (403)",
                retry_after=DAILY_WAIT,
                retry_at=sent + timedelta(seconds=DAILY_WAIT) if sent else None,
                source=self.source,
            )
        if says(_NO_SCOPE):
            return AuthError(
                f"{self.where}: the credential of source {self.source} lacks a scope (403)",
                source=self.source,
                hint=f"give it {' and '.join(self.identity.wanted)}",
            )
        return classify(
            answer.status_code,
            answer.headers,
            answer.content,
            source=self.source,
            where=self.where,
        )


class _SignIn:
    """What google-auth asks for tokens with: answers that are none are told apart before it.

    It takes any JSON with status 200 for a token, and sleeps over a 5xx on its own.
    """

    where = "Google's sign-in"

    def __init__(self, source: str, send: Request, identity: Identity) -> None:
        self.source, self.send, self.identity = source, send, identity

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """As google-auth asks of a transport. Raises `SourceError`."""
        answer = self.send(*args, **kwargs)
        if answer.status >= 500 or answer.status in (408, 429):
            # Its words are not passed on: they may repeat what it was sent, which are the secrets.
            error = classify(
                answer.status, answer.headers, b"", source=self.source, where=self.where
            )
            if error is not None:
                raise error
        told = decode(answer.data, source=self.source, where=self.where)
        if not isinstance(told, dict):
            raise UnexpectedAnswer(
                f"{self.where}: an answer that is not of the promised shape", source=self.source
            )
        self.identity.granted = frozenset(str(told.get("scope") or "").split())
        return answer


class _Model(JsonModel):  # type: ignore[misc] # the library has no types
    """Refuses what is no JSON: the library's own model hands it on as if it were an answer."""

    def __init__(self, transport: _Transport) -> None:
        super().__init__()
        self.transport = transport

    def deserialize(self, content: bytes) -> Any:
        """The JSON value of a body. Raises `UnexpectedAnswer`."""
        return decode(content, source=self.transport.source, where=self.transport.where)


def _credentials(source: str, settings: GoogleCalendarSettings, scopes: Sequence[str]) -> Any:
    if settings.credentials is None:
        raise AuthError(
            f"source {source} has no credential",
            source=source,
            hint=f"put the JSON key into the secret sources__{source}__credentials",
        )
    key = credential_parts(settings.credentials)
    for name in _SECRET_PARTS:
        SECRETS.add(str(key.get(name) or ""))
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
            key, scopes=list(scopes), subject=settings.subject
        )
    except (ValueError, TypeError, google.auth.exceptions.GoogleAuthError):
        raise AuthError(
            f"the private key in the credential of source {source} can't be read",
            source=source,
            hint=f"put the whole key file into the secret sources__{source}__credentials",
        ) from None


def _refused(error: Exception, source: str, scopes: Sequence[str]) -> SourceError:
    """A sign-in that failed. Its text can hold the token endpoint's whole answer: not passed on."""
    said = str(error)
    if isinstance(error, google.auth.exceptions.TransportError) or getattr(
        error, "retryable", False
    ):
        return Unavailable("Google's sign-in server could not be reached", source=source)
    if "unauthorized_client" in said:
        return AuthError(
            f"source {source}: the service account may not act for the configured subject",
            source=source,
            hint=f"in the Admin console allow it {' and '.join(scopes)}, or drop subject and share "
            "the calendars with it",
        )
    reason = "invalid_grant" if "invalid_grant" in said else "the credential was refused"
    meant = next(meaning for word, meaning in _REFUSALS if word in said)
    return AuthError(
        f"source {source}: Google refused the sign-in ({reason})",
        source=source,
        hint=f"renew the credential of source {source}; {meant}",
    )
