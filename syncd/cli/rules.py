"""`syncd rules`: the list, and the manual of one."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import MISSING, Field, fields
from datetime import timedelta
from typing import Any

from syncd import plugins
from syncd.alerts.usefulness import rarely_useful
from syncd.cli.options import Options, Usage, near
from syncd.cli.screen import Cell, Column, Screen
from syncd.cli.wiring import now, settings_of, zone_of
from syncd.cli.words import moment
from syncd.errors import ConfigError, StoreError
from syncd.model.runs import RuleRun, RunRecord
from syncd.reconciler.rule import Rule
from syncd.settings import Settings
from syncd.settings.table import descriptions
from syncd.settings.values import duration_text

COLUMNS = (
    Column(title="Rule", head=True),
    Column(title="Severity"),
    Column(title="Firing", drop=4),
    Column(title="Clear", drop=2),
    Column(title="Unknown", drop=3),
    Column(title="ms", drop=1),
    Column(title="What", flexible=True, wanted=20),
)


def list_rules(options: Options) -> int:
    """Every rule in one line, with what it found and took in the last recorded run."""
    screen = Screen(options)
    settings = _settings(options)
    changed = settings.rules if settings else {}
    last, quiet = _held(settings) if settings else (None, ())
    runs = {one.rule: one for one in last.rules} if last else {}
    entries = [
        {
            **_entry(rule, changed.get(rule.id, {})),
            "digest_only": rule.id in quiet,
            "last_run": _counts(runs.get(rule.id)),
        }
        for rule in plugins.rules()
    ]
    if screen.is_json:
        as_of = last.as_of.isoformat() if last else None
        screen.entries("syncd/rules/1", "rules", entries, as_of=as_of)
    else:
        screen.table(COLUMNS, [_row(entry) for entry in entries])
        if settings and last:
            zone = zone_of(options, settings)
            today = now().astimezone(zone).date()
            screen.line("")
            screen.text(
                f"Counts and times are of the run of {moment(last.as_of, zone, today)}. Clear is "
                f"what a rule looked at and had nothing to say of. The time of what several rules "
                f"need is counted with the first of them.",
                style="dim",
            )
    return 0


def _held(settings: Settings) -> tuple[RunRecord | None, Collection[str]]:
    """The last recorded run, and the rules that went to digests.

    Nothing without a store that can be read: rules are listed all the same.
    """
    from syncd.store import open_store

    try:
        store = open_store(settings.store_url, now=now(), read_only=True)
    except StoreError:
        return None, ()
    with closing(store):
        return next(iter(store.runs(1)), None), rarely_useful(settings.rules, store.acts())


def _counts(run: RuleRun | None) -> dict[str, float | None] | None:
    """None for a rule that was off, or not there yet."""
    if run is None:
        return None
    return {
        "firing": run.firing, "clear": run.clear, "unknown": run.unknown,
        "milliseconds": round(run.seconds * 1000, 1),
    }  # fmt: skip


def _row(entry: Mapping[str, Any]) -> list[Cell]:
    counts = entry["last_run"] or {}
    return [
        Cell(text=entry["rule"]),
        Cell(text=_state(entry)),
        *(Cell(text="—" if counts.get(name) is None else f"{counts[name]:.0f}")
          for name in ("firing", "clear", "unknown", "milliseconds")),
        Cell(text=entry["summary"]),
    ]  # fmt: skip


def _state(entry: Mapping[str, Any]) -> str:
    """Its severity, unless it is off, and whether people found it rarely useful."""
    if not entry["enabled"]:
        return "off"
    return f"{entry['severity']}, in digests" if entry["digest_only"] else entry["severity"]


def explain(options: Options, name: str) -> int:
    """The manual and the parameters of one rule."""
    screen = Screen(options)
    rule = rule_named(name)
    settings = _settings(options)
    values = settings.rules.get(name, {}) if settings else {}
    entry = _entry(rule, values)
    if options.format == "jsonl":
        screen.lines_of([entry | {"manual": rule.manual}])
        return 0
    if screen.is_json:
        screen.document({"schema": "syncd/rules/1", **entry, "manual": rule.manual})
        return 0
    screen.line((rule.id, "bold"))
    screen.line("")
    for paragraph in _paragraphs(rule.manual):
        screen.text(paragraph, hanging=2 if ":" in paragraph.partition(" ")[0] else 0)
    screen.line("")
    screen.line(f"[rules.{rule.id}]")
    screen.line(f"enabled = {_toml(entry['enabled'])}")
    screen.line(f'severity = "{entry["severity"]}"')
    for parameter in entry["parameters"]:
        for line in _comment(parameter["description"], screen.width):
            screen.line((line, "dim"))
        screen.line(f"{parameter['name']} = {_toml(parameter['value'])}")
    return 0


def rule_named(name: str) -> Rule:
    """The rule of this id. Raises Usage, with the nearest that there is."""
    known = {rule.id: rule for rule in plugins.rules()}
    if name not in known:
        raise Usage(f'there is no rule "{name}"{near(name, known)}', "syncd rules list")
    return known[name]


def _paragraphs(manual: str) -> list[str]:
    """The manual unwrapped: a new paragraph at each blank line and at each `Word:`."""
    found = [""]
    for line in manual.split("\n"):
        if not line.strip() or re.match(r"[A-Z][a-z]+:", line):
            found.append("")
        found[-1] = f"{found[-1]} {line.strip()}".strip()
    return [paragraph for paragraph in found if paragraph]


def _entry(rule: Rule, values: Mapping[str, Any]) -> dict[str, Any]:
    described = descriptions(rule.params)
    return {
        "type": "rule",
        "rule": rule.id,
        "severity": str(values.get("severity", rule.severity)),
        "enabled": bool(values.get("enabled", True)),
        "summary": rule.manual.split("\n")[0].strip().rstrip("."),
        "parameters": [
            {
                "name": field.name,
                "value": _plain(values.get(field.name, _default(field))),
                "default": _plain(_default(field)),
                "description": described.get(field.name, ""),
            }
            for field in fields(rule.params)
        ],
    }


def _settings(options: Options) -> Settings | None:
    """The configuration, None without one."""
    try:
        return settings_of(options)
    except ConfigError as error:
        if error.problems or options.config:
            raise
        return None


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else None


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, tuple | list | frozenset | set):
        inner = [_plain(each) for each in value]
        return sorted(inner) if isinstance(value, frozenset | set) else inner
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return value


def _comment(text: str, width: int) -> list[str]:
    from syncd.cli.screen import wrapped

    return [f"# {line}" for line in wrapped(text, width - 2)]


def _toml(value: Any) -> str:
    import json

    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return json.dumps(value, ensure_ascii=False)
