"""When single items will be done, from how long such items take (`reconciler.md` §D5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from syncd.model.calendar import WorkingCalendar
from syncd.model.history import Change
from syncd.model.items import Issue, ItemKey, Phase
from syncd.reconciler.forecast.flow import stream_of
from syncd.reconciler.forecast.scope import FIELDS
from syncd.reconciler.forecast.survival import Seen, Survival
from syncd.reconciler.view import View

ENOUGH = 30
"""Completed items that a class must have to be spoken of."""
WINDOW = timedelta(days=180)
"""Items that were done longer ago say nothing about today."""
UNDONE_BD = 1
"""Working days within which whoever takes an edit back corrects it, and plans nothing anew."""
RUNNING = frozenset({Phase.ACTIVE, Phase.WAITING, Phase.REVIEW})

Class = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """How far an open item is: working days since it was begun, or what is left of the wait."""

    curve: Survival
    """Of the time from begin to end of such items."""
    worked: float
    """Working days since it was begun; 0 before."""
    waits: float
    """Working days until such items, planned as long ago, are begun; 0 for one that is."""

    def odds(self, days: float) -> float:
        """Chance to be done within so many working days."""
        left = self.curve.beyond(self.worked) if self.worked else 1.0
        if left <= 0 or days <= self.waits:
            return 0.0
        return 1.0 - self.curve.beyond(self.worked + days - self.waits) / left

    def within(self, days: float) -> Age:
        """The same for what has so many days until its date: it waits no longer than they leave.

        Others that waited longer had no such date.
        """
        usual = self.curve.quantile(0.5)
        if self.waits == 0 or usual is None:
            return self
        waits = min(self.waits, max(0.0, days - usual))
        return Age(curve=self.curve, worked=self.worked, waits=waits)

    def days(self, share: float) -> float | None:
        """Working days within which it is done with these odds; None where nothing tells."""
        end = self.curve.quantile(share, after=self.worked)
        return None if end is None else max(0.0, end - self.worked) + self.waits


class Ageing:
    """Cycle times and waits of all items, by team and type, else team, else type, else all."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._seen: dict[tuple[str, Class], list[Seen]] = defaultdict(list)
        self._unwatched: dict[tuple[str, Class], list[float]] = defaultdict(list)
        self._curves: dict[tuple[str, Class], Survival | None] = {}
        self._by_class: dict[tuple[str, str, str], Survival | None] = {}
        self._edges: dict[str, tuple[date, date]] = {}
        self._so_far: dict[ItemKey, float] = {}
        """Working days that open items have been worked on, or have waited to be."""
        for issue in view.snapshot.issues:
            classes = _classes(stream_of(view, issue.key), issue.type)
            for what, days, ended, before in self._spans(issue):
                seen = days, ended
                for found in classes:
                    self._seen[what, found].append(seen)
                    if before:
                        self._unwatched[what, found].append(before)

    def of(self, issue: Issue) -> Age | None:
        """Of an open item; None where fewer than 30 items like it were completed.

        Also of one not begun where too few waits are known, or it has waited longer than all.
        """
        cycle = self._curve("cycle", issue)
        if cycle is None:
            return None
        if issue.phase in RUNNING:
            worked = self._so_far.get(issue.key)
            if worked is None:
                worked = self._days(issue, issue.created_at, None)[0]
            return Age(curve=cycle, worked=worked, waits=0.0)
        wait, waited = self._curve("wait", issue), self._so_far.get(issue.key)
        if waited is None:
            start = planned_at(self._view, issue, self._view.snapshot.as_of)
            waited = self._days(issue, start, None)[0]
        half = wait.quantile(0.5, after=waited) if wait else None
        if half is None:
            return None
        return Age(curve=cycle, worked=0.0, waits=max(0.0, half - waited))

    def usual(self, issue: Issue) -> float | None:
        """Working days that half of the items like it take from begin to end; None as of `of`."""
        cycle = self._curve("cycle", issue)
        return cycle.quantile(0.5) if cycle else None

    def _curve(self, what: str, issue: Issue) -> Survival | None:
        asked = (what, stream_of(self._view, issue.key), issue.type)
        if asked not in self._by_class:
            self._by_class[asked] = self._first_curve(*asked)
        return self._by_class[asked]

    def _first_curve(self, what: str, stream: str, kind: str) -> Survival | None:
        for found in _classes(stream, kind):
            place = (what, found)
            if place not in self._curves:
                seen = self._seen[place]
                enough = sum(ended for _, ended in seen) >= ENOUGH
                self._curves[place] = Survival(seen, self._unwatched[place]) if enough else None
            if curve := self._curves[place]:
                return curve
        return None

    def _spans(self, issue: Issue) -> Iterator[tuple[str, float, bool, float]]:
        """(cycle or wait, working days, whether it is over, days before `WINDOW`).

        An item that was dropped has none, nor one that a clean-up closed together with many.
        """
        now, begun = self._view.snapshot.as_of, begun_at(self._view, issue)
        if issue.phase is Phase.DROPPED or (issue.done_at and now - issue.done_at > WINDOW):
            return
        if issue.done_at and self._view.closed_in_bulk(issue):
            return
        if begun is None:
            if issue.phase is Phase.TODO:
                yield self._span("wait", issue, planned_at(self._view, issue, now), None)
            return
        if now - begun <= WINDOW:
            yield self._span("wait", issue, planned_at(self._view, issue, begun), begun)
        yield self._span("cycle", issue, begun, issue.done_at)

    def _span(
        self, what: str, issue: Issue, start: datetime, end: datetime | None
    ) -> tuple[str, float, bool, float]:
        days, before = self._days(issue, start, end)
        if end is None and (what == "cycle") is (issue.phase in RUNNING):
            self._so_far[issue.key] = days
        # What ended on the first day of the window was seen to end, so it was watched before.
        return what, days, end is not None, max(0.0, min(before, days - 1))

    def _days(self, issue: Issue, start: datetime, end: datetime | None) -> tuple[float, float]:
        """Working days to `end` (None = until now), and how many of them before `WINDOW`."""
        calendar = self._view.calendar(issue.key)
        first, (edge, today) = calendar.local_date(start), self._edges_in(calendar)
        last = calendar.local_date(end) if end else today
        return float(calendar.between(first, last)), float(calendar.between(first, edge))

    def _edges_in(self, calendar: WorkingCalendar) -> tuple[date, date]:
        """The local days on which `WINDOW` begins and ends."""
        if calendar.zone not in self._edges:
            now = self._view.snapshot.as_of
            edges = calendar.local_date(now - WINDOW), calendar.local_date(now)
            self._edges[calendar.zone] = edges
        return self._edges[calendar.zone]


def begun_at(view: View, issue: Issue) -> datetime | None:
    """When work on it began, as far as its history tells; what came once it was done began none."""
    changes = view.changes(issue.key, "phase")
    for change in changes:
        if change.new in RUNNING:
            return None if issue.done_at and issue.done_at < change.at else change.at
    if issue.phase in RUNNING and not changes:
        return issue.state_entered_at or issue.created_at
    return None


def planned_at(view: View, issue: Issue, before: datetime) -> datetime:
    """When it last came into a version, sprint or parent; else when it was made.

    What was undone by the next working day did not happen.
    """
    calendar, stands = view.calendar(issue.key), list[Change]()
    for change in view.changes(issue.key, *FIELDS):
        last = stands[-1] if stands else None
        if last and (last.field, last.old, last.new) == (change.field, change.new, change.old):
            days = calendar.between(calendar.local_date(last.at), calendar.local_date(change.at))
            if days <= UNDONE_BD and change.at <= before:
                stands.pop()
                continue
        stands.append(change)
    planned = [change.at for change in stands if change.new is not None and change.at <= before]
    return planned[-1] if planned else issue.created_at


def _classes(stream: str, kind: str) -> tuple[Class, ...]:
    return (stream, kind), (stream, ""), ("", kind), ("", "")
