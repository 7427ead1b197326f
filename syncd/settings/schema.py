"""The shape of the configuration: one model per table, every key described where it is declared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Annotated, Any, Literal, cast

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    SecretStr,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import CoreSchema

from syncd.model.people import MailMode, Role
from syncd.model.routes import ANY_SCOPE
from syncd.reconciler.config import AUTHORITY, EventPatterns
from syncd.settings.noise import AlertSettings, RouteSettings
from syncd.settings.occasions import BriefTable, MeetingSettings
from syncd.settings.table import Table
from syncd.settings.values import (
    NAME,
    ActiveHours,
    Address,
    Bind,
    Clock,
    Cron,
    Duration,
    HeaderName,
    Hours,
    Interval,
    Network,
    Pattern,
    PublicUrl,
    Tick,
    Weekday,
    Zone,
)

Name = Annotated[str, StringConstraints(pattern=f"^{NAME}$")]
Authority = Literal["config", "version", "epic", "github-milestone", "event", "sprint"]
Meaning = Literal["blocks", "depends_on", "child_of", "parent_of", "none"]

SecretText = Annotated[SecretStr, WithJsonSchema({"type": "string"})]
"""A text that may hold a password, though it need not."""

WRITERS = ("jira_comment", "github_comment", "calendar_note")
"""Built-in notifiers that write on items of a source."""

BY_DEFAULT = "127.0.0.1", 8470
STORE_URL = "sqlite:///var/syncd.db"


class PlugInTable(Table):
    """A table of which a plug-in owns every key that is not declared here."""

    kind: str
    options: dict[str, Any] = Field(default_factory=dict, repr=False)
    """The plug-in's own keys, written beside the others."""

    @model_validator(mode="before")
    @classmethod
    def _take_apart(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or isinstance(data.get("options"), Mapping):
            return data
        own = cls.model_fields.keys() - {"options"}
        kept = {key: value for key, value in data.items() if key in own}
        return kept | {"options": {key: data[key] for key in data.keys() - own}}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        schema = super().__get_pydantic_json_schema__(core_schema, handler)
        schema["properties"].pop("options", None)
        schema["additionalProperties"] = True
        return schema


def _by_scope(value: Any) -> Any:
    """A bare list is the audience of the whole source."""
    return {ANY_SCOPE: value} if isinstance(value, list | tuple) else value


class SourceSettings(PlugInTable):
    """One source that is read; its further keys are those of its connector."""

    kind: str
    """Connector: jira, github, google_calendar, ics, file, or one that a package adds."""
    every: Interval | None = None
    """How often it is read; without it as `schedule.every` says."""
    cron: Cron = ""
    """When it is read, instead of `every`: five fields of cron in the `timezone` of the
    configuration, such as `0 6-20 * * MON-FRI`. Active hours do not count for it."""
    audience: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_by_scope)] = Field(
        default_factory=dict, examples=[{"SEC": ["payments", "leads"]}]
    )
    """Who may see a project, repository or calendar: its name → ids of teams and people, roles,
    `operators`, `everyone`; `*` or a bare list for all of the source. Without one: the teams that
    own something in it, those who share or follow a program with them, and operators."""


class NotifierSettings(PlugInTable):
    """One more way to tell people, or a writer of notes on items; its further keys are its own."""

    kind: str
    """email, chat; jira_comment, github_comment, calendar_note; or one that a package adds."""


SQLITE, POSTGRES = "sqlite:///", "postgresql+psycopg://"


def _is_store(url: SecretStr) -> SecretStr:
    scheme, _, rest = url.get_secret_value().partition("://")
    if url.get_secret_value().startswith((SQLITE, POSTGRES)):
        return url
    if rest and scheme.startswith("postgres"):
        raise ValueError(f'no driver for "{scheme}://", write "{POSTGRES}"')
    raise ValueError(
        f'the store is an SQLite file or a PostgreSQL database; write "{SQLITE}" and a path, or '
        f'"{POSTGRES}user@host/database"'
    )


class StoreSettings(Table):
    """Where syncd keeps what it has read and said."""

    url: Annotated[SecretText, AfterValidator(_is_store)] = Field(
        default=SecretStr(STORE_URL), json_schema_extra={"default": STORE_URL}
    )
    """`sqlite:///` and a path, or `postgresql+psycopg://user@host/database` (needs the extra
    `postgres`). A relative path starts at the state folder if there is one
    (`STATE_DIRECTORY`, set by systemd), else at the folder of the configuration."""
    backup_every: Interval = Field(default=timedelta(days=1), json_schema_extra={"default": "1d"})
    """How often `syncd serve` and `syncd run` copy the SQLite file, beside itself."""
    backups: int = Field(default=7, ge=0, le=1000)
    """How many of these copies stay; 0 = none is made."""
    keep_days: int = Field(default=400, ge=30)
    """Days that `syncd store prune` leaves of closed items, and of which mails were sent."""
    keep_run_days: int = Field(default=90, ge=7)
    """Days that it leaves of the records of passes."""
    keep_mail_days: int = Field(default=30, ge=7)
    """Days that it leaves of the text of mails that were sent."""
    keep_backup_days: int = Field(default=30, ge=1)
    """Days after which a backup that syncd made is deleted, with what was forgotten since."""


class ScheduleSettings(Table):
    """When `syncd serve` works."""

    every: Interval = Field(default=timedelta(minutes=15), json_schema_extra={"default": "15m"})
    """Time from one pass to the next; data older than three of it counts as stale."""
    jitter: Duration = Field(default=timedelta(seconds=60), json_schema_extra={"default": "1m"})
    """Up to this much is added to each wait, so that many machines do not call at once."""
    active: ActiveHours | None = None
    """Days and hours in which sources are read as often as they should be, such as
    `Mon-Fri 06:00-20:00` in the `timezone` of the configuration; outside them once an hour.
    Without it always."""
    full_resync: Tick | None = None
    """When every source is read from its beginning once more, such as `Sun 03:00`: cheap insurance
    against what a provider forgot to tell. Missed ones are made up for once, after a start."""


ROLES = ("scheduler", "worker", "web")
"""What a process of the service can be; any number of them in any number of processes."""


class ServeSettings(Table):
    """How `syncd serve` works; its pages are off unless `bind` or `public_url` is set."""

    engine: Literal["local", "procrastinate"] = "local"
    """`local` does everything in one process. With `procrastinate` any number of processes share
    the work; it needs a store on PostgreSQL and the extra `cluster`."""
    bind: Bind = ""
    """Address and port to listen on, such as `127.0.0.1:8470`, which is what counts where only
    `public_url` is set. Whoever may reach it should do so through a proxy that speaks https. Where
    neither is set, `/livez`, `/readyz` and `/metrics` alone answer there, if the port is free."""
    public_url: PublicUrl = ""
    """Where people reach these pages, such as `https://syncd.example.com`: links in mails begin
    with it."""
    login_header: HeaderName = ""
    """Header in which the proxy before these pages names who signed in, such as
    `X-Forwarded-User`: whoever has one may read the pages of programs. Set it only where the proxy
    takes that header from no visitor. Without it they need a signed link: `syncd report --link`."""
    trusted_proxies: tuple[Network, ...] = ("127.0.0.0/8", "::1/128")
    """Addresses or networks from which `login_header` and `X-Forwarded-For` are believed."""

    @property
    def address(self) -> tuple[str, int] | None:
        """Where to listen for the pages; None = there are none."""
        if not self.bind:
            return BY_DEFAULT if self.public_url else None
        host, _, port = self.bind.rpartition(":")
        return host.strip("[]"), int(port)


class TeamSettings(Table):
    """A team and what belongs to it."""

    name: str = ""
    """What people call it; without it the name of the table."""
    owns: tuple[str, ...] = ()
    """What belongs to it: `jira:PAY`, `github:acme/ledger`, `jira:PAY/component=API`,
    `jira:component=API`, `jira:label=payments`."""
    calendar: str = ""
    """Working days: a table `[calendars.NAME]`, or a country (`GB`) or its part (`DE-BE`)."""
    timezone: Zone | None = None
    """Where its days end; without it the `timezone` of the configuration."""
    lead: str | None = None
    """Person who hears what concerns the whole team."""


class Drift(Table):
    """How a person hears of drift; a bare mode means `{ mode = … }`."""

    mode: MailMode = MailMode.NOW
    """`now`, `digest` at set times, or `brief-only` for no mail about single alerts."""
    at: tuple[Clock, ...] = Field(
        default=(time(8, 30),), min_length=1, json_schema_extra={"default": ["08:30"]}
    )
    """Local times of the digest."""

    @model_validator(mode="before")
    @classmethod
    def _from_mode(cls, data: Any) -> Any:
        return {"mode": data} if isinstance(data, str) else data

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        table = super().__get_pydantic_json_schema__(core_schema, handler)
        return {"anyOf": [{"enum": [mode.value for mode in MailMode]}, dict(table)]}


class PersonSettings(Table):
    """Somebody who can be told something: a person, or a chat room that has no address."""

    name: str
    """As it stands in messages."""
    email: Address | None = None
    """Where mail goes; a chat room has none."""
    role: Role = Role.ENGINEER
    """`tpm`, `lead`, `engineer` or `exec`: decides wording and detail."""
    team: str | None = None
    """Name of a table `[teams.NAME]`."""
    timezone: Zone | None = None
    """For times in messages and quiet hours; without it the team's, then the configuration's."""
    programs: tuple[str, ...] = ()
    """Programs whose drift this person is told of."""
    accounts: dict[str, str] = Field(default_factory=dict)
    """Account id at each source, as `{ jira = "rosei", github = "r-osei" }`."""
    drift: Drift = Field(default=Drift(), json_schema_extra={"default": "now"})
    """`now`, `digest`, `brief-only`, or `{ mode = "digest", at = ["11:00", "16:00"] }`."""
    quiet: Hours | None = None
    """Nothing is sent in these hours nor on days off; else `19:00-08:00`, `none` if drift = now."""
    notifiers: tuple[str, ...] = ("mail",)
    """Ways to tell this person: `mail`, or names of `[notifiers.NAME]` tables."""
    operator: bool = False
    """Hears of sources, credentials and mail that fail."""
    brief: BriefTable | None = None
    """`08:30`: the brief of each working day; `{ every = "Fri 15:00", audience = "lead" }`: the
    weekly. Without it only `drift = "brief-only"` gets a brief, at 08:30."""
    packs: bool = True
    """Gets the packs of the meetings that they attend."""


class ProgramSettings(Table):
    """Teams that work towards the same dates."""

    name: str = ""
    """What people call it; without it the name of the table."""
    teams: tuple[str, ...] = ()
    """Names of `[teams.NAME]` tables."""
    milestones: tuple[str, ...] = ()
    """Its deliverables: `jira:fixVersion=NAME`, `jira:PAY-1`, `github:milestone=NAME`,
    `calendar:summary~'WORDS'`."""
    stakeholders: dict[Role, tuple[str, ...]] = Field(default_factory=dict)
    """People by role, as `{ tpm = ["dana"], exec = ["vp"] }`."""


class DeliverableSettings(Table):
    """One thing promised, and what each source calls it."""

    name: str = ""
    """What people call it; without it the name of the table."""
    tier: Literal["A", "B", "C"] = "B"
    """A = promised outside or to leadership, B = plan of the quarter, C = internal."""
    match: tuple[str, ...] = ()
    """What it is called at the sources; written as `programs.NAME.milestones`."""
    gates: tuple[str, ...] = ()
    """Review events that must come before it, written the same way."""
    teams: tuple[str, ...] = ()
    """Teams that work on it; without it those that own its items."""
    owner: str | None = None
    """Person who answers for its date."""
    target: date | None = None
    """Date promised; it outranks what the sources say."""
    baseline: date | None = None
    """Date of the original plan, against which slip is measured."""
    formerly: Name | None = None
    """Name that its table had before: what is known of it and what people said goes on."""


class CalendarSettings(Table):
    """Working days: a country's, changed by what is listed here."""

    country: str | None = None
    """Two letters (`DE`); without it no public holidays."""
    subdivision: str | None = None
    """Part of the country (`BE` of `DE`)."""
    weekend: frozenset[Weekday] = Field(
        default=frozenset({5, 6}), json_schema_extra={"default": ["sat", "sun"]}
    )
    """Days of the week without work."""
    days_off: tuple[date, ...] = ()
    """More days without work."""
    days_on: tuple[date, ...] = ()
    """Days worked although they are holidays or at a weekend."""


class LinkSettings(Table):
    """What the trackers' own links mean."""

    types: dict[str, Meaning] = Field(default_factory=dict)
    """Link type id → meaning, where its phrase misleads: `{ "10003" = "blocks" }`."""


class EventSettings(Table):
    """Titles by which calendar events get a role; regular expressions, case ignored."""

    gate: Pattern = EventPatterns().gate
    """A review or decision that must come before a launch."""
    launch: Pattern = EventPatterns().launch
    """The launch itself."""
    freeze: Pattern = EventPatterns().freeze
    """The start of a freeze."""


def _authority() -> tuple[Authority, ...]:
    return cast(tuple[Authority, ...], AUTHORITY)


class Layout(Table):
    """The whole configuration, without where it came from."""

    timezone: Zone = "UTC"
    """For teams and people who name none."""
    include: tuple[str, ...] = ()
    """More files, as patterns relative to this one; the same key twice is an error."""
    store: StoreSettings = StoreSettings()
    """Where syncd keeps what it has read and said."""
    schedule: ScheduleSettings = ScheduleSettings()
    """When `syncd serve` works."""
    serve: ServeSettings = ServeSettings()
    """How `syncd serve` does its work, and the pages that it answers with."""
    sources: dict[Name, SourceSettings] = Field(default_factory=dict)
    """What is read."""
    notifiers: dict[Name, NotifierSettings] = Field(default_factory=dict)
    """Ways to tell people besides mail."""
    mail: dict[str, Any] | None = Field(default=None, repr=False)
    """The built-in mail; its keys are those of the e-mail notifier."""
    teams: dict[Name, TeamSettings] = Field(default_factory=dict)
    """Who owns what."""
    people: dict[Name, PersonSettings] = Field(default_factory=dict)
    """Who is told."""
    programs: dict[Name, ProgramSettings] = Field(default_factory=dict)
    """Which teams work towards the same dates."""
    deliverables: dict[Name, DeliverableSettings] = Field(default_factory=dict)
    """What was promised; deliverables that the sources name themselves need no table."""
    meetings: dict[Name, MeetingSettings] = Field(default_factory=dict)
    """Meetings that are prepared; reviews of deliverables need no table."""
    calendars: dict[Name, CalendarSettings] = Field(default_factory=dict)
    """Working days that differ from a country's."""
    calendar: str = ""
    """Working days where no team is known; written as `teams.NAME.calendar`."""
    rules: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Changes to rules by id: `enabled`, `severity`, and the parameters that
    `syncd rules explain RULE` lists."""
    alerts: AlertSettings = AlertSettings()
    """Limits on noise."""
    routes: dict[Name, RouteSettings] = Field(default_factory=dict)
    """Who is told of what, in the order in which it is written; without a route that fits, as
    usual: owner, leads, those who run or follow the program."""
    links: LinkSettings = LinkSettings()
    """What the trackers' own links mean."""
    events: EventSettings = EventSettings()
    """How calendar events get their role."""
    mapped_repos: dict[str, str] = Field(default_factory=dict)
    """Repository → project it serves: `{ "github:acme/ledger" = "jira:LED" }`."""
    authority: tuple[Authority, ...] = Field(
        default_factory=_authority, min_length=1, json_schema_extra={"default": list(AUTHORITY)}
    )
    """Whose date counts when sources disagree, highest first."""
