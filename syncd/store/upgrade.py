"""Schemas made and upgraded: the only place that runs migrations."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from syncd.store.files import APPLICATION, backup, create_private, put_in_place, stamp_of
from syncd.store.schema import SCHEMA
from syncd.store.sqlite import WRITE, engine


def create(path: Path) -> None:
    """A new, empty store; it appears under its name only when it is whole."""
    made = path.with_name(f"{path.name}.new")
    made.unlink(missing_ok=True)
    create_private(made)
    _migrate(made)
    put_in_place(made, path)


def upgrade(path: Path, schema: int, now: datetime) -> Path:
    """Bring an older schema to this one in one transaction; gives the backup made before."""
    saved = path.with_name(f"{path.name}.schema-{schema}.{stamp_of(now)}.bak")
    backup(path, saved)
    _migrate(path)
    return saved


def _migrate(path: Path) -> None:
    made = engine(path, read_only=False, wal=False)
    try:
        with made.execution_options(**WRITE).begin() as conn:
            migrate(conn)
            conn.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
            conn.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")
    finally:
        made.dispose()


def migrate(conn: Connection, to: str = "head") -> None:
    """Run the missing migrations, up to the one with number `to`, in the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(files("syncd.store") / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = conn
    command.upgrade(config, to)
