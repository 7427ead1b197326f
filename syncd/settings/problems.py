"""Turning validation errors into problems with a place, in words for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from syncd.errors import ConfigProblem
from syncd.redaction import SECRETS
from syncd.settings.places import Path, Places, dotted, is_secret
from syncd.settings.values import near

WORDS = {
    "missing": "is required",
    "string_type": "must be text in quotes",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list in [ ]",
    "list_type": "must be a list in [ ]",
    "set_type": "must be a list in [ ]",
    "frozen_set_type": "must be a list in [ ]",
    "dict_type": "must be a table",
    "mapping_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "date_type": "must be a date such as 2026-12-24",
    "date_parsing": "must be a date such as 2026-12-24",
    "date_from_datetime_parsing": "must be a date such as 2026-12-24",
    "url_parsing": "is not an address such as https://jira.example.com",
    "path_type": "must be a path in quotes",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}
"""Where pydantic's own words would not help the person who wrote the file."""


class Translator:
    """Knows the merged configuration, its places and the secrets that no text may repeat."""

    def __init__(self, table: Mapping[str, Any], places: Places, secrets: Iterable[str]) -> None:
        self.table = table
        self.places = places
        self.secrets: list[str] = []
        for secret in set(secrets):
            self.hide(secret)

    def hide(self, secret: str) -> None:
        """Keep a secret out of every text from now on, also of the log."""
        SECRETS.add(secret)
        self.secrets = sorted({*self.secrets, secret}, key=len, reverse=True)

    def translate(
        self, error: ValidationError, model: type[BaseModel], prefix: Path = ()
    ) -> list[ConfigProblem]:
        """One problem per mistake; a misspelt key and the key it stands for are one."""
        details = error.errors(include_url=False, include_context=True, include_input=True)
        missing = {
            (*prefix, *_names(detail["loc"])) for detail in details if detail["type"] == "missing"
        }
        problems, explained = [], set()
        for detail in details:
            path = (*prefix, *_names(detail["loc"]))
            if detail["type"] == "extra_forbidden":
                siblings = fields_at(model, path[len(prefix) : -1])
                siblings = [
                    name
                    for name in siblings
                    if (*path[:-1], name) in missing or not self._is_set((*path[:-1], name))
                ]
                hint = near(str(path[-1]), siblings)
                explained |= {(*path[:-1], name) for name in siblings if f'"{name}"' in hint}
                problems.append(self.problem(path, "unknown option" + hint))
            elif detail["type"] != "missing":
                problems.append(self.problem(self._existing(path), self.words(detail, path)))
        problems += [self.problem(path, _lacking(path)) for path in missing - explained]
        return problems

    def problem(self, path: Path, message: str, *, warning: bool = False) -> ConfigProblem:
        """A problem of the value at `path`."""
        place = self.places.find(path)
        return ConfigProblem(
            where=place.where,
            path=dotted(path),
            message=self.clean(message),
            source_line=self.clean(place.line) if place.in_file and _is_quotable(path) else "",
            warning=warning,
        )

    def clean(self, text: str) -> str:
        """The text without any secret."""
        for secret in self.secrets:
            text = text.replace(secret, "******")
        return text

    def _is_set(self, path: Path) -> bool:
        return self._existing(path) == path

    def _existing(self, path: Path) -> Path:
        """The path without what validation put into it: tags of unions, `[key]`."""
        value: Any = self.table
        found: list[str | int] = []
        for key in path:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                continue
            found.append(key)
        return tuple(found)

    def words(self, detail: Any, path: Path) -> str:
        """What is wrong with the value at `path`, from one entry of `ValidationError.errors`."""
        kind, context = detail["type"], detail.get("ctx", {})
        if kind == "string_pattern_mismatch" and detail["loc"][-1:] == ("[key]",):
            return "is not a name: use small letters, digits and single underscores"
        if kind in ("enum", "literal_error"):
            return self._one_of(str(context["expected"]), detail["input"], path)
        if kind in ("value_error", "assertion_error"):
            return str(context.get("error", detail["msg"]))
        if kind in WORDS:
            return WORDS[kind]
        return str(detail["msg"]).replace("Input should be", "must be")

    def _one_of(self, expected: str, value: Any, path: Path) -> str:
        known = expected.replace("'", "").replace(" or ", ", ")
        quotable = self.places.find(path).in_file and _is_quotable(path)
        if quotable and isinstance(value, str | int | float) and len(str(value)) <= 40:
            return f'"{value}" is not one of {known}' + near(str(value), known.split(", "))
        return f"is not one of {known}"


def _is_quotable(path: Path) -> bool:
    """Whether a line may be repeated: the address of a chat room is a secret under any name."""
    is_url_of_notifier = len(path) == 3 and (path[0], path[2]) == ("notifiers", "url")
    return not is_secret(path) and not is_url_of_notifier


def in_file_order(problems: Sequence[ConfigProblem], places: Places) -> tuple[ConfigProblem, ...]:
    """As a reader of the files meets them; the environment and secrets last, warnings after all."""
    order = {place.where: place.order for place in places.known.values()}
    unique = dict.fromkeys(replace(problem) for problem in problems)
    return tuple(
        sorted(
            unique,
            key=lambda problem: (
                problem.warning,
                order.get(problem.where, (9999, 0, 0)),
                problem.where,
                problem.path,
            ),
        )
    )


def fields_at(model: type[BaseModel], path: Path) -> list[str]:
    """Names of the keys that the table at `path` of a model may have."""
    kinds: list[Any] = [model]
    for key in path:
        kinds = [inner for kind in kinds for inner in _inside(kind, key)]
    return [
        field.alias or name
        for kind in _alternatives(kinds)
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        for name, field in kind.model_fields.items()
    ]


def _inside(kind: Any, key: str | int) -> list[Any]:
    found: list[Any] = []
    for one in _alternatives([kind]):
        if isinstance(one, type) and issubclass(one, BaseModel):
            fields = one.model_fields.items()
            found += [field.annotation for name, field in fields if key in (name, field.alias)]
        elif get_args(one):
            found += [argument for argument in get_args(one) if argument is not ...][-1:]
    return found


def _alternatives(kinds: Sequence[Any]) -> list[Any]:
    """The members of unions, without what annotates them."""
    found: list[Any] = []
    for kind in kinds:
        if get_origin(kind) is Annotated:
            found += _alternatives([get_args(kind)[0]])
        elif get_origin(kind) in (Union, UnionType):
            found += _alternatives(get_args(kind))
        else:
            found.append(kind)
    return found


def _lacking(path: Path) -> str:
    if not is_secret(path):
        return WORDS["missing"]
    file = "__".join(str(key) for key in path)
    return f"is required; write it to secrets/{file} (mode 600), or set {path[-1]}_command"


def _names(location: tuple[int | str, ...]) -> Path:
    return tuple(key for key in location if key != "[key]")
