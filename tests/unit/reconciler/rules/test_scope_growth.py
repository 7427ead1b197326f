from dataclasses import replace
from datetime import date

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity
from syncd.model.items import Level, Phase
from syncd.reconciler.facts.usual_growth import UsualGrowth
from syncd.reconciler.forecast.scope import Scopes
from syncd.reconciler.rules.scope_growth import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import (
    LONG_AGO,
    at,
    change,
    config,
    declared,
    issue,
    key,
    link,
    program,
    snapshot,
    sprint,
    team,
    version,
)
from syncd.testing.histories import finished, planned

TODAY = date(2026, 11, 23)
RELEASE = version("2.0", release="2027-01-29")
KEY = str(RELEASE.key)
OLD = planned(20, milestones=(RELEASE.key,))
"""In it since it was committed to, in June."""


def results(*things, params=None, settings=None, **more):
    view = View(snapshot(*things, **more), settings or config())
    return list(RULE.check(view, params or Params()))


def ago(days, hour=10):
    return at(f"{WorkingCalendar().shift(TODAY, -days)} {hour:02}:00")


def came(count, days=5, first=100, **fields):
    return [
        issue(f"PAY-{n}", created_at=ago(days), **({"milestones": (RELEASE.key,)} | fields))
        for n in range(first, first + count)
    ]


def test_empty_snapshot_is_clear():
    assert results() == []


def test_a_scope_that_stands_is_clear():
    assert results(RELEASE, *OLD) == []


def test_growth_by_a_quarter_is_told():
    moved = [
        change(one, "milestones", None, KEY, ago(4, 9 + n), actor="ada")
        for n, one in enumerate(came(5))
    ]
    (found,) = results(RELEASE, *OLD, *came(5), *moved)
    assert found.severity is Severity.MEDIUM
    assert found.summary == (
        "PAY 2.0 grew from 20 items on Mon 8 Jun to 25 items, 5 items more than was committed."
    )
    assert found.act == "Payments: swap out 5 items, or move Fri 29 Jan 2027."
    assert "PAY-" not in found.plain
    texts = [fact.text for fact in found.facts]
    assert "Who added: ada 5" in texts
    assert "Growth that is usual here by now: up to 20 %" in texts
    assert any(text.startswith("Title of PAY-104 (PAY-104) came in on") for text in texts)


@pytest.mark.parametrize(("new", "told", "holds"), [
    (2, 0, None), (3, 1, True), (4, 1, False), (5, 1, False),
])  # fmt: skip
def test_threshold_of_a_fifth_and_the_hold_below_it(new, told, holds):
    found = results(RELEASE, *OLD, *came(new))
    assert len(found) == told
    assert [one.holds for one in found] == [holds] * told


def both_ways(items, days, by):
    """What takes items out of the release and back, each by a person of its own or all by one."""
    return [
        change(one, "milestones", *way, ago(day), actor=by or one.ref)
        for one in items
        for way, day in (((KEY, None), days), ((None, KEY), days - 1))
    ]


@pytest.mark.parametrize("parts", [0, 8])
def test_what_was_taken_out_and_put_back_is_no_growth(parts):
    parts = [issue(f"{one.ref}0", level=Level.SUBTASK, parent=one.ref) for one in OLD[:parts]]
    assert results(RELEASE, *OLD, *parts, *both_ways(OLD[:8], 9, None)) == []


def test_parts_that_are_put_into_the_release_of_their_epic_are_no_growth():
    epic = issue("PAY-500", level=Level.EPIC, milestones=(RELEASE.key,))
    parts = [replace(one, parent="PAY-500") for one in OLD]
    put = [change(one, "milestones", None, KEY, ago(4), actor=one.ref) for one in parts[:8]]
    assert results(RELEASE, epic, *parts, *put) == []
    bound = declared("checkout", "jira:fixVersion=2.0", "jira:PAY-500")
    alone = replace(epic, milestones=())
    assert results(RELEASE, alone, *parts, *put, settings=config(deliverables=(bound,))) == []


@pytest.mark.parametrize(("new", "told"), [(2, 0), (3, 1), (4, 1)])
def test_fewer_than_three_items_are_no_growth(new, told):
    found = [one for one in results(RELEASE, *OLD[:5], *came(new)) if not one.holds]
    assert len(found) == told


@pytest.mark.parametrize(("first", "told"), [(2, 0), (3, 1), (4, 1)])
def test_what_was_hardly_planned_cannot_grow(first, told):
    assert len(results(RELEASE, *OLD[:first], *came(8))) == told


def test_what_was_taken_out_is_no_growth():
    out = [
        thing
        for one in came(5, first=200, milestones=(), days=60)
        for thing in (
            replace(one, created_at=LONG_AGO),
            change(one, "milestones", KEY, None, ago(3), actor=None),
        )
    ]
    assert results(RELEASE, *OLD, *came(5), *out) == []


def test_what_was_dropped_is_no_growth():
    dropped = came(5, phase=Phase.DROPPED, done_at=ago(2))
    assert results(RELEASE, *OLD, *dropped) == []


def test_parts_of_what_was_there_are_no_growth():
    parts = came(8, parent=OLD[0].ref, level=Level.SUBTASK, milestones=())
    children = came(8, first=150, parent=OLD[1].ref)
    assert results(RELEASE, *OLD, *parts, *children) == []


@pytest.mark.parametrize(
    ("phrase", "inverse"),
    [("split from", "split to"), ("clones", "is cloned by"), ("is a clone of", "is cloned as")],
)
def test_what_was_split_from_what_was_there_is_no_growth(phrase, inverse):
    new = came(8)
    assert results(RELEASE, *OLD, *new, *(link(one, OLD[0], phrase, inverse) for one in new)) == []
    other_side = [link(OLD[0], one, inverse, phrase) for one in new]
    assert results(RELEASE, *OLD, *new, *other_side) == []
    assert results(RELEASE, *OLD, *new, *other_side, *both_ways(new, 3, None)) == []
    elsewhere = issue("PAY-50")
    links = [link(one, elsewhere, phrase, inverse) for one in new]
    assert len(results(RELEASE, *OLD, elsewhere, *new, *links)) == 1


def test_a_copy_that_was_made_long_before_it_came_in_is_growth():
    old = came(8, days=60)
    moved = [
        change(one, "milestones", None, KEY, ago(4, 9 + n), actor="ada")
        for n, one in enumerate(old)
    ]
    copies = [link(one, OLD[0], "clones", "is cloned by") for one in old]
    assert len(results(RELEASE, *OLD, *old, *moved, *copies)) == 1


def test_pieces_of_what_came_in_are_that_one_item():
    new = came(6)
    links = [link(one, new[0], "split from", "split to") for one in new[1:3]]
    (found,) = results(RELEASE, *OLD, *new, *links)
    assert "grew from 20 items on Mon 8 Jun to 24 items" in found.summary


def test_pieces_of_what_was_dropped_for_them_are_growth_but_for_one():
    whole = replace(OLD[0], phase=Phase.DROPPED, done_at=ago(4))
    new = came(7)
    links = [link(one, whole, "split from", "split to") for one in new]
    (found,) = results(RELEASE, whole, *OLD[1:], *new, *links)
    assert "grew from 20 items on Mon 8 Jun to 26 items" in found.summary


@pytest.mark.parametrize("fields", [{"type": "Bug"}, {"labels": ("bug",)}])
def test_bugs_found_in_it_are_no_growth_and_told_apart(fields):
    bugs = came(6, first=200, **fields)
    assert results(RELEASE, *OLD, *bugs) == []
    (found,) = results(RELEASE, *OLD, *bugs[:2], *came(5))
    assert "grew from 20 items on Mon 8 Jun to 25 items" in found.summary
    assert found.facts[-1].text == "Bugs found in it, not counted: PAY-200 and PAY-201"


def test_a_bug_that_was_committed_to_counts_when_it_is_taken_out():
    known = replace(OLD[0], key=key("PAY-77"), ref="PAY-77", type="Bug", milestones=())
    out = change(known, "milestones", KEY, None, ago(3), actor=None)
    (found,) = results(RELEASE, *OLD, known, out, *came(6))
    assert "grew from 21 items on Mon 8 Jun to 26 items" in found.summary


def test_a_bulk_edit_is_no_growth():
    items = [replace(one, created_at=LONG_AGO) for one in came(25)]
    edits = [change(one, "milestones", None, KEY, ago(4), actor="ada") for one in items]
    assert results(RELEASE, *OLD, *items, *edits) == []


@pytest.mark.parametrize(("new", "told"), [(6, 0), (9, 1)])
def test_what_a_bulk_edit_put_in_later_counts_as_planned_and_is_said(new, told):
    plan = planned(25, first=300, milestones=(RELEASE.key,))
    put = [change(one, "milestones", None, KEY, ago(9), actor="ada") for one in plan]
    found = results(RELEASE, *OLD, *plan, *put, *came(new))
    assert len(found) == told
    for one in found:
        assert "grew from 45 items to 54 items, 9 items more than was committed" in one.summary
        said = "25 items came by bulk edits since Mon 8 Jun, and count as planned"
        assert said in [fact.text for fact in one.facts]


def test_what_a_bulk_edit_took_out_makes_room():
    plan = planned(25, first=300)
    out = [change(one, "milestones", KEY, None, ago(9), actor="ada") for one in plan]
    assert results(RELEASE, *OLD, *plan, *out, *came(20)) == []


def test_parts_that_go_from_epic_to_epic_of_a_release_are_no_growth():
    epics = [issue(f"PAY-{n}", level=Level.EPIC, milestones=(RELEASE.key,)) for n in (500, 600)]
    parts = [replace(one, milestones=(), parent="PAY-600") for one in OLD]
    moved = [
        change(one, "parent", "PAY-500", "PAY-600", ago(4), actor=one.ref) for one in parts[:8]
    ]
    assert results(RELEASE, *epics, *parts, *moved) == []


def test_what_is_swapped_out_of_an_epic_of_the_release_counts():
    epic = issue("PAY-500", level=Level.EPIC, milestones=(RELEASE.key,))
    parts = [replace(one, milestones=(), parent="PAY-500") for one in OLD]
    out = [replace(one, parent=None) for one in parts[:5]]
    left = [change(one, "parent", "PAY-500", None, ago(4), actor=one.ref) for one in out]
    assert results(RELEASE, epic, *parts, *came(5))
    assert results(RELEASE, epic, *parts[5:], *out, *left, *came(5)) == []


def test_what_another_release_gets_from_below_an_epic_left_and_what_it_gives_came():
    later = version("3.0", release="2027-03-26")
    epic = issue("PAY-500", level=Level.EPIC, milestones=(RELEASE.key,))
    parts = [replace(one, parent="PAY-500") for one in OLD]
    moved = [(one, change(one, "milestones", KEY, str(later.key), ago(4), actor=one.ref))
             for one in parts[:5]]  # fmt: skip
    out = [thing for one, move in moved for thing in (replace(one, milestones=(later.key,)), move)]
    assert results(RELEASE, later, epic, *parts[5:], *out, *came(5)) == []
    back = [move._replace(old=move.new, new=move.old) for _, move in moved]
    (found,) = results(RELEASE, later, epic, *parts, *back)
    assert "grew from 15 items on Mon 8 Jun to 20 items" in found.summary


@pytest.mark.parametrize(("new", "told"), [(3, 0), (4, 1), (5, 1)])
def test_what_was_planned_in_bulk_was_committed_to(new, told):
    plan = planned(25, milestones=(RELEASE.key,))
    put = [change(one, "milestones", None, KEY, "2026-06-02", actor="ada") for one in plan]
    found = results(RELEASE, *plan, *put, *came(new))
    assert len(found) == told
    assert all("grew from 25 items" in one.summary for one in found)


def test_what_a_bulk_edit_took_out_and_people_put_back_is_no_growth():
    plan = planned(25, milestones=(RELEASE.key,))
    out = [change(one, "milestones", KEY, None, ago(9), actor="ada") for one in plan]
    back = [change(one, "milestones", None, KEY, ago(4), actor=one.ref) for one in plan]
    assert results(RELEASE, *plan, *out, *back) == []
    (found,) = results(RELEASE, *plan, *out, *back, *came(5))
    assert found.material == "1", "of the 30 that came only 5 are growth"


def test_what_came_in_bulk_and_was_put_back_later_is_no_growth():
    plan = planned(25, first=300, milestones=(RELEASE.key,))
    put = [change(one, "milestones", None, KEY, ago(12), actor="ada") for one in plan]
    assert results(RELEASE, *OLD, *plan, *put, *both_ways(plan[:8], 9, None)) == []


def test_what_grew_is_growth_also_when_a_bulk_edit_took_it_out_and_back():
    new = came(25, days=15)
    (before,) = results(RELEASE, *OLD, *new)
    (found,) = results(RELEASE, *OLD, *new, *both_ways(new, 9, "ada"))
    assert (found.summary, found.facts) == (before.summary, before.facts)


def test_what_never_became_committed_is_clear():
    claim = replace(RELEASE.claims[0], set_at=ago(3))
    assert results(replace(RELEASE, claims=(claim,)), *OLD, *came(8)) == []


def test_sizes_count_where_nearly_everything_has_one():
    old = [replace(one, size=1.0) for one in OLD]
    large = [replace(one, size=5.0) for one in came(1)]
    (found,) = results(RELEASE, *old, *large)
    assert "grew from 20 points on Mon 8 Jun to 25 points" in found.summary
    unsized = [replace(one, size=None) for one in old[:5]]
    assert results(RELEASE, *unsized, *old[5:], *large) == []


@pytest.mark.parametrize("size", [0.0, -2.0])
def test_a_size_that_is_no_size_makes_no_points_grow_out_of_nothing(size):
    old = [replace(one, size=size) for one in OLD]
    (large,) = came(1)
    assert results(RELEASE, *old, replace(large, size=5.0)) == []
    (found,) = results(RELEASE, *old, *(replace(one, size=5.0) for one in came(5)))
    assert "grew from 20 items on" in found.summary


@pytest.mark.parametrize(("day", "severity"), [
    ("2026-12-21", Severity.HIGH), ("2026-12-22", Severity.HIGH), ("2027-01-29", Severity.HIGH),
])  # fmt: skip
def test_tier_a_is_grave(day, severity):
    release = version("2.0", release=day)
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0", tier="A"),))
    (found,) = results(release, *OLD, *came(8), settings=settings)
    assert found.severity is severity


def test_near_the_target_it_is_graver():
    near = version("2.0", release="2026-12-04")
    (found,) = results(near, *OLD, *came(8))
    assert found.severity is Severity.HIGH


def test_each_further_fifth_is_news_and_the_way_back_is_none():
    (one,) = results(RELEASE, *OLD, *came(5))
    (more,) = results(RELEASE, *OLD, *came(9))
    back = came(4, first=105, phase=Phase.DROPPED, done_at=ago(1))
    (less,) = results(RELEASE, *OLD, *came(5), *back)
    assert (one.material, more.material, less.material) == ("1", "2", "2")


def test_what_it_does_to_the_odds_is_shown():
    release = version("2.0", release="2026-12-21")
    history = finished(days=60, milestones=(release.key,), created_at=LONG_AGO)
    old = planned(40, milestones=(release.key,))
    (found,) = results(release, *old, *came(25), *history)
    assert any("without what came in" in fact.text for fact in found.facts)
    assert found.explains == ()


def test_what_came_in_and_is_done_takes_nothing_off_the_odds():
    release = version("2.0", release="2026-12-21")
    history = finished(days=60, milestones=(release.key,), created_at=LONG_AGO)
    old = planned(40, milestones=(release.key,))
    ended = came(25, phase=Phase.DONE, done_at=ago(1))
    (found,) = results(release, *old, *ended, *history)
    (odds,) = (fact.text for fact in found.facts if "Chance to miss" in fact.text)
    with_it, without = odds.removeprefix("Chance to miss the date: ").split("; ")
    assert without == f"{with_it} without what came in"
    assert found.explains == ()


def test_it_explains_a_forecast_that_would_hold_without_it():
    release = version("2.0", release="2027-01-15")
    history = finished(days=60, milestones=(release.key,), created_at=LONG_AGO)
    old = planned(10, milestones=(release.key,))
    (found,) = results(release, *old, *came(20), *history)
    assert found.explains == (found.subject,)


def sprints(count, grown, **fields):
    """Closed sprints of Payments, each of 10 items and `grown` more by its end, with `fields`."""
    things = []
    for number in range(count):
        run = sprint(f"Sprint {number}", start="2026-10-05", end="2026-10-16", state="closed")
        for item in range(10 + grown):
            made = at("2026-09-28") if item < 10 else at("2026-10-07 10:00")
            things.append(
                issue(
                    f"PAY-{1000 + 100 * number + item}", sprint=run.key, created_at=made,
                    phase=Phase.DONE, done_at=at("2026-10-16"), **(fields if item >= 10 else {}),
                )
            )  # fmt: skip
        things.append(run)
    return things


RUN = sprint("Sprint 41", start="2026-11-16", end="2026-11-27")
INSIDE = planned(10, sprint=RUN.key)


def grown(count):
    return [replace(one, milestones=(), sprint=RUN.key) for one in came(count, days=1)]


@pytest.mark.parametrize(("past", "told"), [(7, 0), (8, 1), (9, 1)])
def test_sprints_are_measured_by_eight_of_their_own(past, told):
    assert len(results(RUN, *INSIDE, *grown(6), *sprints(past, 3))) == told


@pytest.mark.parametrize(("new", "told"), [(4, 0), (5, 1), (6, 1)])
def test_a_team_whose_sprints_grow_by_half_is_used_to_it(new, told):
    found = [one for one in results(RUN, *INSIDE, *grown(new), *sprints(8, 5)) if not one.holds]
    assert len(found) == told


@pytest.mark.parametrize(
    ("came_in", "went", "usual"), [(0, 0, 0), (5, 0, 0.5), (5, 5, 0), (0, 5, -0.5)]
)
def test_past_releases_grew_by_what_came_below_their_epics_and_left_it(came_in, went, usual):
    things = []
    for start in range(1000, 9000, 1000):
        over = version(f"1.{start}", release="2026-10-30", state="released")
        epic = issue(f"PAY-{start}", level=Level.EPIC, milestones=(over.key,))
        there = planned(10, first=start + 10, parent=epic.ref)
        later = planned(5, first=start + 50, created_at=at("2026-08-03"), parent=epic.ref)
        left = [
            change(one, "parent", epic.ref, None, "2026-08-04", actor=one.ref)
            for one in there[:went]
        ]
        out = [replace(one, parent=None) for one in there[:went]]
        things += [over, epic, *there[went:], *out, *left, *later[:came_in]]
    view = View(snapshot(*things), config())
    assert view.once(UsualGrowth).at("payments", 1.0, is_sprint=False) == usual


def test_a_bug_that_was_there_before_is_not_told_as_found_when_it_is_put_back():
    bugs = planned(5, first=300, type="Bug", milestones=(RELEASE.key,))
    back = both_ways(bugs, 9, None)
    (found,) = results(RELEASE, *OLD, *bugs, *back, *came(6))
    assert not any("Bugs found" in fact.text for fact in found.facts)
    out = [change(one, "milestones", KEY, None, ago(3), actor=one.ref) for one in bugs]
    gone = [replace(one, milestones=()) for one in bugs]
    assert results(RELEASE, *OLD, *gone, *back, *out, *came(6)) == []


def test_what_past_sprints_got_by_bulk_edits_is_no_usual_growth():
    runs = sprints(8, 25)
    added = [one for one in runs if getattr(one, "created_at", None) == at("2026-10-07 10:00")]
    put = [change(one, "sprint", None, str(one.sprint), at("2026-10-07 11:00")) for one in added]
    by_hand = View(snapshot(*runs), config()).once(UsualGrowth)
    in_bulk = View(snapshot(*runs, *put), config()).once(UsualGrowth)
    assert [one.at("payments", 1.0, is_sprint=True) for one in (by_hand, in_bulk)] == [2.5, 0.0]


def test_what_was_split_in_the_evening_of_the_first_day_of_its_team_was_committed_to():
    things = []
    for start in range(1000, 9000, 1000):
        run = sprint(f"Sprint {start}", start="2026-10-05", end="2026-10-16", state="closed")
        there = planned(10, first=start, sprint=run.key)
        # 19:00 of the first day in Los Angeles is the next day where the organisation is.
        evening = at("2026-10-06 02:00")
        split = planned(10, first=start + 20, sprint=run.key, created_at=evening)
        links = [link(one, there[0], "split from", "split to") for one in split]
        later = planned(5, first=start + 50, sprint=run.key, created_at=at("2026-10-07 18:00"))
        things += [run, *there, *split, *links, *later]
    here = config(teams=(team("payments", "jira:PAY", timezone="America/Los_Angeles"),))
    usual = View(snapshot(*things), here).once(UsualGrowth).at("payments", 1.0, is_sprint=True)
    assert usual == 0.25


def test_bugs_of_past_sprints_are_no_growth_either():
    found = results(RUN, *INSIDE, *grown(3), *sprints(8, 5, type="Bug"))
    assert [one.holds for one in found] == [False]


def test_what_is_usual_is_read_without_changing_what_a_deliverable_is_made_of():
    over = version("1.9", release="2026-11-20", state="released")
    whole = issue("PAY-1", milestones=(over.key,))
    parts = planned(4, first=10, parent=whole.ref, level=Level.SUBTASK)
    plan = program("checkout", milestones=("jira:fixVersion=1.9",))
    view = View(snapshot(over, whole, *parts), config(programs=(plan,)))
    view.once(UsualGrowth)
    (deliverable,) = view.deliverables
    came_in = [move.item.key for move in view.once(Scopes).of(deliverable)]
    assert sorted(came_in) == sorted(deliverable.members) == [one.key for one in parts]
