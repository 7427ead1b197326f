"""The store's SQLite file while it is open: engine, ownership, its errors in plain words."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from syncd.errors import StoreError, StoreLocked
from syncd.store import identity
from syncd.store.copying import backup
from syncd.store.database import WRITE
from syncd.store.files import Lock, damaged, open_to_read, room, uri, was_cut_off

__all__ = ["COPY", "PATIENCE", "WRITE", "SqliteFile", "engine", "plainly"]

PATIENCE = 5.0
"""Seconds to wait for another writer."""
TRIAL = 100_000
"""Bytes that a store needs at least to go on."""
STORE, COPY = "the store cannot be used", "the copy cannot be made"


class SqliteFile:
    """The file, open; with a `lock` also owned. One whose last writer was cut off is checked.

    `adopt` takes one that was copied here. Raises StoreMoved for such a one without it.
    """

    def __init__(
        self, path: Path, lock: Lock | None, *, read_only: bool, adopt: bool = False
    ) -> None:
        self.path, self.name, self._lock = path, str(path), lock
        cut_off = was_cut_off(path)
        self.engine = engine(path, read_only=read_only)
        try:
            if lock is not None and cut_off:
                self.check()
            self._come_home(own=lock is not None, adopt=adopt)
        except BaseException:
            self.engine.dispose()
            raise

    def _come_home(self, *, own: bool, adopt: bool) -> None:
        """Its owner may not be a copy of a store that is in use elsewhere."""
        with self.plainly():
            home = identity.home_of(self.path)
            with self.engine.begin() as conn:
                known = identity.known_home(conn)
            if own and known != home:
                if not adopt:
                    identity.require_not_left(known, str(self.path))
                    identity.require_home(known, home, self.path)
                with self.engine.execution_options(**WRITE).begin() as conn:
                    identity.settle(conn, home)

    def plainly(self) -> AbstractContextManager[None]:
        """Turn what SQLite and the system say into StoreError."""
        return plainly(self.path)

    def require_ownership(self, conn: Connection) -> None:
        """The kernel takes a file's lock away with the process only."""

    def check(self) -> None:
        """Read the whole file; raises StoreDamaged naming the first trouble."""
        with self.plainly(), self.engine.begin() as conn:
            trouble = conn.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if trouble != "ok":
            raise damaged(self.path, str(trouble))

    def size(self) -> int:
        """Bytes of the file, the write-ahead log not counted."""
        return self.path.stat().st_size

    def backup(self, target: Path) -> None:
        """A whole copy, also while others write. Raises StoreError where `target` exists."""
        if target.exists():
            raise StoreError(f"{target}: there is a file already", hint="choose another name")
        with self.plainly():
            backup(self.path, target)

    def wipe(self) -> None:
        """Overwrite it in the write-ahead log too, as soon as nobody reads that."""
        with self.plainly(), self.engine.connect() as conn:
            conn.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Release files, connections and the lock."""
        self.engine.dispose()
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def engine(path: Path, *, read_only: bool, wal: bool = True) -> Engine:
    """An engine on an existing file; `wal=False` leaves its journal mode alone.

    Transactions with the option `WRITE` begin as writers, so two of them never deadlock half-way.
    """
    how: dict[str, Any] = {
        "timeout": PATIENCE,
        "isolation_level": None,
        "check_same_thread": False,
    }

    def connect() -> sqlite3.Connection:
        if read_only:
            return open_to_read(path, **how)
        conn: sqlite3.Connection = sqlite3.connect(uri(path, mode="rw"), uri=True, **how)
        return conn

    made = create_engine("sqlite://", creator=connect, poolclass=QueuePool)

    @event.listens_for(made, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        elif wal:
            (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
            if mode != "wal":
                raise StoreError(
                    f"{path}: the file system of the store cannot hold a write-ahead log",
                    hint="put the store on a local disk (store.url)",
                )
        connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("syncd_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return made


@contextmanager
def plainly(path: Path, what: str = STORE) -> Iterator[None]:
    """Turn what SQLite and the system say of disk, rights, locks and damage into StoreError.

    `what` cannot be done with the file at `path`, in the words of a person.
    """
    try:
        yield
    except DBAPIError as error:
        raise _explained(error.orig, path, what) or error from error
    except sqlite3.Error as error:
        raise _explained(error, path, what) or error from error
    except OSError as error:
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO)
        raise StoreError(
            f"{error.filename or path}: {what}: {error.strerror}",
            hint=room(path.parent) if is_full else f"ls -ld {path.parent}",
        ) from error


def require_writable(path: Path) -> None:
    """Raises StoreError where nothing can be written to the store, or beside it."""
    if not os.access(path, os.W_OK):
        raise StoreError(f"{path}: it cannot be written", hint=f"ls -ld {path.parent} {path}")
    blocked = plainly(path, "nothing can be written beside the store")
    with blocked, tempfile.TemporaryFile(dir=path.parent, buffering=0) as trial:
        trial.write(bytes(TRIAL))


def _explained(error: BaseException | None, path: Path, what: str) -> StoreError | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    primary = code & 0xFF
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreLocked(
            f"{path}: another process has been writing the store for more than {PATIENCE:.0f} s",
            hint=f"fuser -v {path}",
        )
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return damaged(path, str(error))
    troubles = {
        sqlite3.SQLITE_FULL: ("the disk is full", room(path.parent)),
        sqlite3.SQLITE_READONLY: ("it cannot be written", f"ls -ld {path.parent} {path}"),
        sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", f"ls -ld {path.parent} {path}"),
        sqlite3.SQLITE_PERM: ("it cannot be opened", f"ls -ld {path.parent} {path}"),
        sqlite3.SQLITE_IOERR: (f"the disk failed ({error})", room(path.parent)),
    }
    if primary not in troubles:
        return None
    why, hint = troubles[primary]
    return StoreError(f"{path}: {what}: {why}; nothing was lost", hint=hint)
