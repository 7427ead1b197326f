"""Where a part and its whole disagree about done: lines c, d, f, g and i of §B2."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import datetime

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Unknown
from syncd.model.items import Issue, ItemKey, Milestone, Phase, is_sprint
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.grace import has_lasted
from syncd.reconciler.facts.mismatch import RULE, Mismatch, all_stand, latest, on, stands
from syncd.reconciler.facts.unseen import unseen
from syncd.reconciler.forecast.calibration import closed_at
from syncd.reconciler.forecast.scope import FIELDS
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.view import View

CLOSED = frozenset({Phase.DONE, Phase.DROPPED})


def parts_done(view: View, parent: Issue, children: Sequence[Issue]) -> Iterator[Mismatch]:
    """Line c: all children are closed, at least one delivered, and the parent is open."""
    is_running = any(not child.phase.is_closed for child in children)
    delivered = any(child.phase is Phase.DONE for child in children)
    guards = (is_running, "a part of it is open"), (not delivered, "no part of it was delivered")
    if view.passes_over(parent.key, *guards):
        return
    calendar = view.calendar(parent.key)
    draft = subjects.draft_of_item(view, parent.key, "")
    last_done = latest(*(child.done_at for child in children))
    joined = [change.at for child in children for change in view.changes(child.key, "parent")]
    when = on(view, calendar, last_done)
    parts = "its only part" if len(children) == 1 else f"the last of its {len(children)} parts"
    yield Mismatch(
        kind="c",
        draft=draft,
        since=latest(
            last_done, parent.state_entered_at, *(child.created_at for child in children), *joined
        ),
        calendar=calendar,
        summary=(
            f"{subjects.called(parent)} is still {parent.state}, but {parts} was closed{when}."
        ),
        plain=f"{draft.title} is shown as open, but {parts} was closed{when}.",
        act=f"close {parent.ref}, or add what is left to do.",
        clears=f"{parent.ref} is closed, or has an open part.",
        facts=(stands(parent, parent.state_entered_at), *all_stand(children)),
        rests_on=(parent.key, *(child.key for child in children)),
    )


def parts_left(
    view: View, parent: Issue, children: Sequence[Issue], grace: int
) -> Iterator[Mismatch]:
    """Line d: the parent is done, and a child is open that was not put into another milestone."""
    calendar = view.calendar(parent.key)
    running = [child for child in children if not child.phase.is_closed]
    here = [child for child in running if not _is_elsewhere(child, parent)]
    guards = (
        (not running, "no part of it is open"),
        (not here, "its open parts were put into another milestone"),
    )
    if view.passes_over(parent.key, *guards):
        return
    names = {parent.ref, *parent.aliases}
    open_since = {one: latest(parent.done_at, _open_since(view, one, names)) for one in here}
    left, since = _standing(view, open_since, grace, calendar)
    draft = subjects.draft_of_item(view, parent.key, "")
    when = on(view, calendar, parent.done_at)
    refs = wording.listing([child.ref for child in left])
    parts = wording.plural(len(left), "open part")
    yield Mismatch(
        kind="d",
        draft=draft,
        since=since,
        calendar=calendar,
        summary=f"{subjects.called(parent)} was done{when} and has {parts}: {refs}.",
        plain=f"{draft.title} was done{when} and has {parts}.",
        act=f"close {refs}, move {'it' if len(left) == 1 else 'them'}, or reopen {parent.ref}.",
        clears="No part of it is open.",
        facts=(stands(parent, parent.done_at), *all_stand(left)),
        rests_on=(parent.key, *(child.key for child in left)),
    )


def _is_elsewhere(child: Issue, parent: Issue) -> bool:
    return bool(child.milestones) and set(child.milestones).isdisjoint(parent.milestones)


def _standing(
    view: View, since: Mapping[Issue, datetime | None], grace: int, calendar: WorkingCalendar
) -> tuple[list[Issue], datetime | None]:
    """Those for which it has been so for longer than the grace, else all; and since when it is.

    `since` tells it of each; None = not known, long ago.
    """
    as_of = view.snapshot.as_of
    old = [issue for issue, at in since.items() if has_lasted(at, grace, as_of, calendar)]
    left = old or list(since)
    return left, min(filter(None, map(since.get, left)), default=None)


def _open_since(view: View, issue: Issue, names: Container[str]) -> datetime:
    """When it was last made, reopened or put there."""
    moments = [
        change.at
        for change in view.changes(issue.key, "phase", *FIELDS)
        if change.new in names or (change.old in CLOSED and change.new not in CLOSED)
    ]
    return max([issue.created_at, *moments])


def ended_with_members(view: View, grace: Mapping[str, int]) -> Iterator[Mismatch | Unknown]:
    """Lines f and g, but for milestones whose items are just being moved.

    `grace` by line, in working days.
    """
    moving = _moved_in_bulk(view)
    for milestone in view.snapshot.milestones:
        ended = ("closed",) if is_sprint(milestone) else ("released", "closed")
        guards = (
            (milestone.state not in ended, f"it is {milestone.state}"),
            (milestone.key in view.snapshot.invisible, "it cannot be seen now"),
            (milestone.key in moving, "items of it are just being moved"),
        )
        if not view.passes_over(milestone.key, *guards):
            yield from _members_left(view, milestone, grace)


def _moved_in_bulk(view: View) -> frozenset[ItemKey]:
    """Milestones from or to which items were moved in bulk within the last working day."""
    found: set[str] = set()
    for change in view.snapshot.changes:
        if change.field in ("milestones", "sprint") and view.bulk(change):
            calendar = view.calendar(change.item)
            if not has_lasted(change.at, 1, view.snapshot.as_of, calendar):
                found |= {value for value in (change.old, change.new) if value}
    return frozenset(m.key for m in view.snapshot.milestones if str(m.key) in found)


def _members_left(
    view: View, milestone: Milestone, grace: Mapping[str, int]
) -> Iterator[Mismatch | Unknown]:
    every = dict.fromkeys((*view.milestone_members(milestone.key), *_dateless(view, milestone)))
    running = [one for one in every if not one.phase.is_closed]
    members = [one for one in running if one.key not in view.snapshot.invisible]
    if view.passes_over(milestone.key, (not running, "no item of it is open")):
        return
    kind, calendar = "g" if is_sprint(milestone) else "f", view.calendar(milestone.key)
    if not members:
        gone = (one.key for one in running)
        yield unseen(view, RULE, milestone.key, "what was open in it", gone, kind=kind)
        return
    closed, names = closed_at(view, milestone), {str(milestone.key)}
    open_since = {one: latest(closed, _open_since(view, one, names)) for one in members}
    left, since = _standing(view, open_since, grace[kind], calendar)
    draft = subjects.draft_of_item(view, milestone.key, "")
    when = on(view, calendar, closed)
    refs = wording.listing([issue.ref for issue in left])
    items = wording.plural(len(left), "open item")
    them = "it" if len(left) == 1 else "them"
    where = "a running sprint or the backlog" if is_sprint(milestone) else "a later release"
    yield Mismatch(
        kind=kind,
        draft=draft,
        since=since,
        calendar=calendar,
        summary=f"{subjects.ref(milestone)} was {milestone.state}{when} and has {items}: {refs}.",
        plain=f"{draft.title} was {milestone.state}{when} and has {items}.",
        act=f"put {refs} into {where}, or close {them}.",
        clears=f"No item of {subjects.ref(milestone)} is open.",
        facts=(stands(milestone, closed), *all_stand(left)),
        rests_on=(milestone.key, *(issue.key for issue in left)),
    )


def _dateless(view: View, milestone: Milestone) -> Iterator[Issue]:
    """Epics that are one deliverable with it, where no day is left, nor a release, to wait for."""
    for whole in view.deliverables_of(milestone.key) if not is_sprint(milestone) else ():
        others = (one for one in map(view.item, whole.bound) if isinstance(one, Milestone))
        if whole.target is None and milestone.key in whole.bound and not any(map(is_open, others)):
            yield from filter(None, map(view.issue, whole.bound))


def started_too_early(view: View, issue: Issue, grace: int) -> Iterator[Mismatch | Unknown]:
    """Line i: active while something it waits for is neither done nor in review."""
    active_since, gone = dict[Issue, datetime | None](), list[ItemKey]()
    for edge in view.prerequisites(issue.key):
        other = view.issue(edge.prerequisite)
        if edge.holds_up and other and not other.phase.is_closed:
            if other.key in view.snapshot.invisible:
                gone.append(other.key)
            elif other.phase is Phase.REVIEW:
                view.silent(issue.key, "what it waits for is in review")
            else:
                active_since[other] = latest(
                    issue.state_entered_at, *(fact.seen_at for fact in edge.facts)
                )
    if not active_since:
        if gone:
            yield unseen(view, RULE, issue.key, "what it waits for", gone, kind="i")
        return
    calendar = view.calendar(issue.key)
    waits_for, since = _standing(view, active_since, grace, calendar)
    draft, first = subjects.draft_of_item(view, issue.key, ""), waits_for[0]
    refs = wording.listing([other.ref for other in waits_for])
    yield Mismatch(
        kind="i",
        draft=draft,
        since=since,
        calendar=calendar,
        summary=(
            f"{subjects.called(issue)} is {issue.state}, but {refs}, for which it waits, "
            f"{'is' if len(waits_for) == 1 else 'are'} not done."
        ),
        plain=f"{draft.title} is being worked on, but what it waits for is not done.",
        act=(
            f"ask {subjects.who(view, view.owner(first.key)) or 'the owner'} whether {issue.ref} "
            f"still waits for {first.ref}; remove the link, or pause {issue.ref}."
        ),
        clears=f"What {issue.ref} waits for is done or in review, or the link is removed.",
        facts=(stands(issue, issue.state_entered_at), *all_stand(waits_for)),
        rests_on=(issue.key, *(other.key for other in waits_for)),
    )
