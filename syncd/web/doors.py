"""Who may read the pages of programs: a signed link, a proxy's login, or this machine itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import Request

from syncd.settings import Settings
from syncd.signing import BadToken, Signing
from syncd.text import is_loopback
from syncd.web.health import is_proxied
from syncd.web.peers import is_from_proxy, peer_of

log = logging.getLogger(__name__)

HINT = "if it is your proxy, add it to serve.trusted_proxies and restart"
MOST_TOLD = 20
"""Addresses that are told of, until the next start."""


class Door:
    """Opens pages; what it needs is asked for at each request."""

    def __init__(
        self, settings: Callable[[], Settings], signing: Callable[[], Signing | None],
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._settings, self._signing, self._clock = settings, signing, clock
        self._refused: set[str] = set()

    def lets_in(self, request: Request, program: str, audience: str) -> bool:
        """Whether this request may see the page; "" is the list of all."""
        serve, signing = self._settings().serve, self._signing()
        if serve.login_header and request.headers.get(serve.login_header, "").strip():
            if is_from_proxy(request):
                return True
            self._refuse(peer_of(request))
        key = request.query_params.get("key", "")
        if key and signing is not None:
            try:
                return signing.read_page_key(key, self._clock()).covers(program, audience)
            except BadToken:
                return False
        return self._is_local(request)

    def _refuse(self, peer: str) -> None:
        """Say whose word did not count, since that may be the proxy; of few, as anybody can ask."""
        if peer not in self._refused and len(self._refused) < MOST_TOLD:
            self._refused.add(peer)
            log.warning("login.refused peer=%s hint=%s", peer, HINT)

    def _is_local(self, request: Request) -> bool:
        """Asked for on this machine, where nothing says that the pages are for others too.

        A proxy on this machine looks the same, so with `public_url` it counts for nothing; and a
        web site that lets its name point at this machine (DNS rebinding) has that name as host.
        """
        serve = self._settings().serve
        if serve.address is None or serve.public_url or serve.login_header or is_proxied(request):
            return False
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        return all(map(is_loopback, (serve.address[0], peer_of(request), host)))
