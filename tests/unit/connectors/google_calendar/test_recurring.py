"""Series that are moved, cut in two, cancelled in part: an instance stays what it was."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from syncd.connectors.google_calendar import series
from syncd.model.history import Change
from syncd.model.snapshot import Scope
from syncd.store import open_store

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PLAN = "plan@group.calendar.example.com"


def at(day: int, hour: int = 10, month: int = 12, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BERLIN)


def keys(page) -> set[str]:
    return {item.key.native_id for item in page.items}


def days(page) -> list[date]:
    return sorted(item.first_day for item in page.items)


@pytest.fixture
def weekly(simulator) -> str:
    """Tuesdays at ten, 1 December to 18 May: over the change of the clocks on 28 March."""
    return simulator.add_event(PLAN, "Go / no-go", at(1), recurrence="FREQ=WEEKLY")


def test_a_cut_that_moves_nothing_takes_nothing_away(simulator, pull, weekly):
    first = pull()
    simulator.cut_series(PLAN, weekly, at(15), summary="Go / no-go PAY-142")
    second = pull(first.cursor)
    assert second.gone == ()
    assert keys(second) == keys(first)
    renamed = {item.first_day for item in second.items if item.title == "Go / no-go PAY-142"}
    assert min(renamed) == date(2026, 12, 15)
    assert {item.recurring_id for item in second.items} == {weekly}


@pytest.mark.parametrize(
    "start", [at(16), at(15, 16), at(14, 9), at(17, 23)], ids=["day", "hour", "earlier", "both"]
)
def test_a_cut_that_moves_the_rest_moves_each_meeting_and_invents_none(
    simulator, pull, weekly, start
):
    first = pull()
    before = {item.key: item.first_day for item in first.items}
    simulator.cut_series(PLAN, weekly, at(15), start)
    second = pull(first.cursor)
    assert second.gone == ()
    moved = {item.key: item.first_day for item in second.items}
    assert moved.keys() <= before.keys()
    by = start.date() - date(2026, 12, 15)
    assert {moved[key] - before[key] for key in moved if before[key] >= date(2026, 12, 15)} == {by}
    assert {moved[key] - before[key] for key in moved if before[key] < date(2026, 12, 15)} == {
        timedelta()
    }


def test_a_full_reading_gives_the_same_identities(simulator, pull, weekly):
    simulator.cut_series(PLAN, weekly, at(15), at(16))
    first = pull()
    simulator.now += timedelta(days=1)
    again = pull(first.cursor)
    assert again.listing
    assert keys(first) <= keys(again)
    assert f"{weekly}_20261215T090000Z" in keys(first)
    # In summer the meeting that it takes the place of would have been at 8 in UTC.
    assert f"{weekly}_20270406T080000Z" in keys(first)
    assert not any("_R" in id_ for id_ in keys(first))


def test_an_all_day_series_is_cut_too(simulator, pull):
    freeze = simulator.add_event(PLAN, "Freeze", date(2026, 12, 1), recurrence="FREQ=WEEKLY")
    first = pull()
    simulator.cut_series(PLAN, freeze, date(2026, 12, 15), date(2026, 12, 18))
    second = pull(first.cursor)
    assert second.gone == ()
    assert keys(second) <= keys(first)
    assert days(second)[2:4] == [date(2026, 12, 18), date(2026, 12, 25)]


def test_meetings_that_the_new_series_does_not_have_are_gone(simulator, pull, weekly):
    first = pull()
    simulator.cut_series(PLAN, weekly, at(15), recurrence=["RRULE:FREQ=WEEKLY;COUNT=2"])
    second = pull(first.cursor)
    left = {item.key for item in first.items if item.first_day > date(2026, 12, 22)}
    assert left <= set(second.gone)
    assert not set(second.gone) & {item.key for item in second.items}


def test_a_cancelled_instance_of_a_cut_series_is_gone_under_its_old_name(simulator, pull, weekly):
    cut = simulator.cut_series(PLAN, weekly, at(15), at(16))
    first = pull()
    simulator.cancel_instance(PLAN, cut, at(23))
    (gone,) = pull(first.cursor).gone
    assert gone.native_id == f"{weekly}_20261222T090000Z"


def test_a_moved_instance_of_a_cut_series_is_still_that_one(simulator, pull, weekly):
    cut = simulator.cut_series(PLAN, weekly, at(15), at(16))
    first = pull()
    simulator.move_instance(PLAN, cut, at(23), at(29))
    (moved,) = pull(first.cursor).items
    assert moved.key.native_id == f"{weekly}_20261222T090000Z"
    assert moved.first_day == date(2026, 12, 29)


def test_the_store_sees_a_move_and_no_deletion(simulator, connector, weekly, tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/syncd.db", now=NOW, own=True)
    scope = Scope("calendar", PLAN)
    cursor = None
    for hour in range(2):
        for page in connector.pull(PLAN, cursor):
            store.commit(scope, page, NOW + timedelta(hours=hour))
            cursor = page.cursor
        if hour == 0:
            simulator.cut_series(PLAN, weekly, at(15), at(16))
    snapshot = store.snapshot(NOW + timedelta(hours=2))
    bound = f"{weekly}_20261215T090000Z"
    (event,) = [event for event in snapshot.events if event.key.native_id == bound]
    assert event.first_day == date(2026, 12, 16)
    changes = [c for c in snapshot.changes if c.item == event.key]
    assert changes
    assert all(isinstance(change, Change) for change in changes)
    store.close()


def test_a_series_deleted_in_part_leaves_the_rest_to_the_next_listing(simulator, pull, weekly):
    first = pull()
    rest = simulator.cut_series(PLAN, weekly, at(15), reported=3)
    simulator.cancel_event(PLAN, rest, bare=True)
    second = pull(first.cursor)
    assert len(second.gone) == 3 + 1, "with the series itself"
    simulator.now += timedelta(days=1)
    third = pull(second.cursor)
    assert third.listing
    assert days(third) == [date(2026, 12, 1), date(2026, 12, 8)]


def test_a_flood_of_cancelled_instances_does_not_pile_up(simulator, connector, weekly, monkeypatch):
    monkeypatch.setattr("syncd.connectors.google_calendar.client.PAGE_SIZE", 10)
    *_, last = connector.pull(PLAN, None)
    simulator.cancel_event(PLAN, weekly)
    pages = list(connector.pull(PLAN, last.cursor))
    assert len(pages) > 10, "told for years ahead"
    assert sum(len(page.gone) for page in pages) == 25, "what is kept of it is what was held"
    assert not any(page.gone for page in pages[:-1])


def test_the_days_of_a_calendar_stay_when_its_zone_changes(simulator, pull, weekly):
    simulator.add_event(PLAN, "Freeze", date(2026, 12, 18), date(2027, 1, 4))
    simulator.add_event(PLAN, "Late", at(2, 23))
    first = pull()
    simulator.calendars[PLAN].zone = "Pacific/Auckland"
    simulator.now += timedelta(days=1)
    second = pull(first.cursor)
    before = {item.key: (item.first_day, item.last_day, item.start_at) for item in first.items}
    for item in second.items:
        held = before.get(item.key)
        assert held is None or held == (item.first_day, item.last_day, item.start_at)
    assert len(second.items) == len(first.items)


START = {"dateTime": "2026-12-16T10:00:00+01:00", "timeZone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("own", "original", "first", "expected"),
    [
        ("a_R20261215T090000", START, START, "a_20261215T090000Z"),
        ("a_b_R20261215T090000", START, START, "a_b_20261215T090000Z"),
        ("a_R20261215", {"date": "2026-12-23"}, {"date": "2026-12-16"}, "a_20261222"),
        # A timed series that became an all-day one.
        (
            "a_R20261215T090000",
            {"date": "2026-12-23"},
            {"date": "2026-12-16"},
            "a_20261222T090000Z",
        ),
        ("a", START, START, None),
        ("a_Rx", START, START, None),
        (None, START, START, None),
        ("a_R20261215T090000", None, START, None),
        ("a_R20261215T090000", START, {}, None),
        ("a_R20269999T090000", START, START, None),
        ("a_R20261215T090000", START, {**START, "timeZone": "Mars"}, None),
        # Twice a day: days alone would make two meetings one.
        ("a_R20261215T090000", {**START, "dateTime": "2026-12-16T15:00:00+01:00"}, START, None),
    ],
)
def test_which_meeting_an_instance_takes_the_place_of(own, original, first, expected):
    raw = {"id": "x", "recurringEventId": own, "originalStartTime": original}
    assert series.taken_over(raw, first, "Europe/Berlin") == expected
