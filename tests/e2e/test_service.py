"""`syncd serve` over time: slow mail, clocks that jump, outages, files that are refused."""

import json
import os
import signal
import socket
import sys
import time
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ports import kept_port
from services import Ear, Service, serving

HERE = Path(__file__).parent


@pytest.fixture
def ear(tmp_path):
    found = Ear(tmp_path)
    yield found
    found.close()


def pulls(place):
    return sum("/events" in request.path for request in place.calendar.requests)


def test_a_mail_server_that_holds_a_mail_delays_no_pull(place, eventually):
    assert place.syncd("run").returncode == 0
    assert place.syncd("run").returncode == 0
    place.configure(every="1s")
    service = serving(place)
    eventually(lambda: "cycle.done" in service.events())
    place.postbox.hold_after = 0
    place.slip(15)
    eventually(place.postbox.holding.is_set)
    place.slip(16)
    before = pulls(place)
    # The pass that follows waits for the mail in hand before it decides, the next pull for that.
    eventually(lambda: pulls(place) > before)
    place.postbox.hold_after = None
    service.stop()
    ids = [mail["Message-ID"] for mail in place.postbox.mails]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("jump", [-86400, 3 * 86400])
def test_a_jump_of_the_clock_is_one_cycle_and_no_flood(place, eventually, tmp_path, jump):
    for _ in range(2):
        assert place.syncd("run").returncode == 0
    place.configure(every="1h")
    offset = tmp_path / "offset"
    offset.write_text("0")
    script = [sys.executable, str(HERE / "jumping_service.py")]
    service = Service(place, [*script, str(place.folder / "syncd.toml"), str(offset)])
    eventually(lambda: "cycle.done" in service.events())
    before = pulls(place)
    whole = tmp_path / "whole"
    whole.write_text(str(jump))
    whole.rename(offset)
    eventually(lambda: "clock.jumped" in service.events())
    eventually(lambda: pulls(place) > before)
    time.sleep(2)
    assert pulls(place) <= before + 4, "one cycle for all that was missed"
    lines = service.stop()
    assert sum(line["event"] == "clock.jumped" for line in lines) == 1
    assert not [line for line in lines if line["level"] == "error"], lines
    # The providers' clocks did not jump: operators hear of that, and of nothing else.
    assert len(place.postbox.mails) <= 1, place.postbox.subjects()
    assert all("clock" in place.postbox.text(number) for number in range(len(place.postbox.mails)))


def test_an_outage_is_a_line_when_it_begins_and_one_when_it_ends(place, eventually):
    place.configure(every="1s")
    service = serving(place)
    eventually(lambda: "cycle.done" in service.events())
    place.github.revoke("simulated-github-token")
    # An hour of a service that reads each 15 minutes is four tries.
    eventually(lambda: "source.down" in service.events())
    before = pulls(place)
    eventually(lambda: pulls(place) >= before + 5)
    place.github.add_token("simulated-github-token", "dli")
    eventually(lambda: "source.up" in service.events())
    lines = [line for line in service.stop() if line.get("source") == "github"]
    assert [line["event"] for line in lines] == ["source.down", "source.up"]
    assert all(line["run_id"] for line in lines)


def test_a_reload_that_comes_before_the_service_is_ready_does_not_end_it(place):
    file = place.folder / "syncd.toml"
    file.unlink()
    os.mkfifo(file)
    service = place.start("serve")
    with file.open("w") as written:
        # It waits for its configuration now.
        service.send_signal(signal.SIGHUP)
        written.write("nonsense = 1\n")
    assert service.wait(180) == 5


def test_what_a_reload_cannot_follow_is_told_with_the_command_that_can(place, eventually):
    service = serving(place)
    eventually(lambda: "service.start" in service.events())
    file = place.folder / "syncd.toml"
    good = file.read_text()
    for bind, nonsense in (("127.0.0.1:9", ""), ("", "nonsense = 1\n"), ("127.0.0.1:9", "")):
        serve = f'[serve]\nbind = "{bind}"\n' if bind else ""
        file.write_text(good + nonsense + serve)
        told = service.events().count("config.rejected")
        service.process.send_signal(signal.SIGHUP)
        eventually(lambda told=told: service.events().count("config.rejected") > told)
    shown = place.syncd("status")
    assert "To use it: systemctl restart syncd" in shown.stderr
    assert "reload" not in shown.stderr
    lines = [line for line in service.stop() if line["event"] == "config.rejected"]
    assert lines[0]["hint"] == "to use it: systemctl restart syncd"


def test_a_refused_file_shows_in_status_until_it_is_mended(place, eventually, ear):
    service = serving(place, NOTIFY_SOCKET=str(ear.path))
    eventually(ear.cycles)
    assert ear.heard[0] == "READY=1"
    good = (place.folder / "syncd.toml").read_text()
    (place.folder / "syncd.toml").write_text(good + "nonsense = 1\n")
    service.process.send_signal(signal.SIGHUP)
    eventually(lambda: "config.rejected" in service.events())
    (place.folder / "syncd.toml").write_text(good)
    shown = json.loads(place.syncd("status", "-f", "json").stdout)["config_rejected"]
    where = f"{place.folder}/syncd.toml:{good.count(chr(10)) + 1}:1"
    assert shown["error"] == f"{where} alerts.nonsense: unknown option"
    told = "".join(place.syncd("status").stdout.split())
    assert f"theolderonegoeson:{shown['error']}".replace(" ", "") in told
    service.process.send_signal(signal.SIGHUP)
    eventually(lambda: "config.reloaded" in service.events())
    assert json.loads(place.syncd("status", "-f", "json").stdout)["config_rejected"] is None
    lines = [line for line in service.stop() if line["event"].startswith("config.")]
    assert [line["event"] for line in lines] == ["config.rejected", "config.reloaded"]
    assert lines[0]["error"] == shown["error"]
    eventually(lambda: ear.heard[-1] == "STOPPING=1")


def test_a_service_answers_probes_and_shows_the_program(place, eventually):
    port = kept_port()
    place.configure(more=f'\n[serve]\nbind = "127.0.0.1:{port}"\n')
    service = serving(place)
    eventually(lambda: "cycle.done" in service.events())

    def ask(path):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.read().decode()

    assert ask("/livez") == ask("/readyz") == "ok\n"
    metrics = ask("/metrics")
    assert 'syncd_source_requests_total{source="github",status="200"}' in metrics
    assert 'syncd_self_check_failing{part="cycle"} 0.0' in metrics
    assert "Who waits for whom" in ask("/r/checkout")
    link = place.syncd("report", "--program", "checkout", "--link").stdout.strip()
    assert link.startswith(f"http://127.0.0.1:{port}/r/checkout?key=")
    with urllib.request.urlopen(link) as answer:
        assert answer.status == 200
    service.stop()


def test_a_credential_that_ends_soon_is_told_to_operators_once(place):
    token = place.github.tokens["simulated-github-token"]
    ends = datetime.now(UTC) + timedelta(days=5)
    place.github.tokens["simulated-github-token"] = replace(token, expires_at=ends)
    for _ in range(3):
        assert place.syncd("run").returncode == 0
    told = [text for text in place.postbox.subjects() if "credential" in text]
    assert len(told) == 1
    assert f"{ends:%Y-%m-%d}" in told[0]


def test_links_that_another_secret_signed_are_told_of_at_the_start_and_by_doctor(place, eventually):
    place.configure(more='\n[serve]\nbind = "127.0.0.1:0"\n')
    service = serving(place)
    eventually(lambda: "cycle.done" in service.events())
    assert "links.differ" not in {line["event"] for line in service.stop()}
    (key,) = place.folder.rglob("signing.key")
    key.unlink()
    service = serving(place)
    eventually(lambda: "links.differ" in service.events())
    service.stop()
    (line,) = [one for one in service.lines if one["event"] == "links.differ"]
    assert str(key) in line["error"]
    assert "mail.signing_secret on every machine" in line["hint"]
    told = place.syncd("doctor", "links").stdout
    assert f"links      ! links of mails that {socket.gethostname()} signed until" in told
