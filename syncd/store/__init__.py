"""The store: SQLAlchemy Core on SQLite; items, their history, alerts and the outbox."""
