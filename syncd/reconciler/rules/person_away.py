"""Whoever holds an item is away too long to finish it by its date.

Why: a calendar knows weeks ahead what a tracker only shows when it is late.
When: an open item is due within `ahead_bd` working days, and its assignee is there on fewer of them
than such items still need, though all of them would do; or the assignee is away on the due day and
the two working days before it. Once told it goes on although the days that are left would no longer
do with everybody there.
Severity: grave where a committed date has nothing to spare for the item.
Silent: items with a second assignee, tentative absences, those that leave time enough; one seen for
less than a working day opens nothing. How long such items take must be known, else it cannot be
told, but for who is away at the end.
Do: hand the item over, or move its date. The reason of an absence is never told, nor even stored.
Clears: somebody else has it, its date moves, the absence goes, or it is done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity, Standing, Unknown
from syncd.model.history import SECOND
from syncd.model.items import Issue
from syncd.reconciler.facts import reckoning, stated_dates, subjects, wording
from syncd.reconciler.facts.critical import critical
from syncd.reconciler.facts.gaps import Gap, by_account, enough_by, gap_of, is_known
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.facts.slowed import by_absence
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.forecast.presence import Absence
from syncd.reconciler.resolve.resolution import Target
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.person-away]`."""

    ahead_bd: int = 20
    """Items due later, in working days, are not looked at."""


def check(view: View, params: Params) -> Results:
    """A finding for each item whose holder is away too long."""
    away = view.once(by_account)
    for issue in view.snapshot.issues if away or view.trace else ():
        absences = away.get((issue.key.source, issue.assignee or ""), ())
        if issue.phase.is_closed or subjects.is_spoken_for(view, issue.key, ()):
            continue
        target = view.target(issue.key)
        undated = (target is None, "it has no date")
        present = (not absences, "no absence of its assignee is known")
        shared = (absences and _is_shared(view, issue), "somebody else is assigned to it as well")
        if not view.passes_over(issue.key, present, undated, shared) and target:
            yield from _of_item(view, issue, target, absences, params)


def _of_item(
    view: View, issue: Issue, target: Target, absences: tuple[Absence, ...], params: Params
) -> Results:
    """By absences that have been known for a working day; with newer ones, what goes on only."""
    known = tuple(one for one in absences if is_known(view, one))
    yield from (found := tuple(_judge(view, issue, target, known, params)))
    if not found and known != absences:
        newer = _judge(view, issue, target, absences, params)
        yield from (replace(one, holds=True) for one in newer if isinstance(one, Finding))


def _is_shared(view: View, issue: Issue) -> bool:
    changes = view.changes(issue.key, SECOND)
    return bool(changes and changes[-1].new)


def _judge(
    view: View, issue: Issue, target: Target, absences: tuple[Absence, ...], params: Params
) -> Results:
    calendar = view.calendar(issue.key)
    today = calendar.local_date(view.snapshot.as_of)
    left = calendar.between(today, target.day)
    guards = (
        (target.day < today, "its due day has passed"),
        (left > params.ahead_bd, f"it is due in {left} wd, over {params.ahead_bd}"),
        (not absences, "the absence of its assignee was first seen less than 1 wd ago"),
    )
    if view.passes_over(issue.key, *guards):
        return
    gap = gap_of(view, issue, target.day, absences)
    if gap is None:
        view.silent(issue.key, "its assignee is there until it is due")
        return
    need = view.once(Forecasts).rest(issue.key)
    if need is None and not gap.misses_end:
        reason = f"how long {issue.ref} still takes is not known: too few like it were finished"
        yield Unknown(rule=RULE.id, subject=str(issue.key), reason=reason)
    elif need is None or gap.misses_end or gap.have < need:
        late_anyway = need is not None and need > gap.left and not gap.misses_end
        yield replace(_finding(view, issue, target, gap, need), holds=late_anyway)
    else:
        told = gap.have, gap.left, need
        view.silent(issue.key, "{:g} of {} wd are left, and such items need {}", *told)


def _finding(view: View, issue: Issue, target: Target, gap: Gap, need: int | None) -> Finding:
    draft, today = subjects.draft_of_item(view, issue.key, RULE.id), view.today
    base = Severity.HIGH if issue.key in view.once(critical) else Severity.MEDIUM
    due, who = wording.day(target.day, today), subjects.who(view, draft.owner)
    times = wording.listing(
        [wording.days(one.event.first_day, one.event.last_day, today) for one in gap.absences]
    )
    there, known = f"{gap.have:g} of {wording.working_days(gap.left)}", need is not None
    left = f"{there} are left" if gap.left else "no working day is left"
    left += f", and such items need {need}" if known else ""
    usual = f"{wording.working_days(need or 0)} more, by half of them"
    usual = usual if known else "how long is not known: too few like it were finished"
    plain = f"is there on only {there} until then" if gap.left else "is away until then"
    return replace(
        draft,
        severity=grade(base, tier=draft.tier, teams=len(draft.teams)),
        standing=Standing.AT_RISK,
        summary=f"{subjects.called(issue)} is due {due}, but {who} is away {times}: {left}.",
        plain=f"Who holds {draft.title}, due {due}, {plain}.",
        act=subjects.ask(view, draft, _act(view, issue, target, gap, need)),
        clears="Somebody else has it, its date moves, or the absence goes.",
        planned=target.day,
        facts=(
            stated_dates.fact(view, target.claim),
            *(_absence(view, one, who) for one in gap.absences),
            Fact(text=f"Such items need {usual}"),
        ),
        scopes=draft.scopes | subjects.scopes(view, [one.event.key for one in gap.absences]),
        material="\n".join(sorted(one.event.first_day.isoformat() for one in gap.absences)),
        explains=by_absence(view, issue, gap.absences[0].person),
        reckoning=reckoning.of(
            f"{gap.left} working days left - {gap.left - gap.have:g} away = {gap.have:g}; "
            f"{'?' if need is None else need} are needed",
            ahead_bd=gap.left,
        ),
    )


def _act(view: View, issue: Issue, target: Target, gap: Gap, need: int | None) -> str:
    """Without days once the absence has begun: they would be others each day."""
    calendar = view.calendar(issue.key)
    last = calendar.shift(min(one.event.first_day for one in gap.absences), -1)
    if last < calendar.local_date(view.snapshot.as_of):
        return f"hand {issue.ref} over, or move its date."
    day = None if need is None else enough_by(view, issue, gap, need)
    to = f" to {wording.day(day, view.today)}" if day and day > target.day else ""
    return f"hand {issue.ref} over by {wording.day(last, view.today)}, or move its date{to}."


def _absence(view: View, one: Absence, who: str) -> Fact:
    times = wording.days(one.event.first_day, one.event.last_day, view.today)
    seen_at = view.snapshot.first_seen.get(one.event.key)
    return Fact(text=f"{who} is away {times}", source=one.event.key.source, seen_at=seen_at)


RULE = Rule(id="person-away", severity=Severity.MEDIUM, params=Params, check=check)
