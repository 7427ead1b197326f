"""A forecast for every open deliverable, and for single items: what rules and commands read.

`view.once(Forecasts)` makes it once per pass. A node is an item's key or `Deliverable.subject`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice

from syncd.model.forecasts import Forecast, Grade
from syncd.model.items import Issue, ItemKey, Kind, Phase
from syncd.model.people import Person
from syncd.model.snapshot import Scope
from syncd.reconciler.forecast.ageing import ENOUGH, Age, Ageing
from syncd.reconciler.forecast.calibration import Tables
from syncd.reconciler.forecast.capacity import Capacity
from syncd.reconciler.forecast.flow import Flows, stream_name, stream_of
from syncd.reconciler.forecast.outlook import FEW, Outlook, outlook
from syncd.reconciler.forecast.pace import RECENT, Pace
from syncd.reconciler.forecast.parts import (
    Aged,
    Paced,
    Part,
    bounded,
    day_of,
    odds_of,
    once_done,
    thinned,
    thinning,
)
from syncd.reconciler.forecast.presence import Absences
from syncd.reconciler.forecast.queue import Queues
from syncd.reconciler.forecast.scope import Scopes, settled
from syncd.reconciler.resolve.resolution import Deliverable
from syncd.reconciler.view import View

OWN_PACE = 20
"""Finishes of its own in 60 working days from which on a deliverable has a pace of its own."""
LEAST_DAYS = 20
"""Working days over which arrivals are spread at least: one busy planning day is no trend."""

_GRADES = (Grade.A, Grade.B, Grade.C, Grade.NONE)


class Unforeseeable(Exception):
    """Why a deliverable has no forecast, as a sentence for people."""


class Forecasts:
    """Made once per pass, by `view.once(Forecasts)`; pure, the same for the same view."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._flows, self._queues = view.once(Flows), Queues(view)
        self._absences = Absences(view)
        self._tables = Tables(view)
        self._capacities: dict[str, Capacity] = {}
        self._whole: dict[str, Capacity] = {}
        self._ages: dict[ItemKey, Age | None] = {}
        self._by_subject = {one.subject: one for one in view.deliverables if not one.done}
        self._wholes = dict(_wholes(self._by_subject.values()))
        self._parts: dict[str, tuple[Part, ...] | str] = {}
        self._found: dict[str, Forecast] = {}

    def of(self, deliverable: Deliverable) -> Forecast:
        """Dates, odds and grade, or the reason why there are none."""
        if deliverable.subject not in self._found:
            self._found[deliverable.subject] = self._forecast(deliverable)
        return self._found[deliverable.subject]

    def finish(self, node: ItemKey | str) -> date | None:
        """The day by which it is as likely done as not; None for what nothing can be told of."""
        return self.day(node, 0.5)

    def day(self, node: ItemKey | str, share: float) -> date | None:
        """The first day by which it is done with these odds; None as of `finish`."""
        if parts := self._parts_of(node):
            return day_of(parts, share)
        aged = self._aged(node) if isinstance(node, ItemKey) else None
        return aged.day(share) if aged else None

    def odds(self, node: ItemKey | str, day: date) -> float | None:
        """Chance, .01 to .99, that it is done by the end of `day`; None as of `finish`."""
        if parts := self._parts_of(node):
            return odds_of(parts, day)
        known = self._known(node) if isinstance(node, ItemKey) else None
        return bounded(known[0].odds(known[1].whole(day))) if known else None

    def assumed(self, _: ItemKey | str, /) -> date | None:
        """Nothing is assumed."""
        return None

    def rest(self, node: ItemKey | str) -> int | None:
        """Working days that an item still needs once it can be worked on; None for all else."""
        issue = self._view.issue(node) if isinstance(node, ItemKey) else None
        if issue is None or issue.phase.is_closed:
            return None
        if issue.phase is Phase.TODO:
            days = self._view.once(Ageing).usual(issue)
        else:
            age = self._age(issue.key)
            days = age.days(0.5) if age else None
        return None if days is None else math.ceil(days)

    def _known(self, key: ItemKey) -> tuple[Age, Capacity] | None:
        """Of a single item; None where nothing tells of it."""
        age = self._age(key)
        if age is None or age.days(0.5) is None:
            return None
        capacity = self._capacity(stream_of(self._view, key))
        return (age, capacity) if capacity.days else None

    def _aged(self, key: ItemKey) -> Aged | None:
        known = self._known(key)
        return Aged(capacity=known[1], ages=((key, known[0]),)) if known else None

    def _parts_of(self, node: ItemKey | str) -> tuple[Part, ...]:
        subject = self._wholes.get(node) if isinstance(node, ItemKey) else node
        one = self._by_subject.get(subject) if subject else None
        parts = self.parts(one) if one else ()
        return () if isinstance(parts, str) else parts

    def scopes(self, deliverable: Deliverable) -> frozenset[Scope]:
        """The data that the paces of its teams rest on."""
        streams = self._queues.own[deliverable.subject]
        return frozenset().union(*map(self._flows.scopes, streams))

    def teams(self, deliverable: Deliverable) -> tuple[str, ...]:
        """Names of those who do its parts, in the order of `parts`."""
        return tuple(map(self._called, self._queues.own[deliverable.subject]))

    def slowest(self, deliverable: Deliverable) -> Paced | None:
        """Of its teams the slowest; None where no pace tells its day."""
        parts = self.parts(deliverable)
        return None if isinstance(parts, str) else _slowest(parts)

    def too_many(self, deliverable: Deliverable, odds: float = 0.5) -> int | None:
        """The fewest items to take out so that the target is met with `odds`; None = no number."""
        parts = self.parts(deliverable)
        if isinstance(parts, str) or deliverable.target is None:
            return None
        return thinned(parts, deliverable.target.day, odds)

    def late_without(self, deliverable: Deliverable, items: int) -> float | None:
        """Chance to miss the target with so many items less; None where that cannot be told."""
        parts = self.parts(deliverable)
        if isinstance(parts, str) or not parts or deliverable.target is None:
            return None
        day = deliverable.target.day
        left = next(islice(thinning(parts, day), items - 1, None), None) if items > 0 else parts
        return None if left is None else 1 - odds_of(left, day)

    def parts_once_done(
        self, deliverable: Deliverable, keys: Collection[ItemKey]
    ) -> tuple[Part, ...] | None:
        """Its parts as if these items were done; None where they cannot be told."""
        parts = self.parts(deliverable)
        if isinstance(parts, str):
            return None
        done = (
            {one.key for one in items if one.key in keys}
            for items in self._queues.own[deliverable.subject].values()
        )
        left = (once_done(part, gone) for part, gone in zip(parts, done, strict=True))
        return tuple(part for part in left if part is not None)

    def parts_with(self, deliverable: Deliverable, person: Person) -> tuple[Part, ...] | None:
        """Its parts as if `person` were never away from now on; None where they cannot be told."""
        parts = self.parts(deliverable)
        if isinstance(parts, str):
            return None
        streams = self._queues.own[deliverable.subject]
        return tuple(
            replace(part, capacity=self._capacity_with(person)) if stream == person.team else part
            for part, stream in zip(parts, streams, strict=True)
        )

    def parts(self, deliverable: Deliverable) -> tuple[Part, ...] | str:
        """What each team has to do of it; a text says why that cannot be told."""
        subject = deliverable.subject
        if subject not in self._parts:
            try:
                _require_whole(deliverable)
                self._parts[subject] = tuple(
                    self._part(deliverable, stream, items)
                    for stream, items in self._queues.own[subject].items()
                )
            except Unforeseeable as reason:
                self._parts[subject] = str(reason)
        return self._parts[subject]

    def _forecast(self, deliverable: Deliverable) -> Forecast:
        own = self._queues.own[deliverable.subject]
        found = Forecast(
            subject=deliverable.subject,
            name=deliverable.name,
            tier=deliverable.tier,
            teams=deliverable.teams,
            target=deliverable.target.day if deliverable.target else None,
            items=sum(map(len, own.values())),
        )
        parts = self.parts(deliverable)
        if isinstance(parts, str):
            return replace(found, reason=parts)
        if not parts:
            return replace(found, reason="nothing of it is open")
        slow = _slowest(parts)
        p50, target = day_of(parts, 0.5), found.target
        farthest = date.max if p50 else min(part.capacity.days[-1] for part in parts)
        return replace(
            found,
            ahead=sum(part.ahead for part in parts if isinstance(part, Paced)),
            grade=max((part.grade for part in parts), key=_GRADES.index),
            reason="" if p50 else "at this pace it takes more than five years",
            p50=p50,
            p85=day_of(parts, 0.85),
            p95=day_of(parts, 0.95),
            late=1 - odds_of(parts, target) if target and target <= farthest else None,
            days=slow.outlook.items / slow.outlook.rate if slow else 0.0,
            spread=slow.outlook.spread(slow.outlook.items) if slow else 0.0,
            per_week=slow.pace.last_weeks if slow else (),
        )

    def _part(self, deliverable: Deliverable, stream: str, items: list[Issue]) -> Part:
        capacity = self._capacity(stream)
        if not capacity.days:
            raise Unforeseeable(f"the calendar of {self._called(stream)} has no working day")
        ahead, share = self._queues.ahead(deliverable, stream), 1.0
        pace = self._flows.own_pace(stream, self._members(deliverable, stream))
        if pace.finished >= OWN_PACE and pace.grade is not Grade.NONE:
            ahead = 0
        else:
            pace = self._flows.pace(stream)
            share = self._flows.share(stream, self._queues.since[stream])
        if len(items) + ahead < FEW:
            return Aged(capacity=capacity, ages=tuple(self._known_age(one) for one in items))
        view = self._outlook(deliverable, stream, pace, len(items) + ahead, share)
        return Paced(
            capacity=capacity, pace=pace, outlook=view, items=len(items),
            ahead=ahead,
        )  # fmt: skip

    def _outlook(
        self, deliverable: Deliverable, stream: str, pace: Pace, items: int, share: float
    ) -> Outlook:
        if pace.grade is Grade.NONE:
            raise Unforeseeable(self._too_little(stream, pace))
        rate = pace.rate * share
        rate -= min(self._arrivals(deliverable, stream), rate / 2)
        if rate <= 0:
            raise Unforeseeable(f"{self._called(stream)} finished nothing lately: there is no pace")
        return outlook(items, pace, rate=rate, table=self._tables.of(items / rate))

    def _members(self, deliverable: Deliverable, stream: str) -> Iterator[ItemKey]:
        return (key for key in deliverable.members if stream_of(self._view, key) == stream)

    def _arrivals(self, deliverable: Deliverable, stream: str) -> float:
        """Items a day that came in since it was promised, net of those that left.

        What one edit put in or took out together with many is a plan, and no trend.
        """
        scopes, calendar = self._view.once(Scopes), self._flows.calendar(stream)
        since = scopes.committed_on(deliverable)
        if since is None:
            return 0.0
        late = (
            move
            for move in scopes.of(deliverable)
            if calendar.local_date(move.at) > since
            and stream_of(self._view, move.item.key) == stream
        )
        came = ((calendar.local_date(one.at), one.by) for one in settled(self._view, late))
        days = calendar.between(since, self._view.today)
        return self._flows.net_rate(stream, came, days=max(LEAST_DAYS, days))

    def _known_age(self, issue: Issue) -> tuple[ItemKey, Age]:
        age = self._age(issue.key)
        if age is None and self._view.once(Ageing).usual(issue) is not None:
            raise Unforeseeable(f"nobody can tell when work on {issue.ref} begins")
        if age is None:
            raise Unforeseeable(
                f"fewer than {ENOUGH} items like {issue.ref} were finished in 180 days"
            )
        if age.days(0.5) is None:
            raise Unforeseeable(
                f"{issue.ref} takes longer than nearly all like it that were finished"
            )
        return issue.key, age

    def _age(self, key: ItemKey) -> Age | None:
        if key not in self._ages:
            self._ages[key] = self._age_of(key)
        return self._ages[key]

    def _age_of(self, key: ItemKey) -> Age | None:
        """Of an open item; None for all else."""
        issue = self._view.issue(key)
        if issue is None or issue.phase.is_closed:
            return None
        age, target = self._view.once(Ageing).of(issue), self._view.target(key)
        today = self._view.calendar(key).local_date(self._view.snapshot.as_of)
        if age is None or target is None or target.day < today:
            return age
        return age.within(self._capacity(stream_of(self._view, key)).whole(target.day))

    def _too_little(self, stream: str, pace: Pace) -> str:
        """With what others finish, to compare: their pace says nothing of this one's dates."""
        counted = f"{pace.finished} of 8 items in {RECENT} working days"
        if pace.finished >= 8:
            counted = f"items on {pace.active_days} of 5 days"
        peers = self._flows.peers(stream)
        usual = f" (other teams finish about {max(1, round(peers))} a week)" if peers else ""
        return f"too little history: {self._called(stream)} finished {counted}{usual}"

    def _called(self, stream: str) -> str:
        return stream_name(self._view, stream)

    def _capacity(self, stream: str) -> Capacity:
        if stream not in self._capacities:
            calendar = self._flows.calendar(stream)
            today = calendar.local_date(self._view.snapshot.as_of)
            self._capacities[stream] = Capacity(calendar, today, self._absences.present(stream))
        return self._capacities[stream]

    def _capacity_with(self, person: Person) -> Capacity:
        """Of the team of `person`."""
        if person.id not in self._whole:
            calendar, team = self._flows.calendar(person.team or ""), person.team or ""
            today = calendar.local_date(self._view.snapshot.as_of)
            present = self._absences.present_with(team, person.id, today)
            self._whole[person.id] = Capacity(calendar, today, present)
        return self._whole[person.id]


def _wholes(deliverables: Iterable[Deliverable]) -> Iterator[tuple[ItemKey, str]]:
    """Epics that are all of a deliverable: what waits for the epic waits for what is open in it."""
    for one in deliverables:
        work = [key for key in one.bound if key.kind is not Kind.EVENT]
        if len(work) == 1 and work[0].kind is Kind.ISSUE:
            yield work[0], one.subject


def _require_whole(deliverable: Deliverable) -> None:
    """What is left of it would be done early, and read as good news.

    The name is not told: nobody knows any more who might see what had it.
    """
    if deliverable.lacking:
        raise Unforeseeable("its configuration gives a name that nothing read has")


def _slowest(parts: Sequence[Part]) -> Paced | None:
    """The part by pace that takes longest."""
    paced = [part for part in parts if isinstance(part, Paced)]
    return max(paced, key=lambda part: part.outlook.items / part.outlook.rate, default=None)
