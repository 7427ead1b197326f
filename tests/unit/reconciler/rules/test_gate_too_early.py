from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity, Unknown
from syncd.model.items import Account, Attendee
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.rules.gate_too_early import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import LONG_AGO, config, declared, event, snapshot, version
from syncd.testing.histories import finished, planned

TODAY = date(2026, 11, 23)
RELEASE = version("Checkout 2.0", release="2027-01-29")
HISTORY = finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO)
WORK = planned(10, milestones=(RELEASE.key,))
"""As likely done by the end of the first week of December as not."""


def review(day="2026-12-02", **fields):
    return event("Checkout 2.0 go / no-go", day, **fields)


def results(*things, params=None, settings=None, **more):
    view = View(snapshot(*things, **more), settings or config())
    return list(RULE.check(view, params or Params()))


def likely():
    view = View(snapshot(RELEASE, *WORK, *HISTORY), config())
    return view.once(Forecasts).of(view.deliverables[0]).p50


def test_empty_snapshot_is_clear():
    assert results() == []


def test_a_deliverable_without_a_review_is_clear():
    assert results(RELEASE, *WORK, *HISTORY) == []


def test_a_review_of_unfinished_work_is_told():
    guests = (Attendee(account="d.li", response="accepted"),)
    name = Account(source="calendar", id="d.li", name="D. Li")
    (found,) = results(RELEASE, review(attendees=guests), name, *WORK, *HISTORY)
    assert found.discriminator == str(review().key)
    assert found.severity is Severity.HIGH
    assert (found.planned, found.expected) == (date(2026, 12, 2), likely())
    assert found.slip > 0
    assert found.summary.startswith(
        '"Checkout 2.0 go / no-go" on Wed 2 Dec judges Checkout 2.0, which is most likely done '
    )
    assert 'move "Checkout 2.0 go / no-go" to ' in found.act
    assert "or narrow what it judges" in found.act
    assert found.facts[0].text == "Checkout 2.0 go / no-go on Wed 2 Dec; invited: D. Li"
    assert any("85 % sure by" in fact.text for fact in found.facts)
    assert "D. Li" not in found.plain


@pytest.mark.parametrize(("off", "told"), [(-1, 1), (0, 0), (1, 0)])
def test_a_review_on_the_likely_day_is_in_time(off, told):
    day = likely() + timedelta(days=off)
    assert len(results(RELEASE, review(day), *WORK, *HISTORY)) == told


@pytest.mark.parametrize(("days", "told"), [(19, 1), (20, 1), (21, 0)])
def test_only_reviews_of_the_next_twenty_days(days, told):
    day = WorkingCalendar().shift(TODAY, days)
    many = planned(60, milestones=(RELEASE.key,))
    assert len(results(RELEASE, review(day), *many, *HISTORY)) == told


@pytest.mark.parametrize("day", ["2026-11-20", "2026-11-23"])
def test_a_review_that_has_begun_is_clear(day):
    assert results(RELEASE, review(day), *WORK, *HISTORY) == []


def test_a_cancelled_review_is_clear():
    assert results(RELEASE, review(status="cancelled"), *WORK, *HISTORY) == []


def test_nothing_open_is_clear():
    assert results(RELEASE, review(), *HISTORY) == []


def test_too_little_history_is_unknown():
    (found,) = results(RELEASE, review(), *WORK)
    assert isinstance(found, Unknown)
    assert found.discriminator == str(review().key)
    assert "too little history" in found.reason


@pytest.mark.parametrize(("later", "told"), [("2027-01-28", 0), ("2027-01-29", 1)])
def test_a_series_that_meets_again_before_the_target_is_clear(later, told):
    first = review(recurring_id="weekly")
    again = replace(event("Sync", later), recurring_id="weekly")
    gates = ("calendar:summary~'go / no-go'",)
    named = declared("checkout", "jira:fixVersion=Checkout 2.0", gates=gates)
    settings = config(deliverables=(named,))
    assert len(results(RELEASE, first, again, *WORK, *HISTORY, settings=settings)) == told


def test_a_released_version_is_clear():
    assert results(replace(RELEASE, state="released"), review(), *WORK, *HISTORY) == []
