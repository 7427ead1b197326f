"""What is past its day and still open: deliverables, and issues with a due date of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Fact, Finding, Unknown
from syncd.model.items import DateClaim, Issue, ItemKey
from syncd.reconciler.facts import stated_dates, subjects, wording
from syncd.reconciler.facts.unseen import unseen
from syncd.reconciler.resolve.resolution import Deliverable, Target
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A subject whose day is over, with what its sentence needs."""

    draft: Finding
    claim: DateClaim
    name: str
    open: str
    """What is open, as the end of a sentence."""
    keys: tuple[ItemKey, ...]
    """The subject and all that is part of it."""
    calendar: WorkingCalendar
    today: date
    """The organisation's, which all sentences speak of; the day itself ends in its own zone."""
    active_at: datetime | None
    facts: tuple[Fact, ...]
    item: ItemKey | None = None
    """None for a deliverable."""
    whole: Deliverable | None = None
    """The deliverable; None for an item."""

    @property
    def days(self) -> int:
        """Working days since the target; 0 if only days off have gone by, or none here yet."""
        return max(0, self.calendar.between(self.claim.hi, self.today))


def late(view: View, rule: str) -> Iterator[Late | Unknown]:
    """Late deliverables, then late issues whose lateness is not theirs."""
    spoken_for: set[ItemKey] = set()
    for deliverable in view.deliverables:
        work = subjects.open_members(view, deliverable)
        if work:
            spoken_for.update(subjects.one_with(view, deliverable))
        yield from _late_deliverable(view, deliverable, work, rule)
    lacking = "it has no due date of its own"
    for issue, target in subjects.with_own_date(view, spoken_for, lacking):
        yield from _late_issue(view, issue, target, rule)


def _late_deliverable(
    view: View, deliverable: Deliverable, work: list[Issue], rule: str
) -> Iterator[Late | Unknown]:
    target, calendar = deliverable.target, view.calendar_of(deliverable)
    guards = (deliverable.done, "it is done"), (target is None, "it has no target date")
    if view.passes_over(deliverable.subject, *guards) or target is None:
        return
    if not subjects.is_over(view, target.claim, calendar):
        view.silent(deliverable.subject, "its day, {}, has not passed", target.day)
        return
    if work:
        yield _of_deliverable(view, deliverable, target.claim, work, rule=rule)
    elif gone := view.snapshot.invisible.intersection(deliverable.members):
        yield unseen(view, rule, deliverable.subject, "some of its items", gone)
    elif deliverable.declared and not deliverable.members:
        reason = "no item of it is known, so it cannot be told whether it is done"
        yield Unknown(rule=rule, subject=deliverable.subject, reason=reason)
    else:
        view.silent(deliverable.subject, "nothing of it is open")


def _of_deliverable(
    view: View,
    deliverable: Deliverable,
    claim: DateClaim,
    work: list[Issue],
    *,
    rule: str,
) -> Late:
    items = [item for key in deliverable.bound if (item := view.item(key))]
    active = [at for item in [*items, *work] if (at := subjects.active_at(view, item))]
    count = f"{len(work)} of {wording.plural(len(deliverable.members), 'item')}"
    open_ = f"{count} {'is' if len(work) == 1 else 'are'} open"
    refs = wording.listing(subjects.refs(work))
    facts = [Fact(text=f"{wording.sentence(open_)}: {refs}")]
    baseline = deliverable.baseline
    if baseline and baseline != claim.hi:
        note = " (the first date seen)" if deliverable.provisional else ""
        facts.append(Fact(text=f"Baseline: {wording.day(baseline, view.today)}{note}"))
    draft = subjects.draft_of(view, deliverable, rule)
    rests_on = [claim.subject, *deliverable.bound, *(issue.key for issue in work)]
    return Late(
        draft=replace(draft, scopes=subjects.scopes(view, rests_on)),
        claim=claim,
        name=deliverable.name,
        open=open_,
        keys=(*deliverable.bound, *deliverable.members),
        calendar=view.calendar_of(deliverable),
        today=view.today,
        active_at=max(active, default=None),
        facts=(stated_dates.fact(view, claim), *facts),
        whole=deliverable,
    )


def _late_issue(view: View, issue: Issue, target: Target, rule: str) -> Iterator[Late]:
    calendar = view.calendar(issue.key)
    if not subjects.is_over(view, target.claim, calendar):
        view.silent(issue.key, "its due date, {}, has not passed", target.day)
        return
    yield Late(
        draft=subjects.draft_of_item(view, issue.key, rule),
        claim=target.claim,
        name=subjects.called(issue),
        open=f"it is still {issue.state}",
        keys=(issue.key,),
        calendar=calendar,
        today=view.today,
        active_at=subjects.active_at(view, issue),
        facts=(stated_dates.fact(view, target.claim),),
        item=issue.key,
    )
