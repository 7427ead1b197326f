"""Tracked fields as canonical text, the form in which the change history keeps their values."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from syncd.model.items import (
    CalendarEvent,
    DateClaim,
    DateRole,
    Issue,
    Item,
    ItemKey,
    Milestone,
    Phase,
    Precision,
    PullRequest,
)


@dataclass(frozen=True, slots=True)
class Tracked:
    """How one scalar field is kept: the attribute that holds it and both ways of its text.

    `decode` raises ValueError for a text, or for None, that the attribute cannot hold.
    """

    attribute: str
    encode: Callable[[Any], str | None]
    decode: Callable[[str | None], Any]


def _same(value: str | None) -> str | None:
    return value


def _required(text: str | None) -> str:
    return text or ""


def _flag(text: str | None) -> bool:
    return text == "true"


def _flag_text(value: object) -> str:
    return "true" if value else "false"


def _optional(decode: Callable[[str], Any]) -> Callable[[str | None], Any]:
    return lambda text: None if text is None else decode(text)


def _present(decode: Callable[[str], Any]) -> Callable[[str | None], Any]:
    def strict(text: str | None) -> Any:
        if text is None:
            raise ValueError("this field always has a value")
        return decode(text)

    return strict


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def number_text(value: float | None) -> str | None:
    """`3` for 3.0, `2.5` for 2.5, None for None."""
    if value is None:
        return None
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def instant_text(at: datetime | None) -> str | None:
    """ISO 8601 in UTC, None for None."""
    return None if at is None else at.astimezone(UTC).isoformat()


def instant_of(text: str) -> datetime:
    """Read an ISO 8601 instant; one without a zone is taken as UTC. Raises ValueError."""
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def interval_text(lo: date, hi: date) -> str:
    """`2026-05-12` for one day, `2026-05-01/2026-05-31` for an interval."""
    return lo.isoformat() if lo == hi else f"{lo.isoformat()}/{hi.isoformat()}"


def interval_of(text: str) -> tuple[date, date]:
    """Read what `interval_text` writes; of an instant, its UTC day. Raises ValueError."""
    first, _, second = text.partition("/")
    lo = _day(first)
    hi = _day(second) if second else lo
    if hi < lo:
        raise ValueError(f"the interval {text} ends before it starts")
    return lo, hi


def _day(text: str) -> date:
    return date.fromisoformat(text) if len(text) == 10 else instant_of(text).date()


def precision_of(lo: date, hi: date) -> Precision:
    """The precision that an interval of days looks like."""
    if lo == hi:
        return Precision.DAY
    if lo.day == 1 and hi.day == calendar.monthrange(hi.year, hi.month)[1]:
        months = (hi.year - lo.year) * 12 + hi.month - lo.month
        return Precision.MONTH if months == 0 else Precision.QUARTER
    return Precision.WEEK if hi - lo <= timedelta(days=7) else Precision.QUARTER


ROLES = {
    "start": DateRole.START,
    "target_start": DateRole.START,
    "release": DateRole.RELEASE,
    "end": DateRole.END,
    "event": DateRole.EVENT,
}
"""Role of a claim that is known from the history only; every other name is a due date."""


def claim_of(subject: ItemKey, field: str, text: str) -> DateClaim:
    """A claim that stands no more, from what the history tells of it. Raises ValueError."""
    lo, hi = interval_of(text)
    role = ROLES.get(field, DateRole.DUE)
    return DateClaim(
        subject=subject, role=role, field=field, lo=lo, hi=hi, precision=precision_of(lo, hi)
    )


_TITLE = Tracked("title", _same, _required)
_STATE = Tracked("state", _same, _required)
_DAY = Tracked("first_day", _text, _present(date.fromisoformat))

SCALARS: Mapping[type[Any], Mapping[str, Tracked]] = {
    Issue: {
        "title": _TITLE,
        "state": _STATE,
        "phase": Tracked("phase", _text, _present(Phase)),
        "assignee": Tracked("assignee", _same, _same),
        "team": Tracked("team", _same, _same),
        "parent": Tracked("parent", _same, _same),
        "sprint": Tracked("sprint", _text, _optional(ItemKey.parse)),
        "priority": Tracked("priority", _same, _same),
        "size": Tracked("size", number_text, _optional(float)),
        "flagged": Tracked("flagged", _flag_text, _flag),
    },
    PullRequest: {"title": _TITLE, "state": _STATE, "draft": Tracked("draft", _flag_text, _flag)},
    Milestone: {
        "title": Tracked("name", _same, _required),
        "state": _STATE,
        "start": Tracked("start", _text, _optional(date.fromisoformat)),
    },
    CalendarEvent: {
        "title": _TITLE,
        "status": Tracked("status", _same, _required),
        "start_at": Tracked("start_at", instant_text, _optional(instant_of)),
        "end_at": Tracked("end_at", instant_text, _optional(instant_of)),
        "first_day": _DAY,
        "last_day": Tracked("last_day", _text, _present(date.fromisoformat)),
    },
}
"""Scalar fields by kind of item: where each is held and how it is written."""

SETS: Mapping[type[Any], tuple[str, ...]] = {
    Issue: ("milestones", "labels", "components"),
    PullRequest: ("milestones", "labels"),
    Milestone: (),
    CalendarEvent: (),
}
"""Fields that hold several values, by kind of item."""


def scalars(item: Item) -> dict[str, str | None]:
    """Every field with one value, and every date claim that stands, as canonical text."""
    values = {
        field: how.encode(getattr(item, how.attribute))
        for field, how in SCALARS[type(item)].items()
    }
    for claim in item.claims:
        values[claim.field] = interval_text(claim.lo, claim.hi)
    return values


def sets(item: Item) -> dict[str, frozenset[str]]:
    """Every field with several values, as texts."""
    return {field: frozenset(map(str, getattr(item, field))) for field in SETS[type(item)]}


def tracked(item: Item) -> Mapping[str, str | frozenset[str] | None]:
    """Every tracked field of an item as canonical text, a set of texts, or None (no value).

    Fields that are derived from the history are not in it; a date claim that does not stand is
    simply absent.
    """
    return {**scalars(item), **sets(item)}


def canonical(kind: type[Any], field: str, text: str | None) -> str | None:
    """The one spelling of a value (`3.0` and `3` are `3`); a text we cannot read stays as it is."""
    if text is None:
        return None
    how = SCALARS[kind].get(field)
    try:
        if how is not None:
            return how.encode(how.decode(text))
        return interval_text(*interval_of(text))
    except ValueError:
        return text
