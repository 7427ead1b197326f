"""What people would have been told, and how often it was about what was then missed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from syncd.model.alerts import Reason, Transition
from syncd.model.findings import Finding
from syncd.model.forecasts import Share
from syncd.reconciler.backtest.commitments import Look, Outcome, Promise
from syncd.reconciler.backtest.days import Day
from syncd.reconciler.forecast.pace import quantile

OPENINGS = (Reason.OPENED, Reason.REOPENED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One piece of news, and what became of what it was about."""

    on: date
    transition: Transition
    people: tuple[str, ...]
    """Ids of those who would have heard it; empty where nobody is routed to it."""
    left: int | None
    """Working days to the promised day; None once that had passed, or without one."""
    outcome: Outcome | None
    """Of the commitment that it was about: its subject's, else that of the deliverable it is part
    of. None = not known, or about none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRule:
    """How often alerts of one rule were about what was then missed."""

    rule: str
    alerts: int
    right: Share
    """Of those about a commitment whose outcome is known."""
    lead: float | None
    """Working days to the promised day, median of those that were right."""


def sent(days: Sequence[Day], outcomes: Mapping[Promise, Outcome]) -> tuple[Sent, ...]:
    """All that people would have been told, oldest first; also in the summary of the first day."""
    return tuple(
        _sent(day, transition, outcomes)
        for day in days
        for transition in day.transitions
        if transition.told or (_is_adopted(transition) and not transition.alert.inhibited_by)
    )


def _is_adopted(transition: Transition) -> bool:
    return transition.reason is Reason.ADOPTED


def _sent(day: Day, transition: Transition, outcomes: Mapping[Promise, Outcome]) -> Sent:
    found, print_ = transition.alert.finding, transition.alert.fingerprint
    heard = (one for one in day.notices if any(_tells(print_, told) for told in one.transitions))
    look, promise = _about(day, found)
    return Sent(
        on=day.on,
        transition=transition,
        people=tuple(sorted({notice.person for notice in heard})),
        left=look.left if look else None,
        outcome=outcomes.get(promise) if promise else None,
    )


def _about(day: Day, found: Finding) -> tuple[Look | None, Promise | None]:
    """The commitment of its subject, else of its deliverable, that can be judged."""
    if found.planned and found.planned < day.on:
        return None, Promise(found.subject, found.planned)
    looks = {look.promise.subject: look for look in day.looks if not look.in_hindsight}
    look = looks.get(found.subject) or looks.get(f"deliverable:{found.deliverable}")
    return look, look.promise if look else None


def _tells(print_: str, told: Transition) -> bool:
    return told.alert.fingerprint == print_


def rightness(rule: str, told: Iterable[Sent]) -> OfRule:
    """How often alerts that began with one of `told`, all of one rule, were about a later miss."""
    begun = (*OPENINGS, Reason.ADOPTED)
    opened = [one for one in told if one.transition.reason in begun]
    known = [one for one in opened if one.outcome not in (None, Outcome.GONE)]
    right = [one for one in known if one.outcome and one.outcome.is_miss]
    leads = [one.left or 0 for one in right]
    return OfRule(
        rule=rule,
        alerts=len(opened),
        right=Share(len(right), len(known)),
        lead=quantile(leads, 0.5),
    )
