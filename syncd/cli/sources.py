"""`syncd sources`: what is configured to be read, and what the credentials could read besides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from syncd.cli.cycle import known
from syncd.cli.failures import worst
from syncd.cli.options import Options
from syncd.cli.screen import Cell, Column, Screen, clean
from syncd.cli.wiring import settings_of, start_log
from syncd.cli.words import count
from syncd.discovering import Discovering, Found
from syncd.errors import SyncdError, Unreached
from syncd.retrying import in_haste
from syncd.settings import Settings
from syncd.settings.values import duration_text
from syncd.sources import configured

LISTED = (
    Column(title="Source", head=True),
    Column(title="Kind"),
    Column(title="Every", drop=1),
    Column(title="Reads", flexible=True),
)
SEEN = (
    Column(title="", head=True),
    Column(title="Source"),
    Column(title="Id"),
    Column(title="Name", flexible=True),
    Column(title="Open", drop=2),
    Column(title="Note", drop=1),
)
KEYS = {"jira": "projects", "github": "repos", "google_calendar": "calendars"}
"""Kind → the key that says what is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    source: str
    kind: str
    parts: tuple[Found, ...] = ()
    error: SyncdError | None = None


def list_sources(options: Options) -> int:
    """Print each source with what it reads."""
    start_log(options)
    screen, settings = Screen(options), settings_of(options)
    answers = [_asked(settings, name) for name in sorted(settings.sources)]
    if screen.is_json:
        _documents(screen, settings, answers)
    elif answers:
        screen.table(LISTED, [_row(settings, one) for one in answers])
    else:
        screen.line(screen.typed("No source is configured. Try: syncd init"))
    return _end(screen, answers)


def discover(options: Options, names: Sequence[str]) -> int:
    """Print all that the credentials see, and whether it is read."""
    start_log(options)
    screen, settings = Screen(options), settings_of(options)
    known(names, settings)
    answers = [_asked(settings, name, all_seen=True) for name in names or sorted(settings.sources)]
    if screen.is_json:
        _documents(screen, settings, answers)
        return _end(screen, answers)
    rows = [_line(one.source, part) for one in answers for part in one.parts]
    if rows:
        screen.table(SEEN, rows)
    for one in answers:
        unread = sum(not part.is_read for part in one.parts)
        if unread and one.kind in KEYS:
            where = f"sources.{one.source}.{KEYS[one.kind]}"
            screen.note(f"{one.source}: {count(unread, 'part')} more to be had, by {where}")
    return _end(screen, answers)


def _asked(settings: Settings, name: str, *, all_seen: bool = False) -> _Answer:
    """What is read, or all that the credential sees where the connector can list that."""
    kind = settings.sources[name].kind
    try:
        connector = configured(settings, name).build()
        try:
            with in_haste(Unreached):
                if all_seen and isinstance(connector, Discovering):
                    return _Answer(source=name, kind=kind, parts=tuple(connector.discover()))
                return _Answer(source=name, kind=kind, parts=_read(connector.scopes()))
        finally:
            connector.close()
    except SyncdError as error:
        return _Answer(source=name, kind=kind, error=error)


def _read(scopes: Sequence[str]) -> tuple[Found, ...]:
    return tuple(Found(id=scope, name=scope, is_read=True) for scope in scopes)


def _row(settings: Settings, one: _Answer) -> list[Cell]:
    reads = ", ".join(clean(part.id) for part in one.parts) or "—"
    every = duration_text(settings.interval(one.source))
    return [Cell(text=one.source), Cell(text=one.kind), Cell(text=every), Cell(text=reads)]


def _line(source: str, part: Found) -> list[Cell]:
    mark = Cell(text="✓", style="green") if part.is_read else Cell(text="·")
    name = "" if part.name == part.id else clean(part.name)
    number = "—" if part.open is None else str(part.open)
    texts = (source, clean(part.id), name, number, part.note)
    return [mark, *(Cell(text=text) for text in texts)]


def _documents(screen: Screen, settings: Settings, answers: Sequence[_Answer]) -> None:
    entries = [_entry(settings, one) for one in answers]
    screen.entries("syncd/sources/1", "sources", entries)


def _entry(settings: Settings, one: _Answer) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "source", "source": one.source, "kind": one.kind,
        "every_s": int(settings.interval(one.source).total_seconds()),
        "parts": [
            {
                "id": clean(part.id), "name": clean(part.name), "read": part.is_read,
                "open": part.open, "note": part.note,
            }
            for part in one.parts
        ],
    }  # fmt: skip
    if one.error is not None:
        entry["error"] = clean(str(one.error))
        entry["hint"] = clean(one.error.hint)
    return entry


def _end(screen: Screen, answers: Sequence[_Answer]) -> int:
    for one in answers:
        for line in _trouble(one):
            screen.trouble(line)
    failed = [one.error.exit_code for one in answers if one.error is not None]
    if failed and len(failed) < len(answers) and not {4, 5} & set(failed):
        return 3
    return worst(failed)


def _trouble(one: _Answer) -> Iterator[str]:
    if one.error is not None:
        yield f"{one.source}: {clean(str(one.error))}"
        if one.error.hint:
            yield f"  {clean(one.error.hint)}"
