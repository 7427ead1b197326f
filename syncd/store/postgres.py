"""The store's database on a PostgreSQL server: sessions, ownership, its errors in plain words."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import DBAPIError

from syncd.errors import StoreAway, StoreDamaged, StoreError, StoreLocked, StoreTooNew
from syncd.store import identity
from syncd.store.database import WRITE
from syncd.store.ownership import SPACE, WHOLE, Owner, key_of
from syncd.store.schema import SCHEMA, VERSION_TABLE, WAY_DOWN, metadata, owners

PATIENCE = 30
"""Seconds to wait for others who write: workers on several machines stand in one line."""

SILENCE = 20
"""Seconds that the one who writes may say nothing: whoever waits in that line outlasts it."""

LONGEST_NAME = 63
"""Bytes that PostgreSQL keeps of what a session says of itself."""

SESSION: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A server that is gone without a word is noticed within half a minute."""

_SEEN = """
    SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
    SET tcp_user_timeout = 30000"""
"""The server notices us as soon: until then nobody can have what we held, by default for hours."""


def open_server(url: str, *, own: bool, part: str, read_only: bool, adopt: bool = False) -> Server:
    """The store's database; its tables are made or upgraded where needed, in one transaction.

    `adopt` takes one that was moved elsewhere. Raises StoreLocked, StoreTooNew, StoreMoved for such
    a one without it, StoreAway, StoreError.
    """
    server = Server(url, read_only=read_only)
    try:
        with server.plainly():
            if own:
                server.own(part, adopt=adopt)
            elif read_only:
                server.require_schema()
            else:
                server.make_current()
    except BaseException:
        server.close()
        raise
    return server


def _checked(url: str) -> URL:
    found = make_url(url)
    if found.drivername != "postgresql+psycopg" or not found.database:
        raise StoreError(
            f'store.url: no driver for "{found.drivername}://"'
            if found.database
            else "store.url names no database",
            hint='write "postgresql+psycopg://user@host/database"',
        )
    return found


class Server:
    """A database on a server, open. Usable from several threads."""

    def __init__(self, address: str, *, read_only: bool = False) -> None:
        url = _checked(address)
        self.name = (
            f"postgresql://{url.host or ''}{f':{url.port}' if url.port else ''}/{url.database}"
        )
        self._url, self._read_only = url, read_only
        self._owner: Owner | None = None
        self.engine = _engine(url, read_only=read_only)

    @contextmanager
    def plainly(self) -> Iterator[None]:
        """Turn what the server and the way to it say into StoreError."""
        try:
            yield
        except DBAPIError as error:
            raise _explained(error.orig, self.name) or error from error
        except psycopg.Error as error:
            raise _explained(error, self.name) or error from error

    def own(self, part: str, *, adopt: bool) -> None:
        """Take the store, or a part of it, and make its tables current.

        Raises StoreLocked, and StoreMoved unless it is to be adopted.
        """
        if part != WHOLE:
            self.make_current()
        self.take(part)
        self.make_current()
        with self.engine.execution_options(**WRITE).begin() as conn:
            self.begin_ownership(conn)
            if adopt:
                identity.leave_home(conn)
            identity.require_not_left(identity.known_home(conn), self.name)

    def take(self, part: str = WHOLE) -> None:
        """Keep others from owning it, whatever its schema is. Raises StoreLocked."""
        self._owner = Owner(self._session, part)
        self._owner.take()

    def begin_ownership(self, conn: Connection) -> None:
        """In a transaction after `take`: who owned it before can write no more."""
        if self._owner is not None and inspect(conn).has_table(owners.name):
            self._owner.begin(conn)

    def _session(self) -> psycopg.Connection[Any]:
        """A session of our own, beside those of the pool."""
        arguments = dict(self.engine.dialect.create_connect_args(self._url)[1])
        session = psycopg.connect(**arguments | SESSION | _named(), autocommit=True)
        session.execute(_SEEN)
        return session

    def require_ownership(self, conn: Connection) -> None:
        """Raises StoreLocked where somebody else has owned it since."""
        if self._owner is not None:
            self._owner.require(conn)

    def require_schema(self) -> None:
        """Raises what `schema` raises, and StoreError for one of an older schema."""
        schema = self.schema()
        if schema < SCHEMA:
            raise StoreError(
                f"store has schema {schema}, this syncd needs {SCHEMA}: it is upgraded by the next "
                "command that writes",
                hint="back it up with pg_dump, then: syncd sync",
            )

    def schema(self) -> int:
        """Its number. Raises StoreError where there is none, StoreTooNew, StoreDamaged."""
        schema = self._schema()
        if schema is None:
            raise StoreError(f"{self.name}: there is no store yet", hint="syncd sync")
        return schema

    def make_current(self) -> None:
        """Make the tables, or upgrade them: in one transaction, while nobody else owns them."""
        schema = self._schema()
        if schema == SCHEMA:
            return
        if schema is None or self._owner is not None:
            self._migrate()
            return
        owner = Owner(self._session, WHOLE)
        owner.take()
        try:
            self._migrate()
        finally:
            owner.release()

    def _migrate(self) -> None:
        # Alembic is dear to import.
        from syncd.store.upgrade import migrate_server  # noqa: PLC0415

        with self.engine.execution_options(**WRITE).begin() as conn:
            if _schema_of(conn, self.name) != SCHEMA:
                migrate_server(conn)

    def _schema(self) -> int | None:
        with self.engine.begin() as conn:
            return _schema_of(conn, self.name)

    def check(self) -> None:
        """Read every row of every table, which the server checks by its own means."""
        with self.plainly(), self.engine.begin() as conn:
            for table in metadata.sorted_tables:
                conn.execute(select(func.count()).select_from(table)).scalar_one()

    def size(self) -> int:
        """Bytes of the tables and their indexes."""
        names = list(metadata.tables)
        with self.engine.begin() as conn:
            found = conn.exec_driver_sql(
                "SELECT sum(pg_total_relation_size(to_regclass(name))) "
                "FROM unnest(%s::text[]) name",
                (names,),
            )
            return int(found.scalar() or 0)

    def backup(self, _target: Path) -> None:
        """Refused: a server has better means, which its operator knows."""
        raise StoreError(
            f"{self.name}: a store on PostgreSQL is backed up by PostgreSQL's own tools",
            hint="pg_dump --format=custom --file=FILE",
        )

    def wipe(self) -> None:
        """Make its room free to be overwritten; the server's own log goes by its own rules."""
        names = ", ".join(f'"{name}"' for name in metadata.tables)
        with self.plainly(), self._session() as session:
            session.execute(f"VACUUM {names}".encode())

    def close(self) -> None:
        """Release connections and ownership."""
        self.engine.dispose()
        if self._owner is not None:
            self._owner.release()
            self._owner = None


def _named() -> dict[str, Any]:
    """What the server's views and a second owner are told of us."""
    name = f"syncd pid {os.getpid()} on {socket.gethostname()}"
    return {"application_name": name.encode()[:LONGEST_NAME].decode(errors="ignore")}


def _engine(url: URL, *, read_only: bool) -> Engine:
    """Reads see one moment for the whole transaction; writes wait for one another."""
    made = create_engine(url, pool_pre_ping=True, connect_args=SESSION | _named())

    @event.listens_for(made, "connect")
    def set_up(connection: Any, _record: object) -> None:
        connection.autocommit = True
        connection.execute(_SEEN)
        connection.execute("SET synchronous_commit = on")
        connection.execute(f"SET lock_timeout = '{PATIENCE}s'")
        if read_only:
            connection.execute("SET default_transaction_read_only = on")
        connection.autocommit = False

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("syncd_write", False):
            connection.exec_driver_sql(
                "SELECT set_config('idle_in_transaction_session_timeout', %s, true), "
                "pg_advisory_xact_lock(%s::int, %s::int)",
                (f"{SILENCE}s", SPACE, key_of("write")),
            )
        else:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")

    return made


def _schema_of(conn: Connection, name: str) -> int | None:
    """Number of the schema; None = no tables of ours. Raises StoreTooNew, StoreDamaged."""
    found = conn.exec_driver_sql(f"SELECT to_regclass('{VERSION_TABLE}')").scalar()
    if found is None:
        _refuse_strangers(conn, name)
        return None
    version = conn.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608
    if version is None:
        raise StoreDamaged(
            f"{name}: the store is damaged: it does not tell its schema; it was left as it is",
            hint="restore a backup made with pg_dump",
        )
    if int(version) > SCHEMA:
        raise StoreTooNew(
            f"store has schema {int(version)}, this syncd knows {SCHEMA}: "
            "upgrade syncd, or restore a backup",
            hint=f"the store is {name}; {WAY_DOWN}",
        )
    return int(version)


def _refuse_strangers(conn: Connection, name: str) -> None:
    theirs = conn.exec_driver_sql(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() "
        "AND table_name = ANY(%s)",
        (list(metadata.tables),),
    ).scalar()
    if theirs is not None:
        raise StoreError(
            f'{name}: there is a table "{theirs}" of another program',
            hint="give syncd a database of its own: createdb syncd",
        )


_TROUBLES = {
    "53100": ("the disk of the server is full", "make room there"),
    "53200": ("the server is out of memory", "see its log"),
    "42501": ("the database does not let us", "make syncd's user the owner of its database"),
    "25006": ("it cannot be written", "point store.url at the primary server"),
}
_AWAY = ("08", "57P", "53300", "25P03")
"""States of a connection that failed, of a server that stops or starts, of one with no room, or of
one that waited too long for us."""


def _explained(error: BaseException | None, name: str) -> StoreError | None:
    if not isinstance(error, psycopg.Error):
        return None
    state = error.sqlstate or ""
    if state == "55P03":
        return StoreLocked(
            f"{name}: another process has been writing the store for more than {PATIENCE} s",
            hint="look for it in pg_stat_activity",
        )
    if state.startswith("XX"):
        return StoreDamaged(
            f"{name}: the store is damaged: {_words(error)}; it was left as it is",
            hint="restore a backup made with pg_dump",
        )
    if state in _TROUBLES:
        why, hint = _TROUBLES[state]
        return StoreError(f"{name}: the store cannot be used: {why}; nothing was lost", hint=hint)
    if state.startswith(_AWAY) or (isinstance(error, psycopg.OperationalError) and not state):
        return _away(error, name)
    return None


def _away(error: psycopg.Error, name: str) -> StoreError:
    words = _words(error)
    if any(each in words for each in ("authentication failed", "does not exist", "no password")):
        return StoreError(
            f"{name}: the server refuses us: {words}", hint="store.url: user, password, database"
        )
    return StoreAway(
        f"{name}: the store cannot be reached: {words}; nothing that was reported as done is lost",
        hint="nothing to do if the server comes back; else see store.url",
    )


def _words(error: psycopg.Error) -> str:
    """The first line of what the server or its library says: it names no password."""
    return str(error).strip().partition("\n")[0]
