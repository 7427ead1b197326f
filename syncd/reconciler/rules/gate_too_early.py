"""A review takes place before what it judges can be finished.

Why: a go / no-go on unfinished work says no, or says yes without knowing.
When: a review that belongs to a deliverable is at most `ahead_bd` working days ahead, and before
the day by which the deliverable is as likely done as not, at the pace of its teams or by what its
work waits for, on `dwell_bd` working days in a row.
Silent: cancelled reviews, those that have begun, and all of a series but its last meeting before
the target. Too little history, and nothing that is waited for comes later: it cannot be told.
Do: move the review to the day that is 85 % sure, or on which what is waited for lets it be done,
or the first after it that is worked and not frozen, or narrow what it judges.
Clears: the review is no earlier than that day for `dwell_bd` working days, or is held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from syncd.model.findings import Fact, Finding, Severity, Standing, Unknown
from syncd.model.items import CalendarEvent
from syncd.reconciler.facts import readiness, reckoning, subjects, wording
from syncd.reconciler.facts.readiness import Readiness
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Deliverable, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.gate-too-early]`."""

    ahead_bd: int = 20
    """Reviews further ahead, in working days, are not looked at."""
    dwell_bd: int = 3
    """Working days in a row on which it must be so, before it is told and before it is over."""


def check(view: View, params: Params) -> Results:
    """A finding for each review that comes too early."""
    for deliverable in view.deliverables:
        alone = not deliverable.gates, "no review belongs to it"
        if view.passes_over(deliverable.subject, (deliverable.done, "it is done"), alone):
            continue
        for key in deliverable.gates:
            event = view.event(key)
            if event is not None and _is_next(view, deliverable, event, params):
                yield from _judge(view, deliverable, event, params)


def _is_next(view: View, deliverable: Deliverable, event: CalendarEvent, params: Params) -> bool:
    calendar = view.calendar_of(deliverable)
    ahead = calendar.between(view.today, event.first_day)
    return not view.passes_over(
        deliverable.subject,
        (event.status == "cancelled", "its review was cancelled"),
        (event.first_day <= view.today, "its review has begun"),
        (ahead > params.ahead_bd, f"its review is {ahead} wd away, over {params.ahead_bd}"),
        (_is_another(view, deliverable, event), "another meeting of its series is its review"),
    )


def _is_another(view: View, deliverable: Deliverable, event: CalendarEvent) -> bool:
    """Of a series one meeting is its review: the last before the target, else the first."""
    days = view.once(_series).get(event.recurring_id or "")
    if not days:
        return False
    target = deliverable.target.day if deliverable.target else date.max
    return event.first_day != max((day for day in days if day < target), default=min(days))


def _series(view: View) -> Mapping[str, list[date]]:
    """Days on which each series meets; none where all its meetings are cancelled."""
    found: dict[str, list[date]] = defaultdict(list)
    for event in view.snapshot.events:
        if event.recurring_id and event.status != "cancelled":
            found[event.recurring_id].append(event.first_day)
    return found


def _judge(view: View, deliverable: Deliverable, event: CalendarEvent, params: Params) -> Results:
    found = view.once(Forecasts).of(deliverable)
    if found.items == 0:
        view.silent(deliverable.subject, "nothing of it is open")
        return
    ready = readiness.of(view, deliverable, event.first_day)
    if ready is None:
        yield Unknown(
            rule=RULE.id,
            subject=deliverable.subject,
            discriminator=str(event.key),
            reason=f"{deliverable.name} cannot be forecast: {found.reason}",
        )
    elif event.first_day < ready.day:
        yield _finding(view, deliverable, event, ready, params)
    else:
        days = event.first_day, ready.day
        view.silent(deliverable.subject, "its review is on {}, likely done by {}", *days)


def _finding(
    view: View, deliverable: Deliverable, event: CalendarEvent, ready: Readiness, params: Params
) -> Finding:
    draft = subjects.draft_of(view, deliverable, RULE.id)
    left = view.calendar_of(deliverable).between(view.today, event.first_day)
    day = wording.day(event.first_day, view.today)
    early = f"{wording.working_days(ready.slip)}{' or more' if ready.is_range else ''}"
    title = f'"{subjects.short(event.title)}"' if event.title else "a private review"
    return replace(
        draft,
        discriminator=str(event.key),
        severity=grade(
            Severity.MEDIUM, tier=deliverable.tier, days_left=left, teams=len(deliverable.teams)
        ),
        standing=Standing.AT_RISK,
        summary=f"{wording.sentence(title)} on {day} judges {deliverable.name}, "
        f"which {ready.words}.",
        plain=f"The review of {draft.title} on {day} comes {early} too early.",
        act=subjects.ask(view, draft, _ways(title, ready)),
        clears=(
            f"The review is no earlier than the likely day for "
            f"{wording.working_days(params.dwell_bd)}, or is held."
        ),
        url=event.url or draft.url,
        planned=event.first_day,
        expected=ready.day,
        sure_by=ready.sure_by,
        slip=ready.slip,
        course=ready.course,
        facts=(_invited(view, event, day), *ready.facts),
        scopes=draft.scopes | subjects.scopes(view, [event.key]) | ready.scopes,
        encloses=ready.blamed,
        reckoning=reckoning.of(f"the review is on {day}; {ready.formula}", ahead_bd=left),
    )


def _ways(title: str, ready: Readiness) -> str:
    ways = [f"move {title} to {ready.better}"] if ready.better else []
    ways += [f"have {ready.first} done sooner"] if ready.first else []
    return ", or ".join([*ways, "narrow what it judges."])


def _invited(view: View, event: CalendarEvent, day: str) -> Fact:
    source = event.key.source
    names = wording.unique(view.account_name(source, one.account) for one in event.attendees)
    who = f"; invited: {wording.listing(names)}" if names else ""
    title = event.title or "A private review"
    return Fact(text=f"{title} on {day}{who}", source=source, seen_at=event.updated_at,
                url=event.url)  # fmt: skip


RULE = Rule(id="gate-too-early", severity=Severity.MEDIUM, params=Params, check=check)
