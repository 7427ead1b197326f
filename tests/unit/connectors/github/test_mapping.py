"""GitHub rows become the common model."""

from datetime import UTC, date, datetime

import pytest

from syncd.connectors.github import graphql, linking, mapping, rest
from syncd.connectors.github.details import Event, Far, IssueDetails, PullDetails
from syncd.connectors.github.mapping import Repo
from syncd.connectors.github.rows import LONGEST_TEXT, Malformed
from syncd.model.items import DateRole, ItemKey, Kind, Level, Phase
from syncd.model.links import Evidence

AT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
REPO = Repo(
    source="github", scope="acme/old", id=7, full_name="acme/ledger", web="https://github.com",
    former=("acme/older",), default_branch="main",
    phases={"blocked": Phase.WAITING, "in review": Phase.REVIEW},
    bots=frozenset({"ci-user"}), date_fields={"target date": "due", "begin": "start"},
)  # fmt: skip


def row(**fields):
    return {
        "id": 100, "number": 12, "title": "Book entries", "state": "open", "labels": [],
        "user": {"login": "dana", "type": "User"}, "assignees": [], "milestone": None,
        "created_at": "2026-11-01T08:00:00Z", "updated_at": "2026-11-02T09:00:00Z",
        "closed_at": None, "body": None,
    } | fields  # fmt: skip


def issue(details=None, **fields):
    return mapping.issue(row(**fields), details or IssueDetails(), REPO).item


def pull_details(**fields):
    return PullDetails(
        **{"id": "900", "draft": False, "base": "main", "head_branch": "x", "merged_at": None}
        | fields
    )


def pull(details=None, **fields):
    return mapping.pull_request(row(**fields), details or pull_details(), REPO).item


def test_an_issue_is_known_by_its_database_id_and_called_by_its_present_name():
    item = issue()
    assert item.key == ItemKey("github", Kind.ISSUE, "100")
    assert item.ref == "acme/ledger#12"
    assert item.aliases == ("acme/older#12", "acme/old#12")
    assert item.scope == "acme/old"
    assert item.url == "https://github.com/acme/ledger/issues/12"
    assert (item.created_at, item.updated_at) == (datetime(2026, 11, 1, 8, tzinfo=UTC), AT)


def test_a_pull_request_is_known_by_its_own_id_not_by_that_of_its_issue_row():
    item = pull()
    assert item.key == ItemKey("github", Kind.PULL_REQUEST, "900")
    assert item.url == "https://github.com/acme/ledger/pull/12"


@pytest.mark.parametrize(
    ("fields", "phase", "state"),
    [
        ({}, Phase.TODO, "open"),
        ({"assignees": [{"login": "rosei"}]}, Phase.ACTIVE, "open"),
        ({"labels": [{"name": "Blocked"}]}, Phase.WAITING, "open"),
        ({"labels": [{"name": "in review"}, {"name": "blocked"}]}, Phase.WAITING, "open"),
        ({"labels": ["in review"]}, Phase.REVIEW, "open"),
        ({"state": "closed", "state_reason": "completed"}, Phase.DONE, "closed"),
        ({"state": "closed", "state_reason": None}, Phase.DONE, "closed"),
        ({"state": "closed", "state_reason": "a new one"}, Phase.DONE, "closed"),
        (
            {"state": "closed", "state_reason": "not_planned"},
            Phase.DROPPED,
            "closed as not planned",
        ),
        ({"state": "closed", "state_reason": "duplicate"}, Phase.DROPPED, "closed as duplicate"),
        ({"state": "closed", "labels": [{"name": "blocked"}]}, Phase.DONE, "closed"),
    ],
)
def test_phase_and_state(fields, phase, state):
    item = issue(**fields)
    assert (item.phase, item.state) == (phase, state)


def test_done_since_the_last_closing_and_not_while_open():
    closed = "2026-11-02T08:00:00Z"
    assert issue(state="closed", closed_at=closed).done_at == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert issue(state="open", closed_at=closed).done_at is None


def test_type_and_level():
    assert (issue().type, issue().level) == ("Issue", Level.ITEM)
    assert issue(type={"name": "Bug"}).type == "Bug"
    assert issue(type={"name": "Epic"}).level is Level.EPIC
    assert issue(type={"name": "initiative"}).level is Level.INITIATIVE


def test_open_checkboxes_are_counted_and_the_description_is_not_kept():
    body = "- [ ] a secret plan\n  * [ ] two\n- [x] done\ntext - [ ] no\n+ [ ] three"
    item = issue(body=body)
    assert item.unchecked_tasks == 3
    assert "secret plan" not in repr(mapping.issue(row(body=body), IssueDetails(), REPO))


def test_the_organisations_date_fields_become_claims():
    values = [
        {"issue_field_name": "Target date", "data_type": "date", "value": "2026-12-04"},
        {"issue_field_name": "Begin", "data_type": "date", "value": "2026-11-09T00:00:00Z"},
        {"issue_field_name": "Priority", "data_type": "text", "value": "high"},
        {"issue_field_name": "Target date", "data_type": "date", "value": None},
    ]
    claims = issue(issue_field_values=values).claims
    assert [(c.field, c.role, c.lo, c.hi) for c in claims] == [
        ("due", DateRole.DUE, date(2026, 12, 4), date(2026, 12, 4)),
        ("start", DateRole.START, date(2026, 11, 9), date(2026, 11, 9)),
    ]


def milestone_row(**fields):
    return {
        "id": 5, "number": 3, "title": "Ledger 2.0", "state": "open",
        "due_on": "2026-12-04T08:00:00Z", "updated_at": "2026-11-02T09:00:00Z", "closed_at": None,
    } | fields  # fmt: skip


@pytest.mark.parametrize(
    ("due_on", "day"),
    [
        ("2026-12-04T08:00:00Z", date(2026, 12, 4)),  # winter
        ("2026-06-25T07:00:00Z", date(2026, 6, 25)),  # summer
        ("2018-09-27T23:39:01Z", date(2018, 9, 27)),
        ("2026-12-05T03:00:00Z", date(2026, 12, 4)),  # still the evening before
    ],
)
def test_a_milestones_due_date_is_the_day_in_california(due_on, day):
    [claim] = mapping.milestone(milestone_row(due_on=due_on), REPO).claims
    assert (claim.lo, claim.hi, claim.field, claim.role) == (day, day, "due", DateRole.DUE)


def test_a_milestone():
    item = mapping.milestone(milestone_row(), REPO)
    assert (item.ref, item.name, item.state) == ("acme/ledger milestone 3", "Ledger 2.0", "active")
    closed = mapping.milestone(
        milestone_row(due_on=None, state="closed", closed_at="2026-11-02T08:00:00Z"), REPO
    )
    assert (closed.state, closed.claims) == ("closed", ())
    assert closed.closed_at == datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_the_state_of_a_pull_request():
    assert pull().state == "open"
    assert pull(state="closed").state == "closed"
    merged = pull(pull_details(merged_at=AT), state="closed", closed_at="2026-11-02T09:00:00Z")
    assert (merged.state, merged.merged_at, merged.closed_at) == ("merged", AT, AT)


def test_who_wrote_a_pull_request_and_whether_it_is_a_robot():
    assert (pull().author, pull().is_bot) == ("dana", False)
    assert pull(user={"login": "dependabot[bot]", "type": "Bot"}).is_bot
    assert pull(user={"login": "CI-User", "type": "User"}).is_bot
    assert pull(user=None).author is None


def test_base_and_reverts():
    assert pull().base_is_default
    assert not pull(pull_details(base="release/2")).base_is_default
    assert pull(title='Revert "Book entries"').is_revert
    assert pull(title='Reapply "Book entries"').is_revert
    assert pull(pull_details(head_branch="revert-12-x")).is_revert
    assert not pull(title="Reverting is hard").is_revert


def test_the_last_push_stays_within_the_life_of_the_pull_request():
    def pushed(*hours):
        events = tuple(
            Event(id=str(h), kind="committed", at=AT.replace(hour=h)) for h in hours
        )  # fmt: skip
        return pull(
            pull_details(events=events),
            created_at="2026-11-02T06:00:00Z",
            updated_at="2026-11-02T12:00:00Z",
        ).pushed_at

    assert pushed() is None
    assert pushed(8, 7) == AT.replace(hour=8)
    assert pushed(1) == AT.replace(hour=6)  # written long before it was pushed
    assert pushed(20) == AT.replace(hour=12)  # by a clock that is ahead


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": None}, "id is missing, not a number"),
        ({"id": True}, "id is a bool, not a number"),
        ({"title": None}, "title is missing, not a text"),
        ({"title": 4}, "title is a int, not a text"),
        ({"state": "frozen"}, "state is neither open nor closed"),
        ({"labels": None}, "labels is not a list"),
        ({"created_at": "yesterday"}, "created_at is not an instant"),
        ({"created_at": "2026-11-01T08:00:00"}, "created_at has no time zone"),
        ({"created_at": "0001-01-01T00:00:00Z"}, "created_at is out of range"),
        ({"updated_at": None}, "updated_at is missing"),
        ({"milestone": {"title": "x"}}, "id is missing, not a number"),
        (
            {"issue_field_values": [{"issue_field_name": "begin", "value": "soon"}]},
            "the issue field for start holds no date",
        ),
    ],
)
def test_a_row_that_cant_be_used_says_why_and_not_what_it_holds(fields, reason):
    with pytest.raises(Malformed) as caught:
        issue(**fields)
    assert str(caught.value) == reason


def test_hostile_texts_are_cut_and_storable():
    item = issue(title="x" * 10**6, labels=[{"name": "\ud800"}])
    assert len(item.title) == LONGEST_TEXT
    assert item.labels == ("?",)


# What GraphQL and REST tell beside the row


def who(login, kind="User", **more):
    return {"__typename": kind, "login": login, **more}


def test_graphql_writes_robots_without_their_suffix():
    actor = graphql.actor(who("dependabot", "Bot"))
    assert (actor.login, actor.is_bot) == ("dependabot[bot]", True)
    assert graphql.actor(who("dana", name="Dana Lee")).name == "Dana Lee"
    assert graphql.actor(None) is None


def test_a_pull_request_node_with_parts_that_cant_be_seen():
    node = {
        "id": "PR_1", "fullDatabaseId": "900", "isDraft": True, "mergedAt": None,
        "mergeable": "CONFLICTING", "baseRefName": "main", "headRefName": "x",
        "reviewDecision": "CHANGES_REQUESTED",
        "reviewRequests": {"nodes": [
            {"requestedReviewer": who("kim")}, {"requestedReviewer": None},
            {"requestedReviewer": {"__typename": "Team", "slug": "core"}},
        ]},
        "reviews": {"nodes": [
            None,
            {"id": "R1", "state": "PENDING", "submittedAt": None, "author": who("kim")},
            {"id": "R2", "state": "APPROVED", "submittedAt": "2026-11-02T09:00:00Z",
             "author": None},
        ]},
        "closingIssuesReferences": {"nodes": [None, {
            "fullDatabaseId": "100", "number": 12, "repository": {"nameWithOwner": "acme/ledger"},
        }]},
        "commits": {"nodes": [{"commit": {"statusCheckRollup": {"state": "ERROR"}}}]},
        "timelineItems": None,
    }  # fmt: skip
    details = graphql.pull_details(node)
    assert details.requested == ("kim", "team:core")
    assert [(r.verdict, r.author) for r in details.reviews] == [("approved", None)]
    assert details.closes == (Far(ref="acme/ledger#12", id="100"),)
    assert (details.checks, details.mergeable) == ("failure", False)
    assert details.decision == "changes_requested"
    bare = graphql.pull_details({"id": "PR_1", "fullDatabaseId": "900"})
    assert (bare.checks, bare.mergeable, bare.closes, bare.decision) == (None, None, None, None)
    with pytest.raises(Malformed):
        graphql.pull_details({"id": "PR_1"})


def test_rest_says_less_and_what_it_says_is_read():
    pull_row = {
        "id": 900, "draft": False, "base": {"ref": "main"}, "head": {"ref": "x"},
        "merged_at": "2026-11-02T09:00:00Z", "mergeable": None,
        "requested_reviewers": [{"login": "kim"}], "requested_teams": [{"slug": "core"}],
    }  # fmt: skip
    details = rest.pull_details(pull_row, [], [])
    assert (details.id, details.merged_at, details.closes) == ("900", AT, None)
    assert details.requested == ("kim", "team:core")
    parent = rest.parent({"parent_issue_url": "https://api.github.com/repos/acme/web/issues/9"})
    assert parent == Far(ref="acme/web#9")
    assert rest.parent({}) is None


def test_an_unknown_kind_of_event_is_left_out():
    assert graphql.events([{"__typename": "SubscribedEvent", "id": "1"}, None]) == ()
    assert rest.events([{"event": "subscribed", "id": 1}, {"event": "line-commented"}]) == ()


# Links


def links(details=None, **fields):
    found = row(**fields)
    if isinstance(details, PullDetails):
        item = mapping.pull_request(found, details, REPO).item
        told = linking.pull_links(item, found, details, REPO)
    else:
        details = details or IssueDetails()
        told = linking.issue_links(issue(details, **fields), found, details, REPO)
    return [(link.evidence, link.far_ref, link.phrase, link.explicit) for link in told]


def test_what_github_states_of_an_issue():
    details = IssueDetails(
        parent=Far(ref="acme/web#1", id="41"), blocked_by=(Far(ref="acme/api#2", id="42"),)
    )
    item = issue(details)
    assert item.parent == "acme/web#1"
    told = linking.issue_links(item, row(), details, REPO)
    assert [(link.evidence, link.far_ref, link.far, link.explicit) for link in told] == [
        (Evidence.PARENT, "acme/web#1", ItemKey("github", Kind.ISSUE, "41"), True),
        (Evidence.BLOCKED_BY, "acme/api#2", ItemKey("github", Kind.ISSUE, "42"), True),
    ]


def test_what_the_description_of_an_issue_says():
    body = "Blocked by #3 and PAY-9.\n> depends on #4\nSee acme/web#5, `#6`, and #12 itself."
    assert links(body=body) == [
        (Evidence.WAITS_PHRASE, "acme/ledger#3", "blocked by", False),
        (Evidence.WAITS_PHRASE, "PAY-9", "blocked by", False),
        (Evidence.BODY, "acme/ledger#3", "", False),
        (Evidence.BODY, "PAY-9", "", False),
        (Evidence.BODY, "acme/web#5", "", False),
    ]


def test_what_a_pull_request_closes_and_names():
    details = pull_details(
        closes=(Far(ref="acme/ledger#3", id="43"),),
        head_branch="feature/pay-142_entries",
        events=(
            Event(id="a", kind="committed", at=AT, value="PAY-143: more"),
            Event(id="b", kind="committed", at=AT, value="Merge branch PAY-999"),
        ),
    )
    assert links(details, title="PAY-142 entries", body="Needs PAY-150") == [
        (Evidence.CLOSES, "acme/ledger#3", "", True),
        (Evidence.TITLE, "PAY-142", "", False),
        (Evidence.BRANCH, "PAY-142", "", False),
        (Evidence.COMMIT, "PAY-143", "", False),
        (Evidence.WAITS_PHRASE, "PAY-150", "needs", False),
        (Evidence.BODY, "PAY-150", "", False),
    ]


def test_without_graphql_the_closing_words_are_read():
    body = "Fixes #3, closes: acme/web#4; resolved https://github.com/acme/api/issues/5. Fix it #6"
    closed = [far for kind, far, _, _ in links(pull_details(), body=body) if kind == "closes"]
    assert closed == ["acme/ledger#3", "acme/web#4", "acme/api#5"]
    hidden = "<!-- Fixes #7 --> `fixes #8`\n> fixes #9"
    assert links(pull_details(), body=hidden) == []
    elsewhere = links(pull_details(base="release/2"), body=body)
    assert Evidence.CLOSES not in [each[0] for each in elsewhere]


def test_the_notes_that_a_robot_writes_name_nothing_here():
    body, robot = "| needs #3 | PAY-9 |", {"login": "renovate[bot]", "type": "Bot"}
    assert links(pull_details(), body=body, user=robot) == []


def test_who_referred_to_an_issue():
    def reference(login, is_pull):
        return Event(
            id=login, kind="cross-referenced", at=AT,
            actor=rest.actor({"login": login, "type": "User"}),
            source=Far(ref=f"acme/web#{len(login)}", id="77", is_pull=is_pull),
        )  # fmt: skip

    details = IssueDetails(events=(reference("kim", True), reference("CI-User", False)))
    [link] = linking.issue_links(issue(details), row(), details, REPO)
    assert link.far == ItemKey("github", Kind.PULL_REQUEST, "77")
    assert (link.evidence, link.set_at) == (Evidence.CROSS_REFERENCE, AT)


def test_a_description_full_of_references_is_cut():
    body = " ".join(f"#{n}" for n in range(1, 5000))
    assert len(links(body=body)) == linking.MOST - 1  # its own number is among them
