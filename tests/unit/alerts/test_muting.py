"""Quiet hours and digest times in the reader's zone, over clock changes too."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.alerts.muting import after_quiet, next_digest, send_time
from syncd.model.calendar import WorkingCalendar
from syncd.model.people import MailMode
from syncd.testing.builders import at, person

WEEK = WorkingCalendar()


@pytest.mark.parametrize(
    ("zone", "now", "then"),
    [
        ("Europe/Berlin", "2026-11-23 07:00", "2026-11-23 07:30"),
        ("Europe/Berlin", "2026-11-23 07:30", "2026-11-23 07:30"),
        ("Europe/Berlin", "2026-11-23 07:31", "2026-11-24 07:30"),
        ("Asia/Singapore", "2026-11-23 07:00", "2026-11-24 00:30"),
        ("UTC", "2026-11-27 12:00", "2026-11-30 08:30"),
        ("Europe/Berlin", "2026-03-27 12:00", "2026-03-30 06:30"),
        ("Europe/Berlin", "2026-10-23 12:00", "2026-10-26 07:30"),
    ],
)
def test_the_next_digest_is_at_0830_of_a_local_working_day(zone: str, now: str, then: str) -> None:
    assert next_digest(person(timezone=zone), at(now), WEEK) == at(then)


def test_several_digest_times_a_day() -> None:
    reader = person(digest_at=(time(16), time(11)))
    assert next_digest(reader, at("2026-11-23 11:01"), WEEK) == at("2026-11-23 16:00")


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-23 09:59", "2026-11-23 09:59"),
        ("2026-11-23 10:00", "2026-11-24 01:00"),
        ("2026-11-24 00:59", "2026-11-24 01:00"),
        ("2026-11-24 01:00", "2026-11-24 01:00"),
    ],
)
def test_quiet_hours_over_midnight(now: str, then: str) -> None:
    reader = person(timezone="Asia/Singapore", quiet=(time(18), time(9)))
    assert after_quiet(reader, at(now)) == at(then)


def test_urgent_news_leaves_now_unless_the_reader_chose_digests_or_rests() -> None:
    now = at("2026-11-23 12:00")
    digest = at("2026-11-24 08:30")
    plain, asleep = person(), person(quiet=(time(11), time(13)))
    chosen = person(mode=MailMode.DIGEST)
    assert send_time(plain, now, at_once=True, calendar=WEEK) is None
    assert send_time(plain, now, at_once=False, calendar=WEEK) == digest
    assert send_time(chosen, now, at_once=True, calendar=WEEK) == digest
    assert send_time(asleep, now, at_once=True, calendar=WEEK) == at("2026-11-23 13:00")


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-27 17:59", "2026-11-27 17:59"),
        ("2026-11-27 18:00", "2026-11-30 07:00"),
        ("2026-11-28 10:00", "2026-11-30 07:00"),
        ("2026-11-30 23:00", "2026-12-02 07:00"),
    ],
)
def test_who_has_quiet_hours_hears_nothing_on_days_off_either(now: str, then: str) -> None:
    week = WorkingCalendar(zone="Europe/Berlin", days_off=frozenset({date(2026, 12, 1)}))
    reader = person(timezone="Europe/Berlin", quiet=(time(19), time(8)))
    assert (send_time(reader, at(now), at_once=True, calendar=week) or at(now)) == at(then)
    whoever = person(timezone="Europe/Berlin")
    assert send_time(whoever, at(now), at_once=True, calendar=week) is None


@settings(max_examples=300, deadline=None)
@given(
    zone=st.sampled_from(["America/New_York", "Europe/London", "Australia/Lord_Howe"]),
    minutes=st.integers(0, 365 * 24 * 60),
    start=st.times(),
    end=st.times(),
    at_once=st.booleans(),
)
def test_nothing_leaves_in_quiet_hours_or_before_now_all_year(
    zone: str, minutes: int, start: time, end: time, at_once: bool
) -> None:
    start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    reader = person(timezone=zone, quiet=(start, end))
    when = send_time(reader, now, at_once=at_once, calendar=WEEK) or now
    assert now <= when <= now + timedelta(days=7)
    local = when.astimezone(ZoneInfo(zone))
    clock = local.time()
    quiet = start <= clock < end if start < end else clock >= start or clock < end
    doubled = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
    assert not quiet or start == end or doubled
