"""Parameters of rules as the configuration writes them, turned into what the rules expect."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, get_args, get_origin, get_type_hints

from syncd.errors import ConfigError, ConfigProblem
from syncd.model.findings import Severity
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.rule import Rule
from syncd.reconciler.rules import RULES

_COUNT = re.compile(r"(?P<count>-?\d+)\s*(?:bd|d)?")
_DURATION = re.compile(r"(?P<count>\d+)\s*(?P<unit>[smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_CENTRAL = ("enabled", "severity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """A rule that is switched on, with its parameters and its base severity."""

    rule: Rule
    params: Any
    severity: Severity

    @property
    def dwell(self) -> int:
        """Working days in a row on which it must say the same; 0 for most rules."""
        return int(getattr(self.params, "dwell_bd", 0))


def configure(rules: Iterable[Rule], config: ReconcilerConfig) -> tuple[Configured, ...]:
    """The rules that are on. Raises ConfigError naming every unknown or unfit setting at once."""
    rules = tuple(rules)
    known = {*RULES, *(rule.id for rule in rules)}
    problems = [
        _problem(f"rules.{name}", f"there is no such rule{_near(name, known)}")
        for name in sorted(set(config.rules) - known)
    ]
    on = [_configure(rule, config.rules.get(rule.id, {}), problems) for rule in rules]
    if problems:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ConfigError(
            f"{first.path}: {first.message}{more}",
            problems=tuple(problems),
            hint="syncd rules lists every rule with its parameters",
        )
    return tuple(one for one in on if one is not None)


def _configure(
    rule: Rule, given: Mapping[str, Any], problems: list[ConfigProblem]
) -> Configured | None:
    path = f"rules.{rule.id}"
    severity = _severity(f"{path}.severity", given.get("severity"), rule, problems)
    hints = get_type_hints(rule.params)
    values: dict[str, Any] = {}
    for name, value in sorted(given.items()):
        if name in _CENTRAL:
            continue
        if name not in hints:
            near = _near(name, [*hints, *_CENTRAL])
            problems.append(_problem(f"{path}.{name}", f"unknown parameter{near}"))
            continue
        try:
            values[name] = _typed(value, hints[name], _default(rule.params, name))
        except ValueError as error:
            problems.append(_problem(f"{path}.{name}", str(error)))
    enabled = given.get("enabled", True)
    if not isinstance(enabled, bool):
        problems.append(_problem(f"{path}.enabled", f"{enabled!r} is not true or false"))
    if problems or not enabled:
        return None
    return Configured(rule=rule, params=rule.params(**values), severity=severity)


def _severity(path: str, value: Any, rule: Rule, problems: list[ConfigProblem]) -> Severity:
    if value is None:
        return rule.severity
    try:
        return Severity[str(value).upper()]
    except KeyError:
        names = ", ".join(str(one) for one in Severity)
        problems.append(_problem(path, f"{value!r} is not one of {names}"))
        return rule.severity


def _typed(value: Any, wanted: Any, default: Any) -> Any:
    """`value` as the type of the parameter. Raises ValueError that says what would do."""
    if wanted in _READERS:
        return _READERS[wanted](value)
    if get_origin(wanted) is tuple:
        fits = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        return tuple(_checked(value, fits=fits, wanted="a list of texts"))
    return _table(value, get_args(wanted)[1], default)


def _table(value: Any, wanted: Any, default: Any) -> dict[str, Any]:
    _checked(value, fits=isinstance(value, Mapping), wanted="a table")
    known = dict(default) if isinstance(default, Mapping) else {}
    for name, one in value.items():
        if known and name not in known:
            raise ValueError(f'"{name}" is not one of {", ".join(sorted(known))}')
        known[name] = _typed(one, wanted, None)
    return known


def _count(value: Any) -> int:
    """3, "3", "3d" and "3bd" are all three (working days, items)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _COUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'{value!r} is not a whole number such as 3 or "3d"')
    return int(found["count"])


def _duration(value: Any) -> timedelta:
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f'{value!r} is not a time span such as "15m", "2h" or "3d"')
    return timedelta(**{_UNITS[found["unit"]]: int(found["count"])})


def _truth(value: Any) -> Any:
    return _checked(value, fits=isinstance(value, bool), wanted="true or false")


def _number(value: Any) -> float:
    fits = isinstance(value, int | float) and not isinstance(value, bool)
    return float(_checked(value, fits=fits, wanted="a number"))


def _text(value: Any) -> Any:
    return _checked(value, fits=isinstance(value, str), wanted="a text")


def _checked(value: Any, *, fits: bool, wanted: str) -> Any:
    if not fits:
        raise ValueError(f"{value!r} is not {wanted}")
    return value


_READERS: dict[Any, Callable[[Any], Any]] = {
    bool: _truth,
    int: _count,
    float: _number,
    timedelta: _duration,
    str: _text,
}
"""Besides these a parameter may be a tuple of texts or a mapping of names to one of these."""


def _default(params: type[Any], name: str) -> Any:
    for one in fields(params):
        if one.name == name:
            made = one.default_factory
            return one.default if made is MISSING else made()
    return None


def _near(name: str, known: Iterable[str]) -> str:
    found = get_close_matches(name, sorted(known), n=1)
    return f', did you mean "{found[0]}"?' if found else f"; known: {', '.join(sorted(known))}"


def _problem(path: str, message: str) -> ConfigProblem:
    return ConfigProblem(where="", path=path, message=message)
