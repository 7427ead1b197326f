"""Places of what a report draws: nothing outside, nothing over another, nothing lost."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.model.findings import Standing
from syncd.report import layers, timeline
from syncd.report.contents import Group, Kind, Row, Wait
from syncd.report.milestones import DRAWN, WORST, drawn

TODAY = date(2026, 11, 23)
NEAR = st.dates(date(2026, 6, 1), date(2027, 8, 1))
ANY = st.one_of(NEAR, st.sampled_from([date.min, date.max, date(1970, 1, 1), date(9000, 1, 1)]))


def row(number=1, **fields):
    fields = {"kind": Kind.ITEM, "team": "Payments", "standing": Standing.ON_PLAN} | fields
    return Row(id=f"n{number}", ref=f"PAY-{number}", name=f"Work {number}", url="", **fields)


@st.composite
def any_rows(draw):
    count = draw(st.integers(1, 12))
    day = st.none() | ANY
    return [
        row(
            number, kind=draw(st.sampled_from(Kind)), team=draw(st.sampled_from("ABC")),
            standing=draw(st.sampled_from(Standing)), start=draw(day), plan=draw(day),
            expected=draw(day), sure=draw(day), slip=draw(st.none() | st.integers(-9, 9)),
            pushed_by=draw(st.sampled_from(["", "n0", "n1"])),
        )
        for number in range(count)
    ]  # fmt: skip


@settings(deadline=None)
@given(any_rows())
def test_the_timeline_stays_within_its_frame(rows):
    found = timeline.timeline(rows, TODAY)
    if found is None:
        assert not any(one.plan or one.expected or one.sure for one in rows)
        return
    assert [bar.row for bar in found.bars] == rows
    left, right = timeline.LABELS, timeline.WIDTH - timeline.NOTES + 3
    for bar in found.bars:
        spans = [span for span in (bar.plan, bar.done, bar.past, bar.sure) if span]
        for start, end in spans:
            assert left <= start <= end <= right
        assert bar.y < found.height
    assert all(left <= tick.x <= right for tick in found.ticks)
    assert 1 <= len(found.ticks) <= 24


def test_what_lies_past_the_plan_begins_where_the_plan_ends():
    late = row(start=date(2026, 11, 2), plan=date(2026, 11, 24), expected=date(2026, 12, 2))
    (bar,) = timeline.timeline([late], TODAY).bars
    assert bar.done[1] == bar.past[0] == bar.plan[1]
    assert bar.past[1] == bar.expected
    (fine,) = timeline.timeline([row(start=TODAY, plan=TODAY, expected=TODAY)], TODAY).bars
    assert fine.past is None
    assert fine.done


def test_arrows_come_only_from_rows_that_push():
    first = row(1, plan=TODAY, expected=TODAY + timedelta(days=9), slip=7)
    second = row(2, plan=TODAY, expected=TODAY + timedelta(days=12), slip=9, pushed_by="n1")
    assert len(timeline.timeline([first, second], TODAY).arrows) == 1
    assert timeline.timeline([first], TODAY).arrows == ()


def test_up_to_forty_rows_are_drawn_and_of_more_the_worst():
    few = [row(n, plan=TODAY) for n in range(DRAWN)]
    assert drawn(few) == (tuple(few), (), 0)
    worst = [row(n, plan=TODAY, standing=Standing.LATE, slip=n) for n in range(100, 120)]
    shown, listed, more = drawn([*few, *worst])
    assert {one.id for one in shown} == {f"n{n}" for n in range(105, 120)}
    assert len(shown) == WORST
    assert len(shown) + len(listed) + more == 60
    assert {one.id for one in worst} <= {one.id for one in (*shown, *listed)}


@st.composite
def any_graph(draw):
    count = draw(st.integers(1, layers.MOST))
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1))
    pairs = draw(st.lists(ends.filter(lambda pair: pair[0] != pair[1]), max_size=40, unique=True))
    groups = [Group(name=f"Team {n}", standing=Standing.ON_PLAN, words="") for n in range(count)]
    waits = [
        Wait(before=one, after=other, label="A-1 → B-1", links=1, stated=True,
             standing=Standing.ON_PLAN, spare=2)
        for one, other in pairs
    ]  # fmt: skip
    return groups, waits


@settings(deadline=None)
@given(any_graph())
def test_boxes_never_overlap_and_arrows_go_right_unless_they_close_a_circle(graph):
    groups, waits = graph
    found = layers.picture(groups, waits)
    places = [(box.x, box.y) for box in found.boxes]
    assert [box.group for box in found.boxes] == groups
    assert len(set(places)) == len(places)
    for box in found.boxes:
        assert 0 <= box.x <= found.width - layers.BOX
        assert 0 <= box.y <= found.height - layers.HIGH
    ups = sorted(places)
    for one, other in pairwise(ups):
        assert one[0] != other[0] or other[1] - one[1] >= layers.HIGH
    assert len(found.arrows) == len(waits)
    if not _circular(len(groups), waits):
        x = {place: box.x for place, box in enumerate(found.boxes)}
        assert all(x[wait.before] < x[wait.after] for wait in waits)


def _circular(count, waits):
    left, edges = set(range(count)), [(wait.before, wait.after) for wait in waits]
    while True:
        free = {n for n in left if not any(b == n and a in left for a, b in edges)}
        if not free:
            return bool(left)
        left -= free


def test_a_long_name_takes_two_lines_and_wide_letters_count_double():
    long = row(plan=TODAY, kind=Kind.MILESTONE)
    named = Row(id="x", kind=Kind.MILESTONE, ref="", name="Release train of the winter season",
                url="", team="T", standing=Standing.LATE, plan=TODAY)  # fmt: skip
    bar = timeline.timeline([named], TODAY).bars[0]
    assert bar.label + " " + bar.name == named.name
    assert timeline.clipped("漢字漢字漢字", 6) == "漢字…"
    assert timeline.timeline([long], TODAY).bars[0].label == "PAY-1"
