"""The connector for published calendars keeps every promise of a connector, on loopback."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from ics_simulator import IcsSimulator

from syncd.connectors.http import Limits
from syncd.connectors.ics.connector import IcsConnector
from syncd.errors import NotVisible
from syncd.retrying import retrying
from syncd.testing.connector_contract import ConnectorContract, World

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
EVENT = "SUMMARY:Event {0}\nDTSTART:202612{0:02}T100000Z\nLAST-MODIFIED:20261101T080000Z"


class TestIcs(ConnectorContract):
    """Its only credential is the address."""

    gone = NotVisible

    @contextmanager
    def world(self) -> Iterator[World]:
        with IcsSimulator(now=NOW) as server:
            address = server.publish("release")
            type(self).secrets = (address, address.removeprefix(server.origin))
            for day in range(1, 4):
                server.put("release", f"event-{day}@example.com", EVENT.format(day))
            weekly = "SUMMARY:Weekly\nDTSTART:20261204T100000Z\nRRULE:FREQ=WEEKLY;COUNT=3"
            server.put("release", "weekly@example.com", weekly)
            built: list[IcsConnector] = []

            def build() -> IcsConnector:
                settings = IcsConnector.Settings.model_validate({"calendars": {"release": address}})
                limits = Limits(total=1)
                connector = IcsConnector("published", settings, limits=limits)
                connector.retry = retrying(60, sleep=lambda _: None)
                built.append(connector)
                return connector

            def fail(when: Any = "/basic.ics", **fault: Any) -> Any:
                return server.fail(when, **fault)

            def edit() -> None:
                server.now += timedelta(minutes=5)
                server.put("release", "event-1@example.com", EVENT.format(9))

            def spoil() -> str:
                server.put("release", "event-2@example.com", "SUMMARY:Event\nDTSTART:soon")
                return "event-2@example.com"

            yield World(
                name="published",
                scope="release",
                build=build,
                fail=fail,
                mend=server.mend,
                edit=edit,
                spoil=spoil,
            )
            for connector in built:
                connector.close()
