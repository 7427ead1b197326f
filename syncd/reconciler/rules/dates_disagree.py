"""Sources state different dates for one thing.

Why: two teams that read two tools work towards two dates.
When: one of these does not hold. Version, GitHub milestone, launch event and declared target name
the same day, give or take `tolerance_bd` working days, and the launch is not before the release;
reviews and freezes come before the release; an epic is due no later than what it is part of; an
item is due no later than its version's release and its sprint's end, and its sprint begins by
then; no open child is due after its parent, or what is above that where it has no date.
Silent: a month or quarter that is longer than the gap, cancelled events, days that are the same in
the other's time zone, and dates of an item of which both have passed. Dates changed less than a
working day ago open nothing.
Do: make the lower authority say what the higher one says, or change the higher one.
Clears: all of it holds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity, Standing, Unknown
from syncd.model.items import DateClaim
from syncd.reconciler.facts import dates_wording, reckoning, stated_dates, subjects, wording
from syncd.reconciler.facts.item_dates import Misfit, misfits
from syncd.reconciler.facts.relations import Clash, Relation, clashes
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.dates-disagree]`."""

    tolerance_bd: int = 1
    """Working days by which the dates of one thing may differ."""


def check(view: View, params: Params) -> Results:
    """A finding for each deliverable and each event that does not fit it, then for each item."""
    for deliverable in view.deliverables:
        if not view.passes_over(deliverable.subject, (deliverable.done, "it is done")):
            yield from _of_deliverable(view, deliverable, params)
    for misfit in misfits(view, RULE.id):
        yield misfit if isinstance(misfit, Unknown) else _of_item(view, misfit)


def _of_deliverable(view: View, deliverable: Deliverable, params: Params) -> Iterator[Finding]:
    calendar = view.calendar_of(deliverable)
    found: dict[str, list[Clash]] = defaultdict(list)
    fresh: dict[str, list[Clash]] = defaultdict(list)
    every = clashes(view, deliverable, params.tolerance_bd)
    if not every:
        text, stated = "its {} stated dates and events fit each other", len(deliverable.claims)
        view.silent(deliverable.subject, text, stated)
    for clash in every:
        if stated_dates.have_stood(view, (clash.plan, clash.other), calendar):
            found[_end(view, clash)].append(clash)
        else:
            fresh[_end(view, clash)].append(clash)
            days = clash.plan.hi, clash.other.hi
            view.silent(deliverable.subject, stated_dates.FRESH, *days)
    for end, violated in found.items():
        yield _finding(view, deliverable, end, violated)
    for end in sorted(fresh.keys() - found.keys()):
        made = _finding(view, deliverable, end, fresh[end])
        yield replace(made, holds=True)  # no news, but no end either


def _end(view: View, clash: Clash) -> str:
    """An event is told of by itself, as `event-moved` does; the rest in one table."""
    event = view.event(clash.other.subject)
    return str(event.key) if event else str(clash.relation)


def _finding(view: View, deliverable: Deliverable, end: str, violated: list[Clash]) -> Finding:
    draft = subjects.draft_of(view, deliverable, RULE.id)
    calendar = view.calendar_of(deliverable)
    worst = max(violated, key=lambda clash: abs(clash.gap))
    plan, others = worst.plan, [clash.other for clash in violated]
    left = calendar.between(calendar.local_date(view.snapshot.as_of), plan.hi)
    shown = [claim for _, claim in deliverable.claims]
    shown += [claim for claim in others if claim not in shown]
    return replace(
        draft,
        discriminator=end,
        severity=grade(Severity.MEDIUM, tier=draft.tier, days_left=left, teams=len(draft.teams)),
        standing=Standing.AT_RISK,
        summary=dates_wording.summary(view, deliverable.name, violated),
        plain=dates_wording.plain(view, deliverable.name, worst),
        act=subjects.ask(view, draft, dates_wording.act(view, deliverable, worst)),
        clears=dates_wording.CLEARS[worst.relation],
        planned=plan.hi,
        expected=worst.other.hi,
        slip=worst.gap,
        facts=tuple(_fact(view, claim, plan) for claim in shown),
        scopes=subjects.scopes(view, [claim.subject for claim in shown]),
        material=f"{plan.hi} {worst.other.hi}",
        reckoning=reckoning.of(
            _apart(view, plan, worst.other, worst.gap), tolerance_bd=_allowed(worst)
        ),
    )


def _fact(view: View, claim: DateClaim, plan: DateClaim) -> Fact:
    return stated_dates.fact(view, claim, "; this one counts" if claim == plan else "")


def _of_item(view: View, misfit: Misfit) -> Finding:
    draft, latest = misfit.draft, misfit.late[0]
    today = misfit.calendar.local_date(view.snapshot.as_of)
    left = misfit.calendar.between(today, misfit.limit.hi)
    rests_on = [claim.subject for claim in (misfit.limit, *misfit.late)]
    shown = (misfit.limit, *misfit.late[:5])
    return replace(
        draft,
        severity=grade(Severity.MEDIUM, tier=draft.tier, days_left=left),
        standing=Standing.AT_RISK,
        summary=dates_wording.misfit_summary(view, misfit),
        plain=dates_wording.misfit_plain(view, misfit),
        act=subjects.ask(view, draft, dates_wording.misfit_act(view, misfit)),
        clears="None of these dates is later than the one that limits it.",
        planned=misfit.limit.hi,
        expected=latest.hi,
        holds=misfit.is_fresh,
        slip=misfit.gap,
        facts=tuple(stated_dates.fact(view, claim) for claim in shown),
        scopes=draft.scopes | subjects.scopes(view, rests_on),
        restricted=any(subjects.is_restricted(view, key) for key in rests_on) or draft.restricted,
        material=f"{misfit.limit.hi} {latest.hi}",
        reckoning=reckoning.of(_apart(view, misfit.limit, latest, misfit.gap)),
    )


def _apart(view: View, one: DateClaim, other: DateClaim, gap: int) -> str:
    first, second = stated_dates.words(one, view.today), stated_dates.words(other, view.today)
    return f"from {first} to {second}: {wording.later(gap)}"


def _allowed(clash: Clash) -> int | None:
    """Working days apart where some are allowed."""
    return abs(clash.gap) if clash.relation is Relation.EQUAL else None


RULE = Rule(id="dates-disagree", severity=Severity.MEDIUM, params=Params, check=check)
