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
    """Errors at `SHARES`, strictly rising; straight lines between them and beyond the first."""

    errors: tuple[float, ...]

    def share(self, error: float) -> float:
        """F(z): the share of forecasts that came out no later than `error`, .01 to .99."""
        return max(LOW, min(HIGH, _on_line(error, self.errors, SHARES)))

    def error(self, share: float) -> float:
        """The z that `share` of the forecasts do not exceed, for a share from .01 to .99."""
        return _on_line(max(LOW, min(HIGH, share)), SHARES, self.errors)


def _on_line(value: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    place = max(1, min(len(xs) - 1, bisect_right(xs, value)))
    x0, x1, y0, y1 = xs[place - 1], xs[place], ys[place - 1], ys[place]
    return y0 + (value - x0) * (y1 - y0) / (x1 - x0)


SHIPPED = ErrorTable(
    (-3.06, -2.10, -1.15, -0.59, -0.10, 0.32, 0.73, 1.17, 1.76, 2.28, 2.97, 4.10, 6.54)
)
"""Of 7,061 forecasts in 18 public projects of equal weight (`reconciler.md` §D1)."""
