"""Published calendars, read over real sockets from the simulated server."""

import gzip
import io
import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ics_simulator import IcsSimulator

from syncd import plugins
from syncd.connectors.ics.client import decoded
from syncd.connectors.ics.connector import IcsConnector
from syncd.connectors.ics.settings import https
from syncd.demo.simulators.server import Answer
from syncd.errors import ConfigError, NotVisible, SourceError, UnexpectedAnswer
from syncd.interfaces import Mark, Page
from syncd.model.snapshot import Scope
from syncd.retrying import retrying
from syncd.settings import load
from syncd.settings.loading import provenance
from syncd.store import open_store
from syncd.testing.pages import whole

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
LAUNCH = "SUMMARY:Launch\nDTSTART;TZID=Europe/Berlin:20261201T100000"


@pytest.fixture
def server() -> Iterator[IcsSimulator]:
    with IcsSimulator(now=NOW) as running:
        running.publish("release")
        yield running


@pytest.fixture
def build(server: IcsSimulator) -> Iterator[Any]:
    built = []

    def make(**changed: Any) -> IcsConnector:
        address = server.origin + server.calendars["release"].path
        section = {"calendars": {"release": address}, **changed}
        connector = IcsConnector("partners", IcsConnector.Settings.model_validate(section))
        connector.retry = retrying(60, sleep=lambda _: None)
        built.append(connector)
        return connector

    yield make
    for connector in built:
        connector.close()


@pytest.fixture
def connector(build: Any) -> IcsConnector:
    return build()


def read(connector: IcsConnector, cursor: str | None = None) -> Page:
    return whole(connector.pull("release", cursor))


def error_of(connector: IcsConnector, cursor: str | None = None) -> SourceError:
    with pytest.raises(SourceError) as caught:
        list(connector.pull("release", cursor))
    assert (caught.value.source, caught.value.scope) == ("partners", "release")
    return caught.value


def serve(server: IcsSimulator, body: bytes, kind: str = "text/calendar") -> None:
    headers = {"Content-Type": kind}
    server.fail("/basic.ics", change=lambda _: Answer(body=body, headers=headers))


def test_an_event_leads_to_the_calendars_own_host_or_nowhere(server, connector):
    server.put("release", "launch", f"{LAUNCH}\nURL:{server.origin}/launch")
    server.put("release", "lure", "SUMMARY:Lure\nDTSTART:20261201\nURL:https://evil.example/")
    assert {item.title: item.url for item in read(connector).items} == {
        "Launch": f"{server.origin}/launch",
        "Lure": "",
    }


def test_an_unchanged_calendar_costs_one_request_without_a_body(server, connector):
    server.put("release", "launch", LAUNCH)
    first = read(connector)
    assert [item.title for item in first.items] == ["Launch"]
    asked, received = connector.meter.requests, connector.meter.received_bytes
    server.now += timedelta(hours=1)
    second = read(connector, first.cursor)
    assert second.items == ()
    assert not second.listing
    assert connector.meter.requests == asked + 1
    assert connector.meter.received_bytes == received
    request = server.requests[-1]
    assert request.headers["if-none-match"] == '"1"'
    assert request.headers["if-modified-since"] == "Mon, 23 Nov 2026 08:00:00 GMT"


def test_a_server_that_tells_no_changes_is_compared_by_content(server, connector):
    server.tells_changes = False
    server.put("release", "launch", LAUNCH)
    first = read(connector)
    server.now += timedelta(minutes=5)
    assert read(connector, first.cursor).items == ()
    server.put("release", "launch", LAUNCH.replace("1201", "1208"))
    moved = read(connector, first.cursor)
    assert [item.first_day for item in moved.items] == [date(2026, 12, 8)]
    assert moved.listing


def test_when_the_file_was_made_is_no_change_of_its_events(server, connector):
    server.put("release", "launch", LAUNCH)
    first = read(connector)
    server.now += timedelta(hours=1)
    assert read(connector).items == first.items


def test_a_move_that_is_taken_back_is_taken_back_without_a_new_time_stamp(
    server, connector, tmp_path
):
    weekly = "DTSTART:20261201T100000Z\nRRULE:FREQ=WEEKLY;COUNT=2\nLAST-MODIFIED:20261101T080000Z"
    moved = weekly.replace("01T10", "10T10").replace(
        "RRULE:FREQ=WEEKLY;COUNT=2", "RECURRENCE-ID:20261208T100000Z"
    )
    moved = moved.replace("1101T08", "1120T08")
    server.put("release", "weekly", weekly)
    server.put("release", "weekly/moved", moved)
    with closing(open_store(f"sqlite:///{tmp_path}/syncd.db", now=NOW, own=True)) as store:
        for days in ([1, 10], [1, 8]):
            store.commit(Scope("partners", "release"), read(connector), NOW)
            assert [one.first_day.day for one in store.snapshot(NOW).events] == days
            server.clear("release")
            server.put("release", "weekly", weekly)


def test_the_next_day_the_window_has_moved(server, connector):
    edge = NOW.date() + timedelta(days=183)
    series = f"SUMMARY:Weekly\nDTSTART;VALUE=DATE:{edge:%Y%m%d}\nRRULE:FREQ=WEEKLY;COUNT=3"
    server.put("release", "weekly", series)
    first = read(connector)
    assert first.items == ()
    server.now += timedelta(days=4)
    second = read(connector, first.cursor)
    assert [item.first_day for item in second.items] == [edge]
    assert read(connector, second.cursor).items == ()


def test_a_clock_that_goes_back_changes_nothing(server, connector):
    server.put("release", "launch", LAUNCH)
    first = read(connector)
    server.now -= timedelta(days=2)
    second = read(connector, first.cursor)
    assert (second.items, second.listing, second.last) == ((), False, True)


@pytest.mark.parametrize("changed", [{"horizon_days": 7}, {"timezone": "Asia/Tokyo"}])
def test_other_settings_mean_a_new_reading(server, build, changed):
    server.put("release", "launch", LAUNCH)
    first = read(build())
    assert read(build(**changed), first.cursor).listing


@pytest.mark.parametrize("cursor", ["", "{}", "[]", "nonsense", '{"day": "x"}'])
def test_a_cursor_that_is_none_of_ours_means_a_full_read(connector, cursor):
    assert read(connector, cursor).listing


def test_an_emptied_calendar_is_kept_until_a_person_says_so(server, connector):
    server.put("release", "launch", LAUNCH)
    first = read(connector)
    server.clear("release")
    error = error_of(connector, first.cursor)
    assert isinstance(error, UnexpectedAnswer)
    assert "is empty now and had 1 events: they are kept" in str(error)
    assert error.hint == "if it really is empty: syncd sync partners --full"
    server.now += timedelta(days=2)
    assert isinstance(error_of(connector, first.cursor), UnexpectedAnswer)
    accepted = read(connector)
    assert accepted.listing
    assert accepted.items == ()


def test_a_file_cut_short_is_kept_out_whole(server, connector):
    whole = (
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20261201T100000Z\r\nEND:VEVENT\r\n"
    )
    serve(server, whole)
    error = error_of(connector)
    assert isinstance(error, UnexpectedAnswer)
    assert "line 1: this calendar does not end" in str(error)


def test_trouble_of_one_address_says_nothing_of_the_others(server, connector):
    server.fail("/basic.ics", status=503)
    assert error_of(connector).alone


def test_a_web_page_is_no_calendar(server, connector):
    serve(server, b"\n<!DOCTYPE html><title>Sign in</title>", "text/html")
    error = error_of(connector)
    assert "web page: login or proxy?" in str(error)
    assert "nobody is signed in" in error.hint


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_refused_address_names_where_the_new_one_goes(server, connector, status):
    server.put("release", "launch", LAUNCH)
    first = read(connector)
    server.fail("/basic.ics", status=status)
    error = error_of(connector, first.cursor)
    assert error.exit_code == (4 if status == 401 else 3)
    assert isinstance(error, NotVisible) is (status != 401)
    assert "secrets/sources__partners__calendars__CALENDAR" in error.hint


def test_a_redirect_away_tells_the_new_address_goes_into_the_secret(server, connector):
    server.fail("/basic.ics", status=302, headers={"Location": "https://elsewhere.example.com/x"})
    error = error_of(connector)
    assert "redirects to https://elsewhere.example.com; refused" in str(error)
    assert "calendars__CALENDAR" in error.hint


@pytest.mark.parametrize("target", ["//", "https://[bad"])
def test_a_redirect_that_leads_nowhere_is_refused(server, connector, target):
    server.fail("/basic.ics", status=302, headers={"Location": target})
    server.fail("/", status=302, headers={"Location": target})
    assert isinstance(error_of(connector), UnexpectedAnswer)


def test_a_304_that_nobody_asked_for_is_refused(server, connector):
    server.fail("/basic.ics", status=304)
    assert "unexpected answer 304" in str(error_of(connector))


ICS = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:Größe\nDTSTART:20261201T100000Z\nEND:VEVENT\nEND:VCALENDAR\n"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (ICS.encode(), "text/calendar"),
        (ICS.encode("utf-8-sig"), "text/calendar; charset=utf-8"),
        (ICS.encode("utf-16"), "text/calendar"),
        (ICS.encode("latin-1"), "text/calendar; charset=ISO-8859-1"),
        (ICS.encode("cp1252"), "application/octet-stream"),
        (ICS.encode(), 'text/calendar; charset="no-such"'),
        (b"\r\n" + ICS.replace("\n", "\r\n").encode(), "text/plain"),
    ],
)
def test_whatever_it_is_written_in(server, connector, body, kind):
    serve(server, body, kind)
    assert [item.title for item in read(connector).items] == ["Größe"]


def test_text_of_no_known_encoding_still_has_its_dates():
    assert decoded(b"DTSTART:20261201 \x81", "") == "DTSTART:20261201 \ufffd"


def test_a_packed_answer_is_unpacked(server, connector):
    body = gzip.compress(ICS.encode())
    headers = {"Content-Type": "text/calendar", "Content-Encoding": "gzip"}
    server.fail("/basic.ics", change=lambda _: Answer(body=body, headers=headers))
    assert [item.title for item in read(connector).items] == ["Größe"]
    assert "gzip" in server.requests[-1].headers["accept-encoding"]


def test_of_two_versions_the_higher_sequence_counts(server, connector):
    server.put("release", "launch/2", LAUNCH.replace("1201", "1208") + "\nSEQUENCE:2")
    server.put("release", "launch/1", LAUNCH + "\nSEQUENCE:1\nLAST-MODIFIED:20261120T080000Z")
    (item,) = read(connector).items
    assert item.first_day == date(2026, 12, 8)


def test_events_that_share_a_uid_are_told(server, connector):
    server.put("release", "same/1", LAUNCH)
    server.put("release", "same/2", LAUNCH.replace("1201", "1208"))
    page = read(connector)
    assert [item.first_day for item in page.items] == [date(2026, 12, 8)]
    (problem,) = page.problems
    assert (problem.native_id, problem.reason) == (
        "same",
        "release: several events have this UID; only the last one counts",
    )
    assert page.listing


def test_a_series_that_cannot_be_followed_proves_no_absence(server, connector):
    server.put("release", "launch", LAUNCH)
    server.put("release", "bad", "DTSTART:20261201T100000Z\nRRULE:FREQ=HOURLY")
    page = read(connector)
    assert [problem.native_id for problem in page.problems] == ["bad"]
    assert not page.listing, "its instances were not named, which does not make them gone"
    server.put("release", "bad", "SUMMARY:single\nDTSTART:soon")
    assert read(connector).listing, "the store protects a single event by its problem"


@pytest.mark.parametrize(("method", "listing"), [("PUBLISH", True), ("REQUEST", False)])
def test_a_message_about_some_events_is_no_listing(server, build, method, listing):
    server.publish("release", head=f"METHOD:{method}")
    server.put("release", "launch", LAUNCH)
    assert read(build()).listing is listing


def test_a_message_that_takes_events_back_cancels_them(server, build):
    server.publish("release", head="METHOD:CANCEL")
    server.put("release", "launch", LAUNCH)
    page = read(build())
    assert [item.status for item in page.items] == ["cancelled"]
    assert not page.listing


def test_a_large_calendar_comes_in_pages(server, connector, monkeypatch):
    monkeypatch.setattr("syncd.connectors.ics.connector.PAGE_SIZE", 2)
    for day in range(1, 6):
        server.put("release", f"e{day}", f"SUMMARY:{day}\nDTSTART:202612{day:02}T100000Z")
    pages = list(connector.pull("release", None))
    assert [len(page.items) for page in pages] == [2, 2, 1]
    assert [page.last for page in pages] == [False, False, True]
    assert [page.cursor is None for page in pages] == [True, True, False]


def test_another_thread_reads_with_connections_of_its_own(server, connector):
    server.put("release", "launch", LAUNCH)
    other = connector.fork()
    connector.close()
    assert [item.title for item in read(other).items] == ["Launch"]
    other.close()


def test_check_names_the_host_and_what_is_there(server, build):
    server.put("release", "launch", LAUNCH)
    busy = server.publish("busy")
    server.put("busy", "x", "DTSTART:20261201T100000Z")
    odd = server.publish("odd")
    server.put("odd", "x", "DTSTART:soon")
    release = server.origin + server.calendars["release"].path
    addresses = {"release": release, "busy": busy, "odd": odd, "no": server.origin + "/private-no"}
    good, hidden, broken, missing = build(calendars=addresses).check()
    assert (good.mark, good.text) == (
        Mark.OK,
        f'calendar "release" at {server.origin}: 1 events in the window',
    )
    assert hidden.mark is Mark.WARNING
    assert "busy times only" in hidden.text
    assert broken.mark is Mark.WARNING
    assert "DTSTART" in broken.text
    assert (missing.mark, missing.exit_code) == (Mark.FAILED, 4)
    shown = repr((good, hidden, broken, missing))
    assert "/private-" not in shown


def test_the_address_is_in_nothing_that_people_see(server, build):
    stream = io.StringIO()
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.DEBUG)
    try:
        connector = build()
        first = read(connector)
        server.fail("/basic.ics", status=500, body={"message": "oops"})
        error = error_of(connector, first.cursor)
    finally:
        root.removeHandler(handler)
        root.setLevel(level)
    seen = f"{error!r} {error} {error.hint} {connector!r} {vars(connector)!r} {first!r}"
    assert "GET" in stream.getvalue(), "the request line is logged, without its path"
    assert "private-" not in seen + stream.getvalue()


def test_a_redirect_on_the_same_host_is_followed_and_as_secret(server, connector, caplog):
    caplog.set_level(logging.DEBUG)
    server.publish("next")
    server.put("next", "launch", LAUNCH)
    target = {"Location": server.calendars["next"].path}
    server.fail(server.calendars["release"].path, status=302, headers=target)
    assert [item.title for item in read(connector).items] == ["Launch"]
    assert caplog.text.count('"GET [secret] HTTP/1.1"') == 2
    assert "private-" not in caplog.text


MAIN = '[sources.partners]\nkind = "ics"\n[sources.partners.calendars]\n'


def test_an_address_in_the_file_shows_its_host_only(tmp_path: Path):
    main = tmp_path / "syncd.toml"
    main.write_text(MAIN + 'open = "webcal://cal.example.org:8443/private-k3y/basic.ics?s=k3y"\n')
    found = load(main, {}, catalog=plugins)
    shown = {path: value for path, value, _ in provenance(found)}
    assert shown["sources.partners.calendars.open"] == "webcal://cal.example.org:8443/…"
    assert "k3y" not in f"{found!r} {found.model_dump()!r}"
    assert any("k3y" in secret for secret in found.secrets), "the log masks it"
    settings = found.validate_section("sources.partners", IcsConnector.Settings)
    assert settings.address("open") == "https://cal.example.org:8443/private-k3y/basic.ics?s=k3y"
    assert "k3y" not in repr(settings)


@pytest.mark.parametrize("place", ["secret", "environment"])
def test_an_address_may_be_a_secret(tmp_path: Path, place):
    main = tmp_path / "syncd.toml"
    main.write_text('[sources.partners]\nkind = "ics"\n')
    name, address = "sources__partners__calendars__release", "https://cal.example.org/k3y/a.ics"
    env = {}
    if place == "secret":
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / name).write_text(address + "\n")
        (tmp_path / "secrets" / name).chmod(0o600)
    else:
        env = {f"SYNCD_{name.upper()}": address}
    found = load(main, env, catalog=plugins)
    assert not found.warnings
    settings = found.validate_section("sources.partners", IcsConnector.Settings)
    assert settings.address("release") == address
    assert "k3y" not in repr(list(provenance(found)))


@pytest.mark.parametrize(
    "line",
    [
        'open = "ftp://cal.example.org/private-k3y/basic.ics"',
        'open = "https://me:k3y@cal.example.org/basic.ics"',
        'open = ["https://cal.example.org/private-k3y/basic.ics"]',
        'open = "https://cal.example.org/private-k3y/basic.ics',
        'open = "https:///private-k3y/basic.ics"',
    ],
)
def test_a_wrong_address_is_named_and_not_shown(tmp_path: Path, line):
    main = tmp_path / "syncd.toml"
    main.write_text(MAIN + line + "\n")
    with pytest.raises(ConfigError) as caught:
        load(main, {}, catalog=plugins)
    assert caught.value.problems
    assert "k3y" not in repr(caught.value.problems)


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({}, "Field required"),
        ({"calendars": {}}, "at least 1 item"),
        ({"calendars": {" ": "https://k3y.example.org"}}, "empty name"),
        ({"calendars": {"a": "http://cal.example.org/k3y"}}, 'address of "a" must start with'),
        ({"calendars": {"a": "https://[::1/k3y"}}, "is not an address"),
        ({"calendars": {"a": "https://*.example.com/k3y.ics"}}, 'address of "a" names no host'),
        ({"calendars": {"a": "https://cal..example.com/k3y"}}, "names no host"),
        ({"calendars": {"a": "https://cal.example.com/k3y a.ics"}}, "holds a space"),
        ({"calendars": {"a": "https://cal .example.com/k3y"}}, "holds a space"),
        ({"calendars": {"https://cal.example.com/k3y": "a"}}, "address of a calendar must start"),
        ({"calendars": {"a": "https://x/k3y"}, "timezone": "Mars"}, "not a time zone"),
        ({"calendars": {"a": "https://x/k3y"}, "calender": {}}, "Extra inputs"),
    ],
)
def test_a_bad_section_is_refused_unechoed(section, says):
    with pytest.raises(ValueError, match=says) as caught:
        IcsConnector.Settings.model_validate(section)
    assert "k3y" not in str(caught.value)


def test_webcal_is_https():
    assert https("webcal://a.example/x") == "https://a.example/x"
    assert https("WEBCALS://a.example/x") == "https://a.example/x"
    assert https("http://127.0.0.1:1/x") == "http://127.0.0.1:1/x"
