"""The snapshot by key, by name and by family, so that nothing searches it twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from operator import attrgetter

from syncd.model.calendar import WorkingCalendar
from syncd.model.history import Change
from syncd.model.items import Issue, Item, ItemKey, Milestone
from syncd.model.links import Evidence
from syncd.model.snapshot import Scope, Snapshot


class Index:
    """Look-ups over one snapshot; every answer is sorted or has one possible order."""

    issue: Callable[[ItemKey | None], Issue | None]
    """An item, if it is an issue. Asked for most of all: the method of a dict."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.items: dict[ItemKey, Item] = {item.key: item for item in snapshot.items}
        issues: dict[ItemKey | None, Issue] = {issue.key: issue for issue in snapshot.issues}
        self.issue = issues.get
        self._names = _names(self.items.values())
        self._scopes: dict[tuple[str, str], Scope] = {}
        self._changes: dict[ItemKey, tuple[Change, ...]] = {
            key: tuple(many) for key, many in groupby(snapshot.changes, attrgetter("item"))
        }
        self.parents: dict[ItemKey, ItemKey] = self._read_parents()
        self._above = _without_circles(self.parents)
        self._children = self._issues_by(self._above.items())
        self._members = self._issues_by(
            (issue.key, milestone)
            for issue in snapshot.issues
            for milestone in {*issue.milestones, *([issue.sprint] if issue.sprint else [])}
        )
        self.pull_requests_of = _inverse(
            (pull.key, milestone)
            for pull in snapshot.pull_requests
            for milestone in pull.milestones
        )

    @cached_property
    def rank(self) -> dict[ItemKey, int]:
        """Place of each item in the order of keys: cheap to sort by."""
        return {key: place for place, key in enumerate(sorted(self.items))}

    def find(self, ref: str, source: str = "") -> Item | None:
        """By current ref, then by URL or former ref; an item of `source` comes first.

        What can be seen comes before what cannot: a source of another name has the same refs.
        """
        named = self._names.get(ref, ())
        if len(named) == 1:
            return named[0]
        names = (ref,) if named else self._folded_names.get(_folded(ref), ())
        found = [_called(item, name) for name in names for item in self._names[name]]
        if not found:
            return None
        own = [entry for entry in found if entry[1].source == source]
        hidden = self.snapshot.invisible
        return self.items[min(own or found, key=lambda one: (one[1] in hidden, *one))[1]]

    @cached_property
    def _folded_names(self) -> dict[str, tuple[str, ...]]:
        """Names that are the same when folded; built only when a name is not the exact one."""
        found: dict[str, tuple[str, ...]] = {}
        for name in self._names:
            folded = _folded(name)
            found[folded] = (*found.get(folded, ()), name)
        return found

    def named_once(self, name: str) -> tuple[Milestone, ...]:
        """Milestones that were called so; whoever was last comes first."""
        return self._former_names.get(name.casefold(), ())

    @cached_property
    def _former_names(self) -> dict[str, tuple[Milestone, ...]]:
        had = sorted(
            ((change.at, one.key, change.old, one) for one in self.snapshot.milestones
             for change in self.changes(one.key, ("title",)) if change.old),
            key=lambda entry: entry[:2], reverse=True,
        )  # fmt: skip
        found: dict[str, tuple[Milestone, ...]] = {}
        for _, _, name, one in had:
            for called in (name.casefold(), f"{one.scope} {name}".casefold()):
                found[called] = (*found.get(called, ()), one)
        return found

    def changes(self, key: ItemKey, fields: tuple[str, ...] = ()) -> tuple[Change, ...]:
        """Oldest first; only of `fields` when given."""
        found = self._changes.get(key, ())
        return tuple([one for one in found if one.field in fields]) if fields else found

    def children(self, key: ItemKey) -> tuple[Issue, ...]:
        """Direct children."""
        return self._children.get(key, ())

    def descendants(self, key: ItemKey) -> Iterator[Issue]:
        """Children at every depth, each once."""
        waiting = [key]
        while waiting:
            for child in self.children(waiting.pop()):
                waiting.append(child.key)
                yield child

    def parent(self, key: ItemKey) -> Issue | None:
        """The parent, where it is held; of parents in a circle the smallest key has none."""
        return self.issue(self._above.get(key))

    def parent_circles(self) -> Iterator[list[ItemKey]]:
        """Items each of which is a part of the next, and the last of the first; smallest first."""
        for first in sorted(self.parents.keys() - self._above.keys()):
            circle = [first]
            while (above := self.parents[circle[-1]]) != first:
                circle.append(above)
            yield circle

    def ancestors(self, key: ItemKey) -> Iterator[Issue]:
        """Parent, its parent and so on, each once."""
        while (found := self.parent(key)) is not None:
            yield found
            key = found.key

    def milestone_members(self, key: ItemKey) -> tuple[Issue, ...]:
        """Issues that carry the milestone or are in the sprint."""
        return self._members.get(key, ())

    def scope(self, key: ItemKey) -> Scope:
        """The data that an item comes from; the source alone for one that is not held."""
        item = self.items.get(key)
        place = key.source, item.scope if item else ""
        if place not in self._scopes:
            self._scopes[place] = Scope(*place)
        return self._scopes[place]

    def value_at(
        self, key: ItemKey, field: str, day: date, calendar: WorkingCalendar
    ) -> str | None:
        """Value of a scalar or claim field at the end of local `day`; None before it was there."""
        item = self.items.get(key)
        created_at = getattr(item, "created_at", None)
        if item is None or (created_at and calendar.local_date(created_at) > day):
            return None
        changes = self.changes(key, (field,))
        before = [change for change in changes if calendar.local_date(change.at) <= day]
        if before:
            return before[-1].new
        return changes[0].old if changes else _value_now(item, field, day, calendar)

    def _issues_by(
        self, pairs: Iterable[tuple[ItemKey, ItemKey]]
    ) -> dict[ItemKey, tuple[Issue, ...]]:
        """Of pairs (issue, group): the issues of each group."""
        return {
            group: tuple([issue for key in keys if (issue := self.issue(key)) is not None])
            for group, keys in _inverse(pairs).items()
        }

    def _read_parents(self) -> dict[ItemKey, ItemKey]:
        found: dict[ItemKey, ItemKey] = {}
        for link in self.snapshot.links:
            if link.evidence is Evidence.PARENT and link.near in self.items:
                held = link.far if link.far in self.items else None
                named = self.find(link.far_ref, link.near.source)
                far = held or (named.key if named else None)
                if far is not None and far != link.near:
                    found[link.near] = far
        for issue in self.snapshot.issues:
            parent = self.find(issue.parent, issue.key.source) if issue.parent else None
            if parent is not None and parent.key != issue.key:
                found[issue.key] = parent.key
        return found


def _without_circles(parents: dict[ItemKey, ItemKey]) -> dict[ItemKey, ItemKey]:
    """Parents that lead to a top: of those in a circle the smallest key has none."""
    found, walks = dict(parents), dict[ItemKey, ItemKey]()
    for start in parents:
        key = start
        while key in found and key not in walks:
            walks[key] = start
            key = found[key]
        if key in found and walks[key] == start:
            circle = [key]
            while (above := found[circle[-1]]) != key:
                circle.append(above)
            del found[min(circle)]
    return found


def _names(items: Iterable[Item]) -> dict[str, tuple[Item, ...]]:
    """Each name as written (ref, URL, former refs) with the items of that name."""
    found: dict[str, tuple[Item, ...]] = {}
    for item in items:
        for name in {item.ref, item.url, *item.aliases}:
            found[name] = (*found.get(name, ()), item)
    found.pop("", None)
    return found


def _called(item: Item, name: str) -> tuple[int, ItemKey]:
    """(0 current ref, 1 URL, 2 former ref) and the key of an item of that name."""
    return (0 if name == item.ref else 1 if name == item.url else 2), item.key


def _folded(name: str) -> str:
    return name.partition("#issuecomment")[0].partition("?")[0].rstrip("/").casefold()


def _inverse(pairs: Iterable[tuple[ItemKey, ItemKey]]) -> dict[ItemKey, list[ItemKey]]:
    found: dict[ItemKey, list[ItemKey]] = defaultdict(list)
    for one, other in sorted(pairs):
        found[other].append(one)
    return dict(found)


def _value_now(item: Item, field: str, day: date, calendar: WorkingCalendar) -> str | None:
    for claim in item.claims:
        if claim.field == field:
            later = claim.set_at is not None and calendar.local_date(claim.set_at) > day
            return None if later else claim.hi.isoformat()
    return _text(getattr(item, field, None))


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)
