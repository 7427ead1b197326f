"""When items came into deliverables and when they left, and by whose hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from syncd.model.history import Change
from syncd.model.items import Issue, ItemKey, Phase
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

FIELDS = frozenset({"milestones", "sprint", "parent"})
"""Fields whose change moves an item from one deliverable to another."""


PLANNED = 3
"""Items that must be in a deliverable for its scope to have been planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeMove:
    """An item that came (`by` 1) or left (-1), with the change that says so, if one does."""

    item: Issue
    at: datetime
    by: int
    change: Change | None = None

    @property
    def actor(self) -> str | None:
        """Account of who moved it."""
        return self.change.actor if self.change else None


class Scopes:
    """Comings and goings of every deliverable, each read when first asked for."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._left: dict[str, dict[ItemKey, Change]] = defaultdict(dict)
        self._moves: dict[str, tuple[ScopeMove, ...]] = {}
        for change in view.snapshot.changes:
            if change.field in FIELDS and change.old is not None:
                self._left[change.old][change.item] = change

    def of(self, deliverable: Deliverable) -> tuple[ScopeMove, ...]:
        """Oldest first. Items that were dropped left; those that were delivered did not.

        Of an item that went in and out several times only the last move of each kind is told.
        """
        if deliverable.subject not in self._moves:
            found = [*self._of_members(deliverable), *self._of_former(deliverable)]
            found.sort(key=lambda move: (move.at, move.by, move.item.key))
            self._moves[deliverable.subject] = tuple(found)
        return self._moves[deliverable.subject]

    def committed_on(self, deliverable: Deliverable) -> date | None:
        """The day from which on more scope is growth, not planning.

        None where the date never became committed, or hardly anything was in it when it did.
        """
        day = deliverable.committed_on
        if day is None:
            return None
        calendar = self._view.calendar_of(deliverable)
        moves = self.of(deliverable)
        then = sum(move.by for move in moves if calendar.local_date(move.at) <= day)
        return day if then >= PLANNED else None

    def _of_members(self, deliverable: Deliverable) -> Iterator[ScopeMove]:
        places = self.places(deliverable)
        for key in deliverable.members:
            issue = self._view.issue(key)
            if issue is None:
                continue
            came = self.came(issue, places)
            yield came
            if issue.phase is Phase.DROPPED:
                yield ScopeMove(item=issue, at=max(came.at, issue.done_at or came.at), by=-1)

    def _of_former(self, deliverable: Deliverable) -> Iterator[ScopeMove]:
        places, members = self.places(deliverable), set(deliverable.members)
        gone: dict[ItemKey, Change] = {}
        for place in sorted(places):
            for key, change in self._left.get(place, {}).items():
                if key not in gone or gone[key].at < change.at:
                    gone[key] = change
        for key, change in gone.items():
            issue = self._view.issue(key)
            if issue is None or key in members or key in deliverable.bound:
                continue
            if self._view.children(key) and not members.isdisjoint(
                child.key for child in self._view.children(key)
            ):
                continue
            came = self.came(issue, places, before=change)
            yield came
            yield ScopeMove(item=issue, at=change.at, by=-1, change=change)

    def came(self, issue: Issue, places: set[str], before: Change | None = None) -> ScopeMove:
        """By its own last move, else with its parent, else when it was made.

        `places` is what `places` gives for the deliverable.
        """
        last, item, made = self._last_move(issue, places, before), issue, issue.created_at
        while last is None and places.isdisjoint(_held(item)):
            parent = self._view.parent(item.key)
            if parent is None or parent.ref in places:
                break
            last, item = self._last_move(parent, places), parent
            if last is not None and last.at <= made:
                last = None
                break
            made = max(made, parent.created_at)
        return ScopeMove(item=issue, at=last.at if last else issue.created_at, by=1, change=last)

    def _last_move(
        self, issue: Issue, places: set[str], before: Change | None = None
    ) -> Change | None:
        for change in reversed(self._view.changes(issue.key, *FIELDS)):
            if change.new in places and (before is None or change.at < before.at):
                return change
        return None

    def places(self, deliverable: Deliverable) -> set[str]:
        """What changes call the things that an item of it is in."""
        names = {str(key) for key in deliverable.bound}
        issues = [issue for key in deliverable.bound if (issue := self._view.issue(key))]
        return names | {name for issue in issues for name in (issue.ref, *issue.aliases)}


def _held(issue: Issue) -> set[str]:
    """The milestones and the sprint that it is in, as changes call them."""
    return {str(key) for key in (*issue.milestones, *([issue.sprint] if issue.sprint else []))}
