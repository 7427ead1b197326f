"""The `[sources.NAME]` section of a GitHub source."""

from __future__ import annotations

import re
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from syncd.connectors.http import base_url, require_token
from syncd.model.items import Phase

PHASES = {
    "blocked": Phase.WAITING,
    "on hold": Phase.WAITING,
    "in review": Phase.REVIEW,
    "in progress": Phase.ACTIVE,
}

READ = (("issues", "read"), ("metadata", "read"), ("pull_requests", "read"))
"""Permissions of an App or fine-grained token without which nothing can be read."""

OWNERS = ("contents", "read")
"""The permission for CODEOWNERS; reading goes on without."""

_REPO = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[A-Za-z0-9._-]+")


class Settings(BaseModel):
    """What a GitHub source needs: which repositories, and a credential to read them with."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    url: str = Field(
        default="https://api.github.com",
        description="Address of the API; of an Enterprise Server it is https://HOST/api/v3.",
    )
    token: SecretStr | None = Field(
        default=None,
        description="Fine-grained token with Metadata, Issues and Pull requests: read, and "
        "Contents: read for code owners.",
    )
    app_id: int | None = Field(default=None, description="Id of a GitHub App, instead of a token.")
    private_key: SecretStr | None = Field(
        default=None, description="Private key (PEM text) of the GitHub App."
    )
    installation_id: int | None = Field(
        default=None, description="Id of the App's installation that can see the repositories."
    )
    repos: tuple[str, ...] = Field(
        min_length=1, description='Repositories to read, each as "owner/name".'
    )
    phases: dict[str, Phase] = Field(
        default=PHASES,
        description="Label of an open issue → its phase; if it has several, the first one counts.",
    )
    date_fields: dict[str, Literal["due", "start"]] = Field(
        default={},
        description="Name of an organisation's issue field that holds a date → what it means.",
    )
    project_fields: dict[str, Literal["due", "start", "sprint", "phase"]] = Field(
        default={},
        description="Name of a field of GitHub Projects (date, iteration, or single select whose "
        "options are looked up in phases) → what it means; needs the right to read projects.",
    )
    bots: tuple[str, ...] = Field(
        default=(), description="Accounts that are robots although GitHub lists them as users."
    )
    use_graphql: Literal["auto", "never"] = Field(
        default="auto",
        description="never reads details one item at a time, for servers without GraphQL.",
    )
    per_page: int = Field(default=100, ge=1, le=100, description="Rows asked for in one answer.")

    @field_validator("url")
    @classmethod
    def _usable_url(cls, url: str) -> str:
        base = base_url(url, credential="token", example="https://github.example.com/api/v3")
        if urlsplit(base).hostname in ("github.com", "www.github.com"):
            raise ValueError("is the web site; the API is at https://api.github.com")
        return base

    @field_validator("token")
    @classmethod
    def _sendable_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token:
            require_token(token.get_secret_value().strip())
        return token

    @field_validator("repos")
    @classmethod
    def _names(cls, repos: tuple[str, ...]) -> tuple[str, ...]:
        for repo in repos:
            if not _REPO.fullmatch(repo):
                raise ValueError(f'"{repo}" is not of the form owner/name')
        folded = [repo.casefold() for repo in repos]
        for repo in repos:
            if folded.count(repo.casefold()) > 1:
                raise ValueError(f'"{repo}" is listed twice')
        return repos

    @property
    def rights(self) -> tuple[tuple[str, str], ...]:
        """Permissions without which nothing can be read, and those that this section asks for."""
        asked = (("organization_projects", "read"),) if self.project_fields else ()
        return (*READ, *asked)

    @model_validator(mode="after")
    def _one_credential(self) -> Self:
        app = (self.app_id, self.private_key, self.installation_id)
        if self.token is not None and any(part is not None for part in app):
            raise ValueError("give either token or app_id, private_key, installation_id, not both")
        if self.token is None and any(part is None for part in app):
            raise ValueError("give token, or app_id with private_key and installation_id")
        return self
