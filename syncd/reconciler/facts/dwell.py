"""How long work usually stays in a state: Kaplan-Meier quantiles of past and present visits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from syncd.model.calendar import WorkingCalendar
from syncd.model.history import Change
from syncd.model.items import Issue
from syncd.reconciler.forecast.survival import Survival

WINDOW = timedelta(days=180)
"""Visits that ended longer ago say nothing about today."""

HOP = timedelta(seconds=60)
"""A state left sooner was only passed through, by automation."""

Class = tuple[str | None, str | None, str]


class Visit(NamedTuple):
    """One stay of an issue in a state: `days` working days, `left` = it is over."""

    state: str
    days: int
    left: bool


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


def quantile(visits: Sequence[tuple[int, bool]], share: float) -> Quantile:
    """Kaplan-Meier: `visits` are (working days, whether it ended); the others are censored."""
    curve = Survival(visits)
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

    Left out: stays shorter than `HOP`, those that ended longer than `WINDOW` ago or by a bulk edit,
    and the last one of closed work.
    """
    found: list[Visit] = []
    since = issue.created_at
    for change in changes:
        brief, old = change.at - since < HOP, as_of - change.at > WINDOW
        if change.old is not None and not brief and not old and not is_bulk(change):
            found.append(Visit(state=change.old, days=_days(since, change.at, calendar), left=True))
        since = change.at
    if not issue.phase.is_closed:
        entered = issue.state_entered_at or since
        found.append(Visit(state=issue.state, days=_days(entered, as_of, calendar), left=False))
    return found


def _days(start: datetime, end: datetime, calendar: WorkingCalendar) -> int:
    return calendar.between(calendar.local_date(start), calendar.local_date(end))


class Dwell:
    """Visits by class, from the narrowest, (team, type, state), to the widest, (state)."""

    def __init__(self, share: float, min_n: int) -> None:
        """`share` of visits that `Norm.long` covers; a class needs `min_n` completed ones."""
        self._share = share
        self._min_n = min_n
        self._visits: dict[Class, list[tuple[int, bool]]] = defaultdict(list)
        self._joined: dict[Class, list[list[tuple[int, bool]]]] = {}
        """Where the visits of an issue are counted, by its team, type and state."""
        self._norms: dict[Class, Norm | None] = {}

    def add(self, team: str | None, kind: str, visit: Visit) -> None:
        """Count a visit of an issue of type `kind` of `team` in all its classes."""
        self._norms.clear()
        place, seen = (team, kind, visit.state), (visit.days, visit.left)
        if place not in self._joined:
            self._joined[place] = [self._visits[one] for one in _classes(*place)]
        for visits in self._joined[place]:
            visits.append(seen)

    def norm(self, team: str | None, kind: str, state: str) -> Norm | None:
        """Of the narrowest class with enough completed visits; None where there is none."""
        for found in _classes(team, kind, state):
            if found not in self._norms:
                self._norms[found] = self._measure(found)
            if norm := self._norms[found]:
                return norm
        return None

    def _measure(self, found: Class) -> Norm | None:
        seen = self._visits.get(found, [])
        ended = sum(left for _, left in seen)
        if ended < self._min_n:
            return None
        half, long = quantile(seen, 0.5), quantile(seen, self._share)
        return Norm(team=found[0], type=found[1], ended=ended, half=half, long=long)


def _classes(team: str | None, kind: str, state: str) -> list[Class]:
    every: list[Class] = [(None, kind, state), (None, None, state)]
    return every if team is None else [(team, kind, state), (team, None, state), *every]
