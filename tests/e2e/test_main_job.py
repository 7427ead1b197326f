"""The main job from end to end: the command, three providers, a mail server, real signals."""

import json
import re
import signal
import sqlite3
from contextlib import closing

import pytest
from services import require_end_in_time, serving


def prime(place) -> None:
    """Two quiet passes: everything is known and nothing is wrong."""
    for _ in range(2):
        done = place.syncd("run")
        assert done.returncode == 0, done.stderr
    assert place.postbox.mails == []


def test_a_slip_is_mailed_once_and_its_end_once(place) -> None:
    prime(place)
    place.slip(15)
    assert place.syncd("run").returncode == 0
    told = place.postbox.subjects()
    assert any("Ledger API v2" in text for text in told), told
    moved = next(mail for mail in place.postbox.mails if mail["X-Syncd-Rule"] == "date-moved")
    assert moved["To"].addresses[0].addr_spec == "dana@example.com"
    text = moved.get_body(("plain",)).get_content()
    assert place.api in text
    assert place.capture in text
    count = len(told)
    assert place.syncd("run").returncode == 0
    assert len(place.postbox.mails) == count, "a second run over unchanged sources sent mail"
    place.slip(10)
    assert place.syncd("run").returncode == 0
    cleared = [mail for mail in place.postbox.mails[count:] if mail["X-Syncd-Reason"] == "cleared"]
    of_move = [mail for mail in cleared if mail["X-Syncd-Rule"] == "date-moved"]
    assert len(of_move) == 1
    assert of_move[0]["Subject"] == moved["Subject"], "the thread broke"
    assert of_move[0]["References"] == moved["References"]
    count = len(place.postbox.mails)
    assert place.syncd("run").returncode == 0
    assert len(place.postbox.mails) == count


def test_what_each_rule_found_and_took_and_by_what_it_judged_is_shown(place) -> None:
    before = json.loads(place.syncd("rules", "list", "-f", "json").stdout)
    assert before["as_of"] is None
    assert {rule["last_run"] for rule in before["rules"]} == {None}
    prime(place)
    place.slip(15)
    place.configure(more="\n[rules.stalled]\nenabled = false\n")
    assert place.syncd("run").returncode == 0
    after = json.loads(place.syncd("rules", "list", "-f", "json").stdout)
    assert after["as_of"]
    counts = {rule["rule"]: rule["last_run"] for rule in after["rules"]}
    assert counts["dep-inversion"]["firing"] == 1
    assert counts["overdue"]["firing"] == counts["overdue"]["unknown"] == 0
    assert sum(one["milliseconds"] for one in counts.values() if one) > 0
    assert counts["overdue"]["clear"] > 0
    assert counts["stalled"] is None
    table = place.syncd("rules", "list", "--width", "100").stdout
    assert "Counts and times are of the run of" in table
    (line,) = [one for one in table.splitlines() if one.startswith("dep-inversion ")]
    assert line.split()[:3] == ["dep-inversion", "medium", "1"]
    assert "judged by syncd" in place.syncd("status").stdout
    (line,) = [one for one in table.splitlines() if one.startswith("stalled ")]
    assert line.split()[:5] == ["stalled", "off", "—", "—", "—"]


def test_a_mass_change_is_held_unless_that_rule_is_off(place) -> None:
    prime(place)
    for number in range(25):
        place.jira.add_issue("PAY", f"Late {number}", by="mfox", assignee="mfox", due=place.day(-3))
    written = place.folder / "syncd.toml"
    on = written.read_text().replace("avalanche = false", "avalanche = true")
    for text, many in ((on, 0), (f"{on}\n[rules.mass-change]\nenabled = false\n", 25)):
        written.write_text(text)
        assert place.syncd("run").returncode == 0
        listed = json.loads(place.syncd("alerts", "list", "-f", "json").stdout)
        assert len([one for one in listed["alerts"] if one["rule"] == "overdue"]) == many


def test_message_ids_are_never_repeated(place) -> None:
    prime(place)
    for days in (15, 20, 10):
        place.slip(days)
        place.syncd("run")
    ids = [mail["Message-ID"] for mail in place.postbox.mails]
    assert len(ids) == len(set(ids)) >= 3


def test_a_source_that_is_down_resolves_nothing(place) -> None:
    prime(place)
    place.slip(15)
    place.syncd("run")
    count = len(place.postbox.mails)
    port = int(place.jira.origin.rpartition(":")[2])
    place.jira.stop()
    done = place.syncd("run")
    assert done.returncode == 3
    assert "jira" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    later = place.postbox.mails[count:]
    assert {mail["X-Syncd-Rule"] for mail in later} <= {"source-stale"}
    listed = json.loads(place.syncd("alerts", "list", "-f", "json").stdout)
    rules = {alert["rule"]: alert["state"] for alert in listed["alerts"]}
    assert rules["dep-inversion"] == "frozen"
    place.jira.start(port)
    count = len(place.postbox.mails)
    assert place.syncd("run").returncode == 0
    assert {mail["X-Syncd-Rule"] for mail in place.postbox.mails[count:]} <= {"source-stale"}
    listed = json.loads(place.syncd("alerts", "list", "-f", "json").stdout)
    assert {alert["rule"]: alert["state"] for alert in listed["alerts"]}[
        "dep-inversion"
    ] == "firing"


def test_a_refused_credential_is_said_and_deletes_nothing(place) -> None:
    prime(place)
    place.github.revoke("simulated-github-token")
    done = place.syncd("sync")
    assert done.returncode == 4
    assert "github" in done.stdout
    assert "simulated-github-token" not in done.stdout + done.stderr
    held = json.loads(place.syncd("status", "-f", "json").stdout)
    assert any(source["source"] == "github" and source["items"] for source in held["sources"])


@pytest.mark.parametrize("moment", ["pull", "mail"])
def test_sigkill_loses_nothing_and_repeats_at_most_one_mail(place, eventually, moment) -> None:
    prime(place)
    place.slip(15)
    if moment == "pull":
        place.github.fail("/graphql", delay=4.0, times=1)
        before = len(place.github.requests)
        running = place.start("run")
        eventually(lambda: len(place.github.requests) > before)
    else:
        place.postbox.hold_after = 0
        running = place.start("run")
        eventually(place.postbox.holding.is_set)
    running.send_signal(signal.SIGKILL)
    running.wait()
    place.postbox.hold_after = None
    accepted = {mail["Message-ID"] for mail in place.postbox.mails}
    again = place.syncd("run")
    assert again.returncode == 0, again.stderr
    by_id: dict[str, list] = {}
    for mail in place.postbox.mails:
        by_id.setdefault(mail["Message-ID"], []).append(mail.as_bytes())
    assert {mail["X-Syncd-Rule"] for mail in place.postbox.mails} >= {"date-moved"}
    repeated = [copies for copies in by_id.values() if len(copies) > 1]
    assert len(repeated) <= (1 if accepted else 0)
    assert all(len(set(copies)) == 1 for copies in repeated), "a repeat with other bytes"
    count = len(place.postbox.mails)
    assert place.syncd("run").returncode == 0
    assert len(place.postbox.mails) == count


def test_mail_that_is_not_taken_now_is_sent_later(place) -> None:
    prime(place)
    place.slip(15)
    place.postbox.refuse = "451 come back later"
    done = place.syncd("run")
    assert done.returncode == 3
    assert place.postbox.mails == []
    waiting = json.loads(place.syncd("status", "-f", "json").stdout)
    assert waiting["mail"]["waiting"] >= 1
    place.postbox.refuse = ""
    preview = place.syncd("notify", "--dry-run")
    assert "dana@example.com" in preview.stdout
    assert place.postbox.mails == []


def test_a_health_check_tells_whether_cycles_still_end(place, eventually) -> None:
    assert place.syncd("status", "--live").returncode == 1
    place.syncd("run")
    assert place.syncd("status", "--live").returncode == 0
    place.configure(every="1s")
    eventually(lambda: place.syncd("status", "--live").returncode == 1)
    assert "no whole cycle ended since" in place.syncd("status", "--live").stdout


class TestService:
    def test_it_runs_mails_and_ends_on_sigterm(self, place, eventually) -> None:
        place.configure(every="1m")
        service = place.start("serve")
        eventually((place.folder / "var/syncd.db").exists)
        eventually(lambda: any("/events" in r.path for r in place.calendar.requests))
        require_end_in_time(place, service)
        assert place.syncd("run").returncode == 0

    def test_sigterm_in_the_middle_of_a_page(self, place, eventually) -> None:
        place.github.fail("/issues", delay=90.0, times=None)
        service = place.start("serve")
        eventually(lambda: any("/issues" in request.path for request in place.github.requests))
        live = place.syncd("status", "--live")
        assert live.returncode == 0, "a first cycle takes as long as it takes"
        assert "A cycle of the service goes on" in live.stderr
        assert "syncd serve" not in live.stderr
        require_end_in_time(place, service)
        place.github.mend()
        assert place.syncd("run").returncode == 0

    def test_sigterm_in_the_middle_of_a_mail(self, place, eventually) -> None:
        prime(place)
        place.slip(15)
        place.postbox.hold_after = 0
        service = place.start("serve")
        eventually(place.postbox.holding.is_set)
        require_end_in_time(place, service)

    def test_sigterm_in_the_middle_of_a_mail_of_a_later_cycle(self, place, eventually) -> None:
        """It is in the hand of another thread then."""
        prime(place)
        place.configure(every="1s")
        service = serving(place)
        eventually(lambda: "cycle.done" in service.events())
        place.postbox.hold_after = 0
        place.slip(15)
        eventually(place.postbox.holding.is_set)
        require_end_in_time(place, service.process)

    def test_sigterm_while_somebody_else_writes_the_store(self, place, eventually) -> None:
        """SQLite waits inside its library, where no signal reaches Python."""
        place.calendar.fail("/events", delay=0.5, times=1)
        service = serving(place, "-vv")
        eventually(lambda: any("/events" in r.path for r in place.calendar.requests))
        store = place.folder / "var" / "syncd.db"
        with closing(sqlite3.connect(store, isolation_level=None, timeout=10)) as other:
            other.execute("BEGIN IMMEDIATE")
            # The last answer of a page has come: what follows is its transaction.
            answered = re.compile(r'singleEvents=false.* HTTP/1.1" 200')
            eventually(lambda: any(answered.search(line["message"]) for line in service.lines))
            require_end_in_time(place, service.process)
        assert place.syncd("run").returncode == 0

    def test_a_second_owner_is_told_who_the_first_is(self, place, eventually) -> None:
        service = place.start("serve")
        eventually(lambda: any("/events" in r.path for r in place.calendar.requests))
        done = place.syncd("run")
        assert done.returncode == 6
        assert str(service.pid) in done.stderr
        beside = place.syncd("reconcile")
        assert beside.returncode == 0, beside.stderr
        assert place.postbox.mails == []

    def test_a_token_that_is_replaced_is_taken_up_without_a_restart(
        self, place, eventually
    ) -> None:
        place.configure(every="2s")
        service = place.start("serve", "--log-format", "json", "-v")
        eventually(lambda: any("/events" in r.path for r in place.calendar.requests))
        place.github.add_token("simulated-second-token", "dli")
        (place.folder / "secrets/sources__github__token").write_text("simulated-second-token")
        place.github.revoke("simulated-github-token")

        def second_token_used() -> bool:
            told = [r.headers.get("authorization", "") for r in place.github.requests]
            return any("simulated-second-token" in text for text in told)

        eventually(second_token_used)
        service.send_signal(signal.SIGTERM)
        _, log = service.communicate(timeout=300)
        assert "source.down" not in log
        assert "simulated-second-token" not in log
