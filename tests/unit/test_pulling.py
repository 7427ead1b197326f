"""Sources are read side by side into a real store; one's trouble never becomes another's."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.checking import skew_words
from syncd.errors import (
    AuthError,
    BudgetLow,
    CursorExpired,
    NotVisible,
    RateLimited,
    SyncdError,
    Unavailable,
    UnexpectedAnswer,
    Unreached,
)
from syncd.interfaces import Budget, Page
from syncd.model.items import Issue, ItemKey, Kind, Phase
from syncd.model.snapshot import Scope
from syncd.pulling import Source, exit_code, pull
from syncd.retrying import retrying
from syncd.store import open_store

NOW = datetime(2026, 11, 23, 8, 25, tzinfo=UTC)


def issue(source: str, number: int) -> Issue:
    then = NOW - timedelta(days=3)
    return Issue(
        key=ItemKey(source, Kind.ISSUE, str(number)), ref=f"PAY-{number}", scope="PAY",
        title="Capture", type="Story", phase=Phase.TODO, state="To Do",
        created_at=then, updated_at=then,
    )  # fmt: skip


class Scripted:
    """A connector whose scopes answer as told: a list of pages, or an error."""

    interface = 1

    def __init__(self, name: str, script: dict[str, list[Page] | Exception]) -> None:
        self.name, self.script = name, script
        self.asked: list[tuple[str, str | None]] = []
        self.closed = False

    def scopes(self) -> list[str]:
        return list(self.script)

    def check(self) -> Iterator[object]:
        return iter(())

    def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
        self.asked.append((scope, cursor))
        answer = self.script[scope]
        if isinstance(answer, CursorExpired) and cursor is None:
            answer = [last(issue(self.name, 7))]
        if isinstance(answer, Exception):
            raise answer
        yield from answer

    def close(self) -> None:
        self.closed = True


class Heard:
    """Progress that remembers."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.ended: dict[str, SyncdError | None] = {}
        self.expected: list[int | None] = []

    def started(self, source: str) -> None:
        self.begun.append(source)

    def advanced(self, source: str, items: int, expected: int | None) -> None:
        self.expected.append(expected)

    def finished(self, source: str, changed: int, failure: SyncdError | None) -> None:
        self.ended[source] = failure


def last(*items: Issue, cursor: str = "here") -> Page:
    return Page(items=items, last=True, cursor=cursor)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[object]:
    held = open_store(f"sqlite:///{tmp_path}/var/syncd.db", now=NOW, own=True)
    yield held
    held.close()


@pytest.fixture
def read(store: object) -> Callable[..., tuple]:
    def run(*connectors: Scripted, at: datetime = NOW, **options: object) -> tuple:
        sources = [Source(name=each.name, build=lambda each=each: each) for each in connectors]
        return pull(sources, store, at, progress=Heard(), **options)

    return run


def fresh(store: object) -> dict[str, object]:
    return {str(each.scope): each for each in store.freshness()}


def test_pages_arrive_and_the_cursor_is_given_back_next_time(store, read) -> None:
    jira = Scripted("jira", {"PAY": [Page(items=(issue("jira", 1),)), last(issue("jira", 2))]})
    (report,) = read(jira)
    assert (report.items, report.changed, report.failures) == (2, 2, ())
    assert report.seconds > 0
    assert jira.closed
    read(jira, at=NOW + timedelta(minutes=15))
    assert jira.asked == [("PAY", None), ("PAY", "here")]
    read(jira, at=NOW + timedelta(minutes=30), full=True)
    assert jira.asked[-1] == ("PAY", None)


@pytest.mark.parametrize("alike", [True, False])
def test_what_a_full_read_in_the_same_way_finds_was_changed(store, read, alike) -> None:
    first = issue("jira", 1)
    jira = Scripted("jira", {"PAY": [last(first)]})
    jira.reads_as = lambda scope, cursor: alike and (scope, cursor) == ("PAY", "here")
    read(jira)
    jira.script["PAY"] = [replace(last(replace(first, title="Refund")), reread=True)]
    read(jira, at=NOW + timedelta(minutes=15), full=True)
    (change,) = store.snapshot(NOW + timedelta(minutes=15)).changes
    assert (change.field, change.is_reread) == ("title", not alike)


@pytest.mark.parametrize("ways", [("here", "mark"), ("here",), ("mark",)])
def test_what_the_rest_of_a_full_read_finds_was_changed(store, read, ways) -> None:
    """It was cut off; where either of its two parts is read in another way nobody can tell."""
    one, two = issue("jira", 1), issue("jira", 2)
    jira = Scripted("jira", {"PAY": [last(one, two)]})
    jira.reads_as = lambda _, cursor: cursor in ways
    read(jira)
    begun = Page(items=(one,), bookmark="mark", reread=True)
    jira.script["PAY"] = cut_off(begun)
    read(jira, at=NOW + timedelta(minutes=15), full=True)
    jira.script["PAY"] = [replace(last(replace(two, title="Refund")), reread=True)]
    later = NOW + timedelta(minutes=30)
    read(jira, at=later)
    assert ("PAY", "mark") in jira.asked
    (change,) = store.snapshot(later).changes
    assert (change.field, change.is_reread) == ("title", len(ways) < 2)


def cut_off(*pages: Page) -> Iterator[Page]:
    yield from pages
    raise Unavailable("jira is down")


def test_one_source_that_fails_stops_no_other(store, read) -> None:
    bad = Scripted("bad", {"X": Unavailable("bad is down")})
    good = Scripted("good", {"PAY": [last(issue("good", 1))]})
    reports = {each.source: each for each in read(bad, good)}
    (failure,) = reports["bad"].failures
    assert (str(failure), failure.hint) == ("bad is down", "syncd doctor bad")
    assert reports["good"].changed == 1
    assert fresh(store)["bad:X"].failing_since == NOW
    assert fresh(store)["good:PAY"].failing_since is None
    assert exit_code(list(reports.values())) == 3


def test_one_scope_that_cannot_be_seen_leaves_its_siblings_read(store, read) -> None:
    odd = Scripted("jira", {"A": NotVisible("A is gone"), "PAY": [last(issue("jira", 1))]})
    (report,) = read(odd)
    assert report.changed == 1
    assert fresh(store)["jira:A"].failing_since == NOW
    assert fresh(store)["jira:PAY"].succeeded_at == NOW


def test_a_refused_credential_ends_the_source_at_once(store, read) -> None:
    odd = Scripted("jira", {"A": AuthError("refused"), "PAY": [last(issue("jira", 1))]})
    (report,) = read(odd)
    assert [scope for scope, _ in odd.asked] == ["A"], "asked again with a refused credential"
    assert fresh(store)["jira:PAY"].failing_since == NOW, "what was not asked counted as read"
    assert exit_code([report]) == 4


def test_trouble_of_a_scope_at_a_place_of_its_own_leaves_the_others_read(store, read) -> None:
    down, refused = Unavailable("a.example is down"), AuthError("b.example refused us")
    down.alone = refused.alone = True
    script = {"A": down, "B": refused, "C": [last(issue("ics", 1))]}
    (report,) = read(Scripted("ics", script))
    assert report.failures == (down, refused)
    assert {name for name, each in fresh(store).items() if each.failing_since} == {"ics:A", "ics:B"}
    assert fresh(store)["ics:C"].succeeded_at == NOW


def test_a_replaced_credential_is_taken_up_once_where_it_was_refused(store, read) -> None:
    old = Scripted("jira", {"A": [last(issue("jira", 1))], "PAY": AuthError("refused")})
    new = Scripted("jira", {"A": [], "PAY": [last(issue("jira", 2))]})
    (report,) = pull(
        [Source(name="jira", build=lambda: old, renew=lambda: new)], store, NOW, progress=Heard()
    )
    assert (report.failures, report.changed) == ((), 2)
    assert [scope for scope, _ in new.asked] == ["PAY"], "read again what was read already"
    assert old.closed
    assert new.closed


def test_a_credential_that_is_refused_again_is_not_tried_a_third_time(store, read) -> None:
    refusing = [Scripted("jira", {"PAY": AuthError("refused")}) for _ in range(3)]
    spare = iter(refusing)
    source = Source(name="jira", build=lambda: next(spare), renew=lambda: next(spare))
    (report,) = pull([source], store, NOW, progress=Heard())
    assert [len(each.asked) for each in refusing] == [1, 1, 0]
    assert exit_code([report]) == 4


def test_a_failure_in_the_middle_keeps_pages_but_not_the_cursor(store, read) -> None:
    def broken() -> Iterator[Page]:
        yield Page(items=(issue("jira", 1),))
        raise Unavailable("cut off")

    half = Scripted("jira", {"PAY": []})
    half.pull = lambda scope, cursor: broken()  # type: ignore[method-assign]
    (report,) = read(half)
    assert report.items == 1
    assert store.cursor(Scope("jira", "PAY")) is None
    assert len(store.snapshot(NOW).issues) == 1


def test_an_expired_position_is_read_in_full(store, read) -> None:
    first = Scripted("cal", {"team": [last(cursor="old")]})
    read(first)
    forgetful = Scripted("cal", {"team": CursorExpired("410")})
    (report,) = read(forgetful, at=NOW + timedelta(minutes=15))
    assert forgetful.asked == [("team", "old"), ("team", None)]
    assert (report.failures, report.changed) == ((), 1)


def test_an_asked_wait_is_kept_over_runs(store, read) -> None:
    busy = Scripted("github", {"acme/api": RateLimited("slow down", retry_after=1800)})
    read(busy)
    until = fresh(store)["github:acme/api"].retry_at
    assert timedelta(minutes=29) < until - NOW < timedelta(minutes=31)
    (report,) = read(busy, at=NOW + timedelta(minutes=15))
    assert len(busy.asked) == 1, "asked although told to wait"
    assert "asked us to wait until 08:55" in str(report.failures[0])
    assert exit_code([report]) == 7
    assert (report.seconds, report.requests) == (0, 0)
    busy.script["acme/api"] = [last(issue("github", 1))]
    (report,) = read(busy, at=NOW + timedelta(minutes=45))
    assert report.failures == ()


def test_a_wait_is_kept_whole_by_a_clock_that_is_ahead_of_the_providers(store, read):
    told = RateLimited(
        "slow down", retry_after=600, retry_at=NOW - timedelta(hours=1) + timedelta(seconds=600)
    )
    read(Scripted("github", {"acme/api": told}))
    assert fresh(store)["github:acme/api"].retry_at == NOW + timedelta(seconds=600)


def test_a_source_that_cannot_name_all_its_parts_gives_none_of_them_up(store, read) -> None:
    """A file that is being written names none: what it held was adopted anew once it was there."""
    files = Scripted("file", {"PAY": [last(issue("file", 1), cursor="one")], "OPS": [last()]})
    read(files)
    half = Scripted("file", {"OPS": [last()], "pay.json": UnexpectedAnswer("pay.json: half")})
    half.names_all_scopes = False
    read(half, at=NOW + timedelta(minutes=15))
    assert not store.snapshot(NOW + timedelta(minutes=16)).retired
    assert store.cursor(Scope("file", "PAY")) == "one"
    half.names_all_scopes = True
    read(half, at=NOW + timedelta(minutes=30))
    assert store.snapshot(NOW + timedelta(minutes=31)).retired == {Scope("file", "PAY")}


def test_a_limit_without_a_hint_waits_a_quarter_of_an_hour(store, read) -> None:
    (report,) = read(Scripted("github", {"acme/api": RateLimited("slow down")}))
    assert report.failures[0].hint.startswith("nothing to do")
    until = fresh(store)["github:acme/api"].retry_at
    assert timedelta(minutes=14) < until - NOW < timedelta(minutes=16)


def test_a_bug_in_a_connector_is_one_source_s_failure(store, read) -> None:
    buggy = Scripted("jira", {"PAY": KeyError("oops")})
    good = Scripted("good", {"PAY": [last(issue("good", 1))]})
    reports = {each.source: each for each in read(buggy, good)}
    assert "this is a bug" in str(reports["jira"].failures[0])
    assert reports["good"].changed == 1
    assert exit_code(list(reports.values())) == 1


def test_a_scope_taken_out_of_the_configuration_is_not_called_stale(store, read) -> None:
    read(Scripted("jira", {"PAY": [last(issue("jira", 1))], "OLD": [last()]}))
    read(Scripted("jira", {"PAY": [last(issue("jira", 1))]}), at=NOW + timedelta(minutes=15))
    assert set(fresh(store)) == {"jira:PAY"}


def test_a_listing_that_lost_much_is_held_until_a_person_accepts_it(store, read) -> None:
    def listed(*numbers: int) -> Scripted:
        page = last(*(issue("jira", number) for number in numbers))
        return Scripted("jira", {"PAY": [replace(page, listing=True)]})

    read(listed(*range(1, 21)))
    (report,) = read(listed(1), at=NOW + timedelta(minutes=15))
    assert "19 of 20 open items are missing" in str(report.failures[0])
    assert "syncd sync jira --full --accept-loss" in report.failures[0].hint
    assert store.snapshot(NOW + timedelta(minutes=16)).invisible == frozenset()
    assert fresh(store)["jira:PAY"].failing_since is not None
    (report,) = read(listed(1), at=NOW + timedelta(minutes=30), accept_loss=True)
    assert report.failures == ()
    after = store.snapshot(NOW + timedelta(minutes=31))
    assert len(after.invisible) == 19, "missing once is not visible, not deleted"


def test_a_listing_that_lost_much_of_what_is_done_is_held_where_open_items_went_too(
    store, read
) -> None:
    """Half a project that we may not see any more, of which most is done."""

    def listed(done: int, still_open: int) -> Scripted:
        closed = (replace(issue("jira", n), phase=Phase.DONE) for n in range(1, done + 1))
        page = last(*closed, *(issue("jira", 100 + n) for n in range(still_open)))
        return Scripted("jira", {"PAY": [replace(page, listing=True)]})

    read(listed(30, 4))
    (report,) = read(listed(15, 2), at=NOW + timedelta(minutes=15))
    assert "17 of 34 items, 2 of them open, are missing" in str(report.failures[0])
    assert store.snapshot(NOW + timedelta(minutes=16)).invisible == frozenset()
    (report,) = read(listed(15, 4), at=NOW + timedelta(minutes=30))
    assert report.failures == (), "what is done may be archived"


def test_stop_ends_the_pull_without_waiting_for_the_source(store) -> None:
    stop, reached = threading.Event(), threading.Event()

    def endless() -> Iterator[Page]:
        number = 0
        while True:
            number += 1
            if number == 3:
                reached.set()
                stop.set()
            yield Page(items=(issue("jira", number),))

    slow = Scripted("jira", {"PAY": []})
    slow.pull = lambda scope, cursor: endless()  # type: ignore[method-assign]
    pull([Source(name="jira", build=lambda: slow)], store, NOW, progress=Heard(), stop=stop)
    assert reached.is_set()
    assert store.cursor(Scope("jira", "PAY")) is None


class Forked(Scripted):
    """After a first page, each of its readers waits until all are reading: only side by side do
    they ever end."""

    def __init__(self, name: str, script: dict, together: threading.Barrier) -> None:
        super().__init__(name, script)
        self.together = together
        self.forks: list[Forked] = []

    def fork(self) -> "Forked":
        self.forks.append(Forked(self.name, self.script, self.together))
        return self.forks[-1]

    def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
        if scope != "first":
            self.together.wait(timeout=120)
        yield from super().pull(scope, cursor)


def test_a_source_that_can_be_forked_is_read_by_four_threads(store, read) -> None:
    script = {each: [last(issue("jira", n))] for n, each in enumerate(["first", *"ABCDEFGH"])}
    lead = Forked("jira", script, threading.Barrier(4))
    (report,) = read(lead)
    assert (report.changed, report.failures) == (9, ())
    every = [lead, *lead.forks]
    assert [len(each.asked) for each in every] == [3, 2, 2, 2]
    assert all(each.closed for each in every)


def test_trouble_of_the_whole_source_is_met_by_one_thread(store, read) -> None:
    busy = {each: RateLimited("slow down", retry_after=3600) for each in ("first", *"ABC")}
    lead = Forked("jira", busy, threading.Barrier(4))
    read(lead)
    assert (len(lead.asked), lead.forks) == (1, [])


def test_trouble_met_by_several_threads_is_told_once_and_ends_them_all(store, read) -> None:
    script = {each: Unavailable(f"{each} cannot be reached") for each in "ABCDEFGH"}
    lead = Forked("jira", {"first": [last(issue("jira", 1))], **script}, threading.Barrier(4))
    (report,) = read(lead)
    assert len(report.failures) == 1
    assert sum(len(each.asked) for each in (lead, *lead.forks)) == 5, "asked on although down"
    failing = {name for name, each in fresh(store).items() if each.failing_since}
    assert failing == {f"jira:{each}" for each in "ABCDEFGH"}


def test_a_replaced_credential_is_taken_up_by_every_thread(store, read) -> None:
    together = threading.Barrier(2)
    first = [last(issue("jira", 0))]
    old = Forked("jira", {"first": first, "A": AuthError("no"), "B": AuthError("no")}, together)
    good = {"A": [last(issue("jira", 1))], "B": [last(issue("jira", 2))]}
    new = Forked("jira", good, together)
    asked: list[int] = []
    source = Source(name="jira", build=lambda: old, renew=lambda: asked.append(1) or new)
    (report,) = pull([source], store, NOW, progress=Heard())
    assert (report.failures, report.changed, asked) == ((), 3, [1])


def test_the_scope_that_was_read_longest_ago_comes_first(store, read) -> None:
    busy = Scripted("jira", {"A": [last()], "B": [last()], "C": RateLimited("x", retry_after=60)})
    read(busy)
    busy.script["C"] = [last()]
    read(busy, at=NOW + timedelta(minutes=15))
    assert [scope for scope, _ in busy.asked] == ["A", "B", "C", "C", "A", "B"]


def test_a_server_that_fails_over_one_scope_is_asked_for_the_others(store, read) -> None:
    failing = Unavailable("b failed")
    failing.status = 503
    script = {"a": [last(issue("jira", 1))], "b": failing, "c": [last(issue("jira", 2))]}
    for turn in range(3):
        odd = Scripted("jira", script)
        (report,) = read(odd, at=NOW + timedelta(minutes=15 * turn))
        assert {scope for scope, _ in odd.asked} == {"a", "b", "c"}, "starved by the failing one"
        assert [str(each) for each in report.failures] == ["b failed"]
    assert {name for name, each in fresh(store).items() if each.failing_since} == {"jira:b"}


def test_a_server_that_fails_over_two_scopes_is_down(store, read) -> None:
    script: dict[str, object] = {}
    for name in "abcd":
        script[name] = Unavailable(f"{name} failed")
        script[name].status = 500
    odd = Scripted("jira", script)
    (report,) = read(odd)
    assert len(odd.asked) == 2
    assert len(report.failures) == 1
    assert all(each.failing_since for each in fresh(store).values())


def test_a_wait_at_one_of_many_places_is_its_own(store) -> None:
    busy = RateLimited("a: slow down", retry_after=7200)
    busy.alone = True
    odd = Scripted("ics", {"a": busy, "b": [last(issue("ics", 1))]})
    source = Source(name="ics", build=lambda: odd, is_spread_out=True)
    pull([source], store, NOW, progress=Heard())
    (report,) = pull([source], store, hours(0.5), progress=Heard())
    assert [scope for scope, _ in odd.asked] == ["a", "b", "b"]
    assert "asked us to wait" in str(report.failures[0])
    assert fresh(store)["ics:b"].succeeded_at == hours(0.5)


def test_sources_with_one_account_share_its_waits(store) -> None:
    busy = Scripted("one", {"A": RateLimited("slow down", retry_after=3600)})
    good = Scripted("two", {"B": [last(issue("two", 1))]})
    other = Scripted("other", {"C": [last(issue("other", 1))]})
    sources = [
        Source(name=each.name, build=lambda each=each: each, account=account)
        for each, account in ((busy, "x"), (good, "x"), (other, ""))
    ]
    pull(sources, store, NOW, progress=Heard())
    reports = pull(sources, store, hours(0.5), progress=Heard())
    assert [len(each.asked) for each in (busy, good, other)] == [1, 1, 2]
    assert "two asked us to wait until 09:25 UTC" in str(reports[1].failures[0])


def test_a_wait_that_a_sweep_was_asked_for_is_kept(store, read) -> None:
    page = replace(last(*(issue("jira", n) for n in range(1, 5))), listing=True)
    read(Scripted("jira", {"PAY": [page]}))
    busy = Swept("jira", {"PAY": [last(cursor="new")]}, RateLimited("x", retry_after=7200))
    read(busy, at=hours(6))
    assert store.cursor(Scope("jira", "PAY")) == "new", "what was read stays read"
    (report,) = read(busy, at=hours(6.25))
    assert "asked us to wait" in str(report.failures[0])
    assert len(busy.asked) == 1


def test_what_one_page_says_ends_no_other_source(store, read) -> None:
    odd = Scripted("odd", {"X": [Page(items=("no item",), last=True)]})
    reports = read(odd, Scripted("good", {"Y": [last(issue("good", 1))]}))
    by_name = {each.source: each for each in reports}
    assert "this is a bug" in str(by_name["odd"].failures[0])
    assert by_name["good"].changed == 1


def test_progress_tells_of_all_scopes_together(store) -> None:
    script = {
        "A": [Page(items=(issue("jira", 1),), expected=100), last()],
        "B": [Page(items=(issue("jira", 2),), expected=20), last()],
    }
    heard, busy = Heard(), Scripted("jira", script)
    pull([Source(name="jira", build=lambda: busy)], store, NOW, progress=heard)
    assert heard.expected == [100, 100, 120, 120]
    assert (heard.begun, heard.ended) == (["jira"], {"jira": None})


class Swept(Scripted):
    """Tells which of its items are still there."""

    def __init__(self, name: str, script: dict, *pages: Page) -> None:
        super().__init__(name, script)
        self.pages, self.swept = pages, []

    def sweep(self, scope: str, held: dict) -> Iterator[Page]:
        self.swept.append(dict(held))
        for page in self.pages:
            if isinstance(page, Exception):
                raise page
            yield page


def hours(count: float) -> datetime:
    return NOW + timedelta(hours=count)


def keys(*numbers: int) -> tuple[ItemKey, ...]:
    return tuple(ItemKey("jira", Kind.ISSUE, str(number)) for number in numbers)


def test_a_sweep_finds_what_was_deleted_after_two_looks_an_hour_apart(store, read) -> None:
    every = [replace(last(*(issue("jira", n) for n in range(1, 5))), listing=True)]
    read(Scripted("jira", {"PAY": every}))
    quiet = Swept("jira", {"PAY": [last()]}, Page(seen=keys(1, 2, 3)))
    read(quiet, at=hours(5))
    assert quiet.swept == [], "swept although it is not time"
    read(quiet, at=hours(6))
    assert quiet.swept == [{key: f"PAY-{key.native_id}" for key in keys(1, 2, 3, 4)}]
    assert store.snapshot(hours(6)).invisible == frozenset(keys(4))
    read(quiet, at=hours(6.5))
    assert len(quiet.swept) == 1
    read(quiet, at=hours(7))
    assert [one.ref for one in store.snapshot(hours(7)).issues] == ["PAY-1", "PAY-2", "PAY-3"]
    read(quiet, at=hours(8.5))
    assert len(quiet.swept) == 2, "nothing is missing any more"


def test_what_was_never_read_to_its_end_is_not_swept(store, read) -> None:
    read(Scripted("jira", {"PAY": Unavailable("down")}))
    whole = Swept("jira", {"PAY": [last(issue("jira", 1))]})
    read(whole, at=hours(1))
    assert whole.swept == []


def test_what_a_sweep_sees_again_is_visible_again(store, read) -> None:
    page = replace(last(*(issue("jira", n) for n in range(1, 5))), listing=True)
    read(Scripted("jira", {"PAY": [page]}))
    read(Swept("jira", {"PAY": [last()]}, Page(seen=keys(1, 2, 3))), at=hours(6))
    read(Swept("jira", {"PAY": [last()]}, Page(seen=keys(1, 2, 3, 4))), at=hours(7))
    assert store.snapshot(hours(7)).invisible == frozenset()
    assert len(store.snapshot(hours(7)).issues) == 4


def test_what_the_provider_refuses_to_show_is_never_taken_for_deleted(store, read) -> None:
    page = replace(last(*(issue("jira", n) for n in range(1, 5))), listing=True)
    read(Scripted("jira", {"PAY": [page]}))
    refusing = Swept("jira", {"PAY": [last()]}, Page(seen=keys(1, 2, 3), hidden=keys(4)))
    read(refusing, at=hours(6))
    read(refusing, at=hours(12))
    shorter = replace(last(*(issue("jira", n) for n in range(1, 4))), listing=True)
    read(Scripted("jira", {"PAY": [shorter]}), at=hours(18))
    after = store.snapshot(hours(18))
    assert len(after.issues) == 4
    assert after.invisible == frozenset(keys(4))


def test_a_sweep_that_fails_leaves_the_pull_read_and_nothing_missing(store, read) -> None:
    page = replace(last(*(issue("jira", n) for n in range(1, 5))), listing=True)
    read(Scripted("jira", {"PAY": [page]}))
    broken = Swept("jira", {"PAY": [last(cursor="new")]}, Page(seen=keys(1)), Unavailable("down"))
    (report,) = read(broken, at=hours(6))
    assert [str(each) for each in report.failures] == ["down"], "nobody learns of it"
    assert fresh(store)["jira:PAY"].failing_since is None
    assert store.cursor(Scope("jira", "PAY")) == "new"
    assert store.snapshot(hours(6)).invisible == frozenset()
    read(broken, at=hours(6.25))
    assert len(broken.swept) == 2, "a failed sweep is tried again by the next run"


def test_a_pull_that_was_cut_off_goes_on_from_its_bookmark(store, read) -> None:
    def cut() -> Iterator[Page]:
        yield Page(items=tuple(issue("jira", n) for n in range(1, 11)), bookmark="after 10")
        raise Unavailable("cut off")

    half = Scripted("jira", {"PAY": []})
    half.pull = lambda scope, cursor: cut()  # type: ignore[method-assign]
    read(half)

    class Rest(Scripted):
        def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
            yield from super().pull(scope, cursor)
            yield replace(last(issue("jira", 11)), listing=cursor == "after 10")

    rest = Rest("jira", {"PAY": []})
    (report,) = read(rest, at=hours(1))
    assert rest.asked == [("PAY", "after 10"), ("PAY", "here")], "edits since it began come too"
    assert report.failures == ()
    assert len(store.snapshot(hours(1)).issues) == 11
    assert store.snapshot(hours(1)).invisible == frozenset(), "the first part was listed as well"
    read(rest, at=hours(2))
    assert rest.asked[-1] == ("PAY", "here")
    read(half, at=hours(3))
    read(rest, at=hours(4), full=True)
    assert rest.asked[-1] == ("PAY", None), "full forgets a bookmark too"


class Metered(Scripted):
    """Told by its provider how many requests are left."""

    def __init__(self, name: str, script: dict, remaining: int, resets: datetime | None) -> None:
        super().__init__(name, script)
        self.budget = Budget(remaining=remaining, limit=5000, reset_at=resets)
        self.requests = 1

    @property
    def meter(self) -> "Metered":
        return self

    def skew(self, now: datetime, monotonic: float) -> float | None:
        return 720.0


def test_a_clock_that_is_off_is_told_with_the_run(store, read, caplog) -> None:
    (report,) = read(Metered("jira", {"A": [last()]}, 5000, None))
    assert (report.requests, report.skew) == (1, 720.0)
    assert "clock.skew source=jira seconds=720" in caplog.text
    assert "12 min behind the provider's" in skew_words(report.skew)
    assert store.snapshot(NOW).skews == {"jira": 720}


def test_the_last_tenth_of_a_budget_is_for_people(store, read) -> None:
    script = {"A": [last(issue("jira", 1))], "B": [last()]}
    nearly = Metered("jira", script, 499, hours(1))
    (report,) = read(nearly, background=True)
    assert [type(each) for each in report.failures] == [BudgetLow]
    assert "499 of 5000 requests are left until 09:25 UTC" in str(report.failures[0])
    assert nearly.asked == []
    assert [one.succeeded_at for one in fresh(store).values()] == [None, None], (
        "nor taken for fresh"
    )
    (report,) = read(nearly, at=hours(0.25), background=True)
    assert "499 of 5000" in str(report.failures[0]), "known from the run before, not asked again"
    (report,) = read(nearly, at=hours(0.5))
    assert (report.failures, report.changed) == ((), 1), "a person is served"
    assert fresh(store)["jira:A"].failing_since is None
    (report,) = read(nearly, at=hours(1), background=True)
    assert report.failures == (), "whole again by now"


@pytest.mark.parametrize(
    ("remaining", "resets"), [(500, timedelta(hours=1)), (0, timedelta(seconds=50)), (0, None)]
)
def test_a_budget_that_is_ample_or_whole_again_at_once_stops_nothing(
    store, read, remaining, resets
) -> None:
    when = NOW + resets if resets else None
    (report,) = read(Metered("jira", {"A": [last()]}, remaining, when), background=True)
    assert report.failures == ()
    assert store.budgets()["jira"][0].remaining == remaining


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([], 0),
        ([Unavailable("x")], 7),
        ([NotVisible("x")], 3),
        ([Unavailable("x"), NotVisible("x")], 3),
        ([AuthError("x"), Unavailable("x")], 4),
        ([SyncdError("bug"), Unavailable("x")], 1),
    ],
)
def test_exit_codes_of_sources_that_all_fail(errors, code) -> None:
    from syncd.pulling import SourceReport

    reports = [SourceReport(source=str(n), failures=(e,)) for n, e in enumerate(errors)]
    assert exit_code(reports) == code


@pytest.mark.parametrize(
    ("background", "error", "tries"),
    [
        (False, Unreached("nobody there"), 2),
        (False, Unavailable("the server failed (503)"), 5),
        (True, Unreached("nobody there"), 5),
    ],
)
def test_what_cannot_be_reached_is_tried_for_long_by_the_schedule_only(
    read, background: bool, error: Unavailable, tries: int
) -> None:
    asked = []

    class Away(Scripted):
        def pull(self, scope: str, cursor: str | None) -> Iterator[Page]:
            retrying(120, sleep=lambda _: None)(self.ask)
            yield last()

        def ask(self) -> None:
            asked.append(1)
            raise error

    (report,) = read(Away("jira", {"PAY": []}), background=background)
    assert (report.failures, len(asked)) == ((error,), tries)
