"""A mailbox over IMAP: a few commands, each answer judged; no other file knows the protocol."""

from __future__ import annotations

import base64
import imaplib
import re
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Self

from syncd.errors import InboxError
from syncd.inbox.letters import MOST_BYTES
from syncd.notifiers.email.settings import InboxSettings, Tls
from syncd.pictures.days import MONTHS
from syncd.text import clean_text

PATIENCE = 120.0
"""Seconds that one look may take; what is left is the next look's."""
_UID = re.compile(rb"\bUID (\d{1,10})\b")


class Imap:
    """A signed-in session on the configured folder. A context manager; raises InboxError."""

    def __init__(self, settings: InboxSettings) -> None:
        self._settings = settings
        self._until = time.monotonic() + PATIENCE
        self._client: Any = None
        self.validity = 0
        """UIDVALIDITY of the folder: while it stays, a UID names the same message."""

    def __enter__(self) -> Self:
        try:
            self._client = self._connected()
            self._sign_in()
            self._select()
        except BaseException as error:
            self.close(politely=isinstance(error, Exception))
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close(politely=kind is None or issubclass(kind, Exception))

    def close(self, *, politely: bool = True) -> None:
        """Say goodbye if there is time for it."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                if politely:
                    client.sock.settimeout(2)
                    client.logout()
            with suppress(Exception):
                client.shutdown()

    @property
    def where(self) -> str:
        """`imap.example.com:993`."""
        host, port = self._settings.place
        return f"{host}:{port}"

    @property
    def is_out_of_time(self) -> bool:
        """Whether this look has taken long enough."""
        return time.monotonic() > self._until

    def after(self, uid: int) -> list[int]:
        """UIDs above `uid`, in order."""
        found = self._numbers("UID", f"{uid + 1}:*")
        return sorted(one for one in found if one > uid)

    def since(self, day: date) -> list[int]:
        """UIDs of what came on that day or later, in order."""
        return sorted(self._numbers("SINCE", f"{day.day:02}-{MONTHS[day.month - 1]}-{day.year}"))

    def fetch(self, uid: int) -> bytes | None:
        """The first bytes of a message, left unread; None where it is not there any more."""
        answer = self._ask("UID", "FETCH", str(uid), f"(UID BODY.PEEK[]<0.{MOST_BYTES}>)")
        return _content(answer, uid)

    def mark_seen(self, uid: int) -> None:
        """Flag a message as read."""
        self._ask("UID", "STORE", str(uid), "+FLAGS.SILENT", r"(\Seen)")

    def move(self, uid: int, folder: str) -> None:
        """Move a message; without the server's MOVE it is copied, and stays."""
        has_move = b"MOVE" in b" ".join(self._ask("CAPABILITY")).upper().split()
        self._ask("UID", "MOVE" if has_move else "COPY", str(uid), _quoted(folder))

    def _connected(self) -> Any:
        settings = self._settings
        host, port = settings.place
        try:
            if settings.tls is Tls.TLS:
                return imaplib.IMAP4_SSL(
                    host, port, ssl_context=_trust(settings), timeout=settings.timeout
                )
            client = imaplib.IMAP4(host, port, timeout=settings.timeout)
            if settings.tls is Tls.STARTTLS:
                client.starttls(_trust(settings))
        except ssl.SSLCertVerificationError as error:
            raise InboxError(
                f"{self.where}: its certificate is not trusted: {error.verify_message}",
                hint="set mail.inbox.ca_file to the authority that signed it",
            ) from None
        except _TROUBLE as error:
            raise self._failed("cannot be reached", error) from None
        return client

    def _sign_in(self) -> None:
        settings = self._settings
        try:
            self._client.login(_ascii(settings.user, self.where), _secret(settings, self.where))
        except imaplib.IMAP4.abort as error:
            raise self._failed("broke off while signing in", error) from None
        except imaplib.IMAP4.error:
            raise InboxError(
                f"{self.where}: refused to sign in {settings.user}",
                hint="check mail.inbox.user and secrets/mail__inbox__password: syncd doctor",
            ) from None
        except _TROUBLE as error:
            raise self._failed("broke off while signing in", error) from None

    def _select(self) -> None:
        settings = self._settings
        looks_only = not settings.mark_seen and not settings.move_to
        verb = "EXAMINE" if looks_only else "SELECT"
        try:
            self._client.untagged_responses = {}
            kind, said = self._client._simple_command(verb, _quoted(settings.folder))  # noqa: SLF001
        except _TROUBLE as error:
            raise self._failed("broke off", error) from None
        if kind != "OK":
            raise InboxError(
                f"{self.where}: there is no mailbox {settings.folder} to read: {_words(said)}",
                hint="correct mail.inbox.folder",
            )
        self._client.state = "SELECTED"
        found = self._client.untagged_responses.get("UIDVALIDITY", [None])[0]
        if not found or not found.isdigit() or int(found) == 0:
            raise InboxError(
                f"{self.where}: the server does not number the messages of {settings.folder}",
                hint="read another mailbox: mail.inbox.folder",
            )
        self.validity = int(found)

    def _numbers(self, *criteria: str) -> list[int]:
        answer = self._ask("UID", "SEARCH", *criteria)
        words = b" ".join(part for part in answer if isinstance(part, bytes)).split()
        return [int(word) for word in words if word.isdigit()]

    def _ask(self, *words: str) -> Sequence[Any]:
        try:
            asked = self._client.uid if words[0] == "UID" else self._client.capability
            kind, answer = asked(*words[1:])
        except _TROUBLE as error:
            raise self._failed("broke off", error) from None
        if kind != "OK":
            raise InboxError(
                f"{self.where}: refused {' '.join(words[:2])}: {_words(answer)}",
                hint="syncd doctor",
            )
        return list(answer)

    def _failed(self, what: str, error: BaseException) -> InboxError:
        reason = getattr(error, "strerror", "") or clean_text(str(error), 120)
        return InboxError(
            f"{self.where}: {what}: {reason or type(error).__name__}", hint="syncd doctor"
        )


_TROUBLE = (OSError, imaplib.IMAP4.error, ValueError, EOFError, IndexError)


def _trust(settings: InboxSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file and str(settings.ca_file))


def _secret(settings: InboxSettings, where: str) -> str:
    return _ascii(settings.password.get_secret_value(), where)


def _ascii(text: str, where: str) -> str:
    if not text.isascii():
        raise InboxError(
            f"{where}: IMAP takes no user or password with other letters than ASCII",
            hint="make a password for syncd alone, of plain letters and digits",
        )
    return text


def _quoted(folder: str) -> str:
    """A mailbox's name as IMAP writes it (RFC 3501, 5.1.3)."""
    escaped = "".join(_encoded(run) for run in re.findall(r"[ -~]+|[^ -~]+", folder))
    return '"' + escaped.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _encoded(run: str) -> str:
    if run.isascii():
        return run.replace("&", "&-")
    coded = base64.b64encode(run.encode("utf-16-be")).decode().rstrip("=").replace("/", ",")
    return f"&{coded}-"


def _content(answer: Sequence[Any], uid: int) -> bytes | None:
    """The literal of the message asked for; other answers may stand between."""
    for index, part in enumerate(answer):
        if not isinstance(part, tuple) or len(part) < 2:
            continue
        after = answer[index + 1] if index + 1 < len(answer) else b""
        told = part[0] + b" " + (after if isinstance(after, bytes) else b"")
        found = _UID.search(told)
        if found and int(found[1]) == uid and isinstance(part[1], bytes):
            return part[1]
    return None


def _words(answer: Sequence[Any]) -> str:
    parts = [part.decode("utf-8", "replace") for part in answer if isinstance(part, bytes)]
    return clean_text(" ".join(parts), 160) or "no reason given"
