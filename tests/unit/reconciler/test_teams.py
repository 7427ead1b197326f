"""Whose an item is, why, and how sure."""

import pytest

from syncd.model.items import Level
from syncd.reconciler.view import View
from syncd.testing.builders import (
    config,
    event,
    issue,
    person,
    pull_request,
    snapshot,
    sprint,
    team,
    version,
)


def team_of(item, *others, **settings):
    return View(snapshot(item, *others), config(**settings)).team_of(item.key)


def told(item, *others, **settings):
    found = team_of(item, *others, **settings)
    return found.team, found.confidence


def test_an_explicit_team_field_wins_over_the_project():
    assert told(issue("PAY-1", team="Ledger")) == ("ledger", 1.0)


def test_a_team_field_that_names_no_team_is_passed_over():
    assert told(issue("PAY-1", team="Nobody")) == ("payments", 0.95)


def test_narrower_patterns_come_first():
    teams = (
        team("a", "jira:PAY"),
        team("b", "jira:label=web"),
        team("c", "jira:component=API"),
        team("d", "jira:PAY/component=API"),
    )
    assert told(issue("PAY-1"), teams=teams) == ("a", 0.95)
    assert told(issue("PAY-1", labels=("web",)), teams=teams) == ("b", 0.95)
    assert told(issue("LED-1", labels=("web",), components=("api",)), teams=teams) == ("c", 0.95)
    assert told(issue("PAY-1", labels=("web",), components=("API",)), teams=teams) == ("d", 0.95)


def test_the_reason_names_the_pattern():
    assert "jira:PAY" in team_of(issue("PAY-1")).reason


def test_a_scope_that_two_teams_own_is_left_to_the_next_step():
    teams = (team("a", "jira:PAY"), team("b", "jira:PAY"))
    people = (person("ada", team="b", accounts=(("jira", "ada"),)),)
    assert told(issue("PAY-1"), teams=teams) == (None, 0.0)
    assert told(issue("PAY-1", assignee="ada"), teams=teams, people=people) == ("b", 0.6)


def test_patterns_hold_for_their_source_only():
    assert told(issue("PAY-1", source="jira2")) == (None, 0.0)


def test_a_repository_pattern_with_a_slash_is_a_scope():
    assert told(pull_request("acme/ledger#3")) == ("ledger", 0.85)
    assert told(issue("Acme/Ledger#3", source="github")) == ("ledger", 0.95)


def test_the_board_of_the_sprint():
    run = sprint(board="mobile")
    assert told(issue("X-1", sprint=run.key), run) == ("mobile", 0.8)


def test_an_assignee_with_two_teams_says_nothing():
    people = (
        person("ada", team="ledger", accounts=(("jira", "ada"),)),
        person("ada2", team="mobile", accounts=(("jira", "ada"),)),
    )
    assert told(issue("X-1", assignee="ada"), people=people) == (None, 0.0)


def test_an_account_of_another_source_says_nothing():
    people = (person("ada", team="ledger", accounts=(("github", "ada"),)),)
    assert told(issue("X-1", assignee="ada"), people=people) == (None, 0.0)


def test_the_team_of_the_parent_at_any_height():
    top = issue("PAY-1", level=Level.EPIC)
    middle, low = issue("X-2", parent="PAY-1"), issue("Y-3", parent="X-2", level=Level.SUBTASK)
    assert told(low, middle, top) == ("payments", 0.6)


def test_parents_in_a_circle_end():
    one, other = issue("X-1", parent="X-2"), issue("X-2", parent="X-1")
    assert told(one, other) == (None, 0.0)


def test_milestones_and_events():
    people = (person("ada", team="ledger", accounts=(("calendar", "ada"),)),)
    assert told(version("2.0", scope="MOB")) == ("mobile", 0.95)
    assert told(event(organiser="ada"), people=people) == ("ledger", 0.6)


@pytest.mark.parametrize(
    ("one", "other", "crosses"),
    [("PAY-1", "LED-1", True), ("PAY-1", "PAY-2", False), ("PAY-1", "X-1", False)],
)
def test_cross_team_needs_both_ends_known(one, other, crosses):
    near, far = issue(one), issue(other)
    assert View(snapshot(near, far), config()).are_cross_team(near.key, far.key) is crosses


def test_how_sure_a_repository_is_does_not_depend_on_what_was_asked_first():
    pull, ticket = pull_request("acme/ledger#3"), issue("acme/ledger#4", source="github")
    for first, second in ((pull, ticket), (ticket, pull)):
        known = View(snapshot(pull, ticket), config())
        known.team_of(first.key)
        known.team_of(second.key)
        assert known.team_of(pull.key).confidence == 0.85
        assert known.team_of(ticket.key).confidence == 0.95


def test_labels_of_a_pull_request_and_the_board_of_a_sprint():
    teams = (team("a", "github:label=web"), team("b", "github:acme/ledger"))
    assert told(pull_request("acme/ledger#3", labels=("web",)), teams=teams) == ("a", 0.95)
    assert told(pull_request("acme/ledger#3", labels=("x",)), teams=teams) == ("b", 0.85)
    assert told(sprint(scope="X", board="Mobile")) == ("mobile", 0.8)


def test_two_labels_of_two_teams_leave_it_to_the_project():
    teams = (team("a", "jira:label=x"), team("b", "jira:label=y"), team("c", "jira:PAY"))
    assert told(issue("PAY-1", labels=("x", "y")), teams=teams) == ("c", 0.95)


@pytest.mark.parametrize(
    ("owners", "found"),
    [
        (("team:mobile", "team:payments"), ("mobile", 0.85)),
        (("Team:Mobile",), ("ledger", 0.85)),  # no team of ours: the repository's
        (("team:nobody", "team:mobile"), ("mobile", 0.85)),
        (("team:mobile team:payments",), ("ledger", 0.85)),  # equally many files
        (("team:mobile ada", "team:payments"), ("mobile", 0.85)),  # ada is one of them
        (("ada",), ("mobile", 0.85)),
        ((), ("ledger", 0.85)),
    ],
)
def test_code_owners_come_before_the_owner_of_the_repository(owners, found):
    people = (person("ada", team="mobile", accounts=(("github", "ada"),)),)
    pull = pull_request("acme/ledger#3", code_owners=owners)
    assert told(pull, people=people) == found


def test_the_reason_names_the_other_code_owners():
    pull = pull_request("acme/ledger#3", code_owners=("team:c", "team:b ada", "team:a"))
    teams = (team("a"), team("b"), team("c"))
    assert team_of(pull, teams=teams).reason == (
        "CODEOWNERS gives most of its files to team:c, others to team:b, ada, team:a"
    )


def test_a_label_says_more_than_code_owners():
    teams = (team("a", "github:label=web"), team("b", "github:acme/ledger"), team("c"))
    pull = pull_request("acme/ledger#3", labels=("web",), code_owners=("team:c",))
    assert told(pull, teams=teams) == ("a", 0.95)
    other = pull_request("acme/ledger#4", labels=("x",), code_owners=("team:c",))
    assert told(other, teams=teams) == ("c", 0.85)
    assert "CODEOWNERS" in team_of(other, teams=teams).reason
