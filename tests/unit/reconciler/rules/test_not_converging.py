from dataclasses import replace
from datetime import date

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity
from syncd.model.items import Level, Phase
from syncd.reconciler.rules.not_converging import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import at, change, config, issue, snapshot, version
from syncd.testing.histories import planned

RELEASE = version("2.0", release="2027-01-29")
TODAY = date(2026, 11, 23)
KEY = str(RELEASE.key)


def results(*things, params=None, settings=None, **more):
    view = View(snapshot(*things, **more), settings or config())
    return list(RULE.check(view, params or Params()))


def ago(days, hour=10):
    return at(f"{WorkingCalendar().shift(TODAY, -days)} {hour}:00")


def came(count, days=5, first=100, **fields):
    return [
        issue(f"PAY-{n}", milestones=(RELEASE.key,), created_at=ago(days), **fields)
        for n in range(first, first + count)
    ]


def done(count, days=5, first=300):
    return [
        issue(f"PAY-{n}", milestones=(RELEASE.key,), phase=Phase.DONE, done_at=ago(days))
        for n in range(first, first + count)
    ]


OLD = planned(10, first=1, milestones=(RELEASE.key,))


def test_empty_snapshot_is_clear():
    assert results() == []


def test_arrivals_as_fast_as_work_do_not_converge():
    (found,) = results(RELEASE, *OLD, *came(10), *done(10))
    assert found.severity is Severity.MEDIUM
    assert "in 20 working days 10 items net came in and 10 were finished; 20 items are open" in (
        found.summary
    )
    assert "PAY-" not in found.plain
    assert found.act == (
        "Payments: close the scope of PAY 2.0; move what arrives to the next milestone."
    )
    assert any(fact.url for fact in found.facts)
    weeks = "Came in, net, in each of the last four weeks: 0, 0, 10, 0; finished: 0, 0, 10, 0"
    assert weeks in [fact.text for fact in found.facts]
    assert not found.holds


@pytest.mark.parametrize(("new", "told", "holds"), [
    (6, 0, None), (7, 1, True), (8, 1, True), (9, 1, False), (10, 1, False),
])  # fmt: skip
def test_thresholds_of_the_ratio(new, told, holds):
    found = results(RELEASE, *OLD, *came(new), *done(10))
    assert len(found) == told
    assert [one.holds for one in found] == [holds] * told


@pytest.mark.parametrize(("each", "holds"), [
    (2, []), (3, [True]), (4, [True]), (5, [False]), (6, [False]),
])  # fmt: skip
def test_both_counts_must_be_five_and_with_three_it_is_not_over(each, holds):
    found = results(RELEASE, *OLD, *came(each), *done(each))
    assert [one.holds for one in found] == holds


@pytest.mark.parametrize(("still", "holds"), [
    (4, []), (5, [True]), (9, [True]), (10, [False]), (11, [False]),
])  # fmt: skip
def test_ten_items_must_be_open_and_with_five_it_is_not_over(still, holds):
    gone = planned(20, first=1, milestones=(RELEASE.key,), phase=Phase.DONE)
    old = planned(max(0, still - 5), first=50, milestones=(RELEASE.key,))
    found = results(RELEASE, *gone, *old, *came(min(still, 5)), *done(5))
    assert [one.holds for one in found] == holds


@pytest.mark.parametrize(("days", "told"), [(19, 1), (20, 0), (21, 0)])
def test_only_the_last_twenty_days_count(days, told):
    assert len(results(RELEASE, *OLD, *came(5, days=days), *done(5))) == told


def test_items_that_left_are_no_arrivals():
    left = [
        (one := issue(f"PAY-{n}", created_at=ago(5)),
         change(one, "milestones", None, KEY, ago(5, 11), actor=None),
         change(one, "milestones", KEY, None, ago(2), actor=None))
        for n in range(100, 105)
    ]  # fmt: skip
    things = [thing for three in left for thing in three]
    assert results(RELEASE, *OLD, *things, *done(5)) == []


def test_an_item_that_was_moved_in_came_when_it_was_moved():
    moved = [replace(one, created_at=at("2026-06-01")) for one in came(5)]
    changes = [change(one, "milestones", None, KEY, ago(4), actor=one.ref) for one in moved]
    (found,) = results(RELEASE, *OLD, *moved, *changes, *done(5))
    assert any(fact.text.startswith("Who added: ") for fact in found.facts)
    assert results(RELEASE, *OLD, *moved, *done(5)) == []


def test_parts_of_what_was_there_are_no_arrivals():
    parent = OLD[0]
    parts = [
        issue(f"PAY-{n}", parent=parent.ref, level=Level.SUBTASK, created_at=ago(5))
        for n in range(100, 110)
    ]
    assert (
        results(RELEASE, *OLD, *planned(5, first=50, milestones=(RELEASE.key,)), *parts, *done(5))
        == []
    )


@pytest.mark.parametrize(("count", "told"), [(19, 1), (20, 0)])
def test_what_was_closed_in_bulk_was_not_finished(count, told):
    closed = done(count)
    moves = [change(one, "phase", "active", "done", ago(5)) for one in closed]
    assert len(results(RELEASE, *OLD, *came(30), *closed, *moves)) == told


def test_a_bulk_edit_is_no_arrival():
    moved = [replace(one, created_at=at("2026-06-01")) for one in came(25)]
    changes = [change(one, "milestones", None, KEY, ago(4), actor="ada") for one in moved]
    assert results(RELEASE, *OLD, *moved, *changes, *done(5)) == []


def test_the_first_fifth_of_the_time_is_for_planning():
    young = version("2.0", release="2027-06-30", claims=())
    claim = replace(RELEASE.claims[0], set_at=ago(12), lo=date(2027, 6, 30), hi=date(2027, 6, 30))
    assert results(replace(young, claims=(claim,)), *OLD, *came(10), *done(10)) == []


def test_what_has_no_target_is_nobodys_promise():
    assert results(version("2.0"), *OLD, *came(10), *done(10)) == []


def test_three_weeks_running_is_graver():
    weeks = [thing for n in range(7) for thing in (
        *came(5, days=5 * n + 2, first=100 + 10 * n), *done(5, days=5 * n + 2, first=400 + 10 * n)
    )]  # fmt: skip
    (found,) = results(RELEASE, *OLD, *weeks)
    assert found.severity is Severity.HIGH


def test_what_was_planned_before_the_commitment_is_no_arrival():
    claim = replace(RELEASE.claims[0], set_at=ago(19))
    young = replace(RELEASE, claims=(claim,), start=None)
    assert results(young, *came(20, days=18), *done(10)) == []
    assert len(results(young, *came(20, days=18), *came(10, first=500, days=4), *done(10))) == 1


def test_a_release_that_was_empty_when_promised_is_being_planned():
    finished = [replace(one, created_at=ago(6)) for one in done(10)]
    assert results(RELEASE, *came(20), *finished) == []
