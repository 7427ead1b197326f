"""`syncd alerts ack` and its kin on a small store: what is kept, shown and refused."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from clock import stand
from disks import a_disk_that_takes

from syncd.alerts.withholding import ADOPTED
from syncd.cli.entry import run_command
from syncd.model.alerts import AlertState, MessageState, Reason
from syncd.model.findings import Push
from syncd.store import open_store
from syncd.testing.alert_store_contract import message, run, step
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import AS_OF

CONFIG = """\
[store]
url = "sqlite:///var/syncd.db"
[people.dana]
name = "Dana"
email = "dana@example.com"
"""
FIRST, SECOND = finding("LED-88"), finding("PAY-1")
OVER = finding("OLD-1")
SOON = (AS_OF + timedelta(days=30)).date().isoformat()


@pytest.fixture
def url(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "syncd.toml").write_text(CONFIG)
    held = f"sqlite:///{tmp_path}/var/syncd.db"
    alerts = (
        alert(FIRST, number=1),
        alert(SECOND, number=2),
        alert(OVER, number=3, state=AlertState.RESOLVED, resolved_at=AS_OF),
    )
    with closing(open_store(held, now=AS_OF)) as store:
        store.record(run(), [step(one) for one in alerts], [])
    return held


def syncd(*words):
    return run_command(["-c", "syncd.toml", *words])


def listed(capsys, state):
    syncd("alerts", "list", "--state", state, "-f", "jsonl")
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("words", "state", "shown"),
    [
        (("ack", "D-1"), "acked", "acknowledged by dana on "),
        (("snooze", "1", "--for", "2w"), "snoozed", "snoozed by dana until"),
        (("snooze", "D-1", "--until", SOON), "snoozed", "snoozed by dana until"),
        (
            ("accept", "D-1", "--until", SOON, "--reason", "agreed"),
            "accepted",
            "accepted by dana until",
        ),
    ],
)
def test_an_answer_shows_at_once_in_the_list(url, capsys, words, state, shown):
    assert syncd("alerts", *words, "--by", "dana") == 0
    assert capsys.readouterr().out.startswith("D-1 ")
    (one,) = listed(capsys, state)
    assert (one["alert"], one["state"]) == ("D-1", "firing")
    assert (one["answer"]["by"], one["answer"]["act"]) == ("dana", words[0])
    syncd("alerts", "list", "--width", "80")
    assert shown in " ".join(capsys.readouterr().out.split())
    assert [each["alert"] for each in listed(capsys, "open")] == ["D-1", "D-2"]
    for command in ("show", "explain"):
        syncd("alerts", command, "D-1")
        state = " ".join(capsys.readouterr().out.partition("open since")[0].split())
        assert f" · {shown}" in state, "the state is the one that people gave it"
        assert "firing" not in state


def test_what_has_no_key_is_named_once_among_what_an_alert_pushes(url, capsys):
    item, whole = (Push(ref=ref, title=title, slip=4) for ref, title in
                   (("PAY-142", "Capture"), ("Storefront 5", "Storefront 5")))  # fmt: skip
    told = alert(finding("LED-9", pushes=(item, whole)), number=9)
    with closing(open_store(url, now=AS_OF)) as store:
        store.record(run("r2"), [step(told)], [])
    assert syncd("alerts", "explain", "D-9") == 0
    said = [line for line in capsys.readouterr().out.splitlines() if "Pushes" in line]
    assert said == ["Pushes: PAY-142 Capture +4 wd", "Pushes: Storefront 5 +4 wd"]


def test_what_was_said_is_shown_with_the_alert(url, capsys):
    syncd("alerts", "note", "D-1", "D-2", "Kim is on it", "--by", "dana")
    syncd("alerts", "accept", "D-1", "--until", SOON, "--reason", "the vendor said so")
    syncd("alerts", "feedback", "D-1", "not-useful")
    capsys.readouterr()
    syncd("alerts", "show", "D-1")
    out = " ".join(capsys.readouterr().out.split())
    assert ", dana noted: Kim is on it" in out
    assert "accepted until" in out
    assert ": the vendor said so" in out
    assert "called not useful" in out
    syncd("alerts", "show", "D-2", "-f", "json")
    (one,) = json.loads(capsys.readouterr().out)["alerts"]
    assert [act["text"] for act in one["acts"]] == ["Kim is on it"]
    assert one["answer"] is None


def test_an_answer_to_earlier_news_says_so(url, capsys):
    """It does not count any more, be it given before the newer news or to an old mail."""
    syncd("alerts", "snooze", "D-1", "2w")
    syncd("alerts", "note", "D-1", "Hm")
    for update in (1, 2):
        with closing(open_store(url, now=AS_OF)) as store:
            store.record(run(f"r{update + 1}"), [step(alert(FIRST, number=1, update=update))], [])
        capsys.readouterr()
        syncd("alerts", "show", "D-1")
        told = capsys.readouterr().out
        assert told.count("(said of update 1)") == update - 1


def test_who_answers_what_another_alert_tells_of_hears_that_this_one_goes_on(url, capsys):
    below = alert(finding("V-1"), number=10, inhibited_by=FIRST.fingerprint)
    with closing(open_store(url, now=AS_OF)) as store:
        store.record(run("r2"), [step(below)], [])
    goes_on = "D-1 tells of it and goes on: syncd -c syncd.toml alerts snooze D-1"
    for words, is_said in ((("snooze", "D-10"), True), (("note", "D-10", "Hm"), False)):
        syncd("alerts", *words)
        assert (goes_on in " ".join(capsys.readouterr().out.split())) is is_said
    syncd("alerts", "accept", "D-10", "--until", "2026-12-18", "--reason", "Known")
    told = " ".join(capsys.readouterr().out.split())
    assert "alerts accept D-1 --until 2026-12-18 --reason WHY" in told
    syncd("alerts", "snooze", "D-1")
    assert "goes on" not in capsys.readouterr().out


def test_a_root_names_what_it_speaks_for(url, capsys):
    victims = [alert(finding(f"V-{n}"), number=10 + n, inhibited_by=FIRST.fingerprint)
               for n in range(7)]  # fmt: skip
    with closing(open_store(url, now=AS_OF)) as store:
        store.record(run("r2"), [step(one) for one in victims], [])
    syncd("alerts", "show", "D-1")
    out = " ".join(capsys.readouterr().out.split())
    assert "With it D-1" in out
    assert "date-moved: Title of V-" in out
    assert "; and 2 others" in out


def test_the_first_summary_of_old_problems_counts_as_telling_of_them(url, capsys):
    old = alert(finding("OLD-2"), number=9, known=True, told_at=None)
    mail = message(
        old, alerts=((f"{ADOPTED}{old.fingerprint}", 0),), reason="adoption",
        state=MessageState.SENT, sent_at=AS_OF,
    )  # fmt: skip
    with closing(open_store(url, now=AS_OF)) as store:
        store.record(run("r2"), [step(old)], [mail])
    for command, words in (("explain", "1 message sent"), ("show", "dana@example.com: sent")):
        syncd("alerts", command, "D-9")
        assert words in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("words", "ids", "days"),
    [
        ("D-1", ["D-1"], 2),
        ("D-1 2d", ["D-1"], 2),
        ("D-1 D-2 for 2 weeks", ["D-1", "D-2"], 14),
        ("2 D-1 tomorrow", ["D-1", "D-2"], 1),
        ("D-1 2", ["D-1", "D-2"], 2),
        ("D-1 --for tomorrow", ["D-1"], 1),
        ("D-1 --until 3w", ["D-1"], 21),
    ],
)
def test_snooze_takes_the_forms_of_a_reply(url, capsys, words: str, ids, days: int):
    assert syncd("alerts", "snooze", *words.split()) == 0
    capsys.readouterr()
    until = {one["alert"]: one["answer"]["until"] for one in listed(capsys, "snoozed")}
    today = AS_OF.date()
    assert until == dict.fromkeys(ids, (today + timedelta(days=days)).isoformat())


def test_on_a_friday_it_is_quiet_for_two_working_days_and_the_day_is_told(url, capsys, monkeypatch):
    stand(monkeypatch, datetime(2026, 11, 27, 15, 0, tzinfo=UTC))
    assert syncd("alerts", "snooze", "D-1") == 0
    assert "silent until Tue 1 Dec" in capsys.readouterr().out.replace("\xa0", " ")


def test_a_day_and_its_month_are_no_alerts(url, capsys):
    ahead = AS_OF.date() + timedelta(days=9)
    assert syncd("alerts", "snooze", "D-1", "until", str(ahead.day), f"{ahead:%b}") == 0
    capsys.readouterr()
    assert [one["answer"]["until"] for one in listed(capsys, "snoozed")] == [ahead.isoformat()]


def test_reopen_takes_the_answer_back(url, capsys):
    syncd("alerts", "snooze", "D-1", "--for", "2d")
    assert syncd("alerts", "reopen", "D-1") == 0
    capsys.readouterr()
    assert listed(capsys, "snoozed") == []


def test_a_script_gets_what_was_kept(url, capsys):
    syncd("alerts", "ack", "D-1", "D-2", "-f", "json")
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "syncd/acts/1"
    assert [act["alert"] for act in found["acts"]] == ["D-1", "D-2"]


def test_equal_answers_in_a_row_are_one_line_of_the_log_and_all_kept_for_scripts(url, capsys):
    for ref in ("D-1", "D-1", "D-2", "D-1"):
        syncd("alerts", "ack", ref, "--by", "dana")
    capsys.readouterr()
    syncd("log", "--width", "120")
    lines = [line for line in capsys.readouterr().out.splitlines() if "acknowledged" in line]
    assert [("D-1" in line, "(2 times)" in line) for line in lines] == [
        (True, True), (False, False), (True, False),
    ]  # fmt: skip
    syncd("log", "-f", "json")
    assert len(json.loads(capsys.readouterr().out)["entries"]) == 4


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("ack", "D-9"), 'there is no alert "D-9"'),
        (("ack", "D-3"), "D-3 (Title of OLD-1) is resolved"),
        (("ack", "D-1", "--by", "dan"), 'there is no person "dan", did you mean "dana"?'),
        (("snooze", "D-1", "2x"), '"2x" is no alert such as D-41, and is no day'),
        (("snooze", "D-1", "until", "26/11"), '"until" is no alert'),
        (("snooze", "D-1", "2d", "--until", SOON), 'say until when once, by "2d"'),
        (("snooze", "D-1", "--for", "2d", "--until", SOON), "say until when"),
        (("snooze", "D-1", "--for", "0d"), '--for "0d" is no day to come'),
        (("snooze", "D-1", "--until", "soon"), '--until "soon" is no day to come'),
        (("snooze", "D-1", "--until", "2020-01-01"), '--until "2020-01-01" is not to come'),
        (("snooze", "D-1", "--until", "9999-12-31"), '--until "9999-12-31" is no day to come'),
        (("accept", "D-1", "--reason", "so", "--until", "2028-01-01"), "within a year"),
        (("accept", "D-1", "--until", SOON), "--reason"),
        (("accept", "D-1", "--reason", "x"), "--until"),
        (("accept", "D-1", "--reason", " ", "--until", SOON), "needs words"),
        (("note", "D-1", ""), "needs words"),
        (("reopen", "D-1"), "nobody has answered it"),
        (("feedback", "D-1", "great"), '"great" is not one of useful, not-useful, known'),
        (("list", "--state", "gone"), "open, acked, snoozed, accepted, pending"),
    ],
)
def test_what_means_nothing_is_refused_and_nothing_is_kept(url, capsys, words, why):
    assert syncd("alerts", *words) == 2
    assert why in " ".join(capsys.readouterr().err.split())
    with closing(open_store(url, now=AS_OF, read_only=True)) as store:
        assert store.acts() == ()


def test_of_several_alerts_none_is_answered_where_one_cannot_be(url, capsys):
    assert syncd("alerts", "ack", "D-1", "D-3") == 2
    with closing(open_store(url, now=AS_OF, read_only=True)) as store:
        assert store.acts() == ()


def test_what_is_over_can_still_be_noted_and_judged(url):
    assert syncd("alerts", "note", "D-3", "it was the holiday") == 0
    assert syncd("alerts", "feedback", "D-3", "useful") == 0


def test_a_pass_that_was_under_way_overwrites_no_answer(url, capsys):
    with closing(open_store(url, now=AS_OF, own=True)) as service:
        before = service.alerts()
        syncd("alerts", "snooze", "D-1", "--for", "2d")
        service.record(run("r2"), [step(before[0], Reason.CHANGED)], [])
    capsys.readouterr()
    assert [one["alert"] for one in listed(capsys, "snoozed")] == ["D-1"]


@pytest.mark.parametrize(
    "words",
    [
        ("ack", "D-1"), ("note", "D-1", "known"), ("feedback", "D-1", "useful"),
        ("accept", "D-1", "--until", SOON, "--reason", "agreed"),
    ],
)  # fmt: skip
def test_on_a_full_disk_nothing_is_said_to_be_kept_and_nothing_is_lost(url, capsys, words):
    with a_disk_that_takes(1000):
        code = syncd("alerts", *words, "--by", "dana")
    out, err = capsys.readouterr()
    assert (code, out) == (1, "")
    assert "the store cannot be used: the disk" in err
    assert "nothing was lost" in err
    assert "df -" in err
    with closing(open_store(url, now=AS_OF, read_only=True)) as store:
        assert store.acts() == ()
        assert len(store.alerts()) == 3
    assert syncd("alerts", *words, "--by", "dana") == 0
