"""Findings as rows, as Markdown and as JSON objects; the same words on every surface."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, tzinfo
from types import MappingProxyType
from typing import Any

from syncd.alerts.victims import MOST_BELOW, rank_below
from syncd.cli.screen import Cell, Column, clean
from syncd.cli.words import NBSP, count, iso, short_day, slip
from syncd.model.alerts import Alert
from syncd.model.findings import TWO_DATES, Fact, Finding, Push, Standing
from syncd.model.items import Account
from syncd.model.people import spelt
from syncd.report.markdown import escaped
from syncd.settings import Settings
from syncd.text import safe_url

SHAPES = {
    Standing.LATE: ("▲", "red"),
    Standing.AT_RISK: ("◆", "yellow"),
    Standing.ON_PLAN: ("●", "green"),
    Standing.NO_DATA: ("○", "dim"),
}

OVER = ("●", "green")
"""Shape and colour of what is resolved."""

NOTHING: Mapping[str, str] = MappingProxyType({})

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
    findings: Sequence[Finding],
    alerts: Mapping[str, Alert],
    names: Mapping[str, str],
    today: date,
    *,
    zone: tzinfo = UTC,
    roots: Mapping[str, str] = NOTHING,
    resolved: Collection[str] = (),
) -> tuple[Sequence[Column], list[list[Cell]]]:
    """Columns and rows of the table of findings; `names` as `owners` gives them.

    `roots`: fingerprint of a finding → that of the one that speaks for it. What is spoken for
    comes in short below its speaker. `resolved`: fingerprints of what is over.
    """
    rows = []
    for finding, below in grouped(findings, roots):
        row = _row(finding, alerts.get(finding.fingerprint), names, today, zone)
        if below:
            row[0], row[2] = Cell(text=" "), Cell(text=below)
        if finding.fingerprint in resolved:
            row[0] = Cell(text=OVER[0], style=OVER[1])
        rows.append(row)
    return COLUMNS, rows


def grouped(findings: Sequence[Finding], roots: Mapping[str, str]) -> Iterator[tuple[Finding, str]]:
    """Each finding that is shown, and "" or, below the one with the same cause, its short line.

    Of what is below one finding the first by tier and planned day are shown, the rest is counted.
    """
    shown = {finding.fingerprint for finding in findings}
    below: dict[str, list[Finding]] = {}
    for finding in findings:
        root = roots.get(finding.fingerprint, "")
        below.setdefault(root if root in shown else "", []).append(finding)
    for finding in below.pop("", []):
        yield finding, ""
        others = sorted(below.get(finding.fingerprint, ()), key=rank_below)
        more = len(others) - MOST_BELOW
        for place, each in enumerate(others[:MOST_BELOW], start=1):
            is_last = more > 0 and place == MOST_BELOW
            rest = f"; and {count(more, 'other')}" if is_last else ""
            yield each, f"↳ same cause ({each.rule}): {called(each)}{rest}"


def called(finding: Finding) -> str:
    """`Dispute webhooks (PAY-150)`, `Checkout v3`."""
    title, ref = clean(finding.title), clean(finding.ref)
    return title if title == ref else f"{title} ({ref})"


def _row(
    finding: Finding, alert: Alert | None, names: Mapping[str, str], today: date, zone: tzinfo
) -> list[Cell]:
    shape, style = SHAPES[finding.standing]
    pushed = finding.pushes[0] if finding.pushes else None
    pushes = f"{clean(pushed.ref)} {slip(pushed.slip)}".strip() if pushed else ""
    others = len(finding.pushes) + finding.more_pushes - 1
    more = f" +{others}" if others > 0 else ""
    opened = alert.opened_at.astimezone(zone).date() if alert else None
    since = short_day(opened, today) if opened and opened <= today else ""
    return [
        Cell(text=shape, style=style),
        Cell(text=alert.id if alert else "new"),
        Cell(text=clean(finding.summary)),
        Cell(text=short_day(finding.planned, today)),
        Cell(text=_expected(finding, today).replace(" ", NBSP)),
        Cell(text=(pushes + more).replace(" ", NBSP) or "—"),
        Cell(text=clean(names.get(finding.owner or "", "—")).replace(" ", NBSP)),
        Cell(text=since),
    ]


def owners(settings: Settings, accounts: Iterable[Account] = ()) -> dict[str, str]:
    """`Finding.owner` → name: people of the configuration before accounts of the sources."""
    accounts = tuple(accounts)
    names = {f"{account.source}:{account.id}": account.name for account in accounts}
    names |= {f"team:{name}": team.name or name for name, team in settings.teams.items()}
    for person in spelt(settings.reachable(), accounts):
        names |= {f"{source}:{account_id}": person.name for source, account_id in person.accounts}
    return names


def _expected(finding: Finding, today: date) -> str:
    """`2 Dec +6 wd`, `or 2 Dec +6 wd` of two dates, `+9 wd` without a day, or a dash."""
    day = short_day(finding.expected, today) if finding.expected else ""
    other = "or " if day and finding.rule in TWO_DATES else ""
    return f"{other}{day} {slip(finding.slip)}".strip() or "—"


def finding_entry(finding: Finding, alert: Alert | None, root: str = "") -> dict[str, Any]:
    """One finding for a script; `root` is the fingerprint of the one that speaks for it."""
    return {
        "type": "finding",
        "alert": alert.id if alert else None,
        "fingerprint": finding.fingerprint,
        "inhibited_by": root or None,
        "rule": finding.rule,
        "severity": str(finding.severity),
        "standing": str(finding.standing),
        "ref": clean(finding.ref),
        "title": clean(finding.title),
        "summary": clean(finding.summary),
        "act": clean(finding.act),
        "by": iso(finding.by),
        "clears": clean(finding.clears),
        "planned": iso(finding.planned),
        "expected": iso(finding.expected),
        "slip": finding.slip,
        "owner": finding.owner,
        "teams": list(finding.teams),
        "programs": list(finding.programs),
        "deliverable": finding.deliverable or None,
        "url": finding.url or None,
        "subject": finding.subject,
        "pushes": [_push_entry(push) for push in finding.pushes],
        "more_pushes": finding.more_pushes,
        "facts": [_fact_entry(fact) for fact in finding.facts],
    }


def _push_entry(push: Push) -> dict[str, Any]:
    return {
        "ref": clean(push.ref),
        "title": clean(push.title),
        "url": push.url or None,
        "team": push.team or None,
        "planned": iso(push.planned),
        "expected": iso(push.expected),
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
    findings: Sequence[Finding],
    alerts: Mapping[str, Alert],
    title: str,
    today: date,
    *,
    roots: Mapping[str, str] = NOTHING,
    resolved: Collection[str] = (),
) -> str:
    """A table for wikis and comments; `roots` and `resolved` as `finding_rows` takes them."""
    lines = [f"### {escaped(title)}".replace(NBSP, " "), ""]
    if not findings:
        return "\n".join([*lines, "No drift found.", ""])
    lines += ["| | ID | What | Plan | Expected |", "|---|---|---|---|---|"]
    for finding, below in grouped(findings, roots):
        alert = alerts.get(finding.fingerprint)
        standing = "" if below else f"{SHAPES[finding.standing][0]} {finding.standing}"
        if finding.fingerprint in resolved:
            standing = f"{OVER[0]} resolved"
        what = below or clean(finding.summary)
        url = safe_url(finding.url)
        link = f" ([{escaped(clean(finding.ref))}]({url}))" if url else ""
        lines.append(
            f"| {standing} | {alert.id if alert else 'new'} | {escaped(what)}{link} "
            f"| {short_day(finding.planned, today)} | {_expected(finding, today)} |".replace(
                NBSP, " "
            )
        )
    return "\n".join([*lines, ""])
