"""The group `syncd deps`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.groups import Teams, group, options_of

deps = group("Dependencies: who waits for whom, stated and suspected.")

Within = Annotated[bool, typer.Option("--within", help="Also within one team.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Kept with it.")]
Waiting = Annotated[str, typer.Argument(metavar="ITEM", help="What waits, as PAY-142.")]
Before = Annotated[str, typer.Argument(metavar="PREREQUISITE", help="What it waits for.")]


@deps.command("list")
def _deps_list(
    ctx: typer.Context,
    team: Teams = None,
    certainty: Annotated[
        str, typer.Option("--class", metavar="CLASS", help="explicit, suspected, context or all.")
    ] = "explicit",
    within: Within = False,
) -> int:
    """Open dependencies between teams, with the days they leave."""
    from syncd.cli import deps as screens

    wanted = screens.Wanted(teams=tuple(team or ()), certainty=certainty, within=within)
    return screens.list_dependencies(options_of(ctx), wanted)


@deps.command("suggest")
def _deps_suggest(ctx: typer.Context, team: Teams = None) -> int:
    """What seems to wait for another team though no link says so."""
    from syncd.cli import deps as screens

    return screens.suggest(options_of(ctx), screens.Wanted(teams=tuple(team or ())))


@deps.command("accept")
def _deps_accept(ctx: typer.Context, item: Waiting, before: Before, reason: Reason = "") -> int:
    """Say that an item waits for another."""
    from syncd.cli import deps as screens

    return screens.decide(options_of(ctx), (item, before), accepted=True, reason=reason)


@deps.command("reject")
def _deps_reject(ctx: typer.Context, item: Waiting, before: Before, reason: Reason = "") -> int:
    """Say that neither waits for the other."""
    from syncd.cli import deps as screens

    return screens.decide(options_of(ctx), (item, before), accepted=False, reason=reason)


@deps.command("graph")
def _deps_graph(
    ctx: typer.Context,
    items: Annotated[
        list[str] | None, typer.Argument(metavar="[ITEM…]", help="Only what is around them.")
    ] = None,
    team: Teams = None,
    within: Within = False,
) -> int:
    """Draw it: --format dot, mermaid or svg."""
    from syncd.cli import deps as screens

    wanted = screens.Wanted(teams=tuple(team or ()), within=within)
    return screens.draw(options_of(ctx), items or [], wanted)
