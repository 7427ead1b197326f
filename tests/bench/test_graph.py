"""How long cycles, order and a way back take, against a bare loop over the same edges."""

import time
from random import Random

import pytest

from syncd.reconciler.graph import Graph

pytestmark = [pytest.mark.bench, pytest.mark.timeout(600)]


def seconds(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def bare_loop(edges):
    total = 0
    for one, other in edges:
        total += one ^ other
    return total


@pytest.mark.parametrize(("nodes", "edges"), [(100_000, 300_000), (1_000_000, 1_500_000)])
def test_graph_against_a_bare_loop(nodes, edges, capsys):
    random = Random(7)
    forward = [
        (min(pair), max(pair)) for pair in (random.sample(range(nodes), 2) for _ in range(edges))
    ]
    loop, _ = seconds(lambda: bare_loop(forward))
    build, graph = seconds(lambda: Graph(forward))
    order, ordered = seconds(graph.order)
    cycles, found = seconds(graph.cycles)
    assert len(ordered) == len(graph.nodes)
    assert found == []
    knotted = Graph([*forward, (forward[0][1], forward[0][0])])
    back, walk = seconds(lambda: knotted.shortest_cycle(forward[0]))
    assert walk == list(forward[0])
    with capsys.disabled():
        print(
            f"\n{nodes:,} nodes, {edges:,} edges; bare loop {loop:.3f} s; in loops: "
            + ", ".join(
                f"{name} {took / loop:.0f}"
                for name, took in (
                    ("build", build),
                    ("order", order),
                    ("cycles", cycles),
                    ("way back", back),
                )
            )
        )
