"""Reading the TOML files: one main file, the files it includes, merged by table."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from syncd.errors import ConfigProblem
from syncd.settings.places import (
    Path,
    Place,
    Places,
    closed,
    dotted,
    holds_credential,
    is_secret,
    leaves,
    places_of,
)
from syncd.settings.values import CREDENTIAL_URL, LONG_ADDRESS, SECRET, TOKEN_SHAPE

LIMIT = 4 * 1024 * 1024
"""Bytes of one file; a configuration is never larger."""

_HEADER = re.compile(r"\s*\[+\s*\w")
_WILD = re.compile(r"[*?\[]")
_OF_SOURCES = re.compile(r"\s*\[*\s*sources\b")


@dataclass(slots=True)
class Files:
    """What the files say, merged, with the place of every key and what is wrong already."""

    table: dict[str, Any] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    problems: list[ConfigProblem] = field(default_factory=list)
    read: list[FilePath] = field(default_factory=list)


def read_files(main: FilePath) -> Files:
    """Read the main file and what it includes. Troubles are in `problems`, never raised."""
    files = Files()
    table = _read(main, files)
    if table is None:
        return files
    files.table = table
    for index, pattern in _patterns(table):
        found = [path for path in _matching(main.parent, pattern) if path.is_file()]
        for path in found:
            if path.resolve() not in {known.resolve() for known in files.read}:
                _include(path, files)
        trouble = _no_files(pattern, found)
        if trouble:
            place = files.places.find(("include", index))
            files.problems.append(_problem(place, f"include.{index}", trouble))
    return files


def display(path: FilePath) -> str:
    """A path as a person would type it: relative to where they are, if it is below."""
    try:
        return str(path.absolute().relative_to(FilePath.cwd()))
    except ValueError:
        return str(path)


def _patterns(table: dict[str, Any]) -> list[tuple[int, str]]:
    include = table.get("include", [])
    if not isinstance(include, list):
        return []
    return [(index, one) for index, one in enumerate(include) if isinstance(one, str)]


def _matching(folder: FilePath, pattern: str) -> list[FilePath]:
    if not pattern or FilePath(pattern).is_absolute():
        return []
    return sorted(folder.glob(pattern))


def _no_files(pattern: str, found: list[FilePath]) -> str:
    """What is wrong with a pattern that leads nowhere; one with wildcards may match nothing."""
    if not pattern:
        return "is empty"
    if FilePath(pattern).is_absolute():
        return "must be relative to this file"
    return "" if found or _WILD.search(pattern) else f'there is no file "{pattern}"'


def _include(path: FilePath, files: Files) -> None:
    before = dict(files.places.known)
    table = _read(path, files)
    if table is None:
        return
    if "include" in table:
        place = files.places.find(("include",))
        files.problems.append(_problem(place, "include", "only the main file can include others"))
        del table["include"]
    added = dict(files.places.known)
    _merge(files, table, (), before, added)
    files.places.known = added | before


def _merge(
    files: Files,
    table: dict[str, Any],
    path: Path,
    before: dict[Path, Place],
    added: dict[Path, Place],
) -> None:
    target: Any = files.table
    for key in path:
        target = target[key]
    for key, value in table.items():
        here = (*path, key)
        if key not in target:
            target[key] = value
        elif isinstance(target[key], dict) and isinstance(value, dict):
            _merge(files, value, here, before, added)
        else:
            first = before.get(here, Place(where="the main file")).where
            files.problems.append(
                _problem(added[here], dotted(here), f"is set twice, first at {first}")
            )


def _read(path: FilePath, files: Files) -> dict[str, Any] | None:
    name, rank = display(path), len(files.read)
    files.read.append(path)
    try:
        with path.open("rb") as stream:
            text = stream.read(LIMIT + 1)
        if len(text) > LIMIT:
            raise OSError(0, "is larger than 4 MB")
        # Editors of other systems begin a file with a mark of its encoding.
        words = text.decode("utf-8-sig")
        table = tomllib.loads(words)
    except OSError as error:
        files.problems.append(
            ConfigProblem(where=name, path="", message=f"cannot be read: {error.strerror}")
        )
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        files.problems.append(
            ConfigProblem(where=f"{name}:{line}:1", path="", message="is not UTF-8 text")
        )
    except tomllib.TOMLDecodeError as error:
        files.problems.append(_syntax(name, words, str(error)))
    except RecursionError:
        message = "is nested too deeply; a bracket may be missing"
        files.problems.append(ConfigProblem(where=name, path="", message=message))
    else:
        places = places_of(words.encode(), name, rank)
        files.places.known |= places
        files.problems += _credentials(table, Places(places))
        return table
    return None


def _syntax(name: str, text: str, message: str) -> ConfigProblem:
    match = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", message)
    words = message[: match.start()] if match else message
    lines = text.split("\n")
    if match and match[1]:
        row, column = int(match[1]), int(match[2])
    else:
        row, column = len(lines), len(lines[-1]) + 1
    return ConfigProblem(
        where=f"{name}:{row}:{column}",
        path="",
        message="is not valid TOML: " + words[:1].lower() + words[1:],
        source_line=_harmless(lines[:row]),
    )


def _harmless(lines: list[str]) -> str:
    """The last line, of a source only its key; "" where it looks like a credential's."""
    line = lines[-1]
    words = re.split(r"[^A-Za-z0-9_]+", line)
    secret = any(SECRET.search(word.casefold()) for word in words)
    shapes = (CREDENTIAL_URL, TOKEN_SHAPE, LONG_ADDRESS)
    if secret or any(shape.search(line) for shape in shapes):
        return ""
    section = next((each for each in reversed(lines) if _HEADER.match(each)), line)
    if not (_OF_SOURCES.match(section) or _OF_SOURCES.match(line)):
        return line
    name, equals, _ = line.partition("=")
    return closed(name) if equals else ""


def _credentials(table: dict[str, Any], places: Places) -> list[ConfigProblem]:
    """A problem for each credential in the file; none repeats it."""
    found: dict[str, ConfigProblem] = {}
    for path, value in leaves(table):
        if not (is_secret(path) or holds_credential(value)):
            continue
        place = places.find(path)
        secret = "__".join(str(key) for key in path)
        if path == ("serve", "public_url"):
            message = "holds a password, which every link in a mail would show: take it out"
            found[place.where] = ConfigProblem(
                where=place.where, path=dotted(path), message=message
            )
            continue
        found[place.where] = ConfigProblem(
            where=place.where,
            path=dotted(path),
            message=f"a credential does not belong into this file; write it to secrets/{secret} "
            "(mode 600) and take it out here",
        )
    return list(found.values())


def _problem(place: Place, path: str, message: str) -> ConfigProblem:
    return ConfigProblem(where=place.where, path=path, message=message, source_line=place.line)
