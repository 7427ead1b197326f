"""Corners of RFC 5545 that decide on a date, or on what is kept of people."""

from datetime import UTC, date, datetime, timedelta
from time import process_time
from typing import Any

import pytest

from syncd.connectors.ics.mapping import Calendar, Events, Window, events
from syncd.connectors.ics.parsing import NotACalendar, parse

WINDOW = Window(earliest=date(2026, 8, 25), latest=date(2027, 5, 22))
ZONE = """BEGIN:VTIMEZONE
TZID:Office
BEGIN:STANDARD
DTSTART:19701025T030000
TZOFFSETFROM:{0}
TZOFFSETTO:{0}
END:STANDARD
END:VTIMEZONE
"""
WEEKLY = """UID:a
SUMMARY:Weekly
DTSTART;TZID=Europe/Berlin:20261006T100000
DTEND;TZID=Europe/Berlin:20261006T110000
RRULE:FREQ=WEEKLY;COUNT=6"""


def calendar(*rows: str, before: str = "", after: str = "") -> str:
    body = "".join(f"BEGIN:VEVENT\n{row}\nEND:VEVENT\n" for row in rows)
    return f"BEGIN:VCALENDAR\n{before}{body}{after}END:VCALENDAR\n"


def read(text: str, **more: Any) -> Events:
    (parsed,) = parse(text)
    section = {"source": "ics", "name": "plan", "zone": "UTC", "window": WINDOW, **more}
    return events(parsed, Calendar(**section), "plan")


def days(found: Events) -> list[str]:
    return [f"{item.first_day:%d.%m.}" for item in found.items]


def test_a_zone_of_the_files_own_name_is_that_of_this_file():
    event = "UID:a\nDTSTART;TZID=Office:20261201T003000"
    for offset, expected in (("+0100", (30, 23)), ("+0900", (30, 15)), ("-0500", (1, 5))):
        (item,) = read(calendar(event, before=ZONE.format(offset))).items
        assert (item.start_at.day, item.start_at.hour) == expected, offset
        assert item.first_day == date(2026, 12, 1)
        assert item.zone is None


def test_a_zone_may_be_described_after_the_events_in_it():
    event = "UID:a\nDTSTART;TZID=Office:20261201T003000"
    (item,) = read(calendar(event, after=ZONE.format("+0900"))).items
    assert item.start_at == datetime(2026, 11, 30, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART;TZID=Nowhere:20261201T100000",
        "DTSTART:20261201T100000Z\nDTEND;TZID=Nowhere:20261201T110000",
        "DTSTART:20261201T100000Z\nRECURRENCE-ID;TZID=Nowhere:20261201T100000",
    ],
)
def test_a_zone_that_nobody_describes_is_no_floating_time(lines):
    found = read(calendar(f"UID:a\n{lines}"))
    assert found.items == []
    (problem,) = found.problems
    assert 'the time zone "Nowhere" is not described in the file' in problem.reason


def test_a_line_is_never_taken_for_the_name_of_a_file(tmp_path):
    (tmp_path / "other").write_text("a line of another file")
    with pytest.raises(NotACalendar) as caught:
        parse(str(tmp_path / "other"))
    assert "a line of another file" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        calendar("UID:a\nDTSTART:20261201T000000Z\nRDATE;VALUE=PERIOD,X:20261203T090000Z/PT1H"),
        calendar(before="BEGIN:ZONE\nTZID:x\nBEGIN:STANDARD\nEND:ZONE\nEND:VTIMEZONE\n"),
    ],
)  # fmt: skip
def test_what_the_parser_stumbles_over_is_no_calendar(text):
    with pytest.raises(NotACalendar):
        parse(text)


def test_a_change_of_this_and_what_follows_moves_the_rest():
    moved = (
        "UID:a\nSUMMARY:Weekly, later\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261020T080000Z\n"
        "DTSTART;TZID=Europe/Berlin:20261021T140000\nDURATION:PT2H"
    )
    found = read(calendar(WEEKLY, moved))
    by_id = {item.key.native_id: item for item in found.items}
    assert {id_: f"{item.start_at:%d.%m. %H:%M}" for id_, item in by_id.items()} == {
        "a/20261006T080000Z": "06.10. 08:00",
        "a/20261013T080000Z": "13.10. 08:00",
        "a/20261020T080000Z": "21.10. 12:00",
        # After the change of the clocks it is still at two in the afternoon.
        "a/20261027T090000Z": "28.10. 13:00",
        "a/20261103T090000Z": "04.11. 13:00",
        "a/20261110T090000Z": "11.11. 13:00",
    }
    assert by_id["a/20261103T090000Z"].title == "Weekly, later"
    assert by_id["a/20261103T090000Z"].end_at == datetime(2026, 11, 4, 15, tzinfo=UTC)


def test_how_far_it_moves_is_reckoned_on_the_wall_clock():
    moved = (
        "UID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261020T080000Z\n"
        "DTSTART;TZID=Europe/Berlin:20261027T140000"
    )
    found = read(calendar(WEEKLY, moved))
    assert [f"{item.start_at:%d.%m. %H:%M}" for item in found.items[2:]] == [
        "03.11. 13:00", "10.11. 13:00", "17.11. 13:00", "27.10. 13:00",
    ]  # fmt: skip


def test_of_two_such_changes_the_later_one_counts_and_single_ones_stay():
    def changed(original: str, day: str, mark: str = ";RANGE=THISANDFUTURE") -> str:
        return (
            f"UID:a\nRECURRENCE-ID{mark};VALUE=DATE:202612{original}\n"
            f"DTSTART;VALUE=DATE:202612{day}"
        )

    series = "UID:a\nDTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;INTERVAL=7;COUNT=5"
    rows = [changed("22", "24"), changed("08", "09"), changed("15", "19", "")]
    assert sorted(days(read(calendar(series, *rows)))) == [
        "01.12.", "09.12.", "19.12.", "24.12.", "31.12.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "rule", "hours"),
    [
        # Berlin leaves summer time on 25 October, enters it on 28 March.
        ("20261024T100000", "FREQ=DAILY;COUNT=2", ["08:00", "09:00"]),
        ("20270327T100000", "FREQ=DAILY;COUNT=2", ["09:00", "08:00"]),
        # 02:30 exists twice on the one day and not at all on the other.
        ("20261025T023000", "FREQ=DAILY;COUNT=1", ["00:30"]),
        ("20270328T023000", "FREQ=DAILY;COUNT=1", ["01:30"]),
    ],
)
def test_the_local_hour_stays_over_both_changes_of_the_clocks(start, rule, hours):
    found = read(calendar(f"UID:a\nDTSTART;TZID=Europe/Berlin:{start}\nRRULE:{rule}"))
    assert [f"{item.start_at:%H:%M}" for item in found.items] == hours
    first = datetime.strptime(start[:8], "%Y%m%d").date()
    assert [item.first_day for item in found.items] == [
        first + timedelta(days=n) for n in range(len(hours))
    ]


@pytest.mark.parametrize(
    "lines",
    [
        "DTSTART:00010101T000000Z\nRRULE:FREQ=DAILY",
        "DTSTART;TZID=Asia/Tokyo:00010101T000000",
        "DTSTART;VALUE=DATE:99991231",
        "DTSTART:99991231T235959Z\nDURATION:P1D",
        "DTSTART;TZID=America/New_York:99991231T235959",
        "DTSTART:20261201T100000Z\nRECURRENCE-ID;TZID=Asia/Tokyo:00010101T000000",
    ],
)
def test_dates_at_the_ends_of_time_are_problems(lines):
    found = read(calendar("UID:good\nDTSTART;VALUE=DATE:20261201", f"UID:a\n{lines}"))
    assert [item.key.native_id for item in found.items] == ["good"]
    assert [problem.native_id for problem in found.problems] == ["a"]


def test_a_private_event_leaves_nothing_but_its_times():
    private = (
        "UID:a\nDTSTART:20261201T100000Z\nDTEND:20261201T110000Z\nCLASS:PRIVATE\nSUMMARY:Layoffs\n"
        "DESCRIPTION:PAY-1\nLOCATION:Room 7\nORGANIZER:mailto:boss@example.com\nSEQUENCE:4\n"
        "ATTENDEE:mailto:bo@example.com\nURL:https://x.example\nCREATED:20260101T000000Z\n"
        "X-MICROSOFT-CDO-BUSYSTATUS:OOF\nX-GOOGLE-CONFERENCE:https://meet.example/k"
    )
    found = read(calendar(private))
    (item,) = found.items
    assert (item.title, item.refs, item.attendees, item.organiser) == ("", (), (), None)
    assert (item.ical_uid, item.url, item.type, item.sequence) == (None, "", "default", 0)
    assert item.created_at is None
    assert item.private
    assert found.accounts == []


def test_a_cancelled_series_is_cancelled_instance_by_instance():
    found = read(calendar(WEEKLY + "\nSTATUS:CANCELLED"))
    assert {item.status for item in found.items} == {"cancelled"}
    assert len(found.items) == 6


def test_a_day_that_is_left_out_of_a_timed_series_is():
    found = read(calendar(f"{WEEKLY}\nEXDATE;VALUE=DATE:20261013,20261027"))
    assert days(found) == ["06.10.", "20.10.", "03.11.", "10.11."]


def test_a_time_that_is_left_out_of_a_series_of_days_is_its_day():
    series = "UID:a\nDTSTART;VALUE=DATE:20261006\nRRULE:FREQ=WEEKLY;COUNT=3"
    assert days(read(calendar(f"{series}\nEXDATE:20261013T080000Z"))) == ["06.10.", "20.10."]


def test_an_instance_named_by_its_day_is_that_of_the_series():
    moved = "UID:a\nRECURRENCE-ID;VALUE=DATE:20261103\nDTSTART;TZID=Europe/Berlin:20261105T100000"
    whole = {item.key for item in read(calendar(WEEKLY)).items}
    for rows in ((WEEKLY, moved), (moved, WEEKLY)):
        found = read(calendar(*rows))
        assert sorted(days(found)) == ["05.11.", "06.10.", "10.11.", "13.10.", "20.10.", "27.10."]
        assert {item.key for item in found.items} == whole, "its identity is that it had before"


def test_all_that_follow_an_instance_named_by_its_day_move_with_it():
    moved = (
        "UID:a\nRECURRENCE-ID;VALUE=DATE;RANGE=THISANDFUTURE:20261027\n"
        "DTSTART;TZID=Europe/Berlin:20261028T120000"
    )
    found = read(calendar(WEEKLY, moved))
    assert sorted(days(found)) == ["04.11.", "06.10.", "11.11.", "13.10.", "20.10.", "28.10."]
    assert {item.start_at.hour for item in found.items if item.first_day.day == 11} == {11}


WHOLE_DAYS = "UID:a\nSUMMARY:Freeze\nDTSTART;VALUE=DATE:20261127\nRRULE:FREQ=DAILY;"


@pytest.mark.parametrize(
    ("zone", "until"),
    [
        # Exchange: midnight of the last day, or its end, in the calendar's zone, told in UTC.
        ("Europe/Berlin", "20261129T230000Z"),
        ("Europe/Berlin", "20261130T225959Z"),
        ("America/Los_Angeles", "20261130T080000Z"),
        ("America/Los_Angeles", "20261201T075959Z"),
        # Others: the day itself, with some hour.
        ("America/Los_Angeles", "20261130T000000Z"),
        ("Asia/Tokyo", "20261130T120000Z"),
        ("Europe/Berlin", "20261130T000000"),
    ],
)
def test_a_series_of_whole_days_that_ends_at_a_time_ends_on_the_day_that_is_meant(zone, until):
    found = read(calendar(f"{WHOLE_DAYS}UNTIL={until}"), zone=zone)
    assert days(found) == ["27.11.", "28.11.", "29.11.", "30.11."]


@pytest.mark.parametrize(
    ("zone", "instant"),
    [("Europe/Berlin", "20261128T230000Z"), ("America/Los_Angeles", "20261129T080000Z"),
     ("America/Los_Angeles", "20261129T000000Z")],
)  # fmt: skip
def test_a_whole_day_is_known_by_the_time_at_which_it_begins(zone, instant):
    series = f"{WHOLE_DAYS}COUNT=4"
    assert days(read(calendar(f"{series}\nEXDATE:{instant}"), zone=zone)) == [
        "27.11.", "28.11.", "30.11.",
    ]  # fmt: skip
    moved = f"UID:a\nRECURRENCE-ID:{instant}\nDTSTART;VALUE=DATE:20261203"
    found = read(calendar(series, moved), zone=zone)
    assert days(found) == ["27.11.", "28.11.", "30.11.", "03.12."]
    assert found.items[-1].key.native_id == "a/20261129"


@pytest.mark.parametrize(
    ("begins", "was"),
    [("DTSTART;TZID=Europe/Berlin:", "RECURRENCE-ID:20261208T090000"),
     ("DTSTART:", "RECURRENCE-ID:20261208T080000Z")],
)  # fmt: skip
def test_a_moved_meeting_is_not_there_twice_where_only_one_of_its_times_has_a_zone(begins, was):
    series = f"UID:a\n{begins}20261201T090000\nRRULE:FREQ=WEEKLY;COUNT=3"
    moved = f"UID:a\n{was}\n{begins}20261209T110000"
    assert days(read(calendar(series, moved), zone="Europe/Berlin")) == [
        "01.12.", "15.12.", "09.12.",
    ]  # fmt: skip
    left_out = was.replace("RECURRENCE-ID", "EXDATE")
    assert days(read(calendar(f"{series}\n{left_out}"), zone="Europe/Berlin")) == [
        "01.12.", "15.12.",
    ]  # fmt: skip


def test_what_a_rule_takes_out_is_taken_out():
    found = read(calendar(f"{WEEKLY}\nEXRULE:FREQ=MONTHLY;BYDAY=2TU;UNTIL=20261031T000000Z"))
    assert days(found) == ["06.10.", "20.10.", "27.10.", "03.11.", "10.11."]


def test_a_rule_that_is_never_true_ends_soon():
    begun = process_time()
    rows = "UID:odd\nDTSTART;VALUE=DATE:20261201\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
    assert len(days(read(calendar(rows, WEEKLY)))) == 7
    assert process_time() - begun < 6, "followed to the year 9999 it takes 15 seconds and more"


def test_a_rule_is_followed_alike_in_every_century():
    rows = "UID:a\nDTSTART;TZID=Europe/Berlin:20080229T100000\nRRULE:FREQ=DAILY;BYMONTH=11"
    found = read(calendar(f"{rows};BYDAY=TU;UNTIL=20261118T100000Z"))
    assert days(found) == ["03.11.", "10.11.", "17.11."]


@pytest.mark.parametrize("days_named", ["FREQ=MONTHLY;BYDAY=9MO", "FREQ=DAILY;BYEASTER=400"])
def test_a_rule_that_names_no_day_is_a_problem_and_costs_no_other_event(days_named):
    found = read(
        calendar(f"UID:odd\nDTSTART;VALUE=DATE:20261201\nRRULE:{days_named}", WEEKLY), zone="UTC"
    )
    assert [one.native_id for one in found.problems] == ["odd"]
    assert "its rule names a day that is not in the calendar" in found.problems[0].reason
    assert (len(found.items), found.is_whole) == (6, False)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://cal.example/e/1", True),
        ("https://cal.example.evil.example/e/1", False),
        ("https://evil.example/sign-in", False),
        ("https://cal.example@evil.example/", False),
        ("https://[x/", False),
    ],
)
def test_an_address_that_an_invitation_brings_is_no_link_of_ours(url, kept):
    (item,) = read(
        calendar(f"UID:a\nDTSTART;VALUE=DATE:20261201\nURL:{url}"), host="cal.example"
    ).items
    assert item.url == (url if kept else "")


def test_a_character_that_no_database_holds_is_in_no_identity():
    (item,) = read(calendar("UID:a\0b\nSUMMARY:x\0y\nDTSTART;VALUE=DATE:20261201")).items
    assert (item.key.native_id, item.title) == ("a\ufffdb", "x\ufffdy")
