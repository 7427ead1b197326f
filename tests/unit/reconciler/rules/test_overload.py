from dataclasses import replace
from datetime import date

import pytest

from syncd.alerts.lifecycle import advance
from syncd.model.alerts import Reason
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity, Standing, Unknown
from syncd.model.items import Level, Phase
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.overload import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import (
    AS_OF,
    at,
    config,
    event,
    issue,
    parent_of,
    person,
    program,
    snapshot,
    sprint,
    team,
    version,
)
from syncd.testing.histories import finished

KIM = person(
    "kim", name="Kim Park", team="payments", accounts=(("jira", "kim"), ("calendar", "kim@cal"))
)
PEOPLE = (KIM, person("lee", team="payments"), person("osei", team="payments"))
LED = team("payments", "jira:PAY", lead="lee")
CHECKOUT = program("checkout", teams=("payments",))
HISTORY = finished(days=60, each=1)
"""Ten items in ten working days by three people: 3.3 a head, and 5 are one and a half times that."""


def due(count, day="2026-12-02", first=1, **fields):
    """So many items of Kim, due on a Wednesday in the window from Monday 30 November on."""
    known = {"assignee": "kim", "due": day}
    return [issue(f"PAY-{n}", **(known | fields)) for n in range(first, first + count)]


def results(*things, params=None, people=PEOPLE, as_of=AS_OF, calendar=None, **more):
    days = {"calendar": calendar} if calendar else {}
    given = config(people=people, teams=(LED,), programs=(CHECKOUT,), **days)
    view = View(snapshot(*things, as_of=as_of, **more), given)
    return list(RULE.check(view, params or Params()))


def firing(*things, **more):
    return [
        one for one in results(*things, **more) if not isinstance(one, Unknown) and not one.holds
    ]


def test_empty_snapshot_is_clear():
    assert results() == []


def test_too_much_at_once():
    (found,) = results(*due(6), *HISTORY)
    assert (found.subject, found.discriminator) == ("person:kim", "")
    assert (found.severity, found.standing) == (Severity.LOW, Standing.AT_RISK)
    assert found.summary == (
        "Kim Park has 6 items due Mon 30 Nov to Fri 11 Dec; Payments finishes at most 3.3 a head in "
        "ten working days."
    )
    assert found.plain == (
        "Somebody of Payments has 6 items due Mon 30 Nov to Fri 11 Dec, more than can be expected."
    )
    assert found.act == "Kim Park and Lee: agree which of them move."
    assert found.by == date(2026, 11, 24)
    assert found.clears == "Fewer than 5 items are due in that time."
    assert found.owner == "person:kim"
    assert (found.teams, found.programs) == (("payments",), ())
    assert len(found.facts) == 6
    assert found.facts[0].text == "Title of PAY-1 (PAY-1) is due Wed 2 Dec"
    assert found.facts[0].url
    assert found.planned == at("2026-12-02").date()


@pytest.mark.parametrize(("count", "fires"), [(4, 0), (5, 1), (6, 1)])
def test_one_and_a_half_times_the_usual(count, fires):
    assert len(firing(*due(count), *HISTORY)) == fires


@pytest.mark.parametrize(("count", "fires"), [(3, 0), (4, 1), (5, 1)])
def test_four_at_least(count, fires):
    slow = [one for n, one in enumerate(HISTORY) if n // 3 % 5 == 0]
    assert len(firing(*due(count), *slow)) == fires


@pytest.mark.parametrize(
    ("count", "severity"), [(6, Severity.LOW), (7, Severity.MEDIUM), (8, Severity.MEDIUM)]
)
def test_twice_the_usual_is_graver(count, severity):
    assert firing(*due(count), *HISTORY)[0].severity is severity


@pytest.mark.parametrize(("count", "holds"), [(4, 0), (5, 1), (6, 1)])
def test_it_ends_half_way_back(count, holds):
    """Twice the usual 3.3 is 6.7 to begin, 5 to go on."""
    assert len(results(*due(count), *HISTORY, params=Params(factor=2.0))) == holds
    assert firing(*due(count), *HISTORY, params=Params(factor=2.0)) == []


@pytest.mark.parametrize(
    ("day", "count"), [("2026-12-11", 1), ("2026-12-12", 0), ("2026-11-29", 0), ("2026-11-30", 1)]
)
def test_ten_working_days_from_a_monday_on(day, count):
    """Two on the first Monday, four more on another day."""
    early = due(2, "2026-11-30", first=90)
    found = [one for one in firing(*due(4, day), *early, *HISTORY) if one.material == "2026-11-30"]
    assert len(found) == count


def test_windows_that_fire_share_no_day_and_are_one_alert():
    (found,) = firing(
        *due(6), *due(6, "2026-12-08", first=20), *due(6, "2026-12-16", first=30), *HISTORY
    )
    assert found.material.split() == ["2026-11-30", "2026-12-14"]
    assert (
        "has 12 items due Mon 30 Nov to Fri 11 Dec and 6 items due Mon 14 Dec to" in found.summary
    )
    assert found.facts[-1].text == "and 8 more"


def test_the_window_is_the_same_one_a_week_later():
    (before,) = firing(*due(6), *HISTORY)
    (after,) = firing(*due(6), *HISTORY, as_of="2026-11-30 08:00")
    assert (before.fingerprint, before.material) == (after.fingerprint, after.material)


def test_a_load_that_moves_on_keeps_its_alert_and_says_so():
    """The first week's items are done, and the second week's meet those of the third."""
    first, second, third = due(3), due(4, "2026-12-08", first=20), due(3, "2026-12-16", first=30)
    settings = config(people=PEOPLE, teams=(LED,))
    before = evaluate(snapshot(*first, *second, *third, *HISTORY), settings, [RULE])
    (opened,) = advance((), before, AS_OF, next_number=1, first_pass=False)
    later = at("2026-12-07 08:00")
    done = [replace(one, phase=Phase.DONE, done_at=at("2026-12-02")) for one in first]
    held = snapshot(*done, *second, *third, *finished(days=60, as_of=later), as_of=later)
    after = evaluate(held, settings, [RULE])
    (moved,) = advance((opened.alert,), after, later, next_number=2, first_pass=False)
    assert (moved.alert.number, moved.alert.episode) == (1, 1)
    assert (moved.reason, moved.told) == (Reason.CHANGED, True)
    assert "due Mon 7 Dec to Fri 18 Dec" in moved.alert.finding.summary


def test_another_window_that_only_holds_is_no_news():
    (found,) = results(*due(5), *HISTORY, params=Params(factor=2.0))
    assert (found.holds, found.material) == (True, "")


@pytest.mark.parametrize(("ahead", "fires"), [(4, 0), (5, 1), (6, 1)])
def test_only_windows_that_begin_soon(ahead, fires):
    assert len(firing(*due(6), *HISTORY, params=Params(ahead_bd=ahead))) == fires


def test_what_is_past_is_overdue_and_not_counted():
    assert firing(*due(6, "2026-11-20"), *HISTORY) == []


@pytest.mark.parametrize(
    "fields",
    [{"phase": Phase.DONE}, {"level": Level.EPIC}, {"assignee": "lee"}, {"assignee": None},
     {"due": None}],
)  # fmt: skip
def test_silent(fields):
    assert firing(*due(6, **fields), *HISTORY) == []


def test_containers_and_what_cannot_be_seen_are_not_counted():
    work = due(5)
    child = issue("PAY-50", parent="PAY-1")
    assert firing(*work, child, parent_of(child, work[0]), *HISTORY) == []
    assert firing(*work, *HISTORY, invisible=[work[0].key]) == []


def test_the_end_of_a_sprint_counts_and_a_release_does_not():
    now = sprint("Sprint 41", start="2026-11-30", end="2026-12-11")
    release = version("2.0", release="2026-12-11")
    assert len(firing(now, *due(6, due=None, sprint=now.key), *HISTORY)) == 1
    assert firing(release, *due(6, due=None, milestones=(release.key,)), *HISTORY) == []


def test_teams_of_two_are_silent():
    assert firing(*due(6), *HISTORY, people=PEOPLE[:2]) == []
    assert (
        firing(*due(6), *HISTORY, people=(person("kim", accounts=KIM.accounts), *PEOPLE[1:])) == []
    )


@pytest.mark.parametrize(("count", "told"), [(3, 0), (4, 1), (5, 1)])
def test_what_is_usual_must_be_known(count, told):
    found = results(*due(count, created_at=at("2026-11-20")))
    assert [isinstance(one, Unknown) for one in found] == [True] * told
    for one in found:
        assert one.reason == "how much Payments finishes in ten working days is not known"
        assert (one.subject, one.discriminator) == ("person:kim", "")


@pytest.mark.parametrize(("days", "known"), [(51, False), (52, True), (53, True)])
def test_sixty_working_days_of_history(days, known):
    """The oldest item was made eight working days before it was done."""
    new = due(6, created_at=at("2026-11-20"))
    assert isinstance(results(*new, *finished(days=days))[0], Unknown) is not known


def test_a_team_that_finished_nothing_is_not_known():
    idle = [issue(f"PAY-{n}", created_at=at("2026-06-01"), phase=Phase.TODO) for n in range(70, 90)]
    (found,) = results(*due(6), *idle)
    assert isinstance(found, Unknown)
    old = finished(days=1, as_of="2026-01-12")
    assert isinstance(results(*due(6), *old)[0], Unknown)


def test_days_that_are_over_count_neither_as_due_nor_as_time():
    """On Thursday two days of the window's first week are left; Kim is away on Monday to Wednesday."""
    away = event("x", "2026-11-23", last="2026-11-25", scope="kim@cal", type="out_of_office")
    past = finished(days=60, as_of="2026-11-26 08:00")
    early, late = due(2, "2026-11-24"), due(4, "2026-12-02", first=20)
    now = {"as_of": "2026-11-26 08:00", "params": Params(factor=1.2)}
    (found,) = firing(*early, *late, *due(1, "2026-11-27", first=30), away, *past, **now)
    assert "has 5 items due" in found.summary
    only = firing(*early, *late, away, *past, **now)
    assert [one.material for one in only] == ["2026-11-30"]


def test_who_is_away_half_the_time_can_do_half_as_much():
    away = event("x", "2026-11-30", last="2026-12-04", scope="kim@cal", type="out_of_office")
    assert firing(*due(4), *HISTORY) == []
    (found,) = firing(*due(4, "2026-12-09"), *due(1, "2026-11-30", first=9), away, *HISTORY)
    assert found.facts[-1].text == "Kim Park is there for 50 % of that time"
    assert len(firing(*due(3, "2026-12-09"), *due(1, "2026-11-30", first=9), away, *HISTORY)) == 1


def test_many_items_are_counted_after_ten():
    (found,) = firing(*due(12), *HISTORY)
    assert found.facts[-1].text == "and 2 more"


def test_a_restricted_item_is_not_named():
    (found,) = firing(*due(5), *due(1, first=6, restricted=True), *HISTORY)
    assert found.restricted


def test_a_stale_source_makes_it_unknown():
    held = snapshot(*due(6), *HISTORY, stale={"jira:PAY": "2026-11-20"})
    told = evaluate(held, config(people=PEOPLE, teams=(LED,)), [RULE])
    assert told.findings == ()
    assert [one.reason for one in told.unknown] == ["no complete reading of jira:PAY"]


@pytest.mark.parametrize(
    ("zone", "as_of", "day", "fires"),
    [
        ("Pacific/Kiritimati", "2026-11-24 11:00", "2026-11-24", 0),  # +14: that day is over
        ("Pacific/Kiritimati", "2026-11-24 09:00", "2026-11-24", 1),
        ("Etc/GMT+12", "2026-11-25 11:00", "2026-11-24", 1),  # -12: that day goes on
        ("Etc/GMT+12", "2026-11-25 13:00", "2026-11-24", 0),
        ("Europe/Berlin", "2026-03-28 23:30", "2026-03-30", 1),  # the clock goes forward that night
        ("Europe/Berlin", "2026-10-24 23:30", "2026-10-26", 1),  # and back
        ("UTC", "2028-02-28 08:00", "2028-02-29", 1),  # leap day
        ("UTC", "2026-12-31 08:00", "2027-01-01", 1),  # year end
    ],
)  # fmt: skip
def test_days_are_those_of_the_team(zone, as_of, day, fires):
    past = finished(days=60, as_of=as_of)
    made = {"created_at": at("2026-01-05")}
    days = WorkingCalendar(zone=zone)
    found = firing(*due(6, day, **made), *past, as_of=as_of, calendar=days)
    assert len(found) == fires
