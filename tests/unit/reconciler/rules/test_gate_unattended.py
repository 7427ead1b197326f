from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity, Standing, Unknown
from syncd.model.items import Account, Attendee
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.gate_unattended import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import AS_OF, at, config, event, issue, person, snapshot, team, version

RELEASE = version("Checkout 2.0", release="2026-12-18")
WORK = (
    issue("PAY-1", milestones=(RELEASE.key,), assignee="kim"),
    issue("LED-1", milestones=(RELEASE.key,), assignee="osei"),
)
DANA = person("dana", name="Dana Ito", accounts=(("calendar", "dana@cal"),))
KIM = person("kim", name="Kim Park", team="payments", accounts=(("jira", "kim"),))
OSEI = person("osei", name="R. Osei", team="ledger", accounts=(("calendar", "osei@cal"),))
PEOPLE = (DANA, KIM, OSEI)
TEAMS = (team("payments", "jira:PAY"), team("ledger", "jira:LED", lead="osei"))


def says(who, response="accepted", **more):
    return Attendee(account=who, response=response, **more)


ALL = (says("dana@cal"), says("kim@example.com"), says("osei@cal", "needs_action"))


def review(when="2026-11-26", guests=ALL, **fields):
    """Three working days ahead, called by Dana."""
    known = {"organiser": "dana@cal", "attendees": guests}
    return event("Checkout 2.0 go / no-go", when, **(known | fields))


def results(*things, params=None, people=PEOPLE, as_of=AS_OF, **more):
    view = View(
        snapshot(RELEASE, *WORK, *things, as_of=as_of), config(people=people, teams=TEAMS, **more)
    )
    return list(RULE.check(view, params or Params()))


def without(account, response="declined"):
    return (*(one for one in ALL if one.account != account), says(account, response))


def test_empty_snapshot_is_clear():
    assert list(RULE.check(View(snapshot(), config()), Params())) == []


def test_everybody_comes():
    assert results(review()) == []


def test_an_address_is_the_same_in_capitals():
    kim, asked = replace(KIM, email="Kim@Example.com"), Params(approvers=("kim",))
    guests = (*ALL[::2], says("kim@example.com", "declined", optional=True))
    found = results(review(guests=guests), params=asked, people=(DANA, kim, OSEI))
    assert found == results(review(guests=guests), params=asked)


def test_whoever_calls_it_comes_though_no_guest():
    guests = tuple(one for one in ALL if one.account != "osei@cal")
    assert len(results(review(guests=guests))) == 1
    assert results(review(guests=guests, organiser="osei@cal")) == []
    away = event("Away", "2026-11-26", type="out_of_office", organiser="osei@cal")
    (found,) = results(review(guests=guests, organiser="osei@cal"), away)
    assert "nobody of Ledger is expected" in found.summary


def test_whoever_calls_it_and_declines_does_not_come():
    (found,) = results(review(guests=without("osei@cal"), organiser="osei@cal"))
    assert "R. Osei declined and nobody of Ledger is expected" in found.summary


def test_the_organiser_declined():
    (found,) = results(review(guests=without("dana@cal")))
    assert found.discriminator == str(review().key)
    assert (found.severity, found.standing) == (Severity.MEDIUM, Standing.AT_RISK)
    assert found.summary == (
        '"Checkout 2.0 go / no-go" on Thu 26 Nov judges Checkout 2.0, but Dana Ito declined.'
    )
    assert found.plain == (
        "The review of Checkout 2.0 on Thu 26 Nov is planned without 1 of the people it needs."
    )
    assert found.act == ('Payments: find a deputy for Dana Ito, or move "Checkout 2.0 go / no-go".')
    assert found.clears
    assert found.owner == "team:payments"
    assert found.url == review().url
    assert found.planned == at("2026-11-26").date()
    guests, declined = found.facts
    assert guests.text == (
        "Checkout 2.0 go / no-go on Thu 26 Nov; guests: kim@example.com (accepted), "
        "R. Osei (needs action) and Dana Ito (declined)"
    )
    assert declined.text == "Dana Ito declined"
    assert found.facts[0].url


def test_an_approver_who_is_no_organiser():
    needed = Params(approvers=("osei",))
    (found,) = results(review(guests=(*without("osei@cal"), says("l@cal"))), params=needed)
    assert "R. Osei declined" in found.summary
    assert "nobody" not in found.summary
    guests = (says("dana@cal"), says("kim@example.com"))
    led = person("mia", team="ledger", accounts=(("calendar", "mia@cal"),))
    (found,) = results(
        review(guests=(*guests, says("mia@cal"))), params=needed, people=(*PEOPLE, led)
    )
    assert "R. Osei was not invited" in found.summary
    assert "invite R. Osei" in found.act
    assert results(review(), params=needed) == []


def test_nobody_of_a_team_that_takes_part():
    (found,) = results(review(guests=without("osei@cal")))
    assert found.summary.endswith("but nobody of Ledger is expected.")
    assert found.plain.endswith("is planned without anybody of Ledger.")
    assert found.facts[1].text == "Nobody of Ledger is expected"
    (found,) = results(review(guests=(says("dana@cal"), says("osei@cal"))))
    assert "invite the lead of Payments" in found.act


def test_who_is_away_on_the_day_does_not_come():
    away = event("x", "2026-11-26", scope="dana@cal", type="out_of_office")
    (found,) = results(review(), away)
    assert "Dana Ito is away" in found.summary
    assert results(review(), event("x", "2026-11-27", scope="dana@cal", type="out_of_office")) == []
    gone = event("y", "2026-11-26", scope="osei@cal", type="out_of_office")
    (found,) = results(review(), gone)
    assert "nobody of Ledger is expected" in found.summary


@pytest.mark.parametrize(
    ("hour", "fires"), [("09:00", 0), ("12:00", 0), ("12:30", 1), ("17:30", 1), ("18:00", 0)]
)
def test_only_an_absence_at_the_time_of_the_review_counts(hour, fires):
    """An afternoon off, from one to six; the review takes an hour."""
    away = event("x", "2026-11-26 13:00", scope="dana@cal", type="out_of_office")
    away = replace(away, end_at=at("2026-11-26 18:00"))
    assert len(results(review(f"2026-11-26 {hour}"), away)) == fires
    assert len(results(review("2026-11-26"), away)) == 1


@pytest.mark.parametrize(("off", "fires"), [("2026-11-26", True), ("2026-11-27", False)])
def test_whoever_works_far_away_is_away_on_their_own_day(off, fires):
    """Nine on Friday in Sydney is two on Thursday in Los Angeles."""
    on = date(2026, 11, 27)
    meeting = replace(review("2026-11-26 22:00"), first_day=on, last_day=on)
    absence = event("Away", off, type="out_of_office", organiser="kim@example.com")
    far = team("payments", "jira:PAY", timezone="America/Los_Angeles")
    held = snapshot(RELEASE, *WORK, meeting, absence)
    view = View(held, config(people=PEOPLE, teams=(far, *TEAMS[1:])))
    found = [one.summary for one in RULE.check(view, Params(approvers=("kim",)))]
    assert any("Kim Park is away" in one for one in found) is fires


def test_a_lead_who_will_not_come_is_not_invited_again():
    (found,) = results(review(guests=without("osei@cal")))
    assert found.act.startswith("Payments: invite somebody else of Ledger, or move")
    gone = event("y", "2026-11-26", scope="osei@cal", type="out_of_office")
    (found,) = results(review(guests=ALL[:2]), gone)
    assert "invite somebody else of Ledger" in found.act
    (found,) = results(review(guests=ALL[:2]))
    assert "invite R. Osei" in found.act


def test_it_says_what_really_ends_it():
    (found,) = results(review(guests=without("dana@cal")))
    assert found.clears == (
        "They accept, they are made optional as somebody stands in, or the review moves."
    )
    optional = (*ALL[1:], says("dana@cal", "declined", optional=True), says("mia@cal"))
    assert results(review(guests=optional)) == []
    away = event("x", "2026-11-26", scope="dana@cal", type="out_of_office")
    assert results(review(guests=optional), away) == []
    (found,) = results(review(guests=without("osei@cal")))
    assert found.clears == "Somebody of Ledger is expected, or the review moves."


def test_a_stranger_may_be_of_the_team_that_is_missing():
    guests = (*without("osei@cal"), says("sam@cal"))
    sam = Account(source="calendar", id="sam@cal", name="Sam")
    (found,) = results(review(guests=guests), sam)
    assert isinstance(found, Unknown)
    assert found.reason == "whose team Sam is of is not known"
    (found,) = results(review(guests=(*without("osei@cal"), says("sam@cal", "declined"))))
    assert not isinstance(found, Unknown)


def test_guests_that_cannot_be_seen():
    (found,) = results(review(guests=()))
    assert isinstance(found, Unknown)
    assert found.reason == 'the guests of "Checkout 2.0 go / no-go" cannot be seen'
    assert found.discriminator == str(review().key)


def test_optional_guests_may_decline():
    guests = (*ALL, says("mia@cal", "declined", optional=True))
    assert results(review(guests=guests)) == []
    optional = (*ALL[1:], says("dana@cal", "declined", optional=True))
    assert results(review(guests=optional)) == []
    assert results(review(guests=optional), params=Params(approvers=("dana",))) == []
    by_osei = review(guests=(*ALL[1:], says("dana@cal", optional=True)), organiser="osei@cal")
    assert results(by_osei, params=Params(approvers=("dana",))) == []


def test_teams_of_which_nobody_is_known_are_not_missed():
    assert (
        results(review(guests=(says("dana@cal"), says("kim@example.com"))), people=PEOPLE[:2]) == []
    )


@pytest.mark.parametrize(
    ("day", "fires"), [("2026-11-27", 1), ("2026-11-30", 1), ("2026-12-01", 0)]
)
def test_five_working_days_ahead(day, fires):
    assert len(results(review(day, without("dana@cal")))) == fires


def test_the_days_can_be_set():
    assert len(results(review("2026-12-01", without("dana@cal")), params=Params(ahead_bd=6))) == 1


@pytest.mark.parametrize(
    ("when", "fires"),
    [("2026-11-23 07:59", 0), ("2026-11-23 08:00", 0), ("2026-11-23 08:01", 1), ("2026-11-20", 0), ("2026-11-23", 1)],
)  # fmt: skip
def test_what_has_begun_is_silent(when, fires):
    assert len(results(review(when, without("dana@cal")))) == fires


def test_cancelled_reviews_and_finished_deliverables_are_silent():
    assert results(review(guests=without("dana@cal"), status="cancelled")) == []
    done = version("Checkout 2.0", release="2026-12-18", state="released")
    held = snapshot(done, *WORK, review(guests=without("dana@cal")))
    assert list(RULE.check(View(held, config(people=PEOPLE, teams=TEAMS)), Params())) == []


def test_three_teams_are_worse():
    more = issue("MOB-1", milestones=(RELEASE.key,))
    teams = (*TEAMS, team("mobile", "jira:MOB"))
    held = snapshot(RELEASE, *WORK, more, review(guests=without("dana@cal")))
    (found,) = RULE.check(View(held, config(people=PEOPLE, teams=teams)), Params())
    assert found.severity is Severity.HIGH


def test_a_stale_calendar_makes_it_unknown():
    stale = {"calendar:plan@calendar.test": "2026-11-20"}
    held = snapshot(RELEASE, *WORK, review(guests=without("dana@cal")), stale=stale)
    told = evaluate(held, config(people=PEOPLE, teams=TEAMS), [RULE])
    assert told.findings == ()
    assert [one.reason for one in told.unknown] == [
        "no complete reading of calendar:plan@calendar.test"
    ]


@pytest.mark.parametrize(
    ("zone", "as_of", "day", "fires"),
    [
        ("Pacific/Kiritimati", "2026-11-25 11:00", "2026-11-25", 0),  # +14: that day is over
        ("Pacific/Kiritimati", "2026-11-25 09:00", "2026-11-25", 1),
        ("Etc/GMT+12", "2026-11-26 11:00", "2026-11-25", 1),  # -12: that day goes on
        ("Etc/GMT+12", "2026-11-26 13:00", "2026-11-25", 0),
        ("Europe/Berlin", "2026-10-24 21:00", "2026-10-30", 1),  # the clock goes back that night
        ("Europe/Berlin", "2026-03-28 22:00", "2026-04-03", 1),  # and forward
        ("UTC", "2026-12-28 08:00", "2027-01-04", 1),  # year end
        ("UTC", "2026-12-28 08:00", "2027-01-05", 0),
    ],
)  # fmt: skip
def test_days_are_local(zone, as_of, day, fires):
    release = version("Checkout 2.0", release=at(day).date() + timedelta(days=20))
    days = WorkingCalendar(zone=zone)
    old = {"created_at": at("2026-01-05")}
    work = [issue(one.ref, milestones=(release.key,), **old) for one in WORK]
    held = snapshot(release, *work, review(day, without("dana@cal")), as_of=as_of)
    view = View(held, config(people=PEOPLE, teams=TEAMS, calendar=days))
    assert len(list(RULE.check(view, Params()))) == fires
