"""A day that has passed is told where it is over for its reader, too (reconciler.md §F)."""

from datetime import date, time

import pytest

from syncd.alerts.grouping import Entry
from syncd.alerts.muting import Limits
from syncd.alerts.pacing import Pacer
from syncd.model.alerts import Hold, Reason
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity
from syncd.testing.alerts import finding, transition
from syncd.testing.builders import at, person

LATE = finding(rule="overdue", severity=Severity.CRITICAL, planned=date(2026, 11, 19), passed=1)
NIGHT = (time(19), time(8))


@pytest.mark.parametrize(
    ("zone", "quiet", "due", "hold"),
    [
        ("Europe/Berlin", None, None, Hold.NONE),
        ("America/Los_Angeles", None, "2026-11-20 08:00", Hold.NONE),
        ("America/Los_Angeles", NIGHT, "2026-11-20 16:00", Hold.QUIET),
    ],
)
def test_nobody_hears_that_a_day_has_passed_while_it_is_that_day(zone, quiet, due, hold) -> None:
    pacer = Pacer(
        person=person(timezone=zone, quiet=quiet),
        as_of=at("2026-11-19 23:00"),
        limits=Limits(),
        calendar=WorkingCalendar(zone=zone),
    )
    placed = pacer.placed(Entry(transition=transition(LATE), why="", due=None), Hold.NONE)
    assert (placed.due, placed.hold) == (due and at(due), hold)


def test_that_it_is_over_is_told_on_any_day() -> None:
    reader = person(timezone="America/Los_Angeles")
    pacer = Pacer(person=reader, as_of=at("2026-11-19 23:00"), limits=Limits(),
                  calendar=WorkingCalendar())  # fmt: skip
    over = Entry(transition=transition(LATE, Reason.CLEARED), why="", due=None)
    assert pacer.placed(over, Hold.NONE).due is None
