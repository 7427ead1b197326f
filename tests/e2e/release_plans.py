"""Recorded release plans of Python and Node as they stood on a day, as syncd would have read them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from replays import DATA

from syncd.model.history import Change
from syncd.model.items import Kind, Milestone
from syncd.model.snapshot import Snapshot
from syncd.testing.builders import change, key, snapshot, version

FOLDER = DATA / "release_plans"
SOURCES = {"python": "python_pep_schedule_history.jsonl", "node": "node_schedule_history.jsonl"}
MORNING = time(8, tzinfo=UTC)


@dataclass(frozen=True)
class Planned:
    """A milestone of a plan, and each date that it was given, with the day of that."""

    source: str
    plan: str
    name: str
    dates: tuple[tuple[date, date], ...]
    """(told on, date), oldest first."""

    @property
    def ref(self) -> str:
        """As people call it."""
        return f"{self.plan} {self.name}"

    def standing(self, day: date) -> date | None:
        """The date that stood at the start of `day`."""
        return next((to for on, to in reversed(self.dates) if on < day), None)


@dataclass(frozen=True)
class Stand:
    """A date as it stood so many days before it came."""

    planned: Planned
    now: datetime
    day: date
    slipped: bool
    """Whether it was later in the end."""


@cache
def plans(source: str) -> tuple[Planned, ...]:
    """All milestones of a source."""
    found = []
    for line in (FOLDER / SOURCES[source]).read_text().splitlines():
        told = json.loads(line)
        dates = tuple(
            (date.fromisoformat(one["at"][:10]), date.fromisoformat(one["date"]))
            for one in told["plans"]
        )
        plan = told.get("pep") or told["release"]
        found.append(Planned(source, plan, told["milestone"], dates))
    return tuple(found)


def stands(source: str, days: int) -> Iterator[Stand]:
    """Every date that still stood `days` days before it came; one that moved has several."""
    for planned in plans(source):
        for _, day in planned.dates:
            seen = day - timedelta(days=days)
            if planned.standing(seen) == day:
                slipped = planned.dates[-1][1] > day
                yield Stand(planned, datetime.combine(seen, MORNING), day, slipped)


def seen_at(source: str, now: datetime) -> Snapshot:
    """All that was told by then. What no plan says: a milestone whose day is over counts as done."""
    things: list[Milestone | Change] = []
    first_seen = {}
    for planned in plans(source):
        standing = planned.standing(now.date())
        if standing is None:
            continue
        one = version(
            planned.name,
            scope=planned.plan,
            release=standing,
            state="released" if standing < now.date() else "planned",
        )
        things.append(one)
        first_seen[one.key] = datetime.combine(planned.dates[0][0], MORNING)
        things += _moves(one, planned, now.date())
    return snapshot(*things, as_of=now, first_seen=first_seen)


def _moves(one: Milestone, planned: Planned, before: date) -> Iterator[Change]:
    """The dates told before a day, as changes of the first."""
    standing = planned.dates[0][1]
    for number, (on, to) in enumerate(planned.dates[1:]):
        if on < before and to != standing:
            moment = datetime.combine(on, MORNING)
            yield change(
                one, "release", str(standing), str(to), moment, native_id=f"{moment} {number}"
            )
            standing = to


def subject(planned: Planned) -> str:
    """Of the deliverable that syncd makes of it."""
    return f"deliverable:{key(planned.ref, kind=Kind.MILESTONE)}"
