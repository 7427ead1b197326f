"""One look at every configured repository at once: who it is, and whether anything is new there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from syncd.connectors.github.codeowners import PLACES
from syncd.connectors.github.cursor import OVERLAP
from syncd.connectors.github.rows import (
    Malformed,
    Row,
    inner,
    number,
    optional_moment,
    optional_text,
    rows,
    text,
)

RECENT = 50
"""Newest issues, pull requests and milestones that a look shows, 50 of each."""

AT_ONCE = 40
"""Repositories of one query."""

_RECENT = f"first: {RECENT}, orderBy: {{field: UPDATED_AT, direction: DESC}}"
_OWNERS = " ".join(
    f'owners{place}: object(expression: "HEAD:{path}") {{ __typename ... on Blob {{ oid }} }}'
    for place, path in enumerate(PLACES)
)
_FRAGMENT = f"""
fragment Glimpse on Repository {{
  databaseId nameWithOwner hasIssuesEnabled defaultBranchRef {{ name }}
  issues({_RECENT}) {{ totalCount nodes {{ number updatedAt }} }}
  pullRequests({_RECENT}) {{ totalCount nodes {{ number updatedAt }} }}
  milestones({_RECENT}) {{ totalCount nodes {{ number updatedAt }} }}
  {_OWNERS}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glimpse:
    """What one look at a repository showed."""

    id: int
    full_name: str
    default_branch: str
    has_issues: bool
    mark: str
    """Two looks with the same mark saw nothing new between them."""
    milestones: str
    """The same of the milestones alone."""
    settled: bool
    """No edit can show up late without changing the mark."""
    owners_path: str
    """Where its CODEOWNERS stands; "" where it has none, or none that we may see."""
    owners_id: str


def query(repos: Sequence[str]) -> str:
    """The query for one look; the answer has `r0`, `r1`, … in the order of `repos`."""
    looks = []
    for place, repo in enumerate(repos):
        owner, _, name = repo.partition("/")
        where = f"owner: {json.dumps(owner)}, name: {json.dumps(name)}"
        looks.append(f"r{place}: repository({where}) {{ ...Glimpse }}")
    budget = "rateLimit { cost limit remaining resetAt }"
    return f"query Glimpses {{ {budget} {' '.join(looks)} }}{_FRAGMENT}"


def read(data: Mapping[str, Any], repos: Sequence[str], at: datetime | None) -> dict[str, Glimpse]:
    """Repository → what was seen of it; those that can't be seen are missing.

    `at` is the provider's clock.
    """
    found = {}
    for place, repo in enumerate(repos):
        node = inner(data, f"r{place}")
        if node:
            try:
                found[repo] = _glimpse(node, at)
            except Malformed:
                continue
    return found


def is_settled(updates: Sequence[datetime], most: int, at: datetime | None) -> bool:
    """Whether the newest `updates` of a list (all there are, or `most`) tell every late edit.

    An edit may show up some minutes after its time. It is then among the newest, unless those all
    lie within these minutes.
    """
    if len(updates) < most:
        return True
    newest, oldest = max(updates), min(updates)
    return newest - oldest >= OVERLAP or bool(at and at - newest >= OVERLAP)


def _glimpse(node: Row, at: datetime | None) -> Glimpse:
    lists = [inner(node, name) for name in ("issues", "pullRequests", "milestones")]
    newest = [rows(each.get("nodes")) for each in lists]
    found = [(PLACES[n], optional_text(inner(node, f"owners{n}"), "oid")) for n in range(3)]
    path, blob = next((each for each in found if each[1]), ("", ""))
    branch = optional_text(inner(node, "defaultBranchRef"), "name")
    has_issues = node.get("hasIssuesEnabled") is not False
    seen = [[(each.get("number"), each.get("updatedAt")) for each in part] for part in newest]
    told = (branch, has_issues, [each.get("totalCount") for each in lists], seen, blob)
    return Glimpse(
        id=number(node, "databaseId"),
        full_name=text(node, "nameWithOwner"),
        default_branch=branch,
        has_issues=has_issues,
        mark=_digest(told),
        milestones=_digest((told[2][2], seen[2])),
        settled=all(is_settled(_updates(part), RECENT, at) for part in newest),
        owners_path=path,
        owners_id=blob,
    )


def _digest(told: object) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:20]


def _updates(found: Sequence[Row]) -> list[datetime]:
    return [at for each in found if (at := optional_moment(each, "updatedAt")) is not None]
