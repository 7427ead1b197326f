"""What a store is kept in: the little that SQLite and PostgreSQL do differently."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine

WRITE = {"syncd_write": True}
"""Execution option of transactions that write: they begin as writers, one at a time."""


class Database(Protocol):
    """An open database. Usable from several threads."""

    engine: Engine
    name: str
    """Where it is, for people: a file, or an address without its password."""

    def plainly(self) -> AbstractContextManager[None]:
        """Around every use: what the database says of its troubles becomes a StoreError."""
        ...

    def require_ownership(self, conn: Connection) -> None:
        """Raises StoreError, in a transaction that writes, where what we own was lost meanwhile."""
        ...

    def check(self) -> None:
        """Read it as a whole. Raises StoreDamaged."""
        ...

    def size(self) -> int:
        """Bytes on disk."""
        ...

    def backup(self, target: Path) -> None:
        """A whole copy in a file. Raises StoreError where that is not for syncd to do."""
        ...

    def wipe(self) -> None:
        """Overwrite, or give free to be overwritten, what was deleted or replaced."""
        ...

    def close(self) -> None:
        """Release connections, files and ownership."""
        ...
