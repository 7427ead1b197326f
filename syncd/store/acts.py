"""What people did: rows that are only ever added."""

from __future__ import annotations

from sqlalchemy import Connection, select

from syncd.model.acts import Act
from syncd.store.documents import act_of, act_text
from syncd.store.schema import acts


def keep(conn: Connection, act: Act) -> None:
    """Add it at the end."""
    conn.execute(acts.insert().values(document=act_text(act)))


def read(conn: Connection) -> tuple[Act, ...]:
    """In the order in which they were kept."""
    query = select(acts.c.document).order_by(acts.c.id)
    return tuple(act_of(text) for text in conn.execute(query).scalars())
