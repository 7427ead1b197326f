"""Where the timeline puts what it draws: from days to places. Sizes are user units of the SVG."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from syncd.pictures.days import short_day
from syncd.report.contents import Kind, Row

WIDTH, LABELS, NOTES = 980, 208, 112
TOP, ROW, HEAD = 40, 34, 40
LABEL_CELLS, NAME_CELLS = 28, 34
"""Cells of a label that fit beside the chart, in its two sizes."""
BACK, AHEAD = timedelta(days=42), timedelta(days=420)
"""How much is drawn before and after today at most."""
_WEEKLY = 84
_QUARTERLY = 550


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A line of the calendar."""

    x: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The name above a group of rows."""

    y: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row with its places; None = not drawn."""

    row: Row
    y: float
    """Middle of the upper bar."""
    label: str
    name: str
    plan: tuple[float, float] | None
    """Of the baseline; both ends are one place for a day."""
    done: tuple[float, float] | None
    """What lies before the plan."""
    past: tuple[float, float] | None
    """What lies behind it."""
    sure: tuple[float, float] | None
    expected: float | None
    is_day: bool
    """Drawn as a diamond."""
    told: str
    """All of it in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The whole drawing."""

    height: float
    ticks: tuple[Tick, ...]
    heads: tuple[Head, ...]
    bars: tuple[Bar, ...]
    arrows: tuple[str, ...]
    """Paths."""
    today: float
    today_text: str


def timeline(rows: Sequence[Row], today: date) -> Timeline | None:
    """Places of all rows; None where no row has a date."""
    days = [day for row in rows for day in (row.plan, row.expected, row.sure) if day]
    if not days:
        return None
    scale = _Scale(_first(rows, today), _last(days, today))
    heads, bars, y = [], [], float(TOP)
    for place, row in enumerate(rows):
        if place == 0 or rows[place - 1].team != row.team:
            heads.append(Head(y=y + 20, text=clipped(row.team, LABEL_CELLS)))
            y += HEAD
        bars.append(_bar(row, y, scale, today))
        y += ROW
    return Timeline(
        height=y + 26,
        ticks=tuple(_ticks(scale, today)),
        heads=tuple(heads),
        bars=tuple(bars),
        arrows=tuple(_arrows(bars)),
        today=scale.at(today),
        today_text=f"today {short_day(today, today)}",
    )


class _Scale:
    """Days → places."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        self.span = max(1, (last - first).days)

    def at(self, day: date) -> float:
        """Place of a day; what lies outside is drawn at the edge."""
        inside = min(max(day, self.first), self.last)
        room = WIDTH - LABELS - NOTES
        return round(LABELS + room * (inside - self.first).days / self.span, 1)


def _first(rows: Sequence[Row], today: date) -> date:
    begun = [day for row in rows for day in (row.start, row.plan, row.expected) if day]
    earliest = max(min([*begun, today]), today - BACK)
    return earliest - timedelta(days=earliest.weekday())


def _last(days: Sequence[date], today: date) -> date:
    latest = min(max([*days, today]), today + AHEAD)
    return latest + timedelta(days=max(4, (latest - today).days // 20))


def _ticks(scale: _Scale, today: date) -> Iterator[Tick]:
    """Mondays, or the firsts of months, as there is room for them."""
    if scale.span <= _WEEKLY:
        day = scale.first
        step = 7 if scale.span <= _WEEKLY // 2 else 14
        while day <= scale.last:
            yield Tick(x=scale.at(day), text=short_day(day, today))
            day += timedelta(days=step)
        return
    months = 1 if scale.span <= _QUARTERLY // 2 else 3
    day = scale.first.replace(day=1)
    while day <= scale.last:
        if day >= scale.first:
            yield Tick(x=scale.at(day), text=short_day(day, today))
        number = day.month - 1 + months
        day = date(day.year + number // 12, number % 12 + 1, 1)


def _bar(row: Row, top: float, scale: _Scale, today: date) -> Bar:
    y, is_day = top + 10, row.kind is not Kind.ITEM
    label, name = _label(row)
    plan, expected = row.plan, row.expected
    start = min(day for day in (row.start, plan, expected) if day) if plan or expected else None
    done = past = None
    if not is_day and expected is None and plan and plan < today:
        expected = today
    if not is_day and expected and start:
        turn = min(plan, expected) if plan else expected
        begun = row.start or start
        done = _span(scale, begun, turn) if begun < turn else None
        past = _span(scale, max(turn, begun), expected) if plan and expected > plan else None
        done = done or (None if past else _span(scale, begun, expected))
    begins = start if start and row.start and plan and row.start < plan else plan
    return Bar(
        row=row,
        y=y,
        label=label,
        name=name,
        plan=_span(scale, plan if is_day or not begins else begins, plan) if plan else None,
        done=done,
        past=past,
        sure=_span(scale, expected, row.sure) if expected and row.sure else None,
        expected=scale.at(expected) if expected else None,
        is_day=is_day,
        told=told(row, today),
    )


def _label(row: Row) -> tuple[str, str]:
    """Two lines: a key and a title, or a long name in two parts."""
    if row.ref:
        return clipped(row.ref, LABEL_CELLS), clipped(row.name, NAME_CELLS)
    if clipped(row.name, LABEL_CELLS) == row.name:
        return row.name, ""
    head = clipped(row.name, LABEL_CELLS).removesuffix("…")
    cut = head.rfind(" ") if " " in head else len(head)
    return row.name[:cut], clipped(row.name[cut:].strip(), NAME_CELLS)


def _span(scale: _Scale, first: date, last: date) -> tuple[float, float]:
    """Both ends; never thinner than can be seen."""
    start, end = scale.at(first), scale.at(last)
    return start, max(end, start + 3)


def told(row: Row, today: date) -> str:
    """`LED-88 Ledger API v2: plan 24 Nov, expected 2 Dec, 85 % sure by 4 Dec; late`."""
    words = []
    if row.plan:
        words.append(f"plan {short_day(row.plan, today)}")
    if row.expected:
        words.append(f"expected {short_day(row.expected, today)}")
    if row.sure:
        words.append(f"85 % sure by {short_day(row.sure, today)}")
    name = f"{row.ref} {row.name}".strip()
    return f"{name}: {', '.join(words) or 'no date'}; {row.standing}"


def _arrows(bars: Sequence[Bar]) -> Iterator[str]:
    """From the end of what is late to what it moves, around the bars between."""
    places = {bar.row.id: bar for bar in bars}
    for bar in bars:
        before = places.get(bar.row.pushed_by)
        if before is None or before.expected is None:
            continue
        ends = bar.done or bar.past
        end = (bar.expected or 0) - 9 if bar.is_day else ends[0] - 1 if ends else bar.expected
        if end is None:
            continue
        start, side = before.expected, -17 if bar.y > before.y else 20
        turn = bar.y + side
        yield f"M{start} {before.y}H{start + 7}V{turn}H{end - 9:.1f}V{bar.y}H{end:.1f}"


def clipped(text: str, cells: int) -> str:
    """`text` cut to so many cells; wide characters take two."""
    width, kept = 0, list[str]()
    for char in text:
        width += 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if width > cells:
            return "".join(kept[:-1]).rstrip() + "…"
        kept.append(char)
    return text
