"""When items came into a deliverable and when they left it."""

from dataclasses import replace
from datetime import date

from syncd.model.items import Level, Phase
from syncd.reconciler.forecast.scope import Scopes
from syncd.reconciler.view import View
from syncd.testing.builders import (
    LONG_AGO,
    at,
    change,
    config,
    declared,
    issue,
    snapshot,
    sprint,
    team,
    version,
)

RELEASE = version("2.0", release="2026-12-18")
KEY = str(RELEASE.key)
IN = (RELEASE.key,)


def moves(*things, named="PAY 2.0", settings=None):
    view = View(snapshot(*things), settings or config())
    (one,) = [d for d in view.deliverables if d.name == named]
    return [(m.item.ref, m.by, m.at, m.actor) for m in view.once(Scopes).of(one)]


def test_an_item_that_was_always_in_it_came_when_it_was_made():
    assert moves(RELEASE, issue("PAY-1", milestones=IN)) == [("PAY-1", 1, LONG_AGO, None)]


def test_an_item_came_and_left_each_time_that_it_was_moved():
    one = issue("PAY-1", milestones=IN)
    story = [
        change(one, "milestones", None, KEY, "2026-09-01", actor="ada"),
        change(one, "milestones", KEY, None, "2026-10-01", actor="osei"),
        change(one, "milestones", None, KEY, "2026-11-01", actor="kim"),
    ]
    assert moves(RELEASE, one, *story) == [
        ("PAY-1", 1, at("2026-09-01"), "ada"),
        ("PAY-1", -1, at("2026-10-01"), "osei"),
        ("PAY-1", 1, at("2026-11-01"), "kim"),
    ]
    assert moves(RELEASE, one, *story[1:]) == [
        ("PAY-1", 1, LONG_AGO, None),
        ("PAY-1", -1, at("2026-10-01"), "osei"),
        ("PAY-1", 1, at("2026-11-01"), "kim"),
    ]


def test_an_item_that_was_taken_out_came_and_left():
    one, stays = issue("PAY-1"), issue("PAY-2", milestones=IN)
    story = [
        change(one, "milestones", None, KEY, "2026-09-01", actor="ada"),
        change(one, "milestones", KEY, None, "2026-10-01", actor="osei"),
    ]
    assert moves(RELEASE, one, stays, *story) == [
        ("PAY-2", 1, LONG_AGO, None),
        ("PAY-1", 1, at("2026-09-01"), "ada"),
        ("PAY-1", -1, at("2026-10-01"), "osei"),
    ]


def test_what_was_dropped_left_and_what_was_delivered_did_not():
    dropped = issue("PAY-1", milestones=IN, phase=Phase.DROPPED, done_at=at("2026-10-01"))
    done = issue("PAY-2", milestones=IN, phase=Phase.DONE, done_at=at("2026-10-01"))
    assert [(ref, by) for ref, by, *_ in moves(RELEASE, dropped, done)] == [
        ("PAY-1", 1), ("PAY-2", 1), ("PAY-1", -1),
    ]  # fmt: skip


def test_a_part_came_with_what_it_is_part_of():
    whole = issue("PAY-1", milestones=IN)
    part = issue("PAY-2", parent="PAY-1", level=Level.SUBTASK)
    into = change(whole, "milestones", None, KEY, "2026-10-01", actor="ada")
    assert moves(RELEASE, whole, part, into) == [("PAY-2", 1, at("2026-10-01"), "ada")]


def test_a_part_that_is_put_in_later_as_well_was_there_with_its_whole():
    epic = issue("PAY-9", level=Level.EPIC, milestones=IN)
    part = issue("PAY-2", parent="PAY-9", milestones=IN)
    story = [
        change(part, "milestones", None, KEY, "2026-10-01"),
        change(epic, "milestones", KEY, None, "2026-10-12"),
        change(epic, "milestones", None, KEY, "2026-10-14"),
    ]
    assert moves(RELEASE, epic, part, *story) == [("PAY-2", 1, LONG_AGO, None)]
    assert moves(RELEASE, epic, replace(part, milestones=()), *story[1:]) == [
        ("PAY-2", 1, LONG_AGO, None),
        ("PAY-2", -1, at("2026-10-12"), "ada"),
        ("PAY-2", 1, at("2026-10-14"), "ada"),
    ]


def test_what_left_with_its_epic_left_and_the_epic_itself_is_no_part_more():
    epic = issue("PAY-9", level=Level.EPIC)
    parts = [issue(f"PAY-{number}", parent="PAY-9") for number in (1, 2)]
    out = change(epic, "milestones", KEY, None, "2026-10-12")
    left = [(name, by) for name, by, _, _ in moves(RELEASE, epic, *parts, out)]
    assert left == [("PAY-1", 1), ("PAY-2", 1), ("PAY-1", -1), ("PAY-2", -1)]


def test_a_part_that_leaves_with_its_whole_counts_once():
    """A sub-task with a version of its own: while both are in it, it stands for both."""
    story, part = issue("PAY-1"), issue("PAY-2", level=Level.SUBTASK, parent="PAY-1")
    out = [change(one, "milestones", KEY, None, "2026-10-12") for one in (story, part)]
    left = [(name, by) for name, by, _, _ in moves(RELEASE, story, part, *out)]
    assert left == [("PAY-2", 1), ("PAY-2", -1)]
    here = (replace(one, milestones=IN) for one in (story, part))
    assert [(name, by) for name, by, _, _ in moves(RELEASE, *here)] == [("PAY-2", 1)]


def test_what_left_an_epic_of_an_initiative_left_what_that_is():
    whole = issue("PAY-8", level=Level.INITIATIVE)
    epic = issue("PAY-9", level=Level.EPIC, parent="PAY-8")
    part, out = issue("PAY-1", parent="PAY-9"), issue("PAY-2")
    left = change(out, "parent", "PAY-9", None, "2026-10-12")
    here = config(deliverables=(declared("checkout", "jira:PAY-8"),))
    found = moves(whole, epic, part, out, left, named="Checkout", settings=here)
    assert [(name, by) for name, by, _, _ in found] == [("PAY-1", 1), ("PAY-2", 1), ("PAY-2", -1)]


def test_a_part_came_once_it_was_put_below_its_whole():
    epic = issue("PAY-9", level=Level.EPIC, milestones=IN)
    part = issue("PAY-2", parent="PAY-9")
    under = change(part, "parent", None, "PAY-9", "2026-10-01")
    assert moves(RELEASE, epic, part, under) == [("PAY-2", 1, at("2026-10-01"), "ada")]


def test_a_sprint_and_an_epic_are_entered_by_their_own_fields():
    run = sprint("Sprint 41", start="2026-11-16", end="2026-11-27")
    one = issue("PAY-1", sprint=run.key)
    into = change(one, "sprint", None, str(run.key), "2026-11-18", actor="ada")
    assert moves(run, one, into, named="Sprint 41") == [("PAY-1", 1, at("2026-11-18"), "ada")]
    epic = issue("PAY-9", level=Level.EPIC, due="2026-12-18", title="Checkout")
    child = issue("PAY-2", parent="PAY-9")
    under = change(child, "parent", None, "PAY-9", "2026-11-19", actor="ada")
    assert moves(epic, child, under, named="Checkout") == [("PAY-2", 1, at("2026-11-19"), "ada")]


def committed(release, *things):
    view = View(snapshot(release, *things), config())
    return view.once(Scopes).committed_on(view.deliverables[0])


def test_scope_is_committed_to_with_the_date_if_it_was_planned():
    old = [issue(f"PAY-{n}", milestones=IN) for n in range(3)]
    assert str(committed(RELEASE, *old)) == "2026-06-08"
    assert committed(RELEASE, *old[1:]) is None
    new = [replace(one, created_at=at("2026-09-01")) for one in old]
    assert committed(RELEASE, *new) is None
    claim = replace(RELEASE.claims[0], set_at=at("2026-11-20"))
    assert committed(replace(RELEASE, claims=(claim,)), *old) is None


def test_what_a_team_plans_in_its_evening_is_of_that_day():
    # 18:00 of the first day in Los Angeles is the next day where the organisation is.
    plan = sprint("Sprint 41", start="2026-11-16", end="2026-12-04")
    late = [issue(f"PAY-{n}", sprint=plan.key, created_at=at("2026-11-17 02:00")) for n in range(3)]
    here = config(teams=(team("payments", "jira:PAY", timezone="America/Los_Angeles"),))
    view = View(snapshot(plan, *late), here)
    (one,) = view.deliverables
    assert view.once(Scopes).committed_on(one) == date(2026, 11, 16)
