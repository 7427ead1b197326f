"""Values out of a provider's JSON row, or the reason why the row can't be used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

LONGEST_TEXT = 64 * 1024
"""Characters kept of one text; what people write is shorter, what attackers write is not."""

_FIRST_YEAR, _LAST_YEAR = 1970, 9000

Row = Mapping[str, Any]


class Malformed(ValueError):
    """A row lacks what every such row has; says which field, never its value."""


def row(value: object, name: str) -> Row:
    """The value as a row."""
    if not isinstance(value, dict):
        raise Malformed(f"{name} is not an object")
    return value


def rows(value: object) -> list[Row]:
    """The rows of a list; what is not a row in it (null for "no right to see") is left out."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def inner(of: object, *names: str) -> Row:
    """The row found by going down the names; an empty one where there is none."""
    found = of
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def text(of: Row, name: str) -> str:
    """A text that must be there."""
    value = of.get(name)
    if not isinstance(value, str):
        raise Malformed(f"{name} is {_kind(value)}, not a text")
    return whole_text(value)


def optional_text(of: Row, name: str) -> str:
    """A text, "" where there is none."""
    value = of.get(name)
    return whole_text(value) if isinstance(value, str) else ""


def whole_text(value: str) -> str:
    """At most `LONGEST_TEXT` characters, lone surrogates replaced so that it can be stored."""
    short = value[:LONGEST_TEXT]
    return short if short.isascii() else short.encode("utf-8", "replace").decode("utf-8")


def number(of: Row, name: str) -> int:
    """A whole number that must be there."""
    value = of.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Malformed(f"{name} is {_kind(value)}, not a number")
    if not 0 <= value < 2**63:
        raise Malformed(f"{name} is out of range")
    return value


def native_id(of: Row, *names: str) -> str | None:
    """The first id among the names, as text; None where there is none."""
    for name in names:
        value = of.get(name)
        if isinstance(value, (int, str)) and not isinstance(value, bool) and str(value):
            return str(value)
    return None


def moment(of: Row, name: str) -> datetime:
    """An instant that must be there, in UTC."""
    found = optional_moment(of, name)
    if found is None:
        raise Malformed(f"{name} is missing")
    return found


def optional_moment(of: Row, name: str) -> datetime | None:
    """An instant in UTC, None where there is none. Raises Malformed for text that is none."""
    value = of.get(name)
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
        in_utc = found if found.tzinfo is UTC else found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise Malformed(f"{name} is not an instant") from None
    if found.tzinfo is None:
        raise Malformed(f"{name} has no time zone")
    if not _FIRST_YEAR <= in_utc.year <= _LAST_YEAR:
        raise Malformed(f"{name} is out of range")
    return in_utc


def _kind(value: object) -> str:
    return "missing" if value is None else f"a {type(value).__name__}"
