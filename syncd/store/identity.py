"""What tells one store from every other, wherever its notes are read."""

from __future__ import annotations

from sqlalchemy import Connection, select

from syncd.store.schema import identity


def read(conn: Connection) -> str:
    """Eight hex digits, the same for as long as the store lives."""
    return str(conn.execute(select(identity.c.instance)).scalar_one())
