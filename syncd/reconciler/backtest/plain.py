"""What simpler ways say of a deliverable: the ones to be beaten (`reconciler.md` §D6)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Issue, Milestone
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

LATELY = 20
"""Working days whose pace a burn-up goes on with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """Scores that rise with the danger; above 0 each says that the day is missed."""

    burn_up: float
    """Linear burn-up: working days that the open items take at the pace of the last four weeks,
    over those left, less 1."""
    behind: float
    """Share of the time that is gone, less the share of the items that is done."""


def plain(view: View, deliverable: Deliverable, calendar: WorkingCalendar) -> Plain | None:
    """Of an open deliverable with a target that is still ahead; None before it has begun."""
    issues = [issue for key in deliverable.members if (issue := view.issue(key))]
    start = _start(view, deliverable, issues, calendar)
    if start is None or start > view.today or deliverable.target is None:
        return None
    gone = calendar.between(start, view.today)
    left = calendar.between(view.today, deliverable.target.day)
    closed = [calendar.local_date(one.done_at) for one in issues if one.done_at]
    still = sum(not one.phase.is_closed for one in issues)
    since = max(start, calendar.shift(view.today, -LATELY))
    days = max(1, calendar.between(since, view.today))
    pace = sum(since < day <= view.today for day in closed) / days
    need = still / pace if pace else math.inf
    return Plain(
        burn_up=need / max(1, left) - 1,
        behind=gone / max(1, gone + left) - len(closed) / max(1, len(issues)),
    )


def _start(
    view: View, deliverable: Deliverable, issues: list[Issue], calendar: WorkingCalendar
) -> date | None:
    """When its time began: as stated, when it was committed, else when its first item was made."""
    bound = [item for key in deliverable.bound if (item := view.item(key))]
    stated = [item.start for item in bound if isinstance(item, Milestone) and item.start]
    made = [calendar.local_date(issue.created_at) for issue in issues]
    return min(stated, default=deliverable.committed_on or min(made, default=None))
