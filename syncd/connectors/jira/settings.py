"""The `[sources.NAME]` section of a Jira source."""

from __future__ import annotations

import re
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from syncd.connectors.calendars import SprintZones
from syncd.connectors.http import base_url, require_token
from syncd.connectors.jira.phases import DROPPED
from syncd.model.items import Phase

_PROJECT = re.compile(r"[A-Z][A-Z0-9_]+")


class FieldSettings(BaseModel):
    """Ids of fields, where the ones found by type and name are not the right ones."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    start: str | None = Field(default=None, description="Date on which work is to start.")
    target_start: str | None = Field(default=None, description="Target start of a plan.")
    target_end: str | None = Field(default=None, description="Target end of a plan.")
    points: str | None = Field(default=None, description="Story points, or another size.")
    epic_link: str | None = Field(default=None, description="Epic Link (Data Center).")
    parent_link: str | None = Field(default=None, description="Parent Link of a plan.")
    sprint: str | None = Field(default=None, description="Sprint.")
    team: str | None = Field(default=None, description="Team that the issue belongs to.")
    flagged: str | None = Field(default=None, description="Flagged (Impediment).")


class JiraSettings(BaseModel):
    """What a Jira source needs: where it is, which projects, and a token to read them with."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    url: str = Field(
        description="Address of the site, such as https://acme.atlassian.net; for a scoped token "
        "https://api.atlassian.com/ex/jira/CLOUD-ID."
    )
    user: str = Field(
        default="",
        description="Cloud: e-mail address of the token's account. Data Center: leave it empty.",
    )
    token: SecretStr = Field(description="API token (Cloud) or personal access token.")
    deployment: Literal["auto", "cloud", "server"] = Field(
        default="auto", description="auto asks the site; server is Data Center too."
    )
    projects: tuple[str, ...] = Field(min_length=1, description="Keys of the projects to read.")
    fields: FieldSettings = Field(
        default=FieldSettings(), description="Field ids, where the found ones are wrong."
    )
    project_fields: dict[str, FieldSettings] = Field(
        default={},
        description="Key of a project → its own field ids, which win over those of the site.",
    )
    phases: dict[str, Phase] = Field(
        default={}, description="Name of a status → its phase, where category and name mislead."
    )
    dropped: tuple[str, ...] = Field(
        default=DROPPED,
        description="Resolutions, and statuses in which work ends, that mean: not delivered.",
    )
    bots: tuple[str, ...] = Field(
        default=(), description="Account ids or names of robots that Jira lists as people."
    )
    sprint_zones: SprintZones = {}
    page_size: int = Field(
        default=100, ge=1, le=1000, description="Issues asked for in one answer."
    )
    jql_times: Literal["epoch", "relative"] = Field(
        default="epoch",
        description="How queries name times; relative for a site that takes no epoch milliseconds.",
    )

    def chosen(self, project: str) -> dict[str, str | None]:
        """Meaning → the field id told for a project, or for the whole site; None where none is."""
        own = self.project_fields.get(project, FieldSettings()).model_dump()
        return {name: own[name] or told for name, told in self.fields.model_dump().items()}

    @field_validator("url")
    @classmethod
    def _usable_url(cls, url: str) -> str:
        return base_url(url, credential="token", example="https://acme.atlassian.net")

    @field_validator("projects")
    @classmethod
    def _project_keys(cls, projects: tuple[str, ...]) -> tuple[str, ...]:
        for key in projects:
            if not _PROJECT.fullmatch(key):
                raise ValueError(f'"{key}" is not a project key: capital letters, digits and _')
            if projects.count(key) > 1:
                raise ValueError(f'"{key}" is listed twice')
        return projects

    @model_validator(mode="after")
    def _fields_of_projects(self) -> Self:
        unknown = sorted(set(self.project_fields) - set(self.projects))
        if unknown:
            raise ValueError(f'project_fields names "{unknown[0]}", which is not in projects')
        return self

    @field_validator("token")
    @classmethod
    def _sendable_token(cls, token: SecretStr) -> SecretStr:
        require_token(token.get_secret_value())
        return token

    @field_validator("user")
    @classmethod
    def _sendable_user(cls, user: str) -> str:
        if not (user.isascii() and user.isprintable() and ":" not in user):
            raise ValueError("must be the plain e-mail address of the token's account")
        return user
