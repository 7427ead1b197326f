"""Cycles, order and ways back, the same whatever the order of the input."""

import pytest

from syncd.reconciler.graph import Graph, order


def test_components_are_sorted_and_single_nodes_are_none():
    graph = Graph([(4, 3), (3, 4), (2, 1), (1, 2), (2, 3), (5, 4)])
    assert graph.cycles() == [[1, 2], [3, 4]]


def test_order_puts_what_leads_first():
    assert order(4, [(2, 1), (3, 2)]).index(1) > 1
    with pytest.raises(ValueError, match="cycle"):
        order(3, [(1, 2), (2, 1)])


def test_the_shortest_cycle_over_an_edge():
    edges = [(1, 2), (2, 3), (3, 1), (2, 1)]
    assert Graph(edges).shortest_cycle((1, 2)) == [1, 2]
    assert Graph(edges).shortest_cycle((2, 3)) == [2, 3, 1]
    assert Graph([(1, 2), (2, 3)]).shortest_cycle((1, 2)) == []


def test_of_equal_ways_the_smallest():
    edges = [(1, 2), (2, 5), (2, 4), (5, 1), (4, 1)]
    assert Graph(edges).shortest_cycle((1, 2)) == [1, 2, 4]
    assert Graph(edges[::-1]).shortest_cycle((1, 2)) == [1, 2, 4]


def test_a_chain_of_a_hundred_thousand_needs_no_recursion():
    count = 100_000
    edges = [(n, n + 1) for n in range(count)]
    assert order(count + 1, edges) == list(range(count + 1))
    assert Graph(edges).cycles() == []


def test_nothing():
    assert Graph([]).cycles() == []
    assert order(2, []) in ([0, 1], [1, 0])
