"""One pull of one calendar: rows become pages, and what only its end can tell is kept for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from syncd.connectors.google_calendar import mapping, series
from syncd.interfaces import Page, Problem
from syncd.model.items import CalendarEvent, ItemKey

BUSY_ONLY = "freeBusyReader"


@dataclass(slots=True, kw_only=True)
class Reading:
    """State of one pull; memory follows the window, not the answers."""

    source: str
    scope: str
    holidays: bool
    window: tuple[date, date]
    start_of: Callable[[str], Mapping[str, Any]]
    """`start` of a series by its id; {} where it tells none."""
    waiting: dict[str, None] = field(default_factory=dict)
    """Provider's ids that were kept aside and that no answer has named yet."""
    aside: dict[str, None] = field(default_factory=dict)
    """Provider's ids that could not be read."""
    _starts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _living: set[ItemKey] = field(default_factory=set)
    _cancelled: dict[ItemKey, None] = field(default_factory=dict)

    def page(self, answer: Mapping[str, Any], rows: Iterable[Any], *, cut: bool) -> Page:
        """The rows as a page, read as `answer` says of its calendar; `cut` to the window."""
        calendar = mapping.Calendar(
            source=self.source,
            id=self.scope,
            zone=answer.get("timeZone"),
            holidays=self.holidays,
            busy_only=answer.get("accessRole") == BUSY_ONLY,
        )
        taken: list[tuple[Mapping[str, Any], CalendarEvent]] = []
        gone: list[ItemKey] = []
        problems: list[Problem] = []
        for row in rows:
            raw = row
            try:
                raw = self._joined(row, calendar.zone)
                if mapping.is_tombstone(raw):
                    gone += self._buried(raw)
                elif not mapping.is_noise(raw) and (
                    not cut or mapping.is_within(raw, *self.window)
                ):
                    taken.append((raw, mapping.event(raw, calendar)))
            except (ValueError, TypeError, AttributeError, LookupError, OverflowError) as error:
                problems.append(self._problem(row, raw, error))
        items = tuple(item for _, item in taken)
        self._living.update(item.key for item in items if item.recurring_id)
        known = () if calendar.busy_only else mapping.accounts((r for r, _ in taken), self.source)
        return Page(items=items, gone=tuple(gone), problems=tuple(problems), accounts=known)

    def cancelled(self) -> tuple[ItemKey, ...]:
        """Instances that were cancelled and that no living one has taken the place of."""
        return tuple(key for key in self._cancelled if key not in self._living)

    def _joined(self, raw: Mapping[str, Any], zone: str | None) -> Mapping[str, Any]:
        """The row under the identity that it has over all cuts of its series."""
        self.waiting.pop(str(raw.get("id")), None)
        own = raw.get("recurringEventId")
        cut = series.cut_of(own)
        if cut is None:
            return raw
        if own not in self._starts:
            self._starts[str(own)] = self.start_of(str(own))
        id_ = series.taken_over(raw, self._starts[str(own)], zone)
        return raw if id_ is None else {**raw, "id": id_, "recurringEventId": cut.base}

    def _buried(self, raw: Mapping[str, Any]) -> Iterator[ItemKey]:
        """The key of a tombstone, unless the end of the pull is to tell whether it is one.

        Of an instance planned beyond the window nothing was held, or the daily listing misses it.
        """
        key = mapping.item_key(raw, self.source)
        if not raw.get("recurringEventId"):
            yield key
        elif mapping.is_within(raw, *self.window):
            self._cancelled[key] = None

    def _problem(self, row: object, raw: object, error: Exception) -> Problem:
        given, native = (
            str(each.get("id") or "") if isinstance(each, Mapping) else "" for each in (row, raw)
        )
        if given:
            self.aside[given] = None
        reason = str(error) if isinstance(error, ValueError) else "it is not an event as described"
        return Problem(native_id=native[:200], reason=f"event {native[:60] or '?'}: {reason}"[:200])
