"""Own forecasts that came true change the table, by as much as there are of them."""

import math
from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.model.forecasts import Forecast, PastForecast, Share
from syncd.model.items import Phase
from syncd.reconciler.engine import evaluate
from syncd.reconciler.forecast.calibration import MIX, Tables, mixed, records, to_keep
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.forecast.table import SHARES, SHIPPED
from syncd.reconciler.view import View
from syncd.testing.builders import (
    AS_OF,
    LONG_AGO,
    at,
    change,
    config,
    declared,
    snapshot,
    sprint,
    team,
    version,
)
from syncd.testing.histories import finished, planned

TODAY = date(2026, 11, 23)
RELEASE = version("2.0", release="2026-12-18")
SUBJECT = f"deliverable:{RELEASE.key}"
OPEN = planned(10, milestones=(RELEASE.key,))
HISTORY = finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO)


def made(days=10.0, spread=0.3, subject="deliverable:old", **more):
    return Forecast(subject=subject, name="Old", days=days, spread=spread, **more)


def past(made_on="2026-06-01", done_on=None, **more):
    day = date.fromisoformat(made_on)
    return PastForecast(
        forecast=made(**more),
        made_at=AS_OF - (TODAY - day),
        made_on=day,
        done_on=done_on and date.fromisoformat(done_on),
    )


def view_of(*pasts, things=(RELEASE, *OPEN, *HISTORY), **more):
    return View(replace(snapshot(*things, **more), forecasts=tuple(pasts)), config())


def test_without_own_errors_the_table_is_the_shipped_one():
    assert mixed([]) is SHIPPED
    assert mixed([(0.5, False)]) is SHIPPED


@pytest.mark.parametrize("count", [1, MIX, 3 * MIX])
def test_own_errors_weigh_by_their_number(count):
    weight = count / (count + MIX)
    table = mixed([(1.0, True)] * count)
    middle = SHARES.index(0.5)
    assert table.errors[middle] == pytest.approx(weight + (1 - weight) * SHIPPED.errors[middle])


def test_a_mixed_table_still_rises():
    table = mixed([(0.0, True)] * 10_000)
    assert list(table.errors) == sorted(set(table.errors))
    assert table.share(-1) <= table.share(0) <= table.share(1)


def test_what_is_still_open_counts_as_longer_than_it_lasted():
    early = [(-1.0, True)] * 100
    late = mixed([*early, *[(2.0, False)] * 100])
    assert late.error(0.85) > mixed(early).error(0.85)


def test_an_error_is_the_logarithm_of_how_far_off_it_was():
    took = past(done_on="2026-06-29")  # 20 working days for 10
    tables = Tables(view_of(*[took] * MIX))
    expected = (math.log(2) / 0.3 + SHIPPED.error(0.5)) / 2
    assert tables.of(10).error(0.5) == pytest.approx(expected)


def test_a_horizon_with_enough_of_its_own_is_looked_at_by_itself():
    short = [past(days=5.0, done_on="2026-06-08")] * MIX
    long = [past(days=40.0, done_on="2026-10-27")] * MIX
    tables = Tables(view_of(*short, *long))
    assert tables.of(7) != tables.of(40)
    few = Tables(view_of(*short[1:], *long))
    assert few.of(7) == few.of(20), "both read from all forecasts"


def test_forecasts_of_what_is_no_longer_there_teach_nothing():
    gone = past(subject="deliverable:vanished")
    known = [past(done_on="2026-06-29")] * MIX
    assert Tables(view_of(*known, *[gone] * MIX)).of(10) == Tables(view_of(*known)).of(10)


def test_forecasts_item_by_item_teach_no_pace():
    single = past(spread=0.0, done_on="2026-06-29")
    assert Tables(view_of(*[single] * MIX)).of(10) is SHIPPED


def kept(view):
    return to_keep(view, map(view.once(Forecasts).of, view.deliverables))


def test_a_forecast_is_kept_once_a_week():
    (first,) = kept(view_of())
    assert (first.forecast.subject, first.made_on, first.done_on) == (SUBJECT, TODAY, None)
    for made_on, again in (("2026-11-17", 0), ("2026-11-16", 1), ("2026-11-13", 1)):
        assert len(kept(view_of(past(made_on, subject=SUBJECT)))) == again, made_on


def test_what_cannot_be_told_is_not_kept():
    assert kept(view_of(things=(RELEASE, *OPEN))) == ()


def test_nothing_is_kept_of_stale_data():
    fresh = view_of()
    old = View(snapshot(RELEASE, *OPEN, *HISTORY, stale={"jira:PAY": "2026-11-20"}), config())
    assert kept(fresh)
    assert kept(old) == ()


def test_a_kept_forecast_comes_true_with_the_last_item():
    done = [
        replace(one, phase=Phase.DONE, done_at=AS_OF - timedelta(days=number))
        for number, one in enumerate(OPEN)
    ]
    before = past("2026-11-02", subject=SUBJECT)
    (came_true,) = kept(view_of(before, things=(RELEASE, *done)))
    assert came_true == replace(before, done_on=TODAY)
    still = kept(view_of(before, things=(RELEASE, *done[1:], OPEN[0], *HISTORY)))
    assert all(one.done_on is None for one in still)


def test_a_forecast_came_true_on_the_day_of_the_team():
    here = config(teams=(team("payments", "jira:PAY", timezone="America/Los_Angeles"),))
    done = [replace(one, phase=Phase.DONE, done_at=at("2026-11-21 01:00")) for one in OPEN]
    before = past("2026-11-02", subject=SUBJECT)
    held = replace(snapshot(RELEASE, *done), forecasts=(before,))
    (came_true,) = kept(View(held, here))
    assert came_true.done_on == date(2026, 11, 20)


@pytest.mark.parametrize(("out", "is_fair"), [(1, True), (2, True), (3, False)])
def test_what_was_done_by_taking_things_out_teaches_nothing(out, is_fair):
    before = past("2026-11-02", subject=SUBJECT, items=10)
    done = [replace(one, phase=Phase.DONE, done_at=AS_OF) for one in OPEN[out:]]
    moved = [replace(one, milestones=()) for one in OPEN[:out]]
    left = [
        change(one, "milestones", str(RELEASE.key), None, "2026-11-20", actor=None) for one in moved
    ]
    (came_true,) = kept(view_of(before, things=(RELEASE, *done, *moved, *left)))
    assert (came_true.taken_out, came_true.is_fair) == (out, is_fair)
    learned = Tables(view_of(*[came_true] * MIX)).of(10)
    assert (learned is not SHIPPED) is is_fair
    assert records(view_of(came_true))[-1].ended == int(is_fair)


@pytest.mark.parametrize("is_declared", [True, False])
@pytest.mark.parametrize(("left", "is_fair"), [(0, True), (2, True), (3, False)])
def test_what_is_released_came_true_and_what_it_left_open_counts_as_taken_out(
    left, is_fair, is_declared
):
    """A release that nobody declared is no deliverable any more once it is out."""
    shipped = replace(RELEASE, state="released", closed_at=at("2026-11-20 12:00"))
    subject = "deliverable:checkout" if is_declared else SUBJECT
    before = past("2026-11-02", subject=subject, items=10, teams=("payments",))
    closed_at = at("2026-11-19 12:00")
    done = [replace(one, phase=Phase.DONE, done_at=closed_at) for one in OPEN[left:]]
    late = planned(2, first=500, milestones=(RELEASE.key,))
    came = [change(one, "milestones", None, str(RELEASE.key), "2026-11-18") for one in late]
    later = (*late, *came) if left else ()
    declares = (declared("checkout", "jira:fixVersion=2.0"),) if is_declared else ()
    things = snapshot(shipped, *done, *OPEN[:left], *later)
    view = View(replace(things, forecasts=(before,)), config(deliverables=declares))
    (came_true,) = [one for one in kept(view) if one.made_at == before.made_at]
    assert (came_true.taken_out, came_true.is_fair) == (left, is_fair)
    assert came_true.done_on == date(2026, 11, 20 if left else 19)
    assert records(View(replace(things, forecasts=(came_true,)), config()))[-1].ended == is_fair


def test_a_sprint_that_was_closed_with_items_left_open_teaches_nothing():
    run = sprint("Sprint 41", state="closed", closed_at=at("2026-11-20 12:00"))
    before = past("2026-11-02", subject=f"deliverable:{run.key}", items=10)
    items = planned(10, sprint=run.key)
    assert kept(view_of(before, things=(run, *items))) == ()


@pytest.mark.parametrize("then", [True, False], ids=["put back", "put in later and taken out"])
def test_what_was_there_and_is_still_was_not_taken_out(then):
    before = past("2026-11-02", subject=SUBJECT, items=10)
    done = [replace(one, phase=Phase.DONE, done_at=AS_OF) for one in OPEN]
    other = done[:5] if then else planned(5, first=500)
    here, away = str(RELEASE.key), None
    old, new = (here, away) if then else (away, here)
    moves = [
        change(one, "milestones", *step, day, actor=one.ref)
        for one in other
        for step, day in (((old, new), "2026-11-11"), ((new, old), "2026-11-18"))
    ]
    more = () if then else other
    (came_true,) = kept(view_of(before, things=(RELEASE, *done, *more, *moves)))
    assert (came_true.taken_out, came_true.is_fair) == (0, True)


def test_an_outcome_is_told_once():
    done = [replace(one, phase=Phase.DONE, done_at=AS_OF) for one in OPEN]
    settled = past("2026-11-02", subject=SUBJECT, done_on="2026-11-20")
    assert kept(view_of(settled, things=(RELEASE, *done))) == ()


def test_records_count_what_held():
    days = {"p50": date(2026, 6, 15), "p85": date(2026, 6, 22), "p95": None}
    early, late = past(done_on="2026-06-15", **days), past(done_on="2026-06-23", **days)
    by = {one.horizon: one for one in records(view_of(early, late, past(**days)))}
    ten = by["to 15"]
    assert (ten.ended, ten.by_p50, ten.by_p85) == (2, Share(1, 2), Share(1, 2))
    assert ten.by_p95.of == 0, "beyond what can be told"
    assert by["to 7"].ended == 0
    assert by["all"].weight == pytest.approx(2 / (2 + MIX))


def test_a_date_counts_once_it_is_over_done_or_not():
    """Else only what came early would be known, and all dates would seem to hold."""
    days = {"p50": TODAY - timedelta(days=3), "p85": TODAY, "p95": TODAY + timedelta(days=20)}
    still_open = past("2026-11-02", subject=SUBJECT, **days)
    early = past("2026-11-02", done_on="2026-11-09", **days)
    found = records(view_of(still_open, early))[-1]
    assert (found.ended, found.by_p50) == (1, Share(1, 2))
    assert found.by_p85.of == found.by_p95.of == 0


def test_a_pass_says_what_to_keep():
    answer = evaluate(snapshot(RELEASE, *OPEN, *HISTORY), config(), assume_fresh=True)
    assert [one.forecast.subject for one in answer.forecasts] == [SUBJECT]
    assert ("forecast-late", 2) in answer.dwell
