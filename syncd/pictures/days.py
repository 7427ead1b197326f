"""Days as people say them, free of any locale."""

from __future__ import annotations

from datetime import date

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
