"""How long work usually stays in a state: Kaplan-Meier quantiles of past and present visits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from syncd.model.calendar import WorkingCalendar
from syncd.model.history import HOP, Change, stays
from syncd.model.items import Issue
from syncd.reconciler.forecast.survival import Survival

WINDOW = timedelta(days=180)
"""Visits that ended longer ago say nothing about today."""

Class = tuple[str | None, str | None, str]


class Visit(NamedTuple):
    """One stay of an issue in a state: `days` working days, `left` = it is over.

    `unwatched` of these days lie before `WINDOW`: those that ended there are not counted, so one
    that did not tells of that time only that it was longer.
    """

    state: str
    days: int
    left: bool
    unwatched: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """Working days within which a share of visits is over.

    `reached` is False where too few visits ended to tell; `days` is then the longest that did.
    """

    days: int
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """What is normal for a class of visits. `team` and `type` are None where all are counted."""

    team: str | None
    type: str | None
    ended: int
    """Completed visits it rests on."""
    half: Quantile
    long: Quantile
    """Of the share that was asked for."""


def quantile(
    visits: Sequence[tuple[int, bool]], share: float, unwatched: Sequence[int] = ()
) -> Quantile:
    """Kaplan-Meier: `visits` are (working days, whether it ended); the others are censored.

    `unwatched` as `Survival` takes it.
    """
    curve = Survival(visits, unwatched)
    days = curve.quantile(share)
    return Quantile(days=int(curve.longest if days is None else days), reached=days is not None)


def visits(
    issue: Issue,
    changes: Iterable[Change],
    calendar: WorkingCalendar,
    as_of: datetime,
    is_bulk: Callable[[Change], bool] = lambda _: False,
) -> list[Visit]:
    """Stays of an issue in its states, from the changes of `state`, oldest first.

    Left out: what automation only passed through, stays that ended longer than `WINDOW` ago or by a
    bulk edit, and the last one of closed work.
    """
    found: list[Visit] = []
    every = tuple(changes)
    known, bulk = stays(every, issue.created_at), [one.at for one in every if is_bulk(one)]
    for (state, since), (_, until) in pairwise(known):
        # Automation may have gone on from where a bulk edit put it.
        is_edited = until and any(until - HOP <= moment <= until for moment in bulk)
        if state and since and until and as_of - until <= WINDOW and not is_edited:
            found.append(_visit(state, (since, until), as_of, calendar, left=True))
    if not issue.phase.is_closed:
        entered = issue.state_entered_at or known[-1][1] or issue.created_at
        found.append(_visit(issue.state, (entered, as_of), as_of, calendar, left=False))
    return found


def _visit(
    state: str,
    stay: tuple[datetime, datetime],
    as_of: datetime,
    calendar: WorkingCalendar,
    *,
    left: bool,
) -> Visit:
    start, end = stay
    days, edge = _days(start, end, calendar), as_of - WINDOW
    # What ended on the first day of the window was seen to end, so it was watched before.
    unwatched = min(_days(start, edge, calendar), days - 1) if start < edge else 0
    return Visit(state=state, days=days, left=left, unwatched=max(0, unwatched))


def _days(start: datetime, end: datetime, calendar: WorkingCalendar) -> int:
    return calendar.between(calendar.local_date(start), calendar.local_date(end))


@dataclass(slots=True)
class _Seen:
    """What `quantile` takes, of one class."""

    visits: list[tuple[int, bool]] = field(default_factory=list)
    unwatched: list[int] = field(default_factory=list)


class Dwell:
    """Visits by class, from the narrowest, (team, type, state), to the widest, (state)."""

    def __init__(self, share: float, min_n: int) -> None:
        """`share` of visits that `Norm.long` covers; a class needs `min_n` completed ones."""
        self._share = share
        self._min_n = min_n
        self._visits: dict[Class, _Seen] = defaultdict(_Seen)
        self._joined: dict[Class, list[_Seen]] = {}
        """Where the visits of an issue are counted, by its team, type and state."""
        self._norms: dict[Class, Norm | None] = {}

    def add(self, team: str | None, kind: str, visit: Visit) -> None:
        """Count a visit of an issue of type `kind` of `team` in all its classes."""
        self._norms.clear()
        place = team, kind, visit.state
        if place not in self._joined:
            self._joined[place] = [self._visits[one] for one in _classes(*place)]
        for seen in self._joined[place]:
            seen.visits.append((visit.days, visit.left))
            if visit.unwatched:
                seen.unwatched.append(visit.unwatched)

    def norm(self, team: str | None, kind: str, state: str) -> Norm | None:
        """Of the narrowest class with enough completed visits; None where there is none."""
        for found in _classes(team, kind, state):
            if found not in self._norms:
                self._norms[found] = self._measure(found)
            if norm := self._norms[found]:
                return norm
        return None

    def _measure(self, found: Class) -> Norm | None:
        seen = self._visits.get(found, _Seen())
        ended = sum(left for _, left in seen.visits)
        if ended < self._min_n:
            return None
        half, long = (quantile(seen.visits, share, seen.unwatched) for share in (0.5, self._share))
        return Norm(team=found[0], type=found[1], ended=ended, half=half, long=long)


def _classes(team: str | None, kind: str, state: str) -> list[Class]:
    every: list[Class] = [(None, kind, state), (None, None, state)]
    return every if team is None else [(team, kind, state), (team, None, state), *every]
