"""Long answers on a terminal go through the reader's pager."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest


def on_a_terminal(folder: Path, lines: int, *words: str) -> str:
    """What appears on a terminal of so many lines; the pager marks what went through it."""
    pager = folder / "pager"
    pager.write_text('#!/bin/sh\necho "PAGED zone=$SYNCD_TZ"\ncat\n')
    pager.chmod(0o700)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "syncd", *words], stdout=theirs, stderr=subprocess.DEVNULL,
        env={**os.environ, "LINES": str(lines), "COLUMNS": "100", "PAGER": str(pager),
             "SYNCD_TZ": "UTC", "PYTHONDONTWRITEBYTECODE": ""},
        cwd=folder,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(ours)
    assert process.wait(180) == 0
    return shown.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/syncd.toml").write_text('[sources.x]\nkind = "file"\npaths = ["x.csv"]\n')
    return tmp_path


def test_only_what_is_longer_than_the_screen_is_paged(folder: Path) -> None:
    long = on_a_terminal(folder, 8, "rules", "explain", "overdue")
    assert long.startswith("PAGED zone=\r\n"), (
        "what configures syncd, credentials too, is not handed on"
    )
    assert "overdue" in long
    short = on_a_terminal(folder, 200, "rules", "explain", "overdue")
    assert "PAGED" not in short
    assert short.replace("\r\n", "\n") == long.replace("\r\n", "\n").partition("\n")[2]
    assert "PAGED" not in on_a_terminal(folder, 8, "rules", "explain", "overdue", "--no-pager")


def test_a_list_of_what_waits_for_what_is_paged(folder: Path) -> None:
    assert on_a_terminal(folder, 8, "deps", "list", "--help").startswith("PAGED")


def test_a_pager_that_cannot_be_started_loses_nothing(folder: Path) -> None:
    os.environ["SYNCD_PAGER"] = "/nonexistent/pager"
    try:
        assert "overdue" in on_a_terminal(folder, 8, "rules", "explain", "overdue")
    finally:
        del os.environ["SYNCD_PAGER"]
