"""Inboxes: how far they were read, which mails and links were taken, and what was odd."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, select, update

from syncd.model.mailboxes import Mailbox, Oddity, OddKind, Position
from syncd.store.columns import from_micros, instant_or_none, to_micros
from syncd.store.schema import mailboxes, oddities, taken


def claim(conn: Connection, key: str, at: datetime) -> bool:
    """Whether `key` was free; it is not any more."""
    if taken_at(conn, key) is not None:
        return False
    conn.execute(taken.insert().values(key=key, at=to_micros(at)))
    return True


def taken_at(conn: Connection, key: str) -> datetime | None:
    """When it was taken; None if it was not."""
    found = conn.execute(select(taken.c.at).where(taken.c.key == key)).scalar()
    return None if found is None else from_micros(found)


def read(conn: Connection, name: str) -> Mailbox:
    """What is known of a mailbox; one that was never met is empty."""
    row = conn.execute(select(mailboxes).where(mailboxes.c.name == name)).first()
    if row is None:
        return Mailbox(name=name)
    position = Position(mailbox=name, validity=row.validity, uid=row.uid)
    return Mailbox(
        name=name,
        position=position if row.validity else None,
        read_at=instant_or_none(row.read_at),
        failing_since=instant_or_none(row.failing_since),
        error=row.error,
    )


def move(conn: Connection, position: Position) -> None:
    """The mailbox was read up to there."""
    _change(conn, position.mailbox, validity=position.validity, uid=position.uid)


def succeed(conn: Connection, name: str, at: datetime) -> None:
    """It was read to its end."""
    _change(conn, name, read_at=to_micros(at), failing_since=None, error="")


def fail(conn: Connection, name: str, at: datetime, error: str) -> None:
    """It could not be read; since when it fails stays as it was."""
    since = read(conn, name).failing_since or at
    _change(conn, name, failing_since=to_micros(since), error=error)


def count(conn: Connection, odd: Oddity) -> None:
    """Once more on its day; what was said last counts."""
    mine = (
        oddities.c.kind == odd.kind.value,
        oddities.c.about == odd.about,
        oddities.c.day == odd.day.isoformat(),
    )
    counted = update(oddities).where(*mine).values(times=oddities.c.times + 1, text=odd.text)
    if not conn.execute(counted).rowcount:
        conn.execute(
            oddities.insert().values(
                kind=odd.kind.value, about=odd.about, day=odd.day.isoformat(), times=1,
                text=odd.text,
            )
        )  # fmt: skip


def odd_since(conn: Connection, first: date) -> tuple[Oddity, ...]:
    """By day, kind and person."""
    query = (
        select(oddities)
        .where(oddities.c.day >= first.isoformat())
        .order_by(oddities.c.day, oddities.c.kind, oddities.c.about)
    )
    return tuple(
        Oddity(
            kind=OddKind(row.kind), about=row.about, day=date.fromisoformat(row.day),
            count=row.times, text=row.text,
        )
        for row in conn.execute(query)
    )  # fmt: skip


def _change(conn: Connection, name: str, **values: object) -> None:
    changed = update(mailboxes).where(mailboxes.c.name == name).values(**values)
    if not conn.execute(changed).rowcount:
        blank = {"validity": 0, "uid": 0, "error": ""}
        conn.execute(mailboxes.insert().values(**(blank | {"name": name} | values)))
