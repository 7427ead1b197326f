"""What every reader of calendars shares: zones by their name, and the window of days it reads."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field


def zone_name(name: object) -> str:
    """The name if it is that of an IANA zone, else ""."""
    if not isinstance(name, str) or not name:
        return ""
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        return ""


def _known(name: str) -> str:
    if not zone_name(name):
        raise ValueError(f'"{name}" is not a time zone, such as Europe/Berlin')
    return name


Zone = Annotated[str, AfterValidator(_known)]
"""Name of an IANA time zone."""
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
