"""By which secrets links and reply addresses are signed, and where that was seen last."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select

from syncd.model.grants import LINK_LIFE, Signer
from syncd.store.batch import put
from syncd.store.columns import from_micros, to_micros
from syncd.store.schema import signers

EVERY = timedelta(hours=1)
"""A secret in use is noted anew after so long."""


def is_noted(conn: Connection, signer: Signer) -> bool:
    """Whether it was noted on that host so lately that once more tells nothing new."""
    since = to_micros(signer.noted_at - EVERY)
    found = select(signers.c.host).where(
        signers.c.check_value == signer.check_value, signers.c.noted_at > since
    )
    return conn.execute(found).scalar() == signer.host


def note(conn: Connection, signer: Signer) -> None:
    """It is in use now; what no link can rest on any more is left out."""
    over = to_micros(signer.noted_at - LINK_LIFE)
    conn.execute(signers.delete().where(signers.c.noted_at < over))
    names = ("check_value", "host", "noted_at")
    row = (signer.check_value, signer.host, to_micros(signer.noted_at))
    put(conn, signers, names, [row], key=names[:1], update=names[1:])


def read(conn: Connection) -> tuple[Signer, ...]:
    """The one that was noted last comes first."""
    return tuple(
        Signer(check_value=row.check_value, host=row.host, noted_at=from_micros(row.noted_at))
        for row in conn.execute(select(signers).order_by(signers.c.noted_at.desc()))
    )
