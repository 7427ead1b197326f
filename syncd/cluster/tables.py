"""Procrastinate's tables in the store's database: made at the first start, then kept current."""

from __future__ import annotations

from importlib.resources import files

import psycopg
from procrastinate.schema import SchemaManager
from sqlalchemy import make_url

from syncd.errors import StoreError
from syncd.store.ownership import SPACE, key_of

KNOWN_BY = "procrastinate_jobs"
"""The table whose comment tells the newest step that was taken."""


def address_of(url: str) -> str:
    """The URL of the store as libpq takes it, with its password."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def install(address: str) -> None:
    """Make or upgrade the tables; `address` as libpq takes it. Many may call it at one time.

    Raises StoreError for tables that somebody else made, psycopg.Error for a server in trouble.
    """
    with psycopg.connect(address, autocommit=True) as session:
        lock = (SPACE, key_of("jobs"))
        session.execute("SELECT pg_advisory_lock(%s::int, %s::int)", lock)
        _install(session)


def _install(session: psycopg.Connection[tuple[object, ...]]) -> None:
    steps = sorted(
        one.name
        for one in (files("procrastinate.sql") / "migrations").iterdir()
        if one.name.endswith(".sql")
    )
    found = session.execute(
        "SELECT obj_description(to_regclass(%s), 'pg_class'), to_regclass(%s) IS NOT NULL",
        (KNOWN_BY, KNOWN_BY),
    ).fetchone()
    taken, is_there = found or (None, False)
    if not is_there:
        with session.transaction():
            session.execute(SchemaManager.get_schema().encode())
            _note(session, steps[-1])
    elif taken is None:
        raise StoreError(
            f"the database has tables of procrastinate that syncd did not make ({KNOWN_BY})",
            hint="give syncd a database of its own: createdb syncd",
        )
    for step in steps if is_there else ():
        if step > str(taken):
            with session.transaction():
                text = (files("procrastinate.sql") / "migrations" / step).read_bytes()
                session.execute(text)
                _note(session, step)


def _note(session: psycopg.Connection[tuple[object, ...]], step: str) -> None:
    session.execute(f"COMMENT ON TABLE {KNOWN_BY} IS '{step}'".encode())
