"""`syncd init`: a working configuration from flags or answers; adds, never overwrites."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from syncd import plugins
from syncd.cli import options as flags
from syncd.cli.doctor import MARKS
from syncd.cli.draft import Draft, Section, name_of
from syncd.cli.options import Options, Usage
from syncd.cli.screen import PIPE, Screen, clean, wrapped
from syncd.cli.wizard import Wizard, mail_section
from syncd.cli.words import NBSP, count
from syncd.discovering import NOT_LISTED, Found
from syncd.errors import (
    ConfigError,
    ConfigProblem,
    NotVisible,
    SourceError,
    SyncdError,
    Unreached,
)
from syncd.interfaces import Mark
from syncd.redaction import SECRETS
from syncd.retrying import in_haste
from syncd.settings import load
from syncd.settings.places import Places
from syncd.settings.problems import Translator
from syncd.settings.schema import PersonSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the flags say; everything "" or empty is not asked for."""

    directory: str = "config"
    timezone: str = ""
    jira_url: str = ""
    jira_user: str = ""
    jira_projects: tuple[str, ...] = ()
    jira_token_file: str = ""
    github_url: str = ""
    github_repos: tuple[str, ...] = ()
    github_token_file: str = ""
    calendar_url: str = ""
    calendars: tuple[str, ...] = ()
    calendar_key_file: str = ""
    files: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    program: str = ""
    mail_from: str = ""
    smtp: str = ""
    smtp_user: str = ""
    smtp_password_file: str = ""
    outbox: bool = False
    no_check: bool = False


NOTHING_YET: Mapping[str, Mapping[str, Any]] = {
    "jira": {"projects": ["NONE"]},
    "github": {"repos": ["none/none"]},
    "google_calendar": {"discover": True},
}
"""Kind → what stands for the parts before they are chosen."""

PARTS = {
    "jira": ("project", "projects"), "github": ("repository", "repositories"),
    "google_calendar": ("calendar", "calendars"),
}  # fmt: skip
"""Kind → what people call one of its parts, and several."""


class Failed(SyncdError):
    """A credential or server did not pass its test; nothing of it was saved."""

    def __init__(self, message: str, *, exit_code: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code


def init(options: Options, answers: Answers) -> int:
    """Ask or take the flags; test and save each part."""
    sections = sections_of(answers)
    directory = options.config.parent if options.config else Path(answers.directory)
    zone = flags.zone("--timezone", answers.timezone) if answers.timezone else ""
    draft = Draft(directory, zone or _local_zone(options))
    screen = Screen(options)
    if sections:
        _save_all(draft, sections, options, check=not answers.no_check)
    elif options.asks:
        return _asked(draft, answers, options)
    else:
        raise Usage(
            "init has nothing to write: give flags, or run it on a terminal to be asked",
            "syncd init --help",
        )
    return _report(screen, draft, options)


def _save_all(draft: Draft, sections: Sequence[Section], options: Options, *, check: bool) -> None:
    """Each of them; one that fails ends it, after a word about those that were written."""
    try:
        for section in sections:
            _test_and_save(draft, section, options.env, check=check)
    except SyncdError:
        if draft.added:
            Screen(options).note(f"{_wrote(draft)} The same command goes on from there.")
        raise


def _wrote(draft: Draft) -> str:
    return f"Wrote {', '.join(draft.added)} to {draft.file}."


def _asked(draft: Draft, answers: Answers, options: Options) -> int:
    """The wizard; what was tested before it was interrupted is kept."""
    check = not answers.no_check
    wizard = Wizard(
        draft=draft,
        save=lambda section: _saved(draft, section, options.env, check=check),
        see=_seen,
        github_url=answers.github_url,
        calendar_url=answers.calendar_url,
    )
    try:
        wizard.ask_all()
    except KeyboardInterrupt:
        screen = Screen(options)
        screen.note("\nInterrupted; what was tested is kept, and syncd init goes on from there.")
        _report(screen, draft, options)
        return 130
    return _report(Screen(options), draft, options)


def _seen(section: Section) -> list[Found] | None:
    """For the wizard: sign in and list; None, with the reason told, where that is refused."""
    table = dict(section.table)
    # A source needs one part to be valid; what is listed does not depend on it.
    table |= NOTHING_YET[str(table["kind"])]
    try:
        for secret in section.secrets.values():
            SECRETS.add(secret)
        plug_in = _built(replace(section, table=table))
        try:
            with in_haste(Unreached):
                found = [one for one in plug_in.discover() if one.note != NOT_LISTED]
        finally:
            plug_in.close()
    except SyncdError as error:
        _tell(error)
        # Where only the list is withheld, parts can still be named; saving tests them.
        return [] if isinstance(error, NotVisible) else None
    _say("✓", f"signed in; it sees {count(len(found), *PARTS[str(table['kind'])])}")
    return found


def sections_of(answers: Answers) -> list[Section]:
    """The tables that the flags ask for. Raises Usage for a flag without its fellows."""
    found = [*_sources(answers)]
    teams = [_team(text) for text in answers.teams]
    names = [section.path[1] for section in teams]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise Usage(f'two teams would be called "{twice}"; give one of them another name')
    found += teams
    if answers.program:
        table = {"name": answers.program, "teams": names}
        found.append(Section(path=("programs", name_of(answers.program)), table=table))
    found += [
        _person(text, first=index == 0, program=answers.program)
        for index, text in enumerate(answers.people)
    ]
    if answers.smtp or answers.outbox:
        if answers.smtp and not answers.mail_from:
            raise Usage("--smtp needs --mail-from")
        password = _read_secret(answers.smtp_password_file)
        sender = answers.mail_from or "syncd <syncd@localhost>"
        host = "" if answers.outbox else answers.smtp
        found.append(mail_section(sender, host, answers.smtp_user, password))
    return found


def _sources(answers: Answers) -> list[Section]:
    found: list[Section] = []
    if answers.jira_url:
        jira = {"kind": "jira", "url": answers.jira_url, "projects": list(answers.jira_projects)}
        jira |= {"user": answers.jira_user} if answers.jira_user else {}
        found.append(_source("jira", jira, "token", answers.jira_token_file))
    if answers.github_repos:
        github: dict[str, Any] = {"kind": "github", "repos": list(answers.github_repos)}
        github |= {"url": answers.github_url} if answers.github_url else {}
        found.append(_source("github", github, "token", answers.github_token_file))
    if answers.calendars:
        calendar: dict[str, Any] = {
            "kind": "google_calendar", "calendars": list(answers.calendars),
        }  # fmt: skip
        calendar |= {"url": answers.calendar_url} if answers.calendar_url else {}
        found.append(_source("calendar", calendar, "credentials", answers.calendar_key_file))
    if answers.files:
        paths = [str(Path(path).absolute()) for path in answers.files]
        found.append(_source("files", {"kind": "file", "paths": paths}, "", ""))
    return found


def _source(name: str, table: dict[str, Any], key: str, file: str) -> Section:
    secret = _read_secret(file)
    return Section(path=("sources", name), table=table, secrets={key: secret} if secret else {})


def _team(text: str) -> Section:
    name, equals, owns = text.partition("=")
    if not equals or not owns:
        raise Usage(f'--team "{text}" is not written as Payments=jira:PAY,github:acme/payments')
    table = {"name": name.strip(), "owns": [each.strip() for each in owns.split(",")]}
    return Section(path=("teams", name_of(name)), table=table)


def _person(text: str, *, first: bool, program: str) -> Section:
    from email.utils import parseaddr

    written, _, role = text.partition(":")
    name, address = parseaddr(written)
    if "@" not in address:
        raise Usage(f'--person "{text}" is not written as "Dana Li <dana@example.com>:tpm"')
    table: dict[str, Any] = {"name": name or address, "email": address, "role": role or "tpm"}
    table |= {"programs": [name_of(program)]} if program else {}
    table |= {"operator": True} if first else {}
    return Section(path=("people", name_of(address.partition("@")[0])), table=table)


def _read_secret(file: str) -> str:
    """The credential in a file, or on stdin for `-`; never an argument, which others can see."""
    if not file:
        return ""
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(
            f"{clean(file)}: the credential cannot be read: {why}",
            hint="give a file that holds nothing else; what was not written can be given again",
        ) from None
    secret = text.strip()
    if not secret:
        raise Usage(f"{'stdin' if file == '-' else file} is empty where a credential should be")
    SECRETS.add(secret)
    return secret


def _saved(draft: Draft, section: Section, env: Mapping[str, str], *, check: bool) -> bool:
    """For the wizard: tell the trouble and let the person try again."""
    try:
        _test_and_save(draft, section, env, check=check)
    except SyncdError as error:
        _tell(error)
        return False
    return True


def _tell(error: SyncdError) -> None:
    _say("✗", str(error))
    if error.hint:
        _say(" ", error.hint)


def _say(mark: str, text: str) -> None:
    """Below the question, wrapped for the narrowest of usual terminals."""
    for number, line in enumerate(wrapped(clean(text), PIPE - 6)):
        whole = f"    {' ' if number else mark} {line}\n"
        sys.stderr.write(SECRETS.mask(whole.replace(NBSP, " ")))


def _test_and_save(draft: Draft, section: Section, env: Mapping[str, str], *, check: bool) -> None:
    for secret in section.secrets.values():
        SECRETS.add(secret)
    if section.path[0] == "people":
        section = draft.named_apart(section)
    if draft.has(section.path):
        draft.add(section)
        return
    if section.path[0] in ("sources", "mail"):
        _test(section, check=check)
    elif section.path[0] == "people":
        _validated(PersonSettings, dict(section.table), section)
    _fit(draft, section, env)
    draft.add(section)


def _fit(draft: Draft, section: Section, env: Mapping[str, str]) -> None:
    """Refuse what names things that the configuration has not: it must stay valid as a whole."""
    with draft.trial(section) as file:
        try:
            load(file, env)
        except ConfigError as error:
            for problem in error.problems:
                if not problem.warning and problem.path.startswith(section.title):
                    words = f"{section.title} was not saved: {problem.path}: {problem.message}"
                    raise Failed(words, exit_code=5) from None
    if draft.file.exists():
        load(draft.file, env)


def _test(section: Section, *, check: bool) -> None:
    """Build the plug-in as `syncd run` would, and ask it whether it can work."""
    plug_in = _built(section)
    if not check:
        plug_in.close()
        return
    try:
        with in_haste(SourceError):
            for made in plug_in.check():
                if made.mark is Mark.FAILED:
                    raise Failed(
                        f"{section.title} was not saved: {clean(made.text)}",
                        exit_code=made.exit_code or 3,
                        hint=made.fix or "--no-check saves it untested",
                    )
                _say(MARKS[made.mark][0], made.text)
    finally:
        plug_in.close()


def _built(section: Section) -> Any:
    """The connector or notifier. Raises Failed for settings that it refuses."""
    table = dict(section.table)
    kind = str(table.pop("kind", "email"))
    for key, value in section.secrets.items():
        outer, _, inner = key.partition("__")
        table[outer] = {**table.get(outer, {}), inner: value} if inner else value
    found = plugins.notifier_class(kind) if section.path == ("mail",) \
        else plugins.connector_class(kind)  # fmt: skip
    return found(section.path[-1], _validated(found.Settings, table, section))


def _validated(model: type[BaseModel], table: dict[str, Any], section: Section) -> BaseModel:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        whole: dict[str, Any] = table
        for key in reversed(section.path):
            whole = {key: whole}
        translator = Translator(whole, Places(), section.secrets.values())
        problem = translator.translate(error, model, section.path)[0]
        raise Failed(f"{problem.path}: {problem.message}", exit_code=5) from None


def _report(screen: Screen, draft: Draft, options: Options) -> int:
    if draft.added:
        load(draft.file, options.env)
    if screen.is_json:
        screen.document(
            {
                "schema": "syncd/init/1", "file": str(draft.file), "added": draft.added,
                "kept": draft.kept,
            }
        )  # fmt: skip
        return 0
    if draft.added:
        screen.text(_wrote(draft), hanging=2)
    if draft.kept:
        screen.text(f"Kept {', '.join(draft.kept)} as they were.", hanging=2)
    for problem in _warnings(draft, options.env):
        screen.note(f"▲ {problem.path}: {problem.message}")
    syncd = "syncd" if draft.file == Path("config/syncd.toml") else f"syncd -c {draft.file}"
    screen.note(f"Next: {syncd} reconcile")
    screen.note(f"Then: {syncd} serve, or a timer for {syncd} run")
    return 0


def _warnings(draft: Draft, env: Mapping[str, str]) -> tuple[ConfigProblem, ...]:
    """Of what was written now. What is wrong with the rest is said by the next command."""
    try:
        found = load(draft.file, env, catalog=plugins).warnings
    except ConfigError:
        return ()
    added = tuple(f"{title}." for title in draft.added)
    return tuple(problem for problem in found if problem.path.startswith(added))


def _local_zone(options: Options) -> str:
    """The zone of this machine, as far as it tells."""
    from zoneinfo import ZoneInfo

    linked = os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    for name in (options.zone, options.env.get("TZ", "").lstrip(":"), linked):
        try:
            if name and ZoneInfo(name):
                return name
        except (ValueError, OSError, KeyError):
            continue
    return "UTC"
