"""When items came into deliverables and when they left, and by whose hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

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
        self._left: dict[str, set[ItemKey]] = defaultdict(set)
        self._moves: dict[str, tuple[ScopeMove, ...]] = {}
        for change in view.snapshot.changes:
            if change.field in FIELDS and change.old is not None:
                self._left[change.old].add(change.item)

    def of(self, deliverable: Deliverable) -> tuple[ScopeMove, ...]:
        """Oldest first. Items that were dropped left; those that were delivered did not."""
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
            stays = self._inside(issue, places)
            for stay in stays:
                yield from stay.moves(issue)
            if issue.phase is Phase.DROPPED:
                came = stays[-1].at
                yield ScopeMove(item=issue, at=max(came, issue.done_at or came), by=-1)

    def _of_former(self, deliverable: Deliverable) -> Iterator[ScopeMove]:
        places, members = self.places(deliverable), set(deliverable.members)
        for key in sorted(self._gone(deliverable, places) - members - set(deliverable.bound)):
            issue = self._view.issue(key)
            if issue is None:
                continue
            children = (child.key for child in self._view.children(key))
            if members.isdisjoint(children):
                for stay in self._ever(issue, places):
                    yield from stay.moves(issue) if stay.left else ()

    def _gone(self, deliverable: Deliverable, places: set[str]) -> set[ItemKey]:
        """What was taken out of it, by itself or with its epic, or from below an epic in it."""
        gone = {key for place in places for key in self._left.get(place, ())}
        inside = (one.key for at in deliverable.bound for one in self._view.milestone_members(at))
        for epic in filter(None, map(self._view.issue, gone.union(inside))):
            if epic.level.is_epic:
                gone.update(child.key for child in self._view.children(epic.key))
                gone.update(*(self._left.get(name, ()) for name in _names(epic)))
        return gone

    def came(self, issue: Issue, places: set[str]) -> ScopeMove:
        """When what is in the deliverable came to stay, by itself or with what it is part of.

        `places` is what `places` gives for the deliverable.
        """
        return next(self._inside(issue, places)[-1].moves(issue))

    def _inside(self, issue: Issue, places: set[str]) -> list[_Stay]:
        """Each time that what is in it was in it, oldest first; the last one goes on."""
        found = self._ever(issue, places)
        return found if found and not found[-1].left else [_Stay(issue.created_at)]

    def _ever(self, issue: Issue, places: set[str]) -> list[_Stay]:
        """Each time that something was in it, by itself or below something else."""
        found: list[_Stay] = []
        every = [*self._stays(issue, places), *self._above(issue, places, frozenset())]
        for stay in sorted(every, key=lambda one: one.at):
            if not found or (found[-1].left and found[-1].left.at < stay.at):
                found.append(stay)
            else:
                found[-1] = found[-1]._replace(left=_later(found[-1].left, stay.left))
        return found

    def _above(self, issue: Issue, places: set[str], below: frozenset[ItemKey]) -> Iterator[_Stay]:
        """Each time that it was below something that was in one of the places."""
        for parent, time in self._parents(issue):
            if parent.key not in below:
                yield from time.within(self._stays(parent, places))
                yield from time.within(self._above(parent, places, below | {issue.key}))

    def _parents(self, issue: Issue) -> Iterator[tuple[Issue, _Stay]]:
        """What it was a part of, and when."""
        moves, since = self._view.changes(issue.key, PARENT), _Stay(issue.created_at)
        for move in moves:
            before = self._view.find(move.old) if move.old else None
            if isinstance(before, Issue):
                yield before, since._replace(left=move)
            since = _Stay(move.at, move)
        if (parent := self._view.parent(issue.key)) is not None:
            is_told = not moves or moves[-1].new in _names(parent)
            yield parent, since if is_told else _Stay(issue.created_at)

    def _stays(self, issue: Issue, places: set[str]) -> list[_Stay]:
        """Each time that it was in one of the places by its own fields, oldest first."""
        now, changes = _held(issue, places), self._view.changes(issue.key, *FIELDS)
        if not changes:
            return [_Stay(issue.created_at)] if now else []
        steps = [
            (one, _place(one.field, one.old, places), _place(one.field, one.new, places))
            for one in changes
        ]
        was: dict[str, bool] = {}
        for _, old, new in steps:
            for place in filter(None, (old, new)):
                was.setdefault(place, place == old)
        inside = {place for place, first in was.items() if first} | (now - was.keys())
        found, came = [], _Stay(issue.created_at)
        for change, old, new in steps:
            had = bool(inside)
            inside.discard(old)
            inside |= {new} - {""}
            if inside and not had:
                came = _Stay(change.at, change)
            elif had and not inside:
                found.append(came._replace(left=change))
        if now:  # where its history lacks how it came back, it never left
            found = [*found, came] if inside or not found else [*found[:-1], came]
        return found

    def places(self, deliverable: Deliverable) -> set[str]:
        """What changes call the things that an item of it is in."""
        names = {str(key) for key in deliverable.bound}
        issues = [issue for key in deliverable.bound if (issue := self._view.issue(key))]
        return names | {name for issue in issues for name in _names(issue)}


def settled(view: View, moves: Iterable[ScopeMove]) -> list[ScopeMove]:
    """Of each item the last of them, if it is elsewhere by them than it was before.

    Without those of bulk edits: what was planned with many at once is no growth.
    """
    every: dict[ItemKey, list[ScopeMove]] = defaultdict(list)
    for move in moves:
        every[move.item.key].append(move)
    last = (many[-1] for many in every.values() if sum(one.by for one in many))
    return [one for one in last if not (one.change and view.bulk(one.change))]


class _Stay(NamedTuple):
    """From when to when an item was in a deliverable, with the changes that say so."""

    at: datetime
    by: Change | None = None
    left: Change | None = None
    """None while it is in it."""

    def within(self, others: Iterable[_Stay]) -> Iterator[_Stay]:
        """What of the others lies in this one."""
        for other in others:
            first = max(self, other, key=lambda one: one.at)
            left = _sooner(self.left, other.left)
            if left is None or left.at > first.at:
                yield first._replace(left=left)

    def moves(self, item: Issue) -> Iterator[ScopeMove]:
        """Its beginning and, once it is over, its end."""
        yield ScopeMove(item=item, at=self.at, by=1, change=self.by)
        if self.left:
            yield ScopeMove(item=item, at=self.left.at, by=-1, change=self.left)


def _later(one: Change | None, other: Change | None) -> Change | None:
    return max(one, other, key=lambda change: change.at) if one and other else None


def _sooner(one: Change | None, other: Change | None) -> Change | None:
    return min(one, other, key=lambda change: change.at) if one and other else one or other


def _names(issue: Issue) -> tuple[str, ...]:
    return (issue.ref, *issue.aliases)


PARENT = "parent"
"""Stands for any parent that is one of the places, by whatever name it was called then."""


def _place(field: str, value: str | None, places: set[str]) -> str:
    """What a change took it out of, or put it into; "" for what is none of the places."""
    if value is None or value not in places:
        return ""
    return PARENT if field == PARENT else value


def _held(issue: Issue, places: set[str]) -> set[str]:
    """The places that it is in by its own fields."""
    keys = {str(key) for key in (*issue.milestones, *([issue.sprint] if issue.sprint else []))}
    return (keys & places) | ({PARENT} if issue.parent in places else set())
