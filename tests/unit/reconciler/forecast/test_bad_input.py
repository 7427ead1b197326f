"""Dates at the ends of time and calendars without work: an answer or none, never a crash."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Phase
from syncd.reconciler.engine import evaluate
from syncd.reconciler.forecast.ageing import WINDOW, Ageing
from syncd.reconciler.view import View
from syncd.testing.builders import (
    AS_OF,
    LONG_AGO,
    at,
    change,
    config,
    event,
    issue,
    person,
    snapshot,
    sprint,
    team,
    version,
)
from syncd.testing.histories import finished, planned

FIRST, LAST = "0001-01-01", "9999-12-31"
NEVER = WorkingCalendar(weekend=frozenset(range(7)))


def world(day):
    release = version("2.0", release=day)
    run = sprint("Sprint 41", start=day, end=day)
    moved = [
        change(release, "release", old, new, when)
        for old, new, when in (
            (FIRST, "2026-12-01", "2026-11-02"), ("2026-12-01", LAST, "2026-11-10"),
            (LAST, day, "2026-11-18"),
        )
    ]  # fmt: skip
    return [
        release, run, *moved,
        *planned(12, milestones=(release.key,)),
        *planned(3, first=40, sprint=run.key, phase=Phase.ACTIVE),
        *planned(9, first=60, milestones=(release.key,), created_at=at("2026-11-16")),
        *finished(days=60, milestones=(release.key,), created_at=LONG_AGO),
        event("Freeze", day, last=day),
        event("Away", day, last=day, type="out_of_office", scope="ada@example.com"),
    ]  # fmt: skip


@pytest.mark.parametrize("day", [FIRST, "1900-02-28", "2026-12-18", LAST])
@pytest.mark.parametrize("calendar", [WorkingCalendar(), NEVER], ids=["usual", "never"])
def test_no_rule_fails(day, calendar):
    settings = config(
        teams=(team("payments", "jira:PAY", calendar="x"),),
        calendars={"x": calendar},
        calendar=calendar,
        people=(person("ada", team="payments"),),
    )
    answer = evaluate(snapshot(*world(day)), settings, assume_fresh=True)
    assert answer.failures == ()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12", "Africa/Cairo"])
@pytest.mark.parametrize("now", ["2024-02-29 23:59", "2026-04-24 00:00", "2026-12-31 12:00"])
def test_no_zone_and_no_day_matters(zone, now):
    settings = config(
        teams=(team("payments", "jira:PAY", timezone=zone, calendar="x"),),
        calendars={"x": WorkingCalendar(zone=zone)},
        calendar=WorkingCalendar(zone=zone),
    )
    answer = evaluate(snapshot(*world("2027-01-29"), as_of=now), settings, assume_fresh=True)
    assert answer.failures == ()


def test_an_empty_store_is_an_answer():
    answer = evaluate(snapshot(), config())
    assert (answer.findings, answer.failures, answer.forecasts) == ((), (), ())


def test_items_from_the_future_and_without_a_beginning_are_survived():
    release = version("2.0", release="2026-12-18")
    odd = [
        issue("PAY-1", milestones=(release.key,), created_at=at("2030-01-01")),
        issue("PAY-2", milestones=(release.key,), phase=Phase.DONE),
        issue("PAY-3", milestones=(release.key,), phase=Phase.DONE, done_at=at("2030-01-01")),
        issue("PAY-4", milestones=(release.key,), parent="PAY-4"),
        issue("PAY-5", milestones=(release.key,), parent="PAY-6"),
        issue("PAY-6", milestones=(release.key,), parent="PAY-5"),
    ]
    answer = evaluate(snapshot(release, *odd, as_of=AS_OF), config(), assume_fresh=True)
    assert answer.failures == ()
    moved = replace(release, start=date(9999, 12, 31))
    assert evaluate(snapshot(moved, *odd), config(), assume_fresh=True).failures == ()


def test_all_that_ended_on_the_first_day_that_is_looked_at():
    edge = AS_OF - WINDOW + timedelta(hours=1)
    old = [
        thing
        for one in planned(40, first=500, phase=Phase.DONE, done_at=edge)
        for thing in (one, change(one, "phase", "todo", "active", edge - timedelta(days=9)))
    ]
    (new,) = planned(1)
    assert View(snapshot(*old, new), config()).once(Ageing).usual(new) == 7
