"""Values of Jira's JSON read with care: a wrong type raises `Malformed`, None stays None."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from syncd.model.calendar import local_time

_SURROGATE = re.compile("[\ud800-\udfff]")


class Malformed(ValueError):
    """A value is not of the type that Jira promises; the text says which field."""


def an_object(raw: Any) -> Mapping[str, Any]:
    """An entry of a list, which must be an object."""
    if not isinstance(raw, dict):
        raise Malformed(f"the entry is {_kind(raw)}, not an object")
    return raw


def text(raw: Mapping[str, Any], name: str) -> str:
    """A text that must be there."""
    value = raw.get(name)
    if isinstance(value, str) and value:
        # Half a surrogate pair is JSON, but neither an address nor a file can hold it.
        return value if value.isascii() else _SURROGATE.sub("\ufffd", value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value == "":
        raise Malformed(f"{name} is empty")
    raise Malformed(f"{name} is {_kind(value)}, not a text")


def maybe_text(raw: Mapping[str, Any], name: str) -> str | None:
    """A text, or None if it is absent, null or empty."""
    value = raw.get(name)
    if isinstance(value, str):
        return value or None
    return None if value is None else text(raw, name)


def table(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object that must be there."""
    value = raw.get(name)
    if not isinstance(value, dict):
        raise Malformed(f"{name} is {_kind(value)}, not an object")
    return value


def maybe_table(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object; {} if it is absent or null."""
    return {} if raw.get(name) is None else table(raw, name)


def rows(raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list of objects; [] if it is absent or null."""
    value = raw.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not {*map(type, value)} <= {dict}:
        raise Malformed(f"{name} is not a list of objects")
    return value


def instant(raw: Mapping[str, Any], name: str) -> datetime:
    """An instant that must be there, as aware UTC."""
    at = parse_instant(raw.get(name))
    if at is None:
        raise Malformed(f"{name} is not a date and time")
    return at


def maybe_instant(raw: Mapping[str, Any], name: str) -> datetime | None:
    """An instant; None if it is absent, null or empty."""
    return None if raw.get(name) in (None, "") else instant(raw, name)


def parse_instant(value: object) -> datetime | None:
    """`2026-01-01T00:00:00.000+0000` or an epoch number as aware UTC; None for anything else.

    Bulk change logs tell epoch numbers; whether seconds or milliseconds is told by their size.
    """
    try:
        if isinstance(value, int) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if value > 10**11 else value, UTC)
        if not isinstance(value, str):
            return None
        at = datetime.fromisoformat(value)
        if at.tzinfo is UTC:
            return at
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan januar janvier ene enero gen gennaio", "feb februar février fév febrero febbraio",
            "mar mär märz mars marzo mrz", "apr april avr avril abr abril aprile",
            "may mai mayo mag maggio", "jun juni juin junio giu giugno",
            "jul juli juil juillet julio lug luglio", "aug august août aou ago agosto",
            "sep sept september septembre septiembre set settembre",
            "oct okt oktober octobre octubre ott ottobre", "nov november novembre noviembre",
            "dec dez dezember déc décembre dic diciembre dicembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_LONG_MONTHS = {
    "january": 1, "february": 2, "march": 3, "june": 6, "july": 7, "october": 10, "december": 12,
}  # fmt: skip
_DAY_ALONE = len("2012-01-23")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:$|[ T])")
_NAMED_DAY = re.compile(r"(\d{1,2})[/. -]+([^\W\d_]+)\.?[/. ,-]+(\d{4}|\d{2})(?:$|\s)")
_NAMED_DAY_US = re.compile(r"([^\W\d_]+)\.?[/. -]+(\d{1,2})(?:st|nd|rd|th)?[/., -]+(\d{4})(?:$|\s)")


def parse_day(value: object, zone: str = "") -> date | None:
    """The day that a text names without doubt: ISO (with or without a time) or a named month.

    Change logs write `2012-01-23`, `2012-01-23 00:00:00.0` or, in the site's language,
    `12/Jun/20`. Forms such as `03/04/2020` have two readings and give None. A time with an offset,
    which Jira writes in the zone of whoever asks, is of its day in `zone`, if that is told.
    """
    return _day(value.strip(), zone) if isinstance(value, str) else None


@lru_cache(maxsize=4096)  # a change log tells most days several times
def _day(told: str, zone: str) -> date | None:
    try:
        if zone and len(told) > _DAY_ALONE and (at := parse_instant(told)):
            return local_time(at, zone).date()
        if match := _ISO_DAY.match(told):
            return date(int(match[1]), int(match[2]), int(match[3]))
        if match := _NAMED_DAY.match(told):
            return _named(match[1], match[2], match[3])
        if match := _NAMED_DAY_US.match(told):
            return _named(match[2], match[1], match[3])
    except ValueError:
        return None
    return None


def _named(day: str, month: str, year: str) -> date | None:
    number = _MONTHS.get(month.casefold()) or _LONG_MONTHS.get(month.casefold())
    if number is None:
        return None
    # Jira's short form writes two digits and means this century.
    full = int(year) if len(year) == 4 else 2000 + int(year)
    return date(full, number, int(day))


def maybe_day(raw: Mapping[str, Any], name: str, zone: str = "") -> date | None:
    """A day, as `parse_day` reads it; None if it is absent, null or empty.

    Raises `Malformed` for what is no date.
    """
    value = raw.get(name)
    if value in (None, ""):
        return None
    day = parse_day(value, zone)
    if day is None:
        raise Malformed(f"{name} is not a date")
    return day


def by_number(native_id: object) -> tuple[int, str]:
    """Sorts ids by their number, and those that are none before them."""
    told = str(native_id or "")
    short = told.isascii() and told.isdigit() and len(told) < 20
    return (int(told), "") if short else (-1, told)


def _kind(value: object) -> str:
    return {type(None): "null", dict: "an object", list: "a list"}.get(
        type(value), type(value).__name__
    )
