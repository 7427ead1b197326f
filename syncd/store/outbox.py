"""Messages from queued to their end: the same bytes at every try."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from syncd.model.alerts import Hold, Message, MessageState
from syncd.store.batch import put
from syncd.store.columns import (
    from_micros,
    instant_or_none,
    micros_or_none,
    to_json,
    to_micros,
)
from syncd.store.schema import outbox

_NAMES = tuple(column.name for column in outbox.c if column.name != "id")


def read(conn: Connection, states: Sequence[MessageState]) -> tuple[Message, ...]:
    """Messages in the given states (all without), in the order in which they were queued."""
    query = select(*(outbox.c[name] for name in _NAMES)).order_by(outbox.c.id)
    if states:
        query = query.where(outbox.c.state.in_([str(state) for state in states]))
    return tuple(_message(row) for row in conn.execute(query))


def due(conn: Connection, now: datetime) -> tuple[Message, ...]:
    """Waiting messages whose time has come, in the order in which they were queued.

    One that tells of an alert waits while an earlier update of it waits for the same person: a
    message in its back-off is not overtaken (promise M3).
    """
    waiting = read(conn, [MessageState.WAITING])
    ready: list[Message] = []
    held_up: set[tuple[str, str, str]] = set()
    for message in waiting:
        threads = {(message.notifier, message.person, alert) for alert, _ in message.alerts}
        if message.send_after > now or threads & held_up:
            held_up |= threads
        else:
            ready.append(message)
    return tuple(ready)


def _update(message: Message) -> int:
    return max((update for _, update in message.alerts), default=0)


def queue(conn: Connection, messages: Sequence[Message]) -> None:
    """Add messages; one that is held and still waits gets the state and error that it has now.

    One that was superseded and is queued again, as what replaced it is moot, waits again.
    """
    ended = [one for one in messages if one.state is not MessageState.WAITING]
    for message in ended:
        _change(conn, message, MessageState.WAITING, state=str(message.state), error=message.error)
    for message in messages:
        if message.state is MessageState.WAITING:
            again = dict(zip(_NAMES, _row(message), strict=True))
            del again["message_id"], again["in_doubt"]
            _change(conn, message, MessageState.SUPERSEDED, **again)
    rows = [_row(message) for message in sorted(messages, key=_update)]
    put(conn, outbox, _NAMES, rows, key=("message_id",))


def _change(conn: Connection, message: Message, held: MessageState, **values: Any) -> None:
    """Set values of a message that is held in this state."""
    conn.execute(
        update(outbox)
        .where(outbox.c.message_id == message.message_id, outbox.c.state == str(held))
        .values(**values)
    )


def settle(conn: Connection, message: Message) -> bool:
    """Store the outcome of one try; False where no such message is held."""
    result = conn.execute(
        update(outbox)
        .where(outbox.c.message_id == message.message_id)
        .values(
            state=str(message.state),
            attempts=message.attempts,
            in_doubt=message.in_doubt,
            send_after=to_micros(message.send_after),
            sent_at=micros_or_none(message.sent_at),
            error=message.error,
        )
    )
    return bool(result.rowcount)


def _row(message: Message) -> tuple[Any, ...]:
    return (
        message.message_id, message.notifier, message.person, message.recipient, message.subject,
        message.body, message.fallback, to_json(list(message.alerts)), message.reason,
        to_micros(message.queued_at), to_micros(message.send_after), str(message.state),
        message.attempts, message.in_doubt, micros_or_none(message.sent_at), message.error,
        str(message.hold), to_json(list(message.veiled)),
    )  # fmt: skip


def _message(row: Any) -> Message:
    return Message(
        message_id=row.message_id,
        notifier=row.notifier,
        person=row.person,
        recipient=row.recipient,
        subject=row.subject,
        body=bytes(row.body),
        fallback=bytes(row.fallback),
        alerts=tuple((alert, update) for alert, update in json.loads(row.alerts)),
        reason=row.reason,
        queued_at=from_micros(row.queued_at),
        send_after=from_micros(row.send_after),
        state=MessageState(row.state),
        attempts=row.attempts,
        in_doubt=row.in_doubt,
        sent_at=instant_or_none(row.sent_at),
        error=row.error,
        hold=Hold(row.hold),
        veiled=tuple(json.loads(row.veiled)),
    )
