"""Days, slips and ages as people say them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from syncd.model.calendar import local_time
from syncd.pictures.days import DAYS, MONTHS, age, day, short_day
from syncd.text import grouped, listing, unread

__all__ = [
    "DAYS", "MONTHS", "OLD", "Ages", "ages", "behind", "day", "later",
    "local_day", "moment", "short_day", "slip_words", "working_days",
]  # fmt: skip

OLD = timedelta(hours=4)
"""From this age on, a source that is behind is said in the mail itself, not in its footer alone."""

Ages = Iterable[tuple[str, datetime | None]]
"""(source, end of its last complete pull), as a notification carries them."""


def local_day(at: datetime, zone: str) -> date:
    """The day that `at` is for somebody in `zone`."""
    return local_time(at, zone).date()


def working_days(count: int) -> str:
    """`1 working day`, `6 working days`."""
    return f"{grouped(abs(count))} working day{'s' if abs(count) != 1 else ''}"


def slip_words(slip: int | None) -> str:
    """`+6 working days`, or "" where nothing moved."""
    return f"{'+' if slip > 0 else '-'}{working_days(slip)}" if slip else ""


def later(slip: int | None) -> str:
    """`6 working days later`, `2 working days earlier`, or "" where nothing moved."""
    return f"{working_days(slip)} {'later' if slip > 0 else 'earlier'}" if slip else ""


def moment(at: datetime, zone: str, *, with_year: bool = False) -> str:
    """`Mon 23 Nov 08:25 CET`, in the reader's zone; `UTC+08` for a zone without a short name."""
    local = local_time(at, zone)
    name = f"{local:%Z}"
    utc = "UTC" if name.startswith(("+", "-")) else ""
    day_name, month = DAYS[local.weekday()], MONTHS[local.month - 1]
    year = f" {local.year}" if with_year else ""
    return f"{day_name} {local.day} {month}{year} {local:%H:%M} {utc}{name}"


def ages(known: Ages, now: datetime) -> str:
    """`Jira and GitHub 4 min old, Calendar never read`: sources of one age together."""
    together: dict[str, list[str]] = {}
    for source, then in known:
        said = "never read" if then is None else f"{age(now - then)} old"
        together.setdefault(said, []).append(source)
    return ", ".join(f"{listing(names)} {said}" for said, names in together.items())


def behind(known: Ages, now: datetime, zone: str) -> list[str]:
    """A sentence for each source that was not read for so long that the reader should know."""
    return [
        unread(source, moment(then, zone) if then else "")
        for source, then in known
        if then is None or now - then >= OLD
    ]
