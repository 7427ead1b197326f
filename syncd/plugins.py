"""Name → class: the built-ins in tables that can be searched for, third parties by entry point.

An entry point of group `syncd.connectors`, `syncd.notifiers` or `syncd.rules` adds a name. It may
not take the name of a built-in, and it must declare the interface number that this syncd speaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points, version
from typing import Any

from syncd.errors import ConfigError
from syncd.interfaces import INTERFACE
from syncd.reconciler.rule import Rule
from syncd.reconciler.rules import RULES, load_rules

CONNECTORS = {
    "jira": "syncd.connectors.jira.connector:JiraConnector",
    "github": "syncd.connectors.github.connector:GitHubConnector",
    "google_calendar": "syncd.connectors.google_calendar.connector:GoogleCalendarConnector",
    "ics": "syncd.connectors.ics.connector:IcsConnector",
    "file": "syncd.connectors.file.connector:FileConnector",
}
NOTIFIERS = {
    "email": "syncd.notifiers.email.notifier:EmailNotifier",
    "jira_comment": "syncd.writeback.jira_comment:JiraCommentWriter",
    "github_comment": "syncd.writeback.github_comment:GitHubCommentWriter",
    "calendar_note": "syncd.writeback.calendar_note:CalendarNoteWriter",
    "chat": "syncd.notifiers.chat.notifier:ChatNotifier",
}


def connector_class(kind: str) -> Any:
    """The class of `kind = "…"` in `[sources.NAME]`. Raises ConfigError if there is none."""
    return _find("connector", "syncd.connectors", CONNECTORS, kind)


def notifier_class(kind: str) -> Any:
    """The class of `kind = "…"` in `[notifiers.NAME]`. Raises ConfigError if there is none."""
    return _find("notifier", "syncd.notifiers", NOTIFIERS, kind)


def rules() -> tuple[Rule, ...]:
    """Every rule, built-ins first, each with the docstring of its module as `manual`.

    Raises ConfigError for a third-party rule that cannot be loaded or takes a built-in's id.
    """
    modules = (place.partition(":")[0] for place in RULES.values())
    found = list(map(_with_manual, load_rules(), modules))
    for point in _third_parties("syncd.rules", RULES):
        rule = _load(point.name, point)
        if not isinstance(rule, Rule) or rule.id != point.name:
            raise ConfigError(
                f'the rule "{point.name}" of {_origin(point)} is not a Rule with that id',
                hint="its entry point must name a Rule whose id is the name of the entry point",
            )
        _check_interface("rule", point.name, rule.interface)
        found.append(_with_manual(rule, point.module))
    return tuple(found)


def code_version() -> str:
    """`syncd 0.1.0`, and the packages whose rules judge beside its own: `, acme-rules 2.1`."""
    others = {point.dist for point in _offered("syncd.rules") if point.dist}
    found = sorted({f"{one.name} {one.version}" for one in others})
    return ", ".join([f"syncd {version('syncd')}", *found])


def _with_manual(rule: Rule, module: str) -> Rule:
    return replace(rule, manual=rule.manual or (import_module(module).__doc__ or "").strip())


def _find(what: str, group: str, table: Mapping[str, str], kind: str) -> Any:
    points = {point.name: point for point in _third_parties(group, table)}
    place = table.get(kind) or points.get(kind)
    if place is None:
        known = sorted([*table, *points])
        near = get_close_matches(kind, known, n=1)
        raise ConfigError(
            f'there is no {what} of kind "{kind}"; known: {", ".join(known)}',
            hint=f'did you mean kind = "{near[0]}"?' if near else "",
        )
    found = _load(kind, place)
    _check_interface(what, kind, getattr(found, "interface", None))
    return found


def _third_parties(group: str, table: Mapping[str, str]) -> list[EntryPoint]:
    points = _offered(group)
    for before, point in zip([None, *points], points, strict=False):
        if point.name in table:
            raise ConfigError(
                f'{_origin(point)} offers "{point.name}", which is built into syncd',
                hint="uninstall it, or have it use a name of its own",
            )
        if before is not None and before.name == point.name and before.value != point.value:
            raise ConfigError(
                f'"{point.name}" is offered twice: by {_origin(before)} and {_origin(point)}',
                hint="uninstall one of the two",
            )
    return points


@cache
def _offered(group: str) -> list[EntryPoint]:
    """Read once a process, whose packages stay as they are: it takes 25 ms."""
    return sorted(entry_points(group=group), key=lambda point: (point.name, point.value))


def _load(name: str, place: str | EntryPoint) -> Any:
    if isinstance(place, str):
        module, _, attribute = place.partition(":")
        return getattr(import_module(module), attribute)
    try:
        return place.load()
    except Exception as error:
        raise ConfigError(
            f'"{name}" of {_origin(place)} cannot be loaded: {type(error).__name__}: {error}',
            hint="upgrade or uninstall it",
        ) from error


def _origin(point: EntryPoint) -> str:
    return f"the package {point.dist.name}" if point.dist else point.value


def _check_interface(what: str, name: str, number: object) -> None:
    if number != INTERFACE:
        raise ConfigError(
            f'the {what} "{name}" speaks interface {number}, this syncd speaks {INTERFACE}',
            hint=f"install a version of it made for interface {INTERFACE}",
        )
