"""What people did, in words."""

from __future__ import annotations

from datetime import date

from syncd.model.acts import Act, ActKind
from syncd.reconciler.facts.wording import day
from syncd.text import clean_text

_DID = {
    ActKind.ACK: "acknowledged",
    ActKind.SNOOZE: "snoozed",
    ActKind.ACCEPT: "accepted",
    ActKind.REOPEN: "reopened",
    ActKind.NOTE: "noted",
    ActKind.FEEDBACK: "called",
    ActKind.RELEASE: "let out all alerts that were held back",
    ActKind.BASELINE: "set the baseline",
}


def did(act: Act, today: date) -> str:
    """`accepted until Tue 8 Dec`, `called not useful`: what was done, without by whom and why."""
    words = [_DID[act.kind]]
    if act.verdict is not None:
        words.append(act.verdict.replace("-", " "))
    if act.kind is ActKind.BASELINE:
        words += [f'"{clean_text(act.name)}"'] if act.name else []
        words.append(promised(act, today))
    if act.until is not None:
        words.append(f"until {day(act.until, today)}")
    return " ".join(words)


def promised(act: Act, today: date) -> str:
    """`of Checkout 2.0 to Fri 11 Dec`, `of 12 deliverables`."""
    if len(act.promises) == 1:
        (one,) = act.promises
        return f"of {clean_text(one.name)} to {day(one.day, today)}"
    return f"of {len(act.promises)} deliverables"
