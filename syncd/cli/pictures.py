"""A graph of who waits for whom as DOT, as Mermaid, and as SVG without any other program."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from syncd.reconciler import graph


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A node: what it is called, its title, a line of dates. `late` is also said in `dates`."""

    ref: str
    title: str
    dates: str
    team: str = ""
    url: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrow:
    """From what comes first to what waits for it, by their places in the list of boxes.

    `sure`: stated, not only suspected. `tight`: it leaves too few days. `cut`: it closes a circle.
    """

    start: int
    end: int
    label: str = ""
    sure: bool = True
    tight: bool = False
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is drawn. Without the arrows that are `cut` it has no circle."""

    title: str
    boxes: Sequence[Box]
    arrows: Sequence[Arrow]


# DOT


def dot(picture: Picture) -> str:
    """For Graphviz."""
    lines = [
        "digraph dependencies {",
        f"  label={_quoted(picture.title)}; rankdir=LR; node [shape=box, style=rounded];",
    ]
    for place, box in enumerate(picture.boxes):
        label = _quoted("\n".join(part for part in (box.ref, box.title, box.dates) if part))
        style = ", color=red, penwidth=2" if box.late else ""
        link = f", URL={_quoted(box.url)}" if _is_link(box.url) else ""
        lines.append(f"  n{place} [label={label}{style}{link}];")
    for arrow in picture.arrows:
        style = "" if arrow.sure else ", style=dashed"
        style += ", color=red" if arrow.tight or arrow.cut else ""
        lines.append(f"  n{arrow.start} -> n{arrow.end} [label={_quoted(arrow.label)}{style}];")
    return "\n".join([*lines, "}", ""])


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _is_link(url: str) -> bool:
    return url.startswith(("https://", "http://"))


# Mermaid


def mermaid(picture: Picture) -> str:
    """For Markdown pages that draw Mermaid."""
    lines = ["flowchart LR"]
    for place, box in enumerate(picture.boxes):
        label = "<br/>".join(_entities(part) for part in (box.ref, box.title, box.dates) if part)
        lines.append(f'  n{place}["{label}"]')
    for arrow in picture.arrows:
        line = "-->" if arrow.sure else "-.->"
        label = f"|{_entities(arrow.label)}|" if arrow.label else ""
        lines.append(f"  n{arrow.start} {line}{label} n{arrow.end}")
    late = ",".join(f"n{place}" for place, box in enumerate(picture.boxes) if box.late)
    if late:
        lines += ["  classDef late stroke:#c00,stroke-width:2px", f"  class {late} late"]
    return "\n".join([*lines, ""])


def _entities(text: str) -> str:
    """Letters, digits and simple marks as they are, everything else as Mermaid's numbers."""
    return "".join(
        char if char.isalnum() or char in " .,:+-/()·▲" else f"#{ord(char)};" for char in text
    )


# SVG

WIDTH, HEIGHT, BESIDE, BELOW, EDGE = 240, 62, 110, 22, 24
"""Of a box, between columns, between boxes, around all; in pixels."""
_LETTERS = 34
_STYLE = """\
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.ref { font-weight: 600 } .dates { fill: #57606a } .late .dates { fill: #b3261e }
rect { fill: #fff; stroke: #8c959f; rx: 6 } .late rect { stroke: #b3261e; stroke-width: 2 }
path { fill: none; stroke: #57606a; stroke-width: 1.3 } .tight { stroke: #b3261e }
.guess { stroke-dasharray: 5 4 } .label { font-size: 11px; fill: #57606a }"""

_TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
    'markerHeight="8" orient="auto"><path d="M0 0 8 4 0 8"/></marker></defs>'
)

Spot = tuple[int, int]


def svg(picture: Picture) -> str:
    """A picture in columns: what comes first on the left, what waits for it to its right."""
    spots = _spots(picture)
    right = max((x for x, _ in spots.values()), default=0) + WIDTH + EDGE
    bottom = max((y for _, y in spots.values()), default=0) + HEIGHT + EDGE
    size = f'width="{right}" height="{bottom}" viewBox="0 0 {right} {bottom}"'
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        f"<title>{escape(picture.title)}</title><style>{_STYLE}</style>",
        _TIP,
        f'<rect width="{right}" height="{bottom}" style="stroke: none"/>',
        *(_curve(arrow, spots) for arrow in picture.arrows),
        *(_box(box, spots[place]) for place, box in enumerate(picture.boxes)),
    ]
    return "\n".join([*lines, "</svg>", ""])


def _spots(picture: Picture) -> dict[int, Spot]:
    """Left upper corner of each box."""
    pairs = [(arrow.start, arrow.end) for arrow in picture.arrows if not arrow.cut]
    before: dict[int, list[int]] = defaultdict(list)
    for start, end in pairs:
        before[end].append(start)
    column: dict[int, int] = {}
    for place in graph.order(len(picture.boxes), pairs):
        column[place] = max((column[one] + 1 for one in before[place]), default=0)
    columns: dict[int, list[int]] = defaultdict(list)
    for place in sorted(column):
        columns[column[place]].append(place)
    _untangle(columns, before)
    return {
        place: (EDGE + number * (WIDTH + BESIDE), EDGE + row * (HEIGHT + BELOW))
        for number, places in columns.items()
        for row, place in enumerate(places)
    }


def _untangle(columns: Mapping[int, list[int]], before: Mapping[int, Sequence[int]]) -> None:
    """Put each box about where what it waits for is."""
    row: dict[int, float] = {place: at for at, place in enumerate(columns.get(0, ()))}
    for _, number in pairwise(sorted(columns)):
        places = columns[number]
        mean = {
            place: sum(row[one] for one in before[place]) / len(before[place]) for place in places
        }
        places.sort(key=lambda place: (mean[place], place))
        row |= {place: at for at, place in enumerate(places)}


def _curve(arrow: Arrow, spots: Mapping[int, Spot]) -> str:
    (left, top), (right, bottom) = spots[arrow.start], spots[arrow.end]
    x1, y1, x2, y2 = left + WIDTH, top + HEIGHT // 2, right, bottom + HEIGHT // 2
    bend = max(BESIDE // 2, abs(x2 - x1) // 2)
    names = [
        name
        for name, is_so in (("guess", not arrow.sure), ("tight", arrow.tight or arrow.cut))
        if is_so
    ]
    label = ""
    if arrow.label:
        middle = f'x="{(x1 + x2) // 2}" y="{(y1 + y2) // 2 - 5}"'
        label = f'<text class="label" {middle} text-anchor="middle">{escape(arrow.label)}</text>'
    return (
        f'<path class="{" ".join(names)}" marker-end="url(#tip)" '
        f'd="M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"/>{label}'
    )


def _box(box: Box, spot: Spot) -> str:
    x, y = spot
    head = f"{box.ref} · {box.team}" if box.team else box.ref
    lines = (("ref", head), ("title", box.title), ("dates", box.dates))
    texts = "".join(
        f'<text class="{name}" x="{x + 10}" y="{y + down}">{escape(_short(text))}</text>'
        for down, (name, text) in zip((19, 36, 53), lines, strict=True)
    )
    hint = f"<title>{escape(f'{box.ref} {box.title}')}</title>"
    drawn = f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}"/>{texts}'
    inside = f"<a href={quoteattr(box.url)}>{drawn}</a>" if _is_link(box.url) else drawn
    return f'<g class="{"late" if box.late else "box"}">{hint}{inside}</g>'


def _short(text: str) -> str:
    return text if len(text) <= _LETTERS else text[: _LETTERS - 1].rstrip() + "…"
