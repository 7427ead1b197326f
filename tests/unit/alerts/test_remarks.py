"""Which news becomes a note on an item, what it says, and what it replaces."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.alerts.ending import ASKED
from syncd.alerts.remarks import Pages, proposed_remarks, queue_remarks, refused_remarks
from syncd.model.alerts import MessageState, Reason
from syncd.model.findings import Severity
from syncd.model.items import ItemKey, Kind
from syncd.model.people import Program
from syncd.model.remarks import DECLINED, Remark, Wants
from syncd.testing.alerts import alert, finding, transition
from syncd.testing.builders import AS_OF, event, issue, snapshot

PAY = issue("PAY-1")
WANTS = Wants(
    source="jira", kinds=frozenset({Kind.ISSUE}), scopes=frozenset({PAY.scope}), dry_run=False
)


def pages(*messages, items=(PAY,), programs=()):
    return Pages(
        snapshot=snapshot(*items), programs=programs, instance="ab12cd34", as_of=AS_OF,
        today=AS_OF.date(), messages=messages,
    )  # fmt: skip


def found(**fields):
    return finding("PAY-1", subject=str(fields.pop("key", PAY.key)), **fields)


def queued(*transitions, wants=WANTS, **more):
    return queue_remarks(transitions, {"notes": wants}, pages(**more) if more else pages())


def text(message):
    return "\n".join(Remark.decoded(message.body).lines)


def test_news_of_an_item_is_one_message_that_names_the_item_for_a_person():
    (one,) = queued(transition(found()))
    assert (one.person, one.recipient) == (str(PAY.key), "PAY-1")
    assert one.state is MessageState.WAITING
    remark = Remark.decoded(one.body)
    assert (remark.item, remark.instance, remark.known) == (PAY.key, "ab12cd34", False)
    assert found().summary in remark.lines
    assert queued(transition(found())) == (one,)
    assert queued(transition(found(), update=2))[0].message_id != one.message_id


def test_a_note_names_the_day_that_was_asked_for():
    (one,) = queued(transition(found(act="Agree on a date.", by=AS_OF.date())))
    assert "To do: Agree on a date, by Mon 23 Nov." in text(one)


@pytest.mark.parametrize(
    "wants",
    [
        replace(WANTS, source="other"),
        replace(WANTS, kinds=frozenset({Kind.EVENT})),
        replace(WANTS, scopes=frozenset({"LED"})),
        replace(WANTS, rules=frozenset({"overdue"})),
        replace(WANTS, severity_from=Severity.CRITICAL),
        replace(WANTS, programs=frozenset({"checkout"})),
        replace(WANTS, dry_run=True),
    ],
)
def test_what_is_not_wanted_is_not_noted(wants):
    assert queued(transition(found()), wants=wants) == ()


def test_a_program_is_told_by_its_teams_where_a_finding_names_none():
    wants = replace(WANTS, programs=frozenset({"checkout"}))
    program = Program(id="checkout", name="Checkout", teams=("payments",))
    told = transition(found(teams=("payments",)))
    assert queue_remarks([told], {"notes": wants}, pages(programs=(program,)))


@pytest.mark.parametrize("reason", [Reason.REMINDED, Reason.ADOPTED])
def test_a_reminder_and_an_old_problem_are_no_news(reason):
    assert queued(transition(found(), reason, told=reason is Reason.REMINDED)) == ()


def test_what_is_about_a_person_or_about_syncd_is_never_noted():
    assert queued(transition(found(discriminator=str(PAY.key), key="person:dana"))) == ()
    assert queued(transition(found(discriminator=str(PAY.key), key="source:jira"))) == ()


def test_a_restricted_item_is_not_named():
    secret = "Acquire Example Corp"
    told = found(restricted=True, summary=f"PAY-1 waits for {secret}.", act=f"Ask about {secret}.")
    (one,) = queued(transition(told, headline=f"{secret}, planned 24 Nov"))
    assert secret not in one.body.decode()
    assert "A date here needs attention: planned Tue 24 Nov 2026" in text(one)


def test_an_item_that_cannot_be_seen_or_is_private_is_left_alone():
    hidden = pages()
    hidden = replace(hidden, snapshot=snapshot(PAY, invisible=frozenset({PAY.key})))
    assert queue_remarks([transition(found())], {"notes": WANTS}, hidden) == ()
    launch = event("Launch", date(2026, 12, 11), private=True)
    wants = replace(
        WANTS, source=launch.key.source, kinds=frozenset({Kind.EVENT}),
        scopes=frozenset({launch.scope}),
    )  # fmt: skip
    told = transition(found(key=launch.key))
    assert queue_remarks([told], {"notes": wants}, pages(items=(launch,))) == ()


def test_the_event_at_the_other_end_is_where_a_calendar_is_noted():
    launch = event("Launch", date(2026, 12, 11))
    wants = replace(
        WANTS, source=launch.key.source, kinds=frozenset({Kind.EVENT}),
        scopes=frozenset({launch.scope}),
    )  # fmt: skip
    told = found(rule="dates-disagree", key="deliverable:x", discriminator=str(launch.key))
    (one,) = queue_remarks([transition(told)], {"notes": wants}, pages(items=(launch,)))
    remark = Remark.decoded(one.body)
    assert (remark.item, remark.proposed) == (launch.key, told.planned)


def stood(state=MessageState.SENT, *, update=1, **more):
    (one,) = queued(transition(found(), update=update))
    return replace(one, state=state, **more)


def test_the_end_is_noted_only_where_a_note_may_stand():
    over = transition(found(), Reason.CLEARED, update=2)
    assert queued(over) == ()
    for before in (stood(), stood(MessageState.WAITING, in_doubt=True)):
        told = queue_remarks([over], {"notes": WANTS}, pages(before))
        assert [text(one).split(" (")[0] for one in told if one.state is MessageState.WAITING] == [
            "This is over since Mon 23 Nov 2026"
        ]


def test_a_later_update_takes_the_place_of_one_that_waits():
    waiting = stood(MessageState.WAITING)
    told = queue_remarks([transition(found(), update=2)], {"notes": WANTS}, pages(waiting))
    states = {one.message_id: one.state for one in told}
    assert states[waiting.message_id] is MessageState.SUPERSEDED
    assert len(states) == 2


def test_what_is_queued_while_the_provider_asks_to_wait_waits_along():
    until = AS_OF + timedelta(hours=1)
    asked = stood(MessageState.WAITING, send_after=until, error=f"{ASKED}: slow down")
    told = queue_remarks([transition(found(), update=2)], {"notes": WANTS}, pages(asked))
    (fresh,) = [one for one in told if one.state is MessageState.WAITING]
    assert (fresh.send_after, fresh.error) == (until, asked.error)


def test_the_end_of_what_never_stood_there_is_no_sign_that_it_did():
    """Else what comes back would be taken for deleted by a person."""
    lost = stood(MessageState.SUPERSEDED, in_doubt=True)
    over = transition(found(), Reason.CLEARED, update=2)
    (ended,) = queue_remarks([over], {"notes": WANTS}, pages(lost))
    ended = replace(ended, state=MessageState.SENT)
    back = [transition(found(), Reason.REOPENED, update=3)]
    (again,) = queue_remarks(back, {"notes": WANTS}, pages(lost, ended))
    assert not Remark.decoded(again.body).known


def test_an_update_knows_whether_an_earlier_one_stood_there():
    news = [transition(found(), update=2)]
    for before, known in ((stood(), True), (stood(MessageState.DEAD), False)):
        told = queue_remarks(news, {"notes": WANTS}, pages(before))
        assert Remark.decoded(told[0].body).known is known


def test_what_a_person_deleted_is_not_queued_again():
    declined = stood(MessageState.DEAD, update=2, error=f"{DECLINED}: the note on PAY-1")
    news = [transition(found(), update=3)]
    assert queue_remarks(news, {"notes": WANTS}, pages(stood(), declined)) == ()
    assert refused_remarks([declined], ["notes"], AS_OF) == {}
    refused = replace(declined, error="not allowed (403)")
    assert refused_remarks([refused], ["notes"], AS_OF) == {"notes": [refused]}


def test_a_writer_that_only_shows_shows_what_fires_now():
    shown = replace(WANTS, dry_run=True)
    spoken_for = alert(found(rule="stalled"), inhibited_by="x")
    (one,) = proposed_remarks([alert(found()), spoken_for], {"notes": shown}, pages())
    assert one.recipient == "PAY-1"
    assert proposed_remarks([alert(found())], {"notes": WANTS}, pages()) == ()


def test_a_remark_is_read_back_as_it_was_written():
    for proposed in (None, date(2026, 12, 11)):
        one = Remark(
            fingerprint="0" * 16, instance="ab12cd34", item=ItemKey("jira", Kind.ISSUE, "1"),
            ref="PAY-1", scope="PAY", lines=("a – b", '"c"'), proposed=proposed, known=True,
        )  # fmt: skip
        assert Remark.decoded(one.encoded()) == one
