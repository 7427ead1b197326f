"""What `gh … --json` and `gh api` write."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from syncd.connectors.file.content import Content, UnreadableFile
from syncd.connectors.file.github_json import is_github, read_github_json
from syncd.connectors.file.options import Options
from syncd.model.items import Issue, ItemKey, Kind, Milestone, Phase, PullRequest
from syncd.model.links import Evidence

GH_ISSUE: dict[str, Any] = {
    "number": 311,
    "title": "Ledger API v2",
    "state": "OPEN",
    "stateReason": "",
    "url": "https://github.com/acme/ledger/issues/311",
    "createdAt": "2026-10-01T09:00:00Z",
    "updatedAt": "2026-11-20T16:05:00Z",
    "closedAt": None,
    "labels": [{"id": "L1", "name": "In Review", "color": "fff", "description": ""}],
    "assignees": [{"id": "U1", "login": "r-osei", "name": "R. Osei"}],
    "author": {"id": "U2", "is_bot": False, "login": "bo", "name": "Bo"},
    "milestone": {"number": 3, "title": "2.0", "description": "", "dueOn": "2026-12-01T08:00:00Z"},
    "body": "Blocked by acme/mobile#7\n- [ ] docs",
}
GH_PULL: dict[str, Any] = {
    "number": 320,
    "title": "PAY-142 settle",
    "state": "OPEN",
    "isDraft": False,
    "url": "https://github.com/acme/ledger/pull/320",
    "createdAt": "2026-11-01T09:00:00Z",
    "updatedAt": "2026-11-20T16:05:00Z",
    "closedAt": None,
    "mergedAt": None,
    "labels": [],
    "assignees": [],
    "author": {"is_bot": True, "login": "app/renovate", "name": ""},
    "milestone": None,
    "body": "",
    "baseRefName": "main",
    "headRefName": "feature/LED-88-x",
    "reviews": [
        {
            "id": "R1",
            "author": {"login": "r-osei"},
            "state": "APPROVED",
            "submittedAt": "2026-11-02T09:00:00Z",
        },
        {"id": "R2", "author": {"login": "r-osei"}, "state": "PENDING", "submittedAt": None},
    ],
    "reviewRequests": [
        {"__typename": "User", "login": "bo"},
        {"__typename": "Team", "name": "Core", "slug": "acme/core"},
    ],
    "reviewDecision": "REVIEW_REQUIRED",
    "closingIssuesReferences": [
        {"id": "I1", "number": 311, "url": "https://github.com/acme/ledger/issues/311"}
    ],
    "mergeable": "CONFLICTING",
    "statusCheckRollup": [
        {"__typename": "CheckRun", "status": "COMPLETED", "conclusion": "SUCCESS"},
        {"__typename": "StatusContext", "state": "PENDING"},
    ],
}
REST_ISSUE: dict[str, Any] = {
    "id": 99,
    "node_id": "I_x",
    "number": 311,
    "title": "Ledger API v2",
    "state": "closed",
    "state_reason": "not_planned",
    "url": "https://api.github.com/repos/acme/ledger/issues/311",
    "html_url": "https://github.com/acme/ledger/issues/311",
    "created_at": "2026-10-01T09:00:00Z",
    "updated_at": "2026-11-20T16:05:00Z",
    "closed_at": "2026-11-20T16:00:00Z",
    "labels": [{"name": "bug"}],
    "assignees": [],
    "user": {"login": "bo", "type": "User"},
    "comments": 4,
    "milestone": {
        "id": 777,
        "number": 3,
        "title": "2.0",
        "state": "closed",
        "due_on": "2026-12-01T08:00:00Z",
        "closed_at": "2026-11-30T08:00:00Z",
        "html_url": "https://github.com/acme/ledger/milestone/3",
    },
}
PHASES = {"in review": Phase.REVIEW}


def read(*rows: dict[str, Any]) -> Content:
    placed = ((f"gh.json:{number}", row) for number, row in enumerate(rows, 1))
    return read_github_json(placed, Options(source="file", phases=PHASES))


def one(content: Content, kind: type) -> Any:
    (found,) = [item for item in content.items if isinstance(item, kind)]
    return found


def test_an_issue_of_gh():
    content = read(GH_ISSUE)
    issue = one(content, Issue)
    assert issue.key == ItemKey("file", Kind.ISSUE, "acme/ledger#311")
    assert (issue.ref, issue.scope) == ("acme/ledger#311", "acme/ledger")
    assert (issue.phase, issue.state, issue.assignee) == (Phase.REVIEW, "open", "r-osei")
    assert issue.created_at == datetime(2026, 10, 1, 9, tzinfo=UTC)
    assert issue.unchecked_tasks == 1
    assert issue.url == "https://github.com/acme/ledger/issues/311"
    milestone = one(content, Milestone)
    assert issue.milestones == (milestone.key,)
    assert milestone.key.native_id == "acme/ledger milestone 3"
    # Midnight in California, as people chose it.
    assert milestone.claims[0].lo == date(2026, 12, 1)
    assert ("acme/mobile#7", Evidence.WAITS_PHRASE) in {
        (link.far_ref, link.evidence) for link in content.links
    }
    assert {account.id: account.name for account in content.accounts} == {
        "bo": "Bo",
        "r-osei": "R. Osei",
    }


def test_a_pull_request_of_gh():
    content = read(GH_PULL)
    pull = one(content, PullRequest)
    assert pull.key == ItemKey("file", Kind.PULL_REQUEST, "acme/ledger#320")
    assert (pull.base, pull.head_branch, pull.draft) == ("main", "feature/LED-88-x", False)
    assert pull.is_bot
    assert [(review.author, review.verdict) for review in pull.reviews] == [("r-osei", "approved")]
    assert pull.requested_reviewers == ("bo", "team:core")
    assert (pull.review_decision, pull.checks, pull.mergeable) == (
        "review_required",
        "pending",
        False,
    )
    stated = {(link.far_ref, link.evidence) for link in content.links}
    assert ("acme/ledger#311", Evidence.CLOSES) in stated
    assert ("LED-88", Evidence.BRANCH) in stated
    assert ("PAY-142", Evidence.TITLE) in stated


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"state": "MERGED", "mergedAt": "2026-11-19T09:00:00Z"}, "merged"),
        ({"state": "CLOSED", "closedAt": "2026-11-19T09:00:00Z"}, "closed"),
        ({"isDraft": True}, "open"),
    ],
)
def test_states_of_a_pull_request(changes, state):
    pull = one(read(GH_PULL | changes), PullRequest)
    assert pull.state == state
    assert pull.draft is bool(changes.get("isDraft"))
    assert (pull.merged_at is not None) == (state == "merged")


@pytest.mark.parametrize(
    ("rollup", "expected"),
    [
        ([], None),
        (None, None),
        ([{"status": "IN_PROGRESS", "conclusion": ""}], "pending"),
        ([{"status": "COMPLETED", "conclusion": "SKIPPED"}], "success"),
        ([{"state": "SUCCESS"}, {"conclusion": "FAILURE", "status": "COMPLETED"}], "failure"),
    ],
)
def test_checks(rollup, expected):
    assert one(read(GH_PULL | {"statusCheckRollup": rollup}), PullRequest).checks == expected


def test_rows_of_the_api_are_the_same_items():
    content = read(REST_ISSUE)
    issue = one(content, Issue)
    assert issue.key == one(read(GH_ISSUE), Issue).key
    assert (issue.phase, issue.state) == (Phase.DROPPED, "closed as not planned")
    assert issue.done_at == datetime(2026, 11, 20, 16, tzinfo=UTC)
    milestone = one(content, Milestone)
    assert milestone.state == "closed"
    assert milestone.key == one(read(GH_ISSUE), Milestone).key
    alone = REST_ISSUE["milestone"] | {"created_at": "2026-01-01T00:00:00Z", "updated_at": None}
    assert [item.key for item in read(alone).items] == [milestone.key]


def test_a_pull_request_of_the_api():
    row = REST_ISSUE | {
        "html_url": "https://github.com/acme/ledger/pull/320",
        "number": 320,
        "state": "closed",
        "merged_at": "2026-11-20T16:00:00Z",
        "base": {"ref": "main"},
        "head": {"ref": "x"},
        "requested_reviewers": [{"login": "bo"}],
        "requested_teams": [{"slug": "core"}],
        "body": "Fixes #311",
    }
    content = read(row)
    pull = one(content, PullRequest)
    assert (pull.state, pull.base, pull.head_branch) == ("merged", "main", "x")
    assert pull.requested_reviewers == ("bo", "team:core")
    assert ("acme/ledger#311", Evidence.CLOSES) in {
        (link.far_ref, link.evidence) for link in content.links
    }


def test_comments_and_commits_are_activity():
    row = GH_PULL | {
        "comments": [{"id": "C1", "author": {"login": "bo"}, "createdAt": "2026-11-03T09:00:00Z"}],
        "commits": [
            {"oid": "abc", "committedDate": "2026-11-04T09:00:00Z", "messageHeadline": "LED-9"}
        ],
    }
    content = read(row)
    assert {change.field for change in content.changes} == {"comment", "push", "review"}
    assert one(content, PullRequest).pushed_at == datetime(2026, 11, 4, 9, tzinfo=UTC)
    assert ("LED-9", Evidence.COMMIT) in {(link.far_ref, link.evidence) for link in content.links}


@pytest.mark.parametrize("name", ["url", "createdAt", "updatedAt", "state"])
@pytest.mark.parametrize(("row", "command"), [(GH_ISSUE, "gh issue"), (GH_PULL, "gh pr")])
def test_a_field_that_was_not_asked_for_is_told_with_the_command(name, row, command):
    with pytest.raises(UnreadableFile) as caught:
        read({key: value for key, value in row.items() if key != name})
    assert f"rows without {name}; expected: {command} list --state all" in str(caught.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"createdAt": "soon"},
        {"state": "MAYBE"},
        {"url": "https://github.com/acme"},
        {"milestone": {"title": "x"}},
        {"number": "x"},
        {"labels": 7},
    ],
)
def test_a_bad_row_is_a_problem_and_the_rest_arrives(changes):
    content = read(GH_ISSUE | changes, GH_PULL)
    assert isinstance(content.items[0], PullRequest)
    (problem,) = content.problems
    assert problem.reason.startswith("gh.json:1: #")


def test_what_is_githubs():
    assert is_github(GH_ISSUE)
    assert is_github(REST_ISSUE["milestone"])
    assert not is_github({"key": "PAY-1", "fields": {}})
    assert not is_github([])
