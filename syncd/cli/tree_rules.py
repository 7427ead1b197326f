"""The group `syncd rules`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.groups import Known, Since, Step, Until, group, options_of

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


@rules.command("test")
def _rules_test(  # noqa: PLR0917 - each flag is an argument
    ctx: typer.Context,
    rule: Annotated[str, typer.Argument(metavar="RULE")],
    since: Since = "",
    until: Until = "",
    step: Step = 5,
    known: Known = False,
) -> int:
    """What a rule would have sent in past days, to whom, and how often it was right."""
    from syncd.cli import rules_test
    from syncd.cli.replaying import Asked

    asked = Asked(since=since, until=until, step=step, known=known)
    return rules_test.test(options_of(ctx), rule, asked)
