"""One word for each deliverable, and never a good one for lack of data (§B5)."""

from dataclasses import replace
from datetime import date

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Standing
from syncd.model.forecasts import Forecast, PastForecast
from syncd.model.items import Phase
from syncd.reconciler.engine import judge
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.health import health, of_item, standing_of
from syncd.reconciler.plan import Estimates
from syncd.reconciler.view import View
from syncd.testing.builders import (
    LONG_AGO,
    at,
    change,
    config,
    declared,
    event,
    issue,
    link,
    snapshot,
    team,
    version,
)
from syncd.testing.histories import finished, planned

RELEASE = version("2.0", release="2026-12-18")
HISTORY = finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO)


def inside(count, release=RELEASE):
    return planned(count, milestones=(release.key,))


def stand(*things, settings=None, pasts=(), **more):
    held = replace(snapshot(*things, **more), forecasts=pasts)
    view = View(held, settings or config())
    (found,) = health(view, judge(view))
    return found


def test_a_plan_that_fits_the_pace_is_on_plan():
    found = stand(RELEASE, *inside(8), *HISTORY)
    assert (found.standing, found.before) == (Standing.ON_PLAN, None)
    assert found.why == "Unlikely (about 1 in 10) to be late at the present pace."


def test_nothing_open_is_on_plan():
    assert stand(RELEASE, *HISTORY).standing is Standing.ON_PLAN


@pytest.mark.parametrize("count", range(14, 40))
def test_the_word_follows_the_chance(count):
    things = (RELEASE, *inside(count), *HISTORY)
    view = View(snapshot(*things), config())
    late = view.once(Forecasts).of(view.deliverables[0]).late
    expected = (
        Standing.LATE if late >= 0.85 else Standing.AT_RISK if late >= 0.60 else Standing.ON_PLAN
    )
    assert stand(*things).standing is expected


def test_what_is_overdue_is_late():
    passed = version("2.0", release="2026-11-20")
    found = stand(passed, *inside(8, passed), *HISTORY)
    assert found.standing is Standing.LATE
    assert "was due Fri 20 Nov" in found.why


def test_what_was_forgotten_long_ago_is_late():
    then = at("2026-07-03")
    passed = version("2.0", release="2026-07-03", updated_at=then)
    work = issue(milestones=(passed.key,), updated_at=then, last_human_activity_at=then)
    found = stand(passed, work)
    assert found.standing is Standing.LATE
    assert "was due Fri 3 Jul" in found.why


@pytest.mark.parametrize(
    ("day", "standing"), [("2026-12-18", Standing.ON_PLAN), ("2026-12-21", Standing.LATE)]
)
def test_what_waits_for_something_that_comes_too_late_is_late(day, standing):
    before, between, (last, *more) = issue("LED-1", due=day), issue("MOB-3"), inside(8)
    links = link(between, before), link(last, between)
    settings = config(rules={"dep-weak": {"enabled": False}})
    found = stand(RELEASE, before, between, last, *more, *links, *HISTORY, settings=settings)
    assert found.standing is standing
    assert ("misses Fri 18 Dec by 1 working day" in found.why) is (standing is Standing.LATE)


def test_what_several_hold_up_is_late_though_none_of_them_alone_explains_it():
    feeders, (last, *more) = [issue(f"LED-{n}", due="2026-12-21") for n in (1, 2)], inside(8)
    between = issue("MOB-3")
    links = [link(between, one) for one in feeders]
    found = stand(RELEASE, *feeders, between, last, *more, *links, link(last, between), *HISTORY)
    assert found.standing is Standing.LATE
    assert found.why == ("It waits for LED-1: most likely done Mon 21 Dec, 1 working day later.")


@pytest.mark.parametrize(
    ("tier", "severity", "standing"),
    [
        ("B", "critical", Standing.AT_RISK),
        ("B", "low", Standing.ON_PLAN),
        ("A", "low", Standing.AT_RISK),
    ],
)
def test_a_grave_finding_is_a_risk_and_of_tier_a_dates_that_disagree(tier, severity, standing):
    launch = event("2.0 launch", "2026-12-11")
    match = ("jira:fixVersion=2.0", "calendar:summary~'2.0 launch'")
    settings = config(
        deliverables=(declared("checkout", *match, tier=tier),),
        rules={"dates-disagree": {"severity": severity}},
    )
    found = stand(RELEASE, launch, *inside(8), *HISTORY, settings=settings)
    assert found.standing is standing
    assert ("dates" in found.why) is (standing is Standing.AT_RISK)


@pytest.mark.parametrize(
    ("day", "standing"), [("2027-06-01", Standing.LATE), ("2035-06-01", Standing.NO_DATA)]
)
def test_what_takes_more_than_five_years_is_late_unless_it_has_them(day, standing):
    far = version("2.0", release=day)
    assert stand(far, *inside(4000, far), *HISTORY).standing is standing


def test_without_history_there_is_no_good_word():
    found = stand(RELEASE, *inside(8))
    assert found.standing is Standing.NO_DATA
    assert "too little history" in found.why


@pytest.mark.parametrize(
    ("day", "severity", "standing"),
    [
        ("2026-12-14", "low", Standing.NO_DATA),
        ("2026-12-14", "critical", Standing.AT_RISK),
        ("2026-12-15", "critical", Standing.NO_DATA),
    ],
)
def test_shortly_before_the_date_bad_news_does_not_wait_for_a_forecast(day, severity, standing):
    near = version("2.0", release=day)
    settings = config(rules={"uncovered-scope": {"severity": severity}})
    bare = [replace(one, scope="XYZ") for one in inside(8, near)]
    assert stand(near, *bare, settings=settings).standing is standing


def test_a_calendar_without_a_working_day_gives_no_good_word():
    never = WorkingCalendar(weekend=frozenset(range(7)))
    team_of_never = team("payments", "jira:PAY", calendar="never")
    settings = config(teams=(team_of_never,), calendars={"never": never}, calendar=never)
    found = stand(RELEASE, *inside(8), *HISTORY, settings=settings)
    assert found.standing is Standing.NO_DATA
    assert found.why == "It cannot be forecast: the calendar of Payments has no working day."


def test_what_has_no_known_item_gets_no_good_word():
    settings = config(deliverables=(declared("checkout", target=date(2026, 12, 18)),))
    assert stand(settings=settings).standing is Standing.NO_DATA
    assert stand(RELEASE).why == "No item of it is known."


@pytest.mark.parametrize(
    ("day", "standing"), [("2026-12-14", Standing.AT_RISK), ("2026-12-15", Standing.NO_DATA)]
)
def test_shortly_before_the_date_bad_news_does_not_wait_for_items(day, standing):
    near = version("2.0", release=day)
    moved = change(near, "release", "2026-11-24", day, "2026-11-19")
    assert stand(near, moved).standing is standing


def test_what_lost_all_its_items_gets_no_good_word():
    dropped = [replace(one, phase=Phase.DROPPED) for one in inside(3)]
    found = stand(RELEASE, *dropped)
    assert found.standing is Standing.NO_DATA
    assert found.why.startswith("All that was in it was dropped")
    one, *others = dropped
    assert stand(RELEASE, replace(one, phase=Phase.DONE), *others).standing is Standing.ON_PLAN


def test_a_prerequisite_that_was_not_read_gives_no_good_word():
    before, between, (last, *more) = issue("LED-1", due="2026-12-01"), issue("MOB-3"), inside(8)
    things = before, between, last, *more, link(between, before), link(last, between)
    found = stand(RELEASE, *things, *HISTORY, stale={"jira:LED": "2026-11-20"})
    assert found.standing is Standing.NO_DATA
    assert found.why == "jira:LED was not read completely lately."


def test_stale_data_gives_no_word():
    found = stand(RELEASE, *inside(8), *HISTORY, stale={"jira:PAY": "2026-11-20"})
    assert found.standing is Standing.NO_DATA
    assert found.why == "jira:PAY was not read completely lately."


@pytest.mark.parametrize(("hidden", "standing"), [(2, Standing.ON_PLAN), (3, Standing.NO_DATA)])
def test_a_quarter_that_cannot_be_read_gives_no_word(hidden, standing):
    work = planned(8, milestones=(RELEASE.key,), created_at=at("2026-11-18"))
    gone = [one.key for one in work[:hidden]]
    history = finished(days=60)
    assert stand(RELEASE, *work, *history, invisible=gone).standing is standing


def test_a_good_word_says_what_it_does_not_know():
    one, other, *more = inside(8)
    links = link(one, "SEC-1"), link(other, "SEC-2")
    found = stand(RELEASE, one, other, *more, *links, *HISTORY)
    assert found.standing is Standing.ON_PLAN
    assert found.why.endswith("present pace. What PAY-1 and PAY-2 wait for cannot be read.")


@pytest.mark.parametrize(("made_on", "word", "before"), [
    (date(2026, 11, 17), "late", None), (date(2026, 11, 16), "late", Standing.LATE),
    (date(2026, 11, 9), "late", Standing.LATE), (date(2026, 11, 8), "late", None),
    (date(2026, 11, 16), "", None),
])  # fmt: skip
def test_the_change_is_against_five_working_days_ago(made_on, word, before):
    """What older versions kept says nothing of how it stood: there is no word to compare with."""
    told = Forecast(
        subject=f"deliverable:{RELEASE.key}", name="2.0", late=0.9, p50=made_on, target=made_on,
        standing=word,
    )  # fmt: skip
    past = PastForecast(forecast=told, made_at=LONG_AGO, made_on=made_on)
    assert stand(RELEASE, *inside(8), *HISTORY, pasts=(past,)).before is before


def test_what_held_it_up_a_week_ago_already_is_no_change():
    """Its forecast is fine; what it waits for comes too late, then as now."""
    before, (last, *more) = issue("LED-1", due="2026-12-21", created_at=LONG_AGO), inside(8)
    things = RELEASE, before, last, *more, link(last, before), *HISTORY
    then = judge(View(snapshot(*things, as_of=at("2026-11-16 09:00")), config()))
    (past,) = then.forecasts
    assert standing_of(past.forecast) is Standing.ON_PLAN
    found = stand(*things, pasts=then.forecasts)
    assert (found.standing, found.before) == (Standing.LATE, Standing.LATE)


def test_what_would_hold_without_its_growth_is_as_late_as_its_odds():
    """What is likely late is at risk; only what it waits for makes it surely late."""
    far = version("2.0", release="2027-01-29")
    came = planned(20, first=100, milestones=(far.key,), created_at=at("2026-11-16"))
    things = far, *inside(10, far), *came, *HISTORY
    told = judge(View(snapshot(*things), config())).findings
    assert [one.rule for one in told if one.explains] == ["scope-growth"]
    assert stand(*things).standing is Standing.AT_RISK


@pytest.mark.parametrize(
    ("due", "standing"),
    [
        ("2026-11-20", Standing.LATE),
        ("2026-11-23", Standing.ON_PLAN),
        ("2026-11-24", Standing.ON_PLAN),
    ],
)
def test_an_item_is_late_once_its_day_is_over(due, standing):
    one = issue("PAY-1", due=due)
    assert of_item(View(snapshot(one), config()), one.key, ()) is standing


@pytest.mark.parametrize(
    ("as_of", "standing"),
    [("2026-11-24 07:59", Standing.ON_PLAN), ("2026-11-24 08:00", Standing.LATE)],
)
def test_the_day_of_an_item_is_over_where_its_team_is(as_of, standing):
    one, there = issue("PAY-1", due="2026-11-23"), "America/Los_Angeles"
    teams = (team("payments", "jira:PAY", timezone=there),)
    conf = config(teams=teams, calendar=WorkingCalendar(zone="Pacific/Auckland"))
    assert of_item(View(snapshot(one, as_of=as_of), conf), one.key, ()) is standing


@pytest.mark.parametrize(
    ("moved_on", "standing"), [("2026-11-18", Standing.AT_RISK), (None, Standing.ON_PLAN)]
)
def test_an_item_whose_date_was_moved_out_is_at_risk(moved_on, standing):
    one = issue("PAY-1", due="2026-12-11")
    moves = [change(one, "due", "2026-12-04", "2026-12-11", moved_on)] if moved_on else []
    assert of_item(View(snapshot(one, *moves), config()), one.key, ()) is standing


@pytest.mark.parametrize(
    ("planned", "standing"), [("2026-12-04", Standing.AT_RISK), ("2026-12-01", Standing.ON_PLAN)]
)
def test_an_item_that_waits_for_what_is_planned_for_later_is_at_risk(planned, standing):
    before, one = issue("LED-1", due=planned), issue("PAY-1", due="2026-12-01")
    likely = Estimates(finish={before.key: date(2026, 11, 27)}.get)
    held = snapshot(before, one, link(one, before))
    view = View(held, config(), estimates=lambda _: likely)
    assert of_item(view, one.key, ()) is standing
