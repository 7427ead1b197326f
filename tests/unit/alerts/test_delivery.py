"""Queueing and sending: nothing lost, nobody's trouble another's (M1, M2, M4, mechanism 5)."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from syncd.alerts.delivery import deliver, queue
from syncd.alerts.grouping import told_by
from syncd.alerts.retries import pause
from syncd.errors import DeliveryError
from syncd.interfaces import INTERFACE, Check, Rendered
from syncd.model.alerts import Message, MessageState, NoticeKind, Notification, Reason
from syncd.model.people import Person
from syncd.notifiers.email.notifier import EmailNotifier
from syncd.notifiers.email.settings import EmailSettings
from syncd.testing.alerts import finding, notification, transition
from syncd.testing.builders import AS_OF, person


class Rows:
    """An outbox in memory, with every settling in the order in which it happened."""

    def __init__(self, *messages: Message) -> None:
        self.rows = {message.message_id: message for message in messages}
        self.settled: list[Message] = []

    def due(self, now: datetime) -> tuple[Message, ...]:
        return tuple(
            m for m in self.rows.values()
            if m.state is MessageState.WAITING and m.send_after <= now
        )  # fmt: skip

    def settle(self, message: Message) -> None:
        self.rows[message.message_id] = message
        self.settled.append(message)

    def messages(self, *states: MessageState) -> tuple[Message, ...]:
        return tuple(m for m in self.rows.values() if not states or m.state in states)


class Post:
    """A notifier that answers per person and keeps what it accepted."""

    interface = INTERFACE

    def __init__(self, rows: Rows | None = None, **answers: Exception) -> None:
        self.answers = answers
        self.accepted: list[bytes] = []
        self.tried: list[str] = []
        self.rows = rows

    def check(self) -> "list[Check]":  # type: ignore[override]
        return []

    def render(self, notification: Notification, person: Person) -> Rendered:
        if person.id in self.answers:
            raise self.answers[person.id]
        return Rendered(message_id=f"<{person.id}>", subject="s", body=b"b", fallback=b"f")

    def send(self, message: Message) -> None:
        if self.rows is not None:
            assert len(self.rows.settled) == len(set(self.tried)), "the last was not settled first"
        self.tried.append(message.message_id)
        error = self.answers.get(message.person)
        if error is not None and not (message.body == b"plain" and message.fallback == b"plain"):
            raise error
        self.accepted.append(message.body)

    def close(self) -> None: ...


def message(who: str = "dana", number: int = 1, **fields: object) -> Message:
    return Message(
        message_id=f"<{who}.{number}>",
        notifier="mail",
        person=who,
        recipient=f"{who}@example.com",
        subject="s",
        body=b"full",
        queued_at=AS_OF,
        send_after=AS_OF,
        **fields,  # type: ignore[arg-type]
    )


def test_each_outcome_is_settled_before_the_next_mail_is_begun() -> None:
    rows = Rows(message("a"), message("b"), message("c"))
    post = Post(rows)
    done = deliver(rows, {"mail": post}, AS_OF)
    assert [m.state for m in done] == [MessageState.SENT] * 3
    assert done[0].sent_at == AS_OF
    assert deliver(rows, {"mail": post}, AS_OF) == ()


def test_a_stop_is_heard_between_two_mails() -> None:
    rows = Rows(message("a"), message("b"))
    deliver(rows, {"mail": Post()}, AS_OF, should_stop=lambda: bool(rows.settled))
    assert [m.person for m in rows.messages(MessageState.WAITING)] == ["b"]


def test_a_refused_person_is_dead_and_the_others_get_theirs() -> None:
    rows = Rows(message("a"), message("b"), message("c"))
    heard: list[DeliveryError] = []
    post = Post(b=DeliveryError("no such user", permanent=True))
    deliver(rows, {"mail": post}, AS_OF, on_failure=heard.append)
    states = {m.person: (m.state, m.error) for m in rows.messages()}
    assert states["b"] == (MessageState.DEAD, "refused for good: no such user")
    assert states["a"][0] is states["c"][0] is MessageState.SENT
    assert [str(error) for error in heard] == ["no such user"]


def test_a_full_mailbox_waits_and_holds_up_only_its_owner() -> None:
    rows = Rows(message("a", 1), message("a", 2), message("b"))
    deliver(rows, {"mail": Post(a=DeliveryError("mailbox full"))}, AS_OF)
    first, second, other = rows.messages()
    assert (first.state, first.attempts, second.attempts) == (MessageState.WAITING, 1, 0)
    assert first.send_after > AS_OF
    assert other.state is MessageState.SENT


def test_trouble_of_the_service_ends_the_batch_and_keeps_everything() -> None:
    rows = Rows(message("a"), message("b"), replace(message("c"), notifier="pager"))
    post, pager = Post(a=DeliveryError("server down", operator=True)), Post()
    deliver(rows, {"mail": post, "pager": pager}, AS_OF)
    assert post.tried == ["<a.1>"]
    assert pager.accepted == [b"full"]
    assert {m.person for m in rows.messages(MessageState.WAITING)} == {"a", "b"}


@pytest.mark.parametrize(
    "asked", [{"retry_after": 3600.0}, {"retry_at": AS_OF + timedelta(hours=1)}]
)
def test_an_asked_wait_holds_for_all_of_that_notifier_and_for_nobody_else(asked) -> None:
    """Promise O2: it stands in the outbox, so that a restart forgets nothing."""
    rows = Rows(message("a"), message("b"), replace(message("c"), notifier="pager"))
    limited = Post(a=DeliveryError("slow down", operator=True, **asked))
    deliver(rows, {"mail": limited, "pager": Post()}, AS_OF)
    first = rows.rows["<a.1>"]
    assert timedelta(hours=1) <= first.send_after - AS_OF <= timedelta(hours=1.1)
    assert first.error == "asked to wait: slow down"
    rows.rows["<d.1>"] = message("d")
    mail, pager = Post(), Post()
    rows.rows["<e.1>"] = replace(message("e"), notifier="pager")
    for minutes in range(1, 60):
        ways = {"mail": mail, "pager": pager}
        deliver(rows, ways, AS_OF + timedelta(minutes=minutes))
    assert (mail.tried, pager.tried) == ([], ["<e.1>"])
    deliver(rows, {"mail": mail}, first.send_after)
    assert sorted(mail.tried) == ["<a.1>", "<b.1>", "<d.1>"]


def test_trouble_of_the_service_never_ends_a_message() -> None:
    rows = Rows(message("a"))
    post = Post(a=DeliveryError("sign-in refused", operator=True, permanent=True))
    for day in range(30):
        deliver(rows, {"mail": post}, AS_OF + timedelta(days=day))
    assert rows.messages()[0].state is MessageState.WAITING


def test_a_person_who_cannot_be_reached_for_five_days_is_given_up() -> None:
    rows = Rows(message("a"))
    post = Post(a=DeliveryError("greylisted"))
    for hour in range(5 * 24 + 12):
        deliver(rows, {"mail": post}, AS_OF + timedelta(hours=hour))
    (row,) = rows.messages()
    assert (row.state, row.error) == (MessageState.DEAD, "given up: greylisted")


def test_a_message_that_waited_while_syncd_was_away_is_not_given_up_at_the_first_try() -> None:
    rows = Rows(message("a"))
    deliver(rows, {"mail": Post(a=DeliveryError("full"))}, AS_OF + timedelta(days=30))
    assert rows.messages()[0].state is MessageState.WAITING


@pytest.mark.parametrize(
    ("days", "tries", "state"),
    [
        (6, 4, MessageState.DEAD),
        (6, 3, MessageState.WAITING),
        (4, 20, MessageState.WAITING),
        (5, 20, MessageState.WAITING),
    ],
    ids=["fifth try after five days", "only the fourth", "only four days", "five to the second"],
)
def test_a_message_is_given_up_after_five_days_and_five_tries(
    days: int, tries: int, state: MessageState
) -> None:
    rows = Rows(message("a", attempts=tries))
    deliver(rows, {"mail": Post(a=DeliveryError("full"))}, AS_OF + timedelta(days=days))
    assert rows.messages()[0].state is state


def test_whoever_asks_for_a_week_is_asked_again_after_a_day() -> None:
    rows = Rows(message("a"))
    asking = DeliveryError("closed", operator=True, retry_after=7 * 86400)
    deliver(rows, {"mail": Post(a=asking)}, AS_OF)
    wait = rows.messages()[0].send_after - AS_OF
    assert timedelta(days=1) <= wait <= timedelta(days=1.1)


def test_trouble_that_is_not_about_the_content_is_no_reason_for_the_plain_form() -> None:
    rows = Rows(message("a", fallback=b"plain"))
    post = Post(a=DeliveryError("mailbox full"))
    deliver(rows, {"mail": post}, AS_OF)
    assert (post.tried, post.accepted) == (["<a.1>"], [])


def test_refused_content_leaves_in_the_plain_form_under_the_same_id() -> None:
    rows = Rows(message("a", fallback=b"plain"))
    post = Post(a=DeliveryError("spam", permanent=True, content=True))
    deliver(rows, {"mail": post}, AS_OF)
    assert post.accepted == [b"plain"]
    assert post.tried == ["<a.1>", "<a.1>"]
    assert rows.messages()[0].state is MessageState.SENT


def test_content_refused_twice_is_dead() -> None:
    rows = Rows(message("a", fallback=b"also bad"))
    post = Post(a=DeliveryError("spam", permanent=True, content=True))
    deliver(rows, {"mail": post}, AS_OF)
    assert len(post.tried) == 2
    assert rows.messages()[0].state is MessageState.DEAD


def test_doubt_is_remembered_and_the_mail_goes_again() -> None:
    rows = Rows(message("a"))
    deliver(rows, {"mail": Post(a=DeliveryError("no answer", in_doubt=True))}, AS_OF)
    assert rows.messages()[0].in_doubt
    deliver(rows, {"mail": Post()}, AS_OF + timedelta(hours=1))
    (sent,) = rows.messages()
    assert (sent.state, sent.in_doubt, sent.error) == (MessageState.SENT, False, "")


def test_a_bug_in_a_notifier_stops_nobody_else() -> None:
    rows = Rows(message("a"), message("b"))
    deliver(rows, {"mail": Post(a=ZeroDivisionError("secret detail"))}, AS_OF)
    first, second = rows.messages()
    assert first.error == "the notifier mail broke: ZeroDivisionError"
    assert second.state is MessageState.SENT


def test_a_notifier_that_is_not_configured_any_more_is_named() -> None:
    rows = Rows(message("a"))
    deliver(rows, {}, AS_OF)
    assert "no notifier is called mail (configure it" in rows.messages()[0].error


def test_pauses_double_from_a_minute_to_four_hours_and_spread() -> None:
    pauses = [pause(message("a", attempts=n)) for n in range(1, 14)]
    for n, got in enumerate(pauses):
        base = min(timedelta(minutes=2**n), timedelta(hours=4))
        assert base <= got <= base * 1.25
    assert len({pause(message("a", n, attempts=1)) for n in range(20)}) > 10


@pytest.mark.parametrize(
    ("error", "hours", "sent"),
    [
        ("full", 4, 0),
        ("full", 6, 1),
        ("asked to wait: busy", 26, 0),
        ("asked to wait: busy", 27, 1),
    ],
)
def test_a_clock_that_is_set_back_silences_no_mail_in_its_pause(
    error: str, hours: int, sent: int
) -> None:
    later = AS_OF + timedelta(hours=hours)
    waiting = replace(message(), attempts=1, error=error, send_after=later)
    assert len(deliver(Rows(waiting), {"mail": Post()}, AS_OF)) == sent


def test_what_waits_for_its_day_waits_whatever_the_clock_was() -> None:
    rows = Rows(replace(message(), send_after=AS_OF + timedelta(days=3)))
    assert deliver(rows, {"mail": Post()}, AS_OF) == ()
    assert rows.settled == []


def test_each_person_gets_a_message_per_notifier_with_what_it_tells_of() -> None:
    reader = person("dana", notifiers=("mail", "pager"))
    told = notification(transition(finding(), Reason.WORSE, update=3))
    first, second = queue([told], [reader], {"mail": Post(), "pager": Pager()}, AS_OF)
    assert (first.notifier, second.notifier) == ("mail", "pager")
    assert first.alerts == ((finding().fingerprint, 3),)
    assert (first.reason, first.send_after, first.recipient) == ("worse", AS_OF, reader.email)


class Pager(Post):
    def render(self, notification: Notification, person: Person) -> Rendered:
        return Rendered(message_id=f"<pager.{person.id}>", subject="s", body=b"b")


def test_what_cannot_be_rendered_is_dead_with_the_reason_and_stops_nobody() -> None:
    people = [person("a"), person("b"), person("c")]
    told = [notification(person=who) for who in "abc"]
    post = Post(a=DeliveryError("bad address"), b=ValueError("hostile text"))
    first, second, third = queue(told, people, {"mail": post}, AS_OF)
    assert (first.state, first.error) == (MessageState.DEAD, "not built: bad address")
    assert (second.state, second.error) == (MessageState.DEAD, "not built: ValueError")
    assert third.state is MessageState.WAITING


def test_what_is_for_a_notifier_that_is_not_there_names_it() -> None:
    (lost,) = queue([notification()], [person("dana")], {}, AS_OF)
    assert (lost.state, lost.error) == (
        MessageState.DEAD, "not built: no notifier is called mail",
    )  # fmt: skip


def test_what_the_outbox_has_is_not_queued_again() -> None:
    told = [notification(person="dana"), notification(person="dana")]
    assert len(queue(told, [person("dana")], {"mail": Post()}, AS_OF)) == 1
    assert queue(told, [person("dana")], {"mail": Post()}, AS_OF, stored={"<dana>"}) == ()


def test_a_summary_of_old_problems_counts_as_telling_of_none(tmp_path: Path) -> None:
    old = [transition(finding(f"P-{n}"), Reason.ADOPTED, told=False) for n in range(10_000)]
    summary = notification(*old, kind=NoticeKind.ADOPTION)
    mail = EmailNotifier(
        "mail",
        EmailSettings.model_validate(
            {"from": "syncd@example.com", "to_outbox": True, "outbox": tmp_path}
        ),
    )
    (only,) = queue([summary], [person("dana")], {"mail": mail}, AS_OF)
    assert not set(told_by([replace(only, state=MessageState.SENT)])) & {
        one.alert.fingerprint for one in old
    }
    assert len(only.alerts) < 200
    assert len(only.body) < 100_000
    assert only.subject == "[Checkout relaunch] First look: 10000 known problems"


@pytest.mark.parametrize("late", [None, AS_OF - timedelta(days=1), AS_OF + timedelta(hours=1)])
def test_a_message_leaves_when_the_plan_says_and_never_before_now(late: datetime | None) -> None:
    told = replace(notification(), send_after=late)
    (one,) = queue([told], [person("dana")], {"mail": Post()}, AS_OF)
    assert one.send_after == max(late or AS_OF, AS_OF)
