"""`load`: find the configuration, read every layer, and say all that is wrong at once."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, time
from functools import partial
from pathlib import Path as FilePath
from typing import Any, Protocol, get_type_hints

from pydantic import TypeAdapter, ValidationError

from syncd.errors import ConfigError, ConfigProblem
from syncd.model.findings import Severity
from syncd.overrides import Selective
from syncd.reconciler.rule import Rule
from syncd.settings.environment import Layer, from_directory, from_environment, secret_folders
from syncd.settings.files import Files, read_files
from syncd.settings.places import (
    NAMED_TABLES,
    Path,
    Places,
    holds_credential,
    is_address,
    is_secret,
    leaves,
)
from syncd.settings.problems import Translator, in_file_order
from syncd.settings.references import mistakes
from syncd.settings.schema import Layout
from syncd.settings.settings import Settings, hide, invalid
from syncd.settings.values import near

NOT_FOUND = "No configuration found (looked in ./config, ~/.config/syncd, /etc/syncd)."


STAND_INS = {"email": "nobody@example.invalid", "name": ""}
"""For required values that are missing, so that the rest of their table is checked too."""


ROUNDS = 10
"""Tries to leave out what is wrong; one is enough unless a mistake hid another."""


class Catalog(Protocol):
    """What is known of plug-ins: `syncd.plugins` fits. Each raises ConfigError for an unknown."""

    def connector_class(self, kind: str) -> Any:
        """Class whose `Settings` is the model of `[sources.NAME]`."""
        ...

    def notifier_class(self, kind: str) -> Any:
        """Class whose `Settings` is the model of `[notifiers.NAME]` and `[mail]`."""
        ...

    def rules(self) -> tuple[Rule, ...]:
        """Every rule with its parameters."""
        ...


def load(
    path: FilePath | None,
    env: Mapping[str, str],
    *,
    catalog: Catalog | None = None,
    flags: Mapping[str, Any] | None = None,
) -> Settings:
    """The configuration, checked. Precedence: flags, environment, secrets, files, defaults.

    With a `catalog` the tables of plug-ins and rules are checked too. Contacts nothing and runs
    nothing. Raises ConfigError with all problems, in the order of the files.
    """
    main = find(path, env)
    files = read_files(main)
    if not files.table and files.problems:
        raise invalid(files.problems)
    environment = from_environment(env, files.table)
    folders = secret_folders(env, main)
    secrets = [from_directory(folder, files.table) for folder in folders]
    upper = [environment, *secrets]
    layers = [dict(flags or {}), *(layer.table for layer in upper), files.table]
    places = _places(files, *reversed(upper))
    merged = _merged(layers)
    translator = Translator(merged, places, _secret_texts(secrets, environment, merged))
    problems = [*files.problems, *(problem for layer in upper for problem in layer.problems)]
    settings, whole = _settings(layers, translator, problems)
    _attach(settings, main, files, env, translator)
    told = {problem.path for problem in problems if problem.path}
    problems += [
        problem
        for problem in _beyond_types(settings, translator, catalog)
        if problem.path not in told
    ]
    problems = list(in_file_order(problems, places))
    if not whole or any(not problem.warning for problem in problems):
        raise invalid(problems)
    object.__setattr__(settings, "_warnings", tuple(problems))
    object.__setattr__(settings, "_again", partial(load, main, env, catalog=catalog, flags=flags))
    return settings


def provenance(settings: Settings) -> Iterator[tuple[str, Any, str]]:
    """(path, value, where it was set) of every value that is set; credentials as ******."""
    translator = settings.translator
    for path, value in leaves(translator.table):
        place = translator.places.find(path)
        hidden = is_secret(path) or place.where.startswith("secret ") or holds_credential(value)
        shown = "******" if hidden else _shown(path, value, translator)
        if isinstance(shown, date | time):
            shown = shown.isoformat()
        yield ".".join(str(key) for key in path), shown, place.where


def _shown(path: Path, value: Any, translator: Translator) -> Any:
    if not isinstance(value, str):
        return value
    if is_address(path):
        host = re.match(r"(\w+://)(?:[^/?#]*@)?([^/?#]+)", value)
        return f"{host[1]}{host[2]}/…" if host else "******"
    return translator.clean(value)


def find(path: FilePath | None, env: Mapping[str, str]) -> FilePath:
    """The main file: the one given, `SYNCD_CONFIG`, or the first of the usual places.

    Raises ConfigError where there is none, or none that may be looked at.
    """
    try:
        return _find(path, env)
    except OSError as error:
        raise ConfigError(
            f"{error.filename} cannot be read: {error.strerror}", hint=f"ls -ld {error.filename}"
        ) from error


def _find(path: FilePath | None, env: Mapping[str, str]) -> FilePath:
    given = path or (FilePath(env["SYNCD_CONFIG"]) if env.get("SYNCD_CONFIG") else None)
    if given is not None:
        if given.is_dir():
            given /= "syncd.toml"
        if not given.exists():
            raise ConfigError(
                f"There is no configuration at {given}.", hint="syncd init, or another --config"
            )
        return given
    home = FilePath(env.get("XDG_CONFIG_HOME") or FilePath(env.get("HOME", "/")) / ".config")
    for folder in (FilePath("config"), home / "syncd", FilePath("/etc/syncd")):
        if (folder / "syncd.toml").is_file():
            return folder / "syncd.toml"
    raise ConfigError(NOT_FOUND, hint="Try: syncd demo, or syncd init")


def _settings(
    layers: Sequence[dict[str, Any]], translator: Translator, problems: list[ConfigProblem]
) -> tuple[Settings, bool]:
    """The settings, and whether they are whole: else what is wrong was left out of them."""
    try:
        return Settings.of(map(hide, layers)), True
    except ValidationError as error:
        problems += translator.translate(error, Layout)
        table = copy.deepcopy(dict(translator.table))
        for _ in range(ROUNDS):
            _leave_out(table, error)
            try:
                return Settings.of([hide(table)]), False
            except ValidationError as next_error:
                error = next_error
        raise invalid(problems) from None


def _leave_out(table: dict[str, Any], error: ValidationError) -> None:
    """Take out every value that is wrong, and every table that lacks what nothing can stand for."""
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        path = [key for key in detail["loc"] if key != "[key]"]
        if detail["type"] == "missing":
            if path[-1] in STAND_INS and isinstance(holder := _at(table, path[:-1]), dict):
                holder[str(path[-1])] = STAND_INS[str(path[-1])]
                continue
            path = path[:-1]
        while path and not isinstance(_at(table, path[:-1]), dict):
            path = path[:-1]
        if path:
            _at(table, path[:-1]).pop(path[-1], None)


def _at(table: Any, path: Sequence[str | int]) -> Any:
    for key in path:
        if not isinstance(table, dict) or key not in table:
            return None
        table = table[key]
    return table


def _written(table: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        section: list(found) if isinstance(found := table.get(section), Mapping) else []
        for section in NAMED_TABLES
    }


def _attach(
    settings: Settings,
    main: FilePath,
    files: Files,
    env: Mapping[str, str],
    translator: Translator,
) -> None:
    state = env.get("STATE_DIRECTORY", "").split(":")[0]
    for name, value in (
        ("_path", main),
        ("_files", tuple(files.read)),
        ("_state", FilePath(state) if state else None),
        ("_translator", translator),
    ):
        object.__setattr__(settings, name, value)


def _beyond_types(
    settings: Settings, translator: Translator, catalog: Catalog | None
) -> list[ConfigProblem]:
    found = [
        translator.problem(mistake.path, mistake.message, warning=mistake.warning)
        for mistake in mistakes(settings, _written(translator.table))
    ]
    if catalog is not None:
        found += _plug_ins(settings, translator, catalog)
        found += _rules(settings, translator, catalog)
    return found


def _plug_ins(settings: Settings, translator: Translator, catalog: Catalog) -> list[ConfigProblem]:
    sections = [
        (("sources", name), source.kind, catalog.connector_class)
        for name, source in settings.sources.items()
    ] + [
        (("notifiers", name), notifier.kind, catalog.notifier_class)
        for name, notifier in settings.notifiers.items()
    ]
    problems: list[ConfigProblem] = []
    for path, kind, find_class in sections:
        try:
            model = find_class(kind).Settings
        except ConfigError as error:
            problems.append(translator.problem((*path, "kind"), str(error)))
        else:
            problems += settings.check_section(".".join(path), model)[1]
    if settings.mail is not None:
        model = catalog.notifier_class("email").Settings
        mail, wrong = settings.check_section("mail", model)
        problems += wrong + _left_out(settings, translator, mail)
    return problems


def _left_out(settings: Settings, translator: Translator, mail: object) -> list[ConfigProblem]:
    """Those who are told by mail, at an address that it may not write to."""
    if not isinstance(mail, Selective):
        return []
    return [
        translator.problem(
            ("people", person.id, "email"), f"is not written to: {why}", warning=True
        )
        for person in settings.reachable()
        # One without an address is an error, told as such.
        if "mail" in person.notifiers and "@" in person.email
        if (why := mail.refusal(person.email))
    ]


def _rules(settings: Settings, translator: Translator, catalog: Catalog) -> list[ConfigProblem]:
    if not (settings.rules or any(route.rule for route in settings.routes.values())):
        return []
    known = {rule.id: rule for rule in catalog.rules()}
    problems = [
        translator.problem(
            ("routes", name, "rule", index), f'there is no rule "{rule}"{near(rule, list(known))}'
        )
        for name, route in settings.routes.items()
        for index, rule in enumerate(route.rule)
        if rule not in known
    ]
    for name, values in settings.rules.items():
        if name not in known:
            hint = near(name, list(known))
            problems.append(translator.problem(("rules", name), f"there is no such rule{hint}"))
            continue
        for path, message in _parameters(known[name], values):
            problems.append(translator.problem(path, message))
    return problems


def _parameters(rule: Rule, values: Mapping[str, Any]) -> list[tuple[Path, str]]:
    kinds: dict[str, Any] = {"enabled": bool, "severity": Severity}
    hints = get_type_hints(rule.params)
    kinds |= {field.name: hints[field.name] for field in fields(rule.params)}
    found: list[tuple[Path, str]] = []
    for key, value in values.items():
        path = ("rules", rule.id, key)
        if key not in kinds:
            found.append((path, "unknown option" + near(key, list(kinds))))
        elif key == "severity":
            names = [str(severity) for severity in Severity]
            if value not in names:
                found.append((path, f"is not one of {', '.join(names)}" + near(str(value), names)))
        else:
            found += _wrong_kind(path, kinds[key], value)
    return found


def _wrong_kind(path: Path, kind: Any, value: Any) -> list[tuple[Path, str]]:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        translator = Translator({}, Places(), ())
        return [(path, translator.words(error.errors(include_url=False)[0], path))]
    return []


def _places(files: Files, *layers: Layer) -> Places:
    known = dict(files.places.known)
    for layer in layers:
        known |= layer.places.known
    return Places(known)


def _merged(layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for layer in layers:
        _fill(merged, layer)
    return merged


def _fill(target: dict[str, Any], lower: Mapping[str, Any]) -> None:
    for key, value in lower.items():
        if isinstance(value, Mapping):
            inner = target.setdefault(key, {})
            if isinstance(inner, dict):
                _fill(inner, value)
        else:
            target.setdefault(key, value)


def _secret_texts(
    secrets: Sequence[Layer], environment: Layer, merged: Mapping[str, Any]
) -> set[str]:
    found = [value for path, value in leaves(environment.table) if is_secret(path)]
    found += [value for path, value in leaves(merged) if is_address(path)]
    read = set[str]().union(*(layer.secrets for layer in secrets))
    return read | {text for text in found if isinstance(text, str) and len(text) > 3}
