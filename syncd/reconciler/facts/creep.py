"""How a date crept lately: its later moves, what they come to, and how fast it recedes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from syncd.reconciler.facts.dated import Dated
from syncd.reconciler.facts.moves import Step

WINDOW_BD, RECEDE_BD, QUIET_BD = 60, 40, 20
"""Working days in which moves count, in which the date may recede, and after which all is quiet."""


OFTEN, SMALL_BD = 3, 3
"""Moves after which one of fewer working days is no news by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Creep:
    """Later moves of a date in the last 60 working days."""

    later: tuple[Step, ...]
    total: int
    pace: float
    """Working days by which the date moved for each of the last 40; 0 after fewer than 2 moves."""


def creep_of(dated: Dated, every: Sequence[Step], today: date) -> Creep | None:
    """None where the date did not move later at least twice, or not lately."""
    calendar = dated.calendar
    later = tuple(
        step
        for step in every
        if step.old and step.new > step.old and calendar.between(step.made_on, today) <= WINDOW_BD
    )
    if len(later) < 2 or calendar.between(later[-1].made_on, today) > QUIET_BD:
        return None
    then = calendar.shift(today, -RECEDE_BD)
    recent = [one for one in every if one.old and one.made_on > then]
    receded = sum(calendar.between(one.old or one.new, one.new) for one in recent)
    return Creep(
        later=later,
        total=sum(calendar.between(step.old or step.new, step.new) for step in later),
        pace=receded / RECEDE_BD if later[-2].made_on > then else 0.0,
    )


def news_of(dated: Dated, counted: Sequence[Step]) -> date:
    """The new date of the last move that was news: of a date that creeps not each small step.

    `counted` are those that somebody meant. Each is held against those before it, not against
    today: time alone makes none news.
    """
    between = dated.calendar.between
    later = [step for step in counted if step.old and step.new > step.old]
    if later[-1:] != [counted[-1]]:
        return counted[-1].new
    told = [
        step
        for number, step in enumerate(later)
        if number < OFTEN
        or between(later[number - OFTEN].made_on, step.made_on) > WINDOW_BD
        or between(step.old or step.new, step.new) >= SMALL_BD
    ]
    return told[-1].new
