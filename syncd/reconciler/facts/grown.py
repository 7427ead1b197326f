"""What a deliverable has grown by since it was committed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from syncd.reconciler.facts.growth import Unit
from syncd.reconciler.forecast.scope import ScopeMove

LEAST = 3
"""Growth below which nothing is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """Scope at commitment and what became of it."""

    since: date
    first: float
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
