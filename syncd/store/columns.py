"""How values of the model stand in narrow columns: instants as numbers, small tuples as JSON."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import repeat
from operator import attrgetter
from sys import intern
from typing import Any

from sqlalchemy import BigInteger, Boolean, Float, Integer, String, Text
from sqlalchemy.types import TypeEngine

from syncd.model.items import (
    Attendee,
    CalendarEvent,
    Issue,
    Item,
    ItemKey,
    Kind,
    Level,
    Milestone,
    MilestoneKind,
    Phase,
    PullRequest,
    Review,
)

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
_REPEATED = 10_000
"""Different lists remembered: items share their labels, releases and the like."""


def to_micros(at: datetime) -> int:
    """Microseconds since 1970-01-01 UTC; exact. Raises TypeError for a naive datetime."""
    return (at - EPOCH) // MICROSECOND


def from_micros(number: int) -> datetime:
    """The aware UTC instant that `to_micros` wrote."""
    return EPOCH + timedelta(0, 0, number)


def micros_or_none(at: datetime | None) -> int | None:
    """As `to_micros`, None for None."""
    return None if at is None else to_micros(at)


def instant_or_none(number: int | None) -> datetime | None:
    """As `from_micros`, None for None."""
    return None if number is None else from_micros(number)


instant_of: Callable[[int | None], Any] = lru_cache(_REPEATED)(instant_or_none)
"""As `instant_or_none`; mostly one object for one number: rows of one moment stand close."""


class Same(dict[Any, Any]):
    """The same object for equal texts: rows repeat a few of them many times."""

    def __missing__(self, text: Any) -> Any:
        self[text] = text
        return text


day_of = lru_cache(_REPEATED)(date.fromisoformat)
"""The day that ISO text names; the same object for equal texts."""


def to_json(value: object) -> str:
    """Compact JSON text."""
    return _write(value)


@lru_cache(_REPEATED)
def _texts(text: str) -> tuple[str, ...]:
    return () if text == "[]" else tuple(json.loads(text))


def _keys_text(keys: Sequence[ItemKey]) -> str:
    return to_json([str(key) for key in keys])


@lru_cache(_REPEATED)
def _keys(text: str) -> tuple[ItemKey, ...]:
    return tuple(ItemKey.parse(one) for one in _texts(text))


def _reviews_text(reviews: Sequence[Review]) -> str:
    return to_json([(to_micros(one.at), one.author, one.verdict) for one in reviews])


def _reviews(text: str) -> tuple[Review, ...]:
    return tuple(
        Review(at=from_micros(at), author=author, verdict=verdict)
        for at, author, verdict in json.loads(text)
    )


def _attendees_text(attendees: Sequence[Attendee]) -> str:
    return to_json([(one.account, one.response, one.optional) for one in attendees])


def _attendees(text: str) -> tuple[Attendee, ...]:
    return tuple(
        Attendee(account=account, response=response, optional=optional)
        for account, response, optional in json.loads(text)
    )


@dataclass(frozen=True, slots=True)
class Field:
    """One column of an entity: its name in model and table, its type, and both conversions.

    Conversions are never called with None; None itself means "as it is".
    """

    name: str
    type: TypeEngine[Any]
    encode: Callable[[Any], Any] | None = None
    decode: Callable[[Any], Any] | None = None


def _text(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, Text()) for name in names)


def _words(*names: str) -> tuple[Field, ...]:
    """Texts that many items have in common: read, they are one object."""
    return tuple(Field(name, Text(), None, intern) for name in names)


def _flags(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, Boolean(), None, bool) for name in names)


def _numbers(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, Integer()) for name in names)


def _instants(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, BigInteger(), to_micros, from_micros) for name in names)


def _days(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, String(10), date.isoformat, day_of) for name in names)


def _lists(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, Text(), to_json, _texts) for name in names)


def _key_lists(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name, Text(), _keys_text, _keys) for name in names)


def _one_of(name: str, kind: type[StrEnum]) -> Field:
    return Field(name, Text(), str, {str(one): one for one in kind}.__getitem__)


FIELDS: dict[type[Any], tuple[Field, ...]] = {
    Issue: (
        *_text("ref"),
        *_words("scope"),
        *_text("title"),
        *_words("type", "state"),
        _one_of("phase", Phase),
        _one_of("level", Level),
        *_instants("created_at", "updated_at", "done_at"),
        *_words("parent", "assignee", "team", "priority"),
        *_text("url"),
        Field("sprint", Text(), str, lru_cache(_REPEATED)(ItemKey.parse)),
        *_key_lists("milestones"),
        *_lists("components", "labels", "aliases"),
        Field("size", Float()),
        *_flags("flagged", "restricted", "unmapped"),
        *_numbers("unchecked_tasks"),
    ),
    PullRequest: (
        *_text("ref"),
        *_words("scope"),
        *_text("title"),
        *_words("state", "base"),
        *_text("head_branch"),
        *_words("author"),
        *_text("url"),
        *_numbers("number"),
        *_words("review_decision", "checks"),
        *_instants("created_at", "updated_at", "pushed_at", "merged_at", "closed_at"),
        *_flags("draft", "base_is_default", "is_bot", "is_revert", "mergeable"),
        *_lists("requested_reviewers", "labels", "aliases", "code_owners"),
        *_key_lists("milestones"),
        Field("reviews", Text(), _reviews_text, _reviews),
    ),
    Milestone: (
        *_text("ref", "scope", "name", "state", "board", "url"),
        _one_of("kind", MilestoneKind),
        *_instants("updated_at", "closed_at"),
        *_days("start"),
        *_lists("aliases"),
    ),
    CalendarEvent: (
        *_text("ref", "scope", "title", "status", "type", "zone", "ical_uid", "recurring_id"),
        *_text("original_start", "organiser", "url"),
        *_days("first_day", "last_day"),
        *_instants("start_at", "end_at", "created_at", "updated_at"),
        *_flags("all_day", "private", "transparent"),
        *_numbers("sequence"),
        *_lists("refs", "aliases"),
        Field("attendees", Text(), _attendees_text, _attendees),
    ),
}
"""Columns of each entity; key and claims live in tables of their own, derived fields nowhere."""

CLASSES: dict[Kind, type[Any]] = {
    Kind.ISSUE: Issue,
    Kind.PULL_REQUEST: PullRequest,
    Kind.MILESTONE: Milestone,
    Kind.EVENT: CalendarEvent,
}
TABLES: dict[Kind, str] = {
    Kind.ISSUE: "issues",
    Kind.PULL_REQUEST: "pull_requests",
    Kind.MILESTONE: "milestones",
    Kind.EVENT: "events",
}


Converters = tuple[tuple[int, Callable[[Any], Any]], ...]
"""(place in the row, conversion) of the columns that need one."""

_ENCODERS: dict[type[Any], tuple[Callable[[Any], tuple[Any, ...]], Converters]] = {
    cls: (
        attrgetter(*(field.name for field in fields)),
        tuple((index, field.encode) for index, field in enumerate(fields) if field.encode),
    )
    for cls, fields in FIELDS.items()
}
Setter = Callable[[Any, Any], None]

_DECODERS: dict[type[Any], tuple[tuple[Setter, Callable[[Any], Any] | None], ...]] = {
    cls: tuple((getattr(cls, field.name).__set__, field.decode) for field in fields)
    for cls, fields in FIELDS.items()
}
"""By the slots themselves: what is frozen is set once, before anybody else has it."""
_UNSTORED: dict[type[Any], tuple[tuple[Setter, Any], ...]] = {
    cls: tuple(
        (getattr(cls, one.name).__set__, one.default)
        for one in dataclass_fields(cls)
        if one.name not in {"key", "claims", *(field.name for field in fields)}
    )
    for cls, fields in FIELDS.items()
}


def encode(item: Item) -> tuple[Any, ...]:
    """The values of an item in the order of its `FIELDS`."""
    values_of, encoders = _ENCODERS[type(item)]
    return tuple(_converted(values_of(item), encoders))


def decode(
    cls: type[Any], keys: Sequence[ItemKey], rows: Sequence[Sequence[Any]], claims: Sequence[Any]
) -> list[Any]:
    """Items from what `encode` gave, by columns: loops that run in C."""
    if not rows:
        return []
    made = [object.__new__(cls) for _ in rows]
    _set_all(cls.key.__set__, made, keys)
    _set_all(cls.claims.__set__, made, claims)
    for set_one, default in _UNSTORED[cls]:
        _set_all(set_one, made, repeat(default))
    for (set_one, convert), column in zip(_DECODERS[cls], zip(*rows, strict=True), strict=True):
        if convert is None:
            _set_all(set_one, made, column)
        else:
            _set_all(set_one, made, [None if one is None else convert(one) for one in column])
    return made


def _set_all(set_one: Setter, made: Iterable[Any], values: Iterable[Any]) -> None:
    deque(map(set_one, made, values), maxlen=0)


def _converted(row: Sequence[Any], converters: Converters) -> list[Any]:
    values = list(row)
    for index, convert in converters:
        if values[index] is not None:
            values[index] = convert(values[index])
    return values
