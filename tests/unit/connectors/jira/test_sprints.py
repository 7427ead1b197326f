"""Sprints: asked for by their boards, told the same by whichever project meets them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from jira_play import NOW, asked, issues, keys, milestones, paths, problems

from syncd.connectors.jira.cursors import parse
from syncd.demo.simulators.jira_shapes import sprint_row
from syncd.errors import AuthError
from syncd.model.items import MilestoneKind

CLOUD = pytest.mark.parametrize("sim", ["cloud"], indirect=True)
SERVER = pytest.mark.parametrize("sim", ["server"], indirect=True)


@pytest.fixture
def sprint(sim):
    """An active sprint with an issue, an hour old."""
    sim.add_board(7, "PAY")
    made = sim.add_sprint("S 1", board=7, state="active", start=NOW, end=NOW + timedelta(14))
    sim.add_issue("PAY", "Step", by="dana", sprints=(made,))
    sim.now += timedelta(hours=1)
    return made


def last(pages):
    return list(pages)[-1].cursor


def test_an_open_sprint_is_looked_at_again_although_no_issue_changed(sim, build, sprint):
    cursor = last(build().pull("PAY", None))
    sim.now += timedelta(days=2)
    sim.edit_sprint(sprint, end=NOW + timedelta(21))
    pages = list(build().pull("PAY", cursor))
    assert [each.claims[0].lo for each in milestones(pages)] == [(NOW + timedelta(21)).date()]
    sim.now += timedelta(minutes=15)
    sim.edit_sprint(sprint, state="closed", completed=sim.now)
    pages = list(build().pull("PAY", pages[-1].cursor))
    assert [each.state for each in milestones(pages)] == ["closed"]
    assert parse(pages[-1].cursor).sprints == {}
    sim.now += timedelta(hours=1)
    sim.requests.clear()
    list(build().pull("PAY", pages[-1].cursor))
    assert not asked(sim, "/agile/")


def test_sprints_are_left_alone_for_a_quarter_of_an_hour(sim, build, sprint):
    cursor = last(build().pull("PAY", None))
    sim.now += timedelta(minutes=14, seconds=59)
    sim.requests.clear()
    list(build().pull("PAY", cursor))
    assert not asked(sim, "/agile/")
    sim.now += timedelta(seconds=1)
    list(build().pull("PAY", cursor))
    assert paths(sim)[-1] == "GET agile/1.0/board/7/sprint"


def test_sprints_are_looked_at_when_an_issue_of_the_project_changed(sim, build, sprint):
    sim.add_issue("PAY", "Another", by="dana")
    sim.now += timedelta(hours=1)
    cursor = last(build().pull("PAY", None))
    sim.now += timedelta(minutes=1)
    sim.edit("PAY-2", by="dana", priority="High")
    sim.edit_sprint(sprint, name="S 1, longer")
    assert [each.name for each in milestones(build().pull("PAY", cursor))] == ["S 1, longer"]


def test_all_sprints_of_a_board_cost_one_request(sim, build):
    sim.add_board(7, "PAY")
    for number in range(5):
        made = sim.add_sprint(f"S {number}", board=7)
        sim.add_issue("PAY", "Step", by="dana", sprints=(made,))
    sim.now += timedelta(hours=1)
    cursor = last(build().pull("PAY", None))
    sim.now += timedelta(hours=1)
    sim.requests.clear()
    assert len(milestones(build().pull("PAY", cursor))) == 5
    assert [each for each in paths(sim) if "agile" in each] == ["GET agile/1.0/board/7/sprint"]


def test_a_board_of_several_projects_is_asked_once_a_run(sim, build):
    sim.add_project("LED", "Ledger")
    sim.add_board(7, "PAY", shows=("LED",))
    made = sim.add_sprint("S 1", board=7, state="active")
    for project in ("PAY", "LED"):
        sim.add_issue(project, "Step", by="dana", sprints=(made,))
    sim.now += timedelta(hours=1)
    first = build(projects=("PAY", "LED"))
    cursors = {name: last(first.pull(name, None)) for name in first.scopes()}
    sim.now += timedelta(hours=1)
    sim.requests.clear()
    again = build(projects=("PAY", "LED"))
    for name in again.scopes():
        assert len(milestones(again.pull(name, cursors[name]))) == 1
    assert len(asked(sim, "/agile/")) == 1


@pytest.mark.parametrize("order", [("PAY", "LED"), ("LED", "PAY")])
@pytest.mark.parametrize(("place", "shows", "home"), [
    ("LED", (), "LED"),  # of the board's own project
    ("OUT", ("LED",), "LED"),  # of the first that it shows and we read
    ("OUT", (), "PAY"),  # of the first that we read
])  # fmt: skip
def test_a_sprint_belongs_to_one_project_whichever_meets_it_first(
    sim, build, order, place, shows, home
):
    sim.add_project("LED", "Ledger")
    sim.add_project("OUT", "Not read by us")
    sim.add_board(7, place, shows=shows)
    made = sim.add_sprint("S 1", board=7, state="active", start=NOW)
    for project in ("PAY", "LED"):
        sim.add_issue(project, "Step", by="dana", sprints=(made,))
    connector = build(projects=("PAY", "LED"))
    cursors, told = {}, []
    for name in order:
        pages = list(connector.pull(name, None))
        cursors[name] = pages[-1].cursor
        told += milestones(pages)
    assert len(told) == 2
    # Cloud names the board's own project only, as an answer about the board does.
    expected = "PAY" if sim.cloud and place == "OUT" else home
    assert {each.scope for each in told} == {expected}
    sim.now += timedelta(hours=1)
    again = build(projects=("PAY", "LED"))
    later = [each for name in order for each in milestones(again.pull(name, cursors[name]))]
    assert {*later} == {*told}


def test_the_project_of_a_board_is_asked_once_and_remembered(sim, build, sprint):
    cursor = last(build().pull("PAY", None))
    told = [each for each in paths(sim) if each.endswith(("board/7", "board/7/project"))]
    assert len(told) == (1 if sim.cloud else 2)
    sim.requests.clear()
    sim.now += timedelta(hours=1)
    sim.edit("PAY-1", by="dana", priority="High")
    list(build().pull("PAY", cursor))
    assert not [each for each in paths(sim) if each.endswith(("board/7", "board/7/project"))]


def test_sprints_of_a_board_that_has_none_to_tell_are_asked_by_id(sim, build, sprint):
    cursor = last(build().pull("PAY", None))
    sim.now += timedelta(hours=1)
    sim.fail("/board/7/sprint", status=400, body={"errorMessages": ["no sprints here"]})
    assert [each.name for each in milestones(build().pull("PAY", cursor))] == ["S 1"]
    assert len(asked(sim, f"/sprint/{sprint}")) == 1


def test_a_sprint_that_is_gone_stops_nothing(sim, build, sprint):
    cursor = last(build().pull("PAY", None))
    sim.delete_sprint(sprint)
    sim.now += timedelta(hours=1)
    pages = list(build().pull("PAY", cursor))
    assert pages[-1].last
    assert parse(pages[-1].cursor).sprints == {}
    assert not problems(pages)


def test_a_damaged_sprint_is_set_aside_and_asked_again(sim, build, sprint):
    cursor = last(build().pull("PAY", None))
    sim.now += timedelta(hours=1)
    damaged = {"values": [{"name": "no id"}], "isLast": True}
    sim.fail("/board/7/sprint", status=200, body=damaged)
    sim.fail("/sprint/", status=200, body={"name": "no id"})
    pages = list(build().pull("PAY", cursor))
    assert [each.native_id for each in problems(pages)] == [f"sprint-{sprint}"]
    assert parse(pages[-1].cursor).sprints == {sprint: "7"}


def test_boards_with_many_sprints_are_read_page_by_page(sim, build):
    sim.add_board(7, "PAY")
    made = [sim.add_sprint(f"S {number}", board=7) for number in range(130)]
    sim.add_issue("PAY", "Step", by="dana", sprints=made[-1:])
    sim.now += timedelta(hours=1)
    pages = list(build().pull("PAY", None))
    assert {each.name for each in milestones(pages)} == {f"S {number}" for number in range(130)}
    sim.now += timedelta(hours=1)
    for each in made:
        sim.edit_sprint(each, end=NOW + timedelta(21))
    sim.requests.clear()
    again = milestones(build().pull("PAY", pages[-1].cursor))
    assert [each.claims[0].lo for each in again] == [(NOW + timedelta(21)).date()] * 130
    assert len(asked(sim, "/agile/")) == 2


def test_sprints_that_only_ids_bring_take_turns(sim, build):
    sim.add_board(7, "PAY")
    for number in range(130):
        made = sim.add_sprint(f"S {number}", board=7)
        sim.add_issue("PAY", "Step", by="dana", sprints=(made,))
    sim.fail("/board/7/sprint", status=400, body={"errorMessages": ["no sprints here"]})
    sim.now += timedelta(hours=1)
    cursor, read = last(build().pull("PAY", None)), set()
    for _ in range(2):
        sim.now += timedelta(hours=1)
        pages = list(build().pull("PAY", cursor))
        cursor = pages[-1].cursor
        read |= {each.name for each in milestones(pages)}
    assert len(read) == 130


def test_a_sprint_that_no_issue_is_in_is_read_and_read_again(sim, build, sprint):
    sim.edit("PAY-1", by="dana", sprints=())
    sim.add_sprint("S 0", board=7, state="closed", completed=NOW)
    other = sim.add_sprint("S 2", board=7, state="closed", completed=NOW)
    sim.add_issue("PAY", "Over", by="dana", sprints=(other,))
    sim.now += timedelta(hours=1)
    pages = list(build().pull("PAY", None))
    assert {each.name for each in milestones(pages)} == {"S 0", "S 1", "S 2"}
    assert parse(pages[-1].cursor).sprints == {sprint: "7"}
    sim.now += timedelta(minutes=16)
    sim.edit_sprint(sprint, end=NOW + timedelta(30))
    (moved,) = milestones(build().pull("PAY", pages[-1].cursor))
    assert moved.claims[0].lo == (NOW + timedelta(30)).date()


def test_a_full_pull_does_not_claim_to_name_every_sprint(sim, build, sprint):
    pages = list(build().pull("PAY", None))
    assert (pages[-1].listing, pages[-1].unlisted) == (True, (MilestoneKind.SPRINT,))
    sim.now += timedelta(hours=1)
    again = list(build().pull("PAY", pages[-1].cursor))
    assert (again[-1].listing, again[-1].unlisted) == (False, ())


def test_a_closed_sprint_that_is_opened_again_is_followed_again(sim, build, sprint):
    sim.edit_sprint(sprint, state="closed", completed=sim.now)
    cursor = last(build().pull("PAY", None))
    assert parse(cursor).sprints == {}
    sim.now += timedelta(hours=6)
    sim.edit_sprint(sprint, state="active", completed=None, end=NOW + timedelta(30))
    pages = list(build().pull("PAY", cursor))
    (again,) = milestones(pages)
    assert (again.state, again.claims[0].lo) == ("active", (NOW + timedelta(30)).date())
    assert parse(pages[-1].cursor).sprints == {sprint: "7"}


def test_a_sprint_of_a_board_that_no_issue_named_is_not_taken(sim, build, sprint):
    sim.add_project("OUT", "Not read by us")
    sim.add_board(8, "OUT")
    theirs = sprint_row(sim.url, sim.sprints[sim.add_sprint("Theirs", board=8)])
    sim.fail("/board/7/sprint", change=lambda answer: replace(
        answer, body=answer.body | {"values": [*answer.body["values"], theirs]}
    ))  # fmt: skip
    assert {each.name for each in milestones(build().pull("PAY", None))} == {"S 1"}


REFUSED = {"401": {"status": 401}, "403": {"status": 403}}
ODD = {
    "400": {"status": 400},
    "404 for all of it": {"status": 404, "body": {"errorMessages": ["null for uri"]}},
    "login page": {"status": 200, "body": "<html><form>sign in</form></html>"},
    "no object": {"status": 200, "body": []},
}


@pytest.mark.parametrize("answer", [*REFUSED, *ODD])
def test_a_sprint_that_is_not_told_is_asked_again(sim, build, sprint, answer):
    cursor = last(build().pull("PAY", None))
    sim.now += timedelta(hours=1)
    sim.edit_sprint(sprint, end=NOW + timedelta(30))
    fault = sim.fail("/agile/", **(REFUSED | ODD)[answer])
    pages = list(build().pull("PAY", cursor))
    assert parse(pages[-1].cursor).sprints == {sprint: "7"}
    # What a right is missing for, doctor says once for all.
    told = [each.native_id for each in problems(pages)]
    assert told == ([] if answer in REFUSED else [f"sprint-{sprint}"])
    assert not keys(pages, "gone")
    sim.mend(fault)
    sim.now += timedelta(hours=1)
    (moved,) = milestones(build().pull("PAY", pages[-1].cursor))
    assert moved.claims[0].lo == (NOW + timedelta(30)).date()


def test_a_right_that_is_missing_is_not_tried_for_each_sprint(sim, build):
    for number in range(5):
        made = sim.add_sprint(f"S {number}", board=7 + number)
        sim.add_issue("PAY", "Step", by="dana", sprints=(made,))
    sim.now += timedelta(hours=1)
    cursor = last(build().pull("PAY", None))
    sim.now += timedelta(hours=1)
    sim.requests.clear()
    sim.fail("/agile/", status=401)
    pages = list(build().pull("PAY", cursor))
    assert len(asked(sim, "/agile/")) == 1
    assert len(parse(pages[-1].cursor).sprints) == 5


def test_a_token_that_ended_is_not_a_missing_right_for_boards(sim, build, sprint):
    cursor = last(build().pull("PAY", None))
    sim.now += timedelta(hours=1)
    sim.requests.clear()
    sim.fail("/agile/", status=401)
    sim.fail(lambda request: request.path.endswith("/myself") and asked(sim, "/agile/"), status=401)
    with pytest.raises(AuthError):
        list(build().pull("PAY", cursor))


def test_a_site_without_boards_is_read_all_the_same(sim, build, sprint):
    sim.fail("/agile/", status=404)
    pages = list(build().pull("PAY", None))
    assert [each.scope for each in milestones(pages)] == ["PAY"]
    assert len(issues(pages)) == 1
