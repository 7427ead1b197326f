"""What a command says on streams that are closed, full or read by nobody; what it does all the same."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from installation import NOW, write_installation, write_work

SYNCD = f"{sys.executable} -m syncd"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a configuration and with work that is overdue, of which nobody was told."""
    write_installation(tmp_path)
    write_work(tmp_path, date(2026, 1, 5), NOW)
    return tmp_path


def shell(place: Path, line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line.replace("syncd", f"{SYNCD} -c syncd.toml")],
        cwd=place, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-", "2>&1 | true", ">&- 2>&- <&-"])
def test_what_cannot_be_told_on_the_side_stops_no_mail(place: Path, where: str) -> None:
    done = shell(place, f"syncd run {where}")
    assert done.returncode == 0, done.stderr
    assert list((place / "outbox").glob("*.eml"))


def test_an_answer_that_cannot_be_written_is_a_failure_in_plain_words(place: Path) -> None:
    done = shell(place, "syncd run >/dev/full")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2:] == [
        "the answer cannot be written to standard output: No space left on device",
        "  make room there (df -h), or write it elsewhere",
    ]
    assert list((place / "outbox").glob("*.eml"))
    done = shell(place, "syncd version >/dev/full")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 2)


def test_an_answer_that_nobody_wants_is_no_failure(place: Path) -> None:
    for command in ("version", "config schema"):
        done = shell(place, f"syncd {command} >&-")
        assert (done.returncode, done.stderr) == (0, ""), command
