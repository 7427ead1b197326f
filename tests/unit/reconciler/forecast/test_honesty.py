"""Forecasts of real series hold as often as they say (`reconciler.md` §H.5)."""

import pytest
import throughput
from throughput import averaged, cases, fitted, projects, score

from syncd.reconciler.forecast.outlook import outlook

STEPS = [place / 100 for place in range(1, 100)]


@pytest.mark.skipif(not throughput.FOLDER.exists(), reason="shared/data/throughput is absent")
def test_each_project_is_foretold_by_the_others():
    known = {name: cases(series) for name, series in projects().items()}
    scores = []
    for left_out, found in known.items():
        table = fitted({name: one for name, one in known.items() if name != left_out})
        views = [(case, outlook(case.items, case.pace, table=table)) for case in found]
        scores.append(
            averaged([score(case, [view.days(step) for step in STEPS]) for case, view in views])
        )
    total = averaged(scores)
    assert 0.80 <= total.p85 <= 0.92, total
    assert total.p95 >= 0.90, total
    assert total.crps <= 0.74, total
