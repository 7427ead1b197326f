"""The target day has passed and work is still open.

Why: a date that has passed misleads everybody who plans with it.
When: the day is over, at midnight in the owner's time zone, and a deliverable has open items, or
an item with a due date of its own is not done. An item that only inherits a date is told with what
it inherits from. Dates more than `zombie_bd` working days past, on work that nobody touched for
`idle_bd`, are told in one line for each team and month; an alert that fires by then goes on.
Do: agree on a new date with whoever waits, or close what is done.
Clears: done, or the date moved into the future.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date

from syncd.model.findings import Fact, Finding, Severity, Standing, Unknown
from syncd.reconciler.facts import delivery_days, hygiene, reckoning, subjects, wording
from syncd.reconciler.facts.lateness import Late, late
from syncd.reconciler.facts.severity import NEAR, grade
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View

WAITING = "whoever waits for it"
LONG_BD = 5
"""Working days late that raise the severity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.overdue]`."""

    zombie_bd: int = 60
    """Working days late beyond which untouched work has only its team's monthly line."""
    idle_bd: int = 40
    """Working days without human activity that make work untouched."""


def check(view: View, params: Params) -> Results:
    """A finding for each late deliverable and item, one for each team's forgotten dates."""
    forgotten: dict[str, list[Late]] = defaultdict(list)
    for found in late(view, RULE.id):
        if isinstance(found, Unknown):
            yield found
        elif _is_forgotten(found, params):
            forgotten[next(iter(found.draft.teams), "")].append(found)
            yield replace(_finding(view, found), holds=True, passed=None, slip=None)
        else:
            yield _finding(view, found)
    for team, lates in sorted(forgotten.items()):
        yield _forgotten(view, team, lates, params)


def _is_forgotten(found: Late, params: Params) -> bool:
    if found.days <= params.zombie_bd or found.active_at is None:
        return False
    active = found.calendar.local_date(found.active_at)
    return found.calendar.between(active, found.today) >= params.idle_bd


def _finding(view: View, found: Late) -> Finding:
    draft, target = subjects.holding_up(view, found.draft, found.keys), found.claim.hi
    due = wording.day(target, view.today)
    past = f"{wording.working_days(found.days)} ago" if found.days else "which has passed"
    says = f"{found.name} was due {due}, {past}, and {found.open}"
    forecasts, node = view.once(Forecasts), found.item or draft.subject
    p50, p85 = forecasts.finish(node), forecasts.day(node, 0.85)
    act = f"agree on a new date{_proposed(view, found, p85)} with"
    closed = f"or close {draft.ref} if it is done."
    whom = wording.listing([push.ref for push in draft.pushes]) or WAITING
    made = replace(
        draft,
        severity=grade(_base(view, found), tier=draft.tier, teams=len(draft.teams)),
        standing=Standing.LATE,
        summary=f"{says}{subjects.waits(draft.pushes)}.",
        plain=f"{draft.title} was due {due}, {past}, and {_plainly(found)}.",
        act=subjects.ask(view, draft, f"{act} {whom}, {closed}"),
        clears="It is done, or its date moves into the future.",
        planned=target,
        expected=p50,
        slip=found.calendar.between(target, p50) if p50 else found.days,
        passed=found.days,
        by=found.calendar.shift(found.today, 1),
        sure_by=p85,
        facts=(*found.facts, *_activity(view, found)),
        material=target.isoformat(),
        reckoning=reckoning.of(
            f"{wording.working_days(found.days)} from {due} to "
            f"{wording.day(found.today, view.today)}; {found.open}",
            zombie_bd=found.days,
        ),
    )
    nobody = subjects.ask(view, draft, f"{act} {WAITING}, {closed}")
    return subjects.with_alone(made, f"{says}.", act=nobody)


def _proposed(view: View, found: Late, sure: date | None) -> str:
    """` (85 % sure: Fri 18 Dec)`, or a later day where a deliverable cannot be delivered on it."""
    if sure is None:
        return ""
    if found.whole and delivery_days.first(view, found.whole, sure) != sure:
        return f", {delivery_days.proposed(view, found.whole, sure)},"
    return f" (85 % sure: {wording.day(sure, view.today)})"


def _plainly(found: Late) -> str:
    return "is not done" if found.item else found.open


def _base(view: View, found: Late) -> int:
    long = int(found.days >= LONG_BD)
    if found.item is None:
        return Severity.HIGH + long
    deliverable = subjects.main_deliverable(view, found.item)
    if deliverable is None or deliverable.provisional or deliverable.target is None:
        return Severity.LOW + long
    is_near = found.calendar.between(found.today, deliverable.target.day) <= NEAR
    return (Severity.MEDIUM if is_near else Severity.LOW) + long


def _activity(view: View, found: Late) -> tuple[Fact, ...]:
    if found.active_at is None:
        return ()
    day = wording.day(found.calendar.local_date(found.active_at), view.today)
    source = found.claim.subject.source
    return (Fact(text=f"Last activity on {day}", source=source, seen_at=found.active_at),)


def _forgotten(view: View, team: str, lates: list[Late], params: Params) -> Finding:
    facts = [
        Fact(
            text=f"{'A restricted item' if found.draft.restricted else found.draft.ref} "
            f"(due {wording.day(found.claim.hi, view.today)})",
            source=found.claim.subject.source,
            seen_at=found.active_at,
            url="" if found.draft.restricted else found.draft.url,
        )
        for found in sorted(lates, key=lambda found: (found.claim.hi, found.draft.subject))
    ]
    dates = wording.plural(len(lates), "date")
    what = f"has {dates} more than {params.zombie_bd} working days past, on work that is untouched"
    return hygiene.monthly_line(
        view, team, rule=RULE.id, kind="zombie", what=what, facts=facts, standing=Standing.LATE,
        act="close these, or give each a new date.",
        clears="Each is closed, has a new date, or is worked on.",
        scopes=frozenset().union(*(found.draft.scopes for found in lates)),
    )  # fmt: skip


RULE = Rule(id="overdue", severity=Severity.HIGH, params=Params, check=check)
