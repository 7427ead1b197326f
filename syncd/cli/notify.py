"""`syncd notify`: send what is due, or show what a run would send."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from syncd.cli.notes import notes_in, print_notes, text_of
from syncd.cli.options import Options
from syncd.cli.screen import Cell, Column, Screen, clean
from syncd.cli.wiring import now, open_app, start_log, zone_of
from syncd.cli.words import count, moment
from syncd.model.alerts import Message, MessageState

if TYPE_CHECKING:
    from syncd.app import App
    from syncd.passes import Decision

COLUMNS = (
    Column(title="", head=True),
    Column(title="", head=True),
    Column(title="", flexible=True),
    Column(title=""),
    Column(title="", drop=1),
)


def notify(options: Options, *, dry_run: bool) -> int:
    """Deliver what is due, or preview."""
    start_log(options)
    screen = Screen(options)
    with open_app(options, own=not dry_run, read_only=dry_run) as app:
        current = now()
        zone = zone_of(options, app.settings)
        messages, shown = _preview(app, current) if dry_run else (app.deliver(current), ())
        show(screen, messages, current, zone, dry_run=dry_run, shown=shown, writers=notes_in(app))
    failed = not dry_run and any(message.error for message in messages)
    return 3 if failed else 0


def show(
    screen: Screen,
    messages: tuple[Message, ...],
    current: datetime,
    zone: ZoneInfo,
    *,
    dry_run: bool = False,
    shown: tuple[Message, ...] = (),
    writers: frozenset[str] = frozenset(),
) -> None:
    """What was tried, or would be, as a table or for a script; `shown` goes out in no case."""
    if screen.is_json:
        _document(screen, messages, current, dry_run=dry_run, shown=shown, writers=writers)
    else:
        _print(screen, messages, current, zone, dry_run=dry_run)
        print_notes(screen, messages if dry_run else (), shown, writers)


def decided(app: App, current: datetime) -> Decision:
    """What a run would decide from what is held.

    A run reads the sources before it judges: that nobody has read them for long is no news of it.
    """
    failing = any(fresh.failing_since for fresh in app.store.freshness())
    return app.decide(app.reconcile(current, assume_fresh=not failing))


def _preview(app: App, current: datetime) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """What a run would queue from what is held and what waits already; then what is only shown."""
    decision = decided(app, current)
    gone = {message.message_id for message in decision.withdrawn}
    waiting = app.store.messages(MessageState.WAITING)
    kept = [message for message in waiting if message.message_id not in gone]
    due = tuple(sorted([*kept, *decision.queued], key=lambda message: message.send_after))
    return due, decision.proposed


def _print(
    screen: Screen,
    messages: tuple[Message, ...],
    current: datetime,
    zone: ZoneInfo,
    *,
    dry_run: bool,
) -> None:
    today = current.astimezone(zone).date()
    if dry_run:
        waiting = [message for message in messages if message.state is MessageState.WAITING]
        due = sum(message.send_after <= current for message in waiting)
        held = len(waiting) - due
        screen.line(f"would send {count(due, 'mail')}" + (f", hold {held}" if held else ""))
    rows = [_row(message, current, zone, today, dry_run=dry_run) for message in messages]
    if rows:
        screen.table(COLUMNS, rows)
    if not dry_run:
        sent = sum(message.state is MessageState.SENT for message in messages)
        failed = sum(bool(message.error) for message in messages)
        words = f"{count(sent, 'mail')} sent" + (f", {failed} failed" if failed else "")
        screen.line(words + ".")


def _row(
    message: Message, current: datetime, zone: ZoneInfo, today: date, *, dry_run: bool
) -> list[Cell]:
    held = message.send_after > current
    is_open = dry_run and message.state is MessageState.WAITING
    outcome = ("hold" if held else "send") if is_open else str(message.state)
    when = moment(message.send_after, zone, today) if held else "now"
    if not dry_run:
        when = moment(message.sent_at, zone, today) if message.sent_at else ""
    why = message.error or message.reason
    return [
        Cell(text=clean(message.recipient)),
        Cell(text=outcome),
        Cell(text=clean(message.subject)),
        Cell(text=when),
        Cell(text=clean(f"reason: {why}" if why else "")),
    ]


def _document(
    screen: Screen,
    messages: tuple[Message, ...],
    current: datetime,
    *,
    dry_run: bool,
    shown: tuple[Message, ...],
    writers: frozenset[str],
) -> None:
    entries: list[dict[str, Any]] = [
        {
            "type": "message", "message_id": message.message_id, "person": message.person,
            "recipient": message.recipient, "subject": message.subject,
            "send_after": message.send_after.isoformat(), "due": message.send_after <= current,
            "state": str(message.state), "reason": message.reason, "error": message.error or None,
            "notifier": message.notifier, "only_shown": message in shown,
            "text": text_of(message) if message.notifier in writers else None,
        }
        for message in (*messages, *shown)
    ]  # fmt: skip
    if screen.options.format == "jsonl":
        screen.lines_of(entries)
    else:
        screen.document({"schema": "syncd/notify/1", "dry_run": dry_run, "messages": entries})
