"""What happens to alerts that nobody answers (`reconciler.md` §E6): one step, at most one a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from syncd.alerts.news import as_asked
from syncd.model.alerts import Alert, Reason
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Fact, Finding, Severity

STEPS = frozenset({Reason.ESCALATED, Reason.NEARING})
"""News for those one step further up alone."""
UNANSWERED_DAYS = 3
"""Working days without an answer after which a grave alert goes a step up."""
NEAR_DAYS = 5
"""Working days before its date from which on what still fires is one step graver."""
RAISED = Fact(text="One step graver, as its date is near and it is still open")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standstill:
    """An alert that goes on firing and about which nobody said anything that still holds."""

    alert: Alert
    finding: Finding
    """As it fires now."""
    as_of: datetime
    calendar: WorkingCalendar
    was_answered: bool
    """Whether somebody did answer, but that has run out."""

    @property
    def _today(self) -> date:
        return self.calendar.local_date(self.as_of)

    def is_near(self) -> bool:
        """Whether it is to become graver by one step, once."""
        day = self.finding.day
        if day is None or self.alert.raised or not self._may_step():
            return False
        is_kind = self.finding.severity in (Severity.MEDIUM, Severity.HIGH)
        is_ahead = day >= self._today
        return is_kind and is_ahead and self.calendar.between(self._today, day) <= NEAR_DAYS

    def is_unanswered(self) -> bool:
        """Whether it is to go a step up because nobody answers."""
        alert = self.alert
        if alert.told_at is None or alert.escalated or not self._may_step():
            return False
        since = alert.grave_since or alert.told_at
        if self.was_answered:
            since = max(since, alert.told_at)
        days = self.calendar.between(self.calendar.local_date(since), self._today)
        return self.finding.severity >= Severity.HIGH and days >= UNANSWERED_DAYS

    def _may_step(self) -> bool:
        """Nobody hears of it twice a day because of this."""
        alert = self.alert
        if alert.told_at is None or alert.known or alert.unsteady or alert.inhibited_by:
            return False
        last = max(alert.told_at, alert.stepped_at or alert.told_at)
        return self.calendar.local_date(last) < self._today


def graver(finding: Finding, steps: int) -> Finding:
    """The finding with so many steps of severity added, and why."""
    if not steps or finding.severity >= Severity.CRITICAL:
        return finding
    severity = Severity(min(Severity.CRITICAL, finding.severity + steps))
    return replace(finding, severity=severity, facts=(*finding.facts, RAISED))


def as_known(
    findings: Iterable[Finding], alerts: Mapping[str, Alert], as_of: datetime
) -> tuple[Finding, ...]:
    """What fires, as people know it, the worst first.

    With the step that its alert took, and the day until which they were asked to act.
    `alerts` by fingerprint; what happened to them after `as_of` does not count.
    """
    known = (_stepped(one, alerts.get(one.fingerprint), as_of) for one in findings)
    return tuple(sorted(known, key=lambda one: -one.severity))


def _stepped(finding: Finding, alert: Alert | None, as_of: datetime) -> Finding:
    if alert is None:
        return finding
    if alert.told_at is not None and alert.told_at <= as_of:
        finding = as_asked(finding, alert)
    is_later = alert.stepped_at is not None and alert.stepped_at > as_of
    return finding if is_later else graver(finding, alert.raised)
