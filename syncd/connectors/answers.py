"""Whole HTTP answers judged: which error a status means, how long to wait, whether it is JSON."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
from requests.structures import CaseInsensitiveDict

from syncd.errors import (
    AuthError,
    CursorExpired,
    NotVisible,
    RateLimited,
    SourceError,
    Unavailable,
    UnexpectedAnswer,
)
from syncd.interfaces import Check, Mark
from syncd.redaction import SECRETS

LONGEST_WAIT = 24 * 3600.0
SECONDARY_WAIT = 60.0
"""Least wait for a limit that is told without saying how long (GitHub's secondary limit)."""

_YEARS = 1000.0
"""Days from which a wait is told as years."""

_FAR = datetime(9000, 1, 1, tzinfo=UTC)
_EARLIEST = 1970
"""Between these, days and waits can be reckoned from a date without leaving the calendar."""

_DIGITS = 15
"""More are no count of requests; a store takes 18, and Python refuses to read some thousands."""

_LIMIT_WORDS = re.compile(
    rb"rate.?limit|secondary limit|abuse detection|quotaExceeded|too many requests", re.IGNORECASE
)
_SECONDARY = re.compile(rb"secondary (?:rate.?)?limit|abuse detection", re.IGNORECASE)
_URL = re.compile(r"https?://\S+")


def classify(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    source: str,
    where: str,
    scope: str = "",
) -> SourceError | None:
    """The error that an answer means, or None for 2xx and 304.

    `where` says for people what was asked ("the issues of acme/ledger"). Waits are reckoned by the
    answer's own `Date`, so no clock is read; a wait of more than 24 h counts as 24 h.
    """
    if 200 <= status < 300 or status == 304:
        return None
    head = CaseInsensitiveDict(headers)
    said = words(body)
    told = f' ("{said}")' if said else ""
    at = {"source": source, "scope": scope}
    limited = _is_limit(status, head, body)
    if limited:
        least = SECONDARY_WAIT if status == 403 or _SECONDARY.search(body[:8192]) else None
        error: SourceError = _limited(status, head, where, least, at)
    else:
        error = _judged(status, head, where, told, at)
    error.status = status
    return error


def failed_check(error: SourceError) -> Check:
    """What a check met: exit code 4 where a credential or a right is missing, else 3."""
    rights = isinstance(error, AuthError | NotVisible)
    return Check(mark=Mark.FAILED, text=str(error), fix=error.hint, exit_code=4 if rights else 3)


def _judged(
    status: int, head: Mapping[str, str], where: str, told: str, at: dict[str, str]
) -> SourceError:
    if status in (401, 403, 404):
        return _refused(status, head, where, told, at)
    if status == 410:
        return CursorExpired(f"{where}: the position is too old (410){told}", **at)
    if status >= 500 or status == 408:
        return Unavailable(f"{where}: the server failed ({status}){told}", **at)
    return UnexpectedAnswer(f"{where}: unexpected answer {status}{told}", **at)


def _asked(head: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks to wait: `Retry-After`, else `X-RateLimit-Reset`.

    Nonsense and negative values give None.
    """
    sent = http_date(head.get("Date"))
    seconds = _seconds(head.get("Retry-After"), sent)
    if seconds is None and head.get("X-RateLimit-Remaining", "0") == "0":
        seconds = _until(head.get("X-RateLimit-Reset"), sent)
    return None if seconds is None or seconds < 0 else seconds


def decode(body: bytes, *, source: str, where: str) -> Any:
    """The JSON value of a body, whatever its content type says.

    Raises `UnexpectedAnswer` for a web page, for bad, truncated or absurdly deep JSON.
    """
    try:
        return _loaded(body)
    except (ValueError, RecursionError):
        head = body[:512].lstrip().lower()
        if head.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<")):
            raise UnexpectedAnswer(
                f"{where} answered with a web page: login or proxy?",
                source=source,
                hint="open the address in a browser; check the token and any proxy on the way",
            ) from None
        raise UnexpectedAnswer(
            f"{where} answered with {len(body)} bytes that are not JSON", source=source
        ) from None


@contextmanager
def readable(scope: str) -> Iterator[None]:
    """Where answers are taken apart; what is nested too deeply for that is `UnexpectedAnswer`."""
    try:
        yield
    except RecursionError:
        raise UnexpectedAnswer(
            f"{scope}: an answer is nested too deeply to be read", scope=scope
        ) from None


def _loaded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _loaded_with_care(body)


def _loaded_with_care(body: bytes) -> Any:
    """What the quick reader refuses: NaN, half a surrogate pair, UTF-16, very deep nesting."""
    # A collection in the deepest call of hostile nesting runs finalisers without stack to run on.
    collects = gc.isenabled()
    gc.disable()
    try:
        return json.loads(body)
    finally:
        if collects:
            gc.enable()


def http_date(text: str | None) -> datetime | None:
    """An HTTP date as aware UTC; None for anything else. Years past 9000 count as 9000."""
    try:
        at = parsedate_to_datetime(text or "")
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return min(at, _FAR) if at.year >= _EARLIEST else None


def until(text: str | None) -> datetime | None:
    """GitHub writes `2026-12-01 06:12:06 UTC`, or with an offset `-0700`; aware UTC."""
    said = re.sub(r" ([+-])", r"\1", (text or "").replace(" UTC", "+00:00"))
    try:
        found = datetime.fromisoformat(said)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def whole(text: str | None, default: int | None) -> int | None:
    """A header that is a plain whole number of at most 15 digits, else `default`."""
    if text is None or len(text) > _DIGITS or not (text.isascii() and text.isdigit()):
        return default
    return int(text)


def words(body: bytes) -> str:
    """The provider's own words about an error: one cleaned line of at most 200 characters.

    Addresses are left out, since a query can carry a secret; a credential that the provider
    repeats is masked.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    found = _words(data)
    text = "".join(char if char.isprintable() else " " for char in SECRETS.mask(found))
    return " ".join(_URL.sub("…", text).split())[:200]


def _words(data: Any) -> str:
    if not isinstance(data, dict):
        return ""
    messages = data.get("errorMessages")
    if isinstance(messages, list) and messages:
        return "; ".join(str(each) for each in messages[:3])
    errors = data.get("errors")
    if isinstance(errors, dict) and errors:
        return "; ".join(str(each) for each in list(errors.values())[:3])
    inner = data.get("error")
    if isinstance(inner, dict):
        return _words(inner)
    for name in ("message", "errorMessage", "error_description"):
        if isinstance(data.get(name), str):
            return str(data[name])
    return inner if isinstance(inner, str) else ""


def _is_limit(status: int, head: Mapping[str, str], body: bytes) -> bool:
    if status == 429:
        return True
    if status == 503:
        return "Retry-After" in head
    if status != 403:
        return False
    if "Retry-After" in head or head.get("X-RateLimit-Remaining") == "0":
        return True
    return _LIMIT_WORDS.search(body[:8192]) is not None


def _limited(
    status: int, head: Mapping[str, str], where: str, least: float | None, at: dict[str, str]
) -> RateLimited:
    """`least` is the wait where none is asked for."""
    asked = _asked(head)
    if asked is None:
        asked = least
    seconds = None if asked is None else min(asked, LONGEST_WAIT)
    sent = http_date(head.get("Date"))
    until = sent + timedelta(seconds=seconds) if sent and seconds is not None else None
    return RateLimited(
        f"{where}: asked to wait {_wait_words(asked)} ({status})",
        retry_after=seconds,
        retry_at=until,
        **at,
    )


def _wait_words(asked: float | None) -> str:
    if asked is None:
        return "without saying how long"
    if asked <= LONGEST_WAIT:
        return f"for {asked:.0f} s"
    days = asked / LONGEST_WAIT
    long = f"{days:.3g} days" if days < _YEARS else "years"
    return f"for {long}, which counts as 24 h"


def _refused(
    status: int, head: Mapping[str, str], where: str, told: str, at: dict[str, str]
) -> SourceError:
    source = at["source"]
    if status == 401:
        return AuthError(
            f"{where}: the credential was refused (401){told}",
            hint=f"renew the token of source {source}, then run: syncd doctor {source}",
            **at,
        )
    if status == 403:
        return _forbidden(head, f"{where}: not allowed (403){told}", at)
    return NotVisible(
        f"{where}: not found (404){told}; renamed, deleted, or no right: cannot tell which",
        hint=f"check the name in sources.{source} and what its account may see",
        **at,
    )


def _forbidden(head: Mapping[str, str], message: str, at: dict[str, str]) -> SourceError:
    seraph = head.get("X-Seraph-LoginReason", "OK")
    if "X-Authentication-Denied-Reason" in head or seraph.startswith("AUTHENTICAT"):
        return AuthError(
            f"{message}; the sign-in itself was denied",
            hint="sign in once in a browser with this account (captcha?), or renew the token",
            **at,
        )
    wanted = head.get("X-Accepted-GitHub-Permissions", "")
    hint = f"give the token the right {wanted}" if wanted else "check the rights of the token"
    return NotVisible(message, hint=hint, **at)


def _seconds(text: str | None, sent: datetime | None) -> float | None:
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        return float(text.strip())
    until = http_date(text)
    return (until - sent).total_seconds() if until and sent else None


def _until(text: str | None, sent: datetime | None) -> float | None:
    until = reset_at(text)
    return (until - sent).total_seconds() if until and sent else None


def reset_at(text: str | None) -> datetime | None:
    """A reset told as epoch seconds (GitHub) or as an ISO minute (Jira Cloud), as aware UTC."""
    if not text:
        return None
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
