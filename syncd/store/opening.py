"""A store found at its URL: made, brought up to the schema of this program, owned."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from syncd.errors import StoreError, StoreLocked
from syncd.store.creation import create
from syncd.store.database import Database
from syncd.store.files import (
    Lock,
    is_half_upgraded,
    peek,
    prepare_folder,
    schema_of,
    undo_upgrade,
)
from syncd.store.schema import SCHEMA
from syncd.store.sqlite import PATIENCE, SqliteFile, plainly
from syncd.store.store import SqlStore


def open_store(
    url: str,
    *,
    now: datetime,
    own: bool = False,
    part: str = "",
    read_only: bool = False,
    adopt: bool = False,
) -> SqlStore:
    """Open the store at `sqlite:///FILE` or `postgresql+psycopg://…`.

    Makes it, or brings an older schema up, where needed. `own` holds the store until `close`: one
    owner at a time; `adopt` takes what was copied here or moved away. With a `part` only that is
    owned, beside the owners of other parts (PostgreSQL). Without `own` pages can still be
    committed, one writer after another. `read_only` writes nothing at all.
    Raises StoreLocked, StoreTooNew, StoreDamaged, StoreMoved, StoreAway, StoreError.
    """
    if is_server_at(url):
        return SqlStore(_server(url, own=own, part=part, read_only=read_only, adopt=adopt))
    path = path_of(url)
    prepare_folder(path, create=not read_only)
    if is_half_upgraded(path):
        _undo(path, now, read_only=read_only)
    peek(path)
    with plainly(path):
        lock = Lock(path, now) if own else None
        try:
            if read_only:
                _require_current(path)
            else:
                _make_current(path, now, lock)
            return SqlStore(SqliteFile(path, lock, read_only=read_only, adopt=adopt))
        except BaseException:
            if lock is not None:
                lock.release()
            raise


def is_server_at(url: str) -> bool:
    """Whether a store at that URL is kept by a server, not in a file."""
    return url.startswith("postgresql")


def _server(url: str, *, own: bool, part: str, read_only: bool, adopt: bool) -> Database:
    with its_library():
        from syncd.store.postgres import open_server  # noqa: PLC0415
    return open_server(url, own=own, part=part, read_only=read_only, adopt=adopt)


@contextmanager
def its_library() -> Iterator[None]:
    """Around the import of a server's code, for which SQLite need not wait. Raises StoreError."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise StoreError(
            "store.url: PostgreSQL needs a library that is not installed",
            hint="pip install 'syncd[postgres]'",
        ) from error


def _undo(path: Path, now: datetime, *, read_only: bool) -> None:
    """Take back an upgrade that was cut off. Raises StoreError where nothing may be written."""
    if read_only:
        raise StoreError(
            f"{path}: an upgrade of the store is under way, or was cut off", hint="syncd sync"
        )
    with plainly(path):
        undo_upgrade(path, now)


def path_of(url: str) -> Path:
    """The file of the store, absolute. Raises StoreError for an address that names none."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(
            f'store.url: "{url}" is not the address of a database',
            hint='write "sqlite:///var/syncd.db"',
        ) from error
    if is_server_at(url):
        raise StoreError(
            f"store.url is {parsed}: that is for a store in a file; a server has its own means",
            hint="pg_dump and pg_restore make backups of it and put them back",
        )
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise StoreError(
            f"store.url: syncd keeps its store in an SQLite file or in PostgreSQL, not in {parsed}",
            hint='write "sqlite:///var/syncd.db", or "postgresql+psycopg://user@host/database"',
        )
    return Path(str(parsed.database)).absolute()


def _require_current(path: Path) -> None:
    schema = schema_of(path)
    if schema < SCHEMA:
        raise StoreError(
            f"store has schema {schema}, this syncd needs {SCHEMA}: it is upgraded, with a backup "
            "beside it, by the next command that writes",
            hint="syncd sync",
        )


def _make_current(path: Path, now: datetime, lock: Lock | None) -> None:
    """Make or upgrade the store, under its lock."""
    if peek(path) == SCHEMA:
        return
    held = lock or _lock_to_upgrade(path, now)
    if held is None:
        return
    try:
        schema = peek(path)
        if schema is None:
            create(path)
        elif schema < SCHEMA:
            from syncd.store.upgrade import upgrade  # noqa: PLC0415 - Alembic is dear to import

            upgrade(path, schema, now)
    finally:
        if lock is None:
            held.release()


def _lock_to_upgrade(path: Path, now: datetime) -> Lock | None:
    """The lock; None once somebody else has made the store current."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return Lock(path, now)
        except StoreLocked:
            if peek(path) == SCHEMA:
                return None
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
