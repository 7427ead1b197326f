"""One event in the calendars of several people is one event: who takes the own copy out deletes none."""

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from silent import Silent

from syncd.connectors.google_calendar.connector import GoogleCalendarConnector
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.pulling import Source, pull
from syncd.store import open_store

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
CALENDARS = ("team@example.com", "dana@example.com")


@pytest.mark.parametrize("leaver", CALENDARS)
def test_a_copy_that_is_removed_leaves_the_event_in_the_other_calendar(leaver, tmp_path: Path):
    stayer = next(each for each in CALENDARS if each != leaver)
    with GoogleCalendarSimulator(now=NOW) as sim:
        for name in CALENDARS:
            sim.add_calendar(name)
            sim.add_event(name, "Launch", date(2026, 12, 10), id="launch1")
            sim.add_event(name, "Other", date(2026, 12, 12), id=f"other{name[:4]}")
        settings = GoogleCalendarConnector.Settings.model_validate(
            {"url": sim.url, "calendars": list(CALENDARS), "credentials": sim.service_account()}
        )

        def titles(at: datetime) -> list[str]:
            sim.now = at
            source = Source(name="cal", build=lambda: GoogleCalendarConnector("cal", settings))
            with closing(open_store(f"sqlite:///{tmp_path}/var/syncd.db", now=at)) as store:
                (report,) = pull([source], store, at, progress=Silent())
                assert report.failures == ()
                held = store.snapshot(at)
                return sorted(
                    each.title
                    for each in held.events
                    if each.key not in held.invisible and each.status != "cancelled"
                )

        assert titles(NOW) == ["Launch", "Other", "Other"]
        sim.cancel_event(leaver, "launch1", bare=True)
        assert titles(NOW + timedelta(hours=1)) == ["Launch", "Other", "Other"]
        for days in (1, 2):
            assert titles(NOW + timedelta(days=days)) == ["Launch", "Other", "Other"]
        sim.cancel_event(stayer, "launch1", bare=True)
        assert titles(NOW + timedelta(days=2, hours=1)) == ["Other", "Other"]
