"""How long dates take along dependencies, against a bare loop over the same edges.

The whole pass (join a snapshot, push dates, all rules on dependencies) is measured beside it.
"""

import time
from array import array
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from random import Random
from resource import RUSAGE_SELF, getrusage

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.reconciler.engine import evaluate
from syncd.reconciler.network import Network, Nodes
from syncd.reconciler.rules import load_rules
from syncd.reconciler.view import View
from syncd.testing.builders import AS_OF, config, issue, link, snapshot

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

TODAY = AS_OF.date().toordinal()


def seconds(work):
    """Of this process: others on the machine do not count."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def bare_loop(starts, ends):
    total = 0
    for one, other in zip(starts, ends, strict=True):
        total += one ^ other
    return total


def resident():
    return getrusage(RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize(("nodes", "edges"), [(100_000, 300_000), (1_000_000, 5_000_000)])
def test_dates_along_a_random_graph(nodes, edges, capsys):
    random = Random(7)
    starts, ends = array("i"), array("i")
    for _ in range(edges):
        one, other = int(random.random() * nodes), int(random.random() * nodes)
        if one != other:
            starts.append(min(one, other))
            ends.append(max(one, other))
    own = array("i", (TODAY + int(random.random() * 90) - 10 for _ in range(nodes)))
    columns = Nodes(
        own=own,
        alone=array("i", (max(day, TODAY) for day in own)),
        rest=array("i", (int(random.random() * 6) for _ in range(nodes))),
        target=own,
        calendar=bytes(nodes),
    )
    before = resident()
    loop, _ = seconds(lambda: bare_loop(starts, ends))
    waits = bytes([1]) * len(starts)
    built, network = seconds(
        lambda: Network(columns, zip(starts, ends, waits, strict=True), [WorkingCalendar()])
    )
    memory = resident() - before
    root = network.order[0]
    first, _ = seconds(lambda: network.finished_if({root: TODAY + 200}))
    again, moved = seconds(lambda: network.finished_if({root: TODAY + 300}))
    with capsys.disabled():
        print(
            f"\n{nodes:,} nodes, {len(starts):,} edges; bare loop {loop:.3f} s; dates there and "
            f"back {built:.2f} s, {built / loop:.0f} loops, +{memory:.0f} MiB; counterfactual "
            f"{again * 1000:.1f} ms for {len(moved.finish):,} moves (the first {first:.2f} s)"
        )


def company(items, links):
    """Stories of fifty teams in a row of releases, linked mostly within a team and forwards."""
    random = Random(7)
    projects = [f"P{number}" for number in range(50)]
    found = []
    for number in range(items):
        day = date.fromordinal(TODAY) + timedelta(days=int(random.random() * 120) - 5)
        due = day if random.random() < 0.3 else None
        found.append(issue(f"{projects[number % 50]}-{number}", due=due))
    pairs = set()
    while len(pairs) < links:
        one = int(random.random() * items)
        other = min(items - 1, one + 1 + int(random.random() * 40) * 50)
        pairs.add((one, other) if one != other else (0, 1))
    return found, [link(found[two], found[one]) for one, two in pairs]


def test_a_whole_pass_over_dependencies(capsys):
    things, links = company(100_000, 300_000)
    held = snapshot(*things, *links)
    rules = [rule for rule in load_rules() if rule.id.startswith("dep-")]
    read, _ = seconds(lambda: Counter(one.evidence for one in held.links))
    joined, view = seconds(lambda: View(held, config()))
    planned, plan = seconds(lambda: view.plan)
    took = {rule.id: seconds(lambda rule=rule: list(rule.check(view, rule.params())))[0]
            for rule in rules}  # fmt: skip
    with capsys.disabled():
        print(
            f"\n100,000 items, 300,000 links, {len(plan.nodes):,} nodes; reading them bare "
            f"{read:.2f} s, join {joined:.1f} s, dates {planned:.1f} s, "
            + ", ".join(f"{name} {each:.1f} s" for name, each in took.items())
        )


@pytest.mark.parametrize("count", [1_000, 100_000])
def test_a_circle_of_many(count, capsys):
    things = [issue(f"PAY-{number}", due="2026-12-09") for number in range(count)]
    links = [link(one, other) for one, other in pairwise([*things, things[0]])]
    took, told = seconds(
        lambda: evaluate(
            snapshot(*things, *links), config(), [r for r in load_rules() if r.id[:4] == "dep-"]
        )
    )
    assert [one.rule for one in told.findings] == ["dep-cycle"]
    with capsys.disabled():
        print(f"\na circle of {count:,}: one finding in {took:.1f} s")
