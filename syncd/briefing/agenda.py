"""The meetings of the reader's day: what to ask, and what changed since each last met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from syncd.briefing import changes, meetings
from syncd.briefing.material import Open
from syncd.briefing.meetings import Topic
from syncd.briefing.moved import Told
from syncd.briefing.reader import Reader
from syncd.briefing.risks import answer, loud
from syncd.briefing.wording import cut, since_words
from syncd.model.briefs import Agenda, Line
from syncd.model.items import CalendarEvent

MOST_ASKED, MOST_CHANGED = 3, 3


def agendas(reader: Reader, some: Sequence[Open]) -> Iterator[Agenda]:
    """In the order of the day; `some` are the open problems that the reader follows."""
    for event in meetings.today(reader):
        yield agenda(reader, event, some)


def agenda(reader: Reader, event: CalendarEvent, some: Sequence[Open]) -> Agenda:
    """Of one meeting."""
    topic = meetings.topic_of(reader.material, event)
    meeting = meetings.meeting_of(reader, event, topic)
    if meeting.last_met is None:
        return Agenda(meeting=meeting, ask=tuple(ask(reader, topic, some)))
    told = within(topic, changes.changes(reader, meeting.last_met))
    shown, more = cut(tuple(one.line for one in told), MOST_CHANGED)
    return Agenda(
        meeting=meeting,
        ask=tuple(ask(reader, topic, some)),
        changed=shown,
        more_changed=more,
        since_words=since_words(reader, meeting.last_met),
    )


def within(topic: Topic, told: Iterable[Told]) -> tuple[Told, ...]:
    """Changes of what a meeting is about."""
    return changes.about(told, topic.teams, topic.deliverables, topic.subjects)


def concerned(reader: Reader, topic: Topic, some: Iterable[Open]) -> tuple[Open, ...]:
    """Open problems of what a meeting is about, worst first."""
    return tuple(
        one
        for one in some
        if one.finding.deliverable in topic.deliverables
        or one.finding.subject in topic.subjects
        or any(reader.is_of(one.finding, team) for team in topic.teams)
    )


def ask(reader: Reader, topic: Topic, some: Sequence[Open]) -> Iterator[Line]:
    """What to ask there: the worst first, what nobody has taken before what somebody has."""
    found = loud(reader, concerned(reader, topic, some))
    by_state = sorted(found, key=lambda one: answer(reader, one) is not None)
    for one in by_state[:MOST_ASKED]:
        yield Line(
            text=reader.asked(one.finding) or reader.sentence(one.finding),
            ref=reader.ref(one.finding),
            url=reader.url(one.finding),
            alert=reader.number(one.alert),
        )
