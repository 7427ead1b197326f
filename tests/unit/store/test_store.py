"""The SQLite store keeps every promise of the contract, and its own about its file."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

from syncd.interfaces import Page, Store
from syncd.model.items import Phase
from syncd.store import SqlStore, open_store
from syncd.testing.alert_store_contract import DAY
from syncd.testing.builders import AS_OF, claim, issue, pull_request, sprint
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


def test_a_pull_requests_date_that_was_not_answered_stays(tmp_path: Path) -> None:
    mine = pull_request()
    dated = replace(mine, claims=(claim(mine.key, "2026-12-03"),))
    silent = replace(mine, unanswered=("due",), updated_at=AS_OF)
    with closing(TestSqlStore().store(tmp_path)) as store:
        store.commit(PAY, Page(items=(dated,), last=True), AS_OF - DAY)
        store.commit(PAY, Page(items=(silent,), last=True), AS_OF)
        [found] = store.snapshot(AS_OF).pull_requests
    assert (found.claims, found.unanswered) == (dated.claims, ())


def test_a_sprint_and_a_phase_that_were_not_answered_stay(tmp_path: Path) -> None:
    run = sprint("Sprint 41", end="2026-12-04")
    mine = issue("PAY-1", sprint=run.key, phase=Phase.REVIEW, updated_at=AS_OF - DAY)
    unanswered = ("phase", "sprint")
    silent = replace(mine, sprint=None, phase=Phase.TODO, unanswered=unanswered, updated_at=AS_OF)
    with closing(TestSqlStore().store(tmp_path)) as store:
        store.commit(PAY, Page(items=(run, mine), last=True), AS_OF - DAY)
        store.commit(PAY, Page(items=(silent,), last=True), AS_OF)
        [found] = store.snapshot(AS_OF).issues
        assert (found.sprint, found.phase) == (run.key, Phase.REVIEW)
        closed = replace(silent, phase=Phase.DONE)
        store.commit(PAY, Page(items=(closed,), last=True), AS_OF)
        assert store.snapshot(AS_OF).issues[0].phase is Phase.DONE
