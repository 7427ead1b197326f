"""What readers of days share: zones by their name, stamps of series, the window of events."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from syncd.model.items import CalendarEvent, Item, ItemKey


def zone_name(name: object) -> str:
    """The name if it is that of an IANA zone, else ""."""
    if not isinstance(name, str) or not name:
        return ""
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        return ""


def place_name(name: object) -> str:
    """As `zone_name`, but "" for UTC: programs write it that don't know where a meeting is."""
    zone = zone_name(name)
    return "" if zone in _NOWHERE else zone


_NOWHERE = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Etc/Zulu", "UCT", "Zulu"})


def unstamped(item: Item, by_rule: Container[ItemKey]) -> Item:
    """Without the stamp of its series, which tells not that an exception was taken back."""
    if isinstance(item, CalendarEvent) and item.key in by_rule:
        return replace(item, updated_at=None)
    return item


def _known(name: str) -> str:
    if not zone_name(name):
        raise ValueError(f'"{name}" is not a time zone, such as Europe/Berlin')
    return name


Zone = Annotated[str, AfterValidator(_known)]
"""Name of an IANA time zone."""
SprintZones = Annotated[
    dict[str, Zone],
    Field(
        description="Key of a project → zone in whose days its sprints start and end, and dates "
        "that hold a time fall; without it that of the team that owns the project, else that of "
        "the configuration."
    ),
]
"""The key "" stands for all projects that are not named."""
HistoryDays = Annotated[
    int, Field(ge=0, le=3650, description="How many days back events are read.")
]
HorizonDays = Annotated[
    int,
    Field(
        ge=1,
        le=3650,
        description="How many days ahead series are followed; single events have no such limit.",
    ),
]


def zone_of(zones: Mapping[str, str], scope: str) -> str:
    """The zone in whose days a project lives."""
    return zones.get(scope) or zones.get("", "UTC")
