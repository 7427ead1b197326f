"""Dates that were taken away: whoever planned with one hears of it as of one that moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import chain
from typing import NamedTuple

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


class Lost(NamedTuple):
    """The edit that took a date away."""

    change: Change
    day: date
    ends: date
    """The last day on which it is news."""


def withdrawn(view: View, rule: str) -> Iterator[Finding]:
    """One for each release, milestone, epic and item waited for that lately lost its only date."""
    every: Iterator[Planned] = chain(view.snapshot.milestones, view.snapshot.issues)
    for item in every:
        if item.claims or not is_open(item) or _is_sprint(item) or view.target(item.key):
            continue
        if (lost := _lost(view, item)) and (
            _is_plan(item) or subjects.waiting_for(view, [item.key])
        ):
            yield _finding(view, item, lost, rule)


def _lost(view: View, item: Planned) -> Lost | None:
    changes, calendar = view.changes(item.key, *DUES, "release"), view.calendar(item.key)
    if not changes or changes[-1].new is not None or view.bulk(changes[-1]):
        return None
    made, day = calendar.local_date(changes[-1].at), day_of(changes[-1].old, calendar)
    if day is None or not SETTLES_BD < calendar.between(made, view.today) <= NEWS_BD:
        return None
    return Lost(change=changes[-1], day=day, ends=calendar.shift(made, NEWS_BD))


def _is_sprint(item: Planned) -> bool:
    return isinstance(item, Milestone) and item.kind is MilestoneKind.SPRINT


def _is_plan(item: Planned) -> bool:
    return isinstance(item, Milestone) or item.level in (Level.INITIATIVE, Level.EPIC)


def _finding(view: View, item: Planned, lost: Lost, rule: str) -> Finding:
    draft, was = subjects.draft_of_item(view, item.key, rule), wording.day(lost.day, view.today)
    parts = view.milestone_members(item.key) if isinstance(item, Milestone) else ()
    edges = subjects.waiting_for(view, [item.key, *(one.key for one in parts)])
    pushes = subjects.pushes(view, [edge.dependant for edge in edges])
    named = subjects.called(item)
    name = f"{named} ({item.ref})" if isinstance(item, Milestone) else named
    gone = f"was planned for {was} and has no date any more"
    by = f" by {view.account_name(item.key.source, lost.change.actor)}" if lost.change.actor else ""
    teams, ends = subjects.hit(draft, pushes), wording.day(lost.ends, view.today)
    found = replace(
        draft,
        discriminator="withdrawn",
        severity=grade(Severity.MEDIUM, tier=draft.tier, teams=len(teams)),
        standing=Standing.AT_RISK,
        summary=f"{name} {gone}{subjects.waits(pushes)}.",
        plain=f"{draft.title} {gone}.",
        act=subjects.ask(view, draft, f"set a new date, or tell those who planned with {was}."),
        clears=f"It has a date again, or is done; by itself after {ends}.",
        planned=lost.day,
        pushes=pushes,
        facts=(
            Fact(
                text=f"The date of {item.ref} was taken away{by}",
                source=item.key.source, seen_at=lost.change.at, url=item.url,
            ),
        ),
        teams=teams,
        programs=wording.unique([*draft.programs, *view.programs(teams)]),
        material=lost.day.isoformat(),
    )  # fmt: skip
    return subjects.with_alone(found, f"{name} {gone}.")
