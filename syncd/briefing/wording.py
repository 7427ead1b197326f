"""Words that all parts of a brief share: when, since when, how many."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TypeVar

from syncd.briefing.reader import Reader
from syncd.model.briefs import Changed, News
from syncd.model.forecasts import Grade
from syncd.reconciler.facts import wording
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.plan import Node

T = TypeVar("T")

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEK = timedelta(days=6)


def short_day(value: date, today: date) -> str:
    """`2 Dec`, with the year where it is not this one."""
    return wording.day(value, today).partition(" ")[2]


def days_to(first: date, last: date | None, today: date) -> str:
    """`2 Dec`, or `2 Dec to 20 Jan 2027`."""
    return " to ".join(short_day(day, today) for day in (first, last) if day)


def range_end(reader: Reader, node: Node, expected: date) -> date | None:
    """The last day that is told with an expected one, where little history tells of it (§D4)."""
    view = reader.material.view
    mine = (each for each in view.deliverables if each.subject == node)
    one = next(mine, None) if isinstance(node, str) else None
    found = view.once(Forecasts).of(one) if one else None
    if found is None or found.grade is not Grade.C or found.p85 is None:
        return None
    return found.p85 if found.p85 >= expected else None


def since_words(reader: Reader, since: datetime) -> str:
    """`08:30` of today, `Friday` within a week, else `Thu 12 Nov`."""
    local, today = reader.local(since), reader.today
    if local.date() == today:
        return f"{local:%H:%M}"
    if timedelta() < today - local.date() <= WEEK:
        return DAYS[local.weekday()]
    return wording.day(local.date(), today)


def clock(reader: Reader, at: datetime) -> str:
    """`09:30` of today, else `Tue 24 Nov 09:30`, on the reader's clock."""
    local = reader.local(at)
    day = "" if local.date() == reader.today else f"{wording.day(local.date(), reader.today)} "
    return f"{day}{local:%H:%M}"


def slip_words(slip: int | None) -> str:
    """`+6 working days`; "" for none."""
    return f"{'+' if slip > 0 else '-'}{wording.working_days(slip)}" if slip else ""


def counts(moved: int, changes: tuple[Changed, ...] | list[Changed]) -> list[str]:
    """`2 dates moved`, `1 new`, `1 cleared`; nothing of what there is none of."""
    said = [f"{wording.plural(moved, 'date')} moved"] if moved else []
    for news in (News.OPENED, News.WORSE, News.CHANGED, News.DROPPED, News.CLEARED):
        number = sum(one.news is news for one in changes)
        said += [f"{number} {news}"] if number else []
    return said


def cut(many: tuple[T, ...], most: int | None) -> tuple[tuple[T, ...], int]:
    """The first few, and how many more there are; all of them without a limit."""
    return many[:most], max(0, len(many) - len(many[:most]))
