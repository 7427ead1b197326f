"""Old problems are told in one summary: on the first pass, and when a person says so."""

import json
from contextlib import closing
from datetime import timedelta

import pytest
from filled import install
from sections import OUTBOX
from sqlalchemy import Engine
from sqlalchemy.event import listen

from syncd.app import App
from syncd.cli.entry import run_command
from syncd.interfaces import Page
from syncd.model.alerts import MessageState
from syncd.model.snapshot import Scope
from syncd.passes import Elapsed, record_of
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.builders import AS_OF, issue, link

HOUR = timedelta(hours=1)
DUE = (AS_OF - timedelta(days=5)).date().isoformat()
SCOPE = Scope("jira", "PAY")
CONFIG = (
    """\
[people.dana]
name = "Dana"
email = "dana@example.com"
role = "tpm"
programs = ["all"]
operator = true
[programs.all]
name = "All"
teams = ["pay"]
[teams.pay]
name = "Pay"
owns = ["jira:PAY"]
"""
    + OUTBOX
)
CALM = "[alerts]\nquiet_hours = false\n"


@pytest.fixture
def app(tmp_path, monkeypatch, request):
    monkeypatch.chdir(tmp_path)
    with closing(
        open_store(install(tmp_path, CONFIG + (getattr(request, "param", CALM))), now=AS_OF)
    ) as store:
        store.commit(SCOPE, Page(items=(issue("PAY-99"),), last=True), AS_OF - 3 * HOUR)
    with App(load(tmp_path / "syncd.toml", {}), now=AS_OF) as made:
        yield made


def are_late(app, many, first=1000):
    late = [issue(f"PAY-{first + n}", due=DUE, created_at=AS_OF - 900 * HOUR) for n in range(many)]
    app.store.commit(SCOPE, Page(items=tuple(late), last=True), AS_OF - HOUR)


def passed(app, at):
    """A pass without pulling: what it decided, recorded."""
    reconciled = app.reconcile(at, assume_fresh=True)
    decision = app.decide(reconciled)
    run = record_of((), reconciled, decision, Elapsed(at))
    messages = (*decision.queued, *decision.withdrawn)
    app.store.record(run, decision.transitions, messages, judged=decision.judged)
    return decision


def syncd(capsys, *words):
    code = run_command(["-c", "syncd.toml", *words])
    return code, " ".join(capsys.readouterr().out.split())


def test_what_is_held_back_is_taken_as_known_in_one_summary(app, capsys):
    passed(app, AS_OF - 2 * HOUR)
    are_late(app, 25)
    (held,) = passed(app, AS_OF - HOUR / 2).queued
    assert b"syncd adopt" in held.body
    code, said = syncd(capsys, "adopt", "--by", "dana")
    assert (code, said) == (0, "The next run takes 25 alerts as known, in one summary for each.")
    (summary,) = passed(app, AS_OF).queued
    assert (summary.reason, "Taken as known: 25 known problems" in summary.subject) == (
        "adoption", True,
    )  # fmt: skip
    assert all(one.known for one in app.store.alerts())
    assert syncd(capsys, "adopt") == (0, "Nothing is new.")
    (entry,) = json.loads(syncd(capsys, "log", "-f", "json")[1])["entries"]
    assert (entry["by"], entry["act"]) == ("dana", "release")
    assert "took all that is new as known" in syncd(capsys, "log")[1]
    are_late(app, 2, first=2000)
    later = passed(app, AS_OF + HOUR)
    assert [one.alert.known for one in later.transitions if one.told] == [False, False]


@pytest.mark.parametrize("app", [f"{CALM}adoption = false\n"], indirect=True)
def test_before_the_first_run_it_holds_for_that_though_adoption_is_off(app, capsys):
    are_late(app, 2)
    assert "The first run takes all that it finds as known" in syncd(capsys, "adopt")[1]
    (summary,) = passed(app, AS_OF).queued
    assert "First look: 2 known problems" in summary.subject


def test_what_a_long_summary_only_counts_was_not_mailed_to_nobody(app, capsys):
    are_late(app, 102)
    for one in passed(app, AS_OF - HOUR).queued:
        assert one.reason == "adoption"
    app.store.commit(SCOPE, Page(last=True), AS_OF)
    (waiting,) = app.store.messages(MessageState.WAITING)
    named = {name.removeprefix("adopted ") for name, _ in waiting.alerts}
    last = next(one for one in app.store.alerts() if one.fingerprint not in named)
    said = syncd(capsys, "alerts", "explain", "--why-not", last.finding.ref, "overdue")[1]
    assert "is counted in the summary, not named" in said


def test_why_not_of_every_rule_reads_the_alerts_once(app, capsys):
    are_late(app, 2)
    passed(app, AS_OF - HOUR)
    app.store.commit(SCOPE, Page(last=True), AS_OF)
    read = []
    listen(Engine, "before_cursor_execute", lambda *_: read.append(_[2]))
    said = syncd(capsys, "alerts", "explain", "--why-not", "PAY-1000", "all")[1]
    assert "PAY-1000, overdue: it fires" in said
    assert len([one for one in read if "FROM alerts" in one]) == 1


def test_why_not_of_what_fires_many_times_names_some_and_counts_the_rest(app, capsys):
    first = issue("PAY-1", due="2026-12-01")
    others = [issue(f"PAY-{n}", due="2026-12-10") for n in range(2, 15)]
    links = tuple(link(first, other) for other in others)
    app.store.commit(SCOPE, Page(items=(first, *others), links=links, last=True), AS_OF)
    asked = "alerts", "explain", "--why-not", "PAY-1", "dep-inversion"
    said = syncd(capsys, *asked)[1]
    assert said.count("PAY-1) is due") == 10
    assert "; and 3 more findings; -f json has all; no alert is open yet" in said
    (answer,) = json.loads(syncd(capsys, *asked, "-f", "json")[1])["answers"]
    assert (len(answer["reasons"]), len(answer["alerts"])) == (13, 13)


def test_why_not_of_what_is_silent_many_times_counts_the_other_reasons(app, capsys):
    first = issue("PAY-1", due="2026-12-20")
    others = [issue(f"PAY-{n}", due="2026-12-10") for n in range(2, 15)]
    links = tuple(link(first, other) for other in others)
    app.store.commit(SCOPE, Page(items=(first, *others), links=links, last=True), AS_OF)
    said = syncd(capsys, "alerts", "explain", "--why-not", "PAY-1", "dep-inversion")[1]
    assert "silent: " in said
    assert "; and 3 more reasons; -f json has all" in said


def test_why_not_tells_what_becomes_of_an_alert_that_rests_on_what_nobody_sees(app, capsys):
    late, waits = issue("PAY-1", due="2026-11-02"), issue("PAY-2", due="2026-11-03")
    page = Page(items=(late, waits), links=(link(waits, late),), last=True)
    app.store.commit(SCOPE, page, AS_OF - HOUR)
    passed(app, AS_OF - HOUR)
    app.store.commit(SCOPE, Page(hidden=(waits.key,), last=True), AS_OF)
    passed(app, AS_OF)
    said = syncd(capsys, "alerts", "explain", "--why-not", "PAY-1", "dep-late")[1]
    assert "it cannot tell: what waits for it cannot be seen now (PAY-2); D-" in said
    assert "ends as no longer known where that lasts for five working days" in said
    later = AS_OF + 9 * 24 * HOUR
    app.store.commit(SCOPE, Page(last=True), later)
    passed(app, later)
    (over,) = (one for one in app.store.alerts() if one.finding.rule == "dep-late")
    said = " ".join(syncd(capsys, "alerts", "explain", over.id)[1].split())
    assert "resolved" in said
    assert "PAY-2 cannot be seen since" in said
    assert "no longer visible" in said.partition("History: ")[2]


def test_the_history_of_what_only_grows_older_is_one_step(app, capsys):
    are_late(app, 1)
    for day in range(4):
        passed(app, AS_OF + 24 * day * HOUR)
    history = syncd(capsys, "alerts", "explain", "D-1")[1].partition("History: ")[2]
    steps = [one.split()[3] for one in history.partition(" Data:")[0].split(" · ")]
    assert steps == ["adopted"]
