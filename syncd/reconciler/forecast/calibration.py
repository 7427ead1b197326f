"""Learning from own forecasts: errors that came out, mixed into the shipped table (§D1)."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from syncd.model.forecasts import Forecast, PastForecast
from syncd.reconciler.forecast.scope import Scopes
from syncd.reconciler.forecast.survival import Seen, Survival
from syncd.reconciler.forecast.table import SHARES, SHIPPED, ErrorTable
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

MIX = 200
"""Own forecasts that weigh as much as the shipped table, and that a horizon must have to be looked
at by itself."""
HORIZONS = (7, 15, 30)
"""Working days, by the pace alone, that part short from long forecasts."""
APART = 5
"""Working days between two forecasts of one deliverable that are kept: nearer ones say the same."""


class Tables:
    """The error table for each horizon."""

    def __init__(self, view: View) -> None:
        self._all: list[Seen] = []
        self._by_horizon: list[list[Seen]] = [[] for _ in (*HORIZONS, None)]
        for days, seen in _errors(view):
            self._all.append(seen)
            self._by_horizon[bisect_left(HORIZONS, days)].append(seen)
        self._tables: dict[int, ErrorTable] = {}

    def of(self, days: float) -> ErrorTable:
        """For work that takes so many working days by the pace alone."""
        place = bisect_left(HORIZONS, days)
        if place not in self._tables:
            own = self._by_horizon[place]
            self._tables[place] = mixed(own if _ended(own) >= MIX else self._all)
        return self._tables[place]


def mixed(pool: Sequence[Seen]) -> ErrorTable:
    """The shipped table and the own errors of `pool`, which count m / (m + 200) where m came true.

    Forecasts that are still open count as longer than they have lasted.
    """
    count = _ended(pool)
    if count == 0:
        return SHIPPED
    curve, weight = Survival(pool), count / (count + MIX)
    errors: list[float] = []
    for share, shipped in zip(SHARES, SHIPPED.errors, strict=True):
        own = curve.quantile(share)
        found = max(curve.longest, shipped) if own is None else own
        error = weight * found + (1 - weight) * shipped
        errors.append(max(error, errors[-1] + 1e-6) if errors else error)
    return ErrorTable(tuple(errors))


def _ended(pool: Sequence[Seen]) -> int:
    return sum(ended for _, ended in pool)


def _errors(view: View) -> Iterator[tuple[float, Seen]]:
    """(days by the pace, (error, whether it came true)) of every forecast by pace that was kept."""
    still_open = {one.subject for one in view.deliverables if not one.done}
    for past in view.snapshot.forecasts:
        made = past.forecast
        is_known = past.is_fair if past.done_on else made.subject in still_open
        if made.spread <= 0 or made.days <= 0 or not is_known:
            continue
        calendar = view.team_calendar(made.teams[0] if made.teams else None)
        took = max(1, calendar.between(past.made_on, past.done_on or view.today))
        error = math.log(took / made.days) / made.spread
        yield made.days, (error, past.done_on is not None)


def to_keep(view: View, made: Iterable[Forecast]) -> tuple[PastForecast, ...]:
    """What to store after a pass: forecasts that are new, and kept ones that came true now.

    A deliverable gets one a week at most, none while nothing of it can be told.
    """
    newest: dict[str, date] = {}
    for past in view.snapshot.forecasts:
        subject = past.forecast.subject
        newest[subject] = max(past.made_on, newest.get(subject, past.made_on))
    ended = ended_on(view)
    came_true = [
        replace(past, done_on=max(past.made_on, day), taken_out=_taken_out(view, one, past))
        for past in view.snapshot.forecasts
        if past.done_on is None and (found := ended.get(past.forecast.subject))
        for one, day in [found]
    ]
    calendar, today = view.config.calendar, view.today
    fresh = {one.subject for one in view.deliverables if not one.done and _is_fresh(view, one)}
    new = [
        PastForecast(forecast=one, made_at=view.snapshot.as_of, made_on=today)
        for one in made
        if one.p50
        and one.subject in fresh
        and (one.subject not in newest or calendar.between(newest[one.subject], today) >= APART)
    ]
    return (*came_true, *new)


def _is_fresh(view: View, deliverable: Deliverable) -> bool:
    keys = (*deliverable.bound, *deliverable.members)
    return view.stale.isdisjoint(view.scope(key) for key in keys)


def _taken_out(view: View, deliverable: Deliverable, past: PastForecast) -> int:
    moves = view.once(Scopes).of(deliverable)
    return sum(move.by < 0 and move.at > past.made_at for move in moves)


def ended_on(view: View) -> dict[str, tuple[Deliverable, date]]:
    """By subject, with the day on which the last item was closed; only of those with none open."""
    found: dict[str, tuple[Deliverable, date]] = {}
    for one in view.deliverables:
        issues = [issue for key in one.members if (issue := view.issue(key))]
        closed = [issue.done_at for issue in issues if issue.done_at and issue.phase.is_closed]
        if issues and len(closed) == len(issues):
            found[one.subject] = one, view.config.calendar.local_date(max(closed))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How often dates held, of the forecasts of one horizon whose outcome is known."""

    horizon: str
    """`to 7`, `to 15`, `to 30`, `over 30` working days, or `all`."""
    ended: int
    by_p50: int
    by_p85: int
    by_p95: int
    weight: float
    """Of own errors in the table that forecasts of this horizon are read from, 0 to 1."""


def records(view: View) -> tuple[Record, ...]:
    """For each horizon, then for all of them together."""
    known = [past for past in view.snapshot.forecasts if past.is_fair]
    names = (*(f"to {days}" for days in HORIZONS), f"over {HORIZONS[-1]}")
    every = sum(past.forecast.spread > 0 for past in known)
    found = []
    for place, name in enumerate(names):
        inside = [one for one in known if bisect_left(HORIZONS, one.forecast.days) == place]
        own = sum(past.forecast.spread > 0 for past in inside)
        found.append(_record(name, inside, own if own >= MIX else every))
    return (*found, _record("all", known, every))


def _record(name: str, known: Sequence[PastForecast], pool: int) -> Record:
    return Record(
        horizon=name,
        ended=len(known),
        by_p50=sum(_held(past, past.forecast.p50) for past in known),
        by_p85=sum(_held(past, past.forecast.p85) for past in known),
        by_p95=sum(_held(past, past.forecast.p95) for past in known),
        weight=pool / (pool + MIX),
    )


def _held(past: PastForecast, day: date | None) -> bool:
    """A date that was too far away to be told held as well."""
    return past.done_on is not None and (day is None or past.done_on <= day)
