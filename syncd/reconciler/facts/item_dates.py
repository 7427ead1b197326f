"""Dates of an item that do not fit those around it: its version, its sprint, its children."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Finding, Unknown
from syncd.model.items import DateClaim, DateRole, Issue, ItemKey
from syncd.reconciler.facts import stated_dates, subjects
from syncd.reconciler.facts.unseen import unseen
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Dates around an item of which `late` are to be no later than `limit`, and are."""

    draft: Finding
    """Of the item, with the discriminator set: version, sprint, sprint-start or children."""
    name: str
    limit: DateClaim
    late: tuple[DateClaim, ...]
    """Latest first."""
    gap: int
    """Working days from the limit to the latest."""
    calendar: WorkingCalendar
    is_fresh: bool


def misfits(view: View, rule: str) -> Iterator[Misfit | Unknown]:
    """Of open items with a date: after their version or sprint, before sprint or children."""
    for issue, own in subjects.with_own_date(view, (), "it has no date of its own"):
        for kind, limits, claims in _around(view, issue, own.claim):
            yield from _judge(view, issue, kind, limits, claims, rule=rule)


_Around = tuple[str, list[DateClaim], list[DateClaim]]


def _around(view: View, issue: Issue, own: DateClaim) -> Iterator[_Around]:
    """(kind, limits of which the earliest counts, claims that must not be later)."""
    bound = {
        key for d in view.deliverables_of(issue.key) for key in d.bound if issue.key in d.bound
    }
    yield "version", _claims(view, [key for key in issue.milestones if key not in bound]), [own]
    if issue.sprint is not None:
        yield "sprint", _claims(view, [issue.sprint]), [own]
        sprint = view.milestone(issue.sprint)
        if sprint is not None and sprint.start is not None and is_open(sprint):
            day = sprint.start
            start = DateClaim(
                subject=sprint.key, role=DateRole.START, field="start", lo=day, hi=day
            )
            yield "sprint-start", [own], [start]
    yield "children", [own], _claims(view, list(_dated_below(view, issue)))


def _dated_below(view: View, issue: Issue) -> Iterator[ItemKey]:
    """The nearest items under it that have a date; what has none is looked through."""
    waiting = [issue.key]
    while waiting:
        for child in view.children(waiting.pop()):
            if view.own_target(child.key) is None:
                waiting.append(child.key)
            else:
                yield child.key


def _claims(view: View, keys: list[ItemKey]) -> list[DateClaim]:
    """What the open items among `keys` say themselves."""
    targets = [view.own_target(key) for key in keys if (item := view.item(key)) and is_open(item)]
    return [target.claim for target in targets if target]


def _judge(
    view: View,
    issue: Issue,
    kind: str,
    limits: list[DateClaim],
    claims: list[DateClaim],
    *,
    rule: str,
) -> Iterator[Misfit | Unknown]:
    if gone := {claim.subject for claim in (*limits, *claims)} & view.snapshot.invisible:
        yield unseen(view, rule, issue.key, "a date around it", gone, kind=kind)
        return
    limit = min(limits, key=lambda claim: (claim.hi, claim.subject), default=None)
    if limit is None or not claims:
        view.silent(issue.key, "nothing to compare its date with has one ({})", kind)
        return
    calendar = view.calendar(issue.key)
    after = [claim for claim in claims if _is_after(view, claim, limit, calendar)]
    late = [one for one in after if stated_dates.have_stood(view, (limit, one), calendar)] or after
    if late:
        late.sort(key=lambda claim: (claim.hi, claim.subject), reverse=True)
        is_fresh = not stated_dates.have_stood(view, (limit, late[0]), calendar)
        if is_fresh:
            view.silent(issue.key, stated_dates.FRESH, limit.hi, late[0].hi)
        draft = subjects.draft_of_item(view, issue.key, rule)
        yield Misfit(
            draft=replace(draft, discriminator=kind),
            name=subjects.called(issue),
            limit=limit,
            late=tuple(late),
            gap=stated_dates.gap(limit, late[0], calendar),
            calendar=calendar,
            is_fresh=is_fresh,
        )
    else:
        reason = "no date that is ahead is after {} ({})"
        view.silent(issue.key, reason, limit.hi, kind)


def _is_after(view: View, claim: DateClaim, limit: DateClaim, calendar: WorkingCalendar) -> bool:
    days = stated_dates.gap(limit, claim, calendar)
    is_over = max(limit.hi, claim.hi) < calendar.local_date(view.snapshot.as_of)
    return (
        days > 0
        and not is_over  # that both have passed is told by `overdue`
        and not any(stated_dates.is_coarser(one, days, calendar) for one in (limit, claim))
    )
