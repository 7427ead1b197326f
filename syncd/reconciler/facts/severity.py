"""How much a finding matters (`reconciler.md` §B): base, then tier, nearness and spread."""

from __future__ import annotations

from syncd.model.findings import Severity

NEAR = 10
"""Working days to the target from which on it is near."""
WIDE = 3
"""Teams hit from which on it is widespread."""


def grade(base: int, *, tier: str = "B", days_left: int | None = None, teams: int = 0) -> Severity:
    """clamp(base + tier + near + spread, low, critical); info stays info.

    `days_left` are working days to the target, only of rules that get worse near it (↑); one that
    has passed is near. `teams` is how many are hit.
    """
    if base <= Severity.INFO:
        return Severity.INFO
    near = days_left is not None and days_left <= NEAR
    points = base + {"A": 1, "C": -1}.get(tier, 0) + near + (teams >= WIDE)
    return Severity(max(Severity.LOW, min(Severity.CRITICAL, points)))
