"""The `[notifiers.NAME]` sections of what writes on items: where, about what, as whom."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    model_validator,
)

from syncd.connectors.github.settings import Settings as GitHubSettings
from syncd.connectors.google_calendar.settings import GoogleCalendarSettings
from syncd.connectors.jira.settings import FieldSettings, JiraSettings
from syncd.model.findings import Severity
from syncd.model.items import Kind
from syncd.model.remarks import Wants

Instance = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}$")]

_COMMENT = (("issues", "write"), ("metadata", "read"), ("pull_requests", "write"))


class WriteSettings(BaseModel):
    """What all of them share."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    source: str = Field(description="Name of the [sources.NAME] whose items are written on.")
    dry_run: bool = Field(
        default=True,
        description="true: `syncd notify --dry-run` shows the notes, none is written.",
    )
    rules: tuple[str, ...] = Field(
        default=(), description="Rules whose findings are noted; empty: all."
    )
    severity_from: Literal["info", "low", "medium", "high", "critical"] = Field(
        default="high", description="Findings below it are not noted."
    )
    programs: tuple[str, ...] = Field(
        default=(), description="Programs whose findings are noted; empty: all."
    )
    edits_dates: bool = Field(
        default=False,
        description="true: `syncd align apply` may change the dates that a person picks with this "
        "credential.",
    )
    takes_over: tuple[Instance, ...] = Field(
        default=(),
        description="Instances of syncd (as doctor names them) whose notes this one goes on "
        "with, after its store was lost.",
    )

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        try:
            self.client_settings()
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False, include_context=False)[0]
            place = ".".join(map(str, wrong["loc"]))
            raise ValueError(f"{place + ': ' if place else ''}{wrong['msg']}") from None
        return self

    def client_settings(self) -> Any:
        """The section as the client of the connector takes it. Raises ValidationError."""
        raise NotImplementedError

    def wants(self, kinds: frozenset[Kind], scopes: tuple[str, ...]) -> Wants:
        """The same as the alerts' side understands it."""
        return Wants(
            source=self.source,
            kinds=kinds,
            scopes=frozenset(scopes),
            rules=frozenset(self.rules),
            severity_from=Severity[self.severity_from.upper()],
            programs=frozenset(self.programs),
            dry_run=self.dry_run,
        )


class JiraCommentSettings(WriteSettings):
    """`kind = "jira_comment"`: a comment on the issue."""

    url: str = Field(
        description="Address of the site, as in the source; for a scoped token "
        "https://api.atlassian.com/ex/jira/CLOUD-ID."
    )
    user: str = Field(
        default="",
        description="Cloud: e-mail address of the writing account. Data Center: leave it empty.",
    )
    token: SecretStr = Field(description="Token of the writing account, not that of the source.")
    deployment: Literal["auto", "cloud", "server"] = Field(
        default="auto", description="auto asks the site; server is Data Center too."
    )
    projects: tuple[str, ...] = Field(
        min_length=1, description="Keys of the projects that may be written to."
    )
    fields: FieldSettings = Field(
        default=FieldSettings(), description="Field ids, as in the source."
    )

    def client_settings(self) -> JiraSettings:
        """As the client of the connector takes it. Raises ValidationError."""
        return JiraSettings(
            url=self.url, user=self.user, token=self.token, deployment=self.deployment,
            projects=self.projects, fields=self.fields,
        )  # fmt: skip


class _Writing(GitHubSettings):
    """A GitHub section whose credential is to write."""

    @property
    def rights(self) -> tuple[tuple[str, str], ...]:
        """What an App's token is asked for."""
        return _COMMENT


class GitHubCommentSettings(WriteSettings):
    """`kind = "github_comment"`: a comment on the issue or pull request."""

    url: str = Field(
        default="https://api.github.com",
        description="Address of the API; of an Enterprise Server it is https://HOST/api/v3.",
    )
    account: str = Field(
        default="",
        description="Login of the writing account, whose comments count as nobody's work; an App "
        "needs none.",
    )
    token: SecretStr | None = Field(
        default=None,
        description="Fine-grained token of the writing account with Issues and Pull requests: "
        "write; not that of the source.",
    )
    app_id: int | None = Field(default=None, description="Id of a GitHub App, instead of a token.")
    private_key: SecretStr | None = Field(
        default=None, description="Private key (PEM text) of the GitHub App."
    )
    installation_id: int | None = Field(default=None, description="Id of the App's installation.")
    repos: tuple[str, ...] = Field(
        min_length=1, description='Repositories that may be written to, each as "owner/name".'
    )
    public: bool = Field(
        default=False,
        description="true: also write in repositories that everybody on the internet can read.",
    )

    @model_validator(mode="after")
    def _whose_token(self) -> Self:
        if self.token is not None and not self.account:
            raise ValueError("account is missing: the login of the token's account")
        return self

    def client_settings(self) -> GitHubSettings:
        """As the client of the connector takes it. Raises ValidationError."""
        return _Writing(
            url=self.url, token=self.token, app_id=self.app_id, private_key=self.private_key,
            installation_id=self.installation_id, repos=self.repos,
        )  # fmt: skip


class CalendarNoteSettings(WriteSettings):
    """`kind = "calendar_note"`: a note at the end of an event's description."""

    url: str = Field(
        default="https://www.googleapis.com/calendar/v3",
        description="Address of the Calendar API.",
    )
    credentials: SecretStr = Field(
        description="JSON key of a service account that may change the events, not that of the "
        "source."
    )
    calendars: tuple[str, ...] = Field(
        min_length=1, description="Calendar ids whose own events may be written to."
    )
    proposes_dates: bool = Field(
        default=False,
        description="true: the note also names the day on which the event would fit; it is never "
        "moved by a note.",
    )

    def client_settings(self) -> GoogleCalendarSettings:
        """As the client of the connector takes it. Raises ValidationError."""
        return GoogleCalendarSettings(
            url=self.url, credentials=self.credentials, calendars=self.calendars
        )
