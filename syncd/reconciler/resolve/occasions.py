"""Which calendar events are a deliverable's gates, launches and freezes (`reconciler.md` §A2)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from syncd.errors import ConfigError
from syncd.model.items import CalendarEvent, Issue, ItemKey, is_sprint
from syncd.reconciler.config import EventPatterns
from syncd.reconciler.resolve.binding import normalised
from syncd.reconciler.resolve.grouping import Group, Selected
from syncd.reconciler.resolve.index import Index


@dataclass(slots=True)
class Occasions:
    """Events of one group by their role."""

    gates: set[ItemKey] = field(default_factory=set)
    launches: set[ItemKey] = field(default_factory=set)
    freezes: set[ItemKey] = field(default_factory=set)

    def add(self, event: CalendarEvent, role: str) -> None:
        """Keep an event under `gate`, `launch` or `freeze`."""
        {"gate": self.gates, "launch": self.launches, "freeze": self.freezes}[role].add(event.key)


class Roles:
    """Reads the role of an event from its title; a review of a launch is a gate."""

    def __init__(self, patterns: EventPatterns) -> None:
        self._patterns = tuple(
            (role, _compiled(role, getattr(patterns, role)))
            for role in ("gate", "freeze", "launch")
        )

    def of(self, event: CalendarEvent) -> str:
        """gate, freeze, launch or "" for everything else."""
        for role, pattern in self._patterns:
            if pattern.search(event.title):
                return role
        return ""


def occasions(
    index: Index, groups: Sequence[Group], selected: Iterable[Selected], roles: Roles
) -> list[Occasions]:
    """The events of each group, in the order of `groups`."""
    found = {id(group): Occasions() for group in groups}
    taken: set[ItemKey] = set()
    for one in selected:
        taken.add(one.event.key)
        for group in _groups_of(index, groups, one):
            role = "gate" if one.gate else roles.of(one.event) or "launch"
            found[id(group)].add(one.event, role)
    series = Counter(event.recurring_id for event in index.snapshot.events)
    for event in index.snapshot.events:
        role = roles.of(event)
        if event.key in taken or event.type != "default" or event.private or not role:
            continue
        near = _referred(index, groups, event)
        # One meeting of a weekly series is not the review of a release because of its name.
        if not near and (event.recurring_id is None or series[event.recurring_id] == 1):
            near = _named(groups, event)
        for group in near:
            found[id(group)].add(event, role)
    return [found[id(group)] for group in groups]


def _compiled(role: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ConfigError(
            f'the pattern for {role} events, "{pattern}", is not a regular expression: {error}',
            hint=f"mend events.{role}",
        ) from error


def _groups_of(index: Index, groups: Sequence[Group], one: Selected) -> list[Group]:
    """The group that a selected event belongs to; [] where it could be several."""
    if one.group is not None:
        return [one.group]
    listed = [group for group in groups if one.program in group.programs]
    return (
        _referred(index, listed, one.event)
        or _named(listed, one.event)
        or _outermost(index, listed)
    )


def _referred(index: Index, groups: Sequence[Group], event: CalendarEvent) -> list[Group]:
    """The one group of which the event names a bound item, else a member."""
    items = [item for ref in event.refs if (item := index.find(ref)) is not None]
    bound = [group for group in groups if any(item.key in group.items for item in items)]
    if bound:
        return _outermost(index, bound)
    issues = [item for item in items if isinstance(item, Issue)]
    return _outermost(
        index,
        [g for g in groups if not is_only_sprint(g) and any(_is_in(index, i, g) for i in issues)],
    )


def _named(groups: Sequence[Group], event: CalendarEvent) -> list[Group]:
    """The one group whose name stands in the title; the longest name wins."""
    title = normalised(event.title)
    lengths: dict[int, list[Group]] = {}
    for group in groups:
        fitting = [len(name) for name in _names(group) if _stands_in(name, title)]
        if fitting and not is_only_sprint(group):
            lengths.setdefault(max(fitting), []).append(group)
    longest = lengths[max(lengths)] if lengths else []
    return longest if len(longest) == 1 else []


def _names(group: Group) -> Iterator[tuple[str, ...]]:
    """Names that tell it apart; a bare number could be anybody's."""
    texts = [milestone.name for milestone in group.milestones()]
    texts += [f"{milestone.scope} {milestone.name}" for milestone in group.milestones()]
    texts += [issue.title for issue in group.issues()]
    texts += [group.declared.name] if group.declared else []
    for text in texts:
        name = normalised(text)
        if any(len(word) >= 3 and word.isalpha() for word in name):
            yield name


def _stands_in(name: tuple[str, ...], title: tuple[str, ...]) -> bool:
    return any(title[at : at + len(name)] == name for at in range(len(title) - len(name) + 1))


def _outermost(index: Index, groups: Sequence[Group]) -> list[Group]:
    """The group that is the only one, or that contains all the others."""
    if len(groups) < 2:
        return list(groups)
    outer = [
        group
        for group in groups
        if all(other is group or _contains(index, group, other) for other in groups)
    ]
    return outer if len(outer) == 1 else []


def _contains(index: Index, outer: Group, inner: Group) -> bool:
    return any(_is_in(index, issue, outer) for issue in inner.issues())


def _is_in(index: Index, issue: Issue, group: Group) -> bool:
    own = {*issue.milestones, *(ancestor.key for ancestor in index.ancestors(issue.key))}
    return not own.isdisjoint(group.items)


def is_only_sprint(group: Group) -> bool:
    """Whether the group is nothing but a sprint."""
    return bool(group.items) and all(is_sprint(item) for item in group.items.values())
