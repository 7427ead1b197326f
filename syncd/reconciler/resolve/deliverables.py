"""The units that are promised (`reconciler.md` §A2), joined from what each source says."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from syncd.model.acts import Agreed
from syncd.model.calendar import WorkingCalendar
from syncd.model.items import (
    CalendarEvent,
    DateClaim,
    DateRole,
    Issue,
    Item,
    ItemKey,
    Kind,
    Milestone,
    MilestoneKind,
)
from syncd.reconciler.config import AUTHORITY, ReconcilerConfig
from syncd.reconciler.resolve.baseline import baseline, promised
from syncd.reconciler.resolve.claims import is_open, own_claim
from syncd.reconciler.resolve.grouping import Group, group_items
from syncd.reconciler.resolve.index import Index
from syncd.reconciler.resolve.members import members
from syncd.reconciler.resolve.occasions import Occasions, Roles, is_only_sprint, occasions
from syncd.reconciler.resolve.resolution import Deliverable, Implementation, Target
from syncd.reconciler.resolve.teams import KNOWN, Teams

INACTIVE = 60
"""Working days without a change after which a found deliverable without open work is forgotten."""

_AUTHORITY = {
    MilestoneKind.VERSION: "version",
    MilestoneKind.GITHUB_MILESTONE: "github-milestone",
    MilestoneKind.SPRINT: "sprint",
}

Claims = tuple[tuple[str, DateClaim], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What must be known of a snapshot before its deliverables can be told."""

    index: Index
    config: ReconcilerConfig
    teams: Teams
    calendar_for: Callable[[str | None, tuple[str, ...]], WorkingCalendar]
    """Of whom it is held by, and of its teams."""
    implementations: Mapping[ItemKey, tuple[Implementation, ...]]
    """By issue."""


def read_deliverables(known: Resolved) -> tuple[Deliverable, ...]:
    """Declared ones first, in the order of the configuration; then the others by id."""
    groups, selected = group_items(known.index, known.config, known.teams)
    events = occasions(known.index, groups, selected, Roles(known.config.events))
    closed_by: dict[ItemKey, list[Implementation]] = defaultdict(list)
    for found in known.implementations.values():
        for one in found:
            closed_by[one.pull_request].append(one)
    closing = {pull: tuple(found) for pull, found in closed_by.items()}
    built = [_build(known, g, e, closing) for g, e in zip(groups, events, strict=True)]
    kept = [one for one, group in zip(built, groups, strict=True) if _lives(known, one, group)]
    return tuple(
        [one for one in kept if one.declared]
        + sorted((one for one in kept if not one.declared), key=lambda one: one.id)
    )


def _build(
    known: Resolved,
    group: Group,
    events: Occasions,
    closing: Mapping[ItemKey, tuple[Implementation, ...]],
) -> Deliverable:
    bound = tuple(sorted(group.items.values(), key=_rank))
    inside = members(known.index, bound, closing)
    owner, teams = _holders(known, group, bound, inside)
    claims = _claims(known, group, bound, events)
    calendar = known.calendar_for(owner, teams)
    declared = group.declared
    name = declared.id if declared else str(bound[0].key)
    seen = baseline(known.index, claims[0][1] if claims else None, calendar)
    stated, agreed = declared.baseline if declared else None, _agreed(known, name, bound)
    meant = promised(seen, stated, agreed, calendar)
    return Deliverable(
        id=name,
        name=declared.name if declared else _name(bound[0]),
        tier=declared.tier if declared else "C" if is_only_sprint(group) else "B",
        bound=(*(item.key for item in bound), *sorted(events.launches)),
        members=inside,
        claims=claims,
        target=Target(claim=claims[0][1], authority=claims[0][0]) if claims else None,
        baseline=meant.day, provisional=meant.provisional, committed_on=meant.committed_on,
        begun_on=meant.begun_on(seen),
        agreed=agreed,
        promised=agreed.day if agreed else stated,
        gates=tuple(sorted(events.gates)),
        events=tuple(sorted(events.launches)),
        freezes=tuple(sorted(events.freezes)),
        teams=teams,
        owner=owner,
        programs=_programs(known, group, teams),
        declared=declared is not None,
        done=bool(bound) and not any(is_open(item) for item in bound),
        lacking=group.lacking,
        table=declared.table if declared else "",
    )  # fmt: skip


def _agreed(known: Resolved, name: str, bound: tuple[Item, ...]) -> Agreed | None:
    """What people set of it, also before it had this name in the configuration."""
    names = (name, *(str(item.key) for item in bound))
    return next((found for one in names if (found := known.config.agreed.get(one))), None)


def programs_of(config: ReconcilerConfig, teams: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of the programs in which any of the teams takes part, in the order declared."""
    return tuple(p.id for p in config.programs if not set(teams).isdisjoint(p.teams))


def _programs(known: Resolved, group: Group, teams: tuple[str, ...]) -> tuple[str, ...]:
    """All of them for what was declared and lost what told its teams: none must miss it."""
    found = tuple(group.programs) or programs_of(known.config, teams)
    return found or tuple(one.id for one in known.config.programs if group.lacking)


def _claims(known: Resolved, group: Group, bound: tuple[Item, ...], events: Occasions) -> Claims:
    launches = [known.index.items[key] for key in sorted(events.launches)]
    living = [item for item in (*bound, *launches) if is_open(item)]
    found = [(_authority(i), claim) for i in living or bound if (claim := own_claim(i))]
    declared = group.declared
    if declared is not None and declared.target is not None:
        found.append(("config", _declared_claim(declared.id, declared.target)))
    order = {name: rank for rank, name in enumerate(known.config.authority)}
    return tuple(
        sorted(found, key=lambda one: (order.get(one[0], len(order)), one[1].hi, one[1].subject))
    )


def _declared_claim(name: str, target: date) -> DateClaim:
    subject = ItemKey("config", Kind.MILESTONE, name)
    return DateClaim(subject=subject, role=DateRole.DUE, field="target", lo=target, hi=target)


def _authority(item: Item) -> str:
    if isinstance(item, Milestone):
        return _AUTHORITY[item.kind]
    return "event" if isinstance(item, CalendarEvent) else "epic"


def _rank(item: Item) -> tuple[int, ItemKey]:
    """Versions name a deliverable before epics, milestones and sprints do."""
    return AUTHORITY.index(_authority(item)), item.key


def _name(item: Item) -> str:
    """What people call it; with its project where the name alone is but a number."""
    if isinstance(item, Milestone):
        has_word = any(len(word) > 2 and word.isalpha() for word in re.split(r"\W+", item.name))
        return item.name if has_word else f"{item.scope} {item.name}"
    return item.title if isinstance(item, Issue) else item.ref


def _holders(
    known: Resolved, group: Group, bound: tuple[Item, ...], inside: tuple[ItemKey, ...]
) -> tuple[str | None, tuple[str, ...]]:
    """Who holds it, and its teams: the holder's first, then those with most members."""
    of_bound = [known.teams[item.key] for item in bound]
    of_members = [known.teams[key] for key in inside]
    counted = Counter(one.team for one in of_members if one.team and one.confidence >= KNOWN)
    teams = [one.team for one in of_bound if one.team and one.confidence >= KNOWN]
    teams += sorted(counted, key=lambda team: (-counted[team], team))
    declared = group.declared
    if declared is not None and declared.teams:
        teams = list(declared.teams)
    unique = tuple(dict.fromkeys(teams))
    if declared is not None and declared.owner is not None:
        return _account(known.config, declared.owner), unique
    for item in bound:
        if isinstance(item, Issue) and item.assignee:
            return f"{item.key.source}:{item.assignee}", unique
    return (f"team:{unique[0]}" if unique else None), unique


def _account(config: ReconcilerConfig, owner: str) -> str:
    """The first account of a person; `person:ID` for one without."""
    for person in config.people:
        if person.id == owner and person.accounts:
            return ":".join(person.accounts[0])
    return f"person:{owner}"


def _lives(known: Resolved, one: Deliverable, group: Group) -> bool:
    """What nobody wrote down is forgotten once its day is over and nothing in it is open or new."""
    calendar = known.config.calendar
    today = calendar.local_date(known.index.snapshot.as_of)
    if group.fixed or (one.target is not None and one.target.day >= today):
        return True
    issues = [known.index.issue(key) for key in one.members]
    if any(issue is not None and not issue.phase.is_closed for issue in issues):
        return True
    touched = [_touched_at(known.index, key) for key in (*one.bound, *one.members)]
    latest = max((at for at in touched if at is not None), default=None)
    return latest is None or calendar.between(calendar.local_date(latest), today) < INACTIVE


def _touched_at(index: Index, key: ItemKey) -> datetime | None:
    item = index.items.get(key)
    updated_at = item.updated_at if item else None
    return updated_at or index.snapshot.first_seen.get(key)
