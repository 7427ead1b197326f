from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.alerts.lifecycle import advance
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Finding, Severity, Standing, Unknown
from syncd.model.forecasts import Forecast, Grade, PastForecast
from syncd.model.items import Phase
from syncd.reconciler.engine import evaluate
from syncd.reconciler.facts import outlooks, wording
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.rules.forecast_late import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import (
    AS_OF,
    LONG_AGO,
    config,
    declared,
    event,
    issue,
    key,
    program,
    snapshot,
    sprint,
    team,
    version,
)
from syncd.testing.histories import finished, planned

RELEASE = version("2.0", release="2026-12-18")
"""19 working days ahead."""
HISTORY = finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO)
"""One a day."""


def inside(count, release=RELEASE):
    return planned(count, milestones=(release.key,))


def view_of(*things, settings=None, pasts=(), **more):
    return View(replace(snapshot(*things, **more), forecasts=pasts), settings or config())


def results(*things, params=None, **more):
    return list(RULE.check(view_of(*things, **more), params or Params()))


def release_of(day):
    return version("2.0", release=day)


def test_empty_snapshot_is_clear():
    assert results() == []


def test_a_plan_that_fits_the_pace_is_clear():
    assert results(RELEASE, *inside(8), *HISTORY) == []


def test_nothing_open_is_clear():
    assert results(RELEASE, *HISTORY) == []


def test_a_released_version_is_clear():
    done = version("2.0", release="2026-12-18", state="released")
    assert results(done, *inside(60), *HISTORY) == []


def test_without_a_target_there_is_nothing_to_miss():
    undated = version("2.0")
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0"),))
    assert results(undated, *inside(60, undated), *HISTORY, settings=settings) == []


def test_more_than_the_pace_gives_is_late():
    (found,) = results(RELEASE, *inside(40), *HISTORY)
    assert (found.subject, found.standing) == (f"deliverable:{RELEASE.key}", Standing.AT_RISK)
    assert not found.holds
    assert found.planned == date(2026, 12, 18)
    assert found.expected > date(2027, 1, 15)
    assert found.slip > 15
    assert found.summary.startswith(
        "PAY 2.0 is almost certain (more than 19 in 20) to miss Fri 18 Dec"
    )
    assert "most likely done" in found.summary
    assert found.owner == "team:payments"
    assert "take out" in found.act
    assert "move it to" in found.act
    texts = [fact.text for fact in found.facts]
    assert any("40 items open" in text for text in texts)
    assert any(
        "Finished in each of the last weeks: 5, 5, 5, 5; 11 a week are needed" in t for t in texts
    )
    assert any("85 % sure by" in text for text in texts)
    assert any("Chance to miss Fri 18 Dec: more than 95 %" in text for text in texts)
    assert any("Grade A" in text for text in texts)
    assert found.clears


@pytest.mark.parametrize(("promised", "counts"), [((RELEASE.key,), False), ((), True)])
def test_a_pace_of_which_most_went_elsewhere_says_so(promised, counts):
    work = planned(40, milestones=(RELEASE.key,), created_at=LONG_AGO)
    history = finished(days=60, milestones=promised, created_at=LONG_AGO)
    (found,) = results(RELEASE, *work, *history)
    texts = [fact.text for fact in found.facts]
    assert any(text.startswith("Only about 0.9 a week of these counts") for text in texts) is counts


def test_a_part_of_a_fast_pace_is_a_number_that_people_read():
    work = planned(400, milestones=(RELEASE.key,), created_at=LONG_AGO)
    history = finished(days=60, each=15, created_at=LONG_AGO)
    (found,) = results(RELEASE, *work, *history)
    assert any(f.text.startswith("Only about 13 a week of these counts") for f in found.facts)


def test_leaders_read_no_key_and_no_name():
    (found,) = results(RELEASE, *inside(40), *HISTORY)
    assert "PAY-" not in found.plain
    assert "promised Fri 18 Dec" in found.plain


def chance(*things):
    view = view_of(*things)
    (one,) = view.deliverables
    return view.once(Forecasts).of(one).late


@pytest.mark.parametrize(("over", "told", "holds"), [(-1, 1, True), (0, 1, False), (1, 1, False)])
def test_enter_threshold(over, told, holds):
    things = (RELEASE, *inside(22), *HISTORY)
    late = chance(*things)
    found = results(*things, params=Params(enter=late - over / 1000, exit=0.0))
    assert len(found) == told
    assert found[0].holds is holds


@pytest.mark.parametrize(("over", "told"), [(-1, 0), (0, 1), (1, 1)])
def test_exit_threshold(over, told):
    things = (RELEASE, *inside(22), *HISTORY)
    assert len(results(*things, params=Params(exit=chance(*things) - over / 1000))) == told


@pytest.mark.parametrize(
    ("day", "holds"),
    [("2026-11-20", []), ("2026-11-23", [True]), ("2026-11-24", [False]), ("2026-11-25", [False])],
)
def test_near_the_date_nothing_is_news_and_nothing_is_over(day, holds):
    release = release_of(day)
    assert [one.holds for one in results(release, *inside(60, release), *HISTORY)] == holds


@pytest.mark.parametrize(("far", "told"), [(18, 0), (19, 1), (20, 1)])
def test_too_far_to_be_told(far, told):
    found = results(RELEASE, *inside(60), *HISTORY, params=Params(farthest_bd=far))
    assert len(found) == told


def test_too_little_history_is_unknown():
    (found,) = results(RELEASE, *inside(40), *finished(days=7))
    assert isinstance(found, Unknown)
    assert "cannot be forecast: too little history" in found.reason


def test_a_team_without_history_makes_all_unknown():
    ledger = planned(6, "LED", milestones=(RELEASE.key,))
    (found,) = results(RELEASE, *inside(40), *ledger, *HISTORY)
    assert isinstance(found, Unknown)


def test_little_history_is_never_grave():
    few = finished(days=19, milestones=(RELEASE.key,), created_at=LONG_AGO)
    (sure,) = results(RELEASE, *inside(60), *HISTORY)
    (unsure,) = results(RELEASE, *inside(60), *few)
    assert sure.severity is Severity.HIGH
    assert unsure.severity is Severity.MEDIUM


@pytest.mark.parametrize(
    ("tier", "severity"), [("A", Severity.CRITICAL), ("B", Severity.HIGH), ("C", Severity.MEDIUM)]
)
def test_severity_by_tier(tier, severity):
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0", tier=tier),))
    (found,) = results(RELEASE, *inside(60), *HISTORY, settings=settings)
    assert found.severity is severity


def test_a_sprint_that_carries_over_is_never_grave():
    run = sprint("Sprint 41", start="2026-11-16", end="2026-12-04")
    (found,) = results(run, *planned(40, sprint=run.key), *finished(days=60, created_at=LONG_AGO))
    assert found.severity <= Severity.MEDIUM


def test_likely_is_less_grave_than_almost_certain():
    things = (RELEASE, *inside(21), *HISTORY)
    assert 0.6 < chance(*things) < 0.85
    (found,) = results(*things, params=Params(enter=0.5))
    assert found.severity is Severity.MEDIUM


def test_programs_hear_of_it():
    settings = config(programs=(program("checkout", teams=("payments",)),))
    (found,) = results(RELEASE, *inside(40), *HISTORY, settings=settings)
    assert found.programs == ("checkout",)


def test_how_the_likely_day_moved_is_told_from_the_kept_forecasts():
    subject = f"deliverable:{RELEASE.key}"
    days = (date(2026, 12, 1), None, date(2026, 12, 20))
    pasts = [
        PastForecast(
            forecast=Forecast(subject=subject, name="PAY 2.0", p50=p50),
            made_at=LONG_AGO,
            made_on=date(2026, 11, 2 + 7 * week),
        )
        for week, p50 in enumerate(days)
    ]
    other = replace(pasts[0], forecast=replace(pasts[0].forecast, subject="deliverable:x"))
    (found,) = results(RELEASE, *inside(40), *HISTORY, pasts=(*pasts, other))
    assert found.course[:-1] == (
        (date(2026, 11, 2), date(2026, 12, 1)),
        (date(2026, 11, 16), date(2026, 12, 20)),
    )
    assert found.course[-1] == (date(2026, 11, 23), found.expected)
    assert found.sure_by > found.expected


@pytest.mark.parametrize(("spread", "told"), [(0.3, False), (0.0, True)])
def test_what_was_foretold_item_by_item_before_says_so(spread, told):
    """One more item made it: what it moved by may be the other way of telling alone."""
    before = Forecast(
        subject=f"deliverable:{RELEASE.key}", name="2.0", p50=date(2026, 12, 18), spread=spread
    )
    past = PastForecast(
        forecast=before, made_at=AS_OF - timedelta(days=7), made_on=date(2026, 11, 16)
    )
    (found,) = results(RELEASE, *inside(40), *HISTORY, pasts=(past,))
    said = "Told by the pace of its team, no longer item by item as on Mon 16 Nov"
    assert (said in [fact.text for fact in found.facts]) is told


def test_earlier_forecasts_of_the_team_are_shown_with_what_came_true():
    told = Forecast(subject="d", name="PAY 1.9", teams=("payments",), p50=date(2026, 10, 9))
    came_true = PastForecast(
        forecast=told, made_at=LONG_AGO, made_on=date(2026, 9, 1), done_on=date(2026, 10, 13)
    )
    other = replace(came_true, forecast=replace(told, name="LED 4", teams=("ledger",)))
    still = replace(came_true, done_on=None)
    (found,) = results(RELEASE, *inside(40), *HISTORY, pasts=(came_true, other, still))
    (text,) = [fact.text for fact in found.facts if "was expected by" in fact.text]
    assert text == (
        "On Tue 1 Sep PAY 1.9 was expected by Fri 9 Oct; it was done on Tue 13 Oct, "
        "2 working days later"
    )


def test_what_was_foretold_of_a_deliverable_is_told_by_the_name_that_it_has_now():
    told = Forecast(
        subject="deliverable:launch", name="Launch", teams=("payments",), p50=date(2026, 10, 9)
    )
    past = PastForecast(
        forecast=told, made_at=LONG_AGO, made_on=date(2026, 9, 1), done_on=date(2026, 10, 13)
    )
    settings = config(deliverables=(declared("launch", name="Go live"),))
    (found,) = results(RELEASE, *inside(40), *HISTORY, pasts=(past,), settings=settings)
    assert any("Go live was expected by" in fact.text for fact in found.facts)


def test_few_items_are_judged_by_their_age():
    old = [replace(one, created_at=AS_OF) for one in inside(2)]
    history = finished(days=60, cycle=3)
    view = view_of(RELEASE, *old, *history)
    (one,) = view.deliverables
    assert view.once(Forecasts).of(one).grade is Grade.B
    assert results(RELEASE, *old, *history) == []
    soon = release_of("2026-11-27")
    late = planned(2, milestones=(soon.key,), created_at=AS_OF)
    assert len(results(soon, *late, *finished(days=60, cycle=9))) == 1


def answer_on(day, *things):
    return evaluate(snapshot(*things, as_of=f"2026-11-{day} 08:00"), config(), assume_fresh=True)


def test_it_is_told_on_the_second_day_in_a_row():
    things = (RELEASE, *inside(40), *HISTORY)
    held, told = (), []
    for day in (23, 24):
        answer = answer_on(day, *things)
        steps = [
            step
            for step in advance(held, answer, answer.as_of, next_number=1, first_pass=False)
            if step.alert.finding.rule == RULE.id
        ]
        told += [step.told for step in steps]
        held = tuple(step.alert for step in steps) or held
    assert told[-1]
    assert not any(told[:-1])


def test_stale_data_makes_it_unknown():
    held = snapshot(RELEASE, *inside(40), *HISTORY, stale={"jira:PAY": "2026-11-20 08:00"})
    answer = evaluate(held, config(), (RULE,))
    assert answer.findings == ()
    assert [one.rule for one in answer.unknown] == [RULE.id]


def test_a_pace_that_rests_on_stale_data_makes_it_unknown():
    code = finished("GH", days=60, source="github")
    settings = config(teams=(team("payments", "jira:PAY", "github:GH"),))
    held = snapshot(RELEASE, *inside(40), *code, stale={"github:GH": "2026-11-20 08:00"})
    answer = evaluate(held, settings, (RULE,))
    assert answer.findings == ()
    assert [one.reason for one in answer.unknown] == ["no complete reading of github:GH"]


@pytest.mark.parametrize(
    ("zone", "home", "as_of", "told"),
    [
        ("America/Los_Angeles", "Pacific/Auckland", "2026-11-24 07:59", 1),
        ("America/Los_Angeles", "Pacific/Auckland", "2026-11-24 08:00", 0),
        ("Pacific/Auckland", "America/Los_Angeles", "2026-11-23 10:59", 1),
        ("Pacific/Auckland", "America/Los_Angeles", "2026-11-23 11:00", 0),
    ],
)
def test_what_it_foretells_goes_on_until_the_day_is_over_where_the_team_is(zone, home, as_of, told):
    due = release_of("2026-11-23")
    teams = (team("payments", "jira:PAY", timezone=zone),)
    here = config(calendar=WorkingCalendar(zone=home), teams=teams)
    found = results(due, *inside(60, due), *HISTORY, settings=here, as_of=as_of)
    assert len(found) == told


def test_what_is_overdue_speaks_for_itself():
    late = release_of("2026-11-20")
    answer = answer_on(23, late, *planned(40, milestones=(late.key,)), *HISTORY)
    assert [one.rule for one in answer.findings if one.subject == f"deliverable:{late.key}"] == [
        "overdue"
    ]


def test_delivered_items_are_no_longer_ahead():
    done = [replace(one, phase=Phase.DONE, done_at=LONG_AGO) for one in inside(40)[:35]]
    assert results(RELEASE, *done, *inside(40)[35:], *HISTORY) == []
    assert isinstance(results(RELEASE, *inside(40), *HISTORY)[0], Finding)


def test_it_can_be_put_before_what_comes_first():
    sooner = version("1.9", release="2026-12-11")
    others = planned(30, first=500, milestones=(sooner.key,))
    team_history = finished(days=60)
    first, second = results(RELEASE, sooner, *inside(12), *others, *team_history)
    assert "before the" not in first.act
    assert "do it before the 30 items of others, or move it to" in second.act


def test_what_takes_more_than_five_years_is_late():
    (found,) = results(RELEASE, *inside(4000), *HISTORY)
    assert found.summary == (
        "PAY 2.0 is almost certain (more than 19 in 20) to miss Fri 18 Dec: at the present pace it "
        "is most likely done in more than five years."
    )
    assert (found.expected, found.slip) == (None, None)


def test_a_day_of_a_hundred_counts_less_and_that_is_told():
    burst = finished(days=1, each=100, milestones=(RELEASE.key,), created_at=LONG_AGO)
    burst = [replace(one, key=key(f"PAY-x{n}")) for n, one in enumerate(burst[::3])]
    (found,) = results(RELEASE, *inside(60), *HISTORY, *burst)
    assert any("More was finished on 1 day than" in fact.text for fact in found.facts)


def moved_to(*things, **more):
    (found,) = results(RELEASE, *inside(40), *HISTORY, *things, **more)
    return found.act.partition("move it to ")[2]


def test_nobody_is_told_to_deliver_in_a_freeze():
    today, sure = date(2026, 11, 23), results(RELEASE, *inside(40), *HISTORY)[0].sure_by
    freeze = event("Year-end freeze", sure, last=sure + timedelta(days=3))
    after = wording.day(WorkingCalendar().shift(freeze.last_day, 1), today)
    sure = wording.day(sure, today)
    why = f'(85 % sure by {sure}, which lies in the freeze "Year-end freeze")'
    assert moved_to(freeze) == f"{after} {why}."
    assert moved_to(replace(freeze, status="cancelled")) == f"{sure}."


def test_nobody_is_told_to_deliver_on_a_day_off_of_a_team_that_takes_part():
    sure = results(RELEASE, *inside(40), *HISTORY)[0].sure_by
    calendars = {"x": WorkingCalendar(days_off=frozenset({sure}))}
    other = issue("LED-1", milestones=(RELEASE.key,), phase=Phase.DROPPED)
    teams = team("payments", "jira:PAY"), team("ledger", "jira:LED", calendar="x")
    told = moved_to(other, settings=config(teams=teams, calendars=calendars))
    assert "which falls on a day off of Ledger)" in told


def test_items_that_cannot_be_seen_are_told_as_not_known():
    work = inside(40)
    held = snapshot(RELEASE, *work, *HISTORY, invisible=[one.key for one in work[:2]])
    (found,) = [one for one in evaluate(held, config()).findings if one.rule == RULE.id]
    assert "40 items open; 2 cannot be seen now and count as last seen" in [
        fact.text for fact in found.facts
    ]


def test_of_little_history_the_range_is_told_and_no_single_day():
    (sure,) = results(RELEASE, *inside(60), *HISTORY)
    (vague,) = results(RELEASE, *inside(30), *finished(days=12, milestones=(RELEASE.key,)))
    assert "most likely done" in sure.summary
    assert "most likely" not in vague.summary + vague.plain
    for text in (vague.summary, vague.plain):
        assert "done some time from" in text


def test_the_pace_that_is_needed_is_never_told_too_low():
    far = release_of("2027-03-12")
    view = view_of(far, *inside(6, far), *HISTORY)
    whole = view.deliverables[0]
    told = [one.text for one in outlooks.facts(view, whole, view.once(Forecasts).of(whole))]
    assert any(text.endswith("; 1 a week is needed for 79 working days") for text in told), told
