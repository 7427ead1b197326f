"""How honest forecasts are on real series, each project judged by the others, and what they cost.

uv run pytest -n0 -m bench tests/bench/test_forecast.py
"""

import time
from dataclasses import dataclass
from datetime import date
from statistics import median

import numpy as np
import pytest
import throughput
from throughput import Score, averaged, fitted, mean_pace, projects, score

from syncd.model.calendar import WorkingCalendar
from syncd.model.forecasts import Grade
from syncd.reconciler.forecast.capacity import Capacity
from syncd.reconciler.forecast.outlook import FEW, outlook
from syncd.reconciler.forecast.pace import pace

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not throughput.FOLDER.exists(), reason="shared/data/throughput is absent"),
]

STEPS = [place / 200 for place in range(1, 200)]


def test_cover_and_error_beside_monte_carlo(capsys):
    cases = {name: throughput.cases(series) for name, series in projects().items()}
    ours = []
    for left_out, found in cases.items():
        table = fitted({name: one for name, one in cases.items() if name != left_out})
        ours.append(averaged([score(case, told(case, table)) for case in found]))
    shipped = [averaged([score(c, told(c, None)) for c in found]) for found in cases.values()]
    drawn = [averaged(monte_carlo(series, cases[name])) for name, series in projects().items()]
    with capsys.disabled():
        print(f"\n{sum(map(len, cases.values())):,} forecasts of {len(cases)} projects")
        print(f"bootstrap Monte Carlo, 60 days     {averaged(drawn)}")
        print(f"closed form, project left out      {averaged(ours)}")
        print(f"closed form, table as shipped      {averaged(shipped)}")
        print("targets: P85 .80 to .92, P95 at least .90, CRPS at most .740")


def told(case, table):
    view = outlook(case.items, case.pace, table=table) if table else case.outlook
    return [view.days(share) for share in STEPS]


def monte_carlo(series, cases) -> list[Score]:
    """400 futures drawn from the last 60 working days, as most products do it."""
    random = np.random.default_rng(7)
    found = []
    for case in cases:
        recent = np.array(series[case.origin - 60 : case.origin])
        total = random.choice(recent, size=(400, 400)).cumsum(axis=1)
        took = np.where(total[:, -1] >= case.items, (total < case.items).sum(axis=1) + 1, 10_000)
        found.append(score(case, [float(day) for day in np.quantile(took, STEPS)]))
    return found


@dataclass
class Commitment:
    """`late` for each working day until the end: chance to miss it, None = not told."""

    days: int
    missed: bool
    late: list
    burn_up: list
    """Whether what is left needs more than the mean pace gives."""
    behind: list
    """Whether the share done is below the share of time gone."""


def commitments(series, every=50):
    """n items promised for 20, 40 or 60 working days ahead, n being what the usual pace gives."""
    horizons = (20, 40, 60)
    for number, start in enumerate(range(260, len(series) - 260, every)):
        days = horizons[number % len(horizons)]
        items = -int(-mean_pace(series[:start]) * days // 1)
        if sum(count > 0 for count in series[start - 60 : start]) >= 5 and items >= 10:
            yield followed(series, start, days, items)


def followed(series, start, days, items):
    left, made = items, Commitment(days, True, [], [], [])
    for gone in range(days):
        history, ahead = series[: start + gone], days - gone
        known = pace(history)
        is_told = left >= FEW and ahead >= 3 and known.grade is not Grade.NONE and known.rate > 0
        made.late.append(1 - outlook(left, known).odds(ahead) if is_told else None)
        made.burn_up.append(left > mean_pace(history) * ahead)
        made.behind.append(1 - left / items < gone / days)
        left -= series[start + gone]
        if left <= 0:
            made.missed = False
            break
    return made


def alarms(late, enter, leave, dwell):
    """Days on which an alert opens: told on `dwell` days in a row, over after as many below."""
    opened, held, firing = [], 0, False
    for day, chance in enumerate(late):
        if chance is None:
            continue
        turns = chance < leave if firing else chance >= enter
        held = held + 1 if turns else 0
        if held >= dwell:
            firing, held = not firing, 0
            if firing:
                opened.append(day)
    return opened


def judged(every, opened_of):
    late = [one for one in every if one.missed]
    fine = [one for one in every if not one.missed]
    hits = [(one, opened) for one in late if (opened := opened_of(one))]
    false = [len(opened_of(one)) for one in fine]
    wrong = sum(count > 0 for count in false)
    lead = median(one.days - opened[0] for one, opened in hits)
    return (
        f"precision {len(hits) / (len(hits) + wrong):.2f}  recall {len(hits) / len(late):.2f}  "
        f"median lead {lead:.0f} working days  false alarms per kept one {sum(false) / len(fine):.2f}"
    )


def test_alarms_for_commitments(capsys):
    every = [one for series in projects().values() for one in commitments(series)]
    missed = sum(one.missed for one in every)

    def first(flags):
        return [day for day, flag in enumerate(flags) if flag][:1]

    with capsys.disabled():
        print(f"\n{len(every)} commitments of 18 projects, {missed / len(every):.0%} missed")
        for name, opened_of in (
            ("date passed", lambda one: [one.days] if one.missed else []),
            ("share done < share elapsed", lambda one: first(one.behind)),
            ("linear burn-up", lambda one: first(one.burn_up)),
            ("chance .50, at once", lambda one: alarms(one.late, 0.5, 0.5, 1)[:1]),
            ("forecast-late .70/.40, 3 days", lambda one: alarms(one.late, 0.7, 0.4, 3)),
            ("forecast-late .75/.40, 3 days", lambda one: alarms(one.late, 0.75, 0.4, 3)),
        ):
            print(f"{name:<30} {judged(every, opened_of)}")
        print("targets: precision .73 at recall .95, lead 20, false alarms .27")


def test_ten_thousand_forecasts(capsys):
    history = [(number * 7) % 5 for number in range(260)]
    capacity = Capacity(WorkingCalendar(), date(2026, 11, 23))
    target = date(2027, 2, 26)
    start = time.perf_counter()
    loop = sum(number for number in range(10_000))
    bare = time.perf_counter() - start
    start = time.perf_counter()
    known = pace(history)
    for number in range(10_000):
        view = outlook(5 + number % 200, known)
        view.odds(capacity.until(target))
        for share in (0.5, 0.85, 0.95):
            capacity.day(view.days(share))
    took = time.perf_counter() - start
    assert loop
    with capsys.disabled():
        print(f"\n10,000 forecasts with three dates: {took:.2f} s, {took / bare:.0f} bare loops")
