"""The group `syncd sources`."""

from __future__ import annotations

import typer

from syncd.cli.groups import SourceNames, group, options_of

sources = group("Sources: what is read, and what could be.")


@sources.command("list")
def _sources_list(ctx: typer.Context) -> int:
    """Each source, how often it is read, and what of it."""
    from syncd.cli import sources as screens

    return screens.list_sources(options_of(ctx))


@sources.command("discover")
def _sources_discover(ctx: typer.Context, names: SourceNames = None) -> int:
    """What the credentials see: projects, repositories, calendars; writes nothing."""
    from syncd.cli import sources as screens

    return screens.discover(options_of(ctx), names or [])
