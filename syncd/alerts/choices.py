"""What people are asked to choose, and until when: one day, whoever reads of it and where."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from syncd.alerts.answers import Answers
from syncd.model.alerts import Alert, AlertState
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Finding, Severity
from syncd.pictures.days import day

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
    """Whether it is grave, people heard of it and nobody said anything of it that still holds."""
    is_heard = not alert.known and alert.state is not AlertState.PENDING
    return finding.severity >= Severity.HIGH and is_heard and answers.of(alert) is None


class Deadline(NamedTuple):
    """Until when something open is to be decided, and whether it should have been long ago."""

    by: date
    since: date
    """The day on which people heard of it as grave."""
    missed: date | None = None
    """The day until which it was asked for, where that passed and nobody ever answered."""
    was_answered: bool = False
    """Whether somebody did answer, but that holds no more."""

    def words(self, today: date) -> str:
        """`was to be decided by Tue 17 Nov, nobody has answered`; before, since when it is asked.

        `today` is the reader's day.
        """
        if self.missed is not None:
            return f"was to be decided by {day(self.missed, today)}, nobody has answered"
        answer = "no answer holds any more" if self.was_answered else "nobody has answered"
        return f"asked since {day(self.since, today)}, {answer}"


def decide_by(
    finding: Finding, alert: Alert, answers: Answers, as_of: datetime, calendar: WorkingCalendar
) -> Deadline:
    """The day until which something open is to be decided: that on which it goes a step up.

    Earlier where it is planned for an earlier day, but never before the next working day, which is
    what the findings themselves ask for. It counts from when people heard of it as grave.
    `calendar` is the organisation's, so that people of all zones read of one day.
    """
    today, was_answered = calendar.local_date(as_of), answers.was_given(alert)
    since = calendar.local_date(alert.grave_since or alert.opened_at)
    first = min(calendar.shift(since, DECIDE_WITHIN_BD), finding.planned or date.max)
    asked = finding.by or max(first, calendar.shift(since, 1))
    return Deadline(
        by=max(asked, calendar.shift(today, 1)),
        since=since,
        missed=asked if asked < today and not was_answered else None,
        was_answered=was_answered,
    )
