"""Completion in the shells themselves: commands, flags, and names of the configuration."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from test_cli import world

from syncd.cli.shells import SCRIPTS

__all__ = ["world"]

SYNCD = str(Path(sys.executable).parent / "syncd")
BASH = """
source "$1"; shift
COMP_WORDS=(syncd "$@"); COMP_CWORD=$#
COMP_WORDS[0]="$SYNCD"
_syncd_complete "$SYNCD"
printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
compdef() { : }
compadd() { shift; print -l -- "$@" }
_files() { : }
source "$1"; shift
words=("$SYNCD" "$@"); CURRENT=$#words
_syncd
"""
FISH = """
source $argv[1]
complete -C "syncd $argv[2..-1]"
"""
SHELLS = {
    "bash": ("bash", "--norc", "-c", BASH, "-"),
    "zsh": ("zsh", "-f", "-c", ZSH, "-"),
    "fish": ("fish", "--no-config", "-c", FISH),
}


def completed(shell: str, folder: Path, *words: str) -> set[str]:
    """What the shell offers for the last word."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    script = folder / f"completion.{shell}"
    script.write_text(SCRIPTS[shell])
    path = f"{Path(SYNCD).parent}{os.pathsep}{os.environ['PATH']}"
    env = {name: value for name, value in os.environ.items() if not name.startswith("SYNCD")}
    done = subprocess.run(
        [*SHELLS[shell], str(script), *words], cwd=folder, check=True, text=True, timeout=300,
        env=env | {"SYNCD": SYNCD, "PATH": path, "HOME": str(folder)}, capture_output=True,
    )  # fmt: skip
    assert done.stderr == ""
    return {line.partition("\t")[0] for line in done.stdout.splitlines() if line}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["ali"], {"align"}),
        (["alerts", "sno"], {"snooze"}),
        (["reconcile", "--off"], {"--offline"}),
        (["doctor", ""], {"jira"}),
        (["alerts", "show", ""], {"D-1"}),
        (["rules", "explain", "overd"], {"overdue"}),
        (["brief", "--for", "d"], {"dana"}),
    ],
)
def test_a_shell_completes(world: Path, shell: str, words: list[str], offered: set[str]) -> None:
    found = completed(shell, world, *words)
    # Where nothing was typed yet, shells add files of the folder.
    assert (found == offered) if words[-1] else (found >= offered)


def test_completing_imports_nothing_heavy(world: Path) -> None:
    script = (
        "import sys; from syncd.cli.entry import run_command\n"
        "for words in (['doctor', ''], ['alerts', 'show', ''], ['rules', 'explain', '']):\n"
        "    run_command(['__complete', *words])\n"
        "print(chr(10).join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=world
    )
    assert done.stdout.split()[:2] == ["jira", "D-1"]
    loaded = {name.split(".")[0] for name in done.stderr.split()}
    assert not loaded & {
        "jira", "github", "googleapiclient", "google", "sqlalchemy", "alembic", "pydantic",
        "pydantic_settings", "requests", "icalendar", "holidays", "rustworkx", "jinja2",
    }  # fmt: skip


@pytest.mark.parametrize("spoil", ["config", "store", "nothing"])
def test_a_line_is_not_disturbed_by_what_is_wrong(tmp_path: Path, spoil: str) -> None:
    (tmp_path / "config" / "var").mkdir(parents=True)
    if spoil != "nothing":
        text = "x = = 1" if spoil == "config" else "[teams.pay]\n"
        (tmp_path / "config" / "syncd.toml").write_text(text)
        (tmp_path / "config" / "var" / "syncd.db").write_bytes(b"no store")
    assert completed("bash", tmp_path, "alerts", "show", "") == set()
    assert completed("bash", tmp_path, "nosuch", "--nosuch", "-c") == {"-c"}
