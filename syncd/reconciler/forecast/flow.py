"""What each team finished on each working day, from the history of its items."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from itertools import islice

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Issue, ItemKey, Level, Phase
from syncd.reconciler.forecast.capacity import working_days
from syncd.reconciler.forecast.pace import RATE_DAYS, RECENT, Pace, pace, recent_mean
from syncd.reconciler.resolve.teams import KNOWN
from syncd.reconciler.view import View

FEW_FINISHES = 8
"""Fewer finished items tell no share."""
LEAST_SHARE = 0.2
"""Of a team's pace that is taken to go to what was promised, however little did lately."""


def stream_of(view: View, key: ItemKey) -> str:
    """Whose pace an item is done at: a team id, else `source:project` of its own."""
    team = view.team_of(key)
    if team.team is not None and team.confidence >= KNOWN:
        return team.team
    return str(view.scope(key))


def stream_name(view: View, stream: str) -> str:
    """What people call it: the team's name, else the project's."""
    names = {team.id: team.name for team in view.config.teams}
    return names.get(stream, stream.partition(":")[2] or stream)


class Flows:
    """Finished items by stream and working day, today left out: it is not over."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._days: dict[str, list[date]] = {}
        self._begun: dict[str, datetime] = {}
        self._finished: dict[str, list[tuple[ItemKey, date]]] = defaultdict(list)
        self._paces: dict[str, Pace] = {}
        oldest = view.snapshot.as_of - timedelta(days=RATE_DAYS * 2)
        for issue in view.snapshot.issues:
            stream = stream_of(view, issue.key)
            begun = self._begun.get(stream)
            self._begun[stream] = min(begun, issue.created_at) if begun else issue.created_at
            if issue.done_at is not None and issue.done_at > oldest and self._counts(issue):
                day = self.calendar(stream).local_date(issue.done_at)
                self._finished[stream].append((issue.key, day))

    def calendar(self, stream: str) -> WorkingCalendar:
        """Working days of a stream."""
        return self._view.team_calendar(stream)

    def pace(self, stream: str) -> Pace:
        """Of everything that the stream finished."""
        if stream not in self._paces:
            days = (day for _, day in self._finished.get(stream, ()))
            self._paces[stream] = pace(self._counted(stream, days))
        return self._paces[stream]

    def own_pace(self, stream: str, members: Collection[ItemKey]) -> Pace:
        """Of what the stream finished of `members`."""
        days = [day for key, day in self._finished.get(stream, ()) if key in members]
        return pace(self._counted(stream, days, since=min(days, default=None)))

    def share(self, stream: str, promised: Collection[ItemKey], since: date) -> float:
        """Part of what the stream finished in 60 working days that was in any deliverable.

        Only from `since` on, when it first had work that was promised; all of its pace where that
        is too short ago to tell.
        """
        days = self.working_days(stream)[-RECENT:]
        start = max([since, *days[:1]])
        recent = [key for key, day in self._finished.get(stream, ()) if day >= start]
        if len(recent) < FEW_FINISHES:
            return 1.0
        return max(LEAST_SHARE, sum(key in promised for key in recent) / len(recent))

    def net_rate(self, stream: str, moves: Iterable[tuple[date, int]], *, days: int) -> float:
        """Items a day by which `moves`, (day, +1 or -1), add to the work; 0 if they do not.

        Over the last `days` working days, recent ones counting more, as in `pace`.
        """
        known = self.working_days(stream)
        net = [0] * len(known)
        for day, by in moves:
            place = self._place(stream, day)
            if place is not None:
                net[place] += by
        return max(0.0, recent_mean(net[-days:]))

    def working_days(self, stream: str) -> list[date]:
        """The last 260 working days before today, oldest first."""
        if stream not in self._days:
            calendar = self.calendar(stream)
            past = islice(working_days(calendar, self._today(stream), -1), RATE_DAYS)
            self._days[stream] = [*past][::-1]
        return self._days[stream]

    def _counted(self, stream: str, days: Iterable[date], since: date | None = None) -> list[int]:
        known = self.working_days(stream)
        begun = self._begun.get(stream)
        start = since or (self.calendar(stream).local_date(begun) if begun else date.max)
        counts = [0] * len(known)
        for day in days:
            place = self._place(stream, day)
            if place is not None:
                counts[place] += 1
        return counts[bisect_left(known, start) :]

    def _place(self, stream: str, day: date) -> int | None:
        """Of the working day that `day` is, or that comes before it; None outside of history."""
        known = self.working_days(stream)
        is_today = day >= self._today(stream) and self.calendar(stream).works(day)
        place = bisect_right(known, day) - 1
        return None if place < 0 or is_today else place

    def _today(self, stream: str) -> date:
        return self.calendar(stream).local_date(self._view.snapshot.as_of)

    def _counts(self, issue: Issue) -> bool:
        """Delivered, no container of other items, not closed in bulk."""
        view = self._view
        is_container = issue.level in (Level.EPIC, Level.INITIATIVE) or view.children(issue.key)
        if issue.phase is not Phase.DONE or is_container:
            return False
        return not any(
            view.bulk(change)
            for change in view.changes(issue.key, "phase", "state")
            if change.at == issue.done_at
        )
