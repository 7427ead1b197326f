"""What one attendee needs for one meeting, from one pass."""

from __future__ import annotations

from datetime import timedelta

from syncd.briefing import changes, freshness, meetings
from syncd.briefing.agenda import concerned, within
from syncd.briefing.brief import program
from syncd.briefing.meetings import Topic
from syncd.briefing.moved import Told
from syncd.briefing.reader import Reader
from syncd.briefing.risks import decisions, loud, open_to, risk
from syncd.briefing.teams import due_of, next_due
from syncd.briefing.wording import counts, cut, since_words
from syncd.model.briefs import Due, Meeting, MeetingPack
from syncd.model.items import CalendarEvent
from syncd.model.people import Person
from syncd.reconciler.facts import wording
from syncd.reconciler.forecast.presence import person_at
from syncd.text import clean_text

FIRST = timedelta(days=7)
"""How far back a meeting looks that never met."""
MOST_DATES = 6
MOST = {"changes": 10, "risks": 8, "decisions": 5}
"""Entries of each section that a mail shows; the rest is a number."""


def pack(reader: Reader, event: CalendarEvent, *, whole: bool = False) -> MeetingPack:
    """Of a meeting with a start: its own guests and deliverables; `whole` leaves out nothing."""
    most = {} if whole else MOST
    material = reader.material
    topic = meetings.topic_of(material, event)
    meeting = meetings.meeting_of(reader, event, topic)
    since = meeting.last_met or material.as_of - FIRST
    told = within(topic, changes.changes(reader, since))
    every = concerned(reader, topic, open_to(reader))
    risks, asked = loud(reader, every), decisions(reader, every)
    shown, more_changes = cut(tuple(one.line for one in told), most.get("changes"))
    first, more_risks = cut(risks, most.get("risks"))
    decided, more_decisions = cut(asked, most.get("decisions"))
    known, strangers = _guests(reader, event)
    return MeetingPack(
        person=reader.person.id,
        name=clean_text(reader.person.name, 60),
        for_leader=reader.for_leader,
        program=program(reader),
        meeting=meeting,
        as_of=material.as_of,
        since=since,
        zone=reader.zone,
        subject=_subject(reader, meeting),
        headline=_headline(told, len(risks), len(asked)),
        since_words=since_words(reader, since),
        changes=shown,
        more_changes=more_changes,
        moved=changes.moved(told),
        risks=tuple(risk(reader, one) for one in first),
        more_risks=more_risks,
        decisions=decided,
        more_decisions=more_decisions,
        dates=_dates(reader, topic),
        attendees=() if reader.for_leader else known,
        strangers=strangers,
        ages=material.ages,
        data=freshness.data(reader),
        stale=tuple(freshness.stale(reader)),
    )


def _subject(reader: Reader, meeting: Meeting) -> str:
    """`Ledger stand-up, Mon 23 Nov 09:30`."""
    local = reader.local(meeting.starts_at)
    return f"{meeting.title}, {wording.day(local.date(), reader.today)} {local:%H:%M}"


def _headline(told: tuple[Told, ...], risks: int, asked: int) -> str:
    """`2 dates moved and 1 cleared; 3 open risks and 1 decision due`."""
    said = counts(changes.moved(told), [one.line for one in told]) or ["Nothing changed"]
    parts = [wording.plural(risks, "open risk")] if risks else ["no open risk"]
    parts += [f"{wording.plural(asked, 'decision')} due"] if asked else []
    return f"{wording.listing(said)}; {wording.listing(parts)}"


def _dates(reader: Reader, topic: Topic) -> tuple[Due, ...]:
    known = reader.material.deliverables
    found = [due_of(reader, known[one]) for one in topic.deliverables]
    found += [next_due(reader, team) for team in topic.teams if team in reader.teams]
    unique = {(one.text, one.planned): one for one in found if one is not None}
    return tuple(unique.values())[:MOST_DATES]


def _guests(reader: Reader, event: CalendarEvent) -> tuple[tuple[str, ...], int]:
    """Names of those whom the configuration knows, and how many others are invited."""
    places, source = reader.material.places, event.key.source
    people: dict[str, Person] = {}
    strangers = 0
    for guest in event.attendees:
        person = person_at(places, source, guest.account)
        if person is None:
            strangers += 1
        elif guest.response != "declined":
            people[person.id] = person
    return tuple(clean_text(one.name, 60) for one in people.values()), strangers
