"""Events of Google Calendar (plain dicts) as the common model sees them."""

from datetime import UTC, date, datetime

import pytest

from syncd.connectors.google_calendar import mapping
from syncd.connectors.google_calendar.mapping import Calendar
from syncd.model.items import Account, Attendee, DateRole, ItemKey, Kind, Precision

PLAN = Calendar(source="calendar", id="plan@example.com", zone="Europe/Berlin")


def timed(start: str, end: str | None = None, zone: str | None = None, **more):
    named = {"timeZone": zone} if zone else {}
    ends = {"end": {"dateTime": end, **named}} if end else {}
    return {
        "id": "e1",
        "status": "confirmed",
        "start": {"dateTime": start, **named},
        **ends,
        **more,
    }


def all_day(start: str, end: str | None = None, **more):
    ends = {"end": {"date": end}} if end else {}
    return {"id": "e1", "status": "confirmed", "start": {"date": start}, **ends, **more}


@pytest.mark.parametrize(
    ("raw", "first", "last"),
    [
        (all_day("2026-12-18", "2026-12-19"), (2026, 12, 18), (2026, 12, 18)),
        (all_day("2026-12-18", "2027-01-04"), (2026, 12, 18), (2027, 1, 3)),
        (all_day("2026-12-18"), (2026, 12, 18), (2026, 12, 18)),
        (all_day("2026-12-18", "2026-12-18"), (2026, 12, 18), (2026, 12, 18)),
        # The day is that of the zone of the event, not of its offset or of UTC.
        (timed("2026-12-01T23:30:00Z", "2026-12-01T23:45:00Z"), (2026, 12, 2), (2026, 12, 2)),
        (
            timed("2026-12-01T23:30:00Z", "2026-12-01T23:45:00Z", "America/New_York"),
            (2026, 12, 1),
            (2026, 12, 1),
        ),
        (timed("2026-12-01T23:30:00Z", None, "Asia/Tokyo"), (2026, 12, 2), (2026, 12, 2)),
        # Programs write UTC where they know no place: then the calendar's days count.
        (timed("2026-12-01T23:30:00Z", None, "UTC"), (2026, 12, 2), (2026, 12, 2)),
        (timed("2026-12-02T00:30:00+01:00", None, "Etc/UTC"), (2026, 12, 2), (2026, 12, 2)),
        (timed("2026-12-01T23:30:00", None, "UTC"), (2026, 12, 2), (2026, 12, 2)),
        # Until midnight is still the day before; over midnight is two days.
        (timed("2026-12-01T20:00:00+01:00", "2026-12-02T00:00:00+01:00"),) + ((2026, 12, 1),) * 2,
        (
            timed("2026-12-01T20:00:00+01:00", "2026-12-02T00:30:00+01:00"),
            (2026, 12, 1),
            (2026, 12, 2),
        ),
    ],
)
def test_days(raw, first, last):
    event = mapping.event(raw, PLAN)
    assert (event.first_day, event.last_day) == (date(*first), date(*last))
    (claim,) = event.claims
    assert claim.lo == claim.hi == event.first_day
    assert (claim.role, claim.field, claim.subject) == (DateRole.EVENT, "event", event.key)


def test_an_all_day_event_has_no_instants_and_claims_a_day():
    event = mapping.event(all_day("2026-12-18"), PLAN)
    assert event.all_day
    assert event.start_at is event.end_at is None
    assert event.claims[0].precision is Precision.DAY


def test_a_timed_event_has_utc_instants_and_claims_an_instant():
    event = mapping.event(timed("2026-12-01T10:00:00+01:00", "2026-12-01T11:00:00+01:00"), PLAN)
    assert not event.all_day
    assert event.start_at == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert event.start_at.tzinfo is event.end_at.tzinfo is UTC
    assert event.claims[0].precision is Precision.INSTANT
    assert event.zone == event.claims[0].zone == "Europe/Berlin"


def test_a_wall_time_is_read_in_the_zone_of_the_event():
    event = mapping.event(timed("2026-07-01T10:00:00", None, "America/New_York"), PLAN)
    assert event.start_at == event.end_at == datetime(2026, 7, 1, 14, tzinfo=UTC)


def test_an_unknown_zone_leaves_the_offset_to_tell_the_day():
    calendar = Calendar(source="calendar", id="x", zone="Mars/Olympus")
    event = mapping.event(timed("2026-12-01T23:30:00-05:00", None, "../../etc/passwd"), calendar)
    assert event.first_day == date(2026, 12, 1)
    assert event.zone is None


def test_everything_a_plan_needs_is_kept():
    raw = timed(
        "2026-12-01T10:00:00+01:00",
        summary="Go / no-go PAY-142",
        description='<p>See <a href="https://jira.example.com/browse/LED-7">this</a> &amp; '
        'acme/ledger#311 <a href="https://jira.example.com/projects/PAY/versions/77/tab/x">2.0</a></p>',
        attendees=[
            {"email": "Bo@Example.com", "responseStatus": "accepted"},
            {"email": "ada@example.com", "optional": True},
            {"email": "cy@example.com", "responseStatus": "declined"},
            {"email": "di@example.com", "responseStatus": "tentative"},
            {"email": "room@example.com", "resource": True, "responseStatus": "accepted"},
            "nonsense",
        ],
        organizer={"email": "Planner@example.com"},
        iCalUID="e1@example.com",
        recurringEventId="series",
        originalStartTime={"dateTime": "2026-11-30T10:00:00+01:00"},
        sequence=3,
        transparency="transparent",
        created="2026-10-01T08:00:00.000Z",
        updated="2026-11-01T08:00:00.123Z",
        htmlLink="https://calendar.example.com/e1",
    )
    event = mapping.event(raw, PLAN)
    assert event.key == ItemKey("calendar", Kind.EVENT, "e1")
    assert event.scope == "plan@example.com"
    assert event.title == event.ref == "Go / no-go PAY-142"
    assert event.refs == (
        "PAY-142", "https://jira.example.com/browse/LED-7", "acme/ledger#311",
        "https://jira.example.com/projects/PAY/versions/77",
    )  # fmt: skip
    assert event.attendees == (
        Attendee(account="ada@example.com", response="needs_action", optional=True),
        Attendee(account="bo@example.com", response="accepted"),
        Attendee(account="cy@example.com", response="declined"),
        Attendee(account="di@example.com", response="tentative"),
    )
    assert event.organiser == "planner@example.com"
    assert (event.ical_uid, event.recurring_id) == ("e1@example.com", "series")
    assert event.original_start == "2026-11-30T10:00:00+01:00"
    assert (event.sequence, event.transparent) == (3, True)
    assert event.created_at == datetime(2026, 10, 1, 8, tzinfo=UTC)
    assert event.updated_at == datetime(2026, 11, 1, 8, 0, 0, 123000, tzinfo=UTC)
    assert event.url == "https://calendar.example.com/e1"


@pytest.mark.parametrize("visibility", ["private", "confidential"])
def test_of_a_private_event_only_times_are_kept(visibility):
    raw = timed(
        "2026-12-01T10:00:00+01:00",
        summary="Layoffs PAY-1",
        description="LED-2",
        attendees=[{"email": "bo@example.com"}],
        organizer={"email": "boss@example.com"},
        htmlLink="https://calendar.example.com/e1",
        visibility=visibility,
    )
    event = mapping.event(raw, PLAN)
    assert event.private
    assert event.first_day == date(2026, 12, 1)
    for secret in ("Layoffs", "PAY-1", "LED-2", "bo@example.com", "boss", "calendar.example.com"):
        assert secret not in repr(event)
    assert mapping.accounts([raw], "calendar") == ()


def test_why_somebody_is_away_is_nobodys_business():
    raw = timed("2026-12-01T10:00:00+01:00", summary="Surgery", eventType="outOfOffice")
    event = mapping.event(raw, PLAN)
    assert (event.type, event.title) == ("out_of_office", "")


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("default", "default"),
        ("fromGmail", "default"),
        ("focusTime", "focus"),
        ("somethingNew", "default"),
        (None, "default"),
    ],
)
def test_types(type_, expected):
    assert mapping.event(all_day("2026-12-01", eventType=type_), PLAN).type == expected


def test_events_of_a_holiday_calendar_are_holidays():
    calendar = Calendar(source="calendar", id="x", holidays=True)
    assert mapping.event(all_day("2026-12-25", summary="Christmas"), calendar).type == "holiday"


@pytest.mark.parametrize(
    ("status", "expected"),
    [("tentative", "tentative"), ("cancelled", "cancelled"), ("new", "confirmed"), (None,) * 2],
)
def test_status(status, expected):
    raw = {**all_day("2026-12-01"), "status": status}
    assert mapping.event(raw, PLAN).status == (expected or "confirmed")


def test_where_somebody_sits_or_was_born_is_noise():
    assert mapping.is_noise({"eventType": "workingLocation"})
    assert mapping.is_noise({"eventType": "birthday"})
    assert not mapping.is_noise({"eventType": "default"})
    assert not mapping.is_noise({})


def test_a_tombstone_tells_no_time():
    assert mapping.is_tombstone({"id": "a", "status": "cancelled"})
    instance = {"originalStartTime": {"date": "2026-12-01"}, "recurringEventId": "b"}
    assert mapping.is_tombstone({"id": "a", "status": "cancelled", **instance})
    assert not mapping.is_tombstone({**all_day("2026-12-01"), "status": "cancelled"})
    assert not mapping.is_tombstone({"id": "a", "status": "confirmed"})


@pytest.mark.parametrize(
    ("start", "original", "within"),
    [
        ("2026-12-01", "2026-12-01", True),
        ("2027-12-01", "2026-12-01", True),
        ("2026-12-01", "2027-12-01", True),
        ("2027-12-01", "2027-12-01", False),
        ("2025-12-01", "2025-12-01", False),
        ("garbage", "garbage", True),
    ],
)
def test_an_instance_is_within_by_its_day_now_or_at_first(start, original, within):
    raw = {"recurringEventId": "s", "start": {"date": start}}
    raw["originalStartTime"] = {"date": original}
    window = (date(2026, 11, 1), date(2027, 5, 1))
    assert mapping.is_within(raw, *window) is within
    assert mapping.is_within({**raw, "recurringEventId": None}, *window)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({}, "no id"),
        ({"id": 7}, "no id"),
        ({"id": "a"}, "no start"),
        ({"id": "a", "start": []}, "no start"),
        ({"id": "a", "start": {}}, "not a date with a time"),
        ({"id": "a", "start": {"date": "soon"}}, "'soon' is not a date"),
        ({"id": "a", "start": {"dateTime": "2026-12-01T10:00:00"}}, "neither an offset"),
        (all_day("2026-12-01", updated="x"), "'x' is not a date with a time"),
    ],
)
def test_what_makes_no_sense_says_why(raw, says):
    with pytest.raises(ValueError, match=says):
        mapping.event(raw, Calendar(source="calendar", id="x"))


def test_an_event_named_like_an_item_is_not_called_like_it():
    assert mapping.event(all_day("2026-12-01", summary="PAY-142"), PLAN).ref == "event e1"
    assert mapping.event(all_day("2026-12-01"), PLAN).ref == "event e1"


def test_half_a_surrogate_pair_can_be_stored():
    event = mapping.event(all_day("2026-12-01", summary="a\ud800b"), PLAN)
    assert event.title.encode() == b"a?b"


def test_accounts_are_people_each_once_with_the_best_name():
    raws = [
        all_day("2026-12-01", organizer={"email": "A@example.com"}),
        all_day(
            "2026-12-01",
            organizer={"id": "123"},
            attendees=[
                {"email": "a@example.com", "displayName": "Ada"},
                {"email": "room@example.com", "resource": True},
                {"displayName": "nobody"},
            ],
        ),
        all_day("2026-12-01", organizer={"email": "a@example.com"}),
    ]
    assert mapping.accounts(raws, "calendar") == (
        Account(source="calendar", id="123", name="123"),
        Account(source="calendar", id="a@example.com", name="Ada", email="a@example.com"),
    )
