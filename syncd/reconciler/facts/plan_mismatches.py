"""Where a part and its whole disagree about done: lines c, d, f, g and i of §B2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from syncd.model.items import Issue, ItemKey, Milestone, MilestoneKind, Phase
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.grace import has_lasted
from syncd.reconciler.facts.mismatch import Mismatch, all_stand, latest, on, stands
from syncd.reconciler.view import View


def parts_done(view: View, parent: Issue, children: Sequence[Issue]) -> Iterator[Mismatch]:
    """Line c: all children are closed, at least one delivered, and the parent is open."""
    delivered = any(child.phase is Phase.DONE for child in children)
    if not delivered or not all(child.phase.is_closed for child in children):
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
    calendar, as_of = view.calendar(parent.key), view.snapshot.as_of
    left = [
        child
        for child in children
        if not child.phase.is_closed
        and not (child.milestones and set(child.milestones).isdisjoint(parent.milestones))
        and has_lasted(latest(parent.done_at, child.created_at), grace, as_of, calendar)
    ]
    if not left:
        return
    draft = subjects.draft_of_item(view, parent.key, "")
    when = on(view, calendar, parent.done_at)
    refs = wording.listing([child.ref for child in left])
    parts = wording.plural(len(left), "part")
    yield Mismatch(
        kind="d",
        draft=draft,
        since=parent.done_at,
        calendar=calendar,
        summary=f"{subjects.called(parent)} was done{when} with {parts} open: {refs}.",
        plain=f"{draft.title} was done{when} with {parts} open.",
        act=f"close {refs}, move {'it' if len(left) == 1 else 'them'}, or reopen {parent.ref}.",
        clears="No part of it is open.",
        facts=(stands(parent, parent.done_at), *all_stand(left)),
        rests_on=(parent.key, *(child.key for child in left)),
    )


def ended_with_members(view: View) -> Iterator[Mismatch]:
    """Lines f and g, but for milestones whose items are just being moved."""
    moving = _moved_in_bulk(view)
    for milestone in view.snapshot.milestones:
        ended = ("closed",) if milestone.kind is MilestoneKind.SPRINT else ("released", "closed")
        if milestone.state in ended and milestone.key not in moving | view.snapshot.invisible:
            yield from _members_left(view, milestone)
        else:
            reason = "it is {}, it cannot be seen, or items of it are just being moved"
            view.silent(milestone.key, reason, milestone.state)


def _moved_in_bulk(view: View) -> frozenset[ItemKey]:
    """Milestones from or to which items were moved in bulk within the last working day."""
    found: set[str] = set()
    for change in view.snapshot.changes:
        if change.field in ("milestones", "sprint") and view.bulk(change):
            calendar = view.calendar(change.item)
            if not has_lasted(change.at, 1, view.snapshot.as_of, calendar):
                found |= {value for value in (change.old, change.new) if value}
    return frozenset(m.key for m in view.snapshot.milestones if str(m.key) in found)


def _members_left(view: View, milestone: Milestone) -> Iterator[Mismatch]:
    left = [
        issue
        for issue in view.milestone_members(milestone.key)
        if not issue.phase.is_closed and issue.key not in view.snapshot.invisible
    ]
    if not left:
        return
    is_sprint = milestone.kind is MilestoneKind.SPRINT
    calendar = view.calendar(milestone.key)
    draft = subjects.draft_of_item(view, milestone.key, "")
    closed_at = _closed_at(view, milestone)
    when = on(view, calendar, closed_at)
    refs = wording.listing([issue.ref for issue in left])
    items = wording.plural(len(left), "open item")
    them = "it" if len(left) == 1 else "them"
    where = "a running sprint or the backlog" if is_sprint else "a later release"
    yield Mismatch(
        kind="g" if is_sprint else "f",
        draft=draft,
        since=closed_at,
        calendar=calendar,
        summary=f"{milestone.ref} was {milestone.state}{when} with {items}: {refs}.",
        plain=f"{draft.title} was {milestone.state}{when} with {items}.",
        act=f"put {refs} into {where}, or close {them}.",
        clears=f"No item of {milestone.ref} is open.",
        facts=(stands(milestone, closed_at), *all_stand(left)),
        rests_on=(milestone.key, *(issue.key for issue in left)),
    )


def _closed_at(view: View, milestone: Milestone) -> datetime | None:
    if milestone.closed_at is not None:
        return milestone.closed_at
    changes = view.changes(milestone.key, "state")
    return changes[-1].at if changes else None


def started_too_early(view: View, issue: Issue, grace: int) -> Iterator[Mismatch]:
    """Line i: active while something it waits for is neither done nor in review."""
    calendar, as_of = view.calendar(issue.key), view.snapshot.as_of
    waits_for: list[Issue] = []
    for edge in view.prerequisites(issue.key):
        held_up_by = view.issue(edge.prerequisite)
        if not edge.holds_up or not held_up_by:
            continue
        is_open = not held_up_by.phase.is_closed and held_up_by.phase is not Phase.REVIEW
        since = latest(issue.state_entered_at, *(fact.seen_at for fact in edge.facts))
        if is_open and has_lasted(since, grace, as_of, calendar):
            waits_for.append(held_up_by)
    if not waits_for:
        return
    draft = subjects.draft_of_item(view, issue.key, "")
    first = waits_for[0]
    refs = wording.listing([other.ref for other in waits_for])
    yield Mismatch(
        kind="i",
        draft=draft,
        since=issue.state_entered_at,
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
