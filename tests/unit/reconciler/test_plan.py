"""Dates pushed along what really waits, by name: items, releases, forecasts, circles."""

from dataclasses import replace
from datetime import date

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Level, Phase, Precision
from syncd.model.links import Evidence
from syncd.reconciler.plan import Estimates
from syncd.reconciler.view import View
from syncd.testing.builders import (
    at,
    change,
    claim,
    config,
    declared,
    event,
    implements,
    issue,
    key,
    link,
    parent_of,
    person,
    pull_request,
    snapshot,
    team,
    version,
)

LED = issue("LED-88", due="2026-12-09")
PAY = issue("PAY-142", due="2026-12-02")
MOB = issue("MOB-3")
D = date


def plan(*things, estimates=None, **settings):
    told = (lambda _: estimates) if estimates else None
    return View(snapshot(*things), config(**settings), estimates=told).plan


def test_a_finish_is_pushed_along_a_chain():
    found = plan(LED, PAY, MOB, link(PAY, LED), link(MOB, PAY))
    assert [found.finish(one.key) for one in (LED, PAY, MOB)] == [D(2026, 12, 9)] * 3
    assert found.slip(PAY.key) == 5
    assert found.slip(MOB.key) is None
    assert found.critical_path(MOB.key) == [LED.key, PAY.key, MOB.key]
    assert found.margin(LED.key, PAY.key).days == -5
    assert found.spare(LED.key) == -5
    assert (found.needed_by(LED.key), found.needed_by(PAY.key)) == (D(2026, 12, 2), None)


def test_a_path_ends_where_a_date_of_its_own_is_as_late_as_what_it_waits_for():
    own = replace(PAY, claims=issue("PAY-142", due="2026-12-09").claims)
    found = plan(LED, own, MOB, link(own, LED), link(MOB, own))
    assert found.critical_path(MOB.key) == [own.key, MOB.key]


def test_a_release_counts_the_working_days_of_whoever_owns_it():
    release = version("2.0", release="2026-12-04")
    part = issue("LED-1", due="2026-12-08", milestones=(release.key,))
    dana = person("dana", team="payments", accounts=(("jira", "dana"),))
    found = plan(
        part,
        release,
        people=(dana,),
        teams=(team("payments", calendar="own"), team("ledger", "jira:LED")),
        calendars={"own": WorkingCalendar(days_off=frozenset({D(2026, 12, 7)}))},
        deliverables=(declared("checkout", "jira:fixVersion=2.0", owner="dana"),),
    )
    assert found.slip("deliverable:checkout") == 1


def test_what_waits_for_nothing_is_no_node():
    found = plan(LED, PAY)
    assert LED.key not in found
    assert (found.finish(LED.key), found.slip(LED.key)) == (None, None)


def test_overdue_work_is_finished_today_at_the_earliest_and_what_waits_not_before():
    late = issue("LED-88", due="2026-11-16")
    found = plan(late, PAY, link(PAY, late))
    assert (found.finish(late.key), found.own(late.key)) == (D(2026, 11, 23), D(2026, 11, 16))
    assert found.slip(late.key) == 5
    assert (found.finish(PAY.key), found.driver(PAY.key)) == (D(2026, 12, 2), None)


def test_what_is_overdue_because_it_waits_is_late_by_what_it_waits_for():
    first, second = issue("LED-1", due="2026-11-16"), issue("PAY-1", due="2026-11-18")
    found = plan(first, second, link(second, first))
    assert found.driver(second.key) == first.key
    told = found.finished_if(first.key, D(2026, 11, 16))
    assert told.moved[second.key] == (D(2026, 11, 23), D(2026, 11, 18))


def test_without_any_date_nothing_is_said():
    bare = issue("LED-1")
    found = plan(bare, MOB, link(MOB, bare))
    assert (found.finish(bare.key), found.finish(MOB.key)) == (None, None)


def test_the_earliest_of_a_month_counts_and_its_last_day_is_the_target():
    month = claim(key("LED-1"), "2026-12-01", until="2026-12-31", precision=Precision.MONTH)
    begun = claim(key("LED-2"), "2026-11-01", until="2026-11-30", precision=Precision.MONTH)
    one, other = issue("LED-1", claims=(month,)), issue("LED-2", claims=(begun,))
    found = plan(one, other, MOB, link(MOB, one), link(MOB, other))
    assert (found.finish(one.key), found.target(one.key)) == (D(2026, 12, 1), D(2026, 12, 31))
    assert found.finish(other.key) == D(2026, 11, 23)


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.DROPPED])
def test_what_is_closed_holds_nothing_up(phase):
    assert PAY.key not in plan(replace(LED, phase=phase), PAY, link(PAY, LED))


def test_what_cannot_be_seen_gives_no_date():
    held = snapshot(LED, PAY, link(PAY, LED), invisible=[LED.key])
    assert PAY.key not in View(held, config()).plan


def test_words_push_no_date():
    said = link(PAY, LED, "needs", evidence=Evidence.WAITS_PHRASE)
    assert PAY.key not in plan(LED, PAY, said)


def test_a_whole_finishes_with_its_last_part_and_an_issue_with_its_pull_request():
    whole = issue("PAY-9", level=Level.EPIC, due="2026-12-01")
    assert plan(LED, whole, parent_of(LED, whole)).slip(whole.key) == 6
    pull = pull_request("acme/payments#4")
    found = plan(PAY, pull, implements(pull, PAY))
    assert [node for node, _, _ in found.pushes(PAY.key)] == [pull.key]


@pytest.mark.parametrize("early", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("late", ["0001-01-01", "9999-12-31"])
def test_the_first_and_last_dates_there_are_break_nothing(early, late):
    one, other = issue("LED-1", due=early), issue("PAY-1", due=late)
    estimates = Estimates(rest=lambda _: 9)
    for found in (plan(one, other, link(other, one), estimates=rest) for rest in (None, estimates)):
        assert found.finish(other.key) >= D(2026, 11, 23)
        assert found.needed_by(one.key) <= D.fromisoformat(late)


def test_nothing_gives_an_empty_plan():
    assert plan().nodes == ()


# deliverables

RELEASE = version("Checkout", release="2026-12-04")
MEMBER = issue("PAY-7", milestones=(RELEASE.key,))
CHECKOUT = f"deliverable:{RELEASE.key}"


def test_a_release_is_as_late_as_what_its_members_wait_for():
    found = plan(LED, RELEASE, MEMBER, link(MEMBER, LED))
    assert (found.finish(CHECKOUT), found.slip(CHECKOUT)) == (D(2026, 12, 9), 3)
    assert found.critical_path(CHECKOUT) == [LED.key, MEMBER.key, CHECKOUT]
    assert found.needed_by(LED.key) == D(2026, 12, 4)


def test_a_launch_waits_for_its_release():
    launch = event("Checkout launch", "2026-12-07")
    wanted = declared("x", "jira:version=Checkout", "calendar:title=Checkout launch")
    found = plan(LED, RELEASE, MEMBER, launch, link(MEMBER, LED), deliverables=(wanted,))
    assert found.slip(launch.key) == 2


# circles


def test_a_circle_is_cut_at_its_weakest_edge_and_told():
    sure = link(PAY, LED, set_at=at("2026-10-01"))
    newest = link(LED, PAY, set_at=at("2026-11-01"))
    found = plan(LED, PAY, MOB, sure, newest, link(MOB, PAY))
    ((before, after, *_),) = found.cut
    assert (before, after) == (PAY.key, LED.key)
    assert found.knotted == {LED.key, PAY.key}
    assert found.finish(MOB.key) == D(2026, 12, 9)


@pytest.mark.parametrize("turned", [False, True])
def test_items_to_be_finished_together_are_no_circle_and_the_later_moves_the_other(turned):
    ends = (LED, PAY) if turned else (PAY, LED)
    same = "has to be finished together with"
    found = plan(LED, PAY, link(*ends, same, same))
    assert (found.cut, found.knotted) == ((), frozenset())
    assert (found.finish(PAY.key), found.slip(PAY.key)) == (D(2026, 12, 9), 5)
    bare = [issue("A-1"), issue("A-2")]
    assert plan(*bare, link(*bare, same, same)).cut == ()


# forecasts


def of(table):
    return lambda node, *_: table.get(node)


def test_a_forecast_speaks_before_a_date_and_remaining_work_is_added():
    estimates = Estimates(
        finish=of({LED.key: D(2026, 12, 11), MOB.key: D(2026, 11, 20)}), rest=of({PAY.key: 2})
    )
    found = plan(LED, PAY, MOB, link(PAY, LED), link(PAY, MOB), estimates=estimates)
    assert found.finish(LED.key) == D(2026, 12, 11)
    assert found.finish(PAY.key) == D(2026, 12, 15)
    assert found.margin(LED.key, PAY.key).days == -9
    assert found.needed_by(LED.key) == D(2026, 11, 30)
    assert found.finish(MOB.key) == D(2026, 11, 23)


def test_nobody_is_told_a_day_before_the_one_that_was_set():
    early = Estimates(finish=of({LED.key: D(2026, 11, 30)}), rest=of({PAY.key: 1}))
    led, pay = issue("LED-88", due="2026-12-08"), issue("PAY-142", due="2026-12-07")
    found = plan(led, pay, MOB, link(pay, led), link(MOB, pay), estimates=early)
    assert found.finish(led.key) == D(2026, 11, 30)
    assert [found.told(one.key) for one in (led, pay, MOB)] == [D(2026, 12, 8)] * 3
    assert found.margin(led.key, pay.key) == (D(2026, 12, 7), D(2026, 12, 8), -1)


def test_two_dates_that_leave_less_than_the_usual_time_are_not_too_late():
    early = Estimates(finish=of({LED.key: D(2026, 11, 24)}), rest=of({PAY.key: 3}))
    led = issue("LED-88", due="2026-12-01")
    found = plan(led, PAY, link(PAY, led), estimates=early)
    assert found.margin(led.key, PAY.key) == (D(2026, 12, 1), D(2026, 12, 1), 0)
    free = issue("LED-88")
    assert plan(free, PAY, link(PAY, free), estimates=early).margin(free.key, PAY.key).days == 3


def test_a_part_needs_no_time_of_its_whole():
    whole, part = issue("PAY-1", due="2026-12-04"), issue("PAY-2", due="2026-12-03", parent="PAY-1")
    slow = Estimates(finish=of({part.key: D(2026, 12, 3)}), rest=of({whole.key: 2}))
    found = plan(whole, part, parent_of(part, whole), estimates=slow)
    assert found.margin(part.key, whole.key) == (D(2026, 12, 4), D(2026, 12, 3), 1)


def test_a_date_that_has_passed_is_told_no_more():
    late = issue("LED-88", due="2026-11-16")
    found = plan(late, PAY, link(PAY, late))
    assert found.told(late.key) == D(2026, 11, 23)


def test_a_done_deliverable_is_no_node():
    done = replace(RELEASE, state="released")
    assert CHECKOUT not in plan(LED, done, MEMBER, link(MEMBER, LED), change(
        RELEASE, "state", "planned", "released", "2026-11-20"))  # fmt: skip
