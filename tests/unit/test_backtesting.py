"""Days lived once more: which, and what is carried from one to the next."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from syncd.alerts.muting import NO_LIMITS
from syncd.backtesting import Past, Replay, days_between
from syncd.model.alerts import NoticeKind, Reason
from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Phase
from syncd.model.people import Role
from syncd.reconciler.backtest.commitments import Outcome
from syncd.reconciler.rules import load_rules
from syncd.testing.builders import LONG_AGO, at, config, issue, snapshot, version
from syncd.testing.histories import finished, planned
from syncd.testing.organisation import person, program, team

CALENDAR = WorkingCalendar(zone="Europe/Berlin")
NOW = at("2026-12-31T12:00")
CONFIG = config(
    calendar=CALENDAR,
    teams=(team("payments", "jira:PAY"),),
    people=(person("dana", role=Role.TPM, programs=("checkout",)),),
    programs=(program("checkout", teams=("payments",)),),
)
RELEASE = version("2.0", release="2026-12-04", start=date(2026, 9, 1))
LOAD = planned(80, milestones=(RELEASE.key,))
HISTORY = finished(days=60, as_of="2026-11-03", milestones=(RELEASE.key,))


def ends(since, until, step=1, calendar=CALENDAR, now=NOW):
    return days_between(date.fromisoformat(since), date.fromisoformat(until), step, calendar, now)


def replayed(things_on, since="2026-11-03", until="2026-11-20", step=1, now=NOW, **more):
    """The days and the end of a life in which `things_on` tells what is there at a moment."""
    past = Past(
        snapshot=lambda as_of: snapshot(*things_on(as_of), as_of=as_of),
        config=lambda _: CONFIG,
        rules=load_rules(),
        **more,
    )
    replay = Replay(past)
    days = [replay.day(as_of) for as_of in ends(since, until, step)]
    return days, replay.end(now)


def told(days, rule):
    return [
        (day.on, one.reason)
        for day in days
        for one in day.transitions
        if one.alert.finding.rule == rule and one.told
    ]


def test_days_end_at_local_midnight_on_working_days_only():
    days = ends("2026-11-06", "2026-11-09")
    assert days == (
        datetime(2026, 11, 6, 22, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 9, 22, 59, 59, tzinfo=UTC),
    )
    assert CALENDAR.local_date(days[0]) == date(2026, 11, 6)


def test_days_over_a_change_of_clocks():
    before, after = ends("2026-10-23", "2026-10-26")
    assert (before.hour, after.hour) == (21, 22)


@pytest.mark.parametrize(
    ("since", "step", "count"),
    [("2026-11-02", 1, 10), ("2026-11-02", 5, 2), ("2026-11-02", 9, 2), ("2026-11-02", 10, 1)],
)
def test_a_step_counts_working_days(since, step, count):
    assert len(ends(since, "2026-11-13", step)) == count


def test_a_day_off_is_passed_over_and_today_ends_now():
    assert [CALENDAR.local_date(one).day for one in ends("2026-11-07", "2026-11-10")] == [9, 10]
    now = at("2026-11-10T09:00")
    assert ends("2026-11-09", "2026-11-13", now=now)[-1] == now
    assert len(ends("2026-11-09", "2026-11-13", now=now)) == 2


def test_a_calendar_without_a_working_day_has_none():
    idle = WorkingCalendar(weekend=frozenset(range(7)))
    assert ends("2026-11-02", "2026-11-13", calendar=idle) == ()


def test_old_problems_are_adopted_on_the_first_day_and_told_in_one_summary():
    late = issue("PAY-1", due="2026-10-01", updated_at=LONG_AGO)
    (first, *_), _ = replayed(lambda _: [late])
    assert {one.reason for one in first.transitions} == {Reason.ADOPTED}
    assert [one.kind for one in first.notices] == [NoticeKind.ADOPTION]
    (first, *_), _ = replayed(lambda _: [late], adopt=False, limits=NO_LIMITS)
    assert Reason.OPENED in {one.reason for one in first.transitions}


def test_an_alert_is_carried_on_waits_its_days_and_clears():
    grows, mended = at("2026-11-05T12:00"), at("2026-11-13T12:00")

    def things(as_of):
        many = LOAD if grows <= as_of < mended else LOAD[:6]
        later = version("2.0", release="2027-02-26", start=RELEASE.start)
        return [RELEASE if as_of < mended else later, *many, *HISTORY]

    days, _ = replayed(things)
    (opened, _), (cleared, _) = news = told(days, "forecast-late")
    assert [reason for _, reason in news] == [Reason.OPENED, Reason.CLEARED]
    assert opened > date(2026, 11, 5), "it is not believed at once"
    assert cleared > date(2026, 11, 13)
    numbers = [one.alert.number for day in days for one in day.transitions]
    assert numbers
    assert min(numbers) == 1


def test_only_who_heard_of_it_hears_that_it_is_over():
    late = issue("PAY-1", due="2026-11-04", updated_at=at("2026-11-03"))
    done = replace(late, claims=issue("PAY-1", due="2027-02-01").claims)
    days, _ = replayed(lambda as_of: [late if as_of < at("2026-11-12") else done])
    assert [reason for _, reason in told(days, "overdue")][-1] is Reason.CLEARED
    last = [day for day in days if day.on == date(2026, 11, 12)]
    assert {one.person for one in last[0].notices} == {"dana"}


def test_a_miss_is_foretold_settled_and_remembered():
    days, ending = replayed(lambda _: [RELEASE, *LOAD, *HISTORY], until="2026-11-27")
    promise = next(iter(days[-1].called))
    assert promise.day == date(2026, 12, 4)
    assert ending.settled == ((promise, Outcome.MISSED),)
    weeks = [one.made_at for day in days for one in day.foretold]
    assert len(weeks) == 4, "kept once a week"
    (first, *_) = ending.came
    assert (first.took, first.lasted) == (None, CALENDAR.between(days[0].on, date(2026, 12, 31)))


def test_own_forecasts_are_carried_and_come_true_on_the_way():
    def things(as_of):
        work = planned(8, milestones=(RELEASE.key,))
        if as_of >= at("2026-11-18"):
            closed = at("2026-11-17T12:00")
            work = [
                replace(one, phase=Phase.DONE, done_at=closed, updated_at=closed) for one in work
            ]
        return [RELEASE, *work, *HISTORY]

    days, ending = replayed(things)
    assert any(day.foretold for day in days)
    assert {one.took for one in ending.came} == {
        CALENDAR.between(day.on, date(2026, 11, 17)) for day in days if day.foretold
    }


def test_the_same_past_gives_the_same_bytes():
    lives = [replayed(lambda _: [RELEASE, *LOAD, *HISTORY], step=3) for _ in range(2)]
    assert repr(lives[0]) == repr(lives[1])


def test_a_step_of_a_week_still_opens_what_lasts():
    days, _ = replayed(lambda as_of: [
        RELEASE, *(LOAD if as_of > at("2026-11-05") else LOAD[:2]), *HISTORY
    ], step=5, until="2026-12-01")  # fmt: skip
    assert Reason.OPENED in [reason for _, reason in told(days, "forecast-late")]
    gaps = {(late.on - early.on) for early, late in pairwise(days)}
    assert gaps == {timedelta(days=7)}
