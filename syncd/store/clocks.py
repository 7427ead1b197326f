"""How far each provider's clock is from ours, as its newest answer told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from syncd.store.batch import put
from syncd.store.columns import to_micros
from syncd.store.schema import clocks


def note(conn: Connection, source: str, skew: int, at: datetime) -> None:
    """Replace what was known of a source."""
    names = ("source", "skew", "noted_at")
    put(conn, clocks, names, [(source, skew, to_micros(at))], key=("source",), update=names[1:])


def read(conn: Connection, as_of: datetime) -> dict[str, int]:
    """Seconds by source, sorted; what was heard only later says nothing of that moment."""
    query = select(clocks).where(clocks.c.noted_at <= to_micros(as_of)).order_by(clocks.c.source)
    return {row.source: row.skew for row in conn.execute(query)}
