"""A brief or pack on a screen, as Markdown and for scripts: the same words in each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from rich.cells import cell_len

from syncd.cli.findings import SHAPES
from syncd.cli.screen import Screen, wrapped
from syncd.model.briefs import Brief, MeetingPack
from syncd.outline import Entry, Section, footer, outline, title
from syncd.report.markdown import escaped, linked

WIDEST_TAG = 17
"""Columns for tags at most; a longer one stands on a line of its own."""
LISTS = ("decisions", "top", "teams", "changes", "meetings", "handovers", "risks", "dates")


def show(screen: Screen, content: Brief | MeetingPack) -> None:
    """For people: headings, tags in a column, notes below."""
    screen.text(title(content), style="dim")
    screen.text(content.headline, style="bold")
    for section in outline(content):
        screen.line("")
        screen.line((section.title, "bold"))
        indent = min(max(cell_len(one.label) for one in section.entries), WIDEST_TAG)
        for entry in section.entries:
            _entry(screen, entry, indent + 3 if indent else 1)
        if section.more:
            screen.text(f"and {section.more} more", indent=indent + 3)
    screen.line("")
    for sentence in content.stale:
        screen.text(f"○ {sentence}", hanging=2, style="dim")
    screen.text(footer(content), style="dim")


def _entry(screen: Screen, entry: Entry, indent: int) -> None:
    style = SHAPES[entry.standing][1] if entry.standing else "bold"
    head = f" {entry.label}"
    pieces = wrapped(entry.text, screen.width - indent)
    if cell_len(head) >= indent and entry.label:
        screen.line((head, style))
        head = ""
    for piece in pieces:
        screen.line((head + " " * (indent - cell_len(head)), style), piece)
        head = ""
    for note in entry.notes:
        screen.text(note, indent=indent, hanging=2)


def markdown(content: Brief | MeetingPack) -> str:
    """For wikis and comments."""
    lines = [f"## {escaped(title(content))}", "", f"**{escaped(content.headline)}**"]
    for section in outline(content):
        lines += ["", f"### {escaped(section.title)}", "", *_items(section)]
    lines += ["", *(f"○ {escaped(one)}" for one in content.stale)]
    return "\n".join([*lines, escaped(footer(content)), ""])


def _items(section: Section) -> Iterator[str]:
    for entry in section.entries:
        tag = f"**{escaped(entry.label)}** " if entry.label else ""
        yield f"- {tag}{_linked(entry.text, entry)}"
        yield from (f"  - {_linked(note, entry)}" for note in entry.notes)
    if section.more:
        yield f"- and {section.more} more"


def _linked(text: str, entry: Entry) -> str:
    """The text with its first known name as a link."""
    links = (linked(text, words, url) for words, url in entry.links)
    return next((one for one in links if one != escaped(text)), escaped(text))


def documents(content: Brief | MeetingPack | None, *, whole: bool = False) -> Iterator[Any]:
    """For scripts: all of it as one object, or what it is and then each of its parts."""
    if content is None:
        return
    kind = "brief" if isinstance(content, Brief) else "pack"
    entry = {"type": kind} | _plain(content)
    entry["data"] = footer(content)
    if whole:
        yield entry
        return
    parts = {name: entry.pop(name) for name in LISTS if name in entry}
    yield entry
    for name, many in parts.items():
        yield from ({"type": name.removesuffix("s")} | one for one in many)


def _plain(value: Any) -> Any:
    """Days and instants as ISO 8601, words for enumerations, nothing for ""."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return None if value == "" else value
