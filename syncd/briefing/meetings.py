"""Which meetings a reader has, what each is about, and when it last met."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.briefing.material import Material
from syncd.briefing.reader import Reader
from syncd.briefing.wording import clock
from syncd.model.briefs import Meeting, MeetingKind
from syncd.model.items import CalendarEvent, ItemKey
from syncd.model.people import BoundMeeting, Person, Role
from syncd.reconciler.forecast.presence import person_at
from syncd.reconciler.view import View
from syncd.text import clean_text

PACK = timedelta(minutes=30)
"""How long before a review of a deliverable its pack leaves."""
FEW_TEAMS = 2
"""With guests of more teams a meeting is about none of them in particular."""
_STAND_UP = re.compile(r"\bstand[- ]?up\b|\bdaily\b", re.IGNORECASE)
_WORDS = re.compile(r"[^\W_]+")
_RISKS = re.compile(r"\brisks?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What a meeting is about; `is_bound`: the configuration or a deliverable says so."""

    kind: MeetingKind
    teams: tuple[str, ...] = ()
    deliverables: tuple[str, ...] = ()
    """Ids."""
    subjects: tuple[str, ...] = ()
    """Items that it names."""
    pack: timedelta = timedelta()
    is_bound: bool = False


def held(event: CalendarEvent) -> bool:
    """Whether it is a meeting of which anything may be told."""
    is_open = event.status != "cancelled" and event.type == "default"
    return is_open and bool(event.title) and not event.private and event.start_at is not None


def sees(reader: Reader, event: CalendarEvent) -> bool:
    """Whether the reader may see the meeting: who runs what it is about need not be invited."""
    shown = reader.material.view.event(event.key)
    return shown is not None and held(shown)


def attends(material: Material, event: CalendarEvent, person: Person) -> bool:
    """Whether the person is expected there.

    That is a guest who did not decline, the organiser, or the one whose calendar it is in; of a
    bound meeting without a guest list, who runs what it is about.
    """
    places, source = material.places, event.key.source
    for guest in event.attendees:
        if _is(person_at(places, source, guest.account), person):
            return guest.response != "declined"
    names = [name for name in (event.organiser, event.scope) if name]
    if any(_is(person_at(places, source, name), person) for name in names):
        return True
    return not event.attendees and _runs(material, event, person)


def _is(found: Person | None, person: Person) -> bool:
    """Whether it is they, though the reader may be looked at in another zone."""
    return found is not None and found.id == person.id


def _runs(material: Material, event: CalendarEvent, person: Person) -> bool:
    topic = topic_of(material, event)
    if not topic.is_bound:
        return False
    config = material.view.config
    owners = [material.deliverables[one].owner for one in topic.deliverables]
    accounts = {f"person:{person.id}", *(f"{name}:{account}" for name, account in person.accounts)}
    if any(owner in accounts for owner in owners):
        return True
    programs = {p for one in topic.deliverables for p in material.deliverables[one].programs}
    programs |= {one.id for one in config.programs if set(one.teams) & set(topic.teams)}
    leads = {team.lead for team in config.teams if team.id in topic.teams}
    is_tpm = person.role is Role.TPM and bool(programs & set(person.programs))
    is_lead = person.role is Role.LEAD and person.team in topic.teams
    return is_tpm or is_lead or person.id in leads


def topic_of(material: Material, event: CalendarEvent) -> Topic:
    """As configured, else by the deliverables that it is a review of, else by title and guests."""
    table = material.view.once(_Bound).of(material.meetings).get(event.key)
    gated = tuple(one.id for one in material.view.deliverables if event.key in one.gates)
    if table is not None:
        teams = [team for p in material.view.config.programs if p.id in table.programs
                 for team in p.teams]  # fmt: skip
        about = tuple(dict.fromkeys([*table.teams, *teams])) or (
            () if gated else _teams(material, event)
        )
        return Topic(kind=table.kind, teams=about, deliverables=gated, pack=table.pack,
                     subjects=_named(material.view, event), is_bound=True)  # fmt: skip
    if gated:
        return Topic(kind=MeetingKind.GO_NO_GO, deliverables=gated, pack=PACK, is_bound=True)
    named = _named(material.view, event)
    return Topic(kind=_kind(event.title), teams=_teams(material, event), subjects=named)


class _Bound:
    """Events of the `[meetings]` tables, looked up once for a view."""

    def __init__(self, view: View) -> None:
        self._view, self._found = view, dict[ItemKey, BoundMeeting]()
        self._for: tuple[BoundMeeting, ...] = ()

    def of(self, meetings: tuple[BoundMeeting, ...]) -> Mapping[ItemKey, BoundMeeting]:
        """Key of the event → the first table that names it."""
        if self._for != meetings:
            self._for = meetings
            for table in reversed(meetings):
                self._found |= {item.key: table for item in self._view.select(table.match)}
        return self._found


def _kind(title: str) -> MeetingKind:
    if _STAND_UP.search(title):
        return MeetingKind.STAND_UP
    return MeetingKind.RISK_REVIEW if _RISKS.search(title) else MeetingKind.OTHER


def _named(view: View, event: CalendarEvent) -> tuple[str, ...]:
    found = (view.find(ref) for ref in event.refs)
    return tuple(str(item.key) for item in found if item is not None)


def _teams(material: Material, event: CalendarEvent) -> tuple[str, ...]:
    """Teams that its title names, else those of its guests where these are few."""
    words = f" {' '.join(_WORDS.findall(event.title.casefold()))} "
    titled = [
        team.id for team in material.view.config.teams if f" {team.name.casefold()} " in words
    ]
    if titled:
        return tuple(titled)
    people = (person_at(material.places, event.key.source, one.account) for one in event.attendees)
    teams = sorted({one.team for one in people if one is not None and one.team})
    return tuple(teams) if len(teams) <= FEW_TEAMS else ()


def meeting_of(reader: Reader, event: CalendarEvent, topic: Topic) -> Meeting:
    """The meeting on the reader's clock. The event must have a start."""
    starts = event.start_at or reader.material.as_of
    return Meeting(
        key=str(event.key),
        title=clean_text(event.title, 100),
        kind=topic.kind,
        starts_at=starts,
        clock=clock(reader, starts),
        ends_at=event.end_at,
        last_met=last_met(reader.material, event),
        url=event.url,
    )


def last_met(material: Material, event: CalendarEvent) -> datetime | None:
    """Start of the meeting of its series before this one; None without a series or before it."""
    series = material.view.once(_series).get(_series_of(event), ())
    starts = event.start_at or material.as_of
    before = [at for at in series if at < min(starts, material.as_of)]
    return max(before, default=None)


def _series(view: View) -> Mapping[tuple[str, str], tuple[datetime, ...]]:
    found: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for event in view.snapshot.events:
        series = _series_of(event)
        if series[1] and event.start_at and event.status != "cancelled":
            found[series].append(event.start_at)
    return {series: tuple(many) for series, many in found.items()}


def _series_of(event: CalendarEvent) -> tuple[str, str]:
    return event.key.source, event.recurring_id or event.ical_uid or ""


def today(reader: Reader) -> Iterator[CalendarEvent]:
    """The reader's meetings of their day that are not over, in order, each once."""
    for event in upcoming(reader):
        if event.start_at and reader.day_of(event.start_at) == reader.today:
            yield event


def upcoming(reader: Reader) -> Iterator[CalendarEvent]:
    """The reader's meetings that are not over, in order, each once."""
    seen = set[tuple[str, datetime]]()
    for event in ahead(reader.material):
        place = event.ical_uid or event.title, event.start_at or reader.material.as_of
        if place not in seen and attends(reader.material, event, reader.person):
            seen.add(place)
            yield event


def ahead(material: Material) -> Iterator[CalendarEvent]:
    """Meetings that are not over, in order."""
    found = [(one.start_at, one) for one in material.view.snapshot.events if held(one)]
    dated = [(starts, one) for starts, one in found if starts is not None]
    for starts, event in sorted(dated, key=lambda pair: (pair[0], pair[1].key)):
        if (event.end_at or starts) >= material.as_of:
            yield event
