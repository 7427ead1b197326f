"""Who asks: the machine at the other end of a connection, and for whom a proxy of ours asks."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

_PEER, _IS_PROXY = "syncd.peer", "syncd.is_proxy"


class Peers:
    """Notes who connected, then takes the visitor's address from proxies in `trusted` only."""

    def __init__(self, app: ASGIApp, trusted: Sequence[str]) -> None:
        self._trusted = [ip_network(one) for one in trusted]
        self._app = ProxyHeadersMiddleware(app, trusted_hosts=list(trusted))  # type: ignore[arg-type]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        host, port = scope["client"]
        peer = ip_address(host)
        # What a socket for both families says of a visitor by IPv4.
        peer = (peer.ipv4_mapped if isinstance(peer, IPv6Address) else None) or peer
        scope["client"], scope[_PEER] = (str(peer), port), str(peer)
        scope[_IS_PROXY] = any(peer in network for network in self._trusted)
        await self._app(scope, receive, send)  # type: ignore[arg-type]


def peer_of(request: Request) -> str:
    """The address at the other end of the connection, whatever headers say."""
    return str(request.scope[_PEER])


def is_from_proxy(request: Request) -> bool:
    """Whether a proxy that is trusted sent it."""
    return bool(request.scope[_IS_PROXY])
