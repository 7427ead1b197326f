"""A template of the operators' own beside the configuration: used, or named where it is broken."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from filled import install
from sections import OUTBOX

from syncd.app import App
from syncd.cli.entry import run_command
from syncd.interfaces import Page
from syncd.model.alerts import Message
from syncd.model.snapshot import Scope
from syncd.passes import Elapsed, record_of
from syncd.settings import load
from syncd.testing.builders import AS_OF, issue

NOW = AS_OF
HOUR = timedelta(hours=1)
CONFIG = (
    """\
[alerts]
quiet_hours = false
adoption = false
digest = false
[teams.payments]
owns = ["jira:PAY"]
lead = "dana"
[people.dana]
name = "Dana"
email = "dana@example.com"
team = "payments"
operator = true
"""
    + OUTBOX
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    install(tmp_path, CONFIG)
    (tmp_path / "templates").mkdir()
    return tmp_path


def passes(place: Path, count: int) -> list[tuple[Message, ...]]:
    """What each of so many passes over one overdue item queues."""
    due = (NOW - timedelta(days=5)).date().isoformat()
    late = issue("PAY-1", due=due, created_at=NOW - 900 * HOUR)
    queued = []
    with App(load(place / "syncd.toml", {}), now=NOW) as app:
        app.store.commit(Scope("jira", "PAY"), Page(items=(late,), last=True), NOW - HOUR)
        for turn in range(count):
            at = NOW + turn * HOUR
            decision = app.decide(app.reconcile(at, assume_fresh=True))
            run = record_of((), app.reconcile(at, assume_fresh=True), decision, Elapsed(at))
            app.store.record(run, decision.transitions, decision.queued)
            queued.append(decision.queued)
    return queued


def test_a_broken_template_sends_plain_text_and_tells_the_operator_once(place: Path) -> None:
    (place / "templates" / "alert.html").write_text("<p>\n{{ nothing }}")
    first, second = passes(place, 2)
    told = {message.reason: message for message in first}
    assert set(told) == {"opened", "service"}
    assert b"text/html" not in told["opened"].body
    assert b"PAY-1" in told["opened"].body
    assert b"alert.html:2" in told["service"].body.replace(b"=\r\n", b"")
    assert second == ()


def test_a_good_template_is_used_and_nobody_is_told(place: Path) -> None:
    (place / "templates" / "alert.html").write_text("<p>OURS {{ headline }}</p>")
    [message] = passes(place, 1)[0]
    assert message.reason == "opened"
    assert b"OURS" in message.body


def test_validate_and_doctor_name_the_line(place: Path, capsys: pytest.CaptureFixture) -> None:
    file = place / "templates" / "digest.txt"
    file.write_text("fine\n{% if %}")
    assert run_command(["-c", "syncd.toml", "config", "validate"]) == 0
    said = capsys.readouterr().out
    assert f"warning: {file}:2: mail.templates: it cannot be read as a template: " in said
    assert "1 warning" in said
    run_command(["-c", "syncd.toml", "config", "validate", "-f", "json"])
    [problem] = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["where"], problem["warning"]) == (f"{file}:2", True)
    run_command(["-c", "syncd.toml", "doctor"])
    assert "digest.txt:2" in "".join(capsys.readouterr().out.split())
    file.unlink()
    assert run_command(["-c", "syncd.toml", "config", "validate"]) == 0
    assert "no errors" in capsys.readouterr().out
