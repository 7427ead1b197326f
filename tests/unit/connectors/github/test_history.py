"""Timelines of steps become changes of values that end at what the row says."""

from datetime import UTC, datetime, timedelta

import pytest

from syncd.connectors.github.details import Actor, Event
from syncd.connectors.github.history import Standing, Subject, changes, closed_state
from syncd.connectors.github.mapping import phase
from syncd.model.items import ItemKey, Kind, Phase

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
KEY = ItemKey("github", Kind.ISSUE, "1")
M1, M2 = ItemKey("github", Kind.MILESTONE, "1"), ItemKey("github", Kind.MILESTONE, "2")
PHASES = {"blocked": Phase.WAITING, "in review": Phase.REVIEW}


def event(hour, kind, value="", *, by="dana", who=None, old="", seconds=0):
    return Event(
        id=f"{kind}-{hour}-{seconds}",
        kind=kind,
        at=START + timedelta(hours=hour, seconds=seconds),
        actor=Actor(login=by, is_bot=by.endswith("[bot]")),
        value=value,
        who=Actor(login=who) if who else None,
        old=old,
    )


def story(*events, state="open", assignees=(), labels=(), milestone=None, pull=False, draft=False):
    subject = Subject(
        key=KEY,
        repo_id=7,
        now=Standing(state=state, assignees=assignees, labels=frozenset(labels), draft=draft),
        milestone=milestone,
        milestones={"2.0": M1, "2.1": M2},
        phase=None if pull else (lambda at: phase(at, PHASES)),
        bots=frozenset({"ci-user"}),
    )
    return [
        (c.field, c.old, c.new, int((c.at - START) / timedelta(hours=1)))
        for c in changes(subject, events)
    ]


def test_an_issue_that_was_taken_blocked_closed_and_reopened():
    assert story(
        event(1, "assigned", who="rosei"),
        event(2, "labeled", "blocked"),
        event(3, "closed", "completed"),
        event(4, "reopened"),
        event(5, "unlabeled", "blocked"),
        assignees=("rosei",),
    ) == [
        ("phase", "todo", "active", 1),
        ("assignee", None, "rosei", 1),
        ("labels", None, "blocked", 2),
        ("phase", "active", "waiting", 2),
        ("state", "open", "closed", 3),
        ("phase", "waiting", "done", 3),
        ("state", "closed", "open", 4),
        ("phase", "done", "waiting", 4),
        ("labels", "blocked", None, 5),
        ("phase", "waiting", "active", 5),
    ]


@pytest.mark.parametrize(
    ("reason", "state", "ends"),
    [
        ("completed", "closed", "done"),
        ("", "closed", "done"),
        ("not_planned", "closed as not planned", "dropped"),
        ("duplicate", "closed as duplicate", "dropped"),
    ],
)
def test_the_reason_of_closing_tells_done_from_dropped(reason, state, ends):
    assert closed_state(reason) == state
    assert story(event(1, "closed", reason), state=state) == [
        ("state", "open", state, 1),
        ("phase", "todo", ends, 1),
    ]


def test_reopening_leaves_the_state_in_which_it_was_closed():
    assert story(event(1, "closed", "not_planned"), event(2, "reopened"))[2:] == [
        ("state", "closed as not planned", "open", 2),
        ("phase", "dropped", "todo", 2),
    ]


def test_the_first_of_several_assignees_is_the_assignee():
    assert story(
        event(1, "assigned", who="rosei"),
        event(2, "assigned", who="kim"),
        event(3, "unassigned", who="rosei"),
        assignees=("kim",),
    ) == [
        ("phase", "todo", "active", 1),
        ("assignee", None, "rosei", 1),
        ("second_assignee", None, "kim", 2),
        ("assignee", "rosei", "kim", 3),
        ("second_assignee", "kim", None, 3),
    ]


def test_a_milestone_is_named_by_identity_also_when_it_was_renamed_since():
    told = story(
        event(1, "milestoned", "2.0"),
        event(2, "demilestoned", "2.0"),
        event(2, "milestoned", "Spring", seconds=1),
        milestone=M2,
    )
    assert told == [
        ("milestones", None, str(M1), 1),
        ("milestones", str(M1), None, 2),
        ("milestones", None, str(M2), 2),
    ]


def test_a_milestone_that_is_gone_keeps_an_identity_of_its_own():
    told = story(event(1, "milestoned", "Old"), event(2, "demilestoned", "Old"))
    assert told == [
        ("milestones", None, "github:milestone:7/Old", 1),
        ("milestones", "github:milestone:7/Old", None, 2),
    ]


def test_titles_comments_and_pushes():
    assert story(
        event(1, "renamed", "New", old="Old"),
        event(2, "commented"),
        event(3, "committed", "message"),
        event(4, "head_ref_force_pushed"),
    ) == [
        ("title", "Old", "New", 1),
        ("comment", None, None, 2),
        ("push", None, None, 3),
        ("push", None, None, 4),
    ]


def test_who_was_asked_for_a_review():
    asked = story(event(1, "review_requested", "kim"), event(2, "review_requested", "team:core"),
                  event(3, "review_requested"), pull=True)  # fmt: skip
    assert asked == [
        ("review_request", None, "kim", 1),
        ("review_request", None, "team:core", 2),
    ]


def test_a_merge_is_one_change_although_github_tells_two():
    told = story(
        event(1, "ready_for_review"),
        event(2, "merged"),
        event(2, "closed", seconds=1),
        state="merged",
        pull=True,
    )
    assert told == [("draft", "true", "false", 1), ("state", "open", "merged", 2)]


def test_a_pull_request_closed_reopened_and_merged():
    told = story(
        event(1, "closed"), event(2, "reopened"), event(3, "merged"), event(3, "closed"),
        state="merged", pull=True,
    )  # fmt: skip
    assert told == [
        ("state", "open", "closed", 1),
        ("state", "closed", "open", 2),
        ("state", "open", "merged", 3),
    ]


def test_steps_of_one_second_are_one_change_of_a_value():
    """Two changes at one instant could be undone in the wrong order."""
    told = story(
        event(1, "assigned", who="rosei"), event(1, "labeled", "blocked"),
        assignees=("rosei",), labels=("blocked",),
    )  # fmt: skip
    assert ("phase", "todo", "waiting", 1) in told
    assert [each[0] for each in told].count("phase") == 1


def test_robots_are_told_apart():
    subject = Subject(
        key=KEY, repo_id=7, now=Standing(state="open"), milestone=None, milestones={},
        bots=frozenset({"ci-user"}),
    )  # fmt: skip
    found = changes(
        subject,
        [
            event(1, "commented", by="dependabot[bot]"),
            event(2, "commented", by="CI-User"),
            event(3, "commented", by="kim"),
        ],
    )
    assert [change.is_bot for change in found] == [True, True, False]
    assert [change.actor for change in found] == ["dependabot[bot]", "CI-User", "kim"]


def test_every_change_has_an_id_of_its_own():
    subject = Subject(
        key=KEY, repo_id=7, now=Standing(state="closed", assignees=("kim",)), milestone=None,
        milestones={}, phase=lambda at: phase(at, PHASES),
    )  # fmt: skip
    found = changes(
        subject,
        [event(1, "assigned", who="kim"), event(2, "closed"), event(3, "labeled", "blocked")],
    )
    assert len({change.native_id for change in found}) == len(found) == 5
