"""Which items and which pace foretell a version or a sprint best: the choice of `reconciler.md` §D2.

    uv run pytest -n0 -m bench tests/bench/test_forecast_queue.py

Three real projects with versions and sprints of 8 or more items. Every 10 working days in the 80
before its target, a version or sprint with 5 or more open items is foretold in five ways from what
was finished by then. Items count as planned from the day they were made, since these exports tell
no earlier membership; what is measured is the time until the last of the items that were open.
"""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date
from statistics import mean, median

import pytest
from replays import rows
from trackers import DELIVERED, FOLDER, PROJECTS

from syncd.model.forecasts import Grade
from syncd.reconciler.forecast.flow import FEW_FINISHES, LEAST_SHARE
from syncd.reconciler.forecast.outlook import FEW, Outlook
from syncd.reconciler.forecast.pace import RATE_DAYS, RECENT, pace
from syncd.reconciler.forecast.queue import FORGOTTEN

BEFORE, EVERY, LEAST = 80, 10, 8

pytestmark = [
    pytest.mark.bench,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not FOLDER.exists(), reason="shared/data/jira_titanium_small is absent"),
]


@dataclass(frozen=True)
class Item:
    made: int
    closed: int | None
    delivered: bool

    def is_open(self, day):
        return self.made <= day and (self.closed is None or self.closed > day)


def working_day(text):
    weeks, rest = divmod(date.fromisoformat(text[:10]).toordinal() - 1, 7)
    return weeks * 5 + min(rest, 4)


def read(project, kind):
    """Items of a project, and (target, its items) of each version or sprint."""
    items, members, targets = [], defaultdict(list), {}
    for row in rows(f"jira_titanium_small/{project}.issues.jsonl.gz"):
        told = row["fields"]
        closed = told["resolutiondate"] and working_day(told["resolutiondate"])
        resolution = (told["resolution"] or {}).get("name")
        item = Item(working_day(told["created"]), closed, resolution in DELIVERED)
        items.append(item)
        name, when = {"versions": ("fixVersions", "releaseDate"),
                      "sprints": ("closedSprints", "endDate")}[kind]  # fmt: skip
        for one in told.get(name) or []:
            if one.get(when):
                members[one["name"]].append(item)
                targets[one["name"]] = working_day(one[when])
    return items, [(targets[name], own) for name, own in members.items()]


def counts(items, day):
    done = Counter(item.closed for item in items if item.delivered)
    first = max(min(done, default=day), day - RATE_DAYS)
    return [done[at] for at in range(first, day + 1)]


def ways(items, plans, target, own, day):
    """Way → (items, rate, pace), what each makes of the state of that day."""
    team, alone = pace(counts(items, day)), pace(counts(own, day))
    planned = {id(item) for _, some in plans for item in some}
    recent = [one for one in items if one.delivered and day - RECENT < one.closed <= day]
    share = max(LEAST_SHARE, sum(id(one) in planned for one in recent) / max(1, len(recent)))
    share = share if len(recent) >= FEW_FINISHES else 1.0
    mine = {id(item) for item in own if item.is_open(day)}
    every = {id(item) for _, some in plans for item in some if item.is_open(day)}
    ahead = mine | {
        id(item)
        for due, some in plans
        if day - FORGOTTEN < due <= target
        for item in some
        if item.is_open(day)
    }
    found = {
        "whole pace": (len(mine), team.rate, team),
        "proportional share": (len(mine), team.rate * share * len(mine) / len(every), team),
        "queue": (len(ahead), team.rate * share, team),
        "own pace": (len(mine), alone.rate, alone),
    }
    own_counts = alone.finished >= 20
    found["as built"] = found["own pace"] if own_counts else found["queue"]
    return found if team.grade is not Grade.NONE else {}


def foretold(kind):
    """Way → version or sprint → [(days it took, days by 50 %, 85 % and 95 %)]."""
    found = defaultdict(lambda: defaultdict(list))
    for project in PROJECTS:
        items, plans = read(project, kind)
        for number, (target, own) in enumerate(plans):
            if len(own) < LEAST:
                continue
            for day in range(target - BEFORE, target - 2, EVERY):
                left = [item for item in own if item.is_open(day)]
                if len(left) < FEW or any(item.closed is None for item in left):
                    continue
                took = max(item.closed for item in left) - day
                for way, (count, rate, known) in ways(items, plans, target, own, day).items():
                    if rate > 0:
                        view = Outlook(items=count, rate=rate, unevenness=known.unevenness)
                        days = [view.days(share) for share in (0.5, 0.85, 0.95)]
                        found[way][project, number].append((took, *days))
    return found


@pytest.mark.parametrize("kind", ["versions", "sprints"])
def test_which_way_foretells_best(kind, capsys):
    with capsys.disabled():
        print(f"\n{kind}: outcomes by the 50, 85 and 95 % dates, each weighing the same")
        for way, plans in foretold(kind).items():
            by = [
                mean(
                    mean(one[0] <= math.ceil(one[place]) for one in some) for some in plans.values()
                )
                for place in (1, 2, 3)
            ]
            off = [math.log(one[1] / one[0]) for some in plans.values() for one in some]
            print(
                f"{way:<20} {sum(map(len, plans.values())):>4} of {len(plans):>2}   "
                f"P50 {by[0]:.2f}  P85 {by[1]:.2f}  P95 {by[2]:.2f}   "
                f"off by a factor of {math.exp(median(map(abs, off))):.1f}, bias {median(off):+.2f}"
            )
