"""What people answer and decide: kept for good, in the order in which they said it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from syncd.model.findings import Severity


class ActKind(StrEnum):
    """What a person did."""

    ACK = "ack"
    """They know of the alert: no more reminders."""
    SNOOZE = "snooze"
    """Nothing more of it until a day, or until it changes materially."""
    ACCEPT = "accept"
    """The same as a decision, with its reason."""
    REOPEN = "reopen"
    """Whatever was answered before does not count any more."""
    NOTE = "note"
    FEEDBACK = "feedback"
    """Whether it was worth telling."""
    RELEASE = "release"
    """The alerts that are held back may open."""
    BASELINE = "baseline"
    """What is promised from now on."""
    ALIGN = "align"
    """A date was changed at its source, since it disagreed with others."""
    STOP = "stop"
    """No more mail to them about this alert, or of one kind; REOPEN takes it back."""


KNOWN = "known"
"""Name of a RELEASE after which what opens is told in one summary, as on a first pass."""


class Way(StrEnum):
    """By which way somebody said it."""

    SHELL = "shell"
    MAIL = "mail"
    LINK = "link"


class Verdict(StrEnum):
    """Whether an alert was worth telling."""

    USEFUL = "useful"
    NOT_USEFUL = "not-useful"
    KNOWN = "known"
    """True, and known before it was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The alert that an answer is about, as it was then: against that a change is measured."""

    fingerprint: str
    number: int
    rule: str
    title: str
    update: int
    severity: Severity
    slip: int | None = None
    material: str = ""
    teams: tuple[str, ...] = ()
    root: str = ""
    """Fingerprint of the alert that spoke for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """The day by which a deliverable is promised."""

    deliverable: str
    """Its id."""
    name: str
    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """A promise that stands, and the act that made it."""

    day: date
    at: datetime
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that one person did."""

    kind: ActKind
    at: datetime
    by: str
    """Person id, or who their machine says they are."""
    text: str = ""
    """The reason, or the note."""
    until: date | None = None
    """Of SNOOZE and ACCEPT: the first day on which it may speak again."""
    verdict: Verdict | None = None
    """Of FEEDBACK."""
    seen: Seen | None = None
    """None for what is about no alert."""
    name: str = ""
    """Of RELEASE: KNOWN, or "". Of BASELINE: what the plan is called; "" for that of one
    deliverable. Of ALIGN: the plan. Of STOP and REOPEN that are about no alert: the kind of mail,
    as in `NoticeKind`."""
    promises: tuple[Promise, ...] = ()
    """Of BASELINE, by deliverable."""
    way: Way = Way.SHELL


def agreements(acts: Iterable[Act], as_of: datetime) -> dict[str, Agreed]:
    """Deliverable id → what was last promised of it by `as_of`."""
    return {
        promise.deliverable: Agreed(day=promise.day, at=act.at, by=act.by, reason=act.text)
        for act in acts
        if act.kind is ActKind.BASELINE and act.at <= as_of
        for promise in act.promises
    }
