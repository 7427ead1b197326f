"""`/livez`, `/readyz` and `/metrics`: for machines, of the service itself.

A request that came through a proxy is for people: it finds none of these.
"""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from syncd.errors import SyncdError
from syncd.metrics import CONTENT_TYPE
from syncd.vitals import Vitals

LOOP = 120.0
"""Seconds without a sign of life of the service's loop that are too many."""
PROXIED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def routes(vitals: Vitals) -> list[Route]:
    """At the root, whatever path the pages for people begin with."""

    async def livez(request: Request) -> Response:
        if is_proxied(request):
            return _hidden()
        silent = vitals.silent_for()
        if silent < LOOP:
            return PlainTextResponse("ok\n")
        return PlainTextResponse(f"the loop is silent since {silent:.0f} s\n", 503)

    async def readyz(request: Request) -> Response:
        if is_proxied(request):
            return _hidden()
        why = await run_in_threadpool(vitals.ready)
        return PlainTextResponse(f"{why}\n" if why else "ok\n", 503 if why else 200)

    async def metrics(request: Request) -> Response:
        if is_proxied(request):
            return _hidden()
        try:
            text = await run_in_threadpool(vitals.metrics)
        except SyncdError as error:
            return PlainTextResponse(f"# {error}\n", 503)
        return PlainTextResponse(text, headers={"content-type": CONTENT_TYPE})

    return [Route("/livez", livez), Route("/readyz", readyz), Route("/metrics", metrics)]


def is_proxied(request: Request) -> bool:
    """Whether a proxy says that it passed this on for somebody else."""
    return any(name in request.headers for name in PROXIED)


def _hidden() -> Response:
    return PlainTextResponse("There is nothing here.\n", 404)
