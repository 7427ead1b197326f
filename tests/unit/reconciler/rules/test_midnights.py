"""Rules that look ahead do so until the day is over where its owner is, not the organisation."""

from dataclasses import replace
from datetime import date

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Phase, Precision
from syncd.reconciler.facts import subjects
from syncd.reconciler.facts.holdups import holdup
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.plan import Estimates
from syncd.reconciler.rules import (
    date_doubtful,
    dead_date,
    dep_inversion,
    dep_late,
    dep_weak,
    person_away,
    uncovered_scope,
)
from syncd.reconciler.view import View
from syncd.testing.builders import (
    at,
    change,
    claim,
    config,
    event,
    issue,
    key,
    link,
    person,
    snapshot,
    team,
    version,
)
from syncd.testing.histories import finished, planned

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


def midnight(zone, is_over):
    """Where the last of Wednesday the 18th is in a zone, and the first moment after it."""
    hours = {"America/Los_Angeles": "2026-11-19 0{}", "Pacific/Auckland": "2026-11-18 1{}"}
    ends = {"America/Los_Angeles": ("7:59", "8:00"), "Pacific/Auckland": ("0:59", "1:00")}
    return hours[zone].format(ends[zone][is_over])


def seen(*things, zone, home, is_over, estimates=None):
    """What is known to whom at that moment, of teams in `zone`."""
    pay, ledger = team("payments", "jira:PAY"), team("ledger", "jira:LED")
    conf = config(
        calendar=WorkingCalendar(zone=home),
        teams=tuple(replace(one, timezone=zone) for one in (pay, ledger)),
        people=(person("ada", team="payments", accounts=(("jira", "ada"), ("calendar", "ada"))),),
    )
    held = snapshot(*things, as_of=midnight(zone, is_over))
    return View(held, conf, estimates=(lambda _: estimates) if estimates else None)


WEDNESDAY = "2026-11-18"
everywhere = pytest.mark.parametrize(
    ("zone", "home"),
    [
        ("America/Los_Angeles", "Pacific/Auckland"),
        ("Pacific/Auckland", "America/Los_Angeles"),
        ("Pacific/Auckland", "Pacific/Auckland"),
    ],
)
once_and_before = pytest.mark.parametrize("is_over", [False, True])


@everywhere
@once_and_before
def test_people_are_asked_for_what_can_still_be_had(zone, home, is_over):
    before, after = issue("LED-1", due="2026-11-25"), issue("PAY-1", due=WEDNESDAY)
    middle = issue("LED-2")
    direct = seen(before, after, link(after, before), zone=zone, home=home, is_over=is_over)
    (inverted,) = found(dep_inversion.RULE)(direct)
    assert ("have LED-1 by Wed 18 Nov" in inverted.act) is not is_over
    chain = before, middle, after, link(middle, before), link(after, middle)
    (late,) = found(dep_late.RULE)(seen(*chain, zone=zone, home=home, is_over=is_over))
    assert ("have LED-1 done by Wed 18 Nov" in late.act) is not is_over
    assert ("finish LED-1 first" in late.act) is is_over


@everywhere
@once_and_before
def test_a_weak_prerequisite_was_needed_once_the_day_is_over(zone, home, is_over):
    release, weak = version("2.0", release="2026-12-18"), issue("LED-1")
    part = issue("PAY-1", due=WEDNESDAY, milestones=(release.key,))
    things = release, part, weak, link(part, weak)
    (told,) = found(dep_weak.RULE)(seen(*things, zone=zone, home=home, is_over=is_over))
    assert ("was needed" in told.summary) is is_over


@everywhere
@once_and_before
def test_what_was_due_is_late_by_its_day(zone, home, is_over):
    """As likely done by its day as not until that is over, and late from then on."""
    before, after = issue("LED-1", due=WEDNESDAY), issue("PAY-1", due="2026-11-17")
    things, where = (before, after, link(after, before)), {"zone": zone, "home": home}
    likely = {before.key: date(2026, 11, 19)}
    odds = Estimates(odds=lambda *_: 0.5, finish=likely.get)
    (told,) = found(dep_late.RULE)(seen(*things, **where, is_over=is_over, estimates=odds))
    assert told.holds is not is_over
    assert ("was due Wed 18 Nov and is not done" in told.summary) is is_over


@everywhere
@once_and_before
def test_what_is_planned_for_a_month_is_told_for_no_day_before_its_team_s(zone, home, is_over):
    month = claim(key("LED-1"), "2026-11-01", until="2026-11-30", precision=Precision.MONTH)
    before, after = issue("LED-1", claims=(month,)), issue("PAY-1", due=WEDNESDAY)
    plan = seen(before, after, link(after, before), zone=zone, home=home, is_over=is_over).plan
    assert plan.told(before.key) == date(2026, 11, 19 if is_over else 18)


@everywhere
@once_and_before
def test_what_waits_for_what_was_due_waits_for_today(zone, home, is_over):
    release = version("2.0", release="2026-12-18", scope="PAY")
    part, before = issue("PAY-1", milestones=(release.key,)), issue("LED-1", due=WEDNESDAY)
    things = release, part, before, link(part, before)
    view = seen(*things, zone=zone, home=home, is_over=is_over)
    (held,) = [holdup(view, one.subject, date(2026, 11, 18)) for one in view.deliverables]
    assert held.day == date(2026, 11, 19 if is_over else 18)


@everywhere
@once_and_before
def test_what_has_a_date_waits_no_longer_than_that_until_it_is_over(zone, home, is_over):
    waits = issue("PAY-1", phase=Phase.TODO, due=WEDNESDAY, created_at=at("2026-11-17"))
    things = waits, *finished(days=60, cycle=3, as_of="2026-11-18 06:00")
    view = seen(*things, zone=zone, home=home, is_over=is_over)
    is_soon = view.once(Forecasts).finish(waits.key) <= date(2026, 11, 24)
    assert is_soon is not is_over


@everywhere
@once_and_before
def test_work_is_handed_over_while_there_is_a_day_for_it(zone, home, is_over):
    mine = issue("PAY-1", due="2026-11-23", assignee="ada", state_entered_at=at("2026-11-17"))
    away = event("", "2026-11-19", last="2026-11-24", type="out_of_office", scope="ada")
    things = mine, away, *finished(days=60, cycle=3, as_of="2026-11-18 06:00")
    (told,) = found(person_away.RULE)(seen(*things, zone=zone, home=home, is_over=is_over))
    assert ("hand PAY-1 over by Wed 18 Nov" in told.act) is not is_over
