"""Who may see what is asked when a message is queued and again when it is sent (§7, M1)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from canary import NOW, QUARTER, SECRETS, leaks, opened

from syncd.addressing import withheld
from syncd.cli.dead_letters import list_dead
from syncd.cli.options import Options
from syncd.model.alerts import MessageState
from syncd.model.remarks import Remark
from syncd.testing.alert_store_contract import run

LATER = NOW + QUARTER
WAITING, GONE = MessageState.WAITING, MessageState.SUPERSEDED
PAY = ("PAY-1", "Refund")
"""What may be seen by everybody at first."""


@pytest.fixture
def waits(app):
    """Everything is queued, nothing was sent, and now only Val may see the project PAY."""
    first(app)
    only_val(app)
    return app


def first(app):
    decision = app.decide(app.reconcile(NOW))
    app.store.record(run("r2", NOW), decision.transitions, decision.queued, ())


def seen_by(app, **audience):
    jira = app.settings.sources["jira"].model_copy(update={"audience": audience})
    sources = app.settings.sources | {"jira": jira}
    app.settings = app.settings.model_copy(update={"sources": sources})


def only_val(app):
    seen_by(app, PAY=("val",), SEC=("val",))


def then(app):
    """The next pass; gives what it decided."""
    decision = app.decide(app.reconcile(LATER))
    made = [*decision.queued, *decision.withdrawn]
    app.store.record(run("r3", LATER), decision.transitions, made, ())
    return decision


def kept(app, *reasons):
    return {
        (one.person, one.reason): one
        for one in app.store.messages()
        if one.reason in reasons and one.person not in ("val", "ops")
    }


def named(message):
    text = opened(message.body) + message.subject
    return [word for word in PAY if word in text]


def test_mail_made_of_all_that_is_known_is_made_anew(waits):
    kinds = ("brief", "pack", "weekly", "adoption")
    before = kept(waits, *kinds)
    assert {("dana", "brief"), ("pia", "brief"), ("dana", "pack")} <= set(before)
    assert {("vp", "weekly"), ("pia", "adoption")} & set(before)
    telling = {key for key, one in before.items() if named(one)}
    assert ("pia", "brief") in telling
    sent = {one.message_id for one in waits.deliver(LATER)}
    assert not sent & {one.message_id for one in before.values()}
    then(waits)
    after = kept(waits, *kinds)
    assert {key: one.state for key, one in after.items()} == dict.fromkeys(before, WAITING)
    assert not [key for key, one in after.items() if named(one)]
    waits.deliver(LATER)
    states = {key: one.state for key, one in kept(waits, *kinds).items()}
    assert states == dict.fromkeys(before, MessageState.SENT)
    again = waits.decide(waits.reconcile(LATER + QUARTER))
    assert not {one.reason for one in again.queued} & set(kinds), "said once"


def test_what_may_have_arrived_is_not_sent_again_in_another_form(app):
    first(app)
    before = kept(app, "brief", "weekly", "adoption")
    for one in before.values():
        app.store.settle(replace(one, in_doubt=True, attempts=1))
    only_val(app)
    then(app)
    after = kept(app, "brief", "weekly", "adoption")
    assert {key: one.state for key, one in after.items()} == dict.fromkeys(before, GONE)
    assert {one.error for one in after.values()} >= {"pia may not see all of it any more"}


def test_a_brief_of_a_day_that_is_over_ends_and_says_why(waits):
    tomorrow = LATER + timedelta(days=1)
    decision = waits.decide(waits.reconcile(tomorrow))
    ends = {(one.person, one.reason): one.error for one in decision.withdrawn}
    assert ends["pia", "brief"] == "pia may not see all of it any more"
    assert not [one for one in decision.queued if one.reason == "brief"]


@pytest.mark.parametrize("app", ["false"], ids=["new"], indirect=True)
def test_the_pack_of_a_meeting_that_has_begun_ends_unsent_and_is_shown(app, tmp_path, capsys):
    first(app)
    assert "pack" not in {one.reason for one in app.deliver(NOW + 2 * QUARTER)}
    ends = {one.error for one in kept(app, "pack").values()}
    assert ends == {"expired: the meeting has begun"}
    list_dead(Options(config=tmp_path / "syncd.toml", env=SECRETS, width=200))
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.count("expired: the meeting has begun") == 3
    assert "3 messages ended by design: nothing is to be done. Nothing is undelivered." in shown


@pytest.mark.parametrize("app", ["false"], ids=["new"], indirect=True)
def test_a_note_says_less_once_its_readers_may_not_see_all_that_it_names(app):
    seen_by(app, SEC=("everyone",))
    first(app)
    (before,) = [one for one in app.store.messages(WAITING) if one.recipient == "PAY-1"]
    assert leaks(before.body.decode())
    seen_by(app, SEC=("val",))
    assert before.message_id not in {one.message_id for one in app.deliver(LATER)}
    then(app)
    (after,) = [one for one in app.store.messages() if one.recipient == "PAY-1"]
    assert (after.message_id, after.state) == (before.message_id, WAITING)
    assert not leaks(after.body.decode() + after.subject)
    assert Remark.decoded(after.body).lines[0].startswith("A date here needs attention")
    assert withheld(app.store, app.settings)([after]) == {}
