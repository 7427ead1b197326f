"""`syncd notify`: send what is due, or show what a run would send, hold back, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from syncd.alerts.stopping import UNASKED, Stops
from syncd.alerts.withholding import Only
from syncd.cli.acts import answered
from syncd.cli.alerts import answers_of, find
from syncd.cli.holds import reason_of
from syncd.cli.notes import counted, notes_in, print_notes, text_of
from syncd.cli.options import Options, Usage
from syncd.cli.screen import Cell, Column, Screen, clean
from syncd.cli.wiring import now, open_app, start_log
from syncd.cli.words import moment
from syncd.files import write_atomic
from syncd.model.alerts import (
    Alert,
    AlertState,
    Message,
    MessageState,
    NoticeKind,
    Reason,
    Transition,
)
from syncd.model.people import Person
from syncd.text import clean_text

if TYPE_CHECKING:
    from syncd.app import App
    from syncd.passes import Decision

COLUMNS = (
    Column(title="", head=True),
    Column(title="", head=True),
    Column(title=""),
    Column(title=""),
    Column(title="", flexible=True),
)
WAYS = ("outbox", "smtp")
KINDS = {str(kind) for kind in NoticeKind if kind is not NoticeKind.ALERT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for besides the configuration."""

    dry_run: bool = False
    only: str = ""
    """Number of the one alert that is looked at; "" = all."""
    to: str = ""
    """`outbox` or `smtp` instead of what `[mail]` says."""
    previews: str = ""
    """Folder for the mails as files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the screen needs to know besides the messages."""

    current: datetime
    people: dict[str, Person]
    alerts: dict[str, Alert]
    zone: str | None
    dry_run: bool
    writers: frozenset[str]
    """Notifiers that write on items."""
    whys: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(fingerprint, person) → why just they hear of it, as `syncd routes test` says it."""
    silent: Sequence[tuple[Alert, str]] = ()
    """Open alerts of which nobody hears, and why."""
    shown: Sequence[Message] = ()
    """Notes that go out in no case."""
    files: Sequence[str] = ()

    def local(self, at: datetime, person: str) -> str:
        """A moment in the zone of its reader, or as `--tz` says."""
        known = self.people.get(person)
        zone = ZoneInfo(self.zone or (known.timezone if known else "UTC"))
        today = self.current.astimezone(zone).date()
        return f"{moment(at, zone, today)} {at.astimezone(zone):%Z}"


def notify(options: Options, request: Request) -> int:
    """Deliver what is due, or preview. Exit 3 where something was not accepted."""
    if request.to not in ("", *WAYS):
        raise Usage(f'--to "{request.to}" is not one of {", ".join(WAYS)}')
    if request.previews and not request.dry_run:
        raise Usage("--previews writes what would be sent", "syncd notify --dry-run --previews DIR")
    start_log(options)
    screen = Screen(options)
    flags = {"mail": {"to_outbox": request.to == "outbox"}} if request.to else None
    dry = request.dry_run
    with open_app(options, own=not dry, read_only=dry, flags=flags) as app:
        current = now()
        chosen = find(app.store, request.only) if request.only else None
        decision = decided(app, current) if dry else None
        messages = (
            _preview(app, decision)
            if decision is not None
            else app.deliver(current, only=Only(chosen.fingerprint) if chosen else None)
        )
        if chosen is not None:
            messages = tuple(one for one in messages if chosen.fingerprint in dict(one.alerts))
        sheet = sheet_of(app, options, current, decision)
        sheet = replace(
            sheet,
            whys=_whys(app, current, messages, sheet) if dry else {},
            silent=_silent(app, current, chosen) if dry else (),
            files=_write(Path(request.previews), messages, screen) if request.previews else (),
        )
        show(screen, messages, sheet)
    failed = not dry and any(message.error for message in messages)
    return 3 if failed else 0


def show(screen: Screen, messages: Sequence[Message], sheet: Sheet) -> None:
    """What was tried, or would be, as a table or for a script."""
    if screen.is_json:
        _document(screen, messages, sheet)
        return
    _print(screen, messages, sheet)
    print_notes(screen, messages if sheet.dry_run else (), sheet.shown, sheet.writers)


def decided(app: App, current: datetime) -> Decision:
    """What a run would decide from what is held.

    A run reads the sources before it judges: that nobody has read them for long is no news of it.
    """
    failing = any(fresh.failing_since for fresh in app.store.freshness())
    return app.decide(app.reconcile(current, assume_fresh=not failing))


def _preview(app: App, decision: Decision) -> tuple[Message, ...]:
    """What a run would queue from what is held, and what waits already."""
    gone = {message.message_id for message in decision.withdrawn}
    waiting = app.store.messages(MessageState.WAITING)
    kept = [message for message in waiting if message.message_id not in gone]
    return tuple(sorted([*kept, *decision.queued], key=lambda message: message.send_after))


def sheet_of(
    app: App, options: Options, current: datetime, decision: Decision | None = None
) -> Sheet:
    """For what would follow from `decision`, or for what was tried."""
    alerts = {alert.fingerprint: alert for alert in app.store.alerts()}
    for transition in decision.transitions if decision else ():
        alerts[transition.alert.fingerprint] = transition.alert
    return Sheet(
        current=current, people={one.id: one for one in app.settings.reachable()},
        alerts=alerts, zone=options.zone, dry_run=decision is not None, writers=notes_in(app),
        shown=decision.proposed if decision else (),
    )  # fmt: skip


def _whys(
    app: App, current: datetime, messages: Sequence[Message], sheet: Sheet
) -> dict[tuple[str, str], str]:
    """Of the first alert of each message."""
    firsts = {message.alerts[0][0] for message in messages if message.alerts}
    found = {}
    for print_ in firsts & sheet.alerts.keys():
        news = Transition(
            alert=sheet.alerts[print_], before=None, reason=Reason.OPENED, at=current, told=True
        )
        for one in app.explain(current, news):
            found[print_, one.person.id] = one.why if one.is_told else ""
    return found


def _silent(app: App, current: datetime, chosen: Alert | None) -> list[tuple[Alert, str]]:
    """Open alerts of which nobody hears, since somebody answered, or not all who would."""
    answers = answers_of(app.settings, app.store, current)
    zone = ZoneInfo(app.settings.timezone)
    today = current.astimezone(zone).date()
    stops, found = Stops(app.store.acts()), list[tuple[Alert, str]]()
    for alert in app.store.alerts(AlertState.FIRING, AlertState.FROZEN):
        if chosen is not None and alert.fingerprint != chosen.fingerprint:
            continue
        if (act := answers.of(alert)) is not None:
            found.append((alert, answered(act, today, zone)))
        found += [(alert, f"{who} {UNASKED}") for who in sorted(stops.of(alert))]
    return found


def _write(folder: Path, messages: Sequence[Message], screen: Screen) -> list[str]:
    """Each message as a file that only its writer may read (X7); gives the paths."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = []
    for number, message in enumerate(messages, 1):
        who = "".join(letter if letter.isalnum() else "_" for letter in message.person)
        path = folder / f"{number:03d}-{who}.eml"
        write_atomic(path, message.body)
        files.append(str(path))
    screen.note(f"previews: {folder}/*.eml" if files else "previews: nothing to write")
    return files


def _print(screen: Screen, messages: Sequence[Message], sheet: Sheet) -> None:
    if sheet.dry_run:
        waiting = [message for message in messages if message.state is MessageState.WAITING]
        due = [message for message in waiting if message.send_after <= sheet.current]
        held = len(waiting) - len(due)
        words = f"would send {counted(due, sheet.writers)}"
        screen.line(words + (f", hold {held}" if held else ""))
    rows = [_row(message, sheet) for message in messages]
    rows += [
        [Cell(text=text) for text in ("nobody", "quiet", alert.id, "", f"reason: {clean(why)}")]
        for alert, why in sheet.silent
    ]
    if rows:
        screen.table(COLUMNS, rows)
    if not sheet.dry_run:
        sent = [message for message in messages if message.state is MessageState.SENT]
        failed = sum(bool(message.error) for message in messages)
        words = f"{counted(sent, sheet.writers)} sent" + (f", {failed} failed" if failed else "")
        screen.line(words + ".")


def _row(message: Message, sheet: Sheet) -> list[Cell]:
    held = message.send_after > sheet.current
    if sheet.dry_run and message.state is MessageState.WAITING:
        when = sheet.local(message.send_after, message.person) if held else "now"
        kind = "hold" if held and not message.hold.is_digest else _kind(message)
    else:
        when = sheet.local(message.sent_at, message.person) if message.sent_at else ""
        kind = str(message.state)
    reasons = reason_of(message, sheet.people.get(message.person)), _because(message, sheet)
    why = "; ".join(filter(None, reasons))
    veiled = "; in the neutral form, as they may not see all of it" if message.veiled else ""
    texts = (
        clean(message.recipient), kind, _what(message, sheet), when,
        clean(f"reason: {why}{veiled}" if why else ""),
    )  # fmt: skip
    return [Cell(text=text) for text in texts]


def _because(message: Message, sheet: Sheet) -> str:
    first = message.alerts[0][0] if message.alerts else ""
    return sheet.whys.get((first, message.person), "")


def _kind(message: Message) -> str:
    return message.reason if message.reason in KINDS else "drift"


def _what(message: Message, sheet: Sheet) -> str:
    """`D-41 update 3`, `D-41, D-44`; the subject of what tells of no alert."""
    known = [
        (sheet.alerts[print_].id, update)
        for print_, update in message.alerts
        if print_ in sheet.alerts
    ]
    if not known:
        return clean_text(message.subject, 40)
    if len(known) == 1:
        return f"{known[0][0]} update {known[0][1]}"
    shown = ", ".join(name for name, _ in known[:6])
    return shown + (f" and {len(known) - 6} more" if len(known) > 6 else "")


def _document(screen: Screen, messages: Sequence[Message], sheet: Sheet) -> None:
    entries = [_entry(message, sheet) for message in (*messages, *sheet.shown)]
    quiet = [
        {"type": "quiet", "alert": alert.id, "fingerprint": alert.fingerprint, "why": why}
        for alert, why in sheet.silent
    ]
    if screen.options.format == "jsonl":
        screen.lines_of([*entries, *quiet])
    else:
        screen.document(
            {
                "schema": "syncd/notify/1", "dry_run": sheet.dry_run, "messages": entries,
                "quiet": quiet, "previews": list(sheet.files),
            }
        )  # fmt: skip


def _entry(message: Message, sheet: Sheet) -> dict[str, Any]:
    numbers = [sheet.alerts[one].id for one, _ in message.alerts if one in sheet.alerts]
    return {
        "type": "message", "message_id": message.message_id, "person": message.person,
        "recipient": message.recipient, "subject": message.subject, "kind": _kind(message),
        "alerts": numbers, "send_after": message.send_after.isoformat(),
        "due": message.send_after <= sheet.current, "state": str(message.state),
        "reason": message.reason, "hold": str(message.hold) or None,
        "why": reason_of(message, sheet.people.get(message.person)),
        "because": _because(message, sheet) or None,
        "neutral": len(message.veiled), "error": message.error or None,
        "notifier": message.notifier, "only_shown": message in sheet.shown,
        "text": text_of(message) if message.notifier in sheet.writers else None,
    }  # fmt: skip
