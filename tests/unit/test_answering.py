"""What a reply means when the alert has moved on since the mail that it answers."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from syncd.alerts.answers import Answers
from syncd.answering import Desk
from syncd.inbox.letters import letter_of
from syncd.model.alerts import AlertState, Reason
from syncd.model.grants import Deed, Grant
from syncd.model.mailboxes import Position
from syncd.settings import load
from syncd.signing import Signing
from syncd.store import open_store
from syncd.testing.alert_store_contract import message, run, step
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import AS_OF

SIGNING = Signing("k" * 40)
FINDING = finding("LED-88", owner="person:dana")
CONFIG = '[people.dana]\nname = "Dana"\nemail = "dana@example.com"\ntimezone = "Pacific/Auckland"\n'


@pytest.fixture
def store(tmp_path):
    (tmp_path / "syncd.toml").write_text(CONFIG)
    with closing(open_store(f"sqlite:///{tmp_path}/var/syncd.db", now=AS_OF)) as found:
        yield found


def tell(store, *steps):
    store.record(run(f"r{len(store.runs(9))}"), steps, [])


def said(store, tmp_path, text, *, number=1, update=1):
    grant = Grant(
        person="dana",
        deed=Deed.REPLY,
        fingerprint=FINDING.fingerprint,
        number=number,
        update=update,
    )
    raw = (
        f"From: dana@example.com\r\nTo: syncd+{SIGNING.tag(grant)}@example.com\r\n"
        f"Message-ID: <{text}{update}@x>\r\n\r\n{text}\r\n"
    ).encode()
    desk = Desk(load(tmp_path / "syncd.toml", {}), store, SIGNING)
    taken = desk.reply(letter_of(raw, "syncd@example.com"), AS_OF)
    if taken is not None:
        store.take(taken)
    return taken


def test_an_answer_to_an_old_mail_silences_no_newer_news(store, tmp_path):
    first, second = alert(FINDING, number=1), alert(FINDING, number=1, update=2)
    tell(store, step(first))
    tell(store, step(second, Reason.WORSE))
    said(store, tmp_path, "ack", update=1)
    (now,) = store.alerts()
    assert Answers(store.acts(), AS_OF).of(now) is None
    said(store, tmp_path, "ack", update=2)
    assert Answers(store.acts(), AS_OF).of(now).kind == "ack"


def test_an_answer_to_what_is_over_is_kept_only_for_its_words(store, tmp_path):
    tell(store, step(alert(FINDING, number=1, state=AlertState.RESOLVED, resolved_at=AS_OF)))
    said(store, tmp_path, "ack")
    assert store.acts() == ()
    said(store, tmp_path, "ack, Kim mended it")
    said(store, tmp_path, "useful")
    assert [(act.kind, act.text) for act in store.acts()] == [
        ("note", "Kim mended it"), ("feedback", ""),
    ]  # fmt: skip


def test_a_mail_about_an_earlier_episode_is_still_ours(store, tmp_path):
    tell(store, step(alert(FINDING, number=1)))
    tell(store, step(alert(FINDING, number=5, update=2, episode=2), Reason.REOPENED))
    assert said(store, tmp_path, "ack", number=1, update=1).oddity is None
    (now,) = store.alerts()
    assert Answers(store.acts(), AS_OF).of(now) is None


def test_days_are_counted_where_the_person_is(store, tmp_path):
    """At 08:00 UTC it is the evening of that day in Auckland; at 12:00 it is the next day."""
    tell(store, step(alert(FINDING, number=1)))
    said(store, tmp_path, "snooze 1d")
    (act,) = store.acts()
    assert act.until == (AS_OF + timedelta(hours=13)).date() + timedelta(days=1)


def test_the_same_mail_twice_is_one_answer(store, tmp_path):
    tell(store, step(alert(FINDING, number=1)))
    for _ in range(3):
        said(store, tmp_path, "useful")
    assert len(store.acts()) == 1


def test_an_error_in_the_middle_keeps_nothing(store, tmp_path):
    """Act, key and position are one transaction: what is not whole is read again."""
    tell(store, step(alert(FINDING, number=1)))
    taken = Desk(load(tmp_path / "syncd.toml", {}), store, SIGNING)
    grant = Grant(
        person="dana", deed=Deed.REPLY, fingerprint=FINDING.fingerprint, number=1, update=1
    )
    raw = f"From: dana@example.com\r\nTo: syncd+{SIGNING.tag(grant)}@example.com\r\n\r\nack\r\n"
    found = taken.reply(letter_of(raw.encode(), "syncd@example.com"), AS_OF)
    here = Position(mailbox="m", validity=1, uid=9)
    broken = replace(message(alert(FINDING)), subject=None)
    with pytest.raises(IntegrityError):
        store.take(replace(found, messages=(broken,)), here)
    assert (store.acts(), store.mailbox("m").position, store.taken_at(found.key)) == (
        (),
        None,
        None,
    )
    assert store.take(found, here)
    assert (len(store.acts()), store.mailbox("m").position) == (1, here)
