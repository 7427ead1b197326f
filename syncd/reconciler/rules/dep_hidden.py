"""Something seems to wait for another team, and no link states it.

Why: what is only said in a text is in nobody's plan; the other team does not know.
When: the words of an open item say that it waits for an open item of another team (other signs make
that surer), no link joins the two either way, and one of them counts for a committed deliverable.
At most `most` are told for each deliverable, the surest first.
Do: accept it and make the link, or reject it: it is not proposed again.
Clears: the link is there, it was rejected, or the words are gone.
Silent: mentions without such words, ends of one team or of no known team.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

from syncd.model.findings import Finding, Severity
from syncd.model.items import ItemKey
from syncd.reconciler.facts import chains, reckoning, subjects
from syncd.reconciler.facts.severity import grade
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.resolve.resolution import Certainty
from syncd.reconciler.rule import Results, Rule
from syncd.reconciler.view import Deliverable, Dependency, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """Parameters of `[rules.dep-hidden]`."""

    most: int = 3
    """Told at a time for one deliverable; the rest wait until these are answered."""


def check(view: View, params: Params) -> Results:
    """A finding for each suggestion that is shown now."""
    committed = {one.id: one for one in subjects.committed(view)}
    counts_for = _most_important(committed.values())
    found: dict[str, list[Dependency]] = defaultdict(list)
    for edge in view.dependencies:
        deliverable = counts_for.get(edge.dependant) or counts_for.get(edge.prerequisite)
        if deliverable and is_hidden(view, edge):
            found[deliverable.id].append(edge)
        elif deliverable is None:
            view.silent(edge.dependant, "neither end of a sign counts for anything committed")
        elif edge.certainty is Certainty.SUSPECTED:
            view.silent(edge.dependant, "the two ends are not both open and of two teams")
        else:
            view.silent(edge.dependant, "what joins it is stated, or less than a suspicion")
    for name, edges in sorted(found.items()):
        edges.sort(key=lambda edge: (-edge.confidence, edge.dependant, edge.prerequisite))
        for edge in edges[: params.most]:
            yield _finding(view, edge, committed[name])
        for edge in edges[params.most :]:
            view.silent(edge.dependant, "{} surer suggestions of {} come first", params.most, name)


def is_hidden(view: View, edge: Dependency) -> bool:
    """Whether it is suspected, between two teams, and both ends are open.

    Where a link joins the two either way, nothing is left suspected.
    """
    ends = view.item(edge.prerequisite), view.item(edge.dependant)
    return (
        edge.certainty is Certainty.SUSPECTED
        and all(item is not None and is_open(item) for item in ends)
        and view.are_cross_team(edge.prerequisite, edge.dependant)
    )


def _most_important(committed: Iterable[Deliverable]) -> dict[ItemKey, Deliverable]:
    """The first committed deliverable, by tier, that each item counts for."""
    found: dict[ItemKey, Deliverable] = {}
    for one in sorted(committed, key=lambda one: (one.tier, one.id)):
        for key in chain(one.members, one.bound, one.gates, one.freezes):
            found.setdefault(key, one)
    return found


def _finding(view: View, edge: Dependency, deliverable: Deliverable) -> Finding:
    draft = subjects.draft_of_item(view, edge.dependant, RULE.id)
    after, before = chains.ref(view, edge.dependant), chains.ref(view, edge.prerequisite)
    called, other = _called(view, edge.dependant), _called(view, edge.prerequisite)
    draft = subjects.reaching(view, draft, [view.team_of(edge.prerequisite).team])
    return replace(
        draft,
        severity=grade(Severity.LOW, tier=deliverable.tier),
        discriminator=str(edge.prerequisite),
        summary=f"{called} seems to wait for {other}, but no link says so.",
        plain=f"{draft.title} seems to need work of another team that is in no plan.",
        act=subjects.ask(
            view,
            draft,
            f"if {after} waits for {before}, link the two and say syncd deps accept {after} "
            f"{before}; if not, syncd deps reject {after} {before}.",
        ),
        clears="The link is made, the suggestion is rejected, or the words are gone.",
        pushes=(subjects.push(view, edge.prerequisite),),
        facts=edge.facts,
        reckoning=reckoning.of(
            f"sure by {edge.confidence:.2f}: told from 0.60 on, a stated link from 0.90 on"
        ),
        deliverable=deliverable.id,
        tier=deliverable.tier,
        scopes=draft.scopes | subjects.scopes(view, [edge.prerequisite]),
        restricted=draft.restricted or subjects.is_restricted(view, edge.prerequisite),
    )


def _called(view: View, key: ItemKey) -> str:
    item = view.item(key)
    return subjects.called(item) if item else str(key)


RULE = Rule(id="dep-hidden", severity=Severity.LOW, params=Params, check=check)
