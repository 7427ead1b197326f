"""What an assumption changes in the plan, in the forecasts and in what would be told."""

from dataclasses import replace
from datetime import date

import pytest

from syncd.model.findings import Severity, Standing, Unknown
from syncd.model.items import Phase
from syncd.reconciler.difference import difference, unforeseen
from syncd.reconciler.engine import foreseen, judge
from syncd.reconciler.facts import subjects
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.rule import Rule
from syncd.reconciler.rules import load_rules
from syncd.reconciler.rules.mass_change import Params
from syncd.reconciler.view import View
from syncd.reconciler.whatif import Absent, Done, Drop, Slip, assumed, on_their_own
from syncd.report.contents import Audience
from syncd.report.material import Material
from syncd.report.milestones import milestone
from syncd.testing.builders import (
    LONG_AGO,
    change,
    config,
    event,
    issue,
    link,
    person,
    snapshot,
    team,
    version,
)
from syncd.testing.histories import finished, planned

RULES = load_rules()
RELEASE = version("Checkout 2.0", release="2026-12-04")
LED = issue("LED-88", due="2026-12-01")
PAY = issue("PAY-142", due="2026-12-03", milestones=(RELEASE.key,))
REVIEW = event("Checkout 2.0 go / no-go", "2026-12-03")
LAUNCH = event("Checkout 2.0 launch", "2026-12-07")
TEAMS = config(
    teams=(team("ledger", "jira:LED", name="Ledger"), team("payments", "jira:PAY", name="Payments"))
)
DUE = date(2026, 12, 9)
WORLD = (RELEASE, LED, PAY, link(PAY, LED), REVIEW, LAUNCH)


def view_of(*things, settings=TEAMS):
    return View(snapshot(*things), settings, assume_fresh=True, estimates=foreseen)


def differing(*assumptions, things=WORLD, settings=TEAMS):
    before = view_of(*things, settings=settings)
    after = assumed(before, assumptions)
    return difference(before, after, RULES, on_their_own(before, assumptions))


def material(view):
    return Material(
        view=view, evaluation=judge(view, RULES), alerts={}, acts=(), decisions=(),
        audience=Audience.TEAM, zone="UTC",
    )  # fmt: skip


def test_a_slip_moves_all_that_waits():
    found = differing(Slip(key=LED.key, days=5))
    (moved,) = found.deliverables
    assert (moved.name, moved.before.p50, moved.after.p50, moved.days) == (
        "Checkout 2.0",
        date(2026, 12, 4),
        date(2026, 12, 8),
        2,
    )
    assert moved.after.standing is Standing.LATE
    assert [(one.team, one.items, one.days, one.moved) for one in found.teams] == [
        ("Ledger", 1, 5, (("LED-88", 5),)),
        ("Payments", 1, 3, (("PAY-142", 3),)),
    ]
    assert [(one.title, max(0, one.short), one.short_then) for one in found.meetings] == [
        ("Checkout 2.0 go / no-go", 1, 3),
        ("Checkout 2.0 launch", 0, 1),
    ]
    assert [(one.rule, one.ref) for one in found.opens] == [("dep-late", "LED-88")]


@pytest.mark.parametrize("days", [0, 5])
def test_lateness_is_that_of_a_report_with_all_that_is_waited_for(days):
    promised = replace(RELEASE, claims=(replace(RELEASE.claims[0], set_at=LONG_AGO),))
    history = finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO)
    late = replace(LED, claims=(replace(LED.claims[0], lo=DUE, hi=DUE),))
    world = (promised, late, PAY, link(PAY, late), *planned(2, milestones=(RELEASE.key,)), *history)
    before = view_of(*world)
    after = assumed(before, [Slip(key=LED.key, days=days)] if days else [Done(key=LED.key)])
    (moved,) = difference(before, after, RULES).deliverables
    for view, told in ((before, moved.before), (after, moved.after)):
        (one,) = [one for one in view.deliverables if one.name == RELEASE.name]
        row = milestone(material(view), one)
        assert (told.plan, told.slip, told.p85) == (row.plan, row.slip, row.sure)
    assert (moved.after.slip > moved.before.slip > 0) == bool(days)


def test_a_part_that_slips_makes_its_whole_late_though_nothing_links_them():
    (moved,) = differing(Slip(key=PAY.key, days=5), things=(RELEASE, PAY)).deliverables
    assert (moved.before.standing, moved.after.standing) == (Standing.NO_DATA, Standing.LATE)


def test_slips_of_one_item_add_up():
    once = differing(Slip(key=LED.key, days=5))
    assert differing(Slip(key=LED.key, days=2), Slip(key=LED.key, days=3)) == once


def test_a_slip_within_the_slack_moves_nothing_else():
    found = differing(Slip(key=LED.key, days=1))
    assert found.deliverables == ()
    assert [one.team for one in found.teams] == ["Ledger"]


def test_a_release_that_slips_moves_its_date():
    found = differing(Slip(key=RELEASE.key, days=3))
    (moved,) = found.deliverables
    assert (moved.before.target, moved.after.target) == (date(2026, 12, 4), date(2026, 12, 9))
    assert "date-moved" in [one.rule for one in found.opens]


def test_a_meeting_that_slips_stands_on_its_new_day():
    found = differing(Slip(key=REVIEW.key, days=2))
    (moved,) = [one for one in found.meetings if one.title == REVIEW.title]
    assert (moved.day, moved.then) == (date(2026, 12, 3), date(2026, 12, 7))


@pytest.mark.parametrize("moved", ["", "2026-11-12"])
def test_dates_that_are_moved_further_apart_are_not_at_one(moved):
    """A new date has a working day to be followed in the other tool; what is assumed is alone."""
    late = event("Checkout 2.0 launch", "2026-12-10")
    told = {"dates-disagree", "event-moved"} if moved else {"dates-disagree"}
    history = [change(late, "event", "2026-12-04", "2026-12-10", moved)] if moved else []
    things = (RELEASE, PAY, late, *history)
    assert told <= {one.rule for one in judge(view_of(*things), RULES).findings}
    for farther in (Slip(key=late.key, days=5), Slip(key=RELEASE.key, days=9)):
        assert told.isdisjoint(one.rule for one in differing(farther, things=things).clears)
    fitting = differing(Slip(key=RELEASE.key, days=4), things=things)
    assert told <= {one.rule for one in fitting.clears}


def test_dates_that_come_apart_are_told():
    apart = differing(Slip(key=RELEASE.key, days=5)), differing(Slip(key=LAUNCH.key, days=5))
    assert all("event-moved" in [one.rule for one in found.opens] for found in apart)
    cancelled = differing(Drop(key=LAUNCH.key))
    assert [one.rule for one in cancelled.opens] == ["event-moved"]


def test_a_cancelled_meeting_is_none_that_comes_too_early():
    things = (RELEASE, LED, PAY, link(PAY, LED), REVIEW, replace(LAUNCH, status="cancelled"))
    found = differing(Slip(key=LED.key, days=5), things=things)
    assert [one.title for one in found.meetings] == [REVIEW.title]


def test_an_event_moves_no_farther_than_the_last_day_of_all():
    trip = event("Checkout 2.0 freeze", "9999-12-20", last=date(9999, 12, 29))
    after = assumed(view_of(RELEASE, trip), [Slip(key=trip.key, days=5)]).event(trip.key)
    assert (after.first_day, after.last_day) == (date(9999, 12, 22), date.max)


def test_what_is_dropped_is_missed_by_who_waits():
    found = differing(Drop(key=LED.key))
    assert [(one.rule, one.ref) for one in found.opens] == [("dep-dropped", "PAY-142")]


def test_what_is_done_clears_its_alerts():
    late = issue("LED-88", due="2026-11-02")
    found = differing(Done(key=late.key), things=(RELEASE, late, PAY, link(PAY, late)))
    assert {one.ref for one in found.clears} == {"LED-88", "PAY-142"}
    assert found.opens == ()


@pytest.mark.parametrize("count", [1, 5])
def test_done_items_raise_no_chance_to_be_late(count):
    history = finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO)
    work = planned(20, milestones=(RELEASE.key,))
    before = view_of(RELEASE, *work, *history)
    after = assumed(before, [Done(key=one.key) for one in work[:count]])
    was, is_ = (
        view.once(Forecasts).of(one)
        for view in (before, after)
        for one in view.deliverables
        if one.name == RELEASE.name
    )
    assert is_.items == was.items - count
    assert 0 < is_.late < was.late


def test_who_is_away_finishes_less():
    dana = person("dana", team="payments", accounts=(("jira", "ada"),))
    settings = config(teams=TEAMS.teams, people=(dana,))
    history = finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO, assignee="ada")
    work = planned(6, milestones=(RELEASE.key,), assignee="ada")
    away = Absent(person=dana, first=date(2026, 11, 24), last=date(2026, 12, 4))
    found = differing(away, things=(RELEASE, *work, *history), settings=settings)
    (moved,) = found.deliverables
    assert moved.after.late > moved.before.late
    assert moved.days > 0


def test_work_without_a_forecast_of_who_is_away_cannot_be_told() -> None:
    """That nothing moves would read as if the absence did no harm."""
    dana, tom = (person(name, accounts=(("jira", name),)) for name in ("dana", "tom"))
    inside = {"milestones": (RELEASE.key,), "assignee": "dana"}
    work = planned(6, **inside)
    view = view_of(RELEASE, *work, settings=config(teams=TEAMS.teams, people=(dana, tom)))
    days = {"first": date(2026, 11, 24), "last": date(2026, 12, 4)}
    (found,) = unforeseen(view, [Absent(person=one, **days) for one in (dana, tom)])
    assert found.reason.startswith("whether Checkout 2.0 moves while Dana is away: ")
    history = finished(days=60, created_at=LONG_AGO, **inside)
    known = view_of(RELEASE, *work, *history, settings=config(teams=TEAMS.teams, people=(dana,)))
    assert unforeseen(known, [Absent(person=dana, **days), Drop(key=work[0].key)]) == ()


def test_what_can_be_told_no_more_is_neither_well_nor_cleared():
    dana = person("dana", team="payments", accounts=(("jira", "ada"),))
    settings = config(teams=TEAMS.teams, people=(dana,))
    held = issue("PAY-7", due="2026-12-03", assignee="ada")
    away = Absent(person=dana, first=date(2026, 11, 24), last=date(2026, 11, 30))
    found = differing(away, things=(held,), settings=settings)
    assert [(one.rule, one.subject) for one in found.untold] == [("person-away", str(held.key))]
    assert not found.is_none


def test_an_alert_that_can_be_told_no_more_is_not_cleared():
    held = issue("PAY-7")

    def check(view, _):
        if view.issue(held.key).phase is Phase.DONE:
            yield Unknown(rule="probe", subject=str(held.key), reason="who knows")
        else:
            yield replace(subjects.draft_of_item(view, held.key, "probe"), severity=Severity.HIGH)

    rule = Rule(id="probe", severity=Severity.HIGH, params=Params, check=check)
    before = view_of(held)
    found = difference(before, assumed(before, [Done(key=held.key)]), [rule])
    assert (len(found.untold), found.clears) == (1, ())


@pytest.mark.parametrize("bare", [issue("PAY-7"), version("3.0")])
def test_what_has_no_date_cannot_slip(bare):
    with pytest.raises(ValueError, match=str(bare.key)):
        assumed(view_of(bare), [Slip(key=bare.key, days=1)])


def test_a_slip_of_what_is_in_no_plan_moves_that_and_nothing_else():
    alone = issue("PAY-7", due="2026-12-01", phase=Phase.TODO)
    found = differing(
        Slip(key=alone.key, days=3), Slip(key=LED.key, days=5), things=(*WORLD, alone)
    )
    (payments,) = [one for one in found.teams if one.team == "Payments"]
    assert payments.moved == (("PAY-142", 3), ("PAY-7", 3))
    own = differing(Slip(key=alone.key, days=3), things=(alone,))
    assert [(one.team, one.items, one.moved) for one in own.teams] == [
        ("Payments", 1, (("PAY-7", 3),))
    ]
    assert replace(own, teams=()).is_none
