"""Which field of a site holds what: found by type, then by name, or told by the configuration."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

Ids = tuple[str, ...]
"""Field ids that can hold one meaning, best first: the first one with a value counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldIds:
    """Ids of the custom fields of one site, by meaning; () where the site has none."""

    start: Ids = ()
    target_start: Ids = ()
    target_end: Ids = ()
    points: Ids = ()
    epic_link: Ids = ()
    parent_link: Ids = ()
    sprint: Ids = ()
    team: Ids = ()
    flagged: Ids = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Casefolded name of a found field → its meaning: change logs of Data Center have no ids."""

    def all(self) -> tuple[str, ...]:
        """Every id, each once."""
        return tuple(dict.fromkeys(each for ids in self.by_meaning().values() for each in ids))

    def digest(self) -> str:
        """Another one means that other fields hold the same meanings."""
        return hashlib.sha256(json.dumps(self.by_meaning()).encode()).hexdigest()[:12]

    def by_meaning(self) -> dict[str, Ids]:
        """Meaning → ids."""
        return {meaning: getattr(self, meaning) for meaning in MEANINGS}


MEANINGS = (
    "start", "target_start", "target_end", "points", "epic_link", "parent_link", "sprint", "team",
    "flagged",
)  # fmt: skip

_GREENHOPPER = "com.pyxis.greenhopper.jira:"
_PLANS = "com.atlassian.jpo:jpo-custom-field-"

_TYPES: Mapping[str, str] = {
    _GREENHOPPER + "gh-sprint": "sprint",
    _GREENHOPPER + "gh-epic-link": "epic_link",
    _GREENHOPPER + "jsw-story-points": "points",
    _PLANS + "baseline-start": "target_start",
    _PLANS + "baseline-end": "target_end",
    _PLANS + "parent": "parent_link",
    "com.atlassian.teams:rm-teams-custom-field-team": "team",
    "com.atlassian.jira.plugin.system.customfieldtypes:atlassian-team": "team",
}

# A name can be anybody's: it counts only with a type of value that fits the meaning.
_NAMES: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("start", r"start date|planned start( date)?", frozenset({"date", "datetime"})),
    ("points", r"story points?( estimate)?", frozenset({"number"})),
    ("flagged", r"flagged|impediment", frozenset({"array"})),
    ("team", r"team", frozenset({"option", "string", "any", "team", "array"})),
)


def find_fields(
    answer: Iterable[Any], chosen: Mapping[str, str | None], project: str = ""
) -> FieldIds:
    """Field ids from the answer of `GET field`; `chosen` (meaning → id) wins over what is found.

    `project` is the id of the project that they are for: a team-managed project has fields of its
    own, which come before those of the site, and those of other projects do not count.
    """
    found: dict[str, list[str]] = {}
    named: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    for each in sorted(_of_project(answer, project), key=_owner, reverse=True):
        schema = each.get("schema")
        custom, kind = _type(schema) if isinstance(schema, dict) else ("", "")
        name = str(each.get("name", ""))
        names[each["id"]] = name
        if meaning := _TYPES.get(custom):
            found.setdefault(meaning, []).append(each["id"])
        elif meaning := _by_name(name, kind):
            named.setdefault(meaning, []).append(each["id"])
    ids: dict[str, Ids] = {}
    for meaning in MEANINGS:
        told = chosen.get(meaning)
        both = (*found.get(meaning, ()), *named.get(meaning, ()))
        ids[meaning] = (told,) if told else both
    meanings = {
        names[each].casefold(): meaning
        for meaning, all_ids in ids.items()
        for each in all_ids
        if names.get(each)
    }
    return FieldIds(**ids, names=meanings)


def _of_project(answer: Iterable[Any], project: str) -> Iterator[Mapping[str, Any]]:
    for each in answer:
        if not isinstance(each, dict) or not isinstance(each.get("id"), str):
            continue
        if not project or _owner(each) in ("", project):
            yield each


def _owner(row: Mapping[str, Any]) -> str:
    """Id of the team-managed project that a field is of; "" for a field of the site."""
    scope = row.get("scope")
    project = scope.get("project") if isinstance(scope, dict) else None
    return str(project.get("id") or "") if isinstance(project, dict) else ""


def _type(schema: Mapping[str, Any]) -> tuple[str, str]:
    return str(schema.get("custom", "")), str(schema.get("type", ""))


def _by_name(name: str, kind: str) -> str:
    for meaning, pattern, kinds in _NAMES:
        if kind in kinds and re.fullmatch(pattern, name.strip(), re.IGNORECASE):
            return meaning
    return ""


def closest(answer: Iterable[Any], wanted: str) -> tuple[str, str] | None:
    """(id, name) of the field whose name is nearest to `wanted`; None if nothing is near."""
    names = {
        str(each.get("name")).casefold(): (str(each.get("id")), str(each.get("name")))
        for each in answer
        if isinstance(each, dict)
    }
    near = get_close_matches(wanted.casefold(), names, n=1, cutoff=0.6)
    return names[near[0]] if near else None
