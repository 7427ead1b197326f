"""Bars of table cells: how far each pushed date is from its plan, on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from syncd.model.findings import Push

_AIR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Axis:
    """The days between which all bars of a mail lie."""

    start: date
    end: date

    def at(self, day: date) -> int:
        """Place of `day` in per cent of the axis."""
        span = (self.end - self.start).days
        return max(0, min(100, round(100 * (day - self.start).days / span)))


@dataclass(frozen=True, slots=True)
class Bar:
    """Widths in per cent: up to the earlier date, from there to the later one, and the rest."""

    base: int
    moved: int

    @property
    def rest(self) -> int:
        """What is left of the axis."""
        return 100 - self.base - self.moved


def axis_of(pushes: Sequence[Push], today: date) -> Axis | None:
    """From today, or the first date, to shortly after the last one; None where no date moves."""
    days = [day for p in pushes if p.planned and p.expected for day in (p.planned, p.expected)]
    return Axis(min(today, *days), max(days) + _AIR) if days else None


def bar_of(push: Push, axis: Axis | None) -> Bar | None:
    """The bar of a push on the axis; None where one of its dates is missing."""
    if axis is None or push.planned is None or push.expected is None:
        return None
    first, last = sorted((axis.at(push.planned), axis.at(push.expected)))
    moved = min(max(last - first, 2 if push.planned != push.expected else 0), 100 - first)
    return Bar(first, moved)
