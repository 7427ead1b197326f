"""When sources are read: intervals, active hours, cron; missed times are one, however many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from syncd.model.people import SetTime
from syncd.settings.schema import Layout

if TYPE_CHECKING:
    from syncd.model.snapshot import Freshness

IDLE = timedelta(hours=1)
"""From one reading to the next outside active hours."""
LEAST = timedelta(minutes=2)
"""Cycles take about as long as this where all sources are read: data does not age any faster."""
AHEAD = timedelta(minutes=5)
"""A time that is later than the present by more than this was told by a clock that went back."""
LONGEST = timedelta(days=366)


def interval(layout: Layout, source: str, at: datetime | None = None) -> timedelta:
    """How often a source is read, or at `at` (aware): between the ticks of cron around it.

    What was read outside active hours is not old because they have just begun, nor because a cycle
    lasts, or waits, longer than somebody would have it.
    """
    found = layout.sources[source]
    if found.cron and at is not None:
        before, after = _tick(layout, found.cron, at, back=True), _tick(layout, found.cron, at)
        return min(after - before, LONGEST)
    every = found.every or layout.schedule.every
    if at is not None:
        every = max(every, layout.schedule.jitter, LEAST)
    if at is None or (is_active(layout, at) and is_active(layout, at - IDLE)):
        return every
    return max(every, IDLE)


def is_active(layout: Layout, at: datetime) -> bool:
    """Whether `at` (aware) lies in the active hours."""
    hours = layout.schedule.active
    return hours is None or hours.covers(at.astimezone(ZoneInfo(layout.timezone)))


def next_reading(layout: Layout, source: str, tried: datetime | None, at: datetime) -> datetime:
    """When a source that was last tried at `tried` is to be read; `at` or earlier = it is due."""
    if tried is None or tried - at > AHEAD:
        return at
    found = layout.sources[source]
    if found.cron:
        return _tick(layout, found.cron, tried)
    every = found.every or layout.schedule.every
    return tried + (every if is_active(layout, at) else max(every, IDLE))


def upcoming(layout: Layout, freshness: Iterable[Freshness], at: datetime) -> dict[str, datetime]:
    """Source → when it is to be read; `at` or earlier = it is due."""
    known = tried(freshness)
    return {
        name: next_reading(layout, name, known.get(name), at) for name in sorted(layout.sources)
    }


def due(layout: Layout, freshness: Iterable[Freshness], at: datetime) -> tuple[str, ...]:
    """Sources whose time has come."""
    return tuple(name for name, when in upcoming(layout, freshness, at).items() if when <= at)


def is_full_due(layout: Layout, last: datetime | None, at: datetime) -> bool:
    """Whether a full reading fell due after the pass at `last` and by `at`; never at first."""
    when = layout.schedule.full_resync
    if when is None or last is None or last >= at:
        return False
    return _tick(layout, _expression(when), last) <= at


def tried(freshness: Iterable[Freshness]) -> dict[str, datetime]:
    """Source → when a part of it was last tried."""
    found: dict[str, datetime] = {}
    for one in freshness:
        if one.attempted_at is not None:
            name = one.scope.source
            found[name] = max(one.attempted_at, found.get(name, one.attempted_at))
    return found


def _expression(when: SetTime) -> str:
    day = "*" if when.weekday is None else str((when.weekday + 1) % 7)
    return f"{when.at.minute} {when.at.hour} * * {day}"


def _tick(layout: Layout, expression: str, at: datetime, *, back: bool = False) -> datetime:
    """The tick after `at`; or, `back`, the newest at `at` or before."""
    from cronsim import CronSim  # noqa: PLC0415 - only where it is used

    local = at.astimezone(ZoneInfo(layout.timezone))
    if back:
        local += timedelta(seconds=1)
    return next(CronSim(expression, local, reverse=back)).astimezone(UTC)
