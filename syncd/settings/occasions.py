"""Tables of what comes at set times: briefs, and the meetings that are prepared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time, timedelta
from typing import Any, Literal

from pydantic import Field, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from syncd.alerts.muting import EVENING, MORNING
from syncd.model.briefs import MeetingKind
from syncd.model.people import MailMode, Role, SetTime
from syncd.settings.table import Table
from syncd.settings.values import Duration, Tick

USUAL = SetTime(at=time(8, 30))
"""When a brief comes to who hears of drift nowhere else, and names no time."""


USUAL_WEEKLY = SetTime(at=time(15), weekday=4)
"""When a weekly comes to leaders who name no time."""


class BriefTable(Table):
    """What comes by itself, and when; a bare time means `{ every = … }`."""

    every: Tick
    """`08:30` on working days, or `Fri 15:00`; in the person's zone."""
    audience: Literal["team", "lead"] = "team"
    """`team`: the brief of teams, changes and meetings; `lead`: the weekly for leaders."""

    @model_validator(mode="before")
    @classmethod
    def _from_time(cls, data: Any) -> Any:
        return {"every": data} if isinstance(data, str) else data

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        table = super().__get_pydantic_json_schema__(core_schema, handler)
        return {"anyOf": [dict(table["properties"]["every"]), dict(table)]}


class MeetingSettings(Table):
    """A meeting that is prepared: its pack leaves a little before it starts."""

    match: str
    """Its events, as `calendar:summary~'Ledger stand-up'`."""
    kind: MeetingKind = MeetingKind.OTHER
    """`stand-up`, `risk-review`, `go-no-go` or `other`: what comes first in its pack."""
    teams: tuple[str, ...] = ()
    """Teams that it is about; without teams and programs those of its guests."""
    programs: tuple[str, ...] = ()
    """Programs that it is about."""
    pack: Duration = Field(default=timedelta(minutes=30), json_schema_extra={"default": "30m"})
    """How long before the start the pack leaves; `0m` for none."""


def brief_time(brief: BriefTable | None, mode: MailMode) -> SetTime | None:
    """When a person's morning brief comes."""
    if brief is None:
        return USUAL if mode is MailMode.BRIEF_ONLY else None
    return brief.every if brief.audience == "team" else None


def usual_quiet(times: Iterable[time]) -> tuple[time, time]:
    """Quiet hours of who sets none: the night, but for the times that they chose themselves."""
    # Hours end before their last moment, so a mail of 20:00 needs them to begin just after it.
    latest = (at.replace(microsecond=1) for at in times)
    return max(EVENING, *latest), min(MORNING, *times)


def weekly_time(brief: BriefTable | None, role: Role, *, usual: bool) -> SetTime | None:
    """When a person's weekly for leaders comes; `usual`: also to leaders who name no time."""
    if brief is None:
        return USUAL_WEEKLY if usual and role is Role.EXEC else None
    return brief.every if brief.audience == "lead" else None
