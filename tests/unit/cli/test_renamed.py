"""A table `[deliverables.NAME]` gets another name: what is known of it goes on, and is found."""

import json
from contextlib import closing
from datetime import timedelta

import pytest
from filled import install

from syncd.app import App
from syncd.cli.entry import run_command
from syncd.interfaces import Page
from syncd.model.snapshot import Scope
from syncd.passes import Elapsed
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.builders import AS_OF, change, issue, version

AGO, SOON = AS_OF - timedelta(days=90), (AS_OF + timedelta(days=60)).date()
LATER = SOON + timedelta(days=14)
MOVED = AS_OF - timedelta(hours=30)
RELEASE = version("2.0", release=LATER.isoformat())
WORK = issue("PAY-1", milestones=(RELEASE.key,), created_at=AGO, updated_at=AS_OF)
MOVE = change(RELEASE, "release", SOON.isoformat(), LATER.isoformat(), MOVED, learned_at=MOVED)
TABLE = '[deliverables.{}]\ntier = "A"\nmatch = ["jira:fixVersion={}"]\n'
PEOPLE = """\
[people.dana]
name = "Dana"
email = "dana@example.com"
role = "tpm"
programs = ["checkout"]
[teams.pay]
owns = ["jira:PAY"]
[programs.checkout]
teams = ["pay"]
[mail]
from = "syncd <syncd@example.com>"
to_outbox = true
[alerts]
adoption = false
digest = false
quiet_hours = false
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with closing(open_store(install(tmp_path, PEOPLE), now=AGO)) as store:
        store.commit(Scope("jira", "PAY"), Page(items=(RELEASE, WORK), last=True), AGO)
        store.commit(Scope("jira", "PAY"), Page(changes=(MOVE,), last=True), MOVED)
        store.commit(Scope("jira", "PAY"), Page(last=True), AS_OF)
    return tmp_path


def one_pass(place, hours, *tables, text=PEOPLE):
    """(reasons of what changed for people, mails) of a pass with these tables."""
    install(place, text + "".join(tables))
    at = AS_OF + timedelta(hours=hours)
    with closing(open_store(f"sqlite:///{place}/var/syncd.db", now=at)) as store:
        store.commit(Scope("jira", "PAY"), Page(last=True), at)
    with App(load(place / "syncd.toml", {}), now=at) as app:
        done = app.conclude(Elapsed(at), ())
    told = [(one.alert.finding.ref, str(one.reason)) for one in done.transitions if one.told]
    return told, len(done.queued)


def out(capsys, *words):
    capsys.readouterr()
    assert run_command(["-c", "syncd.toml", *words]) in (0, 3, 5)
    return " ".join(capsys.readouterr().out.split())


def test_nobody_hears_of_a_new_name_and_it_is_found_by_that(place, capsys):
    assert one_pass(place, 0, TABLE.format("launch", "2.0")) == ([("launch", "opened")], 1)
    said = ("--reason", "as agreed", "--by", "dana")
    assert "baseline of launch to" in out(capsys, "baseline", "set", "launch", *said)
    assert (
        run_command(["-c", "syncd.toml", "alerts", "note", "D-1", "we know", "--by", "dana"]) == 0
    )
    before = one_pass(place, 1, TABLE.format("launch", "2.0"))
    assert one_pass(place, 2, TABLE.format("ga", "2.0")) == ([], 0), before
    log = out(capsys, "log")
    assert "set the baseline of ga to" in log
    assert "D-1 ga noted" in log
    assert "launch" not in log
    assert "baseline of ga to" in out(capsys, "baseline", "set", "ga", *said)
    assert "date-moved" in out(capsys, "alerts", "explain", "--why-not", "ga", "date-moved")
    document = json.loads(out(capsys, "-f", "json", "deliverables"))
    (one,) = document["deliverables"]
    assert (one["id"], one["table"], one["name"]) == ("launch", "ga", "ga")
    assert "baseline of ga to" in out(capsys, "baseline", "set", "launch", *said)


def test_a_table_of_another_name_that_names_nothing_is_called_so(place, capsys):
    one_pass(place, 0, TABLE.format("launch", "3.0"))
    one_pass(place, 1, TABLE.format("ga", "3.0"))
    run_command(["-c", "syncd.toml", "deliverables"])
    assert "[deliverables.ga] names nothing" in " ".join(capsys.readouterr().err.split())


def test_operators_hear_once_of_a_name_that_nothing_has_and_when_it_is_mended(place, capsys):
    ops = PEOPLE.replace('role = "tpm"', 'role = "tpm"\noperator = true')
    wrong, right = (ops + TABLE.format("launch", name) for name in ("2.O", "2.0"))
    tables = ((wrong, 0), (wrong, 1), (wrong, 24 * 7), (right, 24 * 7 + 1))
    (first, *again, last) = [one_pass(place, hours, text=text)[0] for text, hours in tables]
    assert ("jira", "opened") in first
    assert not [one for one in again for one in one if one[0] == "jira"]
    assert ("jira", "cleared") in last
    install(place, wrong)
    said = out(capsys, "doctor")
    assert '"fixVersion=2.O" of [deliverables.launch]. Did you mean "fixVersion=2.0"?' in said


def test_doctor_tells_before_the_next_pass_what_becomes_of_it(place, capsys):
    one_pass(place, 0, TABLE.format("launch", "2.0"))

    def told(*tables):
        install(place, PEOPLE + "".join(tables))
        return out(capsys, "doctor")

    assert "launch" not in told(TABLE.format("launch", "2.0"))
    assert "[deliverables.ga] is made of what [deliverables.launch] was: it goes on as that" in (
        told(TABLE.format("ga", "2.0"))
    )
    assert (
        "[deliverables.ga] is new and [deliverables.launch], of which alerts are open, is gone"
        in (said := told(TABLE.format("ga", "3.0")))
    )
    assert 'if they are one: formerly = "launch" in [deliverables.ga], before the next' in said
    assert "launch" not in told(TABLE.format("ga", "3.0") + 'formerly = "launch"\n')
    assert (
        '[deliverables.ga] was formerly "lanch", of which nothing is known, did you mean "launch"?'
        in (told(TABLE.format("ga", "3.0") + 'formerly = "lanch"\n'))
    )
