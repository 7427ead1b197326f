"""`syncd config`: validate, show, schema, where."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

from syncd import plugins
from syncd.checking import guarded, of_sources
from syncd.cli.failures import problems_text, totals, worst
from syncd.cli.options import Options
from syncd.cli.screen import Screen, clean
from syncd.cli.wiring import now, settings_of
from syncd.errors import ConfigError, ConfigProblem
from syncd.interfaces import Check, Mark
from syncd.overrides import Overridable
from syncd.settings import Settings, find, load
from syncd.settings.environment import secret_folders
from syncd.settings.loading import provenance
from syncd.sources import built


def validate(options: Options, *, online: bool = False) -> int:
    """Print every problem; exit 5 if one is an error.

    `online` also asks sources and mail server, as `doctor` does; exit 3 or 4 if one is refused.
    """
    screen = Screen(options)
    try:
        settings = load(options.config, options.env, catalog=plugins)
    except ConfigError as error:
        if not error.problems:
            raise
        _report(screen, error.problems)
        return error.exit_code
    asked = tuple(_asked(settings)) if online else ()
    told = (*settings.warnings, *_flaws(settings), *(problem for problem, _ in asked))
    problems = tuple(sorted(told, key=lambda problem: problem.warning))
    _report(screen, problems)
    code = worst(code for _, code in asked)
    if not screen.is_json and not code:
        files = ", ".join(str(path) for path in settings.files)
        screen.text(f"{files}: {totals(problems) or 'no errors.'}")
    return code


def _asked(settings: Settings) -> Iterator[tuple[ConfigProblem, int]]:
    """What the other side says of it: (problem at the section it is about, exit code)."""
    for section, check in _online(settings):
        if check.mark not in (Mark.WARNING, Mark.FAILED):
            continue
        place = settings.translator.places.find(tuple(section.split(".")))
        text = f"{check.text}; {check.fix}" if check.fix else check.text
        is_warning = check.mark is Mark.WARNING
        problem = ConfigProblem(
            where=place.where, path=section, message=clean(text), warning=is_warning
        )
        yield problem, 0 if is_warning else check.exit_code or 3


def _online(settings: Settings) -> Iterator[tuple[str, Check]]:
    """(section, check) of every source and notifier."""
    sources = {name: partial(built, settings, name) for name in settings.sources}
    for name, check in of_sources(sources, now):
        yield f"sources.{name}", check
    for section, kind in _notifiers(settings):
        yield from ((section, check) for check in _notifier_checks(settings, section, kind))


def _notifier_checks(settings: Settings, section: str, kind: str) -> Iterator[Check]:
    cls = plugins.notifier_class(kind)

    def asked() -> Iterator[Check]:
        notifier = cls(section.rpartition(".")[2], settings.validate_section(section, cls.Settings))
        try:
            yield from notifier.check()
        finally:
            notifier.close()

    return guarded(asked)


def _notifiers(settings: Settings) -> list[tuple[str, str]]:
    """(section, kind) of every one that is configured."""
    found = [(f"notifiers.{name}", one.kind) for name, one in settings.notifiers.items()]
    return sorted(found if settings.mail is None else [*found, ("mail", "email")])


def _flaws(settings: Settings) -> Iterator[ConfigProblem]:
    """What is wrong with templates; a warning, since such mails leave as plain text."""
    for section, kind in _notifiers(settings):
        cls = plugins.notifier_class(kind)
        options, _ = settings.check_section(section, cls.Settings)
        notifier = cls(section, options) if options is not None else None
        for flaw in notifier.flaws() if isinstance(notifier, Overridable) else ():
            yield ConfigProblem(
                where=flaw.where, path=f"{section}.templates", message=flaw.message, warning=True
            )


def _report(screen: Screen, problems: tuple[ConfigProblem, ...]) -> None:
    entries = [
        {
            "type": "problem", "where": problem.where, "path": problem.path,
            "message": problem.message, "warning": problem.warning,
        }
        for problem in problems
    ]  # fmt: skip
    if screen.options.format == "json":
        valid = not any(not problem.warning for problem in problems)
        screen.document({"schema": "syncd/config/1", "valid": valid, "problems": entries})
    elif screen.options.format == "jsonl":
        screen.lines_of(entries)
    elif problems:
        screen.raw(problems_text(problems) + "\n")
        if any(not problem.warning for problem in problems):
            screen.raw(totals(problems) + " Nothing was started.\n")


def show(options: Options) -> int:
    """Print every value that is set, with its origin."""
    screen = Screen(options)
    settings = settings_of(options)
    rows = list(provenance(settings))
    if screen.is_json:
        entries = [
            {"type": "value", "path": path, "value": value, "origin": origin}
            for path, value, origin in rows
        ]
        screen.entries("syncd/config/1", "values", entries)
        return 0
    for path, value, origin in rows:
        screen.raw(f"{path} = {_toml(value)}  ({origin})\n")
    return 0


def schema(*, markdown: bool) -> int:
    """Print the JSON schema, or the page about every key."""
    from syncd.settings import reference

    sys.stdout.write((reference.markdown if markdown else reference.schema_text)(plugins))
    return 0


def where(options: Options) -> int:
    """Print the places that matter."""
    screen = Screen(options)
    main = find(options.config, options.env)
    settings = settings_of(options, with_plugins=False)
    folders = [str(folder) for folder in secret_folders(options.env, main)]
    places: dict[str, Any] = {
        "files": [str(path) for path in settings.files],
        "secrets": folders[0] if len(folders) == 1 else folders,
        "state": str(settings.state),
        "store": settings.store_url,
    }
    if screen.is_json:
        screen.document({"schema": "syncd/config/1", **places})
        return 0
    for label, value in places.items():
        for index, each in enumerate(value if isinstance(value, list) else [value]):
            screen.line(f"{'' if index else label:<9}{each}")
    return 0


def _toml(value: Any) -> str:
    return value if value == "******" else json.dumps(value, ensure_ascii=False)
