"""The slip chart of a mail: when there is one, what it says, and its picture."""

from __future__ import annotations

from syncd.model.alerts import Notification
from syncd.model.findings import Course, Finding
from syncd.model.people import Person, Role
from syncd.notifiers.email.dates import later, local_day
from syncd.notifiers.email.words import ENDS, look_of
from syncd.pictures.raster import png
from syncd.pictures.slips import EXPECTED, SlipChart, slip_svg
from syncd.text import clean_text

MOST_BYTES = 50_000
"""Of a picture; one that is larger is left out, its words stay."""

_WHAT = {
    "date-moved": "Planned date",
    "slip-creep": "Planned date",
    "event-moved": "Date in the calendar",
    "dates-disagree": "Other date",
}
"""What a rule's second date is, where it is no expected finish."""
_LINES = {"gate-too-early": "review"}
"""What a rule's first date is, where it is not the plan of what the dates are of."""


def chart_of(notification: Notification, person: Person) -> SlipChart | None:
    """How the date moved; None where it did not, or where the alert is over."""
    if len(notification.transitions) != 1 or len(notification.course) < 2:
        return None
    told, points = notification.transitions[0], notification.course
    if told.reason in ENDS or len({when for _, when in points}) == 1:
        return None
    finding, today = told.alert.finding, local_day(notification.as_of, person.timezone)
    name = finding.title if person.role is Role.EXEC else finding.ref
    return SlipChart(
        name=clean_text(name or finding.title, 40),
        points=points,
        planned=finding.planned,
        today=today,
        note=_note(finding, points),
        look=look_of(told)[2],
        what=_WHAT.get(finding.rule, EXPECTED),
        line=_LINES.get(finding.rule, "plan"),
    )


def _note(finding: Finding, points: Course) -> str:
    """How far the newest point is from the plan, where the finding tells just that."""
    return later(finding.slip) if points[-1][1] == finding.expected else ""


def picture_of(chart: SlipChart | None) -> bytes:
    """The PNG; b"" where there is no chart, or no picture of it can be made or sent."""
    if chart is None:
        return b""
    try:
        made = png(slip_svg(chart))
    except (ImportError, ValueError):
        return b""
    return made if len(made) <= MOST_BYTES else b""
