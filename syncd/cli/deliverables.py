"""`syncd deliverables`: what is promised, what it is made of, and what may be one thing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from syncd.cli.options import Options, require
from syncd.cli.screen import Cell, Column, Screen, clean
from syncd.cli.wiring import now, open_app
from syncd.cli.words import short_day
from syncd.model.items import ItemKey, Kind, Milestone, MilestoneKind
from syncd.reconciler.facts import subjects
from syncd.reconciler.resolve.binding import alike
from syncd.reconciler.resolve.selectors import near
from syncd.reconciler.view import Deliverable, View

COLUMNS = (
    Column(title="Deliverable", flexible=True),
    Column(title="Tier", drop=2),
    Column(title="Plan"),
    Column(title="says", drop=1),
    Column(title="Baseline"),
    Column(title="Open"),
    Column(title="Made of", flexible=True),
)
ALIKE = (Column(title="One", head=True, flexible=True), Column(title="Other", flexible=True))
_FIELDS = {
    MilestoneKind.VERSION: "fixVersion",
    MilestoneKind.GITHUB_MILESTONE: "milestone",
    MilestoneKind.SPRINT: "sprint",
}


def deliverables(options: Options, teams: Sequence[str], *, suggest: bool) -> int:
    """A table of open deliverables, or of pairs that only their names say are one."""
    with open_app(options, read_only=True) as app:
        require("team", teams, app.settings.teams)
        view = app.view(now())
    found = [
        one
        for one in view.deliverables
        if not one.done and (not teams or set(teams) & set(one.teams))
    ]
    (_suggest if suggest else _list)(Screen(options), view, found)
    return 0


def _list(screen: Screen, view: View, found: Sequence[Deliverable]) -> None:
    rows = [_row(view, one) for one in found]
    if screen.is_json:
        entries = [_entry(view, one) for one in found]
        screen.entries("syncd/deliverables/1", "deliverables", entries)
        return
    if not rows:
        screen.text("Nothing is promised: no version, milestone, sprint or epic has a date.")
        return
    screen.table(COLUMNS, rows)
    if any(one.provisional and one.baseline for one in found):
        screen.text("? is the first date seen: none has stood for five working days.", style="dim")
    for one in found:
        for selector in one.lacking:
            hint = near(view.snapshot.milestones, selector)
            mean = f' Did you mean "{hint}"?' if hint else ""
            where = f"[deliverables.{one.table}]"
            screen.note(clean(f'"{selector}" of {where} names nothing that was read.{mean}'))


def _suggest(screen: Screen, view: View, found: Sequence[Deliverable]) -> None:
    pairs = _pairs(view, found)
    entries = [
        {"type": "binding", "one": _selector(view, one), "other": _selector(view, other)}
        for one, other in pairs
    ]
    rows = [[Cell(text=each) for each in (one["one"], one["other"])] for one in entries]
    if screen.is_json:
        screen.entries("syncd/deliverables/1", "bindings", entries)
        return
    if not rows:
        screen.text("No two of them have the same name.")
        return
    screen.table(ALIKE, rows)
    match = ", ".join(f'"{cell.text}"' for cell in rows[0])
    screen.note(f"If they are one: [deliverables.NAME] match = [{match}] in the configuration.")


def _row(view: View, one: Deliverable) -> list[Cell]:
    baseline = short_day(one.baseline, view.today) + (
        "?" if one.provisional and one.baseline else ""
    )
    return [
        Cell(text=clean(one.name)),
        Cell(text=one.tier),
        Cell(text=short_day(one.target.day if one.target else None, view.today)),
        Cell(text=one.target.authority if one.target else "", style="dim"),
        Cell(text=baseline, style="dim" if one.provisional else ""),
        Cell(text=str(len(subjects.open_members(view, one)))),
        Cell(text=", ".join(_made_of(view, one)) or "nothing known"),
    ]


def _made_of(view: View, one: Deliverable) -> Iterator[str]:
    """Each selector once, with how many items it selects where these are several."""
    for selector, count in Counter(_selector(view, key) for key in one.bound).items():
        yield selector if count == 1 else f"{selector} ({count})"


def _entry(view: View, one: Deliverable) -> dict[str, Any]:
    return {
        "type": "deliverable",
        "id": one.id,
        "table": one.table or None,
        "name": clean(one.name),
        "tier": one.tier,
        "target": one.target.day.isoformat() if one.target else None,
        "authority": one.target.authority if one.target else None,
        "baseline": one.baseline.isoformat() if one.baseline else None,
        "provisional": one.provisional,
        "teams": list(one.teams),
        "open": len(subjects.open_members(view, one)),
        "items": len(one.members),
        "made_of": [_selector(view, key) for key in one.bound],
        "not_found": list(map(clean, one.lacking)),
    }


def _pairs(view: View, found: Sequence[Deliverable]) -> list[tuple[ItemKey, ItemKey]]:
    """Parts of two deliverables with one name."""
    place = {key: one.id for one in found for key in one.bound}
    items = [item for key in sorted(place) if (item := view.item(key))]
    return [
        (one.key, other.key) for one, other in alike(items) if place[one.key] != place[other.key]
    ]


def _selector(view: View, key: ItemKey) -> str:
    """How the configuration names an item."""
    item = view.item(key)
    if isinstance(item, Milestone):
        return clean(f"{key.source}:{_FIELDS[item.kind]}={item.name}")
    ref = clean(item.ref if item else key.native_id)
    return f"{key.source}:summary~'{ref}'" if key.kind is Kind.EVENT else f"{key.source}:{ref}"
