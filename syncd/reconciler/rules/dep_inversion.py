"""Something is due before what it waits for.

Why: two plans that cannot both hold; the team that waits learns of it last.
When: a stated link makes one item wait for another, both are open, both have a target date (their
own or an inherited one), and the earliest day of the prerequisite lies at least one working day
after the last day on which the dependant can still be met.
Do: move the prerequisite before that day, move the dependant after it, or drop the link.
Clears: the dates fit, one of the two is done, or the link is gone.
Silent: the dependant is in review, so it was built without waiting (`status-mismatch` speaks of
that); the one date is the end of a sprint and the other is coarser than a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from syncd.model.findings import Finding, Severity
from syncd.model.items import Issue, Item, Phase
from syncd.reconciler.facts import reckoning, stated_dates, subjects, wording
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Dependency, Target, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.dep-inversion]`."""

    todo_bd: int = 0
    """Working days that a dependant needs at least, if it has not begun. 0 until there are
    forecasts: two linked items that end with the same release are no contradiction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inversion:
    """`gap` working days lie between the latest useful day and the prerequisite's."""

    edge: Dependency
    before: Item
    after: Item
    needed: Target
    promised: Target
    gap: int


def check(view: View, params: Params) -> Results:
    """A finding for each stated link whose dates cannot both hold."""
    for edge in view.dependencies:
        if edge.holds_up:
            yield from (_finding(view, found) for found in _inversions(view, edge, params))


def _inversions(view: View, edge: Dependency, params: Params) -> Iterator[_Inversion]:
    before, after = view.item(edge.prerequisite), view.item(edge.dependant)
    if before is None or after is None or not is_open(before) or not is_open(after):
        view.silent(edge.dependant, "one of the two ends of its link is closed")
        return
    needed, promised = view.target(edge.dependant), view.target(edge.prerequisite)
    if needed is None or promised is None:
        view.silent(after.key, "it and {} have not both a date", before.ref)
        return
    if _built_without(after):
        view.silent(after.key, "it is in review, so it was built without waiting")
        return
    pair = promised.claim, needed.claim
    if stated_dates.incomparable(*pair) or stated_dates.incomparable(*reversed(pair)):
        view.silent(after.key, "its date and that of {} are no days to compare", before.ref)
        return
    calendar = view.calendar(after.key)
    rest = params.todo_bd if isinstance(after, Issue) and after.phase is Phase.TODO else 0
    gap = calendar.between(calendar.shift(needed.claim.hi, -rest), promised.claim.lo)
    if gap >= 1:
        yield _Inversion(
            edge=edge, before=before, after=after, needed=needed, promised=promised, gap=gap
        )
    else:
        dates = before.ref, promised.claim.lo, needed.claim.hi
        view.silent(after.key, "{}, for which it waits, is due {}, in time for {}", *dates)


def _built_without(after: Item) -> bool:
    return isinstance(after, Issue) and after.phase is Phase.REVIEW


def _finding(view: View, found: _Inversion) -> Finding:
    before, after, today = found.before, found.after, view.today
    draft = subjects.draft_of_item(view, after.key, RULE.id)
    draft = subjects.holding_up(view, draft, [after.key], view.team_of(before.key).team)
    needed = stated_dates.words(found.needed.claim, today)
    promised = stated_dates.words(found.promised.claim, today)
    late, earliest = wording.later(found.gap), found.promised.claim.lo
    likely = max(view.plan.told(after.key) or earliest, earliest)
    rests_on = [before.key, found.needed.claim.subject, found.promised.claim.subject]
    scopes = draft.scopes | subjects.scopes(view, rests_on)
    return replace(
        draft,
        severity=_severity(view, found, draft),
        discriminator=str(before.key),
        summary=f"{subjects.called(after)} is due {needed} but waits for "
        f"{subjects.called(before)}, which is due {promised}, {late}"
        f"{subjects.waits(draft.pushes)}.",
        plain=f"{draft.title} is planned for {needed} but needs "
        f"{subjects.short(_title(before))}, planned for {promised}, {late}.",
        act=_act(view, found, draft, wording.day(likely, today)),
        clears=f"The dates of {before.ref} and {after.ref} fit, or the link is taken away.",
        planned=found.needed.day,
        expected=likely,
        slip=view.calendar(after.key).between(found.needed.day, likely),
        gap=found.gap,
        facts=(
            *found.edge.facts,
            stated_dates.fact(view, found.needed.claim),
            stated_dates.fact(view, found.promised.claim),
            *stated_dates.planned_anew(view, after, found.needed, scopes),
            *stated_dates.planned_anew(view, before, found.promised, scopes),
        ),
        scopes=scopes,
        material=f"{earliest}/{found.needed.claim.hi}",
        reckoning=reckoning.of(f"{before.ref} by {promised}, {after.ref} by {needed}: {late}"),
        restricted=draft.restricted or subjects.is_restricted(view, before.key),
    )


def _severity(view: View, found: _Inversion, draft: Finding) -> Severity:
    crosses = view.are_cross_team(found.before.key, found.after.key)
    deliverable = subjects.main_deliverable(view, found.after.key)
    committed = deliverable is not None and not deliverable.provisional
    left = view.calendar(found.after.key).between(view.today, found.needed.day)
    base = Severity.HIGH if crosses else Severity.MEDIUM
    return grade(
        base, tier=draft.tier, days_left=left if committed else None, teams=len(draft.teams)
    )


def _act(view: View, found: _Inversion, draft: Finding, likely: str) -> str:
    before, after = found.before, found.after
    ways = [f"move {after.ref} to {likely} or later", "take the link away"]
    if not subjects.is_over(view, found.needed.claim, view.calendar(after.key)):
        latest = wording.day(found.needed.day, view.today)
        ways.insert(0, f"{_with_holder(view, before, draft)}have {before.ref} by {latest}")
    return subjects.ask(view, draft, f"{', or '.join(ways)}.")


def _with_holder(view: View, before: Item, draft: Finding) -> str:
    owner = view.owner(before.key)
    if owner is not None and owner == draft.owner:
        return ""
    return f"agree with {subjects.who(view, owner) or f'whoever is to own {before.ref}'} to "


def _title(item: Item) -> str:
    return getattr(item, "title", "") or getattr(item, "name", "")


RULE = Rule(id="dep-inversion", severity=Severity.MEDIUM, params=Params, check=check)
