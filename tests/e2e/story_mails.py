"""One mail of each kind, as in the design: what the browser shows, and people look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from syncd.model.alerts import NoticeKind, Notification, Reason, Victims
from syncd.model.findings import Fact, Finding, Push, Severity, Standing
from syncd.model.people import Person, Role
from syncd.testing.alerts import alert, finding, notification, transition
from syncd.testing.builders import AS_OF, person

DANA = person("dana", name="Dana Li", role=Role.TPM, timezone="Europe/Berlin")
LEADER = person("vp", name="Wei Tan", role=Role.EXEC, timezone="Europe/Berlin")
AGES = tuple(
    (source, AS_OF - timedelta(minutes=minutes))
    for source, minutes in (("jira", 4), ("github", 2), ("calendar", 6))
)
COURSE = tuple(
    (date(2026, 11, on), date(2026, 11, 24) + timedelta(days=later))
    for on, later in (
        (2, 0), (4, 0), (6, 0), (9, 1), (11, 1), (13, 2), (16, 2), (18, 3), (19, 6), (20, 7), (23, 8),
    )
)  # fmt: skip


def _push(ref: str, title: str, team: str, planned: date, expected: date, slip: int) -> Push:
    url = f"https://jira.example.com/browse/{ref}"
    return Push(
        ref=ref, title=title, url=url, team=team, planned=planned, expected=expected, slip=slip
    )


SLIP = Finding(
    rule="forecast-late",
    subject="deliverable:ledger",
    severity=Severity.HIGH,
    standing=Standing.LATE,
    ref="LED-88",
    title="Ledger API v2",
    summary=(
        "Ledger API v2 (LED-88) is now expected on Wed 2 Dec, 6 working days after plan; the "
        "go / no-go review on Fri 4 Dec would be held 3 working days before capture is ready."
    ),
    plain="Launch now Tue 15 Dec, was Fri 11 Dec. Cause: Ledger API v2.",
    act="A second reviewer on acme/ledger#311 would win back about 2 working days.",
    clears="The chance to miss it stays below 40% for 2 working days, or it is done.",
    url="https://jira.example.com/browse/LED-88",
    planned=date(2026, 11, 24),
    expected=date(2026, 12, 2),
    slip=6,
    sure_by=date(2026, 12, 4),
    course=COURSE,
    pushes=(
        _push("PAY-142", "Capture on Ledger v2", "Payments", date(2026, 12, 3), date(2026, 12, 9), 4),
        _push("MOB-57", "Checkout screens", "Mobile", date(2026, 12, 1), date(2026, 12, 2), 1),
        _push("REL-1", "Launch", "Program", date(2026, 12, 11), date(2026, 12, 15), 2),
    ),
    facts=(
        Fact(
            text="acme/ledger#311 (the last part of LED-88) has been open for 9 days with no review; "
            "half of the reviews in this repository come within 2 days",
            source="github",
            seen_at=AS_OF - timedelta(days=1),
            url="https://github.example.com/acme/ledger/pull/311",
        ),
        Fact(text="4 of 11 sub-tasks are open; the team closed 3.5 a week over the last 6 weeks"),
    ),
)  # fmt: skip


def _digest(count: int) -> Notification:
    looks = list(Standing)
    told = [
        transition(
            finding(
                f"PAY-{140 + n}",
                title=f"Capture on Ledger v{n}",
                summary=f"Capture on Ledger v{n} (PAY-{140 + n}) moved from Tue 24 Nov to "
                "Mon 30 Nov, 4 working days later.",
                slip=6,
                standing=looks[n % 4],
                severity=Severity(n % 3 + 1),
            ),
            list(Reason)[n % 4],
            number=41 + n,
        )
        for n in range(count)
    ]
    return notification(*told, kind=NoticeKind.DIGEST, ages=AGES)


_TOLD = transition(SLIP, Reason.WORSE, update=3)
_BELOW = tuple(alert(finding(f"MOB-{n}", rule="overdue"), number=50 + n) for n in range(3))
STORY: dict[str, tuple[Notification, Person]] = {
    "drift": (
        notification(
            _TOLD,
            why="because you own PAY-142, which waits for LED-88",
            ages=AGES,
            course=COURSE,
        ),
        DANA,
    ),
    "leader": (
        notification(_TOLD, why="because you follow Checkout relaunch", course=COURSE),
        LEADER,
    ),
    "cleared": (notification(replace(transition(SLIP, Reason.CLEARED), at=AS_OF), ages=AGES), DANA),
    "root": (
        notification(
            _TOLD,
            victims=(Victims(root=_TOLD.alert.fingerprint, alerts=_BELOW, more=4),),
            ages=(("jira", AS_OF), ("github", AS_OF - timedelta(hours=9))),
        ),
        DANA,
    ),
    "digest": (_digest(6), DANA),
    "adoption": (replace(_digest(8), kind=NoticeKind.ADOPTION), DANA),
    "service": (
        Notification(
            kind=NoticeKind.SERVICE,
            person="dana",
            transitions=(),
            as_of=AS_OF,
            headline="25 alerts would open at once: held",
            lines=(
                "So many at once are more often a filter, a permission or a bulk edit than news.",
                "If they are real, let them out with: `syncd alerts release`",
            ),
            why="because you operate syncd",
            key="avalanche",
        ),
        DANA,
    ),
}
"""Name → what is sent, and to whom."""
