"""GitHub counts REST requests and GraphQL points apart: both budgets, and the scarcer one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncd.connectors.answers import reset_at, whole
from syncd.connectors.http import Meter
from syncd.interfaces import Budget

_NONSENSE = 10**12


@dataclass(slots=True)
class Budgets(Meter):
    """The meter of a GitHub host; shared by the threads that read it."""

    by_resource: dict[str, Budget] = field(default_factory=dict)
    """`core` (REST) and `graphql`, as the newest answer about each told it."""

    @property
    def budget(self) -> Budget | None:
        """The one with the smaller part left; None where the host limits nothing."""
        known = list(self.by_resource.values())
        return min(known, key=lambda each: each.remaining / each.limit, default=None)

    def record(self, headers: Mapping[str, str], size: int = 0) -> None:
        """As `Meter.record`, and the budget that the answer was counted against."""
        Meter.record(self, headers, size)
        remaining = whole(headers.get("X-RateLimit-Remaining"), None)
        limit = whole(headers.get("X-RateLimit-Limit"), None)
        if remaining is not None and limit:
            resource = headers.get("X-RateLimit-Resource") or "core"
            self.note(resource, remaining, limit, reset_at(headers.get("X-RateLimit-Reset")))

    def note(self, resource: str, remaining: int, limit: int, reset: datetime | None) -> None:
        """Keep what is left of one budget, unless the numbers are nonsense."""
        if 0 < limit < _NONSENSE and remaining < _NONSENSE:
            self.by_resource[resource] = Budget(remaining=remaining, limit=limit, reset_at=reset)
