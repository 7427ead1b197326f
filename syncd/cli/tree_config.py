"""The group `syncd config`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.groups import group, options_of

config = group("The configuration: check it, show it, describe it.")


@config.command("validate")
def _config_validate(
    ctx: typer.Context,
    online: Annotated[
        bool, typer.Option("--online", help="Ask sources and mail server too.")
    ] = False,
) -> int:
    """Say everything that is wrong, with its place; contacts nothing unless asked to."""
    from syncd.cli import configuration

    return configuration.validate(options_of(ctx), online=online)


@config.command("show")
def _config_show(ctx: typer.Context) -> int:
    """Every value that is set and where it comes from; secrets masked."""
    from syncd.cli import configuration

    return configuration.show(options_of(ctx))


@config.command("schema")
def _config_schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="As a page for people.")] = False,
) -> int:
    """The JSON schema of the configuration, for editors."""
    from syncd.cli import configuration

    return configuration.schema(markdown=markdown)


@config.command("where")
def _config_where(ctx: typer.Context) -> int:
    """Which files are read, and where the store and secrets are."""
    from syncd.cli import configuration

    return configuration.where(options_of(ctx))
