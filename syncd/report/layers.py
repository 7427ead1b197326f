"""Where the graph of who waits for whom puts its boxes: in layers, what comes first to the left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from syncd.reconciler import graph
from syncd.report.contents import Group, Wait
from syncd.report.timeline import clipped
from syncd.text import grouped

MOST = 15
"""Boxes up to which a graph can be read; more become a matrix."""
BOX, HIGH, GAP, STEP, EDGE = 132, 54, 190, 104, 18
"""Width and height of a box, room between layers, from box to box, and around."""
SWEEPS = 4
NAME_CELLS, LABEL_CELLS = 17, 24
LABEL = 128
"""Width of the words of an arrow, at most."""
PARTS = (0.5, 0.4, 0.6, 0.3, 0.7)
"""How far along an arrow its words may stand, the best first."""


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
    """Boxes by the longest way to them; arrows that close a circle go back."""
    pairs = [(wait.before, wait.after) for wait in waits]
    back = set(graph.closing(pairs))
    forth = [pair for place, pair in enumerate(pairs) if place not in back]
    layers = _ordered(_layers(len(groups), forth), forth)
    deepest = max(map(len, layers))
    boxes: dict[int, Box] = {}
    for number, layer in enumerate(layers):
        top = EDGE + (deepest - len(layer)) * STEP / 2
        for row, node in enumerate(layer):
            boxes[node] = _box(groups[node], EDGE + number * (BOX + GAP), top + row * STEP)
    return Picture(
        width=2 * EDGE + len(layers) * (BOX + GAP) - GAP,
        height=2 * EDGE + (deepest - 1) * STEP + HIGH,
        boxes=tuple(boxes[node] for node in sorted(boxes)),
        arrows=tuple(_arrows(waits, boxes, back)),
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


def _arrows(waits: Sequence[Wait], boxes: dict[int, Box], back: Container[int]) -> Iterator[Arrow]:
    """Forth from side to side, back the same way a little lower; words where none are yet."""
    taken = [(box.x + BOX / 2, box.y + HIGH / 2) for box in boxes.values()]
    for place, wait in enumerate(waits):
        is_back = place in back
        x1, y1, x2, y2 = _ends(boxes[wait.before], boxes[wait.after], is_back=is_back)
        bend = (x2 - x1) / 2 if x1 != x2 + BOX else -GAP
        spots = [
            (x1 + (x2 - x1) * part, y1 + (y2 - y1) * part * part * (3 - 2 * part) + side)
            for part in PARTS
            for side in (-20, 14)
        ]
        x, y = max(spots, key=lambda spot: min(1.0, *(_apart(spot, one) for one in taken)))
        taken.append((x, y))
        more = f" and {wait.links - 1} more" if wait.links > 1 else ""
        end = x2 + (1 if is_back else -1)
        yield Arrow(
            wait=wait,
            path=f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {end} {y2}",
            x=round(x, 1),
            y=round(y, 1),
            label=clipped(wait.label, LABEL_CELLS),
            note=_note(wait) + more,
        )


def _ends(one: Box, other: Box, *, is_back: bool) -> tuple[float, float, float, float]:
    x1, x2 = (one.x, other.x + BOX) if is_back else (one.x + BOX, other.x)
    lower = HIGH / 2 + (HIGH / 4 if is_back else -HIGH / 8)
    return x1, one.y + lower, x2, other.y + lower


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    """From 1 on words at both places can be read; `y` is that of the upper line."""
    return max(abs(one[0] - other[0]) / LABEL, abs(one[1] - other[1]) / 30)


def _note(wait: Wait) -> str:
    if not wait.stated:
        return "? not recorded"
    if wait.spare is None:
        return "no dates"
    days = grouped(abs(wait.spare))
    return f"{days} wd too few" if wait.spare < 0 else f"{days} wd to spare"


def matrix(
    groups: Sequence[Group], waits: Sequence[Wait]
) -> Iterator[tuple[Group, list[Wait | None]]]:
    """(team, what it waits for by column) where there are too many boxes."""
    known = {(wait.after, wait.before): wait for wait in waits}
    for row, group in enumerate(groups):
        yield group, [known.get((row, column)) for column in range(len(groups))]
