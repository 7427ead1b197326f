"""A store taken down to an older schema; what that has no room for is counted before it goes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, text

from syncd.store.care import folded
from syncd.store.database import WRITE
from syncd.store.files import Lock, damaged, schema_of
from syncd.store.migrations.down import Brought
from syncd.store.opening import is_server_at, its_library, path_of
from syncd.store.sqlite import engine, plainly
from syncd.store.upgrade import brought_above, migrate_down, save


@dataclass(frozen=True, slots=True)
class Loss:
    """What goes, and how many rows hold something there."""

    brought: Brought
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Downgraded:
    """What was done; nothing at all where `was` is no newer than what was asked for."""

    was: int
    lost: tuple[Loss, ...] = ()
    backup: Path | None = None


Agree = Callable[[tuple[Loss, ...]], None]
"""Hears what will be lost, before anything is written; what it raises leaves the store as it is."""


def downgrade(url: str, to: int, now: datetime, agree: Agree) -> Downgraded:
    """Take the store at the URL down to schema `to`, in one transaction; a file is copied before.

    Raises StoreLocked while any other process uses it, StoreTooNew, StoreDamaged, StoreError.
    """
    if is_server_at(url):
        return _on_server(url, to, agree)
    path = path_of(url)
    schema_of(path)
    with plainly(path):
        lock = Lock(path, now)
        try:
            return _in_file(path, to, now, agree)
        finally:
            lock.release()


def _in_file(path: Path, to: int, now: datetime, agree: Agree) -> Downgraded:
    # Without a log beside it, which an older program would have to read to know the schema.
    if not folded(path):
        raise damaged(path, "it cannot be read as a whole")
    schema = schema_of(path)
    if schema <= to:
        return Downgraded(was=schema)
    made = engine(path, read_only=False, wal=False)
    try:
        with made.begin() as conn:
            lost = _losses(conn, schema, to)
        agree(lost)
        saved = save(path, schema, now)
        with made.execution_options(**WRITE).begin() as conn:
            migrate_down(conn, to)
            conn.exec_driver_sql(f"PRAGMA user_version = {to}")
    finally:
        made.dispose()
    return Downgraded(was=schema, lost=lost, backup=saved)


def _on_server(url: str, to: int, agree: Agree) -> Downgraded:
    with its_library():
        from syncd.store.postgres import Server  # noqa: PLC0415
    with closing(Server(url)) as server, server.plainly():
        server.take()
        schema = server.schema()
        if schema <= to:
            return Downgraded(was=schema)
        with server.engine.begin() as conn:
            lost = _losses(conn, schema, to)
        agree(lost)
        with server.engine.execution_options(**WRITE).begin() as conn:
            server.begin_ownership(conn)
            migrate_down(conn, to)
    return Downgraded(was=schema, lost=lost)


def _losses(conn: Connection, schema: int, to: int) -> tuple[Loss, ...]:
    found = (
        Loss(one, conn.execute(text(one.count)).scalar_one()) for one in brought_above(to, schema)
    )
    return tuple(one for one in found if one.rows)
