"""Who waits for whom: open dependencies between teams, those of each pair together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from syncd.model.findings import Standing
from syncd.model.items import ItemKey
from syncd.reconciler.facts import subjects
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.resolve.resolution import Certainty, Dependency
from syncd.report.contents import Group, Row, Wait
from syncd.report.material import Material
from syncd.report.milestones import counted, worst


def waits(material: Material, rows: Sequence[Row]) -> tuple[tuple[Group, ...], tuple[Wait, ...]]:
    """Teams, and the links between them; of every pair the tightest link is named.

    `rows` are those of the timeline: how the work of each team stands.
    """
    found: dict[tuple[str, str], list[Dependency]] = defaultdict(list)
    for edge in material.view.dependencies:
        ends = _ends(material, edge)
        if ends is not None:
            found[ends].append(edge)
    names = sorted({name for pair in found for name in pair})
    place = {name: number for number, name in enumerate(names)}
    every = tuple(
        _wait(material, place[before], place[after], edges)
        for (before, after), edges in sorted(found.items())
    )
    return tuple(_group(name, rows) for name in names), every


def _group(name: str, rows: Sequence[Row]) -> Group:
    own = [row for row in rows if name in (row.team, row.name)]
    return Group(name=name, standing=worst(own), words=counted(own) if own else "no date")


def _wait(material: Material, before: int, after: int, edges: Sequence[Dependency]) -> Wait:
    plan = material.view.plan
    stated = [edge for edge in edges if edge.certainty is Certainty.EXPLICIT]
    known = [
        (margin.days, str(edge.prerequisite), edge)
        for edge in stated or edges
        if (margin := plan.margin(edge.prerequisite, edge.dependant)) is not None
    ]
    spare, _, tightest = min(known, default=(None, "", (stated or edges)[0]))
    late = spare is not None and spare < 0
    label = f"{material.ref(tightest.prerequisite)} → {material.ref(tightest.dependant)}"
    return Wait(
        before=before,
        after=after,
        label=label,
        links=len(edges),
        stated=bool(stated),
        standing=Standing.LATE if late else Standing.ON_PLAN if stated else Standing.AT_RISK,
        spare=spare,
    )


def _ends(material: Material, edge: Dependency) -> tuple[str, str] | None:
    """Names of what waits and what is waited for; None where both are one, or nobody waits."""
    view = material.view
    if edge.certainty is Certainty.CONTEXT:
        return None
    for key in (edge.prerequisite, edge.dependant):
        item = view.item(key)
        is_gone = item is None or not is_open(item) or key in view.snapshot.invisible
        if is_gone or material.is_veiled(key):
            return None
    before, after = _name(material, edge.prerequisite), _name(material, edge.dependant)
    if before == after or not before or not after:
        return None
    meant = {_team(material, edge.prerequisite), _team(material, edge.dependant)}
    return (before, after) if not meant.isdisjoint(material.members) else None


def _team(material: Material, key: ItemKey) -> str:
    return material.view.team_of(key).team or ""


def _name(material: Material, key: ItemKey) -> str:
    """The team of an item; of one without a team the milestone that it belongs to."""
    team = _team(material, key)
    if team:
        return material.team(team)
    whole = subjects.main_deliverable(material.view, key)
    return material.name(whole) if whole else ""
