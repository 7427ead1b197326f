"""The rows of the timeline: what was planned, what is expected, and what sets it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from syncd.model.findings import Standing
from syncd.model.forecasts import Grade, another_way
from syncd.model.items import Issue, ItemKey, Phase
from syncd.model.weeklies import Milestone
from syncd.reconciler.facts.wording import likelihood, odds, plural, sentence
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.health import AT_RISK, LATE, of_item, week_ago
from syncd.reconciler.plan import Node
from syncd.reconciler.view import Deliverable
from syncd.report.contents import MILESTONES, WORST_FIRST, Kind, Row
from syncd.report.material import Material
from syncd.text import grouped

DRAWN = 40
"""Rows up to which all of them are drawn; of more the worst."""
WORST = 15
LISTED = 600
"""Rows that are listed where they are not drawn."""
SURE = 0.85
WHY = 260
"""Of the sentence that explains how a milestone stands."""
NO_TEAM = "No team"
WEEK_BD = 5


def milestone(material: Material, one: Deliverable) -> Milestone:
    """How one deliverable stands against what was promised."""
    view, subject = material.view, one.subject
    forecast, kept = view.once(Forecasts).of(one), week_ago(view, one)
    plan = one.planned
    finish = view.plan.finish(subject)
    expected = _expected(finish, plan, view.today)
    late, sure = _late(material, one, plan), _sure(material, subject, expected)
    slip = view.plan.days(subject, plan, finish) if plan and finish else None
    told = material.health.get(subject)
    standing = _standing(told.standing if told else Standing.NO_DATA, late)
    return Milestone(
        name=material.name(one),
        standing=standing,
        plan=plan,
        expected=expected,
        sure=sure,
        is_range=sure is not None and forecast.grade is Grade.C,
        late=late,
        slip=slip,
        before=kept.p50 if kept else None,
        way=another_way(kept, forecast) if kept else "",
        why=_why(material, one, standing, late),
        trend=told.trend if told else "",
        reason=material.named(forecast.reason, 160) if forecast.p50 is None else "",
    )


def _expected(finish: date | None, plan: date | None, today: date) -> date | None:
    """None where all that is known is that it was not done by its day."""
    return None if finish and plan and plan < finish <= today else finish


def _late(material: Material, one: Deliverable, plan: date | None) -> float | None:
    """Chance to miss the plan."""
    odds = material.view.once(Forecasts).odds(one.subject, plan) if plan else None
    return None if odds is None else min(0.99, max(0.01, 1 - odds))


def _standing(found: Standing, late: float | None) -> Standing:
    """The health, or the worse word that the odds against what was promised earn."""
    if late is None or found is Standing.NO_DATA:
        return found
    odds = Standing.LATE if late >= LATE else Standing.AT_RISK if late >= AT_RISK else found
    return min(found, odds, key=WORST_FIRST.index)


def _why(material: Material, one: Deliverable, standing: Standing, late: float | None) -> str:
    """What its health rests on, or the odds where they alone make it worse."""
    told = material.health.get(one.subject)
    is_hidden = any(
        material.is_unnamed(found) and found.deliverable == one.id
        for found in material.evaluation.findings
    )
    if told is None or is_hidden:
        return ""
    if standing is not told.standing and late is not None:
        return f"{sentence(likelihood(late))} ({odds(late)}) to miss the day that was promised."
    return material.named(told.why, WHY)


def _sure(material: Material, node: Node, expected: date | None) -> date | None:
    """None where what it waits for comes later than that: nothing tells how sure the whole is."""
    day = material.view.once(Forecasts).day(node, SURE)
    return day if day and expected and day >= expected else None


def rows(material: Material) -> list[Row]:
    """Every row, in the order in which they are drawn: by group, then by day."""
    found = [_of_deliverable(material, one) for one in material.deliverables]
    found += [*_of_events(material), *_of_items(material)]
    known = {row.id: row for row in found}
    found = [replace(row, pushed_by=_pushed_by(material, row, known)) for row in found]
    return sorted(found, key=_place)


def drawn(found: Sequence[Row]) -> tuple[tuple[Row, ...], tuple[Row, ...], int]:
    """(what is drawn, what is listed below it, how many are neither)."""
    if len(found) <= DRAWN:
        return tuple(found), (), 0
    ranked = sorted(found, key=_rank)
    chosen = {row.id for row in ranked[:WORST]}
    listed = [row for row in ranked[WORST:] if row.kind is not Kind.ITEM][:LISTED]
    room = max(0, LISTED // 3 - len(listed))
    listed += [row for row in ranked[WORST:] if row.kind is Kind.ITEM][:room]
    kept = tuple(sorted(listed, key=_place))
    shown = tuple(row for row in found if row.id in chosen)
    return shown, kept, len(found) - len(shown) - len(kept)


def _place(row: Row) -> tuple[bool, str, bool, date, str, str]:
    is_event = row.kind is Kind.EVENT
    return row.team != MILESTONES, row.team, is_event, row.plan or date.max, row.name, row.id


def _rank(row: Row) -> tuple[int, bool, int, date, str]:
    worst = WORST_FIRST.index(row.standing)
    return worst, row.kind is Kind.ITEM, -(row.slip or 0), row.plan or date.max, row.id


def _of_deliverable(material: Material, one: Deliverable) -> Row:
    found = milestone(material, one)
    view = material.view
    known = [item for key in one.bound if (item := view.item(key)) and not material.is_hidden(key)]
    alone = one.teams[0] if len(one.teams) == 1 and len(material.deliverables) > DRAWN else None
    return Row(
        id=one.subject,
        kind=Kind.MILESTONE,
        ref="",
        name=found.name,
        url=known[0].url if known else "",
        team=material.team(alone) or MILESTONES,
        standing=found.standing,
        start=one.begun_on,
        plan=found.plan,
        expected=found.expected,
        sure=found.sure,
        slip=found.slip,
        note=_note(found.standing, found.slip, so_far=found.expected is None),
    )


def _note(standing: Standing, slip: int | None, *, so_far: bool) -> str:
    if slip:
        return f"{grouped(slip, signed=True)} wd" + (" so far" if so_far else "")
    return str(standing)


def _of_events(material: Material) -> Iterator[Row]:
    """Reviews that are still to come; a launch is the milestone itself."""
    early = {found.discriminator or found.subject: found for found in material.findings
             if found.rule == "gate-too-early"}  # fmt: skip
    for key in dict.fromkeys(key for one in material.deliverables for key in one.gates):
        event = material.view.event(key)
        is_over = event is None or event.status == "cancelled" or event.last_day < material.today
        if event is None or is_over or material.is_veiled(key):
            continue
        found = early.get(str(key))
        slip = abs(found.slip) if found and found.slip else None
        yield Row(
            id=str(key),
            kind=Kind.EVENT,
            ref="",
            name=material.title(key),
            url="" if material.is_hidden(key) else event.url,
            team=MILESTONES,
            standing=found.standing if found else Standing.ON_PLAN,
            plan=event.first_day,
            expected=event.first_day,
            note=f"{grouped(slip)} wd too early" if slip else "as planned",
        )


def _of_items(material: Material) -> Iterator[Row]:
    """Open work of the milestones that has a date, a row each."""
    bound = {key for one in material.deliverables for key in one.bound}
    keys = dict.fromkeys(key for one in material.deliverables for key in one.members)
    for key in keys:
        issue = material.view.issue(key)
        if issue is None or issue.phase.is_closed or key in bound or material.is_veiled(key):
            continue
        row = _of_item(material, issue)
        if row is not None:
            yield row


def _of_item(material: Material, issue: Issue) -> Row | None:
    view, key = material.view, issue.key
    target = view.own_target(key)
    if target is None or key in view.snapshot.invisible:
        return None
    meant = view.commitment(key)
    plan = target.day if meant.day is None or meant.provisional else meant.day
    finish = view.plan.told(key) or view.once(Forecasts).finish(key)
    finish = max(finish or target.day, view.today)
    expected = _expected(finish, plan, view.today)
    slip = view.calendar(key).between(plan, finish)
    standing = of_item(view, key, (one.standing for one in material.told.get(str(key), ())))
    hidden = material.is_hidden(key)
    return Row(
        id=str(key),
        kind=Kind.ITEM,
        ref=material.ref(key),
        name="" if hidden else material.title(key),
        url="" if hidden else issue.url,
        team=material.team(view.team_of(key).team) or NO_TEAM,
        standing=standing,
        start=_begun(material, issue, finish),
        plan=plan,
        expected=expected,
        sure=_sure(material, key, expected),
        slip=slip,
        note=_note(standing, max(0, slip), so_far=expected is None),
    )


def _begun(material: Material, issue: Issue, expected: date) -> date | None:
    """When work on it began, else when it must to end as expected."""
    view, calendar = material.view, material.view.calendar(issue.key)
    if issue.phase is not Phase.TODO:
        for change in view.changes(issue.key, "phase"):
            if change.new == Phase.ACTIVE:
                return calendar.local_date(change.at)
        return calendar.local_date(issue.created_at)
    needed = view.once(Forecasts).rest(issue.key) or WEEK_BD
    return max(view.today, calendar.shift(expected, -needed))


def _pushed_by(material: Material, row: Row, known: dict[str, Row]) -> str:
    """The row that sets its day, where that one is late itself."""
    node: Node = row.id
    if row.kind is Kind.ITEM:
        node = ItemKey.parse(row.id)
    elif row.kind is Kind.EVENT:
        return ""
    driver = material.view.plan.driver(node)
    before = known.get(str(driver)) if driver is not None else None
    return before.id if before and (before.slip or 0) > 0 and (row.slip or 0) > 0 else ""


def late_or_at_risk(found: Iterable[Milestone]) -> int:
    """How many of them."""
    return sum(one.standing in (Standing.LATE, Standing.AT_RISK) for one in found)


def worst(found: Iterable[Row]) -> Standing:
    """The worst word among them; no data where there is none."""
    every = [one.standing for one in found]
    return min(every, key=WORST_FIRST.index, default=Standing.NO_DATA)


def counted(found: Iterable[Row | Milestone]) -> str:
    """`1 late, 2 at risk`, or `on plan`."""
    every = [one.standing for one in found]
    words = [f"{every.count(one)} {one}" for one in WORST_FIRST if one in every]
    return ", ".join(words) or plural(0, "date")
