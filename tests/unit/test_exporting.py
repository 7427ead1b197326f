"""What other programs read of the common model."""

import csv
import io
import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import icalendar
import pytest

from syncd import exporting
from syncd.cli.entry import run_command
from syncd.interfaces import Page
from syncd.model.items import Account
from syncd.model.snapshot import Snapshot
from syncd.store import open_store
from syncd.testing.builders import (
    AS_OF,
    change,
    event,
    issue,
    link,
    pull_request,
    snapshot,
    version,
)
from syncd.testing.store_contract import PAY

EVIL = issue("PAY-1", title='=HYPERLINK("https://evil.test")\x1b[2J', due="2026-12-03")
RELEASE = version("PAY 2.1", release="2026-12-11")
DINNER = event("Go / no-go", "2026-12-04")
HELD = Snapshot(
    as_of=AS_OF,
    issues=(EVIL, issue("PAY-2")),
    pull_requests=(pull_request(),),
    milestones=(RELEASE,),
    events=(DINNER, replace(event("Off", "2026-12-05"), status="cancelled")),
    links=(link(EVIL, "LED-88", outward=True),),
    changes=(change(EVIL, "title", "-1+2", "b", AS_OF),),
    accounts=(Account(source="jira", id="5b", name="@SUM(A1)", email="kim@example.com"),),
    invisible=frozenset({issue("PAY-2").key}),
)


def lines(table: str) -> list[dict]:
    return [json.loads(line) for line in exporting.json_lines(HELD, table)]


def cells(table: str) -> list[dict[str, str]]:
    text = b"".join(exporting.csv_lines(HELD, table)).decode()
    return list(csv.DictReader(io.StringIO(text)))


def test_every_item_is_a_line_with_its_type_days_and_moments() -> None:
    first, second = lines("issues")
    assert (first["type"], first["issue_type"], first["ref"]) == ("issue", "Story", "PAY-1")
    assert (first["visible"], second["visible"]) == (True, False)
    assert first["claims"][0]["hi"] == "2026-12-03"
    assert datetime.fromisoformat(first["updated_at"]).utcoffset() is not None
    assert {table: len(lines(table)) for table in exporting.TABLES} == {
        "issues": 2, "pull_requests": 1, "milestones": 1, "events": 2, "links": 1, "changes": 1,
        "accounts": 1,
    }  # fmt: skip
    assert lines("links")[0]["near"] == str(EVIL.key)


def test_no_cell_is_a_formula_or_obeyed_by_a_terminal() -> None:
    assert cells("issues")[0]["title"] == '\'=HYPERLINK("https://evil.test")'
    assert cells("accounts")[0]["name"] == "'@SUM(A1)"
    assert cells("changes")[0]["old"] == "'-1+2"
    every = b"".join(
        line for table in exporting.TABLES for line in exporting.csv_lines(HELD, table)
    )
    assert b"\x1b" not in every
    assert exporting.calendar(HELD).count(b"\x1b") == 0


def test_a_calendar_holds_events_and_the_days_of_milestones() -> None:
    text = exporting.calendar(HELD)
    found = {
        str(one["summary"]): (one["dtstart"].dt, one["dtend"].dt)
        for one in icalendar.Calendar.from_ical(text).walk("VEVENT")
    }
    assert {name: str(start) for name, (start, _) in found.items()} == {
        "Go / no-go": "2026-12-04", f"{RELEASE.name} (release)": "2026-12-11",
    }  # fmt: skip
    assert str(found["Go / no-go"][1]) == "2026-12-05"
    assert text == exporting.calendar(replace(HELD, as_of=datetime(2027, 1, 1, tzinfo=UTC)))


def test_what_lasts_to_the_last_day_of_all_has_no_day_after_it() -> None:
    held = snapshot(event("Freeze", "9999-12-20", last=date.max), version("3.0", release=date.max))
    entries = icalendar.Calendar.from_ical(exporting.calendar(held)).walk("VEVENT")
    assert [str(one["dtstart"].dt) for one in entries] == ["9999-12-20", "9999-12-31"]
    assert not any("dtend" in one for one in entries)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "more.csv").write_text("Issue key\n")
    path = tmp_path / "syncd.toml"
    path.write_text('[sources.more]\nkind = "file"\npaths = ["more.csv"]\n'
                    '[store]\nurl = "sqlite:///state/syncd.db"\n')  # fmt: skip
    with closing(open_store(f"sqlite:///{tmp_path}/state/syncd.db", now=AS_OF)) as store:
        store.commit(PAY, Page(items=(EVIL, RELEASE), last=True), AS_OF)
    return path


def typed(config: Path, *words: str) -> int:
    return run_command(["-c", str(config), "--no-input", "export", *words])


def test_the_command_writes_private_files_the_same_each_time(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for form, name in (("jsonl", "issues.jsonl"), ("csv", "issues.csv"), ("ics", "calendar.ics")):
        written = []
        for folder in ("one", "two"):
            assert typed(config, "-f", form, "-o", str(tmp_path / folder)) == 0
            file = tmp_path / folder / name
            assert file.stat().st_mode & 0o777 == 0o600
            written.append(file.read_bytes())
        assert written[0] == written[1]
        assert b"PAY" in written[0]
    assert "for whoever may read the store" in capsys.readouterr().err
    assert typed(config) == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["type"] for one in shown] == ["issue", "milestone"]


@pytest.mark.parametrize(
    ("words", "told"),
    [(("-f", "csv"), "csv makes files"), (("-f", "md"), '"md" is not one of jsonl, csv, ics')],
)
def test_what_it_cannot_make_is_said(config: Path, capsys, words, told) -> None:
    assert typed(config, *words) == 2
    assert told in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_sentence(config: Path, tmp_path: Path, capsys):
    (tmp_path / "file").write_text("")
    assert typed(config, "-o", str(tmp_path / "file")) == 1
    assert "cannot write" in capsys.readouterr().err
