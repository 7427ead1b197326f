"""One weekly a week and person: over missed ticks, long gaps and both changes of clocks."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.model.calendar import WorkingCalendar
from syncd.model.people import Role, SetTime
from syncd.report.due import followed, latest, occasions
from syncd.testing.builders import config, person, program

FRIDAY = SetTime(at=time(15), weekday=4)
BERLIN = "Europe/Berlin"
HOUR = timedelta(hours=1)
PROGRAMS = (program("checkout", teams=("payments",), stakeholders=((Role.EXEC, ("vp",)),)),)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def due(as_of, last_run, when=FRIDAY, zone=BERLIN, **fields):
    vp = person("vp", role=Role.EXEC, timezone=zone, weekly=when, **fields)
    return list(occasions(config(people=(vp,), programs=PROGRAMS), as_of, last_run))


def test_the_first_pass_after_the_time_finds_it_and_no_other():
    slot = utc(2026, 11, 20, 14)
    assert not due(slot - timedelta(minutes=1), slot - HOUR)
    (found,) = due(slot, slot - HOUR)
    assert (found.slot, found.program) == (slot, "checkout")
    assert not due(slot + HOUR, slot)


def test_a_missed_friday_is_made_up_on_monday_and_not_later():
    slot = utc(2026, 11, 20, 14)
    assert due(slot + timedelta(hours=72), slot - HOUR)
    assert not due(slot + timedelta(hours=72, minutes=1), slot - HOUR)


def test_a_new_installation_owes_nobody_a_weekly():
    assert not due(utc(2026, 11, 20, 14, 5), None)


def test_who_follows_no_program_gets_none_and_without_programs_it_is_of_all():
    assert followed(person("vp"), PROGRAMS) == ("checkout",)
    assert followed(person("dana"), PROGRAMS) == ()
    assert followed(person("dana", programs=("checkout",)), PROGRAMS) == ("checkout",)
    assert followed(person("dana"), ()) == ("",)


def test_without_a_weekday_it_is_every_working_day():
    daily = SetTime(at=time(9))
    sunday = utc(2026, 11, 22, 12)
    assert latest(daily, "UTC", WorkingCalendar(), sunday) == utc(2026, 11, 20, 9)


def test_a_time_that_the_clock_skips_comes_an_hour_later():
    skipped = SetTime(at=time(2, 30), weekday=6)
    assert latest(skipped, BERLIN, WorkingCalendar(), utc(2026, 3, 29, 12)) == utc(
        2026, 3, 29, 1, 30
    )


@settings(deadline=None)
@given(
    zone=st.sampled_from(
        [BERLIN, "Europe/London", "America/New_York", "Asia/Singapore", "Australia/Lord_Howe"]
    ),
    weekday=st.integers(0, 6),
    minute=st.integers(0, 24 * 60 - 1),
    start=st.sampled_from([utc(2026, 3, 1), utc(2026, 10, 18), utc(2027, 3, 20)]),
    gaps=st.lists(st.integers(1, 40 * 60), min_size=20, max_size=200),
)
def test_exactly_one_a_week_however_the_ticks_fall(zone, weekday, minute, start, gaps):
    when = SetTime(at=time(minute // 60, minute % 60), weekday=weekday)
    last, slots = start, []
    for gap in gaps:
        now = last + timedelta(minutes=gap)
        slots += [one.slot for one in due(now, last, when, zone)]
        last = now
    assert len(slots) == len(set(slots))
    local = [slot.astimezone(ZoneInfo(zone)) for slot in slots]
    assert {one.weekday() for one in local} <= {weekday}
    for one, other in pairwise(local):
        assert (other.date() - one.date()).days == 7
    weeks = (last - start) / timedelta(days=7)
    assert weeks - 1 <= len(slots) <= weeks + 1
