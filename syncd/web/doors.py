"""Who may read the pages of programs: a signed link, a proxy's login, or this machine itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from starlette.requests import Request

from syncd.settings import Settings
from syncd.signing import BadToken, Signing
from syncd.text import is_loopback
from syncd.web.health import is_proxied


class Door:
    """Opens pages; what it needs is asked for at each request."""

    def __init__(
        self, settings: Callable[[], Settings], signing: Callable[[], Signing | None],
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._settings, self._signing, self._clock = settings, signing, clock

    def lets_in(self, request: Request, program: str, audience: str) -> bool:
        """Whether this request may see the page; "" is the list of all."""
        serve, signing = self._settings().serve, self._signing()
        if serve.login_header and request.headers.get(serve.login_header, "").strip():
            return True
        key = request.query_params.get("key", "")
        if key and signing is not None:
            try:
                return signing.read_page_key(key, self._clock()).covers(program, audience)
            except BadToken:
                return False
        return self._is_local(request)

    def _is_local(self, request: Request) -> bool:
        """Asked for on this machine, where nothing says that the pages are for others too.

        A proxy on this machine looks the same, so with `public_url` it counts for nothing; and a
        web site that lets its name point at this machine (DNS rebinding) has that name as host.
        """
        serve = self._settings().serve
        if serve.address is None or serve.public_url or serve.login_header or is_proxied(request):
            return False
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        caller = request.client.host if request.client else ""
        return is_loopback(serve.address[0]) and is_loopback(caller) and is_loopback(host)
