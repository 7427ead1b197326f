"""How rules write days, counts and names, so that all findings speak alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from syncd import text
from syncd.model.calendar import local_time
from syncd.pictures import days as pictures


def day(value: date, today: date) -> str:
    """`Wed 2 Dec`; with the year where it is not the year of `today`. Free of any locale."""
    return pictures.day(value, today)


def moment(value: datetime, zone: str, today: date) -> str:
    """`Fri 20 Nov 14:05 CET` in `zone`."""
    local = local_time(value, zone)
    name = f"{local:%Z}"
    utc = "UTC" if name.startswith(("+", "-")) else ""
    return f"{day(local.date(), today)} {local:%H:%M} {utc}{name}"


def days(lo: date, hi: date, today: date) -> str:
    """A day, or `Tue 1 Dec to Thu 31 Dec` for an interval."""
    return day(lo, today) if lo == hi else f"{day(lo, today)} to {day(hi, today)}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 item`, `3 items`; `many` where an s is not enough."""
    return f"{text.grouped(count)} {one if count == 1 else many or one + 's'}"


def working_days(count: int) -> str:
    """`1 working day`, `6 working days`; the sign is left to the sentence."""
    return plural(abs(count), "working day")


def later(count: int) -> str:
    """`6 working days later`, `2 working days earlier`, `on the same working day`."""
    if count == 0:
        return "on the same working day"
    return f"{working_days(count)} {'later' if count > 0 else 'earlier'}"


def listing(names: Sequence[str], limit: int = 5) -> str:
    """`A`, `A and B`, `A, B and C`; beyond `limit` names `A, B and 7 more`."""
    if len(names) > limit:
        return f"{', '.join(names[:limit])} and {len(names) - limit} more"
    return text.listing(names)


def unique(names: Iterable[str | None]) -> tuple[str, ...]:
    """The names that are there, each once, in the order first met."""
    return tuple(dict.fromkeys(name for name in names if name))


def sentence(text: str) -> str:
    """`text` with a capital at its start, leaving names of repositories as they are."""
    is_name = "/" in text.partition(" ")[0]
    return text if is_name else text[:1].upper() + text[1:]


_LIKELIHOODS = (
    (0.20, "unlikely"),
    (0.40, "less likely than not"),
    (0.60, "about as likely as not"),
    (0.80, "likely"),
    (0.95, "very likely"),
)


def likelihood(chance: float) -> str:
    """`likely`, `very likely`: the same word for the same odds everywhere."""
    return next((word for most, word in _LIKELIHOODS if chance <= most), "almost certain")


def odds(chance: float) -> str:
    """`about 4 in 5`: odds for people who read no percentages."""
    if chance > 0.95:
        return "more than 19 in 20"
    if chance < 0.05:
        return "less than 1 in 20"
    for many in (2, 3, 4, 5, 10):
        some = max(1, min(many - 1, round(chance * many)))
        if abs(some / many - chance) <= 0.04:
            return f"about {some} in {many}"
    return f"about {round(chance * 20)} in 20"


def share(part: float) -> str:
    """`85 %`."""
    return f"{part:.0%}".replace("%", " %")


def percent(chance: float) -> str:
    """`78 %`; never surer than 95 %."""
    if chance > 0.95:
        return "more than 95 %"
    return "less than 5 %" if chance < 0.05 else share(chance)
