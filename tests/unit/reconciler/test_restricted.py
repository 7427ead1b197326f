"""What not everybody may see is named by no finding that everybody gets, and hides none of them."""

from dataclasses import replace
from datetime import date

import pytest

from syncd.model.findings import Severity
from syncd.model.items import Level, Phase
from syncd.reconciler.engine import evaluate
from syncd.reconciler.facts import subjects
from syncd.reconciler.rule import Rule
from syncd.reconciler.rules.mass_change import Params
from syncd.testing.builders import (
    LONG_AGO,
    at,
    change,
    config,
    event,
    issue,
    link,
    parent_of,
    snapshot,
    team,
    version,
)
from syncd.testing.histories import finished, planned

RELEASE = version("2.0", release="2026-12-04", start=date(2026, 9, 1))
LATE = version("1.9", release="2026-11-12")


def secret(ref, **fields):
    known = {"title": f"Buy Initech {ref}", "created_at": LONG_AGO, "restricted": True}
    return issue(ref, **(known | fields))


def findings(*things, settings=None):
    return evaluate(snapshot(*things), settings or config(), assume_fresh=True).findings


def test_a_finding_for_everybody_names_nothing_that_is_restricted():
    blocked = issue("PAY-1", phase=Phase.WAITING, state="Blocked", state_entered_at=LONG_AGO)
    older = planned(4, first=20, milestones=(RELEASE.key,), assignee="ada", created_at=LONG_AGO)
    added = [secret(f"SEC-{n}", milestones=(RELEASE.key,)) for n in range(10, 20)]
    waits = secret("SEC-1", due="2026-11-25", phase=Phase.TODO)
    left = secret("SEC-2", milestones=(LATE.key,))
    epic = secret("SEC-3", level=Level.EPIC, due="2026-11-13")
    part, due = secret("SEC-4"), issue("PAY-2", due="2026-11-17")
    found = findings(
        RELEASE, LATE, blocked, *older, *added, waits, left, epic, part, parent_of(part, epic), due,
        *finished(days=60, milestones=(RELEASE.key,)), link(waits, blocked), link(waits, due),
        *(change(one, "milestones", None, str(RELEASE.key), "2026-11-10") for one in added),
        change(blocked, "comment", None, None, "2026-05-01"),
        event("Checkout 2.0 go / no-go", "2026-12-01"),
    )  # fmt: skip
    public = [one for one in found if not one.restricted and not one.subject.startswith("source:")]
    rules = {one.rule for one in public}
    assert {"overdue", "blocked-unattended", "scope-growth", "uncovered-scope"} <= rules
    assert [one for one in public if "Initech" in repr(one) or "SEC-" in repr(one)] == []
    assert {one.restricted for one in found if "SEC-3" in one.subject} == {True}


def test_how_many_there_are_is_told():
    left = [secret(f"SEC-{n}", milestones=(LATE.key,)) for n in (1, 2)]
    shown = issue("PAY-1", milestones=(LATE.key,))
    (found,) = (one for one in findings(LATE, *left, shown) if one.rule == "overdue")
    assert "3 of 3 items are open: PAY-1 and 2 restricted items" in [f.text for f in found.facts]


def test_nothing_that_everybody_may_see_is_spoken_for_by_what_is_restricted():
    slow = finished("SEC", days=60, cycle=15)
    for is_secret in (True, False):
        root = secret("SEC-1", due="2026-11-12", state_entered_at=at("2026-11-20"),
                      restricted=is_secret)  # fmt: skip
        waits = issue("PAY-1", due="2026-11-20", phase=Phase.TODO, assignee="ada")
        answer = evaluate(snapshot(root, waits, link(waits, root), *slow), config())
        found = {one.rule: one.fingerprint for one in answer.findings}
        assert {"dep-late", "overdue"} <= found.keys()
        assert (found["overdue"] in dict(answer.inhibited)) is not is_secret


@pytest.mark.parametrize(
    ("says", "hidden"),
    [("PAY-1 waits for SEC-1.", True), ("PAY-1 waits for SEC-11.", False), ("SEC-1, PAY-1", True)],
)
def test_a_rule_that_names_it_is_heard_in_the_neutral_form(says, hidden):
    def check(view, params):
        yield replace(subjects.draft_of_item(view, issue("PAY-1").key, "careless"), summary=says)

    careless = Rule(id="careless", severity=Severity.LOW, params=Params, check=check)
    (found,) = evaluate(snapshot(secret("SEC-1"), issue("PAY-1")), config(), (careless,)).findings
    assert found.restricted is hidden


def test_what_is_hidden_alike_comes_in_the_order_of_its_items():
    late = issue("LED-1", due="2026-11-10")
    teams = [f"t{number}" for number in range(9)]
    items = [secret(f"{one.upper()}-1", due="2026-12-10") for one in teams]
    settings = config(teams=tuple(team(one, f"jira:{one.upper()}") for one in teams))
    (found,) = [
        one
        for one in findings(late, *items, *(link(one, late) for one in items), settings=settings)
        if one.rule == "overdue"
    ]
    assert [push.team for push in found.pushes] == teams
    assert {push.ref for push in found.pushes} == {"a restricted item"}
