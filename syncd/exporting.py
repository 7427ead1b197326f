"""The common model as files that other programs read: JSON lines, CSV, a calendar.

Pure: one snapshot in, bytes out; the same snapshot gives the same bytes. Nothing is hidden: that is
for whoever may read the store.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from syncd.model.history import Change
from syncd.model.items import (
    Account,
    CalendarEvent,
    Issue,
    ItemKey,
    Milestone,
    Precision,
    PullRequest,
)
from syncd.model.links import Link
from syncd.model.snapshot import Snapshot
from syncd.reconciler.canonical import plain
from syncd.text import as_json, clean_text, safe_url

TABLES: dict[str, type] = {
    "issues": Issue, "pull_requests": PullRequest, "milestones": Milestone,
    "events": CalendarEvent, "links": Link, "changes": Change, "accounts": Account,
}  # fmt: skip
"""Name of each table and of its file, and what its rows are."""

FORMULA = ("=", "+", "-", "@")
"""What begins a formula in a spreadsheet (`reliability.md` H8)."""

LONGEST = 64 * 1024
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


def columns(table: str) -> dict[str, str]:
    """Column → field of the rows of a table, in order; of items also whether they can be seen."""
    row: Any = TABLES[table]
    names = [one.name for one in fields(row)] if is_dataclass(row) else row._fields
    found = {_column(table, name): name for name in names if name != "unanswered"}
    return found | ({"visible": ""} if "claims" in found else {})


def _column(table: str, field: str) -> str:
    """`type` says of which table a line is."""
    return f"{table[:-1]}_type" if field == "type" else field


def rows(snapshot: Snapshot, table: str) -> Iterator[dict[str, Any]]:
    """Each as a table of JSON: keys as text, days and moments in ISO 8601, moments with offset."""
    named = columns(table)
    for one in getattr(snapshot, table):
        yield {
            column: plain(getattr(one, field)) if field else one.key not in snapshot.invisible
            for column, field in named.items()
        }


def json_lines(snapshot: Snapshot, table: str) -> Iterator[bytes]:
    """One object a line, with `type`."""
    for row in rows(snapshot, table):
        yield (as_json({"type": table[:-1]} | row) + "\n").encode()


def csv_lines(snapshot: Snapshot, table: str) -> Iterator[bytes]:
    """A line of names, then one for each row; what is a list is JSON in its cell."""
    names = columns(table)
    yield _csv_line([*names])
    for row in rows(snapshot, table):
        yield _csv_line([_cell(row[name]) for name in names])


def _csv_line(cells: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        text = clean_text(value, LONGEST)
        return f"'{text}" if text.startswith(FORMULA) else text
    return as_json(value)


def calendar(snapshot: Snapshot) -> bytes:
    """Events, and the days that milestones name, as one iCalendar (RFC 5545).

    What is cancelled or cannot be seen now is left out, as is a date that is no single day.
    """
    made = Calendar()
    made.add("prodid", "-//syncd//export//EN")
    made.add("version", "2.0")
    for event in snapshot.events:
        if event.status != "cancelled" and event.key not in snapshot.invisible:
            made.add_component(_of_event(event))
    for milestone in snapshot.milestones:
        if milestone.key not in snapshot.invisible:
            for entry in _of_milestone(milestone):
                made.add_component(entry)
    return bytes(made.to_ical())


def _of_event(event: CalendarEvent) -> Event:
    changed = event.updated_at or event.created_at
    made = _entry(event.key, event.title or "Busy", changed, event.url)
    if event.start_at is None:
        _add_days(made, event.first_day, event.last_day)
    else:
        made.add("dtstart", event.start_at.astimezone(UTC))
        if event.end_at:
            made.add("dtend", event.end_at.astimezone(UTC))
    made.add("status", event.status.upper())
    made.add("transp", "TRANSPARENT" if event.transparent else "OPAQUE")
    return made


def _of_milestone(milestone: Milestone) -> Iterable[Event]:
    for claim in milestone.claims:
        if claim.precision in (Precision.DAY, Precision.INSTANT):
            title, changed = f"{milestone.name} ({claim.field})", milestone.updated_at
            made = _entry(milestone.key, title, changed, milestone.url, claim.field)
            _add_days(made, claim.hi, claim.hi)
            made.add("transp", "TRANSPARENT")
            yield made


def _add_days(made: Event, first: date, last: date) -> None:
    made.add("dtstart", first)
    if last < date.max:  # no day could be written as the one after
        made.add("dtend", last + timedelta(days=1))


def _entry(
    key: ItemKey, title: str, changed: datetime | None, url: str, part: str = "event"
) -> Event:
    made = Event()
    made.add("uid", f"{key}/{part}")
    made.add("dtstamp", (changed or _UNDATED).astimezone(UTC))
    made.add("summary", clean_text(title, LONGEST))
    if link := safe_url(url):
        made.add("url", link)
    return made
