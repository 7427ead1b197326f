"""The GraphQL queries: everything a listed row lacks, for many items at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache

from syncd.connectors.github import glimpse

_ISSUE_EVENTS = """
  ASSIGNED_EVENT, UNASSIGNED_EVENT, CLOSED_EVENT, REOPENED_EVENT, LABELED_EVENT, UNLABELED_EVENT,
  MILESTONED_EVENT, DEMILESTONED_EVENT, RENAMED_TITLE_EVENT, CROSS_REFERENCED_EVENT, ISSUE_COMMENT
"""

_PULL_EVENTS = f"""
  {_ISSUE_EVENTS}, MERGED_EVENT, READY_FOR_REVIEW_EVENT, CONVERT_TO_DRAFT_EVENT,
  HEAD_REF_FORCE_PUSHED_EVENT, REVIEW_REQUESTED_EVENT, PULL_REQUEST_COMMIT
"""

_WHO = """
fragment Who on Actor { __typename login ... on User { name } }
"""

_SHARED_EVENTS = """
  __typename
  ... on AssignedEvent { id createdAt actor { ...Who } assignee { ... on Actor { ...Who } } }
  ... on UnassignedEvent { id createdAt actor { ...Who } assignee { ... on Actor { ...Who } } }
  ... on ClosedEvent { id createdAt actor { ...Who } stateReason }
  ... on ReopenedEvent { id createdAt actor { ...Who } }
  ... on LabeledEvent { id createdAt actor { ...Who } label { name } }
  ... on UnlabeledEvent { id createdAt actor { ...Who } label { name } }
  ... on MilestonedEvent { id createdAt actor { ...Who } milestoneTitle }
  ... on DemilestonedEvent { id createdAt actor { ...Who } milestoneTitle }
  ... on RenamedTitleEvent { id createdAt actor { ...Who } previousTitle currentTitle }
  ... on IssueComment { id createdAt author { ...Who } }
  ... on CrossReferencedEvent {
    id createdAt actor { ...Who }
    source {
      __typename
      ... on Issue { fullDatabaseId number repository { nameWithOwner } }
      ... on PullRequest { fullDatabaseId number repository { nameWithOwner } }
    }
  }
"""

_ISSUE_EVENT = f"""
fragment IssueEvent on IssueTimelineItems {{ {_SHARED_EVENTS} }}
"""

_REQUESTED = "requestedReviewer { __typename ... on Actor { login } ... on Team { slug } }"

_PULL_EVENT = f"""
fragment PullEvent on PullRequestTimelineItems {{
  {_SHARED_EVENTS}
  ... on MergedEvent {{ id createdAt actor {{ ...Who }} }}
  ... on ReadyForReviewEvent {{ id createdAt actor {{ ...Who }} }}
  ... on ConvertToDraftEvent {{ id createdAt actor {{ ...Who }} }}
  ... on HeadRefForcePushedEvent {{ id createdAt actor {{ ...Who }} }}
  ... on ReviewRequestedEvent {{ id createdAt actor {{ ...Who }} {_REQUESTED} }}
  ... on PullRequestCommit {{
    commit {{ oid committedDate messageHeadline author {{ user {{ login }} }} }}
  }}
}}
"""

_BUDGET = "rateLimit { cost limit remaining resetAt }"
_PAGE = "pageInfo { hasNextPage endCursor }"

_PROJECT_NODES = """
        nodes {
          project { title }
          fieldValues(first: 100) {
            nodes {
              __typename
              ... on ProjectV2ItemFieldDateValue { date field { ...FieldName } }
              ... on ProjectV2ItemFieldSingleSelectValue { name field { ...FieldName } }
              ... on ProjectV2ItemFieldIterationValue {
                iterationId title startDate duration field { ...FieldName }
              }
            }
          }
        }
"""
_PROJECTS = f"""
      projectItems(first: 10, includeArchived: false) {{
        {_PAGE} {_PROJECT_NODES}
      }}
"""
_FIELD_NAME = "fragment FieldName on ProjectV2FieldCommon { __typename name }"
_FILES = f"files(first: 100) {{ {_PAGE} nodes {{ path }} }}"


@cache
def details(*, projects: bool = False, parents: bool = True, files: bool = False) -> str:
    """What the rows of `$ids` lack, which may be issues and pull requests.

    With `projects` also what the fields of projects say of them, with `files` which paths a pull
    request changes.
    """
    parent = "parent { fullDatabaseId number repository { nameWithOwner } }"
    planned = _PROJECTS if projects else ""
    return f"""
query Details($ids: [ID!]!) {{
  {_BUDGET}
  nodes(ids: $ids) {{
    __typename
    ... on Issue {{
      id
      {parent if parents else ""}
      timelineItems(first: 100, itemTypes: [{_ISSUE_EVENTS}]) {{
        {_PAGE} nodes {{ ...IssueEvent }}
      }}
      {planned}
    }}
    ... on PullRequest {{
      id fullDatabaseId isDraft mergedAt mergeable baseRefName headRefName reviewDecision
      reviewRequests(first: 50) {{ nodes {{ {_REQUESTED} }} }}
      reviews(last: 100) {{ nodes {{ id state submittedAt author {{ ...Who }} }} }}
      closingIssuesReferences(first: 50) {{
        nodes {{ fullDatabaseId number repository {{ nameWithOwner }} }}
      }}
      commits(last: 1) {{ nodes {{ commit {{ statusCheckRollup {{ state }} }} }} }}
      timelineItems(first: 100, itemTypes: [{_PULL_EVENTS}]) {{
        {_PAGE} nodes {{ ...PullEvent }}
      }}
      {_FILES if files else ""}
      {planned}
    }}
  }}
}}
{_ISSUE_EVENT}{_PULL_EVENT}{_WHO}{_FIELD_NAME if projects else ""}"""


def _more(kind: str, what: str, arguments: str, nodes: str, fragments: str) -> str:
    return f"""
query More{kind}_{what}($id: ID!, $after: String!) {{
  {_BUDGET}
  node(id: $id) {{
    __typename
    ... on {kind} {{ {what}(first: 100, after: $after{arguments}) {{ {_PAGE} {nodes} }} }}
  }}
}}
{fragments}"""


_UNARCHIVED = ", includeArchived: false"

MORE = {
    ("Issue", "timelineItems"): _more(
        "Issue", "timelineItems", f", itemTypes: [{_ISSUE_EVENTS}]",
        "nodes { ...IssueEvent }", f"{_ISSUE_EVENT}{_WHO}",
    ),
    ("PullRequest", "timelineItems"): _more(
        "PullRequest", "timelineItems", f", itemTypes: [{_PULL_EVENTS}]",
        "nodes { ...PullEvent }", f"{_PULL_EVENT}{_WHO}",
    ),
    ("Issue", "projectItems"): _more(
        "Issue", "projectItems", _UNARCHIVED, _PROJECT_NODES, _FIELD_NAME
    ),
    ("PullRequest", "projectItems"): _more(
        "PullRequest", "projectItems", _UNARCHIVED, _PROJECT_NODES, _FIELD_NAME
    ),
    ("PullRequest", "files"): _more("PullRequest", "files", "", "nodes { path }", ""),
}  # fmt: skip
"""Type of a node and name of a list of it → what comes after a cursor."""


def presence(owner: str, name: str, numbers: Iterable[int]) -> str:
    """Which numbers of a repository are issues or pull requests: `n12`, … of the answer."""
    where = f"owner: {json.dumps(owner)}, name: {json.dumps(name)}"
    asked = " ".join(f"n{n}: issueOrPullRequest(number: {n}) {{ ...Id }}" for n in numbers)
    return f"""
query Presence {{ {_BUDGET} repository({where}) {{ databaseId {asked} }} }}
fragment Id on IssueOrPullRequest {{
  __typename ... on Issue {{ fullDatabaseId }} ... on PullRequest {{ fullDatabaseId }}
}}"""


def totals(owner: str, name: str) -> str:
    """How many issues and pull requests a repository has."""
    where = f"owner: {json.dumps(owner)}, name: {json.dumps(name)}"
    return f"""
query Totals {{ {_BUDGET} repository({where}) {{
  databaseId hasIssuesEnabled issues {{ totalCount }} pullRequests {{ totalCount }}
}} }}"""


def planned(owner: str, name: str) -> str:
    """The projects that the newest items of a repository are in, and the fields of those."""
    where = f"owner: {json.dumps(owner)}, name: {json.dumps(name)}"
    newest = "first: 50, orderBy: {field: UPDATED_AT, direction: DESC}"
    fields = "fields(first: 100) { nodes { ...FieldName } }"
    seen = f"nodes {{ projectItems(first: 10) {{ nodes {{ project {{ title {fields} }} }} }} }}"
    return f"""
query Planned {{ {_BUDGET} repository({where}) {{
  issues({newest}) {{ {seen} }} pullRequests({newest}) {{ {seen} }}
}} }}
{_FIELD_NAME}"""


ALL = {
    "Details": details(projects=True, files=True),
    **{f"More{kind}_{what}": text for (kind, what), text in MORE.items()},
    "Presence": presence("acme", "ledger", (1, 2, 999)),
    "Totals": totals("acme", "ledger"),
    "Planned": planned("acme", "ledger"),
    "Glimpses": glimpse.query(("acme/ledger", "acme/api")),
}
"""By operation name, for checking against the provider's published schema."""
