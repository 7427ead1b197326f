"""How rules speak of forecasts: what they rest on, and what became of earlier ones."""

from __future__ import annotations

import math
from datetime import date

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Fact
from syncd.model.forecasts import Forecast, Grade, PastForecast
from syncd.model.items import ItemKey
from syncd.reconciler.facts import subjects, wording
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.forecast.parts import Aged, Part
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

SHOWN = 3
"""Earlier forecasts that are told."""
WEEK = 5
LATE = 0.70
"""Chance to miss a date from which on it is told."""
_RESTS_ON = {
    Grade.A: "on 40 or more items finished in 60 working days",
    Grade.B: "on 20 to 39 items finished in 60 working days, or on how long 30 such items took",
    Grade.C: "on 8 to 19 items finished in 60 working days: take the range, not the day",
}


def facts(view: View, deliverable: Deliverable, found: Forecast) -> tuple[Fact, ...]:
    """What a forecast with a date rests on, in sentences."""
    told = [Fact(text=text) for text in _sentences(view, deliverable, found)]
    return (*told, *past(view, found))


def _sentences(view: View, deliverable: Deliverable, found: Forecast) -> list[str]:
    ahead = f", {wording.plural(found.ahead, 'item')} of others come first" if found.ahead else ""
    texts = [f"{wording.plural(found.items, 'item')} open{ahead}"]
    calendar = subjects.calendar_of(view, deliverable)
    if found.per_week and found.target:
        weeks = ", ".join(map(str, found.per_week))
        left = calendar.between(view.today, found.target)
        need = f"; {_needed(found, left)} a week are needed for {left} working days" if left else ""
        texts.append(f"Finished in each of the last weeks: {weeks}{need}")
    if found.p50:
        texts.append(dates(found, view.today))
    if found.late is not None:
        texts.append(f"Chance to miss the date: {wording.percent(found.late)}")
    texts.append(f"Grade {found.grade}: it rests {_RESTS_ON.get(found.grade, 'on nothing')}")
    return texts


def _needed(found: Forecast, left: int) -> str:
    return f"{(found.items + found.ahead) * WEEK / left:.0f}"


def dates(found: Forecast, today: date) -> str:
    """`As likely done by Tue 8 Dec as not; 85 % sure by Wed 6 Jan 2027`."""
    if found.p50 is None:
        return wording.sentence(found.reason)
    sure = (
        f"; 85 % sure by {wording.day(found.p85, today)}"
        if found.p85
        else "; 85 % sure only after more than five years"
    )
    return f"As likely done by {wording.day(found.p50, today)} as not{sure}"


def formula(view: View, deliverable: Deliverable, found: Forecast) -> str:
    """The closed form (`reconciler.md` §D1) of each team's part, with its numbers."""
    forecasts = view.once(Forecasts)
    parts = forecasts.parts(deliverable)
    if isinstance(parts, str):
        return parts
    names = forecasts.teams(deliverable) if len(parts) > 1 else ("",)
    texts = [_closed(part, found.target) for part in parts]
    told = [f"{name}: {text}" if name else text for name, text in zip(names, texts, strict=True)]
    late = "" if found.late is None else f"; chance to be late {found.late:.2f}"
    return f"{'; '.join(told)}{late}"


def _closed(part: Part, target: date | None) -> str:
    if isinstance(part, Aged):
        text = f"{wording.plural(part.items, 'item')} by age, one by one"
        return f"{text}: in time {part.odds(target):.2f}" if target else text
    items, rate = part.outlook.items, part.outlook.rate
    text = f"n = {items:g} ({part.items} of it + {part.ahead} ahead), r = {rate:.2f} a working day"
    spread = part.outlook.spread(items)
    text += f", φ = {part.pace.unevenness:.1f}, spread s = {spread:.2f}"
    if target is None or not (days := part.capacity.until(target)):
        return text
    z = math.log(days * rate / items) / spread
    sum_ = f"ln({days:g}·{rate:.2f}/{items:g})/{spread:.2f} = {z:.2f}"
    return f"{text}, k = {days:g} working days, z = {sum_}, in time {part.odds(target):.2f}"


def is_unlikely(view: View, node: ItemKey | str, day: date) -> bool:
    """Whether it is at least as likely late as what `forecast-late` tells of; False if unknown."""
    odds = view.once(Forecasts).odds(node, day)
    return odds is not None and 1 - odds >= LATE


def past(view: View, found: Forecast) -> tuple[Fact, ...]:
    """The last three forecasts for these teams that came true, newest last."""
    teams = set(found.teams)
    known = [
        one
        for one in view.snapshot.forecasts
        if one.is_fair and one.forecast.p50 and teams & set(one.forecast.teams)
    ]
    return tuple(Fact(text=told(one, view.today, view.config.calendar)) for one in known[-SHOWN:])


def told(one: PastForecast, today: date, calendar: WorkingCalendar) -> str:
    """`On Mon 2 Nov Checkout 1.9 was expected by Fri 20 Nov; it was done on …`."""
    made, p50, done = one.made_on, one.forecast.p50, one.done_on
    if p50 is None or done is None:
        return ""
    off = wording.later(calendar.between(p50, done))
    return (
        f"On {wording.day(made, today)} {one.forecast.name} was expected by "
        f"{wording.day(p50, today)}; it was done on {wording.day(done, today)}, {off}"
    )


def options(view: View, deliverable: Deliverable, found: Forecast) -> str:
    """`take out 11 items for even odds, or move it to Tue 26 Jan 2027`."""
    ways = []
    count = view.once(Forecasts).too_many(deliverable)
    if count is not None and count < found.items:
        ways.append(f"take out {wording.plural(count, 'item')} for even odds")
    if found.p85:
        ways.append(f"move it to {wording.day(found.p85, view.today)}")
    return ", or ".join(ways) or "say what can be left out of it"
