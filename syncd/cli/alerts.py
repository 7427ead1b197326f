"""`syncd alerts`: list, show."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from syncd.alerts.answers import Answers
from syncd.alerts.victims import MOST_BELOW, OPEN, victims
from syncd.alerts.withholding import tells_of
from syncd.cli.acts import STATES, act_entry, answered, worded
from syncd.cli.findings import (
    OVER,
    SHAPES,
    called,
    finding_entry,
    finding_rows,
    grouped,
    markdown,
    owners,
)
from syncd.cli.options import Options, Usage, require
from syncd.cli.screen import Cell, Column, Screen, clean
from syncd.cli.wiring import now, open_reading, zone_of
from syncd.cli.words import count, day, moment, slip
from syncd.interfaces import Store
from syncd.model.acts import Act
from syncd.model.alerts import Alert, AlertState, Message, MessageState
from syncd.model.findings import TWO_DATES
from syncd.pictures.days import asked
from syncd.report.deeds import did
from syncd.settings import Settings, holiday_years
from syncd.text import safe_url


def list_alerts(options: Options, state: str, teams: Sequence[str]) -> int:
    """A table of alerts, open ones first, worst first."""
    states, answer = _states(state), STATES.get(state)
    screen = Screen(options)
    with open_reading(options) as (settings, store):
        require("team", teams, settings.teams)
        answers = answers_of(settings, store, now())
        found = sorted(
            (
                alert
                for alert in store.alerts(*states)
                if (not teams or set(teams) & set(alert.finding.teams))
                and (answer is None or ((act := answers.of(alert)) and act.kind is answer))
            ),
            key=lambda alert: (
                alert.state is AlertState.RESOLVED, -alert.finding.severity, alert.number,
            ),
        )  # fmt: skip
        if screen.is_json:
            entries = [alert_entry(alert, answers) for alert in found]
            screen.entries("syncd/alerts/1", "alerts", entries)
            return 0
        zone = zone_of(options, settings)
        today = now().astimezone(zone).date()
        found = [
            replace(alert, finding=worded(alert.finding, answers.of(alert), today, zone))
            for alert in found
        ]
        if options.format == "md":
            _markdown(screen, found, zone)
        else:
            _table(screen, found, owners(settings, store.accounts()), zone)
    return 0


def _markdown(screen: Screen, found: Sequence[Alert], zone: ZoneInfo) -> None:
    at = now().astimezone(zone)
    title = f"Alerts · {day(at.date(), at.date())} {at:%H:%M %Z}"
    findings = [alert.finding for alert in found]
    by_print = {alert.fingerprint: alert for alert in found}
    roots, resolved = _roots(found), _over(found)
    screen.raw(markdown(findings, by_print, title, at.date(), roots=roots, resolved=resolved))


def _roots(found: Sequence[Alert]) -> dict[str, str]:
    return {alert.fingerprint: alert.inhibited_by for alert in found if alert.inhibited_by}


def _over(found: Sequence[Alert]) -> set[str]:
    return {alert.fingerprint for alert in found if alert.state is AlertState.RESOLVED}


def answers_of(settings: Settings, store: Store, as_of: datetime) -> Answers:
    """What people had answered by then, as it counts then."""
    calendar = settings.reconciler_config(holiday_years(as_of)).calendar
    return Answers([act for act in store.acts() if act.at <= as_of], as_of, calendar)


def _table(
    screen: Screen,
    found: Sequence[Alert],
    names: Mapping[str, str],
    zone: ZoneInfo,
) -> None:
    today = now().astimezone(zone).date()
    by_print = {alert.fingerprint: alert for alert in found}
    findings, roots = [alert.finding for alert in found], _roots(found)
    if found:
        columns, rows = finding_rows(
            findings, by_print, names, today, zone=zone, roots=roots, resolved=_over(found)
        )
        marks = [
            Cell(text="" if below else _mark(by_print[finding.fingerprint]), style="dim")
            for finding, below in grouped(findings, roots)
        ]
        marked = [[*row, mark] for row, mark in zip(rows, marks, strict=True)]
        screen.first((*columns, Column(title="", drop=4)), marked, len(marked), "alerts")
        screen.line("")
    known = sum(alert.known for alert in found)
    words = count(len(found), "alert")
    screen.text(words + (f", {known} known from before they were read." if known else "."))


def alert_entry(alert: Alert, answers: Answers) -> dict[str, Any]:
    """One alert for a script."""
    answer = answers.of(alert)
    return finding_entry(alert.finding, alert, alert.inhibited_by) | {
        "type": "alert",
        "state": str(alert.state),
        "opened_at": alert.opened_at.isoformat(),
        "changed_at": alert.changed_at.isoformat(),
        "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
        "update": alert.update,
        "known": alert.known,
        "episode": alert.episode,
        "answer": act_entry(answer) if answer else None,
    }


def show(options: Options, ids: Sequence[str]) -> int:
    """What each alert says, who was told, and when."""
    screen = Screen(options)
    with open_reading(options) as (settings, store):
        zone = zone_of(options, settings)
        found = [find(store, text) for text in ids]
        answers = answers_of(settings, store, now())
        if screen.is_json:
            entries = [alert_entry(alert, answers) | past(store, alert) for alert in found]
            screen.entries("syncd/alerts/1", "alerts", entries)
            return 0
        for index, alert in enumerate(found):
            if index:
                screen.line("")
            _show(screen, store, alert, zone, answers.of(alert))
    return 0


def past(store: Store, alert: Alert) -> dict[str, Any]:
    """Its answers, transitions and mails, for a script."""
    return {
        "acts": [act_entry(act) for act in _acts(store, alert)],
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
                "notifier": message.notifier,
                "sent_at": message.sent_at.isoformat() if message.sent_at else None,
                "ended_at": _ended_at(message),
                "error": message.error or None,
            }
            for message in messages_of(store, alert)
        ],
    }  # fmt: skip


def _ended_at(message: Message) -> str | None:
    is_over = message.state in (MessageState.DEAD, MessageState.SUPERSEDED)
    return message.send_after.isoformat() if is_over else None


def find(store: Store, text: str) -> Alert:
    """The alert of this number (`D-41`, `41`) or fingerprint. Raises Usage."""
    match = re.fullmatch(r"(?:[Dd]-?)?(\d+)", text)
    for alert in store.alerts():
        if (match and alert.number == int(match[1])) or alert.fingerprint == text:
            return alert
    raise Usage(f'there is no alert "{text}"', "syncd alerts list --state all")


def _states(text: str) -> tuple[AlertState, ...]:
    if text == "open" or text in STATES:
        return OPEN
    if text == "all":
        return ()
    try:
        return (AlertState(text),)
    except ValueError:
        known = ", ".join(["open", *STATES, *AlertState, "all"])
        raise Usage(f'--state "{text}" is not one of {known}', "syncd alerts list -h") from None


def _mark(alert: Alert) -> str:
    if alert.inhibited_by:
        return "same cause as another"
    if alert.state is not AlertState.FIRING:
        return str(alert.state)
    if alert.unsteady:
        return "unsteady"
    return "known" if alert.known else ""


def head(
    screen: Screen, store: Store, alert: Alert, zone: ZoneInfo, answer: Act | None = None
) -> None:
    """What it says, its rule and its state: the `answer` that holds, where there is one."""
    today = now().astimezone(zone).date()
    finding = alert.finding
    resolved = alert.state is AlertState.RESOLVED
    shape, style = OVER if resolved else SHAPES[finding.standing]
    screen.text(
        f"{shape} {alert.id}  {clean(finding.summary)}", hanging=2 + len(alert.id) + 2, style=style
    )
    words = f"rule {finding.rule} · {finding.standing}, {finding.severity} · "
    words += answered(answer, today, zone) if answer else alert.state
    opened = day(alert.opened_at.astimezone(zone).date(), today)
    words += f" · opened {opened}" if resolved else f" · open since {opened}"
    if alert.resolved_at:
        words += f" · resolved {day(alert.resolved_at.astimezone(zone).date(), today)}"
    root = next((one for one in store.alerts() if one.fingerprint == alert.inhibited_by), None)
    if root:
        words += f" · same cause as {root.id}, which is told instead"
    if alert.frozen_by:
        since = alert.frozen_since if resolved else None
        words += f" · {clean(alert.frozen_by)}"
        words += f" since {day(since.astimezone(zone).date(), today)}" if since else ""
    screen.text(words, style="dim")


def _show(screen: Screen, store: Store, alert: Alert, zone: ZoneInfo, answer: Act | None) -> None:
    today = now().astimezone(zone).date()
    finding = alert.finding
    head(screen, store, alert, zone, answer)
    screen.line("")
    lines = [("What", called(finding))]
    if finding.planned:
        lines.append(("Plan", day(finding.planned, today)))
    if finding.expected:
        label = "Or" if finding.rule in TWO_DATES else "Expected"
        lines.append((label, f"{day(finding.expected, today)} {slip(finding.slip)}"))
    if finding.pushes:
        pushes = [f"{clean(push.ref)} {slip(push.slip)}".strip() for push in finding.pushes]
        more = [f"and {count(finding.more_pushes, 'other')}"] if finding.more_pushes else []
        lines.append(("Pushes", ", ".join([*pushes, *more])))
    if alert.state is not AlertState.RESOLVED:
        lines += [
            ("To do", clean(asked(finding.act, finding.by, today))),
            ("Clears", clean(finding.clears)),
        ]
    if same := _same_cause(store, alert):
        lines.append(("With it", same))
    if link := safe_url(finding.url):
        lines.append(("See", link))
    for label, text in lines:
        screen.labelled(label, text, indent=10)
    screen.line("")
    _said(screen, _acts(store, alert), alert, zone)
    _told(screen, messages_of(store, alert), zone)


def victims_of(store: Store, alert: Alert) -> Sequence[Alert]:
    """Open alerts that it speaks for, the weightiest first."""
    return victims(store.alerts(*OPEN)).get(alert.fingerprint, ())


def _same_cause(store: Store, alert: Alert) -> str:
    """What it speaks for: `D-14 overdue: Dispute webhooks (PAY-150); and 7 others`."""
    found = victims_of(store, alert)
    words = [f"{one.id} {one.finding.rule}: {called(one.finding)}" for one in found[:MOST_BELOW]]
    more = len(found) - MOST_BELOW
    return "; ".join([*words, *([f"and {count(more, 'other')}"] if more > 0 else [])])


def _said(screen: Screen, acts: Sequence[Act], alert: Alert, zone: ZoneInfo) -> None:
    """An answer to earlier news says so: it does not count any more."""
    today = now().astimezone(zone).date()
    if acts:
        screen.line(("Said", "bold"))
    for act in acts:
        why = f": {clean(act.text)}" if act.text else ""
        words = f"{moment(act.at, zone, today)}, {clean(act.by)} {did(act, today)}{why}"
        is_old = act.kind in STATES.values() and act.seen and act.seen.update < alert.update
        words += f" (said of update {act.seen.update})" if act.seen and is_old else ""
        screen.text(words, indent=2, hanging=2)


def _told(screen: Screen, messages: Sequence[Message], zone: ZoneInfo) -> None:
    today = now().astimezone(zone).date()
    screen.line(("Told" if messages else "Nobody has been told of it.", "bold"))
    for message in messages:
        at = message.sent_at or message.send_after
        words = f"{clean(message.recipient)}: {message.state} {moment(at, zone, today)}"
        words += f", {clean(message.reason)}" if message.reason else ""
        words += f" ({clean(message.error)})" if message.error else ""
        screen.text(words, indent=2, hanging=2)


def _acts(store: Store, alert: Alert) -> list[Act]:
    """What people said of it, oldest first."""
    return [act for act in store.acts() if act.seen and act.seen.fingerprint == alert.fingerprint]


def messages_of(store: Store, alert: Alert) -> list[Message]:
    """Mails that tell of it, oldest first."""
    return [one for one in store.messages() if tells_of(one, alert.fingerprint)]
