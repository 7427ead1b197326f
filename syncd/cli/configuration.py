"""`syncd config`: validate, show, schema, where."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from syncd import plugins
from syncd.cli.failures import problems_text, totals
from syncd.cli.options import Options
from syncd.cli.screen import Screen
from syncd.cli.wiring import settings_of
from syncd.errors import ConfigError, ConfigProblem
from syncd.overrides import Overridable
from syncd.settings import Settings, find, load
from syncd.settings.environment import secret_folders
from syncd.settings.loading import provenance


def validate(options: Options) -> int:
    """Print every problem; exit 5 if one is an error."""
    screen = Screen(options)
    try:
        settings = load(options.config, options.env, catalog=plugins)
    except ConfigError as error:
        if not error.problems:
            raise
        _report(screen, error.problems)
        return error.exit_code
    problems = (*settings.warnings, *_flaws(settings))
    _report(screen, problems)
    if not screen.is_json:
        files = ", ".join(str(path) for path in settings.files)
        screen.text(f"{files}: {totals(problems) or 'no errors.'}")
    return 0


def _flaws(settings: Settings) -> Iterator[ConfigProblem]:
    """What is wrong with templates; a warning, since such mails leave as plain text."""
    sections = {f"notifiers.{name}": one.kind for name, one in settings.notifiers.items()}
    if settings.mail is not None:
        sections["mail"] = "email"
    for section, kind in sorted(sections.items()):
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
        if options.format == "jsonl":
            screen.lines_of(entries)
        else:
            screen.document({"schema": "syncd/config/1", "values": entries})
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
