"""`/r/PROGRAM`: the report of a program, made of what is held now; `/r/` lists them. Read-only."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from syncd.errors import SyncdError
from syncd.redaction import SECRETS
from syncd.report.contents import Audience, Report
from syncd.report.page import page, policy
from syncd.web.doors import Door
from syncd.web.guards import WrongTokens
from syncd.web.pages import Page, response

FRESH = timedelta(minutes=1)
"""How long a page is given again before it is made anew."""
ALL = "all"
"""Stands for everything that is held, where no program is configured."""

Make = Callable[[datetime, str, Audience], Report]


@dataclass(frozen=True, slots=True)
class _Made:
    at: datetime
    body: bytes
    tag: str


class ProgramPages:
    """The routes. `names` gives program id → name, `make` the report of one ("" = of all)."""

    def __init__(
        self, door: Door, names: Callable[[], Mapping[str, str]], make: Make,
        clock: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._door, self._names, self._make, self._clock = door, names, make, clock
        self._wrong = WrongTokens()
        self._made: dict[tuple[str, Audience], _Made] = {}
        self._making = threading.Lock()

    def routes(self) -> list[Route]:
        """To be mounted where `serve.public_url` says."""
        return [Route("/r/", self._list), Route("/r/{program}", self._program)]

    async def _list(self, request: Request) -> Response:
        if not self._door.lets_in(request, "", Audience.TEAM):
            return self._closed(request)
        key = request.query_params.get("key", "")
        names = self._names() or {ALL: "All that is held"}
        links = []
        for program, name in names.items():
            for audience, words in ((Audience.TEAM, name), (Audience.LEAD, f"{name}, for leaders")):
                query = {"audience": audience} if audience is Audience.LEAD else {}
                asked = urlencode(query | ({"key": key} if key else {}))
                links.append((f"{program}?{asked}" if asked else program, words))
        return response(Page(title="Programs", links=links))

    async def _program(self, request: Request) -> Response:
        program, audience = str(request.path_params["program"]), _audience(request)
        known = program in (self._names() or {ALL: ""})
        if not known or audience is None or not self._door.lets_in(request, program, audience):
            return self._closed(request)
        try:
            made = await run_in_threadpool(self._page, program, audience)
        except SyncdError as error:
            lines = [SECRETS.mask(str(error)), "Try again in a minute."]
            return response(Page(title="The page cannot be made now", lines=lines), 503)
        headers = {
            "etag": made.tag,
            "cache-control": "private, no-cache",
            "vary": "Cookie, Authorization",
            "content-security-policy": f"{policy()}; frame-ancestors 'none'",
        }
        if made.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(made.body, headers=headers, media_type="text/html")

    def _page(self, program: str, audience: Audience) -> _Made:
        """One is made at a time: it takes the memory of a whole pass."""
        with self._making:
            now, held = self._clock(), self._made.get((program, audience))
            if held is not None and timedelta() <= now - held.at < FRESH:
                return held
            report = self._make(now, "" if program == ALL else program, audience)
            body = SECRETS.mask(page(report).decode()).encode()
            tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            made = self._made[program, audience] = _Made(now, body, tag)
            return made

    def _closed(self, request: Request) -> Response:
        """The same for what is not there and what is not for this visitor."""
        address = request.client.host if request.client else ""
        if request.query_params.get("key") and self._wrong.is_too_many(address):
            return PlainTextResponse("Too many wrong links.\n", 429, {"retry-after": "60"})
        return PlainTextResponse("There is nothing here.\n", 404)


def _audience(request: Request) -> Audience | None:
    try:
        return Audience(request.query_params.get("audience", Audience.TEAM))
    except ValueError:
        return None
