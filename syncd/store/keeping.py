"""The face of the store that its operators see: ages, and people who are to be forgotten."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import Connection

from syncd.store import ageing, forgetting
from syncd.store.ageing import Ages, Outdated
from syncd.store.database import Database
from syncd.store.forgetting import Held, Who


class Keeping(ABC):
    """What `SqlStore` can do for them; each call one transaction."""

    database: Database

    @abstractmethod
    def _read(self) -> AbstractContextManager[Connection]: ...

    @abstractmethod
    def _write(self) -> AbstractContextManager[Connection]: ...

    def outdated(self, ages: Ages, now: datetime) -> Outdated:
        """What `prune` would remove."""
        with self._read() as conn:
            return ageing.find(conn, ages, now)

    def prune(self, ages: Ages, now: datetime) -> Outdated:
        """Remove what is too old, in one transaction; gives what was removed."""
        with self._write() as conn:
            return ageing.remove(conn, ages, now)

    def who(self, asked: str, known: Who) -> Who:
        """Somebody with all accounts that they have."""
        with self._read() as conn:
            return forgetting.look_up(conn, asked, known)

    def held_of(self, who: Who) -> Held:
        """All that is held of a person."""
        with self._read() as conn:
            return forgetting.held(conn, who)

    def forget(self, who: Who, at: datetime) -> Held:
        """Take a person out, in one transaction; gives what was held.

        The bytes are overwritten as far as the database can do that (`Database.wipe`).
        """
        with self._write() as conn:
            found = forgetting.forget(conn, who, at)
        self.database.wipe()
        return found
