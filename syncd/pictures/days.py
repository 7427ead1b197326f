"""Days and ages as people say them, free of any locale."""

from __future__ import annotations

from datetime import date, timedelta

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def day(when: date | None, today: date) -> str:
    """`Wed 2 Dec`, with the year where it is not this year's, or "" for no date."""
    return f"{DAYS[when.weekday()]} {short_day(when, today)}" if when else ""


def short_day(when: date | None, today: date) -> str:
    """`2 Dec`, with the year where it is not this year's, or "" for no date."""
    if when is None:
        return ""
    year = "" if when.year == today.year else f" {when.year}"
    return f"{when.day} {MONTHS[when.month - 1]}{year}"


def asked(act: str, by: date | None, today: date) -> str:
    """`Ask J. Sen what LED-93 needs, by Mon 30 Nov.`; of a day that passed it says so."""
    if not act or by is None:
        return act
    if by < today:
        return f"{act} This was asked for by {day(by, today)}."
    return f"{act.removesuffix('.')}, by {day(by, today)}."


def age(span: timedelta) -> str:
    """`under 1 min`, `4 min`, `3 h`, `2 days`; what is still to come is under a minute old."""
    if span < timedelta(minutes=1):
        return "under 1 min"
    if span < timedelta(hours=2):
        return f"{span // timedelta(minutes=1)} min"
    if span < timedelta(days=2):
        return f"{span // timedelta(hours=1)} h"
    return f"{span.days} days"
