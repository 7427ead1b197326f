"""A date that was taken away is told like one that moved (`date-moved`)."""

from dataclasses import replace
from datetime import date

import pytest

from syncd.model.findings import Severity
from syncd.model.items import Level, Phase
from syncd.reconciler.rules.date_moved import RULE, Params
from syncd.reconciler.silence import why_not
from syncd.reconciler.view import View
from syncd.testing.builders import (
    at,
    change,
    config,
    declared,
    github_milestone,
    issue,
    link,
    snapshot,
    sprint,
    team,
    version,
)

MONDAY = "2026-11-23 08:00"
CORE = team("core", "github:acme/ledger", name="Core")


def results(*things, as_of=MONDAY, **settings):
    view = View(snapshot(*things, as_of=as_of), config(teams=(CORE,), **settings))
    return list(RULE.check(view, Params()))


def taken(item, when="2026-11-18 16:00", field="due", **more):
    return change(item, field, "2026-12-11", None, when, **more)


def test_a_milestone_without_its_date_is_told_with_who_planned_with_it() -> None:
    plan = github_milestone("v2")
    part = issue("acme/ledger#1", scope="acme/ledger", source="github", milestones=(plan.key,))
    waits = issue("PAY-1", due="2026-12-14")
    (found,) = results(plan, part, waits, link(waits, part), taken(plan, actor="cora"))
    assert found.summary == (
        "v2 (acme/ledger milestone v2) was planned for Fri 11 Dec and has no date any more; "
        "PAY-1 waits for it."
    )
    assert (found.planned, found.expected, found.slip) == (date(2026, 12, 11), None, None)
    assert found.severity is Severity.MEDIUM
    assert found.act == "Core: set a new date, or tell those who planned with Fri 11 Dec."
    assert found.clears == "It has a date again, or is done; by itself after Wed 2 Dec."
    assert [one.text for one in found.facts] == [
        "The date of acme/ledger milestone v2 was taken away by cora"
    ]
    assert found.alone
    assert found.alone.summary.endswith("has no date any more.")


@pytest.mark.parametrize(
    ("as_of", "told"),
    [
        ("2026-11-19 08:00", False),
        ("2026-11-20 08:00", True),
        ("2026-12-02 08:00", True),
        ("2026-12-03 08:00", False),
    ],
)
def test_it_may_be_set_anew_on_the_next_working_day_and_is_news_for_ten(as_of, told) -> None:
    plan = github_milestone("v2")
    assert bool(results(plan, taken(plan), as_of=as_of)) is told


def test_a_field_that_is_not_read_any_more_takes_no_date_away() -> None:
    epic = issue("PAY-1", level=Level.EPIC)
    seen = {"actor": None, "native_id": "observed:due:2026-11-18T16:00:00Z"}
    assert results(epic, taken(epic, **seen))
    assert not results(epic, taken(epic, **seen, is_bot=True))
    assert results(epic, taken(epic, actor=None, is_bot=True))


def test_of_single_items_only_what_others_wait_for_is_told() -> None:
    lost, waits = issue("LED-88"), issue("PAY-1", due="2026-12-14")
    assert results(lost, waits, taken(lost)) == []
    told = results(lost, waits, link(waits, lost), taken(lost))
    assert [one.subject for one in told] == [str(lost.key)]


def test_an_epic_that_its_release_dates_lost_nothing() -> None:
    lost, dated = issue("LED-88", level=Level.EPIC), version("2.0", release="2026-12-11")
    assert [one.subject for one in results(lost, taken(lost))] == [str(lost.key)]
    kept = issue("LED-88", level=Level.EPIC, milestones=(dated.key,))
    assert results(dated, kept, taken(kept)) == []


def test_what_is_closed_or_has_a_date_again_is_clear() -> None:
    done, again = (
        issue("LED-88", phase=Phase.DONE, level=Level.EPIC),
        github_milestone("v2", due="2026-12-16"),
    )
    back = change(again, "due", None, "2026-12-16", "2026-11-19 16:00")
    told = results(done, again, taken(done), taken(again), back)
    assert [one.discriminator for one in told if one.discriminator] == []
    assert [one.summary for one in told] == [
        "acme/ledger v2 moved from Fri 11 Dec to Wed 16 Dec, 3 working days later."
    ]


def test_sprints_and_bulk_edits_are_left_alone() -> None:
    part = sprint("Sprint 7", start=None, end=None)
    assert results(part, taken(part, field="end")) == []
    every = [issue(f"LED-{number}", level=Level.EPIC) for number in range(20)]
    assert results(*every, *(taken(one, actor="ena") for one in every)) == []


def test_a_promise_to_leaders_is_graver() -> None:
    plan = version("2.0")
    told = results(
        plan, taken(plan, field="release"),
        deliverables=(declared("checkout", "jira:fixVersion=2.0", tier="A"),),
    )  # fmt: skip
    assert [one.severity for one in told] == [Severity.HIGH]


def withdrawn(*things, **more):
    return [one.planned for one in results(*things, **more) if one.discriminator == "withdrawn"]


@pytest.mark.parametrize(
    ("set_at", "taken_at", "told"),
    [
        ("2026-11-18 16:00", "2026-11-18 16:05", False),
        ("2026-11-17 16:00", "2026-11-19 16:00", False),
        ("2026-11-12 16:00", "2026-11-19 16:00", True),
    ],
)
def test_a_date_that_nobody_had_time_to_plan_with_is_no_loss(set_at, taken_at, told) -> None:
    """As with moves: an edit that was undone is none, nor what stood for less than five days."""
    plan = github_milestone("v2")
    first = change(plan, "due", None, "2026-12-11", set_at)
    assert bool(withdrawn(plan, first, taken(plan, taken_at), as_of="2026-11-24 08:00")) is told


def test_a_new_item_that_loses_its_date_lost_nothing_that_others_planned_with() -> None:
    new = issue("LED-88", level=Level.EPIC, created_at=at("2026-11-16 08:00"))
    assert withdrawn(new, taken(new)) == []
    assert withdrawn(replace(new, created_at=at("2026-11-10 08:00")), taken(new))


def test_a_day_on_which_it_starts_does_not_say_when_it_is_done() -> None:
    begun = issue("LED-88", level=Level.EPIC, start="2026-11-02")
    assert withdrawn(begun, taken(begun)) == [date(2026, 12, 11)]


def test_of_two_dates_that_are_taken_away_together_the_earlier_one_counted() -> None:
    lost = issue("LED-88", level=Level.EPIC)
    later = change(lost, "target_end", "2026-12-18", None, "2026-11-18 16:01")
    assert withdrawn(lost, taken(lost), later) == [date(2026, 12, 11)]


def test_a_release_whose_deliverable_has_another_date_lost_nothing() -> None:
    plan = version("2.0")
    whole = declared("checkout", "jira:fixVersion=2.0", target=date(2026, 12, 11))
    assert withdrawn(plan, taken(plan, field="release"))
    assert withdrawn(plan, taken(plan, field="release"), deliverables=(whole,)) == []


def test_what_waits_for_a_part_that_has_a_date_of_its_own_does_not_wait_for_the_whole() -> None:
    plan, waits = github_milestone("v2"), issue("PAY-1", due="2026-12-14")
    part = issue(
        "acme/ledger#1", scope="acme/ledger", source="github", milestones=(plan.key,),
        due="2026-12-01",
    )  # fmt: skip
    (found,) = results(plan, part, waits, link(waits, part), taken(plan))
    assert found.pushes == ()


def test_a_field_that_is_read_no_more_takes_many_dates_and_is_no_news() -> None:
    every = [issue(f"LED-{number}", level=Level.EPIC) for number in range(20)]
    seen = [taken(one, actor=None) for one in every]
    assert results(*every, *seen) == []
    assert len(results(*every[1:], *seen[1:])) == 19


@pytest.mark.parametrize(
    ("as_of", "reason"),
    [
        ("2026-11-19 08:00", "its date was only just taken away, and may be set anew"),
        ("2026-12-03 08:00", "that its date was taken away is no news any more"),
        (MONDAY, ""),
    ],
)
def test_why_it_is_silent_is_told(as_of, reason) -> None:
    plan = github_milestone("v2")
    view = View(snapshot(plan, taken(plan), as_of=as_of), config())
    told = why_not(view, [RULE], RULE.id, [str(plan.key)])
    assert (reason in told.reasons) is bool(reason)
