"""The group `syncd baseline`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.groups import By, group, options_of

baseline = group("Baselines: what was promised, set with a reason, and compared.")


@baseline.command("list")
def _baseline_list(ctx: typer.Context) -> int:
    """What is promised of each deliverable, who set it, and why."""
    from syncd.cli import baseline as screens

    return screens.list_baselines(options_of(ctx))


@baseline.command("set")
def _baseline_set(
    ctx: typer.Context,
    deliverable: Annotated[
        str, typer.Argument(metavar="DELIVERABLE", help="Only this one, by name or id.")
    ] = "",
    *,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Kept in the log.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="What to call it.")] = "",
    day: Annotated[
        str, typer.Option("--date", metavar="DATE", help="Another day than it has now.")
    ] = "",
    by: By = "",
) -> int:
    """Promise today's dates: of all deliverables, or of one."""
    from syncd.cli import baseline as screens

    said = screens.Said(deliverable=deliverable, name=name, day=day, reason=reason, by=by)
    return screens.set_baseline(options_of(ctx), said)


@baseline.command("diff")
def _baseline_diff(
    ctx: typer.Context,
    before: Annotated[
        str, typer.Argument(metavar="FROM", help="A name; else what is promised now.")
    ] = "baseline",
    after: Annotated[str, typer.Argument(metavar="TO", help="A name; else today's plan.")] = (
        "today"
    ),
) -> int:
    """Compare two baselines, or one with today's plan."""
    from syncd.cli import baseline as screens

    return screens.diff(options_of(ctx), before, after)
