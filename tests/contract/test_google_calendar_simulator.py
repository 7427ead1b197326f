"""The simulated Google Calendar answers as the description in Google's own package says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import googleapiclient.discovery_cache
import jsonschema
import pytest
import requests
from google.auth.transport.requests import Request
from google.oauth2 import service_account

from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator

DESCRIPTION = json.loads(
    (
        Path(googleapiclient.discovery_cache.__file__).parent / "documents" / "calendar.v3.json"
    ).read_text()
)
LIST = DESCRIPTION["resources"]["events"]["methods"]["list"]
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
PLAN = "plan@group.calendar.example.com"
GCAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "gcal"
DOCUMENTED_ENUMS = {
    ("Event", "status"): {"confirmed", "tentative", "cancelled"},
    ("Event", "visibility"): {"default", "public", "private", "confidential"},
    ("Event", "transparency"): {"opaque", "transparent"},
    ("Event", "eventType"): {
        "default", "outOfOffice", "focusTime", "workingLocation", "birthday", "fromGmail",
    },
    ("Events", "kind"): {"calendar#events"},
    ("Event", "kind"): {"calendar#event"},
    ("CalendarList", "kind"): {"calendar#calendarList"},
    ("CalendarListEntry", "kind"): {"calendar#calendarListEntry"},
    ("CalendarListEntry", "accessRole"): {
        "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner",
    },
    ("Events", "accessRole"): {"none", "freeBusyReader", "reader", "writer", "owner"},
    ("EventAttendee", "responseStatus"): {"needsAction", "declined", "tentative", "accepted"},
}  # fmt: skip


def schema_of(name: str) -> dict[str, Any]:
    """A description's schema as JSON Schema that also refuses fields Google does not know."""
    definitions = {
        each: _converted(each, schema) for each, schema in DESCRIPTION["schemas"].items()
    }
    return {"$ref": f"#/definitions/{name}", "definitions": definitions}


def _converted(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return {"$ref": f"#/definitions/{schema['$ref']}"}
    found: dict[str, Any] = {}
    kind = schema.get("type")
    if kind and kind != "any":
        found["type"] = kind
    if "items" in schema:
        found["items"] = _converted(name, schema["items"])
    if "properties" in schema:
        found["additionalProperties"] = False
        found["properties"] = {}
        for field, inner in schema["properties"].items():
            made = _converted(f"{name}.{field}", inner)
            if (name, field) in DOCUMENTED_ENUMS:
                made["enum"] = sorted(DOCUMENTED_ENUMS[name, field])
            found["properties"][field] = made
    elif isinstance(schema.get("additionalProperties"), dict):
        found["additionalProperties"] = _converted(name, schema["additionalProperties"])
    if schema.get("format") in ("date-time", "date"):
        found["format"] = schema["format"]
    return found


def complain(answer: Any, name: str = "Events") -> list[str]:
    checker = jsonschema.FormatChecker(formats=())
    checker.checks("date-time", ValueError)(_is_aware)
    checker.checks("date", ValueError)(lambda text: bool(date.fromisoformat(text)))
    validator = jsonschema.Draft7Validator(schema_of(name), format_checker=checker)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer)]


def _is_aware(text: object) -> bool:
    return datetime.fromisoformat(str(text)).tzinfo is not None


@pytest.fixture
def simulator() -> Iterator[GoogleCalendarSimulator]:
    with GoogleCalendarSimulator(now=NOW) as running:
        running.add_calendar(PLAN, summary="Plan", zone="Europe/Berlin")
        yield running


def credentials_for(simulator: GoogleCalendarSimulator, scope: str) -> Any:
    key = json.loads(simulator.service_account())
    return service_account.Credentials.from_service_account_info(key, scopes=[scope])


@contextmanager
def signed_in(simulator: GoogleCalendarSimulator, scope: str) -> Iterator[requests.Session]:
    """Not by AuthorizedSession, which asks another Google host in a thread of its own."""
    credentials = credentials_for(simulator, scope)
    with requests.Session() as opened:
        credentials.refresh(Request(opened))
        credentials.apply(opened.headers)
        yield opened


@pytest.fixture
def session(simulator: GoogleCalendarSimulator) -> Iterator[requests.Session]:
    scope = "https://www.googleapis.com/auth/calendar.events.readonly"
    with signed_in(simulator, scope) as opened:
        opened.simulator = simulator
        yield opened


def ask(session: Any, calendar: str = PLAN, **query: Any) -> dict[str, Any]:
    answer = session.get(f"{session.simulator.url}/calendars/{calendar}/events", params=query)
    body = answer.json()
    if answer.status_code == 200:
        assert complain(body) == []
        assert set(query) <= set(LIST["parameters"])
    else:
        assert body["error"]["code"] == answer.status_code
        assert set(body["error"]["errors"][0]) == {"domain", "reason", "message"}
    return body


def at(day: int, hour: int = 10, month: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=BERLIN)


def ids(answer: dict[str, Any]) -> list[str]:
    return [row["id"] for row in answer["items"]]


def everything(simulator: GoogleCalendarSimulator) -> None:
    people = [{"email": "bo@example.com", "responseStatus": "needsAction", "displayName": "Bo"}]
    simulator.add_event(PLAN, "Go / no-go", at(1), attendees=people)
    simulator.add_event(PLAN, "Freeze", date(2026, 12, 18), date(2027, 1, 4))
    simulator.add_event(PLAN, "1:1", at(2), visibility="private")
    simulator.add_event(PLAN, "Away", at(3), eventType="outOfOffice", transparency="opaque")
    series = simulator.add_event(PLAN, "Weekly", at(4), recurrence="FREQ=WEEKLY;COUNT=4")
    simulator.move_instance(PLAN, series, at(11), at(14))
    simulator.cancel_instance(PLAN, series, at(18))
    gone = simulator.add_event(PLAN, "Old", at(5))
    simulator.cancel_event(PLAN, gone, bare=True)
    kept = simulator.add_event(PLAN, "Review", at(6))
    simulator.cancel_event(PLAN, kept)


def test_every_kind_of_event_is_as_described(simulator, session):
    everything(simulator)
    for query in ({}, {"singleEvents": "true"}, {"singleEvents": "true", "showDeleted": "true"}):
        assert ask(session, **query)["items"]
    simulator.calendars[PLAN].role = "freeBusyReader"
    shown = ask(session, singleEvents="true")["items"]
    assert shown
    assert all("summary" not in row for row in shown)


def test_the_checker_would_complain():
    good = {"kind": "calendar#events", "items": [{"id": "a", "status": "confirmed"}]}
    assert complain(good) == []
    assert complain({**good, "events": []})
    assert complain({"items": [{"id": 7}]})
    assert complain({"items": [{"status": "done"}]})
    assert complain({"items": [{"start": {"dateTime": "2026-12-01T10:00:00"}}]})


@pytest.mark.skipif(not GCAL.is_dir(), reason="recorded traffic (shared data gcal) is absent")
@pytest.mark.parametrize("name", ["okami_events.json", "oncall_outofoffice_event.json"])
def test_the_checker_accepts_recorded_events(name):
    for row in json.loads((GCAL / name).read_text()):
        assert complain(row, "Event") == []


def test_parameters_are_those_of_the_description():
    from syncd.demo.simulators import google_calendar

    described = set(LIST["parameters"]) | set(DESCRIPTION["parameters"])
    assert google_calendar._KNOWN | {"calendarId"} <= described
    for name in google_calendar._NOT_WITH_SYNC_TOKEN:
        assert name in LIST["parameters"]["syncToken"]["description"]


def test_errors_are_in_googles_shape(simulator, session):
    assert ask(session, "nobody@example.com")["error"]["errors"][0]["reason"] == "notFound"
    everything(simulator)
    token = ask(session)["nextSyncToken"]
    refused = ask(session, syncToken=token, timeMin="2026-12-01T00:00:00Z")
    assert refused["error"]["code"] == 400
    simulator.expire_sync_tokens(PLAN)
    assert ask(session, syncToken=token)["error"]["errors"][0]["reason"] == "fullSyncRequired"
    simulator.limit()
    assert ask(session)["error"]["errors"][0]["reason"] == "rateLimitExceeded"
    bare = requests.get(f"{simulator.url}/calendars/{PLAN}/events", timeout=60)
    assert bare.status_code == 401
    assert bare.json()["error"]["errors"][0]["reason"] == "authError"


def test_the_calendar_list_needs_a_right_of_its_own(simulator, session):
    answer = session.get(f"{simulator.url}/users/me/calendarList")
    assert answer.status_code == 403
    assert answer.json()["error"]["errors"][0]["reason"] == "insufficientPermissions"


def test_the_list_of_calendars_is_as_described(simulator, session):
    simulator.add_calendar("a@example.com", role="freeBusyReader", summaryOverride="A")
    simulator.add_calendar("b@example.com", role="writerWithoutPrivateAccess", primary=True)
    described = DESCRIPTION["resources"]["calendarList"]["methods"]["list"]
    with signed_in(simulator, described["scopes"][-2]) as opened:
        simulator.page_limit = 2
        first = opened.get(f"{simulator.url}/users/me/calendarList").json()
        query = {"pageToken": first["nextPageToken"], "maxResults": 2}
        last = opened.get(f"{simulator.url}/users/me/calendarList", params=query).json()
    assert set(query) <= set(described["parameters"])
    for answer in (first, last):
        assert complain(answer, "CalendarList") == []
        assert ("nextPageToken" in answer) != ("nextSyncToken" in answer)
    roles = described["parameters"]["minAccessRole"]["enum"]
    assert {row["accessRole"] for answer in (first, last) for row in answer["items"]} <= set(roles)


def test_an_event_by_its_id_is_as_described(simulator, session):
    everything(simulator)
    rows = ask(session, singleEvents="true", showDeleted="true")["items"]
    for row in rows:
        answer = session.get(f"{simulator.url}/calendars/{PLAN}/events/{row['id']}").json()
        assert complain(answer, "Event") == []
        assert answer == row
    missing = session.get(f"{simulator.url}/calendars/{PLAN}/events/nothing")
    assert missing.status_code == 404
    assert missing.json()["error"]["errors"][0]["reason"] == "notFound"


def test_a_cut_series_ends_and_another_begins_under_a_name_of_its_form(simulator, session):
    series = simulator.add_event(PLAN, "Weekly", at(1), recurrence="FREQ=WEEKLY;COUNT=5")
    token = ask(session, singleEvents="true")["nextSyncToken"]
    cut = simulator.cut_series(PLAN, series, at(15), at(16))
    assert cut == f"{series}_R20261215T090000"
    rows = ask(session, singleEvents="true", syncToken=token)["items"]
    gone = [row["originalStartTime"]["dateTime"][:10] for row in rows if "start" not in row]
    assert gone == ["2026-12-15", "2026-12-22", "2026-12-29"]
    new = [row for row in rows if row.get("recurringEventId") == cut]
    assert new[0]["id"] == f"{cut}_20261216T090000Z"
    assert new[0]["iCalUID"].startswith(cut)
    (old, begun) = ask(session, showDeleted="true")["items"]
    assert old["recurrence"] == ["RRULE:FREQ=WEEKLY;UNTIL=20261214"]
    assert begun["start"]["dateTime"] == "2026-12-16T10:00:00+01:00"


@pytest.mark.skipif(not GCAL.is_dir(), reason="recorded traffic (shared data gcal) is absent")
def test_the_form_of_a_cut_is_that_of_recorded_series():
    rows = json.loads((GCAL / "okami_events.json").read_text())
    cuts = [row for row in rows if "_R" in row["id"] and "start" in row]
    for row in cuts:
        begun = datetime.fromisoformat(row["start"]["dateTime"])
        assert row["id"].endswith(f"_R{begun.astimezone(UTC):%Y%m%dT%H%M%S}")
        assert row["iCalUID"].startswith(row["id"])
    assert len(cuts) == 1


def test_pages_join_to_the_whole_and_only_the_last_has_a_sync_token(simulator, session):
    everything(simulator)
    query = {"singleEvents": "true", "showDeleted": "true"}
    whole = ids(ask(session, **query))
    seen: list[str] = []
    answer = ask(session, maxResults=2, **query)
    while True:
        seen += ids(answer)
        if "nextPageToken" not in answer:
            break
        assert "nextSyncToken" not in answer
        answer = ask(session, maxResults=2, pageToken=answer["nextPageToken"], **query)
    assert seen == whole
    assert answer["nextSyncToken"]


def test_a_window_cuts_by_end_and_start(simulator, session):
    inside = simulator.add_event(PLAN, "in", at(2))
    simulator.add_event(PLAN, "before", at(1))
    simulator.add_event(PLAN, "after", at(3))
    shown = ask(session, timeMin=at(1, 11).isoformat(), timeMax=at(3, 10).isoformat())
    assert ids(shown) == [inside]


def test_a_sync_token_brings_what_changed_and_what_was_cancelled(simulator, session):
    one = simulator.add_event(PLAN, "one", at(1))
    two = simulator.add_event(PLAN, "two", at(2))
    token = ask(session)["nextSyncToken"]
    assert ids(ask(session, syncToken=token)) == []
    simulator.move_event(PLAN, one, at(8))
    simulator.cancel_event(PLAN, two)
    changed = ask(session, syncToken=token)["items"]
    assert [(row["id"], row["status"]) for row in changed] == [
        (one, "confirmed"),
        (two, "cancelled"),
    ]
    assert changed[0]["start"]["dateTime"] == "2026-12-08T10:00:00+01:00"


def test_a_weekly_series_is_expanded_at_its_local_hour(simulator, session):
    start = datetime(2026, 10, 22, 10, 0, tzinfo=BERLIN)
    series = simulator.add_event(PLAN, "w", start, recurrence="FREQ=WEEKLY;BYDAY=MO,TH;COUNT=4")
    rows = ask(session, singleEvents="true")["items"]
    assert [row["start"]["dateTime"] for row in rows] == [
        "2026-10-22T10:00:00+02:00",
        "2026-10-26T10:00:00+01:00",
        "2026-10-29T10:00:00+01:00",
        "2026-11-02T10:00:00+01:00",
    ]
    assert rows[0]["id"] == f"{series}_20261022T080000Z"
    assert {row["recurringEventId"] for row in rows} == {series}
    assert [row["id"] for row in ask(session)["items"]] == [series]


def test_touching_an_endless_series_floods_beyond_any_window(simulator, session):
    series = simulator.add_event(PLAN, "w", at(1), recurrence="FREQ=WEEKLY")
    token = ask(session, singleEvents="true", timeMax=at(31).isoformat())["nextSyncToken"]
    simulator.edit_event(PLAN, series, summary="weekly")
    assert len(ask(session, singleEvents="true", syncToken=token)["items"]) > 100


def test_a_refused_grant_says_so(simulator):
    simulator.sign_in.revoked = True
    answer = requests.post(f"{simulator.origin}/token", data={}, timeout=60)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"


def test_the_clock_is_the_simulators_own(simulator):
    simulator.now = NOW + timedelta(days=1)
    answer = requests.get(simulator.url, timeout=60)
    assert answer.headers["Date"] == "Tue, 24 Nov 2026 08:00:00 GMT"


PATCH = DESCRIPTION["resources"]["events"]["methods"]["patch"]


def patched(opened: Any, simulator: Any, event: str, body: Any, etag: str = "") -> Any:
    return opened.patch(
        f"{simulator.url}/calendars/{PLAN}/events/{event}", json=body,
        params={"sendUpdates": "none"}, headers={"If-Match": etag} if etag else {},
    )  # fmt: skip


def test_an_event_is_patched_as_described(simulator):
    from syncd.demo.simulators import google_writing

    assert {*PATCH["parameters"], *DESCRIPTION["parameters"]} >= google_writing.PARAMETERS
    assert set(DESCRIPTION["schemas"]["Event"]["properties"]) >= google_writing.FIELDS
    assert "none" in PATCH["parameters"]["sendUpdates"]["enum"]
    simulator.calendars[PLAN].role = "writer"
    event = simulator.add_event(PLAN, "Launch", date(2026, 12, 11))
    before = simulator.calendars[PLAN].events[event]["etag"]
    scope = "https://www.googleapis.com/auth/calendar.events"
    assert scope in PATCH["scopes"]
    with signed_in(simulator, scope) as opened:
        answer = patched(opened, simulator, event, {"description": "a word"}, before)
        assert answer.status_code == 200
        assert complain(answer.json(), "Event") == []
        assert answer.json()["etag"] != before
        late = patched(opened, simulator, event, {"description": "another"}, before)
        assert late.status_code == 412
        assert late.json()["error"]["code"] == 412
        assert patched(opened, simulator, "nothing", {}).status_code == 404


def test_who_may_only_read_patches_nothing(simulator, session):
    event = simulator.add_event(PLAN, "Launch", date(2026, 12, 11))
    assert patched(session, simulator, event, {}).status_code == 403
    with signed_in(simulator, "https://www.googleapis.com/auth/calendar.events") as opened:
        assert patched(opened, simulator, event, {}).status_code == 403
