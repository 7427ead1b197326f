"""One file into the common model, whatever kind of export it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from syncd.connectors.file.content import Content, UnreadableFile
from syncd.connectors.file.github_json import is_github, read_github_json
from syncd.connectors.file.ics import read_ics
from syncd.connectors.file.jira_csv import is_jira_csv, read_jira_csv
from syncd.connectors.file.jira_json import is_jira, read_jira_json
from syncd.connectors.file.json_values import read_values
from syncd.connectors.file.options import Options
from syncd.connectors.file.settings import FileSettings
from syncd.connectors.ics.mapping import Window
from syncd.connectors.ics.parsing import newest_stamp

LARGEST = 256 * 1024 * 1024
"""Bytes of one file; more is not an export."""

EXPECTED = (
    "expected Jira's JSON or CSV export, the output of gh … --json or gh api, or a calendar (.ics)"
)


def read_bytes(path: Path) -> bytes:
    """The whole file. Raises `UnreadableFile`."""
    try:
        if path.stat().st_size > LARGEST:
            raise UnreadableFile(f"larger than {LARGEST >> 20} MiB; {EXPECTED}")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"can't be read ({error.strerror})") from None


def read_content(
    data: bytes, path: Path, name: str, settings: FileSettings, source: str
) -> Content:
    """What a file holds; `name` is what people call it. Raises `UnreadableFile`.

    A file of which no row could be read is unreadable as a whole.
    """
    text = _text(data)
    options = Options(
        source=source,
        timezone=settings.timezone,
        sprint_zones=settings.sprint_zones,
        date_format=settings.date_format,
        url=settings.url,
        fields={str(meaning): field for meaning, field in settings.fields.items()},
        phases={label.casefold(): phase for label, phase in settings.phases.items()},
        bots=frozenset(bot.casefold() for bot in settings.bots),
    )
    kind = settings.format if settings.format != "auto" else _kind(text, path)
    if kind == "ics":
        window = _window(text, path, settings)
        content = read_ics(text, Path(name), source=source, zone=settings.timezone, window=window)
    elif kind == "jira_csv":
        if not is_jira_csv(text):
            raise UnreadableFile('no column "Issue key"; expected a CSV export of Jira', line=1)
        content = read_jira_csv(text, name, options)
    else:
        content = _read_json(text, name, kind, options)
    if content.problems and not content.items:
        reason = content.problems[0].reason.removeprefix(f"{name}:")
        place = re.match(r"(\d+)\W+", reason)
        line, words = (int(place[1]), reason[place.end() :]) if place else (0, reason.strip())
        raise UnreadableFile(words, line=line)
    return content


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableFile("not UTF-8 text; export it anew as UTF-8", line=line) from None


def _kind(text: str, path: Path) -> str:
    start = text.lstrip()[:20].upper()
    if start.startswith("BEGIN:VCALENDAR") or path.suffix.lower() in (".ics", ".ical"):
        return "ics"
    if start.startswith(("{", "[")):
        return "json"
    if is_jira_csv(text):
        return "jira_csv"
    if start.startswith("<"):
        raise UnreadableFile(f"a web page; {EXPECTED}", line=1)
    raise UnreadableFile(f"not a known export; {EXPECTED}", line=1)


def _read_json(text: str, name: str, kind: str, options: Options) -> Content:
    values = list(_rows(text, name))
    jira = [(place, value) for place, value in values if is_jira(value)]
    if kind == "jira_json" or (kind == "json" and jira):
        return _whole(read_jira_json(jira, options), values, jira)
    github = [(place, value) for place, value in values if is_github(value)]
    if kind == "github_json" or github:
        return _whole(read_github_json(github, options), values, github)
    if values:
        raise UnreadableFile(f"JSON, but neither issues nor pull requests; {EXPECTED}", line=1)
    # An empty list is what gh writes where there is nothing.
    return Content(what="empty JSON list")


def _whole(content: Content, values: list[tuple[str, Any]], used: list[tuple[str, Any]]) -> Content:
    if len(used) < len(values):
        raise UnreadableFile(
            f"{len(values) - len(used)} of {len(values)} values are not such rows; {EXPECTED}"
        )
    return content


def _rows(text: str, name: str) -> Iterator[tuple[str, Any]]:
    """(place, value): arrays are taken apart, also those that gh api --slurp nests."""
    for line, value in read_values(text):
        yield from _flat(f"{name}:{line}", value, depth=2)


def _flat(place: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, list) or depth == 0:
        yield place, value
        return
    for number, each in enumerate(value, 1):
        yield from _flat(f"{place}, row {number}", each, depth - 1)


def _window(text: str, path: Path, settings: FileSettings) -> Window:
    """Reckoned from when the file was made: its newest stamp, or when it was written here."""
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    made = max(written, newest_stamp(text) or date.min)
    return Window(
        earliest=made - timedelta(days=settings.history_days),
        latest=made + timedelta(days=settings.horizon_days),
    )
