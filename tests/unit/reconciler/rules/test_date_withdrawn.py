"""A date that was taken away is told like one that moved (`date-moved`)."""

from datetime import date

import pytest

from syncd.model.findings import Severity
from syncd.model.items import Level, Phase
from syncd.reconciler.rules.date_moved import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import (
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
