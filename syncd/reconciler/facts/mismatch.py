"""One place where two sources tell different stories about done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Fact, Finding, Reckoning
from syncd.model.items import CalendarEvent, Issue, Item, ItemKey
from syncd.reconciler.facts import reckoning, subjects, wording
from syncd.reconciler.view import View

RULE = "status-mismatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """A contradiction, and since when it has been one."""

    kind: str
    """Letter of the table of §B2."""
    draft: Finding
    since: datetime | None
    """When the later of the two became true; None = not known, long ago."""
    calendar: WorkingCalendar
    summary: str
    plain: str
    act: str
    clears: str
    facts: tuple[Fact, ...]
    rests_on: tuple[ItemKey, ...]


def reckoned(view: View, found: Mismatch) -> Reckoning:
    """For how long it has been so, held against the grace of its kind."""
    if found.since is None:
        return reckoning.of("since when it is so is not known; it counts as long ago")
    since = found.calendar.local_date(found.since)
    days = found.calendar.between(since, view.today)
    text = f"so since {wording.day(since, view.today)}: {wording.working_days(days)}"
    return reckoning.of(text, **{f"grace_{found.kind}": days})


def latest(*moments: datetime | None) -> datetime | None:
    """The last of the moments that are known."""
    return max((moment for moment in moments if moment), default=None)


def on(view: View, calendar: WorkingCalendar, moment: datetime | None) -> str:
    """` on Fri 20 Nov`, or "" where the moment is not known."""
    return f" on {wording.day(calendar.local_date(moment), view.today)}" if moment else ""


def stands(item: Item, at: datetime | None = None) -> Fact:
    """That an item stands where it stands, as evidence."""
    state = item.status if isinstance(item, CalendarEvent) else item.state
    return Fact(
        text=f"{subjects.ref(item)} is {state}", source=item.key.source, seen_at=at, url=item.url
    )


def all_stand(items: Sequence[Issue], limit: int = 5) -> list[Fact]:
    """The first `limit` as facts, and how many more there are."""
    facts = [stands(issue, issue.state_entered_at) for issue in items[:limit]]
    if len(items) > limit:
        facts.append(Fact(text=f"and {len(items) - limit} more"))
    return facts
