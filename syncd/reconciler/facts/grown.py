"""What a deliverable has grown by since it was committed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from syncd.model.findings import Fact
from syncd.reconciler.facts import wording
from syncd.reconciler.facts.growth import Unit
from syncd.reconciler.forecast.scope import ScopeMove

LEAST = 3
"""Growth below which nothing is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """Scope at commitment and what became of it."""

    since: date
    first: float
    """Committed to, with what bulk edits put in since: that is planning."""
    bulk: float
    """What bulk edits put in since."""
    net: float
    peak: float
    unit: Unit
    allowed: float
    """Growth, as a share, up to which all is well."""
    came: tuple[ScopeMove, ...]
    extra: int
    """Open items that are too many by what came in, net of what was taken out for it."""
    bugs: tuple[ScopeMove, ...]

    @property
    def threshold(self) -> float:
        """Net growth from which on it is told."""
        return max(LEAST, self.allowed * self.first)

    def words(self, today: date) -> str:
        """`grew from 20 items on Mon 8 Jun to 25 items`; with a day only if that was in it then."""
        day = "" if self.bulk > 0 else f" on {wording.day(self.since, today)}"
        now = self.unit.words(self.first + self.net)
        return f"grew from {self.unit.words(self.first)}{day} to {now}"

    def planned_since(self, today: date) -> tuple[Fact, ...]:
        """What bulk edits put in, where they did."""
        if self.bulk <= 0:
            return ()
        put = f"{self.unit.words(self.bulk)} came by bulk edits since"
        return (Fact(text=f"{put} {wording.day(self.since, today)}, and count as planned"),)
