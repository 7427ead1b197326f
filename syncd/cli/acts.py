"""What people did, in words and for scripts; the same in lists, histories and the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from syncd.cli.screen import clean
from syncd.cli.words import day
from syncd.model.acts import Act, ActKind, Way
from syncd.model.findings import Finding

_DID = {
    ActKind.ACK: "acknowledged",
    ActKind.SNOOZE: "snoozed",
    ActKind.ACCEPT: "accepted",
    ActKind.REOPEN: "reopened",
    ActKind.NOTE: "noted",
    ActKind.FEEDBACK: "called",
    ActKind.RELEASE: "let out all alerts that were held back",
    ActKind.BASELINE: "set the baseline",
    ActKind.STOP: "wants no more mail of it",
}
_WAYS = {Way.SHELL: "", Way.MAIL: " by mail", Way.LINK: " by a link"}
_MAILS = {"alert": "mails at once", "digest": "digests", "adoption": "first summaries"}
"""What kinds of mail are called; others by their own name."""
STATES = {
    "acked": ActKind.ACK,
    "snoozed": ActKind.SNOOZE,
    "accepted": ActKind.ACCEPT,
}
"""What `--state` calls the answers that hold."""


def answered(act: Act, today: date) -> str:
    """`snoozed until Tue 8 Dec`, for a table."""
    word = next(name for name, kind in STATES.items() if kind is act.kind)
    return f"{word} until {day(act.until, today)}" if act.until else word


def worded(finding: Finding, answer: Act | None, today: date) -> Finding:
    """The finding, its sentence followed by the answer that holds."""
    if answer is None:
        return finding
    return replace(finding, summary=f"{finding.summary} ({answered(answer, today)})")


def did(act: Act, today: date) -> str:
    """`accepted until Tue 8 Dec by mail`: what was done and by which way, without by whom."""
    if act.seen is None and act.kind in (ActKind.STOP, ActKind.REOPEN):
        wants = "wants no more {}" if act.kind is ActKind.STOP else "wants {} again"
        return wants.format(mails(act.name)) + _WAYS[act.way]
    words = [_DID[act.kind]]
    if act.verdict is not None:
        words.append(act.verdict.replace("-", " "))
    if act.kind is ActKind.BASELINE:
        words += [f'"{clean(act.name)}"'] if act.name else []
        words.append(promised(act, today))
    if act.until is not None:
        words.append(f"until {day(act.until, today)}")
    return " ".join(words) + _WAYS[act.way]


def mails(kind: str) -> str:
    """What mail of a kind is called."""
    return _MAILS.get(kind, f"mails of the kind {clean(kind)}")


def promised(act: Act, today: date) -> str:
    """`of Checkout 2.0 to Fri 11 Dec`, `of 12 deliverables`."""
    if len(act.promises) == 1:
        (one,) = act.promises
        return f"of {clean(one.name)} to {day(one.day, today)}"
    return f"of {len(act.promises)} deliverables"


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
        "baseline": clean(act.name) or None,
        "promises": [
            {"deliverable": one.deliverable, "name": clean(one.name), "day": one.day.isoformat()}
            for one in act.promises
        ],
    }
