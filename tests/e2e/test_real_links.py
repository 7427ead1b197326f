"""Link tables of three real trackers: the circles in them, told apart by hand-made means."""

import csv
import gzip
from collections import defaultdict
from pathlib import Path

import pytest

from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.dep_cycle import RULE
from syncd.testing.builders import config, issue, link, snapshot

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "sprints"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="real data (../shared/data/sprints) is absent"
)

WAITS = {"is blocked by", "depends on", "depends upon", "requires"}
HOLDS_UP = {"blocks", "is depended upon by", "is required by", "is depended on by",
            "is dependent of"}  # fmt: skip


def rows(tracker):
    with gzip.open(DATA / f"{tracker}_issuelink.csv.gz", "rt", errors="replace") as stream:
        return [row for row in csv.reader(stream) if len(row) == 4][1:]


def knots(pairs):
    """What reaches itself, in groups that reach each other: Kosaraju's two walks, with a stack."""
    ways = {False: defaultdict(set), True: defaultdict(set)}
    for one, other in pairs:
        ways[False][one].add(other)
        ways[True][other].add(one)

    def walk(start, backwards, seen):
        found, waiting = [], [(start, iter(sorted(ways[backwards][start])))]
        seen.add(start)
        while waiting:
            following = waiting[-1][1]
            step = next((one for one in following if one not in seen), None)
            if step is None:
                found.append(waiting.pop()[0])
            else:
                seen.add(step)
                waiting.append((step, iter(sorted(ways[backwards][step]))))
        return found

    seen, order = set(), []
    for node in sorted({end for pair in pairs for end in pair}):
        if node not in seen:
            order += walk(node, False, seen)
    seen = set()
    groups = [frozenset(walk(n, True, seen)) for n in reversed(order) if n not in seen]
    return {group for group in groups if len(group) > 1}


@pytest.mark.parametrize(
    ("tracker", "links", "circles"), [("apache", 1500, 1), ("jboss", 12994, 5), ("jira", 1668, 0)]
)
def test_every_circle_of_stated_links_is_found_and_nothing_else(tracker, links, circles):
    told = rows(tracker)
    pairs = {(far, near) for _, near, far, phrase in told if phrase in WAITS and near != far}
    pairs |= {(near, far) for _, near, far, phrase in told if phrase in HOLDS_UP and near != far}
    expected = knots(pairs)
    assert (len(told), len(expected)) == (links, circles)
    issues = {key: issue(key) for _, *ends, _ in told for key in ends}
    held = snapshot(
        *issues.values(),
        *(link(issues[near], issues[far], phrase, "", id=id_) for id_, near, far, phrase in told),
    )
    findings = evaluate(held, config(), [RULE]).findings
    found = {
        frozenset(key.rpartition("n-")[2] for key in one.material.split("\n"))
        for one in findings
        if not one.discriminator
    }
    assert found == expected
