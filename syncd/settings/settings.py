"""Loading the configuration: flags, environment, secrets and files become one `Settings`."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import BaseModel, PrivateAttr, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from syncd.errors import ConfigError, ConfigProblem, CredentialAway
from syncd.model.findings import Severity
from syncd.model.people import BoundMeeting, DeclaredDeliverable, MailMode, Person, Program, Team
from syncd.model.routes import Audience, Route
from syncd.reconciler.config import EventPatterns, ReconcilerConfig
from syncd.settings.occasions import brief_time, usual_quiet, weekly_time
from syncd.settings.problems import Translator
from syncd.settings.schema import WRITERS, Layout, PersonSettings
from syncd.settings.timetable import interval
from syncd.settings.values import SECRET
from syncd.settings.workdays import calendar_name, team_calendars, working_calendar, zones_of

Model = TypeVar("Model", bound=BaseModel)

COMMAND_TIMEOUT = 30
"""Seconds that a `token_command` may take."""


class TableSource(PydanticBaseSettingsSource):
    """One layer of values that were read already."""

    def __init__(self, settings: type[BaseSettings], table: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.table = table

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """As pydantic-settings asks for it."""
        return self.table.get(field_name), field_name, field.annotation is dict

    def __call__(self) -> dict[str, Any]:
        """The whole layer."""
        return dict(self.table)


class Settings(Layout, BaseSettings):
    """The configuration of one syncd, with where it came from. Made by `load`."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @classmethod
    def of(cls, layers: Iterable[dict[str, Any]]) -> Settings:
        """From tables that were read already, the strongest first. Raises ValidationError."""
        values: dict[str, Any] = {"layers": tuple(layers)}
        return cls(**values)

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: Any, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Those layers alone."""
        layers = init_settings.init_kwargs["layers"]
        return tuple(TableSource(settings_cls, layer) for layer in layers)

    _path: FilePath = PrivateAttr(default=FilePath("syncd.toml"))
    _files: tuple[FilePath, ...] = PrivateAttr(default=())
    _state: FilePath | None = PrivateAttr(default=None)
    _warnings: tuple[ConfigProblem, ...] = PrivateAttr(default=())
    _translator: Translator = PrivateAttr()
    _again: Callable[[], Settings] = PrivateAttr()

    @property
    def path(self) -> FilePath:
        """The main file."""
        return self._path

    @property
    def files(self) -> tuple[FilePath, ...]:
        """Every file that was read, the main one first."""
        return self._files

    @property
    def directory(self) -> FilePath:
        """Folder of the main file: relative paths in the configuration start here."""
        return self._path.absolute().parent

    @property
    def state(self) -> FilePath:
        """Folder for what syncd writes."""
        return self._state or self.directory / "var"

    @property
    def store_url(self) -> str:
        """`store.url` with an absolute path; its folder may not exist yet."""
        prefix, url = "sqlite:///", self.store.url.get_secret_value()
        path = url.removeprefix(prefix)
        if not url.startswith(prefix) or path.startswith("/") or path in ("", ":memory:"):
            return url
        if self._state is not None and path == "var/syncd.db":
            return f"{prefix}{self._state / 'syncd.db'}"
        return f"{prefix}{self.directory / path}"

    @property
    def translator(self) -> Translator:
        """The values as they were set, with their places."""
        return self._translator

    @property
    def warnings(self) -> tuple[ConfigProblem, ...]:
        """What is odd but usable."""
        return self._warnings

    @property
    def secrets(self) -> frozenset[str]:
        """Every secret that was read, for the log filter."""
        return frozenset(self._translator.secrets)

    def again(self) -> Settings:
        """The configuration as it is now, read from the same places. Raises ConfigError."""
        return self._again()

    def interval(self, source: str, at: datetime | None = None) -> timedelta:
        """How often a source is read; at a given moment (aware) it may be less often."""
        return interval(self, source, at)

    @property
    def writers(self) -> frozenset[str]:
        """Names of the notifiers that write on items."""
        return frozenset(name for name, one in self.notifiers.items() if one.kind in WRITERS)

    def written_by(self, notifier: str) -> str:
        """The source on whose items a notifier writes; "" where it is no writer, or not there."""
        table = self.notifiers.get(notifier)
        if table is None or table.kind not in WRITERS:
            return ""
        return str(reveal(table.options).get("source", ""))

    def validate_section(self, section: str, model: type[Model]) -> Model:
        """A plug-in's table, such as `sources.jira` or `mail`, as its own `Settings` model.

        Runs the section's `token_command`; relative `Path` values start at `directory`, and those
        that the model names in `written` at the state folder, unless they are set; what
        `sprint_zones` leaves open is filled in from the teams. Raises ConfigError with every
        problem and its place.
        """
        found, problems = self.check_section(section, model, run_commands=True)
        if found is None:
            raise invalid(problems)
        return found

    def check_section(
        self, section: str, model: type[Model], *, run_commands: bool = False
    ) -> tuple[Model | None, list[ConfigProblem]]:
        """As `validate_section`, but gives the problems; without `run_commands` runs nothing."""
        path = tuple(section.split("."))
        problems: list[ConfigProblem] = []
        options = self._with_commands(self._options(path), path, problems, run=run_commands)
        try:
            valid = model.model_validate(options)
        except ValidationError as error:
            # What a command should have given is told of already.
            given = {problem.path.removesuffix("_command") for problem in problems}
            found = self._translator.translate(error, model, path)
            return None, problems + [problem for problem in found if problem.path not in given]
        return (None if problems else self._anchored(self._zoned(valid, path[-1]))), problems

    def reconciler_config(
        self, years: Iterable[int], at: datetime | None = None
    ) -> ReconcilerConfig:
        """What the reconciler is told; `years` are those for which public holidays are needed.

        `at` is the moment whose intervals count.
        """
        span = tuple(years)
        return ReconcilerConfig(
            people=self.reachable(),
            teams=tuple(
                Team(
                    id=id, name=team.name or id, owns=team.owns, calendar=calendar_name(id),
                    timezone=team.timezone or self.timezone, lead=team.lead,
                )
                for id, team in sorted(self.teams.items())  # noqa: A001
            ),
            programs=tuple(
                Program(
                    id=id, name=program.name or id, teams=program.teams,
                    milestones=program.milestones,
                    stakeholders=tuple(sorted(program.stakeholders.items())),
                )
                for id, program in sorted(self.programs.items())  # noqa: A001
            ),
            deliverables=self._deliverables(),
            calendars=team_calendars(self, span),
            calendar=working_calendar(self.calendar, self.timezone, self.calendars, span),
            authority=self.authority,
            events=EventPatterns(**self.events.model_dump()),
            link_types=dict(self.links.types),
            intervals={name: self.interval(name, at) for name in sorted(self.sources)},
            interval=self.schedule.every,
            rules=self.rules,
            mapped_repos=dict(self.mapped_repos),
        )  # fmt: skip

    def tree(self) -> tuple[Route, ...]:
        """The routes as configured, in their order."""
        return tuple(
            Route(
                id=id, within=one.within or "", programs=one.program, teams=one.team,
                rules=one.rule, severity=Severity[one.severity.upper()] if one.severity else None,
                tiers=one.tier, owners=one.owner, roles=one.role, to=one.to, when=one.when,
                goes_on=one.goes_on,
            )
            for id, one in self.routes.items()  # noqa: A001
        )  # fmt: skip

    def audiences(self) -> tuple[Audience, ...]:
        """Who may see which scope, where it is configured."""
        return tuple(
            Audience(source=name, scope=scope, members=members)
            for name, source in sorted(self.sources.items())
            for scope, members in sorted(source.audience.items())
        )

    def place(self, path: Sequence[str]) -> str:
        """`config/syncd.toml:45`: where a key is written, or the nearest table around it."""
        where = self._translator.places.find(tuple(path)).where
        name, _, column = where.rpartition(":")
        return name if name.rpartition(":")[0] and column.isdecimal() else where

    def reachable(self) -> tuple[Person, ...]:
        """Everybody in `[people]`, sorted by id, with the quiet hours that are heeded."""
        return tuple(self._person(name, self.people[name]) for name in sorted(self.people))

    def _person(self, name: str, person: PersonSettings) -> Person:
        team = self.teams.get(person.team or "")
        zone = person.timezone or (team.timezone if team else None) or self.timezone
        return Person(
            id=name, name=person.name, email=person.email or "", role=person.role, team=person.team,
            timezone=zone, programs=person.programs,
            accounts=tuple(sorted(person.accounts.items())),
            mode=person.drift.mode, digest_at=person.drift.at,
            quiet=self._quiet(person),
            notifiers=person.notifiers, operator=person.operator,
            brief=brief_time(person.brief, person.drift.mode),
            weekly=weekly_time(person.brief, person.role, usual=self.alerts.weekly),
            packs=person.packs,
        )  # fmt: skip

    def _quiet(self, person: PersonSettings) -> tuple[time, time] | None:
        is_now = "drift" in person.model_fields_set and person.drift.mode is MailMode.NOW
        if not self.alerts.quiet_hours or (person.quiet is None and is_now):
            return None
        own = (person.brief.every.at,) if person.brief else ()
        return person.quiet or usual_quiet((*person.drift.at, *own))

    def bound_meetings(self) -> tuple[BoundMeeting, ...]:
        """Every `[meetings]` table, sorted by id."""
        return tuple(
            BoundMeeting(
                id=id, match=table.match, kind=table.kind, teams=table.teams,
                programs=table.programs, pack=table.pack,
            )
            for id, table in sorted(self.meetings.items())  # noqa: A001
        )  # fmt: skip

    def _deliverables(self) -> tuple[DeclaredDeliverable, ...]:
        return tuple(
            DeclaredDeliverable(
                id=id, name=table.name or id, tier=table.tier, match=table.match,
                gates=table.gates, teams=table.teams, owner=table.owner, target=table.target,
                baseline=table.baseline, formerly=table.formerly or "",
            )
            for id, table in sorted(self.deliverables.items())  # noqa: A001
        )  # fmt: skip

    def _options(self, path: tuple[str, ...]) -> dict[str, Any]:
        if path == ("mail",):
            return dict(reveal(self.mail or {}))
        tables: Mapping[str, Any] = getattr(self, path[0])
        return dict(reveal(tables[path[1]].options))

    def _with_commands(
        self,
        options: dict[str, Any],
        path: tuple[str, ...],
        problems: list[ConfigProblem],
        *,
        run: bool,
    ) -> dict[str, Any]:
        filled: dict[str, Any] = {}
        for key, value in options.items():
            target = key.removesuffix("_command")
            if isinstance(value, Mapping):
                filled[key] = self._with_commands(dict(value), (*path, key), problems, run=run)
            elif target == key or not SECRET.search(target):
                filled[key] = value
            elif target not in options:
                secret, trouble, passing = _answer(value) if run else ("", "", False)
                filled[target] = secret or "not-asked-yet"
                if secret:
                    self._translator.hide(secret)
                if trouble:
                    problem = self._translator.problem((*path, key), trouble)
                    problems.append(replace(problem, passing=passing))
        return filled

    def _zoned(self, model: Model, source: str) -> Model:
        told = getattr(model, "sprint_zones", None)
        if told is None:
            return model
        return model.model_copy(update={"sprint_zones": zones_of(self, source) | told})

    def _anchored(self, model: Model) -> Model:
        changed: dict[str, Any] = {}
        written = getattr(type(model), "written", ())
        for name in type(model).model_fields:
            value = getattr(model, name)
            if isinstance(value, FilePath) and not value.is_absolute():
                is_ours = name in written and name not in model.model_fields_set
                changed[name] = ((is_ours and self._state) or self.directory) / value
            elif isinstance(value, BaseModel):
                inner = self._anchored(value)
                changed |= {name: inner} if inner is not value else {}
        return model.model_copy(update=changed) if changed else model


def invalid(problems: Sequence[ConfigProblem]) -> ConfigError:
    """The error that shows all of them."""
    errors = [problem for problem in problems if not problem.warning]
    if errors and all(problem.passing for problem in errors):
        words = "; ".join(f"{problem.path}: {problem.message}" for problem in errors)
        return CredentialAway(words, problems=tuple(problems), hint="try again; then: syncd doctor")
    noun = "error" if len(errors) == 1 else "errors"
    return ConfigError(
        f"{len(errors)} {noun} in the configuration", problems=tuple(problems),
        hint="syncd config validate",
    )  # fmt: skip


def _answer(command: Any) -> tuple[str, str, bool]:
    """Secret or trouble of a `token_command`, and whether that may pass; no output is repeated."""
    if (
        not isinstance(command, list)
        or not command
        or not all(isinstance(word, str) for word in command)
    ):
        return "", 'must be a list of words such as ["pass", "show", "jira"]', False
    small = {
        name: os.environ[name]
        for name in ("HOME", "PATH", "LANG", "USER", "XDG_RUNTIME_DIR", "GNUPGHOME", "GPG_TTY")
        if name in os.environ
    }
    try:
        done = subprocess.run(
            command, env=small, capture_output=True, timeout=COMMAND_TIMEOUT, check=False,
            stdin=subprocess.DEVNULL, text=True, encoding="utf-8",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return "", f"{command[0]} gave no answer within {COMMAND_TIMEOUT} s", True
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", "") or type(error).__name__
        return "", f"{command[0]} cannot be run: {reason}", False
    if done.returncode < 0:
        return "", f"{command[0]} was ended by signal {-done.returncode}", True
    if done.returncode:
        return "", f"{command[0]} ended with exit code {done.returncode}", True
    secret = done.stdout.removesuffix("\n").removesuffix("\r")
    return (secret, "", False) if secret.strip() else ("", f"{command[0]} printed nothing", False)


def hide(table: dict[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """The plug-ins' tables with each credential wrapped, so that no repr or dump shows it."""
    return {
        key: hide(value, (*path, key))
        if isinstance(value, dict)
        else SecretStr(value)
        if _is_plug_ins((*path, key)) and isinstance(value, str)
        else value
        for key, value in table.items()
    }


def reveal(value: Any) -> Any:
    """The value with the text of every `SecretStr` in it."""
    if isinstance(value, Mapping):
        return {key: reveal(inner) for key, inner in value.items()}
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _is_plug_ins(path: tuple[str, ...]) -> bool:
    if path[0] == "mail":
        return True
    own = {"kind", "every", "cron", "audience"}
    return path[0] in ("sources", "notifiers") and len(path) > 2 and path[2] not in own
