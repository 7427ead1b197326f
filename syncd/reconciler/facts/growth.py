"""How much work came into a deliverable, left it and was finished, between two days."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Fact
from syncd.model.items import Issue, ItemKey, Phase
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.splits import Splits
from syncd.reconciler.forecast.scope import ScopeMove, Scopes, settled
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

SIZED = 0.8
"""Share of members that must have a size for sizes to be compared, not counts."""

A_DAY = timedelta(days=1)
"""A copy that came in later than that after it was made is no part of what it is a copy of."""

BUGS = frozenset({"bug", "defect"})
"""Types and labels of what was found to be wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Items that came, left and were finished in (start, end]."""

    came: tuple[ScopeMove, ...]
    left: tuple[ScopeMove, ...]
    finished: tuple[Issue, ...]

    @property
    def net(self) -> int:
        """Items that came, less those that left."""
        return len(self.came) - len(self.left)

    @property
    def least(self) -> int:
        """The smaller of what came, net, and what was finished."""
        return min(self.net, len(self.finished))


def dropped(
    view: View, among: Iterable[Deliverable], since: datetime
) -> list[tuple[Deliverable, list[Issue]]]:
    """What was dropped from each, every item from the first that it is in.

    A duplicate is no less work: it goes on as what it is a duplicate of.
    """
    found: dict[str, list[Issue]] = defaultdict(list)
    whole = {one.id: one for one in among}
    for issue in view.snapshot.issues:
        is_new = issue.phase is Phase.DROPPED and issue.done_at and issue.done_at > since
        if is_new and not issue.restricted and not view.original(issue.key):
            of = (one.id for one in view.deliverables_of(issue.key) if one.id in whole)
            for name in islice(of, 1):
                found[name].append(issue)
    return [(whole[name], issues) for name, issues in found.items()]


def flow(view: View, deliverable: Deliverable, start: date, end: date) -> Flow:
    """Of a deliverable; splits of what was in it and bulk edits count as nothing."""
    calendar = view.calendar_of(deliverable)
    every = real_moves(view, deliverable)
    moves = settled(view, (m for m in every if start < calendar.local_date(m.at) <= end))
    members = (view.issue(key) for key in deliverable.members)
    return Flow(
        came=tuple(move for move in moves if move.by > 0),
        left=tuple(move for move in moves if move.by < 0),
        finished=tuple(
            issue
            for issue in members
            if issue
            and issue.phase is Phase.DONE
            and issue.done_at
            and start < calendar.local_date(issue.done_at) <= end
            and not view.closed_in_bulk(issue)
        ),
    )


def real_moves(view: View, deliverable: Deliverable) -> list[ScopeMove]:
    """Comings and goings, oldest first; an item that was split counts as the one it was."""
    scopes = view.once(Scopes)
    places = scopes.places(deliverable)
    found: list[ScopeMove] = []
    wholes: dict[ItemKey, Issue] = {}
    for move in scopes.of(deliverable):
        whole = _whole(view, _origin(view, deliverable, move, places), places)
        if whole.key == move.item.key:
            found.append(move)
        elif move.by > 0:
            wholes[whole.key] = whole
    told = {move.item.key for move in found if move.by > 0}
    for key in wholes.keys() - told:
        found += scopes.of_inside(wholes[key], places)
    return sorted(found, key=lambda move: (move.at, move.by, move.item.key))


def _origin(view: View, deliverable: Deliverable, move: ScopeMove, places: frozenset[str]) -> Issue:
    """What is in the deliverable that its item was split from, or copied from as it came in.

    The item itself where it was committed to like any other, or where the first one was dropped.
    """
    scopes, splits, since = view.once(Scopes), view.once(Splits), deliverable.committed_on
    item, seen = move.item, {move.item.key}
    if since and view.calendar_of(deliverable).local_date(move.at) <= since:
        return item
    while True:
        key = splits.split.get(item.key)
        if key is None and item.key in splits.cloned:
            is_new = next(scopes.of_inside(item, places)).at - item.created_at < A_DAY
            key = splits.cloned[item.key] if is_new else None
        origin = view.issue(key) if key else None
        if origin is None or origin.key in seen or origin.phase is Phase.DROPPED:
            return item
        if not _is_inside(view, origin, places):
            return item
        seen.add(origin.key)
        item = origin


def _whole(view: View, item: Issue, places: frozenset[str]) -> Issue:
    """The topmost item above it, epics apart, that is in the deliverable too."""
    while (parent := view.parent(item.key)) is not None:
        is_bound = parent.ref in places or parent.level.is_epic
        if is_bound or not _is_inside(view, parent, places):
            break
        item = parent
    return item


def _is_inside(view: View, issue: Issue, places: frozenset[str]) -> bool:
    """It carries a milestone of it, or is a child of what is it."""
    above = view.parent(issue.key)
    own = {str(key) for key in (*issue.milestones, *([issue.sprint] if issue.sprint else []))}
    return not places.isdisjoint(own) or (above is not None and above.ref in places)


def bugs_apart(moves: Sequence[ScopeMove]) -> tuple[list[ScopeMove], list[ScopeMove]]:
    """The moves, oldest first, without those of bugs that came in by them; and how these came in.

    A bug that is found in what was committed to makes it no larger.
    """
    first = {move.item.key: move for move in reversed(moves)}.values()
    bugs = [move for move in reversed(first) if move.by > 0 and _is_bug(move.item)]
    keys = {move.item.key for move in bugs}
    return [move for move in moves if move.item.key not in keys], bugs


def _is_bug(item: Issue) -> bool:
    names = {item.type, *item.labels}
    return not BUGS.isdisjoint(name.casefold() for name in names)


def bugs(found: Sequence[ScopeMove]) -> list[Fact]:
    """`Bugs found in it, not counted: PAY-7 and PAY-9`; none where there are none."""
    refs = wording.listing(subjects.refs(move.item for move in found))
    return [Fact(text=f"Bugs found in it, not counted: {refs}")] if refs else []


def scope_on(moves: Iterable[ScopeMove], day: date, calendar: WorkingCalendar, unit: Unit) -> float:
    """Items, or their size, in the deliverable at the end of `day`."""
    return sum(
        move.by * unit.of(move.item) for move in moves if calendar.local_date(move.at) <= day
    )


@dataclass(frozen=True, slots=True)
class Unit:
    """What scope is counted in: sizes where nearly every item has one, else items."""

    sized: bool

    def of(self, item: Issue) -> float:
        """What one item counts; one that has no size among sized ones counts nothing."""
        return max(0.0, item.size or 0.0) if self.sized else 1.0

    def words(self, amount: float) -> str:
        """`3 items`, `13 points`."""
        number = f"{amount:g}"
        return f"{number} {'point' if self.sized else 'item'}{'' if amount == 1 else 's'}"


def unit_of(moves: Sequence[ScopeMove]) -> Unit:
    """Sizes where at least 80 % of what is or was in it have one; 0 is none, as some fill it in."""
    sized = sum((move.item.size or 0.0) > 0 for move in moves)
    return Unit(bool(moves) and sized >= SIZED * len(moves))


def adders(view: View, came: Iterable[ScopeMove]) -> list[Fact]:
    """`Who added: Ada 4, Osei 2`; none where nobody is known."""
    counted = Counter(
        view.account_name(move.item.key.source, move.actor) for move in came if move.actor
    )
    ordered = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    names = ", ".join(f"{name} {count}" for name, count in ordered[:3])
    return [Fact(text=f"Who added: {names}")] if names else []


def newest(view: View, came: Sequence[ScopeMove], calendar: WorkingCalendar) -> list[Fact]:
    """The five items that came last, newest first."""
    found = []
    for move in sorted(came, key=lambda move: move.at, reverse=True)[:5]:
        who = view.account_name(move.item.key.source, move.actor)
        by = f" by {who}" if who else ""
        day = wording.day(calendar.local_date(move.at), view.today)
        name = "A restricted item" if move.item.restricted else subjects.called(move.item)
        found.append(
            Fact(
                text=f"{name} came in on {day}{by}",
                source=move.item.key.source,
                seen_at=move.at,
                url="" if move.item.restricted else move.item.url,
            )
        )
    return found
