"""When items came into deliverables and when they left, and by whose hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from syncd.model.history import Change
from syncd.model.items import Issue, ItemKey, MilestoneKind, Phase, item_key
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
        self._parents_read: dict[
            tuple[ItemKey, frozenset[str]], tuple[list[_Stay], list[_Part]]
        ] = {}
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
            moves = [*self.of_inside(issue, places)]
            yield from moves
            if issue.phase is Phase.DROPPED:
                came = moves[-1].at
                yield ScopeMove(item=issue, at=max(came, issue.done_at or came), by=-1)

    def _of_former(self, deliverable: Deliverable) -> Iterator[ScopeMove]:
        """What is told by its parts, which are in it or left as well, is counted once."""
        places, members = self.places(deliverable), set(deliverable.members)
        gone = self._gone(deliverable, places)
        for key in sorted(gone - members - set(deliverable.bound)):
            issue = self._view.issue(key)
            if issue is None:
                continue
            parts = {child.key for child in self._view.children(key)}
            is_told_by_parts = issue.level.is_epic and parts
            if not is_told_by_parts and parts.isdisjoint(members | gone):
                for stay in self._ever(issue, places):
                    yield from stay.moves(issue) if stay.left else ()

    def _gone(self, deliverable: Deliverable, places: frozenset[str]) -> set[ItemKey]:
        """What was taken out of it, by itself or with its epic, or from below an epic in it."""
        gone = {key for place in places for key in self._left.get(place, ())}
        inside = (one.key for at in deliverable.bound for one in self._view.milestone_members(at))
        waiting, seen = [*gone, *inside, *deliverable.bound], set[ItemKey]()
        while waiting:
            epic = self._view.issue(waiting.pop())
            if epic and epic.level.is_epic and epic.key not in seen:
                seen.add(epic.key)
                below = {child.key for child in self._view.children(epic.key)}
                below.update(*(self._left.get(name, ()) for name in _names(epic)))
                gone |= below
                waiting += below
        return gone

    def of_inside(self, issue: Issue, places: frozenset[str]) -> Iterator[ScopeMove]:
        """How what is in the deliverable came, left and came back, oldest first.

        By itself or with what it is part of. `places` is what `places` gives for the deliverable.
        """
        for stay in self._inside(issue, places):
            yield from stay.moves(issue)

    def _inside(self, issue: Issue, places: frozenset[str]) -> list[_Stay]:
        """Each time that what is in it was in it, oldest first; the last one goes on."""
        found = self._ever(issue, places)
        return found if found and not found[-1].left else [_Stay(issue.created_at)]

    def _ever(self, issue: Issue, places: frozenset[str]) -> list[_Stay]:
        """Each time that something was in it, by itself or below something else."""
        own, found = self._stays(issue, places), list[_Stay]()
        if own == [_Stay(issue.created_at)]:
            return own
        for stay in sorted([*own, *self._above(issue, places)], key=lambda one: one.at):
            if not found or (found[-1].left and found[-1].left.at < stay.at):
                found.append(stay)
            else:
                found[-1] = found[-1]._replace(left=_later(found[-1].left, stay.left))
        return found

    def _above(self, issue: Issue, places: frozenset[str]) -> list[_Stay]:
        """Each time that it was below something that was in one of the places."""
        found, seen = list[_Stay](), set[tuple[ItemKey, _Stay]]()
        waiting = self._up(issue, places)
        for parent, time in waiting:
            if (parent.key, time) in seen:
                continue
            seen.add((parent.key, time))
            inside, above = self._of_parent(parent, places)
            found += time.within(inside)
            waiting += [(one, span) for one, other in above for span in time.within([other])]
        return found

    def _of_parent(self, parent: Issue, places: frozenset[str]) -> tuple[list[_Stay], list[_Part]]:
        """Its `_stays` and `_up`, read once for all its children."""
        if (parent.key, places) not in self._parents_read:
            read = self._stays(parent, places), self._up(parent, places)
            self._parents_read[parent.key, places] = read
        return self._parents_read[parent.key, places]

    def _up(self, issue: Issue, places: frozenset[str]) -> list[_Part]:
        """What it was a part of, and when.

        Except while it was in another version: who puts it there takes it out.
        """
        parents = list(self._parents(issue))
        others = self._others(issue, places) if parents else frozenset()
        if not others:
            return parents
        free = list(_between(self._stays(issue, others), issue.created_at))
        return [(one, span) for one, time in parents for at in free for span in at.within([time])]

    def _others(self, issue: Issue, places: frozenset[str]) -> frozenset[str]:
        """Versions or milestones that it was ever in, of a kind that is among the places."""
        names = {str(key) for key in issue.milestones}
        for change in self._view.changes(issue.key, "milestones"):
            names.update(filter(None, (change.old, change.new)))
        if names <= places:
            return frozenset()
        kinds = {self._kind(place) for place in places} - {None}
        return frozenset(name for name in names - places if self._kind(name) in kinds)

    def _kind(self, name: str) -> MilestoneKind | None:
        key = item_key(name)
        found = self._view.milestone(key) if key else None
        return found.kind if found else None

    def _parents(self, issue: Issue) -> Iterator[_Part]:
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

    def _stays(self, issue: Issue, places: frozenset[str]) -> list[_Stay]:
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

    def places(self, deliverable: Deliverable) -> frozenset[str]:
        """What changes call the things that an item of it is in."""
        names = {str(key) for key in deliverable.bound}
        issues = [issue for key in deliverable.bound if (issue := self._view.issue(key))]
        return frozenset(names.union(*map(_names, issues)))


def settled(view: View, moves: Iterable[ScopeMove]) -> list[ScopeMove]:
    """Of each item that is elsewhere by them than it was before, the last that people meant.

    Where bulk edits alone put it there, none: what was planned with many at once is no growth, nor
    is it when somebody takes it out and puts it back.
    """
    found: dict[ItemKey, Balance] = defaultdict(Balance)
    last: dict[tuple[ItemKey, int], ScopeMove] = {}
    for move in moves:
        if found[move.item.key].take(view, move):
            last[move.item.key, move.by] = move
    return [last[key, one.net] for key, one in found.items() if one.net]


@dataclass(slots=True)
class Balance:
    """What the comings and goings of an item come to: all, and those that people meant."""

    every: int = 0
    meant: int = 0

    def take(self, view: View, move: ScopeMove) -> bool:
        """Count a move; whether people meant just this item."""
        is_meant = not (move.change and view.bulk(move.change))
        self.every += move.by
        self.meant += move.by * is_meant
        return is_meant

    @property
    def net(self) -> int:
        """1 if it came because people meant it to, -1 if it left so, else 0."""
        return (self.every > 0 < self.meant) - (self.every < 0 > self.meant)


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


_Part = tuple[Issue, _Stay]
"""What something was a part of, and when."""


def _between(stays: Iterable[_Stay], since: datetime) -> Iterator[_Stay]:
    """The times from `since` on that are in none of them, oldest first."""
    begins: _Stay | None = _Stay(since)
    for stay in stays:
        if begins and stay.by:
            yield begins._replace(left=stay.by)
        begins = _Stay(stay.left.at, stay.left) if stay.left else None
    if begins:
        yield begins


def _later(one: Change | None, other: Change | None) -> Change | None:
    return max(one, other, key=lambda change: change.at) if one and other else None


def _sooner(one: Change | None, other: Change | None) -> Change | None:
    return min(one, other, key=lambda change: change.at) if one and other else one or other


def _names(issue: Issue) -> tuple[str, ...]:
    return (issue.ref, *issue.aliases)


PARENT = "parent"
"""Stands for any parent that is one of the places, by whatever name it was called then."""


def _place(field: str, value: str | None, places: frozenset[str]) -> str:
    """What a change took it out of, or put it into; "" for what is none of the places."""
    if value is None or value not in places:
        return ""
    return PARENT if field == PARENT else value


def _held(issue: Issue, places: frozenset[str]) -> set[str]:
    """The places that it is in by its own fields."""
    keys = {str(key) for key in (*issue.milestones, *([issue.sprint] if issue.sprint else []))}
    return (keys & places) | ({PARENT} if issue.parent in places else set())
