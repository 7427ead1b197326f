"""How a claimed date moved: the steps that lasted, and the net move of the last days."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Reckoning
from syncd.model.history import Change
from syncd.reconciler.facts import reckoning, wording
from syncd.reconciler.resolve.claims import day_of

REACH_BD = 5
"""A move is measured against the date that stood this many working days before it."""

NEWS_BD = 10
"""Working days for which a move stays news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A change of a date that lasted. `old` is the date before, None = the first one ever set."""

    change: Change
    made_on: date
    """Local day of the change."""
    old: date | None
    new: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What the steps of the last days come to: from, to, and the last step of it."""

    old: date
    new: date
    slip: int
    """Working days; positive = later."""
    steps: tuple[Step, ...]
    earlier: int
    """How often the date had moved before."""
    ends: date
    """The last day on which it is news."""
    is_news: bool


def reckoned(move: Move, tier: str, today: date) -> Reckoning:
    """How far the date moved, held against the least move of its tier."""
    old, new = wording.day(move.old, today), wording.day(move.new, today)
    made = wording.day(move.steps[-1].made_on, today)
    text = f"{old} before the move of {made}, {new} now: {wording.later(move.slip)}"
    return reckoning.of(text, **{f"min_move_{tier.lower()}": abs(move.slip)})


def steps(changes: Iterable[Change], calendar: WorkingCalendar) -> tuple[Step, ...]:
    """The changes of one date field, oldest first, without those undone within a working day.

    A date taken away and set again counts as one step from the old date to the new one.
    """
    found: list[Step] = []
    standing: date | None = None
    for change in lasting(changes, calendar):
        old = day_of(change.old, calendar) or standing
        new = day_of(change.new, calendar)
        standing = new or old
        if new is not None and new != old:
            made_on = calendar.local_date(change.at)
            found.append(Step(change=change, made_on=made_on, old=old, new=new))
    return tuple(found)


def lasting(every: Iterable[Change], calendar: WorkingCalendar) -> list[Change]:
    """The changes of one field, oldest first, without those undone within a working day."""
    changes = tuple(every)
    kept: list[Change] = []
    index = 0
    while index < len(changes):
        first = changes[index]
        back = index
        for later in range(index + 1, len(changes)):
            if not _within_a_day(first, changes[later], calendar):
                break
            if changes[later].new == first.old:
                back = later
        if back == index:
            kept.append(first)
        index = back + 1
    return kept


def _within_a_day(first: Change, second: Change, calendar: WorkingCalendar) -> bool:
    return calendar.between(calendar.local_date(first.at), calendar.local_date(second.at)) <= 1


def standing_on(day: date, moved: Sequence[Step], since: date = date.min) -> date | None:
    """The date that stood at the end of local `day`; None before the first was set, or `since`."""
    value = moved[0].old if moved and day >= since else None
    for step in moved:
        if step.made_on > day:
            break
        value = step.new
    return value


def net_move(
    moved: Sequence[Step],
    now: date,
    *,
    today: date,
    calendar: WorkingCalendar,
    least: int,
    since: date = date.min,
    counts: Callable[[Step], bool] = lambda _: True,
) -> Move | None:
    """What the last steps come to, as it stood when the last one was made; None = no move.

    It is the oldest step within `NEWS_BD` before the last one that leaves `now` at least `least`
    working days from the date that stood `REACH_BD` before it, if the item was made (`since`) then.
    It ends when the date moves back, and is news where such a step lies `NEWS_BD` back at most.
    """
    counted = [step for step in moved if counts(step)]
    if not counted:
        return None

    def oldest(day: date) -> Iterator[tuple[Step, date, int]]:
        for step in counted:
            before = standing_on(calendar.shift(step.made_on, -REACH_BD), moved, since)
            if before is not None and calendar.between(step.made_on, day) <= NEWS_BD:
                slip = calendar.between(before, now)
                if abs(slip) >= least:
                    yield step, before, slip

    first, before, slip = next(oldest(counted[-1].made_on), (None, None, 0))
    if first is None or before is None:
        return None
    return Move(
        old=before,
        new=now,
        slip=slip,
        steps=tuple(s for s in counted if calendar.between(first.made_on, s.made_on) > -REACH_BD),
        earlier=sum(other.old is not None for other in moved[: moved.index(first)]),
        ends=calendar.shift(counted[-1].made_on, NEWS_BD),
        is_news=any(oldest(today)),
    )
