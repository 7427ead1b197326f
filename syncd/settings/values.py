"""Kinds of values that a configuration can hold, each with its words for a wrong one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from functools import cache
from ipaddress import ip_network
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from syncd.model.people import SetTime

NAME = r"[a-z][a-z0-9]*(_[a-z0-9]+)*"
"""What a table may be called, so that environment variables and secrets files can address it."""

SECRET = re.compile(
    r"(^|_)(token|tokens|password|passwd|passphrase|secret|secrets|secret_url|private_key|api_key|"
    r"credentials)$"
)
"""Names of keys whose values are never written in TOML nor shown."""

CREDENTIAL_URL = re.compile(r"://[^/\s:@]*:[^/\s@]+@")
"""An address with a password in it."""

LONG_ADDRESS = re.compile(r"webcals?://|://[^/\s\"']+/[^\s\"']{16,}")
"""An address that may open what it names to whoever knows it."""

TOKEN_SHAPE = re.compile(
    r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|ATATT[\w=-]{20,}|ya29\.[\w-]{20,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
)
"""Texts that are credentials wherever they stand."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def near(word: str, known: list[str]) -> str:
    """`, did you mean "x"?` for the nearest known word, "" if none is near."""
    found = get_close_matches(word, known, n=1, cutoff=0.6)
    return f', did you mean "{found[0]}"?' if found else ""


def parse_duration(value: Any) -> timedelta:
    """`15m`, `1h`, `2d` → timedelta. Raises ValueError with the words for a person."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"(\d{1,6})([smhdw])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('is not a duration such as "30s", "15m", "1h" or "1d"')
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def duration_text(value: timedelta) -> str:
    """The shortest text that `parse_duration` reads back."""
    seconds = int(value.total_seconds())
    for unit, size in (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _positive(value: timedelta) -> timedelta:
    if not value:
        raise ValueError("must be more than nothing")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        raise ValueError("is not a time zone" + near(value, _zones())) from None
    return value


@cache
def _zones() -> list[str]:
    return sorted(available_timezones())


def _clock(value: Any) -> time:
    if isinstance(value, time):
        return value
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('is not a time of day such as "08:30"')
    return time(int(match[1]), int(match[2]))


def _hours(value: Any) -> tuple[time, time]:
    if isinstance(value, tuple):
        return value
    if value == "none":
        return time(), time()
    parts = value.split("-") if isinstance(value, str) else []
    try:
        start, end = (_clock(part.strip()) for part in parts)
    except ValueError:
        raise ValueError('is not a span of hours such as "18:00-09:00"') from None
    if start == end:
        raise ValueError("starts and ends at the same time; write none for no quiet hours")
    return start, end


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from None
    return value


def _address(value: str) -> str:
    if not re.fullmatch(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+", value):
        raise ValueError("is not a mail address such as dana@example.com")
    return value


def _bind(value: str) -> str:
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})", value)
    if value and (match is None or int(match[2]) > 65535):
        raise ValueError("is not an address and a port such as 127.0.0.1:8470")
    return value


def _header(value: str) -> str:
    if value and not re.fullmatch(r"[A-Za-z0-9-]{1,60}", value):
        raise ValueError("is not the name of a header such as X-Forwarded-User")
    return value


def _network(value: str) -> str:
    try:
        return str(ip_network(value))
    except ValueError:
        raise ValueError("is not an address or a network such as 10.1.2.0/24") from None


def _public_url(value: str) -> str:
    if not value:
        return value
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host, parts = "", urlsplit("")
    is_plain = not (parts.query or parts.fragment or parts.username) and value.isprintable()
    if not host or not is_plain or " " in value or parts.scheme not in ("http", "https"):
        raise ValueError("is not a web address such as https://syncd.example.com")
    if parts.scheme == "http" and host not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError("must be https; http is accepted for this machine only")
    return value.rstrip("/")


def _weekday(value: Any) -> int:
    if isinstance(value, int):
        return value
    word = str(value).casefold()[:3]
    if word not in _WEEKDAYS:
        raise ValueError('is not a day of the week such as "sat"')
    return _WEEKDAYS.index(word)


@dataclass(frozen=True, slots=True)
class Active:
    """Local days and hours; hours that end before they begin reach into the next day."""

    days: frozenset[int]
    """0 = Monday."""
    hours: tuple[time, time]
    """Equal ones mean the whole day."""
    text: str

    def covers(self, local: datetime) -> bool:
        """Whether a local time lies in them."""
        (start, end), clock = self.hours, local.time()
        if start < end:
            return local.weekday() in self.days and start <= clock < end
        if clock >= start:
            return local.weekday() in self.days
        return clock < end and (local - timedelta(days=1)).weekday() in self.days


def _active(value: Any) -> Active:
    if isinstance(value, Active):
        return value
    words = value.split() if isinstance(value, str) else []
    try:
        days, hours = words if len(words) == 2 else ("Mon-Sun", *words)
        return Active(_days(days), _whole_hours(hours), value)
    except ValueError:
        raise ValueError('is not a span of days and hours such as "Mon-Fri 06:00-20:00"') from None


def _days(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        start, end = _weekday(first), _weekday(last or first)
        found |= {day % 7 for day in range(start, end + 1 + 7 * (end < start))}
    return frozenset(found)


def _whole_hours(text: str) -> tuple[time, time]:
    start, end = text.split("-")
    return _clock(start), _clock("00:00" if end == "24:00" else end)


def _cron(value: str) -> str:
    if not value:
        return value
    from cronsim import CronSim, CronSimError  # noqa: PLC0415 - only where it is used

    try:
        if len(value.split()) != 5:
            raise CronSimError("it has five fields")
        next(CronSim(value, datetime(2024, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration) as error:
        why = f": {error}" if str(error) else ": it never comes"
        raise ValueError(f'is not a cron expression such as "0 6-20 * * MON-FRI"{why}') from None
    return value


def _tick(value: Any) -> SetTime:
    if isinstance(value, SetTime):
        return value
    words = value.split() if isinstance(value, str) else []
    try:
        if len(words) == 1:
            return SetTime(at=_clock(words[0]))
        day, clock = words
        return SetTime(at=_clock(clock), weekday=_weekday(day))
    except ValueError:
        raise ValueError('is not a time such as "08:30" or "Fri 15:00"') from None


def _tick_text(value: SetTime) -> str:
    day = "" if value.weekday is None else f"{_WEEKDAYS[value.weekday].title()} "
    return f"{day}{value.at:%H:%M}"


def _schema(pattern: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": [example]})


def _shown(text: Callable[[Any], str]) -> PlainSerializer:
    return PlainSerializer(text, return_type=str, when_used="json")


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    _shown(duration_text),
    _schema(r"^\d{1,6}[smhdw]$", "15m"),
]
Interval = Annotated[Duration, AfterValidator(_positive)]
Zone = Annotated[str, AfterValidator(_zone)]
Clock = Annotated[
    time,
    BeforeValidator(_clock),
    _shown(lambda value: value.strftime("%H:%M")),
    _schema(r"^([01]\d|2[0-3]):[0-5]\d$", "08:30"),
]
Hours = Annotated[
    tuple[time, time],
    BeforeValidator(_hours),
    _shown(lambda value: "none" if value[0] == value[1] else f"{value[0]:%H:%M}-{value[1]:%H:%M}"),
    _schema(r"^(none|\d\d:\d\d\s*-\s*\d\d:\d\d)$", "18:00-09:00"),
]
ActiveHours = Annotated[
    Active,
    BeforeValidator(_active),
    _shown(lambda value: value.text),
    _schema(r"^([A-Za-z,-]+ )?\d\d:\d\d-\d\d:\d\d$", "Mon-Fri 06:00-20:00"),
]
Cron = Annotated[str, AfterValidator(_cron)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Address = Annotated[str, AfterValidator(_address)]
Bind = Annotated[str, AfterValidator(_bind)]
HeaderName = Annotated[str, AfterValidator(_header)]
Network = Annotated[str, AfterValidator(_network)]
PublicUrl = Annotated[str, AfterValidator(_public_url)]
Weekday = Annotated[
    int,
    BeforeValidator(_weekday),
    _shown(lambda value: _WEEKDAYS[value]),
    WithJsonSchema({"enum": list(_WEEKDAYS)}),
]
Tick = Annotated[
    SetTime,
    BeforeValidator(_tick),
    _shown(_tick_text),
    _schema(r"^([A-Za-z]{3,9} )?([01]\d|2[0-3]):[0-5]\d$", "08:30"),
]
