"""Who owns a store on PostgreSQL: session locks, which the server releases with their session.

A count of owners in the store itself is what a write is held against: whoever lost the session,
and was away while somebody else owned the store, can't write any more.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from syncd.errors import StoreLocked
from syncd.store.schema import owners

SPACE = 0x73796E63
"""First half of the key of every advisory lock of syncd: `sync`."""

WHOLE = ""
"""The part that is the store as such; who owns another part shares this one with others."""

NOTICE = 1.0
"""Seconds in which a server notices that a process which owned the store has died."""

HINT = "wait for it to end, or stop it; `syncd status` reads beside it"


def key_of(name: str) -> int:
    """Second half of the key of the advisory lock for a name: a signed 32-bit number."""
    number = zlib.crc32(name.encode())
    return number - (1 << 32) if number >= 1 << 31 else number


class Owner:
    """Ownership of a store, or of a part of it, from `take` to `release`."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]], part: str) -> None:
        """`connect` gives a connection of our own in autocommit mode."""
        self._connect, self.part = connect, part
        self._guard = threading.Lock()
        self._session: psycopg.Connection[Any] | None = None
        self._tenures: dict[str, int] = {}

    def take(self) -> None:
        """Take it at once, or raise StoreLocked naming the holder."""
        session = self._connect()
        try:
            if self.part != WHOLE:
                _lock(session, WHOLE, shared=True)
            _lock(session, self.part, shared=False)
        except BaseException:
            session.close()
            raise
        self._session = session

    def begin(self, conn: Connection) -> None:
        """In the first transaction after `take`: who owned this before owns it no more."""
        for part in dict.fromkeys((WHOLE, self.part)):
            step = 1 if part == self.part else 0
            made = insert(owners).values(part=part, tenure=1)
            self._tenures[part] = conn.execute(
                made.on_conflict_do_update(
                    index_elements=["part"], set_={"tenure": owners.c.tenure + step}
                ).returning(owners.c.tenure)
            ).scalar_one()

    def require(self, conn: Connection) -> None:
        """In a transaction that writes: raises StoreLocked where somebody else has owned it since.

        A session that broke off is taken up again, which is allowed if nobody came between.
        """
        with self._guard:
            if not self._is_alive():
                self.take()
        found = select(owners).where(owners.c.part.in_(list(self._tenures)))
        if {row.part: row.tenure for row in conn.execute(found)} != self._tenures:
            raise StoreLocked(
                "the store was taken over by another process while the connection to its database "
                "was lost; nothing more was written",
                hint="syncd status",
            )

    def _is_alive(self) -> bool:
        if self._session is None or self._session.closed:
            return False
        try:
            self._session.execute("SELECT 1")
        except psycopg.Error:
            self._session.close()
            return False
        return True

    def release(self) -> None:
        """Give it back."""
        with self._guard:
            if self._session is not None:
                self._session.close()
                self._session = None


def evict(session: psycopg.Connection[Any], part: str, silent: int) -> None:
    """End the sessions that own a part and asked nothing for `silent` seconds.

    For an owner that gave no sign of life: where its way was cut off without an end, the server
    would keep its session. One that lives after all finds out when it writes.
    """
    session.execute(
        f"SELECT pg_terminate_backend(pid) {_HOLDING} "
        "AND state_change < now() - make_interval(secs => %s)",
        (SPACE, key_of(part) % (1 << 32), silent),
    )


_HOLDING = (
    "FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND pg_locks.database = "
    "(SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND classid::bigint = %s AND objid::bigint = %s"
)
"""Sessions that hold the lock with these halves of its key."""


def _lock(session: psycopg.Connection[Any], part: str, *, shared: bool) -> None:
    kind = "_shared" if shared else ""
    deadline = time.monotonic() + NOTICE
    while True:
        got = session.execute(
            f"SELECT pg_try_advisory_lock{kind}(%s::int, %s::int)", (SPACE, key_of(part))
        ).fetchone()
        if got is not None and got[0]:
            return
        if time.monotonic() > deadline:
            what = f"{part} of the store" if part else "the store"
            raise StoreLocked(f"{what} is in use by {_holder(session, part)}", hint=HINT)
        time.sleep(0.05)


def _holder(session: psycopg.Connection[Any], part: str) -> str:
    """Who holds the lock, as each session says of itself, since its server knows of it."""
    found = session.execute(
        f"SELECT application_name, backend_start {_HOLDING} ORDER BY backend_start LIMIT 1",
        (SPACE, key_of(part) % (1 << 32)),
    ).fetchone()
    if found is None or not found[0]:
        return "another process"
    since: datetime = found[1]
    return f"{found[0]} since {since.astimezone(UTC).isoformat(timespec='seconds')}"
