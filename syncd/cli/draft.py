"""Writing a configuration piece by piece: each piece is tested, then appended; nothing is lost."""

from __future__ import annotations

import errno
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from syncd import plugins
from syncd.errors import ConfigError
from syncd.files import named, write_atomic
from syncd.redaction import SECRETS
from syncd.settings.reference import schema_text

HEAD = """\
#:schema ./syncd.schema.json
# Every key is described in config/README.md of syncd; check with: syncd config validate
timezone = {timezone}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table and the secrets that belong to it."""

    path: tuple[str, ...]
    table: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Key below the table (`token`, `smtp__password`) → value."""

    @property
    def title(self) -> str:
        """`sources.jira`."""
        return ".".join(self.path)


class Draft:
    """A configuration on disk that only grows."""

    def __init__(self, directory: Path, timezone: str) -> None:
        self.directory = directory
        self.file = directory / "syncd.toml"
        self.timezone = timezone
        self.added: list[str] = []
        self.kept: list[str] = []

    def held(self) -> dict[str, Any]:
        """What the file says now. Raises ConfigError if it is not TOML."""
        try:
            return tomllib.loads(self.file.read_text())
        except FileNotFoundError:
            return {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{self.file} is not valid TOML, so nothing is added to it: {error}",
                hint=f"syncd -c {self.file} config validate",
            ) from None

    def has(self, path: tuple[str, ...]) -> bool:
        """Whether the file has this table."""
        table: Any = self.held()
        for key in path:
            table = table.get(key) if isinstance(table, dict) else None
        return table is not None

    def named_apart(self, person: Section) -> Section:
        """The person under a name of their own where the usual one is that of another address."""
        email = str(person.table["email"])
        people = self.held().get("people", {})
        for name in (person.path[1], name_of(email)):
            held = people.get(name, {}).get("email", email)
            if str(held).casefold() == email.casefold():
                return replace(person, path=("people", name))
        return person

    @contextmanager
    def trial(self, section: Section) -> Iterator[Path]:
        """The configuration as it would be with the section, in a file that goes again."""
        made = not self.directory.exists()
        self.directory.mkdir(parents=True, exist_ok=True)
        held = self.file.read_text(encoding="utf-8") if self.file.exists() else self._head()
        file = self.directory / ".syncd.toml.trial"
        try:
            with named(file):
                file.write_text(
                    f"{held}\n{toml_table(section.path, section.table)}", encoding="utf-8"
                )
            yield file
        finally:
            file.unlink(missing_ok=True)
            if made:
                self.directory.rmdir()

    def add(self, section: Section) -> bool:
        """Append the section and write its secrets; a section that is there already stays."""
        if self.has(section.path):
            self.kept.append(section.title)
            return False
        self.directory.mkdir(parents=True, exist_ok=True)
        for key, value in section.secrets.items():
            self._secret("__".join((*section.path, key)), value)
        if not self.file.exists():
            # Named in the first line of the file: editors complete and check by it.
            described = self.directory / "syncd.schema.json"
            with named(described):
                described.write_text(schema_text(plugins), encoding="utf-8")
        self._append(f"\n{toml_table(section.path, section.table)}")
        self.added.append(section.title)
        return True

    def _append(self, text: str) -> None:
        """All of it or nothing: what is cut off by a full disk would spoil what was there."""
        with named(self.file), self.file.open("ab", buffering=0) as stream:
            end = stream.tell()
            content = (text if end else self._head() + text).encode()
            try:
                if stream.write(content) < len(content):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            except OSError:
                stream.truncate(end)
                raise

    def _head(self) -> str:
        return HEAD.format(timezone=json.dumps(self.timezone))

    def _secret(self, name: str, value: str) -> None:
        """A file that its owner alone can read, from its first byte on."""
        SECRETS.add(value)
        folder = self.directory / "secrets"
        folder.mkdir(mode=0o700, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            write_atomic(ignore, b"*\n!.gitignore\n")
        write_atomic(folder / name, f"{value}\n".encode())


def toml_table(path: tuple[str, ...], table: Mapping[str, Any]) -> str:
    """The table as TOML text."""
    lines = [f"[{'.'.join(path)}]"]
    lines += [f"{_key(key)} = {toml_value(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def toml_value(value: Any) -> str:
    """A value as TOML text, on one line."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(key)} = {toml_value(each)}" for key, each in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml_value(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def name_of(text: str) -> str:
    """A name that a table may have, made from any text."""
    name = re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")
    return name if name[:1].isalpha() else f"x{name}".rstrip("_")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)
