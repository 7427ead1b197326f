"""How often each way of telling was right: syncd's, and those that it has to beat (§D6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from syncd.model.forecasts import Share
from syncd.reconciler.backtest import metrics
from syncd.reconciler.backtest.commitments import Look, Outcome, Promise
from syncd.reconciler.backtest.days import Day
from syncd.reconciler.forecast.pace import quantile

BEFORE = (7, 14, 30)
"""Calendar days before the promised day at which is asked what was said."""


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of one commitment on one day."""

    look: Look
    called: bool
    """By an alert."""
    missed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to tell that a day will be missed."""

    name: str
    says: Callable[[Said], bool]
    odds: Callable[[Said], float]
    """Chance of a miss, or 0 or 1 where it only says yes or no."""
    danger: Callable[[Said], float]
    """A score that rises with the danger, for AUC."""
    of_issues: bool = True
    """Whether it can be asked of single issues too."""


def _burn_up(said: Said) -> float:
    return said.look.plain.burn_up if said.look.plain else -1.0


def _behind(said: Said) -> float:
    return said.look.plain.behind if said.look.plain else -1.0


WAYS = (
    Way(
        name="syncd",
        says=lambda said: said.called,
        odds=lambda said: said.look.late or 0.0,
        danger=lambda said: said.look.late or 0.0,
    ),
    Way(
        name="linear burn-up",
        says=lambda said: _burn_up(said) > 0,
        odds=lambda said: float(_burn_up(said) > 0),
        danger=_burn_up,
        of_issues=False,
    ),
    Way(
        name="share done < share elapsed",
        says=lambda said: _behind(said) > 0,
        odds=lambda said: float(_behind(said) > 0),
        danger=_behind,
        of_issues=False,
    ),
    Way(
        name="always on time",
        says=lambda _: False,
        odds=lambda _: 0.0,
        danger=lambda _: 0.0,
    ),
)
"""*Date passed* says nothing before the day either: until then it is *always on time*."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """How right a way was so many days before."""

    way: str
    before: int
    """Calendar days."""
    asked: int
    missed: int
    precision: Share
    recall: Share
    compared: int
    """Of those asked, how many every way could give odds for: AUC and Brier are of these."""
    rarer: int
    """Of these, how many were missed, or how many kept, whichever is less: AUC rests on them."""
    auc: float | None
    brier: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """How right and how early a way was, whenever it first spoke."""

    way: str
    precision: Share
    recall: Share
    false_alarms: Share
    """Of the commitments that were kept."""
    lead: tuple[float | None, float | None]
    """Working days from the first word to the promised day, of those missed: median and P25."""


def told_of(
    days: Sequence[Day], outcomes: Mapping[Promise, Outcome]
) -> dict[Promise, tuple[Said, ...]]:
    """What was said of each commitment that was kept or missed, oldest first.

    Days on which its date was known in hindsight only are left out.
    """
    found: dict[Promise, list[Said]] = defaultdict(list)
    for day in days:
        for look in day.looks:
            outcome = outcomes.get(look.promise, Outcome.GONE)
            if outcome is not Outcome.GONE and not look.in_hindsight:
                said = Said(look, look.promise in day.called, outcome.is_miss)
                found[look.promise].append(said)
    return {promise: tuple(found[promise]) for promise in sorted(found)}


def ahead(
    told: Mapping[Promise, Sequence[Said]], before: int, span: int, *, issues: bool
) -> tuple[Ahead, ...]:
    """Each way, asked `before` calendar days ahead, or up to `span` days earlier."""
    asked = [said for many in told.values() if (said := _at(many, before, span))]
    odds = [said for said in asked if said.look.late is not None and (issues or said.look.plain)]
    late = sum(said.missed for said in odds)
    found = []
    for way in WAYS:
        if way.of_issues or not issues:
            calls = [(way.says(said), said.missed) for said in asked]
            found.append(
                Ahead(
                    way=way.name,
                    before=before,
                    asked=len(asked),
                    missed=sum(said.missed for said in asked),
                    precision=metrics.precision(calls),
                    recall=metrics.recall(calls),
                    compared=len(odds),
                    rarer=min(late, len(odds) - late),
                    auc=metrics.auc([(way.danger(said), said.missed) for said in odds]),
                    brier=metrics.brier([(way.odds(said), said.missed) for said in odds]),
                )
            )
    return tuple(found)


def _at(many: Sequence[Said], before: int, span: int) -> Said | None:
    for said in reversed(many):
        left = (said.look.promise.day - said.look.on).days
        if left >= before:
            return said if left < before + span else None
    return None


def alarms(told: Mapping[Promise, Sequence[Said]], *, issues: bool) -> tuple[Alarm, ...]:
    """Each way, and the first day on which it spoke of each commitment."""
    found = [_alarm(way, told) for way in WAYS if way.of_issues or not issues]
    return (*found, _date_passed([many[0].missed for many in told.values()]))


def _date_passed(missed: Sequence[bool]) -> Alarm:
    """Right each time, of each miss, and too late."""
    late = sum(missed)
    return Alarm(
        way="date passed",
        precision=Share(late, late),
        recall=Share(late, late),
        false_alarms=Share(0, len(missed) - late),
        lead=(0.0, 0.0) if late else (None, None),
    )


def _alarm(way: Way, told: Mapping[Promise, Sequence[Said]]) -> Alarm:
    first = [
        (next((said for said in many if way.says(said)), None), many[0].missed)
        for many in told.values()
    ]
    calls = [(said is not None, missed) for said, missed in first]
    leads = [said.look.left for said, missed in first if said and missed]
    return Alarm(
        way=way.name,
        precision=metrics.precision(calls),
        recall=metrics.recall(calls),
        false_alarms=metrics.false_alarms(calls),
        lead=(quantile(leads, 0.5), quantile(leads, 0.25)),
    )


def span_of(days: Sequence[date]) -> int:
    """Calendar days within which a replayed day falls: the longest step, at least one."""
    return max([1, *((late - early).days for early, late in pairwise(days))])
