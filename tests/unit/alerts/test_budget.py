"""How many mails a person gets at once, and when the rest comes (reconciler.md §E6)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from syncd.alerts.budget import Budget, counted, spent
from syncd.alerts.muting import Limits
from syncd.alerts.routing import Outbox, plan
from syncd.model.alerts import Hold, Message, MessageState, NoticeKind, Reason
from syncd.model.findings import Severity
from syncd.model.people import Role
from syncd.testing.alerts import finding, transition
from syncd.testing.builders import AS_OF, at, person, program, team

TEAMS = (team("ledger"),)
PROGRAMS = (program("checkout", teams=("ledger",)),)
DANA = person("dana", role=Role.TPM, programs=("checkout",))
ENA = person("ena", accounts=(("jira", "ena"),))
DIGEST = at("2026-11-23 08:30")
MINUTE = timedelta(minutes=1)


def news(ref="LED-1", reason=Reason.OPENED, *, deliverable="", number=1, **fields):
    fields.setdefault("severity", Severity.HIGH)
    found = finding(
        ref, owner="jira:ena", teams=("ledger",), programs=("checkout",),
        deliverable=deliverable, **fields,
    )  # fmt: skip
    return transition(found, reason, number=number)


def sent(when: datetime, *told, who="dana", **fields):
    fields.setdefault("reason", str(told[0].reason) if told else "opened")
    fields.setdefault("state", MessageState.SENT)
    pairs = tuple((one.alert.fingerprint, one.alert.update) for one in told) or (("x", 1),)
    return Message(
        message_id=f"<{when}{pairs}>", notifier="mail", person=who, recipient=f"{who}@example.com",
        subject="", body=b"", alerts=pairs, queued_at=when, send_after=when,
        sent_at=when if fields["state"] is MessageState.SENT else None, **fields,
    )  # fmt: skip


def mails(*told, people=(DANA,), had=(), as_of=AS_OF, limits=None):
    known = {(one.alert.fingerprint, one.alert.update): one for one in told}
    return [
        (one.kind, one.hold, one.send_after, [t.alert.finding.ref for t in one.transitions])
        for one in plan(
            told, people, PROGRAMS, TEAMS, told={}, as_of=as_of, limits=limits,
            outbox=Outbox(messages=had), recall=lambda *pair: known.get(pair),
        )
    ]  # fmt: skip


@pytest.mark.parametrize("had", [2, 3, 4])
def test_three_mails_at_once_a_day_and_the_rest_in_the_digest(had: int) -> None:
    before = [sent(AS_OF - n * MINUTE) for n in range(had)]
    ((_, hold, when, _),) = mails(news(), had=before)
    assert (hold, when) == ((Hold.NONE, None) if had < 3 else (Hold.BUDGET, DIGEST))


@pytest.mark.parametrize("had", [1, 2])
def test_what_is_critical_takes_its_mail_from_what_is_left(had: int) -> None:
    """It leaves in any case; together they are still no more than three."""
    before = [sent(AS_OF - n * MINUTE) for n in range(had)]
    told = [news("LED-1", severity=Severity.CRITICAL), news("LED-2", number=2)]
    found = {refs[0]: (hold, when) for _, hold, when, refs in mails(*told, had=before)}
    assert found["LED-1"] == (Hold.NONE, None)
    assert found["LED-2"] == ((Hold.NONE, None) if had < 2 else (Hold.BUDGET, DIGEST))


def test_an_engineer_gets_one_mail_a_day_also_of_what_comes_up_at_once() -> None:
    told = [
        news("LED-1", Reason.REMINDED),
        news("LED-2", severity=Severity.MEDIUM, number=2),
    ]
    early = at("2026-11-23 07:00")
    ((_, _, when, refs),) = mails(*told, people=(ENA,), as_of=early)
    assert (when, set(refs)) == (DIGEST, {"LED-1", "LED-2"})


@pytest.mark.parametrize("had", [9, 10])
def test_ten_a_week_of_the_readers_own_week(had: int) -> None:
    now = at("2026-11-27 09:00")
    before = [sent(at(f"2026-11-2{3 + n % 4} 0{n}:00")) for n in range(had)]
    ((_, hold, when, _),) = mails(news(), had=before, as_of=now)
    held = (Hold.BUDGET, at("2026-11-30 08:30"))
    assert (hold, when) == ((Hold.NONE, None) if had < 10 else held)
    ((_, hold, _, _),) = mails(news(), had=before, as_of=at("2026-11-30 09:00"))
    assert hold is Hold.NONE, "a new week began"


def test_the_day_is_that_of_the_readers_zone() -> None:
    tokyo = replace(DANA, timezone="Asia/Tokyo")
    before = [sent(at(f"2026-11-23 14:0{n}")) for n in range(3)]
    now = at("2026-11-23 15:30")
    assert mails(news(), had=before, as_of=now, people=(DANA,))[0][1] is Hold.BUDGET
    assert mails(news(), had=before, as_of=now, people=(tokyo,))[0][1] is Hold.NONE


def test_criticals_are_never_held_but_count() -> None:
    before = [sent(AS_OF - n * MINUTE) for n in range(3)]
    grave = news("LED-9", severity=Severity.CRITICAL)
    assert mails(grave, had=before)[0][1:3] == (Hold.NONE, None)
    found = mails(grave, news("LED-1", number=2), had=before)
    assert sorted((hold, refs) for _, hold, _, refs in found) == [
        (Hold.NONE, ["LED-9"]),
        (Hold.BUDGET, ["LED-1"]),
    ]


def test_one_new_alert_of_a_deliverable_a_day_the_worst_first() -> None:
    small, large = news("LED-1", slip=2, deliverable="c"), news("LED-2", slip=9, deliverable="c")
    other = news("LED-3", deliverable="other")
    found = {refs[0]: hold for _, hold, _, refs in mails(small, large, other)}
    assert found == {"LED-1": Hold.DELIVERABLE, "LED-2": Hold.NONE, "LED-3": Hold.NONE}
    worse = news("LED-1", Reason.WORSE, deliverable="c")
    assert mails(large, worse)[0][1] is Hold.NONE, "what was told before may get worse"


def test_what_was_new_this_morning_counts_this_afternoon() -> None:
    first, second = news("LED-1", deliverable="c"), news("LED-2", deliverable="c", number=2)
    before = sent(AS_OF, first)
    found = plan(
        (second,), (DANA,), PROGRAMS, TEAMS, told={}, as_of=at("2026-11-23 15:00"),
        outbox=Outbox(messages=[before]), recall=lambda *_: first,
    )  # fmt: skip
    assert found[0].hold is Hold.DELIVERABLE


def test_an_engineer_gets_one_mail_a_day_digests_too() -> None:
    now = at("2026-11-23 15:00")
    morning = sent(DIGEST, who="ena", reason="digest", hold=Hold.DIGEST)
    assert mails(news(), people=(ENA,), as_of=now)[0][1] is Hold.NONE
    assert mails(news(), people=(ENA,), as_of=now, had=[morning])[0][1] is Hold.BUDGET
    grave = news(severity=Severity.CRITICAL)
    assert mails(grave, people=(ENA,), as_of=now, had=[morning])[0][1] is Hold.NONE


def test_what_is_left_of_a_budget_is_spent_on_one_mail() -> None:
    told = [news(f"LED-{n}", number=n) for n in (1, 2, 3)]
    before = [sent(AS_OF - n * MINUTE) for n in range(2)]
    ((kind, hold, when, refs),) = mails(*told, had=before)
    assert (kind, when, set(refs)) == (NoticeKind.DIGEST, None, {"LED-1", "LED-2", "LED-3"})
    assert hold is Hold.NONE
    assert len(mails(*told)) == 3


@pytest.mark.parametrize(
    ("message", "counts"),
    [
        (sent(AS_OF), True),
        (sent(AS_OF, state=MessageState.WAITING), True),
        (sent(AS_OF, state=MessageState.WAITING, hold=Hold.QUIET), True),
        (sent(AS_OF, state=MessageState.SUPERSEDED), False),
        (sent(AS_OF, state=MessageState.DEAD), False),
        (sent(AS_OF, reason="digest", hold=Hold.DIGEST), False),
        (sent(AS_OF, reason="digest"), True),
        (sent(AS_OF, reason="service"), False),
        (sent(AS_OF, reason="adoption"), False),
        (sent(AS_OF - timedelta(days=1)), False),
    ],
)
def test_what_counts(message: Message, counts: bool) -> None:
    mine = counted([message]).get("dana", ())
    assert spent(DANA, mine, AS_OF, lambda *_: None).today == counts


def test_the_budget_can_be_switched_off() -> None:
    before = [sent(AS_OF - n * MINUTE) for n in range(9)]
    assert mails(news(), had=before, limits=Limits(budget=None))[0][1] is Hold.NONE
    assert Limits().budget == Budget()


def test_a_batch_waits_three_minutes_ten_at_most_and_criticals_do_not() -> None:
    limits = Limits(batches=True)
    ((_, hold, when, _),) = mails(news(), limits=limits)
    assert (hold, when) == (Hold.BATCHING, AS_OF + 3 * MINUTE)
    assert mails(news(severity=Severity.CRITICAL), limits=limits)[0][1] is Hold.NONE


def test_later_news_joins_the_batch_and_the_first_never_waits_longer_than_ten_minutes() -> None:
    first, limits = news("LED-1"), Limits(batches=True)
    known = {first.alert.fingerprint: first}
    waits = sent(AS_OF + 3 * MINUTE, first, state=MessageState.WAITING, hold=Hold.BATCHING)
    for minutes, leaves in ((2, 5), (9, 10), (20, None)):
        now = AS_OF + minutes * MINUTE
        second = replace(news("LED-2", number=2), at=now)
        (mail,) = plan(
            (second,), (DANA,), PROGRAMS, TEAMS, told={}, as_of=now, waiting=(waits,),
            recall=lambda print_, _: known.get(print_), limits=limits,
            outbox=Outbox(messages=(waits,)),
        )  # fmt: skip
        assert [t.alert.finding.ref for t in mail.transitions] == ["LED-1", "LED-2"]
        assert mail.send_after == (AS_OF + leaves * MINUTE if leaves else None)
