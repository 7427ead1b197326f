"""Dates along dependencies against an oracle that tries every path, and what must always hold."""

from datetime import date
from functools import cache
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.model.calendar import WorkingCalendar
from syncd.reconciler.graph import closing, components
from syncd.reconciler.network import CONE, UNKNOWN, Network, Nodes

TODAY = date(2026, 11, 23).toordinal()
CALENDARS = (
    WorkingCalendar(),
    WorkingCalendar(weekend=frozenset({4, 5}), days_off=frozenset({date(2026, 12, 1)})),
)
COUNT = 8
DAYS = st.integers(TODAY - 12, TODAY + 40)
FEW = settings(max_examples=150, deadline=None)


@st.composite
def worlds(draw):
    """Columns of eight nodes and edges that only lead upwards."""
    own = draw(st.lists(st.just(UNKNOWN) | DAYS, min_size=COUNT, max_size=COUNT))
    columns = {
        "own": own,
        "rest": draw(st.lists(st.integers(0, 6), min_size=COUNT, max_size=COUNT)),
        "target": draw(st.lists(st.just(UNKNOWN) | DAYS, min_size=COUNT, max_size=COUNT)),
        "calendar": draw(st.lists(st.integers(0, 1), min_size=COUNT, max_size=COUNT)),
    }
    ends = st.lists(st.integers(0, COUNT - 1), min_size=2, max_size=2, unique=True)
    pairs = draw(st.lists(ends.map(lambda two: (min(two), max(two))), max_size=14, unique=True))
    return columns, [(one, other, draw(st.booleans())) for one, other in pairs]


def nodes_of(columns):
    alone = [own and max(own, TODAY) for own in columns["own"]]
    return Nodes(alone=alone, **columns)


def built(world):
    columns, edges = world
    return Network(nodes_of(columns), edges, CALENDARS)


def shifted(columns, node, day, by):
    calendar = CALENDARS[columns["calendar"][node]]
    return calendar.shift(date.fromordinal(day), by).toordinal()


def expected(world, fixed=()):
    """Finish of every node, by walking back along every path."""
    columns, edges = world
    fixed = dict(fixed)

    @cache
    def finish(node):
        if node in fixed:
            return fixed[node]
        allowed = [
            shifted(columns, node, finish(one), columns["rest"][node]) if starts else finish(one)
            for one, other, starts in edges
            if other == node and finish(one)
        ]
        own = columns["own"][node]
        return max([own, *allowed]) if allowed else own and max(own, TODAY)

    return [finish(node) for node in range(COUNT)]


@FEW
@given(worlds())
def test_finish_is_the_longest_path(world):
    assert list(built(world).finish) == expected(world)


@FEW
@given(worlds())
def test_the_driver_is_what_sets_the_day(world):
    columns, _ = world
    network = built(world)
    for node, driver in enumerate(network.driver):
        pushed = {one: day for one, day, _ in network.pushes(node)}
        if driver >= 0:
            assert pushed[driver] == network.finish[node] > columns["own"][node]
        elif network.finish[node]:
            assert all(day <= network.finish[node] for day in pushed.values())


@FEW
@given(worlds())
def test_needed_by_is_the_tightest_way_to_any_target(world):
    columns, edges = world

    @cache
    def ways(node):
        found = []
        for one, other, starts in edges:
            if one != node:
                continue
            ends = [columns["target"][other], *ways(other)]
            back = -columns["rest"][other] if starts else 0
            found += [shifted(columns, other, day, back) for day in ends if day]
        return found

    needed = [min(ways(node), default=UNKNOWN) for node in range(COUNT)]
    assert list(built(world).needed) == needed


@FEW
@given(worlds(), st.dictionaries(st.integers(0, COUNT - 1), DAYS, max_size=4))
def test_a_counterfactual_is_what_a_whole_pass_would_give(world, fixed):
    network, full = built(world), expected(world, fixed)
    moved = network.finished_if(fixed)
    assert not moved.capped
    assert all(day != network.finish[node] for node, day in moved.finish.items())
    assert [moved.finish.get(node, network.finish[node]) for node in range(COUNT)] == full


@FEW
@given(worlds(), st.integers(0, COUNT - 1), st.integers(0, 30))
def test_a_later_prerequisite_never_lowers_what_waits_for_it(world, node, later):
    network = built(world)
    if not network.finish[node]:
        return
    moved = network.finished_if({node: network.finish[node] + later})
    assert all(day >= network.finish[other] for other, day in moved.finish.items())


@FEW
@given(worlds(), st.data())
def test_without_an_edge_nothing_becomes_late(world, data):
    columns, edges = world
    if not edges:
        return
    gone = data.draw(st.sampled_from(edges))
    before = built(world).finish
    after = built((columns, [edge for edge in edges if edge != gone])).finish
    late = [node for node, day in enumerate(columns["target"]) if day and after[node] > day]
    assert all(before[node] > columns["target"][node] for node in late)


@given(worlds(), st.randoms())
def test_the_order_of_edges_does_not_matter(world, random):
    columns, edges = world
    mixed = random.sample(edges, len(edges))
    one, other = built(world), built((columns, sorted(mixed)))
    assert (one.finish, one.needed) == (other.finish, other.needed)


def test_a_thousand_edits_one_after_another_are_what_a_whole_pass_gives():
    random, count = Random(7), 400
    pairs = {tuple(sorted(random.sample(range(count), 2))) for _ in range(1200)}
    edges = [(one, other, random.random() < 0.8) for one, other in sorted(pairs)]
    own = [TODAY + random.randrange(40) if random.random() < 0.5 else UNKNOWN for _ in range(count)]
    rest, still = [random.randrange(4) for _ in range(count)], bytes(count)
    columns = Nodes(own=own, alone=own, rest=rest, target=still, calendar=still)
    network, fixed = Network(columns, edges, CALENDARS), {}
    for edit in range(1, 1001):
        fixed[random.randrange(count)] = TODAY + random.randrange(60)
        if edit % 100:
            continue
        moved = network.finished_if(fixed).finish
        free = [edge for edge in edges if edge[1] not in fixed]
        days = [fixed.get(node, day) for node, day in enumerate(own)]
        full = Network(
            Nodes(own=days, alone=days, rest=rest, target=still, calendar=still), free, CALENDARS
        )
        assert [moved.get(n, network.finish[n]) for n in range(count)] == list(full.finish)


def chain(count):
    own, target = [TODAY] + [UNKNOWN] * (count - 1), [UNKNOWN] * (count - 1) + [TODAY]
    columns = Nodes(own=own, alone=own, rest=bytes(count), target=target, calendar=bytes(count))
    return Network(columns, ((n, n + 1, True) for n in range(count - 1)), CALENDARS)


def test_a_chain_of_a_million_is_walked_without_recursion():
    network = chain(1_000_000)
    assert network.finish[-1] == network.needed[0] == TODAY


def test_a_counterfactual_stops_at_its_cap():
    moved = chain(CONE + 9).finished_if({0: TODAY + 1})
    assert (moved.capped, len(moved.finish)) == (True, CONE)
    assert not chain(CONE).finished_if({0: TODAY + 1}).capped


EDGES = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=16).map(
    lambda edges: [edge for edge in edges if edge[0] != edge[1]]
)


@FEW
@given(EDGES)
def test_cuts_are_those_of_taking_the_weakest_edge_of_a_circle_again_and_again(edges):
    left = list(range(len(edges)))
    while True:
        first = components(7, [edges[place] for place in left])
        circling = [p for p in left if first[edges[p][0]] == first[edges[p][1]]]
        if not circling:
            break
        left.remove(max(circling))
    assert closing(edges) == [place for place in range(len(edges)) if place not in left]
