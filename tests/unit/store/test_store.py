"""The SQLite store keeps every promise of the contract, and its own about its file."""

from pathlib import Path

from syncd.interfaces import Page, Store
from syncd.store import SqlStore, open_store
from syncd.testing.builders import AS_OF, issue
from syncd.testing.store_contract import PAY, StoreContract


class TestSqlStore(StoreContract):
    def store(self, folder: Path) -> Store:
        return open_store(f"sqlite:///{folder}/state/syncd.db", now=AS_OF, own=True)


def test_commits_reach_the_disk_before_they_are_reported(tmp_path: Path) -> None:
    """Power cuts with less than FULL repeat mails, or damage the file."""
    store = TestSqlStore().store(tmp_path)
    assert isinstance(store, SqlStore)
    with store._engine.connect() as conn:
        kept = {
            name: conn.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    store.close()
    assert kept == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }


def test_text_that_no_database_can_hold_stops_nothing(tmp_path: Path) -> None:
    broken = issue("PAY-1", title="half \ud800 a pair", labels=("\udfff",))
    store = TestSqlStore().store(tmp_path)
    store.commit(PAY, Page(items=(broken, issue("PAY-2")), last=True), AS_OF)
    assert [one.title for one in store.snapshot(AS_OF).issues] == [
        "half \ufffd a pair",
        "Title of PAY-2",
    ]
    store.close()
