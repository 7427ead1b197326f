"""Where each key of a TOML file stands, read from a parse tree."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

from syncd.settings.values import CREDENTIAL_URL, SECRET, TOKEN_SHAPE

Path = tuple[str | int, ...]
"""Keys from the root of the configuration to a value; positions in arrays are numbers."""

NAMED_TABLES = frozenset(
    (
        "sources", "notifiers", "teams", "people", "programs", "deliverables", "meetings",
        "calendars", "routes",
    )
)  # fmt: skip
"""Tables whose keys are names that the user chose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a value was written. `order` sorts places as a reader meets them."""

    where: str
    line: str = ""
    """The line as written, of a source without its value; "" where it could hold a secret."""
    order: tuple[int, int, int] = (9999, 0, 0)
    in_file: bool = True


@dataclass(slots=True)
class Places:
    """Places of all keys of the configuration; `rank` of a file orders it among the files."""

    known: dict[Path, Place] = field(default_factory=dict)

    def find(self, path: Path) -> Place:
        """The place of a key, else of the nearest table around it."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.known:
                return self.known[path[:length]]
        return Place(where="configuration")


def is_secret(path: Path) -> bool:
    """Whether a value under this key must be kept out of TOML and of every output."""
    chosen = {1} if path and path[0] in NAMED_TABLES else set()
    return any(
        isinstance(key, str) and index not in chosen and SECRET.search(key.casefold())
        for index, key in enumerate(path)
    )


def is_address(path: Path) -> bool:
    """Whether a value under this key says where a calendar is published, which may be a secret.

    It may stand in TOML, since some are public, but no output shows more of it than its host.
    """
    return len(path) == 4 and path[::2] == ("sources", "calendars") and isinstance(path[3], str)


def holds_credential(value: object) -> bool:
    """Whether a text is a credential by its look, whatever its key is called."""
    return isinstance(value, str) and bool(
        CREDENTIAL_URL.search(value) or TOKEN_SHAPE.search(value)
    )


def dotted(path: Path) -> str:
    """A path for people. An address in it, put where a name belongs, may be a secret: left out."""
    return ".".join("…" if "://" in str(key) else str(key) for key in path)


def closed(name: str) -> str:
    """What may be shown of a key of a source: a misspelt one may hold a secret."""
    return "" if "://" in name else f"{name.strip()} = …"


def leaves(table: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is not a table or array, with its path."""
    if isinstance(table, Mapping):
        for key, value in table.items():
            yield from leaves(value, (*path, key))
    elif isinstance(table, list):
        for index, value in enumerate(table):
            yield from leaves(value, (*path, index))
    else:
        yield path, table


def places_of(text: bytes, name: str, rank: int) -> dict[Path, Place]:
    """Places of all keys of one TOML file that is shown as `name`; the text must be valid."""
    tree = Parser(Language(tree_sitter_toml.language())).parse(text)
    lines = text.split(b"\n")
    nodes = list(_walk(tree.root_node))
    hidden = _secret_lines(nodes)
    places: dict[Path, Place] = {(): Place(where=f"{name}:1:1", order=(rank, 0, 0))}
    for path, key, _ in nodes:
        row, byte = key.start_point
        line = lines[row].decode(errors="replace")
        column = len(lines[row][:byte].decode(errors="replace"))
        places.setdefault(
            path,
            Place(
                where=f"{name}:{row + 1}:{column + 1}",
                line="" if row in hidden else _shown(path, key, line.strip("\r")),
                order=(rank, row, column),
            ),
        )
    return places


def _shown(path: Path, key: Node, line: str) -> str:
    if path[0] != "sources":
        return line
    if key.parent is not None and key.parent.type in ("table", "table_array_element"):
        return "" if "://" in line else line
    is_key = key.type in ("bare_key", "quoted_key", "dotted_key")
    return closed((key.text or b"").decode(errors="replace")) if is_key else ""


def _secret_lines(nodes: list[tuple[Path, Node, Node]]) -> set[int]:
    hidden: set[int] = set()
    for path, _, value in nodes:
        text = (value.text or b"").decode(errors="replace")
        if (
            is_secret(path)
            or is_address(path)
            or (value.type == "string" and holds_credential(text))
        ):
            hidden.update(range(value.start_point[0], value.end_point[0] + 1))
    return hidden


def _walk(root: Node) -> Iterator[tuple[Path, Node, Node]]:
    arrays: dict[Path, int] = {}
    for child in root.named_children:
        if child.type == "pair":
            yield from _pair(child, ())
        elif child.type in ("table", "table_array_element"):
            key = child.named_children[0]
            path = _resolve(tuple(_keys(key)), arrays)
            if child.type == "table_array_element":
                arrays[path] = arrays.get(path, -1) + 1
                path = (*path, arrays[path])
            for length in range(1, len(path) + 1):
                yield path[:length], key, key
            for pair in child.named_children[1:]:
                if pair.type == "pair":
                    yield from _pair(pair, path)


def _resolve(keys: tuple[str, ...], arrays: dict[Path, int]) -> Path:
    path: Path = ()
    for index, key in enumerate(keys):
        path = (*path, key)
        if path in arrays and index < len(keys) - 1:
            path = (*path, arrays[path])
    return path


def _pair(pair: Node, prefix: Path) -> Iterator[tuple[Path, Node, Node]]:
    parts = [node for node in pair.named_children if node.type != "comment"]
    key, value = parts[0], parts[-1]
    keys = _keys(key)
    for length in range(1, len(keys) + 1):
        yield (*prefix, *keys[:length]), key, value
    yield from _value(value, (*prefix, *keys))


def _value(value: Node, path: Path) -> Iterator[tuple[Path, Node, Node]]:
    if value.type == "inline_table":
        for pair in value.named_children:
            if pair.type == "pair":
                yield from _pair(pair, path)
    elif value.type == "array":
        elements = [node for node in value.named_children if node.type != "comment"]
        for index, element in enumerate(elements):
            yield (*path, index), element, element
            yield from _value(element, (*path, index))


def _keys(key: Node) -> list[str]:
    if key.type == "dotted_key":
        return [part for node in key.named_children for part in _keys(node)]
    text = (key.text or b"").decode(errors="replace")
    if key.type == "quoted_key":
        return [str(tomllib.loads(f"key = {text}")["key"])]
    return [text]
