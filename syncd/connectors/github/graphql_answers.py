"""GraphQL answers judged: trouble comes with status 200, beside or in place of the data. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from syncd.connectors.answers import classify
from syncd.connectors.github.rows import inner
from syncd.errors import RateLimited, SourceError, Unavailable, UnexpectedAnswer

_TOO_MUCH = frozenset(
    {"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "EXCESSIVE_PAGINATION", "TIMEOUT"}
)
_NOT_SHOWN = frozenset({"FORBIDDEN", "NOT_FOUND"})
"""Why a part is null for good; any other null is a failure."""

_LIMIT = re.compile(r"rate limit", re.IGNORECASE)


class GraphQLUnusable(Exception):
    """The host has no GraphQL, or not the fields asked for; never leaves the connector.

    `is_refusal`: it said 403 to this request, which proves nothing of the next one.
    """

    def __init__(self, message: str, *, is_refusal: bool = False) -> None:
        super().__init__(message)
        self.is_refusal = is_refusal


def read_data(
    body: Any, headers: Mapping[str, str], *, source: str, where: str, whole: bool = False
) -> Mapping[str, Any]:
    """`data` of an answer, nulls where parts of it can't be seen.

    Raises RateLimited, Unavailable for a query that was too much or failed without a reason (of
    a `whole` one also if only a part did), and GraphQLUnusable where the host can't answer it at
    all.
    """
    if not isinstance(body, dict):
        raise UnexpectedAnswer(f"{where}: GraphQL answered with a list", source=source)
    errors = [each for each in body.get("errors") or () if isinstance(each, dict)]
    kinds = {str(each.get("type") or _code(each)) for each in errors}
    if "RATE_LIMITED" in kinds or _LIMIT.search(str(body.get("message", ""))):
        raise _rate_limited(headers, "RATE_LIMITED" in kinds, source, where)
    if kinds & _TOO_MUCH:
        raise Unavailable(f"{where}: too much for one GraphQL query", source=source)
    data = body.get("data")
    if isinstance(data, dict) and _is_usable(data, kinds):
        if whole and not kinds <= _NOT_SHOWN:
            raise Unavailable(f"{where}: a part of the GraphQL answer failed", source=source)
        return data
    if errors and kinds <= {"None"} and not any(_is_about_the_query(each) for each in errors):
        raise Unavailable(f"{where}: GraphQL failed and said no reason", source=source)
    said = "; ".join(str(each.get("message", "")) for each in errors[:3])
    raise GraphQLUnusable(f"{', '.join(sorted(kinds))}: {said}"[:300])


def _rate_limited(
    headers: Mapping[str, str], is_primary: bool, source: str, where: str
) -> SourceError:
    # A used-up budget waits for its reset, the secondary limit as long as asked.
    told = {**headers, "x-ratelimit-remaining": "0"} if is_primary else headers
    found = classify(403, told, b"rate limit", source=source, where=where)
    return found or RateLimited(f"{where}: asked to wait", source=source)


def _is_usable(data: dict[str, Any], kinds: set[str]) -> bool:
    """Whether anything asked for was answered, if only by saying that it is not there."""
    if "INSUFFICIENT_SCOPES" in kinds:
        return False
    asked = [value for name, value in data.items() if name != "rateLimit"]
    return any(value is not None for value in asked) or bool(asked and kinds == {"NOT_FOUND"})


def _is_about_the_query(error: dict[str, Any]) -> bool:
    """Whether an error says that the host does not know a field, type or argument."""
    return "extensions" in error or "locations" in error


def _code(error: dict[str, Any]) -> str | None:
    code = inner(error, "extensions").get("code")
    return code if code in _TOO_MUCH else None
