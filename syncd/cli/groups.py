"""What the files of the command tree share: how a group is made, and flags."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.options import Options

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 80}

SourceNames = Annotated[list[str] | None, typer.Argument(metavar="[SOURCE…]", help="Only these.")]

Teams = Annotated[
    list[str] | None, typer.Option("--team", metavar="TEAM", help="Only what concerns it.")
]
By = Annotated[str, typer.Option("--by", metavar="PERSON", help="Who says so; you, if left out.")]

# The flags of commands that live past days once more.
Since = Annotated[
    str, typer.Option("--since", metavar="DATE", help="First day; half a year before the last.")
]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help="Last day; today.")]
Step = Annotated[int, typer.Option("--step", metavar="N", help="Look at every Nth working day.")]
Known = Annotated[bool, typer.Option("--known", help="Only what syncd had learned by then.")]


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
