"""A store moved to another database: every row of every table, all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Connection, Table, func, select

from syncd.errors import StoreError
from syncd.store import identity as identity_rows
from syncd.store.batch import LOT, every, is_server, put
from syncd.store.database import WRITE
from syncd.store.opening import open_store
from syncd.store.schema import identity, metadata, owners

_OF_EACH = (owners,)
"""Tables that tell of a database, not of what the store holds."""


def move(
    source: str,
    target: str,
    now: datetime,
    *,
    on_table: Callable[[str, int], None] = lambda _name, _rows: None,
) -> dict[str, int]:
    """Copy the store at the URL `source` into the empty or new one at `target`; rows by table.

    Owns both meanwhile. The target fills in one transaction: after a kill, or where a count
    differs, it is as empty as before. The source stays as it is, but is marked as left: only
    `adopt` takes it again. `on_table` hears of each table that was copied. Raises StoreLocked where
    one of them is in use, StoreError for a target that holds something.
    """
    if source == target:
        raise StoreError("the target is the store itself", hint="name a new database or file")
    old = open_store(source, now=now, own=True)
    try:
        new = open_store(target, now=now, own=True)
        try:
            writer = new.database.engine.execution_options(**WRITE)
            with (
                old.database.plainly(),
                old.database.engine.begin() as giving,
                new.database.plainly(),
                writer.begin() as taking,
            ):
                copied = _copy_all(giving, taking, on_table)
                # Commits after the target, which is whole by then.
                identity_rows.leave_for(giving, target)
                return copied
        finally:
            new.close()
    finally:
        old.close()


def _copy_all(
    giving: Connection, taking: Connection, on_table: Callable[[str, int], None]
) -> dict[str, int]:
    _require_empty(taking)
    taking.execute(identity.delete())
    copied: dict[str, int] = {}
    for table in metadata.sorted_tables:
        if table in _OF_EACH:
            continue
        _copy(giving, taking, table)
        copied[table.name] = _count(taking, table)
        if copied[table.name] != (there := _count(giving, table)):
            raise StoreError(
                f"{table.name}: {there} rows were there, {copied[table.name]} arrived; "
                "the target was left empty, the source as it is",
                hint="run it again with -v and report what it says",
            )
        on_table(table.name, there)
    identity_rows.leave_home(taking)
    return copied


def _require_empty(conn: Connection) -> None:
    for table in metadata.sorted_tables:
        if table not in (*_OF_EACH, identity) and (held := _count(conn, table)):
            raise StoreError(
                f"the target is not empty: {held} rows in {table.name}; nothing was written",
                hint="name a new database or file",
            )


def _count(conn: Connection, table: Table) -> int:
    return conn.execute(select(func.count()).select_from(table)).scalar_one()


def _copy(giving: Connection, taking: Connection, table: Table) -> None:
    names = [column.name for column in table.c]
    flags = [place for place, column in enumerate(table.c) if isinstance(column.type, Boolean)]
    lot: list[tuple[Any, ...]] = []
    for row in _rows(giving, table, flags):
        lot.append(row)
        if len(lot) == LOT:
            put(taking, table, names, lot)
            lot.clear()
    put(taking, table, names, lot)
    if is_server(taking) and table.autoincrement_column is not None:
        _go_on_after(taking, table, table.autoincrement_column.name)


def _rows(conn: Connection, table: Table, flags: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    """Rows by key; SQLite knows no truth values, only 0 and 1."""
    for row in every(conn, table, *table.primary_key.columns):
        if not flags:
            yield tuple(row)
            continue
        values = list(row)
        for place in flags:
            values[place] = None if values[place] is None else bool(values[place])
        yield tuple(values)


def _go_on_after(conn: Connection, table: Table, column: str) -> None:
    """The next row gets a number that no copied one has."""
    highest = conn.execute(select(func.max(table.c[column]))).scalar()
    if highest is not None:
        conn.exec_driver_sql(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", (table.name, column, highest)
        )
