"""What was promised, told from the history of a date."""

from dataclasses import replace
from datetime import date

import pytest

from syncd.model.acts import Act, ActKind, Agreed, Promise, agreements
from syncd.model.items import DateRole, Kind, Precision
from syncd.reconciler.view import View
from syncd.testing.builders import (
    at,
    change,
    claim,
    config,
    declared,
    key,
    person,
    snapshot,
    sprint,
    team,
    version,
)


def promised(item, *things, first_seen="2026-06-01", **settings):
    seen = {item.key: at(first_seen)}
    (one,) = View(snapshot(item, *things, first_seen=seen), config(**settings)).deliverables
    return one.baseline, one.provisional


V = version("Checkout 2.0", release="2026-12-11")


def test_a_date_that_never_moved_is_the_baseline():
    assert promised(V) == (date(2026, 12, 11), False)


@pytest.mark.parametrize(("seen", "provisional"), [("2026-11-16", False), ("2026-11-17", True)])
def test_it_must_stand_for_five_working_days(seen, provisional):
    """The snapshot is of Monday 23 November."""
    assert promised(V, first_seen=seen) == (date(2026, 12, 11), provisional)


@pytest.mark.parametrize(
    ("moved", "baseline"), [("2026-11-09", date(2026, 12, 1)), ("2026-11-06", date(2026, 12, 11))]
)
def test_the_first_value_that_stood_five_working_days(moved, baseline):
    move = change(V, "release", "2026-12-01", "2026-12-11", moved)
    assert promised(V, move, first_seen="2026-11-02") == (baseline, False)


def test_a_date_that_never_stood_is_measured_from_the_first_one_seen():
    moves = [
        change(V, "release", None, "2026-12-01", "2026-11-17"),
        change(V, "release", "2026-12-01", "2026-12-11", "2026-11-20"),
    ]
    assert promised(V, *moves, first_seen="2026-11-02") == (date(2026, 12, 1), True)


def test_of_a_quarter_its_last_day_was_promised():
    quarter = claim(
        V.key, "2026-10-01", until="2026-12-31", field="release", role=DateRole.RELEASE,
        precision=Precision.QUARTER,
    )  # fmt: skip
    moved = change(V, "release", "2026-07-01/2026-09-30", "2026-10-01/2026-12-31", "2026-11-19")
    assert promised(replace(V, claims=(quarter,)), moved) == (date(2026, 9, 30), False)


def test_the_time_without_a_date_does_not_count():
    first = change(V, "release", None, "2026-12-11", "2026-11-20")
    assert promised(V, first) == (date(2026, 12, 11), True)


def test_a_known_setting_time_counts_where_nothing_was_recorded():
    own = claim(
        key("PAY X", kind=Kind.MILESTONE), "2026-12-11", field="release", set_at="2026-11-20"
    )
    assert promised(version("X", claims=(own,))) == (date(2026, 12, 11), True)


def test_the_label_commits_at_once():
    moves = [
        change(V, "release", None, "2026-12-01", "2026-11-10"),
        change(V, "labels", None, "committed", "2026-11-11"),
        change(V, "release", "2026-12-01", "2026-12-11", "2026-11-12"),
    ]
    assert promised(V, *moves) == (date(2026, 12, 1), False)


def test_a_sprint_commits_when_it_starts():
    run = sprint(start="2026-11-19", end="2026-12-04")
    move = change(run, "end", "2026-12-02", "2026-12-04", "2026-11-20")
    assert promised(run, move) == (date(2026, 12, 2), False)


def test_a_sprint_that_was_first_seen_after_its_start_is_provisional():
    run = sprint(start="2026-11-02", end="2026-12-04")
    assert promised(run, first_seen="2026-11-10") == (date(2026, 12, 4), True)


def test_a_sprint_that_has_not_started_is_provisional():
    run = sprint(start="2026-11-24", end="2026-12-04")
    assert promised(run) == (date(2026, 12, 4), True)


def test_a_declared_baseline_wins():
    wanted = declared("x", "jira:version=Checkout 2.0", baseline=date(2026, 11, 2))
    for first_seen in ("2026-06-01", "2026-11-20"):
        told = promised(V, first_seen=first_seen, deliverables=(wanted,))
        assert told == (date(2026, 11, 2), False)


def test_values_that_are_no_days_are_passed_over():
    moves = [change(V, "release", "soon", "2026-12-11", "2026-10-20")]
    assert promised(V, *moves) == (date(2026, 12, 11), False)


def test_without_any_date_there_is_no_baseline():
    wanted = declared("x", "jira:version=Y")
    assert promised(version("Y"), deliverables=(wanted,)) == (None, True)


def test_what_people_set_counts_before_what_is_declared_or_seen():
    on = at("2026-11-20 10:00")
    agreed = Agreed(day=date(2026, 12, 18), at=on, by="dana", reason="vendor")
    written = declared("checkout", "jira:fixVersion=Checkout 2.0", baseline=date(2026, 12, 4))
    for name, known in ((str(V.key), ()), ("checkout", (written,)), (str(V.key), (written,))):
        settings = config(deliverables=known, agreed={name: agreed})
        (one,) = View(snapshot(V), settings).deliverables
        assert (one.baseline, one.provisional, one.agreed) == (date(2026, 12, 18), False, agreed)
        assert one.committed_on == date(2026, 11, 20)


def test_a_date_is_committed_to_on_the_day_of_whoever_owns_it():
    """The scope that comes in from then on is counted in the owner's days, too."""
    agreed = Agreed(day=date(2026, 12, 18), at=at("2026-11-20 03:00"), by="dana", reason="vendor")
    written = declared("checkout", "jira:fixVersion=Checkout 2.0", owner="dana")
    west = replace(team("ledger", "jira:LED"), timezone="America/Los_Angeles")
    settings = config(
        deliverables=(written,),
        agreed={"checkout": agreed},
        people=(person("dana", team="ledger"),),
        teams=(team("payments", "jira:PAY"), west),
    )
    (one,) = View(snapshot(V), settings).deliverables
    assert one.teams == ("payments",)
    assert one.committed_on == date(2026, 11, 19)


def test_the_last_agreement_by_then_counts():
    first, second = (
        Act(
            kind=ActKind.BASELINE, at=at(day), by="dana", text=day,
            promises=(Promise(deliverable="checkout", name="C", day=date(2026, 12, number)),),
        )
        for number, day in ((1, "2026-11-02 10:00"), (2, "2026-11-20 10:00"))
    )  # fmt: skip
    found = {
        day: agreements((first, second), at(day)).get("checkout")
        for day in ("2026-11-01 10:00", "2026-11-02 10:00", "2026-11-21 10:00")
    }
    days = [one and one.day for one in found.values()]
    assert days == [None, date(2026, 12, 1), date(2026, 12, 2)]
