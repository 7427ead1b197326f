"""Working days are counted on dates, whatever clocks do."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.calendar import WorkingCalendar

MON, TUE, WED, THU, FRI, SAT, SUN = (date(2026, 11, 23) + timedelta(days=i) for i in range(7))
PLAIN = WorkingCalendar()

DAYS = st.dates(date(2023, 1, 1), date(2029, 12, 31))
CALENDARS = st.builds(
    WorkingCalendar,
    weekend=st.sets(st.integers(0, 6), max_size=7).map(frozenset),
    days_off=st.sets(DAYS, max_size=12).map(frozenset),
    days_on=st.sets(DAYS, max_size=12).map(frozenset),
)


def counted(calendar: WorkingCalendar, start: date, end: date) -> int:
    """Working days in (start, end], one by one."""
    if end < start:
        return -counted(calendar, end, start)
    days = (start + timedelta(days=i) for i in range(1, (end - start).days + 1))
    return sum(calendar.works(day) for day in days)


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (MON, MON, 0),
        (MON, TUE, 1),
        (FRI, SAT, 0),
        (FRI, MON + timedelta(days=7), 1),
        (SAT, SUN, 0),
        (TUE, MON, -1),
        (MON, FRI, 4),
        (date(2026, 12, 31), date(2027, 1, 1), 1),
        (date(2028, 2, 28), date(2028, 3, 1), 2),
        (date(2027, 2, 26), date(2027, 3, 1), 1),
    ],
)
def test_days_between(start, end, days):
    assert PLAIN.between(start, end) == days


@given(CALENDARS, DAYS, DAYS)
def test_between_is_what_counting_one_by_one_gives(calendar, start, end):
    assert calendar.between(start, end) == counted(calendar, start, end)


@given(CALENDARS, DAYS, DAYS, DAYS)
def test_between_adds_up(calendar, one, two, three):
    assert calendar.between(one, two) + calendar.between(two, three) == calendar.between(one, three)


@given(CALENDARS, DAYS, st.integers(-30, 30) | st.integers(-3_000, 3_000))
def test_shift_lands_that_many_working_days_away(calendar, day, days):
    if len(calendar.weekend) == 7:
        return
    there = calendar.shift(day, days)
    if days > 0:
        assert calendar.works(there)
        assert calendar.between(day, there) == days
    elif days < 0:
        assert calendar.works(there)
        assert calendar.between(there - timedelta(days=1), day - timedelta(days=1)) == -days
    else:
        assert there == day


def test_holiday_beside_a_weekend_and_a_saturday_that_is_worked():
    calendar = WorkingCalendar(days_off=frozenset({FRI}), days_on=frozenset({SAT}))
    assert calendar.between(THU, MON + timedelta(days=7)) == 2
    assert calendar.shift(THU, 1) == SAT
    assert calendar.shift(MON + timedelta(days=7), -2) == THU


def test_a_holiday_that_is_worked_all_the_same_counts_once():
    calendar = WorkingCalendar(days_off=frozenset({WED}), days_on=frozenset({WED}))
    assert calendar.works(WED)
    assert calendar.between(TUE, WED) == 1


def test_a_weekend_on_friday_and_saturday():
    calendar = WorkingCalendar(weekend=frozenset({4, 5}))
    assert calendar.between(THU, SUN) == 1
    assert calendar.shift(THU, 1) == SUN


def test_a_calendar_without_working_days_moves_nothing():
    calendar = WorkingCalendar(weekend=frozenset(range(7)))
    assert calendar.between(MON, SUN) == 0
    assert calendar.shift(MON, 5) == MON


def test_shift_stops_at_the_ends_of_time():
    assert PLAIN.shift(date.max, 1) == date.max
    assert PLAIN.shift(date.min, -1) == date.min
    assert PLAIN.shift(MON, 10**12) == date.max
    assert PLAIN.shift(MON, -(10**12)) == date.min
    days = PLAIN.between(date.min, date.max)
    assert PLAIN.shift(PLAIN.shift(date.min, days), -days) == date.min


class Asked(frozenset[date]):
    """Days off that keep how often they were looked at."""

    times = 0

    def __contains__(self, day: object) -> bool:
        self.times += 1
        return super().__contains__(day)


@pytest.mark.parametrize("days", [2_000_000, -500_000])
def test_to_the_end_of_time_nobody_walks_day_by_day(days):
    calendar = WorkingCalendar(days_off=Asked({FRI, MON}))
    there = calendar.shift(WED, days)
    assert abs(calendar.between(WED, there)) in (abs(days), abs(days) + 1)
    assert isinstance(calendar.days_off, Asked)
    assert calendar.days_off.times < 100


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Pacific/Kiritimati", datetime(2026, 11, 22, 10, 0, tzinfo=UTC), MON),
        ("Pacific/Kiritimati", datetime(2026, 11, 22, 9, 59, tzinfo=UTC), SUN - timedelta(days=7)),
        ("Etc/GMT+12", datetime(2026, 11, 24, 11, 59, tzinfo=UTC), MON),
        ("Etc/GMT+12", datetime(2026, 11, 24, 12, 0, tzinfo=UTC), TUE),
        ("Europe/Berlin", datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1)),
    ],
)
def test_local_day_of_an_instant(zone, at, day):
    assert WorkingCalendar(zone=zone).local_date(at) == day


@pytest.mark.parametrize(
    ("zone", "day", "last_instant"),
    [
        # In spring the day has 23 hours, in autumn 25; Cairo skips the midnight itself.
        ("Europe/Berlin", date(2026, 3, 29), datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 10, 25), datetime(2026, 10, 25, 22, 59, 59, tzinfo=UTC)),
        ("Africa/Cairo", date(2024, 4, 25), datetime(2024, 4, 25, 21, 59, 59, tzinfo=UTC)),
        ("Pacific/Kiritimati", MON, datetime(2026, 11, 23, 9, 59, 59, tzinfo=UTC)),
        ("Etc/GMT+12", MON, datetime(2026, 11, 24, 11, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_day_ends_at_the_first_instant_of_the_next_local_day(zone, day, last_instant):
    calendar = WorkingCalendar(zone=zone)
    assert calendar.local_date(last_instant) == day
    assert calendar.local_date(last_instant + timedelta(seconds=1)) > day


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_ends_of_time_are_days_in_every_zone(zone):
    calendar = WorkingCalendar(zone=zone)
    assert calendar.local_date(datetime.max.replace(tzinfo=UTC)).year == 9999
    assert calendar.local_date(datetime.min.replace(tzinfo=UTC)).year == 1


def test_days_between_do_not_feel_the_change_of_clocks():
    for zone in ("Europe/Berlin", "America/New_York", "Pacific/Kiritimati"):
        assert WorkingCalendar(zone=zone).between(date(2026, 3, 27), date(2026, 3, 30)) == 1
        assert WorkingCalendar(zone=zone).between(date(2026, 10, 23), date(2026, 10, 26)) == 1
