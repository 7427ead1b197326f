"""Something is late, and what waits for it cannot be in time any more.

Why: each team sees only its own date; the delay of one reaches the others last.
When: an item is overdue, or will miss its date with a chance of `enter` or more, and by way of
stated links something else misses its target by at least one working day although its own date
would hold it. Or the item keeps its date, but that date and the target of something further along
the chain cannot both hold.
Told once for each item that starts such a chain, however many wait for it.
Do: finish it by the day it is needed, or tell all who wait the new day.
Clears: everything that waits for it can be in time.
Silent: two linked items whose own dates contradict each other (`dep-inversion` tells that), dates
inherited from a release or sprint that is late itself, and chains from part to whole only.
Unknown: what something dated waits for has no date and no forecast; what waits cannot be seen now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity, Standing, Unknown
from syncd.model.items import ItemKey
from syncd.reconciler.facts import chains, reckoning, subjects, wording
from syncd.reconciler.facts.causes import Cause, causes, needed_unseen, undated
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.facts.unseen import unseen
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View

SHOWN = 40
"""Victims that a finding lists; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.dep-late]`."""

    enter: float = 0.70
    """Chance to miss its date from which on what is not overdue yet is told; over below 0.5."""


def check(view: View, params: Params) -> Results:
    """A finding for each beginning of a chain, an Unknown for each that cannot be dated."""
    for cause in causes(view):
        found = _finding(view, cause)
        found = subjects.with_alone(
            found,
            f"{_what(view, cause)}.",
            plain=f"{found.title} {_when(view, cause)}.",
            act=_act(view, cause, found, "who waits"),
        )
        yield replace(found, holds=cause.risk is not None and cause.risk < params.enter)
    for key in undated(view):
        item = view.item(key)
        yield Unknown(
            rule=RULE.id,
            subject=str(key),
            reason=f"cannot date {item.ref if item else key}: no due date, no forecast",
        )
    for key, hidden in needed_unseen(view).items():
        yield unseen(view, RULE.id, key, "what waits for it", [hidden])


def _finding(view: View, cause: Cause) -> Finding:
    draft = subjects.draft_of_item(view, cause.root, RULE.id)
    pushes = tuple(chains.push(view, one.node, one.finish) for one in cause.victims[:SHOWN])
    hit = [one for v in cause.victims if (one := view.plan.deliverable(v.node))]
    teams = (team for one in cause.victims for team in chains.teams(view, one.node))
    draft = subjects.reaching(view, draft, teams)
    crosses = any(chains.crosses(view, cause.root, victim.node) for victim in cause.victims)
    tier = min([draft.tier, *(one.tier for one in hit)])
    base = Severity.HIGH if crosses else Severity.MEDIUM
    refs = [chains.ref(view, victim.node) for victim in cause.victims]
    every = view.once(chains.behind)
    behind = [every[node] for node in (cause.root, *(v.node for v in cause.victims))]
    bound = (key for one in hit for key in one.bound)
    return replace(
        draft,
        severity=grade(base, tier=tier, teams=len(draft.teams)),
        tier=tier,
        standing=Standing.LATE if cause.late else Standing.AT_RISK,
        summary=f"{_what(view, cause)}, so {_hit(view, cause)}.",
        plain=f"{draft.title} {_when(view, cause)}, so {_hit(view, cause, plain=True)}.",
        act=_act(view, cause, draft, f"who waits ({wording.listing(refs, 3)})"),
        clears=f"{draft.ref} is done, or everything that waits for it can be in time.",
        planned=cause.planned,
        expected=cause.finish,
        slip=view.plan.days(cause.root, cause.planned, cause.finish),
        pushes=pushes,
        more_pushes=len(cause.victims) - len(pushes),
        facts=tuple(_facts(view, cause)),
        scopes=draft.scopes.union(*(one.scopes for one in behind)),
        material="\n".join([*draft.teams, *sorted(one.id for one in hit if one.tier == "A")]),
        restricted=any(one.restricted for one in behind)
        or any(subjects.is_restricted(view, key) for key in bound),
        explains=cause.explains,
        reckoning=reckoning.of(f"{_when(view, cause)}; {_hit(view, cause)}", enter=cause.risk),
    )


def _what(view: View, cause: Cause) -> str:
    item = view.item(cause.root)
    return f"{subjects.called(item) if item else cause.root} {_when(view, cause)}"


def _when(view: View, cause: Cause) -> str:
    planned, finish = (wording.day(day, view.today) for day in (cause.planned, cause.finish))
    if not cause.late:
        return f"is planned for {finish} but needed by {planned}"
    if cause.planned < view.plan.today(cause.root) == cause.finish:
        return f"was due {planned} and is not done"
    return f"was to be done by {planned} and is expected on {finish}"


def _hit(view: View, cause: Cause, *, plain: bool = False) -> str:
    """`PAY-142 misses Wed 2 Dec by 3 working days; 4 more late by it`."""
    first, more = cause.victims[0], len(cause.victims) - 1
    push = chains.push(view, first.node)
    name = push.title if plain else push.ref
    planned, late = wording.day(first.target, view.today), wording.working_days(first.slip)
    rest = f"; {'at least ' if cause.capped else ''}{more} more late by it" if more else ""
    return f"{name} misses {planned} by {late}{rest}"


def _act(view: View, cause: Cause, draft: Finding, who: str) -> str:
    needed = view.plan.needed_by(cause.root)
    finish = wording.day(cause.finish, view.today)
    if needed is not None and needed >= view.plan.today(cause.root):
        by = wording.day(needed, view.today)
        act = f"have {draft.ref} done by {by}, or tell {who} to plan with {finish}."
    else:
        act = f"finish {draft.ref} first, and agree with {who} on new dates."
    return subjects.ask(view, draft, act)


def _facts(view: View, cause: Cause) -> Iterator[Fact]:
    first = cause.victims[0]
    path = [*(view.plan.critical_path(first.before) if first.before else ()), first.node]
    yield from chains.steps(view, path)
    if first.explained and path[0] == cause.root:
        root, day = chains.ref(view, cause.root), wording.day(cause.planned, view.today)
        yield Fact(text=f"With {root} on {day}, {chains.ref(view, first.node)} would be in time")
    if len(cause.victims) > 1:
        yield Fact(text=chains.reach(view, cause))
    circle = [chains.ref(view, node) for node in path if node in view.plan.knotted]
    if circle:
        yield Fact(text=f"{wording.listing(circle)} wait for each other; the dates leave out the "
                   "weakest of their links")  # fmt: skip
    for other in cause.others:
        is_hidden = isinstance(other, ItemKey) and subjects.is_restricted(view, other)
        name = "a restricted item" if is_hidden else chains.ref(view, other)
        yield Fact(text=f"Also held up by {name}")


RULE = Rule(id="dep-late", severity=Severity.MEDIUM, params=Params, check=check)
