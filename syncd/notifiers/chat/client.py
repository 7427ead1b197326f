"""The only file that meets apprise: posts a text, and tells from its log why one was refused.

Its words never leave this file. They name addresses, and an address holds the token.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from syncd.errors import DeliveryError
from syncd.redaction import SECRETS
from syncd.text import is_loopback

INSTALL = "pip install 'syncd[chat]'"
_LOG = logging.getLogger("apprise")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False
_STATUS = re.compile(r"\berror=(\d{3})\b")
_DOUBT = re.compile(r"Read timed out|without response|Connection reset|Connection aborted")
_TEXT_REFUSED = frozenset({400, 406, 413, 415, 422})
_CREDENTIAL = frozenset({401, 403})
_OTHER_ADDRESS = frozenset({404, 410})


class Room:
    """One address to post to. Raises DeliveryError, which never shows a part of the address."""

    def __init__(self, name: str, url: str, timeout: float) -> None:
        self._name = name
        self._url = url
        self._timeout = timeout
        self._service: Any = None
        for part in _secrets_of(url):
            SECRETS.add(part)

    def open(self) -> str:
        """What kind of chat it is, such as `Mattermost`. Contacts nobody."""
        if self._service is None:
            self._service = self._made()
        return str(self._service.service_name)

    def post(self, subject: str, text: str) -> None:
        """Returns when the server has taken the message."""
        kind = self.open()
        try:
            with _heard() as words:
                done = self._service.notify(title=subject, **_as_taken(self._service, text))
        except Exception as error:  # noqa: BLE001 - a hundred services, each with bugs of its own
            raise self._trouble(f"{kind} broke: {type(error).__name__}") from None
        if not done:
            raise self._refusal(kind, words)

    def close(self) -> None:
        """End the session, where there is one: some services sign off then."""
        with _heard():
            self._service = None

    def _made(self) -> Any:
        try:
            import apprise  # noqa: PLC0415 - an extra that most people do without
        except ImportError:
            raise self._trouble("needs apprise, which is not installed", INSTALL) from None
        asset = apprise.AppriseAsset(
            app_id="syncd", app_desc="syncd", app_url="", image_url_mask="", image_path_mask="",
            http_redirects=False, storage_mode="memory", secure_logging=True,
        )  # fmt: skip
        try:
            with _heard():
                service = apprise.Apprise.instantiate(self._url, asset=asset)
        except Exception:  # noqa: BLE001 - as above; the words may hold the address
            service = None
        if not isinstance(service, apprise.NotifyBase):
            raise self._trouble(
                "has an address that apprise does not understand",
                f"write secrets/notifiers__{self._name}__secret_url as apprise's manual shows it",
            )
        self._must_be_protected(service)
        service.socket_read_timeout = service.socket_connect_timeout = self._timeout
        return service

    def _must_be_protected(self, service: Any) -> None:
        """TLS with a proven certificate, or this machine (promise M5)."""
        scheme = self._url.partition("://")[0].lower()
        open_ones = service.protocol or ()
        is_open = scheme in ((open_ones,) if isinstance(open_ones, str) else open_ones)
        if is_open and not is_loopback(str(service.host or "")):
            raise self._trouble(
                f"would post in the clear: {scheme}:// is accepted for this machine only",
                f"use the protected form, mostly {scheme}s://",
            )
        if not service.verify_certificate:
            raise self._trouble(
                "would not check the certificate", "take verify= out of its address"
            )

    def _refusal(self, kind: str, words: list[str]) -> DeliveryError:
        """What became of a message, from the status or the kind of failure that was logged."""
        heard = " ".join(words)
        found = _STATUS.search(heard)
        status = int(found[1]) if found else 0
        if status in _TEXT_REFUSED:
            return self._error(f"{kind} refuses the text: HTTP {status}", permanent=True)
        if status in _CREDENTIAL | _OTHER_ADDRESS or 300 <= status < 400:
            return self._trouble(
                f"{kind} refuses the address: HTTP {status}",
                f"make a new one there and write it to secrets/notifiers__{self._name}__secret_url",
                exit_code=4 if status in _CREDENTIAL else 3,
            )
        if status:
            return self._error(f"{kind} answers HTTP {status}")
        if _DOUBT.search(heard):
            return self._error(f"{kind} did not answer; it may have taken it", in_doubt=True)
        return self._trouble(f"{kind} cannot be reached")

    def _error(
        self, what: str, *, permanent: bool = False, in_doubt: bool = False
    ) -> DeliveryError:
        return DeliveryError(
            f"{self._name}: {what}", permanent=permanent, content=permanent, in_doubt=in_doubt
        )

    def _trouble(self, what: str, hint: str = "syncd doctor", exit_code: int = 3) -> DeliveryError:
        trouble = DeliveryError(f"{self._name}: {what}", operator=True, hint=hint)
        trouble.exit_code = exit_code
        return trouble


def _as_taken(service: Any, text: str) -> dict[str, str]:
    """The text as the service wants it. What is tamed needs no escaping, which some would show."""
    formats = service.notify_format
    names = {one.value for one in (formats if isinstance(formats, tuple) else (formats,))}
    if names == {"markdown"}:
        return {"body": text.replace("\n", "\n\n"), "body_format": "markdown"}
    return {"body": text, "body_format": "text"}


class _Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(record.getMessage())


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What apprise logs meanwhile; nobody else ever hears it, as its debug lines hold addresses.

    Nor what Python warns of in its many plug-ins.
    """
    ear, level = _Ear(), _LOG.level
    _LOG.addHandler(ear)
    _LOG.setLevel(logging.DEBUG)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield ear.words
    finally:
        _LOG.removeHandler(ear)
        _LOG.setLevel(level)


def _secrets_of(url: str) -> list[str]:
    """Every part of an address that could be a token: logs of the transport show paths alone."""
    parts = urlsplit(url)
    pieces = re.split(r"[/:@?&=]", f"{parts.netloc}/{parts.path}/{parts.query}")
    long = [piece for piece in pieces if len(piece) >= 8 and "." not in piece]
    return [url, *long, *(unquote(piece) for piece in long)]
