"""What may stand at the end of a command line: for the completion of shells, so nothing heavy."""

from __future__ import annotations

import os
import sqlite3
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from syncd.cli import options as flags
from syncd.cli import pages
from syncd.cli.rule_ids import rule_ids
from syncd.cli.shells import SCRIPTS

_OPEN = (
    "SELECT number FROM alerts WHERE state IN ('firing', 'frozen') ORDER BY number DESC LIMIT 200"
)
_STORE = "sqlite:///"


class _Place(NamedTuple):
    """Where on the command line the last word stands."""

    command: Any
    path: tuple[str, ...]
    before: int
    """Arguments of the command that stand before it."""
    awaited: str
    """The option whose value it is; "" for none."""


def candidates(words: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """What the last of the words may become, each as a whole; [] where nobody can tell."""
    *given, last = words or [""]
    place = _place(given)
    flag, equals, start = last.partition("=")
    if equals and last.startswith("-"):
        return [f"{flag}={one}" for one in _values(place._replace(awaited=flag), given, env)
                if one.startswith(start)]  # fmt: skip
    if place.awaited:
        found = _values(place, given, env)
    elif last.startswith("-"):
        found = [*_options(place.command), *flags.GLOBAL, "--help"]
    elif commands := getattr(place.command, "commands", None):
        found = [name for name, one in commands.items() if not one.hidden]
    else:
        found = _arguments(place, given, env)
    return [one for one in dict.fromkeys(found) if one.startswith(last)]


def _place(given: Sequence[str]) -> _Place:

    from syncd.cli.tree import tree

    command: Any = tree()
    path: tuple[str, ...] = ()
    before, awaited = 0, ""
    for word in given:
        if awaited:
            awaited = ""
        elif word.startswith("-") and word != "-":
            awaited = word if "=" not in word and _takes_value(command, word) else ""
        elif word in getattr(command, "commands", {}):
            command, path = command.commands[word], (*path, word)
        else:
            before += 1
    return _Place(command, path, before, awaited)


def _takes_value(command: Any, word: str) -> bool:
    found = _option(command, word)
    return word in flags.VALUED or (found is not None and not found.is_flag)


def _option(command: Any, word: str) -> Any:
    return next((one for one in command.params if word in one.opts), None)


def _options(command: Any) -> Iterable[str]:
    return (name for one in command.params for name in one.opts if name.startswith("-"))


def _values(place: _Place, given: Sequence[str], env: Mapping[str, str]) -> list[str]:
    match flags.VALUED.get(place.awaited, ""):
        case "format":
            own = [name for name, path in flags.ONLY_FOR.items() if place.path[: len(path)] == path]
            return [*flags.FORMATS, *own]
        case "log_format":
            return ["text", "json"]
        case "":
            option = _option(place.command, place.awaited)
            kind = (option.metavar or "") if option is not None else ""
            # Programs and baselines both are a NAME; only the former are asked for so.
            return _known("PROGRAM" if place.awaited == "--program" else kind, given, env)
    return []


def _arguments(place: _Place, given: Sequence[str], env: Mapping[str, str]) -> list[str]:
    taken = [one for one in place.command.params if one.param_type_name == "argument"]
    if not taken or (place.before >= len(taken) and taken[-1].nargs != -1):
        return []
    return _known(taken[min(place.before, len(taken) - 1)].metavar or "", given, env)


def _known(kind: str, given: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """Everything of the kind that a metavar names."""
    sections = {"SOURCE": "sources", "TEAM": "teams", "PERSON": "people", "PROGRAM": "programs"}
    name = kind.strip("[]…")
    if name in sections:
        return sorted(_configured(given, env).get(sections[name], {}))
    found: dict[str, Callable[[], list[str]]] = {
        "RULE": rule_ids,
        "ID": lambda: _alerts(given, env),
        "TOPIC": lambda: list(pages.PAGES),
        "SHELL": lambda: list(SCRIPTS),
        "SEVERITY": lambda: ["info", "low", "medium", "high", "critical"],
    }
    return found[name]() if name in found else []


def _alerts(given: Sequence[str], env: Mapping[str, str]) -> list[str]:
    """The newest open alerts, without waiting for who writes."""
    main = _main_file(given, env)
    table = _configured(given, env).get("store", {})
    url = env.get("SYNCD_STORE__URL") or table.get("url") or f"{_STORE}var/syncd.db"
    if main is None or not url.startswith(_STORE):
        return []
    path = Path(url.removeprefix(_STORE))
    state = env.get("STATE_DIRECTORY", "").split(":")[0]
    if state and path == Path("var/syncd.db"):
        path = Path(state, "syncd.db")
    file = (main.absolute().parent / path).as_uri()
    with closing(sqlite3.connect(f"{file}?mode=ro", uri=True, timeout=0.1)) as store:
        return [f"D-{number}" for (number,) in store.execute(_OPEN)]


def _configured(given: Sequence[str], env: Mapping[str, str]) -> dict[str, Any]:
    """The tables of the configuration as far as they can be read."""
    main = _main_file(given, env)
    if main is None:
        return {}
    whole: dict[str, Any] = tomllib.loads(main.read_text("utf-8"))
    for pattern in whole.get("include", []):
        for file in main.parent.glob(pattern):
            for section, table in tomllib.loads(file.read_text("utf-8")).items():
                if isinstance(table, dict):
                    whole[section] = {**whole.get(section, {}), **table}
    return whole


def _main_file(given: Sequence[str], env: Mapping[str, str]) -> Path | None:
    named = [after for word, after in pairwise(given)
             if word in ("-c", "--config")]  # fmt: skip
    named += [word.partition("=")[2] for word in given if word.startswith("--config=")]
    if chosen := (named[-1] if named else env.get("SYNCD_CONFIG", "")):
        path = Path(chosen).expanduser()
        return path / "syncd.toml" if path.is_dir() else path
    home = Path(env.get("XDG_CONFIG_HOME") or Path(env.get("HOME", "/")) / ".config")
    usual = (Path("config"), home / "syncd", Path("/etc/syncd"))
    return next((one / "syncd.toml" for one in usual if (one / "syncd.toml").is_file()), None)


def complete(words: Sequence[str]) -> int:
    """Print a candidate a line. Whatever goes wrong, a person in the middle of a line is let be."""
    try:
        found = candidates(words, os.environ)
    except Exception:  # noqa: BLE001 - half a file or half a command is usual here
        return 0
    sys.stdout.write("".join(f"{one}\n" for one in found))
    return 0
