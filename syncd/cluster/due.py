"""What a scheduler asks for, and what a pass waits for, told from the store alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from syncd.app import App
from syncd.interfaces import Store
from syncd.reading import is_spared
from syncd.settings.timetable import due, is_full_due


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is to be asked for."""

    sources: tuple[str, ...]
    full: bool
    """All of them, from the beginning."""
    a_pass: bool
    mail: bool


def what_is_due(app: App, now: datetime, asked_full: datetime | None) -> Due:
    """What is due. What asked us to wait, or has little left of its budget, is no job before.

    A full reading comes with a pass, whose record tells all schedulers that it was asked for.
    """
    freshness, runs = app.store.freshness(), app.store.runs(1)
    waiting = {
        fresh.scope.source
        for fresh in freshness
        if fresh.retry_at is not None and fresh.retry_at > now
    }
    waiting |= {name for name, (one, _) in app.store.budgets().items() if is_spared(one, now)}
    last = max((one for one in (*(run.as_of for run in runs), asked_full) if one), default=None)
    full = bool(runs) and is_full_due(app.settings, last, now)
    names = sorted(app.settings.sources) if full else due(app.settings, freshness, now)
    return Due(
        sources=tuple(name for name in names if name not in waiting),
        full=full,
        a_pass=full or (bool(runs) and now - runs[0].as_of >= app.settings.schedule.every),
        mail=bool(app.store.due(now)),
    )


def is_still_reading(app: App, back: datetime, now: datetime) -> bool:
    """Whether what fell due while nobody read, up to `back`, is not read yet.

    A pass would call it out of date, a moment before it is not. Whoever reads it asks for a pass at
    its end. After one interval there is a pass anyway, so that a reading that hangs is told of.
    """
    if now - back > app.settings.schedule.every:
        return False
    awaited = what_is_due(app, back, None).sources
    return not all(was_read(app.store, source, back) for source in awaited)


def was_read(store: Store, source: str, since: datetime) -> bool:
    """Whether every scope of the source was read to its end, or failed, since then."""
    mine = [fresh for fresh in store.freshness() if fresh.scope.source == source]
    return bool(mine) and all(
        (fresh.succeeded_at is not None and fresh.succeeded_at >= since)
        or (fresh.failing_since is not None and (fresh.attempted_at or since) > since)
        for fresh in mine
    )


def is_all_read(app: App) -> bool:
    """Whether every scope of every source was read once, or failed."""
    known = app.store.freshness()
    return {fresh.scope.source for fresh in known} >= set(app.settings.sources) and all(
        fresh.succeeded_at or fresh.failing_since for fresh in known
    )
