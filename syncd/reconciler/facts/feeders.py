"""Chance that a deliverable is in time, of its own work and of all that it waits for (§C2).

The latest of several feeders decides: even where each will likely be in time, all of them may not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import prod

from syncd.model.items import ItemKey
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.plan import Node
from syncd.reconciler.view import Deliverable, View

NEAREST = 500
"""Feeders that are looked at, those with the fewest links between first."""


def late_with_feeders(view: View, deliverable: Deliverable) -> float | None:
    """Chance to miss the target; None where its own work cannot be told.

    Work of one team goes up and down together, that of different teams does not: the product over
    teams of the worst of each. Feeders of which nothing is known are left out, so it is at least
    so likely.
    """
    found = view.once(Forecasts).of(deliverable)
    if found.late is None or found.target is None:
        return None
    worst: dict[str, float] = {}
    for team, odds in _feeders(view, deliverable, found.target):
        worst[team] = min(odds, worst.get(team, 1.0))
    if not worst:
        return found.late
    inside = min(
        [1 - found.late, *(odds for team, odds in worst.items() if team in deliverable.teams)]
    )
    return 1 - inside * prod(worst[team] for team in sorted(worst) if team not in deliverable.teams)


def _feeders(view: View, deliverable: Deliverable, target: date) -> Iterator[tuple[str, float]]:
    """(team, chance to be done by the target) of all outside it that it waits for."""
    plan, own = view.plan, {*deliverable.members, *deliverable.bound}
    waiting: list[Node] = [deliverable.subject] if deliverable.subject in plan else []
    seen, outside, forecasts = set(waiting), 0, view.once(Forecasts)
    for node in waiting:
        for before in plan.waits_for(node):
            if before in seen:
                continue
            seen.add(before)
            waiting.append(before)
            if not isinstance(before, ItemKey) or before in own:
                continue
            outside += 1
            if outside > NEAREST:
                return
            odds = forecasts.odds(before, target)
            if odds is not None:
                yield view.team_of(before).team or "", odds
