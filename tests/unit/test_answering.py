"""What a reply means when the alert has moved on since the mail that it answers."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from asking import page_at
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
from syncd.web.answers import AnswerPages

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
    """To the mail of that alert; 0: to one about several."""
    grant = Grant(
        person="dana",
        deed=Deed.REPLY,
        fingerprint=FINDING.fingerprint if number else "",
        number=number,
        update=update if number else 0,
    )
    raw = (
        f"From: dana@example.com\r\nTo: syncd+{SIGNING.tag(grant)}@example.com\r\n"
        f"Message-ID: <{hash(text)}{update}@x>\r\n\r\n{text}\r\n"
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


OTHERS = finding("LED-90", owner="person:dana")
FOREIGN = finding("PAY-1", owner="person:rosei")


@pytest.fixture
def several(store):
    """Two alerts of Dana's, D-1 and D-2, and D-3 of somebody else."""
    found = (alert(one, number=number) for number, one in enumerate((FINDING, OTHERS, FOREIGN), 1))
    tell(store, *map(step, found))
    return store


def kept(store):
    return [(act.kind, act.seen and act.seen.number, act.text) for act in store.acts()]


@pytest.mark.parametrize(
    "text", ["D-2 ack", "D-2 stop", "D-2 snooze 2w", "not useful D-2", "D-3 ack"]
)
def test_words_about_another_alert_than_that_of_the_mail_are_a_note_in_it(several, tmp_path, text):
    said(several, tmp_path, text)
    assert kept(several) == [("note", 1, text)]


def test_of_several_alerts_the_mail_answers_its_own(several, tmp_path):
    said(several, tmp_path, "D-1, D-2 ack")
    assert kept(several) == [("ack", 1, ""), ("note", 1, "D-1, D-2 ack")]


def test_a_note_is_about_the_alert_of_the_mail_whatever_it_names(several, tmp_path):
    said(several, tmp_path, "the same cause as D-2")
    assert kept(several) == [("note", 1, "the same cause as D-2")]


@pytest.mark.parametrize("text", ["ack", "useful", "snooze 2d", "stop", "D-9 ack", "D-3 ack"])
def test_nothing_that_is_written_to_a_digest_is_lost(several, tmp_path, text):
    """No alert is named, or none that Dana is told of."""
    said(several, tmp_path, text, number=0)
    assert kept(several) == [("note", None, text)]


def test_a_digest_takes_an_answer_for_each_alert(several, tmp_path):
    said(several, tmp_path, "D-1 ack\nKim has it\nD-2 stop", number=0)
    assert kept(several) == [("ack", 1, "Kim has it"), ("stop", 2, "")]
    said(several, tmp_path, "useful D-1, D-2", number=0)
    assert kept(several)[2:] == [("feedback", 1, ""), ("feedback", 2, "")]
    said(several, tmp_path, "known D-2, D-3", number=0)
    assert kept(several)[4:] == [("feedback", 2, ""), ("note", None, "known D-2, D-3")]


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


def test_a_day_carries_its_year_by_the_day_of_its_reader(several, tmp_path):
    now = datetime(2026, 12, 31, 12, tzinfo=UTC)  # in Auckland it is 2027
    desk = Desk(load(tmp_path / "syncd.toml", {}), several, SIGNING)
    grant = Grant(person="dana", deed=Deed.SNOOZE, fingerprint=FINDING.fingerprint, number=1,
                  update=1, expires=now + timedelta(days=9))  # fmt: skip
    routes = AnswerPages(lambda: desk, lambda: "", lambda: now).routes()
    text = page_at(routes, f"/a/{SIGNING.link(grant)}")
    assert "until Tue 5 Jan" in text
    assert "2027" not in text
