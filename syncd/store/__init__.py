"""The store: SQLAlchemy Core on SQLite; items, their history, alerts and the outbox."""

from syncd.store.store import SqlStore, open_store

__all__ = ["SqlStore", "open_store"]
