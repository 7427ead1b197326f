from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity, Unknown
from syncd.model.items import Account, Attendee, Level, Phase
from syncd.reconciler.engine import foreseen
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.rules.gate_too_early import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import (
    LONG_AGO,
    config,
    declared,
    event,
    issue,
    link,
    parent_of,
    snapshot,
    version,
)
from syncd.testing.histories import finished, planned

TODAY = date(2026, 11, 23)
RELEASE = version("Checkout 2.0", release="2027-01-29")
HISTORY = finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO)
WORK = planned(10, milestones=(RELEASE.key,))
"""As likely done by the end of the first week of December as not."""


def review(day="2026-12-02", **fields):
    return event("Checkout 2.0 go / no-go", day, **fields)


def results(*things, params=None, settings=None, **more):
    view = View(snapshot(*things, **more), settings or config(), estimates=foreseen)
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


def test_of_a_series_one_meeting_is_told():
    """It goes on after the target: each of its meetings would be a mail of its own."""
    series = [
        replace(event(f"Go / no-go {day}", day), recurring_id="daily")
        for day in ("2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03")
    ]
    release = version("Checkout 2.0", release="2026-12-02")
    gates = ("calendar:summary~'go / no-go'",)
    named = declared("checkout", "jira:fixVersion=Checkout 2.0", gates=gates)
    settings = config(deliverables=(named,))

    def told(*meetings):
        found = results(release, *meetings, *WORK, *HISTORY, settings=settings)
        return [one.planned.isoformat() for one in found]

    assert told(*series) == ["2026-12-01"]
    assert told(*series[2:]) == ["2026-12-02"]


def test_a_released_version_is_clear():
    assert results(replace(RELEASE, state="released"), review(), *WORK, *HISTORY) == []


FEW = planned(8, milestones=(RELEASE.key,), assignee="ada")
"""As likely done in the first days of December as not, were it not for what the last one waits for."""
LAST = FEW[-1]


def waits(due="2026-12-16", *, review_on="2026-12-09", **fields):
    """What is told where the last one waits for LED-88 of another team."""
    ledger = issue("LED-88", due=due, assignee="osei", **fields)
    return results(RELEASE, review(review_on), *FEW, *HISTORY, ledger, link(LAST, ledger))


def test_a_review_of_work_that_waits_for_something_later_is_told_with_what_it_waits_for():
    (found,) = waits()
    assert found.summary == (
        '"Checkout 2.0 go / no-go" on Wed 9 Dec judges Checkout 2.0, which waits for LED-88 and is '
        "most likely done Mon 21 Dec, 8 working days later."
    )
    assert found.plain == "The review of Checkout 2.0 on Wed 9 Dec comes 8 working days too early."
    assert found.act.endswith(
        'move "Checkout 2.0 go / no-go" to Mon 21 Dec, or have LED-88 done sooner, or narrow what '
        "it judges."
    )
    assert (found.expected, found.slip, found.sure_by) == (date(2026, 12, 21), 8, None)
    assert [fact.text for fact in found.facts[1:]] == [
        "LED-88 is expected on Wed 16 Dec",
        "PAY-8 is blocked by LED-88",
        "PAY-8 is part of Checkout 2.0",
    ]
    assert "jira:LED" in {str(scope) for scope in found.scopes}


@pytest.mark.parametrize(("day", "told"), [("2026-12-18", 1), ("2026-12-21", 0), ("2026-12-22", 0)])
def test_a_review_on_the_day_that_what_is_waited_for_allows_is_in_time(day, told):
    assert len(waits(review_on=day)) == told


def test_what_waits_by_way_of_others_and_of_parts_is_told_with_where_it_begins():
    ledger = issue("LED-88", due="2026-12-16", assignee="osei")
    epic = issue("MOB-1", level=Level.EPIC, assignee="kim")
    part = issue("MOB-2", phase=Phase.TODO, assignee="kim")
    links = link(part, ledger), parent_of(part, epic), link(LAST, epic)
    held = (RELEASE, review("2026-12-09"), *FEW, *HISTORY, ledger, epic, part, *links)
    (found,) = results(*held)
    assert "which waits for LED-88 and is" in found.summary
    assert [fact.text for fact in found.facts[2:]] == [
        "MOB-2 is blocked by LED-88",
        "MOB-2 is part of MOB-1",
        "PAY-8 is blocked by MOB-1",
        "PAY-8 is part of Checkout 2.0",
    ]


@pytest.mark.parametrize(("due", "told"), [("2026-12-09", 1), ("2026-12-10", 0)])
def test_what_is_planned_for_after_the_review_is_not_judged_by_it(due, told):
    """To publish it, say."""
    ledger = issue("LED-88", due="2026-12-16", assignee="osei")
    last = replace(issue("PAY-9", due=due, assignee="ada"), milestones=(RELEASE.key,))
    epic = issue("PAY-20", level=Level.EPIC, milestones=(RELEASE.key,), assignee="ada")
    links = link(last, ledger), parent_of(last, epic)
    held = (RELEASE, review("2026-12-09"), *FEW, *HISTORY, ledger, epic, last, *links)
    assert len(results(*held)) == told


def test_too_little_history_is_no_matter_where_what_is_waited_for_comes_later():
    ledger = issue("LED-88", due="2026-12-16", assignee="osei")
    things = (RELEASE, *FEW, ledger, link(LAST, ledger))
    (found,) = results(review("2026-12-09"), *things)
    assert "which waits for LED-88" in found.summary
    (found,) = results(review("2026-12-16"), *things)
    assert isinstance(found, Unknown)


def test_the_date_of_the_release_is_no_day_that_its_parts_wait_for():
    """Two linked items of one release, of which nothing tells more than that."""
    assert results(RELEASE, review("2026-12-16"), *FEW, *HISTORY, link(LAST, FEW[0])) == []
    (found,) = results(RELEASE, review("2026-12-16"), *FEW, link(LAST, FEW[0]))
    assert isinstance(found, Unknown)


def test_the_name_of_a_restricted_item_is_not_told():
    (found,) = waits(restricted=True)
    assert "which waits for a restricted item and is most likely done Mon 21 Dec" in found.summary
    assert len(found.facts) == 1


def test_little_history_is_told_as_a_range():
    few = finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO)
    some = [one for number, one in enumerate(few) if number // 3 % 5 == 0]
    (found,) = results(
        RELEASE, review("2026-12-18"), *planned(12, milestones=(RELEASE.key,)), *some
    )
    assert "which is done some time from" in found.summary
    assert "most likely" not in found.summary
    assert found.summary.endswith(" or more.")
    assert found.plain.endswith(" or more too early.")


def test_no_pace_is_asked_for_a_target_that_has_passed():
    late = version("Checkout 2.0", release="2026-11-13")
    work = planned(10, milestones=(late.key,))
    done = finished(days=60, milestones=(late.key,), created_at=LONG_AGO)
    (found,) = results(late, review(), *work, *done)
    (told,) = [one.text for one in found.facts if one.text.startswith("Finished in each")]
    assert told == "Finished in each of the last weeks: 5, 5, 5, 5"
