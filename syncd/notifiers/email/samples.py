"""Made-up mails of each kind, with which operators' templates are tried before anybody is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from syncd.model.alerts import Alert, AlertState, NoticeKind, Notification, Reason, Transition
from syncd.model.findings import Fact, Finding, Push, Severity, Standing
from syncd.model.people import Person, Role
from syncd.model.weeklies import Attachment, Decision, Light, Milestone, Weekly

_NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
_PLANNED, _EXPECTED = date(2026, 11, 24), date(2026, 12, 2)
READERS = tuple(Person(id="sample", name="Sam", email="sam@example.com", role=r) for r in Role)


def samples() -> Iterator[Notification]:
    """An alert for each reason to tell of it, a digest, a first summary, a notice and a weekly."""
    for reason in Reason:
        yield _notice(NoticeKind.ALERT, _told(reason, 1))
    yield _notice(NoticeKind.DIGEST, _told(Reason.OPENED, 1), _told(Reason.CLEARED, 2))
    yield _notice(NoticeKind.ADOPTION, _told(Reason.ADOPTED, 1), _told(Reason.ADOPTED, 2))
    yield _notice(NoticeKind.SERVICE)
    yield replace(
        _notice(NoticeKind.WEEKLY),
        content=_WEEK,
        attachment=Attachment(name="sample.html", content=b"<!DOCTYPE html>"),
    )


def _notice(kind: NoticeKind, *told: Transition) -> Notification:
    return Notification(
        kind=kind,
        person="sample",
        transitions=told,
        course=((date(2026, 11, 20), _PLANNED), (date(2026, 11, 23), _EXPECTED)),
        program="A program",
        why="because this is a sample",
        as_of=_NOW,
        ages=(("jira", _NOW - timedelta(minutes=4)), ("github", None)),
        headline="" if told else "A sample",
        lines=() if told else ("Nothing happened.",),
    )


def _told(reason: Reason, number: int) -> Transition:
    alert = Alert(
        fingerprint=f"{number:016x}",
        number=number,
        state=AlertState.FIRING,
        finding=_FINDING,
        opened_at=_NOW,
        changed_at=_NOW,
        update=2,
    )
    return Transition(alert=alert, before=None, reason=reason, at=_NOW, told=True)


_MAIN = Milestone(
    name="A sample",
    standing=Standing.LATE,
    plan=_PLANNED,
    expected=_EXPECTED,
    sure=date(2026, 12, 4),
    late=0.8,
    slip=6,
    before=_PLANNED,
)
_WEEK = Weekly(
    program="A program",
    today=_NOW.date(),
    word="launch",
    main=_MAIN,
    subject="Week 1 of 2: launch 2 Dec (plan 24 Nov)",
    headline="Launch: most likely Wed 2 Dec.",
    confidence="Likely to be late, about 4 in 5.",
    bullets=("A sample is late.",),
    decision=Decision(text="Move it.", by=date(2026, 11, 27)),
    lights=(Light(team="A team", standing=Standing.LATE, words="1 late"),),
    milestones=(_MAIN, Milestone(name="Another", standing=Standing.NO_DATA)),
    gaps=("Something is not known.",),
)
_FINDING = Finding(
    rule="forecast-late",
    subject="deliverable:sample",
    severity=Severity.HIGH,
    standing=Standing.LATE,
    ref="DEMO-1",
    title="A sample",
    summary="A sample (DEMO-1) is late; it pushes DEMO-2.",
    plain="A sample is late.",
    act="Look at it.",
    clears="It is done.",
    url="https://tracker.example.com/DEMO-1",
    planned=_PLANNED,
    expected=_EXPECTED,
    slip=6,
    sure_by=date(2026, 12, 4),
    pushes=(Push(ref="DEMO-2", title="Next", planned=_EXPECTED, expected=_EXPECTED, slip=0),),
    facts=(Fact(text="4 of 11 are open", source="jira", seen_at=_NOW),),
)
