from dataclasses import replace
from datetime import date

import pytest

from syncd.model.acts import Agreed
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity
from syncd.model.items import Phase
from syncd.reconciler.rules.slip_creep import RULE, Params
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
    version,
)
from syncd.testing.histories import finished, planned

TODAY = date(2026, 11, 23)
CALENDAR = WorkingCalendar()


def results(*things, params=None, settings=None, **more):
    view = View(snapshot(*things, **more), settings or config())
    return list(RULE.check(view, params or Params()))


def ago(days):
    return CALENDAR.shift(TODAY, -days)


def moved(*steps, end="2027-01-29", field="due", item=None, actor=None):
    """An item due at `end`, moved so many days ago by so many working days each."""
    item = item or issue("PAY-1", due=end, assignee="ada")
    new, changes = date.fromisoformat(end), []
    for days, by in reversed(steps):
        old = CALENDAR.shift(new, -by)
        changes.append(
            change(item, field, old.isoformat(), new.isoformat(), at(f"{ago(days)} 10:00"),
                   actor=actor or f"person-{days}")
        )  # fmt: skip
        new = old
    return [item, *changes]


def test_empty_snapshot_is_clear():
    assert results() == []


def test_a_date_that_never_moved_is_clear():
    assert results(issue(due="2027-01-29")) == []


@pytest.mark.parametrize(("count", "told"), [(2, 0), (3, 1), (4, 1)])
def test_three_small_moves_creep(count, told):
    steps = [(50 - 16 * number, 1) for number in range(count)]
    assert len(results(*moved(*steps))) == told


def test_the_staircase_is_shown_with_its_authors():
    (found,) = results(*moved((30, 1), (20, 2), (10, 1)))
    assert found.severity is Severity.MEDIUM
    assert found.summary == (
        "Title of PAY-1 (PAY-1) moved later 3 times in 60 working days, from Mon 25 Jan 2027 to "
        "Fri 29 Jan 2027."
    )
    assert (found.planned, found.expected, found.slip) == (
        date(2027, 1, 25), date(2027, 1, 29), 4,
    )  # fmt: skip
    stairs = [fact.text for fact in found.facts if "→" in fact.text]
    assert stairs == [
        "Mon 25 Jan 2027 → Tue 26 Jan 2027 by person-30",
        "Tue 26 Jan 2027 → Thu 28 Jan 2027 by person-20",
        "Thu 28 Jan 2027 → Fri 29 Jan 2027 by person-10",
    ]
    assert found.act == "ada: plan once more from what is still to be done, not the last date."
    assert "person" not in found.plain
    assert found.clears == "Its date does not move later until Tue 8 Dec."


@pytest.mark.parametrize(("by", "told"), [(4, 0), (5, 1), (6, 1)])
def test_two_moves_of_ten_days_creep(by, told):
    young = issue("PAY-1", due="2026-11-27", created_at=at("2026-10-01"))
    assert len(results(*moved((30, by), (15, 5), item=young, end="2026-11-27"))) == told


def test_one_large_move_is_left_to_date_moved():
    assert results(*moved((10, 30))) == []


def test_two_moves_must_come_to_a_quarter_of_the_plan():
    far = moved((58, 6), (15, 5), end="2027-12-17")
    assert results(*far) == []


@pytest.mark.parametrize(("made", "told"), [("2026-01-05", 0), ("2026-10-01", 1)])
def test_the_plan_began_when_its_date_was_set_not_when_it_first_moved(made, told):
    old = issue("PAY-1", due="2026-12-18", created_at=at(made))
    assert len(results(*moved((30, 6), (10, 6), item=old, end="2026-12-18"))) == told


@pytest.mark.parametrize(("by", "told"), [(18, 0), (19, 1), (20, 1)])
def test_a_date_that_recedes_half_as_fast_as_days_go_by(by, told):
    found = results(*moved((30, 1), (10, by)), params=Params(total_bd=1000))
    assert len(found) == told


@pytest.mark.parametrize(
    ("by", "severity"), [(30, Severity.MEDIUM), (31, Severity.HIGH), (32, Severity.HIGH)]
)
def test_a_date_that_runs_away_is_graver(by, severity):
    (found,) = results(*moved((30, 1), (10, by)))
    assert found.severity is severity


@pytest.mark.parametrize(("by", "words"), [
    (39, "in 40 working days it came no nearer"),
    (19, "in 40 working days it came only 20 working days nearer"),
    (49, "in 40 working days it went 10 working days further away"),
])  # fmt: skip
def test_receding_in_words(by, words):
    (found,) = results(*moved((30, 1), (10, by), end="2027-06-30"))
    assert words in found.summary


@pytest.mark.parametrize(("days", "told"), [(19, 1), (20, 1), (21, 0)])
def test_twenty_quiet_days_end_it(days, told):
    assert len(results(*moved((50, 1), (40, 1), (days, 1)))) == told


@pytest.mark.parametrize(("days", "told"), [(59, 1), (60, 1), (61, 0)])
def test_only_sixty_days_count(days, told):
    assert len(results(*moved((days, 1), (40, 1), (10, 1)))) == told


def test_earlier_moves_are_no_slips():
    assert results(*moved((30, -1), (20, -2), (10, -1))) == []


def test_moves_that_were_undone_are_none():
    item = issue("PAY-1", due="2027-01-29")
    there = [("2027-01-29", "2027-02-05", 9), ("2027-02-05", "2027-01-29", 10)]
    changes = [
        change(item, "due", old, new, at(f"{ago(days)} {hour:02}:00"), native_id=f"{days}-{hour}")
        for days in (30, 20, 10)
        for old, new, hour in there
    ]
    assert results(item, *changes) == []


def test_bulk_edits_are_none():
    items = [issue(f"PAY-{n}", due="2027-01-29") for n in range(1, 26)]
    things = [
        thing for one in items for thing in moved((30, 1), (20, 1), (10, 1), item=one, actor="ada")
    ]
    assert results(*things) == []


def test_a_bulk_edit_between_two_moves_is_not_what_receded():
    one, *others = [issue(f"PAY-{n}", due="2027-01-29") for n in range(1, 26)]
    mine = moved((30, 1), (20, 20), (10, 1), item=one)
    many = [moved((20, 20), item=other, actor="person-20") for other in others]
    assert results(*mine, *others, *(step for _, step in many)) == []


def test_a_sprint_may_move():
    run = sprint("Sprint 41", start="2026-09-01", end="2027-01-29")
    things = moved((30, 1), (20, 1), (10, 1), item=run, field="end")
    assert results(*things, issue(sprint=run.key)) == []


def test_closed_work_is_clear():
    done = issue("PAY-1", due="2027-01-29", phase=Phase.DONE)
    assert results(*moved((30, 1), (20, 1), (10, 1), item=done)) == []


def test_a_date_declared_as_the_baseline_is_agreed():
    release = version("2.0", release="2027-01-29")
    things = moved((30, 1), (20, 1), (10, 1), item=release, field="release")
    agreed = declared("checkout", "jira:fixVersion=2.0", baseline=date(2027, 1, 29))
    open_item = issue(milestones=(release.key,))
    assert results(*things, open_item, settings=config(deliverables=(agreed,))) == []
    older = replace(agreed, baseline=date(2027, 1, 25))
    assert len(results(*things, open_item, settings=config(deliverables=(older,)))) == 1


@pytest.mark.parametrize(("quiet", "told"), [(4, 1), (5, 1), (20, 1), (21, 0)])
def test_nobody_agreed_on_where_a_date_came_to_rest(quiet, told):
    release = version("2.0", release="2027-01-29")
    things = moved(*((quiet + days, 2) for days in (9, 6, 3, 0)), item=release, field="release")
    seen = {release.key: at(f"{ago(quiet + 12)} 08:00")}
    assert len(results(*things, issue(milestones=(release.key,)), first_seen=seen)) == told


@pytest.mark.parametrize(("days", "told"), [(31, 1), (25, 0), (1, 0)])
def test_moves_before_people_set_the_baseline_do_not_count(days, told):
    release = version("2.0", release="2027-01-29")
    things = moved((30, 1), (20, 1), (10, 1), item=release, field="release")
    agreed = Agreed(day=date(2027, 1, 25), at=at(f"{ago(days)} 12:00"), by="dana")
    settings = config(agreed={str(release.key): agreed})
    assert len(results(*things, issue(milestones=(release.key,)), settings=settings)) == told


def test_the_forecast_is_what_to_plan_from():
    release = version("2.0", release="2027-01-29")
    things = moved((30, 1), (20, 1), (10, 1), item=release, field="release")
    work = planned(10, milestones=(release.key,))
    history = finished(days=60, milestones=(release.key,), created_at=LONG_AGO)
    (found,) = results(*things, *work, *history)
    assert "from the forecast (As likely done by" in found.act
    assert "85 % sure by" in found.act


@pytest.mark.parametrize(("days", "told"), [(39, 1), (40, 0), (41, 0)])
def test_one_move_in_forty_days_does_not_recede(days, told):
    """However many came before it."""
    steps = moved((50, 1), (days, 1), (10, 22), end="2027-03-26")
    assert len(results(*steps, params=Params(moves=10, total_bd=1000))) == told
