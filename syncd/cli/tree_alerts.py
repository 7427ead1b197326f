"""The group `syncd alerts`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.groups import group, options_of

alerts = group("Alerts: what drifted, with its history and evidence.")


@alerts.command("list")
def _alerts_list(
    ctx: typer.Context,
    state: Annotated[
        str,
        typer.Option(
            "--state", metavar="STATE", help="open, pending, firing, frozen, resolved or all."
        ),
    ] = "open",
    team: Annotated[
        list[str] | None, typer.Option("--team", metavar="TEAM", help="Only what concerns it.")
    ] = None,
) -> int:
    """List alerts, worst first."""
    from syncd.cli import alerts as screens

    return screens.list_alerts(options_of(ctx), state, tuple(team or ()))


@alerts.command("show")
def _alerts_show(
    ctx: typer.Context, ids: Annotated[list[str], typer.Argument(metavar="ID…", help="As D-41.")]
) -> int:
    """What an alert says, who was told of it, and when."""
    from syncd.cli import alerts as screens

    return screens.show(options_of(ctx), ids)


@alerts.command("explain")
def _alerts_explain(
    ctx: typer.Context, ids: Annotated[list[str], typer.Argument(metavar="ID…", help="As D-41.")]
) -> int:
    """Why an alert fires: the evidence, its age, and what would clear it."""
    from syncd.cli import alerts as screens

    return screens.explain(options_of(ctx), ids)
