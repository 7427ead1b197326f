"""`syncd baseline` and `syncd log` on a small store: what is promised, by whom, and why."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from filled import install

from syncd.app import App
from syncd.cli.entry import run_command
from syncd.interfaces import Page
from syncd.model.links import LinkDecision
from syncd.model.snapshot import Scope
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.alert_store_contract import run, step
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import AS_OF, change, issue, version

NOW = AS_OF
AGO, SOON = NOW - timedelta(days=90), (NOW + timedelta(days=60)).date()
MOVED = NOW - timedelta(hours=30)
LATER = SOON + timedelta(days=14)
CONFIG = """\
[people.dana]
name = "Dana"
email = "dana@example.com"
[deliverables.checkout]
name = "Checkout 2.0"
tier = "A"
match = ["jira:fixVersion=2.0"]
"""
RELEASE = version("2.0", release=LATER.isoformat())
OTHER = version("Wallet 3", release=SOON.isoformat())
WORK = [
    issue("PAY-1", milestones=(RELEASE.key,), created_at=AGO, updated_at=NOW),
    issue("PAY-2", milestones=(OTHER.key,), created_at=AGO, updated_at=NOW),
]
MOVE = change(RELEASE, "release", SOON.isoformat(), LATER.isoformat(), MOVED, learned_at=MOVED)


@pytest.fixture
def url(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    held = install(tmp_path, CONFIG)
    scope = Scope("jira", "PAY")
    with closing(open_store(held, now=AGO)) as store:
        old = replace(RELEASE, claims=version("2.0", release=SOON.isoformat()).claims)
        store.commit(scope, Page(items=(old, OTHER, *WORK), last=True), AGO)
        store.commit(scope, Page(items=(RELEASE,), changes=(MOVE,), last=True), MOVED)
        store.commit(scope, Page(items=(RELEASE,), last=True), NOW)
    return held


def syncd(*words):
    return run_command(["-c", "syncd.toml", *words])


def answer(capsys, *words):
    capsys.readouterr()
    assert syncd(*words, "-f", "json") == 0
    return json.loads(capsys.readouterr().out)


def baselines(capsys):
    found = answer(capsys, "baseline", "list")["baselines"]
    return {one["name"]: (one["baseline"], one["set_by"], one["reason"]) for one in found}


def firing(tmp_path):
    with App(load(tmp_path / "syncd.toml", {}), now=NOW, read_only=True) as app:
        found = app.reconcile(NOW, assume_fresh=True).evaluation.findings
        return {(one.rule, one.ref) for one in found}


def test_a_new_baseline_of_one_deliverable_ends_the_alert_on_its_move(url, tmp_path, capsys):
    assert baselines(capsys)["Checkout 2.0"] == (SOON.isoformat(), None, None)
    assert ("date-moved", "Checkout 2.0") in firing(tmp_path)
    words = ("baseline", "set", "Checkout 2.0", "--reason", "the vendor is late", "--by", "dana")
    assert syncd(*words) == 0
    assert "Set the baseline of Checkout 2.0 to" in " ".join(capsys.readouterr().out.split())
    expected = (LATER.isoformat(), "dana", "the vendor is late")
    assert baselines(capsys)["Checkout 2.0"] == expected
    assert ("date-moved", "Checkout 2.0") not in firing(tmp_path)


def test_a_past_day_knows_nothing_of_a_later_baseline(url, tmp_path, capsys):
    syncd("baseline", "set", "checkout", "--reason", "x")
    with App(load(tmp_path / "syncd.toml", {}), now=NOW, read_only=True) as app:
        (one,) = [each for each in app.view(NOW - timedelta(minutes=5)).deliverables
                  if each.id == "checkout"]  # fmt: skip
    assert (one.baseline, one.agreed) == (SOON, None)


def test_another_day_may_be_promised_than_is_planned(url, capsys):
    day = (SOON + timedelta(days=7)).isoformat()
    syncd("baseline", "set", "checkout", "--date", day, "--reason", "half way")
    assert baselines(capsys)["Checkout 2.0"][0] == day
    (one,) = answer(capsys, "baseline", "diff")["differences"]
    assert (one["name"], one["from"], one["to"]) == ("Checkout 2.0", day, LATER.isoformat())


def test_a_day_that_is_over_may_have_been_promised_and_is_told(url, capsys):
    day = (NOW - timedelta(days=7)).date().isoformat()
    assert syncd("baseline", "set", "checkout", "--date", day, "--reason", "we said so") == 0
    assert "counts as late from that day on" in " ".join(capsys.readouterr().err.split())
    assert baselines(capsys)["Checkout 2.0"][0] == day


def test_a_named_plan_holds_every_day_and_is_compared(url, capsys):
    syncd("baseline", "set", "--name", "first", "--reason", "quarter")
    assert answer(capsys, "baseline", "list")["plans"] == ["first"]
    assert {one[0] for one in baselines(capsys).values()} == {LATER.isoformat(), SOON.isoformat()}
    assert answer(capsys, "baseline", "diff", "first", "today")["differences"] == []
    day = (LATER + timedelta(days=7)).isoformat()
    syncd("baseline", "set", "checkout", "--date", day, "--reason", "x")
    (one,) = answer(capsys, "baseline", "diff", "first", "baseline")["differences"]
    assert (one["from"], one["to"]) == (LATER.isoformat(), day)
    assert one["slip"] in (4, 5), "a week, whatever day of the week it is now"
    syncd("baseline", "diff", "first", "baseline")
    assert "1 date differs, 1 is the same" in " ".join(capsys.readouterr().out.split())


def test_a_plan_without_a_name_gets_one(url, capsys):
    for _ in range(2):
        syncd("baseline", "set", "--reason", "quarter")
    first, second = answer(capsys, "baseline", "list")["plans"]
    assert first.startswith("plan of ")
    assert second == f"{first} (2)"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("set", "checkout"), "--reason"),
        (("set", "checkout", "--reason", " "), "a baseline needs a reason"),
        (("set", "chekout 2.0", "--reason", "x"), 'did you mean "Checkout 2.0"?'),
        (("set", "checkout", "--date", "soon", "--reason", "x"), '--date "soon" is not a day'),
        (("set", "checkout", "--date", "2020-01-01", "--reason", "x"), "is more than a year ago"),
        (("set", "checkout", "--date", "9999-12-31", "--reason", "x"), "more than ten years ahead"),
        (("set", "--date", "2027-01-01", "--reason", "x"), "--date is for one deliverable"),
        (("set", "--name", "today", "--reason", "x"), '"today" is taken'),
        (("set", "checkout", "--reason", "x", "--by", "kim"), 'there is no person "kim"'),
        (("diff", "other"), 'there is no baseline "other"; there are: baseline, today'),
    ],
)
def test_what_means_nothing_is_refused_and_nothing_is_kept(url, capsys, words, why):
    assert syncd("baseline", *words) == 2
    assert why in " ".join(capsys.readouterr().err.split())
    with closing(open_store(url, now=NOW, read_only=True)) as store:
        assert store.acts() == ()


def test_for_people_and_wikis(url, capsys):
    syncd("baseline", "set", "checkout", "--reason", "the vendor is late", "--by", "dana")
    capsys.readouterr()
    syncd("baseline", "list", "--width", "110")
    assert "the vendor is late" in capsys.readouterr().out
    syncd("baseline", "list", "-f", "md")
    assert "| dana | the vendor is late |" in capsys.readouterr().out


def test_the_log_tells_every_decision_in_its_order(url, capsys):
    with closing(open_store(url, now=NOW)) as store:
        store.record(run(), [step(alert(finding("LED-88"), number=1))], [])
        store.decide_link(
            LinkDecision(
                dependant=WORK[0].key,
                prerequisite=WORK[1].key,
                accepted=True,
                at=NOW - timedelta(days=3),
                by="leo",
                reason="Kim said so",
            )
        )
    syncd("alerts", "accept", "D-1", "--until", SOON.isoformat(), "--reason", "agreed",
          "--by", "dana")  # fmt: skip
    syncd("baseline", "set", "checkout", "--reason", "vendor", "--by", "dana")
    entries = answer(capsys, "log")["entries"]
    assert [(one["by"], one["text"]) for one in entries] == [
        ("leo", "Kim said so"), ("dana", "agreed"), ("dana", "vendor"),
    ]  # fmt: skip
    assert [one["text"] for one in answer(capsys, "log", "--since", "1d")["entries"]] == [
        "agreed", "vendor",
    ]  # fmt: skip
    syncd("log", "-f", "md")
    out = capsys.readouterr().out
    assert "| leo | PAY-1 waits for PAY-2 | Kim said so |" in out
    assert "| D-1 Title of LED-88 accepted until" in out
    syncd("log", "--width", "110")
    assert "set the baseline of Checkout 2.0 to" in " ".join(capsys.readouterr().out.split())


def test_the_log_calls_a_release_as_people_do(url, capsys):
    with closing(open_store(url, now=NOW)) as store:
        store.decide_link(LinkDecision(dependant=RELEASE.key, prerequisite=WORK[1].key,
                                       accepted=True, at=NOW, by="leo"))  # fmt: skip
    syncd("log", "-f", "md")
    assert "| leo | PAY 2.0 waits for PAY-2 |" in capsys.readouterr().out


def test_an_empty_log_says_so(url, capsys):
    syncd("log")
    assert capsys.readouterr().out == "Nothing was decided yet.\n"
    assert syncd("log", "--since", "soon") == 2
    capsys.readouterr()
    assert syncd("log", "--since", "2999-01-01") == 2
    assert '--since "2999-01-01" is ahead' in capsys.readouterr().err


def test_what_an_option_lacks_is_told_where_that_option_is_explained(capsys):
    assert syncd("alerts", "explain", "--why-not", "PAY-1") == 2
    assert "see: syncd alerts explain --help" in capsys.readouterr().err
