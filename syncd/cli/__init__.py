"""The command line: words, screens and exit codes; the only room that prints."""

from __future__ import annotations

from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run `syncd` with these arguments; gives the exit code, raises nothing."""
    from syncd.cli.entry import run_command

    return run_command(arguments)
