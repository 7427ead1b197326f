"""The import law is kept, and it is a law: a planted violation is caught."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"],
        cwd=folder, env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "syncd", tmp_path / "syncd", ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_room_keeps_the_law() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout[-2000:]


def test_planted_violations_are_caught(copy: Path) -> None:
    for file, line in (
        ("reconciler/facts/severity.py", "import requests"),
        ("alerts/muting.py", "import syncd.store"),
        ("connectors/jira/people.py", "import syncd.connectors.github.rows"),
        ("connectors/github/rows.py", "import jira"),
    ):
        path = copy / "syncd" / file
        path.write_text(path.read_text() + f"\n{line}\n")
    done = lint(copy)
    assert done.returncode == 1
    for contract in (
        "rooms look down, never sideways BROKEN",
        "the core is pure BROKEN",
        "connectors are strangers BROKEN",
        "jira is met in one file BROKEN",
    ):
        assert contract in done.stdout
