"""The SQLite store keeps every promise of the contract, and its own about its file."""

from pathlib import Path

from syncd.interfaces import Store
from syncd.store import open_store
from syncd.testing.builders import AS_OF
from syncd.testing.store_contract import StoreContract


class TestSqlStore(StoreContract):
    def store(self, folder: Path) -> Store:
        return open_store(f"sqlite:///{folder}/state/syncd.db", now=AS_OF, own=True)
