"""What each team finished on each working day, from the history of its items."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import islice
from statistics import median

from syncd.model.calendar import WorkingCalendar
from syncd.model.forecasts import Grade
from syncd.model.items import Issue, ItemKey, Phase
from syncd.model.snapshot import Scope
from syncd.reconciler.forecast.capacity import working_days
from syncd.reconciler.forecast.pace import RATE_DAYS, RECENT, WEEK, Pace, pace, recent_mean
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
        self._todays: dict[str, date] = {}
        self._begun: dict[str, datetime] = {}
        self._finished: dict[str, list[tuple[date, Issue]]] = defaultdict(list)
        self._day_of: dict[ItemKey, date] = {}
        self._scopes: dict[str, set[Scope]] = defaultdict(set)
        self._paces: dict[str, Pace] = {}
        oldest = view.snapshot.as_of - timedelta(days=RATE_DAYS * 2)
        for issue in view.snapshot.issues:
            if issue.done_at is not None and issue.done_at > oldest and self._counts(issue):
                self._add(issue, issue.done_at)

    def calendar(self, stream: str) -> WorkingCalendar:
        """Working days of a stream."""
        return self._view.team_calendar(stream)

    def scopes(self, stream: str) -> frozenset[Scope]:
        """The data that its pace rests on."""
        return frozenset(self._scopes.get(stream, ()))

    def pace(self, stream: str) -> Pace:
        """Of everything that the stream finished."""
        if stream not in self._paces:
            self._paces[stream] = pace(self._daily(stream))
        return self._paces[stream]

    def peers(self, stream: str) -> float | None:
        """Items a week of the middle one of the other streams; None where none has a pace."""
        paces = (self.pace(other) for other in self._finished if other != stream)
        rates = [one.rate for one in paces if one.grade is not Grade.NONE]
        return median(rates) * WEEK if rates else None

    def own_pace(self, stream: str, members: Iterable[ItemKey]) -> Pace:
        """Of what was finished of `members`, all of which are of the stream."""
        days = [day for key in members if (day := self._day_of.get(key))]
        return pace(self._counted(stream, days, min(days, default=date.max)))

    def blocks(self, stream: str, days: int) -> list[int]:
        """Items finished in each whole block of `days` working days, of 260 at most; newest first.

        Only from the day on of which anything of the stream is known.
        """
        counts = self._daily(stream)[::-1]
        return [sum(counts[at : at + days]) for at in range(0, len(counts) - days + 1, days)]

    def share(self, stream: str, since: date) -> float:
        """Part of what the stream finished in 60 working days that was promised.

        Only from `since` on, when it first had work that was promised; all of its pace where that
        is too short ago to tell.
        """
        days = self.working_days(stream)[-RECENT:]
        start = max([since, *days[:1]])
        recent = [issue for day, issue in self._finished.get(stream, ()) if day >= start]
        if len(recent) < FEW_FINISHES:
            return 1.0
        return max(LEAST_SHARE, sum(map(self._is_promised, recent)) / len(recent))

    def net_rate(self, stream: str, moves: Iterable[tuple[date, int]], *, days: int) -> float:
        """Items a day by which `moves`, (day, +1 or -1), add to the work; 0 if they do not.

        Over the last `days` working days, recent ones counting more, as in `pace`.
        """
        return max(0.0, recent_mean(self._sums(stream, moves)[-days:]))

    def working_days(self, stream: str) -> list[date]:
        """The last 260 working days before today, oldest first."""
        if stream not in self._days:
            calendar = self.calendar(stream)
            today = self._todays[stream] = calendar.local_date(self._view.snapshot.as_of)
            past = islice(working_days(calendar, today, -1), RATE_DAYS)
            self._days[stream] = [*past][::-1]
        return self._days[stream]

    def _daily(self, stream: str) -> list[int]:
        """Everything that it finished, by working day, since anything of it is known."""
        days = (day for day, _ in self._finished.get(stream, ()))
        begun = self._begun.get(stream)
        start = self.calendar(stream).local_date(begun) if begun else date.max
        return self._counted(stream, days, start)

    def _counted(self, stream: str, days: Iterable[date], start: date) -> list[int]:
        counts = self._sums(stream, ((day, 1) for day in days))
        return counts[bisect_left(self.working_days(stream), start) :]

    def _sums(self, stream: str, moves: Iterable[tuple[date, int]]) -> list[int]:
        """What moves come to, by working day."""
        sums = [0] * len(self.working_days(stream))
        for day, by in moves:
            place = self._place(stream, day)
            if place is not None:
                sums[place] += by
        return sums

    def _place(self, stream: str, day: date) -> int | None:
        """Of the working day that `day` is, or that comes before it; None outside of history."""
        place = bisect_right(self.working_days(stream), day) - 1
        is_today = day >= self._todays[stream] and self.calendar(stream).works(day)
        return None if place < 0 or is_today else place

    def _add(self, issue: Issue, done_at: datetime) -> None:
        stream = stream_of(self._view, issue.key)
        begun = self._begun.get(stream)
        self._begun[stream] = min(begun, issue.created_at) if begun else issue.created_at
        day = self.calendar(stream).local_date(done_at)
        self._finished[stream].append((day, issue))
        self._day_of[issue.key] = day
        self._scopes[stream].add(self._view.scope(issue.key))

    def _is_promised(self, issue: Issue) -> bool:
        """It was ever in a version, a sprint or another deliverable."""
        is_planned = issue.milestones or issue.sprint
        return bool(is_planned or self._view.deliverables_of(issue.key))

    def _counts(self, issue: Issue) -> bool:
        """Delivered, no container of other items, not closed in bulk."""
        view = self._view
        if issue.phase is not Phase.DONE or issue.level.is_epic:
            return False
        return not view.children(issue.key) and not view.closed_in_bulk(issue)
