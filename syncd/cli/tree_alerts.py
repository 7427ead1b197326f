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
    ctx: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="As D-41.")] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Judge the same data again; exit 1 if it differs.")
    ] = False,
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="As of a past day; ID or subject.")
    ] = "",
    why_not: Annotated[
        tuple[str, str],
        typer.Option("--why-not", metavar="SUBJECT RULE", help="Why a rule (or all) is silent."),
    ] = ("", ""),
) -> int:
    """Why an alert fires: evidence, formula, thresholds, causes, what would clear it."""
    from syncd.cli import explain

    if any(why_not):
        from syncd.cli import silence

        return silence.why_not(options_of(ctx), *why_not)
    request = explain.Request(ids=tuple(ids or ()), replay=replay, as_of=as_of)
    return explain.explain(options_of(ctx), request)
