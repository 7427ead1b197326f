"""Days on which a deliverable can be delivered: its teams work, and no freeze for all covers it."""

from __future__ import annotations

from datetime import date

from syncd.model.items import CalendarEvent
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.resolve.occasions import Roles
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

FARTHEST = 366
"""Days around a day in which one is looked for that counts."""


def freezes(view: View) -> tuple[CalendarEvent, ...]:
    """Freezes for everybody; one that belongs to a deliverable comes before its release."""
    roles = Roles(view.config.events)
    return tuple(
        event
        for event in view.snapshot.events
        if event.status != "cancelled"
        and event.type == "default"
        and not view.deliverables_of(event.key)
        and roles.of(event) == "freeze"
    )


def covering(view: View, day: date) -> list[CalendarEvent]:
    """The freezes for everybody in which `day` lies."""
    return [one for one in view.once(freezes) if one.first_day <= day <= one.last_day]


def off(view: View, deliverable: Deliverable, day: date) -> str:
    """`falls on a day off of Payments`; "" where all its teams work on `day`."""
    idle = [team for team in _teams(deliverable) if not view.team_calendar(team).works(day)]
    if not idle:
        return ""
    names = wording.listing([subjects.team_name(view, team) for team in idle if team])
    weekend = day.weekday() in view.team_calendar(idle[0]).weekend
    what = "at a weekend" if weekend else "on a day off"
    return f"falls {what}{f' of {names}' if names else ''}"


def within(freeze: CalendarEvent) -> str:
    """`lies in the freeze "Year-end freeze"`."""
    return f'lies in the freeze "{subjects.short(freeze.title)}"'


def nearest(
    view: View, deliverable: Deliverable, day: date, step: int, *, frozen: bool = True
) -> date | None:
    """The first day after `day` (`step` 1) or before it (-1) that counts; None within a year.

    `frozen`: whether freezes make a day count for nothing.
    """
    for away in range(1, FARTHEST):
        try:
            one = date.fromordinal(day.toordinal() + step * away)
        except (OverflowError, ValueError):
            return None
        if not (off(view, deliverable, one) or (frozen and covering(view, one))):
            return one
    return None


def proposed(view: View, deliverable: Deliverable, sure: date) -> str:
    """The first day from `sure` on that counts, and why it is not `sure`.

    `Thu 7 Jan 2027 (85 % sure by Fri 1 Jan 2027, which lies in the freeze "Year-end freeze")`
    """
    said, held = wording.day(sure, view.today), first(view, deliverable, sure)
    if held == sure:
        return said
    frozen = covering(view, sure)
    why = within(frozen[0]) if frozen else off(view, deliverable, sure)
    return f"{wording.day(held, view.today)} (85 % sure by {said}, which {why})"


def first(view: View, deliverable: Deliverable, sure: date) -> date:
    """The first day from `sure` on that counts; `sure` itself where none does within a year."""
    counts = not (covering(view, sure) or off(view, deliverable, sure))
    return sure if counts else nearest(view, deliverable, sure, 1) or sure


def _teams(deliverable: Deliverable) -> tuple[str | None, ...]:
    return deliverable.teams or (None,)
