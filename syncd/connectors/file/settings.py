"""The `[sources.NAME]` section of a source of exported files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from syncd.connectors.calendars import HistoryDays, HorizonDays, SprintZones, Zone
from syncd.model.items import Phase

PHASES = {
    "blocked": Phase.WAITING,
    "on hold": Phase.WAITING,
    "in review": Phase.REVIEW,
    "in progress": Phase.ACTIVE,
}

Meaning = Literal[
    "start", "target_start", "target_end", "points", "epic_link", "parent_link", "sprint", "team",
    "flagged",
]  # fmt: skip


class FileSettings(BaseModel):
    """What a source of exported files needs: where the files are, and how to read their dates."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    paths: tuple[str, ...] = Field(
        min_length=1,
        description='Exported files; may hold * and ** ("exports/*.csv"). Relative to base.',
    )
    base: Path = Field(
        default=Path(),
        description="Folder that paths start from; by default that of the configuration file.",
    )
    format: Literal["auto", "jira_json", "jira_csv", "github_json", "ics"] = Field(
        default="auto", description="auto tells it by looking at each file."
    )
    timezone: Zone = Field(
        default="UTC", description="Zone of times that name none; of a CSV that of its exporter."
    )
    date_format: str = Field(
        default="",
        description='How a CSV writes times, such as "%d.%m.%Y %H:%M"; usual forms need none.',
    )
    url: str = Field(
        default="", description="Address of the Jira that a CSV is from, for links to its issues."
    )
    fields: dict[Meaning, str] = Field(
        default={}, description="Ids of Jira's custom fields, for JSON saved without their names."
    )
    phases: dict[str, Phase] = Field(
        default=PHASES, description="Name of a status or of a label → phase of its issues."
    )
    bots: tuple[str, ...] = Field(default=(), description="Accounts that are robots.")
    sprint_zones: SprintZones = {}
    history_days: HistoryDays = Field(
        default=90, description="How many days back calendar events are kept."
    )
    horizon_days: HorizonDays = Field(
        default=180,
        description="How many days from the making of a calendar file its series are followed.",
    )

    @field_validator("paths")
    @classmethod
    def _some_text(cls, paths: tuple[str, ...]) -> tuple[str, ...]:
        for path in paths:
            if not path.strip():
                raise ValueError("a path is empty")
        return paths

    @field_validator("date_format")
    @classmethod
    def _usable_format(cls, text: str) -> str:
        sample = datetime(2026, 11, 23, 8, 25)  # noqa: DTZ001 # only to try the format
        if text:
            try:
                fits = datetime.strptime(sample.strftime(text), text).date() == sample.date()  # noqa: DTZ007 # as above
            except ValueError:
                fits = False
            if not fits:
                raise ValueError('does not tell day, month and year, as "%d.%m.%Y %H:%M" does')
        return text

    @field_validator("url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        where = urlsplit(url)
        if url and (where.scheme not in ("https", "http") or not where.hostname or where.username):
            raise ValueError("must be a plain address such as https://jira.example.com")
        return url.rstrip("/")
