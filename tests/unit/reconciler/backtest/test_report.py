"""Figures of a few days that are written down by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from syncd.model.alerts import Alert, AlertState, NoticeKind, Notification, Reason, Transition
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Finding, Severity, Standing
from syncd.model.forecasts import Share
from syncd.reconciler.backtest.commitments import Look, Outcome, Promise
from syncd.reconciler.backtest.days import Came, Day, Ending, Foretold, called
from syncd.reconciler.backtest.plain import Plain
from syncd.reconciler.backtest.report import outcomes_of, report
from syncd.reconciler.backtest.sent import rightness, sent

CALENDAR = WorkingCalendar()
MONDAY = date(2026, 11, 2)
DUE = date(2026, 11, 27)
LATE, FINE, WRONG = (Promise(f"deliverable:{name}", DUE) for name in ("late", "fine", "wrong"))
OUTCOMES = ((FINE, Outcome.KEPT), (LATE, Outcome.MISSED), (WRONG, Outcome.KEPT))


def moment(day):
    return datetime.combine(day, time(18), UTC)


def look(promise, on, late=0.5, *, burn_up=-0.5, behind=-0.5, **more):
    return Look(
        promise=promise,
        name=promise.subject,
        on=on,
        left=CALENDAR.between(on, promise.day),
        late=late,
        plain=Plain(burn_up=burn_up, behind=behind),
        in_hindsight=more.get("in_hindsight", False),
        configured=more.get("configured", False),
    )


def day(on, *looks, says=(), settled=(), transitions=(), notices=(), foretold=(), failures=()):
    return Day(
        as_of=moment(on),
        on=on,
        looks=looks,
        called=frozenset(says),
        settled=settled,
        transitions=transitions,
        notices=notices,
        foretold=foretold,
        failures=failures,
    )


def ending(*settled, on=date(2026, 12, 1), came=()):
    return Ending(on=on, settled=settled, came=came)


def opened(rule, subject, on, *, reason=Reason.OPENED, told=True, **more):
    alert = Alert(
        fingerprint=f"{rule} {subject}",
        number=1,
        state=AlertState.FIRING,
        finding=Finding(
            rule=rule, subject=subject, severity=Severity.HIGH, standing=Standing.AT_RISK,
            ref=subject, title=subject, summary="", plain="", act="", clears="", **more,
        ),
        opened_at=moment(on),
        changed_at=moment(on),
    )  # fmt: skip
    return Transition(alert=alert, before=None, reason=reason, at=moment(on), told=told)


def notice(person, *transitions, kind=NoticeKind.ALERT):
    return Notification(kind=kind, person=person, transitions=transitions, as_of=transitions[0].at)


# Week by week: the late one is called from 9 Nov on, the wrong one on 9 Nov only.
WEEKS = [MONDAY + timedelta(weeks=number) for number in range(4)]
DAYS = [
    day(WEEKS[0], look(LATE, WEEKS[0], 0.4), look(FINE, WEEKS[0], 0.2), look(WRONG, WEEKS[0], 0.3)),
    day(
        WEEKS[1],
        look(LATE, WEEKS[1], 0.9, burn_up=0.5), look(FINE, WEEKS[1], 0.1),
        look(WRONG, WEEKS[1], 0.8, behind=0.1),
        says=(LATE, WRONG),
    ),
    day(
        WEEKS[2],
        look(LATE, WEEKS[2], 0.95, burn_up=0.5), look(FINE, WEEKS[2], 0.1),
        look(WRONG, WEEKS[2], 0.2),
        says=(LATE,),
    ),
    day(WEEKS[3], look(LATE, WEEKS[3], 0.95), look(FINE, WEEKS[3], 0.1), says=(LATE,)),
]  # fmt: skip


def ways(rows):
    return {row.way: row for row in rows}


def test_commitments_are_counted_by_how_they_ended():
    ahead = Promise("deliverable:next", date(2026, 12, 18))
    moved = Promise("deliverable:moved", DUE)
    hidden = Promise("deliverable:hidden", DUE)
    days = [
        *DAYS[:-1],
        day(
            WEEKS[3], look(ahead, WEEKS[3]), look(moved, WEEKS[3], configured=True),
            look(hidden, WEEKS[3], in_hindsight=True),
        ),
    ]  # fmt: skip
    found = report(
        days, ending(*OUTCOMES, (moved, Outcome.MOVED), (hidden, Outcome.MISSED)), people=1
    )
    kind = found.deliverables
    assert kind.outcomes == {
        Outcome.KEPT: 2, Outcome.MISSED: 1, Outcome.MOVED: 1, Outcome.GONE: 0,
    }  # fmt: skip
    assert (kind.still_ahead, kind.in_hindsight, found.configured) == (1, 1, 1)
    assert kind.unannounced == Share(1, 2)
    assert found.issues.outcomes[Outcome.KEPT] == 0


def test_what_was_said_so_many_days_before():
    found = report(DAYS, ending(*OUTCOMES), people=1).deliverables
    rows = {(row.before, row.way): row for row in found.ahead}
    # 14 calendar days before 27 Nov is 13 Nov: the look of 9 Nov counts.
    ours = rows[14, "syncd"]
    assert (ours.asked, ours.missed) == (3, 1)
    assert (ours.precision, ours.recall) == (Share(1, 2), Share(1, 1))
    assert ours.auc == 1.0
    assert (ours.compared, ours.rarer) == (3, 1), "AUC rests on the one that was missed"
    assert ours.brier == pytest.approx((0.1**2 + 0.1**2 + 0.8**2) / 3)
    assert rows[14, "linear burn-up"].precision == Share(1, 1)
    assert rows[14, "share done < share elapsed"].precision == Share(0, 1)
    assert rows[14, "always on time"].recall == Share(0, 1)
    assert rows[14, "always on time"].brier == pytest.approx(1 / 3)
    assert rows[30, "syncd"].asked == 0, "nothing was looked at so early"


def test_how_early_each_way_spoke():
    found = ways(report(DAYS, ending(*OUTCOMES), people=1).deliverables.alarms)
    ours = found["syncd"]
    assert (ours.precision, ours.recall, ours.false_alarms) == (
        Share(1, 2), Share(1, 1), Share(1, 2),
    )  # fmt: skip
    assert ours.lead == (14, 14), "working days from 9 to 27 Nov"
    assert found["always on time"].recall == Share(0, 1)
    passed = found["date passed"]
    assert (passed.precision, passed.recall, passed.lead) == (Share(1, 1), Share(1, 1), (0, 0))


def test_an_alert_calls_what_it_expects_after_the_promised_day():
    looks = [look(LATE, MONDAY), look(FINE, MONDAY)]
    late = opened("forecast-late", LATE.subject, MONDAY, expected=date(2026, 11, 28)).alert
    fine = opened("stalled", FINE.subject, MONDAY, expected=DUE).alert
    vague = opened("stalled", FINE.subject, MONDAY).alert
    assert called(looks, [late, fine, vague]) == {LATE}
    waiting = Alert(
        fingerprint="x", number=2, state=AlertState.PENDING, finding=late.finding,
        opened_at=moment(MONDAY), changed_at=moment(MONDAY),
    )  # fmt: skip
    assert called(looks, [waiting]) == frozenset()


def forecast(made, *, p50=5, p85=10, p95=20, due=8):
    return Foretold(
        subject="deliverable:x", made_at=moment(made), days=(p50,), p50=p50, p85=p85, p95=p95, due=due
    )  # fmt: skip


def came(made, took, lasted):
    return Came(subject="deliverable:x", made_at=moment(made), took=took, lasted=lasted)


def dates(*pairs):
    made = [MONDAY + timedelta(days=number) for number in range(len(pairs))]
    days = [day(on, foretold=(one,)) for on, one in ((m, forecast(m)) for m in made)]
    ends = [came(on, took, lasted) for on, (took, lasted) in zip(made, pairs, strict=True)]
    return report(days, ending(came=tuple(ends)), people=0).dates


def test_dates_are_judged_once_their_day_has_come():
    found = dates((4, 30), (9, 30), (15, 30), (None, 12), (None, 7))
    assert (found.made, found.judged, found.compared) == (5, 4, 4)
    assert found.by_p50 == Share(1, 5)
    assert found.by_p85 == Share(2, 4), "after 7 days nobody knows whether it takes 10"
    assert found.by_p95 == Share(3, 3)
    assert found.by_due == Share(1, 4)
    assert found.sharpness == 2


def test_errors_are_counted_in_days_to_the_middle_date():
    found = dates((4, 30), (15, 30))
    assert found.crps == pytest.approx((1 / 5 + 10 / 5) / 2)
    assert found.crps_due == pytest.approx((4 / 5 + 7 / 5) / 2)


def test_what_is_open_counts_as_long_as_it_has_lasted():
    assert dates((None, 12)).crps == pytest.approx(7 / 5)


def test_a_forecast_of_what_is_not_there_any_more_is_not_judged():
    made = day(MONDAY, foretold=(forecast(MONDAY),))
    assert report([made], ending(), people=0).dates.judged == 0


def test_noise_is_counted_in_what_people_would_have_got():
    mine = opened("forecast-late", LATE.subject, WEEKS[0], deliverable="late")
    silent = opened("stalled", "x", WEEKS[0], told=False)
    back = opened(
        "forecast-late", LATE.subject, WEEKS[1], reason=Reason.REOPENED, deliverable="late"
    )
    old = opened("overdue", "y", WEEKS[0], reason=Reason.ADOPTED, told=False)
    days = [
        day(
            WEEKS[0], look(LATE, WEEKS[0]), look(FINE, WEEKS[0]), transitions=(mine, silent, old),
            notices=(notice("dana", mine), notice("bo", mine),
                     notice("bo", old, kind=NoticeKind.ADOPTION)),
        ),
        day(WEEKS[1] - timedelta(days=1), transitions=(back,), notices=(notice("dana", back),)),
    ]  # fmt: skip
    found = report(days, ending((LATE, Outcome.MISSED)), people=2).noise
    assert found.alerts == 2
    assert found.per_deliverable_week == pytest.approx(2), "one deliverable on average, one week"
    assert found.per_person_week == pytest.approx(3 / 2)
    assert found.per_miss == 2
    assert found.flaps_per_alert == pytest.approx(1 / 3)


def test_what_was_sent_to_whom_and_what_came_of_it():
    mine = opened("forecast-late", LATE.subject, WEEKS[0])
    part = opened("stalled", "jira:issue:1", WEEKS[0], deliverable="fine")
    gone = opened("overdue", "jira:issue:2", WEEKS[1], planned=WEEKS[0])
    days = [
        day(
            WEEKS[0], look(LATE, WEEKS[0]), look(FINE, WEEKS[0]), transitions=(mine, part),
            notices=(notice("dana", mine, part), notice("bo", mine)),
        ),
        day(WEEKS[1], look(FINE, WEEKS[1]), transitions=(gone,)),
    ]  # fmt: skip
    passed = (Promise("jira:issue:2", WEEKS[0]), Outcome.MISSED)
    outcomes = outcomes_of(days, ending(*OUTCOMES, passed))
    found = {one.transition.alert.finding.rule: one for one in sent(days, outcomes)}
    late, stalled, overdue = found["forecast-late"], found["stalled"], found["overdue"]
    assert (late.people, late.left, late.outcome) == (("bo", "dana"), 19, Outcome.MISSED)
    assert (stalled.people, stalled.outcome) == (("dana",), Outcome.KEPT)
    assert (overdue.people, overdue.left, overdue.outcome) == ((), None, Outcome.MISSED)
    right = rightness("any", found.values())
    assert (right.alerts, right.right, right.lead) == (3, Share(2, 3), 9.5)


def test_the_summary_of_the_first_day_is_told_too_unless_another_alert_speaks_for_it():
    old = opened("stalled", LATE.subject, WEEKS[0], reason=Reason.ADOPTED, told=False)
    spoken_for = replace(old, alert=replace(old.alert, inhibited_by="root"))
    quiet = opened("overdue", LATE.subject, WEEKS[0], told=False)
    days = [day(WEEKS[0], look(LATE, WEEKS[0]), transitions=(old, spoken_for, quiet))]
    told = sent(days, outcomes_of(days, ending(*OUTCOMES)))
    assert [one.transition for one in told] == [old]
    assert rightness("stalled", told).right == Share(1, 1)


def test_a_date_known_in_hindsight_tells_nothing_of_an_alert():
    mine = opened("forecast-late", LATE.subject, WEEKS[0])
    days = [day(WEEKS[0], look(LATE, WEEKS[0], in_hindsight=True), transitions=(mine,))]
    (found,) = sent(days, outcomes_of(days, ending(*OUTCOMES)))
    assert found.outcome is None


def test_a_rule_that_failed_is_named():
    days = [day(MONDAY, failures=("stalled",)), day(WEEKS[1], failures=("stalled", "overdue"))]
    assert report(days, ending(), people=0).failures == (("overdue", 1), ("stalled", 2))


def test_days_without_anything_have_no_figures_and_no_error():
    found = report([day(MONDAY)], ending(), people=0)
    assert found.noise.per_person_week is None
    assert found.dates.crps is None
    assert found.deliverables.unannounced.value is None
