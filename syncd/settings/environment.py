"""What the environment and the secrets directory add to the files."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from syncd.errors import ConfigProblem
from syncd.settings.files import display
from syncd.settings.places import NAMED_TABLES, Path, Place, Places, is_secret
from syncd.settings.schema import Layout
from syncd.settings.values import near

PREFIX = "SYNCD_"

OWN = {
    "SYNCD_CONFIG": "the configuration file, as --config",
    "SYNCD_SECRETS_DIR": "folder of secrets files; default: secrets beside the configuration",
    "SYNCD_FORMAT": "table, json, jsonl or md, as --format",
    "SYNCD_QUIET": "1: errors only, 2: nothing, as -q",
    "SYNCD_VERBOSE": "1: decisions, 2: requests too, as -v",
    "SYNCD_NO_COLOR": "no colours, as --no-color",
    "SYNCD_NO_PAGER": "1: no pager for long answers",
    "SYNCD_PAGER": "pager for long answers; before PAGER and less",
    "SYNCD_NO_INPUT": "never ask, as --no-input",
    "SYNCD_WIDTH": "columns of output, as --width",
    "SYNCD_TZ": "time zone of output, as --tz",
    "SYNCD_LOG_FORMAT": "text or json, as --log-format",
}
"""Variables that are no part of the configuration."""


@dataclass(slots=True)
class Layer:
    """Values from one place besides the files."""

    table: dict[str, Any] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    problems: list[ConfigProblem] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)


def from_environment(env: Mapping[str, str], declared: Mapping[str, Any]) -> Layer:
    """`SYNCD_STORE__URL=…` → `store.url`. `declared` is what the files say.

    A value that starts with `[` or `{` is read as JSON. Variables that match nothing are warnings.
    """
    layer = Layer()
    for name in sorted(env):
        if not name.upper().startswith(PREFIX) or name.upper() in OWN:
            continue
        where = f"environment {name}"
        path = _path(name[len(PREFIX) :])
        unknown = _unknown(path, declared, env)
        if unknown is not None:
            _warn(layer, where, "matches no option" + unknown)
            continue
        _put(layer, path, _parsed(env[name], bare=path[0] == "rules"), where)
    return layer


def secret_folders(env: Mapping[str, str], main: FilePath) -> tuple[FilePath, ...]:
    """Folders of secrets files, the one whose values count first.

    `SYNCD_SECRETS_DIR`, then what systemd hands over (`LoadCredential=`), else also `secrets`
    beside the main file.
    """
    given, handed = env.get("SYNCD_SECRETS_DIR"), env.get("CREDENTIALS_DIRECTORY")
    found = [FilePath(each) for each in (given, handed) if each]
    return tuple(dict.fromkeys(found if given else [*found, main.parent / "secrets"]))


def from_directory(directory: FilePath, declared: Mapping[str, Any]) -> Layer:
    """One value per file: `sources__jira__token` or `sources/jira/token`, last line end cut off."""
    layer = Layer()

    def refuse(error: OSError) -> None:
        where = f"secret {display(FilePath(error.filename))}"
        message = f"the folder cannot be read: {error.strerror}"
        layer.problems.append(ConfigProblem(where=where, path="", message=message))

    for path in _secret_files(directory, refuse):
        name = "__".join(path.relative_to(directory).parts)
        keys = _path(name.removeprefix(PREFIX).removeprefix(PREFIX.lower()))
        where = f"secret {display(path)}"
        if path.is_dir():
            # What a container engine makes of a mount whose file is not there.
            if is_secret(keys):
                message = "is a folder where a file should be"
                problem = ConfigProblem(where=where, path=".".join(keys), message=message)
                layer.problems.append(problem)
            continue
        unknown = _unknown(keys, declared, {})
        if unknown is not None:
            _warn(layer, where, "matches no option" + unknown)
            continue
        value = _secret(path, where, layer, ".".join(keys))
        if value:
            layer.secrets.add(value)
            _put(layer, keys, value, where)
    return layer


def _secret_files(directory: FilePath, refuse: Callable[[OSError], None]) -> Iterator[FilePath]:
    def onerror(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            refuse(error)

    for folder, folders, names in os.walk(directory, onerror=onerror, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted([*folders, *names]):
            if not name.startswith("."):
                yield FilePath(folder) / name


def _secret(path: FilePath, where: str, layer: Layer, option: str) -> str | None:
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):
            # A pipe would keep everybody waiting for who writes into it.
            raise OSError(0, "is not a plain file")
        mode = stat.S_IMODE(kind)
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        layer.problems.append(ConfigProblem(where=where, path=option, message=message))
        return None
    except UnicodeDecodeError:
        layer.problems.append(ConfigProblem(where=where, path=option, message="is not UTF-8 text"))
        return None
    if mode & ~0o640:
        message = f"mode {mode:04o} lets others read it; run: chmod 600 {display(path)}"
        layer.problems.append(
            ConfigProblem(where=where, path=option, message=message, warning=True)
        )
    text = text.removesuffix("\n").removesuffix("\r")
    if not text.strip():
        layer.problems.append(ConfigProblem(where=where, path=option, message="is empty"))
        return None
    return text


def _path(name: str) -> tuple[str, ...]:
    keys = tuple(name.casefold().split("__"))
    if len(keys) > 1 and keys[0] == "rules":
        keys = (keys[0], keys[1].replace("_", "-"), *keys[2:])
    return keys


def _unknown(
    path: tuple[str, ...], declared: Mapping[str, Any], env: Mapping[str, str]
) -> str | None:
    """None for a path that leads to an option; else the words that name a near one, or ""."""
    if path[0] not in Layout.model_fields:
        known = [PREFIX + name.upper() for name in [*Layout.model_fields]] + list(OWN)
        wanted = PREFIX + path[0].upper()
        rest = "".join("__" + key.upper() for key in path[1:])
        found = near(wanted, known)
        return found.replace('"', "").removesuffix("?") + rest + "?" if found else ""
    if path[0] not in NAMED_TABLES:
        return None
    tables = declared.get(path[0])
    names = list(tables) if isinstance(tables, Mapping) else []
    if len(path) < 3 or path[1] in names:
        return None if len(path) > 2 else f": {path[0]} is a table of tables"
    if any(name.casefold() == f"{PREFIX}{path[0]}__{path[1]}__kind".casefold() for name in env):
        return None
    return f": there is no [{path[0]}.{path[1]}]" + near(path[1], names)


def _parsed(value: str, *, bare: bool) -> Any:
    """Lists and tables are written as JSON; of rules, whose kinds are not known here, all is."""
    if bare or value.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _put(layer: Layer, path: tuple[str, ...], value: Any, where: str) -> None:
    table = layer.table
    for key in path[:-1]:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            layer.problems.append(
                ConfigProblem(where=where, path=".".join(path), message="is set twice")
            )
            return
    table[path[-1]] = value
    full: Path = path
    layer.places.known[full] = Place(where=where, in_file=False)


def _warn(layer: Layer, where: str, message: str) -> None:
    layer.problems.append(ConfigProblem(where=where, path="", message=message, warning=True))
