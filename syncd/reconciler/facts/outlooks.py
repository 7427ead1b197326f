"""How rules speak of forecasts: what they rest on, and what became of earlier ones."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date

from syncd.model.findings import Fact
from syncd.model.forecasts import Forecast, Grade, PastForecast, another_way
from syncd.model.items import ItemKey
from syncd.reconciler.facts import delivery_days, subjects, wording
from syncd.reconciler.facts.feeders import late_with_feeders
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

SHOWN = 3
"""Earlier forecasts that are told."""
WEEK = 5
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
    unseen = {one.key for one in subjects.open_members(view, deliverable)} & view.snapshot.invisible
    as_seen = f"; {len(unseen)} cannot be seen now and count as last seen" if unseen else ""
    texts = [f"{wording.plural(found.items, 'item')} open{ahead}{as_seen}"]
    calendar = view.calendar_of(deliverable)
    if found.per_week and found.target:
        weeks = ", ".join(map(str, found.per_week))
        left = calendar.between(view.today, found.target)
        pace = math.ceil((found.items + found.ahead) * WEEK / left) if left > 0 else 0
        are = "is" if pace == 1 else "are"
        need = f"; {pace} a week {are} needed for {wording.working_days(left)}" if pace else ""
        texts.append(f"Finished in each of the last weeks: {weeks}{need}")
    slow = view.once(Forecasts).slowest(deliverable)
    if slow and found.per_week and 2 * slow.outlook.rate <= slow.pace.rate:
        texts.append(
            f"Only about {_about(slow.outlook.rate * WEEK)} a week of these counts: the rest was "
            "promised to nobody, or as much came in"
        )
    if slow and slow.pace.capped_days:
        days = wording.plural(slow.pace.capped_days, "day")
        texts.append(f"More was finished on {days} than anybody does in one: it counts less")
    if found.p50:
        texts.append(dates(found, view.today))
    if found.late is not None and found.target:
        missed = wording.day(found.target, view.today)
        texts.append(f"Chance to miss {missed}: {_chance(view, deliverable, found.late)}")
    texts.append(f"Grade {found.grade}: it rests {_RESTS_ON.get(found.grade, 'on nothing')}")
    kept = [one for one in view.snapshot.forecasts if one.forecast.subject == found.subject]
    if kept and (way := another_way(kept[-1].forecast, found)):
        texts.append(f"Told {way} as on {wording.day(kept[-1].made_on, view.today)}")
    return texts


def _about(number: float) -> str:
    return f"{number:.0f}" if number >= 1 else f"{number:.1g}"


def _chance(view: View, deliverable: Deliverable, own: float) -> str:
    alone, whole = wording.percent(own), late_with_feeders(view, deliverable)
    told = alone if whole is None else wording.percent(whole)
    return alone if told == alone else f"{alone}, with what it waits for {told}"


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


def when(view: View, found: Forecast, slip: int | None) -> str:
    """`most likely done Tue 8 Dec, 3 working days later`; of little history the range alone (§D4).

    `slip` counts from the day that it is held against to the likely one.
    """
    if found.p50 is None or slip is None:
        return "most likely done in more than five years"
    day, later = wording.day(found.p50, view.today), wording.later(slip)
    if found.grade is Grade.C and found.p85:
        more = f", {later} or more" if slip > 0 else ""
        return f"done some time from {day} to {wording.day(found.p85, view.today)}{more}"
    return f"most likely done {day}, {later}"


def late(view: View, node: ItemKey | str, day: date) -> float:
    """Chance that it is not done by the end of `day`; 0 where nothing tells."""
    odds = view.once(Forecasts).odds(node, day)
    return 0.0 if odds is None else 1 - odds


def past(view: View, found: Forecast) -> tuple[Fact, ...]:
    """The last three forecasts for these teams that came true, newest last."""
    teams = set(found.teams)
    known = [
        one
        for one in view.snapshot.forecasts
        if one.is_fair and one.forecast.p50 and teams & set(one.forecast.teams)
    ]
    return tuple(Fact(text=told(view, one, view.today)) for one in known[-SHOWN:])


def told(view: View, one: PastForecast, today: date) -> str:
    """`On Mon 2 Nov Checkout 1.9 was expected by Fri 20 Nov; it was done on …`."""
    made, p50, done = one.made_on, one.forecast.p50, one.done_on
    if p50 is None or done is None:
        return ""
    off = wording.later(view.config.calendar.between(p50, done))
    subject, name = one.forecast.subject, one.forecast.name
    name = next((each.name for each in view.deliverables if each.subject == subject), name)
    return (
        f"On {wording.day(made, today)} {name} was expected by "
        f"{wording.day(p50, today)}; it was done on {wording.day(done, today)}, {off}"
    )


def neither(view: View, deliverable: Deliverable, days: Iterable[date]) -> str:
    """`; neither is likely to hold, Thu 7 Jan 2027 is`, of days that the tools name for it.

    "" where it is as likely as not done by the last of them, or nothing tells.
    """
    found = view.once(Forecasts).of(deliverable)
    if found.p50 is None or found.p85 is None or found.p50 <= max(days):
        return ""
    held = wording.day(delivery_days.first(view, deliverable, found.p85), view.today)
    return f"; neither is likely to hold, {held} is"


def options(view: View, deliverable: Deliverable, found: Forecast) -> str:
    """`take out 11 items for even odds, or move it to Tue 26 Jan 2027`.

    What comes before it, it can be put before. The day is one on which it can be delivered.
    """
    ways = []
    count = view.once(Forecasts).too_many(deliverable)
    if count is not None and count < found.items:
        ways.append(f"take out {wording.plural(count, 'item')} for even odds")
    if found.ahead:
        ways.append(f"do it before the {wording.plural(found.ahead, 'item')} of others")
    if found.p85:
        ways.append(f"move it to {delivery_days.proposed(view, deliverable, found.p85)}")
    return ", or ".join(ways) or "say what can be left out of it"
