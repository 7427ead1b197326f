"""What all of a program leads to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from syncd.reconciler.resolve.resolution import Deliverable

_TIERS = "ABC"


def aim(deliverables: Iterable[Deliverable]) -> Deliverable | None:
    """Of the highest tier the last one that has a date; None where nothing is promised."""
    dated = (one for one in deliverables if one.target or one.baseline)
    return min(dated, key=rank, default=None)


def rank(one: Deliverable) -> tuple[int, bool, int, int, str]:
    """Smaller is what more leads to; of those of one day the one that most is part of."""
    ends = one.target.day if one.target else one.baseline or date.min
    return _TIERS.index(one.tier), not one.declared, -ends.toordinal(), -len(one.members), one.id
