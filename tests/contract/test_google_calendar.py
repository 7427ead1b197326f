"""The calendar connector keeps every promise of a connector, against the simulated provider."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.connectors.google_calendar.connector import GoogleCalendarConnector
from syncd.connectors.http import Limits
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.demo.simulators.server import Answer
from syncd.retrying import retrying
from syncd.testing.connector_contract import ConnectorContract, World

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PLAN = "plan@group.calendar.example.com"


class TestGoogleCalendar(ConnectorContract):
    """On loopback, signed in by a throw-away service account."""

    @contextmanager
    def world(self) -> Iterator[World]:
        with GoogleCalendarSimulator(now=NOW) as server:
            server.add_calendar(PLAN, zone="Europe/Berlin")
            people = [{"email": "bo@example.com", "displayName": "Bo"}]
            events = [
                server.add_event(PLAN, f"Event {day}", NOW + timedelta(days=day), attendees=people)
                for day in range(1, 4)
            ]
            server.add_event(PLAN, "Weekly", NOW, recurrence="FREQ=WEEKLY;COUNT=3")
            credentials = server.service_account()
            type(self).secrets = (credentials, credentials.split("PRIVATE KEY-----")[1][10:60])
            built: list[GoogleCalendarConnector] = []

            def build() -> GoogleCalendarConnector:
                section = {"calendars": [PLAN], "credentials": credentials, "url": server.url}
                connector = GoogleCalendarConnector(
                    "calendar",
                    GoogleCalendarConnector.Settings.model_validate(section),
                    limits=Limits(total=1),
                )
                connector.retry = retrying(60, sleep=lambda _: None)
                built.append(connector)
                return connector

            def fail(when: Any = "/events", **fault: Any) -> Any:
                return server.fail(when, **fault)

            def edit() -> None:
                server.now += timedelta(minutes=5)
                server.move_event(PLAN, events[0], NOW + timedelta(days=9))

            def spoil() -> str:
                def change(answer: Answer) -> Answer:
                    soon = {"start": {"dateTime": "soon"}}
                    if answer.body["kind"] == "calendar#event":
                        return Answer(body={**answer.body, **soon})
                    rows = [
                        {**row, **soon} if row["id"] == events[1] else row
                        for row in answer.body["items"]
                    ]
                    return Answer(body={**answer.body, "items": rows})

                server.fail("/events", change=change)
                return events[1]

            yield World(
                name="calendar",
                scope=PLAN,
                build=build,
                fail=fail,
                mend=server.mend,
                edit=edit,
                spoil=spoil,
            )
            for connector in built:
                connector.close()
