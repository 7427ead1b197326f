"""The command `syncd report`."""

from __future__ import annotations

from typing import Annotated

import typer

from syncd.cli.groups import options_of


def report_command(  # noqa: PLR0917 - each flag is an argument
    ctx: typer.Context,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Write it, or into a folder.")
    ] = "",
    audience: Annotated[
        str, typer.Option("--audience", metavar="WHO", help="team or lead.")
    ] = "team",
    reader: Annotated[
        str, typer.Option("--for", metavar="PERSON", help="With all that this one may see.")
    ] = "",
    program: Annotated[
        str, typer.Option("--program", metavar="NAME", help="Only this program.")
    ] = "",
    blocks: Annotated[
        str, typer.Option("--blocks", metavar="A,B", help="Only these parts, or all but -A,-B.")
    ] = "",
    as_of: Annotated[
        str, typer.Option("--as-of", metavar="DATE", help="As it was on that day.")
    ] = "",
    link: Annotated[
        bool, typer.Option("--link", help="A link to the page that serve shows, for 30 days.")
    ] = False,
) -> int:
    """The whole picture of a program: dates, risks, teams and decisions in one file.

    It says what all its readers may see, with --for what one person may. Made of what is held;
    asks no source. Markdown, or a page with -o (or -f html).
    """
    from syncd.cli import report

    request = report.Request(
        output=output, audience=audience, reader=reader, program=program, blocks=blocks,
        as_of=as_of,
    )  # fmt: skip
    if link:
        return report.link(options_of(ctx), request)
    return report.report(options_of(ctx), request)
