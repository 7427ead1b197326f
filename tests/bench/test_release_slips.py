"""What syncd says of releases that slip, 14 and 28 days ahead, beside "it is still open".

    uv run pytest -n0 -m bench tests/bench/test_release_slips.py

Release plans of Python and Node: every date that still stood so many days before it came, judged by
the real rules on the plan as it stood; it slipped if it was later in the end. Versions of three
recorded trackers: every version with open items so many days before its release; it slipped if one
of those was still open after it.
"""

from collections import Counter
from datetime import timedelta
from functools import cache

import pytest
import release_plans
from release_plans import seen_at, stands, subject
from trackers import PROJECTS, morning, tracker

from syncd.model.items import Kind
from syncd.reconciler.backtest.metrics import auc, brier, precision, recall
from syncd.reconciler.engine import evaluate
from syncd.reconciler.facts.records import Records
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.view import View
from syncd.testing.builders import config, key

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not release_plans.FOLDER.exists(), reason="shared/data is absent"),
]

AHEAD = (14, 28)
RULES = ("date-doubtful", "date-moved", "slip-creep", "dead-date")
ALL = config(teams=())


@cache
def told(source, now):
    """Subject → rules that fire, and the view."""
    seen = seen_at(source, now)
    answer = evaluate(seen, ALL, assume_fresh=True)
    fired = Counter((one.subject, one.rule) for one in answer.findings)
    return fired, View(seen, ALL, assume_fresh=True)


def line(name, calls):
    right, found = precision(calls), recall(calls)
    return f"{name:<34} precision {right.value or 0:.2f} of {right.of:>3}   recall {found.value or 0:.2f}"


def over(chances, least):
    return [(odds >= least, slipped) for odds, slipped in chances]


@pytest.mark.parametrize("days", AHEAD)
def test_release_plans(days, capsys):
    every = {source: list(stands(source, days)) for source in release_plans.SOURCES}
    with capsys.disabled():
        print(f"\n\n{days} days ahead, by source: slipped")
        for source, found in every.items():
            print(f"{source}: {sum(one.slipped for one in found)} of {len(found)}")
        both = [(source, one) for source, found in every.items() for one in found]
        print(line("still open", [(True, one.slipped) for _, one in both]))
        for rule in RULES:
            print(line(rule, [
                ((subject(one.planned), rule) in told(source, one.now)[0], one.slipped)
                for source, one in both
            ]))  # fmt: skip
        for source, found in every.items():
            print(line(f"  of {source}: date-doubtful", [
                ((subject(one.planned), "date-doubtful") in told(source, one.now)[0], one.slipped)
                for one in found
            ]))  # fmt: skip
        chances = [(late(source, one), one.slipped) for source, one in both]
        print(f"chance by the record: AUC {auc(chances):.2f}, Brier {brier(chances):.3f}")
        for least in (0.20, 0.25, 0.30, 0.40, 0.50, 0.60):
            print(line(f"  from {least:.2f} on", over(chances, least)))


def late(source, stand):
    _, view = told(source, stand.now)
    return view.once(Records).of(key(stand.planned.ref, kind=Kind.MILESTONE)).late


@pytest.mark.parametrize("days", AHEAD)
def test_versions(days, capsys):
    chances, without = [], []
    for project in PROJECTS:
        for slipped, odds in versions(tracker(project), days):
            (without if odds is None else chances).append((odds, slipped))
    every = [*chances, *without]
    with capsys.disabled():
        print(f"\n\nversions with open items {days} days ahead, of {len(PROJECTS)} trackers")
        print(line("still open", [(True, slipped) for _, slipped in every]))
        print(f"forecast: {len(chances)}; AUC {auc(chances):.2f}, Brier {brier(chances):.3f}")
        print(line("  those, still open", over(chances, 0.0)))
        for least in (0.20, 0.40, 0.60, 0.78):
            print(line(f"  those, from {least:.2f} on", over(chances, least)))


def versions(found, days):
    """(whether it slipped, chance to be late or None) of each with open items."""
    for name, day in sorted(found.releases.items()):
        now, end = morning(day - timedelta(days=days)), morning(day + timedelta(days=1))
        left = [item for item in found.members(name) if item.is_open(now)]
        if left:
            view = View(found.at(now), config(), assume_fresh=True)
            own = key(f"{found.name} {name}", kind=Kind.MILESTONE)
            (one,) = [one for one in view.deliverables if own in one.bound]
            odds = view.once(Forecasts).of(one).late
            yield any(item.is_open(end) for item in left), odds
