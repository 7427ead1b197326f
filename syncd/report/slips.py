"""How the worst milestones came to be where they are: the day that was said, by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import islice

from syncd.model.items import ItemKey
from syncd.reconciler.facts import moves
from syncd.reconciler.view import Deliverable
from syncd.report.contents import Kind, Row, Slip
from syncd.report.material import Material

CHARTS = 2
POINTS = 26
WEEKS = 13
"""How far back a chart goes."""


def slips(material: Material, rows: Sequence[Row]) -> tuple[Slip, ...]:
    """Charts of late ones whose day was said differently before; milestones come first."""
    late = (row for row in rows if (row.slip or 0) > 0)
    ranked = sorted(late, key=lambda row: (row.kind is Kind.ITEM, -(row.slip or 0), row.id))
    found = (slip for row in ranked if (slip := _slip(material, row)) is not None)
    return tuple(islice(found, CHARTS))


def _slip(material: Material, row: Row) -> Slip | None:
    known = {one.subject: one for one in material.deliverables}
    one = known.get(row.id)
    points = _foretold(material, one) if one else []
    foretold = len(points) > 1
    if not foretold:
        points = _stated(material, one, row)
    if len({said for _, said in points}) < 2 or row.expected is None:
        return None
    past = [point for point in points if point[0] < material.today]
    name = row.name if row.kind is Kind.MILESTONE or not row.ref else f"{row.ref} {row.name}"
    return Slip(
        name=name.strip(),
        plan=row.plan,
        slip=row.slip,
        points=(*past[-POINTS:], (material.today, row.expected)),
        foretold=foretold,
    )


def _foretold(material: Material, one: Deliverable) -> list[tuple[date, date]]:
    """Forecasts as they were made."""
    return [
        (past.made_on, past.forecast.p50)
        for past in material.view.snapshot.forecasts
        if past.forecast.subject == one.subject and past.forecast.p50
    ]


def _stated(material: Material, one: Deliverable | None, row: Row) -> list[tuple[date, date]]:
    """The date that stood on each Monday, and on each day on which it was moved."""
    view = material.view
    target = one.target if one else view.own_target(ItemKey.parse(row.id))
    if target is None or target.claim.subject.source == "config":
        return []
    key, field = target.claim.subject, target.claim.field
    calendar = view.calendar(key)
    moved = moves.steps(view.changes(key, field), calendar)
    first = calendar.shift(view.today, -5 * WEEKS)
    days = {calendar.shift(view.today, -5 * week) for week in range(WEEKS + 1)}
    days |= {step.made_on for step in moved if step.made_on >= first}
    created = getattr(view.item(key), "created_at", None)
    begun = calendar.local_date(created) if created else first
    found = []
    for day in sorted(one_day for one_day in days if one_day >= max(begun, first)):
        said = moves.standing_on(day, moved) if moved else target.day
        if said is not None:
            found.append((day, said))
    return found
