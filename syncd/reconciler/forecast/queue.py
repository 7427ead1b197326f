"""Which open items a team does before those of a deliverable (`reconciler.md` §D2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import groupby

from syncd.model.items import Issue, ItemKey
from syncd.reconciler.forecast.flow import stream_of
from syncd.reconciler.forecast.scope import Scopes
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

FORGOTTEN = 60
"""Working days after its target from which on a deliverable holds nobody up any more."""


class Queues:
    """Open items of every deliverable by stream, in the order of targets."""

    def __init__(self, view: View) -> None:
        self._view = view
        self.own: dict[str, dict[str, list[Issue]]] = {}
        """Deliverable subject → stream → its open items."""
        self.since: dict[str, date] = {}
        """Stream → the day on which its first item came into a deliverable."""
        self._until: dict[str, dict[str, int]] = {}
        for one in view.deliverables:
            self.own[one.subject] = self._open(one)
            self._note_begin(one)
        seen: dict[str, set[ItemKey]] = defaultdict(set)
        for _, group in groupby(sorted(self._waiting(), key=_place), key=_place):
            together = list(group)
            for one in together:
                for stream, items in self.own[one.subject].items():
                    seen[stream].update(issue.key for issue in items)
            for one in together:
                own = self.own[one.subject]
                self._until[one.subject] = {stream: len(seen[stream]) for stream in own}

    def ahead(self, deliverable: Deliverable, stream: str) -> int:
        """Open items of others that the stream does first: their target is no later."""
        own = len(self.own[deliverable.subject].get(stream, ()))
        return self._until.get(deliverable.subject, {}).get(stream, own) - own

    def _open(self, deliverable: Deliverable) -> dict[str, list[Issue]]:
        found: dict[str, list[Issue]] = defaultdict(list)
        for key in deliverable.members:
            issue = self._view.issue(key)
            if issue is not None and not issue.phase.is_closed:
                found[stream_of(self._view, key)].append(issue)
        return dict(sorted(found.items()))

    def _note_begin(self, deliverable: Deliverable) -> None:
        """When each of its streams first had an item in it; moves come oldest first."""
        missing = set(self.own[deliverable.subject])
        for move in self._view.once(Scopes).of(deliverable):
            if not missing:
                return
            stream = stream_of(self._view, move.item.key)
            if stream in missing:
                missing.remove(stream)
                day = self._view.team_calendar(stream).local_date(move.at)
                self.since[stream] = min(day, self.since.get(stream, day))

    def _waiting(self) -> Iterator[Deliverable]:
        """Open deliverables without those whose date nobody heeds any more."""
        calendar, today = self._view.config.calendar, self._view.today
        for one in self._view.deliverables:
            late = one.target and calendar.between(one.target.day, today)
            if not one.done and not (late and late > FORGOTTEN):
                yield one


def _place(deliverable: Deliverable) -> date:
    return deliverable.target.day if deliverable.target else date.max
