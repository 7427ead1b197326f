"""The group `syncd routes`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.groups import group, options_of

routes = group("Routes: who hears of what, by which line of the configuration.")


@routes.command("list")
def _routes_list(ctx: typer.Context) -> int:
    """The routes in the order in which they are looked at, and what comes after them."""
    from syncd.cli import routes as screens

    return screens.list_routes(options_of(ctx))


@routes.command("test")
def _routes_test(
    ctx: typer.Context,
    alert: Annotated[str, typer.Argument(metavar="ID", help="D-41, or a finding's fingerprint.")],
) -> int:
    """Who would be told of an alert if it were new now, when, and why the others would not."""
    from syncd.cli import routes as screens

    return screens.test(options_of(ctx), alert)
