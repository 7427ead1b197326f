"""A simulated Google Calendar with one calendar, and connectors that read it without sleeping."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from syncd.connectors.google_calendar.connector import GoogleCalendarConnector
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.interfaces import Page
from syncd.retrying import retrying
from syncd.testing.pages import whole

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PLAN = "plan@group.calendar.example.com"


@pytest.fixture
def simulator() -> Iterator[GoogleCalendarSimulator]:
    with GoogleCalendarSimulator(now=NOW) as running:
        running.add_calendar(PLAN, summary="Plan", zone="Europe/Berlin")
        yield running


@pytest.fixture
def build(simulator: GoogleCalendarSimulator) -> Iterator[Any]:
    built = []

    def make(**changed: Any) -> GoogleCalendarConnector:
        section = {
            "calendars": [PLAN],
            "credentials": simulator.service_account(),
            "url": simulator.url,
            **changed,
        }
        connector = GoogleCalendarConnector(
            "calendar", GoogleCalendarConnector.Settings.model_validate(section)
        )
        connector.retry = retrying(60, sleep=lambda _: None)
        built.append(connector)
        return connector

    yield make
    for connector in built:
        connector.close()


@pytest.fixture
def connector(build: Any) -> GoogleCalendarConnector:
    return build()


@pytest.fixture
def pull(connector: GoogleCalendarConnector) -> Callable[..., Page]:
    """A whole pull as one page."""

    def read(cursor: str | None = None, *, by: Any = connector, scope: str = PLAN) -> Page:
        return whole(by.pull(scope, cursor))

    return read
