"""Open work by how long it has stayed in its state, and all stays of the past beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from syncd.model.calendar import WorkingCalendar
from syncd.model.items import Issue, Phase
from syncd.reconciler.facts.activity import is_held_up, last_touched
from syncd.reconciler.facts.dwell import Dwell, visits
from syncd.reconciler.view import View

RUNNING = (Phase.ACTIVE, Phase.WAITING, Phase.REVIEW)
BLOCKED = "a link says what it waits for"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """How long an item has been in its state, and untouched; in working days."""

    issue: Issue
    team: str | None
    calendar: WorkingCalendar
    today: date
    dwell: int
    touched_at: datetime
    idle: int


def long_stays(view: View, floor: int) -> list[Stay]:
    """Running items that may be stalled, whatever is normal.

    In their state for more than `floor` working days, untouched for at least as many, not behind
    a prerequisite that is open or cannot be read.
    """
    found = []
    for issue in view.snapshot.issues:
        hidden = (issue.key in view.snapshot.invisible, "it cannot be seen now")
        idle = (issue.phase not in RUNNING, "it is neither active, nor waiting, nor in review")
        if view.passes_over(issue.key, hidden, idle):
            continue
        stay = _stay(view, issue)
        if stay.dwell <= floor or stay.idle < floor:
            reason = "it has been {} for {} wd, untouched for {}; up to {} are never too long"
            view.silent(issue.key, reason, issue.state, stay.dwell, stay.idle, floor)
        elif not view.passes_over(issue.key, (_is_blocked(view, issue), BLOCKED)):
            found.append(stay)
    return found


def _stay(view: View, issue: Issue) -> Stay:
    calendar, touched_at = view.calendar(issue.key), last_touched(view, issue)
    today = calendar.local_date(view.snapshot.as_of)
    entered_at = issue.state_entered_at or issue.created_at
    return Stay(
        issue=issue,
        team=view.team_of(issue.key).team,
        calendar=calendar,
        today=today,
        dwell=calendar.between(calendar.local_date(entered_at), today),
        touched_at=touched_at,
        idle=calendar.between(calendar.local_date(touched_at), today),
    )


def _is_blocked(view: View, issue: Issue) -> bool:
    return (issue.flagged or issue.phase is Phase.WAITING) and is_held_up(view, issue)


def all_visits(view: View, share: float, min_n: int) -> Dwell:
    """Stays of every issue, past and present; `share` and `min_n` as `Dwell` takes them."""
    found = Dwell(share, min_n)
    for issue in view.snapshot.issues:
        calendar, team = view.calendar(issue.key), view.team_of(issue.key).team
        changes = view.changes(issue.key, "state")
        for visit in visits(issue, changes, calendar, view.snapshot.as_of, view.bulk):
            found.add(team, issue.type, visit)
    return found
