"""All routes and what holds for each of them; a subject's routes stand in a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount

from syncd.app import App
from syncd.report.contents import Audience, Report
from syncd.vitals import Vitals
from syncd.web import health
from syncd.web.answers import AnswerPages
from syncd.web.doors import Door
from syncd.web.guards import StrictHeaders
from syncd.web.peers import Peers
from syncd.web.programs import ProgramPages


def site(app: App, vitals: Vitals, clock: Callable[[], datetime]) -> Starlette:
    """The pages. What they need of the service is asked for at each request: it may be reloaded."""

    def names() -> dict[str, str]:
        return {name: one.name or name for name, one in app.settings.programs.items()}

    def made(now: datetime, program: str, audience: Audience) -> Report:
        return app.report(now, audience=audience, program=program)

    door = Door(lambda: app.settings, lambda: app.mailroom.signing, clock)
    answers = AnswerPages(lambda: app.mailroom.desk, lambda: app.settings.serve.public_url, clock)
    pages: list[BaseRoute] = [
        *answers.routes(), *ProgramPages(door, names, made, clock).routes(),
    ]  # fmt: skip
    prefix = urlsplit(app.settings.serve.public_url).path.rstrip("/")
    routes = [*health.routes(vitals), *([Mount(prefix, routes=pages)] if prefix else pages)]
    return _served(routes, app.settings.serve.trusted_proxies)


def probes(vitals: Vitals) -> Starlette:
    """What machines ask, and nothing for people."""
    return _served(health.routes(vitals), ())


def _served(routes: Sequence[BaseRoute], proxies: Sequence[str]) -> Starlette:
    return Starlette(
        routes=routes,
        middleware=[Middleware(Peers, trusted=proxies), Middleware(StrictHeaders)],
        exception_handlers={404: _nothing, 405: _nothing, 500: _broken},
    )


async def _nothing(_: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 404)
    headers = getattr(error, "headers", None)
    return PlainTextResponse("There is nothing here.\n", status, headers)


async def _broken(_: Request, __: Exception) -> Response:
    return PlainTextResponse("Something went wrong; nothing was changed.\n", 500)
