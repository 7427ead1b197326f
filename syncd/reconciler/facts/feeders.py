"""Chance that a deliverable is in time, of its own work and of all that it waits for (§C2).

The latest of several feeders decides: even where each will likely be in time, all of them may not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice
from math import prod

from syncd.model.items import ItemKey
from syncd.reconciler.forecast.forecasts import Forecasts
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
    if deliverable.subject not in view.plan:
        return
    own, forecasts = {*deliverable.members, *deliverable.bound}, view.once(Forecasts)
    items = (node for node in view.plan.behind(deliverable.subject) if isinstance(node, ItemKey))
    for key in islice((key for key in items if key not in own), NEAREST):
        odds = forecasts.odds(key, target)
        if odds is not None:
            yield view.team_of(key).team or "", odds
