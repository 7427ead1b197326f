"""`syncd notify` and `syncd routes` on a small store: to whom, when, why, or why held."""

import email
import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.policy import default

import pytest

from syncd.alerts.answers import seen
from syncd.app import App
from syncd.cli.entry import run_command
from syncd.interfaces import Page
from syncd.model.acts import Act, ActKind, Way
from syncd.model.snapshot import Scope
from syncd.passes import Elapsed, record_of
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.builders import issue

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
DUE = (NOW - timedelta(days=9)).date().isoformat()
CONFIG = """\
[sources.jira]
kind = "file"
paths = ["jira.json"]
[sources.jira.audience]
SEC = ["vault"]
[store]
url = "sqlite:///var/syncd.db"
[teams.payments]
owns = ["jira:PAY"]
[teams.vault]
owns = ["jira:SEC"]
[programs.checkout]
name = "Checkout"
teams = ["payments", "vault"]
[people.dana]
name = "Dana"
email = "dana@example.com"
role = "tpm"
programs = ["checkout"]
[people.leo]
name = "Leo"
email = "leo@example.com"
role = "lead"
team = "payments"
drift = "digest"
[people.vp]
name = "VP"
email = "vp@example.com"
role = "exec"
programs = ["checkout"]
[people.zoe]
name = "Zoe"
email = "zoe@example.com"
team = "vault"
accounts = { jira = "zoe" }
[mail]
from = "syncd <syncd@example.com>"
to_outbox = true
[rules.overdue]
severity = "critical"
[alerts]
adoption = false
"""


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Two overdue items, one of a project that only its team may see; nothing was mailed yet."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "jira.json").write_text("[]")

    def made(more=""):
        (tmp_path / "syncd.toml").write_text(CONFIG + more)
        born = NOW - 900 * HOUR
        public = issue("PAY-1", due=DUE, created_at=born, title="Capture")
        hidden = issue("SEC-1", due=DUE, created_at=born, title="Rotate keys", assignee="zoe")
        with closing(open_store(f"sqlite:///{tmp_path}/var/syncd.db", now=NOW)) as store:
            for scope, item in (("PAY", public), ("SEC", hidden)):
                store.commit(Scope("jira", scope), Page(items=(item,), last=True), NOW - HOUR)

    return made


def record(tmp_path):
    """What a run records, without sending."""
    with App(load(tmp_path / "syncd.toml", {}), now=NOW) as app:
        reconciled = app.reconcile(datetime.now(UTC), assume_fresh=True)
        decision = app.decide(reconciled)
        run = record_of((), reconciled, decision, Elapsed(NOW))
        app.store.record(run, decision.transitions, [*decision.queued, *decision.withdrawn])


def syncd(*words):
    return run_command(["-c", "syncd.toml", *words])


def document(capsys, *words):
    assert syncd(*words, "-f", "json") == 0
    return json.loads(capsys.readouterr().out)


def test_a_preview_says_for_each_mail_to_whom_when_and_why(start, capsys) -> None:
    start()
    found = document(capsys, "notify", "--dry-run")
    assert (found["schema"], found["dry_run"]) == ("syncd/notify/1", True)
    by_person = {one["person"]: one for one in found["messages"] if one["alerts"] == ["D-1"]}
    assert (by_person["dana"]["kind"], by_person["dana"]["why"]) == ("drift", "opened")
    assert (by_person["leo"]["hold"], by_person["leo"]["due"]) == ("mode", False)
    assert by_person["leo"]["why"] == "mode = digest"
    syncd("notify", "--dry-run", "--width", "120")
    out = capsys.readouterr().out
    assert "D-1 update 1" in out
    assert "reason: mode = digest" in out


def test_who_may_not_see_an_item_is_told_the_neutral_form(start, capsys, tmp_path) -> None:
    start()
    syncd("notify", "--dry-run", "--previews", "mails", "-f", "json")
    found = json.loads(capsys.readouterr().out)
    mails = {}
    for path, one in zip(found["previews"], found["messages"], strict=True):
        file = tmp_path / path
        assert file.stat().st_mode & 0o777 == 0o600
        mails.setdefault(one["person"], "")
        mails[one["person"]] += str(email.message_from_bytes(file.read_bytes(), policy=default))
    assert "Rotate keys" in mails["zoe"]
    for word in ("Rotate", "SEC-1"):
        assert word not in mails["dana"]
    assert {one["person"] for one in found["messages"] if one["neutral"]} == {"dana"}


def test_only_one_alert_is_sent_and_the_rest_stays(start, capsys, tmp_path) -> None:
    start()
    record(tmp_path)
    found = document(capsys, "notify", "--only", "D-1")
    assert {one["person"] for one in found["messages"]} == {"dana"}
    assert {one["state"] for one in found["messages"]} == {"sent"}
    rest = document(capsys, "notify", "--dry-run")
    assert {one["person"] for one in rest["messages"]} == {"dana", "leo", "zoe"}
    assert all("D-1" not in one["alerts"] for one in rest["messages"] if one["person"] == "dana")


def test_what_was_answered_is_listed_as_quiet(start, capsys, tmp_path) -> None:
    start()
    record(tmp_path)
    syncd("alerts", "snooze", "D-1", "--for", "3d", "--by", "dana")
    capsys.readouterr()
    (quiet,) = document(capsys, "notify", "--dry-run")["quiet"]
    assert quiet["alert"] == "D-1"
    assert quiet["why"].startswith("snoozed by dana until")
    syncd("notify", "--dry-run")
    assert "nobody" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--to", "fax"), 2),
        (("--previews", "x"), 2),
        (("--only", "D-99"), 2),
        (("--to", "smtp"), 5),
    ],
)
def test_what_cannot_be_done_says_so(start, capsys, words, code) -> None:
    start()
    try:
        found = syncd("notify", *words)
    except SystemExit as error:
        found = error.code
    assert found == code
    assert capsys.readouterr().err


def test_a_waiting_mail_is_made_neutral_when_its_reader_loses_the_right(
    start, capsys, tmp_path
) -> None:
    start('[sources.spare]\nkind = "file"\npaths = ["jira.json"]\n')
    path = tmp_path / "syncd.toml"
    path.write_text(path.read_text().replace('["vault"]', '["everyone"]'))
    record(tmp_path)
    path.write_text(path.read_text().replace('["everyone"]', '["vault"]'))
    assert {one["person"] for one in document(capsys, "notify")["messages"]} == {"dana", "zoe"}
    with App(load(path, {}), now=NOW) as app:
        sent = [one for one in app.store.messages() if one.state == "sent"]
        assert not [one for one in sent if one.person == "dana" and b"Rotate" in one.body]
        decision = app.decide(app.reconcile(datetime.now(UTC), assume_fresh=True))
    (anew,) = (one for one in decision.queued if one.person == "dana")
    assert b"Rotate" not in anew.body
    assert anew.veiled
    (gone,) = (one for one in decision.withdrawn if one.person == "dana")
    assert gone.error == "dana may not see all of it any more"


def test_routes_test_tells_each_person_by_which_line(start, capsys, tmp_path) -> None:
    start('[routes.calm]\nrule = ["overdue"]\nrole = ["lead"]\nwhen = "drop"\n')
    record(tmp_path)
    found = document(capsys, "routes", "test", "PAY-1")
    assert found["schema"] == "syncd/routes-test/1"
    told = {one["person"]: one for one in found["people"]}
    assert (told["dana"]["told"], told["dana"]["key"]) == (True, "people.dana.programs")
    line = CONFIG.splitlines().index('programs = ["checkout"]') + 1
    assert told["dana"]["line"].endswith(f"syncd.toml:{line}")
    assert (told["leo"]["told"], told["leo"]["why"]) == (False, "the route calm drops it")
    assert told["leo"]["line"].endswith(f"syncd.toml:{len(CONFIG.splitlines()) + 1}")
    assert told["vp"]["why"] == "leaders hear of tier A from high on only"
    assert told["zoe"]["why"] == "no line of the configuration reaches them"
    hidden = {
        one["person"]: one["sight"]
        for one in document(capsys, "routes", "test", "SEC-1")["people"]
        if one["told"]
    }
    assert hidden == {"dana": "nothing", "zoe": "full"}
    assert syncd("routes", "test", "D-1", "--width", "120") == 0
    assert "the route calm drops it" in capsys.readouterr().out


def test_whoever_asks_why_no_mail_came_is_told_what_people_stopped(start, capsys, tmp_path) -> None:
    start()
    record(tmp_path)
    with closing(open_store(f"sqlite:///{tmp_path}/var/syncd.db", now=NOW)) as store:
        for scope in ("PAY", "SEC"):
            store.commit(Scope("jira", scope), Page(last=True), datetime.now(UTC))
        (about,) = (seen(one) for one in store.alerts() if one.id == "D-1")
        store.keep_act(Act(kind=ActKind.STOP, at=NOW, by="dana", seen=about, way=Way.LINK))
        store.keep_act(Act(kind=ActKind.STOP, at=NOW, by="leo", name="alert", way=Way.LINK))
    told = {one["person"]: one for one in document(capsys, "routes", "test", "D-1")["people"]}
    assert not told["dana"]["told"]
    assert "syncd alerts reopen D-1" in told["dana"]["why"]
    assert told["leo"]["why"] == "asked for no more mail of the kind alert"
    asked = ("alerts", "explain", "--why-not", "PAY-1", "overdue")
    (answer,) = document(capsys, *asked)["answers"]
    passed = {one.split(" passes ")[1].split(" by")[0]: one for one in answer["alerts"]
              if " passes " in one}  # fmt: skip
    assert set(passed) == {"dana", "leo", "vp"}, "no line reaches zoe, and that is nothing to tell"
    assert "asked for no more mail of this" in passed["dana"]
    assert "leaders hear of tier A from high on only" in passed["vp"]
    quiet = [(one["alert"], one["why"]) for one in document(capsys, "notify", "--dry-run")["quiet"]]
    assert quiet == [("D-1", "dana asked for no more mail of this")]


def test_routes_test_takes_a_finding_that_is_no_alert_yet(start, capsys) -> None:
    start()
    found = document(capsys, "routes", "test", "PAY-1")
    assert found["alert"] is None
    assert "dana" in {one["person"] for one in found["people"] if one["told"]}


def test_who_may_not_be_written_to_is_told_before_any_mail_is_lost(start, capsys, tmp_path) -> None:
    start()
    file = tmp_path / "syncd.toml"
    file.write_text(file.read_text().replace('"leo@example.com"', '"leo@evil.example"').replace(
        "to_outbox", 'allowed_domains = ["example.com"]\nto_outbox'))  # fmt: skip
    told = {one["person"]: one for one in document(capsys, "routes", "test", "PAY-1")["people"]}
    assert not told["leo"]["told"]
    assert told["leo"]["why"] == "evil.example is not among mail.allowed_domains"
    assert told["dana"]["told"]
    (problem,) = document(capsys, "config", "validate")["problems"]
    assert (problem["path"], problem["warning"]) == ("people.leo.email", True)
    assert "evil.example is not among mail.allowed_domains" in problem["message"]


def test_its_own_mail_is_no_reason_to_put_an_alert_off(start, capsys, tmp_path) -> None:
    start()
    record(tmp_path)
    told = {one["person"]: one for one in document(capsys, "routes", "test", "SEC-1")["people"]}
    assert told["zoe"]["told"]
    assert told["zoe"]["hold"] != "budget"


def test_routes_are_listed_in_the_order_of_the_walk(start, capsys) -> None:
    start(
        '[routes.b]\nteam = ["vault"]\nto = ["owner"]\n[routes.a]\nwhen = "digest"\n'
        '[routes.c]\nwithin = "b"\nseverity = "critical"\nwhen = "now"\n'
    )
    entries = document(capsys, "routes", "list")["routes"]
    assert [one["id"] for one in entries] == ["b", "a", "c"]
    syncd("routes", "list", "--width", "120")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["b", "c", "a"]
