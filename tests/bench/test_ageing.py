"""Whether the odds of single items, from how long such items took, came true.

    uv run pytest -n0 -m bench tests/bench/test_ageing.py

Three trackers, looked at every nine weeks after their first year. Every open item is asked for the
chance to be open still so many working days later, from what was known that day: all items, and
those that a forecast would be made of. The baseline says for each what became of the items open at
earlier looks whose outcome was known by then.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from statistics import mean

import pytest
import trackers
from trackers import PROJECTS, morning, tracker

from syncd.model.calendar import WorkingCalendar
from syncd.reconciler.backtest.metrics import auc, brier
from syncd.reconciler.forecast.ageing import Ageing
from syncd.reconciler.view import View
from syncd.testing.builders import config, key

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not trackers.FOLDER.exists(), reason="shared/data is absent"),
]

EVERY = timedelta(weeks=9)
AHEAD = (5, 10, 20, 40)
CALENDAR = WorkingCalendar()
WEEK, FAR = 5, 2
"""Working days: between two looks, and from which on a date has moved (`briefing/moved.py`)."""


@dataclass(frozen=True)
class Asked:
    """The chance of one item to be open still, and what came true."""

    odds: float
    usual: float
    open: bool
    foretold: bool
    """Whether a forecast would be made of it."""


@cache
def asked(days: int) -> list[Asked]:
    return [one for project in PROJECTS for one in _asked(tracker(project), days)]


def _asked(found, days: int) -> Iterator[Asked]:
    past = []
    for day in _mondays(found):
        now, end = morning(day), morning(CALENDAR.shift(day, days) + timedelta(days=1))
        known = [was_open for over, was_open in past if over <= now]
        view = View(found.at(now), config(), assume_fresh=True)
        for item in found.items:
            if not item.is_open(now):
                continue
            past.append((end, item.is_open(end)))
            issue = view.issue(key(item.ref))
            age = view.once(Ageing).of(issue) if issue else None
            if age and known:
                yield Asked(
                    odds=1 - age.odds(days),
                    usual=mean(known),
                    open=item.is_open(end),
                    foretold=age.days(0.5) is not None,
                )


def _mondays(found) -> Iterator[date]:
    """Every nine weeks from a year after the first item on."""
    made = sorted(item.made.date() for item in found.items)
    day = made[0] + timedelta(days=365)
    day += timedelta(days=(7 - day.weekday()) % 7)
    while day < made[-1]:
        yield day
        day += EVERY


@pytest.mark.parametrize("days", AHEAD)
def test_odds_of_open_items(days, capsys):
    with capsys.disabled():
        print(f"\n\nopen still {days} working days later")
        for name, some in (
            ("all items", asked(days)),
            ("foretold", [one for one in asked(days) if one.foretold]),
        ):
            ours = [(one.odds, one.open) for one in some]
            usual = [(one.usual, one.open) for one in some]
            print(
                f"{name:<10} {len(some):>5}: said {mean(odds for odds, _ in ours):.3f}, came true "
                f"{mean(was_open for _, was_open in ours):.3f}; Brier {brier(ours):.3f} "
                f"(baseline {brier(usual):.3f}), AUC {auc(ours):.2f} ({auc(usual):.2f})"
            )


def test_how_far_dates_move_in_a_week(capsys):
    """Of items whose phase stayed the same: why the date of a single item is no news."""
    moved = [days for project in PROJECTS for days in _moves(tracker(project))]
    far, later = sum(abs(days) >= FAR for days in moved), sum(days >= FAR for days in moved)
    with capsys.disabled():
        print(
            f"\n{len(moved)} dates of items in the same phase a week later: {far} moved by two "
            f"working days or more, {later} of them later"
        )


def _moves(found) -> Iterator[float]:
    for day in list(_mondays(found))[::2]:
        before, after = (_dates(found, one) for one in (day, day + timedelta(weeks=1)))
        for item in before.keys() & after.keys():
            yield after[item] - before[item] + WEEK


def _dates(found, day) -> dict[tuple[str, str], float]:
    """(item, phase) → working days until it is as likely done as not."""
    view = View(found.at(morning(day)), config(), assume_fresh=True)
    open_ones = [view.issue(key(item.ref)) for item in found.items if item.is_open(morning(day))]
    ages = {one: view.once(Ageing).of(one) for one in open_ones if one}
    return {
        (one.ref, one.phase): days
        for one, age in ages.items()
        if age and (days := age.days(0.5)) is not None
    }
