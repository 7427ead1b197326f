"""Which waiting messages may not be sent as they are any more (`reliability.md` §7, M1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from syncd.alerts.audiences import Audiences, Sight
from syncd.alerts.neutral import OWN, PUSHED, own_push
from syncd.interfaces import OutboxStore
from syncd.model.alerts import Message, MessageState
from syncd.model.findings import Finding
from syncd.model.people import Person

ADOPTED = "adopted "
"""Before a fingerprint that a summary of old problems lists without telling of it."""

Told = Callable[[str, int], Iterable[Finding]]
"""What was found of (fingerprint, update), and what is found of it now."""


def barred(
    messages: Iterable[Message], people: Mapping[str, Person], audiences: Audiences, told: Told
) -> dict[str, str]:
    """Ids of the waiting messages that must not leave as they are, each with the reason."""
    found = {}
    for message in messages:
        if message.state is MessageState.WAITING:
            reason = _why(message, people, audiences, told)
            if reason:
                found[message.message_id] = reason
    return found


def _why(message: Message, people: Mapping[str, Person], audiences: Audiences, told: Told) -> str:
    person = people.get(message.person)
    if person is None:
        return f"{message.person} is not in the configuration any more"
    for name, update in message.alerts:
        print_ = name.removeprefix(ADOPTED)
        if print_ in message.veiled:
            continue
        form = next((one for one in (OWN, PUSHED) if print_ + one in message.veiled), "")
        if any(_is_hidden(one, person, audiences, form) for one in told(print_, update)):
            return f"{message.person} may not see all of it any more"
    return ""


def _is_hidden(finding: Finding, person: Person, audiences: Audiences, form: str) -> bool:
    """Whether they may see less of it now than what the message says in this form."""
    sight = audiences.sight(person, finding)
    if not form:
        return sight is not Sight.FULL
    if sight is not Sight.NOTHING:
        return False
    return form == OWN or own_push(finding, person, audiences) is None


class Only:
    """Lets through what tells of one alert."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint

    def __call__(self, message: Message) -> bool:
        """Whether the message is about it."""
        return self._fingerprint in dict(message.alerts)


class Withheld:
    """An outbox whose barred messages stay where they are, for the next pass to make anew."""

    def __init__(
        self,
        store: OutboxStore,
        why: Callable[[Iterable[Message]], Mapping[str, str]],
        only: Only | None = None,
    ) -> None:
        self._store, self._why, self._only = store, why, only

    def due(self, now: datetime) -> tuple[Message, ...]:
        """What may be sent as it is, in the order of the store."""
        ready = [one for one in self._store.due(now) if self._only is None or self._only(one)]
        hidden = self._why(ready)
        return tuple(one for one in ready if one.message_id not in hidden)

    def settle(self, message: Message) -> None:
        """As the store does."""
        self._store.settle(message)

    def messages(self, *states: MessageState) -> tuple[Message, ...]:
        """As the store does."""
        return self._store.messages(*states)
