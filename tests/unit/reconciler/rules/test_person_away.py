from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.model.findings import Severity, Unknown
from syncd.model.history import SECOND
from syncd.model.items import Phase
from syncd.reconciler.rules.person_away import RULE, Params
from syncd.reconciler.silence import Outcome, why_not
from syncd.reconciler.view import View
from syncd.testing.builders import (
    AS_OF,
    LONG_AGO,
    at,
    change,
    config,
    event,
    issue,
    link,
    person,
    snapshot,
    version,
)
from syncd.testing.histories import finished, planned

KIM = person(
    "kim", name="Kim Park", team="payments", accounts=(("jira", "kim"), ("calendar", "kim@cal"))
)
KEY = event("Away, entered anew", "2026-11-30").key
HISTORY = finished(days=60, cycle=5)
"""Such items take five working days."""


def work(due="2026-12-04", **fields):
    """Begun today, due in nine working days."""
    return issue("PAY-1", **({"due": due, "assignee": "kim", "state_entered_at": AS_OF} | fields))


def away(first="2026-11-30", last="2026-12-04", **fields):
    return event("Away", first, last=last, scope="kim@cal", **({"type": "out_of_office"} | fields))


def results(*things, params=None, people=(KIM,), **more):
    view = View(snapshot(*things, **more), config(people=people))
    return list(RULE.check(view, params or Params()))


def test_empty_snapshot_is_clear():
    assert results() == []


def test_nobody_away_is_clear():
    assert results(work(), *HISTORY) == []


def test_too_few_days_are_left():
    (found,) = results(work(), away(), *HISTORY)
    assert found.severity is Severity.MEDIUM
    assert found.summary == (
        "Title of PAY-1 (PAY-1) is due Fri 4 Dec, but Kim Park is away Mon 30 Nov to Fri 4 Dec: "
        "4 of 9 working days are left, and such items need 5."
    )
    assert "Kim" not in found.plain
    assert found.act == "Kim Park: hand PAY-1 over by Fri 27 Nov, or move its date to Mon 7 Dec."
    assert [fact.text for fact in found.facts[1:]] == [
        "Kim Park is away Mon 30 Nov to Fri 4 Dec",
        "Such items need 5 working days more, by half of them",
    ]
    assert "Away" not in str(found)


@pytest.mark.parametrize(
    ("release", "severity"), [("2026-12-03", Severity.HIGH), ("2026-12-04", Severity.MEDIUM)]
)
def test_on_the_critical_path_of_a_commitment_it_is_grave(release, severity):
    planned = version("2.0", release=release)
    last = issue("PAY-2", milestones=(planned.key,))
    (found,) = results(planned, work(), last, link(last, work()), away(), *HISTORY)
    assert found.severity is severity


@pytest.mark.parametrize(
    ("first", "told"), [("2026-11-30", 1), ("2026-12-01", 0), ("2026-12-02", 1)]
)
def test_enough_days_left_are_enough_but_for_the_last_three(first, told):
    """From Monday four days are left, from Tuesday five; but the end counts by itself."""
    last = "2026-12-03" if first != "2026-12-02" else "2026-12-04"
    first = "2026-11-27" if first == "2026-11-30" else first
    assert len(results(work(), away(first, last), *HISTORY)) == told


@pytest.mark.parametrize(
    ("first", "told"), [("2026-12-01", 1), ("2026-12-02", 1), ("2026-12-03", 0)]
)
def test_away_on_the_due_day_and_the_two_before_it(first, told):
    quick = finished(days=60, cycle=1)
    assert len(results(work(), away(first, "2026-12-04"), *quick)) == told


def mixed():
    """Such items took from one to twenty working days."""
    return [
        one
        for cycle in (1, 2, 4, 5, 6, 9, 14, 20)
        for one in finished(f"TEAM{cycle}", days=10, cycle=cycle)
    ]


ON_THE_WAY = {"state_entered_at": at("2026-11-23"), "created_at": at("2026-11-16")}


def on(day, absence, **fields):
    """What is told on a day of an item that Kim began on Monday 23 November."""
    item = work(**(ON_THE_WAY | fields))
    begun = change(item, "phase", "todo", "active", "2026-11-23")
    return results(item, begun, absence, *mixed(), as_of=f"{day} 09:00")


@pytest.mark.parametrize("day", ["2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04"])
def test_it_is_told_until_the_due_day_is_over_while_the_holder_stays_away(day):
    (found,) = on(day, away("2026-12-02", "2026-12-04"))
    assert not found.holds
    assert ("no working day is left" in found.summary) is (day == "2026-12-04")
    assert on("2026-12-07", away("2026-12-02", "2026-12-04")) == []


def test_it_is_not_over_because_the_days_left_would_no_longer_do_with_anybody():
    gone = away("2026-11-26", "2026-12-01")
    held = [on(f"2026-11-{day}", gone, due="2026-12-02")[0].holds for day in (24, 25, 26, 27, 30)]
    assert held == [False, False, False, True, True]


@pytest.mark.parametrize(
    ("day", "act"),
    [
        ("2026-11-27", "hand PAY-1 over by Fri 27 Nov, or move its date to Fri 11 Dec."),
        ("2026-11-30", "hand PAY-1 over, or move its date."),
        ("2026-12-01", "hand PAY-1 over, or move its date."),
    ],
)
def test_no_day_is_asked_for_that_is_another_one_each_day(day, act):
    (found,) = on(day, away())
    assert found.act == f"Kim Park: {act}"


def test_an_item_that_would_be_done_in_time_is_not_to_be_moved_to_an_earlier_day():
    (found,) = results(work(), away("2026-12-02", "2026-12-04"), *finished(days=60, cycle=1))
    assert found.act == "Kim Park: hand PAY-1 over by Tue 1 Dec, or move its date."


def test_an_absence_that_is_over_makes_no_news_of_the_next_one():
    first, second = (
        away("2026-11-25", "2026-11-25"),
        event("Away again", "2026-11-30", last="2026-12-04", scope="kim@cal", type="out_of_office"),
    )
    told = [results(work(), first, second, *HISTORY, as_of=f"2026-11-{day} 09:00")[0].material
            for day in (23, 26)]  # fmt: skip
    assert told == ["2026-11-25\n2026-11-30", "2026-11-30"]


def test_what_is_late_anyway_is_not_because_of_the_absence():
    slow = finished(days=60, cycle=12)
    (found,) = results(work(), away("2026-11-30", "2026-12-01"), *slow)
    assert found.holds


@pytest.mark.parametrize(("ahead", "told"), [(8, 0), (9, 1), (10, 1)])
def test_only_what_is_due_soon(ahead, told):
    assert len(results(work(), away(), *HISTORY, params=Params(ahead_bd=ahead))) == told


def test_how_long_it_takes_must_be_known():
    (found,) = results(work(), away("2026-11-30", "2026-12-01"))
    assert isinstance(found, Unknown)
    assert "too few like it were finished" in found.reason


def test_whoever_is_away_at_the_end_is_told_however_little_is_known_of_such_items():
    (found,) = results(work(), away("2026-11-24", "2026-12-11"))
    assert found.summary == (
        "Title of PAY-1 (PAY-1) is due Fri 4 Dec, but Kim Park is away Tue 24 Nov to Fri 11 Dec: "
        "0 of 9 working days are left."
    )
    assert found.act == "Kim Park: hand PAY-1 over by Mon 23 Nov, or move its date."
    assert "how long is not known" in found.facts[-1].text


def test_an_inherited_date_counts():
    release = version("2.0", release="2026-12-04")
    assert len(results(release, work(due=None, milestones=(release.key,)), away(), *HISTORY)) == 1


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.DROPPED])
def test_closed_items_are_clear(phase):
    assert results(work(phase=phase), away(), *HISTORY) == []


def test_what_has_no_date_or_holder_is_clear():
    assert results(work(due=None), away(), *HISTORY) == []
    assert results(work(assignee=None), away(), *HISTORY) == []
    assert results(work(assignee="osei"), away(), *HISTORY) == []


def test_a_second_assignee_is_there():
    joins = change(work(), SECOND, None, "osei", "2026-11-20")
    leaves = change(work(), SECOND, "osei", None, "2026-11-21")
    assert results(work(), away(), joins, *HISTORY) == []
    assert len(results(work(), away(), joins, leaves, *HISTORY)) == 1


def test_tentative_absences_and_other_events_are_none():
    assert results(work(), away(status="tentative"), *HISTORY) == []
    assert results(work(), away(type="focus"), *HISTORY) == []


@pytest.mark.parametrize(("hours", "told"), [(1, 0), (71, 0), (72, 1), (100, 1)])
def test_an_absence_counts_after_a_working_day(hours, told):
    """Seen on the Friday before at the same time of day, or later."""
    absence = away()
    seen = {absence.key: AS_OF - timedelta(hours=hours)}
    (found,) = results(work(), absence, *HISTORY, first_seen=seen)
    assert found.holds is not bool(told)


def test_an_absence_that_is_entered_anew_is_no_end_and_no_beginning():
    deleted, anew = away(status="cancelled"), replace(away(), key=KEY)
    earlier = event("Earlier", "2026-11-24", scope="kim@cal", type="out_of_office")
    for known in ((deleted,), (deleted, earlier)):
        (found,) = results(
            work(), *known, anew, *HISTORY, first_seen={anew.key: AS_OF - timedelta(hours=1)}
        )
        assert found.holds
        (told,) = results(
            work(), *known, anew, *HISTORY, as_of="2026-11-24 09:00", first_seen={anew.key: AS_OF}
        )
        assert not told.holds


def test_absences_after_the_due_day_do_not_matter():
    assert results(work(), away("2026-12-07", "2026-12-18"), *HISTORY) == []


def test_a_days_off_calendar_is_told_apart_from_absence():
    (found,) = results(work(), away("2026-11-28", "2026-12-04"), *HISTORY)
    assert "4 of 9 working days are left" in found.summary


def test_items_that_cannot_be_seen_are_not_judged():
    assert results(work(), away(), *HISTORY, invisible=[work().key]) == []


@pytest.mark.parametrize(
    ("absence", "fields", "reason"),
    [
        (away(), {"assignee": None}, "no absence of its assignee is known"),
        (away(status="tentative"), {}, "no absence of its assignee is known"),
        (away(), {"due": None}, "it has no date"),
        (away(), {"due": "2026-12-22"}, "it is due in 21 wd, over 20"),
        (away(), {"due": "2026-11-20"}, "its due day has passed"),
        (away("2026-12-07", "2026-12-08"), {}, "its assignee is there until it is due"),
        (away("2026-11-30", "2026-11-30"), {}, "8 of 9 wd are left, and such items need 5"),
    ],
)
def test_each_guard_says_why(absence, fields, reason):
    view = View(snapshot(work(**fields), absence, *HISTORY), config(people=(KIM,)))
    told = why_not(view, [RULE], RULE.id, [str(work().key)])
    assert (told.outcome, told.reasons) == (Outcome.SILENT, (reason,))


def test_an_absence_seen_just_now_says_why():
    view = View(
        snapshot(work(), away(), *HISTORY, first_seen={away().key: AS_OF}), config(people=(KIM,))
    )
    told = why_not(view, [RULE], RULE.id, [str(work().key)])
    assert told.outcome is Outcome.HOLDS
    assert told.reasons[1:] == ("the absence of its assignee was first seen less than 1 wd ago",)


def in_release(open_items, *, day="2026-12-04", people=(KIM,)):
    """Kim's item and others of a release; the team finishes one a day when all are there."""
    release = version("2.0", release=day)
    inside = {"milestones": (release.key,), "created_at": LONG_AGO}
    mine = work(due=day, **inside)
    rest = planned(open_items - 1, first=2, **inside)
    gone = away("2026-11-25", day)
    history = finished(days=60, cycle=5, **inside)
    found = results(release, mine, *rest, gone, *history, people=people)
    return found[0].explains, f"deliverable:{release.key}"


@pytest.mark.parametrize(
    ("open_items", "explained"), [(2, False), (5, True), (12, True), (40, False)]
)
def test_it_explains_what_would_be_in_time_or_nearly_if_nobody_were_away(open_items, explained):
    """Nine days are left, or two without Kim. How long two items take is not known; five fit in
    nine days, twelve nearly, forty do not.
    """
    explains, release = in_release(open_items)
    assert explains == ((release,) if explained else ())


def test_one_of_many_away_is_not_why_it_is_late():
    team = [person(f"p{n}", team="payments", accounts=(("jira", f"p{n}"),)) for n in range(9)]
    assert in_release(12, people=(KIM, *team))[0] == ()
