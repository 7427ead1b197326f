"""Whether syncd still does its work: whole cycles, and mail that is accepted."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.alerts.delivery import deliver
from syncd.cycle_progress import CycleProgress
from syncd.errors import DeliveryError
from syncd.model.alerts import Message, MessageState
from syncd.selfcheck import Part, mail_troubles, troubles
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.alert_store_contract import run
from syncd.testing.builders import AS_OF

MINUTE = timedelta(minutes=1)
LETTER = Message(
    message_id="<1@example.com>", notifier="mail", person="dana", recipient="dana@example.com",
    subject="x", body=b"x", queued_at=AS_OF, send_after=AS_OF,
)  # fmt: skip


@pytest.fixture
def office(tmp_path):
    (tmp_path / "syncd.toml").write_text('[schedule]\nevery = "15m"\njitter = "0s"\n')
    settings = load(tmp_path / "syncd.toml", {})
    store = open_store(settings.store_url, now=AS_OF)
    yield settings, store
    store.close()


class Broken:
    def send(self, message):
        raise DeliveryError("mail.example.com refused the connection", operator=True)


class Well:
    def send(self, message):
        pass


def parts(office, at):
    settings, store = office
    return [trouble.part for trouble in troubles(store, settings, at)]


def test_three_intervals_without_a_whole_cycle_are_too_many(office):
    assert parts(office, AS_OF) == [Part.CYCLE]
    ended = replace(run("r1"), ended_at=AS_OF)
    office[1].record(ended, (), ())
    assert parts(office, AS_OF + 45 * MINUTE) == []
    assert parts(office, AS_OF + 46 * MINUTE) == [Part.CYCLE]
    assert parts(office, AS_OF - timedelta(days=1)) == [], "the clock went back"


def test_a_long_cycle_is_no_trouble_while_pages_come(office, monkeypatch):
    settings, _ = office
    monkeypatch.setattr("syncd.cycle_progress.EVERY", 0.0)
    times = iter(AS_OF + n * 40 * MINUTE for n in range(9))
    progress = CycleProgress(settings.state, lambda: next(times))
    assert parts(office, AS_OF + 45 * MINUTE) == []
    progress.advanced()
    assert parts(office, AS_OF + 85 * MINUTE) == []
    assert parts(office, AS_OF + 86 * MINUTE) == [Part.CYCLE], "it stands still"
    CycleProgress(settings.state, lambda: next(times))
    assert parts(office, AS_OF + 86 * MINUTE) == [Part.CYCLE], "a new start is no progress"
    progress.began(after_failure=True)
    progress.advanced()
    assert parts(office, AS_OF + 86 * MINUTE) == [Part.CYCLE], "it has failed"
    progress.ended()
    assert parts(office, AS_OF) == [Part.CYCLE]


def test_an_hour_in_which_no_mail_is_accepted_is_too_long(office):
    _, store = office
    store.record(None, (), [LETTER])
    at, found = AS_OF, []
    while not found:
        found = mail_troubles(store, at)
        deliver(store, {"mail": Broken()}, at)
        at += MINUTE
    assert timedelta(minutes=55) <= at - AS_OF <= timedelta(minutes=80)
    assert "refused the connection" in found[0].text


def test_one_persons_trouble_is_none_of_the_service(office):
    _, store = office
    store.record(None, (), [LETTER, replace(LETTER, message_id="<2@x>", person="leo")])
    late = AS_OF + timedelta(hours=3)
    (_, _) = (store.settle(replace(LETTER, attempts=7, send_after=AS_OF + 127 * MINUTE)), None)
    assert mail_troubles(store, late)
    sent = replace(LETTER, message_id="<2@x>", person="leo")
    store.settle(replace(sent, state=MessageState.SENT, sent_at=late - MINUTE))
    assert not mail_troubles(store, late)
