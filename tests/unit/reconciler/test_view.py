"""What rules can ask a view, besides teams, targets, links and deliverables."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.forecasts import Forecast, PastForecast
from syncd.model.items import Account, Level
from syncd.model.snapshot import Scope
from syncd.reconciler.view import View
from syncd.testing.builders import (
    AS_OF,
    at,
    change,
    claim,
    config,
    event,
    issue,
    key,
    link,
    parent_of,
    person,
    program,
    pull_request,
    snapshot,
    sprint,
    team,
    version,
)

A = issue("PAY-1", due="2026-12-02", aliases=("OLD-1",), created_at=at("2026-10-01"))


def view(*things, assume_fresh=False, stale=None, as_of=AS_OF, **settings):
    return View(
        snapshot(*things, stale=stale, as_of=as_of), config(**settings), assume_fresh=assume_fresh
    )


@pytest.mark.parametrize(
    ("zone", "hour", "is_done"),
    [("America/Los_Angeles", "07:30", False), ("America/Los_Angeles", "08:30", True),
     ("UTC", "07:30", True), ("Asia/Tokyo", "07:30", True)],
)  # fmt: skip
def test_a_forecast_came_true_once_that_day_has_come_where_the_organisation_is(zone, hour, is_done):
    done, made = date(2026, 11, 24), at("2026-11-02")
    past = PastForecast(forecast=Forecast(subject="deliverable:x", name="X"), made_at=made,
                        made_on=made.date(), done_on=done, taken_out=1)  # fmt: skip
    held = replace(snapshot(as_of=at(f"2026-11-24 {hour}")), forecasts=(past,))
    (seen,) = View(held, config(calendar=WorkingCalendar(zone=zone))).snapshot.forecasts
    assert (seen.done_on, seen.taken_out) == ((done, 1) if is_done else (None, 0))


# names


@pytest.mark.parametrize(
    "name",
    ["PAY-1", "pay-1", "OLD-1", "https://tracker.test/PAY-1", "HTTPS://tracker.test/PAY-1/?a=1"],
)
def test_an_item_is_found_by_what_it_is_and_was_called(name):
    assert view(A).find(name) == A


def test_a_name_is_that_of_what_can_be_seen():
    """A source that has another name in the configuration brings the same keys once more."""
    anew = issue("PAY-1", source="tracker")
    held = snapshot(A, anew, invisible=[A.key])
    assert View(held, config()).find("PAY-1") == anew
    assert view(A, anew).find("PAY-1") == A


def test_what_is_not_held_is_not_found():
    assert view(A).find("PAY-2") is None
    assert view(A).find("") is None
    assert view(A).issue(key("PAY-2")) is None


def test_items_are_told_apart_by_kind():
    pull, milestone, meeting = pull_request(), version(), event()
    all_of = view(A, pull, milestone, meeting)
    assert all_of.issue(A.key) == A
    assert all_of.pull_request(pull.key) == pull
    assert all_of.milestone(milestone.key) == milestone
    assert all_of.event(meeting.key) == meeting
    assert all_of.pull_request(A.key) is None
    assert all_of.milestone(A.key) is None
    assert all_of.event(A.key) is None
    assert all_of.issue(pull.key) is None


# families


def test_children_by_ref_and_by_link():
    top, child, linked = (
        issue("PAY-9", level=Level.EPIC),
        issue("PAY-2", parent="PAY-9"),
        issue("PAY-3"),
    )
    family = view(top, child, linked, parent_of(linked, top))
    assert family.children(top.key) == (child, linked)
    assert family.parent(child.key) == top
    assert family.parent(top.key) is None


def test_members_of_a_milestone_and_of_a_sprint():
    v, run = version(), sprint()
    one, other = issue("PAY-1", milestones=(v.key,)), issue("PAY-2", sprint=run.key)
    both = view(v, run, one, other)
    assert both.milestone_members(v.key) == (one,)
    assert both.milestone_members(run.key) == (other,)


# history


MOVES = (
    change(A, "due", "2026-11-20", "2026-11-27", "2026-11-10 12:00"),
    change(A, "due", "2026-11-27", "2026-12-02", "2026-11-12 12:00"),
    change(A, "title", "x", "y", "2026-11-11"),
)


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(2026, 9, 30), None),
        (date(2026, 10, 1), "2026-11-20"),
        (date(2026, 11, 9), "2026-11-20"),
        (date(2026, 11, 10), "2026-11-27"),
        (date(2026, 11, 11), "2026-11-27"),
        (date(2026, 11, 12), "2026-12-02"),
        (date(2026, 11, 23), "2026-12-02"),
    ],
)
def test_the_value_at_the_end_of_a_day(day, value):
    assert view(A, *MOVES).value_at(A.key, "due", day) == value


def test_the_day_ends_where_the_team_is():
    """12:00 UTC on the 10th is the 11th on Kiritimati."""
    teams = (team("payments", "jira:PAY", timezone="Pacific/Kiritimati"),)
    there = view(A, *MOVES, teams=teams)
    assert there.value_at(A.key, "due", date(2026, 11, 10)) == "2026-11-20"
    assert there.value_at(A.key, "due", date(2026, 11, 11)) == "2026-11-27"


def test_without_changes_the_value_is_what_it_is_from_when_it_was_set():
    assert view(A).value_at(A.key, "due", date(2026, 11, 1)) == "2026-12-02"
    assert view(A).value_at(A.key, "state", date(2026, 11, 1)) == "Active"
    assert view(A).value_at(A.key, "flagged", date(2026, 11, 1)) == "false"
    assert view(A).value_at(A.key, "assignee", date(2026, 11, 1)) is None
    assert view(A).value_at(key("PAY-77"), "due", date(2026, 11, 1)) is None
    late = issue("PAY-2", claims=(claim(key("PAY-2"), "2026-12-02", set_at="2026-11-20"),))
    assert view(late).value_at(late.key, "due", date(2026, 11, 19)) is None
    assert view(late).value_at(late.key, "due", date(2026, 11, 20)) == "2026-12-02"


def test_changes_of_some_fields_oldest_first():
    assert [c.new for c in view(A, *MOVES).changes(A.key, "due")] == ["2026-11-27", "2026-12-02"]
    assert len(view(A, *MOVES).changes(A.key)) == 3


def bulk_of(count, minutes, **more):
    start = at("2026-11-10 12:00")
    step = timedelta(minutes=minutes) / (count - 1)
    issues = [issue(f"PAY-{i}") for i in range(count)]
    moves = [
        change(one, "due", None, "x", start + i * step, **more) for i, one in enumerate(issues)
    ]
    seen = view(*issues, *moves)
    return {seen.bulk(move) for move in moves}


@pytest.mark.parametrize(
    ("count", "minutes", "is_bulk"),
    [(19, 1, False), (20, 10, True), (20, 10.1, False), (40, 19, True)],
)
def test_twenty_changes_within_ten_minutes_are_one_fact(count, minutes, is_bulk):
    assert bulk_of(count, minutes) == {is_bulk}


def test_changes_of_nobody_known_are_no_bulk():
    assert bulk_of(20, 1, actor=None) == {False}


def test_only_one_field_by_one_hand_counts():
    issues = [issue(f"PAY-{i}") for i in range(20)]
    by_two = [
        change(one, "due", None, "x", "2026-11-10", actor="ada" if i % 2 else "bob")
        for i, one in enumerate(issues)
    ]
    of_two = [
        change(one, "due" if i % 2 else "start", None, "x", "2026-11-10")
        for i, one in enumerate(issues)
    ]
    for moves in (by_two, of_two):
        assert not any(view(*issues, *moves).bulk(move) for move in moves)


# people and calendars


def test_owner_is_the_account_else_the_team():
    assert view(issue("PAY-1", assignee="ada")).owner(key("PAY-1")) == "jira:ada"
    assert view(issue("PAY-1")).owner(key("PAY-1")) == "team:payments"
    assert view(issue("X-1")).owner(key("X-1")) is None


def test_names_of_accounts():
    named = view(
        A, Account(source="jira", id="u1", name="R. Osei"), Account(source="jira", id="u2", name="")
    )
    assert named.account_name("jira", "u1") == "R. Osei"
    assert named.account_name("jira", "u2") == "u2"
    assert named.account_name("github", "u1") == "u1"
    assert named.account_name("jira", None) == ""


def test_a_person_has_one_name_whatever_their_login() -> None:
    dana = person("dana", name="Dana Li", accounts=(("github", "dli"),))
    known = view(people=(dana,))
    assert known.account_name("github", "dli") == "Dana Li"


def test_the_team_s_calendar_else_the_organisation_s():
    berlin = WorkingCalendar(zone="Europe/Berlin", days_off=frozenset({date(2026, 12, 24)}))
    teams = (
        team("payments", "jira:PAY", calendar="DE"),
        team("ledger", "jira:LED", calendar="DE", timezone="Asia/Singapore"),
        team("mobile", "jira:MOB", calendar="nowhere"),
    )
    led = issue("LED-1")
    known = view(A, led, teams=teams, calendars={"DE": berlin})
    assert known.calendar(A.key) == berlin
    assert known.calendar(led.key).zone == "Asia/Singapore"
    assert known.calendar(led.key).days_off == berlin.days_off
    assert known.team_calendar("mobile") == WorkingCalendar()
    assert known.team_calendar(None) == WorkingCalendar()


def test_programs_of_teams():
    plans = (program("a", teams=("payments",)), program("b", teams=("ledger",)))
    assert view(A, programs=plans).programs(("payments",)) == ("a",)
    assert view(A, programs=plans).programs(()) == ()


def test_today_is_the_organisation_s():
    there = WorkingCalendar(zone="Pacific/Kiritimati")
    assert view(A, as_of="2026-11-23 10:00", calendar=there).today == date(2026, 11, 24)


# staleness


@pytest.mark.parametrize(("minutes", "is_stale"), [(44, False), (45, False), (46, True)])
def test_data_older_than_three_intervals_is_stale(minutes, is_stale):
    old = snapshot(A, as_of=AS_OF)
    pulled = tuple(
        type(one)(scope=one.scope, succeeded_at=AS_OF - timedelta(minutes=minutes))
        for one in old.freshness
    )
    from dataclasses import replace

    found = View(replace(old, freshness=pulled), config())
    assert bool(found.stale) is is_stale
    hourly = config(intervals={"jira": timedelta(hours=1)})
    assert not View(replace(old, freshness=pulled), hourly).stale


def test_stale_unless_taken_as_fresh():
    stale = {"jira:PAY": "2026-11-20"}
    assert view(A, stale=stale).stale == {Scope("jira", "PAY")}
    assert view(A, stale=stale, assume_fresh=True).stale == frozenset()
    assert view(A).scope(A.key) == Scope("jira", "PAY")


def test_a_scope_that_is_not_pulled_by_name_is_as_stale_as_its_source():
    from dataclasses import replace

    held = snapshot(A, stale={"jira:everything": None})
    only = tuple(one for one in held.freshness if one.scope.name == "everything")
    assert Scope("jira", "PAY") in View(replace(held, freshness=only), config()).stale


def test_links_to_nowhere_do_no_harm():
    assert view(A, link(A, "NOPE-1")).dependencies == ()


def test_the_window_of_bulk_edits_is_ten_minutes_sharp():
    start = at("2026-11-10 12:00")
    issues = [issue(f"PAY-{i}") for i in range(21)]

    def bulk_when_the_last_comes_after(seconds):
        times = [start] * 19 + [start + timedelta(seconds=seconds), start + timedelta(minutes=30)]
        moves = [
            change(one, "due", None, "x", when) for one, when in zip(issues, times, strict=True)
        ]
        seen = view(*issues, *moves)
        return [seen.bulk(move) for move in moves]

    assert bulk_when_the_last_comes_after(600) == [True] * 20 + [False]
    assert bulk_when_the_last_comes_after(601) == [False] * 21
