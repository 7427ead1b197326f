"""Short ways to write findings, evaluations, alerts and what is told of them, in tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from syncd.model.alerts import Alert, AlertState, NoticeKind, Notification, Reason, Transition
from syncd.model.findings import (
    Evaluation,
    Fact,
    Finding,
    Push,
    Reckoning,
    Severity,
    Standing,
    Threshold,
)
from syncd.model.snapshot import Scope
from syncd.testing.builders import AS_OF


def finding(ref: str = "LED-88", *, slip: int | None = 6, **fields: Any) -> Finding:
    """A `date-moved` finding of severity high: planned on 24 Nov, `slip` days later expected."""
    planned = fields.pop("planned", date(2026, 11, 24))
    expected = planned + timedelta(days=slip) if planned and slip is not None else None
    title = fields.pop("title", f"Title of {ref}")
    return Finding(
        rule=fields.pop("rule", "date-moved"),
        subject=fields.pop("subject", f"jira:issue:n-{ref}"),
        severity=fields.pop("severity", Severity.HIGH),
        standing=fields.pop("standing", Standing.LATE),
        ref=ref,
        title=title,
        summary=fields.pop("summary", f"{title} ({ref}) moved by {slip} working days."),
        plain=fields.pop("plain", "A date of the program moved."),
        act=fields.pop("act", "Agree on the new date with those who wait for it."),
        clears=fields.pop("clears", "the date is back"),
        url=fields.pop("url", f"https://tracker.test/{ref}"),
        planned=planned,
        expected=fields.pop("expected", expected),
        slip=slip,
        scopes=fields.pop("scopes", frozenset({Scope("jira", ref.partition("-")[0])})),
        **fields,
    )


def rich_finding(**fields: Any) -> Finding:
    """A finding with facts and pushed items, of two teams."""
    fields.setdefault(
        "pushes",
        (
            Push(
                ref="PAY-142",
                title="Capture on Ledger v2",
                team="Payments",
                url="https://tracker.test/PAY-142",
                planned=date(2026, 12, 3),
                expected=date(2026, 12, 9),
                slip=4,
            ),
        ),
    )
    fields.setdefault(
        "facts",
        (
            Fact(
                text="acme/ledger#311 open 9 days without review",
                source="github",
                seen_at=AS_OF - timedelta(days=1),
                url="https://host.test/acme/ledger/pull/311",
            ),
            Fact(text="4 of 11 sub-tasks are open"),
        ),
    )
    fields.setdefault(
        "reckoning",
        Reckoning(
            formula="27 Nov before, 7 Dec now: 6 working days later",
            thresholds=(Threshold(name="min_move_b", value="6", limit="2"),),
        ),
    )
    return finding(**fields)


def evaluation(*findings: Finding, as_of: datetime = AS_OF, **fields: Any) -> Evaluation:
    """An evaluation of these findings, worst first."""
    order = sorted(findings, key=lambda f: (-f.severity, f.rule, f.subject, f.discriminator))
    return Evaluation(as_of=as_of, findings=tuple(order), **fields)


def alert(found: Finding | None = None, *, number: int = 41, **fields: Any) -> Alert:
    """A firing alert of which people were told once."""
    found = found or finding()
    at = fields.pop("opened_at", AS_OF)
    return Alert(
        fingerprint=found.fingerprint,
        number=number,
        state=fields.pop("state", AlertState.FIRING),
        finding=found,
        opened_at=at,
        changed_at=fields.pop("changed_at", at),
        told_severity=fields.pop("told_severity", found.severity),
        told_slip=fields.pop("told_slip", found.drift),
        told_material=fields.pop("told_material", found.material),
        told_at=fields.pop("told_at", at),
        headline=fields.pop("headline", f"{found.title}, planned 24 Nov"),
        **fields,
    )


def transition(
    found: Finding | None = None,
    reason: Reason = Reason.OPENED,
    *,
    told: bool = True,
    at: datetime = AS_OF,
    **fields: Any,
) -> Transition:
    """A told transition into firing, or into resolved for the reasons that end an alert."""
    over = reason in (Reason.CLEARED, Reason.NO_LONGER_VISIBLE)
    fields.setdefault("state", AlertState.RESOLVED if over else AlertState.FIRING)
    before = None if reason in (Reason.OPENED, Reason.ADOPTED) else AlertState.FIRING
    return Transition(alert=alert(found, **fields), before=before, reason=reason, at=at, told=told)


def notification(*transitions: Transition, **fields: Any) -> Notification:
    """One mail to dana about `transitions` (by default one new alert)."""
    told = transitions or (transition(rich_finding()),)
    kind = NoticeKind.ALERT if len(told) == 1 else NoticeKind.DIGEST
    return Notification(
        kind=fields.pop("kind", kind),
        person=fields.pop("person", "dana"),
        transitions=told,
        program=fields.pop("program", "Checkout relaunch"),
        why=fields.pop("why", "because you run Checkout relaunch"),
        as_of=fields.pop("as_of", AS_OF),
        ages=fields.pop("ages", (("jira", AS_OF - timedelta(minutes=4)),)),
        **fields,
    )


def after(alerts: Iterable[Alert], transitions: Iterable[Transition]) -> tuple[Alert, ...]:
    """The alerts that a store holds once `transitions` are recorded, by number."""
    held = {(alert.fingerprint, alert.episode): alert for alert in alerts}
    for change in transitions:
        held[change.alert.fingerprint, change.alert.episode] = change.alert
    return tuple(sorted(held.values(), key=lambda alert: alert.number))


def hostile(found: Finding, text: str) -> Finding:
    """`found` with `text` in every place that people at a provider can write."""
    return replace(
        found,
        ref=text,
        title=text,
        summary=text,
        plain=text,
        act=text,
        clears=text,
        url=f"https://tracker.test/{text}",
        facts=(Fact(text=text, source=text, url=text),),
        pushes=(Push(ref=text, title=text, team=text, url=text),),
    )
