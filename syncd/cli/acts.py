"""What people did, in words and for scripts; the same in lists, histories and the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, tzinfo
from typing import Any

from syncd.cli.screen import clean
from syncd.cli.words import day
from syncd.model.acts import Act, ActKind
from syncd.model.findings import Finding

STATES = {
    "acked": ActKind.ACK,
    "snoozed": ActKind.SNOOZE,
    "accepted": ActKind.ACCEPT,
}
"""What `--state` calls the answers that hold."""
_ANSWERED = {
    ActKind.ACK: "acknowledged",
    ActKind.SNOOZE: "snoozed",
    ActKind.ACCEPT: "accepted",
}


def answered(act: Act, today: date, zone: tzinfo) -> str:
    """`snoozed by dana until Tue 8 Dec`, `acknowledged by dana on Fri 20 Nov`."""
    when = f"until {day(act.until, today)}" if act.until else f"on {_day_of(act, today, zone)}"
    return f"{_ANSWERED[act.kind]} by {clean(act.by)} {when}"


def _day_of(act: Act, today: date, zone: tzinfo) -> str:
    return day(act.at.astimezone(zone).date(), today)


def worded(finding: Finding, answer: Act | None, today: date, zone: tzinfo) -> Finding:
    """The finding, its sentence followed by the answer that holds."""
    if answer is None:
        return finding
    return replace(finding, summary=f"{finding.summary} ({answered(answer, today, zone)})")


def act_entry(act: Act) -> dict[str, Any]:
    """One act for a script."""
    return {
        "type": "act",
        "at": act.at.isoformat(),
        "by": clean(act.by),
        "act": str(act.kind),
        "way": str(act.way),
        "alert": f"D-{act.seen.number}" if act.seen else None,
        "fingerprint": act.seen.fingerprint if act.seen else None,
        "rule": act.seen.rule if act.seen else None,
        "title": clean(act.seen.title) if act.seen else None,
        "text": clean(act.text) or None,
        "until": act.until.isoformat() if act.until else None,
        "verdict": str(act.verdict) if act.verdict else None,
        "baseline": (clean(act.name) or None) if act.kind is ActKind.BASELINE else None,
        "plan": clean(act.name) if act.kind is ActKind.ALIGN else None,
        "promises": [
            {"deliverable": one.deliverable, "name": clean(one.name), "day": one.day.isoformat()}
            for one in act.promises
        ],
    }
