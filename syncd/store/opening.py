"""Seen to before a store is opened: its address, its schema, an upgrade that was cut off."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from syncd.errors import StoreError, StoreLocked
from syncd.store.files import Lock, peek, undo_upgrade
from syncd.store.schema import SCHEMA
from syncd.store.sqlite import PATIENCE, plainly


def undo(path: Path, now: datetime, *, read_only: bool) -> None:
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
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise StoreError(
            f"store.url: this syncd keeps its store in an SQLite file, not in {parsed}",
            hint='write "sqlite:///var/syncd.db"',
        )
    return Path(str(parsed.database)).absolute()


def require_current(path: Path) -> None:
    """Raises StoreError where there is no store, or one of an older schema."""
    schema = peek(path)
    if schema is None:
        raise StoreError(f"{path}: there is no store yet", hint="syncd sync")
    if schema < SCHEMA:
        raise StoreError(
            f"store has schema {schema}, this syncd needs {SCHEMA}: it is upgraded, with a backup "
            "beside it, by the next command that writes",
            hint="syncd sync",
        )


def make_current(path: Path, now: datetime, lock: Lock | None) -> None:
    """Make or upgrade the store, under its lock."""
    if peek(path) == SCHEMA:
        return
    held = lock or _lock_to_upgrade(path, now)
    if held is None:
        return
    from syncd.store.upgrade import create, upgrade  # noqa: PLC0415 - Alembic is dear to import

    try:
        schema = peek(path)
        if schema is None:
            create(path)
        elif schema < SCHEMA:
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
