"""Dates that were taken away: whoever planned with one hears of it as of one that moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import chain

from syncd.model.findings import Fact, Finding, Severity, Standing
from syncd.model.history import Change
from syncd.model.items import Issue, Level, Milestone, MilestoneKind
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.facts.moves import NEWS_BD
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.resolve.claims import DUES, day_of, is_open
from syncd.reconciler.view import View

Planned = Issue | Milestone

SETTLES_BD = 1
"""Working days in which a date that was taken away may be set anew: then it moved."""


def withdrawn(view: View, rule: str) -> Iterator[Finding]:
    """One for each release, milestone, epic and item waited for that lately lost its only date."""
    every: Iterator[Planned] = chain(view.snapshot.milestones, view.snapshot.issues)
    for item in every:
        if item.claims or not is_open(item) or _is_sprint(item) or view.target(item.key):
            continue
        changes, calendar = view.changes(item.key, *DUES, "release"), view.calendar(item.key)
        if not changes or changes[-1].new is not None or view.bulk(changes[-1]):
            continue
        day, age = day_of(changes[-1].old, calendar), _age(view, item, changes[-1])
        is_meant = _is_plan(item) or subjects.waiting_for(view, [item.key])
        if day and SETTLES_BD < age <= NEWS_BD and is_meant:
            yield _finding(view, item, changes[-1], day, rule)


def _age(view: View, item: Planned, change: Change) -> int:
    calendar = view.calendar(item.key)
    return calendar.between(calendar.local_date(change.at), view.today)


def _is_sprint(item: Planned) -> bool:
    return isinstance(item, Milestone) and item.kind is MilestoneKind.SPRINT


def _is_plan(item: Planned) -> bool:
    return isinstance(item, Milestone) or item.level in (Level.INITIATIVE, Level.EPIC)


def _finding(view: View, item: Planned, change: Change, day: date, rule: str) -> Finding:
    draft, was = subjects.draft_of_item(view, item.key, rule), wording.day(day, view.today)
    parts = view.milestone_members(item.key) if isinstance(item, Milestone) else ()
    edges = subjects.waiting_for(view, [item.key, *(one.key for one in parts)])
    pushes = subjects.pushes(view, [edge.dependant for edge in edges])
    named = subjects.called(item)
    name = f"{named} ({item.ref})" if isinstance(item, Milestone) else named
    gone = f"was planned for {was} and has no date any more"
    by = f" by {view.account_name(item.key.source, change.actor)}" if change.actor else ""
    teams, calendar = subjects.hit(draft, pushes), view.calendar(item.key)
    ends = wording.day(calendar.shift(calendar.local_date(change.at), NEWS_BD), view.today)
    found = replace(
        draft,
        discriminator="withdrawn",
        severity=grade(Severity.MEDIUM, tier=draft.tier, teams=len(teams)),
        standing=Standing.AT_RISK,
        summary=f"{name} {gone}{subjects.waits(pushes)}.",
        plain=f"{draft.title} {gone}.",
        act=subjects.ask(view, draft, f"set a new date, or tell those who planned with {was}."),
        clears=f"It has a date again, or is done; by itself after {ends}.",
        planned=day,
        pushes=pushes,
        facts=(Fact(text=f"The date of {item.ref} was taken away{by}", source=item.key.source,
                    seen_at=change.at, url=item.url),),
        teams=teams,
        programs=wording.unique([*draft.programs, *view.programs(teams)]),
        material=day.isoformat(),
    )  # fmt: skip
    return subjects.with_alone(found, f"{name} {gone}.")
