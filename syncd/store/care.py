"""Care of the store's file while nobody else, or even the service, works on it."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from syncd.errors import StoreDamaged, StoreError, StoreLocked
from syncd.files import gone_on_failure, open_private, put_in_place
from syncd.store.copying import backup, leftovers, reading
from syncd.store.files import (
    NO_ROOM,
    Lock,
    backed_up_at,
    damage,
    damaged,
    newest_backup,
    schema_of,
    stamp_of,
    successor,
    uri,
    wal_of,
)
from syncd.store.sqlite import COPY, PATIENCE, plainly


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a whole store looks like from outside."""

    schema: int
    size: int
    """Bytes, the write-ahead log not counted."""
    backup: Path | None
    """The newest one beside it that could be restored, whoever made it."""
    backed_up_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One backup beside the store that syncd made by itself."""

    path: Path
    at: datetime
    daily: bool
    """Made by the clock, not before an upgrade or a restore."""


def examine(path: Path) -> Health:
    """Read every page, index and reference; also while others write.

    Raises StoreDamaged naming the first troubles, StoreTooNew, StoreError where there is none.
    """
    schema = schema_of(path)
    with plainly(path), _looking(path) as conn:
        if trouble := damage(conn):
            raise damaged(path, trouble)
    newest = newest_backup(path)
    return Health(
        schema=schema,
        size=path.stat().st_size,
        backup=newest,
        backed_up_at=backed_up_at(newest) if newest else None,
    )


def kept(path: Path) -> tuple[Kept, ...]:
    """The backups beside the store that syncd made, newest first; those of people are theirs."""
    name = re.compile(re.escape(path.name) + r"\.((?:schema-\d+|replaced)\.)?\d{8}T\d{6}Z\.bak")
    found = (
        Kept(path=one, at=backed_up_at(one), daily=match[1] is None)
        for one in path.parent.glob(f"{path.name}.*.bak")
        if (match := name.fullmatch(one.name))
    )
    return tuple(sorted(found, key=lambda one: one.at, reverse=True))


def copy_to(path: Path, target: Path, now: datetime) -> Path:
    """A whole copy at `target`, or in that folder under a name with its time; gives its place.

    Also while others write. Raises StoreError where there is a file already.
    """
    schema_of(path)
    place = target / f"{path.name}.{stamp_of(now)}.bak" if target.is_dir() else target
    if place.exists():
        raise StoreError(f"{place}: there is a file already", hint="choose another name")
    if not place.parent.is_dir():
        raise StoreError(
            f"{place.parent}: there is no such folder", hint=f"mkdir -p {place.parent}"
        )
    with plainly(path), reading(path) as conn:
        conn.execute("PRAGMA schema_version").fetchone()
    with plainly(place, COPY):
        backup(path, place)
    return place


def back_up(
    path: Path, now: datetime, *, every: timedelta, keep: int, age: timedelta
) -> Path | None:
    """One more backup beside the store if the newest is older than `every`; None if none is due.

    For the owner of the store. Only the `keep` newest stay, and none that is older than `age`; what
    was left of one that was cut off, or of a restore, goes first. Raises StoreError where one is
    due and cannot be made.
    """
    for left in (*leftovers(path), successor(path)):
        left.unlink(missing_ok=True)
    daily = [one for one in kept(path) if one.daily and one.at <= now]
    made = None
    try:
        if keep and (not daily or now - daily[0].at >= every):
            made = path.with_name(f"{path.name}.{stamp_of(now)}.bak")
            # The file is not peeked into: closing it would end this process's own locks on it, and
            # whoever closes the store next would delete the log that a service still writes to.
            with plainly(made, COPY):
                backup(path, made)
    finally:
        for place in outdated(path, now, age):
            place.unlink(missing_ok=True)
    for one in [one for one in kept(path) if one.daily][max(keep, 1) :]:
        one.path.unlink(missing_ok=True)
    return made


def outdated(path: Path, now: datetime, age: timedelta) -> tuple[Path, ...]:
    """Backups that are older than `age`, and what is left of some that were cut off.

    Who was forgotten since is still in them.
    """
    old = tuple(one.path for one in kept(path) if now - one.at > age)
    return old + leftovers(path)


def restore(path: Path, source: Path, now: datetime) -> Path | None:
    """Put a whole copy of the backup in the place of the store; gives where the old one is kept.

    The store may be missing or damaged. Raises StoreLocked while somebody owns or writes it,
    StoreDamaged or StoreTooNew of the backup; then nothing has changed.
    """
    if not source.is_file():
        raise StoreError(f"{source}: there is no such backup", hint=f"ls -l {path.parent}/*.bak")
    if path.exists() and source.samefile(path):
        raise StoreError(f"{source}: that is the store itself", hint="name a backup")
    try:
        examine(source)
    except StoreDamaged as error:
        other = newest_backup(path)
        raise StoreDamaged(
            f"{source}: this is no whole backup of a store: {error.why}; nothing was changed",
            hint=f"syncd store restore {other}" if other else f"ls -l {path.parent}/*.bak",
        ) from error
    with plainly(path):
        lock = Lock(path, now)
        try:
            made = successor(path)
            made.unlink(missing_ok=True)
            with gone_on_failure(made):
                backup(source, made)
                _make_homeless(made)
                saved = _set_aside(path, now) if path.exists() else None
                put_in_place(made, path)
        finally:
            lock.release()
    return saved


@contextlib.contextmanager
def _looking(path: Path) -> Iterator[sqlite3.Connection]:
    """Without a trace where nothing but the file itself is there: a backup stays one file."""
    options: dict[str, str | int] = {"mode": "ro"}
    if not wal_of(path).exists():
        options["immutable"] = 1
    with contextlib.closing(
        sqlite3.connect(uri(path, **options), uri=True, timeout=PATIENCE)
    ) as conn:
        yield conn


def _make_homeless(made: Path) -> None:
    """Whoever restores it decides where it lives from now on."""
    with contextlib.closing(sqlite3.connect(made, isolation_level=None)) as conn:
        names = {str(row[1]) for row in conn.execute("PRAGMA table_info(identity)")}
        if "host" in names:
            conn.execute("UPDATE identity SET host = NULL, folder = NULL, inode = NULL")


def _set_aside(path: Path, now: datetime) -> Path:
    """Keep the store that is replaced, and leave no log of it that the new one would take over."""
    saved = path.with_name(f"{path.name}.replaced.{stamp_of(now)}.bak")
    if folded(path):
        backup(path, saved)
        return saved
    for place in (path, wal_of(path)):
        if place.exists():
            copy = saved.with_name(place.name.replace(path.name, saved.name, 1))
            copy.unlink(missing_ok=True)
            with gone_on_failure(saved, copy):
                open_private(copy).close()
                shutil.copyfile(place, copy)
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return saved


def folded(path: Path) -> bool:
    """Take the log into the file and end it; False where the file is too damaged for that.

    Raises StoreLocked while any other process has the store open, sqlite3.OperationalError where
    the disk is full or may not be written.
    """
    try:
        with contextlib.closing(
            sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)
        ) as conn:
            (mode,) = conn.execute("PRAGMA journal_mode = DELETE").fetchone()
            whole: bool = conn.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.OperationalError as error:
        code = error.sqlite_errorcode & 0xFF
        if code in NO_ROOM:
            raise
        if code not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return False
        raise StoreLocked(
            f"{path}: the store is in use by another process", hint=f"fuser -v {path}"
        ) from error
    except sqlite3.DatabaseError:
        return False
    if mode != "delete":
        raise StoreLocked(
            f"{path}: the store is in use by another process", hint=f"fuser -v {path}"
        )
    return whole
