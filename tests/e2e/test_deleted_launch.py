"""A launch that somebody deletes from the calendar is told, though only its id comes of it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sections import AT_ONCE, DANA, OUTBOX
from stage import Installation, keep_secret, run

from syncd import plugins
from syncd.demo.simulators.google_calendar import GoogleCalendarSimulator
from syncd.demo.simulators.jira import JiraSimulator
from syncd.settings import load

MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)
PLAN = "plan@example.com"
CONFIG = """
timezone = "UTC"
[sources.jira]
kind = "jira"
url = "{jira}"
user = "{user}"
projects = ["PAY"]
[sources.calendar]
kind = "google_calendar"
url = "{calendar}"
calendars = ["plan@example.com"]
[teams.payments]
owns = ["jira:PAY"]
[programs.checkout]
teams = ["payments"]
[deliverables.invoices]
name = "Invoices"
tier = "A"
match = ["jira:fixVersion=invoices", "calendar:summary~'Invoices launch'"]
"""
CONFIG += DANA + OUTBOX + AT_ONCE


@pytest.fixture
def calendar() -> Iterator[GoogleCalendarSimulator]:
    with GoogleCalendarSimulator(now=MONDAY - timedelta(days=30)) as simulator:
        simulator.add_calendar(PLAN)
        yield simulator


@pytest.fixture
def jira() -> Iterator[JiraSimulator]:
    with JiraSimulator("cloud", now=MONDAY - timedelta(days=30)) as simulator:
        simulator.add_user("rosei", "R. Osei")
        simulator.add_project("PAY", "Payments")
        version = simulator.add_version("PAY", "invoices", release=date(2026, 12, 4))
        simulator.add_issue("PAY", "Invoices", by="rosei", assignee="rosei", versions=(version,))
        yield simulator


def test_a_deleted_launch_is_told_once_and_stays_so_over_full_listings(
    jira: JiraSimulator, calendar: GoogleCalendarSimulator, tmp_path: Path
) -> None:
    launch = calendar.add_event(PLAN, "Invoices launch", date(2026, 12, 4))
    text = CONFIG.format(jira=jira.url, user=jira.user, calendar=calendar.url)
    (tmp_path / "syncd.toml").write_text(text)
    (tmp_path / "secrets").mkdir(mode=0o700)
    keep_secret(tmp_path, "jira", jira.token)
    keep_secret(tmp_path, "calendar", calendar.service_account())
    place = Installation(tmp_path, load(tmp_path / "syncd.toml", {}, catalog=plugins))

    def subjects(hours: int) -> list[str]:
        jira.now = calendar.now = MONDAY + timedelta(hours=hours)
        return [one.subject for one in run(place, calendar.now).report.queued]

    assert subjects(0) == []
    calendar.cancel_event(PLAN, launch, bare=True)
    assert subjects(1) == [], "it may be put in again at once"
    (told,) = subjects(49)
    assert told.endswith("Invoices, planned 4 Dec")
    assert [subjects(hours) for hours in (50, 52, 73, 75)] == [[], [], [], []]
    (mail,) = (tmp_path / "outbox").glob("*.eml")
    assert 'event "Invoices launch" on Fri 4 Dec was cancelled' in " ".join(
        mail.read_text().split()
    )
