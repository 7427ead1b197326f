"""Reads exported files: for people who may not, or need not, use the APIs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from glob import glob
from pathlib import Path

from syncd.connectors.calendars import unstamped
from syncd.connectors.file.content import Content, UnreadableFile
from syncd.connectors.file.reading import EXPECTED, read_bytes, read_content
from syncd.connectors.file.settings import FileSettings
from syncd.errors import NotVisible, SourceError, UnexpectedAnswer
from syncd.interfaces import INTERFACE, Check, Mark, Page, Problem
from syncd.model.history import Change
from syncd.model.items import Account, Item, ItemKey
from syncd.model.links import Link

PAGE_SIZE = 500

_NEVER = datetime.min.replace(tzinfo=UTC)


class FileConnector:
    """Reads what the files of `paths` hold; a scope is a project, repository or calendar of them.

    Identity comes from the content, so a file may be renamed, and the same item may be in several
    files: the newest version counts. A file that can't be read is a scope of its own, by its name,
    so that its failure is told and stops nothing else; while there is one, nothing counts as gone.
    """

    interface = INTERFACE
    Settings = FileSettings

    def __init__(self, name: str, settings: FileSettings) -> None:
        self.name = name
        self.settings = settings
        self._read: dict[Path, _File] = {}
        self._seen: list[_File] = []

    def scopes(self) -> tuple[str, ...]:
        """What the files hold now, sorted; a file that holds nothing counts by its own name.

        The pulls that follow read what was there at this moment.
        """
        self._seen = self._files()
        return tuple(sorted({scope for file in self._seen for scope in file.parts}))

    @property
    def names_all_scopes(self) -> bool:
        """Not while a file can't be read, such as one that is being written: it may hold others."""
        return all(file.error is None for file in self._seen)

    def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
        """Everything of a scope, or one empty page where the files are the same as at `cursor`."""
        files = self._seen or self._files()
        held = [file for file in files if scope in file.parts]
        for file in held:
            if file.error is not None:
                raise file.error
        if not held:
            raise NotVisible(
                f"no file holds {scope} any more",
                source=self.name,
                scope=scope,
                hint=f"export it again, or run: syncd doctor {self.name}",
            )
        position = self._position(held)
        if cursor == position:
            yield Page(last=True, cursor=position)
            return
        complete = all(file.error is None for file in files)
        before, _, told = (cursor or "").partition(".")
        reread = bool(told) and before != position.partition(".")[0]
        for page in _pages(_merged(held, scope), position, listing=complete):
            yield replace(page, reread=reread)

    def sweep(self, scope: str, held: Mapping[ItemKey, str]) -> Iterator[Page]:  # noqa: ARG002 - all are named
        """Files are read whole at each pull: what they hold is all that is there."""
        files = self._seen or self._files()
        for file in files:
            if file.error is not None:
                raise file.error
        merged = _merged([file for file in files if scope in file.parts], scope)
        yield Page(seen=tuple(item.key for item in merged.items))

    def check(self) -> Iterator[Check]:
        """What each file was recognised as, and what of it can't be read."""
        for file in self._files():
            if file.error is not None:
                yield Check(
                    mark=Mark.FAILED, text=str(file.error), fix=file.error.hint, exit_code=3
                )
                continue
            items = _counted(len(file.content.items), "item")
            scopes = ", ".join(sorted(file.content.scopes())) or "nothing"
            problems = file.content.problems
            yield Check(mark=Mark.OK, text=f"{file.name}: {file.content.what}, {items} of {scopes}")
            if problems:
                yield Check(
                    mark=Mark.WARNING,
                    text=f"{file.name}: {_counted(len(problems), 'row')} can't be read; "
                    f"{problems[0].reason}",
                    fix="mend the rows or export the file again",
                )

    def close(self) -> None:
        """Nothing to give back."""

    def _files(self) -> list[_File]:
        found = []
        for pattern in self.settings.paths:
            whole = str(self.settings.base / Path(pattern).expanduser())
            paths = sorted(Path(each) for each in glob(whole, recursive=True))  # noqa: PTH207 # an absolute pattern is fine here
            files = [path for path in paths if path.is_file()]
            found += [self._file(path) for path in files] or [self._absent(pattern)]
        return list({file.name: file for file in found}.values())

    def _absent(self, pattern: str) -> _File:
        error = NotVisible(
            f"no file at {pattern} (looked in {self.settings.base.resolve()})",
            source=self.name,
            scope=pattern,
            hint=f"export it there, or correct sources.{self.name}.paths",
        )
        return _file(pattern, "", Content(what=""), error)

    def _file(self, path: Path) -> _File:
        base = self.settings.base
        name = str(path.relative_to(base)) if path.is_relative_to(base) else str(path)
        held = self._read.get(path)
        content, error, digest = Content(what=""), None, ""
        try:
            data = read_bytes(path)
            digest = hashlib.sha256(data).hexdigest()
            if held is not None and held.digest == digest:
                return held
            content = read_content(data, path, name, self.settings, self.name)
        except UnreadableFile as trouble:
            where = f"{name}:{trouble.line}" if trouble.line else name
            error = UnexpectedAnswer(
                f"{where}: {trouble}",
                source=self.name,
                scope=name,
                hint=f"export again: {EXPECTED}",
            )
        self._read[path] = _file(name, digest, content, error)
        return self._read[path]

    def _position(self, files: Iterable[_File]) -> str:
        """Fingerprints of how it is read, and of the content (never of names or times)."""
        reading = self.settings.model_dump_json(exclude={"paths", "base"})
        parts = reading, "\n".join(sorted(file.digest for file in files))
        return ".".join(hashlib.sha256(part.encode()).hexdigest() for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    name: str
    """As people call it: relative to the base."""
    digest: str
    content: Content
    parts: Mapping[str, Content]
    """By scope; an empty or unreadable file is a scope by its own name."""
    error: SourceError | None


def _file(name: str, digest: str, content: Content, error: SourceError | None) -> _File:
    parts = content.by_scope() or {name: content}
    return _File(name=name, digest=digest, content=content, parts=parts, error=error)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Merged:
    """The newest version of each item of a scope, with what belongs to it."""

    items: list[Item]
    changes: dict[ItemKey, list[Change]]
    links: dict[ItemKey, list[Link]]
    accounts: tuple[Account, ...]
    problems: tuple[Problem, ...]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _merged(files: list[_File], scope: str) -> _Merged:
    parts = [file.parts[scope] for file in files]
    newest: dict[ItemKey, tuple[datetime, int, Item]] = {}
    for number, part in enumerate(parts):
        for item in part.items:
            version = (item.updated_at or _NEVER, number, item)
            if version[:2] >= newest.get(item.key, version)[:2]:
                newest[item.key] = version
    changes: dict[ItemKey, dict[str, Change]] = {}
    links: dict[ItemKey, list[Link]] = {}
    accounts = Content(what="")
    for number, part in enumerate(parts):
        accounts.take_accounts(part.accounts)
        for change in part.changes:
            changes.setdefault(change.item, {})[change.native_id] = change
        for link in part.links:
            if newest[link.near][1] == number:
                links.setdefault(link.near, []).append(link)
    return _Merged(
        items=[unstamped(newest[key][2], parts[newest[key][1]].by_rule) for key in sorted(newest)],
        changes={key: list(found.values()) for key, found in changes.items()},
        links=links,
        accounts=tuple(accounts.accounts),
        problems=tuple(problem for part in parts for problem in part.problems),
    )


def _pages(merged: _Merged, position: str, *, listing: bool) -> Iterator[Page]:
    for start in range(0, max(len(merged.items), 1), PAGE_SIZE):
        items = merged.items[start : start + PAGE_SIZE]
        last = start + PAGE_SIZE >= len(merged.items)
        yield Page(
            items=tuple(items),
            changes=tuple(each for item in items for each in merged.changes.get(item.key, ())),
            links=tuple(each for item in items for each in merged.links.get(item.key, ())),
            accounts=merged.accounts if start == 0 else (),
            problems=merged.problems if start == 0 else (),
            last=last,
            cursor=position if last else None,
            listing=last and listing,
            expected=len(merged.items),
        )
