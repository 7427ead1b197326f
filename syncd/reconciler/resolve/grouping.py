"""Which items are one deliverable: as declared, as a program lists them, as found and bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from syncd.model.items import CalendarEvent, Issue, Item, ItemKey, Level, Milestone, is_sprint
from syncd.model.people import DeclaredDeliverable
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.resolve.binding import bindings
from syncd.reconciler.resolve.claims import is_open, own_claim
from syncd.reconciler.resolve.index import Index
from syncd.reconciler.resolve.selectors import names_work, select
from syncd.reconciler.resolve.teams import Teams


@dataclass(slots=True)
class Group:
    """Items that are one thing, while deliverables are being put together."""

    items: dict[ItemKey, Item] = field(default_factory=dict)
    declared: DeclaredDeliverable | None = None
    programs: list[str] = field(default_factory=list)
    """Programs that list it by a selector."""
    lacking: tuple[str, ...] = ()
    """Selectors of what it is made of that name nothing."""

    @property
    def fixed(self) -> bool:
        """Somebody wrote down what it is: it never melts into another one."""
        return self.declared is not None or bool(self.programs)

    def milestones(self) -> tuple[Milestone, ...]:
        """Its versions, GitHub milestones and sprints."""
        return tuple(item for item in self.items.values() if isinstance(item, Milestone))

    def issues(self) -> tuple[Issue, ...]:
        """Its epics."""
        return tuple(item for item in self.items.values() if isinstance(item, Issue))


@dataclass(frozen=True, slots=True)
class Selected:
    """Events that a selector names: of one group, or of a program (then `group` is None)."""

    event: CalendarEvent
    group: Group | None
    program: str = ""
    gate: bool = False
    """Named as a gate, whatever its title says."""


def group_items(
    index: Index, config: ReconcilerConfig, teams: Teams
) -> tuple[list[Group], list[Selected]]:
    """All groups (declared, listed, found; in this order), and the events named for them."""
    owner: dict[ItemKey, Group] = {}
    selected: list[Selected] = []
    groups = list(_declared(index, config, owner, selected))
    groups += _listed(index, config, owner, selected)
    for item in _found(index):
        if item.key not in owner:
            owner[item.key] = Group({item.key: item})
            groups.append(owner[item.key])
    _bind(index, config, teams, owner)
    remaining = {id(group) for group in owner.values()}
    return [
        group
        for group in groups
        if group.fixed or (id(group) in remaining and any(map(own_claim, group.items.values())))
    ], selected


def _declared(
    index: Index,
    config: ReconcilerConfig,
    owner: dict[ItemKey, Group],
    selected: list[Selected],
) -> Iterator[Group]:
    for declared in config.deliverables:
        group = Group(declared=declared)
        for selector in declared.match:
            named = select(index, selector)
            if not named and names_work(selector):
                group.lacking += (selector,)
            for item in named:
                if isinstance(item, CalendarEvent):
                    selected.append(Selected(item, group))
                elif owner.setdefault(item.key, group) is group:
                    group.items[item.key] = item
        gates = [item for selector in declared.gates for item in select(index, selector)]
        selected += [
            Selected(item, group, gate=True) for item in gates if isinstance(item, CalendarEvent)
        ]
        yield group


def _listed(
    index: Index,
    config: ReconcilerConfig,
    owner: dict[ItemKey, Group],
    selected: list[Selected],
) -> Iterator[Group]:
    for program in config.programs:
        named = [select(index, selector) for selector in program.milestones]
        listed = {item.key for items in named for item in items}
        for items in named:
            group = Group()
            for item in items:
                if isinstance(item, CalendarEvent):
                    selected.append(Selected(item, None, program.id))
                elif not _is_part(item, listed):
                    _put(owner.setdefault(item.key, group), item, program.id)
            if group.items:
                yield group


def _put(group: Group, item: Item, program: str) -> None:
    group.items[item.key] = item
    if program not in group.programs:
        group.programs.append(program)


def _is_part(item: Item, listed: set[ItemKey]) -> bool:
    """A plain issue in a listed version is a member of that, no deliverable beside it."""
    return (
        isinstance(item, Issue)
        and item.level in (Level.ITEM, Level.SUBTASK)
        and not listed.isdisjoint(item.milestones)
    )


def _found(index: Index) -> Iterator[Item]:
    """Open versions and milestones, active sprints, dated epics; sorted by key.

    A version or milestone without a date is found only if it is bound to something that has one.
    """
    for milestone in index.snapshot.milestones:
        running = not is_sprint(milestone) or milestone.state == "active"
        if running and is_open(milestone):
            yield milestone
    for issue in index.snapshot.issues:
        if issue.level.is_epic and is_open(issue) and own_claim(issue):
            yield issue


def _bind(
    index: Index, config: ReconcilerConfig, teams: Teams, owner: dict[ItemKey, Group]
) -> None:
    """Let groups melt together along the surest bindings first; fixed ones stay apart."""
    for _, one, other in bindings(index, config, teams, _bindable(owner)):
        here, there = owner[one], owner[other]
        if here is there or (here.fixed and there.fixed):
            continue
        kept, lost = (there, here) if there.fixed else (here, there)
        kept.items.update(lost.items)
        for key in lost.items:
            owner[key] = kept


def _bindable(owner: dict[ItemKey, Group]) -> Iterable[Item]:
    for key, group in sorted(owner.items(), key=lambda entry: entry[0]):
        item = group.items[key]
        if not is_sprint(item):
            yield item
