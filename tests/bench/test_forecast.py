"""How honest forecasts are on real series, each project judged by the others, and what they cost.

uv run pytest -n0 -m bench tests/bench/test_forecast.py
"""

import time
from datetime import date

import numpy as np
import pytest
import throughput
from throughput import Score, averaged, fitted, projects, score

from syncd.model.calendar import WorkingCalendar
from syncd.reconciler.forecast.capacity import Capacity
from syncd.reconciler.forecast.outlook import outlook
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
