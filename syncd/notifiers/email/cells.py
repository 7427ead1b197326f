"""The numbers under the headline of a mail: planned, expected, sure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from syncd.model.findings import Course, Finding
from syncd.notifiers.email.dates import day, later, short_day, working_days

_LABELS = {
    "date-moved": ("Planned", "Now"),
    "dates-disagree": ("Planned", "Another date"),
    "event-moved": ("Planned", "In the calendar"),
    "forecast-late": ("Promised", "Most likely"),
    "gate-too-early": ("Review", "Likely done"),
    "slip-creep": ("First planned", "Now"),
    "dead-date": ("Planned", "Better"),
}
"""What a rule's two dates are called, where `Expected` would say too much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One number of the block under the headline."""

    label: str
    value: str
    note: str = ""
    before: str = ""
    """What it was when it was another day."""
    look: str = ""


def cells_of(finding: Finding, look: str, today: date, course: Course) -> Iterable[Cell]:
    """What is planned, what is expected, and by when it is sure, as far as the finding tells."""
    rule = "" if finding.as_pushed else finding.rule
    planned, expected = _LABELS.get(rule, ("Planned", "Expected"))
    if finding.is_date_lost:
        planned = "Was planned"
    passed = finding.passed or 0
    if finding.planned:
        note = f"{working_days(passed)} ago" if passed > 0 and finding.expected else ""
        yield Cell(label=planned, value=day(finding.planned, today), note=note)
    if finding.expected:
        said, before = day(finding.expected, today), _before(finding, course, today)
        yield Cell(label=expected, value=said, note=later(finding.slip), before=before, look=look)
    elif finding.planned and (finding.slip or 0) > 0:
        yield Cell(label="Late so far", value=working_days(finding.slip or 0), look=look)
    if finding.sure_by:
        yield Cell(label="85 % sure by", value=day(finding.sure_by, today))


def _before(finding: Finding, course: Course, today: date) -> str:
    """`was 1 Dec on Fri 20 Nov`: the newest other date; "" where that is the plan."""
    if not course or course[-1][1] != finding.expected:
        return ""
    others = [(on, when) for on, when in course if when != finding.expected]
    if not others or others[-1][1] == finding.planned:
        return ""
    on, when = others[-1]
    return f"was {short_day(when, today)} on {day(on, today)}"
