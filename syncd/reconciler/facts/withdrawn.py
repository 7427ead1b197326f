"""Dates that were taken away: whoever planned with one hears of it as of one that moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain

from syncd.model.findings import Fact, Finding, Severity, Standing
from syncd.model.history import Change, bulk_changes
from syncd.model.items import Issue, ItemKey, Milestone, is_sprint
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.dated import made_on
from syncd.reconciler.facts.moves import NEWS_BD, REACH_BD, lasting, standing_on, steps
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.resolve.claims import DUES, day_of, is_open, of_the_earliest, own_claim
from syncd.reconciler.view import View

Planned = Issue | Milestone

WITHDRAWN = "withdrawn"
"""Discriminator of what tells of it."""
SETTLES_BD = 1
"""Working days in which a date that was taken away may be set anew: then it moved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lost:
    """An item without a date, and how it lost the one that it had."""

    item: Planned
    change: Change
    day: date
    """Where the date stood before the day of the change."""


def withdrawn(view: View, rule: str) -> Iterator[Finding]:
    """One for each release, milestone, epic and item waited for that lately lost its only date."""
    every: Iterator[Planned] = chain(view.snapshot.milestones, view.snapshot.issues)
    lost = [found for item in every if (found := _lost(view, item))]
    # A file that is made in another way takes many dates away at once; nobody is named for it.
    at_once = bulk_changes(one.change._replace(actor=one.change.actor or "") for one in lost)
    for one in lost:
        key, change, calendar = one.item.key, one.change, view.calendar(one.item.key)
        age = calendar.between(
            calendar.local_date(change.at), calendar.local_date(view.snapshot.as_of)
        )
        is_bulk = view.bulk(change) or (key, change.native_id) in at_once
        is_plan = isinstance(one.item, Milestone) or one.item.level.is_epic
        is_meant = is_plan or subjects.waiting_for(view, [key])
        if not view.passes_over(
            key,
            (is_bulk, "its date was taken away with many others, or is no longer read"),
            (age <= SETTLES_BD, "its date was only just taken away, and may be set anew"),
            (age > NEWS_BD, "that its date was taken away is no news any more"),
            (not is_meant, "its date was taken away, and nothing is known to wait for it"),
        ):
            yield _finding(view, one, rule)


def _lost(view: View, item: Planned) -> _Lost | None:
    """None where something dates it, or where no date of it had stood long enough to plan with."""
    changes = view.changes(item.key, *DUES, "release")
    if not changes or own_claim(item) or not is_open(item) or is_sprint(item):
        return None
    if _is_dated(view, item.key):
        return None
    calendar = view.calendar(item.key)
    told = lasting(of_the_earliest(changes, {}), calendar)
    if not told or told[-1].new is not None:
        return None
    last, moved = told[-1], steps(told, calendar)
    taken_on, since = calendar.local_date(last.at), made_on(view, item.key)
    before = calendar.shift(taken_on, -REACH_BD)
    first = day_of(last.old, calendar) if before >= since else None
    stood = standing_on(before, moved, since) if moved else first
    day = (standing_on(taken_on - timedelta(days=1), moved, since) if moved else None) or first
    return _Lost(item=item, change=last, day=day) if stood and day else None


def _is_dated(view: View, key: ItemKey) -> bool:
    """By what it belongs to, or by another part of the deliverable that it is."""
    wholes = (one for one in view.deliverables_of(key) if key in one.bound)
    return view.target(key) is not None or any(one.target for one in wholes)


def _finding(view: View, lost: _Lost, rule: str) -> Finding:
    item, change, day = lost.item, lost.change, lost.day
    draft, was = subjects.draft_of_item(view, item.key, rule), wording.day(day, view.today)
    parts = view.milestone_members(item.key) if isinstance(item, Milestone) else ()
    undated = (one.key for one in parts if view.target(one.key) is None)
    draft = subjects.holding_up(view, draft, [item.key, *undated])
    named = subjects.called(item)
    name = f"{named} ({item.ref})" if isinstance(item, Milestone) else named
    gone = f"was planned for {was} and has no date any more"
    by = f" by {view.account_name(item.key.source, change.actor)}" if change.actor else ""
    calendar = view.calendar(item.key)
    ends = wording.day(calendar.shift(calendar.local_date(change.at), NEWS_BD), view.today)
    found = replace(
        draft,
        discriminator=WITHDRAWN,
        severity=grade(Severity.MEDIUM, tier=draft.tier, teams=len(draft.teams)),
        standing=Standing.AT_RISK,
        summary=f"{name} {gone}{subjects.waits(draft.pushes)}.",
        plain=f"{draft.title} {gone}.",
        act=subjects.ask(view, draft, f"set a new date, or tell those who planned with {was}."),
        clears=f"It has a date again, or is done; by itself after {ends}.",
        planned=day,
        facts=(Fact(text=f"The date of {item.ref} was taken away{by}", source=item.key.source,
                    seen_at=change.at, url=item.url),),
        material=day.isoformat(),
    )  # fmt: skip
    return subjects.with_alone(found, f"{name} {gone}.")
