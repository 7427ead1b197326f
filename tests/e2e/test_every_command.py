"""Every command there is, found by walking the tree: what a script reads, also on failure."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from test_cli import Answer, call, world

from syncd.cli.tree import tree

__all__ = ["call", "world"]

NEED_NOTHING = (
    ("help",), ("version",), ("completion",), ("config", "schema"), ("init",), ("demo",),
    ("rules", "list"), ("rules", "explain"),
)  # fmt: skip
"""Commands that work without a configuration; `demo` is a test of its own."""
GIVEN = {"SHELL": "bash", "TOPIC": "formats"}


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Each command with what it must be given."""
    if hasattr(command, "commands"):
        for name, one in command.commands.items():
            yield from leaves(one, (*path, name))
        return
    needed = [one for one in command.params if one.required]
    words: list[str] = []
    for one in needed:
        if one.param_type_name == "option":
            words.append(one.opts[0])
        words.append(GIVEN.get(str(one.metavar), "2026-11-23"))
    yield (*path, *words)


COMMANDS = list(leaves(tree()))
FAILING = [one for one in COMMANDS if not any(one[: len(free)] == free for free in NEED_NOTHING)]


def test_the_whole_tree_is_walked() -> None:
    walked = {command[0] for command in COMMANDS}
    assert walked >= {"run", "alerts", "config", "sources", "completion", "serve"}
    assert len(COMMANDS) > 40


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_command_that_fails_tells_it_to_a_script(
    tmp_path: Path, call: Callable[..., Answer], form: str
) -> None:
    env = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": ""}
    for command in FAILING:
        done = call(tmp_path, "-f", form, *command, env=env)
        assert (done.returncode, done.stdout) in ((5, ""), (2, "")), (command, done)
        error = json.loads(done.stderr)
        assert error["type"] == "error", command
        assert error["code"] == done.returncode, command
        assert error["message"], command


@pytest.mark.parametrize("command", [("help", "rules"), ("help",), ("completion", "zsh"),
                                     ("version",), ("config", "schema")])  # fmt: skip
def test_what_needs_no_configuration_answers_in_json(
    tmp_path: Path, call: Callable[..., Answer], command: tuple[str, ...]
) -> None:
    done = call(tmp_path, "-f", "json", *command)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_every_help_fits_and_is_there(call: Callable[..., Answer], tmp_path: Path) -> None:
    for command in COMMANDS:
        done = call(tmp_path, *(word for word in command if word in _names()), "--help")
        assert done.returncode == 0, command
        assert done.stdout.startswith("Usage: syncd"), command
        assert max(map(len, done.stdout.splitlines())) <= 80, command


def _names() -> set[str]:
    def below(command: Any) -> Iterator[str]:
        for name, one in getattr(command, "commands", {}).items():
            yield name
            yield from below(one)

    return set(below(tree()))
