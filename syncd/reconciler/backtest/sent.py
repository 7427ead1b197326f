"""What people would have been told, and how often it was about what was then missed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    return tuple(one for day in days for one in _on(day, outcomes))


def _on(day: Day, outcomes: Mapping[Promise, Outcome]) -> Iterator[Sent]:
    heard: dict[str, set[str]] = {}
    for notice in day.notices:
        for told in notice.transitions:
            heard.setdefault(told.alert.fingerprint, set()).add(notice.person)
    looks = {look.promise.subject: look for look in day.looks if not look.in_hindsight}
    for transition in day.transitions:
        alert = transition.alert
        if not (transition.told or (_is_adopted(transition) and not alert.inhibited_by)):
            continue
        look, promise = _about(day.on, looks, alert.finding)
        yield Sent(
            on=day.on,
            transition=transition,
            people=tuple(sorted(heard.get(alert.fingerprint, ()))),
            left=look.left if look else None,
            outcome=outcomes.get(promise) if promise else None,
        )


def _is_adopted(transition: Transition) -> bool:
    return transition.reason is Reason.ADOPTED


def _about(
    on: date, looks: Mapping[str, Look], found: Finding
) -> tuple[Look | None, Promise | None]:
    """The commitment of its subject, else of its deliverable, that can be judged."""
    if found.planned and found.planned < on:
        return None, Promise(found.subject, found.planned)
    look = looks.get(found.subject) or looks.get(f"deliverable:{found.deliverable}")
    return look, look.promise if look else None


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
