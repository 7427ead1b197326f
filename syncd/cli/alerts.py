"""`syncd alerts`: list, show, explain."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from syncd.cli.findings import SHAPES, finding_entry, finding_rows, owners
from syncd.cli.options import Options, Usage
from syncd.cli.screen import Cell, Column, Screen, clean
from syncd.cli.wiring import now, open_reading, zone_of
from syncd.cli.words import age, count, day, moment, slip
from syncd.interfaces import Store
from syncd.model.alerts import Alert, AlertState, Message, Transition

OPEN = (AlertState.PENDING, AlertState.FIRING, AlertState.FROZEN)


def list_alerts(options: Options, state: str, teams: Sequence[str]) -> int:
    """A table of alerts, worst first."""
    states = _states(state)
    screen = Screen(options)
    with open_reading(options) as (settings, store):
        zone = zone_of(options, settings)
        today = now().astimezone(zone).date()
        found = sorted(
            (
                alert
                for alert in store.alerts(*states)
                if not teams or set(teams) & set(alert.finding.teams)
            ),
            key=lambda alert: (-alert.finding.severity, alert.number),
        )
        if screen.is_json:
            _documents(screen, [alert_entry(alert) for alert in found])
            return 0
        if found:
            by_print = {alert.fingerprint: alert for alert in found}
            findings = [alert.finding for alert in found]
            columns, rows = finding_rows(findings, by_print, owners(settings), today)
            marks = [Cell(text=_mark(alert), style="dim") for alert in found]
            screen.table(
                (*columns, Column(title="", drop=4)),
                [[*row, mark] for row, mark in zip(rows, marks, strict=True)],
            )
            screen.line("")
        known = sum(alert.known for alert in found)
        words = count(len(found), "alert")
        screen.text(words + (f", {known} known from before the first run." if known else "."))
    return 0


def show(options: Options, ids: Sequence[str]) -> int:
    """What each alert says, who was told, and when."""
    return _each(options, ids, _show)


def explain(options: Options, ids: Sequence[str]) -> int:
    """Why each alert fires."""
    return _each(options, ids, _explain)


def alert_entry(alert: Alert) -> dict[str, Any]:
    """One alert for a script."""
    return finding_entry(alert.finding, alert) | {
        "type": "alert",
        "state": str(alert.state),
        "opened_at": alert.opened_at.isoformat(),
        "changed_at": alert.changed_at.isoformat(),
        "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
        "update": alert.update,
        "known": alert.known,
        "inhibited_by": alert.inhibited_by or None,
        "episode": alert.episode,
    }


def _each(options: Options, ids: Sequence[str], view: Any) -> int:
    screen = Screen(options)
    with open_reading(options) as (settings, store):
        zone = zone_of(options, settings)
        found = [_find(store, text) for text in ids]
        if screen.is_json:
            _documents(screen, [alert_entry(alert) | _past(store, alert) for alert in found])
            return 0
        for index, alert in enumerate(found):
            if index:
                screen.line("")
            view(screen, store, alert, zone)
    return 0


def _past(store: Store, alert: Alert) -> dict[str, Any]:
    return {
        "history": [
            {
                "at": step.at.isoformat(), "reason": str(step.reason), "told": step.told,
                "state": str(step.alert.state), "slip": step.alert.finding.slip,
            }
            for step in store.history(alert.fingerprint)
        ],
        "messages": [
            {
                "person": message.person, "state": str(message.state), "reason": message.reason,
                "sent_at": message.sent_at.isoformat() if message.sent_at else None,
                "error": message.error or None,
            }
            for message in _messages(store, alert)
        ],
    }  # fmt: skip


def _find(store: Store, text: str) -> Alert:
    match = re.fullmatch(r"(?:[Dd]-?)?(\d+)", text)
    for alert in store.alerts():
        if (match and alert.number == int(match[1])) or alert.fingerprint == text:
            return alert
    raise Usage(f'there is no alert "{text}"', "syncd alerts list --state all")


def _states(text: str) -> tuple[AlertState, ...]:
    if text == "open":
        return OPEN
    if text == "all":
        return ()
    try:
        return (AlertState(text),)
    except ValueError:
        known = ", ".join(["open", *AlertState, "all"])
        raise Usage(f'--state "{text}" is not one of {known}', "syncd alerts list -h") from None


def _mark(alert: Alert) -> str:
    if alert.inhibited_by:
        return "part of another"
    if alert.state is not AlertState.FIRING:
        return str(alert.state)
    return "known" if alert.known else ""


def _head(screen: Screen, alert: Alert, today: date) -> None:
    finding = alert.finding
    shape, style = SHAPES[finding.standing]
    screen.text(
        f"{shape} {alert.id}  {clean(finding.summary)}", hanging=2 + len(alert.id) + 2, style=style
    )
    words = f"rule {finding.rule} · {finding.standing}, {finding.severity} · {alert.state}"
    words += f" · open since {day(alert.opened_at.date(), today)}"
    if alert.resolved_at:
        words += f" · resolved {day(alert.resolved_at.date(), today)}"
    if alert.frozen_by:
        words += f" · {clean(alert.frozen_by)}"
    screen.text(words, style="dim")


def _show(screen: Screen, store: Store, alert: Alert, zone: ZoneInfo) -> None:
    today = now().astimezone(zone).date()
    finding = alert.finding
    _head(screen, alert, today)
    screen.line("")
    lines = [("What", f"{clean(finding.ref)} {clean(finding.title)}")]
    if finding.planned:
        lines.append(("Plan", day(finding.planned, today)))
    if finding.expected:
        lines.append(("Expected", f"{day(finding.expected, today)} {slip(finding.slip)}"))
    if finding.pushes:
        lines.append(
            (
                "Pushes",
                ", ".join(
                    f"{clean(push.ref)} {slip(push.slip)}".strip() for push in finding.pushes
                ),
            )
        )
    lines += [("To do", clean(finding.act)), ("Clears", clean(finding.clears))]
    if finding.url:
        lines.append(("See", finding.url))
    for label, text in lines:
        screen.labelled(label, text, indent=10)
    screen.line("")
    _told(screen, store, alert, zone, today)


def _told(screen: Screen, store: Store, alert: Alert, zone: ZoneInfo, today: date) -> None:
    messages = _messages(store, alert)
    screen.line(("Told" if messages else "Nobody has been told of it.", "bold"))
    for message in messages:
        at = message.sent_at or message.send_after
        words = f"{clean(message.person)}: {message.state} {moment(at, zone, today)}"
        words += f", {clean(message.reason)}" if message.reason else ""
        words += f" ({clean(message.error)})" if message.error else ""
        screen.text(words, indent=2, hanging=2)


def _explain(screen: Screen, store: Store, alert: Alert, zone: ZoneInfo) -> None:
    current = now()
    today = current.astimezone(zone).date()
    finding = alert.finding
    _head(screen, alert, today)
    screen.line("")
    screen.line(("Evidence", "bold"))
    for fact in finding.facts:
        seen = f"{fact.source} {moment(fact.seen_at, zone, today)}" if fact.seen_at else fact.source
        screen.text(f"{clean(fact.text)}" + (f"  ({seen})" if seen else ""), indent=2, hanging=2)
        if fact.url:
            screen.line(("    " + fact.url, "dim"))
    for push in finding.pushes:
        words = f"{clean(push.ref)} {clean(push.title)} {slip(push.slip)}".strip()
        screen.text(f"Pushes: {words}", hanging=2)
    screen.line("")
    screen.text(f"To do: {clean(finding.act)}", hanging=2)
    screen.text(f"Clears: {clean(finding.clears)}", hanging=2)
    steps = store.history(alert.fingerprint)
    if steps:
        words = " · ".join(_step(step, today) for step in steps)
        screen.text(f"History: {words}", hanging=2)
    ages = [
        f"{fresh.scope.source} {age(current - fresh.succeeded_at)}"
        for fresh in store.freshness()
        if fresh.scope in finding.scopes and fresh.succeeded_at
    ]
    if ages:
        screen.text(f"Data: {', '.join(dict.fromkeys(ages))} old", style="dim")
    screen.note(f"syncd rules explain {finding.rule} shows the rule.")


def _step(step: Transition, today: date) -> str:
    moved = slip(step.alert.finding.slip)
    return f"{day(step.at.date(), today)} {step.reason}{' ' + moved if moved else ''}"


def _messages(store: Store, alert: Alert) -> list[Message]:
    return [
        message
        for message in store.messages()
        if any(fingerprint == alert.fingerprint for fingerprint, _ in message.alerts)
    ]


def _documents(screen: Screen, entries: list[dict[str, Any]]) -> None:
    if screen.options.format == "jsonl":
        screen.lines_of(entries)
    else:
        screen.document({"schema": "syncd/alerts/1", "alerts": entries})
