"""iCalendar files as the content of one file; the mapping is that of the ics connector."""

from __future__ import annotations

from pathlib import PurePath

from syncd.connectors.file.content import Content, UnreadableFile
from syncd.connectors.ics.mapping import Calendar, Window, events
from syncd.connectors.ics.parsing import NotACalendar, parse


def read_ics(text: str, path: PurePath, *, source: str, zone: str, window: Window) -> Content:
    """Events of a calendar file. Its scope is the calendar's own name, else that of the file.

    `zone` is used where the file names none. Raises `UnreadableFile`; an event that makes no sense
    becomes a problem with its line.
    """
    content = Content(what="iCalendar file")
    try:
        parsed = parse(text)
    except NotACalendar as error:
        raise UnreadableFile(str(error), line=error.line) from None
    for one in parsed:
        calendar = Calendar(
            source=source,
            name=one.name or path.stem,
            zone=one.zone or zone,
            window=window,
            cancels=one.method == "CANCEL",
        )
        found = events(one, calendar, f"{path}")
        content.items += found.items
        content.problems += found.problems
        content.by_rule |= found.by_rule
        content.take_accounts(found.accounts)
    return content
