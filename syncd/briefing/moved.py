"""Dates that moved since somebody last heard: set by people, or expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from syncd.briefing.material import Material, Move
from syncd.briefing.reader import Reader
from syncd.briefing.wording import days_to, range_end, short_day, slip_words
from syncd.model.alerts import Alert
from syncd.model.briefs import Changed, News
from syncd.model.findings import Standing
from syncd.model.forecasts import Forecast, Grade, PastForecast, another_way
from syncd.model.items import CalendarEvent, Issue, Item, ItemKey, Milestone
from syncd.reconciler.facts import subjects
from syncd.reconciler.resolve.claims import day_of, is_open
from syncd.reconciler.view import Deliverable
from syncd.text import clean_text

STEADY_BD = 2
"""Working days by which a forecast must move to be told: its odds stir with every item closed."""
_TOLD_BY_DATE = frozenset({"date-moved", "event-moved", "dead-date", "dates-disagree"})
"""Rules whose expected day is a date that somebody set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A change with what it is about, to be ranked and to be chosen from."""

    line: Changed
    subject: str
    rule: str = ""
    """Of the alert that it is about."""
    teams: frozenset[str] = frozenset()
    deliverables: frozenset[str] = frozenset()
    by: str = ""
    """Person id of who answered."""
    weight: tuple[int, ...] = ()
    """Smaller comes first."""
    dropped: str = ""
    """Key of the one item that it says was dropped."""
    dates: frozenset[tuple[str, date]] = frozenset()
    """Keys of items with the day to which the date of each moved."""


def stated(material: Material, since: datetime) -> tuple[Move, ...]:
    """Net moves of the own dates of open items after `since`, by key; looked for once."""
    if since not in material.moves:
        material.moves[since] = _stated(material, since)
    return material.moves[since]


def _stated(material: Material, since: datetime) -> tuple[Move, ...]:
    changed = {change.item for change in material.view.snapshot.changes if change.at > since}
    found = (_move(material, key, since) for key in sorted(changed))
    return tuple(one for one in found if one)


def _move(material: Material, key: ItemKey, since: datetime) -> Move | None:
    view = material.view
    target, item = view.own_target(key), view.item(key)
    if item is None or target is None or not is_open(item):
        return None
    moved = [change for change in view.moves(target.claim) if change.at > since]
    if not moved or (isinstance(item, CalendarEvent) and not view.deliverables_of(key)):
        return None
    calendar = view.calendar(key)
    before = day_of(moved[0].old, calendar)
    if before is None or before == target.day:
        return None
    slip = calendar.between(before, target.day)
    return Move(item=item, before=before, after=target.day, slip=slip, at=moved[-1].at)


def stated_lines(reader: Reader, moves: tuple[Move, ...]) -> Iterator[Told]:
    """Those that concern the reader; what is one deliverable in several tools is told once.

    The tool whose word counts speaks for it.
    """
    told = set[tuple[str, date, date]]()
    bound = {move.item.key: _bound(reader, move.item) for move in moves}
    for move in sorted(moves, key=lambda one: not _counts(one.item, bound[one.item.key])):
        if not reader.has_item(move.item.key):
            continue
        deliverable = bound[move.item.key]
        if reader.for_leader and not _is_for_leaders(move.item, deliverable):
            continue
        if deliverable is not None:
            place = deliverable.subject, move.before, move.after
            if place in told:
                continue
            told.add(place)
        yield _stated_line(reader, move, deliverable)


def _bound(reader: Reader, item: Item) -> Deliverable | None:
    """The deliverable that the item is, or whose review or launch it is."""
    return next(
        (
            one
            for one in reader.material.view.deliverables_of(item.key)
            if item.key in (*one.bound, *one.events) and reader.has(one)
        ),
        None,
    )


def _counts(item: Item, deliverable: Deliverable | None) -> bool:
    """Whether the deliverable's date is the item's word: what another tool says is not its date."""
    return bool(deliverable and deliverable.target and deliverable.target.claim in item.claims)


def _is_for_leaders(item: Item, deliverable: Deliverable | None) -> bool:
    return (isinstance(item, CalendarEvent) and deliverable is not None) or _counts(
        item, deliverable
    )


def _stated_line(reader: Reader, move: Move, deliverable: Deliverable | None) -> Told:
    view, item = reader.material.view, move.item
    team = view.team_of(item.key).team
    within = view.deliverables_of(item.key)
    # An event or a release has no team: its move concerns whoever works on what it belongs to.
    teams = {team} if team else {one for each in within for one in each.teams}
    hidden = isinstance(item, Issue) and item.restricted
    name = _name(reader, item, deliverable)
    subject = deliverable.subject if deliverable else str(item.key)
    # The alert of a deliverable's date keeps no other name of it.
    names = {str(item.key), subject} if _counts(item, deliverable) else {str(item.key)}
    return Told(
        line=_line(
            reader, name, move.before, move.after, move.slip, at=move.at,
            ref="" if hidden or reader.for_leader else clean_text(item.ref, 80),
            url="" if hidden or reader.for_leader else item.url,
        ),
        subject=subject,
        teams=frozenset(teams),
        deliverables=frozenset(one.id for one in within),
        weight=(0 if deliverable else 1, -abs(move.slip)),
        dates=frozenset((one, move.after) for one in names),
    )  # fmt: skip


def _name(reader: Reader, item: Item, deliverable: Deliverable | None) -> str:
    if isinstance(item, Issue) and item.restricted:
        return "A restricted item"
    if isinstance(item, CalendarEvent):
        return clean_text(item.title, 80) or "A private event"
    if deliverable is not None and _counts(item, deliverable):
        return reader.name_of(deliverable)
    if isinstance(item, Milestone):
        return clean_text(f"{subjects.called(item)} ({item.ref})", 120)
    return clean_text(subjects.called(item), 120)


def _line(
    reader: Reader,
    name: str,
    before: date,
    after: date,
    slip: int,
    *,
    at: datetime | None,
    ref: str = "",
    url: str = "",
    expected: str = "",
    alert: str = "",
    days: tuple[str, str] | None = None,
    way: str = "",
) -> Changed:
    first, last = days or (short_day(before, reader.today), short_day(after, reader.today))
    by = f", {slip_words(slip)}" if slip else ""
    by += f" (told {way})" if way else ""
    return Changed(
        text=f"{name}{expected}: {first} → {last}{by}",
        ref=ref,
        url=url,
        alert=alert,
        news=News.MOVED,
        standing=Standing.LATE if slip > 0 else Standing.ON_PLAN,
        before=before,
        after=after,
        slip=slip,
        at=at,
    )


def foretold_lines(reader: Reader, since: datetime) -> Iterator[Told]:
    """Deliverables whose kept forecast moved since; one is kept a week, so each is told weekly."""
    view = reader.material.view
    kept: dict[str, list[PastForecast]] = {}
    for past in sorted(view.snapshot.forecasts, key=lambda one: one.made_at):
        kept.setdefault(past.forecast.subject, []).append(past)
    for one in view.deliverables:
        every = kept.get(one.subject, ())
        if one.done or len(every) < 2 or every[-1].made_at <= since or not reader.has(one):
            continue
        was, now = every[-2].forecast, every[-1].forecast
        before, after = was.p50, now.p50
        slip = view.config.calendar.between(before, after) if before and after else 0
        if before and after and abs(slip) >= STEADY_BD:
            line = _line(
                reader, reader.name_of(one), before, after, slip, at=every[-1].made_at,
                expected=", expected", days=(_expected(reader, was), _expected(reader, now)),
                way=another_way(was, now),
            )  # fmt: skip
            yield Told(
                line=line,
                subject=one.subject,
                teams=frozenset(one.teams),
                deliverables=frozenset({one.id}),
                weight=(0 if one.tier == "A" else 1, -abs(slip)),
            )


def _expected(reader: Reader, found: Forecast) -> str:
    last = found.p85 if found.grade is Grade.C else None
    return days_to(found.p50, last, reader.today) if found.p50 else ""


def back_line(reader: Reader, alert: Alert, since: datetime) -> Told | None:
    """That the date of an alert that is over moved again, to whoever heard of its first move."""
    finding = alert.finding
    keys = {finding.discriminator, finding.subject, *finding.encloses}
    every = stated(reader.material, since) if not finding.restricted else ()
    move = next((one for one in every if str(one.item.key) in keys), None)
    if move is None:
        return None
    line = _line(
        reader, reader.called(finding), move.before, move.after, move.slip, at=move.at,
        alert=reader.number(alert), ref=reader.ref(finding), url=reader.url(finding),
    )  # fmt: skip
    return Told(
        line=line,
        subject=finding.subject,
        rule=finding.rule,
        teams=frozenset(finding.teams),
        deliverables=frozenset({finding.deliverable} if finding.deliverable else ()),
        weight=(0 if finding.tier == "A" else 1, -abs(move.slip)),
        dates=frozenset({(str(move.item.key), move.after)}),
    )


def expected_line(reader: Reader, then: Alert, now: Alert, at: datetime) -> Told | None:
    """That what is expected moved while an alert was open; None where it did not, or hardly."""
    finding, before, after = now.finding, then.finding.expected, now.finding.expected
    if finding.rule in _TOLD_BY_DATE or before is None or after is None:
        return None
    slip = reader.material.view.config.calendar.between(before, after)
    if abs(slip) < (STEADY_BD if finding.rule == "forecast-late" else 1):
        return None
    shown = reader.shown(finding)
    name = clean_text(shown.title or shown.ref, 120)
    if not reader.for_leader and not finding.restricted and shown.ref not in name:
        name = f"{name} ({clean_text(shown.ref, 80)})"
    is_range = bool(finding.sure_by and range_end(reader, finding.subject, after))
    first, last = (one.finding.sure_by if is_range else None for one in (then, now))
    line = _line(
        reader, name, before, after, slip, at=at, expected=", expected",
        days=(days_to(before, first, reader.today), days_to(after, last, reader.today)),
        alert=reader.number(now), ref=reader.ref(finding), url=reader.url(finding),
    )  # fmt: skip
    return Told(
        line=line,
        subject=finding.subject,
        teams=frozenset(finding.teams),
        deliverables=frozenset({finding.deliverable} if finding.deliverable else ()),
        weight=(0 if finding.tier == "A" else 1, -abs(slip)),
    )
