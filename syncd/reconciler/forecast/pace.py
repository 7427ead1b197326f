"""How fast a team finishes items, how evenly, and how much of that can be believed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncd.model.forecasts import Grade

RATE_DAYS = 260
"""Working days of history that count."""
HALF_LIFE = 20
"""Working days after which a finish counts half."""
RECENT = 60
"""Working days on which the grade rests."""
WEEK = 5
WEEKS = 24
"""Weeks whose unevenness is measured."""
FEW_WEEKS, UNEVEN = 8, 5.0
"""With fewer weeks than this the unevenness is taken to be that."""
MOST_UNEVEN = 12.0
"""Nine in ten public projects are more even; beyond it few items would seem to take longer than
many, and odds and dates would contradict each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What is known of the speed of one stream of finishes."""

    rate: float
    """r: items per working day, recent ones counting more."""
    unevenness: float
    """φ: variance by mean of weekly sums, 1 to 12."""
    finished: int
    """Items finished in the last 60 working days."""
    active_days: int
    """Working days of these on which anything was finished."""
    capped_days: int
    """Days that counted less than they had, because nobody works like that."""
    last_weeks: tuple[int, ...]
    """Items finished in each of the last four weeks, newest last."""

    @property
    def grade(self) -> Grade:
        """A with 40 finishes in 60 working days, B with 20, C with 8 on 5 days, else none."""
        if self.finished < 8 or self.active_days < 5:
            return Grade.NONE
        if self.finished >= 40:
            return Grade.A
        return Grade.B if self.finished >= 20 else Grade.C


def pace(counts: Sequence[int]) -> Pace:
    """Of items finished per working day, oldest first, the last entry being yesterday's.

    Days on which far more was finished than on a busy day count as three busy days: a clean-up of
    the tracker is no speed.
    """
    known = counts[-RATE_DAYS:]
    most = busiest(known)
    capped = [min(count, most) for count in known]
    recent = known[-RECENT:]
    weeks = _weeks(known, 4)
    return Pace(
        rate=recent_mean(capped),
        unevenness=_unevenness(_weeks(capped, WEEKS)),
        finished=sum(recent),
        active_days=sum(count > 0 for count in recent),
        capped_days=sum(count > most for count in recent),
        last_weeks=tuple(weeks),
    )


def busiest(counts: Sequence[int]) -> int:
    """The most that one day counts: three times its 85 % quantile where anything was done."""
    busy = quantile(filter(None, counts), 0.85)
    return 3 if busy is None else max(3, math.ceil(3 * busy))


def quantile(values: Iterable[float], share: float) -> float | None:
    """The value that `share` of them do not exceed, on straight lines between them; .5 = median.

    None of nothing. Hyndman and Fan, "Sample quantiles in statistical packages", 1996, type 7.
    """
    ordered = sorted(values)
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def recent_mean(counts: Sequence[int]) -> float:
    """Mean of daily counts, oldest first, in which 20 days of age halve the weight."""
    weights = [0.5 ** (age / HALF_LIFE) for age in range(len(counts))]
    total = sum(weights)
    done = sum(weight * count for weight, count in zip(weights, reversed(counts), strict=True))
    return done / total if total else 0.0


def _weeks(counts: Sequence[int], most: int) -> list[int]:
    """Sums of the last whole weeks, oldest first."""
    whole = min(len(counts) // WEEK, most)
    first = len(counts) - whole * WEEK
    return [sum(counts[at : at + WEEK]) for at in range(first, len(counts), WEEK)]


def _unevenness(weeks: Sequence[int]) -> float:
    mean = sum(weeks) / len(weeks) if weeks else 0.0
    if len(weeks) < FEW_WEEKS or mean == 0:
        return UNEVEN
    variance = sum((week - mean) ** 2 for week in weeks) / (len(weeks) - 1)
    return min(MOST_UNEVEN, max(1.0, variance / mean))
