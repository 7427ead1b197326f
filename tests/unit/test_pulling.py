"""Sources are read side by side into a real store; one's trouble never becomes another's."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from syncd.errors import AuthError, CursorExpired, NotVisible, RateLimited, SyncdError, Unavailable
from syncd.interfaces import Page
from syncd.model.items import Issue, ItemKey, Kind, Phase
from syncd.model.snapshot import Scope
from syncd.pulling import Source, exit_code, pull
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
        self.ended: dict[str, SyncdError | None] = {}

    def started(self, source: str) -> None: ...
    def advanced(self, source: str, items: int, expected: int | None) -> None: ...

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
    assert jira.closed
    read(jira, at=NOW + timedelta(minutes=15))
    assert jira.asked == [("PAY", None), ("PAY", "here")]
    read(jira, at=NOW + timedelta(minutes=30), full=True)
    assert jira.asked[-1] == ("PAY", None)


def test_one_source_that_fails_stops_no_other(store, read) -> None:
    bad = Scripted("bad", {"X": Unavailable("bad is down")})
    good = Scripted("good", {"PAY": [last(issue("good", 1))]})
    reports = {each.source: each for each in read(bad, good)}
    assert str(reports["bad"].failures[0]) == "bad is down"
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
    busy.script["acme/api"] = [last(issue("github", 1))]
    (report,) = read(busy, at=NOW + timedelta(minutes=45))
    assert report.failures == ()


def test_a_limit_without_a_hint_waits_a_quarter_of_an_hour(store, read) -> None:
    read(Scripted("github", {"acme/api": RateLimited("slow down")}))
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
