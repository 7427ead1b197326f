"""How the worst milestones came to be where they are: the day that was said, by day."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from syncd.model.findings import Course
from syncd.model.items import ItemKey
from syncd.reconciler.facts import courses, moves
from syncd.reconciler.view import Deliverable
from syncd.report.contents import Kind, Row, Slip
from syncd.report.material import Material

CHARTS = 2


def slips(material: Material, rows: Sequence[Row]) -> tuple[Slip, ...]:
    """Charts of late ones whose day was said differently before; milestones come first."""
    late = (row for row in rows if (row.slip or 0) > 0)
    ranked = sorted(late, key=lambda row: (row.kind is Kind.ITEM, -(row.slip or 0), row.id))
    found = (slip for row in ranked if (slip := _slip(material, row)) is not None)
    return tuple(islice(found, CHARTS))


def _slip(material: Material, row: Row) -> Slip | None:
    one = next((each for each in material.deliverables if each.subject == row.id), None)
    told = courses.of_forecasts(material.view, row.id, row.expected) if one else ()
    is_foretold = len(told) > 2
    points = told if is_foretold else _stated(material, one, row)
    if len({said for _, said in points}) < 2:
        return None
    return Slip(
        name=row.ref or row.name,
        plan=row.plan,
        slip=row.slip,
        points=points,
        foretold=is_foretold,
        standing=row.standing,
    )


def _stated(material: Material, one: Deliverable | None, row: Row) -> Course:
    """The date that stood, before and after each move."""
    view = material.view
    target = one.target if one else view.own_target(ItemKey.parse(row.id))
    if target is None:
        return ()
    key = target.claim.subject
    calendar = view.calendar(key)
    moved = moves.steps(view.moves(target.claim), calendar)
    return courses.of_steps(moved, material.today, calendar)
