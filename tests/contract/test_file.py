"""Exports of three kinds through the whole way: files, the pull, the real store, a snapshot."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from exports import gh_issue, jira_issue
from silent import Silent

from syncd.connectors.file.connector import FileConnector
from syncd.model.items import ItemKey, Kind, Phase
from syncd.model.links import Evidence
from syncd.model.snapshot import Scope, Snapshot
from syncd.pulling import Source, SourceReport, pull
from syncd.store import SqlStore, open_store
from syncd.testing.connector_contract import ReadingContract, World

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HEADER = (
    "Issue key,Issue id,Summary,Issue Type,Status,Status Category,Created,Updated,Due date,"
    "Fix versions,Inward issue link (Blocks)"
)
PAY = "PAY-142,10142,Settle,Story,Doing,In Progress,{created},{updated},{due},2.0,LED-88"
ICS = """BEGIN:VCALENDAR
X-WR-CALNAME:Plan
BEGIN:VEVENT
UID:go
SUMMARY:Go / no-go {refs}
DTSTAMP:20261120T080000Z
LAST-MODIFIED:{changed}
DTSTART;VALUE=DATE:{day}
END:VEVENT
END:VCALENDAR
"""


class Desk:
    """A folder of exports, a configured source, and a store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = NOW
        self.store: SqlStore = open_store(f"sqlite:///{folder}/syncd.db", now=NOW, own=True)
        section = {"paths": ["*.csv", "*.json", "*.ics"], "base": folder}
        self.settings = FileConnector.Settings.model_validate(section)

    def jira(self, due: str, updated: str) -> None:
        row = PAY.format(created="01/Oct/26 9:00 AM", updated=updated, due=due)
        (self.folder / "jira.csv").write_text(f"{HEADER}\n{row}\n")

    def github(self, *numbers: int) -> None:
        rows = [gh_issue(number, title=f"LED-{number}") for number in numbers]
        (self.folder / "gh.json").write_text(json.dumps(rows))

    def calendar(self, day: str, changed: str = "20261120T080000Z") -> None:
        text = ICS.format(day=day, changed=changed, refs="PAY-142")
        (self.folder / "plan.ics").write_text(text)

    def pull(self, **hours: float) -> SourceReport:
        self.now += timedelta(**hours or {"hours": 1})
        source = Source(name="file", build=lambda: FileConnector("file", self.settings))
        (report,) = pull([source], self.store, self.now, progress=Silent())
        return report

    def snapshot(self) -> Snapshot:
        return self.store.snapshot(self.now)


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    built = Desk(tmp_path)
    built.jira("26/Nov/26", "20/Nov/26 4:05 PM")
    built.github(1, 2)
    built.calendar("20261201")
    yield built
    built.store.close()


def test_three_exports_become_one_snapshot(desk):
    report = desk.pull()
    assert report.failures == ()
    assert report.problems == 0
    snapshot = desk.snapshot()
    assert [(issue.ref, issue.phase) for issue in snapshot.issues] == [
        ("PAY-142", Phase.ACTIVE),
        ("acme/ledger#1", Phase.TODO),
        ("acme/ledger#2", Phase.TODO),
    ]
    assert [milestone.ref for milestone in snapshot.milestones] == ["PAY 2.0"]
    assert [(event.title, event.refs) for event in snapshot.events] == [
        ("Go / no-go PAY-142", ("PAY-142",))
    ]
    blocked = [link for link in snapshot.links if link.evidence is Evidence.ISSUE_LINK]
    assert [(link.phrase, link.far_ref) for link in blocked] == [("is blocked by", "LED-88")]
    assert {fresh.scope for fresh in snapshot.freshness} == {
        Scope("file", name) for name in ("PAY", "Plan", "acme/ledger")
    }


def test_a_second_pull_of_the_same_files_changes_nothing(desk):
    desk.pull()
    before = desk.snapshot()
    report = desk.pull()
    assert (report.items, report.changed, report.failures) == (0, 0, ())
    after = desk.snapshot()
    assert after.issues == before.issues
    assert after.changes == before.changes
    assert not any(fresh.error for fresh in after.freshness)


def test_a_later_export_shows_that_dates_moved(desk):
    desk.pull()
    desk.jira("04/Dec/26", "23/Nov/26 8:30 AM")
    desk.calendar("20261208", "20261123T083000Z")
    desk.pull()
    moved = [(change.field, change.old, change.new) for change in desk.snapshot().changes]
    assert ("due", "2026-11-26", "2026-12-04") in moved
    assert ("event", "2026-12-01", "2026-12-08") in moved


def test_a_broken_export_keeps_what_was_read_and_says_so(desk):
    desk.pull()
    (desk.folder / "gh.json").write_text("[")
    report = desk.pull()
    assert ["gh.json:1: not JSON" in str(error) for error in report.failures] == [True]
    assert "PAY-142" in [issue.ref for issue in desk.snapshot().issues]
    desk.github(1, 2)
    assert desk.pull().failures == ()
    assert len(desk.snapshot().issues) == 3


def test_files_that_stay_as_they_are_are_known_to_be_whole(desk):
    """Else `status` would say that nobody had looked for days for what was deleted."""
    for _ in range(2):
        desk.pull(days=2)
    assert {fresh.listed_at for fresh in desk.snapshot().freshness} == {desk.now}
    (desk.folder / "gh.json").write_text("[")
    report = desk.pull(days=2)
    assert len(report.failures) == 1, "told once, not for each part that cannot be compared"


def test_an_export_that_was_taken_away_deletes_nothing(desk):
    desk.pull()
    (desk.folder / "gh.json").unlink()
    report = desk.pull()
    assert len(report.failures) == 1
    assert "no file at *.json" in str(report.failures[0])
    desk.github(1, 2)
    desk.pull()
    assert len(desk.snapshot().issues) == 3


class TestFile(ReadingContract):
    """Files are no server: what a server does wrong is not for them to do."""

    @pytest.fixture(autouse=True)
    def _in(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    @contextmanager
    def world(self) -> Iterator[World]:
        held = {f"PAY-{number}": jira_issue(f"PAY-{number}") for number in range(1, 5)}

        def write(**changed: Any) -> None:
            held["PAY-2"] = jira_issue("PAY-2", **changed)
            (self.folder / "jira.json").write_text(json.dumps(list(held.values())))

        def spoil() -> str:
            write(summary=None)
            return "PAY-2"

        def delete() -> ItemKey:
            del held["PAY-4"]
            write()
            return ItemKey("file", Kind.ISSUE, "14")

        write()
        settings = FileConnector.Settings.model_validate({"paths": ["*.json"], "base": self.folder})
        later = {"duedate": "2026-12-01", "updated": "2026-11-22T16:05:00.000+0000"}
        yield World(
            name="file",
            scope="PAY",
            build=lambda: FileConnector("file", settings),
            fail=lambda *_, **__: None,
            mend=lambda: None,
            edit=lambda: write(**later),
            spoil=spoil,
            delete=delete,
        )
