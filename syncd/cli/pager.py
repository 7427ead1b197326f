"""Answers longer than the screen go through a pager; short ones, pipes and files never do."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from syncd.cli.options import Options

PAGED = frozenset({"reconcile", "alerts", "rules", "config", "deps"})
"""Commands that answer and end; the others tell what they do while they do it."""

DEFAULT = "less -FRX"


class _Held(io.StringIO):
    """Standard output of a terminal, kept until its length is known."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@contextmanager
def paged(arguments: Sequence[str], options: Options) -> Iterator[None]:
    """Hold what is written to stdout and show it at the end, also after an error."""
    if options.no_pager or not PAGED.intersection(arguments[:1]) or not sys.stdout.isatty():
        yield
        return
    terminal, held = sys.stdout, _Held()
    sys.stdout = held
    try:
        yield
    finally:
        sys.stdout = terminal
        _show(held.getvalue(), options)


def _show(text: str, options: Options) -> None:
    if text.count("\n") < shutil.get_terminal_size().lines or not _page(text, options):
        sys.stdout.write(text)


def _page(text: str, options: Options) -> bool:
    """Whether a pager took it."""
    words = shlex.split(options.env.get("SYNCD_PAGER") or os.environ.get("PAGER") or DEFAULT)
    # A credential in our environment is not the pager's.
    small = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD_")}
    try:
        return subprocess.run(words, input=text, text=True, env=small, check=False).returncode == 0
    except OSError:
        return False
