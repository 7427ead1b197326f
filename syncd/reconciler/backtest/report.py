"""What replayed days add up to (`reconciler.md` §D6). Pure.

Every share keeps how many stand behind it; whoever shows it says where they are too few.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from syncd.model.alerts import NoticeKind, Reason
from syncd.model.forecasts import Share
from syncd.reconciler.backtest import metrics
from syncd.reconciler.backtest.commitments import Look, Outcome, Promise
from syncd.reconciler.backtest.days import Came, Day, Ending, Foretold
from syncd.reconciler.backtest.sent import OPENINGS, OfRule, Sent, rightness, sent
from syncd.reconciler.backtest.ways import (
    BEFORE,
    Ahead,
    Alarm,
    Said,
    ahead,
    alarms,
    span_of,
    told_of,
)
from syncd.reconciler.forecast.pace import quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Commitments of one kind: deliverables, or issues with a date of their own."""

    outcomes: Mapping[Outcome, int]
    """Of those that are judged."""
    still_ahead: int
    """Their day has not come."""
    in_hindsight: int
    """Not judged: their dates are known only as they were read later."""
    ahead: tuple[Ahead, ...]
    alarms: tuple[Alarm, ...]
    unannounced: Share
    """Of those missed, how many no alert had told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """Forecasts of deliverables whose 85 % day has come, and what became of them."""

    made: int
    judged: int
    by_p50: Share
    """Done by then; each share of the forecasts whose own day has come."""
    by_p85: Share
    by_p95: Share
    by_due: Share
    """Done by the promised day: *due date as forecast*."""
    compared: int
    """Judged ones with a promised day that was ahead: both errors are of these."""
    crps: float | None
    """Error over the days to the middle date, on average."""
    crps_due: float | None
    """The same of the promised day alone."""
    sharpness: float | None
    """Days to the 85 % date over days to the middle one, median of all that were made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How much would have been sent."""

    alerts: int
    """Openings that people were told of."""
    per_deliverable_week: float | None
    per_person_week: float | None
    """News of any kind to each person who can be told."""
    per_miss: float | None
    flaps_per_alert: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole backtest."""

    first: date
    last: date
    days: int
    until: date
    """Outcomes are known up to here."""
    configured: int
    """Commitments whose date is the configuration's of today."""
    deliverables: Kind
    issues: Kind
    dates: Dates
    noise: Noise
    rules: tuple[OfRule, ...]
    failures: tuple[tuple[str, int], ...]
    """(rule, days on which it failed), sorted."""


def report(days: Sequence[Day], ending: Ending, *, people: int) -> Report:
    """Of at least one day; `people` is how many can be told."""
    outcomes = outcomes_of(days, ending)
    failures = Counter(rule for day in days for rule in day.failures)
    firsts = {look.promise: look for day in reversed(days) for look in day.looks}
    misses = sum(outcomes[promise].is_miss for promise in told_of(days, outcomes))
    return Report(
        first=days[0].on,
        last=days[-1].on,
        days=len(days),
        until=ending.on,
        configured=sum(look.configured for look in firsts.values()),
        deliverables=_kind(days, outcomes, firsts, issues=False),
        issues=_kind(days, outcomes, firsts, issues=True),
        dates=_dates(days, ending),
        noise=_noise(days, people, misses),
        rules=_rules(days, outcomes),
        failures=tuple(sorted(failures.items())),
    )


def outcomes_of(days: Sequence[Day], ending: Ending) -> dict[Promise, Outcome]:
    """How every commitment whose day has come ended."""
    return dict([*(pair for day in days for pair in day.settled), *ending.settled])


def _kind(
    days: Sequence[Day],
    outcomes: Mapping[Promise, Outcome],
    firsts: Mapping[Promise, Look],
    *,
    issues: bool,
) -> Kind:
    mine = [one for one in firsts if _of_deliverable(one) != issues]
    every = told_of(days, outcomes)
    told = {one: every[one] for one in mine if one in every}
    counted = Counter(outcomes[one] for one in told)
    known = {look.promise for day in days for look in day.looks if not look.in_hindsight}
    span = span_of([day.on for day in days])
    missed = [many for many in told.values() if many[0].missed]
    return Kind(
        outcomes={outcome: counted[outcome] for outcome in Outcome}
        | {Outcome.GONE: sum(outcomes.get(one) is Outcome.GONE for one in mine if one in known)},
        still_ahead=sum(one not in outcomes for one in mine),
        in_hindsight=sum(one not in known and one in outcomes for one in mine),
        ahead=tuple(row for before in BEFORE for row in ahead(told, before, span, issues=issues)),
        alarms=alarms(told, issues=issues),
        unannounced=Share(sum(not _was_called(many) for many in missed), len(missed)),
    )


def _was_called(many: Iterable[Said]) -> bool:
    return any(said.called for said in many)


def _dates(days: Sequence[Day], ending: Ending) -> Dates:
    made = {(one.subject, one.made_at): one for day in days for one in day.foretold}
    known = [(one, came) for came in ending.came if (one := made.get((came.subject, came.made_at)))]
    judged = [(one, _took(came)) for one, came in known if one.p85 <= came.lasted]
    promised = [(one, one.due, took) for one, took in judged if one.due is not None]
    return Dates(
        made=len(made),
        judged=len(judged),
        by_p50=_done_by((one.p50, came) for one, came in known),
        by_p85=_done_by((one.p85, came) for one, came in known),
        by_p95=_done_by((one.p95, came) for one, came in known),
        by_due=_done_by((one.due, came) for one, came in known if one.due is not None),
        compared=len(promised),
        crps=metrics.mean([metrics.crps(one.days, took) / _unit(one) for one, _, took in promised]),
        crps_due=metrics.mean([abs(took - due) / _unit(one) for one, due, took in promised]),
        sharpness=quantile((one.p85 / _unit(one) for one in made.values()), 0.5),
    )


def _took(came: Came) -> int:
    """What is still open counts as long as it has lasted."""
    return came.lasted if came.took is None else came.took


def _unit(made: Foretold) -> int:
    return max(1, made.p50)


def _done_by(pairs: Iterable[tuple[int, Came]]) -> Share:
    """Of those whose day has come; of others only those that ended early would be known."""
    return metrics.within((day, came.took) for day, came in pairs if day <= came.lasted)


def _noise(days: Sequence[Day], people: int, misses: int) -> Noise:
    passed = [one for day in days for one in day.transitions]
    opened = [one for one in passed if one.told and one.reason in OPENINGS]
    weeks = ((days[-1].on - days[0].on).days + 1) / 7
    promised = sum(_of_deliverable(look.promise) for day in days for look in day.looks) / len(days)
    news = sum(
        len(notice.transitions)
        for day in days
        for notice in day.notices
        if notice.kind is not NoticeKind.ADOPTION
    )
    back = sum(one.reason is Reason.REOPENED for one in passed)
    return Noise(
        alerts=len(opened),
        per_deliverable_week=_per(
            sum(bool(one.alert.finding.deliverable) for one in opened), promised * weeks
        ),
        per_person_week=_per(news, people * weeks),
        per_miss=_per(len(opened), misses),
        flaps_per_alert=_per(back, len({one.alert.fingerprint for one in passed})),
    )


def _per(count: int, of: float) -> float | None:
    return count / of if of else None


def _of_deliverable(promise: Promise) -> bool:
    return promise.subject.startswith("deliverable:")


def _rules(days: Sequence[Day], outcomes: Mapping[Promise, Outcome]) -> tuple[OfRule, ...]:
    by_rule: dict[str, list[Sent]] = defaultdict(list)
    for one in sent(days, outcomes):
        by_rule[one.transition.alert.finding.rule].append(one)
    return tuple(rightness(rule, by_rule[rule]) for rule in sorted(by_rule))
