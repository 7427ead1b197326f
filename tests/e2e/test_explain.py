"""`syncd alerts explain` and `syncd whatif` as commands, on a store that a run has filled."""

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest
from clock import stand

from syncd.cli.entry import run_command
from syncd.interfaces import Page
from syncd.model.history import Change
from syncd.store import open_store
from syncd.testing.builders import AS_OF

HEADER = (
    "Summary,Issue key,Issue id,Issue Type,Status,Status Category,Project key,"
    "Assignee,Assignee Id,Created,Updated,Due date,Inward issue link (Blocks)\n"
)
CONFIG = """\
timezone = "Europe/Berlin"
[sources.jira]
kind = "file"
paths = ["jira.csv"]
[teams.payments]
name = "Payments"
owns = ["jira:PAY"]
[teams.ledger]
name = "Ledger"
owns = ["jira:LED"]
[people.rosei]
name = "R. Osei"
email = "r.osei@example.com"
team = "ledger"
accounts = { jira = "rosei" }
[rules.overdue]
zombie_bd = 50
[alerts]
quiet_hours = false
adoption = false
"""
TODAY = AS_OF.date()


def row(ref: str, title: str, due: date, waits_for: str = "") -> str:
    project, number = ref.split("-")
    return (
        f"{title},{ref},1{number},Story,In Progress,In Progress,{project},"
        f"R. Osei,rosei,2026-01-05 09:00,2026-01-06 10:00,{due:%Y-%m-%d},{waits_for}\n"
    )


Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    stand(monkeypatch, AS_OF)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "syncd.toml").write_text(CONFIG)
    (tmp_path / "jira.csv").write_text(
        HEADER
        + row("LED-88", "Ledger API", TODAY - timedelta(days=9))
        + row("PAY-142", "Capture", TODAY + timedelta(days=20), "LED-88")
    )

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run_command(["-c", str(tmp_path / "syncd.toml"), *arguments])
        out, err = capsys.readouterr()
        return code, " ".join(out.split()), err

    assert run("run")[0] == 0
    return run


def bytes_of_store(folder: Path) -> str:
    return hashlib.sha256((folder / "var" / "syncd.db").read_bytes()).hexdigest()


def test_an_alert_shows_its_formula_and_where_its_thresholds_are_set(call: Call) -> None:
    code, out, _ = call("alerts", "explain", "D-1")
    assert code == 0
    assert "Reckoned:" in out
    assert "it is still In Progress" in out
    assert "zombie_bd = 50, found" in out
    assert re.search(r"syncd\.toml:\d+:\d+\)", out)
    code, out, _ = call("-f", "json", "alerts", "explain", "D-1")
    (entry,) = json.loads(out)["alerts"]
    (threshold,) = entry["thresholds"]
    assert (threshold["parameter"], threshold["limit"]) == ("zombie_bd", "50")
    assert threshold["origin"].endswith("syncd.toml:17:1")
    assert entry["formula"]
    assert entry["judged_at"]
    assert entry["judged_by"]["code_version"] == f"syncd {version('syncd')}"
    assert len(entry["judged_by"]["config_hash"]) == 64


def test_the_version_that_judged_is_shown_and_not_the_one_that_is_asked(
    call: Call, tmp_path: Path
) -> None:
    assert f"by syncd {version('syncd')} ·" in call("alerts", "explain", "D-1")[1]
    with closing(sqlite3.connect(tmp_path / "var" / "syncd.db")) as store, store:
        store.execute("UPDATE runs SET code_version = 'syncd 0.0.9'")
    assert "by syncd 0.0.9 ·" in call("alerts", "explain", "D-1")[1]
    with closing(sqlite3.connect(tmp_path / "var" / "syncd.db")) as store, store:
        store.execute("DELETE FROM runs")
    assert "by syncd" not in call("alerts", "explain", "D-1")[1]


def test_a_replay_agrees_until_the_configuration_says_otherwise(call: Call, tmp_path: Path) -> None:
    code, out, _ = call("alerts", "explain", "--replay", "D-1")
    assert (code, "it agrees." in out) == (0, True)
    (tmp_path / "syncd.toml").write_text(CONFIG.replace("zombie_bd = 50", "zombie_bd = 55"))
    code, out, _ = call("alerts", "explain", "--replay", "D-1")
    assert code == 1
    assert "it differs. reckoning was" in out
    assert "Since then: the configuration is another." in out
    (tmp_path / "syncd.toml").write_text(CONFIG.replace("zombie_bd = 50", "enabled = false"))
    code, out, _ = call("-f", "json", "alerts", "explain", "--replay", "D-1")
    (entry,) = json.loads(out)["alerts"]
    assert (code, entry["replay"]["differences"]) == (1, ["nothing is found now"])


def test_a_replay_agrees_on_what_an_alert_keeps_of_its_mail(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The day until which people were asked stays as it was told; the overdue days grow."""
    (first,) = json.loads(call("-f", "json", "alerts", "explain", "D-1")[1])["alerts"]
    stand(monkeypatch, AS_OF + timedelta(days=1))
    assert call("run")[0] == 0
    (entry,) = json.loads(call("-f", "json", "alerts", "explain", "D-1", "--replay")[1])["alerts"]
    assert (entry["by"], entry["slip"]) == (first["by"], first["slip"] + 1)
    assert entry["replay"] == {"verdict": "it agrees", "differences": [], "since": []}
    assert "changed" not in call("alerts", "explain", "D-1")[1], "that it is a day older is no step"


def test_what_is_not_kept_of_a_source_is_not_judged_again(call: Call, tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/var/syncd.db", now=AS_OF)) as store:
        store.note_skew("jira", 600, AS_OF)
    assert call("run")[0] == 0
    every = json.loads(call("-f", "json", "alerts", "list")[1])["alerts"]
    (skew,) = [one["alert"] for one in every if one["rule"] == "clock-skew"]
    with closing(open_store(f"sqlite:///{tmp_path}/var/syncd.db", now=AS_OF)) as store:
        store.note_skew("jira", 0, AS_OF + timedelta(minutes=1))
    code, out, _ = call("alerts", "explain", "--replay", skew)
    assert (code, "it cannot be judged again" in out) == (3, True)


def test_a_replay_knows_nothing_that_was_learned_since(call: Call, tmp_path: Path) -> None:
    now = AS_OF
    with closing(open_store(f"sqlite:///{tmp_path}/var/syncd.db", now=now)) as store:
        (late,) = [one for one in store.snapshot(now).issues if one.ref == "LED-88"]
        (due,) = late.claims
        later = due.hi + timedelta(days=1)
        moved = Change(
            item=late.key, field="due", old=str(due.hi), new=str(later),
            at=now - timedelta(hours=1), native_id="c1", actor="rosei",
        )  # fmt: skip
        after = replace(late, claims=(replace(due, lo=later, hi=later),))
        page = Page(items=(after,), changes=(moved,))
        store.commit(store.freshness()[0].scope, page, now + timedelta(minutes=1))
    code, out, _ = call("alerts", "explain", "--replay", "D-1")
    assert code == 0, out
    out = call("alerts", "explain", "--as-of", f"{TODAY:%Y-%m-%d}", "LED-88")[1]
    assert "set by R. Osei" in out


def test_a_past_day_is_rebuilt_for_alerts_and_for_subjects(call: Call) -> None:
    past = f"{TODAY - timedelta(days=4):%Y-%m-%d}"
    for name in ("D-1", "LED-88"):
        code, out, _ = call("alerts", "explain", "--as-of", past, name)
        assert code == 0
        assert "rule overdue" in out
        assert "as of" in out
    early = f"{TODAY - timedelta(days=30):%Y-%m-%d}"
    assert "Nothing was found of LED-88" in call("alerts", "explain", "--as-of", early, "LED-88")[1]
    assert call("alerts", "explain", "--as-of", "soon", "D-1")[0] == 2
    assert call("alerts", "explain")[0] == 2


def test_why_not_names_the_guard_or_where_the_mail_is(call: Call) -> None:
    code, out, err = call("alerts", "explain", "--why-not", "PAY-142", "overdue")
    assert code == 0
    assert out.startswith("PAY-142, overdue: silent: its due date,")
    assert "Payments holds it: the team owns jira:PAY." in err
    asked = ("alerts", "explain", "--why-not", "PAY-142", "overdue")
    (found,) = json.loads(call("-f", "json", *asked)[1])["teams"]
    assert (found["team"], found["confidence"]) == ("payments", 0.95)
    out = call("alerts", "explain", "--why-not", "D-1", "overdue")[1]
    assert "overdue: it fires: Ledger API (LED-88) was due" in out
    assert out.endswith("D-1 is below high, so it waits for a digest; D-1 has 1 mail dead.")
    until = TODAY + timedelta(days=300)
    assert call("alerts", "accept", "D-1", "--reason", "agreed", "--until", str(until))[0] == 0
    out = call("alerts", "explain", "--why-not", "LED-88", "overdue")[1]
    assert re.search(rf"D-1 was accepted by \S+ until \w+ {until.day} [^:]*: agreed", out)
    past = f"{TODAY - timedelta(days=30):%Y-%m-%d}"
    out = call("alerts", "explain", "--why-not", "LED-88", "overdue", "--as-of", past)[1]
    assert out.startswith("LED-88, overdue: silent: its due date,")
    code, _, err = call("alerts", "explain", "--why-not", "PAY-14", "overdue")
    assert (code, 'did you mean "PAY-142"?' in err) == (2, True)
    code, _, err = call("alerts", "explain", "--why-not", "PAY-142", "overdu")
    assert (code, 'did you mean "overdue"?' in err) == (2, True)
    code, _, err = call("alerts", "explain", "--why-not", "PAY-142")
    assert (code, "requires 2 arguments" in err) == (2, True)


def test_what_if_tells_what_moves_and_writes_nothing(call: Call, tmp_path: Path) -> None:
    before = bytes_of_store(tmp_path)
    code, out, err = call("whatif", "--slip", "LED-88=8w")
    assert code == 0
    assert "If Ledger API (LED-88) is 40 working days later:" in out
    assert "Team Payments: 1 item moves" in out
    assert "(dep-late)" in out
    assert "Nothing was written." in err
    code, out, _ = call("-f", "json", "whatif", "--done", "LED-88")
    document = json.loads(out)
    assert document["schema"] == "syncd/whatif/1"
    assert [one["rule"] for one in document["clears"]] == ["overdue", "status-mismatch"]
    assert document["opens"] == []
    out = call("-f", "md", "whatif", "--drop", "LED-88")[1]
    assert out.startswith("### What if Ledger API (LED-88) is dropped?")
    assert "(dep-dropped)" in out
    assert (
        "no alert would open"
        in call("whatif", "--absent", f"rosei={TODAY + timedelta(days=90)}")[1]
    )
    assert bytes_of_store(tmp_path) == before


def test_what_is_done_already_spoils_no_question(call: Call, tmp_path: Path) -> None:
    done = row("LED-90", "Export", TODAY).replace("In Progress,In Progress", "Done,Done")
    with (tmp_path / "jira.csv").open("a") as file:
        file.write(done)
    assert call("run")[0] == 0
    code, out, _ = call("whatif", "--slip", "LED-88=8w", "--done", "LED-90")
    assert (code, "If Export (LED-90) is done, as it is already:" in out) == (0, True)
    assert "Team Payments: 1 item moves" in out
    assert "no alert would open" in call("whatif", "--done", "LED-90")[1]
    assert "LED-90 is Done already" in call("whatif", "--drop", "LED-90")[2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "say what to assume"),
        (("--slip", "LED-8=2d"), 'there is no item "LED-8", did you mean "LED-88"?'),
        (("--slip", "LED-88"), "is not of the form KEY=10d"),
        (("--drop", "LED-88", "--done", "LED-88"), "assume one thing of LED-88"),
        (("--slip", "LED-88=2x"), "is not a time such as 10d (working days) or 2w"),
        (("--slip", "LED-88=0d"), "is not a time such as 10d"),
        (("--absent", "osei=2026-12-01"), 'nobody is called "osei", did you mean "rosei"?'),
        (("--absent", "rosei=2026-13-01"), "is not a day such as 2026-12-01"),
        (("--absent", "rosei=2026-12-02..2026-12-01"), "ends before it begins"),
    ],
)
def test_what_cannot_be_assumed_is_wrong_usage(
    call: Call, arguments: tuple[str, ...], words: str
) -> None:
    code, out, err = call("whatif", *arguments)
    assert (code, out) == (2, "")
    assert words in err
