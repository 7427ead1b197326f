"""Which waiting messages may not be sent as they are any more (`reliability.md` §7, M1)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from syncd.alerts.audiences import Audiences, Sight
from syncd.alerts.neutral import OWN, PUSHED, own_pushes
from syncd.interfaces import OutboxStore
from syncd.model.alerts import (
    AT_SET_TIMES,
    Alert,
    AlertState,
    Message,
    MessageState,
    Reason,
    Transition,
)
from syncd.model.findings import Finding
from syncd.model.people import Person
from syncd.model.remarks import Remark
from syncd.model.runs import RunRecord
from syncd.model.snapshot import Scope

ADOPTED = "adopted "
"""Before a fingerprint that a summary of old problems lists without telling of it."""

Told = Callable[[str, int, datetime], Iterable[Finding]]
"""What was found of (fingerprint, update) at a moment, and what is found of it now."""


Choice = Callable[[Message], bool]
"""Which messages are sent."""


def nothing() -> Iterable[Scope]:
    """Where no source is read."""
    return ()


def barred(
    messages: Iterable[Message],
    people: Mapping[str, Person],
    audiences: Audiences,
    told: Told,
    *,
    held: Callable[[], Iterable[Scope]] = nothing,
    writers: Collection[str] = (),
) -> dict[str, str]:
    """Ids of the waiting messages that must not leave as they are, each with the reason.

    `held` gives every scope that is read; what is by one of the `writers` is a note on an item.
    """
    found = {}
    for message in messages:
        if message.state is not MessageState.WAITING:
            continue
        if message.notifier in writers:
            reason = _why_unwritten(message, audiences, told)
        elif (person := people.get(message.person)) is None:
            reason = f"{message.person} is not in the configuration any more"
        elif message.reason in AT_SET_TIMES:
            hidden = {str(one) for one in held() if not audiences.sees(person.id, one)}
            reason = "" if hidden <= set(message.veiled) else _less(person)
        else:
            reason = _why(message, person, audiences, told)
        if reason:
            found[message.message_id] = reason
    return found


def _why_unwritten(message: Message, audiences: Audiences, told: Told) -> str:
    """Everybody who sees the item reads a note on it."""
    remark = Remark.decoded(message.body)
    place = Scope(remark.item.source, remark.scope)
    named = (one for one in message.alerts if one[0] not in message.veiled)
    found = (one for pair in named for one in told(*pair, message.queued_at))
    if all(audiences.may_be_named(one, place) for one in found):
        return ""
    return f"not all who see {message.recipient} may see all that it names any more"


def _less(person: Person) -> str:
    return f"{person.id} may not see all of it any more"


def _why(message: Message, person: Person, audiences: Audiences, told: Told) -> str:
    for name, update in message.alerts:
        print_ = name.removeprefix(ADOPTED)
        if print_ in message.veiled:
            continue
        form, *places = _form(message, print_)
        found = told(print_, update, message.queued_at)
        if any(_is_hidden(one, person, audiences, form) for one in found):
            return _less(person)
        if not all(audiences.sees(person.id, Scope.parse(one)) for one in places):
            return _less(person)
    return ""


def _form(message: Message, print_: str) -> list[str]:
    """OWN or PUSHED, else "", and the places that must be seen besides (`neutral.shown_as`)."""
    told = (entry.split("\n") for entry in message.veiled)
    forms = ((first.removeprefix(print_), *places) for first, *places in told)
    return list(next((one for one in forms if one[0] in (OWN, PUSHED)), ("",)))


def _is_hidden(finding: Finding, person: Person, audiences: Audiences, form: str) -> bool:
    """Whether they may see less of it now than what the message says in this form."""
    sight = audiences.sight(person, finding)
    if not form:
        return sight is not Sight.FULL
    if sight is not Sight.NOTHING:
        return False
    return form == OWN or not own_pushes(finding, person, audiences)


def old_problems(alerts: Iterable[Alert], but: Collection[str]) -> tuple[Transition, ...]:
    """What was there before syncd was and still is, as a first summary lists it.

    `but` are fingerprints of which there is news.
    """
    return tuple(
        Transition(alert=one, before=None, reason=Reason.ADOPTED, at=one.opened_at, told=False)
        for one in alerts
        if one.known and one.state is AlertState.FIRING and one.fingerprint not in but
    )


def tells_of(message: Message, fingerprint: str) -> bool:
    """Whether its reader finds the alert in it: as news, or in a summary of old problems."""
    return any(name.removeprefix(ADOPTED) == fingerprint for name, _ in message.alerts)


def fell_due(runs: Sequence[RunRecord]) -> Choice | None:
    """What the last of these runs may have tried; what fell due since is first made anew."""
    if not runs:
        return None
    ended = runs[0].ended_at
    return lambda message: message.attempts > 0 or message.send_after <= ended


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
        only: Choice | None = None,
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
