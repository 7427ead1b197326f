"""Sprints: asked for by their boards, told the same by whichever project meets them."""

from datetime import timedelta

import pytest
from jira_play import NOW, asked, issues, milestones, paths, problems

from syncd.connectors.jira.cursors import parse

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
    assert len(asked(sim, "/board/7")) == (1 if sim.cloud else 2)
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
    for number in range(130):
        made = sim.add_sprint(f"S {number}", board=7)
    sim.add_issue("PAY", "Step", by="dana", sprints=(made,))
    sim.now += timedelta(hours=1)
    cursor = last(build().pull("PAY", None))
    sim.now += timedelta(hours=1)
    sim.requests.clear()
    assert [each.name for each in milestones(build().pull("PAY", cursor))] == ["S 129"]
    assert len(asked(sim, "/board/7/sprint")) == 2


def test_a_site_without_boards_is_read_all_the_same(sim, build, sprint):
    sim.fail("/agile/", status=404)
    pages = list(build().pull("PAY", None))
    assert [each.scope for each in milestones(pages)] == ["PAY"]
    assert len(issues(pages)) == 1
