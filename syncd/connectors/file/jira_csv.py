"""Jira's CSV export, made into the raw issues that its API would give."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from syncd.connectors.file.content import Content, UnreadableFile, problem
from syncd.connectors.file.jira_json import Placed, read_issues
from syncd.connectors.file.options import Options
from syncd.connectors.jira.mapping import Site, find_fields
from syncd.connectors.jira.values import parse_day

_SEPARATORS = ",;\t|^"
_NEEDED = ("issue key", "summary", "issue type", "status", "created", "updated")
_SAME = {
    "fix version/s": "fix versions", "component/s": "components", "due": "due date",
    "parent id": "parent", "epic link": "custom field (epic link)",
    "custom field (story point estimate)": "custom field (story points)",
    "story points": "custom field (story points)", "resolution date": "resolved",
}  # fmt: skip
"""Columns that other versions of Jira name in another way."""

_CUSTOM = {
    "start": "custom field (start date)",
    "target_start": "custom field (target start)",
    "target_end": "custom field (target end)",
    "points": "custom field (story points)",
    "epic_link": "custom field (epic link)",
    "parent_link": "custom field (parent link)",
    "sprint": "sprint",
    "team": "custom field (team)",
    "flagged": "custom field (flagged)",
}
_DATES = ("start", "target_start", "target_end")
_CATEGORIES = {"to do": "new", "in progress": "indeterminate", "done": "done"}
_SUBTASKS = frozenset({"sub-task", "subtask", "sub task"})
_LINK = re.compile(r"(inward|outward) issue link \((.+)\)", re.IGNORECASE)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?:\s*([AaPp])\.?[Mm]\.?)?")

_PHRASES = {
    "blocks": ("is blocked by", "blocks"),
    "blocker": ("is blocked by", "blocks"),
    "cloners": ("is cloned by", "clones"),
    "duplicate": ("is duplicated by", "duplicates"),
    "relates": ("relates to", "relates to"),
    "related": ("relates to", "relates to"),
    "problem/incident": ("is caused by", "causes"),
    "depends": ("is depended on by", "depends on"),
    "dependent": ("is depended on by", "depends on"),
    "required": ("is required by", "requires"),
    "issue split": ("split from", "split to"),
    "gantt end to start": ("has to be done after", "has to be done before"),
}
"""Type name, casefolded → (inward, outward) phrase: an export names the type only."""


def read_jira_csv(text: str, path: str, options: Options) -> Content:
    """Issues of an export, with links, versions and sprints; it holds no history.

    Columns may come several times ("Fix versions", "Sprint", "Inward issue link (Blocks)") and in
    any order. Times are those of `options.timezone`. Raises `UnreadableFile`.
    """
    content = Content(what="Jira CSV export")
    header, rows = _table(text)
    missing = [name for name in _NEEDED if name not in header]
    if missing:
        raise UnreadableFile(
            f"a Jira export without the column {', '.join(missing)}; expected an export with all "
            "fields",
            line=1,
        )
    cells = [(line, _Row(header, values)) for line, values in rows]
    keys = {row.first("issue id"): row.first("issue key") for _, row in cells}
    placed: list[Placed] = []
    for line, row in cells:
        try:
            placed.append((f"{path}:{line}", _raw_issue(row, keys, options)))
        except ValueError as error:
            content.problems.append(problem(f"{path}:{line}", row.first("issue key"), error))
    fields = find_fields([], _CUSTOM)
    zones = options.sprint_zones
    site = Site(source=options.source, url=options.url, fields=fields, zones=zones)
    return read_issues(placed, site, options, content)


def is_jira_csv(text: str) -> bool:
    """Whether the first line is the header of a Jira export."""
    return any("issue key" in _names(text, separator) for separator in _SEPARATORS)


@dataclass(frozen=True, slots=True)
class _Row:
    header: tuple[str, ...]
    values: tuple[str, ...]

    def every(self, name: str) -> list[str]:
        """All filled cells of a column that may be there several times."""
        pairs = zip(self.header, self.values, strict=False)
        return [value.strip() for column, value in pairs if column == name and value.strip()]

    def first(self, name: str) -> str:
        """The first filled cell of a column; "" if there is none."""
        return next(iter(self.every(name)), "")


def _names(text: str, separator: str) -> tuple[str, ...]:
    first = text.lstrip("\ufeff").partition("\n")[0]
    found = next(csv.reader([first], delimiter=separator), [])
    names = (name.strip().casefold() for name in found)
    return tuple(_SAME.get(name, name) for name in names)


def _table(text: str) -> tuple[tuple[str, ...], list[tuple[int, tuple[str, ...]]]]:
    separator = next(each for each in _SEPARATORS if "issue key" in _names(text, each))
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=separator, strict=True)
    rows: list[tuple[int, tuple[str, ...]]] = []
    line = 1
    try:
        for values in reader:
            if any(values):
                rows.append((line, tuple(values)))
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableFile(f"not a whole CSV file ({error})", line=line) from None
    return _names(text, separator), rows[1:]


def _raw_issue(row: _Row, keys: Mapping[str, str], options: Options) -> dict[str, Any]:
    if len(row.values) > len(row.header):
        raise ValueError(f"{len(row.values)} cells under {len(row.header)} columns")
    key = row.first("issue key")
    project = row.first("project key") or key.rpartition("-")[0]
    kind, resolution = row.first("issue type"), row.first("resolution")
    raw: dict[str, Any] = {
        "summary": row.first("summary"),
        "description": row.first("description"),
        "project": {"key": project},
        "issuetype": {"name": kind, "subtask": kind.casefold() in _SUBTASKS},
        "status": _status(row),
        "resolution": _named("" if resolution == "Unresolved" else resolution),
        "priority": _named(row.first("priority")),
        "assignee": _person(row, "assignee"),
        "reporter": _person(row, "reporter"),
        "created": _instant(row, "created", options),
        "updated": _instant(row, "updated", options),
        "resolutiondate": _instant(row, "resolved", options),
        "duedate": _day(row, "due date", options),
        "fixVersions": [
            {"id": f"{project}/{name}", "name": name} for name in row.every("fix versions")
        ],
        "components": [{"name": name} for name in row.every("components")],
        "labels": [label for cell in row.every("labels") for label in cell.split()],
        "security": _named(row.first("security level")),
        "issuelinks": list(_links(row, key)),
        "comment": {"comments": list(_comments(row, options))},
        "parent": _parent(row, keys),
    }
    for meaning, column in _CUSTOM.items():
        raw[column] = _custom(row, meaning, column, options)
    return {"id": row.first("issue id") or key, "key": key, "fields": raw}


def _custom(row: _Row, meaning: str, column: str, options: Options) -> Any:
    if meaning in _DATES:
        return _day(row, column, options)
    if meaning == "sprint":
        # Names only, oldest first: the issue is in the last one.
        return [{"id": name, "name": name} for name in row.every(column)[-1:]]
    return row.first(column) or None


def _status(row: _Row) -> dict[str, Any]:
    status: dict[str, Any] = {"name": row.first("status")}
    category = _CATEGORIES.get(row.first("status category").casefold())
    return status | ({"statusCategory": {"key": category}} if category else {})


def _named(name: str) -> dict[str, str] | None:
    return {"name": name} if name else None


def _person(row: _Row, column: str) -> dict[str, str] | None:
    name = row.first(column)
    if not name:
        return None
    found = {"name": name, "displayName": name}
    account = row.first(f"{column} id")
    return found | ({"accountId": account} if account else {})


def _parent(row: _Row, keys: Mapping[str, str]) -> dict[str, str] | None:
    native_id = row.first("parent")
    key = row.first("parent key") or keys.get(native_id, "")
    if not key and not native_id.isdigit():
        key, native_id = native_id, ""
    return {"key": key, "id": native_id} if key else None


def _links(row: _Row, key: str) -> Iterator[dict[str, Any]]:
    for column in dict.fromkeys(row.header):
        match = _LINK.fullmatch(column)
        if match is None:
            continue
        inward, outward = _PHRASES.get(match[2], (match[2], match[2]))
        for far in row.every(column):
            # Both ends name the same two keys in the same order: one link.
            ends = (far, key) if match[1] == "inward" else (key, far)
            yield {
                "id": f"{match[2]}:{ends[0]}>{ends[1]}",
                "type": {"name": match[2], "inward": inward, "outward": outward},
                f"{match[1]}Issue": {"key": far},
            }


def _comments(row: _Row, options: Options) -> Iterator[dict[str, Any]]:
    for number, cell in enumerate(row.every("comment"), 1):
        parts = cell.split(";", 2)
        try:
            at = _moment(parts[0], options) if len(parts) == 3 else None
        except ValueError:
            continue
        if at is not None:
            yield {
                "id": f"{number}-{at.isoformat()}",
                "created": at.isoformat(),
                "author": {"name": parts[1]} if parts[1] else None,
                "body": parts[2],
            }


def _instant(row: _Row, column: str, options: Options) -> str | None:
    cell = row.first(column)
    return _moment(cell, options, column).isoformat() if cell else None


def _day(row: _Row, column: str, options: Options) -> str | None:
    cell = row.first(column)
    return _date(cell, options, column).isoformat() if cell else None


def _moment(cell: str, options: Options, column: str = "") -> datetime:
    """A cell as an instant; without a zone it is of `options.timezone`."""
    zone = ZoneInfo(options.timezone)
    for parse in (_configured(options), datetime.fromisoformat):
        try:
            found = parse(cell)
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=zone)
    day, told = _date(cell, options, column), _TIME.search(cell)
    hour, minute = (int(told[1]), int(told[2])) if told else (0, 0)
    if told and told[3]:
        hour = hour % 12 + (12 if told[3] in "pP" else 0)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def _date(cell: str, options: Options, column: str) -> date:
    try:
        return _configured(options)(cell).date()
    except ValueError:
        day = parse_day(_TIME.sub("", cell).rstrip(" ,"))
    if day is None:
        raise ValueError(
            f"{column}: {cell[:30]!r} is no date that reads in one way only; set date_format"
        )
    return day


def _configured(options: Options) -> Callable[[str], datetime]:
    def parse(cell: str) -> datetime:
        if not options.date_format:
            raise ValueError(cell)
        return datetime.strptime(cell, options.date_format)  # noqa: DTZ007 # the caller adds it

    return parse
