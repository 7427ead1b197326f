"""The suite that every store passes: inherit `StoreContract`, say how one is opened.

    class TestSqlStore(StoreContract):
        def store(self, folder): ...   # opened on `folder`; twice the same folder = the same data

pytest is needed to run it, not to import it.
"""

# ruff: noqa: S101, D102 - a test suite asserts, and its tests are named by what they promise

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

from syncd.errors import SourceEmptied
from syncd.interfaces import Budget, Page, Problem, Store
from syncd.model.items import Account, Issue, Item, MilestoneKind, Phase, Review
from syncd.model.snapshot import Scope
from syncd.testing.alert_store_contract import DAY, HOUR, AlertStoreContract
from syncd.testing.builders import (
    AS_OF,
    change,
    event,
    issue,
    link,
    pull_request,
    sprint,
    version,
)

PAY = Scope("jira", "PAY")


def listing(*items: Item, cursor: str = "c") -> Page:
    """The only page of a pull that names every item of its scope."""
    return Page(items=items, last=True, listing=True, cursor=cursor)


def issues(count: int) -> list[Issue]:
    """Open issues, from PAY-1 on."""
    return [issue(f"PAY-{number}") for number in range(1, count + 1)]


def emptied(store: Store, page: Page) -> SourceEmptied | None:
    """The refusal of a page, None where it was taken."""
    try:
        store.commit(PAY, page, AS_OF + DAY)
    except SourceEmptied as error:
        return error
    return None


class StoreContract(AlertStoreContract):
    """What every store promises, whatever keeps its data."""

    # items

    def test_items_come_back_as_they_were_given(self, tmp_path: Path) -> None:
        mine = issue("PAY-1", due="2026-12-03", labels=("b", "a"), size=2.5, unmapped=True)
        pull = replace(
            pull_request("acme/ledger#7", mergeable=None, checks="success"),
            reviews=(Review(at=AS_OF - DAY, author="ada", verdict="approved"),),
        )
        release, current = (
            version("2.0", release="2026-12-10"),
            sprint("Sprint 41", end="2026-12-04"),
        )
        meeting, timed = event("Freeze", "2026-12-01"), event("Review", "2026-12-02T10:00:00+00:00")
        link_ = link(mine, pull, type_id="7", outward=False, explicit=False, set_at=AS_OF - DAY)
        who = Account(source="jira", id="u1", name="Ada Łovelace 🦉", email="ada@example.com")
        page = Page(
            items=(mine, pull, release, current, meeting, timed),
            links=(link_,),
            accounts=(who,),
            last=True,
        )
        with closing(self.store(tmp_path)) as store:
            assert store.commit(PAY, page, AS_OF).changed == 6
        with closing(self.store(tmp_path)) as store:
            found = store.snapshot(AS_OF)
        assert found.pull_requests == (pull,)
        assert found.milestones == tuple(sorted((release, current), key=lambda one: one.key))
        assert found.events == tuple(sorted((meeting, timed), key=lambda one: one.key))
        (same,) = found.issues
        assert same == replace(mine, state_entered_at=mine.created_at)
        assert (found.links, found.accounts) == ((link_,), (who,))
        assert found.first_seen[mine.key] == AS_OF

    def test_a_page_that_comes_twice_changes_nothing(self, tmp_path: Path) -> None:
        mine = issue("PAY-1", due="2026-12-03")
        page = Page(
            items=(mine,),
            changes=(change(mine, "due", None, "2026-12-03", "2026-11-02"),),
            links=(link(mine, "PAY-2", outward=True),),
            last=True,
            cursor="c",
        )
        with closing(self.store(tmp_path)) as store:
            assert store.commit(PAY, page, AS_OF - HOUR).changed == 1
            before = store.snapshot(AS_OF)
            again = store.commit(PAY, page, AS_OF)
            after = store.snapshot(AS_OF)
        assert (again.items, again.changed) == (1, 0)
        assert after.changes[0].learned_at == AS_OF - HOUR
        assert replace(after, freshness=()) == replace(before, freshness=())

    def test_a_date_that_was_not_answered_stays_and_is_no_change(self, tmp_path: Path) -> None:
        mine = issue("PAY-1", due="2026-12-03", updated_at=AS_OF - DAY)
        silent = replace(mine, claims=(), unanswered=("due",), title="New", updated_at=AS_OF)
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, Page(items=(mine,), last=True), AS_OF - DAY)
            store.commit(PAY, Page(items=(silent,), last=True), AS_OF)
            found = store.snapshot(AS_OF)
            assert (found.issues[0].title, found.issues[0].claims) == ("New", mine.claims)
            assert "due" not in {change.field for change in found.changes}
            store.commit(PAY, Page(items=(replace(silent, unanswered=()),), last=True), AS_OF)
            assert store.snapshot(AS_OF).issues[0].claims == ()

    def test_an_older_version_never_replaces_a_newer_one(self, tmp_path: Path) -> None:
        old = issue("PAY-1", updated_at=AS_OF - DAY, title="old")
        new = replace(old, updated_at=AS_OF, title="new")
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, Page(items=(new,)), AS_OF)
            store.commit(PAY, Page(items=(old,), last=True), AS_OF)
            assert [one.title for one in store.snapshot(AS_OF).issues] == ["new"]

    def test_a_moved_issue_keeps_its_identity_and_its_former_names(self, tmp_path: Path) -> None:
        mine = issue("PAY-1")
        moved = replace(mine, ref="OPS-9", scope="OPS", updated_at=AS_OF)
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(mine), AS_OF)
            store.commit(Scope("jira", "OPS"), listing(moved), AS_OF)
            store.commit(PAY, listing(), AS_OF + 2 * HOUR)
            store.commit(PAY, listing(), AS_OF + 4 * HOUR)
            found = store.snapshot(AS_OF + DAY)
        assert [(one.ref, one.aliases) for one in found.issues] == [("OPS-9", ("PAY-1",))]
        assert not found.invisible

    def test_a_change_nobody_reports_is_observed(self, tmp_path: Path) -> None:
        first = event("Go / no-go review", "2026-12-01", updated_at=AS_OF - DAY)
        later = event("Go / no-go review", "2026-12-04", updated_at=AS_OF - HOUR)
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, Page(items=(first,), last=True), AS_OF - DAY)
            store.commit(PAY, Page(items=(later,), last=True), AS_OF)
            now, then = store.snapshot(AS_OF), store.snapshot(AS_OF - 2 * HOUR)
        moved = [one for one in now.changes if one.field == "event"]
        assert [(one.old, one.new, one.at) for one in moved] == [
            ("2026-12-01", "2026-12-04", AS_OF - HOUR)
        ]
        assert now.events[0].first_day == date(2026, 12, 4)
        assert then.events[0].first_day == date(2026, 12, 1)
        assert [one.lo for one in then.events[0].claims] == [date(2026, 12, 1)]

    def test_history_that_comes_later_replaces_what_was_observed(self, tmp_path: Path) -> None:
        first = issue("PAY-1", due="2026-12-03", updated_at=AS_OF - DAY)
        later = issue("PAY-1", due="2026-12-09", updated_at=AS_OF - HOUR)
        told = change(first, "due", "2026-12-03", "2026-12-09", AS_OF - HOUR)
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, Page(items=(first,), last=True), AS_OF - DAY)
            store.commit(PAY, Page(items=(later,)), AS_OF - HOUR)
            assert [one.actor for one in store.snapshot(AS_OF).changes] == [None]
            store.commit(PAY, Page(changes=(told,), last=True), AS_OF)
            (only,) = store.snapshot(AS_OF).changes
        assert only == told._replace(learned_at=AS_OF - HOUR)

    def test_known_by_leaves_out_what_was_learned_later(self, tmp_path: Path) -> None:
        first = issue("PAY-1", due="2026-12-03", updated_at=AS_OF - 3 * DAY)
        later = issue("PAY-1", due="2026-12-09", updated_at=AS_OF - 2 * DAY)
        told = change(first, "due", "2026-12-03", "2026-12-09", AS_OF - 2 * DAY)
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, Page(items=(first,), last=True), AS_OF - 3 * DAY)
            store.commit(PAY, Page(items=(later,), changes=(told,), last=True), AS_OF)
            day = {
                by: store.snapshot(AS_OF, by).issues[0].claims[0].lo for by in (AS_OF - DAY, AS_OF)
            }
            unknown = store.snapshot(AS_OF, AS_OF - 4 * DAY)
        assert day == {AS_OF - DAY: date(2026, 12, 3), AS_OF: date(2026, 12, 9)}
        assert unknown.issues == ()

    def test_links_that_are_not_named_any_more_are_gone(self, tmp_path: Path) -> None:
        one, other = issue("PAY-1"), issue("PAY-2")
        kept, lost = link(one, other), link(one, "PAY-3")
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, Page(items=(one, other), links=(kept, lost), last=True), AS_OF - DAY)
            store.commit(PAY, Page(items=(one,), links=(kept,), last=True), AS_OF)
            assert store.snapshot(AS_OF).links == (kept,)
            assert len(store.snapshot(AS_OF - HOUR).links) == 2
            store.commit(PAY, Page(items=(one,), last=True), AS_OF)
            assert store.snapshot(AS_OF).links == ()

    # pulls

    def test_the_cursor_moves_with_the_last_page_only(self, tmp_path: Path) -> None:
        with closing(self.store(tmp_path)) as store:
            assert store.cursor(PAY) is None
            store.commit(PAY, Page(items=(issue(),)), AS_OF)
            assert store.cursor(PAY) is None
            store.commit(PAY, Page(last=True, cursor="c1"), AS_OF)
            store.commit(PAY, Page(items=(issue(),)), AS_OF)
            store.fail(PAY, AS_OF, "down", None)
            assert store.cursor(PAY) == "c1"

    def test_freshness_tells_since_when_a_scope_fails_and_why(self, tmp_path: Path) -> None:
        with closing(self.store(tmp_path)) as store:
            bad = Problem(native_id="PAY-9", reason="no key")
            page = Page(items=(issue(),), problems=(bad,), last=True)
            assert store.commit(PAY, page, AS_OF).problems == 1
            store.fail(PAY, AS_OF + HOUR, "refused", AS_OF + DAY)
            store.fail(PAY, AS_OF + 2 * HOUR, "still refused", None)
            (failing,) = store.freshness()
            store.commit(PAY, Page(items=(issue("PAY-9"),), last=True), AS_OF + 3 * HOUR)
            (mended,) = store.freshness()
        assert (failing.failing_since, failing.error) == (AS_OF + HOUR, "still refused")
        assert (failing.succeeded_at, failing.attempted_at) == (AS_OF, AS_OF + 2 * HOUR)
        assert (failing.items, failing.problems) == (1, 1)
        assert (mended.failing_since, mended.error, mended.problems) == (None, "", 0)

    def test_scopes_that_are_retired_are_invisible_until_they_are_back(
        self, tmp_path: Path
    ) -> None:
        ops = Scope("jira", "OPS")
        mine, theirs = issue("PAY-1"), issue("OPS-1")
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(mine), AS_OF)
            store.commit(ops, listing(theirs), AS_OF)
            store.retire("jira", ["PAY"])
            assert [one.scope for one in store.freshness()] == [PAY]
            assert store.snapshot(AS_OF).invisible == {theirs.key}
            store.commit(ops, listing(theirs), AS_OF)
            assert store.snapshot(AS_OF).invisible == frozenset()

    # absence

    def test_absence_makes_an_item_invisible_and_only_a_second_one_gone(
        self, tmp_path: Path
    ) -> None:
        here, lost = issue("PAY-1"), issue("PAY-2")
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(here, lost), AS_OF - DAY)
            store.commit(PAY, listing(here), AS_OF)
            found = store.snapshot(AS_OF)
            assert (len(found.issues), found.invisible) == (2, frozenset({lost.key}))
            assert store.snapshot(AS_OF - HOUR).invisible == frozenset()
            store.commit(PAY, listing(here), AS_OF + HOUR / 2)
            assert len(store.snapshot(AS_OF + HOUR / 2).issues) == 2
            store.commit(PAY, listing(here), AS_OF + HOUR)
            assert [one.ref for one in store.snapshot(AS_OF + HOUR).issues] == ["PAY-1"]
            assert len(store.snapshot(AS_OF).issues) == 2
            store.commit(PAY, listing(here, lost), AS_OF + DAY)
            back = store.snapshot(AS_OF + DAY)
        assert (len(back.issues), back.invisible) == (2, frozenset())

    def test_a_short_pull_without_listing_proves_nothing(self, tmp_path: Path) -> None:
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(*issues(3)), AS_OF)
            store.commit(PAY, Page(last=True, cursor="c2"), AS_OF + DAY)
            assert store.snapshot(AS_OF + DAY).invisible == frozenset()

    def test_items_of_every_page_of_the_pull_count_as_named(self, tmp_path: Path) -> None:
        one, other, broken = issues(3)
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(one, other, broken), AS_OF - DAY)
            store.commit(PAY, Page(items=(one,)), AS_OF)
            kept = Problem(native_id=broken.key.native_id, reason="unreadable")
            store.commit(PAY, Page(items=(other,), problems=(kept,)), AS_OF)
            store.commit(PAY, Page(last=True, listing=True, cursor="c"), AS_OF)
            assert store.snapshot(AS_OF).invisible == frozenset()

    def test_a_pull_that_failed_names_nothing_for_the_next(self, tmp_path: Path) -> None:
        one, other = issues(2)
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(one, other), AS_OF - DAY)
            store.commit(PAY, Page(items=(other,)), AS_OF - HOUR)
            store.fail(PAY, AS_OF - HOUR, "down", None)
            store.commit(PAY, listing(one), AS_OF)
            assert store.snapshot(AS_OF).invisible == {other.key}

    def test_a_source_that_is_suddenly_empty_is_not_believed(self, tmp_path: Path) -> None:
        held = issues(10)
        done = issue("PAY-99", phase=Phase.DONE, state="Done")
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(*held, done, cursor="c1"), AS_OF)
            refusal = emptied(store, listing(*held[:5], cursor="c2"))
            assert refusal is not None
            assert "5 of 10 open items" in str(refusal)
            assert refusal.source == "jira"
            assert store.cursor(PAY) == "c1"
            assert store.snapshot(AS_OF + DAY).invisible == frozenset()
            store.commit(PAY, listing(*held[:7], done), AS_OF + DAY)
            assert len(store.snapshot(AS_OF + DAY).invisible) == 3

    def test_what_the_provider_declares_deleted_is_gone_at_once(self, tmp_path: Path) -> None:
        one, other = issues(2)
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(one, other), AS_OF - DAY)
            store.commit(PAY, Page(gone=(other.key,)), AS_OF)
            store.commit(PAY, Page(items=(other,), last=True), AS_OF)
            assert [each.ref for each in store.snapshot(AS_OF).issues] == ["PAY-1"]
            assert len(store.snapshot(AS_OF - HOUR).issues) == 2
            store.commit(PAY, Page(items=(other,), last=True), AS_OF + DAY)
            assert len(store.snapshot(AS_OF + DAY).issues) == 2

    # bookmarks, sweeps, budgets

    def test_a_bookmark_is_where_a_pull_goes_on_until_it_has_ended(self, tmp_path: Path) -> None:
        one, other, third = issues(3)
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(one, other, third, cursor="c1"), AS_OF - DAY)
            store.commit(PAY, Page(items=(one, third), bookmark="b"), AS_OF)
            assert store.cursor(PAY) == "b"
            store.fail(PAY, AS_OF, "cut off", None)
        with closing(self.store(tmp_path)) as store:
            assert store.cursor(PAY) == "b"
            store.commit(PAY, listing(other, cursor="c2"), AS_OF + HOUR)
            assert store.cursor(PAY) == "c2"
            assert store.snapshot(AS_OF + HOUR).invisible == frozenset()

    def test_a_restarted_pull_counts_nothing_as_named(self, tmp_path: Path) -> None:
        one, other = issues(2)
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(one, other), AS_OF - DAY)
            store.commit(PAY, Page(items=(other,), bookmark="b"), AS_OF)
            store.restart(PAY)
            assert store.cursor(PAY) == "c"
            store.commit(PAY, listing(one), AS_OF)
            assert store.snapshot(AS_OF).invisible == {other.key}

    def test_a_small_scope_that_names_nothing_at_all_is_not_believed(self, tmp_path: Path) -> None:
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(*issues(3)), AS_OF)
            assert emptied(store, listing()) is not None
            assert store.freshness()[0].lost == 3
            store.commit(PAY, listing(issues(1)[0]), AS_OF + DAY)
            assert store.freshness()[0].lost == 0
            assert len(store.snapshot(AS_OF + DAY).invisible) == 2

    def test_a_version_from_tomorrow_outdates_nothing(self, tmp_path: Path) -> None:
        odd = issue("PAY-1", updated_at=AS_OF + 400 * DAY, title="from the future")
        right = replace(odd, updated_at=AS_OF, title="right")
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, Page(items=(odd,), last=True), AS_OF)
            store.commit(PAY, Page(items=(right,), last=True), AS_OF)
            assert [one.title for one in store.snapshot(AS_OF).issues] == ["right"]

    def test_a_loss_that_is_not_believed_forgets_the_bookmark(self, tmp_path: Path) -> None:
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(*issues(10), cursor="c1"), AS_OF)
            store.commit(PAY, Page(items=tuple(issues(2)), bookmark="b"), AS_OF + DAY)
            assert emptied(store, listing(cursor="c2")) is not None
            assert store.cursor(PAY) == "c1"

    def test_a_sweep_names_items_without_their_content(self, tmp_path: Path) -> None:
        one, other, secret = issues(3)
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(one, other, secret), AS_OF)
            assert store.held(PAY) == {
                one.key: "PAY-1", other.key: "PAY-2", secret.key: "PAY-3"
            }  # fmt: skip
            for at in (AS_OF + DAY, AS_OF + 2 * DAY):
                store.commit(PAY, Page(seen=(one.key,), hidden=(secret.key,)), at)
                store.commit(PAY, listing(), at, swept=True)
            found = store.snapshot(AS_OF + 2 * DAY)
            (fresh,) = store.freshness()
        assert [each.ref for each in found.issues] == ["PAY-1", "PAY-3"]
        assert found.invisible == {secret.key}
        assert (fresh.listed_at, fresh.missing_since) == (AS_OF + 2 * DAY, None)
        assert other.key not in {each.key for each in found.issues}

    def test_what_a_listing_may_lack_is_missing_from_a_sweep_only(self, tmp_path: Path) -> None:
        lacking = replace(listing(), unlisted=(MilestoneKind.SPRINT,))
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, listing(sprint(), version()), AS_OF)
            store.commit(PAY, lacking, AS_OF + DAY, accept_loss=True)
            store.commit(PAY, lacking, AS_OF + 2 * DAY, accept_loss=True)
            assert store.held(PAY) == {sprint().key: sprint().ref}
            assert sprint().key not in store.snapshot(AS_OF + 2 * DAY).invisible
            store.commit(PAY, listing(), AS_OF + 3 * DAY, accept_loss=True, swept=True)
            assert sprint().key in store.snapshot(AS_OF + 3 * DAY).invisible

    def test_a_sweep_forgets_nothing_that_is_kept_aside(self, tmp_path: Path) -> None:
        (one,) = issues(1)
        kept = Problem(native_id="7", reason="PAY-7: no summary")
        with closing(self.store(tmp_path)) as store:
            store.commit(PAY, replace(listing(one), problems=(kept,)), AS_OF)
            store.commit(PAY, Page(seen=(one.key,)), AS_OF + DAY)
            store.commit(PAY, listing(), AS_OF + DAY, swept=True)
            assert store.problems() == {PAY: (kept,)}
            store.commit(PAY, listing(one), AS_OF + 2 * DAY)
            assert store.problems() == {}

    def test_the_newest_rate_budget_is_kept(self, tmp_path: Path) -> None:
        budget = Budget(remaining=12, limit=5000, reset_at=AS_OF + HOUR)
        with closing(self.store(tmp_path)) as store:
            store.note_budget("github", replace(budget, remaining=99), AS_OF - HOUR)
            store.note_budget("github", budget, AS_OF)
        with closing(self.store(tmp_path)) as store:
            assert store.budgets() == {"github": (budget, AS_OF)}
