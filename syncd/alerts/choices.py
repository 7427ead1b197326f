"""What people are asked to choose, and until when: one day, whoever reads of it and where."""

from __future__ import annotations

from datetime import date, datetime

from syncd.alerts.answers import Answers
from syncd.model.alerts import Alert
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Finding, Severity

DECIDE_WITHIN_BD = 3
"""Working days that something grave may stay unanswered before it goes a step up (§E6)."""
_RULES = frozenset(
    {
        "date-doubtful", "dates-disagree", "dep-cycle", "dep-inversion", "dep-late", "event-moved",
        "forecast-late", "gate-too-early", "not-converging", "scope-growth", "slip-creep",
    }
)  # fmt: skip


def is_choice(finding: Finding) -> bool:
    """Whether it asks for a choice between dates or scope, not for somebody's next step."""
    is_overdue = finding.rule == "overdue" and finding.subject.startswith("deliverable:")
    return finding.rule in _RULES or is_overdue


def is_open(finding: Finding, alert: Alert, answers: Answers) -> bool:
    """Whether it is grave and nobody said anything of it that still holds."""
    is_grave = finding.severity >= Severity.HIGH and not alert.known
    return is_grave and answers.of(alert) is None


def decide_by(finding: Finding, alert: Alert, as_of: datetime, calendar: WorkingCalendar) -> date:
    """The day until which something open is to be decided: that on which it goes a step up.

    Earlier where it is planned for an earlier day, but never before the next working day, which is
    what the findings themselves ask for. `calendar` is the organisation's, so that people of all
    zones read of one day.
    """
    opened = calendar.local_date(alert.opened_at)
    first = min(calendar.shift(opened, DECIDE_WITHIN_BD), finding.planned or date.max)
    return max(first, calendar.shift(calendar.local_date(as_of), 1))
