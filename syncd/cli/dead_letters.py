"""`syncd notify --dead` and `--retry`: what could not be delivered, why, and once more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from syncd.cli.notify import sheet_of, show
from syncd.cli.options import Options, Usage
from syncd.cli.screen import Cell, Column, Screen, clean
from syncd.cli.wiring import now, open_app, open_reading, start_log, zone_of
from syncd.cli.words import count, moment
from syncd.interfaces import Store
from syncd.model.alerts import AT_SET_TIMES, Message, MessageState, NoticeKind

COLUMNS = (
    Column(title="ID", head=True),
    Column(title="For", head=True),
    Column(title="What", flexible=True),
    Column(title="Ended", drop=1),
)
SHORT = 8


def list_dead(options: Options) -> int:
    """Every dead letter with its end, the newest last, then what ended by design; gives 0."""
    screen = Screen(options)
    with open_reading(options) as (settings, store):
        found, ended = store.messages(MessageState.DEAD), _ended(store)
        if screen.is_json:
            entries = [_entry(message) for message in (*found, *ended)]
            screen.entries("syncd/undelivered/1", "messages", entries)
        else:
            _table(screen, found, ended, zone_of(options, settings))
    return 0


def _ended(store: Store) -> list[Message]:
    """What made way for something else, or came too late; of alerts `alerts show` tells it."""
    known = (*AT_SET_TIMES, NoticeKind.ADOPTION)
    return [one for one in store.messages(MessageState.SUPERSEDED) if one.reason in known]


def retry(options: Options, ids: Sequence[str]) -> int:
    """Put dead letters back and send what is due. Raises Usage for one that cannot go again."""
    start_log(options)
    screen = Screen(options)
    with open_app(options, own=True) as app:
        current = now()
        for message in _chosen(app.store, ids):
            app.store.settle(
                replace(
                    message, state=MessageState.WAITING, attempts=0, send_after=current, error=""
                )
            )
        tried = app.deliver(current)
        show(screen, tried, sheet_of(app, options, current))
    return 3 if any(message.error for message in tried) else 0


def short(message: Message) -> str:
    """The first digits of its id, for people to type."""
    return _digits(message)[:SHORT]


def _digits(message: Message) -> str:
    return re.sub(r"^<|^chat-|@.*$", "", message.message_id)


def _table(
    screen: Screen, found: Sequence[Message], ended: Sequence[Message], zone: ZoneInfo
) -> None:
    rows = [_row(message, zone, now()) for message in (*found, *ended)]
    if rows:
        screen.table(COLUMNS, rows)
        screen.line("")
    if ended:
        screen.text(f"{count(len(ended), 'message')} ended by design: nothing is to be done.")
    if not found:
        screen.line("Nothing is undelivered.")
        return
    many = "s are" if len(found) != 1 else " is"
    told = f"{len(found)} message{many} undelivered. To try one again: syncd notify --retry "
    screen.text(screen.typed(told) + short(found[-1]))


def _row(message: Message, zone: ZoneInfo, current: datetime) -> list[Cell]:
    today = current.astimezone(zone).date()
    what = f"{clean(message.subject)}: " if message.subject else ""
    return [
        Cell(text=short(message)),
        Cell(text=clean(message.recipient)),
        Cell(text=what + clean(message.error)),
        Cell(text=moment(message.send_after, zone, today)),
    ]


def _chosen(store: Store, ids: Sequence[str]) -> list[Message]:
    dead = store.messages(MessageState.DEAD)
    if "all" in ids:
        return [message for message in dead if not _trouble(store, message)]
    found = []
    for text in ids:
        named = [one for one in dead if text == one.message_id or _begins(one, text)]
        if len(named) != 1:
            many = count(len(named), "undelivered message") if named else "no undelivered message"
            raise Usage(f'"{text}" is the beginning of {many}', "syncd notify --dead")
        if trouble := _trouble(store, named[0]):
            raise Usage(f"{text}: {trouble}", "syncd notify --dead")
        found += named
    return found


def _begins(message: Message, text: str) -> bool:
    return len(text) >= 4 and _digits(message).startswith(text)


def _trouble(store: Store, message: Message) -> str:
    """Why it cannot go again, "" if it can: order counts before completeness (promise M3)."""
    if not message.body:
        return "it could not be built; what is news later is built anew"
    told = [
        pair
        for sent in store.messages(MessageState.SENT)
        if (sent.person, sent.notifier) == (message.person, message.notifier)
        for pair in sent.alerts
    ]
    held = dict(message.alerts)
    if any(update > held.get(fingerprint, update) for fingerprint, update in told):
        return "later news of it has been sent since"
    return ""


def _entry(message: Message) -> dict[str, Any]:
    return {
        "type": "message", "id": short(message), "message_id": message.message_id,
        "notifier": message.notifier, "person": message.person, "recipient": message.recipient,
        "subject": message.subject, "reason": message.reason, "attempts": message.attempts,
        "queued_at": message.queued_at.isoformat(), "ended_at": message.send_after.isoformat(),
        "error": message.error, "state": str(message.state),
    }  # fmt: skip
