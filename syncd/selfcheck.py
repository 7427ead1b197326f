"""Whether syncd still does its work, judged from what it keeps: whole cycles, mail, backups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from syncd import cycle_progress, trouble_notes
from syncd.alerts.retries import pause
from syncd.interfaces import Store
from syncd.model.alerts import Message, MessageState
from syncd.settings import Settings

CYCLES = 3
"""Intervals without a whole cycle that are too many."""
MAIL = timedelta(hours=1)
"""How long mail may fail."""


class Part(StrEnum):
    """What can be unwell."""

    CYCLE = "cycle"
    MAIL = "mail"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is wrong, since when, and what to type."""

    part: Part
    since: datetime | None
    """None = it was never well."""
    text: str
    hint: str


def patience(settings: Settings) -> timedelta:
    """How long after the end of a cycle the next one must have ended."""
    return CYCLES * settings.schedule.every + settings.schedule.jitter


def troubles(store: Store, settings: Settings, now: datetime) -> tuple[Trouble, ...]:
    """What is wrong at `now`, as somebody who looks from outside can tell."""
    last = next(iter(store.runs(1)), None)
    ended = last.ended_at if last else None
    # The end of a cycle may lie ahead where the clock was set back: no reason for a word.
    signs = [at for at in (ended, cycle_progress.moved(settings.state)) if at is not None]
    is_missing = not signs or now - max(signs) > patience(settings)
    cycle = (cycle_trouble(ended),) if is_missing else ()
    return (*cycle, *mail_troubles(store, now), *backup_troubles(settings))


def cycle_trouble(ended: datetime | None) -> Trouble:
    """What to say where none ended since `ended`."""
    since = f"since {ended:%Y-%m-%d %H:%M} UTC" if ended else "yet"
    return Trouble(
        part=Part.CYCLE, since=ended, text=f"no whole cycle ended {since}",
        hint="look at the log: journalctl -u syncd; where no service runs: syncd run",
    )  # fmt: skip


def mail_troubles(store: Store, now: datetime) -> tuple[Trouble, ...]:
    """One for each way to tell people that took nothing for an hour, though something waits."""
    return tuple(_mails(store, now))


def backup_troubles(settings: Settings) -> tuple[Trouble, ...]:
    """One while a backup of a store in a file is due and cannot be made."""
    note = trouble_notes.held(settings.state / trouble_notes.BACKUP)
    if note is None or not settings.store_url.startswith("sqlite:"):
        return ()
    return (Trouble(part=Part.BACKUP, since=note.at, text=note.text, hint=note.hint),)


def _mails(store: Store, now: datetime) -> Iterator[Trouble]:
    tried = [one for one in store.messages(MessageState.WAITING) if one.attempts]
    if not tried:
        return
    sent = _newest(store.messages(MessageState.SENT))
    for notifier in sorted({one.notifier for one in tried}):
        mine = [one for one in tried if one.notifier == notifier]
        since = min(map(_first_try, mine))
        accepted = sent.get(notifier)
        if now - since < MAIL or (accepted is not None and accepted > since):
            continue
        yield Trouble(
            part=Part.MAIL, since=since,
            text=f"nothing is accepted by {notifier} since {since:%Y-%m-%d %H:%M} UTC, "
            f"{len(mine)} waiting: {mine[0].error}",
            hint="syncd doctor; what waits: syncd notify --dry-run",
        )  # fmt: skip


def _newest(messages: Iterable[Message]) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for one in messages:
        if one.sent_at is not None:
            found[one.notifier] = max(one.sent_at, found.get(one.notifier, one.sent_at))
    return found


def _first_try(message: Message) -> datetime:
    """When it was first refused, at the latest: each pause since then is known from the message."""
    pauses = (pause(replace(message, attempts=n)) for n in range(1, message.attempts + 1))
    return message.send_after - sum(pauses, timedelta())
