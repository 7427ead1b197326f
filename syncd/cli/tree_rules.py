"""The group `syncd rules`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.groups import group, options_of

rules = group("Rules: what syncd looks for, and how to change it.")


@rules.command("list")
def _rules_list(ctx: typer.Context) -> int:
    """Every rule: its severity, whether it is on, and what it found and took last."""
    from syncd.cli import rules as screens

    return screens.list_rules(options_of(ctx))


@rules.command("explain")
def _rules_explain(ctx: typer.Context, rule: Annotated[str, typer.Argument(metavar="RULE")]) -> int:
    """What a rule looks for, its parameters, and how to change them."""
    from syncd.cli import rules as screens

    return screens.explain(options_of(ctx), rule)
