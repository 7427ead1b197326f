"""The store: SQLAlchemy Core on SQLite or PostgreSQL; items, their history, alerts, the outbox."""

from syncd.store.opening import open_store
from syncd.store.store import SqlStore

__all__ = ["SqlStore", "open_store"]
