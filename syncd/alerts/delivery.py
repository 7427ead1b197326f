"""Delivery: queue rendered messages, send what is due, record each outcome before the next.

Works through the seams only (`OutboxStore`, `Notifier`); promises M1 to M4 of `reliability.md`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from syncd.alerts.ending import ASKED, GIVEN_UP, REFUSED, TEXT_REFUSED, UNBUILT, dead
from syncd.alerts.retries import EXTRA, LONGEST_PAUSE, pause, share
from syncd.alerts.withholding import ADOPTED
from syncd.errors import DeliveryError
from syncd.interfaces import Notifier, OutboxStore
from syncd.model.alerts import Message, MessageState, NoticeKind, Notification
from syncd.model.people import Person
from syncd.text import clean_text

LONGEST_ASKED = timedelta(days=1)
"""Whoever asks for longer is asked again after it (`reliability.md` P3)."""
GIVE_UP_AFTER = timedelta(days=5)
FEWEST_TRIES = 5
"""A message is not given up before so many tries, however long syncd itself was away."""

SPREAD = 0.1
"""So much longer than what was asked the wait may be."""

NAMED = 100
"""Old problems that a summary may name: more than any notifier lists of them."""


def queue(
    notifications: Sequence[Notification],
    people: Sequence[Person],
    notifiers: Mapping[str, Notifier],
    as_of: datetime,
    *,
    stored: Container[str] = (),
    rest: Mapping[tuple[str, str], datetime] | None = None,
) -> tuple[Message, ...]:
    """The messages to record with the transitions: one per notification, person and notifier.

    Rendered here, once, so that every try sends the same bytes. `stored` holds the ids that the
    outbox has already: those are left out. `rest` tells until when nothing is tried at (notifier,
    recipient). What cannot be rendered comes out dead, with the reason, and stops nothing else.
    """
    by_id = {person.id: person for person in people}
    found: dict[str, Message] = {}
    for notification in notifications:
        person = by_id[notification.person]
        for name in person.notifiers:
            message = _rendered(notification, person, name, notifiers.get(name), as_of)
            until = (rest or {}).get((name, message.recipient), message.send_after)
            message = replace(message, send_after=max(message.send_after, until))
            if message.message_id not in stored:
                found.setdefault(message.message_id, message)
    return tuple(found.values())


def _rendered(
    notification: Notification,
    person: Person,
    name: str,
    notifier: Notifier | None,
    as_of: datetime,
) -> Message:
    blank = Message(
        message_id=_plain_id(notification, name),
        notifier=name,
        person=person.id,
        recipient=person.email or person.id,
        subject="",
        body=b"",
        alerts=_alerts(notification),
        reason=_reason(notification),
        queued_at=as_of,
        send_after=max(notification.send_after or as_of, as_of),
        hold=notification.hold,
        veiled=notification.veiled,
    )
    if notifier is None:
        return dead(blank, UNBUILT, f"no notifier is called {name}", as_of)
    try:
        done = notifier.render(notification, person)
    except DeliveryError as error:
        return dead(blank, UNBUILT, _words(error), as_of)
    except Exception as error:  # noqa: BLE001 - one message that can't be built stops no other (M4)
        return dead(blank, UNBUILT, type(error).__name__, as_of)
    return replace(
        blank,
        message_id=done.message_id,
        recipient=done.recipient or person.email,
        subject=done.subject,
        body=done.body,
        fallback=done.fallback,
    )


def _alerts(notification: Notification) -> tuple[tuple[str, int], ...]:
    """What the told log and later news go by; a summary of old problems tells of none of them.

    It names them all the same, in another way, so that it is known what its reader must see.
    """
    if notification.kind is NoticeKind.ADOPTION:
        named = notification.transitions[:NAMED]
        return tuple((f"{ADOPTED}{t.alert.fingerprint}", 0) for t in named)
    if notification.content is not None:
        return notification.about
    return tuple((t.alert.fingerprint, t.alert.update) for t in notification.transitions)


def _reason(notification: Notification) -> str:
    if notification.kind is NoticeKind.ALERT:
        return notification.transitions[0].reason.value
    return notification.kind.value


def _plain_id(notification: Notification, name: str) -> str:
    parts = [name, notification.person, notification.kind.value, notification.key]
    parts += [f"{t.alert.fingerprint}.{t.alert.update}" for t in notification.transitions]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def deliver(
    store: OutboxStore,
    notifiers: Mapping[str, Notifier],
    now: datetime,
    *,
    on_failure: Callable[[DeliveryError], None] = lambda _error: None,
    should_stop: Callable[[], bool] = lambda: False,
    ended: Callable[[Message], Message | None] = lambda _message: None,
) -> tuple[Message, ...]:
    """Send what is due; gives each message that was tried, with its outcome, in order.

    Every outcome is settled in the store before the next message is begun, so that a crash
    repeats one message at most. Trouble of the service (`DeliveryError.operator`) ends the batch
    of that notifier and keeps its messages; trouble of one person skips only that person.
    `on_failure` hears every error. `should_stop` is asked before each message: what is left stays
    due. `ended` gives a message that is not to be sent any more with its end, which is settled
    without a try.
    """
    stopped, began = _asked_to_wait(_in_time(store, now), now), time.monotonic()
    skipped: set[tuple[str, str]] = set()
    outcomes: list[Message] = []
    for message in store.due(now):
        if should_stop():
            break
        if message.notifier in stopped or (message.notifier, message.person) in skipped:
            continue
        if (over := ended(message)) is not None:
            store.settle(over)
            continue
        error = _try(message, notifiers.get(message.notifier))
        outcome = _outcome(message, error, now, timedelta(seconds=time.monotonic() - began))
        store.settle(outcome)
        outcomes.append(outcome)
        if error is not None:
            on_failure(error)
            if error.operator:
                stopped.add(message.notifier)
            elif outcome.state is MessageState.WAITING:
                skipped.add((message.notifier, message.person))
    return tuple(outcomes)


def _in_time(store: OutboxStore, now: datetime) -> Iterator[Message]:
    """What waits; what was put off by a clock that was set back since is due now."""
    for message in store.messages(MessageState.WAITING):
        asked = message.error.startswith(ASKED)
        longest = LONGEST_ASKED * (1 + SPREAD) if asked else LONGEST_PAUSE * (1 + EXTRA)
        if message.attempts and message.send_after - now > longest:
            store.settle(replace(message, send_after=now))
        else:
            yield message


def _asked_to_wait(waiting: Iterable[Message], now: datetime) -> set[str]:
    """Notifiers whose other side asked for a wait that is not over: the outbox keeps it."""
    return {one.notifier for one in waiting if one.error.startswith(ASKED) and one.send_after > now}


def _try(message: Message, notifier: Notifier | None) -> DeliveryError | None:
    if notifier is None:
        return DeliveryError(
            f"no notifier is called {message.notifier}",
            hint=f"configure it, or take it out of people.{message.person}.notifiers",
        )
    error = _send(notifier, message)
    if error is None or not error.content or not message.fallback:
        return error
    return _send(notifier, replace(message, body=message.fallback))


def _send(notifier: Notifier, message: Message) -> DeliveryError | None:
    try:
        notifier.send(message)
    except DeliveryError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a plug-in's bug must not stop other people's mail
        return DeliveryError(f"the notifier {message.notifier} broke: {type(error).__name__}")
    return None


def _outcome(
    message: Message, error: DeliveryError | None, now: datetime, since: timedelta
) -> Message:
    """`since` is how long after `now` the answer came."""
    tried = replace(message, attempts=message.attempts + 1)
    if error is None:
        return replace(tried, state=MessageState.SENT, sent_at=now, error="", in_doubt=False)
    tried = replace(tried, error=_words(error), in_doubt=message.in_doubt or error.in_doubt)
    if not error.operator and (error.permanent or error.content):
        return dead(tried, TEXT_REFUSED if error.content else REFUSED, tried.error, now)
    is_late = now - message.queued_at > GIVE_UP_AFTER and tried.attempts >= FEWEST_TRIES
    if is_late and not error.operator:
        return dead(tried, GIVEN_UP, tried.error, now)
    if error.retry_after is None and error.retry_at is None:
        return replace(tried, send_after=now + pause(tried))
    asked = error.retry_at or now + since + timedelta(seconds=error.retry_after or 0.0)
    wait = min(asked - now, LONGEST_ASKED) * (1 + SPREAD * share(tried))
    return replace(tried, send_after=now + wait, error=f"{ASKED}: {tried.error}")


def _words(error: DeliveryError) -> str:
    hint = f" ({error.hint})" if error.hint else ""
    return clean_text(f"{error}{hint}", 500)
