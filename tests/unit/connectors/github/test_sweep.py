"""What a sweep finds of deleted, transferred and hidden items, and how few requests it takes."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.connectors.github.sweep import MOST_ASKED
from syncd.demo.simulators.server import Answer
from syncd.errors import Unavailable, UnexpectedAnswer
from syncd.model.items import ItemKey, Kind

REPO = "acme/ledger"


@pytest.fixture
def filled(sim):
    sim.add_milestone(REPO, "2.0", due=date(2026, 12, 4))
    for n in range(6):
        sim.open_issue(REPO, f"Issue {n}", milestone="2.0")
    sim.open_pull(REPO, "Change", head="b")
    sim.now += timedelta(hours=1)


def held_by(connector, cursor=None):
    pages = list(connector.pull(REPO, cursor))
    return {item.key: item.ref for page in pages for item in page.items}


def swept(connector, held):
    """Ref → what the sweep says of it."""
    found = {}
    for page in connector.sweep(REPO, held):
        found |= {held[key]: "there" for key in page.seen if key in held}
        found |= {held[key]: "hidden" for key in page.hidden}
        found |= {held[key]: "gone" for key in page.gone}
    return {ref: found.get(ref, "not named") for ref in held.values()}


def changed(found):
    return {ref: what for ref, what in found.items() if what != "there"}


@pytest.fixture(params=["auto", "never"])
def connector(request, build, filled):
    return build(use_graphql=request.param)


def asked_for(sim, act):
    before = len(sim.requests)
    act()
    return [request.path.rpartition("/")[2] for request in sim.requests[before:]]


def test_where_the_numbers_agree_nothing_else_is_asked(sim, connector):
    held = held_by(connector)
    found = {}
    asked = asked_for(sim, lambda: found.update(swept(connector, held)))
    assert changed(found) == {}
    assert len(found) == 8
    assert len(asked) <= 3


def test_what_was_deleted_is_gone_at_once(sim, connector):
    held = held_by(connector)
    sim.delete(f"{REPO}#3")
    assert changed(swept(connector, held)) == {f"{REPO}#3": "gone"}


def test_a_transferred_issue_is_gone_here_and_read_there(sim, build, connector):
    sim.add_repo("acme/api")
    held = held_by(connector)
    new = sim.transfer(f"{REPO}#3", "acme/api")
    assert changed(swept(connector, held)) == {f"{REPO}#3": "gone"}
    other = build(repos=("acme/api",))
    [page] = [p for p in other.pull("acme/api", None) if p.items]
    assert [item.ref for item in page.items] == [new]
    assert page.items[0].key not in held  # its identity is a new one


def test_a_number_that_is_not_found_is_not_named(sim, connector):
    held = held_by(connector)
    item = sim.item(f"{REPO}#3")
    del item.repo.items[3]
    assert changed(swept(connector, held)) == {f"{REPO}#3": "not named"}


@pytest.mark.parametrize("kind", [Kind.ISSUE, Kind.PULL_REQUEST])
def test_another_item_under_the_number_keeps_no_phantom_alive(build, filled, kind):
    connector = build()
    held = held_by(connector)
    phantom = ItemKey("github", kind, "99999")
    held[phantom] = f"{REPO}#{7 if kind is Kind.PULL_REQUEST else 3}"
    named = {key for page in connector.sweep(REPO, held) for key in page.seen}
    assert held.keys() - named == {phantom}


@pytest.mark.parametrize("status", [403, 451])
def test_an_issue_that_is_refused_is_hidden(sim, connector, status):
    held = held_by(connector)
    sim.delete(f"{REPO}#3")
    sim.fail("/issues/3", status=status, body={"message": "Repository access blocked"})
    assert changed(swept(connector, held)) == {f"{REPO}#3": "hidden"}


def test_a_limit_is_not_taken_for_a_refusal(sim, connector):
    held = held_by(connector)
    sim.delete(f"{REPO}#3")
    sim.fail("/issues/3", status=403, headers={"Retry-After": "30"}, times=1)
    assert changed(swept(connector, held)) == {f"{REPO}#3": "gone"}


def test_another_item_under_a_number_is_not_the_one_that_is_held(sim, connector):
    held = held_by(connector)
    key = next(key for key, ref in held.items() if ref == f"{REPO}#3")
    held[key._replace(native_id="7")] = held.pop(key)
    sim.delete(f"{REPO}#4")
    found = swept(connector, held)
    assert found[f"{REPO}#4"] == "gone"
    assert found[f"{REPO}#5"] == "there"


def test_issues_that_are_switched_off_are_hidden_not_gone(sim, connector):
    held = held_by(connector)
    sim.repo(REPO).has_issues = False
    off = changed(swept(connector, held))
    assert off == {f"{REPO}#{n}": "hidden" for n in range(1, 7)}
    sim.repo(REPO).has_issues = True
    assert changed(swept(connector, held)) == {}


def test_a_full_pull_without_issues_is_no_listing(sim, connector):
    sim.repo(REPO).has_issues = False
    pages = list(connector.pull(REPO, None))
    assert [item.ref for page in pages for item in page.items if "#" in item.ref] == [f"{REPO}#7"]
    assert not pages[-1].listing


def test_a_deleted_milestone_is_not_named(sim, connector):
    held = held_by(connector)
    sim.repo(REPO).milestones.clear()
    assert changed(swept(connector, held)) == {f"{REPO} milestone 1": "not named"}


def test_what_was_set_aside_is_not_missed(sim, connector):
    sim.item(f"{REPO}#2").title = None
    held = held_by(connector)
    assert len(held) == 7
    assert asked_for(sim, lambda: swept(connector, held)).count("graphql") <= 1


def test_a_renamed_repository_is_swept_under_its_new_name(sim, connector):
    held = held_by(connector)
    sim.rename_repo(REPO, "acme/books")
    sim.delete("acme/books#3")
    assert changed(swept(connector, held)) == {f"{REPO}#3": "gone"}


def test_a_node_that_graphql_withholds_is_there_if_rest_says_so(sim, build, filled):
    connector = build()
    held = held_by(connector)
    sim.delete(f"{REPO}#3")

    def withhold(answer):
        if "n4" in answer.body["data"].get("repository", {}):
            answer.body["data"]["repository"]["n4"] = None
        return Answer(body=answer.body)

    sim.fail("graphql", change=withhold)
    assert changed(swept(connector, held)) == {f"{REPO}#3": "gone"}


def test_look_ups_that_are_too_many_are_halved(sim, build, filled):
    connector = build()
    held = held_by(connector)
    sim.delete(f"{REPO}#3")
    most = 2
    sizes = []

    def too_many(request):
        size = request.body.count(b"issueOrPullRequest")
        sizes.extend([size] if size else [])
        return size > most

    sim.fail(too_many, status=502, body="<html>")
    assert changed(swept(connector, held)) == {f"{REPO}#3": "gone"}
    assert sizes[:3] == [7, 3, 1]


def test_a_sweep_of_a_host_that_fails_is_no_sweep(sim, build, filled):
    connector = build()
    held = held_by(connector)
    sim.delete(f"{REPO}#3")
    sim.fail(lambda r: b"issueOrPullRequest" in r.body, status=502)
    with pytest.raises(Unavailable):
        swept(connector, held)


def test_a_sweep_comes_after_a_pull(build, filled):
    with pytest.raises(UnexpectedAnswer, match="follows a pull"):
        list(build().sweep(REPO, {}))


def test_many_missing_items_are_asked_for_in_several_sweeps(sim, build, filled):
    connector = build()
    held = held_by(connector)
    for n in range(MOST_ASKED + 5):
        held[ItemKey("github", Kind.ISSUE, f"{n}")] = f"{REPO}#{1000 + n}"
    asked = asked_for(sim, lambda: swept(connector, held))
    assert len(asked) < MOST_ASKED + 5


def test_twenty_thousand_items_take_few_requests(sim, build):
    connector = build(seconds=30)
    ref = sim.open_issue(REPO, "One")
    one, repo = sim.item(ref), sim.repo(REPO)
    held = held_by(connector)
    for n in range(2, 20_001):
        repo.items[n] = replace(one, number=n, id=10**6 + n)
        held[ItemKey("github", Kind.ISSUE, str(10**6 + n))] = f"{REPO}#{n}"
    for n in (17, 5_000, 19_999):
        sim.delete(f"{REPO}#{n}")
    found = {}
    asked = asked_for(sim, lambda: found.update(swept(connector, held)))
    assert changed(found) == {f"{REPO}#{n}": "gone" for n in (17, 5_000, 19_999)}
    assert len(asked) == 2 + 4 + 3  # totals and milestones, look-ups, one each for the missing
