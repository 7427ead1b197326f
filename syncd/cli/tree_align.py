"""The group `syncd align`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.groups import By, group, options_of

align = group("Make dates that disagree say one thing: shown first, then what you pick.")


@align.command("plan")
def _align_plan(
    ctx: typer.Context,
    about: Annotated[
        str,
        typer.Argument(
            metavar="DELIVERABLE", help="Only this one; or an item, or a review's title."
        ),
    ] = "",
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="SOURCE|DATE", help="What is to hold; else as authority says."
        ),
    ] = "",
) -> int:
    """Show the edits: which date in which tool, from what to what, and why. Writes nothing."""
    from syncd.cli import align as screens

    return screens.plan(options_of(ctx), about=about, to=to)


@align.command("apply")
def _align_apply(
    ctx: typer.Context,
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="The id that plan showed.")],
    *,
    pick: Annotated[
        str, typer.Option("--pick", metavar="1,3", help="Numbers of its edits, or all.")
    ] = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    tell: Annotated[
        str, typer.Option("--tell", metavar="WHOM", help="Guests told: none, external or all.")
    ] = "none",
    by: By = "",
) -> int:
    """Make the edits that you pick, each only where its date is still what was shown."""
    from syncd.cli import align as screens

    return screens.apply(
        options_of(ctx), screens.Picked(plan=plan, pick=pick, yes=yes, tell=tell, by=by)
    )
