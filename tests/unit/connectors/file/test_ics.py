"""Calendar files as people export them from Google, Outlook and others."""

from datetime import UTC, date, datetime
from pathlib import PurePath
from typing import Any

import pytest

from syncd.connectors.file.content import Content, UnreadableFile
from syncd.connectors.file.ics import read_ics
from syncd.connectors.ics.mapping import Window
from syncd.connectors.ics.parsing import newest_stamp
from syncd.model.items import Account, Attendee, ItemKey, Kind, Precision

WINDOW = Window(earliest=date(2026, 8, 25), latest=date(2027, 5, 22))


def calendar(*events: str, head: str = "X-WR-CALNAME:Plan\nX-WR-TIMEZONE:Europe/Berlin") -> str:
    body = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{head}\n{body}END:VCALENDAR\n".replace("\n", "\r\n")


def read(text: str, **more: Any) -> Content:
    more = {"source": "file", "zone": "UTC", "window": WINDOW, **more}
    return read_ics(text, PurePath("export/team.ics"), **more)


def days(content: Content) -> list[str]:
    return [str(item.first_day) for item in content.items]


def test_a_whole_event():
    content = read(
        calendar(
            """
UID:go@example.com
SUMMARY:Go / no-go\\, PAY-142
DESCRIPTION:See <a href="https://jira.example.com/browse/LED-7">here</a>
DTSTART;TZID=Europe/Berlin:20261201T100000
DTEND;TZID=Europe/Berlin:20261201T110000
STATUS:TENTATIVE
SEQUENCE:2
TRANSP:TRANSPARENT
CREATED:20261001T080000Z
LAST-MODIFIED:20261101T080000Z
ORGANIZER;CN=Planner:mailto:Plan@example.com
ATTENDEE;CN="Li, Dana";PARTSTAT=ACCEPTED:mailto:Dana@example.com
ATTENDEE;ROLE=OPT-PARTICIPANT:mailto:bo@example.com
ATTENDEE;CUTYPE=ROOM:mailto:room@example.com
URL:https://calendar.example.com/go
"""
        )
    )
    (item,) = content.items
    assert item.key == ItemKey("file", Kind.EVENT, "go@example.com")
    assert item.scope == "Plan"
    assert item.title == item.ref == "Go / no-go, PAY-142"
    assert item.refs == ("PAY-142", "https://jira.example.com/browse/LED-7")
    assert (item.first_day, item.last_day) == (date(2026, 12, 1), date(2026, 12, 1))
    assert item.start_at == datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert item.end_at == datetime(2026, 12, 1, 10, tzinfo=UTC)
    assert (item.zone, item.status, item.sequence) == ("Europe/Berlin", "tentative", 2)
    assert item.transparent
    assert item.updated_at == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert item.organiser == "plan@example.com"
    assert item.attendees == (
        Attendee(account="bo@example.com", response="needs_action", optional=True),
        Attendee(account="dana@example.com", response="accepted"),
    )
    assert item.claims[0].precision is Precision.INSTANT
    assert item.claims[0].lo == item.claims[0].hi == date(2026, 12, 1)
    assert Account(
        source="file", id="dana@example.com", name="Li, Dana", email="dana@example.com"
    ) in (content.accounts)
    assert not content.problems


@pytest.mark.parametrize(
    ("lines", "first", "last"),
    [
        ("DTSTART;VALUE=DATE:20261218\nDTEND;VALUE=DATE:20270104", "2026-12-18", "2027-01-03"),
        ("DTSTART;VALUE=DATE:20261218", "2026-12-18", "2026-12-18"),
        ("DTSTART;VALUE=DATE:20261218\nDURATION:P2D", "2026-12-18", "2026-12-19"),
        # Google writes single events in UTC: the day is that of the calendar's zone.
        ("DTSTART:20261201T233000Z", "2026-12-02", "2026-12-02"),
        ("DTSTART;TZID=America/New_York:20261201T233000", "2026-12-01", "2026-12-01"),
        # Outlook names zones its own way.
        ("DTSTART;TZID=Tokyo Standard Time:20261202T003000", "2026-12-02", "2026-12-02"),
        ("DTSTART:20261201T230000\nDURATION:PT1H", "2026-12-01", "2026-12-01"),
        ("DTSTART:20261201T230000\nDURATION:PT2H", "2026-12-01", "2026-12-02"),
    ],
)
def test_days(lines, first, last):
    (item,) = read(calendar(f"UID:a\n{lines}")).items
    assert (str(item.first_day), str(item.last_day)) == (first, last)
    assert item.all_day == ("DATE:" in lines)


def test_times_without_a_zone_are_the_calendars_else_the_configured():
    event = "UID:a\nDTSTART:20261201T100000"
    (item,) = read(calendar(event)).items
    assert item.start_at == datetime(2026, 12, 1, 9, tzinfo=UTC)
    (item,) = read(calendar(event, head="X:y"), zone="Asia/Tokyo").items
    assert item.start_at == datetime(2026, 12, 1, 1, tzinfo=UTC)
    assert (item.zone, item.scope) == ("Asia/Tokyo", "team")


def test_a_series_becomes_its_instances_at_the_same_local_hour():
    content = read(
        calendar(
            """
UID:weekly
SUMMARY:Weekly
DTSTART;TZID=Europe/Berlin:20261015T100000
DTEND;TZID=Europe/Berlin:20261015T110000
RRULE:FREQ=WEEKLY;COUNT=4
EXDATE;TZID=Europe/Berlin:20261029T100000
"""
        )
    )
    assert [item.key.native_id for item in content.items] == [
        "weekly/20261015T080000Z",
        "weekly/20261022T080000Z",
        "weekly/20261105T090000Z",
    ]
    assert {item.recurring_id for item in content.items} == {"weekly"}
    assert content.items[0].original_start == "2026-10-15T10:00:00+02:00"
    assert content.items[2].end_at == datetime(2026, 11, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=WEEKLY;UNTIL=20261217T085959Z", ["2026-12-03", "2026-12-10"]),
        ("FREQ=WEEKLY;UNTIL=20261217T090000Z", ["2026-12-03", "2026-12-10", "2026-12-17"]),
        ("FREQ=WEEKLY;UNTIL=20261210", ["2026-12-03", "2026-12-10"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", ["2026-12-25", "2027-01-29"]),
        ("FREQ=DAILY;INTERVAL=10;COUNT=2", ["2026-12-03", "2026-12-13"]),
    ],
)
def test_rules(rule, expected):
    event = f"UID:a\nDTSTART;TZID=Europe/Berlin:20261203T100000\nRRULE:{rule}"
    found = days(read(calendar(event)))
    # An event begins with its DTSTART, also where the rule would not.
    assert found == sorted({"2026-12-03", *expected})


def test_an_endless_series_is_cut_to_the_window():
    event = "UID:a\nDTSTART;VALUE=DATE:20200101\nRRULE:FREQ=DAILY"
    found = days(read(calendar(event)))
    assert (found[0], found[-1]) == ("2026-08-25", "2027-05-22")
    assert len(found) == 271


def test_extra_days_and_days_taken_out_of_an_all_day_series():
    event = """
UID:a
DTSTART;VALUE=DATE:20261201
RRULE:FREQ=DAILY;COUNT=3
RDATE;VALUE=DATE:20261224
EXDATE;VALUE=DATE:20261202
"""
    assert days(read(calendar(event))) == ["2026-12-01", "2026-12-03", "2026-12-24"]


def test_a_changed_instance_takes_the_place_of_the_planned_one():
    series = (
        "UID:a\nSUMMARY:w\nDTSTART;TZID=Europe/Berlin:20261203T100000\nRRULE:FREQ=WEEKLY;COUNT=2"
    )
    moved = "UID:a\nSUMMARY:w\nRECURRENCE-ID:20261210T090000Z\nDTSTART;TZID=Europe/Berlin:20261211T100000"
    content = read(calendar(series, moved))
    assert len(content.items) == 2
    assert {item.key.native_id: str(item.first_day) for item in content.items} == {
        "a/20261203T090000Z": "2026-12-03",
        "a/20261210T090000Z": "2026-12-11",
    }
    assert content.items[1].recurring_id == "a"


def test_a_cancelled_event_stays_as_cancelled():
    (item,) = read(calendar("UID:a\nDTSTART;VALUE=DATE:20261201\nSTATUS:CANCELLED")).items
    assert item.status == "cancelled"


@pytest.mark.parametrize("kind", ["PRIVATE", "CONFIDENTIAL"])
def test_of_a_private_event_only_times_are_kept(kind):
    content = read(
        calendar(
            f"UID:a\nDTSTART;VALUE=DATE:20261201\nSUMMARY:Layoffs PAY-1\nCLASS:{kind}\n"
            "ORGANIZER:mailto:boss@example.com\nATTENDEE:mailto:bo@example.com\nURL:https://x.example"
        )
    )
    assert content.items[0].private
    for secret in ("Layoffs", "PAY-1", "boss", "bo@", "x.example"):
        assert secret not in repr(content)


def test_outlooks_absence_is_an_absence_without_its_title():
    event = "UID:a\nDTSTART;VALUE=DATE:20261201\nSUMMARY:Surgery\nX-MICROSOFT-CDO-BUSYSTATUS:OOF"
    (item,) = read(calendar(event)).items
    assert (item.type, item.title) == ("out_of_office", "")


def test_long_past_events_are_left_out_and_far_single_ones_kept():
    past = "UID:a\nDTSTART;VALUE=DATE:20260824"
    edge = "UID:b\nDTSTART;VALUE=DATE:20260825"
    far = "UID:c\nDTSTART;VALUE=DATE:20291201"
    assert days(read(calendar(past, edge, far))) == ["2026-08-25", "2029-12-01"]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ("DTSTART;VALUE=DATE:20261201", "no UID"),
        ("UID:a", "no DTSTART"),
        ("UID:a\nDTSTART:2026-12-01", "DTSTART: Expected datetime"),
        ("UID:a\nDTSTART;VALUE=DATE:20261201\nRRULE:FREQ=NEVER", "RRULE: "),
        ("UID:a\nDTSTART:20261201T100000Z\nRRULE:FREQ=SECONDLY", "more than once a day"),
        ("UID:a\nDTSTART;VALUE=DATE:20261201\nDTEND:20261201T100000Z", "starts"),
        ("UID:a\nDTSTART;VALUE=DATE:20261201\nDTSTART;VALUE=DATE:20261202", "more than one"),
        ("UID:a\nDTSTART:20261201T100000Z\nDTEND:20261201T100000", "time zone"),
    ],
)
def test_a_bad_event_is_a_problem_with_its_line_and_the_rest_arrive(event, says):
    content = read(calendar("UID:good\nDTSTART;VALUE=DATE:20261201", event))
    assert [item.key.native_id for item in content.items] == ["good"]
    (problem,) = content.problems
    assert problem.reason.startswith("export/team.ics:9: ")
    assert says in problem.reason


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("hello", 0),
        ("<!doctype html>", 0),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\n", 1),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nEND:VEV", 3),
    ],
)
def test_what_is_no_whole_calendar_is_unreadable(text, line):
    with pytest.raises(UnreadableFile, match="expected") as caught:
        read(text)
    assert caught.value.line == line


def test_several_calendars_in_one_file():
    one = calendar("UID:a\nDTSTART;VALUE=DATE:20261201")
    two = calendar("UID:b\nDTSTART;VALUE=DATE:20261202", head="X-WR-CALNAME:Other")
    assert read(one + two).scopes() == {"Plan", "Other"}


def test_the_newest_stamp_tells_when_a_file_was_made():
    text = "DTSTAMP:20261101T080000Z\nLAST-MODIFIED:20261120T080000Z\nCREATED:nonsense"
    assert newest_stamp(text) == date(2026, 11, 20)
    assert newest_stamp("") is None
