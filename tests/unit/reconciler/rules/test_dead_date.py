from dataclasses import replace
from datetime import date

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity
from syncd.model.items import Precision
from syncd.reconciler.rules.dead_date import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import config, event, issue, snapshot, sprint, team, version

SATURDAY = "2026-12-19"
FRIDAY = "2026-12-18"


def results(*things, params=None, settings=None, **more):
    view = View(snapshot(*things, **more), settings or config())
    return list(RULE.check(view, params or Params()))


def release(day, **fields):
    one = version("2.0", release=day, **fields)
    return [one, issue(milestones=(one.key,))]


def holidays(*days, on=()):
    calendar = WorkingCalendar(
        days_off=frozenset(date.fromisoformat(day) for day in days),
        days_on=frozenset(date.fromisoformat(day) for day in on),
    )
    return config(teams=(team("payments", "jira:PAY", calendar="x"),), calendars={"x": calendar})


def test_empty_snapshot_is_clear():
    assert results() == []


@pytest.mark.parametrize(
    ("day", "told"), [(FRIDAY, 0), (SATURDAY, 1), ("2026-12-20", 1), ("2026-12-21", 0)]
)
def test_weekends_are_no_days_to_deliver(day, told):
    assert len(results(*release(day))) == told


def test_the_working_day_before_is_proposed():
    (found,) = results(*release(SATURDAY))
    assert found.severity is Severity.LOW
    assert found.summary == (
        "PAY 2.0 is promised for a day that does not count: Sat 19 Dec falls at a weekend of "
        "Payments."
    )
    assert (found.planned, found.expected) == (date(2026, 12, 19), date(2026, 12, 18))
    assert found.act.startswith("Payments: plan for Fri 18 Dec")
    assert found.facts[-1].text == "Nearest days that count: Fri 18 Dec and Mon 21 Dec"
    assert found.facts[0].url


@pytest.mark.parametrize(("day", "told"), [("2026-12-24", 0), ("2026-12-25", 1), ("2026-12-28", 0)])
def test_a_holiday_of_a_team_is_no_day_to_deliver(day, told):
    assert len(results(*release(day), settings=holidays("2026-12-25"))) == told


def test_a_holiday_says_whose_it_is():
    (found,) = results(*release("2026-12-25"), settings=holidays("2026-12-25"))
    assert "falls on a day off of Payments" in found.summary


def test_a_saturday_that_is_worked_is_a_day_like_any():
    assert results(*release(SATURDAY), settings=holidays(on=[SATURDAY])) == []


def test_a_holiday_of_a_team_that_takes_no_part_is_none():
    settings = holidays("2026-12-25")
    settings = replace(settings, teams=(team("ledger", "jira:LED", calendar="x"),))
    assert results(*release("2026-12-25"), settings=settings) == []


@pytest.mark.parametrize(
    ("last", "told"), [("2026-12-17", 0), ("2026-12-18", 1), ("2026-12-19", 1)]
)
def test_a_freeze_for_everybody_covers_the_day(last, told):
    freeze = event("Year-end freeze", "2026-12-14", last=last)
    found = results(*release(FRIDAY), freeze)
    assert len(found) == told
    if told:
        assert found[0].severity is Severity.MEDIUM
        assert 'lies in the freeze "Year-end freeze"' in found[0].summary
        assert found[0].expected == date(2026, 12, 11)
        assert freeze.url in [fact.url for fact in found[0].facts]


def test_a_freeze_of_a_deliverable_is_no_freeze_for_others():
    other = version("Mobile 3", release="2027-01-29", scope="MOB")
    own = event("Mobile 3 freeze", "2026-12-14", last="2026-12-31")
    assert results(*release(FRIDAY), other, issue("MOB-1", milestones=(other.key,)), own) == []


@pytest.mark.parametrize("type_", ["focus", "out_of_office"])
def test_what_somebody_blocks_for_themselves_is_no_freeze(type_):
    mine = event("Code freeze", "2026-12-14", last="2026-12-31", type=type_)
    assert results(*release(FRIDAY), mine) == []


def test_a_cancelled_freeze_is_none():
    freeze = event("Year-end freeze", "2026-12-14", last="2026-12-31", status="cancelled")
    assert results(*release(FRIDAY), freeze) == []


def test_freezes_can_be_left_out():
    freeze = event("Year-end freeze", "2026-12-14", last="2026-12-31")
    assert results(*release(FRIDAY), freeze, params=Params(freezes=False)) == []


def test_the_end_of_a_sprint_may_be_a_weekend():
    run = sprint("Sprint 41", start="2026-11-23", end="2026-12-06")
    assert results(run, issue(sprint=run.key)) == []


@pytest.mark.parametrize(("day", "told"), [("2026-11-21", 0), ("2026-11-22", 0)])
def test_a_day_that_has_passed_is_overdue_not_dead(day, told):
    assert len(results(*release(day))) == told


def test_a_month_is_not_a_day():
    one, item = release("2026-12-31")
    claim = replace(
        one.claims[0], lo=date(2027, 1, 1), hi=date(2027, 1, 31), precision=Precision.MONTH
    )
    assert results(replace(one, claims=(claim,)), item) == []


def test_a_released_version_is_clear():
    assert results(*release(SATURDAY, state="released")) == []


def test_moving_on_to_another_dead_day_is_news():
    (one,), (other,) = results(*release(SATURDAY)), results(*release("2026-12-20"))
    assert one.fingerprint == other.fingerprint
    assert one.material != other.material


def test_a_calendar_without_working_days_proposes_nothing():
    never = WorkingCalendar(weekend=frozenset(range(7)))
    settings = config(teams=(team("payments", "jira:PAY", calendar="x"),), calendars={"x": never})
    (found,) = results(*release(FRIDAY), settings=settings)
    assert found.expected is None
    assert "choose a day that is worked" in found.act


def test_the_last_day_of_time_is_survived():
    assert len(results(*release("9999-12-25"), settings=holidays("9999-12-25"))) <= 1
