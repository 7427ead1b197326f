"""What a person's own words ask for. Whatever is no command is a note: nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from syncd.alerts.answering import Said
from syncd.model.acts import ActKind, Verdict
from syncd.model.calendar import WorkingCalendar

SNOOZE = "2d"
"""Of a bare `snooze`, as the mails offer it."""
ACCEPT = "4w"
"""For which something is accepted where no day is named."""
LONGEST_DAYS = 366
LONGEST_GUESS = 183
"""Days ahead up to which a day without a year is believed: "26 Nov" said on that day is a slip."""
LONGEST_COMMAND = 300
"""Characters of a first line that may be a command; a longer one is prose."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?\.?\s+([a-z]{3,9})|([a-z]{3,9})\s+(\d{1,2})(?:st|nd|rd|th)?)"
    r"(?:,?\s+(\d{4}))?"
)
_NAME = r"d-\d{1,9}"
_NAMES = rf"(?P<names>{_NAME}(?:(?:\s+and\s+|[\s,&+]+){_NAME})*)"
_NAMED = re.compile(rf"{_NAMES}[\s:,.-]+(?P<rest>.+)", re.IGNORECASE)
_NAMED_LATER = re.compile(rf"(?P<verb>\S.*?)\s+{_NAMES}(?P<more>(?:[\s:,.;!-].*)?)", re.IGNORECASE)
_COURTESY = re.compile(
    r"^please\s+|[\s,.;!-]+(?:many thanks|thanks|thank you|thx|please)(?=[\s.!]*$)", re.IGNORECASE
)
_ACK = re.compile(
    r"(?:ack|acked|acknowledged?|i have it)(?:\s*[-\u2013\u2014.,:;!]+\s*(?P<more>.*))?",
    re.IGNORECASE,
)
_SNOOZE = re.compile(r"snooze(?:[\s,:]+(?P<when>.{1,40}?))?", re.IGNORECASE)
_SPAN = re.compile(
    r"(?:for\s+)?(?:(?P<n>\d{1,3})|(?:an?|one)\s)\s*(?P<unit>d|days?|w|wks?|weeks?)", re.IGNORECASE
)
_ACCEPT = re.compile(
    r"accept(?:ed)?[\s:,-]+(?P<why>.+?)(?:\s+until\s+(?P<when>.{1,30}))?", re.IGNORECASE
)
_NOTE = re.compile(r"note[\s:,-]+(?P<text>.+)", re.IGNORECASE | re.DOTALL)
_WHOLE = {
    "stop": Said(kind=ActKind.STOP),
    "unsubscribe": Said(kind=ActKind.STOP),
    "reopen": Said(kind=ActKind.REOPEN),
    "re-open": Said(kind=ActKind.REOPEN),
}
_VERDICTS = {
    "useful": Verdict.USEFUL,
    "not useful": Verdict.NOT_USEFUL,
    "not-useful": Verdict.NOT_USEFUL,
    "known": Verdict.KNOWN,
    "already known": Verdict.KNOWN,
}


@dataclass(frozen=True, slots=True)
class Present:
    """The day of whoever speaks, and the calendar by which they count days."""

    today: date
    calendar: WorkingCalendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was asked for, and of which alerts where the words name some."""

    said: Said
    numbers: tuple[int, ...] = ()
    words: str
    """All that was written of it."""


def wishes_of(text: str, present: Present) -> tuple[Wish, ...]:
    """The wishes in a person's own words, in their order.

    Several only where each begins with a line that names its alerts; else what follows the first
    line belongs to it.
    """
    blocks: list[list[str]] = []
    for line in text.strip().split("\n"):
        if not blocks or (_is_named(blocks[0][0], present) and _is_named(line, present)):
            blocks.append([])
        blocks[-1].append(line)
    words = ("\n".join(block).strip() for block in blocks)
    return tuple(_wish(each, present) for each in words if each)


def _wish(words: str, present: Present) -> Wish:
    first, _, more = words.partition("\n")
    line, numbers = _without_names(first)
    said = _command(line, more.strip(), present) or Said(kind=ActKind.NOTE, text=words)
    return Wish(said=said, numbers=numbers, words=words)


def _is_named(line: str, present: Present) -> bool:
    rest, numbers = _without_names(line)
    return bool(numbers) and _command(rest, "", present) is not None


def _without_names(line: str) -> tuple[str, tuple[int, ...]]:
    """`D-41 ack`, `ack D-41, D-42` and `snooze D-41 2d` without the alerts, and their numbers."""
    line = " ".join(line.split())
    found = None
    if len(line) <= LONGEST_COMMAND:
        found = _NAMED.fullmatch(line) or _NAMED_LATER.fullmatch(line)
    if found is None:
        return line, ()
    parts = found.groupdict()
    rest = parts["rest"] if "rest" in parts else parts["verb"] + parts["more"]
    numbers = map(int, re.findall(r"\d+", parts["names"]))
    return rest.strip(), tuple(dict.fromkeys(numbers))


def _command(line: str, more: str, present: Present) -> Said | None:
    if len(line) > LONGEST_COMMAND:
        return None
    line = line.strip(" *_\"'\u201c\u201d`.!")
    if found := _NOTE.fullmatch(f"{line}\n{more}".strip()):
        return Said(kind=ActKind.NOTE, text=found["text"])
    line = _COURTESY.sub("", line).strip(" .,;!-")
    if said := _WHOLE.get(line.lower()):
        return said
    if verdict := _VERDICTS.get(line.lower()):
        return Said(kind=ActKind.FEEDBACK, verdict=verdict, text=more)
    if found := _ACK.fullmatch(line):
        return Said(kind=ActKind.ACK, text=" ".join(filter(None, (found["more"], more))))
    return _dated(line, more, present)


def _dated(line: str, more: str, present: Present) -> Said | None:
    if found := _SNOOZE.fullmatch(line):
        until = day_of(found["when"] or SNOOZE, present)
        return Said(kind=ActKind.SNOOZE, until=until, text=more) if until else None
    if found := _ACCEPT.fullmatch(line):
        until = day_of(found["when"] or ACCEPT, present)
        why = f"{found['why']} {more}".strip()
        return Said(kind=ActKind.ACCEPT, until=until, text=why) if until else None
    return None


def day_of(text: str, present: Present) -> date | None:
    """`2d`, `3 weeks`, `until 2 Dec`, `until Friday`, `tomorrow`, `2026-12-02` → a day to come.

    Days are counted as working days, weeks as those of the calendar. None for what is no day, is
    over, or is more than a year away. A day and month without a year are the next such; `02/12` is
    none, since it is another day in another country.
    """
    today = present.today
    words = re.sub(r"^(?:until|till|to|til)\s+", "", text.strip().lower()).strip(" .,")
    found = _span(words, present) or _weekday(words, today) or _calendar_day(words, today)
    if found is None or not today < found <= today + _days(LONGEST_DAYS):
        return None
    return found


def _days(count: int) -> timedelta:
    return timedelta(days=count)


def _span(words: str, present: Present) -> date | None:
    today = present.today
    if words == "tomorrow":
        return today + _days(1)
    if words in ("next week", "monday next week"):
        return today + _days(7 - today.weekday())
    found = _SPAN.fullmatch(words)
    if found is None:
        return None
    number = int(found["n"] or 1)
    if found["unit"].lower().startswith("w"):
        return today + _days(number * 7)
    # Where nobody works at all, a day is a day.
    return max(present.calendar.shift(today, number), today + _days(number))


def _weekday(words: str, today: date) -> date | None:
    found = re.fullmatch(r"(mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?", words)
    if found is None:
        return None
    ahead = (_DAYS.index(found[1][:3]) - today.weekday()) % 7
    return today + _days(ahead or 7)


def _calendar_day(words: str, today: date) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        pass
    words = re.sub(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+", "", words)
    found = _DAY.fullmatch(words)
    if found is None:
        return None
    month, day, year = found[2] or found[3], found[1] or found[4], found[5]
    names = [index for index, name in enumerate(_MONTHS, 1) if month.startswith(name)]
    if not names or not _FULL[names[0] - 1].startswith(month):
        return None
    return _next(int(day), names[0], int(year) if year else None, today)


_FULL = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip


def _next(day: int, month: int, year: int | None, today: date) -> date | None:
    for candidate in (year,) if year else (today.year, today.year + 1):
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if year or today < found <= today + _days(LONGEST_GUESS):
            return found
    return None
