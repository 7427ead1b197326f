"""The issues that make up a deliverable, each once, at the deepest level with open work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from syncd.model.items import Issue, Item, ItemKey, Milestone, MilestoneKind
from syncd.reconciler.resolve.index import Index
from syncd.reconciler.resolve.resolution import Implementation

CLOSED_BY = 0.85
"""From this confidence on a pull request counts as closing the issue."""


def members(
    index: Index, bound: Iterable[Item], closed_by: Mapping[ItemKey, tuple[Implementation, ...]]
) -> tuple[ItemKey, ...]:
    """Issues of the bound milestones and epics, sorted by key.

    `closed_by` maps a pull request to what it implements.
    """
    bound = tuple(bound)
    found: set[ItemKey] = set()
    milestones = {item.key for item in bound if isinstance(item, Milestone)}
    for item in bound:
        if isinstance(item, Issue):
            found.add(item.key)
            found.update(child.key for child in index.descendants(item.key))
    carrying = _carrying(index, sorted(milestones), closed_by)
    found |= _with_parts(index, carrying, milestones)
    return tuple(sorted(_deepest(index, found)))


def _carrying(
    index: Index,
    milestones: Iterable[ItemKey],
    closed_by: Mapping[ItemKey, tuple[Implementation, ...]],
) -> Iterator[Issue]:
    for milestone in milestones:
        yield from index.milestone_members(milestone)
        for pull in index.pull_requests_of.get(milestone, ()):
            for closing in closed_by.get(pull, ()):
                issue = index.issue(closing.issue)
                if issue is not None and closing.confidence >= CLOSED_BY:
                    yield issue


def _with_parts(index: Index, issues: Iterable[Issue], milestones: set[ItemKey]) -> set[ItemKey]:
    """With their descendants, without those that somebody put into another version."""
    found: set[ItemKey] = set()
    waiting = [issue.key for issue in issues]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            parts = index.children(key)
            waiting += [part.key for part in parts if not _moved(index, part, milestones)]
    return found


def _moved(index: Index, child: Issue, milestones: set[ItemKey]) -> bool:
    kinds = {_kind(index, key) for key in milestones}
    others = [key for key in child.milestones if _kind(index, key) in kinds]
    return bool(others) and milestones.isdisjoint(others)


def _kind(index: Index, key: ItemKey) -> MilestoneKind | None:
    item = index.items.get(key)
    return item.kind if isinstance(item, Milestone) else None


def _deepest(index: Index, found: set[ItemKey]) -> Iterator[ItemKey]:
    below = {key: [c for c in index.children(key) if c.key in found] for key in found}
    has_open_below = _open_below(index, found)
    inside = {child.key for children in below.values() for child in children}
    waiting = sorted(found - inside)
    while waiting:
        key = waiting.pop()
        issue = index.issue(key)
        if issue is None:
            continue
        is_epic = issue.level.is_epic and bool(index.children(key))
        if is_epic or key in has_open_below:
            waiting += [child.key for child in below[key]]
        if not is_epic and key not in has_open_below:
            yield key


def _open_below(index: Index, found: set[ItemKey]) -> set[ItemKey]:
    """Issues of `found` that have an open descendant in it."""
    marked: set[ItemKey] = set()
    for key in found:
        issue = index.issue(key)
        if issue is None or issue.phase.is_closed:
            continue
        for ancestor in index.ancestors(key):
            if ancestor.key in marked:
                break
            if ancestor.key in found:
                marked.add(ancestor.key)
    return marked
