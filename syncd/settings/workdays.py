"""Working calendars from the configuration; public holidays come from the `holidays` library."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from zoneinfo import TZPATH

from syncd.model.calendar import WorkingCalendar
from syncd.settings.schema import CalendarSettings, Layout
from syncd.settings.values import near


def calendar_trouble(country: str, subdivision: str | None) -> str:
    """Why there are no holidays for this country or part of it; "" if there are."""
    from holidays.utils import list_supported_countries  # noqa: PLC0415  # 0.2 s that status saves

    countries = list_supported_countries()
    if country not in countries:
        hint = near(country, list(countries))
        return f'no holidays are known for the country "{country}"{hint}'
    if subdivision and subdivision not in countries[country]:
        known = ", ".join(sorted(countries[country])[:20]) or "none"
        return f'{country} has no part "{subdivision}"; known: {known}'
    return ""


def holidays_of(country: str, subdivision: str | None, years: Iterable[int]) -> frozenset[date]:
    """Public holidays, the same for the same arguments whatever the day is."""
    from holidays import country_holidays  # noqa: PLC0415  # as above

    return frozenset(country_holidays(country, subdiv=subdivision, years=list(years)))


def holiday_years(as_of: datetime) -> range:
    """Years whose public holidays are to be known at `as_of`: as far as a forecast reaches."""
    return range(as_of.year - 2, as_of.year + 6)


@cache
def calendar_data() -> str:
    """Versions of what tells holidays and time zones: `holidays 0.86, tzdata 2025b`."""
    return f"holidays {version('holidays')}, tzdata {_zone_data()}"


def _zone_data() -> str:
    """Of the machine's own zones where it has any, as Python looks there first."""
    for folder in map(Path, TZPATH):
        table = folder / "tzdata.zi"
        if table.is_file():
            with table.open(encoding="utf-8") as lines:  # "# version 2025b"
                return (next(lines, "").split() or ["unknown"])[-1]
        if (folder / "UTC").is_file():
            return f"in {folder}"
    return version("tzdata")


def working_calendar(
    text: str, zone: str, tables: dict[str, CalendarSettings], years: Iterable[int]
) -> WorkingCalendar:
    """The calendar that `teams.NAME.calendar` names: a table, a country or its part, or ""."""
    table = tables.get(text)
    if table is None and text:
        country, _, subdivision = text.partition("-")
        table = CalendarSettings(country=country, subdivision=subdivision or None)
    if table is None:
        return WorkingCalendar(zone=zone)
    off = frozenset(table.days_off)
    if table.country:
        off |= holidays_of(table.country, table.subdivision, years)
    return WorkingCalendar(
        zone=zone, weekend=table.weekend, days_off=off, days_on=frozenset(table.days_on)
    )


def zones_of(layout: Layout, source: str) -> dict[str, str]:
    """Zones by project, repository or calendar of a source, of the teams that own them.

    "" is that of the configuration, for all that no team owns.
    """
    owned = {name: team.timezone for team in layout.teams.values() for name in team.owns}
    prefix = f"{source}:"
    return {"": layout.timezone} | {
        name.removeprefix(prefix): zone or layout.timezone
        for name, zone in owned.items()
        if name.startswith(prefix)
    }


def calendar_name(team: str) -> str:
    """Name under which a team's own calendar (its days in its zone) is found."""
    return f"team:{team}"


def team_calendars(layout: Layout, years: Iterable[int]) -> dict[str, WorkingCalendar]:
    """One calendar for each team, in its zone, and those of the tables by their own names."""
    span = tuple(years)
    found = {
        calendar_name(name): working_calendar(
            team.calendar or layout.calendar, team.timezone or layout.timezone,
            layout.calendars, span,
        )
        for name, team in layout.teams.items()
    }  # fmt: skip
    for name in layout.calendars:
        found[name] = working_calendar(name, layout.timezone, layout.calendars, span)
    return found
