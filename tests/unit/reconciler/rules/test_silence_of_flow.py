"""Why the rules of flow, people and data pass over a subject: one line each (§H1)."""

from dataclasses import replace

import pytest

from syncd.model.findings import Finding
from syncd.model.items import Attendee, Phase
from syncd.reconciler.rules import (
    blocked_unattended,
    clock_skew,
    gate_unattended,
    overload,
    review_wait,
    source_emptied,
    unmapped_team,
)
from syncd.reconciler.silence import subjects_of
from syncd.reconciler.trace import Trace
from syncd.reconciler.view import View
from syncd.testing.builders import (
    AS_OF,
    at,
    change,
    config,
    event,
    issue,
    person,
    pull_request,
    snapshot,
    version,
)
from syncd.testing.histories import finished

PEOPLE = tuple(
    person(who, team="payments", accounts=(("jira", who),)) for who in ("kim", "lee", "osei")
)


def why(rule, subject, *things, people=PEOPLE, **held):
    """The reasons told of a subject; the rule finds nothing."""
    view = View(replace(snapshot(*things), **held), config(people=people))
    view.trace = Trace([str(subject)])
    found = list(rule.RULE.check(view, rule.RULE.params()))
    assert not [one for one in found if isinstance(one, Finding) and not one.holds]
    return [reason.format(*values) for reason, values in view.trace.heard]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"state": "merged"}, "it is merged"),
        ({"draft": True}, "it is a draft"),
        ({"title": "WIP ledger"}, "it is a draft"),
        ({"is_bot": True}, "a robot made it"),
        ({"base": "other", "base_is_default": False}, "it goes onto another open change"),
        (
            {"last_human_activity_at": AS_OF, "requested_reviewers": ("kim",)},
            "somebody acted on it within a working day",
        ),
        ({}, "nobody was asked to review it"),
        (
            {"requested_reviewers": ("kim",), "created_at": at("2026-11-20 12:00")},
            "it waits for a review since 5 working hours",
        ),
    ],
)
def test_review_wait(fields, reason):
    one, other = pull_request(**fields), pull_request("acme/ledger#2", head_branch="other")
    assert why(review_wait, one.key, one, other) == [reason]


def test_blocked_unattended():
    one = issue("PAY-1", flagged=True)
    old = change(one, "flagged", None, "true", "2026-11-16")
    new = change(one, "flagged", None, "true", "2026-11-20")
    said = change(one, "comment", None, None, "2026-11-18")
    free = issue("PAY-2", phase=Phase.ACTIVE)
    assert why(blocked_unattended, free.key, free) == [
        "it is neither flagged nor in a waiting state"
    ]
    assert why(blocked_unattended, one.key, one, new) == ["it is blocked for less than 2 wd"]
    assert why(blocked_unattended, one.key, one, old, said) == [
        "somebody has commented since it was blocked"
    ]


def test_overload():
    work = [issue(f"PAY-{n}", due="2026-12-02", assignee="kim") for n in range(4)]
    assert why(overload, "person:kim", *work, *finished(days=60)) == [
        "from 2026-11-30 on 4 items are due; 5.0 are too many"
    ]
    assert why(overload, "person:kim", *work, people=PEOPLE[:2]) == [
        "their team has fewer than 3 people"
    ]


def test_people_are_found_by_their_names():
    view = View(snapshot(), config(people=PEOPLE))
    assert subjects_of(view, "Kim") == subjects_of(view, "kim") == ("person:kim",)


def test_gate_unattended():
    release = version("Checkout 2.0", release="2026-12-18")
    work = issue("PAY-1", milestones=(release.key,))
    subject, guest = (
        f"deliverable:{release.key}",
        Attendee(account="kim@example.com", response="accepted"),
    )

    def reasons(*reviews):
        return why(gate_unattended, subject, release, work, *reviews)

    def review(day="2026-11-26", **more):
        return event("Checkout 2.0 review", day, attendees=(guest,), **more)

    assert reasons() == ["no review belongs to it"]
    assert reasons(review()) == ["all that its review needs are expected"]
    assert reasons(review("2026-12-09")) == ["its review is 12 wd ahead"]
    assert reasons(review("2026-11-20")) == ["its review has begun"]


def test_data():
    fresh = snapshot(issue("PAY-1", due="2026-12-02")).freshness
    assert why(source_emptied, "source:jira", freshness=fresh) == [
        "the newest listing of jira:PAY is whole"
    ]
    assert why(clock_skew, "source:jira", freshness=fresh, skews={"jira": 3}) == [
        "its clock is 3 s ahead of ours"
    ]
    assert why(unmapped_team, "source:jira", issue("PAY-1", due="2026-12-02")) == [
        "0 of 1 dated items belong to no team"
    ]
