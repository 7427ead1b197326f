"""Schemas upgraded and taken back: the only place that runs migrations."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from syncd.store.batch import is_server
from syncd.store.copying import backup
from syncd.store.creation import MIGRATED, made_current
from syncd.store.files import stamp_of
from syncd.store.migrations.down import Brought
from syncd.store.schema import VERSION_TABLE, metadata


def upgrade(path: Path, schema: int, now: datetime) -> Path:
    """Bring an older schema to this one in one transaction; gives the backup made before."""
    saved = save(path, schema, now)
    with made_current(path) as conn:
        migrate(conn)
    return saved


def save(path: Path, schema: int, now: datetime) -> Path:
    """A copy beside the store, named after its schema, from before that changes."""
    saved = path.with_name(f"{path.name}.schema-{schema}.{stamp_of(now)}.bak")
    backup(path, saved)
    return saved


def migrate(conn: Connection, to: str = "head") -> None:
    """Run the missing migrations, up to the one with number `to`, in the caller's transaction."""
    command.upgrade(_config_for(conn), to)


def migrate_down(conn: Connection, to: int) -> None:
    """Take migrations back, down to schema `to`, in the caller's transaction."""
    command.downgrade(_config_for(conn), f"{to:04}")


def brought_above(to: int, schema: int) -> tuple[Brought, ...]:
    """What a store of `schema` has that one of `to` has not, newest first."""
    steps = ScriptDirectory.from_config(_config()).iterate_revisions(f"{schema:04}", f"{to:04}")
    return tuple(one for step in steps for one in step.module.BROUGHT)


def _config_for(conn: Connection) -> Config:
    config = _config()
    config.attributes["connection"] = conn
    # A database of a server may also hold what another program keeps with Alembic.
    config.attributes["version_table"] = VERSION_TABLE if is_server(conn) else MIGRATED
    return config


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("syncd.store") / "migrations"))
    config.set_main_option("path_separator", "os")
    return config


def migrate_server(conn: Connection, to: str = "head") -> None:
    """Make or upgrade the tables on PostgreSQL, in the caller's transaction.

    Texts sort there as in SQLite, by code point, whatever the language of the database: the order
    of rows is part of what a snapshot is.
    """
    migrate(conn, to)
    found = conn.exec_driver_sql(
        "SELECT quote_ident(table_name), quote_ident(column_name), character_maximum_length "
        "FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND table_name = ANY(%s) AND data_type IN ('text', 'character varying') "
        "AND collation_name IS DISTINCT FROM 'C'",
        (list(metadata.tables),),
    ).all()
    for table, column, length in found:
        kind = "text" if length is None else f"varchar({length})"
        conn.exec_driver_sql(f'ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} COLLATE "C"')
