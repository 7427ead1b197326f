"""When the brief of a person leaves: today's, and the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.alerts.muting import after_quiet, instant
from syncd.model.calendar import WorkingCalendar
from syncd.model.people import Person
from syncd.reconciler.config import ReconcilerConfig

FARTHEST = 30
"""Days within which the next brief is looked for: longer than any holidays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """A brief of one day of one person; `at` is when it may leave."""

    person: Person
    day: date
    at: datetime


def occasion(
    person: Person, calendar: WorkingCalendar, as_of: datetime, ahead: timedelta
) -> Occasion | None:
    """Today's brief of the person's day, once its time is no further than `ahead`; else None.

    Where quiet hours hold the one of the evening before, that is today's. One that was missed is
    made up for while its day lasts, not later: the next tells all since the last that was sent.
    """
    if person.brief is None:
        return None
    today = as_of.astimezone(ZoneInfo(person.timezone)).date()
    for day in (today, today - timedelta(days=1)):
        at = after_quiet(person, instant(day, person.brief.at, person.timezone))
        leaves = at.astimezone(ZoneInfo(person.timezone)).date()
        if person.brief.falls_on(day, calendar) and leaves == today and at - ahead <= as_of:
            return Occasion(person=person, day=day, at=at)
    return None


def upcoming(config: ReconcilerConfig, as_of: datetime) -> tuple[datetime, tuple[str, ...]] | None:
    """When the next brief leaves after `as_of`, and ids of those who get one then; None = never."""
    found: dict[datetime, list[str]] = {}
    for person in config.people:
        at = _next(person, config.calendar_of(person), as_of)
        if at is not None:
            found.setdefault(at, []).append(person.id)
    return min(((at, tuple(many)) for at, many in found.items()), default=None)


def _next(person: Person, calendar: WorkingCalendar, as_of: datetime) -> datetime | None:
    if person.brief is None:
        return None
    today = as_of.astimezone(ZoneInfo(person.timezone)).date()
    days = (today + timedelta(days=ahead) for ahead in range(-1, FARTHEST))
    times = (
        after_quiet(person, instant(day, person.brief.at, person.timezone))
        for day in days
        if person.brief.falls_on(day, calendar)
    )
    return next((at for at in times if at > as_of), None)
