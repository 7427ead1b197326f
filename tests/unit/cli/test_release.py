"""An avalanche is held until a person lets it out: through the application and a real store."""

import json
from contextlib import closing
from datetime import timedelta

import pytest
from filled import install
from sections import OUTBOX

from syncd.alerts.answers import seen
from syncd.alerts.routing import return_notices
from syncd.alerts.usefulness import rarely_useful
from syncd.app import App
from syncd.cli.entry import run_command
from syncd.interfaces import Page
from syncd.model.acts import Act, ActKind, Verdict
from syncd.model.snapshot import Scope
from syncd.passes import Elapsed, record_of
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import AS_OF, issue, person

NOW = AS_OF
HOUR = timedelta(hours=1)
DUE = (NOW - timedelta(days=5)).date().isoformat()
CONFIG = (
    """\
[people.dana]
name = "Dana"
email = "dana@example.com"
operator = true
[alerts]
quiet_hours = false
"""
    + OUTBOX
)
SCOPE = Scope("jira", "PAY")


@pytest.fixture
def app(tmp_path, monkeypatch):
    """One pass over one quiet item is recorded; then 25 are overdue at once."""
    monkeypatch.chdir(tmp_path)
    url = install(tmp_path, CONFIG)
    late = [issue(f"PAY-{n}", due=DUE, created_at=NOW - 900 * HOUR) for n in range(25)]
    with closing(open_store(url, now=NOW)) as store:
        store.commit(SCOPE, Page(items=(issue("PAY-99"),), last=True), NOW - 3 * HOUR)
    with App(load(tmp_path / "syncd.toml", {}), now=NOW) as made:
        passed(made, NOW - 2 * HOUR)
        made.store.commit(SCOPE, Page(items=tuple(late), last=True), NOW - HOUR)
        yield made


def passed(app, at):
    """A pass without pulling: what it decided, recorded."""
    reconciled = app.reconcile(at, assume_fresh=True)
    decision = app.decide(reconciled)
    run = record_of((), reconciled, decision, Elapsed(at))
    messages = [*decision.queued, *decision.withdrawn]
    app.store.record(run, decision.transitions, messages, judged=decision.judged)
    return decision


def syncd(*words):
    return run_command(["-c", "syncd.toml", *words])


def test_what_is_held_is_let_out_by_the_next_run_only(app, capsys):
    held = passed(app, NOW - HOUR / 2)
    assert (held.held, held.transitions) == (25, ())
    assert [message.reason for message in held.queued] == ["service"]
    assert b"25 overdue: jira:PAY 25" in held.queued[0].body
    said = b" ".join(held.queued[0].body.split())
    assert b"Until you choose, no news of any other alert is told to anybody" in said
    assert syncd("alerts", "release", "--by", "dana") == 0
    assert "The next run opens 25 alerts that were held back." in capsys.readouterr().out
    out = passed(app, NOW)
    assert (out.held, len(out.transitions)) == (0, 25)
    syncd("log", "-f", "json")
    (entry,) = json.loads(capsys.readouterr().out)["entries"]
    assert (entry["by"], entry["act"]) == ("dana", "release")
    more = [issue(f"PAY-{n}", due=DUE, created_at=NOW - 900 * HOUR) for n in range(100, 300)]
    app.store.commit(SCOPE, Page(items=tuple(more), last=True), NOW)
    assert passed(app, NOW).held == 200


def test_the_drift_of_today_says_what_was_answered(app, capsys):
    app.store.keep_act(Act(kind=ActKind.RELEASE, at=NOW - HOUR, by="dana"))
    passed(app, NOW - HOUR / 2)
    assert syncd("alerts", "accept", "D-1", "--until", "2027-01-01", "--reason", "x",
                 "--by", "dana") == 0  # fmt: skip
    capsys.readouterr()
    syncd("reconcile", "--offline")
    assert "(accepted by dana until Fri 1 Jan 2027)" in " ".join(capsys.readouterr().out.split())


def test_where_nothing_is_held_nothing_is_kept(app, capsys):
    app.store.commit(
        SCOPE,
        Page(gone=tuple(one.key for one in app.store.snapshot(NOW).issues), last=True),
        NOW,
    )
    assert syncd("alerts", "release") == 0
    assert capsys.readouterr().out == "Nothing is held back.\n"
    assert app.store.acts() == ()


def test_a_rule_that_is_rarely_useful_is_told_to_the_operator_once(app, capsys):
    for number in range(20):
        app.store.keep_act(
            Act(
                kind=ActKind.FEEDBACK, at=NOW, by="dana", verdict=Verdict.NOT_USEFUL,
                seen=seen(alert(finding(f"LED-{number}", rule="overdue"))),
            )
        )  # fmt: skip
    told = [passed(app, NOW + number * HOUR).queued for number in range(2)]
    subjects = [[message.subject for message in messages] for messages in told]
    assert [sum("rule-demoted: overdue" in one for one in each) for each in subjects] == [1, 0]
    syncd("status")
    assert "rule overdue: rarely useful, in digests only since" in capsys.readouterr().out
    syncd("rules", "list", "-f", "json")
    listed = json.loads(capsys.readouterr().out)["rules"]
    assert [one["rule"] for one in listed if one["digest_only"]] == ["overdue"]
    assert "rule-demoted" in {one["rule"] for one in listed}


def test_a_rule_that_is_useful_again_is_told_to_the_operator_once(app):
    """Who was told that it went to digests hears that it came back."""
    for number in range(40):
        verdict = Verdict.NOT_USEFUL if number < 20 else Verdict.USEFUL
        said = seen(alert(finding(f"LED-{number}", rule="overdue")))
        app.store.keep_act(
            Act(kind=ActKind.FEEDBACK, at=NOW, by="dana", verdict=verdict, seen=said)
        )
    told = [passed(app, NOW + number * HOUR).queued for number in range(2)]
    found = [
        [one for one in each if "overdue is told at once again" in one.subject] for each in told
    ]
    assert [len(each) for each in found] == [1, 0]
    assert found[0][0].send_after > NOW
    dana, back = person("dana", operator=True), rarely_useful({}, app.store.acts(), back=True)
    assert return_notices((dana,), back, NOW + timedelta(days=8)) == ()
    off = {"rule-demoted": {"enabled": False}}
    assert rarely_useful(off, app.store.acts(), back=True) == {}


def test_no_rule_goes_to_digests_where_that_is_off(app):
    app.settings.rules["rule-demoted"] = {"enabled": False}
    for number in range(20):
        said = seen(alert(finding(f"LED-{number}", rule="overdue")))
        app.store.keep_act(
            Act(kind=ActKind.FEEDBACK, at=NOW, by="dana", verdict=Verdict.NOT_USEFUL, seen=said)
        )
    assert rarely_useful(app.settings.rules, app.store.acts()) == {}
    assert not [one for one in passed(app, NOW).queued if "rule-demoted" in one.subject]
