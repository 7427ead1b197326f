"""What the files of the command tree share: how a group is made, and the flags before it."""

from __future__ import annotations

import typer

from syncd.cli.options import Options

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 80}


def group(text: str) -> typer.Typer:
    """An empty group of commands with its line of help."""
    return typer.Typer(
        help=text, no_args_is_help=True, rich_markup_mode=None, context_settings=CONTEXT
    )


def options_of(ctx: typer.Context) -> Options:
    """The global flags of the command line."""
    found = ctx.find_root().obj
    if not isinstance(found, Options):
        raise TypeError("the command line was called without its options")
    return found
