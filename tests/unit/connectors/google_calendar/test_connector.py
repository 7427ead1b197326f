"""The connector against the simulated Google Calendar: real sockets, real client library."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from syncd.connectors.google_calendar.connector import GoogleCalendarConnector
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.demo.simulators.server import Answer
from syncd.errors import (
    AuthError,
    NotVisible,
    RateLimited,
    SourceError,
    Unavailable,
    UnexpectedAnswer,
)
from syncd.interfaces import Connector, Mark, Page
from syncd.testing.pages import whole

EMPTY = Answer(body={"kind": "calendar#events", "items": []})
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
PLAN = "plan@group.calendar.example.com"


def at(day: int, hour: int = 10, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=BERLIN)


def read(connector: GoogleCalendarConnector, cursor: str | None = None, scope: str = PLAN) -> Page:
    return whole(connector.pull(scope, cursor))


def days(page: Page) -> dict[str, date]:
    return {item.title: item.first_day for item in page.items}


def lists(simulator: GoogleCalendarSimulator) -> list[Any]:
    return [request for request in simulator.requests if request.path.endswith("/events")]


def test_it_is_a_connector(connector):
    assert isinstance(connector, Connector)
    assert connector.interface == 1
    assert list(connector.scopes()) == [PLAN]


def test_the_first_pull_names_the_whole_window_and_far_single_events(simulator, connector):
    simulator.add_event(PLAN, "Launch", at(1))
    simulator.add_event(PLAN, "Freeze", date(2026, 12, 18), date(2027, 1, 4))
    simulator.add_event(PLAN, "Next year", at(1) + timedelta(days=300))
    simulator.add_event(PLAN, "Long ago", at(1) - timedelta(days=300))
    series = simulator.add_event(PLAN, "Weekly", at(2), recurrence="FREQ=WEEKLY")
    page = read(connector)
    assert page.listing
    assert page.cursor
    assert {"Launch": date(2026, 12, 1), "Freeze": date(2026, 12, 18)}.items() <= days(page).items()
    assert days(page)["Next year"] == date(2027, 9, 27)
    assert "Long ago" not in days(page)
    weekly = [item for item in page.items if item.recurring_id == series]
    assert [item.first_day for item in weekly][:2] == [date(2026, 12, 2), date(2026, 12, 9)]
    assert max(item.first_day for item in weekly) <= date(2026, 11, 23) + timedelta(days=180)
    assert not page.problems


def test_a_second_pull_brings_nothing(simulator, connector):
    simulator.add_event(PLAN, "Launch", at(1))
    first = read(connector)
    second = read(connector, first.cursor)
    assert second.items == second.gone == ()
    assert not second.listing
    assert read(connector, second.cursor).items == ()


def test_a_moved_event_comes_with_its_new_day_and_the_same_identity(simulator, connector):
    launch = simulator.add_event(PLAN, "Launch", at(1))
    first = read(connector)
    simulator.now += timedelta(hours=1)
    simulator.move_event(PLAN, launch, at(8))
    second = read(connector, first.cursor)
    assert days(second) == {"Launch": date(2026, 12, 8)}
    assert second.items[0].key == first.items[0].key
    assert second.items[0].updated_at == NOW + timedelta(hours=1)


def test_a_cancelled_event_that_tells_its_time_stays_as_cancelled(simulator, connector):
    launch = simulator.add_event(PLAN, "Launch", at(1))
    first = read(connector)
    simulator.cancel_event(PLAN, launch)
    second = read(connector, first.cursor)
    assert [(item.title, item.status) for item in second.items] == [("Launch", "cancelled")]
    assert second.gone == ()
    assert [item.status for item in read(connector).items] == ["cancelled"]


def test_a_tombstone_is_gone(simulator, connector):
    launch = simulator.add_event(PLAN, "Launch", at(1))
    series = simulator.add_event(PLAN, "Weekly", at(2), recurrence="FREQ=WEEKLY;COUNT=3")
    first = read(connector)
    simulator.cancel_event(PLAN, launch, bare=True)
    instance = simulator.cancel_instance(PLAN, series, at(9))
    second = read(connector, first.cursor)
    assert second.items == ()
    assert sorted(key.native_id for key in second.gone) == sorted([launch, instance])


def test_a_cancelled_series_is_gone_instance_by_instance(simulator, connector):
    series = simulator.add_event(PLAN, "Weekly", at(2), recurrence="FREQ=WEEKLY;COUNT=3")
    first = read(connector)
    simulator.cancel_event(PLAN, series)
    assert set(read(connector, first.cursor).gone) == {item.key for item in first.items}


def test_a_moved_instance_keeps_its_original_start(simulator, connector):
    series = simulator.add_event(PLAN, "Weekly", at(2), recurrence="FREQ=WEEKLY;COUNT=3")
    first = read(connector)
    simulator.move_instance(PLAN, series, at(9), at(11))
    (moved,) = read(connector, first.cursor).items
    assert moved.first_day == date(2026, 12, 11)
    assert moved.original_start == "2026-12-09T10:00:00+01:00"
    assert moved.recurring_id == series
    assert moved.key in {item.key for item in first.items}


def test_a_flood_of_far_instances_is_cut_at_the_horizon(simulator, connector):
    series = simulator.add_event(PLAN, "Weekly", at(2), recurrence="FREQ=WEEKLY")
    first = read(connector)
    simulator.edit_event(PLAN, series, summary="Weekly sync")
    second = read(connector, first.cursor)
    assert {item.key for item in second.items} == {item.key for item in first.items}


def test_a_single_event_that_moves_beyond_the_horizon_is_told_and_stays(simulator, connector):
    launch = simulator.add_event(PLAN, "Launch", at(1))
    first = read(connector)
    simulator.move_event(PLAN, launch, at(1) + timedelta(days=365))
    second = read(connector, first.cursor)
    assert days(second) == {"Launch": date(2027, 12, 1)}
    simulator.now += timedelta(days=1)
    third = read(connector, second.cursor)
    assert third.listing, "a listing without it would make it gone"
    assert days(third) == {"Launch": date(2027, 12, 1)}


def test_the_next_day_the_window_is_listed_anew_and_has_moved(simulator, connector):
    edge = at(1) + timedelta(days=180)
    simulator.add_event(PLAN, "Weekly", edge, recurrence="FREQ=WEEKLY;COUNT=2")
    first = read(connector)
    assert days(first) == {}
    simulator.now += timedelta(days=8)
    second = read(connector, first.cursor)
    assert second.listing
    assert days(second) == {"Weekly": edge.date()}
    assert not read(connector, second.cursor).listing


def test_an_expired_position_is_read_in_full(simulator, connector):
    simulator.add_event(PLAN, "Launch", at(1))
    first = read(connector)
    simulator.expire_sync_tokens(PLAN)
    again = read(connector, first.cursor)
    assert again.listing
    assert again.items == first.items


def test_details_lost_together_with_the_position_are_kept(simulator, connector):
    simulator.add_event(PLAN, "Launch", at(1))
    first = read(connector)
    simulator.expire_sync_tokens(PLAN)
    simulator.calendars[PLAN].role = "freeBusyReader"
    with pytest.raises(NotVisible, match="busy times only now"):
        read(connector, first.cursor)


@pytest.mark.parametrize(
    "changed",
    [{"horizon_days": 30}, {"history_days": 7}, {"calendars": [], "holiday_calendars": [PLAN]}],
)
def test_other_parameters_mean_a_full_read(simulator, build, changed):
    simulator.add_event(PLAN, "Launch", at(1))
    first = read(build())
    second = read(build(**changed), first.cursor)
    assert second.listing
    assert "syncToken" not in lists(simulator)[-1].query


@pytest.mark.parametrize("cursor", ["", "nonsense", "[]", '{"sync_token": 1}', "{}"])
def test_a_cursor_that_is_none_of_ours_means_a_full_read(simulator, connector, cursor):
    assert read(connector, cursor).listing


def test_a_provider_that_gives_no_sync_token_is_listed_each_time(simulator, connector):
    def without(answer: Answer) -> Answer:
        body = {name: value for name, value in answer.body.items() if name != "nextSyncToken"}
        return Answer(status=answer.status, body=body)

    simulator.add_event(PLAN, "Launch", at(1))
    simulator.fail("/events", change=without)
    first = read(connector)
    second = read(connector, first.cursor)
    assert first.listing
    assert second.listing
    assert days(second) == days(first)


def test_pages_join_without_loss_and_each_is_asked_for_afresh(simulator, connector, monkeypatch):
    monkeypatch.setattr("syncd.connectors.google_calendar.client.PAGE_SIZE", 2)
    for day in range(1, 8):
        simulator.add_event(PLAN, f"Day {day}", at(day))
    pages = list(connector.pull(PLAN, None))
    assert [len(page.items) for page in pages] == [2, 2, 2, 1]
    assert [page.cursor is not None for page in pages] == [False, False, False, True]
    assert len({item.key for page in pages for item in page.items}) == 7
    tokens = [request.query.get("pageToken") for request in lists(simulator)]
    assert len({token for token in tokens if token}) == 3


def test_the_window_is_the_providers_not_ours(simulator, connector):
    simulator.now = datetime(2031, 5, 1, 12, tzinfo=UTC)
    simulator.add_event(PLAN, "Then", simulator.now + timedelta(days=2))
    assert days(read(connector)) == {"Then": date(2031, 5, 3)}
    query = lists(simulator)[1].query
    assert query["timeMin"] == "2031-01-31T00:00:00+00:00"
    assert query["timeMax"] == "2031-10-29T00:00:00+00:00"


def test_reads_with_the_least_right_only(simulator, connector):
    read(connector)
    (scopes,) = set(simulator.sign_in._tokens.values())
    assert scopes == "https://www.googleapis.com/auth/calendar.events.readonly"
    assert {request.method for request in lists(simulator)} == {"GET"}


def test_acts_for_a_subject_where_configured(simulator, build):
    read(build(subject="dana@example.com"))
    assert simulator.sign_in.subjects == ["dana@example.com"]


def test_a_person_who_signed_in_can_read_too(simulator, build):
    simulator.add_event(PLAN, "Launch", at(1))
    assert days(read(build(credentials=simulator.authorised_user()))) == {
        "Launch": date(2026, 12, 1)
    }


def test_a_refused_access_token_is_renewed_once(simulator, connector):
    first = read(connector)
    simulator.sign_in.forget_tokens()
    assert read(connector, first.cursor).items == ()


def test_one_malformed_event_is_a_problem_and_the_rest_arrive(simulator, connector):
    simulator.add_event(PLAN, "Good", at(1))
    bad = {"id": "bad", "status": "confirmed", "start": {"dateTime": "soon"}}

    def spoil(answer: Answer) -> Answer:
        rows = [None, 7, {"status": "confirmed"}, bad]
        return Answer(body={**answer.body, "items": rows + answer.body["items"]})

    simulator.fail("/events", change=spoil)
    page = read(connector)
    assert [item.title for item in page.items] == ["Good"]
    assert {(problem.native_id, problem.reason) for problem in page.problems} == {
        ("", "event ?: it is not an event as described"),
        ("", "event ?: it has no id"),
        ("bad", "event bad: 'soon' is not a date with a time"),
    }


def error_of(connector: GoogleCalendarConnector, cursor: str | None = None) -> SourceError:
    with pytest.raises(SourceError) as caught:
        list(connector.pull(PLAN, cursor))
    error = caught.value
    assert error.source == "calendar"
    return error


def test_an_unknown_calendar_says_whom_to_share_it_with(simulator, connector):
    simulator.calendars.clear()
    error = error_of(connector)
    assert isinstance(error, NotVisible)
    assert error.scope == PLAN
    assert "cannot tell which" in str(error)
    assert simulator.sign_in.email in error.hint


def test_a_forbidden_calendar_is_not_visible(simulator, connector):
    body = {
        "error": {
            "code": 403,
            "message": "Forbidden",
            "errors": [{"domain": "calendar", "reason": "forbidden", "message": "Forbidden"}],
        }
    }
    simulator.fail("/events", status=403, body=body)
    error = error_of(connector)
    assert isinstance(error, NotVisible)
    assert simulator.sign_in.email in error.hint


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (403, "rateLimitExceeded"),
        (403, "userRateLimitExceeded"),
        (403, "quotaExceeded"),
        (403, "dailyLimitExceeded"),
        (403, "calendarUsageLimitsExceeded"),
        (429, "rateLimitExceeded"),
    ],
)
def test_a_quota_is_not_taken_for_a_missing_right(simulator, connector, status, reason):
    simulator.limit(status=status, reason=reason, times=None)
    assert isinstance(error_of(connector), RateLimited)


def test_a_short_limit_is_waited_out(simulator, connector):
    simulator.add_event(PLAN, "Launch", at(1))
    simulator.limit(retry_after="3", times=2)
    assert days(read(connector)) == {"Launch": date(2026, 12, 1)}


def test_a_long_limit_is_handed_on_with_its_time(simulator, connector):
    simulator.limit(retry_after="3600", times=None)
    error = error_of(connector)
    assert isinstance(error, RateLimited)
    assert error.retry_at == NOW + timedelta(hours=1)
    assert len(lists(simulator)) == 1


def test_a_passing_failure_is_retried_and_a_lasting_one_told(simulator, connector):
    fault = simulator.fail("/events", status=503, times=2)
    assert read(connector).listing
    assert fault.times == 0
    simulator.fail("/events", status=500)
    assert isinstance(error_of(connector), Unavailable)


@pytest.mark.parametrize("fault", [{"reset": True}, {"truncate": True}])
def test_a_broken_connection_is_retried(simulator, connector, fault):
    simulator.add_event(PLAN, "Launch", at(1))
    simulator.fail("/events", times=1, **fault)
    assert days(read(connector)) == {"Launch": date(2026, 12, 1)}


@pytest.mark.parametrize(
    "body",
    [
        "<!doctype html><title>Sign in</title>",
        b"\xff\xfe{",
        b'{"kind": "calendar#events", "items": [',
        b"[" * 100_000,
        b"null",
        [],
        {"kind": "calendar#events"},
        {"items": []},
        {"kind": "calendar#events", "items": {}},
        {"error": {"code": 200}},
    ],
)
def test_an_answer_that_is_no_list_of_events_is_refused(simulator, connector, body):
    simulator.fail("/events", status=200, body=body)
    error = error_of(connector)
    assert isinstance(error, UnexpectedAnswer)
    assert PLAN in str(error)


def test_a_later_page_that_fails_leaves_no_cursor(simulator, connector, monkeypatch):
    monkeypatch.setattr("syncd.connectors.google_calendar.client.PAGE_SIZE", 2)
    for day in range(1, 6):
        simulator.add_event(PLAN, f"Day {day}", at(day))
    simulator.fail(lambda request: "pageToken" in request.query, status=500)
    pages = connector.pull(PLAN, None)
    first = next(pages)
    assert len(first.items) == 2
    assert not first.last
    assert first.cursor is None
    with pytest.raises(Unavailable):
        next(pages)


def test_pages_without_an_end_are_refused(simulator, connector):
    def endless(answer: Answer) -> Answer:
        return Answer(body={**answer.body, "nextPageToken": "again"})

    simulator.fail("/events", change=endless, times=2)
    simulator.fail("/events", status=200, body=endless(EMPTY).body)
    assert "without an end" in str(error_of(connector))


def test_a_revoked_grant_names_the_seven_days(simulator, connector):
    simulator.sign_in.revoked = True
    error = error_of(connector)
    assert isinstance(error, AuthError)
    assert "invalid_grant" in str(error)
    assert "7 days" in error.hint


def test_a_sign_in_server_that_is_down_is_no_bad_credential(simulator, connector):
    simulator.fail("/token", reset=True)
    assert isinstance(error_of(connector), Unavailable)


def test_a_token_refused_for_good_is_a_bad_credential(simulator, connector):
    simulator.fail("/events", status=401, body={"error": {"code": 401, "message": "Invalid"}})
    assert isinstance(error_of(connector), AuthError)
    assert len(lists(simulator)) == 2


def test_no_credential_is_told_with_the_place_to_put_it(build):
    error = error_of(build(credentials=None))
    assert isinstance(error, AuthError)
    assert "sources__calendar__credentials" in error.hint


def test_a_spoilt_key_is_told_without_showing_it(simulator, build):
    key = json.loads(simulator.service_account())
    line = "-----{} PRIVATE KEY-----"
    key["private_key"] = f"{line.format('BEGIN')}\nc2VjcmV0\n{line.format('END')}\n"
    error = error_of(build(credentials=json.dumps(key)))
    assert isinstance(error, AuthError)
    assert "c2VjcmV0" not in f"{error} {error.hint} {error.__cause__} {error.__context__}"


def test_a_redirect_to_another_host_is_refused(simulator, connector):
    headers = {"Location": "https://elsewhere.example.com/calendar"}
    simulator.fail("/events", status=302, headers=headers)
    error = error_of(connector)
    assert isinstance(error, UnexpectedAnswer)
    assert "another host" in str(error)


def test_titles_do_not_vanish_with_a_right(simulator, connector):
    simulator.add_event(PLAN, "Launch", at(1))
    first = read(connector)
    simulator.calendars[PLAN].role = "freeBusyReader"
    error = error_of(connector, first.cursor)
    assert isinstance(error, NotVisible)
    assert "busy times only" in str(error)
    simulator.now += timedelta(days=2)
    assert isinstance(error_of(connector, first.cursor), NotVisible)
    assert days(read(connector)) == {"": date(2026, 12, 1)}


def test_a_busy_only_calendar_gives_times_and_no_people(simulator, connector):
    simulator.calendars[PLAN].role = "freeBusyReader"
    simulator.add_event(PLAN, "Secret", at(1), attendees=[{"email": "bo@example.com"}])
    page = read(connector)
    (item,) = page.items
    assert (item.title, item.private, item.attendees) == ("", True, ())
    assert page.accounts == ()


def test_check_says_what_can_be_read_and_how_to_mend_the_rest(simulator, build):
    simulator.add_calendar("busy@example.com", summary="Busy", role="freeBusyReader")
    connector = build(calendars=[PLAN, "busy@example.com", "nobody@example.com"])
    signed_in, good, busy, bad = connector.check()
    assert signed_in.text == f"reads as {simulator.sign_in.email}"
    assert (good.mark, good.text) == (Mark.OK, 'calendar "Plan": readable as reader')
    assert busy.mark is Mark.WARNING
    assert "busy times only" in busy.text
    assert bad.mark is Mark.FAILED
    assert simulator.sign_in.email in bad.fix
    assert bad.exit_code == 4


def test_check_warns_of_delegation(build):
    _, first, _ = build(subject="dana@example.com").check()
    assert first.mark is Mark.WARNING
    assert "delegation" in first.text


def test_check_says_once_that_nobody_answers(simulator, build):
    connector = build(calendars=[PLAN, "b@example.com"])
    signed_in, *_ = connector.check()
    simulator.stop()
    _, only = connector.check()
    assert signed_in.mark is Mark.NOTE
    assert only.mark is Mark.FAILED
    assert "look whether this machine reaches it: curl -sSI http://127.0.0.1" in only.fix


def test_check_stops_at_a_bad_credential(simulator, build):
    simulator.sign_in.revoked = True
    _, only = build(calendars=[PLAN, "b@example.com"]).check()
    assert (only.mark, only.exit_code) == (Mark.FAILED, 4)
    (only,) = build(credentials=None).check()
    assert (only.mark, only.exit_code) == (Mark.FAILED, 4)


def test_no_secret_is_in_anything_that_people_see(simulator, build):
    user = json.loads(simulator.authorised_user())
    simulator.sign_in.revoked = True
    connector = build(credentials=json.dumps(user))
    error = error_of(connector)
    seen = " ".join(
        [
            f"{error!r} {error} {error.hint} {error.__cause__!r} {error.__context__!r}",
            repr(connector.settings),
            *(f"{check!r}" for check in connector.check()),
        ]
    )
    assert user["refresh_token"] not in seen
    assert user["client_secret"] not in seen


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"calendars": []}, "at least one calendar"),
        ({"calendars": ["a", "a"]}, '"a" is listed twice'),
        ({"calendars": ["a"], "holiday_calendars": ["a"]}, "listed twice"),
        ({"calendars": [" "]}, "empty"),
        ({"calendars": ["a"], "credentials": "s3cret"}, "is not JSON"),
        ({"calendars": ["a"], "credentials": '{"type": "x"}'}, "service account"),
        (
            {"calendars": ["a"], "credentials": '{"installed": {"client_id": "s3cret"}}'},
            "sign in with",
        ),
        (
            {"calendars": ["a"], "credentials": '{"type": "service_account", "client_email": "b"}'},
            "lacks private_key, token_uri",
        ),
        ({"calendars": ["a"], "url": "http://calendar.example.com"}, "https://"),
        ({"calendars": ["a"], "url": "https://me:pw@example.com"}, "user name or password"),
        ({"calendars": ["a"], "horizon_days": 0}, "greater than or equal to 1"),
        ({"calendars": ["a"], "calender": "b"}, "Extra inputs"),
    ],
)
def test_a_bad_section_is_refused_unechoed(section, says):
    with pytest.raises(ValueError) as caught:
        GoogleCalendarConnector.Settings.model_validate(section)
    assert says in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "me:pw" not in str(caught.value)


def test_the_library_does_not_tell_each_command_that_its_python_ends():
    """It goes by the calendar: here by that of a day on which each of today's versions has ended."""
    script = (
        "import datetime\n"
        "class Day(datetime.date):\n"
        "    today = classmethod(lambda day: day(2040, 1, 1))\n"
        "datetime.date = Day\n"
        "import syncd.connectors.google_calendar.client"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
