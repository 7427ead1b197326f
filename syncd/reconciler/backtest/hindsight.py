"""A past day without what only later days can have told (`reconciler.md` §D6).

A snapshot takes back every change that is recorded. What no source keeps a history of stands in it
as it is today; a backtest has to do without.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from syncd.model.items import CalendarEvent, DateClaim, Issue, Item, ItemKey, Milestone, PullRequest
from syncd.model.snapshot import Snapshot

NO_HISTORY: Mapping[type[Any], Mapping[str, Any]] = {
    Issue: {"unchecked_tasks": 0},
    PullRequest: {
        "requested_reviewers": (), "code_owners": (), "checks": None, "mergeable": None,
        "review_decision": None,
    },
    Milestone: {},
    CalendarEvent: {"attendees": ()},
}  # fmt: skip
"""Fields of which only today's value is known, and what stands for "not known"."""


def without_hindsight(snapshot: Snapshot) -> Snapshot:
    """The snapshot with nothing in it that was learned only after its day.

    Items count as held since they were made, since nobody held them then; freshness, which tells
    of today's readings, is left out.
    """
    touched = {change.item: change.at for change in snapshot.changes}  # the last of each: sorted
    milestones = tuple(_stripped(_attested(snapshot, touched), touched))
    return replace(
        snapshot,
        issues=tuple(_stripped(snapshot.issues, touched)),
        pull_requests=tuple(_stripped(snapshot.pull_requests, touched)),
        milestones=milestones,
        events=tuple(_stripped(snapshot.events, touched)),
        freshness=(),
        first_seen=_held_since(snapshot, milestones),
    )


def _stripped(items: Iterable[Item], touched: Mapping[ItemKey, datetime]) -> Iterator[Any]:
    for item in items:
        created = None if isinstance(item, Milestone) else item.created_at
        values = {"updated_at": touched.get(item.key, created), **NO_HISTORY[type(item)]}
        if any(claim.set_at is None for claim in item.claims):
            values["claims"] = tuple(_since(claim, created) for claim in item.claims)
        if any(getattr(item, name) != value for name, value in values.items()):
            yield replace(item, **values)
        else:
            yield item


def _since(claim: DateClaim, created: datetime | None) -> DateClaim:
    """Whoever is not known to have set a date later set it when the item was made."""
    return claim if claim.set_at else replace(claim, set_at=created)


def _attested(snapshot: Snapshot, touched: Mapping[ItemKey, datetime]) -> Iterator[Milestone]:
    """Milestones that something shows to have been there: no source says when one was made."""
    holders: list[Issue | PullRequest] = [*snapshot.issues, *snapshot.pull_requests]
    named = {key for holder in holders for key in holder.milestones}
    named |= {issue.sprint for issue in snapshot.issues if issue.sprint}
    for one in snapshot.milestones:
        began = one.start is not None and not one.is_ahead(snapshot.as_of)
        seen = snapshot.first_seen.get(one.key)
        held = seen is None or seen <= snapshot.as_of
        if began or held or one.key in named or one.key in touched:
            yield one


def _held_since(snapshot: Snapshot, milestones: Iterable[Milestone]) -> dict[ItemKey, datetime]:
    seen, found = snapshot.first_seen, {}
    items: list[Item] = [
        *snapshot.issues, *snapshot.pull_requests, *milestones, *snapshot.events
    ]  # fmt: skip
    for item in items:
        created = None if isinstance(item, Milestone) else item.created_at
        known = [at for at in (created, seen.get(item.key)) if at]
        if known:
            found[item.key] = min(known)
    return found
