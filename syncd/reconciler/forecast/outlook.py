"""Odds and dates in closed form (`reconciler.md` §D1): no random numbers, no simulation."""

from __future__ import annotations

import math
from dataclasses import dataclass

from syncd.model.forecasts import Grade
from syncd.reconciler.forecast.pace import Pace
from syncd.reconciler.forecast.table import LOW, SHIPPED, ErrorTable

FEW = 5
"""Fewer items than this are looked at one by one (`ageing`)."""
UNSURE = 1.25
"""Widens what rests on little history."""
SMOOTH, PROJECT = 0.25, 0.05
"""Weights of a stream's own unevenness and of what no stream's history shows; fitted on the public
projects of `table.SHIPPED`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What `items` need at a pace: `odds` by a number of working days, `days` for given odds."""

    items: float
    rate: float
    """Items per working day; above 0."""
    unevenness: float = 1.0
    widened: float = 1.0
    table: ErrorTable = SHIPPED

    def spread(self, items: float) -> float:
        """Sigma of the design: how far such forecasts are off, on the logarithm of the time."""
        return self.widened * math.sqrt(SMOOTH * self.unevenness / items + PROJECT)

    def odds(self, days: float) -> float:
        """Chance, .01 to .99, to be done within `days` working days of capacity.

        More days, fewer items and a higher rate never lower it.
        """
        if days <= 0:
            return LOW
        return self.table.share(min(self._error(days, items) for items in self._sizes()))

    def days(self, share: float) -> float:
        """Working days of capacity within which it is done with these odds."""
        z = self.table.error(share)
        return max(items / self.rate * math.exp(self.spread(items) * z) for items in self._sizes())

    def _error(self, days: float, items: float) -> float:
        return (math.log(days) + math.log(self.rate / items)) / self.spread(items)

    def _sizes(self) -> tuple[float, ...]:
        """More items are never likelier to be done than the fewest that a pace can speak of."""
        return (FEW, self.items) if self.items > FEW else (self.items,)


def outlook(
    items: float, pace: Pace, *, rate: float | None = None, table: ErrorTable = SHIPPED
) -> Outlook:
    """Of items at a pace; `rate`, above 0, where not all of the pace goes to them."""
    return Outlook(
        items=items,
        rate=pace.rate if rate is None else rate,
        unevenness=pace.unevenness,
        widened=UNSURE if pace.grade is Grade.C else 1.0,
        table=table,
    )
