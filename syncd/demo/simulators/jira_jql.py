"""The part of Jira's query language that syncd speaks, over the issues of a simulated Jira."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.demo.simulators.jira_shapes import STATUSES, Issue
from syncd.demo.simulators.jira_world import JiraWorld

_PROJECT = re.compile(r'project (?:= "?([A-Z0-9_]+)"?|in \(([^)]+)\))')
_TIME = re.compile(r'(updated|created) ([<>])= (?:(\d+)|"-(\d+)m")')
_DONE = {name for _, name, category in STATUSES if category == "done"}
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_ORDERS: dict[str, Callable[[Issue], Any]] = {
    "key": lambda issue: int(issue.key.rpartition("-")[2]),
    # Also of an issue that was spoilt: the index has what the answer lacks.
    "created": lambda issue: issue.created or _LONG_AGO,
    "updated": lambda issue: issue.updated or _LONG_AGO,
}


class Refused(Exception):
    """The query is answered with 400 and these words."""


def found(sim: JiraWorld, jql: str) -> list[Issue]:
    """Issues that match and that the account may see, in order. Raises `Refused`."""
    where, _, order = jql.partition(" ORDER BY ")
    tests = [_test(sim, clause) for clause in where.split(" AND ")]
    issues = [
        each
        for each in sim.issues.values()
        if not sim.is_hidden(each) and all(test(each) for test in tests)
    ]
    for each in reversed(order.split(", ") if order else []):
        name, _, direction = each.partition(" ")
        issues.sort(key=_ORDERS[name], reverse=direction == "DESC")
    return issues


def _test(sim: JiraWorld, clause: str) -> Callable[[Issue], bool]:
    if match := _PROJECT.fullmatch(clause):
        names = (match[1] or match[2]).split(",")
        keys = [sim.project_key(each.strip(' "')) for each in names]
        for key in keys:
            if key not in sim.projects or key in sim.hidden:
                raise Refused(f"The value '{key}' does not exist for the field 'project'.")
        return lambda issue: issue.project in keys
    if match := _TIME.fullmatch(clause):
        name, sign, told = match[1], match[2], int(match[3] or 0) / 1000
        if match[4]:
            told = (sim.now - timedelta(minutes=int(match[4]))).timestamp()
        later = sign == ">"
        return lambda issue: _compares(_ORDERS[name](issue), told, later=later)
    if clause.startswith("("):
        either = [_test(sim, each) for each in clause[1:-1].split(" OR ")]
        return lambda issue: any(test(issue) for test in either)
    if clause == "statusCategory != Done":
        return lambda issue: issue.status not in _DONE
    raise Refused(f"Error in the JQL Query: {clause}")


def _compares(at: datetime, told: float, *, later: bool) -> bool:
    return at.timestamp() >= told if later else at.timestamp() <= told
