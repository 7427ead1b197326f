"""How far off forecasts turned out to be: the error table that odds and dates are read from.

An error is z = ln(days taken · rate / items) / spread: 0 = as the pace said, positive = later.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

SHARES = (0.05, 0.10, 0.20, 0.30, 0.40, 0.50, 0.60, 0.70, 0.80, 0.85, 0.90, 0.95, 0.99)
"""Knots of every table: the share of forecasts whose error is at most the value beside it."""

LOW, HIGH = 0.01, 0.99
"""Odds beyond these are never stated."""


@dataclass(frozen=True, slots=True)
class ErrorTable:
    """Errors at `SHARES`, strictly rising; straight lines between them."""

    errors: tuple[float, ...]

    def share(self, error: float) -> float:
        """F(z): the share of forecasts that came out no later than `error`, .01 to .99."""
        place = bisect_right(self.errors, error)
        if place in (0, len(SHARES)):
            return LOW if place == 0 else HIGH
        return max(LOW, min(HIGH, _between(error, self.errors, SHARES, place)))

    def error(self, share: float) -> float:
        """The z that `share` of the forecasts do not exceed; ends where the table does."""
        place = bisect_right(SHARES, share)
        if place in (0, len(SHARES)):
            return self.errors[0 if place == 0 else -1]
        return _between(share, SHARES, self.errors, place)


def _between(value: float, xs: Sequence[float], ys: Sequence[float], place: int) -> float:
    x0, x1, y0, y1 = xs[place - 1], xs[place], ys[place - 1], ys[place]
    return y0 + (value - x0) * (y1 - y0) / (x1 - x0)


SHIPPED = ErrorTable(
    (-3.06, -2.10, -1.15, -0.59, -0.10, 0.32, 0.73, 1.17, 1.76, 2.28, 2.97, 4.10, 6.54)
)
"""Of 7,061 forecasts in 18 public projects of equal weight (`reconciler.md` §D1)."""
