"""Recorded events of real calendars, served as Google Calendar and read by the real connector.

The counts were taken by hand from the recorded files.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from replays import CALENDARS, GCAL, CalendarReplay

from syncd.connectors.google_calendar.connector import GoogleCalendarConnector
from syncd.interfaces import Page

pytestmark = pytest.mark.skipif(
    not GCAL.is_dir(), reason="recorded traffic (shared data gcal) is absent"
)


@pytest.fixture(scope="module")
def connector() -> Iterator[GoogleCalendarConnector]:
    with CalendarReplay() as server:
        section: dict[str, Any] = {
            "calendars": list(CALENDARS),
            "url": server.url,
            "credentials": server.sign_in.service_account(f"{server.origin}/token"),
        }
        built = GoogleCalendarConnector(
            "calendar", GoogleCalendarConnector.Settings.model_validate(section)
        )
        yield built
        built.close()


def pull(connector: GoogleCalendarConnector, scope: str, cursor: str | None = None) -> list[Page]:
    pages = list(connector.pull(scope, cursor))
    assert pages[-1].last
    assert not any(page.problems for page in pages)
    return pages


def test_a_company_calendar_of_31_rows(connector):
    pages = pull(connector, "okami")
    # Cancelled instances come with the last page: until then one may have been moved elsewhere.
    assert [len(page.items) + len(page.gone) for page in pages] == [10, 8, 9, 4]
    items = [item for page in pages for item in page.items]
    gone = [key.native_id for page in pages for key in page.gone]

    assert len(items) == 25
    assert len(gone) == 6
    assert len({item.key for item in items}) == 25
    assert {item.status for item in items} == {"confirmed"}
    # Three of the cancelled rows are nothing but an id, three are instances of a living series.
    assert sorted(id_ for id_ in gone if not id_.endswith("Z")) == [
        "7dfd9kaia5fhcsvl072ka2as4c_R20161003T120000",
        "9m8urn5juj26erq2fe6s4m0h1k_R20160927T123000",
        "cdqifd8lrp5afog64vqh2b10g0",
    ]

    instances = [item for item in items if item.recurring_id]
    assert len(instances) == 6
    assert sum(item.original_start is not None for item in items) == 6
    assert sum(item.all_day for item in items) == 1
    # 12 series (each on its first day), 6 instances, 7 single events.
    assert Counter(item.first_day.year for item in items) == {2016: 2, 2017: 23}


def test_its_events_have_the_days_that_people_saw(connector):
    items = {item.key.native_id: item for page in pull(connector, "okami") for item in page.items}
    moved = items["pas64r2qn0h65mipc93i1iucao_20170901T090000Z"]
    assert moved.title == "Revue de backlog n°2"
    assert moved.first_day == date(2017, 9, 4)
    assert moved.original_start == "2017-09-01T11:00:00+02:00"
    assert moved.start_at == datetime(2017, 9, 4, 12, tzinfo=UTC)
    assert moved.zone == "Europe/Paris"
    whole = items["0p58dgqrcekr3kh8ga2sca3fg1"]
    assert (whole.first_day, whole.last_day) == (date(2017, 9, 7), date(2017, 9, 7))
    assert whole.transparent
    assert whole.start_at is None
    late = items["0okbtcntucv190et3palada15h"]
    assert (late.first_day, late.last_day) == (date(2017, 9, 7), date(2017, 9, 7))


def test_three_zones_and_no_titles(connector):
    (page,) = pull(connector, "faros")
    assert [(item.title, item.zone, item.first_day, item.last_day) for item in page.items] == [
        ("", "UTC", date(2021, 12, 31), date(2021, 12, 31)),
        ("", "Europe/Zurich", date(2021, 12, 31), date(2021, 12, 31)),
        ("", "Europe/Kiev", date(2021, 12, 31), date(2021, 12, 31)),
    ]


def test_an_absence_of_a_week_without_its_title(connector):
    (page,) = pull(connector, "oncall")
    (away,) = page.items
    assert (away.type, away.title) == ("out_of_office", "")
    assert (away.first_day, away.last_day) == (date(2024, 3, 25), date(2024, 3, 29))
    assert away.organiser == "u0596e446@example.invalid"


@pytest.mark.parametrize("scope", list(CALENDARS))
def test_a_second_pull_is_silent(connector, scope):
    first = pull(connector, scope)[-1]
    assert first.listing
    (second,) = pull(connector, scope, first.cursor)
    assert second.items == second.gone == ()
