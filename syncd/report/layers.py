"""Where the graph of who waits for whom puts its boxes: in layers, what comes first to the left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syncd.reconciler import graph
from syncd.report.contents import Group, Wait
from syncd.report.timeline import clipped

MOST = 15
"""Boxes up to which a graph can be read; more become a matrix."""
BOX, HIGH, GAP, STEP, EDGE = 132, 54, 150, 92, 16
"""Width and height of a box, room between layers, from box to box, and around."""
SWEEPS = 4
NAME_CELLS, LABEL_CELLS = 17, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A team at its place: the upper left corner."""

    group: Group
    x: float
    y: float
    name: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """One link with its words."""

    wait: Wait
    path: str
    x: float
    y: float
    label: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The whole drawing."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def picture(groups: Sequence[Group], waits: Sequence[Wait]) -> Picture:
    """Boxes by the longest way to them; arrows that close a circle go back below the boxes."""
    pairs = [(wait.before, wait.after) for wait in waits]
    back = {place for place in graph.closing(pairs)}
    forth = [pair for place, pair in enumerate(pairs) if place not in back]
    layers = _ordered(_layers(len(groups), forth), forth)
    deepest = max(map(len, layers))
    boxes: dict[int, Box] = {}
    for number, layer in enumerate(layers):
        top = EDGE + (deepest - len(layer)) * STEP / 2
        for row, node in enumerate(layer):
            boxes[node] = _box(groups[node], EDGE + number * (BOX + GAP), top + row * STEP)
    room = HIGH if back else 0
    return Picture(
        width=2 * EDGE + len(layers) * (BOX + GAP) - GAP,
        height=2 * EDGE + (deepest - 1) * STEP + HIGH + room,
        boxes=tuple(boxes[node] for node in sorted(boxes)),
        arrows=tuple(
            _arrow(wait, boxes, is_back=place in back, apart=place)
            for place, wait in enumerate(waits)
        ),
    )


def _box(group: Group, x: float, y: float) -> Box:
    name, words = clipped(group.name, NAME_CELLS), clipped(group.words, NAME_CELLS + 4)
    return Box(group=group, x=x, y=y, name=name, words=words)


def _layers(count: int, pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    depth = [0] * count
    for _ in range(count):
        changed = False
        for before, after in pairs:
            if depth[after] <= depth[before]:
                depth[after], changed = depth[before] + 1, True
        if not changed:
            break
    return [[n for n in range(count) if depth[n] == layer] for layer in range(max(depth) + 1)]


def _ordered(layers: list[list[int]], pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Each box near the middle of what it is joined to, so that few arrows cross."""
    near: dict[int, list[int]] = defaultdict(list)
    for before, after in pairs:
        near[before].append(after)
        near[after].append(before)
    for _ in range(SWEEPS):
        place = {node: row for layer in layers for row, node in enumerate(layer)}
        for layer in layers:
            middle = {node: _middle(near[node], place, place[node]) for node in layer}
            layer.sort(key=lambda node, middle=middle: (middle[node], node))  # type: ignore[misc]
            place |= {node: row for row, node in enumerate(layer)}
    return layers


def _middle(nodes: Sequence[int], place: dict[int, int], own: int) -> float:
    return sum(place[node] for node in nodes) / len(nodes) if nodes else float(own)


def _arrow(wait: Wait, boxes: dict[int, Box], *, is_back: bool, apart: int) -> Arrow:
    one, other = boxes[wait.before], boxes[wait.after]
    if is_back:
        path, x, y = _below(one, other)
    else:
        x1, y1, x2, y2 = one.x + BOX, one.y + HIGH / 2, other.x, other.y + HIGH / 2
        bend = min(GAP, x2 - x1) / 2
        path = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2 - 1} {y2}"
        shift = (apart % 3 - 1) * 4 if y1 != y2 else 0
        x, y = x1 + GAP / 2, y1 + (y2 - y1) * (GAP / 2) / max(1, x2 - x1) - 8 + shift
    more = f" and {wait.links - 1} more" if wait.links > 1 else ""
    return Arrow(
        wait=wait,
        path=path,
        x=round(x, 1),
        y=round(y, 1),
        label=clipped(wait.label, LABEL_CELLS),
        note=_note(wait) + more,
    )


def _below(one: Box, other: Box) -> tuple[str, float, float]:
    x1, x2 = one.x + BOX / 2 + 14, other.x + BOX / 2 - 14
    y1, y2 = one.y + HIGH, other.y + HIGH
    deep = max(y1, y2) + HIGH * 0.8
    return f"M{x1} {y1}C{x1} {deep} {x2} {deep} {x2} {y2 + 1}", (x1 + x2) / 2, deep - 8


def _note(wait: Wait) -> str:
    if not wait.stated:
        return "? not recorded"
    if wait.spare is None:
        return "no dates"
    return f"{-wait.spare} wd too few" if wait.spare < 0 else f"{wait.spare} wd to spare"


def matrix(groups: Sequence[Group], waits: Sequence[Wait]) -> Iterator[tuple[Group, list[Wait | None]]]:
    """(team, what it waits for by column) where there are too many boxes."""
    known = {(wait.after, wait.before): wait for wait in waits}
    for row, group in enumerate(groups):
        yield group, [known.get((row, column)) for column in range(len(groups))]
