"""What people did, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from syncd.alerts.stopping import mails
from syncd.model.acts import KNOWN, Act, ActKind, Way
from syncd.model.alerts import Alert
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
    ActKind.ALIGN: "changed a date by plan",
    ActKind.STOP: "wants no more mail of it",
}
_WAYS = {Way.SHELL: "", Way.MAIL: " by mail", Way.LINK: " by a link"}


def as_called_now(act: Act, names: Mapping[str, str], alerts: Mapping[str, Alert]) -> Act:
    """The act with the names, by subject, that declared deliverables have now.

    `alerts` by fingerprint tell what it is about.
    """
    seen, promises = act.seen, act.promises
    if seen is not None and (alert := alerts.get(seen.fingerprint)):
        seen = replace(seen, title=names.get(alert.finding.subject, seen.title))
    promises = tuple(
        replace(one, name=names.get(f"deliverable:{one.deliverable}", one.name)) for one in promises
    )
    return replace(act, seen=seen, promises=promises)


def did(act: Act, today: date) -> str:
    """`accepted until Tue 8 Dec by mail`: what was done and by which way, without whom and why."""
    if act.seen is None and act.kind in (ActKind.STOP, ActKind.REOPEN):
        wants = "wants no more {}" if act.kind is ActKind.STOP else "wants {} again"
        return wants.format(mails(act.name)) + _WAYS[act.way]
    if act.kind is ActKind.RELEASE and act.name == KNOWN:
        return "took all that is new as known"
    words = [_DID[act.kind]]
    if act.verdict is not None:
        words.append(act.verdict.replace("-", " "))
    if act.kind is ActKind.BASELINE:
        words += [f'"{clean_text(act.name)}"'] if act.name else []
        words.append(promised(act, today))
    if act.kind is ActKind.ALIGN:
        words.append(clean_text(act.name))
    if act.until is not None:
        words.append(f"until {day(act.until, today)}")
    return " ".join(words) + _WAYS[act.way]


def promised(act: Act, today: date) -> str:
    """`of Checkout 2.0 to Fri 11 Dec`, `of 12 deliverables`."""
    if len(act.promises) == 1:
        (one,) = act.promises
        return f"of {clean_text(one.name)} to {day(one.day, today)}"
    return f"of {len(act.promises)} deliverables"
