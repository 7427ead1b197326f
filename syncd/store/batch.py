"""Many rows at once: tuples handed straight to the driver, the same words for every database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, count
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Select, Table, select

T = TypeVar("T")

CHUNK = 500
"""Values in one IN list: well below every database's limit on bound values."""

LOT = 5_000
"""Rows fetched from the driver at once."""

VALUES = 900
"""Values in one INSERT, below the 999 that SQLite took until 3.32. The driver lets other threads
run at each statement and then waits for its turn: a row a statement costs the writer a turn each.
"""

_NUMBERS = count()
"""Of cursors: two that are open at once need two names."""

_PLACEHOLDERS = {"qmark": "?", "format": "%s", "pyformat": "%s"}


def chunks(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in lots small enough for one IN list."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def rows(
    conn: Connection, query: Select[Any], column: Any = None, ids: Sequence[Any] | None = None
) -> Iterator[Any]:
    """Rows of a query in lots, of the whole table or only where `column` is one of `ids`."""
    queries = [query] if ids is None else [query.where(column.in_(chunk)) for chunk in chunks(ids)]
    for each in queries:
        for part in conn.execute(each).partitions(LOT):
            yield from part


def every(conn: Connection, table: Table, *order: Column[Any]) -> Iterator[Any]:
    """All rows of a table, by columns that start its key, as the driver gives them.

    No type of the table converts values.
    """
    return chain.from_iterable(lots(conn, table, *order))


def lots(conn: Connection, table: Table, *order: Column[Any]) -> Iterator[list[Any]]:
    """As `every`, in lots: what is made of whole columns is made by loops that run in C."""
    cursor = _cursor(conn)
    cursor.execute(str(select(table).order_by(*order).compile(dialect=conn.dialect)))
    while part := cursor.fetchmany(LOT):
        yield part
    cursor.close()


def _cursor(conn: Connection) -> Any:
    """A cursor that brings rows as they are fetched; PostgreSQL gives only a named one so."""
    raw: Any = conn.connection
    return raw.cursor(f"every_{next(_NUMBERS)}") if is_server(conn) else raw.cursor()


def is_server(conn: Connection) -> bool:
    """Whether it leads to PostgreSQL."""
    return conn.dialect.name == "postgresql"


def put(
    conn: Connection,
    table: Table,
    names: Sequence[str],
    values: Sequence[tuple[Any, ...]],
    *,
    key: Sequence[str] = (),
    update: Sequence[str] = (),
) -> None:
    """Insert rows of the named columns; where `key` is there already, set `update` (or nothing).

    Values are what the driver takes: no type of the table converts them. Of two rows with one key
    the last one counts.
    """
    if not values:
        return
    if update and is_server(conn):
        # It updates no row twice in a statement.
        key_of = itemgetter(*map(names.index, key))
        values = list({key_of(row): row for row in values}.values())
    head, row, tail = _insert(conn, table, names, key, update)
    size = VALUES // len(names)
    for start in range(0, len(values), size):
        lot = values[start : start + size]
        sql = f"{head} {', '.join([row] * len(lot))}{tail}"
        given = tuple(chain.from_iterable(lot))
        if is_server(conn):
            given = tuple(map(_without_nul, given))
        try:
            conn.exec_driver_sql(sql, given)
        except UnicodeEncodeError:
            conn.exec_driver_sql(sql, tuple(map(_encodable, given)))


def _insert(
    conn: Connection, table: Table, names: Sequence[str], key: Sequence[str], update: Sequence[str]
) -> tuple[str, str, str]:
    """What stands before the rows, one row, and what stands after them."""
    quote = conn.dialect.identifier_preparer.quote
    head = f"INSERT INTO {quote(table.name)} ({', '.join(map(quote, names))}) VALUES"
    row = f"({', '.join([_PLACEHOLDERS[conn.dialect.paramstyle]] * len(names))})"
    if not key:
        return head, row, ""
    target = ", ".join(map(quote, key))
    if not update:
        return head, row, f" ON CONFLICT ({target}) DO NOTHING"
    sets = ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in update)
    return head, row, f" ON CONFLICT ({target}) DO UPDATE SET {sets}"


def _encodable(value: Any) -> Any:
    """A lone half of a surrogate pair, which no database can hold, becomes U+FFFD."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _without_nul(value: Any) -> Any:
    """NUL in a text, which PostgreSQL cannot hold, becomes U+FFFD too."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value
