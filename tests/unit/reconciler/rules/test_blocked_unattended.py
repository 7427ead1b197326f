from datetime import date

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity, Standing, Unknown
from syncd.model.items import Phase
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.blocked_unattended import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import at, change, config, issue, link, program, snapshot, team, version

MONDAY = "2026-11-23 09:00"
CHATTY = change(issue("PAY-9"), "comment", None, None, "2026-06-02")
"""So that comments of the source are known."""


def results(*things, as_of=MONDAY, params=None, settings=None, **more):
    view = View(snapshot(*things, as_of=as_of, **more), settings or config())
    return list(RULE.check(view, params or Params()))


def flagged(since="2026-11-18 09:00", **fields):
    """PAY-1, flagged on a Wednesday by Ada."""
    one = issue(
        "PAY-1",
        **({"title": "Refunds", "assignee": "kim", "flagged": True, "due": "2026-12-18"} | fields),
    )
    return one, change(one, "flagged", None, "true", since), CHATTY


def waiting(entered="2026-11-18 09:00", **fields):
    known = {"phase": Phase.WAITING, "state": "On hold", "state_entered_at": at(entered)}
    return issue("PAY-1", **(known | fields)), CHATTY


def test_empty_snapshot_is_clear():
    assert results() == []


def test_flagged_and_nobody_says_why():
    (found,) = results(*flagged())
    assert (found.severity, found.standing) == (Severity.MEDIUM, Standing.AT_RISK)
    assert found.summary == (
        "Refunds (PAY-1) has been flagged as blocked for 3 working days, and neither a link nor a "
        "comment says what it waits for."
    )
    assert found.plain == "Refunds has been blocked for 3 working days, and nothing says by what."
    assert found.act == "kim: say what PAY-1 waits for, and link it."
    assert found.by == date(2026, 11, 24)
    assert found.owner == "jira:kim"
    assert found.planned == at("2026-12-18").date()
    assert found.clears
    (fact,) = found.facts
    assert fact.text == "Flagged as blocked since Wed 18 Nov by ada"
    assert (fact.seen_at, fact.url) == (at("2026-11-18 09:00"), "https://tracker.test/PAY-1")


def test_a_waiting_state_counts_alike():
    (found,) = results(*waiting())
    assert "has been On hold for 3 working days" in found.summary
    assert found.act.startswith("Payments: say what")


def test_both_count_from_the_first():
    one, since, chat = flagged("2026-11-20 09:00", phase=Phase.WAITING, state="On hold",
                               state_entered_at=at("2026-11-18 09:00"))  # fmt: skip
    (found,) = results(one, since, chat)
    assert "On hold and flagged for 3 working days" in found.summary


def test_from_one_waiting_state_to_another_it_waits_on():
    one, chat = waiting("2026-11-23 08:00", state="Blocked")
    began = change(one, "phase", "active", "waiting", "2026-11-12 09:00")
    (found,) = results(one, chat, began)
    assert "for 7 working days" in found.summary


@pytest.mark.parametrize(
    ("since", "fires"),
    [("2026-11-19 09:01", 0), ("2026-11-19 09:00", 1), ("2026-11-19 08:59", 1)],
)
def test_two_working_days(since, fires):
    assert len(results(*flagged(since))) == fires
    assert len(results(*waiting(since))) == fires


@pytest.mark.parametrize(("after", "fires"), [(2, 1), (3, 1), (4, 0)])
def test_the_days_can_be_set(after, fires):
    assert len(results(*flagged(), params=Params(after_bd=after))) == fires


@pytest.mark.parametrize(
    ("when", "fires"),
    [("2026-11-18 07:59", 1), ("2026-11-18 08:00", 0), ("2026-11-18 08:01", 0), ("2026-11-22", 0)],
)
def test_a_comment_since_shortly_before_the_flag_clears(when, fires):
    one, *rest = flagged()
    assert len(results(one, *rest, change(one, "comment", None, None, when))) == fires


def test_a_comment_of_a_robot_says_nothing():
    one, *rest = flagged()
    said = change(one, "comment", None, None, "2026-11-20", is_bot=True)
    assert len(results(one, *rest, said)) == 1


def test_a_link_to_what_it_waits_for_clears():
    one, *rest = flagged()
    other = issue("LED-1")
    assert results(one, *rest, other, link(one, other)) == []
    assert results(one, *rest, link(one, "SEC-1")) == []
    done = issue("LED-1", phase=Phase.DONE)
    assert len(results(one, *rest, done, link(one, done))) == 1
    assert len(results(one, *rest, other, link(one, other, "relates to", "relates to"))) == 1


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.DROPPED])
def test_closed_items_are_clear(phase):
    assert results(*flagged(phase=phase)) == []


def test_what_is_not_blocked_is_clear():
    assert results(issue("PAY-1"), CHATTY) == []


def test_what_cannot_be_seen_is_not_judged():
    one, *rest = flagged()
    assert results(one, *rest, invisible=[one.key]) == []


def test_a_flag_of_unknown_age_counts_from_first_sight():
    one, _, chat = flagged()
    assert results(one, chat, first_seen={one.key: at("2026-11-20 09:00")}) == []
    (found,) = results(one, chat, first_seen={one.key: at("2026-11-18 09:00")})
    assert found.facts[0].text == "Flagged as blocked since Wed 18 Nov"


def test_a_flag_that_a_later_change_does_not_explain_counts_from_first_sight():
    one, _, chat = flagged()
    gone = change(one, "flagged", "true", None, "2026-11-10")
    found = results(one, gone, chat, first_seen={one.key: at("2026-11-20 09:00")})
    assert found == []


def test_a_source_without_comments_cannot_be_told():
    one, since, _ = flagged()
    (found,) = results(one, since)
    assert isinstance(found, Unknown)
    assert found.reason == "no comments of jira are known"


def test_what_waits_for_it_is_named():
    one, *rest = flagged()
    mobile, ledger = issue("MOB-3", due="2026-12-01"), issue("LED-3", due="2026-12-02")
    settings = config(programs=(program("books", teams=("ledger",)),))
    links = link(mobile, one), link(ledger, one)
    (found,) = results(one, *rest, mobile, ledger, *links, settings=settings)
    assert found.summary.endswith("what it waits for; MOB-3 and LED-3 wait for it.")
    assert found.programs == ("books",)
    assert found.teams == ("payments", "mobile", "ledger")
    assert found.severity is Severity.HIGH


def test_a_stale_source_makes_it_unknown():
    held = snapshot(*flagged(), as_of=MONDAY, stale={"jira:PAY": "2026-11-20"})
    told = evaluate(held, config(), [RULE])
    assert told.findings == ()
    assert [one.reason for one in told.unknown] == ["no complete reading of jira:PAY"]


@pytest.mark.parametrize(
    ("zone", "since", "as_of", "fires"),
    [
        ("Europe/Berlin", "2026-03-27 09:00", "2026-03-31 08:00", 1),  # spring: the same local hour
        ("Europe/Berlin", "2026-03-27 09:00", "2026-03-31 07:59", 0),
        ("Europe/Berlin", "2026-10-23 09:00", "2026-10-27 10:00", 1),  # autumn
        ("Europe/Berlin", "2026-10-23 09:00", "2026-10-27 09:59", 0),
        ("UTC", "2028-02-28 09:00", "2028-03-01 09:00", 1),  # leap day
        ("UTC", "2028-02-28 09:00", "2028-03-01 08:59", 0),
        ("UTC", "2026-12-31 09:00", "2027-01-04 09:00", 1),  # year end
        ("Pacific/Kiritimati", "2026-11-19 11:00", "2026-11-23 11:00", 1),  # +14
        ("Pacific/Kiritimati", "2026-11-20 10:00", "2026-11-23 10:00", 1),  # Saturday there
        ("Etc/GMT+12", "2026-11-19 11:00", "2026-11-23 11:00", 1),  # -12
        ("Etc/GMT+12", "2026-11-19 13:00", "2026-11-23 12:59", 0),
    ],
)  # fmt: skip
def test_time_is_that_of_the_team(zone, since, as_of, fires):
    days = WorkingCalendar(zone=zone)
    ours = config(
        teams=(team("payments", "jira:PAY", calendar="ours"),),
        calendars={"ours": days},
        calendar=days,
    )
    assert len(results(*flagged(since), as_of=as_of, settings=ours)) == fires


def test_it_belongs_to_its_deliverable():
    sprint = version("2.0", release="2026-12-18")
    one, *rest = flagged(milestones=(sprint.key,))
    (found,) = results(sprint, one, *rest)
    assert found.deliverable == str(sprint.key)
