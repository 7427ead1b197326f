"""How a message ends that nobody gets any more, and what follows from it (promise M1, fault N3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from syncd.alerts.answers import SILENT, Answers
from syncd.alerts.routing import operator_notices
from syncd.model.alerts import Alert, Message, MessageState, Notification
from syncd.model.people import Person

REFUSED = "refused for good"
TEXT_REFUSED = "text refused"
GIVEN_UP = "given up"
UNBUILT = "not built"
ROUTE_REMOVED = "route removed"
"""With these words the `error` of a dead message begins."""

ASKED = "asked to wait"
"""So begins that of a waiting one whose notifier was asked to wait until then."""

REST = timedelta(hours=24)
"""After a refusal for good nothing new is tried at that address for so long."""
_GOES_ON = (
    "Nobody else is affected. What is news later is tried again, after a refusal not before a day "
    "has passed."
)
_MEND = "To see what was not sent: syncd notify --dead. Once it is mended: syncd notify --retry ID"
NEWS = timedelta(days=7)
"""Of older ends no operator is told: they were there before syncd told of any."""


def dead(message: Message, end: str, words: str, now: datetime) -> Message:
    """The message with its end, why, and when that was (`send_after`)."""
    return replace(
        message, state=MessageState.DEAD, error=f"{end}: {words}" if words else end, send_after=now
    )


class Ends:
    """What of the outbox is not to be sent any more, since people or their answers changed."""

    def __init__(
        self,
        people: Iterable[Person],
        alerts: Iterable[Alert],
        answers: Answers,
        now: datetime,
        writers: Collection[str] = (),
    ) -> None:
        self._people = {person.id: person for person in people}
        self._writers = writers
        self._alerts = {alert.fingerprint: alert for alert in alerts}
        self._answers = answers
        self._now = now

    def of(self, message: Message) -> Message | None:
        """The message with its end; None where it is to be sent."""
        if message.notifier in self._writers:
            return None  # a note on an item: nobody is its reader
        person = self._people.get(message.person)
        if person is None:
            return self._removed(message, f"[people] has no {message.person} any more")
        if message.notifier not in person.notifiers:
            return self._removed(message, f"people.{person.id}.notifiers has no {message.notifier}")
        if message.in_doubt or not message.alerts:
            return None
        acts = [self._silence(fingerprint) for fingerprint, _ in message.alerts]
        if not all(acts):
            return None
        why = "; ".join(dict.fromkeys(acts))
        return replace(message, state=MessageState.SUPERSEDED, error=why, send_after=self._now)

    def _removed(self, message: Message, why: str) -> Message:
        return dead(message, ROUTE_REMOVED, why, self._now)

    def _silence(self, fingerprint: str) -> str:
        """`snooze by dana until 2026-12-03`, "" where nothing silences it."""
        alert = self._alerts.get(fingerprint)
        act = self._answers.of(alert) if alert else None
        if act is None or act.kind not in SILENT:
            return ""
        return f"{act.kind} by {act.by}" + (f" until {act.until}" if act.until else "")


def resting(messages: Iterable[Message], as_of: datetime) -> Mapping[tuple[str, str], datetime]:
    """(notifier, recipient) → until when nothing new is tried there, after a refusal for good."""
    return {
        where: last.send_after + REST
        for where, run in _runs(messages).items()
        if (last := run[-1]).error.startswith(REFUSED) and as_of < last.send_after + REST
    }


def dead_letter_notices(
    people: Sequence[Person], messages: Iterable[Message], as_of: datetime
) -> tuple[Notification, ...]:
    """Tell operators, once until something arrives there again, that somebody is not reached.

    Not the one who is not reached, where that is their only notifier: `syncd status` tells them.
    """
    found: list[Notification] = []
    for (notifier, recipient), run in sorted(_runs(messages).items()):
        first, last = run[0], run[-1]
        if as_of - last.send_after >= NEWS:
            continue
        found += operator_notices(
            [one for one in people if (one.id, one.notifiers) != (last.person, (notifier,))],
            f"{last.person} is not reached by {notifier}",
            (
                f"What was for {recipient} ended with: {last.error}",
                _GOES_ON,
                _MEND,
            ),
            key=f"dead {first.message_id}",
            as_of=as_of,
        )
    return tuple(found)


def _runs(messages: Iterable[Message]) -> dict[tuple[str, str], list[Message]]:
    """(notifier, recipient) → what died there since something arrived, oldest first."""
    arrived: dict[tuple[str, str], datetime] = {}
    died: dict[tuple[str, str], list[Message]] = {}
    for message in messages:
        where = (message.notifier, message.recipient)
        if message.sent_at is not None:
            arrived[where] = max(message.sent_at, arrived.get(where, message.sent_at))
        elif message.state is MessageState.DEAD and not message.error.startswith(ROUTE_REMOVED):
            died.setdefault(where, []).append(message)
    runs = {}
    for where, run in died.items():
        since = [one for one in run if where not in arrived or one.send_after > arrived[where]]
        if since:
            runs[where] = sorted(since, key=lambda one: (one.send_after, one.message_id))
    return runs
