"""What is kept of events and for how long: set aside, healed, private, and nothing too much."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.demo.simulators.server import Answer

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PLAN = "plan@group.calendar.example.com"


def at(day: int) -> datetime:
    return datetime(2026, 12, day, 10, tzinfo=UTC)


def spoil(simulator: Any, event: str) -> Any:
    """Every answer that holds the event holds it without sense."""

    def bad(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "start": {"dateTime": "soon"}} if row.get("id") == event else row

    def change(answer: Answer) -> Answer:
        body = dict(answer.body)
        if "items" in body:
            body["items"] = [bad(row) for row in body["items"]]
        return Answer(status=answer.status, body=bad(body))

    return simulator.fail("/events", change=change)


def asked(simulator: Any) -> list[str]:
    """Last parts of the paths asked for since the last look."""
    found = [r.path.rpartition("/")[2] for r in simulator.requests if r.path != "/token"]
    simulator.requests.clear()
    return found


def test_a_pull_with_nothing_new_costs_one_request(simulator, pull):
    simulator.add_event(PLAN, "Launch", at(1))
    first = pull()
    asked(simulator)
    pull(first.cursor)
    assert asked(simulator) == ["events"]


def test_an_event_set_aside_is_asked_for_again_and_heals(simulator, pull):
    launch = simulator.add_event(PLAN, "Launch", at(1))
    simulator.add_event(PLAN, "Review", at(2))
    fault = spoil(simulator, launch)
    first = pull()
    assert [problem.native_id for problem in first.problems] == [launch]
    asked(simulator)
    second = pull(first.cursor)
    assert [problem.native_id for problem in second.problems] == [launch]
    assert asked(simulator) == ["events", launch]
    simulator.mend(fault)
    third = pull(second.cursor)
    assert [item.title for item in third.items] == ["Launch"]
    assert third.problems == ()
    asked(simulator)
    pull(third.cursor)
    assert asked(simulator) == ["events"]


def test_one_that_was_edited_meanwhile_is_not_asked_for_twice(simulator, pull):
    launch = simulator.add_event(PLAN, "Launch", at(1))
    fault = spoil(simulator, launch)
    first = pull()
    simulator.mend(fault)
    simulator.edit_event(PLAN, launch, summary="Launch 2")
    asked(simulator)
    assert [item.title for item in pull(first.cursor).items] == ["Launch 2"]
    assert asked(simulator) == ["events"]


def test_one_that_is_no_more_is_let_go(simulator, pull):
    launch = simulator.add_event(PLAN, "Launch", at(1))
    fault = spoil(simulator, launch)
    first = pull()
    simulator.mend(fault)
    simulator.fail(f"/events/{launch}", status=404)
    second = pull(first.cursor)
    assert (second.items, second.gone, second.problems) == ((), (), ())
    asked(simulator)
    pull(second.cursor)
    assert asked(simulator) == ["events"]


def test_a_bound_number_is_asked_for_again(simulator, pull, monkeypatch):
    monkeypatch.setattr("syncd.connectors.google_calendar.cursor.MOST", 2)
    for day in range(1, 6):
        simulator.add_event(PLAN, "bad", at(day), id=f"bad{day}")
    bad = {"status": "confirmed", "start": {"dateTime": "soon"}}

    def change(answer: Answer) -> Answer:
        items = answer.body.get("items")
        rows = [{**row, **bad} for row in items] if items is not None else None
        body = {**answer.body, **bad} if rows is None else {**answer.body, "items": rows}
        return Answer(body=body)

    simulator.fail("/events", change=change)
    first = pull()
    assert len(first.problems) == 5
    asked(simulator)
    pull(first.cursor)
    assert asked(simulator) == ["events", "bad1", "bad2"]


@pytest.mark.parametrize("status", [410])
def test_a_page_token_that_grew_too_old_starts_the_listing_anew(
    simulator, pull, monkeypatch, status
):
    monkeypatch.setattr("syncd.connectors.google_calendar.client.PAGE_SIZE", 2)
    for day in range(1, 6):
        simulator.add_event(PLAN, f"Day {day}", at(day))
    simulator.fail(lambda request: "pageToken" in request.query, status=status, times=1)
    page = pull()
    assert page.listing
    assert {item.title for item in page.items} == {f"Day {day}" for day in range(1, 6)}


def test_an_event_that_moves_out_while_it_is_listed_is_not_lost(simulator, pull):
    """The far events are listed after the sync token was given, so the next pull brings the move."""
    launch = simulator.add_event(PLAN, "Launch", at(1))
    moved = []

    def move_before_the_far_ones(answer: Answer) -> Answer:
        if not moved:
            simulator.move_event(PLAN, launch, at(1) + timedelta(days=300))
            moved.append(launch)
        return answer

    simulator.fail(
        lambda request: request.query.get("singleEvents") == "false",
        change=move_before_the_far_ones,
    )
    first = pull()
    assert [item.title for item in first.items] == ["Launch"]
    (late,) = pull(first.cursor).items
    assert late.first_day == (at(1) + timedelta(days=300)).date()


CONFIDENTIAL = {
    "description": "See PAY-1",
    "location": "Room 7",
    "attendees": [{"email": "bo@example.com", "displayName": "Bo"}],
    "organizer": {"email": "boss@example.com", "displayName": "Boss"},
    "creator": {"email": "boss@example.com"},
    "conferenceData": {"conferenceId": "meet-k3y", "entryPoints": [{"uri": "https://meet.k3y"}]},
    "hangoutLink": "https://meet.k3y/x",
    "attachments": [{"title": "Plan k3y", "fileUrl": "https://drive.k3y"}],
    "extendedProperties": {"private": {"k": "k3y"}},
    "iCalUID": "layoffs@example.com",
}
TOLD = (
    "Layoffs",
    "PAY-1",
    "Room 7",
    "bo@",
    "Bo",
    "boss",
    "k3y",
    "layoffs",
    "calendar.example.com/",
)


@pytest.mark.parametrize("visibility", ["private", "confidential"])
@pytest.mark.parametrize("role", ["reader", "writer", "owner", "writerWithoutPrivateAccess"])
def test_of_a_private_event_nothing_but_its_times_leaves_the_connector(
    simulator, pull, visibility, role
):
    simulator.calendars[PLAN].role = role
    simulator.add_event(PLAN, "Layoffs", at(1), visibility=visibility, **CONFIDENTIAL)
    page = pull()
    (item,) = page.items
    assert item.private
    assert item.first_day == at(1).date()
    assert page.accounts == ()
    assert not [word for word in TOLD if word in repr(page)]


def test_an_event_that_becomes_private_loses_what_was_told(simulator, pull):
    launch = simulator.add_event(PLAN, "Layoffs", at(1), **CONFIDENTIAL)
    first = pull()
    simulator.edit_event(PLAN, launch, visibility="private")
    page = pull(first.cursor)
    assert [item.title for item in page.items] == [""]
    assert not [word for word in TOLD if word in repr(page)]


def test_where_people_meet_is_not_kept_of_any_event(simulator, pull):
    simulator.add_event(PLAN, "Launch", at(1), **CONFIDENTIAL)
    page = pull()
    for word in ("k3y", "Room 7", "See PAY"):
        assert word not in repr(page)


def test_a_private_absence_is_a_busy_time(simulator, pull):
    away = {"eventType": "outOfOffice", "visibility": "private"}
    simulator.add_event(PLAN, "Surgery", at(1), **away)
    (item,) = pull().items
    assert (item.type, item.title, item.private) == ("default", "", True)


@pytest.mark.parametrize(
    ("type_", "kept"),
    [
        ("outOfOffice", ("out_of_office", "")),
        ("focusTime", ("focus", "Deep work")),
        ("fromGmail", ("default", "Deep work")),
        ("workingLocation", None),
        ("birthday", None),
    ],
)
def test_what_is_kept_of_each_type(simulator, pull, type_, kept):
    simulator.add_event(PLAN, "Deep work", at(1), eventType=type_)
    assert [(item.type, item.title) for item in pull().items] == ([kept] if kept else [])


def test_attendees_that_are_hidden_or_left_out_are_not_made_up(simulator, pull):
    bo = {"email": "bo@example.com", "responseStatus": "accepted"}
    hidden = simulator.add_event(PLAN, "Hidden", at(1), guestsCanSeeOtherGuests=False)
    part = simulator.add_event(PLAN, "Part", at(2), attendees=[bo], attendeesOmitted=True)
    found = {item.key.native_id: item for item in pull().items}
    assert found[hidden].attendees == ()
    assert [one.account for one in found[part].attendees] == ["bo@example.com"]


@pytest.mark.parametrize(
    "times",
    [
        {"start": {"date": "0001-01-01"}, "end": {"date": "0001-01-01"}},
        {"start": {"date": "9999-12-31"}},
        {"start": {"dateTime": "0001-01-01T00:00:00+09:00"}},
        {"start": {"dateTime": "9999-12-31T23:59:59-09:00"}},
        {"start": {"dateTime": "2026-12-01T10:00:00"}, "end": {"dateTime": "x"}},
    ],
)
def test_dates_at_the_ends_of_time_are_set_aside_and_stop_nothing(simulator, pull, times):
    simulator.add_event(PLAN, "Launch", at(1))
    odd = {"id": "odd", "status": "confirmed", **times}

    def change(answer: Answer) -> Answer:
        return Answer(body={**answer.body, "items": [odd, *answer.body["items"]]})

    simulator.fail(lambda r: r.query.get("singleEvents") == "true", change=change)
    page = pull()
    assert [item.title for item in page.items] == ["Launch"]
    assert {problem.native_id for problem in page.problems} == {"odd"}
    assert page.listing
