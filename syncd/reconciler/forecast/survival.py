"""How long things last where some have not ended yet: the Kaplan-Meier curve.

Kaplan and Meier, "Nonparametric estimation from incomplete observations", 1958.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

Seen = tuple[float, bool]
"""(how long, whether it ended then); one that has not ended is censored."""

LASTED = 8
"""So many must have lasted longer than something for it to be judged; a pace needs as many."""


class Survival:
    """The share that lasts longer than a time, as a falling staircase.

    `unwatched` holds, for those that had begun before anybody looked, how long they had lasted by
    then: until that age they could not be seen to end, so that they do not count below it. Kaplan
    and Meier for delayed entry: Klein and Moeschberger, "Survival analysis", 2003, §4.6.
    """

    def __init__(self, seen: Iterable[Seen], unwatched: Iterable[float] = ()) -> None:
        ordered, entered = sorted(seen), sorted(unwatched)
        self._times: list[float] = []
        self._shares: list[float] = []
        self._ends: list[int] = []
        self._told: dict[tuple[float, float], float | None] = {}
        still, at_risk = 1.0, len(ordered)
        for time, ties in groupby(ordered, key=itemgetter(0)):
            ended = [end for _, end in ties]
            if any(ended):
                watched = at_risk - (len(entered) - bisect_left(entered, time))
                still *= 1 - sum(ended) / watched
                self._times.append(time)
                self._shares.append(still)
                self._ends.append(sum(ended))
            at_risk -= len(ended)

    @property
    def longest(self) -> float:
        """The longest that ended; 0 where none did."""
        return self._times[-1] if self._times else 0.0

    def beyond(self, time: float) -> float:
        """The share that lasts longer than `time`."""
        place = bisect_right(self._times, time)
        return self._shares[place - 1] if place else 1.0

    def quantile(self, share: float, *, after: float = 0.0) -> float | None:
        """The time within which `share` end of those that lasted longer than `after`.

        None where too few ended to tell.
        """
        asked = (share, after)
        if asked not in self._told:
            self._told[asked] = self._quantile(share, after)
        return self._told[asked]

    def _quantile(self, share: float, after: float) -> float | None:
        place = bisect_right(self._times, after) if after else 0
        if after and sum(self._ends[place:]) < LASTED:
            return None
        wanted = (1 - share) * (self.beyond(after) if after else 1.0)
        for time, still in zip(self._times[place:], self._shares[place:], strict=True):
            if still <= wanted + 1e-9:
                return time
        return None
