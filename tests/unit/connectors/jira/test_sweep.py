"""What a sweep tells of held issues: there, moved, hidden, or named by nobody."""

from dataclasses import replace
from datetime import timedelta

import pytest
from jira_play import NOW, asked, fill, issues, keys, milestones, problems

from syncd.connectors.jira import sweep
from syncd.errors import AuthError, UnexpectedAnswer
from syncd.interfaces import Forking, Sweeping

CLOUD = pytest.mark.parametrize("sim", ["cloud"], indirect=True)
SERVER = pytest.mark.parametrize("sim", ["server"], indirect=True)


@pytest.fixture
def read(sim, build):
    """Five issues, a version and two sprints that were read; (what is held, the next cursor)."""
    sim.add_project("LED", "Ledger")
    sim.add_board(7, "PAY")
    sim.add_version("PAY", "2.1")
    over = sim.add_sprint("S 0", board=7, state="closed", completed=NOW)
    now = sim.add_sprint("S 1", board=7, state="active", start=NOW)
    fill(sim, 4)
    sim.add_issue("PAY", "Planned", by="dana", sprints=(over, now))
    sim.now += timedelta(hours=1)
    pages = list(build().pull("PAY", None))
    sim.now += timedelta(hours=6)
    return {item.key: item.ref for page in pages for item in page.items}, pages[-1].cursor


def swept(connector, read):
    """The pages of an incremental pull and the sweep in front of its last page."""
    held, cursor = read
    pages = []
    for page in connector.pull("PAY", cursor):
        pages += [*connector.sweep("PAY", held), page] if page.last else [page]
    return pages


def named(pages):
    items = {item.key for page in pages for item in page.items}
    return items | {each for name in ("seen", "hidden", "gone") for each in keys(pages, name)}


def unnamed(read, pages):
    return sorted(ref for key, ref in read[0].items() if key not in named(pages))


def test_the_connector_can_be_forked_and_swept(build):
    assert isinstance(build(), Forking)
    assert isinstance(build(), Sweeping)


def test_everything_that_is_there_is_named_without_being_read(sim, build, read):
    connector = build()
    sim.requests.clear()
    pages = swept(connector, read)
    assert unnamed(read, pages) == []
    assert not issues(pages)
    assert not keys(pages, "hidden")
    assert not any(page.last or page.cursor for page in pages[:-1])
    ids = [each.json() for each in asked(sim, "/search")][-1]
    assert (ids["fields"], ids["maxResults"]) == (["id"], 5000)
    assert not asked(sim, "/api/2/field")


def test_a_listing_of_many_pages_is_read_whole(sim, build, read):
    sim.id_page_limit = 2
    assert unnamed(read, swept(build(), read)) == []


def test_a_deleted_issue_is_named_by_nobody_and_declared_gone_by_nobody(sim, build, read):
    sim.delete("PAY-2")
    pages = swept(build(), read)
    assert unnamed(read, pages) == ["PAY-2"]
    assert not keys(pages, "gone")


@pytest.mark.parametrize("projects", [("PAY",), ("PAY", "LED")])
def test_a_moved_issue_comes_under_its_new_key(sim, build, read, projects):
    before = next(key for key, ref in read[0].items() if ref == "PAY-3")
    new = sim.move("PAY-3", "LED", by="dana")
    pages = swept(build(projects=projects), read)
    (moved,) = issues(pages)
    assert (moved.key, moved.ref, moved.aliases, moved.scope) == (before, new, ("PAY-3",), "LED")
    assert unnamed(read, pages) == []


def test_an_issue_that_got_a_security_level_is_hidden_where_jira_says_so(sim, build, read):
    """Cloud answers for it as for one that is gone: two listings decide there."""
    sim.restrict("PAY-4")
    pages = swept(build(), read)
    if sim.cloud:
        assert unnamed(read, pages) == ["PAY-4"]
    else:
        assert [read[0][key] for key in keys(pages, "hidden")] == ["PAY-4"]
        assert unnamed(read, pages) == []
    assert not keys(pages, "gone")


@CLOUD
def test_an_issue_that_could_not_be_given_this_time_is_there(sim, build, read):
    native_id = sim.issue("PAY-2").id
    sim.hidden.add(native_id)
    told = [{"id": native_id, "errorMessage": "try again"}]
    sim.fail("/issue/bulkfetch", status=200, body={"issues": [], "issueErrors": told})
    assert unnamed(read, swept(build(), read)) == []


@CLOUD
def test_errors_that_are_no_list_are_an_unexpected_answer(sim, build, read):
    sim.delete("PAY-2")
    sim.fail("/issue/bulkfetch", status=200, body={"issues": [], "issueErrors": 0.5})
    with pytest.raises(UnexpectedAnswer, match="not a list"):
        swept(build(), read)


def test_an_issue_that_only_the_listing_lacks_is_read(sim, build, read):
    """Search lags, or rows moved between two pages while it was read."""
    sim.fail(is_listing, change=lambda answer: replace(
        answer, body=answer.body | {"issues": answer.body["issues"][1:]}
    ))  # fmt: skip
    pages = swept(build(), read)
    assert [each.ref for each in issues(pages)] == ["PAY-1"]
    assert unnamed(read, pages) == []


def is_listing(request):
    return "/search" in request.path and request.json().get("fields") == ["id"]


def test_an_issue_that_is_not_held_is_read(sim, build, read):
    """One that slipped through a page boundary long ago is found by its id."""
    held, cursor = read
    lost = {key: ref for key, ref in held.items() if ref != "PAY-2"}
    assert [each.ref for each in issues(swept(build(), (lost, cursor)))] == ["PAY-2"]


def test_a_damaged_issue_is_not_asked_for_twice(sim, build):
    sim.add_project("LED", "Ledger")
    fill(sim, 3)
    sim.issue("PAY-2").created = None
    sim.now += timedelta(hours=1)
    pages = list(build().pull("PAY", None))
    sim.now += timedelta(hours=6)
    held = {item.key: item.ref for page in pages for item in page.items}
    again = swept(build(), (held, pages[-1].cursor))
    assert [each.native_id for each in problems(again)] == [sim.issue("PAY-2").id]


def test_more_than_a_sweep_asks_for_is_left_for_the_next(sim, build, read, monkeypatch):
    monkeypatch.setattr(sweep, "MOST_ISSUES", {True: 2, False: 2})
    for number in (1, 2, 3):
        sim.delete(f"PAY-{number}")
    assert len(unnamed(read, swept(build(), read))) == 2


def test_a_closed_sprint_is_named_and_a_deleted_one_is_not(sim, build, read):
    assert unnamed(read, swept(build(), read)) == []
    closed = next(key for key, ref in read[0].items() if ref.startswith("sprint"))
    sim.delete_sprint(closed.native_id.removeprefix("sprint-"))
    assert unnamed(read, swept(build(), read)) == [read[0][closed]]


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 401},
        {"status": 403},
        {"status": 400},
        {"status": 404, "body": {"errorMessages": ["null for uri"]}},
        {"status": 200, "body": "<html><form>sign in</form></html>"},
        {"status": 200, "body": []},
    ],
    ids=["401", "403", "400", "404 for all of it", "login page", "no object"],
)
def test_sprints_are_named_where_boards_are_not_answered(sim, build, read, answer):
    for native_id in list(sim.sprints):
        sim.delete_sprint(native_id)
    sim.fail("/agile/", **answer)
    pages = swept(build(), read)
    assert unnamed(read, pages) == []
    assert not keys(pages, "gone")


def test_a_sprint_that_one_answer_refuses_is_named_while_others_are_told(sim, build, read):
    over, now = sim.sprints
    sim.delete_sprint(over)
    sim.fail(f"/sprint/{over}", status=403)
    pages = swept(build(), read)
    assert unnamed(read, pages) == []
    assert f"sprint-{now}" in {each.key.native_id for each in milestones(pages)}


def test_a_sweep_brings_sprints_as_they_are_now(sim, build, read):
    """One that was closed when it was read last is looked at by nothing else."""
    over = next(iter(sim.sprints))
    connector = build()
    pages = list(connector.pull("PAY", read[1]))
    sim.edit_sprint(over, state="active", completed=None, end=NOW + timedelta(30))
    sim.now += timedelta(minutes=16)
    sim.requests.clear()
    pages = list(connector.sweep("PAY", read[0]))
    assert [each.path[-6:] for each in asked(sim, "/agile/")] == ["sprint"], "by their board"
    found = {each.key.native_id: each for each in milestones(pages)}
    assert found[f"sprint-{over}"].state == "active"
    assert found[f"sprint-{over}"].claims[0].lo == (NOW + timedelta(30)).date()


def test_a_deleted_version_is_not_named(sim, build, read):
    sim.versions.clear()
    assert unnamed(read, swept(build(), read)) == ["PAY 2.1"]


def test_a_sweep_for_a_stranger_fails(sim, build, read):
    """His listing is short without a word: nothing may follow from it."""
    empty = {"issues": [], "isLast": True, "startAt": 0, "maxResults": 50, "total": 0}
    sim.fail(is_listing, status=200, body=empty)
    sim.default_headers = lambda _: {}
    connector = build()
    with pytest.raises(AuthError):  # noqa: PT012
        for page in connector.pull("PAY", read[1]):
            if page.last:
                sim.fail("/myself", status=401)
                found = []
                for each in connector.sweep("PAY", read[0]):
                    found.append(each)
                    assert not each.hidden


def test_a_listing_without_ids_is_no_listing(sim, build, read):
    sim.fail(is_listing, change=lambda answer: replace(
        answer, body=answer.body | {"issues": [{"key": "PAY-1"}]}
    ))  # fmt: skip
    with pytest.raises(UnexpectedAnswer, match="PAY"):
        swept(build(), read)
