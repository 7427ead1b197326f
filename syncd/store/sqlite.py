"""The SQLite engine as the store needs it, and its errors in plain words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from syncd.errors import StoreError, StoreLocked
from syncd.store.files import damaged, uri, was_cut_off

PATIENCE = 5.0
"""Seconds to wait for another writer."""

WRITE = {"syncd_write": True}
"""Execution option of transactions that are going to write."""


def engine(path: Path, *, read_only: bool, wal: bool = True) -> Engine:
    """An engine on an existing file; `wal=False` leaves its journal mode alone.

    Transactions with the option `WRITE` begin as writers, so two of them never deadlock half-way.
    """
    options: dict[str, str | int] = {"mode": "ro" if read_only else "rw"}
    if read_only and _is_frozen(path):
        options["immutable"] = 1

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            uri(path, **options),
            uri=True,
            timeout=PATIENCE,
            isolation_level=None,
            check_same_thread=False,
        )

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


def _is_frozen(path: Path) -> bool:
    """Whether SQLite cannot make its side files here, and nobody has made them."""
    beside = path.with_name(f"{path.name}-shm")
    return not (was_cut_off(path) or beside.exists() or os.access(path.parent, os.W_OK))


@contextmanager
def plainly(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say of disk, rights, locks and damage into StoreError."""
    try:
        yield
    except DBAPIError as error:
        raise _explained(error.orig, path) or error from error
    except sqlite3.Error as error:
        raise _explained(error, path) or error from error
    except OSError as error:
        raise StoreError(
            f"{error.filename or path}: the store cannot be used: {error.strerror}",
            hint=f"df -h {path.parent}",
        ) from error


def _explained(error: BaseException | None, path: Path) -> StoreError | None:
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
        sqlite3.SQLITE_FULL: ("the disk is full", f"df -h {path.parent}"),
        sqlite3.SQLITE_READONLY: ("it cannot be written", f"ls -ld {path.parent} {path}"),
        sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", f"ls -ld {path.parent} {path}"),
        sqlite3.SQLITE_PERM: ("it cannot be opened", f"ls -ld {path.parent} {path}"),
        sqlite3.SQLITE_IOERR: (f"the disk failed ({error})", f"df -h {path.parent}"),
    }
    if primary not in troubles:
        return None
    why, hint = troubles[primary]
    return StoreError(f"{path}: the store cannot be used: {why}; nothing was lost", hint=hint)
