"""Random weeks of drift, outages, refusals and crashes: what people are told stays true (M1-M6).

The world below is the pass of `app.run_once` over a store in memory whose `record` is one
transaction, so that every crash point between computing, recording, sending and marking can be
taken.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.alerts.answers import SILENT, seen
from syncd.alerts.delivery import deliver, queue
from syncd.alerts.grouping import ENDS, told_by, withdrawn
from syncd.alerts.lifecycle import LifeOptions, advance
from syncd.alerts.routing import plan
from syncd.errors import DeliveryError
from syncd.interfaces import INTERFACE, Rendered
from syncd.model.acts import Act, ActKind
from syncd.model.alerts import (
    Alert,
    AlertState,
    Message,
    MessageState,
    NoticeKind,
    Notification,
    Reason,
    Transition,
)
from syncd.model.findings import Evaluation, Finding, Severity
from syncd.model.people import MailMode, Person, Role
from syncd.model.snapshot import Scope
from syncd.testing.alerts import after, evaluation, finding
from syncd.testing.builders import AS_OF, person, program, team

PEOPLE = (
    person("dana", role=Role.TPM, programs=("p",)),
    person("leo", role=Role.LEAD, team="ledger", mode=MailMode.DIGEST),
    person("ena", accounts=(("jira", "ena"),), timezone="Asia/Singapore"),
)
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


class Crash(BaseException):
    """The process is gone, at once."""


@dataclass
class World:
    """Store, server and readers."""

    alerts: tuple[Alert, ...] = ()
    acts: list[Act] = field(default_factory=list)
    rows: dict[str, Message] = field(default_factory=dict)
    history: list[Transition] = field(default_factory=list)
    inbox: list[tuple[str, str, tuple[tuple[str, int, str], ...]]] = field(default_factory=list)
    listed: set[tuple[str, str]] = field(default_factory=set)
    """(person, fingerprint) of what a summary of old problems named."""
    crashes: int = 0
    crash_at: str = ""
    down: bool = False
    refused: str = ""
    options: LifeOptions = field(default_factory=LifeOptions)
    interface: int = INTERFACE

    # The store's faces.
    def record(self, transitions: tuple[Transition, ...], messages: tuple[Message, ...]) -> None:
        self._die("record")
        self.alerts = after(self.alerts, transitions)
        self.history += transitions
        for message in messages:
            self.rows[message.message_id] = message

    def due(self, now: datetime) -> tuple[Message, ...]:
        ready, held_up = [], set()
        for message in self.messages(MessageState.WAITING):
            threads = {(message.person, print_) for print_, _ in message.alerts}
            if message.send_after > now or threads & held_up:
                held_up |= threads
            else:
                ready.append(message)
        return tuple(ready)

    def settle(self, message: Message) -> None:
        self._die("settle")
        self.rows[message.message_id] = message

    def messages(self, *states: MessageState) -> tuple[Message, ...]:
        return tuple(m for m in self.rows.values() if not states or m.state in states)

    # The notifier.
    def check(self) -> None: ...

    def render(self, notification: Notification, reader: Person) -> Rendered:
        told = [
            (t.alert.fingerprint, t.alert.update, t.reason.value) for t in notification.transitions
        ]
        key = json.dumps([[row[:2] for row in told], reader.id])
        name = hashlib.sha256(key.encode()).hexdigest()
        body = json.dumps([notification.kind.value, told]).encode()
        return Rendered(message_id=name, subject="", body=body)

    def send(self, message: Message) -> None:
        if self.down:
            raise DeliveryError("down", operator=True)
        if message.person == self.refused:
            raise DeliveryError("mailbox full")
        kind, told = json.loads(message.body)
        rows = tuple((print_, update, reason) for print_, update, reason in told)
        if kind == NoticeKind.ADOPTION.value:
            self.listed |= {(message.person, print_) for print_, *_ in rows}
        else:
            self.inbox.append((message.person, message.message_id, rows))
        self._die("accepted")

    def close(self) -> None: ...

    def _die(self, where: str) -> None:
        if self.crash_at == where:
            self.crash_at = ""
            self.crashes += 1
            raise Crash

    # The pass.
    def run(self, found: Evaluation, now: datetime, *, first: bool = False) -> None:
        deliver(self, {"mail": self}, now)
        transitions = advance(
            self.alerts,
            found,
            now,
            next_number=1 + max((a.number for a in self.alerts), default=0),
            first_pass=first,
            options=self.options,
            acts=self.acts,
        )
        waiting = self.messages(MessageState.WAITING)
        notifications = plan(
            transitions,
            PEOPLE,
            (program("p", teams=("ledger",)),),
            (team("ledger"),),
            told=told_by(self.messages()),
            as_of=now,
            waiting=waiting,
            recall=self.recall,
        )
        queued = queue(notifications, PEOPLE, {"mail": self}, now)
        self.record(transitions, (*withdrawn(waiting, transitions, notifications), *queued))
        deliver(self, {"mail": self}, now)

    def recall(self, print_: str, update: int) -> Transition | None:
        return next(
            t for t in reversed(self.history)
            if (t.alert.fingerprint, t.alert.update) == (print_, update) and t.told
        )  # fmt: skip

    def answer(self, kind: ActKind, now: datetime) -> None:
        """Somebody answers every alert, as it stands."""
        until = (now + 5 * DAY).date() if kind in SILENT else None
        self.acts += [
            Act(kind=kind, at=now, by="dana", until=until, seen=seen(one)) for one in self.alerts
        ]

    def settled(self, found: Evaluation, now: datetime) -> datetime:
        """Everything works again, and time passes, without reminders, until every digest left."""
        self.down, self.refused, self.crash_at = False, "", ""
        self.options = LifeOptions(reminders={}, escalates=False)
        for _ in range(26):
            now += timedelta(hours=12)
            self.run(replace(found, as_of=now), now)
        return now


@dataclass(frozen=True)
class Step:
    firing: tuple[tuple[int, int], ...]
    """(item, size of the problem)"""
    wait: timedelta
    stale: bool
    down: bool
    refused: str
    crash: str
    answer: ActKind | None


def steps() -> st.SearchStrategy[list[Step]]:
    problems = st.dictionaries(st.integers(0, 4), st.integers(0, 3), max_size=5)
    waits = [QUARTER, QUARTER, timedelta(hours=5), timedelta(days=1), timedelta(days=20)]
    one = st.builds(
        Step,
        firing=problems.map(lambda d: tuple(sorted(d.items()))),
        wait=st.sampled_from(waits),
        stale=st.booleans(),
        down=st.booleans(),
        refused=st.sampled_from(["", "", "leo", "dana"]),
        crash=st.sampled_from(["", "", "", "record", "accepted", "settle"]),
        answer=st.sampled_from([None, None, ActKind.ACK, ActKind.SNOOZE, ActKind.REOPEN]),
    )
    return st.lists(one, min_size=1, max_size=14)


def problem(item: int, size: int) -> Finding:
    severity = (Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)[size]
    return finding(
        f"LED-{item}",
        slip=1 + 4 * size,
        severity=severity,
        teams=("ledger",),
        programs=("p",),
        owner="jira:ena",
        scopes=frozenset({Scope("jira", f"scope-{item % 2}")}),
    )


def play(script: list[Step]) -> tuple[World, Evaluation, datetime]:
    world, now, found = World(), AS_OF, evaluation()
    first = True
    for step in script:
        now += step.wait
        stale = frozenset({Scope("jira", "scope-1")}) if step.stale else frozenset()
        firing = [problem(*one) for one in step.firing if not (step.stale and one[0] % 2)]
        found = evaluation(*firing, as_of=now, stale=stale)
        world.down, world.refused, world.crash_at = step.down, step.refused, step.crash
        before = {a.number: a for a in world.alerts}
        try:
            world.run(found, now, first=first)
            first = False
        except Crash:
            first = first and not world.history
        if step.answer:
            world.answer(step.answer, now)
        for held in world.alerts:
            was = before.get(held.number)
            if step.stale and was and held.finding.scopes & stale:
                ended = held.state is AlertState.RESOLVED is not was.state
                assert not ended, "an outage resolved something"
    return world, found, now


@settings(max_examples=150, deadline=None)
@given(steps())
def test_what_people_hear_is_complete_in_order_and_rarely_twice(script: list[Step]) -> None:
    world, found, now = play(script)
    clear = replace(found, stale=frozenset())
    world.settled(clear, now)
    assert not world.messages(MessageState.WAITING)
    _heard_in_order(world)
    _no_end_without_a_beginning(world)
    _complete(world)
    sends = [message_id for _, message_id, _ in world.inbox]
    assert len(sends) - len(set(sends)) <= world.crashes, "more repeats than crashes"


def _heard_in_order(world: World) -> None:
    last: dict[tuple[str, str], int] = {}
    for who, _, rows in world.inbox:
        for print_, update, _ in rows:
            assert update >= last.get((who, print_), 0), "an older update after a newer one"
            last[who, print_] = update


def _no_end_without_a_beginning(world: World) -> None:
    ends = {reason.value for reason in ENDS}
    firing = set(world.listed)
    for who, _, rows in world.inbox:
        for print_, _, reason in rows:
            assert reason not in ends or (who, print_) in firing, "cleared, but never opened"
            firing.add((who, print_))


def _complete(world: World) -> None:
    """Whoever an open alert concerns heard its last update, and ends were told where it counts."""
    heard: dict[tuple[str, str], int] = {}
    for who, _, rows in world.inbox:
        for print_, update, _ in rows:
            heard[who, print_] = update
    for held in world.alerts:
        newest = max(a.number for a in world.alerts if a.fingerprint == held.fingerprint)
        if held.number != newest or held.told_at is None:
            continue
        for_all = [
            t.alert.update for t in world.history
            if t.alert.fingerprint == held.fingerprint and t.told and t.reason is not Reason.ESCALATED
        ]  # fmt: skip
        for reader in PEOPLE:
            assert heard.get((reader.id, held.fingerprint), 0) >= for_all[-1], "news was lost"


@settings(max_examples=150, deadline=None)
@given(steps())
def test_without_crashes_everybody_who_heard_of_it_hears_that_it_is_over(
    script: list[Step],
) -> None:
    world, _, now = play([replace(step, crash="") for step in script])
    now = world.settled(evaluation(as_of=now), now)
    world.settled(evaluation(as_of=now), now + timedelta(days=8))
    last: dict[tuple[str, str], str] = {}
    for who, _, rows in world.inbox:
        for print_, _, reason in rows:
            last[who, print_] = reason
    assert set(last.values()) <= {reason.value for reason in ENDS}
    assert len(world.inbox) == len({message_id for _, message_id, _ in world.inbox})


@settings(max_examples=150, deadline=None)
@given(steps())
def test_a_second_pass_is_silent_whatever_happened_before(script: list[Step]) -> None:
    world, found, now = play(script)
    world.down, world.refused, world.crash_at = False, "", ""
    now += QUARTER
    found = replace(found, as_of=now)
    world.run(found, now, first=not world.history)
    recorded, queued = len(world.history), len(world.rows)
    world.run(found, now)
    assert (len(world.history), len(world.rows)) == (recorded, queued)


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("every", [QUARTER, timedelta(hours=1), timedelta(hours=5), DAY])
def test_a_flap_storm_sends_two_mails_a_person_at_most(size: int, every: timedelta) -> None:
    """Three where all heard that it was over before it came back: they must hear that it did."""
    world = World()
    world.run(evaluation(), AS_OF, first=True)
    for number in range(1, 31):
        now = AS_OF + timedelta(hours=1) + number * every
        firing = [problem(1, size)] if number % 2 else []
        world.run(evaluation(*firing, as_of=now), now)
    is_told_at_once = problem(1, size).severity is Severity.CRITICAL
    most = 3 if is_told_at_once or every == DAY else 2
    for reader in PEOPLE:
        assert len([who for who, _, _ in world.inbox if who == reader.id]) <= most


def test_five_hundred_victims_of_one_root_send_one_mail() -> None:
    world = World()
    world.run(evaluation(), AS_OF, first=True)
    root = problem(1, 2)
    victims = [finding(f"V-{n}", teams=("ledger",), programs=("p",), slip=5) for n in range(500)]
    pairs = tuple((victim.fingerprint, root.fingerprint) for victim in victims)
    now = AS_OF + QUARTER
    world.run(evaluation(root, *victims, as_of=now, inhibited=pairs), now)
    told = [print_ for _, _, rows in world.inbox for print_, _, _ in rows]
    waiting = [print_ for m in world.messages(MessageState.WAITING) for print_, _ in m.alerts]
    assert set(told + waiting) == {root.fingerprint}
    assert len(world.rows) == len(PEOPLE)
    assert len(world.alerts) == 501


def test_adoption_of_ten_thousand_old_problems_sends_one_summary_a_person() -> None:
    world = World()
    many = [finding(f"OLD-{n}", teams=("ledger",), programs=("p",)) for n in range(10_000)]
    world.run(evaluation(*many), AS_OF, first=True)
    assert sorted(m.person for m in world.rows.values()) == ["dana", "leo"]
    assert {m.reason for m in world.rows.values()} == {NoticeKind.ADOPTION.value}
    world.settled(evaluation(), AS_OF)
    told = [(who, len(rows), {reason for *_, reason in rows}) for who, _, rows in world.inbox]
    assert sorted(told) == [("dana", 10_000, {"cleared"}), ("leo", 10_000, {"cleared"})]
