"""The store keeps every promise of the contract, on SQLite and on PostgreSQL."""

from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from servers import NAMES, store_url

from syncd.interfaces import Page, Problem, Store
from syncd.model.items import Account, Kind, Phase
from syncd.model.snapshot import Scope
from syncd.store import SqlStore, open_store
from syncd.testing.alert_store_contract import DAY, HOUR
from syncd.testing.builders import (
    AS_OF,
    at,
    change,
    claim,
    event,
    github_milestone,
    issue,
    link,
    pull_request,
    sprint,
)
from syncd.testing.store_contract import PAY, StoreContract, emptied, issues, listing

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


def test_issues_that_were_moved_to_where_nobody_reads_are_counted(store) -> None:
    moved, gone, done = (issue(f"OPS-{n}") for n in range(3))
    items = issue("PAY-1"), moved, gone, replace(done, phase=Phase.DONE)
    store.commit(PAY, Page(items=items, last=True), AS_OF)
    store.commit(PAY, Page(gone=(gone.key,), last=True), AS_OF)
    assert store.strays() == {Scope("jira", "OPS"): 1}
    store.retire("jira", ["PAY", "OPS"])
    assert store.strays() == {}, "it is read from now on"
    store.retire("jira", ["PAY"])
    assert store.strays() == {Scope("jira", "OPS"): 1}
    store.retire("jira", ["MOB"])
    assert store.strays() == {}, "where they came from is read no more"


def test_a_scope_that_is_named_twice_is_there_once_and_never_read(store) -> None:
    store.commit(PAY, listing(issue("PAY-1")), AS_OF)
    store.retire("jira", ["PAY", "MOB", "MOB"])
    assert [one.succeeded_at for one in store.freshness()] == [None, AS_OF]


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
    assert [each.status for each in store.snapshot(AS_OF + DAY).events] == ["cancelled"]


def test_an_event_that_is_deleted_before_its_day_is_held_as_cancelled(store: SqlStore) -> None:
    """A calendar tells its id alone, and the plan may still say the day of the launch."""
    launch, past = event("Launch", "2026-12-01"), event("Past", "2026-11-02")
    store.commit(PAY, Page(items=(launch, past), last=True), AS_OF - DAY)
    store.commit(PAY, Page(gone=(launch.key, past.key), last=True), AS_OF)
    before, after = (store.snapshot(at).events for at in (AS_OF - DAY, AS_OF))
    assert [one.status for one in before] == ["confirmed", "confirmed"]
    assert after == (replace(launch, status="cancelled", updated_at=AS_OF),)
    back = replace(launch, updated_at=AS_OF + DAY)
    store.commit(PAY, Page(items=(back,), last=True), AS_OF + DAY)
    assert [one.status for one in store.snapshot(AS_OF + DAY).events] == ["confirmed"]


@pytest.mark.parametrize(
    ("zone", "day", "held"),
    [
        ("America/Los_Angeles", "2026-11-22", ["cancelled"]),
        ("Asia/Kolkata", "2026-11-23", []),
    ],
)
def test_the_day_of_an_event_ends_where_it_is_held(
    store: SqlStore, zone: str, day: str, held: list[str]
) -> None:
    """At 23:30 UTC it is tomorrow in Kolkata; at 02:30 UTC yesterday in Los Angeles."""
    gone_at = at("2026-11-23 23:30" if zone == "Asia/Kolkata" else "2026-11-23 02:30")
    launch = event("Launch", day, zone=zone)
    store.commit(PAY, Page(items=(launch,), last=True), gone_at - 3 * DAY)
    store.commit(PAY, Page(gone=(launch.key,), last=True), gone_at)
    assert [one.status for one in store.snapshot(gone_at).events] == held


def test_a_label_that_came_and_went_in_one_instant_is_no_change(store: SqlStore) -> None:
    mine = issue("PAY-1", labels=("a",), updated_at=AS_OF - DAY)
    with_it = replace(mine, labels=("a", "b"), updated_at=AS_OF)
    without = replace(with_it, labels=("a",))
    for version in (mine, with_it, without, replace(without, title="New")):
        store.commit(PAY, Page(items=(version,), last=True), AS_OF)
    assert "labels" not in {one.field for one in store.snapshot(AS_OF).changes}


def test_of_an_issue_that_is_read_in_another_way_nobody_changed_anything(store: SqlStore) -> None:
    first, plan = issue("PAY-1", due="2026-12-03"), github_milestone("v2", due="2026-12-03")
    later = replace(first, claims=()), replace(plan, claims=())
    store.commit(PAY, Page(items=(first, plan), last=True), AS_OF - DAY)
    store.commit(PAY, Page(items=later, reread=True, last=True), AS_OF)
    found = {one.item.kind: one.is_reread for one in store.snapshot(AS_OF).changes}
    assert found == {Kind.ISSUE: True, Kind.MILESTONE: False}


def test_what_happens_to_one_scope_leaves_the_others_as_they_were(store: SqlStore) -> None:
    ops, kept = Scope("jira", "OPS"), Problem(native_id="7", reason="no summary")
    store.commit(ops, replace(listing(cursor="ops"), problems=(kept,)), AS_OF - DAY)
    store.commit(PAY, listing(*issues(3), cursor="pay"), AS_OF - DAY)
    before = store.freshness()[0]
    store.commit(PAY, Page(items=tuple(issues(3)), bookmark="b"), AS_OF)
    store.fail(PAY, AS_OF, "down", AS_OF + DAY)
    assert (store.cursor(ops), store.cursor(PAY)) == ("ops", "b")
    store.commit(PAY, listing(*issues(3)), AS_OF)
    store.commit(PAY, listing(*issues(3)), AS_OF)
    other, mine = store.freshness()
    assert (other, mine.retry_at) == (before, None)
    assert store.problems() == {ops: (kept,)}
    store.commit(ops, Page(bookmark="half of it"), AS_OF)
    store.restart(PAY)
    assert emptied(store, listing()) is not None
    assert store.cursor(ops) == "half of it"


def test_a_scope_that_is_back_is_read_from_its_beginning(store: SqlStore) -> None:
    store.commit(PAY, Page(items=(issue("PAY-1"),), bookmark="half of it"), AS_OF)
    store.retire("jira", ["OPS"])
    store.retire("jira", ["OPS", "PAY"])
    assert store.cursor(PAY) is None


def test_a_listing_with_a_row_that_names_nobody_proves_no_absence(store: SqlStore) -> None:
    here, lost = issue("PAY-1"), issue("PAY-2")
    store.commit(PAY, listing(here, lost), AS_OF - DAY)
    for name, missing in (("", set()), ("PAY-9", {lost.key})):
        row = Problem(native_id=name, reason="cannot be read")
        store.commit(PAY, replace(listing(here), problems=(row,)), AS_OF)
        assert store.snapshot(AS_OF).invisible == missing


def test_what_one_page_names_twice_stops_nothing(store: SqlStore) -> None:
    """PostgreSQL takes no row twice in a statement."""
    dana = Account(source="jira", id="dana", name="Dana Lee", email="dana@example.com")
    odd = [Problem(native_id=name, reason=f"row {n}") for n, name in enumerate(("", "", "7", "7"))]
    page = Page(
        items=(issue("PAY-1"), issue("PAY-1")),
        accounts=(dana, replace(dana, name="dana"), dana, replace(dana, name="dana")),
        problems=tuple(odd),
    )
    store.commit(PAY, page, AS_OF)
    assert store.accounts() == (dana,)
    assert [one.native_id for one in store.problems()[PAY]] == ["", "7"]


def test_a_name_is_kept_where_a_later_row_tells_only_the_account(store: SqlStore) -> None:
    dana = Account(source="github", id="dlee", name="Dana Lee")
    for told, name in (
        (replace(dana, name="dlee"), "dlee"),
        (dana, "Dana Lee"),
        (replace(dana, name="dlee"), "Dana Lee"),
        (replace(dana, name="Dana Lee-Ito"), "Dana Lee-Ito"),
    ):
        store.commit(PAY, Page(accounts=(told,)), AS_OF)
        assert [one.name for one in store.accounts()] == [name]


def test_an_event_that_was_deleted_in_one_calendar_comes_back_in_another(store: SqlStore) -> None:
    first, other = Scope("calendar", "first"), Scope("calendar", "other")
    meeting = event("Launch", "2026-12-01", scope="first")
    for scope, page in (
        (first, Page(items=(meeting,), last=True)),
        (first, Page(gone=(meeting.key,), last=True)),
        (other, Page(last=True)),
        (other, Page(items=(replace(meeting, scope="other"),), last=True)),
    ):
        store.commit(scope, page, AS_OF)
    assert [each.scope for each in store.snapshot(AS_OF).events] == ["other"]


def test_only_what_differs_in_more_than_its_time_counts_as_changed(store: SqlStore) -> None:
    mine = issue("PAY-1", updated_at=None)
    touched = replace(mine, updated_at=AS_OF - DAY)
    changed = replace(touched, title="New", updated_at=AS_OF)
    pages = [Page(items=(one,), last=True) for one in (mine, touched, changed)]
    assert [store.commit(PAY, page, AS_OF).changed for page in pages] == [1, 0, 1]


def test_an_edit_from_tomorrow_had_been_made_when_it_was_learned(store: SqlStore) -> None:
    first, second = (issue("PAY-1", due=day) for day in ("2026-12-10", "2026-12-17"))
    early = change(first, "due", "2026-12-03", "2026-12-10", AS_OF + DAY)
    then = change(first, "due", "2026-12-10", "2026-12-17", AS_OF + HOUR)
    store.commit(PAY, Page(items=(first,), changes=(early,), last=True), AS_OF)
    assert store.snapshot(AS_OF).issues[0].claims[0].hi == date(2026, 12, 10)
    now = AS_OF + 2 * HOUR
    store.commit(PAY, Page(items=(second,), changes=(early, then), last=True), now)
    assert store.snapshot(now).issues[0].claims[0].hi == date(2026, 12, 17)
    assert [one.at for one in store.snapshot(now).changes] == [AS_OF, AS_OF + HOUR]


def test_links_of_the_newer_of_two_versions_in_a_page_are_taken(store: SqlStore) -> None:
    mine, other = issue("PAY-1", updated_at=AS_OF - DAY), issue("PAY-2")
    store.commit(PAY, Page(items=(mine, other), last=True), AS_OF)
    versions = replace(mine, updated_at=AS_OF - 2 * DAY), replace(mine, updated_at=AS_OF)
    stated = link(mine, other)
    store.commit(PAY, Page(items=versions, links=(stated,), last=True), AS_OF)
    assert [one.far for one in store.snapshot(AS_OF).links] == [stated.far]


def test_a_link_that_is_told_in_other_words_is_held_in_these(store: SqlStore) -> None:
    one, other = issue("PAY-1"), issue("PAY-2")
    same, was = link(one, "PAY-3"), link(one, other, "relates to", "relates to", id="7")
    store.commit(PAY, Page(items=(one, other), links=(same, was), last=True), AS_OF - DAY)
    told = link(one, other, id="7")
    store.commit(PAY, Page(items=(one,), links=(same, told), last=True), AS_OF)
    assert set(store.snapshot(AS_OF).links) == {same, told}


def test_an_older_version_adds_the_name_that_it_had(store: SqlStore) -> None:
    mine = issue("PAY-1", updated_at=AS_OF)
    former = replace(mine, ref="OLD-1", title="Old", updated_at=AS_OF - DAY)
    for version in (mine, former):
        store.commit(PAY, Page(items=(version,), last=True), AS_OF)
    [found] = store.snapshot(AS_OF).issues
    assert (found.ref, found.title, found.aliases) == ("PAY-1", mine.title, ("OLD-1",))


def test_what_was_deleted_stays_so_since_the_first_word_of_it(store: SqlStore) -> None:
    mine = issue("PAY-1")
    gone = Page(gone=(mine.key,), last=True)
    store.commit(PAY, Page(items=(mine,), last=True), AS_OF - 2 * DAY)
    store.commit(PAY, gone, AS_OF - DAY)
    store.commit(PAY, gone, AS_OF)
    assert store.snapshot(AS_OF - DAY / 2).issues == ()
    store.commit(PAY, replace(gone, items=(mine,)), AS_OF + DAY)
    assert store.snapshot(AS_OF + DAY).issues == (), "made anew and deleted again"
