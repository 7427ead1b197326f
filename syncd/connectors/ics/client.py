"""Fetches published calendars: conditional requests, and bodies that are proven to be text."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urljoin

import requests

from syncd.connectors.answers import classify
from syncd.connectors.http import Limits, Meter, guard, origin
from syncd.errors import AuthError, CursorExpired, NotVisible, SourceError, UnexpectedAnswer
from syncd.redaction import SECRETS, SecretFilter

# Its debug line holds the path of each request, and here that is the secret.
logging.getLogger("urllib3.connectionpool").addFilter(SecretFilter())

_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]+)", re.IGNORECASE)
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_OLD = "cp1252"
"""What calendars that are not UTF-8 and do not say so are written in; it decodes any bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer: the text of a calendar, or None where it is still the one we have."""

    text: str | None
    etag: str
    modified: str
    day: date
    """The server's day (UTC)."""


class CalendarFetcher:
    """Reads addresses. Not for sharing between threads. Raises `SourceError` only."""

    def __init__(self, source: str, *, meter: Meter, limits: Limits | None = None) -> None:
        self.source, self.meter = source, meter
        self._session = requests.Session()
        self._session.headers["Accept"] = "text/calendar, */*;q=0.5"
        # On the same host only, and what it leads to is as secret as what led there.
        self._session.hooks["response"].append(_keep_target)
        guard(self._session, source=source, limits=limits, meter=meter)

    def fetch(self, name: str, address: str, *, etag: str = "", modified: str = "") -> Fetched:
        """The calendar `name` at `address`; with what its last answer said, only if it changed."""
        where = f"the calendar {name} at {origin(address)}"
        asked = {"If-None-Match": etag, "If-Modified-Since": modified}
        headers = {header: value for header, value in asked.items() if value}
        try:
            answer = self._session.get(address, headers=headers)
            error = classify(
                answer.status_code, answer.headers, answer.content, source=self.source, where=where
            )
            if error is not None:
                raise error
        except requests.TooManyRedirects:
            raise self._unexpected(f"{where} redirects without an end") from None
        except SourceError as error:
            raise self._explained(error, where) from None
        if answer.status_code not in ((200, 304) if headers else (200,)):
            raise self._unexpected(f"{where}: unexpected answer {answer.status_code}")
        if self.meter.date is None:
            raise self._unexpected(f"{where}: an answer without Date")
        kind = answer.headers.get("Content-Type", "")
        return Fetched(
            text=None if answer.status_code == 304 else self._text(answer.content, kind, where),
            etag=answer.headers.get("ETag", etag),
            modified=answer.headers.get("Last-Modified", modified),
            day=self.meter.date.date(),
        )

    def close(self) -> None:
        """Give back connections."""
        self._session.close()

    def _text(self, body: bytes, kind: str, where: str) -> str:
        text = decoded(body, kind)
        start = text.lstrip()[:15].upper()
        if start.startswith("<"):
            raise self._unexpected(
                f"{where} answered with a web page: login or proxy?",
                hint="open the address in a browser where nobody is signed in; it must give a "
                "calendar file",
            )
        if start != "BEGIN:VCALENDAR":
            raise self._unexpected(f"{where} answered with {len(body)} bytes that are no calendar")
        return text

    def _unexpected(self, message: str, *, hint: str = "") -> UnexpectedAnswer:
        return UnexpectedAnswer(message, source=self.source, hint=hint)

    def _explained(self, error: SourceError, where: str) -> SourceError:
        """The error with what to do about an address; no provider of it needs a token."""
        if isinstance(error, CursorExpired):
            error = NotVisible(f"{where}: it was taken back (410)", source=self.source)
        refused = isinstance(error, UnexpectedAnswer) and error.hint
        if isinstance(error, AuthError | NotVisible) or refused:
            error.hint = (
                "publish the calendar again and put its new address into "
                f"secrets/sources__{self.source}__calendars__CALENDAR"
            )
        return error


def keep_secret(address: str) -> None:
    """Mask an address in logs from now on, also as the path that a request line shows."""
    SECRETS.add(address)
    path = requests.Request("GET", address).prepare().path_url
    if path != "/":
        SECRETS.add(path)


def _keep_target(answer: requests.Response, **_: Any) -> None:
    if answer.is_redirect:
        keep_secret(urljoin(answer.url, answer.headers["Location"]))


def decoded(body: bytes, kind: str) -> str:
    """The text of a body by its byte order mark, its content type, else UTF-8, else as of old."""
    for mark, name in _BOMS.items():
        if body.startswith(mark):
            return body.decode(name, errors="replace")
    told = _CHARSET.search(kind)
    for name in (told[1] if told else "utf-8", "utf-8"):
        try:
            return body.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode(_OLD, errors="replace")
