"""Who asked for no more mail gets none, and only of what they meant."""

from dataclasses import replace
from datetime import timedelta

from syncd.alerts.answers import seen
from syncd.alerts.odd_mail import odd_mail_notices
from syncd.alerts.stopping import Stops, kind_of, unasked, withdrawn
from syncd.model.acts import Act, ActKind
from syncd.model.alerts import MessageState, NoticeKind, Reason, Voice
from syncd.model.mailboxes import Mailbox, Oddity, OddKind
from syncd.testing.alert_store_contract import message
from syncd.testing.alerts import alert, finding, notification, transition
from syncd.testing.builders import AS_OF, person

DAY = timedelta(days=1)
ONE, TWO = finding("LED-88"), finding("PAY-1")
FIRST, SECOND = transition(ONE, number=1), transition(TWO, number=2)


def stop(about=None, *, by="dana", kind="", done=ActKind.STOP) -> Act:
    return Act(kind=done, at=AS_OF, by=by, seen=seen(about) if about else None, name=kind)


def heard(acts, *sent):
    kept, dropped = Stops(acts).heeded(sent)
    return [[t.alert.id for t in one.transitions] for one in kept], len(dropped)


def test_an_alert_that_was_stopped_is_told_to_the_others_only():
    acts = [stop(FIRST.alert)]
    assert heard(acts, notification(FIRST)) == ([], 1)
    assert heard(acts, notification(SECOND)) == ([["D-2"]], 0)
    assert heard(acts, notification(FIRST, person="leo")) == ([["D-1"]], 0)
    assert heard(acts, notification(FIRST, SECOND)) == ([["D-2"]], 0)


def test_a_new_episode_is_told_again_and_reopening_takes_a_stop_back():
    anew = transition(ONE, number=9, episode=2)
    assert heard([stop(FIRST.alert)], notification(anew)) == ([["D-9"]], 0)
    taken_back = [stop(FIRST.alert), stop(FIRST.alert, by="leo", done=ActKind.REOPEN)]
    assert heard(taken_back, notification(FIRST)) == ([["D-1"]], 0)


def test_whoever_stopped_an_alert_that_told_of_many_hears_of_none_of_its_rest():
    """Not of their ends either, and what it told of no more when that was asked is told."""
    many = finding("LED-1", rule="dep-inversion", material=f"date\n{TWO.subject}")
    voice = Voice(fingerprint=many.fingerprint, number=1, update=1, told_at=AS_OF)
    rest = transition(TWO, Reason.CLEARED, number=2, voices=(voice,))
    stopped, alone = stop(alert(many, number=1)), stop(alert(replace(many, material=""), number=1))
    assert heard([stopped], notification(rest)) == ([], 1)
    assert heard([alone], notification(rest)) == ([["D-2"]], 0)
    back = stop(rest.alert, done=ActKind.REOPEN)
    assert heard([stopped, back], notification(rest)) == ([["D-2"]], 0)
    assert heard([back, stopped], notification(rest)) == ([], 1)


def test_a_kind_of_mail_that_was_turned_off_stays_off_until_it_is_turned_on():
    off, on = stop(kind="digest"), stop(kind="digest", done=ActKind.REOPEN)
    digest = notification(FIRST, SECOND)
    assert heard([off], digest) == ([], 1)
    assert heard([off], notification(FIRST)) == ([["D-1"]], 0)
    assert heard([off, on], digest) == ([["D-1", "D-2"]], 0)
    assert heard([stop(kind="digest", by="leo")], digest) == ([["D-1", "D-2"]], 0)


def test_operators_hear_of_failing_sources_whatever_they_stopped():
    service = notification(FIRST, kind=NoticeKind.SERVICE)
    assert heard([stop(FIRST.alert), stop(kind="service")], service) == ([["D-1"]], 0)


def test_what_waits_is_withdrawn_with_its_reason():
    mine = message(alert(ONE, number=1))
    others = replace(mine, message_id="<o>", person="leo")
    digest = replace(
        mine, message_id="<d>", reason="digest", alerts=((ONE.fingerprint, 1), (TWO.fingerprint, 1))
    )
    act = stop(FIRST.alert, by=mine.person)
    (gone,) = withdrawn(act, [mine, others, digest])
    assert (gone.message_id, gone.state) == (mine.message_id, MessageState.SUPERSEDED)
    assert "no more mail" in gone.error
    by_kind = withdrawn(stop(by=mine.person, kind="digest"), [mine, others, digest])
    assert [one.message_id for one in by_kind] == ["<d>"]
    assert (kind_of(mine), kind_of(digest)) == ("alert", "digest")
    assert unasked([replace(mine, state=MessageState.DEAD)]) == ()


def test_operators_hear_of_a_bounce_once_and_of_refused_replies_once_a_day():
    people = [person("dana", operator=True), person("leo")]
    day = AS_OF.date()
    odd = [
        Oddity(kind=OddKind.BOUNCED, about="leo", day=day, text="leo@example.com: 550 gone"),
        Oddity(kind=OddKind.BOUNCED, about="leo", day=day + DAY, text="leo@example.com: 550 no"),
        Oddity(kind=OddKind.FOREIGN, about="leo", day=day),
        Oddity(kind=OddKind.FOREIGN, about="leo", day=day + DAY),
        Oddity(kind=OddKind.FORGED, day=day),
    ]
    found = odd_mail_notices(people, odd, None, AS_OF)
    assert {notice.person for notice in found} == {"dana"}
    assert len({notice.key for notice in found}) == 4


def test_an_inbox_that_fails_for_an_hour_is_told():
    people = [person("dana", operator=True)]
    box = Mailbox(name="x", failing_since=AS_OF - DAY / 48, error="refused")
    assert odd_mail_notices(people, [], box, AS_OF) == ()
    (notice,) = odd_mail_notices(people, [], replace(box, failing_since=AS_OF - DAY), AS_OF)
    assert notice.headline == "replies cannot be read"
