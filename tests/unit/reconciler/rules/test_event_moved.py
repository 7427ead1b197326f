from datetime import UTC, date, datetime

import pytest

from syncd.model.findings import Severity, Unknown
from syncd.model.items import Attendee, DateRole, Precision
from syncd.reconciler.engine import evaluate, foreseen
from syncd.reconciler.facts.wording import day
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.rules import dates_disagree, forecast_late
from syncd.reconciler.rules.event_moved import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import (
    LONG_AGO,
    change,
    claim,
    config,
    declared,
    event,
    snapshot,
    team,
    version,
)
from syncd.testing.histories import finished, planned

MONDAY = "2026-11-23 08:00"
CHECKOUT = declared(
    "checkout",
    "jira:fixVersion=2.0",
    "calendar:summary~'Launch'",
    gates=("calendar:summary~'Go / no-go'",),
)


def results(*things, as_of=MONDAY, params=None, settings=None, **more):
    settings = settings or config(deliverables=(CHECKOUT,))
    view = View(snapshot(*things, as_of=as_of, **more), settings)
    every = RULE.check(view, params or Params())
    return [one for one in every if isinstance(one, Unknown) or not one.holds]


def moved_launch(old="2026-12-11", new="2026-12-16", when="2026-11-18", **fields):
    launch = event("Launch", new, **fields)
    return launch, change(launch, "event", old, new, when, actor="kim")


def release(day="2026-12-11", **fields):
    return version("2.0", release=day, **fields)


def test_empty_snapshot_is_clear():
    assert results(settings=config()) == []


def test_launch_moved_and_the_plan_did_not():
    launch, move = moved_launch(
        attendees=(
            Attendee(account="ada@x.test", response="needs_action"),
            Attendee(account="bo@x.test", response="accepted"),
        )
    )
    (found,) = results(release(), launch, move)
    assert (found.subject, found.discriminator) == ("deliverable:checkout", str(launch.key))
    assert found.summary == (
        'Checkout: the event "Launch" moved from Fri 11 Dec to Wed 16 Dec, '
        "but the release date of PAY 2.0 still says Fri 11 Dec."
    )
    assert (
        found.plain
        == "Checkout: the launch is on Wed 16 Dec, the date is Fri 11 Dec; the two no longer fit."
    )
    assert (
        'move the event "Launch" back to Fri 11 Dec, or change the release date of PAY 2.0 to Wed 16 '
        "Dec." in found.act
    )
    assert (found.planned, found.expected, found.slip) == (
        date(2026, 12, 11),
        date(2026, 12, 16),
        3,
    )
    assert found.severity is Severity.MEDIUM
    texts = [fact.text for fact in found.facts]
    assert 'The event "Launch" was changed by kim on Wed 18 Nov' in texts
    assert any(text == "Not answered yet: ada@x.test" for text in texts)
    assert {str(scope) for scope in found.scopes} == {"jira:PAY", "calendar:plan@calendar.test"}
    assert found.clears


def test_plan_moved_and_the_launch_did_not():
    plan = release("2026-12-18")
    move = change(plan, "release", "2026-12-11", "2026-12-18", "2026-11-18")
    (found,) = results(plan, event("Launch", "2026-12-11"), move)
    assert "the release date of PAY 2.0 moved from Fri 11 Dec to Fri 18 Dec" in found.summary
    assert 'move the event "Launch" to Fri 18 Dec' in found.act
    texts = [fact.text for fact in found.facts]
    assert "The release date of PAY 2.0 was changed by ada on Wed 18 Nov" in texts


def test_both_moved_together_is_clear():
    plan = release("2026-12-16")
    launch, move = moved_launch()
    assert (
        results(
            plan, launch, move, change(plan, "release", "2026-12-11", "2026-12-16", "2026-11-19")
        )
        == []
    )


@pytest.mark.parametrize(
    ("new", "asked"),
    [
        ("2026-11-10", "say for which day it is promised now, and change the release date of"),
        ("2026-12-01", "change the release date of PAY 2.0 to Tue 1 Dec."),
    ],
)
def test_a_launch_is_not_moved_back_to_a_day_that_is_over(new, asked):
    launch, move = moved_launch(old="2026-11-20", new=new, when="2026-11-05")
    (found,) = results(release("2026-11-20"), launch, move)
    assert asked in found.act
    assert "back" not in found.act


def test_a_launch_may_be_moved_back_to_today():
    launch, move = moved_launch(old="2026-11-23", new="2026-11-27", when="2026-11-17")
    (found,) = results(release("2026-11-23"), launch, move)
    assert 'move the event "Launch" back to Mon 23 Nov, or change' in found.act


def test_moved_back_is_clear():
    launch = event("Launch", "2026-12-11")
    away = change(launch, "event", "2026-12-11", "2026-12-16", "2026-11-16")
    back = change(launch, "event", "2026-12-16", "2026-12-11", "2026-11-19")
    assert results(release(), launch, away, back) == []


def test_never_fitted_is_left_to_dates_disagree():
    launch, move = moved_launch(old="2026-12-21")
    assert results(release(), launch, move) == []
    assert results(release(), event("Launch", "2026-12-16")) == []


def test_moved_again_keeps_its_cause():
    launch = event("Launch", "2026-12-18")
    first = change(launch, "event", "2026-12-11", "2026-12-16", "2026-11-12")
    second = change(launch, "event", "2026-12-16", "2026-12-18", "2026-11-18")
    (found,) = results(release(), launch, first, second)
    assert "moved from Fri 11 Dec to Fri 18 Dec" in found.summary


@pytest.mark.parametrize(
    ("new", "fires"), [("2026-12-10", True), ("2026-12-14", False), ("2026-12-15", True)]
)
def test_tolerance_is_that_of_launches(new, fires):
    assert bool(results(release(), *moved_launch(new=new))) is fires


@pytest.mark.parametrize(
    ("new", "fires"), [("2026-12-10", False), ("2026-12-11", True), ("2026-12-14", True)]
)
def test_review_moved_behind_the_release(new, fires):
    review = event("Go / no-go", new)
    move = change(review, "event", "2026-12-04", new, "2026-11-18")
    found = results(release(), review, move)
    assert bool(found) is fires
    if found:
        assert "change the release date of PAY 2.0 to a day after" in found[0].act


@pytest.mark.parametrize(
    ("when", "fires"),
    [("2026-11-20 07:59", True), ("2026-11-20 08:00", True), ("2026-11-20 08:01", False)],
)
def test_a_working_day_is_left_to_follow(when, fires):
    assert bool(results(release(), *moved_launch(when=when))) is fires


def test_speaks_as_soon_as_dates_disagree_does_and_of_the_same_pair():
    things = (release(), *moved_launch(when="2026-11-20 08:00"))
    (own,) = results(*things)
    view = View(snapshot(*things, as_of=MONDAY), config(deliverables=(CHECKOUT,)))
    (other,) = dates_disagree.RULE.check(view, dates_disagree.Params())
    assert (own.subject, own.discriminator) == (other.subject, other.discriminator)


@pytest.mark.parametrize(
    ("day", "severity"), [("2026-12-07", Severity.HIGH), ("2026-12-08", Severity.MEDIUM)]
)
def test_nearness_raises_the_severity(day, severity):
    (found,) = results(release(day), *moved_launch(old=day, new="2026-12-21"))
    assert found.severity is severity


def test_other_time_on_the_same_local_day_is_silent():
    launch = event("Launch", datetime(2026, 12, 11, 15, tzinfo=UTC))
    move = change(
        launch, "start_at", "2026-12-11T09:00:00+00:00", "2026-12-11T15:00:00+00:00", "2026-11-18"
    )
    assert results(release(), launch, move) == []


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_day_in_the_owners_zone_counts_too(zone):
    teams = (team("payments", "jira:PAY", timezone=zone),)
    start = (
        datetime(2026, 12, 10, 11, tzinfo=UTC)
        if "Kiri" in zone
        else datetime(2026, 12, 12, 10, tzinfo=UTC)
    )
    launch = event("Launch", start)
    move = change(launch, "event", "2026-12-11", start.date().isoformat(), "2026-11-18")
    settings = config(teams=teams, deliverables=(CHECKOUT,))
    assert results(release(), launch, move, settings=settings) == []


def test_one_meeting_of_a_series_is_silent():
    meetings = [
        event("Go / no-go", day, ref=f"r {day}", recurring_id="weekly")
        for day in ("2026-12-04", "2026-12-14")
    ]
    move = change(meetings[1], "event", "2026-12-10", "2026-12-14", "2026-11-18")
    assert results(release(), *meetings, move) == []


def test_instance_that_is_bound_by_itself_is_told():
    meeting = event("Go / no-go", "2026-12-14", recurring_id="weekly")
    move = change(meeting, "event", "2026-12-10", "2026-12-14", "2026-11-18")
    assert len(results(release(), meeting, move)) == 1


def test_duplicate_that_stays_is_silent():
    launch, move = moved_launch(ical_uid="one@x.test")
    twin = event("Launch", "2026-12-11", ref="twin", ical_uid="one@x.test")
    assert results(release(), launch, move, twin) == []


def test_undone_move_is_silent():
    launch = event("Launch", "2026-12-11")
    away = change(launch, "event", "2026-12-11", "2026-12-16", "2026-11-19 09:00")
    back = change(launch, "event", "2026-12-16", "2026-12-11", "2026-11-20 07:00")
    assert results(release(), launch, away, back) == []


def cancelled(when="2026-11-18", day="2026-12-11"):
    launch = event("Launch", day, status="cancelled")
    return launch, change(launch, "status", "confirmed", "cancelled", when)


def test_cancelled_launch_of_a_date_that_stands():
    (found,) = results(release(), *cancelled())
    assert 'the event "Launch" on Fri 11 Dec was cancelled, but the release date' in found.summary
    assert "put a new launch into the calendar" in found.act
    assert (found.expected, found.slip) == (None, None)


def test_cancelled_launch_with_a_successor_is_silent():
    for when in ("2026-12-11", "2026-12-16"):  # what does not fit is told by dates-disagree
        assert results(release(), *cancelled(), event("Launch", when, ref="again")) == []


@pytest.mark.parametrize(
    ("when", "fires"), [("2026-11-13", True), ("2026-11-16", False), ("2026-11-20", False)]
)
def test_cancelled_and_the_plan_moved_along(when, fires):
    plan = release("2026-12-11")
    move = change(plan, "release", "2026-12-04", "2026-12-11", when)
    assert bool(results(plan, *cancelled(), move)) is fires


def test_cancelled_after_it_took_place_is_silent():
    assert results(release("2026-11-17"), *cancelled(day="2026-11-17")) == []


def test_date_that_has_passed_is_left_to_overdue():
    assert results(release("2026-11-20"), *cancelled(day="2026-11-20", when="2026-11-12")) == []


def test_released_version_is_clear():
    assert results(release(state="released"), *moved_launch()) == []


def test_event_without_a_plan_is_clear():
    assert results(*moved_launch()) == []


@pytest.mark.parametrize(
    ("old", "new"), [("0001-01-01", "9999-12-31"), ("9999-12-31", "0001-01-01")]
)
def test_first_and_last_dates_of_python_do_no_harm(old, new):
    results(release(old), *moved_launch(old=old, new=new))


def test_leap_day_and_year_end():
    (found,) = results(
        release("2028-02-28"),
        *moved_launch(old="2028-02-28", new="2028-03-01", when="2028-02-21"),
        as_of="2028-02-23 12:00",
    )
    assert found.slip == 2
    (found,) = results(release("2026-12-31"), *moved_launch(old="2026-12-31", new="2027-01-05"))
    assert "Tue 5 Jan 2027" in found.summary


@pytest.mark.parametrize("stale", ["jira:PAY", "calendar:plan@calendar.test"])
def test_stale_source_leaves_it_unknown(stale):
    held = snapshot(release(), *moved_launch(), stale={stale: "2026-11-22"})
    told = evaluate(held, config(deliverables=(CHECKOUT,)), [RULE])
    assert (told.findings, len(told.unknown)) == ((), 1)


def test_inhibits_dates_disagree_on_the_same_pair():
    held = snapshot(release(), *moved_launch())
    told = evaluate(held, config(deliverables=(CHECKOUT,)), [RULE, dates_disagree.RULE])
    moved, disagree = sorted(told.findings, key=lambda one: one.rule, reverse=True)
    assert told.inhibited == ((disagree.fingerprint, moved.fingerprint),)


def test_series_is_silent_also_where_no_other_meeting_fits():
    meetings = [
        event(f"Go / no-go {n}", day, ref=f"r {n}", recurring_id="weekly")
        for n, day in enumerate(("2026-12-14", "2026-12-21"))
    ]
    moves = [
        change(one, "event", "2026-12-10", one.first_day.isoformat(), "2026-11-18")
        for one in meetings
    ]
    assert results(release(), *meetings, *moves) == []


@pytest.mark.parametrize(("response", "fires"), [("declined", False), ("accepted", True)])
def test_duplicate_that_its_organiser_declined_is_silent(response, fires):
    own = (Attendee(account="kim@x.test", response=response),)
    copy, move = moved_launch(organiser="kim@x.test", attendees=own)
    other = event("Launch of checkout", "2026-12-11")
    assert bool(results(release(), copy, move, other)) is fires


def test_same_identity_under_another_title_is_a_duplicate():
    launch, move = moved_launch(ical_uid="one@x.test")
    for uid, fires in (("one@x.test", False), ("two@x.test", True)):
        twin = event("Launch of checkout", "2026-12-11", ical_uid=uid)
        assert bool(results(release(), launch, move, twin)) is fires


def test_plan_coarser_than_the_move_is_silent():
    plan = version("2.0")
    month = claim(
        plan.key, "2026-12-01", until="2026-12-31", field="release",
        role=DateRole.RELEASE, precision=Precision.MONTH,
    )  # fmt: skip
    plan = version("2.0", claims=(month,))
    assert results(plan, *moved_launch(old="2026-12-31", new="2027-01-06")) == []
    assert len(results(plan, *moved_launch(old="2026-12-31", new="2027-03-01"))) == 1


def test_last_change_of_either_begins_the_wait():
    launch, move = moved_launch(when="2026-11-12")
    plan = release("2026-12-10")
    again = change(plan, "release", "2026-12-11", "2026-12-10", "2026-11-23 07:00")
    assert results(plan, launch, move, again) == []
    assert len(results(plan, launch, move, again, as_of="2026-11-24 07:00")) == 1


def test_fitted_again_in_between_begins_anew():
    plan = release("2026-12-16")
    launch = event("Launch", "2026-12-23")
    (found,) = results(
        plan,
        launch,
        change(launch, "event", "2026-12-11", "2026-12-16", "2026-11-03"),
        change(plan, "release", "2026-12-11", "2026-12-16", "2026-11-06"),
        change(launch, "event", "2026-12-16", "2026-12-23", "2026-11-18"),
    )
    assert "moved from Wed 16 Dec to Wed 23 Dec" in found.summary


@pytest.mark.parametrize(("count", "is_told"), [(40, True), (10, False)])
def test_two_days_of_which_neither_is_likely_come_with_the_one_that_is(count, is_told):
    """So that nobody is asked to choose of two what the forecast asks to move to a third."""
    launch, move = moved_launch()
    held = release()
    work = planned(count, milestones=(held.key,))
    history = finished(days=60, milestones=(held.key,), created_at=LONG_AGO)
    view = View(
        snapshot(held, launch, move, *work, *history), config(deliverables=(CHECKOUT,)),
        estimates=foreseen,
    )  # fmt: skip
    sure = view.once(Forecasts).of(view.deliverables[0]).p85
    said = f"; neither is likely to hold, {day(sure, view.today)} is."
    for rule in (RULE, dates_disagree.RULE):
        (found,) = rule.check(view, rule.params())
        assert found.act.endswith(said) is is_told, found.act
    late = list(forecast_late.RULE.check(view, forecast_late.Params()))
    assert [f"move it to {day(sure, view.today)}" in one.act for one in late] == [True] * is_told


def test_an_event_that_moves_once_more_and_still_does_not_fit_is_no_all_clear():
    """What fires goes on in the day that the other date has to follow, without any news."""
    release = version("2.0", release="2026-12-11")
    launch, first = moved_launch(new="2026-12-17")
    again = change(launch, "event", "2026-12-16", "2026-12-17", "2026-11-20 16:00")
    first = first._replace(new="2026-12-16")
    view = View(snapshot(release, launch, first, again), config(deliverables=(CHECKOUT,)))
    (found,) = RULE.check(view, Params())
    assert found.holds
    (settled,) = results(release, launch, first, again, as_of="2026-11-24 08:00")
    assert settled.fingerprint == found.fingerprint
