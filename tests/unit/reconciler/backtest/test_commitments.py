from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.model.items import Level, Phase
from syncd.reconciler.backtest.commitments import Ledger, Outcome, Promise, looks
from syncd.reconciler.backtest.plain import plain
from syncd.reconciler.view import View
from syncd.testing.builders import (
    AS_OF,
    LONG_AGO,
    at,
    change,
    config,
    event,
    issue,
    snapshot,
    sprint,
    version,
)
from syncd.testing.histories import finished, planned
from syncd.testing.organisation import declared, team

RELEASE = version("2.0", release="2026-11-27")
SUBJECT = f"deliverable:{RELEASE.key}"
PROMISE = Promise(SUBJECT, date(2026, 11, 27))
FRIDAY = at("2026-11-27T18:00")
MONDAY = at("2026-11-30T09:00")
DUE = issue("PAY-60", due="2026-11-27")
MINE = Promise(str(DUE.key), date(2026, 11, 27))


def view(*things, as_of=AS_OF, conf=None, **more):
    return View(snapshot(*things, as_of=as_of, **more), conf or config(), assume_fresh=True)


def seen(*things, held=None, **more):
    return {one.promise: one for one in looks(view(*things, **more), held or {})}


STANDING = (RELEASE, *planned(3, milestones=(RELEASE.key,)))


def ended(*later, promise=PROMISE, before=STANDING, conf=None):
    """Outcome on the Monday after, of what stood as `before` on the Monday before."""
    ledger = Ledger()
    ledger.enter(tuple(looks(view(*before, conf=conf), {})))
    assert ledger.settle(view(*before, as_of=FRIDAY, conf=conf)) == ()
    found = dict(ledger.settle(view(*later, as_of=MONDAY, conf=conf)))
    assert ledger.settle(view(*later, as_of=MONDAY, conf=conf)) == (), "each is settled once"
    return found[promise]


def members(*phases, done="2026-11-26", milestone=RELEASE):
    return [
        replace(
            one, phase=phase, updated_at=at(done), done_at=at(done) if phase.is_closed else None
        )
        for one, phase in zip(planned(9, milestones=(milestone.key,)), phases, strict=False)
    ]


def test_open_deliverables_and_issues_with_a_date_of_their_own_are_commitments():
    found = seen(RELEASE, *planned(3, milestones=(RELEASE.key,)), DUE)
    assert set(found) == {PROMISE, MINE}
    assert found[PROMISE].left == 4
    assert found[PROMISE].name == "PAY 2.0"


def test_what_is_done_empty_or_over_is_none():
    assert not seen(RELEASE)
    assert not seen(RELEASE, *members(Phase.DONE, Phase.DROPPED))
    assert not seen(replace(DUE, phase=Phase.DONE, done_at=AS_OF))
    assert not seen(DUE, as_of=MONDAY)
    assert not seen(issue("PAY-61"))


def test_an_epic_with_a_date_is_asked_once():
    epic = issue("PAY-70", due="2026-11-27", type="Epic", level=Level.EPIC)
    child = issue("PAY-71", parent="PAY-70")
    assert set(seen(epic, child)) == {Promise(f"deliverable:{epic.key}", date(2026, 11, 27))}


def test_the_odds_are_those_of_the_forecast():
    history = finished(days=60)
    easy = seen(RELEASE, *planned(1, milestones=(RELEASE.key,)), *history)
    hard = seen(RELEASE, *planned(60, milestones=(RELEASE.key,)), *history)
    assert hard[PROMISE].late > 0.9
    assert easy[PROMISE].late is None or easy[PROMISE].late < hard[PROMISE].late


def test_a_date_that_was_read_later_is_known_in_hindsight_only():
    work = planned(3, milestones=(RELEASE.key,))
    later, earlier = AS_OF + timedelta(days=1), AS_OF - timedelta(days=1)
    assert seen(RELEASE, *work, held={RELEASE.key: later})[PROMISE].in_hindsight
    assert not seen(RELEASE, *work, held={RELEASE.key: earlier})[PROMISE].in_hindsight
    assert not seen(DUE, held={DUE.key: later})[MINE].in_hindsight, "Jira tells its past dates"
    running = sprint("Sprint 41", start="2026-11-16", end="2026-11-27")
    story = issue("PAY-2", sprint=running.key)
    (look,) = seen(running, story, held={running.key: later}).values()
    assert not look.in_hindsight, "a planned end stays beside the real one"


def test_a_date_of_the_configuration_is_said_to_be_one():
    conf = config(
        deliverables=(declared("checkout", "jira:fixVersion=2.0", target=date(2026, 12, 4)),)
    )
    (look,) = seen(RELEASE, *planned(3, milestones=(RELEASE.key,)), conf=conf).values()
    assert look.configured
    assert look.promise.day == date(2026, 12, 4)


@pytest.mark.parametrize(
    ("phases", "done", "outcome"),
    [
        ([Phase.DONE, Phase.DONE], "2026-11-27T12:00", Outcome.KEPT),
        ([Phase.DONE, Phase.DROPPED], "2026-11-26", Outcome.KEPT),
        ([Phase.DONE, Phase.DONE], "2026-11-28T12:00", Outcome.MISSED),
        ([Phase.DONE, Phase.ACTIVE], "2026-11-26", Outcome.MISSED),
        ([Phase.DROPPED, Phase.DROPPED], "2026-11-28T12:00", Outcome.GONE),
    ],
)
def test_a_deliverable_is_kept_when_its_last_item_was_closed_by_then(phases, done, outcome):
    assert ended(RELEASE, *members(*phases, done=done)) is outcome


@pytest.mark.parametrize(
    ("zone", "done", "outcome"),
    [
        ("America/Los_Angeles", "2026-11-28 07:59", Outcome.KEPT),
        ("America/Los_Angeles", "2026-11-28 08:00", Outcome.MISSED),
        ("Pacific/Auckland", "2026-11-27 10:59", Outcome.KEPT),
        ("Pacific/Auckland", "2026-11-27 11:00", Outcome.MISSED),
    ],
)
def test_a_promised_day_ends_where_its_team_is(zone, done, outcome):
    conf = config(teams=(team("payments", "jira:PAY", timezone=zone),))
    assert ended(RELEASE, *members(Phase.DONE, done=done), conf=conf) is outcome
    released = replace(RELEASE, state="released", closed_at=at(done))
    assert ended(released, *members(Phase.TODO), conf=conf) is outcome


def test_a_release_on_its_day_keeps_the_date_whatever_stays_open():
    shipped = replace(RELEASE, state="released", closed_at=FRIDAY)
    late = replace(RELEASE, state="released", closed_at=at("2026-11-29T12:00"))
    assert ended(shipped, *members(Phase.ACTIVE)) is Outcome.KEPT
    assert ended(late, *members(Phase.ACTIVE)) is Outcome.MISSED


def test_a_date_moved_in_time_was_moved_and_one_moved_afterwards_was_missed():
    moved = version("2.0", release="2026-12-11")
    work = members(Phase.ACTIVE)
    in_time = change(moved, "release", "2026-11-27", "2026-12-11", "2026-11-25")
    late = change(moved, "release", "2026-11-27", "2026-12-11", "2026-11-28T12:00")
    for one, outcome in ((in_time, Outcome.MOVED), (late, Outcome.MISSED)):
        claims = tuple(replace(claim, set_at=one.at) for claim in moved.claims)
        assert ended(replace(moved, claims=claims), one, *work) is outcome
    assert Outcome.MOVED.is_miss


def test_a_date_taken_away_was_moved():
    assert ended(version("2.0"), *members(Phase.ACTIVE)) is Outcome.MOVED
    assert ended(issue("PAY-60"), promise=MINE, before=(DUE,)) is Outcome.MOVED


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        ({"phase": Phase.DONE, "done_at": FRIDAY}, Outcome.KEPT),
        ({"phase": Phase.DONE, "done_at": at("2026-11-28T12:00")}, Outcome.MISSED),
        ({}, Outcome.MISSED),
        ({"phase": Phase.DROPPED, "done_at": FRIDAY}, Outcome.GONE),
    ],
)
def test_an_issue_is_kept_when_it_was_done_by_then(later, outcome):
    assert ended(replace(DUE, **later), promise=MINE, before=(DUE,)) is outcome


def test_what_is_deleted_is_gone():
    assert ended(promise=MINE, before=(DUE,)) is Outcome.GONE
    assert ended() is Outcome.GONE


def test_what_was_done_in_time_and_is_forgotten_was_kept():
    ledger = Ledger()
    ledger.enter(tuple(looks(view(RELEASE, *members(Phase.ACTIVE)), {})))
    ledger.settle(view(RELEASE, *members(Phase.DONE), as_of=FRIDAY))
    assert dict(ledger.settle(view(as_of=MONDAY))) == {PROMISE: Outcome.KEPT}


def test_what_was_reopened_before_its_day_was_not_kept():
    ledger = Ledger()
    ledger.enter(tuple(looks(view(RELEASE, *members(Phase.ACTIVE)), {})))
    done = members(Phase.DONE, done="2026-11-24")
    ledger.settle(view(RELEASE, *done, as_of=at("2026-11-25T09:00")))
    ledger.settle(view(RELEASE, *members(Phase.ACTIVE), as_of=FRIDAY))
    settled = ledger.settle(view(RELEASE, *members(Phase.ACTIVE), as_of=MONDAY))
    assert dict(settled) == {PROMISE: Outcome.MISSED}


def test_simpler_ways_by_hand():
    # From Mon 2 Nov to Fri 27 Nov are 19 working days, of which 15 are gone on Mon 23 Nov and 4
    # are left. 6 of 10 items are done, 3 of them in the last four weeks of 15 days since it began.
    running = version("2.0", release="2026-11-27", start=date(2026, 11, 2))
    done = members(*[Phase.DONE] * 6, done="2026-11-10", milestone=running)
    old = [replace(one, done_at=at("2026-10-20")) for one in done[:3]]
    left = planned(4, first=20, milestones=(running.key,))
    shown = view(running, *old, *done[3:], *left)
    (deliverable,) = shown.deliverables
    found = plain(shown, deliverable, shown.config.calendar)
    assert found.burn_up == pytest.approx(4 / (3 / 15) / 4 - 1)
    assert found.behind == pytest.approx(15 / 19 - 6 / 10)


def test_simpler_ways_say_nothing_before_it_has_begun():
    ahead = version("2.0", release="2026-12-18", start=date(2026, 11, 30))
    shown = view(ahead, *planned(3, milestones=(ahead.key,)))
    (deliverable,) = shown.deliverables
    assert plain(shown, deliverable, shown.config.calendar) is None


def test_without_a_finish_the_burn_up_never_ends():
    shown = view(RELEASE, *planned(3, milestones=(RELEASE.key,), created_at=LONG_AGO))
    (deliverable,) = shown.deliverables
    assert plain(shown, deliverable, shown.config.calendar).burn_up == float("inf")


def test_events_are_no_commitments_of_their_own():
    assert not seen(event("Launch 2.0", "2026-11-27"))
