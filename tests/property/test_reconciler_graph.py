"""Cycles, order and shortest ways back against brute force on random graphs."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.reconciler.graph import Graph, order

NODES = st.integers(0, 8)
EDGES = st.lists(st.tuples(NODES, NODES), max_size=24)


def reachable(edges):
    """Pairs (a, b) with a way of one or more edges from a to b."""
    found = set(edges)
    while True:
        more = {(a, d) for (a, b), (c, d) in product(found, repeat=2) if b == c} - found
        if not more:
            return found
        found |= more


@given(EDGES)
def test_components_are_what_reaches_each_other(edges):
    ways = reachable(edges)
    nodes = sorted({end for edge in edges for end in edge})
    expected = {
        tuple(other for other in nodes if other == node or {(node, other), (other, node)} <= ways)
        for node in nodes
    }
    assert Graph(edges).cycles() == [list(one) for one in sorted(expected) if len(one) > 1]


@given(EDGES)
def test_order_exists_just_when_nothing_reaches_itself(edges):
    is_cyclic = any((node, node) in reachable(edges) for node in range(9))
    try:
        found = order(9, edges)
    except ValueError:
        assert is_cyclic
        return
    assert not is_cyclic
    place = {node: at for at, node in enumerate(found)}
    assert sorted(found) == list(range(9))
    assert all(place[one] < place[other] for one, other in edges)


def all_cycles_over(edges, edge):
    """Every simple cycle that begins with `edge`."""
    waiting = [[edge[0], edge[1]]]
    while waiting:
        walk = waiting.pop()
        for one, other in set(edges):
            if one == walk[-1] and other == walk[0]:
                yield walk
            elif one == walk[-1] and other not in walk:
                waiting.append([*walk, other])


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=14), st.data()
)
def test_the_cycle_shown_is_the_smallest_of_the_shortest(edges, data):
    edges = [(one, other) for one, other in edges if one != other]
    if not edges:
        return
    edge = data.draw(st.sampled_from(edges))
    expected = min(all_cycles_over(edges, edge), key=lambda walk: (len(walk), walk), default=[])
    assert Graph(edges).shortest_cycle(edge) == expected


@given(EDGES, st.randoms())
def test_the_order_of_the_input_does_not_matter(edges, random):
    mixed = random.sample(edges, len(edges))
    assert Graph(edges).cycles() == Graph(mixed).cycles()
    for edge in edges:
        assert Graph(edges).shortest_cycle(edge) == Graph(mixed).shortest_cycle(edge)
