"""Items wait for each other in a circle, so that none of them can be finished first.

Why: nothing in a circle can start as planned, and every date that depends on it is fiction.
When: stated links lead from an item back to itself, or a part waits for the whole it belongs to,
or parents lead from an item back to itself.
Do: remove the weakest link, the one least sure or else stated last; or give one another parent.
Clears: no way leads back any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from syncd.model.findings import Fact, Finding, Severity
from syncd.reconciler.facts import chains, reckoning, subjects, wording
from syncd.reconciler.facts.circles import PARENTS, Circle, circles, pair_of
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import View

SHOWN = 12
"""Links of a circle that a finding lists; the others are counted."""

KNOWN = 50
"""Members up to which each one that joins is news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """`[rules.dep-cycle]` has no parameters of its own."""


def check(view: View, params: Params) -> Results:  # noqa: ARG001  every rule is asked alike
    """A finding for each knot of stated links, and for each part that waits for its whole."""
    yield from (_finding(view, circle) for circle in circles(view))


def _finding(view: View, circle: Circle) -> Finding:
    draft = subjects.draft_of_item(view, circle.members[0], RULE.id)
    known = [view.team_of(key).team for key in circle.members]
    draft = subjects.holding_up(view, draft, circle.members, *known)
    crosses = any(view.are_cross_team(*pair_of(edge)) for edge in circle.edges)
    base = Severity.HIGH if crosses else Severity.MEDIUM
    weakest = circle.weakest.dependant
    before, after = (chains.ref(view, key) for key in pair_of(circle.weakest))
    act = f"take away the link by which {after} waits for {before}, or one of the others."
    if circle.discriminator == PARENTS:
        weakest, act = circle.weakest.prerequisite, f"give {before} another parent, or none."
    return replace(
        draft,
        severity=grade(base, tier=draft.tier, teams=len(draft.teams)),
        discriminator=circle.discriminator,
        summary=_summary(view, circle) + subjects.waits(draft.pushes) + ".",
        plain=f"{wording.plural(len(circle.members), 'piece')} of work, {draft.title} among them, "
        "wait for each other, so none can be finished first.",
        act=subjects.ask(
            view,
            replace(draft, owner=view.owner(weakest), ref=chains.ref(view, weakest)),
            act,
        ),
        clears="No chain of links leads from an item back to itself.",
        facts=tuple(_facts(circle)),
        reckoning=reckoning.of(f"{_summary(view, circle)}; {len(circle.members)} in all"),
        owner=view.owner(weakest),
        scopes=subjects.scopes(view, circle.members),
        material="\n".join(_material(circle)),
        encloses=tuple(str(key) for key in circle.members),
        restricted=any(subjects.is_restricted(view, key) for key in circle.members),
    )


def _material(circle: Circle) -> Iterator[str]:
    """Who is in it, or of a large knot its size by doublings: one more is no news there."""
    if len(circle.members) <= KNOWN:
        yield from map(str, circle.members)
    else:
        yield from (f"{1 << power}" for power in range(len(circle.members).bit_length()))


def _facts(circle: Circle) -> Iterator[Fact]:
    for edge in circle.edges[:SHOWN]:
        yield from edge.facts
    if len(circle.edges) > SHOWN:
        yield Fact(text=f"and {wording.plural(len(circle.edges) - SHOWN, 'more link')}")


def _summary(view: View, circle: Circle) -> str:
    if circle.discriminator == PARENTS:
        refs = [chains.ref(view, key) for key in (*circle.walk[:SHOWN], circle.walk[0])]
        some = " by way of others" if len(circle.walk) > SHOWN else ""
        return f"{' is part of '.join(refs)}{some}, so none can be finished first"
    if circle.discriminator:
        whole, part = (chains.ref(view, key) for key in circle.walk)
        return f"{part} waits for {whole}, of which it is a part, so neither can be finished first"
    # Edges lead to what waits: read backwards, from the weakest on, they say who waits for whom.
    before, after, *others = circle.walk
    keys = (after, before, *reversed(others), after)
    between = len(keys) - SHOWN
    walk = [chains.ref(view, key) for key in (keys[: SHOWN - 1] if between > 0 else keys)]
    back = f" and so on over {wording.plural(between, 'more item')}, back to {walk[0]}"
    more = len(circle.members) - len(circle.walk)
    rest = f", with {wording.plural(more, 'more item')} entangled" if more else ""
    circled = " waits for ".join(walk) + (back if between > 0 else "")
    return f"{circled}{rest}, so none can be finished first"


RULE = Rule(id="dep-cycle", severity=Severity.MEDIUM, params=Params, check=check)
