"""When sources are read: active hours, cron, the weekly full reading, clocks that jump."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from syncd.settings import load
from syncd.settings.schema import Layout
from syncd.settings.timetable import interval, is_full_due, next_reading

QUARTER, HOUR, DAY = timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
MOMENTS = st.datetimes(
    datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)
)  # fmt: skip


def layout(**more) -> Layout:
    schedule = {"active": "Mon-Fri 06:00-20:00", "full_resync": "Sun 03:00"} | more
    sources = {"jira": {"kind": "jira"}, "plan": {"kind": "ics", "cron": "0 6-20 * * MON-FRI"}}
    return Layout.model_validate(
        {"timezone": "Europe/Berlin", "schedule": schedule, "sources": sources}
    )


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    """In November 2026, the 23rd of which is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - HOUR


def test_sources_are_read_hourly_outside_active_hours_and_at_once_when_they_begin():
    assert next_reading(layout(), "jira", berlin(23, 12), berlin(23, 12)) == berlin(23, 12, 15)
    assert next_reading(layout(), "jira", berlin(23, 20), berlin(23, 20)) == berlin(23, 21)
    assert next_reading(layout(), "jira", berlin(28, 12), berlin(28, 12)) == berlin(28, 13)
    assert next_reading(layout(), "jira", berlin(24, 5, 30), berlin(24, 6)) <= berlin(24, 6)


def test_what_was_read_in_the_night_is_not_stale_at_dawn():
    assert interval(layout(), "jira", berlin(24, 6, 1)) == HOUR
    assert interval(layout(), "jira", berlin(24, 7)) == QUARTER
    assert interval(layout(), "jira", berlin(23, 23)) == HOUR


def test_cron_is_of_the_configured_zone_and_decides_when_data_is_old():
    friday, monday = berlin(27, 20), berlin(30, 6)
    assert next_reading(layout(), "plan", friday, friday) == monday
    assert interval(layout(), "plan", berlin(28, 12)) == monday - friday
    assert interval(layout(), "plan", berlin(24, 12, 30)) == HOUR


@pytest.mark.parametrize("source", ["jira", "plan"])
def test_a_clock_that_went_back_silences_no_source(source):
    now = berlin(23, 12)
    assert next_reading(layout(), source, now + DAY, now) <= now


def test_missed_full_readings_are_made_up_for_once():
    assert not is_full_due(layout(), None, berlin(23, 12))
    assert is_full_due(layout(), berlin(1, 1), berlin(23, 12))
    assert not is_full_due(layout(), berlin(23, 12), berlin(23, 12, 15))
    assert not is_full_due(layout(), berlin(22, 3, 1), berlin(28, 23))
    assert is_full_due(layout(), berlin(28, 23), berlin(29, 3))
    assert not is_full_due(layout(), berlin(24, 12), berlin(23, 12))


@settings(deadline=None)
@given(at=MOMENTS, source=st.sampled_from(["jira", "plan"]))
def test_the_next_reading_lies_ahead_and_never_beyond_a_weekend(at, source):
    following = next_reading(layout(), source, at, at)
    assert timedelta() < following - at <= 3 * DAY
    assert interval(layout(), source, at) >= QUARTER


@given(at=MOMENTS)
@settings(deadline=None)
def test_a_week_of_passes_brings_one_full_reading(at):
    assume(at.month not in (3, 10, 11))
    ticks = [at + number * 6 * HOUR for number in range(4 * 7 + 1)]
    due = [is_full_due(layout(), old, new) for old, new in pairwise(ticks)]
    assert sum(due) == 1


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ({"schedule": {"active": "Mon-Fry 06:00-20:00"}}, "span of days"),
        ({"schedule": {"full_resync": "noon"}}, "not a time"),
        ({"sources": {"x": {"kind": "ics", "cron": "0 6 * *"}}}, "five fields"),
        ({"sources": {"x": {"kind": "ics", "cron": "0 25 * * *"}}}, "hour"),
    ],
)
def test_mistakes_are_told(table, word):
    with pytest.raises(ValidationError, match=word):
        Layout.model_validate(table)


def test_cron_can_be_written_in_a_file(tmp_path):
    (tmp_path / "syncd.toml").write_text(
        '[sources.plan]\nkind = "ics"\ncron = "0 6-20 * * MON-FRI"\n'
    )
    assert load(tmp_path / "syncd.toml", {}).sources["plan"].cron == "0 6-20 * * MON-FRI"


@pytest.mark.parametrize(
    ("every", "jitter", "counts"),
    [(10, 0, 2), (10, 300, 5), (119, 60, 2), (180, 60, 3)],
)
def test_data_does_not_age_faster_than_cycles_come(every, jitter, counts):
    """With `every = "10s"` all was stale a moment after each reading, and no rule could tell."""
    held = layout(every=f"{every}s", jitter=f"{jitter}s")
    assert interval(held, "jira", berlin(24, 12)) == timedelta(minutes=counts)
    assert interval(held, "jira") == timedelta(seconds=every)
