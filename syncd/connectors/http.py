"""The one HTTP door of all connectors: deadlines, size limits, redirects, and answers judged.

Any `requests.Session` (jira's, google-auth's, PyGithub's) becomes safe by `guard(session, …)`.
What goes wrong on the way raises a `SourceError` that holds neither the request nor its headers.
Judging a whole answer (status, limits, JSON) is `answers.py`.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from collections.abc import Collection, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from syncd.connectors.answers import http_date, reset_at, until, whole
from syncd.connectors.deadlines import POOLS, WATCH
from syncd.errors import SourceError, TooLarge, Unavailable, UnexpectedAnswer, Unreached
from syncd.interfaces import Budget
from syncd.tally import ANSWERS, NO_ANSWER
from syncd.text import is_loopback

CHUNK = 64 * 1024

# At WARNING it writes a traceback for headers that it can't parse: such an answer is judged here.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one request, in seconds and bytes after inflating."""

    total: float = 60.0
    connect: float = 10.0
    read: float = 30.0
    body: int = 32 * 1024 * 1024


@dataclass(slots=True)
class Meter:
    """What the answers of one source told by the way; for `doctor` and `status`."""

    date: datetime | None = None
    """`Date` of the newest answer, aware UTC."""
    received: float = 0.0
    """`time.monotonic()` when that answer came."""
    remaining: int | None = None
    limit: int | None = None
    reset_at: datetime | None = None
    """When the budget is whole again, aware UTC."""
    credential_until: datetime | None = None
    """When the credential ends, aware UTC; None where the provider does not tell."""
    requests: int = 0
    received_bytes: int = 0
    """Of bodies, after inflating."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def budget(self) -> Budget | None:
        """What is left of the rate budget; None where the provider tells none."""
        if self.remaining is None or not self.limit:
            return None
        return Budget(remaining=self.remaining, limit=self.limit, reset_at=self.reset_at)

    def record(self, headers: Mapping[str, str], size: int = 0) -> None:
        """Note the `Date` and rate headers of an answer with a body of `size` bytes."""
        with self._lock:
            self.requests += 1
            self.received_bytes += size
            self.date = http_date(headers.get("Date")) or self.date
            self.received = time.monotonic()
            self.remaining = whole(headers.get("X-RateLimit-Remaining"), self.remaining)
            self.limit = whole(headers.get("X-RateLimit-Limit"), self.limit)
            self.reset_at = reset_at(headers.get("X-RateLimit-Reset")) or self.reset_at
            ends = headers.get("GitHub-Authentication-Token-Expiration")
            self.credential_until = until(ends) or self.credential_until

    def skew(self, now: datetime, monotonic: float) -> float | None:
        """Seconds by which the provider's clock is ahead of ours; None before any answer.

        `now` (aware) and `monotonic` are read by the caller at the same moment.
        """
        if self.date is None:
            return None
        return (self.date - now).total_seconds() + (monotonic - self.received)


def guard(
    session: requests.Session,
    *,
    source: str,
    limits: Limits | None = None,
    origins: Collection[str] = (),
    meter: Meter | None = None,
) -> GuardedAdapter:
    """Make every request of `session` bounded and unable to change host.

    `origins` (`https://host[:port]` each) are the only ones it may talk to; empty = any https.
    A session without credentials of its own never takes some from `~/.netrc`; proxies of the
    environment are still used. Returns the mounted adapter.
    """
    adapter = GuardedAdapter(source=source, limits=limits, origins=origins, meter=meter)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    if session.auth is None:
        session.auth = _unchanged
    if len(origins) == 1:
        _settle_environment(session, *origins)
    # requests looks into ~/.netrc again on a redirect; ours stay on the same host, so keep as is.
    session.rebuild_auth = lambda *_: None  # type: ignore[method-assign]
    return adapter


def _settle_environment(session: requests.Session, url: str) -> None:
    """Look up proxy and certificates for `url` now: requests would do it for every request."""
    found = session.merge_environment_settings(url, {}, None, None, None)
    session.proxies, session.verify = found["proxies"], found["verify"]
    session.trust_env = False


class GuardedAdapter(HTTPAdapter):
    """Transport with a total deadline and a size limit; the body is whole when `send` returns.

    Raises `Unavailable` for network trouble, slowness and truncation, `UnexpectedAnswer` for a
    body above the limit, for http:// outside loopback, a foreign origin, or a redirect to one.
    """

    def __init__(
        self,
        *,
        source: str,
        limits: Limits | None = None,
        origins: Collection[str] = (),
        meter: Meter | None = None,
    ) -> None:
        self.source = source
        self.limits = limits or Limits()
        self.origins = frozenset(origin(each) for each in origins)
        self.meter = meter or Meter()
        self._answered: set[str] = set()
        """Origins from which an answer came."""
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Build the pools whose connections obey the deadline."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = POOLS

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> urllib3.ProxyManager:
        """As above, for a proxy of the environment."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = POOLS
        return cast("urllib3.ProxyManager", manager)

    def send(self, request: requests.PreparedRequest, *_: Any, **kwargs: Any) -> requests.Response:
        """Send and read whole; see the class for what it raises."""
        url = request.url or ""
        self._refuse_foreign(url)
        kwargs["timeout"] = tuple(
            min(each, self.limits.total) for each in (self.limits.connect, self.limits.read)
        )
        kwargs["stream"] = True
        status = NO_ANSWER
        WATCH.start(self.limits.total)
        try:
            response = super().send(request, **kwargs)
            self._read(response)
            status = str(response.status_code)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._translated(error, url) from None
        finally:
            expired = WATCH.stop()
            ANSWERS.add(self.source, NO_ANSWER if expired else status)
        if expired:
            raise self._late(url)
        self._answered.add(origin(url))
        _drop_nonsense(response.headers)
        self.meter.record(response.headers, len(response.content))
        self._refuse_redirect(url, response)
        return response

    def _read(self, response: requests.Response) -> None:
        parts, size = [], 0
        for part in response.raw.stream(CHUNK, decode_content=True):
            size += len(part)
            if size > self.limits.body:
                response.close()
                raise TooLarge(
                    f"{origin(response.url)} sent more than {self.limits.body >> 20} MiB in one "
                    "answer; it was not read further",
                    source=self.source,
                )
            parts.append(part)
        response._content = b"".join(parts)  # noqa: SLF001 # what requests itself does when reading
        response._content_consumed = True  # type: ignore[attr-defined] # noqa: SLF001
        response.raw.release_conn()

    def _refuse_foreign(self, url: str) -> None:
        where = urlsplit(url)
        if where.scheme != "https" and not is_loopback(where.hostname or ""):
            raise UnexpectedAnswer(
                f"refused to talk to {origin(url)}: http:// is only for this machine itself",
                source=self.source,
                hint=f"set sources.{self.source}.url to its https:// address",
            )
        if self.origins and origin(url) not in self.origins:
            raise UnexpectedAnswer(
                f"refused to follow an address to {origin(url)}: not a configured host",
                source=self.source,
            )

    def _refuse_redirect(self, url: str, response: requests.Response) -> None:
        if not response.is_redirect:
            return
        try:
            target = origin(urljoin(url, response.headers["location"]))
        except ValueError:
            target = "what is no address"
        if target != origin(url):
            raise UnexpectedAnswer(
                f"{origin(url)} redirects to {target}; refused, since the credential "
                "would go to another host",
                source=self.source,
                hint=f"if it moved, set sources.{self.source}.url to the new address",
            )

    def _late(self, url: str) -> Unavailable:
        return Unavailable(
            f"{origin(url)} did not finish its answer within {self.limits.total:g} s",
            source=self.source,
        )

    def _translated(self, error: Exception, url: str) -> SourceError:
        if WATCH.is_over:
            return self._late(url)
        where = origin(url)
        # That is what urllib3 raises before there is a connection: it is told to retry nothing.
        never_met = isinstance(next(iter(error.args), None), urllib3.exceptions.MaxRetryError)
        kind = Unreached if never_met and where not in self._answered else Unavailable
        return kind(
            f"{where} {_trouble(error)}",
            source=self.source,
            hint=f"look whether this machine reaches it: curl -sSI {where}",
        )


def _drop_nonsense(headers: MutableMapping[str, str]) -> None:
    """Take out rate headers that tell no number: libraries read them with float() and no care."""
    for name in ("X-RateLimit-Remaining", "X-RateLimit-Limit"):
        if whole(headers.get(name), None) is None:
            headers.pop(name, None)
    if reset_at(headers.get("X-RateLimit-Reset")) is None:
        headers.pop("X-RateLimit-Reset", None)


def _trouble(error: Exception) -> str:
    """What happened on the wire, in words and without any part of the request."""
    chain: list[BaseException] = []
    seen: BaseException | None = error
    while seen is not None and len(chain) < 8:
        chain.append(seen)
        inner = getattr(seen, "reason", None) or next(iter(seen.args), None)
        seen = inner if isinstance(inner, BaseException) else seen.__context__
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (ssl.SSLCertVerificationError, "has a certificate that can't be verified"),
        (ssl.SSLError, "failed in the TLS handshake"),
        (requests.exceptions.SSLError, "failed in the TLS handshake"),
        (socket.gaierror, "can't be found: no such host name"),
        (urllib3.exceptions.NameResolutionError, "can't be found: no such host name"),
        (ConnectionRefusedError, "refused the connection"),
        (requests.ConnectTimeout, "did not accept a connection in time"),
        (requests.Timeout, "did not answer in time"),
        (urllib3.exceptions.ReadTimeoutError, "stopped in the middle of its answer"),
        (urllib3.exceptions.IncompleteRead, "broke off in the middle of its answer"),
        (urllib3.exceptions.DecodeError, "sent a compressed body that can't be read"),
        (requests.exceptions.ProxyError, "can't be reached through the proxy"),
        (ConnectionResetError, "reset the connection"),
    )
    for kind, words in kinds:
        if any(isinstance(each, kind) for each in chain):
            return words
    return "closed the connection without a whole answer"


def origin(url: str) -> str:
    """Scheme, host and port of an address, without credentials, path or query."""
    where = urlsplit(url)
    try:
        port = where.port
    except ValueError:
        port = None
    port = port or {"https": 443, "http": 80}.get(where.scheme)
    host = (where.hostname or "").lower()
    usual = (where.scheme, port) in {("https", 443), ("http", 80)}
    return (
        f"{where.scheme}://{host}" if usual or port is None else f"{where.scheme}://{host}:{port}"
    )


def base_url(url: str, *, credential: str, example: str) -> str:
    """A configured address as requests are built from it, without a slash at its end.

    Raises ValueError, which repeats nothing of the address, for one that holds a credential
    (`credential` names the setting it belongs to), that is neither https nor on this machine, or
    that is more than an address (`example` shows one).
    """
    try:
        where = urlsplit(url)
    except ValueError:
        raise ValueError(f"must be a plain address such as {example}") from None
    if where.username or where.password:
        raise ValueError(f"holds a user name or password; put the credential in {credential}")
    if where.scheme != "https" and not (
        where.scheme == "http" and is_loopback(where.hostname or "")
    ):
        raise ValueError("must start with https:// (http:// is only for this machine)")
    if not where.hostname or where.query or where.fragment:
        raise ValueError(f"must be a plain address such as {example}")
    return url.rstrip("/")


def require_token(value: str) -> None:
    """Raises ValueError for what is no token: the HTTP library would put it into its own error."""
    if not value.strip():
        raise ValueError("token is empty")
    if not (value.isascii() and value.isprintable() and " " not in value):
        raise ValueError("holds a blank or a character that no token has: copy it again")


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
