"""By how much the scope of a team's milestones usually grows until a given share of their time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Milestone, is_sprint
from syncd.reconciler.facts import growth
from syncd.reconciler.forecast.scope import ScopeMove, settled
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

ENOUGH = 8
"""Past milestones of a team that must be known."""
MOST = 0.85
"""Share of them that grew no more."""


@dataclass(frozen=True, slots=True)
class _Past:
    view: View
    moves: Sequence[ScopeMove]
    start: date
    end: date
    calendar: WorkingCalendar

    def growth(self, elapsed: float) -> float | None:
        """Relative growth, without bugs, at that share of its time; None where it began empty."""
        days = round(elapsed * self.calendar.between(self.start, self.end))
        unit = growth.unit_of(self.moves)
        first = growth.scope_on(self.moves, self.start, self.calendar, unit)
        end = self.calendar.shift(self.start, days)
        later = [m for m in self.moves if self.start < self.calendar.local_date(m.at) <= end]
        lasting = settled(self.view, growth.bugs_apart(later)[0])
        net = sum(move.by * unit.of(move.item) for move in lasting)
        return net / first if first > 0 else None


class UsualGrowth:
    """Past milestones by team, sprints apart; made once per pass by `view.once`."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._past: dict[tuple[str, bool], list[_Past]] = defaultdict(list)
        for milestone in view.snapshot.milestones:
            team = view.team_of(milestone.key).team
            if team and milestone.state in ("released", "closed"):
                past = self._read(milestone, team)
                if past is not None:
                    self._past[team, is_sprint(milestone)].append(past)

    def at(self, team: str, elapsed: float, *, is_sprint: bool) -> float | None:
        """P85 of the growth at that share of the time; None with fewer than 8 milestones."""
        found = [one.growth(elapsed) for one in self._past.get((team, is_sprint), ())]
        known = sorted(one for one in found if one is not None)
        return known[math.ceil(MOST * len(known)) - 1] if len(known) >= ENOUGH else None

    def _read(self, milestone: Milestone, team: str) -> _Past | None:
        own = self._view.own_target(milestone.key)
        start = self._view.commitment(milestone.key).committed_on
        if own is None or start is None or start >= own.day:
            return None
        # An id of its own: the deliverable of that milestone may have more members.
        known = Deliverable(
            id=f"past:{milestone.key}", name=milestone.name, tier="B", bound=(milestone.key,),
            members=self._view.members(milestone), claims=(), target=None, baseline=None,
            provisional=True, committed_on=start, teams=(team,),
        )  # fmt: skip
        return _Past(
            view=self._view,
            moves=growth.real_moves(self._view, known),
            start=start,
            end=own.day,
            calendar=self._view.calendar(milestone.key),
        )
