"""The dates that Jira's items state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from syncd.connectors.jira.changelog import History
from syncd.connectors.jira.fields import FieldIds
from syncd.connectors.jira.people import People
from syncd.connectors.jira.values import instant, maybe_day
from syncd.model.items import DateClaim, DateRole, ItemKey


def claims(
    fields: Mapping[str, Any],
    key: ItemKey,
    ids: FieldIds,
    people: People,
    history: History,
    *,
    zone: str,
) -> Iterator[DateClaim]:
    """The dates that an issue states, each with when and by whom it was set. Raises `Malformed`.

    Of a field that holds a time the day in `zone` counts.
    """
    reporter = people.read(fields.get("reporter")) or people.read(fields.get("creator"))
    born = (instant(fields, "created"), reporter.id if reporter else None)
    newest = {each.field: each for each in history.changes}
    for role, name, places in _dates(ids):
        last = newest.get(name)
        since = (last.at, last.actor) if last else born
        yield from claim(key, role, name, _first_day(fields, places, zone), since)


def _dates(ids: FieldIds) -> Iterator[tuple[DateRole, str, Iterable[str]]]:
    """What each date means, its claim field, and the fields of the site that can hold it."""
    yield DateRole.DUE, "due", ("duedate",)
    yield DateRole.START, "start", ids.start
    yield DateRole.START, "target_start", ids.target_start
    yield DateRole.DUE, "target_end", ids.target_end


DATES = frozenset(name for _, name, _ in _dates(FieldIds()))
"""Claim fields of the dates that an issue can state."""


def unanswered(fields: Mapping[str, Any], ids: FieldIds, wanted: frozenset[str]) -> Iterator[str]:
    """Claim fields of dates that were asked for and have neither a day nor null as an answer."""
    for _, name, places in _dates(ids):
        asked = wanted.intersection(places)
        if asked and not asked & fields.keys():
            yield name


def claim(
    key: ItemKey,
    role: DateRole,
    name: str,
    day: date | None,
    since: tuple[datetime | None, str | None] = (None, None),
) -> Iterable[DateClaim]:
    """One date as a claim, none where there is no date; `since` is when and by whom it was set."""
    if day is not None:
        yield DateClaim(
            subject=key, role=role, field=name, lo=day, hi=day, set_at=since[0], set_by=since[1]
        )


def _first_day(fields: Mapping[str, Any], ids: Iterable[str], zone: str) -> date | None:
    days = (maybe_day(fields, each, zone) for each in ids)
    return next((day for day in days if day is not None), None)
