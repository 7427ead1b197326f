"""Where the chart of a slip puts its points: the day of the word across, the day that it said up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from syncd.notifiers.email.dates import short_day, working_days
from syncd.report.contents import Slip
from syncd.report.timeline import Tick, clipped

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 552, 280, 84, 16, 40, 46
LINES = 4
"""Dates at the left side."""
TITLE_CELLS = 46


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The whole drawing; `levels` are ticks up the side, with x for y."""

    title: str
    levels: tuple[Tick, ...]
    days: tuple[Tick, ...]
    points: tuple[tuple[float, float], ...]
    line: str
    plan: float | None
    plan_text: str
    end_text: str
    told: str
    note: str


def chart(slip: Slip, today: date) -> Chart:
    """Places of one slip."""
    said = [day for _, day in slip.points] + ([slip.plan] if slip.plan else [])
    low, high = min(said), max(said)
    margin = timedelta(days=max(1, (high - low).days // 8))
    up, across = _Axis(low - margin, high + margin), _Axis(slip.points[0][0], slip.points[-1][0])
    points = tuple((_x(across, on), _y(up, day)) for on, day in slip.points)
    last = slip.points[-1][1]
    late = f", {working_days(slip.slip)} late" if slip.slip and slip.slip > 0 else ""
    first_on, first = slip.points[0]
    return Chart(
        title=clipped(f"How {slip.name} moved", TITLE_CELLS),
        levels=tuple(_levels(up, today)),
        days=tuple(_days(across, today)),
        points=points,
        line=_line(points, steps=not slip.foretold),
        plan=_y(up, slip.plan) if slip.plan else None,
        plan_text=f"plan {short_day(slip.plan, today)}",
        end_text=f"{short_day(last, today)}{late}",
        told=f"{slip.name}: {short_day(first, today)} as of {short_day(first_on, today)}, "
        f"{short_day(last, today)} as of {short_day(slip.points[-1][0], today)}",
        note="Each point is the finish that was forecast on that day."
        if slip.foretold
        else "Each point is the date that was set on that day; the last one is what is expected.",
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    first: date
    last: date

    def share(self, day: date) -> float:
        return (day - self.first).days / max(1, (self.last - self.first).days)


def _x(axis: _Axis, day: date) -> float:
    return round(LEFT + (WIDTH - LEFT - RIGHT) * axis.share(day), 1)


def _y(axis: _Axis, day: date) -> float:
    return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * axis.share(day), 1)


def _levels(axis: _Axis, today: date) -> Iterator[Tick]:
    step = max(1, -(-(axis.last - axis.first).days // LINES))
    day = axis.first
    while day <= axis.last:
        yield Tick(x=_y(axis, day), text=short_day(day, today))
        day += timedelta(days=step)


def _days(axis: _Axis, today: date) -> Iterator[Tick]:
    span = (axis.last - axis.first).days
    for number in range(LINES):
        day = axis.first + timedelta(days=span * number // (LINES - 1))
        yield Tick(x=_x(axis, day), text=short_day(day, today))


def _line(points: tuple[tuple[float, float], ...], *, steps: bool) -> str:
    """A date that is set stays until it is moved; forecasts are joined."""
    path = f"M{points[0][0]} {points[0][1]}"
    for x, y in points[1:]:
        path += f"H{x}V{y}" if steps else f"L{x} {y}"
    return path
