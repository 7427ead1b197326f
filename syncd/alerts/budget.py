"""How much mail at once a person has had already (`reconciler.md` §E6), counted from the outbox.

Days and weeks are those of the reader's zone. Nothing is remembered besides the messages, so a
restart changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from syncd.model.alerts import Message, MessageState, NoticeKind, Reason, Transition
from syncd.model.people import Person, Role

NEW = frozenset({Reason.OPENED, Reason.REOPENED})
COUNTED = frozenset({*map(str, Reason), str(NoticeKind.DIGEST)})
"""Reasons of the messages that are news of drift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Mails at once for one person; criticals count, but are never held."""

    a_day: int = 3
    a_week: int = 10
    new_of_deliverable: int = 1
    """New alerts of one deliverable a day."""
    engineer_a_day: int = 1
    """Mails of any kind to an engineer, digests too; more where they chose more digests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one person was sent, or will be sent by what waits, on one day and in its week."""

    today: int = 0
    week: int = 0
    any_today: int = 0
    """Digests too."""
    deliverables: Collection[str] = field(default_factory=frozenset)
    """Of which something new was told at once today."""

    def left(self, person: Person, budget: Budget) -> int:
        """How many more mails may go at once."""
        left = min(budget.a_day - self.today, budget.a_week - self.week)
        if person.role is Role.ENGINEER:
            left = min(left, max(budget.engineer_a_day, len(person.digest_at)) - self.any_today)
        return max(0, left)


def counted(messages: Iterable[Message]) -> dict[str, tuple[Message, ...]]:
    """By person the messages that budgets are counted from: about drift, sent or still to come."""
    found: dict[str, list[Message]] = {}
    for message in messages:
        is_live = message.state in (MessageState.SENT, MessageState.WAITING)
        if is_live and message.alerts and message.reason in COUNTED:
            found.setdefault(message.person, []).append(message)
    return {person: tuple(many) for person, many in found.items()}


def spent(
    person: Person,
    messages: Sequence[Message],
    at: datetime,
    recall: Callable[[str, int], Transition | None],
) -> Spent:
    """Of these messages those of the local day and week of `at`; one notifier's copy counts."""
    zone = ZoneInfo(person.timezone)
    day = at.astimezone(zone).date()
    first = person.notifiers[:1]
    mine = [(_day(one, zone), one) for one in messages if not first or one.notifier == first[0]]
    at_once = [(on, one) for on, one in mine if not one.hold.is_digest]
    return Spent(
        today=sum(on == day for on, _ in at_once),
        week=sum(on.isocalendar()[:2] == day.isocalendar()[:2] for on, _ in at_once),
        any_today=sum(on == day for on, _ in mine),
        deliverables=frozenset(
            deliverable
            for on, one in at_once
            if on == day
            for pair in one.alerts
            if (told := recall(*pair)) and told.reason in NEW
            if (deliverable := told.alert.finding.deliverable)
        ),
    )


def last_heard(person: Person, fingerprint: str, messages: Iterable[Message]) -> date | None:
    """The day in their own zone on which they were sent something of an alert last."""
    zone = ZoneInfo(person.timezone)
    days = (
        _day(message, zone)
        for message in messages
        if message.state is MessageState.SENT or message.in_doubt
        if any(fingerprint == told for told, _ in message.alerts)
    )
    return max(days, default=None)


def _day(message: Message, zone: ZoneInfo) -> date:
    return (message.sent_at or message.send_after).astimezone(zone).date()
