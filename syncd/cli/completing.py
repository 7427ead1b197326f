"""What may stand at the end of a command line: for the completion of shells, so nothing heavy."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from importlib.metadata import entry_points
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from syncd.cli import options as flags
from syncd.cli import pages

SCRIPTS = {
    "bash": """\
# syncd completion bash > ~/.local/share/bash-completion/completions/syncd
_syncd_complete() {
    local IFS=$'\\n'
    COMPREPLY=( $( "$1" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null ) )
}
complete -o default -F _syncd_complete syncd
""",
    "zsh": """\
#compdef syncd
# In .zshrc, after compinit: source <(syncd completion zsh). Or as _syncd in a folder of fpath.
_syncd() {
    local -a found
    found=( ${(f)"$( "${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null )"} )
    if (( ${#found} )); then compadd -- $found; else _files; fi
}
if [[ "$funcstack[1]" == _syncd ]]; then _syncd "$@"; else compdef _syncd syncd; fi
""",
    "fish": """\
# syncd completion fish > ~/.config/fish/completions/syncd.fish
function __syncd_complete
    set -l words (commandline -opc)
    $words[1] __complete $words[2..-1] (commandline -ct | string collect --allow-empty) 2>/dev/null
end
complete -c syncd -a '(__syncd_complete)'
""",
}

_RULE = re.compile(r'^    "([a-z-]+)": "syncd\.reconciler\.rules\.', re.MULTILINE)
_OPEN = "SELECT number FROM alerts WHERE state != 'cleared' ORDER BY number DESC LIMIT 200"
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
    from typer.main import get_command

    from syncd.cli.tree import tree

    command: Any = get_command(tree())
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
        "RULE": rules,
        "ID": lambda: _alerts(given, env),
        "TOPIC": lambda: list(pages.PAGES),
        "SHELL": lambda: list(SCRIPTS),
        "SEVERITY": lambda: ["info", "low", "medium", "high", "critical"],
    }
    return found[name]() if name in found else []


def rules() -> list[str]:
    """The id of every rule, also of those that packages add."""
    # Read, not imported: rules come with the libraries that they reckon with.
    table = files("syncd").joinpath("reconciler", "rules", "__init__.py").read_text("utf-8")
    others = [point.name for point in entry_points(group="syncd.rules")]
    return [*_RULE.findall(table), *others]


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


def script(shell: str, options: flags.Options) -> int:
    """Print what the shell is to read. Raises Usage for another shell."""
    if shell not in SCRIPTS:
        raise flags.Usage(f'"{shell}" is not one of {", ".join(SCRIPTS)}', "syncd completion bash")
    text = SCRIPTS[shell]
    if options.format in ("json", "jsonl"):
        text = json.dumps({"schema": "syncd/completion/1", "shell": shell, "script": text}) + "\n"
    sys.stdout.write(text)
    return 0


def complete(words: Sequence[str]) -> int:
    """Print a candidate a line. Whatever goes wrong, a person in the middle of a line is let be."""
    try:
        found = candidates(words, os.environ)
    except Exception:  # noqa: BLE001 - half a file or half a command is usual here
        return 0
    sys.stdout.write("".join(f"{one}\n" for one in found))
    return 0
