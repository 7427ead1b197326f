"""From what somebody said to an act that is kept: one path for the shell, replies and links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from syncd.alerts.answers import Answers, seen
from syncd.alerts.stopping import Stops
from syncd.errors import Unanswerable
from syncd.model.acts import Act, ActKind, Seen, Verdict, Way
from syncd.model.alerts import Alert, AlertState
from syncd.text import clean_text

LONGEST = 2000
"""Graphemes that are kept of a reason or note."""
ABOUT_OPEN = (
    ActKind.ACK, ActKind.SNOOZE, ActKind.ACCEPT, ActKind.REOPEN, ActKind.STOP,
)  # fmt: skip
"""Answers that mean nothing for an alert that is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody said, understood."""

    kind: ActKind
    text: str = ""
    until: date | None = None
    """Of SNOOZE and ACCEPT: a day to come."""
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Who said it, when, and by which way."""

    by: str
    at: datetime
    way: Way = Way.SHELL


def act_of(
    said: Said,
    alert: Alert,
    speaker: Speaker,
    answers: Answers,
    stops: Stops,
    *,
    told: Seen | None = None,
) -> Act:
    """The act to keep. Raises Unanswerable where it would mean nothing.

    `told` is the alert as the speaker knew it, where that is not as it is now: an old mail may be
    answered after newer news.
    """
    _require_answerable(said.kind, alert, answers, stops)
    return Act(
        kind=said.kind,
        at=speaker.at,
        by=speaker.by,
        text=clean_text(said.text, LONGEST),
        until=said.until,
        verdict=said.verdict,
        seen=told or seen(alert),
        way=speaker.way,
    )


def _require_answerable(kind: ActKind, alert: Alert, answers: Answers, stops: Stops) -> None:
    look = f"syncd alerts show {alert.id}"
    if kind in ABOUT_OPEN and alert.state is AlertState.RESOLVED:
        title = clean_text(alert.finding.title or alert.finding.ref)
        raise Unanswerable(
            f"{alert.id} ({title}) is resolved, so there is nothing to answer", hint=look
        )
    if kind is ActKind.REOPEN and answers.of(alert) is None and not stops.of(alert):
        raise Unanswerable(f"{alert.id} is open; nobody has answered it", hint=look)
