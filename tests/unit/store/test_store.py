"""The store keeps every promise of the contract, on SQLite and on PostgreSQL."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from servers import NAMES, store_url

from syncd.interfaces import Page, Store
from syncd.model.items import Phase
from syncd.model.snapshot import Scope
from syncd.store import SqlStore, open_store
from syncd.testing.alert_store_contract import DAY
from syncd.testing.builders import AS_OF, claim, event, issue, pull_request, sprint
from syncd.testing.store_contract import PAY, StoreContract

KINDS = ["sqlite", *NAMES]


class TestSqlStore(StoreContract):
    kind = "sqlite"

    def store(self, folder: Path) -> Store:
        return open_store(store_url(self.kind, folder), now=AS_OF, own=True)


class TestPostgres(TestSqlStore):
    kind = "wheel"


class TestPostgresOfTheSystem(TestSqlStore):
    kind = "system"


@pytest.fixture(params=KINDS)
def store(request, tmp_path: Path):
    with closing(open_store(store_url(request.param, tmp_path), now=AS_OF, own=True)) as made:
        yield made


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


def test_text_that_no_database_can_hold_stops_nothing(store: SqlStore) -> None:
    broken = issue("PAY-1", title="half \ud800 a pair", labels=("\udfff",))
    store.commit(PAY, Page(items=(broken, issue("PAY-2")), last=True), AS_OF)
    assert [one.title for one in store.snapshot(AS_OF).issues] == [
        "half \ufffd a pair",
        "Title of PAY-2",
    ]


def test_a_pull_requests_date_that_was_not_answered_stays(store: SqlStore) -> None:
    mine = pull_request()
    dated = replace(mine, claims=(claim(mine.key, "2026-12-03"),))
    silent = replace(mine, unanswered=("due",), updated_at=AS_OF)
    store.commit(PAY, Page(items=(dated,), last=True), AS_OF - DAY)
    store.commit(PAY, Page(items=(silent,), last=True), AS_OF)
    [found] = store.snapshot(AS_OF).pull_requests
    assert (found.claims, found.unanswered) == (dated.claims, ())


def test_a_sprint_and_a_phase_that_were_not_answered_stay(store: SqlStore) -> None:
    run = sprint("Sprint 41", end="2026-12-04")
    mine = issue("PAY-1", sprint=run.key, phase=Phase.REVIEW, updated_at=AS_OF - DAY)
    unanswered = ("phase", "sprint")
    silent = replace(mine, sprint=None, phase=Phase.TODO, unanswered=unanswered, updated_at=AS_OF)
    store.commit(PAY, Page(items=(run, mine), last=True), AS_OF - DAY)
    store.commit(PAY, Page(items=(silent,), last=True), AS_OF)
    [found] = store.snapshot(AS_OF).issues
    assert (found.sprint, found.phase) == (run.key, Phase.REVIEW)
    closed = replace(silent, phase=Phase.DONE)
    store.commit(PAY, Page(items=(closed,), last=True), AS_OF)
    assert store.snapshot(AS_OF).issues[0].phase is Phase.DONE


def test_an_event_that_went_to_another_calendar_is_not_buried_by_the_first(store: SqlStore) -> None:
    first, other = Scope("calendar", "first"), Scope("calendar", "other")
    meeting = event("Launch", "2026-12-01", scope="first")
    moved = replace(meeting, scope="other")
    store.commit(first, Page(items=(meeting,), last=True), AS_OF - DAY)
    store.commit(other, Page(items=(moved,), last=True), AS_OF)
    store.commit(first, Page(gone=(meeting.key,), last=True), AS_OF)
    assert [each.scope for each in store.snapshot(AS_OF).events] == ["other"]
    store.commit(other, Page(gone=(meeting.key,), last=True), AS_OF + DAY)
    assert store.snapshot(AS_OF + DAY).events == ()


def test_a_label_that_came_and_went_in_one_instant_is_no_change(store: SqlStore) -> None:
    mine = issue("PAY-1", labels=("a",), updated_at=AS_OF - DAY)
    with_it = replace(mine, labels=("a", "b"), updated_at=AS_OF)
    without = replace(with_it, labels=("a",))
    for version in (mine, with_it, without, replace(without, title="New")):
        store.commit(PAY, Page(items=(version,), last=True), AS_OF)
    assert "labels" not in {one.field for one in store.snapshot(AS_OF).changes}
