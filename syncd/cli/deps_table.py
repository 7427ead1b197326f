"""Dependencies as a table for people and as entries for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from syncd.cli.options import Options
from syncd.cli.screen import Cell, Column, Screen, clean
from syncd.cli.words import NBSP, short_day, slip
from syncd.model.items import ItemKey
from syncd.text import grouped

if TYPE_CHECKING:
    from syncd.reconciler.plan import Node
    from syncd.reconciler.view import Dependency, View

COLUMNS = (
    Column(title="Item", head=True),
    Column(title="Waits for", head=True),
    Column(title="", drop=1),
    Column(title="Needed"),
    Column(title="Expected"),
    Column(title="Spare", drop=2),
    Column(title="Why", flexible=True),
)


def ends(edge: Dependency) -> tuple[ItemKey, ItemKey]:
    """Prerequisite and dependant."""
    return edge.prerequisite, edge.dependant


def ref(view: View, key: ItemKey) -> str:
    """What people call it."""
    item = view.item(key)
    return clean(item.ref if item else str(key))


def show(options: Options, view: View, edges: Sequence[Dependency]) -> None:
    """All of them for scripts; a person has the first, and hears how many there are."""
    screen = Screen(options)
    if screen.is_json:
        entries = [_entry(view, edge) for edge in edges]
        screen.entries("syncd/deps/1", "dependencies", entries)
    elif not view.snapshot.issues and not view.snapshot.pull_requests:
        screen.text(screen.typed("No source told of an item yet; syncd sync reads them."))
    elif not edges:
        screen.text("Nothing of that kind is known.")
    else:
        rows = (_row(view, edge, view.today) for edge in edges)
        screen.first(COLUMNS, rows, len(edges), "dependencies")


def _row(view: View, edge: Dependency, today: date) -> list[Cell]:
    margin = view.plan.margin(edge.prerequisite, edge.dependant)
    expected = view.plan.told(edge.prerequisite)
    needed = margin.needed if margin else None
    late = f" {slip(-margin.days)}" if margin and margin.days < 0 else ""
    return [
        Cell(text=ref(view, edge.dependant)),
        Cell(text=ref(view, edge.prerequisite)),
        Cell(text=f"{edge.certainty} {edge.confidence:.2f}", style="dim"),
        Cell(text=short_day(needed, today)),
        Cell(text=short_day(expected, today) + late, style="red" if late else ""),
        _spare(view, edge),
        Cell(text="; ".join(clean(fact.text) for fact in edge.facts[:3])),
    ]


def _spare(view: View, edge: Dependency) -> Cell:
    """How far the prerequisite may move for what waits; a circle has no such day."""
    if _is_cut(view, edge):
        return Cell(text="circle", style="red")
    margin = view.plan.margin(edge.prerequisite, edge.dependant)
    text = f"{grouped(margin.days)} wd".replace(" ", NBSP) if margin else "—"
    return Cell(text=text, style="red" if is_critical(view, edge) else "")


def _float(view: View, key: ItemKey) -> int | None:
    """Working days until any that waits for it is late, however far; its own target is aside."""
    needed, expected = view.plan.needed_by(key), view.plan.told(key)
    return view.plan.days(key, expected, needed) if needed and expected else None


def _is_cut(view: View, edge: Dependency) -> bool:
    """Whether it closes a circle, so that no date is pushed along it."""
    return ends(edge) in view.once(_cut)


def _cut(view: View) -> frozenset[tuple[Node, Node]]:
    return frozenset((before, after) for before, after, *_ in view.plan.cut)


def tightness(view: View, edge: Dependency) -> tuple[bool, bool, int]:
    """What orders the list for people: where circles are cut, then the fewest days to spare."""
    margin = view.plan.margin(edge.prerequisite, edge.dependant)
    return not _is_cut(view, edge), margin is None, margin.days if margin else 0


def is_critical(view: View, edge: Dependency) -> bool:
    """Whether it is a step of the critical path of a committed deliverable."""
    from syncd.reconciler.facts.critical import critical

    is_driver = view.plan.driver(edge.dependant) == edge.prerequisite
    return is_driver and view.once(critical).issuperset(ends(edge))


def _entry(view: View, edge: Dependency) -> dict[str, Any]:
    margin = view.plan.margin(edge.prerequisite, edge.dependant)
    expected = view.plan.told(edge.prerequisite)
    return {
        "type": "dependency",
        "dependant": ref(view, edge.dependant),
        "prerequisite": ref(view, edge.prerequisite),
        "gating": edge.gating.value,
        "class": edge.certainty.value,
        "confidence": edge.confidence,
        "teams": [view.team_of(edge.dependant).team, view.team_of(edge.prerequisite).team],
        "needed": margin.needed.isoformat() if margin else None,
        "expected": expected.isoformat() if expected else None,
        "slack": margin.days if margin else None,
        "float": _float(view, edge.prerequisite),
        "critical": is_critical(view, edge),
        "circle": _is_cut(view, edge),
        "evidence": [{"text": clean(fact.text), "url": fact.url or None} for fact in edge.facts],
    }
