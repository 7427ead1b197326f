"""Rules that look ahead do so until the day is over where its owner is, not the organisation."""

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.reconciler.facts import subjects
from syncd.reconciler.rules import date_doubtful, dead_date, uncovered_scope
from syncd.reconciler.view import View
from syncd.testing.builders import change, config, snapshot, team, version
from syncd.testing.histories import planned

SATURDAY = version("2.0", release="2026-11-21")
OPEN = planned(3, "OPS", milestones=(SATURDAY.key,))
"""Of no team, so that nobody covers them."""


def doubts():
    """Other dates of the project, all of which moved."""
    for number in range(12):
        one = version(f"0.{number}", release="2027-03-01")
        yield from (one, change(one, "release", "2026-08-03", "2027-03-01", "2026-07-01"))


def found(rule):
    return lambda view: list(rule.check(view, rule.params()))


@pytest.mark.parametrize(
    "looks_ahead",
    [found(one.RULE) for one in (date_doubtful, dead_date, uncovered_scope)] + [subjects.committed],
    ids=["date-doubtful", "dead-date", "uncovered-scope", "committed"],
)
@pytest.mark.parametrize(
    ("zone", "home", "as_of", "count"),
    [
        ("America/Los_Angeles", "Pacific/Auckland", "2026-11-22 07:59", 1),
        ("America/Los_Angeles", "Pacific/Auckland", "2026-11-22 08:00", 0),
        ("Pacific/Auckland", "America/Los_Angeles", "2026-11-21 10:59", 1),
        ("Pacific/Auckland", "America/Los_Angeles", "2026-11-21 11:00", 0),
    ],
)
def test_a_day_is_ahead_until_it_is_over_where_its_team_is(looks_ahead, zone, home, as_of, count):
    teams = (team("payments", "jira:PAY", timezone=zone),)
    conf = config(teams=teams, calendar=WorkingCalendar(zone=home))
    view = View(snapshot(SATURDAY, *OPEN, *doubts(), as_of=as_of), conf)
    subject = f"deliverable:{SATURDAY.key}"
    assert sum(one.subject == subject for one in looks_ahead(view)) == count
