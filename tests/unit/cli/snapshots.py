"""Whole screens held against files. `WRITE_SCREENS=1` writes them anew, to be reviewed."""

from __future__ import annotations

import os
import re
from pathlib import Path

from rich.cells import cell_len

FOLDER = Path(__file__).parent / "screens"
WIDTHS = (80, 100, 140)
MASKS = (
    (r"127\.0\.0\.1:\d{5}", "127.0.0.1:00000"),
    (r"\b\d+ s apart", "0 s apart"),
    (r"\b3\.\d\d\.\d+\S*", "3.11.0"),
    (r"\b\d+\.\d MB", "0.0 MB"),
    (r"syncd \d\S*", "syncd 0.0.0"),
    (r"schema \d+ is", "schema 9 is"),
    (
        r"holidays \S+, tzdata [^·]+ · configuration \w+",
        "holidays 0.0, tzdata 2025a · configuration 0000",
    ),
)
"""What differs from machine to machine, never in a way that moves the line ends of a screen."""


def check_screen(name: str, text: str, *, width: int) -> None:
    """The text is that of the file, and none of its lines is wider than the screen."""
    shown = text
    for pattern, stands_for in MASKS:
        shown = re.sub(pattern, stands_for, shown)
    for line in re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines():
        assert cell_len(line) <= width, line
    file = FOLDER / f"{name}.txt"
    if os.environ.get("WRITE_SCREENS"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(shown, encoding="utf-8")
    assert shown.splitlines() == file.read_text(encoding="utf-8").splitlines(), shown
