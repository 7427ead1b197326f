"""A new, empty store: the tables of the code, as all migrations together leave them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table

from syncd.files import gone_on_failure, open_private, put_in_place
from syncd.store import identity
from syncd.store.database import WRITE
from syncd.store.files import APPLICATION, successor
from syncd.store.schema import SCHEMA, metadata
from syncd.store.sqlite import engine

MIGRATED = "alembic_version"
"""Table of a file that tells Alembic which migration was the last."""


def create(path: Path) -> None:
    """A new, empty store; it appears under its name only when it is whole."""
    made = successor(path)
    made.unlink(missing_ok=True)
    with gone_on_failure(made):
        open_private(made).close()
        with made_current(made) as conn:
            metadata.create_all(conn, checkfirst=False)
            identity.give(conn)
            _note_migrated(conn)
        put_in_place(made, path)


@contextmanager
def made_current(path: Path) -> Iterator[Connection]:
    """One transaction that ends with the number of this schema in the head of the file."""
    made = engine(path, read_only=False, wal=False)
    try:
        with made.execution_options(**WRITE).begin() as conn:
            yield conn
            conn.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
            conn.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")
    finally:
        made.dispose()


def _note_migrated(conn: Connection) -> None:
    """As Alembic does, which takes longer to import than a store to make."""
    number = Column("version_num", String(32), nullable=False)
    primary = PrimaryKeyConstraint("version_num", name=f"{MIGRATED}_pkc")
    table = Table(MIGRATED, MetaData(), number, primary)
    table.create(conn, checkfirst=False)
    conn.execute(table.insert().values(version_num=f"{SCHEMA:04}"))
