"""How a deliverable stands, in one word and one sentence (`reconciler.md` §B5).

The first that holds: no data, late, at risk, on plan. Lack of data is never a good sign.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from syncd.model.findings import Evaluation, Finding, Severity, Standing
from syncd.model.forecasts import Forecast
from syncd.model.items import ItemKey, Phase
from syncd.model.snapshot import Scope
from syncd.reconciler.facts import chains, wording
from syncd.reconciler.facts.feeders import late_with_feeders
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.plan import Node
from syncd.reconciler.view import Deliverable, View

LATE, AT_RISK = 0.85, 0.60
"""Chance to miss the target from which on it counts as late, or at risk."""
AHEAD_BD = 15
"""Working days left beyond which a deliverable must have a forecast to be judged."""
UNSEEN = 0.25
"""Share of its items that may be unreadable."""
BEFORE_BD = 5
"""Working days back that the change is measured from; twice as many are no week ago."""

_BEST_FIRST = (Standing.ON_PLAN, Standing.AT_RISK, Standing.LATE, Standing.NO_DATA)
_GRAVE_FOR_A = frozenset({"dates-disagree", "dep-inversion"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`before` is how a pass of five working days ago, or a few more, judged it; None = unknown."""

    subject: str
    standing: Standing
    why: str
    before: Standing | None = None

    @property
    def trend(self) -> str:
        """↑ better than then, → the same, ↓ worse; "" where that is not known."""
        if self.before is None:
            return ""
        then, now = _BEST_FIRST.index(self.before), _BEST_FIRST.index(self.standing)
        return "→" if then == now else "↑" if now < then else "↓"


def health(view: View, evaluation: Evaluation) -> tuple[Health, ...]:
    """Of every open deliverable, in the order of the view."""
    told: dict[str, list[Finding]] = {}
    for found in evaluation.findings:
        told.setdefault(found.deliverable, []).append(found)
    # What is forgotten by now has only its team's line, and is late all the same.
    every = (*evaluation.holding, *evaluation.findings)
    late = {one.subject: one for one in every if one.rule == "overdue"}
    for found in evaluation.findings:
        for subject in found.explains if found.rule == "dep-late" else ():
            late.setdefault(subject, found)
    return tuple(
        _health(view, one, told.get(one.id, []), late.get(one.subject))
        for one in view.deliverables
        if not one.done
    )


def standing_of(forecast: Forecast) -> Standing:
    """As far as the forecast alone tells."""
    if forecast.late is None:
        is_undated = forecast.p50 is not None and forecast.target is None
        return Standing.ON_PLAN if is_undated else Standing.NO_DATA
    if forecast.late >= LATE:
        return Standing.LATE
    return Standing.AT_RISK if forecast.late >= AT_RISK else Standing.ON_PLAN


def _health(
    view: View, deliverable: Deliverable, findings: list[Finding], late: Finding | None
) -> Health:
    """`late` says that its day has passed, or what makes it miss it."""
    standing, why = _judge(view, deliverable, findings, late)
    return Health(
        subject=deliverable.subject, standing=standing, why=why, before=_before(view, deliverable)
    )


def _judge(
    view: View, deliverable: Deliverable, findings: list[Finding], late: Finding | None
) -> tuple[Standing, str]:
    forecast = view.once(Forecasts).of(deliverable)
    reason = _why_unknown(view, deliverable, forecast)
    if reason:
        return Standing.NO_DATA, reason
    pushed = late.plain if late else _pushed(view, deliverable)
    if pushed:
        return Standing.LATE, pushed
    odds = standing_of(forecast)
    if odds is Standing.LATE:
        return odds, _chance(forecast)
    grave = next((one for one in findings if _is_grave(one, deliverable)), None)
    if odds is Standing.AT_RISK or grave:
        return Standing.AT_RISK, grave.plain if grave else _chance(forecast)
    standing, why = _by_chance(view, deliverable, forecast)
    return standing, why + _blind_spots(findings)


def _by_chance(view: View, deliverable: Deliverable, forecast: Forecast) -> tuple[Standing, str]:
    """Where nothing else speaks against it."""
    reason = _untold(view, deliverable, forecast)
    if reason:
        return Standing.NO_DATA, reason
    whole = late_with_feeders(view, deliverable)
    if whole is None or whole == forecast.late:
        return Standing.ON_PLAN, _chance(forecast)
    standing = Standing.AT_RISK if whole >= AT_RISK else Standing.ON_PLAN
    return standing, f"{_late(whole)}, with what it waits for."


def _blind_spots(findings: Iterable[Finding]) -> str:
    """What a good word does not know of."""
    refs = [one.ref for one in findings if one.rule == "dep-blind"]
    waits = "waits" if len(refs) == 1 else "wait"
    return f" What {wording.listing(refs, 3)} {waits} for cannot be read." if refs else ""


def _why_unknown(view: View, deliverable: Deliverable, forecast: Forecast) -> str:
    keys = (*deliverable.bound, *deliverable.members)
    stale = {view.scope(key) for key in keys} & view.stale
    stale |= view.once(_unread).get(deliverable.subject, frozenset())
    if stale:
        return f"{min(stale)} was not read completely lately."
    unseen = sum(key in view.snapshot.invisible for key in deliverable.members)
    if unseen > UNSEEN * len(deliverable.members):
        return f"{wording.plural(unseen, 'item')} of it cannot be read."
    left = _days_left(view, deliverable)
    return _untold(view, deliverable, forecast) if left is None or left > AHEAD_BD else ""


def _unread(view: View) -> dict[Node, frozenset[Scope]]:
    """Stale data that the dates of a node rest on, by way of all that it waits for."""
    plan, found = view.plan, dict[Node, frozenset[Scope]]()
    for place in plan.network.order if view.stale else ():
        node = plan.nodes[place]
        own = view.stale & {view.scope(node)} if isinstance(node, ItemKey) else frozenset()
        before = (found.get(other, frozenset()) for other, _, _ in plan.pushes(node))
        found[node] = own.union(*before)
    return found


def _pushed(view: View, deliverable: Deliverable) -> str:
    """That something it waits for comes too late, by the day that is as likely as not."""
    plan, node = view.plan, deliverable.subject
    slip, first = plan.slip(node), view.once(_held_up).get(node)
    if first is None or not slip or slip < 1:
        return ""
    likely = wording.day(plan.finish(node) or view.today, view.today)
    ref = chains.ref(view, first)
    return f"It waits for {ref}: most likely done {likely}, {wording.later(slip)}."


def _held_up(view: View) -> dict[Node, Node]:
    """What sets the finish of each node that cannot start before it; parts of a whole are none."""
    plan, first, found = view.plan, dict[Node, Node](), dict[Node, Node]()
    for place in plan.network.order:
        node = plan.nodes[place]
        before = plan.driver(node)
        first[node] = node if before is None else first[before]
        if before is not None and (plan.network.starts[place] or before in found):
            found[node] = first[node]
    return found


def _untold(view: View, deliverable: Deliverable, forecast: Forecast) -> str:
    """Why neither a day nor a chance can be told; "" where one can."""
    if not deliverable.members:
        return "No item of it is known."
    items = [view.issue(key) for key in deliverable.members]
    if all(item is not None and item.phase is Phase.DROPPED for item in items):
        return "All that was in it was dropped, so nothing tells what is to come."
    is_untold = forecast.items > 0 and forecast.p50 is None and forecast.late is None
    return f"It cannot be forecast: {forecast.reason}." if is_untold else ""


def _days_left(view: View, deliverable: Deliverable) -> int | None:
    if deliverable.target is None:
        return None
    return view.calendar_of(deliverable).between(view.today, deliverable.target.day)


def _is_grave(found: Finding, deliverable: Deliverable) -> bool:
    is_parted = deliverable.tier == "A" and found.rule in _GRAVE_FOR_A
    return found.severity >= Severity.HIGH or is_parted


def _chance(forecast: Forecast) -> str:
    if forecast.late is None:
        return "Nothing speaks against it."
    return f"{_late(forecast.late)} at the present pace."


def _late(chance: float) -> str:
    text = f"{wording.likelihood(chance)} ({wording.odds(chance)}) to be late"
    return wording.sentence(text)


def _before(view: View, deliverable: Deliverable) -> Standing | None:
    """As it was kept with the forecast of then: odds alone are not what is judged today."""
    kept = week_ago(view, deliverable)
    return Standing(kept.standing) if kept and kept.standing else None


def week_ago(view: View, deliverable: Deliverable) -> Forecast | None:
    """The newest forecast that was kept a week ago, or up to a week before that."""
    calendar = view.config.calendar
    first, last = (calendar.shift(view.today, -days) for days in (2 * BEFORE_BD, BEFORE_BD))
    kept = (
        past.forecast
        for past in reversed(view.snapshot.forecasts)
        if past.forecast.subject == deliverable.subject and first <= past.made_on <= last
    )
    return next(kept, None)


def of_item(view: View, key: ItemKey, told: Iterable[Standing]) -> Standing:
    """How an item with a date of its own stands; `told` are the standings of what is open of it.

    At risk is also what may well keep a day that is not the one that was meant, and what waits for
    something that is planned for later.
    """
    own, meant = view.own_target(key), view.commitment(key)
    if view.scope(key) in view.stale or own is None:
        return Standing.NO_DATA
    found, days = set(told), view.calendar(key)
    has_passed = own.day < days.local_date(view.snapshot.as_of)
    likely, day = view.plan.finish(key) or own.day, view.plan.told(key) or own.day
    if Standing.LATE in found or has_passed or days.between(own.day, likely) > 0:
        return Standing.LATE
    is_moved = meant.day is not None and not meant.provisional and meant.day < own.day
    is_doubtful = is_moved or days.between(own.day, day) > 0 or Standing.AT_RISK in found
    return Standing.AT_RISK if is_doubtful else Standing.ON_PLAN
