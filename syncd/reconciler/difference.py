"""What two readings of the same store differ in: dates, meetings, teams and alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from syncd.model.findings import Evaluation, Finding, Standing, Unknown
from syncd.model.forecasts import Forecast
from syncd.model.items import CalendarEvent, ItemKey, Kind
from syncd.model.people import Person
from syncd.reconciler.engine import judge
from syncd.reconciler.facts import chains, subjects
from syncd.reconciler.facts.code_mismatches import implementing
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.health import health
from syncd.reconciler.resolve.claims import is_open
from syncd.reconciler.rule import Rule
from syncd.reconciler.view import Deliverable, View
from syncd.reconciler.whatif import Absent, Assumption

NONE: Mapping[ItemKey, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How a deliverable stands in one reading."""

    target: date | None
    plan: date | None
    """What was promised, which reports measure against."""
    p50: date | None
    """The later of its own forecast and what it waits for."""
    p85: date | None
    """By its own forecast; None where what it waits for comes later than that."""
    late: float | None
    """Chance to miss the target at the pace of its teams alone."""
    slip: int | None
    """Working days from the plan to `p50`, as reports tell it."""
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverableMove:
    """A deliverable that stands otherwise. `after` is None where nothing of it is left."""

    name: str
    tier: str
    before: Outlook
    after: Outlook | None
    days: int
    """Working days by which its likely day moves; positive = later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingMove:
    """A review or launch whose day fits otherwise."""

    title: str
    deliverable: str
    day: date
    then: date
    """Its day in the other reading."""
    short: int
    """Working days from it to the likely day of what it is about; 0 or less = it fits."""
    short_then: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamMove:
    """A team some of whose work moves."""

    team: str
    items: int
    days: int
    """The most that one item moves, in working days; negative = earlier."""
    moved: tuple[tuple[str, int], ...]
    """Each item and how far it moves, the farthest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Deliverables and meetings in the order of the view, teams by name, alerts worst first."""

    deliverables: tuple[DeliverableMove, ...]
    meetings: tuple[MeetingMove, ...]
    teams: tuple[TeamMove, ...]
    opens: tuple[Finding, ...]
    """Those that speak for themselves; `hushed` more have the same cause as one of these."""
    clears: tuple[Finding, ...]
    hushed: int
    untold: tuple[Unknown, ...] = ()
    """What rules cannot tell in the other reading, though they could in the first."""

    @property
    def is_none(self) -> bool:
        """Whether nothing at all differs."""
        moved = self.deliverables or self.meetings or self.teams
        return not (moved or self.opens or self.clears or self.untold)


def difference(
    before: View, after: View, rules: Sequence[Rule], alone: Mapping[ItemKey, int] = NONE
) -> Difference:
    """From one reading to another of the same data and configuration.

    `alone`: working days by which items move that no plan holds.
    Raises ConfigError as `judge`.
    """
    old, new = (judge(view, rules, assume_fresh=True) for view in (before, after))
    had = {one.fingerprint for one in (*old.findings, *old.holding)}
    has = {one.fingerprint for one in (*new.findings, *new.holding)}
    doubted, doubts = ({one.fingerprint for one in each.unknown} for each in (old, new))
    fresh = [one for one in new.findings if one.fingerprint not in had]
    spoken_for, stays = dict(new.inhibited), has | doubts
    opens = tuple(one for one in fresh if one.fingerprint not in spoken_for)
    return Difference(
        deliverables=tuple(_deliverables(before, after, old, new)),
        meetings=tuple(_meetings(before, after)),
        teams=tuple(_teams(before, after, alone)),
        opens=opens,
        clears=tuple(one for one in old.findings if one.fingerprint not in stays),
        hushed=len(fresh) - len(opens),
        untold=tuple(one for one in new.unknown if one.fingerprint not in doubted),
    )


def _deliverables(
    before: View, after: View, old: Evaluation, new: Evaluation
) -> Iterator[DeliverableMove]:
    were, are = _outlooks(before, old), _outlooks(after, new)
    for one in before.deliverables:
        was, is_ = were.get(one.subject), are.get(one.subject)
        if was is None or was == is_:
            continue
        days = _between(before, one, was.p50, is_.p50 if is_ else None)
        if is_ and days > 0 and _misses(is_):
            # The pace alone does not know of it: what slips is a member, not a prerequisite.
            is_ = replace(is_, standing=Standing.LATE)
        yield DeliverableMove(name=one.name, tier=one.tier, before=was, after=is_, days=days)


def _misses(one: Outlook) -> bool:
    return one.target is not None and one.p50 is not None and one.p50 > one.target


def _outlooks(view: View, judged: Evaluation) -> dict[str, Outlook]:
    standings = {one.subject: one.standing for one in health(view, judged)}
    found = {}
    for one in view.deliverables:
        if not one.done:
            forecast = view.once(Forecasts).of(one)
            found[one.subject] = _outlook(view, one, forecast, standings[one.subject])
    return found


def _outlook(view: View, one: Deliverable, forecast: Forecast, standing: Standing) -> Outlook:
    known = [day for day in (forecast.p50, view.plan.finish(one.subject)) if day]
    p50 = max(known, default=None)
    is_sure = forecast.p85 is not None and (p50 is None or forecast.p85 >= p50)
    return Outlook(
        target=one.target.day if one.target else None,
        plan=one.planned,
        p50=p50,
        p85=forecast.p85 if is_sure else None,
        late=forecast.late,
        slip=_between(view, one, one.planned, p50) if one.planned and p50 else None,
        standing=standing,
    )


def _between(view: View, one: Deliverable, was: date | None, is_: date | None) -> int:
    return view.calendar_of(one).between(was, is_) if was and is_ else 0


def _meetings(before: View, after: View) -> Iterator[MeetingMove]:
    again = {one.subject: one for one in after.deliverables}
    for one in before.deliverables:
        then = again.get(one.subject)
        if one.done or then is None or then.done:
            continue
        for key in (*one.gates, *one.events):
            was, is_ = before.event(key), after.event(key)
            if was is None or is_ is None or was.first_day < before.today or not is_open(is_):
                continue
            short, short_then = _short(before, one, was), _short(after, then, is_)
            if (was.first_day, max(0, short)) != (is_.first_day, max(0, short_then)):
                yield MeetingMove(
                    title=was.title or "a private event", deliverable=one.name,
                    day=was.first_day, then=is_.first_day, short=short, short_then=short_then,
                )  # fmt: skip


def _short(view: View, one: Deliverable, event: CalendarEvent) -> int:
    """Working days by which the event comes too early; 0 where nothing can be foretold."""
    likely = view.plan.finish(one.subject)
    return _between(view, one, event.first_day, likely)


def _teams(before: View, after: View, alone: Mapping[ItemKey, int]) -> Iterator[TeamMove]:
    every = dict(alone)
    for node in before.plan.nodes:
        was, is_ = before.plan.told(node), after.plan.told(node)
        if was and is_ and was != is_ and isinstance(node, ItemKey):
            every[node] = before.plan.days(node, was, is_)
    moved: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for key, days in every.items():
        for team in chains.teams(before, key):
            moved[team].append((chains.ref(before, key), days))
    for team, own in sorted(moved.items()):
        own.sort(key=lambda each: (-abs(each[1]), -each[1], each[0]))
        name = subjects.team_name(before, team)
        yield TeamMove(team=name, items=len(own), days=own[0][1], moved=tuple(own))


def left_open(view: View, key: ItemKey) -> list[str]:
    """Refs of what is open in it: to take it for done means to take these for done, too."""
    below = view.milestone_members(key) if key.kind is Kind.MILESTONE else view.children(key)
    issue = view.issue(key)
    code = implementing(view, issue) if issue else ()
    return [one.ref for one in (*below, *code) if is_open(one)]


def unforeseen(view: View, assumptions: Iterable[Assumption]) -> tuple[Unknown, ...]:
    """What an absence may move and nothing can tell: work of theirs that has no forecast."""
    forecasts, found = view.once(Forecasts), dict[tuple[str, str], Unknown]()
    for absent in (one for one in assumptions if isinstance(one, Absent)):
        for whole in (one for one in view.deliverables if not one.done):
            forecast = forecasts.of(whole)
            if forecast.items and forecast.p50 is None and _holds(view, absent.person, whole):
                found[absent.person.id, whole.subject] = Unknown(
                    rule="forecast-late",
                    subject=whole.subject,
                    reason=f"whether {whole.name} moves while {absent.person.name} is away: "
                    f"{forecast.reason}",
                )
    return tuple(found.values())


def _holds(view: View, person: Person, whole: Deliverable) -> bool:
    owners = {f"{source}:{account}" for source, account in person.accounts}
    items = (view.item(key) for key in whole.members)
    return any(item and is_open(item) and view.owner(item.key) in owners for item in items)
