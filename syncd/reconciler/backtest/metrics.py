"""The figures of a backtest (`reconciler.md` §D6), from what was said and what came true. Pure.

A *call* is (said that it will be missed, it was missed); a *chance* is (odds from 0 to 1 that it is
missed, it was missed). A figure that nothing stands behind is None.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from syncd.model.forecasts import Share

Call = tuple[bool, bool]
Chance = tuple[float, bool]


def precision(calls: Iterable[Call]) -> Share:
    """How many of those called were missed."""
    called = [missed for said, missed in calls if said]
    return Share(sum(called), len(called))


def recall(calls: Iterable[Call]) -> Share:
    """How many of those missed were called."""
    missed = [said for said, was_missed in calls if was_missed]
    return Share(sum(missed), len(missed))


def false_alarms(calls: Iterable[Call]) -> Share:
    """How many of those kept were called all the same."""
    kept = [said for said, missed in calls if not missed]
    return Share(sum(kept), len(kept))


def brier(chances: Sequence[Chance]) -> float | None:
    """Mean squared error of the odds; 0 is best, .25 is "even" said each time.

    Brier, "Verification of forecasts expressed in terms of probability", 1950.
    """
    return mean([(odds - missed) ** 2 for odds, missed in chances])


def auc(chances: Sequence[Chance]) -> float | None:
    """Chance that one that was missed had higher odds than one that was kept; ties are a half.

    Odds may be any number that rises with the danger. None where all ended alike. Hanley and
    McNeil, "The meaning and use of the area under a ROC curve", 1982.
    """
    kept = sorted(odds for odds, missed in chances if not missed)
    late = [odds for odds, missed in chances if missed]
    if not kept or not late:
        return None
    won = sum(bisect_left(kept, odds) + bisect_right(kept, odds) for odds in late)
    return won / 2 / len(kept) / len(late)


def crps(days: Sequence[float], took: float) -> float:
    """Error of a whole forecast in days: twice the mean pinball loss of its quantiles.

    `days` are those for equally spaced odds, such as 199 for .005 to .995; of a single date it is
    the absolute error. Gneiting and Raftery, "Strictly proper scoring rules", 2007, §4.2.
    """
    step = 1 / (len(days) + 1)
    lost = (
        abs(took - day) * (place * step if took >= day else 1 - place * step)
        for place, day in enumerate(days, start=1)
    )
    return 2 * sum(lost) / len(days)


def within(pairs: Iterable[tuple[float, float | None]]) -> Share:
    """How many came no later than foretold, of (foretold, came); None = has not come."""
    held = [came is not None and came <= foretold for foretold, came in pairs]
    return Share(sum(held), len(held))


def mean(values: Sequence[float]) -> float | None:
    """Their mean; None of nothing."""
    return math.fsum(values) / len(values) if values else None
