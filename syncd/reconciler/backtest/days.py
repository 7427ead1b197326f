"""One replayed day: what was said on it, to whom, and what had ended by then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from syncd.model.alerts import Alert, AlertState, Notification, Transition
from syncd.model.calendar import WorkingCalendar
from syncd.model.forecasts import Forecast, PastForecast
from syncd.reconciler.backtest.commitments import Look, Outcome, Promise
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.view import View

STEPS = tuple(place / 20 for place in range(1, 20))
"""Odds for which a forecast's days are kept."""
FAR = 1300
"""Working days that stand for "more than five years"."""
FIRING = (AlertState.FIRING, AlertState.FROZEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """A forecast with its whole curve, in working days from the day on which it was made."""

    subject: str
    made_at: datetime
    days: tuple[int, ...]
    """For the odds of `STEPS`."""
    p50: int
    p85: int
    p95: int
    due: int | None
    """Working days to the promised day; None where that is over, or known in hindsight only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a service would have said at `as_of`."""

    as_of: datetime
    on: date
    looks: tuple[Look, ...]
    called: frozenset[Promise]
    """Commitments that an alert says will be missed."""
    settled: tuple[tuple[Promise, Outcome], ...]
    """Those whose day has passed since the day before."""
    transitions: tuple[Transition, ...]
    notices: tuple[Notification, ...]
    foretold: tuple[Foretold, ...]
    failures: tuple[str, ...]
    """Rules that failed."""
    untold: tuple[str, ...] = ()
    """Rules that could not tell of something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What became of a forecast, in working days from the day on which it was made."""

    subject: str
    made_at: datetime
    took: int | None
    """None = it is still open."""
    lasted: int
    """Until now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What is known now of what was still open on the last day."""

    on: date
    settled: tuple[tuple[Promise, Outcome], ...]
    came: tuple[Came, ...]
    """Of every forecast, by the time it was made."""


def called(looks: Iterable[Look], alerts: Iterable[Alert]) -> frozenset[Promise]:
    """Commitments of which a firing alert expects a later day than the promised one.

    Also one that is not sent, because another speaks for it.
    """
    latest: dict[str, date] = {}
    for alert in alerts:
        found = alert.finding
        if alert.state in FIRING and found.expected:
            latest[found.subject] = max(found.expected, latest.get(found.subject, date.min))
    promises = (look.promise for look in looks)
    return frozenset(one for one in promises if latest.get(one.subject, date.min) > one.day)


def foretold(
    view: View, made: Iterable[PastForecast], looks: Iterable[Look]
) -> tuple[Foretold, ...]:
    """The whole curves of those forecasts that this view made."""
    due = {look.promise.subject: look.left for look in looks if not look.in_hindsight}
    fresh = (one.forecast for one in made if one.made_at == view.snapshot.as_of)
    return tuple(_curve(view, one, due.get(one.subject)) for one in fresh)


def came(view: View, kept: Iterable[PastForecast]) -> tuple[Came, ...]:
    """What became of forecasts by now; without those that were not about what was done in the end.

    That is where more than a fifth of it was taken out, or the deliverable is not there any more.
    """
    unfinished = {one.subject for one in view.deliverables if not one.done}
    return tuple(
        Came(
            subject=past.forecast.subject,
            made_at=past.made_at,
            took=calendar.between(past.made_on, past.done_on) if past.done_on else None,
            lasted=calendar.between(past.made_on, view.today),
        )
        for past in kept
        for calendar in [_calendar(view, past.forecast)]
        if past.is_fair or (past.done_on is None and past.forecast.subject in unfinished)
    )


def _calendar(view: View, made: Forecast) -> WorkingCalendar:
    return view.team_calendar(next(iter(made.teams), None))


def _curve(view: View, made: Forecast, due: int | None) -> Foretold:
    calendar, today = _calendar(view, made), view.today
    forecasts = view.once(Forecasts)

    def until(day: date | None) -> int:
        return FAR if day is None else calendar.between(today, day)

    return Foretold(
        subject=made.subject,
        made_at=view.snapshot.as_of,
        days=tuple(until(forecasts.day(made.subject, share)) for share in STEPS),
        p50=until(made.p50),
        p85=until(made.p85),
        p95=until(made.p95),
        due=due,
    )
