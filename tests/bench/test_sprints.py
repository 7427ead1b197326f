"""Which sprints carry work over, told at 30, 50 and 80 % of their days, beside a simple rule.

    uv run pytest -n0 -m bench tests/bench/test_sprints.py

Sprints of three trackers that had estimated work. A sprint carries over if less was delivered than
was in it when it was looked at. The pace is that of the earlier sprints of its board, by number, and
of its own days so far; what was finished between two looks is spread over the days between. The
simple rule says so where the share done is below the share of days gone.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import pytest
from replays import DATA

from syncd.model.forecasts import Grade
from syncd.reconciler.backtest.metrics import auc, brier, precision, recall
from syncd.reconciler.forecast.outlook import outlook
from syncd.reconciler.forecast.pace import pace

FOLDER = DATA / "sprints"
TRACKERS = ("apache", "jboss", "jira")
LOOKS = (30, 50, 80)
MIDDLE = 0.6
"""Chance from which on a deliverable counts as at risk."""

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not FOLDER.exists(), reason="shared/data/sprints is absent"),
]


@dataclass(frozen=True)
class Look:
    """A sprint at a share of its days: work left and done, in items and in points."""

    left: dict[str, float]
    done: dict[str, float]
    diff: float
    """Points delivered in the end less those in it now."""

    @property
    def points(self) -> float:
        return self.left["points"] + self.done["points"]

    def delivered(self, unit: str) -> float:
        """In the end; items as the points were."""
        whole = self.left[unit] + self.done[unit]
        points = self.points + self.diff
        return points * whole / self.points if self.points else self.done[unit]


@dataclass(frozen=True)
class Sprint:
    """Its planned days, and how it stood at each of `LOOKS`."""

    days: int
    looks: dict[int, Look]

    def finished(self, unit: str) -> list[float]:
        """A day, to its end."""
        marks = [0.0, *(look.done[unit] for look in self.looks.values())]
        marks.append(self.looks[80].delivered(unit))
        counts = [0.0] * self.days
        places = [round(self.days * share / 100) for share in (0, *LOOKS, 100)]
        for (start, end), (before, after) in zip(pairwise(places), pairwise(marks), strict=True):
            first = min(start, self.days - 1)
            days = max(1, end - first)
            for day in range(first, first + days):
                counts[day] += max(0.0, after - before) / days
        return counts


@cache
def boards() -> list[list[Sprint]]:
    """The sprints of each board, by number."""
    found = []
    for tracker in TRACKERS:
        looks = {share: dict(_read(tracker, share)) for share in LOOKS}
        by_board = defaultdict(list)
        for board, number in sorted(looks[30]):
            seen = {share: looks[share][board, number] for share in LOOKS}
            days = next(iter(seen.values()))[0]
            look = {share: one for share, (_, one) in seen.items()}
            by_board[board].append(Sprint(max(1, days), look))
        found += by_board.values()
    return found


def _read(tracker: str, share: int) -> Iterator[tuple[tuple[str, int], tuple[int, Look]]]:
    """(board, number) → (planned days, look); names may hold commas, so counted from the right."""
    with gzip.open(
        FOLDER / f"{tracker}_iteration_{share}.csv.gz", "rt", encoding="latin-1"
    ) as rows:
        next(rows)
        for row in rows:
            cells = row.rstrip("\n").split(",")
            diff, days, *_, todo, todo_points, run, run_points, done, done_points = map(
                float, cells[-16:-2]
            )
            look = Look(
                left={"items": todo + run, "points": todo_points + run_points},
                done={"items": done, "points": done_points},
                diff=diff,
            )
            yield (cells[0], int(cells[1])), (int(days), look)


def chances(share: int, unit: str) -> Iterator[tuple[float | None, bool, bool]]:
    """(chance to carry over or None, what the simple rule says, whether it did)."""
    for sprints in boards():
        before: list[float] = []
        for sprint in sprints:
            look = sprint.looks[share]
            if look.points > 0:
                said = look.done["points"] / look.points < share / 100
                yield chance(sprint, share, unit, before), said, look.diff < 0
            before += sprint.finished(unit)


def chance(sprint: Sprint, share: int, unit: str, before: list[float]) -> float | None:
    look, gone = sprint.looks[share], max(1, round(sprint.days * share / 100))
    known = pace([*before, *([look.done[unit] / gone] * gone)])
    if look.left[unit] <= 0:
        return 0.01
    if known.grade is Grade.NONE or known.rate <= 0:
        return None
    return 1 - outlook(look.left[unit], known).odds(sprint.days * (1 - share / 100))


@pytest.mark.parametrize("share", LOOKS)
def test_carry_over(share, capsys):
    with capsys.disabled():
        for unit in ("items", "points"):
            every = list(chances(share, unit))
            known = [(odds, said, over) for odds, said, over in every if odds is not None]
            ours = [(odds, over) for odds, _, over in known]
            print(f"\n\n{share} % of the days, pace in {unit}")
            print(line(f"simple rule, all {len(every)}", [(said, over) for _, said, over in every]))
            print(line(f"simple rule, {len(known)} foretold", [one[1:] for one in known]))
            for least in (0.4, 0.5, 0.6, 0.7, 0.78):
                print(line(f"forecast from {least:.2f} on", [(o >= least, y) for o, y in ours]))
            mixed = [(said if o is None else o >= MIDDLE, over) for o, said, over in every]
            print(line(f"from {MIDDLE:.2f} on, else the rule, all", mixed))
            print(f"forecast: AUC {auc(ours):.2f}, Brier {brier(ours):.3f}")


def line(name, calls):
    right, found = precision(calls), recall(calls)
    share = sum(over for _, over in calls) / len(calls)
    return (
        f"{name:<33} precision {right.value or 0:.2f}  recall {found.value or 0:.2f}"
        f"  (carried over {share:.2f})"
    )
