"""Findings as rows, as Markdown and as JSON objects; the same words on every surface."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from syncd.cli.screen import Cell, Column, clean
from syncd.cli.words import NBSP, short_day, slip
from syncd.model.alerts import Alert
from syncd.model.findings import Fact, Finding, Push, Standing
from syncd.model.items import Account
from syncd.settings import Settings

SHAPES = {
    Standing.LATE: ("▲", "red"),
    Standing.AT_RISK: ("◆", "yellow"),
    Standing.ON_PLAN: ("●", "green"),
    Standing.NO_DATA: ("○", "dim"),
}

COLUMNS = (
    Column(title="", head=True),
    Column(title="ID", head=True),
    Column(title="What", flexible=True),
    Column(title="Plan"),
    Column(title="Expected"),
    Column(title="Pushes", drop=3, below=90),
    Column(title="Owner", drop=1, below=100),
    Column(title="Since", drop=2, below=90),
)


def finding_rows(
    findings: Sequence[Finding], alerts: Mapping[str, Alert], names: Mapping[str, str], today: date
) -> tuple[Sequence[Column], list[list[Cell]]]:
    """Columns and rows of the table of findings; `names` as `owners` gives them."""
    return COLUMNS, [
        _row(finding, alerts.get(finding.fingerprint), names, today) for finding in findings
    ]


def _row(
    finding: Finding, alert: Alert | None, names: Mapping[str, str], today: date
) -> list[Cell]:
    shape, style = SHAPES[finding.standing]
    pushed = finding.pushes[0] if finding.pushes else None
    pushes = f"{clean(pushed.ref)} {slip(pushed.slip)}".strip() if pushed else ""
    more = f" +{len(finding.pushes) - 1}" if len(finding.pushes) > 1 else ""
    return [
        Cell(text=shape, style=style),
        Cell(text=alert.id if alert else "new"),
        Cell(text=clean(finding.summary)),
        Cell(text=short_day(finding.planned, today)),
        Cell(text=_expected(finding, today).replace(" ", NBSP)),
        Cell(text=(pushes + more).replace(" ", NBSP) or "—"),
        Cell(text=clean(names.get(finding.owner or "", "—")).replace(" ", NBSP)),
        Cell(text=short_day(alert.opened_at.date(), today) if alert else ""),
    ]


def owners(settings: Settings, accounts: Iterable[Account] = ()) -> dict[str, str]:
    """`Finding.owner` → name: people of the configuration before accounts of the sources."""
    names = {f"{account.source}:{account.id}": account.name for account in accounts}
    names |= {f"team:{name}": team.name or name for name, team in settings.teams.items()}
    for person in settings.people.values():
        for source, account_id in person.accounts.items():
            names[f"{source}:{account_id}"] = person.name
    return names


def _expected(finding: Finding, today: date) -> str:
    """`2 Dec +6 wd`, `+9 wd` where only the slip is known, or a dash."""
    day = short_day(finding.expected, today) if finding.expected else ""
    return f"{day} {slip(finding.slip)}".strip() or "—"


def finding_entry(finding: Finding, alert: Alert | None) -> dict[str, Any]:
    """One finding for a script."""
    return {
        "type": "finding",
        "alert": alert.id if alert else None,
        "fingerprint": finding.fingerprint,
        "rule": finding.rule,
        "severity": str(finding.severity),
        "standing": str(finding.standing),
        "ref": clean(finding.ref),
        "title": clean(finding.title),
        "summary": clean(finding.summary),
        "act": clean(finding.act),
        "clears": clean(finding.clears),
        "planned": _iso(finding.planned),
        "expected": _iso(finding.expected),
        "slip": finding.slip,
        "owner": finding.owner,
        "teams": list(finding.teams),
        "programs": list(finding.programs),
        "deliverable": finding.deliverable or None,
        "url": finding.url or None,
        "subject": finding.subject,
        "pushes": [_push_entry(push) for push in finding.pushes],
        "facts": [_fact_entry(fact) for fact in finding.facts],
    }


def _push_entry(push: Push) -> dict[str, Any]:
    return {
        "ref": clean(push.ref),
        "title": clean(push.title),
        "url": push.url or None,
        "team": push.team or None,
        "planned": _iso(push.planned),
        "expected": _iso(push.expected),
        "slip": push.slip,
    }


def _fact_entry(fact: Fact) -> dict[str, Any]:
    return {
        "text": clean(fact.text),
        "source": fact.source or None,
        "seen_at": fact.seen_at.isoformat() if fact.seen_at else None,
        "url": fact.url or None,
    }


def markdown(
    findings: Sequence[Finding], alerts: Mapping[str, Alert], title: str, today: date
) -> str:
    """A table for wikis and comments."""
    lines = [f"### {_escaped(title)}".replace(NBSP, " "), ""]
    if not findings:
        return "\n".join([*lines, "No drift found.", ""])
    lines += ["| | ID | What | Plan | Expected |", "|---|---|---|---|---|"]
    for finding in findings:
        alert = alerts.get(finding.fingerprint)
        shape, _ = SHAPES[finding.standing]
        link = f" ([{_escaped(clean(finding.ref))}]({finding.url}))" if finding.url else ""
        expected = _expected(finding, today)
        lines.append(
            f"| {shape} {finding.standing} | {alert.id if alert else 'new'} "
            f"| {_escaped(clean(finding.summary))}{link} "
            f"| {short_day(finding.planned, today)} | {expected} |".replace(NBSP, " ")
        )
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    for char in "\\`*_[]<>|#":
        text = text.replace(char, "\\" + char)
    return text


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
