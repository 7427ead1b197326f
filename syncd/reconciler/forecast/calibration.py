"""Learning from own forecasts: errors that came out, mixed into the shipped table (§D1)."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from syncd.model.forecasts import Forecast, PastForecast, Share
from syncd.model.items import ItemKey, Milestone, is_sprint, item_key
from syncd.reconciler.forecast.scope import Scopes
from syncd.reconciler.forecast.survival import Seen, Survival
from syncd.reconciler.forecast.table import SHARES, SHIPPED, ErrorTable
from syncd.reconciler.resolve.claims import is_open
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
    for past in filter(_is_by_pace, _known(view)):
        made = past.forecast
        calendar = view.team_calendar(made.teams[0] if made.teams else None)
        took = max(1, calendar.between(past.made_on, past.done_on or view.today))
        error = math.log(took / made.days) / made.spread
        yield made.days, (error, past.done_on is not None)


def _known(view: View) -> Iterator[PastForecast]:
    """Those that came true with what they spoke of, and those of what is still open."""
    still_open = {one.subject for one in view.deliverables if not one.done}
    for past in view.snapshot.forecasts:
        if past.is_fair if past.done_on else past.forecast.subject in still_open:
            yield past


def _is_by_pace(past: PastForecast) -> bool:
    return past.forecast.spread > 0 and past.forecast.days > 0


def to_keep(view: View, made: Iterable[Forecast]) -> tuple[PastForecast, ...]:
    """What to store after a pass: forecasts that are new, and kept ones that came true now.

    A deliverable gets one a week at most, none while nothing of it can be told.
    """
    newest: dict[str, date] = {}
    for past in view.snapshot.forecasts:
        subject = past.forecast.subject
        newest[subject] = max(past.made_on, newest.get(subject, past.made_on))
    ended = ended_on(view) | _shipped(view)
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
    """Of what was in it then, how many are in it no more, or were left open by it."""
    since = Counter[ItemKey]()
    for move in view.once(Scopes).of(deliverable):
        since[move.item.key] += move.by if move.at > past.made_at else 0
    issues = (issue for key in deliverable.members if (issue := view.issue(key)))
    left = sum(not issue.phase.is_closed and not since[issue.key] for issue in issues)
    return left + sum(net < 0 for net in since.values())


def _shipped(view: View) -> dict[str, tuple[Deliverable, date]]:
    """By subject, with the day on which it was released or closed, whatever is open of it (§D6).

    What nobody declared is no deliverable any more by then.
    """
    known, found = {one.subject: one for one in view.deliverables}, {}
    for past in view.snapshot.forecasts:
        made = past.forecast
        whole = None if past.done_on else known.get(made.subject) or _forgotten(view, made)
        if whole and whole.done and made.subject not in found:
            bound = filter(None, map(view.milestone, whole.bound))
            if closed := [at for item in bound if (at := closed_at(view, item))]:
                day = view.calendar_of(whole).local_date(max(closed))
                found[made.subject] = whole, _last_closed_on(view, whole) or day
    return found


def _forgotten(view: View, made: Forecast) -> Deliverable | None:
    """What a forecast spoke of, as far as its version or milestone tells; None for a sprint."""
    key = item_key(made.subject.removeprefix("deliverable:"))
    item = view.milestone(key) if key else None
    if item is None or is_open(item) or is_sprint(item):
        return None
    return Deliverable(
        id=str(key), name=made.name, tier=made.tier, bound=(item.key,),
        members=view.members(item), claims=(), target=None, baseline=None, provisional=True,
        teams=made.teams, done=True,
    )  # fmt: skip


def closed_at(view: View, item: Milestone) -> datetime | None:
    """When a version, milestone or sprint was closed, as it or its history tells."""
    changes = view.changes(item.key, "state") if item.closed_at is None else ()
    return changes[-1].at if changes else item.closed_at


def ended_on(view: View) -> dict[str, tuple[Deliverable, date]]:
    """By subject, with the day on which the last item was closed; only of those with none open."""
    days = ((one, _last_closed_on(view, one)) for one in view.deliverables)
    return {one.subject: (one, day) for one, day in days if day}


def _last_closed_on(view: View, one: Deliverable) -> date | None:
    issues = [issue for key in one.members if (issue := view.issue(key))]
    closed = [issue.done_at for issue in issues if issue.done_at and issue.phase.is_closed]
    is_over = issues and len(closed) == len(issues)
    return view.calendar_of(one).local_date(max(closed)) if is_over else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How often dates held, of the forecasts of one horizon."""

    horizon: str
    """`to 7`, `to 15`, `to 30`, `over 30` working days, or `all`."""
    ended: int
    """Forecasts that came true."""
    by_p50: Share
    """Done by then, of those whose own day is over: of others only the early ones are known."""
    by_p85: Share
    by_p95: Share
    weight: float
    """Of own errors in the table that forecasts of this horizon are read from, 0 to 1."""


def records(view: View) -> tuple[Record, ...]:
    """For each horizon, then for all of them together."""
    known = tuple(_known(view))
    names = (*(f"to {days}" for days in HORIZONS), f"over {HORIZONS[-1]}")
    every = _pool(known)
    found = []
    for place, name in enumerate(names):
        inside = [one for one in known if bisect_left(HORIZONS, one.forecast.days) == place]
        own = _pool(inside)
        found.append(_record(view, name, inside, own if own >= MIX else every))
    return (*found, _record(view, "all", known, every))


def _pool(known: Iterable[PastForecast]) -> int:
    return sum(past.done_on is not None for past in filter(_is_by_pace, known))


def _record(view: View, name: str, known: Sequence[PastForecast], pool: int) -> Record:
    def held(days: Iterable[date | None]) -> Share:
        pairs = zip(days, known, strict=True)
        over = [(day, past.done_on) for day, past in pairs if day and day < view.today]
        return Share(sum(done is not None and done <= day for day, done in over), len(over))

    return Record(
        horizon=name,
        ended=sum(past.done_on is not None for past in known),
        by_p50=held(past.forecast.p50 for past in known),
        by_p85=held(past.forecast.p85 for past in known),
        by_p95=held(past.forecast.p95 for past in known),
        weight=pool / (pool + MIX),
    )
