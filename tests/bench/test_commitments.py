"""How early and how rightly `forecast-late` speaks of promises, beside simple rules.

    uv run pytest -n0 -m bench tests/bench/test_commitments.py

Every 50 working days of a series n items are promised for 20, 40 or 60 working days ahead by turns,
n being what the mean of the last 60 gives, and at least 10. Each is followed day by day with what
was finished by then; odds come from the error table of the other projects. An alert counts once for
each time it opens.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median

import pytest
import throughput
from throughput import cases, fitted, mean_pace, projects

from syncd.model.forecasts import Grade
from syncd.reconciler.backtest.metrics import precision, recall
from syncd.reconciler.forecast.outlook import FEW, outlook
from syncd.reconciler.forecast.pace import pace
from syncd.reconciler.forecast.table import ErrorTable
from syncd.reconciler.rules.forecast_late import Params

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not throughput.FOLDER.exists(), reason="shared/data/throughput is absent"),
]

HORIZONS = (20, 40, 60)
EVERY, LEAST = 50, 10
RULE = Params()
MOST_FALSE = 0.27
"""The target that decides where the threshold stands when it is chosen without a project."""


@dataclass
class Commitment:
    """One promise, and what was known of it on each working day until its end."""

    project: str
    days: int
    missed: bool
    late: list[float | None]
    """Chance to miss it; None = not told."""
    burn_up: list[bool]
    """Whether what is left needs more than the mean pace gives."""
    behind: list[bool]
    """Whether the share done is below the share of time gone."""


Opened = Callable[[Commitment], Sequence[int]]
"""Days on which a way of looking at it raises an alert."""


@cache
def commitments(step: int = EVERY) -> list[Commitment]:
    """Of all projects, by name; one every `step` working days."""
    every = projects()
    found = {name: cases(series) for name, series in every.items()}
    made = []
    for name, series in every.items():
        table = fitted({other: one for other, one in found.items() if other != name})
        for number, start in enumerate(range(260, len(series) - 260, step)):
            days = HORIZONS[number % len(HORIZONS)]
            items = -int(-mean_pace(series[:start]) * days // 1)
            if sum(count > 0 for count in series[start - 60 : start]) >= 5 and items >= LEAST:
                made.append(followed(name, series, start, days, items, table))
    return made


def followed(
    name: str, series: list[int], start: int, days: int, items: int, table: ErrorTable
) -> Commitment:
    """From the day of the promise until it is kept or its date has come."""
    left, made = items, Commitment(name, days, True, [], [], [])
    for gone in range(days):
        history, ahead = series[: start + gone], days - gone
        known = pace(history)
        made.late.append(chance(left, ahead, known, table))
        made.burn_up.append(left > mean_pace(history) * ahead)
        made.behind.append(1 - left / items < gone / days)
        left -= series[start + gone]
        if left <= 0:
            made.missed = False
            break
    return made


def chance(left, ahead, known, table) -> float | None:
    """To miss it; fewer than five items are judged one by one, which these series cannot be."""
    is_told = left >= FEW and ahead >= RULE.nearest_bd
    if not is_told or known.grade is Grade.NONE or known.rate <= 0:
        return None
    return 1 - outlook(left, known, table=table).odds(ahead)


def alarms(late, enter=RULE.enter, leave=RULE.exit, dwell=RULE.dwell_bd) -> list[int]:
    """Days on which an alert opens: told on `dwell` days in a row, over after as many below."""
    opened, held, firing = [], 0, False
    for day, odds in enumerate(late):
        if odds is None:
            continue
        turns = odds < leave if firing else odds >= enter
        held = held + 1 if turns else 0
        if held >= dwell:
            firing, held = not firing, 0
            if firing:
                opened.append(day)
    return opened


@dataclass(frozen=True)
class Judged:
    """The four figures of the target."""

    precision: float
    recall: float
    lead: float
    false: float

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.2f}  recall {self.recall:.2f}  median lead "
            f"{self.lead:.0f} working days  false alarms per kept one {self.false:.2f}"
        )


def judged(every: Sequence[Commitment], opened_of: Opened) -> Judged:
    """What the alerts were worth."""
    opened = [(one, opened_of(one)) for one in every]
    calls = [(bool(days), one.missed) for one, days in opened]
    kept = [len(days) for one, days in opened if not one.missed]
    return Judged(
        precision=precision(calls).value or 0.0,
        recall=recall(calls).value or 0.0,
        lead=median(one.days - days[0] for one, days in opened if days and one.missed),
        false=sum(kept) / len(kept),
    )


def rule(one: Commitment) -> list[int]:
    """As the rule is shipped."""
    return alarms(one.late)


def first(flags: Sequence[bool]) -> list[int]:
    """The first day on which it was so."""
    return [day for day, flag in enumerate(flags) if flag][:1]


def test_alarms_beside_simple_rules(capsys):
    every = commitments()
    missed = sum(one.missed for one in every)
    told = f"forecast-late {RULE.enter:.2f}/{RULE.exit:.2f}, {RULE.dwell_bd} days"
    with capsys.disabled():
        print(f"\n{len(every)} commitments of 18 projects, {missed / len(every):.0%} missed")
        for name, opened_of in (
            ("date passed", lambda one: [one.days] if one.missed else []),
            ("share done < share elapsed", lambda one: first(one.behind)),
            ("linear burn-up", lambda one: first(one.burn_up)),
            ("chance .50, at once", lambda one: alarms(one.late, 0.5, 0.5, 1)[:1]),
            (told, rule),
        ):
            print(f"{name:<32} {judged(every, opened_of)}")
        for step in (20, 30, 40):
            print(f"{told}, one promise every {step}: {judged(commitments(step), rule)}")
        print("targets: precision .73 at recall .95, lead 20, false alarms .27")


def test_what_a_threshold_costs(capsys):
    with capsys.disabled():
        print()
        for dwell in (1, 2, 3):
            for enter in (0.70, 0.74, 0.76, 0.78, 0.80, 0.82, 0.84):
                found = judged(
                    commitments(),
                    lambda one, at=enter, days=dwell: alarms(one.late, at, dwell=days),
                )
                print(f"enter {enter:.2f}, {dwell} days in a row    {found}")


def test_a_threshold_chosen_without_the_project(capsys):
    """The lowest that keeps false alarms of the other projects within the target."""
    chosen = {name: lowest(name) for name in projects()}
    found = judged(commitments(), lambda one: alarms(one.late, chosen[one.project]))
    with capsys.disabled():
        low, high = min(chosen.values()), max(chosen.values())
        print(f"\nchosen by the other projects ({low:.2f} to {high:.2f})   {found}")


def lowest(name: str) -> float:
    others = [one for one in commitments() if one.project != name]
    for percent in range(70, 90):
        found = judged(others, lambda one, at=percent / 100: alarms(one.late, at))
        if found.false <= MOST_FALSE:
            return percent / 100
    return 0.9
