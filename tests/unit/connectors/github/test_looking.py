"""How few requests a pull takes, what it goes on from when it was cut off, what forks share."""

import json
import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from syncd.connectors.github.budgets import Budgets
from syncd.connectors.github.glimpse import is_settled
from syncd.connectors.github.pull import MOST_TITLES
from syncd.demo.simulators.server import Answer
from syncd.errors import CursorExpired, SourceError, UnexpectedAnswer

REPO = "acme/ledger"


def read(connector, cursor=None, scope=REPO):
    return list(connector.pull(scope, cursor))


def refs(pages):
    return [item.ref for page in pages for item in page.items if "#" in item.ref]


@pytest.fixture
def requests_of(sim):
    def run(act):
        before = len(sim.requests)
        act()
        return [request.path.rpartition("/")[2] for request in sim.requests[before:]]

    return run


@pytest.fixture
def filled(sim):
    """Three repositories with a milestone, issues and a pull request each."""
    names = (REPO, "acme/api", "acme/web")
    for name in names[1:]:
        sim.add_repo(name)
    for name in names:
        sim.add_milestone(name, "2.0", due=date(2026, 12, 4))
        for n in range(3):
            sim.open_issue(name, f"Issue {n}")
        sim.open_pull(name, "Change", head="b")
    sim.now += timedelta(hours=1)
    return names


def cursors_of(connector, names):
    return {name: read(connector, scope=name)[-1].cursor for name in names}


# Nothing new


def test_one_request_tells_that_nothing_is_new_in_all_repositories(build, filled, requests_of):
    cursors = cursors_of(build(repos=filled), filled)
    again = build(repos=filled)
    pages = []
    asked = requests_of(lambda: pages.extend(read(again, cursors[n], n) for n in filled))
    assert asked == ["graphql"]
    assert [[page.last for page in each] for each in pages] == [[True]] * 3
    assert [each[-1].cursor for each in pages] == list(cursors.values())
    assert not any(each[-1].listing for each in pages)


def test_without_graphql_what_is_unchanged_costs_nothing_of_the_budget(
    sim, build, filled, requests_of
):
    cursors = cursors_of(build(repos=filled, use_graphql="never"), filled)
    again, used = build(repos=filled, use_graphql="never"), sim.used
    asked = requests_of(lambda: [read(again, cursors[n], n) for n in filled])
    assert asked == ["milestones", "issues"] * 3
    assert sim.used == used


NEWS = {
    "an edited issue": lambda sim: sim.rename(f"{REPO}#1", "Other"),
    "a new pull request": lambda sim: sim.open_pull(REPO, "New", head="n"),
    "a moved due date": lambda sim: sim.set_due(REPO, "2.0", date(2027, 1, 8)),
    "a new milestone": lambda sim: sim.add_milestone(REPO, "3.0"),
    "a new name": lambda sim: sim.rename_repo(REPO, "acme/books"),
}


@pytest.mark.parametrize("news", NEWS)
@pytest.mark.parametrize("use_graphql", ["auto", "never"])
def test_news_are_read_at_once(sim, build, filled, news, use_graphql):
    first = read(build(use_graphql=use_graphql))
    sim.now += timedelta(hours=1)
    NEWS[news](sim)
    second = read(build(use_graphql=use_graphql), first[-1].cursor)
    held = {item for page in first for item in page.items}
    assert {item for page in second for item in page.items} - held


@pytest.mark.parametrize("use_graphql", ["auto", "never"])
def test_many_edits_of_one_minute_do_not_hide_a_late_one(sim, build, use_graphql):
    """An edit may show up minutes after its time, below more new rows than a look shows."""
    late = sim.open_issue(REPO, "Late")
    sim.now += timedelta(hours=1)
    for n in range(60):
        sim.open_issue(REPO, f"Issue {n}")
    first = read(build(use_graphql=use_graphql))
    sim.now += timedelta(hours=1)
    sim.item(late).title = "Late edit"
    sim.item(late).updated_at = sim.now - timedelta(hours=1, minutes=4)
    assert late in refs(read(build(use_graphql=use_graphql), first[-1].cursor))


def at(minute):
    return datetime(2026, 11, 2, 9, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes", "most", "now", "settled"),
    [
        ((0, 1), 3, 1, True),  # there are no more
        ((0, 1), 2, 1, False),
        ((0, 5), 2, 5, True),  # an edit of the last five minutes would be among them
        ((0, 4), 2, 5, False),
        ((0, 1), 2, 6, True),  # five minutes later nothing is on its way any more
        ((), 2, 0, True),
    ],
)
def test_when_the_newest_tell_all(minutes, most, now, settled):
    assert is_settled([at(m) for m in minutes], most, at(now)) is settled


@pytest.mark.parametrize("use_graphql", ["auto", "never"])
@pytest.mark.parametrize("is_kept", [True, False])
def test_a_repository_made_anew_under_an_old_name_is_read_in_full(
    sim, build, caplog, use_graphql, is_kept
):
    sim.open_issue(REPO, "Old")
    first = read(build(use_graphql=use_graphql))
    sim.now += timedelta(hours=1)
    old = sim.repo(REPO)
    if is_kept:
        sim.rename_repo(REPO, "acme/books")
    else:
        del sim.repos[old.id]
    new = sim.add_repo(REPO)
    sim.open_issue(REPO, "New")
    if use_graphql == "never":
        sim.now += timedelta(days=1)  # what is quiet is looked up by its name once a day
    with pytest.raises(CursorExpired, match=f"{new.id}; it was {old.id}"):
        read(build(use_graphql=use_graphql), first[-1].cursor)
    assert "another repository now" in caplog.text
    assert [item.title for page in read(build(use_graphql=use_graphql)) for item in page.items] == [
        "New"
    ]


@pytest.mark.parametrize("use_graphql", ["auto", "never"])
def test_two_names_of_one_repository_do_not_take_its_items_from_each_other(sim, build, use_graphql):
    sim.open_issue(REPO, "One")
    sim.rename_repo(REPO, "acme/books")
    connector = build(repos=(REPO, "acme/books"), use_graphql=use_graphql)
    with pytest.raises(UnexpectedAnswer, match="acme/books now, which is read as well") as caught:
        read(connector)
    assert caught.value.hint == f'take "{REPO}" out of sources.github.repos'
    assert refs(read(connector, scope="acme/books")) == ["acme/books#1"]


def test_a_repository_whose_old_name_was_lost_is_read_on_by_its_id(sim, build):
    sim.open_issue(REPO, "One")
    first = read(build(use_graphql="never"))
    sim.repo(REPO).full_name = "umbrella/ledger"  # without a redirect: acme is somebody else now
    sim.now += timedelta(hours=1)
    assert refs(read(build(use_graphql="never"), first[-1].cursor)) == ["umbrella/ledger#1"]


def test_a_repository_that_one_look_cant_show_is_read_by_rest(sim, build, filled):
    def hide(answer):
        data = {**answer.body["data"], "r0": None}
        return Answer(body={"data": data, "errors": [{"type": "FORBIDDEN", "path": ["r0"]}]})

    sim.fail("graphql", change=hide, times=1)
    assert len(refs(read(build(repos=filled)))) == 4


def test_open_items_are_read_again_once_a_day(sim, build):
    """Edits of dependencies and of project fields mark nothing as updated."""
    shut, still_open = sim.open_issue(REPO, "Shut"), sim.open_issue(REPO, "Open")
    sim.close(shut)
    first = read(build())
    sim.now += timedelta(hours=14)
    second = read(build(), first[-1].cursor)
    assert refs(second) == []
    sim.now += timedelta(hours=1)
    third = read(build(), second[-1].cursor)
    assert refs(third)[0] == still_open
    sim.now += timedelta(hours=1)
    assert refs(read(build(), third[-1].cursor)) == []


# Cut off


@pytest.fixture
def spread(sim):
    for n in range(30):
        sim.open_issue(REPO, f"Issue {n}")
        sim.now += timedelta(minutes=1)
    sim.now += timedelta(hours=1)


def test_a_pull_that_was_cut_off_goes_on_where_it_was(sim, build, spread, requests_of):
    pages = build(per_page=10).pull(REPO, None)
    first = [next(pages), next(pages), next(pages)]
    assert refs(first)[-1] == f"{REPO}#19"
    began = sim.now
    sim.now += timedelta(hours=2)
    sim.rename(f"{REPO}#1", "Renamed", by="kim")
    rest = read(build(per_page=10), first[-1].bookmark)
    assert refs(rest) == [f"{REPO}#{n}" for n in (*range(19, 31), 1)]
    assert rest[-1].listing  # with what came before the cut it names all
    since = datetime.fromisoformat(json.loads(rest[-1].cursor)["since"])
    assert since <= began  # what came later than the first half began is not proven


def test_an_incremental_pull_that_was_cut_off_is_no_listing(sim, build, spread):
    cursor = read(build())[-1].cursor
    sim.now += timedelta(hours=1)
    for n in range(1, 21):
        sim.comment(f"{REPO}#{n}", by="kim")
        sim.now += timedelta(minutes=1)
    pages = build(per_page=10).pull(REPO, cursor)
    bookmark = [next(pages), next(pages)][-1].bookmark
    rest = read(build(per_page=10), bookmark)
    assert not rest[-1].listing
    assert refs(rest)[-1] == f"{REPO}#20"


def test_what_was_set_aside_before_the_cut_is_tried_again(sim, build, spread):
    sim.item(f"{REPO}#1").title = None
    pages = build(per_page=10).pull(REPO, None)
    bookmark = [next(pages), next(pages)][-1].bookmark
    sim.item(f"{REPO}#1").title = "Mended"
    rest = read(build(per_page=10), bookmark)
    assert refs(rest)[0] == f"{REPO}#1"
    assert rest[-1].listing


# Threads


def test_forks_share_what_was_learned(sim, build, filled, requests_of):
    first = build(repos=filled)
    forks = [first.fork(), first.fork()]
    asked = requests_of(
        lambda: [read(c, scope=n) for c, n in zip((first, *forks), filled, strict=True)]
    )
    assert asked.count("graphql") == 1 + 3  # one look; the details of each
    assert first.meter is forks[0].meter
    for fork in forks:
        fork.close()


def test_a_host_without_graphql_is_noticed_once_by_all_forks(sim, build, filled):
    sim.has_graphql = False
    first = build(repos=filled)
    read(first)
    fork = first.fork()
    read(fork, scope="acme/api")
    fork.close()
    assert sum(request.path.endswith("graphql") for request in sim.requests) == 1


def test_four_forks_read_several_repositories_at_once(sim, build):
    """Each waits for its own answers only."""
    names = [REPO, *(f"acme/r{n}" for n in range(3))]
    for name in names[1:]:
        sim.add_repo(name)
    together, most, lock = 0, 0, threading.Lock()

    def slow(answer):
        nonlocal together, most
        with lock:
            together += 1
            most = max(most, together)
        time.sleep(0.05)
        with lock:
            together -= 1
        return answer

    sim.fail("/repositories/", change=slow)
    first = build(repos=names)
    forks = [first, *(first.fork() for _ in names[1:])]
    threads = [
        threading.Thread(target=read, args=(fork, None, name))
        for fork, name in zip(forks, names, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for fork in forks[1:]:
        fork.close()
    assert most == 4


# Budgets


def test_the_scarcer_budget_is_the_one_that_counts(sim, build):
    sim.open_issue(REPO, "One")
    connector = build()
    sim.points = 4800
    read(connector)
    assert connector.meter.budget.remaining == 198  # a look and the details of one issue
    assert connector.meter.budget.limit == 5000
    assert connector.meter.budget.reset_at == sim.now.replace(hour=10, minute=0)
    sim.used = 4990
    read(connector)
    assert connector.meter.budget.remaining == 8


@pytest.mark.parametrize(("remaining", "limit"), [("9" * 400, "50"), ("9", "7" * 400)])
def test_a_budget_of_nonsense_is_passed_over(remaining, limit):
    budgets = Budgets()
    nonsense = {"X-RateLimit-Remaining": remaining, "X-RateLimit-Limit": limit}
    budgets.record({**nonsense, "X-RateLimit-Resource": "graphql"})
    budgets.record({"X-RateLimit-Remaining": "9", "X-RateLimit-Limit": "50"})
    assert (budgets.budget.remaining, budgets.budget.limit) == (9, 50)


def test_a_host_that_limits_nothing_tells_no_budget():
    meter = Budgets()
    meter.record({"Date": "Mon, 02 Nov 2026 09:00:00 GMT"})
    assert meter.budget is None


def test_a_secondary_limit_told_with_status_200_is_waited_for(sim, build):
    body = {"message": "You have exceeded a secondary rate limit. Please wait."}
    sim.fail("graphql", status=200, body=body, times=1, headers={"Retry-After": "30"})
    sim.open_issue(REPO, "One")
    assert refs(read(build())) == [f"{REPO}#1"]


def test_a_failure_in_the_middle_names_source_and_scope(sim, build, spread):
    sim.fail(lambda r: r.path.endswith("/issues") and "since" in r.query, status=500)
    with pytest.raises(SourceError) as caught:
        read(build(per_page=10))
    assert (caught.value.source, caught.value.scope) == ("github", REPO)


# Milestones


def test_milestones_are_listed_only_when_one_of_them_is_new(sim, build, requests_of):
    sim.add_milestone(REPO, "2.0")
    sim.add_milestone(REPO, "2.1")
    ref = sim.open_issue(REPO, "One", milestone="2.0")
    first = read(build())
    keys = {item.name: str(item.key) for item in first[0].items}
    sim.now += timedelta(hours=1)
    sim.set_milestone(ref, "2.1")
    second = []
    asked = requests_of(lambda: second.extend(read(build(), first[-1].cursor)))
    assert "milestones" not in asked
    moved = [(c.old, c.new) for page in second for c in page.changes if c.field == "milestones"]
    assert moved == [(None, keys["2.0"]), (keys["2.0"], None), (None, keys["2.1"])]
    sim.now += timedelta(hours=1)
    sim.set_due(REPO, "2.1", date(2027, 1, 8))
    assert "milestones" in requests_of(lambda: read(build(), second[-1].cursor))


def test_milestones_that_are_too_many_to_remember_are_listed_each_time(sim, build, requests_of):
    for n in range(MOST_TITLES + 1):
        sim.add_milestone(REPO, f"M{n}")
    ref = sim.open_issue(REPO, "One", milestone="M7")
    first = read(build())
    sim.now += timedelta(hours=1)
    sim.comment(ref, by="kim")
    second = []
    asked = requests_of(lambda: second.extend(read(build(), first[-1].cursor)))
    assert asked.count("milestones") == 3
    held = {item.key for page in first for item in page.items}
    assert second[-2].items[0].milestones[0] in held
