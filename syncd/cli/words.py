"""Dates and counts as people say them."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from syncd import text
from syncd.model.calendar import local_time
from syncd.model.snapshot import Scope
from syncd.pictures import days

NBSP = "\N{NO-BREAK SPACE}"


def short_day(value: date | None, today: date) -> str:
    """`24 Nov`, with the year where it is not this one; a dash for no date. Never wraps."""
    return days.short_day(value, today).replace(" ", NBSP) or "—"


def day(value: date, today: date) -> str:
    """`Tue 24 Nov`."""
    return days.day(value, today).replace(" ", NBSP)


def iso(value: date | None) -> str | None:
    """`2026-11-24`, as JSON has it."""
    return value.isoformat() if value else None


def moment(at: datetime, zone: ZoneInfo, today: date) -> str:
    """`08:21` of today, else `Fri 20 Nov 08:21`."""
    local = local_time(at, zone.key)
    clock = f"{local:%H:%M}"
    return clock if local.date() == today else f"{day(local.date(), today)}{NBSP}{clock}"


def slip(late: int | None) -> str:
    """`+6 wd`; "" for none."""
    return f"{text.grouped(late, signed=True)} wd".replace(" ", NBSP) if late else ""


def count(number: int, one: str, many: str = "") -> str:
    """`1 alert`, `3 alerts`, thousands apart."""
    return f"{grouped(number)} {one if number == 1 else many or one + 's'}"


def grouped(number: int) -> str:
    """`4 870`, its groups held together."""
    return text.grouped(number).replace(" ", NBSP)


def stray(scope: Scope, issues: int) -> tuple[str, str]:
    """That issues went where nobody reads, and what mends it."""
    what = f"{count(issues, 'open issue')} moved to {scope.name}, which is not read"
    what = f"{what}: changes there are seen hours later"
    return what, f"add it to sources.{scope.source}.projects"
