"""The part of a deliverable that one team does: odds by a day, and the day for given odds."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from syncd.model.forecasts import Grade
from syncd.model.items import ItemKey
from syncd.reconciler.forecast.ageing import Age
from syncd.reconciler.forecast.capacity import HALF, Capacity
from syncd.reconciler.forecast.outlook import Outlook
from syncd.reconciler.forecast.pace import Pace
from syncd.reconciler.forecast.table import HIGH, LOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Paced:
    """By the pace of its team, behind what the team does first."""

    capacity: Capacity
    pace: Pace
    outlook: Outlook
    items: int
    ahead: int = 0

    @property
    def grade(self) -> Grade:
        """Of the pace."""
        return self.pace.grade

    def odds(self, day: date) -> float:
        """Chance to be done by the end of `day`."""
        return self.outlook.odds(self.capacity.until(day))

    def day(self, share: float) -> date | None:
        """First day by which it is done with these odds."""
        return self.capacity.day(self.outlook.days(share))

    def less(self, items: int) -> Paced:
        """The same with so many items taken out."""
        left = replace(self.outlook, items=max(1, self.items + self.ahead - items))
        return replace(self, items=self.items - items, outlook=left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """Item by item, from how long such items take; each on its own."""

    capacity: Capacity
    ages: tuple[tuple[ItemKey, Age], ...]
    grade: Grade = Grade.B

    @property
    def items(self) -> int:
        """How many."""
        return len(self.ages)

    def odds(self, day: date) -> float:
        """Chance that all are done by the end of `day`."""
        days = self.capacity.whole(day)
        return math.prod(age.odds(days) for _, age in self.ages)

    def day(self, share: float) -> date | None:
        """First day by which all are done with these odds."""
        low = [age.days(share) for _, age in self.ages]
        if None in low:
            return None
        first = self.capacity.day((max(one or 0.0 for one in low) or 1.0) - HALF)
        if first is None or len(low) == 1:
            return first
        return first_day(self.odds, share, first, self.capacity.days[-1])


Part = Paced | Aged


def odds_of(parts: Sequence[Part], day: date) -> float:
    """Chance, .01 to .99, that every part is done by the end of `day`."""
    return bounded(math.prod(part.odds(day) for part in parts))


def bounded(odds: float) -> float:
    """From .01 to .99: nothing is surer than that."""
    return max(LOW, min(HIGH, odds))


def day_of(parts: Sequence[Part], share: float) -> date | None:
    """First day by which every part is done with these odds; None = beyond what can be told."""
    days = [day for part in parts if (day := part.day(share))]
    if len(days) < len(parts):
        return None
    if len(parts) == 1:
        return days[0]
    last = max(part.capacity.days[-1] for part in parts)
    return first_day(lambda day: odds_of(parts, day), share, max(days), last)


def first_day(odds: Callable[[date], float], share: float, first: date, last: date) -> date | None:
    """The first day from `first` on at which `odds`, which never fall, reach `share`."""
    if odds(last) < share:
        return None
    low, high = first.toordinal(), last.toordinal()
    while low < high:
        middle = (low + high) // 2
        if odds(date.fromordinal(middle)) >= share - 1e-9:
            high = middle
        else:
            low = middle + 1
    return date.fromordinal(low)


def once_done(part: Part, keys: Collection[ItemKey]) -> Part | None:
    """The part once these of its items are done; None where nothing of it is left."""
    if isinstance(part, Aged):
        ages = tuple(one for one in part.ages if one[0] not in keys)
        return replace(part, ages=ages) if ages else None
    return part.less(len(keys)) if len(keys) < part.items else None


def thinned(parts: Sequence[Part], target: date, wanted: float) -> int | None:
    """The fewest items to take out for these odds by `target`; None where that does not help."""
    for taken, left in enumerate(thinning(parts, target), start=1):
        if odds_of(left, target) >= wanted:
            return taken
    return None


def thinning(parts: Sequence[Part], target: date) -> Iterator[tuple[Part, ...]]:
    """The parts with one item less, two less and so on, always from the slowest team.

    Ends where each team has one item left, or is looked at item by item.
    """
    left: list[Part] = list(parts)
    while True:
        thick = [
            (part.odds(target), place, part)
            for place, part in enumerate(left)
            if isinstance(part, Paced) and part.items > 1
        ]
        if not thick:
            return
        _, place, slowest = min(thick, key=lambda one: one[:2])
        left[place] = slowest.less(1)
        yield tuple(left)
