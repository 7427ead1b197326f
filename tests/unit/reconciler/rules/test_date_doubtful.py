from dataclasses import replace
from datetime import date

import pytest

from syncd.model.findings import Severity, Standing
from syncd.model.items import Phase
from syncd.reconciler.engine import evaluate
from syncd.reconciler.facts.records import USUAL, WEIGHT, Records
from syncd.reconciler.rules.date_doubtful import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import (
    AS_OF,
    LONG_AGO,
    at,
    change,
    config,
    declared,
    github_milestone,
    issue,
    snapshot,
    sprint,
    version,
)
from syncd.testing.histories import finished, planned

NEXT = version("2.0", release="2026-12-18")
"""19 working days ahead."""


def moved(count, *, later=True):
    """Versions far ahead, each moved once."""
    found = []
    old, new = ("2026-08-03", "2027-03-01") if later else ("2027-03-08", "2027-03-01")
    for number in range(count):
        one = version(f"0.{number}", release=new)
        found += [one, change(one, "release", old, new, f"2026-07-0{number % 9 + 1} 10:00")]
    return found


def kept(count, **fields):
    fields.setdefault("state", "released")
    return [version(f"1.{number}", release="2026-09-01", **fields) for number in range(count)]


def view_of(*things, settings=None, **more):
    return View(snapshot(*things, **more), settings or config())


def results(*things, params=None, **more):
    return list(RULE.check(view_of(*things, **more), params or Params()))


def record(*things, of=NEXT, **more):
    return view_of(of, *things, **more).once(Records).of(of.key)


def test_empty_snapshot_is_clear():
    assert results() == []


def test_a_date_among_dates_that_moved_is_told_of():
    (found,) = results(NEXT, *moved(12), *kept(3))
    assert (found.subject, found.standing) == (f"deliverable:{NEXT.key}", Standing.AT_RISK)
    assert found.summary == (
        "PAY 2.0 is likely (about 2 in 3) not to hold Fri 18 Dec, going by earlier dates."
    )
    assert found.severity is Severity.MEDIUM
    assert not found.holds
    assert found.planned == date(2026, 12, 18)
    assert found.owner == "team:payments"
    assert "say whether Fri 18 Dec holds" in found.act
    texts = [fact.text for fact in found.facts]
    assert "Of 15 dates in PAY, 12 moved later or passed with work open" in texts
    assert "Of 15 dates in all of jira, 12 moved later or passed with work open" in texts
    assert found.facts[0].url
    assert found.clears
    usual = "(12 + 20 · 0.45) / (15 + 20)"
    assert found.reckoning.formula == f"(12 + 20 · {usual}) / (15 + 20) = 0.69"
    assert {one.name for one in found.reckoning.thresholds} == {"enter", "exit", "least"}


def test_dates_that_were_kept_speak_for_the_next_one():
    assert results(NEXT, *kept(40)) == []


def test_below_even_odds_it_is_information_only():
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0", tier="A"),))
    (found,) = results(NEXT, *moved(6), *kept(14), settings=settings)
    assert found.severity is Severity.INFO


@pytest.mark.parametrize(
    ("tier", "severity"), [("A", Severity.MEDIUM), ("B", Severity.MEDIUM), ("C", Severity.LOW)]
)
def test_severity_by_tier(tier, severity):
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0", tier=tier),))
    found = results(NEXT, *moved(15), settings=settings)
    assert [one.severity for one in found] == [severity]


@pytest.mark.parametrize(("over", "told", "holds"), [(-1, 1, True), (0, 1, False), (1, 1, False)])
def test_enter_threshold(over, told, holds):
    things = (*moved(6), *kept(14))
    late = record(*things).late
    found = results(NEXT, *things, params=Params(enter=late - over / 1000, exit=0.0))
    assert [one.holds for one in found] == [holds] * told


@pytest.mark.parametrize(("over", "told"), [(-1, 0), (0, 1), (1, 1)])
def test_exit_threshold(over, told):
    things = (*moved(6), *kept(14))
    late = record(*things).late
    assert len(results(NEXT, *things, params=Params(exit=late - over / 1000))) == told


@pytest.mark.parametrize(("near", "told"), [(18, 0), (19, 1), (20, 1)])
def test_dates_far_ahead_are_left_alone(near, told):
    assert len(results(NEXT, *moved(12), params=Params(near_bd=near))) == told


@pytest.mark.parametrize(("day", "told"), [("2026-11-22", 0), ("2026-11-23", 1)])
def test_a_day_that_has_passed_is_overdue_or_done(day, told):
    release = version("2.0", release=day)
    assert len(results(release, *planned(2, milestones=(release.key,)), *moved(12))) == told


@pytest.mark.parametrize(("count", "told"), [(9, 0), (10, 1), (11, 1)])
def test_few_dates_say_nothing(count, told):
    assert len(results(NEXT, *moved(count))) == told


def test_a_released_version_is_clear():
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0"),))
    assert results(replace(NEXT, state="released"), *moved(12), settings=settings) == []


def test_a_version_without_a_date_is_clear():
    assert results(version("2.0"), *moved(12)) == []


def test_sprints_end_when_they_end():
    run = sprint("Sprint 41", start="2026-11-16", end="2026-12-04")
    assert results(run, *planned(3, sprint=run.key), *moved(12)) == []


def test_where_the_pace_tells_more_it_is_silent():
    items = planned(8, milestones=(NEXT.key,))
    assert results(NEXT, *items, *finished(days=60, created_at=LONG_AGO), *moved(12)) == []
    assert len(results(NEXT, *items, *moved(12))) == 1


def test_milestones_of_a_repository_count_as_well():
    due = github_milestone("2.0", due="2026-12-18")
    past = [
        github_milestone(f"0.{number}", due="2026-09-01", state="active") for number in range(12)
    ]
    assert len(results(due, *past)) == 1


def test_the_record_of_the_source_speaks_where_the_scope_has_none():
    other = version("7", release="2026-12-18", scope="LED")
    found = record(*moved(12), of=other)
    assert (found.scope.known, found.source.known) == (0, 12)
    assert found.late == pytest.approx((12 + WEIGHT * USUAL) / (12 + WEIGHT))


def test_its_own_earlier_dates_count():
    once = change(NEXT, "release", "2026-12-04", "2026-12-18", "2026-11-02 10:00")
    assert (record(once).scope.known, record(once).scope.broken) == (1, 1)


@pytest.mark.parametrize(
    ("things", "known", "broken"),
    [
        (moved(1), 1, 1),
        (moved(1, later=False), 1, 0),
        (kept(1), 1, 0),
        (kept(1, closed_at=at("2026-09-01 20:00")), 1, 0),
        (kept(1, closed_at=at("2026-09-02")), 1, 1),
        (kept(1, state="planned"), 1, 1),
        ([version("3.0", release="2027-03-01")], 0, 0),
        ([version("3.0", release="2027-03-01", state="released")], 1, 0),
        ([sprint(start="2026-09-01", end="2026-09-15", state="closed")], 0, 0),
        ([version("3.0")], 0, 0),
    ],
    ids=[
        "later",
        "earlier",
        "kept",
        "closed on its day",
        "closed later",
        "passed with work open",
        "ahead",
        "before its day",
        "sprint",
        "undated",
    ],
)
def test_what_counts_as_broken(things, known, broken):
    found = record(*things).scope
    assert (found.known, found.broken) == (known, broken)


def test_a_date_written_down_afterwards_tells_nothing():
    (late,) = kept(1)
    assert record(late, first_seen={late.key: at("2026-09-02")}).scope.known == 0
    assert record(late, first_seen={late.key: at("2026-09-01")}).scope.known == 1


def test_a_date_that_was_moved_to_what_had_come_tells_only_of_the_one_before():
    one = version("1.0", release="2026-09-02", state="released")
    to_fact = change(one, "release", "2026-09-01", "2026-09-02", "2026-09-10 10:00")
    found = record(one, to_fact).scope
    assert (found.known, found.broken) == (1, 1)
    assert record(one, to_fact, first_seen={one.key: at("2026-09-08")}).scope.known == 0


def test_bulk_edits_tell_nothing():
    many = [version(f"0.{number}", release="2026-08-10", state="released") for number in range(20)]
    edits = [change(one, "release", "2026-08-03", "2026-08-10", "2026-07-01 10:00") for one in many]
    assert record(*many, *edits).scope.broken == 0


def test_stale_data_makes_it_unknown():
    held = snapshot(NEXT, *moved(12), stale={"jira:PAY": "2026-11-20 08:00"})
    answer = evaluate(held, config(), (RULE,))
    assert answer.findings == ()
    assert [one.rule for one in answer.unknown] == [RULE.id]


def test_it_ends_once_the_date_moves_away():
    far = version("2.0", release="2027-02-26")
    moves = change(far, "release", "2026-12-18", "2027-02-26", AS_OF)
    assert results(far, moves, *moved(12)) == []


def test_what_is_all_done_is_not_doubted_and_what_has_no_items_is():
    done = issue("PAY-1", phase=Phase.DONE, milestones=(NEXT.key,))
    still = issue("PAY-2", milestones=(NEXT.key,))
    assert results(NEXT, done, *moved(12)) == []
    assert len(results(NEXT, done, still, *moved(12))) == 1
    assert len(results(NEXT, *moved(12))) == 1
