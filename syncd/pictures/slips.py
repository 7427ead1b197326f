"""The slip chart: the date that was expected, against the day on which it was expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from itertools import pairwise

from syncd.pictures.days import short_day
from syncd.pictures.palette import LIGHT
from syncd.pictures.raster import FAMILY, can_write

WIDTH, HEIGHT = 552, 316
RIGHT, TOP, BOTTOM = 20, 80, 84
"""Room around the plot: for the title and the words of the lower axis."""
CHAR = 9.6
"""Width of a bold letter or digit at most, on average, in pixels."""
MOST_DOTS = 30
EXPECTED = "Expected finish"
Place = tuple[float, float]
"""Pixels from the left and from the top."""
_STEPS = (1, 2, 3, 7, 14, 28, 56, 91, 182, 364, 728, 1456, 3640)
_HALO = 'paint-order="stroke" stroke="#ffffff" stroke-width="5" stroke-linejoin="round"'


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipChart:
    """What the chart shows of one item or deliverable; days are local days of the reader."""

    name: str
    """Clean text: `LED-88`, `Checkout 2.0`."""
    points: tuple[tuple[date, date], ...]
    """(day, date that was expected on that day), oldest first, each day once; two at least."""
    planned: date | None
    today: date
    note: str = ""
    """What stands behind the last date: `6 working days late`."""
    look: str = "late"
    """late, risk, ok or none: colour of the line."""
    what: str = EXPECTED
    """Of what the dates are, at the start of the title."""
    line: str = "plan"
    """What the day of `planned` is called."""

    @property
    def title(self) -> str:
        """`Expected finish of LED-88, by day of forecast`; without a name that has no letters."""
        named = f" of {self.name}" if self.name and can_write(self.name) else ""
        return f"{self.what}{named}, {self.axis}"

    @property
    def axis(self) -> str:
        """What a point's day is: of a forecast, or of looking at a date that somebody set."""
        return "by day of forecast" if self.what == EXPECTED else "by day"


@dataclass(frozen=True, slots=True)
class _Scale:
    """A stretch of days on a stretch of pixels; pixels may run downwards."""

    first: date
    last: date
    low: float
    high: float

    def at(self, when: date) -> float:
        part = (when - self.first).days / max(1, (self.last - self.first).days)
        return round(self.low + part * (self.high - self.low), 1)


@dataclass(frozen=True, slots=True)
class _Label:
    """Words at a place, `y` at their base line."""

    x: float
    y: float
    anchor: str
    words: str

    @property
    def _left(self) -> float:
        return self.x - (CHAR * len(self.words) if self.anchor == "end" else 0)

    @property
    def corners(self) -> list[Place]:
        """Places that stand for all that it covers."""
        width = CHAR * len(self.words)
        return [
            (self._left + width * part / 20, self.y - up) for part in range(21) for up in (1, 7, 13)
        ]

    def covers(self, place: Place) -> bool:
        """Whether the words would hide what is at `place`."""
        x, y = place
        is_beside = self._left <= x <= self._left + CHAR * len(self.words)
        return is_beside and self.y - 17 <= y <= self.y + 6

    def text(self, fill: str, weight: str = "normal") -> str:
        return _text(
            self.x, self.y, self.words, anchor=self.anchor, fill=fill, weight=weight, halo=True
        )


def slip_svg(chart: SlipChart) -> str:
    """The chart as one SVG of 552 x 300, opaque, with no style but attributes."""
    seen, dates = [on for on, _ in chart.points], _ticks_up(_dates(chart))
    left = 34 + CHAR * max(len(short_day(when, chart.today)) for when in dates)
    across = _Scale(seen[0], seen[-1], left, WIDTH - RIGHT - 12)
    up = _Scale(dates[0], dates[-1], HEIGHT - BOTTOM, TOP)
    places = [(across.at(on), up.at(expected)) for on, expected in chart.points]
    end = _end(chart, places)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
            f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{FAMILY}" font-size="16">'
        ),
        (
            f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{HEIGHT - 1}" fill="#ffffff" '
            f'stroke="{LIGHT["edge"]}"/>'
        ),
        _text(16, 28, _fitting(chart.title), weight="bold", fill=LIGHT["ink"]),
        *_grid(dates, up, left, chart.today),
        *_days(seen, across, chart.today),
        *_plan(chart, up, left, [*_dense(places), *end.corners]),
        *_line(chart, places),
        end.text(LIGHT[chart.look], "bold"),
        "</svg>",
    ]
    return "".join(parts)


def slip_words(chart: SlipChart) -> str:
    """What the chart shows, in one or two sentences: its alternative text, and for plain mail."""
    start, end = chart.points[0], chart.points[-1]
    what = f"{chart.what}{f' of {chart.name}' if chart.name else ''}, {chart.axis}"
    first, last = short_day(start[1], chart.today), short_day(end[1], chart.today)
    if len({expected for _, expected in chart.points}) == 1:
        return f"{what}: it has stood at {last} since {short_day(start[0], chart.today)}."
    if first == last:
        return f"{what}: it has moved and stands at {last} again."
    held = _held_until(chart.points)
    when = f"{'on' if held == start[0] else 'until'} {short_day(held, chart.today)}"
    since = _mostly_since(chart.points)
    mostly = f", mostly since {short_day(since, chart.today)}" if since else ""
    return f"{what}: it stood at {first} {when} and has moved to {last}{mostly}."


def _dates(chart: SlipChart) -> list[date]:
    return [
        *(expected for _, expected in chart.points),
        *([chart.planned] if chart.planned else []),
    ]


def _ticks_up(dates: Sequence[date]) -> list[date]:
    """Evenly spaced days from the first date to the last one or beyond; at least two, five at most.

    Dates at the ends of what a calendar can hold are not shown with more room than there is.
    """
    first, last = min(dates), max(dates)
    span = max(2, (last - first).days)
    step = next((step for step in _STEPS if span <= 4 * step), span)
    count = -(-span // step)
    start = min(first, date.max - timedelta(days=count * step))
    return [start + timedelta(days=index * step) for index in range(count + 1)]


def _grid(dates: Sequence[date], up: _Scale, left: float, today: date) -> list[str]:
    found = []
    for when in dates:
        y = up.at(when)
        found += [
            f'<path d="M{left} {y}H{WIDTH - RIGHT}" stroke="{LIGHT["rule"]}"/>',
            _text(left - 14, y + 5.5, short_day(when, today), anchor="end"),
        ]
    return found


def _days(seen: Sequence[date], across: _Scale, today: date) -> list[str]:
    """Ticks back from the newest day, as many as their words have room."""
    span = (seen[-1] - seen[0]).days
    is_dated = any(one.year != today.year for one in (seen[0], seen[-1]))
    step = next((step for step in _STEPS if span < (3 if is_dated else 4) * step), span)
    found, y = [], HEIGHT - BOTTOM + 32
    for back in range(0, span + 1, step):
        when = seen[-1] - timedelta(days=back)
        x = across.at(when)
        anchor = "end" if x > WIDTH - 70 else "middle"
        found += [
            f'<path d="M{x} {y}v6" stroke="{LIGHT["edge"]}"/>',
            _text(min(x + 30, WIDTH - 8) if anchor == "end" else x, y + 26,
                  short_day(when, today), anchor=anchor),
        ]  # fmt: skip
    return found


def _plan(chart: SlipChart, up: _Scale, left: float, taken: Sequence[Place]) -> list[str]:
    if chart.planned is None:
        return []
    y, words = up.at(chart.planned), f"{chart.line} {short_day(chart.planned, chart.today)}"
    at_right, at_left = (WIDTH - RIGHT - 4, "end"), (left + 4, "start")
    sides = [(x, side, anchor) for x, anchor in (at_right, at_left) for side in (y + 21, y - 9)]
    label = _freest([_Label(x, side, anchor, words) for x, side, anchor in sides], taken)
    return [
        (
            f'<path d="M{left} {y}H{WIDTH - RIGHT}" stroke="{LIGHT["mute"]}" stroke-width="2" '
            'stroke-dasharray="6 4"/>'
        ),
        label.text(LIGHT["mute"]),
    ]


def _line(chart: SlipChart, places: Sequence[Place]) -> list[str]:
    colour = LIGHT[chart.look]
    path = "L".join(f"{x} {y}" for x, y in places)
    dots = places if len(places) <= MOST_DOTS else places[-1:]
    return [
        (
            f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="3" '
            'stroke-linejoin="round" stroke-linecap="round"/>'
        ),
        *(f'<circle cx="{a}" cy="{b}" r="4.5" fill="{colour}"/>' for a, b in dots),
    ]


def _end(chart: SlipChart, places: Sequence[Place]) -> _Label:
    """What stands at the newest point, above or below the line."""
    last = short_day(chart.points[-1][1], chart.today)
    said = ", ".join(part for part in (last, chart.note) if part)
    x, y = places[-1]
    labels = [_Label(x + 6, side, "end", said) for side in (y - 15, y + 27)]
    return _freest(labels, _dense([*places[:-1], (x - 12, y)]))


def _dense(places: Sequence[Place]) -> list[Place]:
    """Places along the line, close enough together that none of it runs unseen through a word."""
    return [
        (a + (c - a) * part / 20, b + (d - b) * part / 20)
        for (a, b), (c, d) in pairwise(places)
        for part in range(21)
    ]


def _freest(labels: Sequence[_Label], taken: Sequence[Place]) -> _Label:
    """The first of those that cover the least of what is there."""
    return min(labels, key=lambda label: sum(label.covers(place) for place in taken))


def _held_until(points: Sequence[tuple[date, date]]) -> date:
    """The last day on which the first date still stood, before it moved."""
    moved = next(index for index, (_, expected) in enumerate(points) if expected != points[0][1])
    return points[moved - 1][0]


def _mostly_since(points: Sequence[tuple[date, date]]) -> date | None:
    """The newest day since which most of the whole move was made; None where that says nothing."""
    whole = (points[-1][1] - points[0][1]).days
    held = _held_until(points)
    for on, expected in reversed(points[:-1]):
        if on <= held or whole == 0:
            return None
        if (points[-1][1] - expected).days / whole >= 0.6:
            return on
    return None


def _fitting(title: str) -> str:
    """A title cut so that it does not run out of the picture, whatever letters it has."""
    return title if len(title) <= 52 else f"{title[:51].rstrip()}…"


def _text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    weight: str = "normal",
    fill: str = LIGHT["mute"],
    halo: bool = False,
) -> str:
    return (
        f'<text x="{round(x, 1)}" y="{round(y, 1)}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="{fill}"{f" {_HALO}" if halo else ""}>{escape(words)}</text>'
    )
