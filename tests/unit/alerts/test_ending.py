"""Ends of messages: said, told to operators once, and what is tried afterwards (M1, N3)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from syncd.alerts.answers import Answers, seen
from syncd.alerts.delivery import deliver, queue
from syncd.alerts.ending import (
    REFUSED,
    ROUTE_REMOVED,
    TEXT_REFUSED,
    Ends,
    dead,
    dead_letter_notices,
    resting,
)
from syncd.model.acts import Act, ActKind
from syncd.model.alerts import Message, MessageState
from syncd.testing.alerts import alert, finding, notification
from syncd.testing.builders import AS_OF, person

DAY = timedelta(days=1)
OPERATOR = person("olga", operator=True)


def message(who: str = "dana", number: int = 1, at: datetime = AS_OF, **fields: object) -> Message:
    return Message(
        message_id=f"<{who}.{number}@x>", notifier="mail", person=who, subject="s", body=b"b",
        recipient=f"{who}@example.com", queued_at=at, send_after=at,
        **fields,  # type: ignore[arg-type]
    )  # fmt: skip


def refused(who: str = "dana", number: int = 1, at: datetime = AS_OF) -> Message:
    return dead(message(who, number, at), REFUSED, "550 no such user", at)


def arrived(who: str = "dana", at: datetime = AS_OF) -> Message:
    return replace(message(who, 99), state=MessageState.SENT, sent_at=at)


def keys(*held: Message, at: datetime = AS_OF) -> list[str]:
    return [notice.key for notice in dead_letter_notices([OPERATOR], held, at)]


def test_operators_hear_once_with_the_words_of_the_server() -> None:
    (notice,) = dead_letter_notices([OPERATOR, person("dana")], [refused()], AS_OF)
    assert notice.person == "olga"
    assert notice.headline == "dana is not reached by mail"
    assert "dana@example.com ended with: refused for good: 550 no such user" in notice.lines[0]
    assert keys(refused(), refused(number=2, at=AS_OF + DAY), at=AS_OF + 2 * DAY) == keys(refused())


def test_nobody_is_mailed_that_no_mail_reaches_them() -> None:
    both = person("olga", operator=True, notifiers=("mail", "room"))
    assert dead_letter_notices([OPERATOR], [refused("olga")], AS_OF) == ()
    assert [one.person for one in dead_letter_notices([both], [refused("olga")], AS_OF)] == ["olga"]


def test_operators_hear_again_when_it_had_been_mended_in_between() -> None:
    later = refused(number=2, at=AS_OF + 2 * DAY)
    both = keys(refused(), arrived(at=AS_OF + DAY), later, at=AS_OF + 2 * DAY)
    assert both == [f"dead {later.message_id}"] != keys(refused())


def test_of_what_arrived_since_or_was_taken_out_on_purpose_nobody_hears() -> None:
    assert keys(refused(), arrived(at=AS_OF + DAY), at=AS_OF + DAY) == []
    assert keys(refused(), arrived()) == [], "the same pass reached it"
    assert keys(arrived(at=AS_OF + DAY), arrived(at=AS_OF - DAY), refused(), at=AS_OF + DAY) == []
    assert keys(dead(message(), ROUTE_REMOVED, "gone", AS_OF)) == []


def test_of_ends_from_before_syncd_told_of_them_nobody_hears() -> None:
    assert keys(refused(), at=AS_OF + 7 * DAY) == []


def test_an_end_counts_from_when_it_came_not_from_when_it_was_queued() -> None:
    old = dead(message(at=AS_OF - 10 * DAY), REFUSED, "550 no such user", AS_OF)
    assert keys(old) == [f"dead {old.message_id}"]
    assert resting([old], AS_OF) == {("mail", "dana@example.com"): AS_OF + DAY}


@pytest.mark.parametrize(
    ("held", "hours"),
    [
        ([refused()], 24),
        ([refused(), refused(number=2, at=AS_OF + timedelta(hours=1))], 25),
        ([dead(message(), TEXT_REFUSED, "554 spam", AS_OF)], None),
        ([refused(), arrived(at=AS_OF + timedelta(hours=1))], None),
        ([refused("kim")], None),
    ],
)
def test_after_a_refusal_the_next_alert_is_tried_a_day_later(
    held: list[Message], hours: int | None
) -> None:
    now = AS_OF + timedelta(hours=2)
    rest = resting(held, now)
    assert rest.get(("mail", "dana@example.com")) == (
        None if hours is None else AS_OF + timedelta(hours=hours)
    )
    assert not resting(held, AS_OF + 3 * DAY)


def test_a_corrected_address_is_tried_at_once() -> None:
    rest = resting([refused()], AS_OF)
    for email, wait in (("dana@example.com", DAY), ("dana.li@example.com", timedelta())):
        (one,) = queue([notification()], [person("dana", email=email)], {}, AS_OF, rest=rest)
        assert one.send_after == AS_OF + wait


def snoozed(number: int = 1) -> Act:
    told = seen(alert(finding(f"P-{number}"), number=number))
    return Act(kind=ActKind.SNOOZE, at=AS_OF, by="dana", until=date(2026, 12, 3), seen=told)


def ends(*acts: Act, people: object = (person("dana"),)) -> Ends:
    alerts = [alert(finding(f"P-{n}"), number=n) for n in (1, 2)]
    return Ends(people, alerts, Answers(acts, AS_OF), AS_OF)  # type: ignore[arg-type]


def about(*numbers: int, **fields: object) -> Message:
    pairs = tuple((finding(f"P-{n}").fingerprint, 1) for n in numbers)
    return message(alerts=pairs, **fields)


def test_what_was_silenced_before_it_was_sent_is_not_sent() -> None:
    (over,) = [ends(snoozed()).of(about(1))]
    assert over is not None
    assert (over.state, over.error) == (
        MessageState.SUPERSEDED, "snooze by dana until 2026-12-03",
    )  # fmt: skip


@pytest.mark.parametrize(
    "kept",
    [about(1, 2), about(2), message(), about(1, in_doubt=True)],
    ids=["tells of another too", "of another", "of none", "may have arrived"],
)
def test_a_silence_withholds_nothing_else(kept: Message) -> None:
    assert ends(snoozed()).of(kept) is None


@pytest.mark.parametrize(
    ("people", "why"),
    [
        ((), "route removed: [people] has no dana any more"),
        (
            (person("dana", notifiers=("chat",)),),
            "route removed: people.dana.notifiers has no mail",
        ),
    ],
)
def test_whose_route_is_gone_gets_nothing_and_it_is_said(people: object, why: str) -> None:
    over = ends(people=people).of(message())
    assert over is not None
    assert (over.state, over.error) == (MessageState.DEAD, why)


def test_a_note_on_an_item_has_no_reader_whose_route_could_be_gone() -> None:
    note = replace(message("jira:PAY-1"), notifier="jira-notes")
    assert Ends((), (), Answers((), AS_OF), AS_OF, writers={"jira-notes"}).of(note) is None


def test_an_ended_message_is_settled_without_a_try() -> None:
    class Rows:
        settled: list[Message] = []  # noqa: RUF012 - lives for one test

        def due(self, now: datetime) -> tuple[Message, ...]:
            return (message(),)

        def settle(self, one: Message) -> None:
            self.settled.append(one)

        def messages(self, *states: MessageState) -> tuple[Message, ...]:
            return ()

    rows = Rows()
    assert deliver(rows, {}, AS_OF, ended=ends(people=()).of) == ()
    assert [one.state for one in rows.settled] == [MessageState.DEAD]
