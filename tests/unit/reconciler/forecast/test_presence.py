"""Which share of a team is there on a day, from out-of-office events alone."""

from dataclasses import replace
from datetime import date

import pytest

from syncd.reconciler.forecast.capacity import Capacity, all_there
from syncd.reconciler.forecast.presence import Absences
from syncd.reconciler.view import View
from syncd.testing.builders import at, config, event, person, snapshot, team

MONDAY = date(2026, 11, 30)
TUESDAY = date(2026, 12, 1)
WEDNESDAY = date(2026, 12, 2)
PEOPLE = (
    person("ada", team="payments", accounts=(("calendar", "ada@calendar.test"),)),
    person("osei", team="payments"),
)


def absences(*events, people=PEOPLE, zone="UTC"):
    settings = config(people=people, teams=(team("payments", "jira:PAY", timezone=zone),))
    return Absences(View(snapshot(*events), settings))


def present(*events, **more):
    return absences(*events, **more).present("payments")


def away(start="2026-11-30", scope="ada@example.com", **fields):
    return event("Away", start, type="out_of_office", scope=scope, **fields)


def timed(start, end, **fields):
    return replace(away(start, **fields), end_at=at(end))


def test_nobody_away_is_all_there():
    assert present() is all_there


def test_a_team_without_people_is_all_there():
    assert present(away(), people=()) is all_there


def test_one_of_two_away_is_half():
    there = present(away(last="2026-12-01"))
    assert [there(day) for day in (MONDAY, TUESDAY, WEDNESDAY)] == [0.5, 0.5, 1.0]


def test_whom_no_calendar_could_name_is_no_part_of_the_team():
    unknown = person("guest", team="payments", email="")
    there = present(away(), people=(*PEOPLE, unknown))
    assert there(MONDAY) == 0.5


def test_without_an_absence_its_days_ahead_are_whole_and_past_ones_as_they_were():
    """What is usual stays: only days to come would be otherwise."""
    both = absences(away(last="2026-12-02"), away(scope="osei@example.com"))
    there = both.present_with("payments", "ada", MONDAY)
    assert [there(day) for day in (MONDAY, TUESDAY, WEDNESDAY)] == [0.0, 1.0, 1.0]
    there = both.present_with("payments", "ada", date(2026, 11, 27))
    assert [there(day) for day in (MONDAY, TUESDAY, WEDNESDAY)] == [0.5, 1.0, 1.0]
    assert absences().present_with("payments", "ada", MONDAY) is all_there


def test_a_calendar_is_found_by_account_or_address():
    for place in ("ada@calendar.test", "ada@example.com", "ADA@example.com"):
        assert present(away(scope=place))(MONDAY) == 0.5


def test_a_stranger_and_another_kind_of_event_are_nothing():
    assert present(away(scope="kim@example.com")) is all_there
    assert present(event("Focus", "2026-11-30", type="focus", scope="ada@example.com")) is all_there
    assert present(away(status="tentative")) is all_there


def test_the_same_day_twice_counts_once():
    assert present(away(), away(ref="again"))(MONDAY) == 0.5


@pytest.mark.parametrize(
    ("end", "share"),
    [("2026-11-30 12:59", 1.0), ("2026-11-30 13:00", 0.75), ("2026-11-30 17:00", 0.5)],
)
def test_half_days_count_half_and_short_ones_nothing(end, share):
    assert present(timed("2026-11-30 09:00", end))(MONDAY) == share


@pytest.mark.parametrize(
    ("start", "end", "share"),
    [("04:00", "11:59", 1.0), ("04:00", "12:00", 0.75), ("14:01", "23:00", 1.0)],
)
def test_only_hours_that_may_be_worked_are_missed(start, end, share):
    assert present(timed(f"2026-11-30 {start}", f"2026-11-30 {end}"))(MONDAY) == share


def test_the_edges_of_a_long_absence_count_by_their_working_hours():
    there = present(timed("2026-11-30 13:00", "2026-12-02 10:00"))
    assert [there(day) for day in (MONDAY, TUESDAY, WEDNESDAY)] == [0.75, 0.5, 1.0]


@pytest.mark.parametrize(
    ("start", "share"), [("09:00", 0.5), ("09:01", 0.75), ("13:00", 0.75), ("13:01", 1.0)]
)
def test_the_first_day_of_a_long_absence_counts_to_the_minute(start, share):
    assert present(timed(f"2026-11-30 {start}", "2026-12-02 10:00"))(MONDAY) == share


def test_days_are_those_of_the_team():
    there = present(timed("2026-11-29 23:00", "2026-11-30 07:00"), zone="Asia/Tokyo")
    assert there(MONDAY) == 0.5


def test_an_absence_without_end_is_looked_at_for_a_year_around_today():
    there = present(away("2020-01-01", last="2099-01-01"))
    assert [there(day) for day in (MONDAY, WEDNESDAY)] == [0.5, 0.5]
    assert [there(date(year, 6, 1)) for year in (2020, 2050)] == [1.0, 1.0]


def test_more_people_than_usual_are_worth_a_tenth_more():
    always = present(away("2026-08-03", last="2026-11-27"))
    capacity = Capacity(config().calendar, date(2026, 11, 27), always)
    assert capacity.until(date(2026, 12, 11)) == pytest.approx(11.0)
