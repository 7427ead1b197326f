"""What a finding says about its subject whatever was found: name, owner, teams, tier, data."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Alone, Finding, Push, Severity, Standing
from syncd.model.items import (
    CalendarEvent,
    DateClaim,
    Issue,
    Item,
    ItemKey,
    Milestone,
    MilestoneKind,
    PullRequest,
)
from syncd.model.snapshot import Scope
from syncd.reconciler.facts import wording
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.resolve.resolution import Deliverable, Dependency, Target
from syncd.reconciler.view import View
from syncd.text import clean_text

TITLE_LENGTH = 72


def called(item: Item) -> str:
    """`Ledger API v2 (LED-88)`: what people call an item, shortened to fit a line."""
    text = short(item.title if not isinstance(item, Milestone) else item.name)
    if isinstance(item, CalendarEvent | Milestone):
        return text
    return f"{text} ({item.ref})" if text else item.ref


def ref(item: Item) -> str:
    """What people know it by: nobody knows sprints and milestones by their numbers."""
    if not isinstance(item, Milestone) or item.kind is MilestoneKind.VERSION:
        return item.ref
    where = item.ref.rpartition(" ")[0] if item.kind is MilestoneKind.GITHUB_MILESTONE else ""
    return f"{where} {short(item.name)}".lstrip()


def refs(items: Iterable[Item]) -> list[str]:
    """Their refs; of those that not everybody may see only how many there are."""
    every = list(items)
    shown = [one.ref for one in every if not getattr(one, "restricted", False)]
    hidden = len(every) - len(shown)
    return [*shown, *([wording.plural(hidden, "restricted item")] if hidden else [])]


def short(title: str) -> str:
    """A title that fits a line."""
    return clean_text(title, TITLE_LENGTH)


def open_members(view: View, deliverable: Deliverable) -> list[Issue]:
    """Its members that are neither done nor dropped."""
    issues = (view.issue(key) for key in deliverable.members)
    return [issue for issue in issues if issue and not issue.phase.is_closed]


def who(view: View, owner: str | None) -> str:
    """Name of an owner as findings carry it (account, person or team); "" for None."""
    kind, _, name = (owner or "").partition(":")
    if kind == "team":
        return team_name(view, name)
    if kind == "person":
        return next((p.name for p in view.config.people if p.id == name), name)
    return view.account_name(kind, name) if owner else ""


def team_name(view: View, team: str) -> str:
    """What people call a team id."""
    return next((known.name for known in view.config.teams if known.id == team), team)


def active_at(view: View, item: Item) -> datetime | None:
    """Last human activity, else its creation; None = not known.

    Where its source keeps no history of work, and for what has none, its last update.
    """
    if not isinstance(item, Issue | PullRequest):
        return item.updated_at
    has_history = item.key.source in view.once(_with_history)
    return item.last_human_activity_at or (item.created_at if has_history else item.updated_at)


def _with_history(view: View) -> frozenset[str]:
    """Sources that tell who moved what: there links and robots update items, too."""
    told = (one for one in view.snapshot.changes if one.actor and one.field in ("state", "phase"))
    return frozenset(one.item.source for one in told)


def main_deliverable(view: View, key: ItemKey) -> Deliverable | None:
    """The deliverable an item counts for: highest tier, then earliest target."""
    found = view.deliverables_of(key)
    return min(
        found, key=lambda d: (d.tier, d.target.day if d.target else date.max, d.id), default=None
    )


def targeted(view: View) -> Iterator[tuple[Deliverable, Target]]:
    """Open deliverables that have a date."""
    for one in view.deliverables:
        guards = (one.done, "it is done"), (one.target is None, "it has no target date")
        if not view.passes_over(one.subject, *guards) and one.target:
            yield one, one.target


def one_with(view: View, deliverable: Deliverable) -> Iterator[ItemKey]:
    """What is bound to it and due on its day; a part with a day of its own speaks for itself."""
    for key in deliverable.bound:
        own = view.own_target(key)
        if own and deliverable.target and own.day == deliverable.target.day:
            yield key


def is_spoken_for(view: View, key: ItemKey, whole: Container[ItemKey]) -> bool:
    """Whether the item cannot be seen, or is in `whole`: what some deliverable is."""
    if key in view.snapshot.invisible:
        view.silent(key, "it cannot be seen now")
    elif key in whole:
        view.silent(key, "it is a deliverable, which is told of instead")
    else:
        return False
    return True


def with_own_date(
    view: View, whole: Container[ItemKey], lacking: str
) -> Iterator[tuple[Issue, Target]]:
    """Open issues with a date of their own that can be seen and are not in `whole`.

    `lacking` says why not, of those without such a date.
    """
    issues = view.once(_dated) if view.trace is None else view.snapshot.issues
    for issue in issues:
        if issue.phase.is_closed or is_spoken_for(view, issue.key, whole):
            continue
        own = view.own_target(issue.key)
        if own is None:
            view.silent(issue.key, lacking)
        else:
            yield issue, own


def _dated(view: View) -> list[Issue]:
    """All that has something to say to whom nobody asks why it is silent."""
    return [one for one in view.snapshot.issues if one.claims and not one.phase.is_closed]


def is_over(view: View, claim: DateClaim, calendar: WorkingCalendar) -> bool:
    """Whether a claimed day has ended: in the zone of the claim, else in that of its owner."""
    zoned = replace(calendar, zone=claim.zone) if claim.zone else calendar
    return zoned.local_date(view.snapshot.as_of) > claim.hi


def promised(view: View) -> Iterator[tuple[Deliverable, Target]]:
    """Those of `targeted` whose date has stood long enough to be a promise."""
    for one, target in targeted(view):
        if one.provisional:
            view.silent(one.subject, "its date has not stood long enough to be a commitment")
        else:
            yield one, target


def committed(view: View) -> list[Deliverable]:
    """Those of `promised` whose day has not passed."""
    found = []
    for one, target in promised(view):
        if is_over(view, target.claim, view.calendar_of(one)):
            view.silent(one.subject, "its day, {}, has passed", target.day)
        else:
            found.append(one)
    return found


def draft_of_item(view: View, key: ItemKey, rule: str) -> Finding:
    """A finding about an item with all but what was found, for `dataclasses.replace`."""
    item = view.item(key)
    if item is None:
        raise KeyError(str(key))
    deliverable = main_deliverable(view, key)
    team = view.team_of(key).team
    teams = (team,) if team else ()
    programs = wording.unique(
        [*view.programs(teams), *(deliverable.programs if deliverable else ())]
    )
    return Finding(
        rule=rule,
        subject=str(key),
        severity=Severity.INFO,
        standing=Standing.AT_RISK,
        ref=item.ref,
        title=short(item.name if isinstance(item, Milestone) else item.title),
        summary="",
        plain="",
        act="",
        clears="",
        url=item.url,
        owner=view.owner(key),
        teams=teams,
        programs=programs,
        deliverable=deliverable.id if deliverable else "",
        tier=deliverable.tier if deliverable else "B",
        scopes=frozenset({view.scope(key)}),
        restricted=isinstance(item, Issue) and item.restricted,
    )


def draft_of(view: View, deliverable: Deliverable, rule: str) -> Finding:
    """A finding about a deliverable with all but what was found, for `dataclasses.replace`."""
    bound = [item for key in deliverable.bound if (item := view.item(key))]
    target = deliverable.target and view.item(deliverable.target.claim.subject)
    shown = target or next(iter(bound), None)
    return Finding(
        rule=rule,
        subject=deliverable.subject,
        severity=Severity.INFO,
        standing=Standing.AT_RISK,
        ref=deliverable.name,
        title=deliverable.name,
        summary="",
        plain="",
        act="",
        clears="",
        url=shown.url if shown else "",
        owner=deliverable.owner or (f"team:{deliverable.teams[0]}" if deliverable.teams else None),
        teams=deliverable.teams,
        programs=deliverable.programs,
        deliverable=deliverable.id,
        tier=deliverable.tier,
        scopes=scopes(view, [*deliverable.bound, *deliverable.members]),
        restricted=any(is_restricted(view, key) for key in deliverable.bound),
    )


def draft_of_source(source: str, title: str, rule: str, severity: Severity) -> Finding:
    """A finding about the data of a source, for operators only, with all but what was found."""
    return Finding(
        rule=rule,
        subject=f"source:{source}",
        severity=severity,
        standing=Standing.NO_DATA,
        ref=source,
        title=title,
        summary="",
        plain="",
        act="",
        clears="",
    )


def ask(view: View, draft: Finding, text: str) -> str:
    """`R. Osei: agree on …`; without an owner `Name an owner of LED-88, who is to agree on …`."""
    name = who(view, draft.owner)
    return f"{name}: {text}" if name else f"Name an owner of {draft.ref}, who is to {text}"


def pushes(view: View, keys: Iterable[ItemKey]) -> tuple[Push, ...]:
    """Each item once, by planned day."""
    return in_order(push(view, key) for key in dict.fromkeys(keys))


def in_order(found: Iterable[Push]) -> tuple[Push, ...]:
    """Each push once, by planned day; those without a day last, those alike as they come."""
    once = dict.fromkeys(found)
    return tuple(sorted(once, key=lambda push: (push.planned or date.max, push.ref)))


def waits(pushes: Sequence[Push]) -> str:
    """`; PAY-142 waits for it`, to end a sentence with; "" where nothing does."""
    refs = wording.listing([push.ref for push in pushes])
    return f"; {refs} {'waits' if len(pushes) == 1 else 'wait'} for it" if refs else ""


def pushed(pushes: Sequence[Push]) -> str:
    """`; it pushes PAY-142 by 3 working days`, to end a sentence with; "" where nothing moves."""
    names = [f"{push.ref} by {wording.working_days(push.slip or 0)}" for push in pushes]
    return f"; it pushes {wording.listing(names)}" if names else ""


def with_alone(found: Finding, says: str, *, plain: str = "", act: str = "") -> Finding:
    """The finding with what it says without what waits for its subject, as far as that differs."""
    alone = Alone(summary=says, plain=plain or found.plain, act=act or found.act)
    return replace(found, alone=alone)


def reaching(view: View, draft: Finding, teams: Iterable[str | None]) -> Finding:
    """The draft with the teams that it hits too, and the programs in which any takes part."""
    every = wording.unique([*draft.teams, *teams])
    programs = wording.unique([*draft.programs, *view.programs(every)])
    return replace(draft, teams=every, programs=programs)


def holding_up(view: View, draft: Finding, keys: Iterable[ItemKey], *teams: str | None) -> Finding:
    """The draft with what waits for `keys`, reaching these teams and those of that."""
    held = view.once(_HeldUp).by(tuple(keys))
    of = [*teams, *wording.unique(push.team for push in held)]
    return reaching(view, replace(draft, pushes=held), of)


class _HeldUp:
    """What waits for items: many findings are of one that many wait for."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._found: dict[tuple[ItemKey, ...], tuple[Push, ...]] = {}

    def by(self, keys: tuple[ItemKey, ...]) -> tuple[Push, ...]:
        if keys not in self._found:
            waiting = [edge.dependant for edge in waiting_for(self._view, keys)]
            self._found[keys] = pushes(self._view, waiting)
        return self._found[keys]


def is_restricted(view: View, key: ItemKey) -> bool:
    """Whether not everybody may see the item."""
    issue = view.issue(key)
    return issue is not None and issue.restricted


def scopes(view: View, keys: Iterable[ItemKey]) -> frozenset[Scope]:
    """The data that items come from; a declared date comes from none."""
    return frozenset(view.scope(key) for key in keys if view.item(key))


def waiting_for(view: View, keys: Iterable[ItemKey]) -> list[Dependency]:
    """Stated edges to open items outside `keys` that cannot finish before an open one of `keys`."""
    own = set(keys)
    return [
        edge
        for key in sorted(own)
        if (near := view.item(key)) and is_open(near)
        for edge in view.dependants(key)
        if edge.holds_up
        and edge.dependant not in own
        and (item := view.item(edge.dependant))
        and is_open(item)
    ]


def push(view: View, key: ItemKey, expected: date | None = None) -> Push:
    """An item that is held up; `expected` is the earliest day that is left to it.

    What not everybody may see has no name in it: whoever is told of its cause may be anybody.
    """
    item = view.item(key)
    if item is None:
        raise KeyError(str(key))
    target = view.target(key)
    planned = target.day if target else None
    slip = view.calendar(key).between(planned, expected) if planned and expected else None
    title, hidden = item.name if isinstance(item, Milestone) else item.title, "a restricted item"
    is_hidden = is_restricted(view, key)
    return Push(
        ref=hidden if is_hidden else item.ref,
        title=hidden if is_hidden else short(title),
        url="" if is_hidden else item.url,
        team=view.team_of(key).team or "",
        planned=planned,
        expected=expected,
        slip=slip,
        home=() if is_hidden else (view.scope(key),),
    )
