"""Much more is in it than was committed to.

Why: work that is added without taking other work out moves the date, and nobody decided that.
When: what came in since commitment, net of what was taken out, is 3 or more and at least `share` of
what was committed, and more than 85 % of the team's past milestones had grown by the same part of
their time (where 8 or more are known). Sizes are compared where nearly every item has one.
Silent: bugs found in it, parts of items that were there, what was split from them or cloned as it
came in, bulk edits (they count as planned), what was never committed or was committed with fewer
than 3 items, and sprints of which no 8 past ones are known. Told anew at each `share` more.
Do: swap out as much as came in, or move the date.
Clears: growth falls below three quarters of that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity, Standing
from syncd.model.items import ItemKey
from syncd.reconciler.facts import growth, reckoning, subjects, wording
from syncd.reconciler.facts.grown import Grown
from syncd.reconciler.facts.growth import Unit
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.facts.slowed import IN_TIME
from syncd.reconciler.facts.usual_growth import UsualGrowth
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.forecast.scope import Balance, ScopeMove, Scopes, settled
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Deliverable, View

HELD = 0.75
"""Part of the threshold below which it is over."""
SOON_BD = 20
"""Working days to a tier A target within which it is grave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.scope-growth]`."""

    share: float = 0.20
    """Growth, as a share of what was committed, that is told even of teams that never grow."""


def check(view: View, params: Params) -> Results:
    """A finding for each deliverable that has grown too much."""
    for deliverable, _ in subjects.promised(view):
        grown = _grown(view, deliverable, params)
        if grown is None:
            continue
        if grown.net >= HELD * grown.threshold and grown.net > 0:
            yield _finding(view, deliverable, grown, params)
        else:
            sizes = grown.net, grown.first, HELD * grown.threshold
            view.silent(deliverable.subject, "{:g} came in to {:g}; below {:g} it is over", *sizes)


def _grown(view: View, deliverable: Deliverable, params: Params) -> Grown | None:
    since, target = view.once(Scopes).committed_on(deliverable), deliverable.target
    calendar = view.calendar_of(deliverable)
    if since is None or target is None or since >= view.today:
        view.silent(deliverable.subject, "it was not committed before today, as far as is known")
        return None
    is_sprint = target.authority == "sprint"
    elapsed = calendar.between(since, view.today) / max(1, calendar.between(since, target.day))
    team = deliverable.teams[0] if deliverable.teams else ""
    usual = view.once(UsualGrowth).at(team, min(1.0, elapsed), is_sprint=is_sprint)
    if is_sprint and usual is None:
        view.silent(deliverable.subject, "how past sprints of its team grew is not known")
        return None
    moves = growth.real_moves(view, deliverable)
    unit = growth.unit_of(moves)
    first = growth.scope_on(moves, since, calendar, unit)
    later = [move for move in moves if calendar.local_date(move.at) > since]
    after, bugs = growth.bugs_apart(later)
    lasting = settled(view, after)
    came = tuple(move for move in lasting if move.by > 0)
    still_open = sum(not move.item.phase.is_closed for move in came)
    net = sum(move.by * unit.of(move.item) for move in lasting)
    bulk = sum(move.by * unit.of(move.item) for move in after) - net
    return Grown(
        since=since, first=first + max(0.0, bulk), bulk=bulk, unit=unit,
        net=net + min(0.0, bulk),
        peak=_peak(view, after, unit),
        allowed=max(params.share, usual or 0.0),
        came=came,
        extra=max(0, min(still_open, sum(move.by for move in lasting))),
        bugs=tuple(bugs),
    )  # fmt: skip


def _peak(view: View, moves: Iterable[ScopeMove], unit: Unit) -> float:
    """The most that it had grown by since: what left again was told, too."""
    found: dict[ItemKey, Balance] = defaultdict(Balance)
    now = peak = 0.0
    for move in moves:
        one = found[move.item.key]
        before = one.net
        one.take(view, move)
        now += (one.net - before) * unit.of(move.item)
        peak = max(peak, now)
    return peak


def _finding(view: View, deliverable: Deliverable, grown: Grown, params: Params) -> Finding:
    draft, today = subjects.draft_of(view, deliverable, RULE.id), view.today
    text = grown.words(today)
    step = grown.peak / (params.share * grown.first) if params.share * grown.first > 0 else 0
    without = view.once(Forecasts).late_without(deliverable, grown.extra)
    day = deliverable.target.day if deliverable.target else today
    swap = grown.unit.words(grown.net)
    calendar = view.calendar_of(deliverable)
    return replace(
        draft,
        severity=_severity(deliverable, calendar.between(today, day)),
        standing=Standing.AT_RISK,
        summary=f"{deliverable.name} {text}, {swap} more than was committed.",
        plain=f"{draft.title} {text}.",
        act=subjects.ask(view, draft, f"swap out {swap}, or move {wording.day(day, today)}."),
        clears=f"The net growth falls below {grown.unit.words(round(HELD * grown.threshold, 1))}.",
        planned=day,
        facts=(
            *_effect(view, deliverable, without),
            *growth.adders(view, grown.came),
            *grown.planned_since(today),
            Fact(text=f"Growth that is usual here by now: up to {wording.share(grown.allowed)}"),
            *growth.newest(view, grown.came, calendar),
            *growth.bugs(grown.bugs),
        ),
        material=str(int(step)),
        holds=grown.net < grown.threshold,
        explains=(deliverable.subject,) if without is not None and without < IN_TIME else (),
        reckoning=reckoning.of(
            f"{swap} came to {grown.unit.words(grown.first)}; told from {grown.threshold:g} on",
            share=float(grown.net / grown.first) if grown.first else None,
        ),
    )


def _severity(deliverable: Deliverable, left: int) -> Severity:
    teams = len(deliverable.teams)
    graded = grade(Severity.MEDIUM, tier=deliverable.tier, days_left=left, teams=teams)
    is_grave = deliverable.tier == "A" and left <= SOON_BD
    return max(graded, Severity.HIGH) if is_grave else graded


def _effect(view: View, deliverable: Deliverable, without: float | None) -> list[Fact]:
    late = view.once(Forecasts).of(deliverable).late
    if late is None or without is None:
        return []
    had = f"{wording.percent(without)} without what came in"
    return [Fact(text=f"Chance to miss the date: {wording.percent(late)}; {had}")]


RULE = Rule(id="scope-growth", severity=Severity.MEDIUM, params=Params, check=check)
