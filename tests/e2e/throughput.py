"""Real series of finished items, and how well forecasts of them turn out.

Origins lie every 20 working days after 260 of history, where five of the last 60 had a finish. The
question is when n items more are finished, n being what the capped mean of the last 60 working days
gives for 5, 10, 20 and 40 of them, and at least 3. Origins of which the next 260 working days were
not all seen are left out.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from pathlib import Path
from statistics import mean

from replays import DATA

from syncd.reconciler.forecast.outlook import Outlook, outlook
from syncd.reconciler.forecast.pace import Pace, busiest, pace
from syncd.reconciler.forecast.table import SHARES, ErrorTable

FOLDER = DATA / "throughput"
HORIZONS = (5, 10, 20, 40)
SEEN = 260
WORST = 50.0
"""Cap on the error of one forecast, in horizons."""


@dataclass(frozen=True, slots=True)
class Case:
    """One forecast to be made: `took` working days are what came true, 261 = not within 260."""

    origin: int
    horizon: int
    items: int
    pace: Pace
    took: int

    @property
    def outlook(self) -> Outlook:
        return outlook(self.items, self.pace)


def read(path: Path) -> list[int]:
    """Items finished on each working day from the first to the last finish."""
    days = [date.fromisoformat(line) for line in path.read_text().split()]
    counts = Counter(_working_day(day) for day in days)
    return [counts[number] for number in range(min(counts), max(counts) + 1)]


def _working_day(day: date) -> int:
    """Number of a working day; weekends count as the day before."""
    weeks, rest = divmod(day.toordinal() - 1, 7)
    return weeks * 5 + min(rest, 4)


def projects() -> dict[str, list[int]]:
    """Series by project."""
    return {path.stem: read(path) for path in sorted(FOLDER.glob("*.csv"))}


def mean_pace(history: list[int]) -> float:
    """Items a day in the last 60 working days, clean-ups of the tracker capped."""
    most = busiest(history[-SEEN:])
    return sum(min(count, most) for count in history[-60:]) / 60


def cases(series: list[int], every: int = 20) -> list[Case]:
    """All forecasts that can be made of one series and judged."""
    total = [0, *accumulate(series)]
    found = []
    for origin in range(SEEN, len(series) - SEEN + 1, every):
        history = series[:origin]
        if sum(count > 0 for count in history[-60:]) < 5:
            continue
        known, usual = pace(history), mean_pace(history)
        for horizon in HORIZONS:
            items = math.ceil(usual * horizon)
            if items >= 3 and known.rate > 0:
                end = bisect_left(total, total[origin] + items, origin, origin + SEEN + 1)
                took = end - origin if end <= origin + SEEN else SEEN + 1
                found.append(Case(origin, horizon, items, known, took))
    return found


def fitted(by_project: dict[str, list[Case]]) -> ErrorTable:
    """The error table of these projects, each with equal weight."""
    weighted = sorted(
        (_error(case), 1 / len(found)) for found in by_project.values() for case in found
    )
    reached = list(accumulate(weight for _, weight in weighted))
    places = (bisect_left(reached, share * reached[-1]) for share in SHARES)
    return ErrorTable(tuple(weighted[min(place, len(weighted) - 1)][0] for place in places))


def _error(case: Case) -> float:
    view = case.outlook
    return math.log(case.took * view.rate / view.items) / view.spread(view.items)


@dataclass(frozen=True, slots=True)
class Score:
    """Shares of outcomes by the 50, 85 and 95 % dates, and the error (CRPS) in horizons."""

    p50: float
    p85: float
    p95: float
    crps: float

    def __str__(self) -> str:
        return f"P50 {self.p50:.2f}  P85 {self.p85:.2f}  P95 {self.p95:.2f}  CRPS {self.crps:.3f}"


def score(case: Case, days: list[float]) -> Score:
    """Of one forecast, `days` being its quantiles at equal steps, such as 199 of them."""
    step = 1 / (len(days) + 1)
    by = [case.took <= math.ceil(days[round(share / step) - 1]) for share in (0.5, 0.85, 0.95)]
    lost = (
        abs(case.took - at) * (share if case.took >= at else 1 - share)
        for share, at in ((step * place, at) for place, at in enumerate(days, 1))
    )
    crps = min(WORST, 2 * sum(lost) / len(days) / case.horizon)
    return Score(*by, crps)


def averaged(scores: list[Score]) -> Score:
    """Mean of each figure."""
    return Score(*(mean(getattr(one, name) for one in scores) for name in Score.__slots__))
