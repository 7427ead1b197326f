"""Keeps secrets out of logs and tracebacks, whoever writes them."""

from __future__ import annotations

import base64
import json
import logging
import re
import sys
import threading
import traceback
from types import TracebackType
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "[secret]"
SHORTEST = 4
"""A shorter text is too common to be searched for."""

_SHAPES = re.compile(
    r"gh[pousr]_[A-Za-z0-9]{16,}"
    r"|github_pat_[A-Za-z0-9_]{20,}"
    r"|AT[AC]TT[A-Za-z0-9+/=_-]{16,}"
    r"|ya29\.[A-Za-z0-9._-]{8,}"
    r"|\b1//[A-Za-z0-9_-]{20,}"
    r"|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"
    r"|(?i:(?<=bearer )|(?<=basic ))[A-Za-z0-9._~+/=-]{8,}"
    r"|(?<=/[au]/)[A-Za-z0-9_-]{20,}\.[A-Za-z0-9._-]{20,}"
    r"|(?<=[?&]key=)[A-Za-z0-9_-]{16,}\.[A-Za-z0-9._-]{16,}"
    r"|(?i:(?<=-)[a-z2-7]{32}(?=@))"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)


class Secrets:
    """The secrets that are in use now, and every form in which they could show up."""

    def __init__(self) -> None:
        self._forms: dict[str, frozenset[str]] = {}
        self._longest_first: tuple[str, ...] = ()
        self._lock = threading.Lock()

    def add(self, secret: str, *, user: str = "") -> None:
        """Mask `secret` from now on, also its base64, URL-quoted and `user:secret` forms."""
        if len(secret) < SHORTEST:
            return
        with self._lock:
            self._forms[secret] = self._forms.get(secret, frozenset()) | _forms(secret, user)
            self._sort()

    def drop(self, secret: str) -> None:
        """Forget a secret that was replaced by a newer one."""
        with self._lock:
            self._forms.pop(secret, None)
            self._sort()

    def mask(self, text: str) -> str:
        """`text` with every known secret, and whatever has the shape of a token, replaced."""
        for form in self._longest_first:
            text = text.replace(form, MASK)
        return _SHAPES.sub(MASK, text)

    def _sort(self) -> None:
        forms = frozenset().union(*self._forms.values())
        self._longest_first = tuple(sorted(forms, key=lambda form: (-len(form), form)))


SECRETS = Secrets()
"""Of this process: whoever reads a secret adds it here before using it."""


class SecretFilter(logging.Filter):
    """Masks message, arguments, extra fields and traceback of each record; drops none.

    To be set on handlers: the filters of a logger do not see what its children log.
    """

    def __init__(self, secrets: Secrets = SECRETS) -> None:
        super().__init__()
        self.secrets = secrets

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; always True."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            message = f"{record.msg} {record.args}"
        record.msg, record.args = self.secrets.mask(message), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        record.exc_info = None
        for name, value in list(record.__dict__.items()):
            if name not in _NUMBERS and value is not None:
                record.__dict__[name] = self._masked(value)
        return True

    def _masked(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.secrets.mask(value)
        if isinstance(value, bool | int | float | tuple) and not value:
            return value
        text = str(value)
        masked = self.secrets.mask(text)
        return value if masked == text else masked


_NUMBERS = frozenset(
    {"created", "msecs", "relativeCreated", "levelno", "lineno", "thread", "process"}
)


def install(secrets: Secrets = SECRETS) -> None:
    """Set the filter on every handler of the root logger, and mask uncaught exceptions.

    Call it after the handlers are set up; calling it again covers new handlers.
    """
    for handler in logging.getLogger().handlers:
        if not any(isinstance(each, SecretFilter) for each in handler.filters):
            handler.addFilter(SecretFilter(secrets))
    # Its DEBUG output holds whole answers.
    logging.getLogger("jira.resilientsession").setLevel(logging.INFO)
    sys.excepthook = lambda kind, error, trace: _report(secrets, kind, error, trace)
    threading.excepthook = lambda args: _report(
        secrets, args.exc_type, args.exc_value, args.exc_traceback
    )


def _report(
    secrets: Secrets,
    kind: type[BaseException],
    error: BaseException | None,
    trace: TracebackType | None,
) -> None:
    text = "".join(traceback.format_exception(kind, error, trace))
    sys.stderr.write(secrets.mask(text))


def _forms(secret: str, user: str) -> frozenset[str]:
    raw = secret.encode()
    encodable = [raw, f"{user}:{secret}".encode()] if user else [raw]
    coded = {
        code(each).decode().rstrip("=")
        for each in encodable
        for code in (base64.b64encode, base64.urlsafe_b64encode)
    }
    plain = {secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    return frozenset(form for form in coded | plain if len(form) >= SHORTEST)
