"""`syncd demo` from the outside: what it says, what it leaves, what can be asked of it after."""

import json
import os
import re
import stat
import subprocess
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
import warm

from syncd import plugins
from syncd.app import App
from syncd.settings import load

ENVIRONMENT = {**os.environ, "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": ""}


def syncd(*words: object) -> subprocess.CompletedProcess[str]:
    return warm.syncd(*words, env=ENVIRONMENT)


@pytest.fixture(scope="module")
def played(tmp_path_factory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("demo") / "demo"
    done = syncd("demo", folder)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.fixture(scope="module")
def mails(played) -> list:
    folder, _ = played
    return [
        message_from_bytes(path.read_bytes(), policy=default)
        for path in sorted((folder / "outbox").glob("*.eml"))
    ]


def test_it_tells_the_story_and_leaves_what_it_names(played) -> None:
    folder, told = played
    assert "github: what is new in 3 repositories: the credential was refused (401)" in told
    for line in told.splitlines():
        if line.startswith(f"  {folder}"):
            assert Path(line.split()[0]).exists()
    for name in ("report.html", "summary.md", "syncd.toml", "var/syncd.db", "outbox"):
        assert (folder / name).exists()
        assert f"{folder / name}" in told


def test_what_it_planted_was_found_and_what_was_mended_cleared(played) -> None:
    summary = (played[0] / "summary.md").read_text()
    for words in (
        "Ledger API v2 (LED-88) moved from",
        "it pushes PAY-142 by 1 working day",
        "PAY-142 waits for PAY-150 waits for MOB-60 waits for PAY-142",
        'the event "Checkout launch" moved',
        "cleared: Wallet on checkout (MOB-55)",
    ):
        assert words in summary, words
    first = date.fromisoformat(summary.split("# Checkout relaunch, ")[1][:10])
    first_day = f"{first:%a} {first.day} {first:%b}"
    assert f"- {first_day}" not in summary, "old problems are known, not news"
    assert re.search(r"^- \w{3} \d+ \w{3} 08:25 D-\d+ opened: ", summary, re.MULTILINE)
    assert "Checkout v3 (Checkout v3)" not in summary + played[1]


def test_its_shapes_are_those_of_the_tables(played) -> None:
    told = played[1]
    for shape, words in (("▲", "was due"), ("◆", "waits for"), ("○", "was last read")):
        lines = [line for line in told.splitlines() if " opened: " in line and words in line]
        assert lines, words
        assert {line.split()[2] for line in lines} == {shape}


def test_a_token_that_was_refused_for_two_hours_cost_nothing(played) -> None:
    folder, _ = played
    listed = json.loads(syncd("-c", folder / "syncd.toml", "alerts", "list", "--state", "all",
                              "-f", "json").stdout)  # fmt: skip
    stale = [alert for alert in listed["alerts"] if alert["rule"] == "source-stale"]
    assert [alert["state"] for alert in stale] == ["resolved"]
    assert not [alert for alert in listed["alerts"] if alert["state"] == "frozen"]


def test_mails_are_whole_and_addressed_to_people_of_the_configuration(mails) -> None:
    people = {"dana@example.com", "r.osei@example.com", "w.tan@example.com", "s.moreau@example.com"}
    assert len(mails) > 10
    assert {mail["To"].addresses[0].addr_spec for mail in mails} <= people
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
    for mail in mails:
        assert mail.get_body(("plain",)).get_content().strip()
        assert "<html" in mail.get_body(("html",)).get_content()
        assert mail["Auto-Submitted"] == "auto-generated"


def test_the_first_pass_is_one_summary_a_person(mails) -> None:
    first = [mail for mail in mails if mail["X-Syncd-Reason"] == "adoption"]
    people = [mail["To"].addresses[0].addr_spec for mail in first]
    assert "dana@example.com" in people
    assert len(people) == len(set(people))


def test_there_is_a_mail_of_each_kind_to_look_at(mails) -> None:
    """Of `experience.md` §3.1, to the person whom it is made for."""
    for kind, who in (
        ("adoption", "dana"), ("opened", "dana"), ("worse", "dana"), ("cleared", "dana"),
        ("digest", "r.osei"), ("brief", "w.tan"), ("pack", "r.osei"),
        ("weekly", "s.moreau"), ("opened", "s.moreau"),
    ):  # fmt: skip
        assert of_kind(mails, kind, f"{who}@example.com"), (kind, who)
    assert [mail for mail in mails if mail["Subject"].startswith("[syncd] ")], "to operators"
    charted = {
        mail["X-Syncd-Rule"]
        for mail in of_kind(mails, "worse", "dana@example.com")
        if "image/png" in {part.get_content_type() for part in mail.walk()}
    }
    assert "date-moved" in charted


def of_kind(mails, kind: str, who: str) -> list:
    return [
        mail
        for mail in mails
        if mail["X-Syncd-Reason"] == kind and mail["To"].addresses[0].addr_spec == who
    ]


def test_a_brief_comes_on_each_working_day_and_says_what_changed(mails) -> None:
    for who in ("dana@example.com", "w.tan@example.com"):
        found = of_kind(mails, "brief", who)
        assert len(found) == 16, "one for each morning that was played"
        assert len({mail["Subject"].partition(":")[0] for mail in found}) == 16
    found = of_kind(mails, "brief", "dana@example.com")
    text = "\n".join(mail.get_body(("plain",)).get_content() for mail in found)
    for words in ("moved: Ledger API v2 (LED-88): ", "Handed over from Singapore:",
                  "Your meetings today:", "No fresh data: GitHub", "Decide: "):  # fmt: skip
        assert words in text, words
    assert {mail["Subject"].partition("] ")[2].partition(": ")[2] for mail in found} > {
        "no date moved"
    }


def test_a_pack_comes_before_each_stand_up_to_its_guests_only(mails) -> None:
    found = [mail for mail in mails if mail["X-Syncd-Reason"] == "pack"]
    people = [mail["To"].addresses[0].addr_spec for mail in found]
    assert set(people) == {"dana@example.com", "r.osei@example.com"}
    assert len(people) == 8, "four Mondays or whatever day it is, each guest once"
    text = found[-1].get_body(("plain",)).get_content()
    assert "Open risks:" in text
    assert "LED-" in text
    assert "somebody.else" not in text


def test_the_brief_can_be_typed_in_every_form_and_width(played) -> None:
    config = ("-c", played[0] / "syncd.toml")
    for width in (80, 100, 120):
        done = syncd(*config, "brief", "--for", "dana", "--width", width)
        assert done.returncode == 0, done.stderr
        assert max(map(len, done.stdout.splitlines())) <= width
        assert "Top three for today" in done.stdout
    found = json.loads(syncd(*config, "-f", "json", "brief", "--for", "dana").stdout)
    assert found["schema"] == "syncd/brief/1"
    assert found["brief"]["person"] == "dana"
    lines = syncd(*config, "-f", "jsonl", "brief", "--for", "dana").stdout.splitlines()
    assert json.loads(lines[0])["type"] == "brief"
    assert syncd(*config, "-f", "md", "brief", "--for", "dana").stdout.startswith("## ")
    far = json.loads(
        syncd(*config, "-f", "json", "brief", "--for", "dana", "--since", "30d").stdout
    )
    assert far["brief"]["moved"] >= found["brief"]["moved"]
    assert far["brief"]["moved"] >= 2


def test_the_pack_of_a_meeting_can_be_typed(played) -> None:
    config = ("-c", played[0] / "syncd.toml")
    for name in ("ledger_standup", "ledger stand-up", "next"):
        done = syncd(*config, "-f", "json", "brief", "--for", "dana", "--meeting", name)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["pack"]["meeting"]["title"]
    wrong = syncd(*config, "brief", "--for", "dana", "--meeting", "nonsense")
    assert wrong.returncode == 2
    assert 'no meeting "nonsense" is ahead' in wrong.stderr


def test_a_brief_for_nobody_known_says_who_there_is(played) -> None:
    config = ("-c", played[0] / "syncd.toml")
    wrong = syncd(*config, "brief", "--for", "dna")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert 'did you mean "dana"?' in wrong.stderr
    unsaid = syncd(*config, "brief")
    assert unsaid.returncode == 2
    assert f"syncd -c {config[1]} brief --for PERSON" in unsaid.stderr
    assert syncd(*config, "brief", "--for", "dana", "--since", "soon").returncode == 2


def test_a_brief_is_read_only_until_it_is_to_be_sent(played) -> None:
    folder = played[0]
    config, outbox = ("-c", folder / "syncd.toml"), folder / "outbox"
    store = (folder / "var" / "syncd.db").read_bytes()
    before = set(outbox.iterdir())
    assert syncd(*config, "brief", "--for", "vp").returncode == 0
    assert set(outbox.iterdir()) == before
    assert (folder / "var" / "syncd.db").read_bytes() == store
    done = syncd(*config, "brief", "--for", "vp", "--send")
    assert done.returncode == 0, done.stderr
    assert "Sent to s.moreau@example.com." in done.stderr
    (fresh,) = [
        mail
        for path in set(outbox.iterdir()) - before
        if (mail := message_from_bytes(path.read_bytes(), policy=default))
        and mail["X-Syncd-Reason"] == "brief"
    ]
    assert fresh["To"].addresses[0].addr_spec == "s.moreau@example.com"


def test_a_brief_asked_for_twice_in_a_minute_is_said_to_be_sent_already(played) -> None:
    folder, said = played[0], []
    for _ in range(3):  # a minute may end between two of them, not between each two
        done = syncd("-c", folder / "syncd.toml", "brief", "--for", "dana", "--send")
        assert done.returncode == 0
        said.append(done.stderr)
    assert all("Sent to dana@example.com." in one for one in said)
    assert any("less than a minute ago" in one for one in said[1:])


def test_beside_a_service_a_brief_is_queued_for_it(played) -> None:
    folder = played[0]
    with App(
        load(folder / "syncd.toml", {}, catalog=plugins), now=datetime.now(UTC), own=True
    ) as app:
        done = syncd("-c", folder / "syncd.toml", "brief", "--for", "rosei", "--send")
        assert done.returncode == 0, done.stderr
        assert "the syncd that runs sends it" in done.stderr
        sent = app.deliver(datetime.now(UTC))
    assert "r.osei@example.com" in {one.recipient for one in sent if one.reason == "brief"}


def test_leaders_get_a_weekly_with_a_report(mails) -> None:
    weekly = [mail for mail in mails if mail["X-Syncd-Reason"] == "weekly"]
    assert len(weekly) >= 2
    assert {mail["To"].addresses[0].addr_spec for mail in weekly} == {"s.moreau@example.com"}
    assert len({mail["Subject"] for mail in weekly}) == len(weekly)
    for mail in weekly:
        assert "85 % sure by" in mail.get_body(("plain",)).get_content(), "a date with its odds"
        assert re.match(
            r"\[Checkout relaunch\] (Week \d+ of \d+|Fri \d+ \w+): launch \d+ \w+ ", mail["Subject"]
        )
        (beside,) = mail.iter_attachments()
        assert re.fullmatch(r"checkout-lead-for-vp-\d{4}-\d\d-\d\d\.html", beside.get_filename())
        for text in (
            mail.get_body(("plain",)).get_content(),
            beside.get_content().split("<main>")[1],
        ):
            assert not re.search(r"\b(PAY|LED|MOB|REL)[-‑]\d+|Osei|Dana Li", text)


def test_it_leaves_a_report_that_loads_nothing(played) -> None:
    path = played[0] / "report.html"
    text = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "Ledger API v2" in text
    assert "default-src &#39;none&#39;" in text
    assert not re.findall(r"<(?:img|link|iframe|object|embed)|\bsrc=|@import|url\((?!#)", text)


def test_no_credential_left_its_file(played) -> None:
    folder, told = played
    secrets = [path.read_text() for path in (folder / "secrets").iterdir()]
    texts = [told] + [
        path.read_bytes().decode(errors="replace")
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "secrets"
    ]
    for secret in secrets:
        assert not [text for text in texts if secret in text]
    assert stat.S_IMODE((folder / "secrets").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder / "secrets").iterdir()} == {0o600}


def test_the_ordinary_commands_work_on_it(played) -> None:
    config = ("-c", played[0] / "syncd.toml")
    found = json.loads(syncd(*config, "reconcile", "--offline", "-f", "json").stdout)
    rules = {finding["rule"] for finding in found["findings"]}
    assert {"dep-cycle", "dep-inversion", "event-moved", "overdue", "stalled"} <= rules
    assert syncd(*config, "status").returncode == 0
    assert "LED-88" in syncd(*config, "alerts", "list").stdout
    before = date.fromisoformat(found["as_of"][:10]) - timedelta(days=365)
    past = json.loads(
        syncd(*config, "reconcile", "--offline", "--as-of", before, "-f", "json").stdout
    )
    assert past["findings"] == [], "nothing had happened by then"


def test_its_three_weeks_can_be_lived_once_more(played) -> None:
    config, since = ("-c", played[0] / "syncd.toml"), str(date.today() - timedelta(days=24))
    done = syncd(*config, "backtest", "--since", since, "--step", "1", "-f", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {"date-moved", "dep-cycle", "event-moved", "overdue"} <= {
        one["rule"] for one in found["rules"]
    }
    assert found["deliverables"]["still_ahead"] == 1
    assert found["issues"]["outcomes"]["missed"] == 2
    told = syncd(*config, "rules", "test", "date-moved", "--since", since, "--step", "1")
    assert "LED-88 Ledger API v2  Dana Li and R. Osei" in told.stdout
    assert "None was about a date whose outcome is known" in told.stdout


def test_its_past_before_them_is_no_other_than_what_the_service_lived(played) -> None:
    config, since = ("-c", played[0] / "syncd.toml"), str(date.today() - timedelta(days=180))
    found = json.loads(syncd(*config, "backtest", "--since", since, "-f", "json").stdout)
    told = {one["rule"]: one["alerts"] for one in found["rules"]}
    assert told["status-mismatch"] <= 2


def test_it_replaces_its_own_folder_and_no_other(tmp_path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work")
    done = syncd("demo", mine)
    assert done.returncode == 1
    assert "was not made by a demo" in done.stderr
    assert (mine / "thesis.txt").read_text() == "years of work"
