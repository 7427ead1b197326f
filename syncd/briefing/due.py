"""Whose brief and which packs are due, what they replace, and that each is sent once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.alerts.muting import instant
from syncd.briefing import meetings
from syncd.briefing.brief import brief
from syncd.briefing.material import Material
from syncd.briefing.pack import pack
from syncd.briefing.reader import Reader
from syncd.briefing.times import Occasion, occasion
from syncd.model.alerts import Message, MessageState, NoticeKind, Notification
from syncd.model.briefs import Brief, MeetingPack
from syncd.model.calendar import WorkingCalendar
from syncd.model.items import CalendarEvent
from syncd.model.people import BoundMeeting, Person, SetTime
from syncd.model.snapshot import Snapshot
from syncd.reconciler.config import ReconcilerConfig
from syncd.reconciler.resolve.selectors import names_event

FIRST_AT = time(8, 30)
"""Of the working day before: since when the first brief tells, where no time is set."""
BRIEF_WHY = "because you asked for a brief"
PACK_WHY = "because you are expected there"
PACK_OF = "pack "
"""So begins the identity of a pack that is sent at its time; one asked for begins otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Set:
    """What follows at set times: mails to queue, and waiting ones that are out of date."""

    notices: tuple[Notification, ...] = ()
    withdrawn: tuple[Message, ...] = ()


def since(
    person: Person, calendar: WorkingCalendar, sent: Sequence[Message], as_of: datetime
) -> datetime:
    """When the last brief that they got was made, else the time for the one before today's."""
    made = [
        one.queued_at
        for one in sent
        if one.person == person.id and one.reason == NoticeKind.BRIEF and _arrived(one)
    ]
    if made:
        return max(made)
    day = as_of.astimezone(ZoneInfo(person.timezone)).date()
    when = person.brief or SetTime(at=FIRST_AT)
    before = calendar.shift(day, -1) if when.weekday is None else day - timedelta(days=7)
    return instant(before, when.at, person.timezone)


def _arrived(message: Message) -> bool:
    return message.state is MessageState.SENT or message.in_doubt


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What decides whether anything is due; `material` is made only if something is."""

    snapshot: Snapshot
    config: ReconcilerConfig
    messages: Sequence[Message]
    """All of the outbox, but for what waits and is to be made anew."""
    ahead: timedelta
    """What falls due within this is made now: the next pass may come too late."""
    bound: tuple[BoundMeeting, ...]
    material: Callable[[], Material]

    @property
    def has_meetings(self) -> bool:
        """Whether a meeting that may be bound begins so soon that its pack may be due.

        Or whether a pack waits. By titles alone, since it is asked in every pass.
        """
        as_of = self.snapshot.as_of
        longest = max([meetings.PACK, *(one.pack for one in self.bound)]) + self.ahead
        soon = [
            one
            for one in self.snapshot.events
            if one.start_at is not None and as_of < one.start_at <= as_of + longest
        ]
        waits = any(map(_is_waiting_pack, self.messages))
        return waits or any(map(self._may_be_bound, soon))

    def _may_be_bound(self, event: CalendarEvent) -> bool:
        gates = [gate for one in self.config.deliverables for gate in one.gates]
        gates += [one for program in self.config.programs for one in program.milestones]
        selectors = [*(one.match for one in self.bound), *gates]
        pattern = self.config.events.gate
        return meetings.held(event) and (
            re.search(pattern, event.title, re.IGNORECASE) is not None
            or any(names_event(selector, event) for selector in selectors)
        )


def at_set_times(now: Moment) -> Set:
    """The briefs and packs to queue, and the waiting ones that they replace."""
    as_of = now.snapshot.as_of
    found = [
        one
        for person in now.config.people
        if (one := occasion(person, now.config.calendar_of(person), as_of, now.ahead))
        and not _is_queued(now.messages, person.id, brief_thread(one.day))
    ]
    notices = [
        brief_notice(Reader.of(one.person, now.material()), one, now.messages) for one in found
    ]
    withdrawn = list(_replaced(now.messages, {one.person.id for one in found}))
    if now.has_meetings:
        packs = Packs(now.material(), now.messages, now.ahead)
        notices += packs.notices()
        withdrawn += packs.withdrawn()
    return Set(notices=tuple(notices), withdrawn=tuple(withdrawn))


def brief_thread(day: date) -> str:
    """Identity of the brief of a day."""
    return f"brief {day.isoformat()}"


def brief_notice(reader: Reader, one: Occasion, messages: Sequence[Message]) -> Notification:
    """The mail of a brief."""
    start = since(reader.person, reader.calendar, messages, reader.material.as_of)
    return notice(reader, brief(reader, start), about=(brief_thread(one.day), 0), at=one.at)


def notice(
    reader: Reader,
    content: Brief | MeetingPack,
    *,
    about: tuple[str, int],
    at: datetime | None,
    round: int = 0,  # noqa: A002 - as in "another round"
) -> Notification:
    """The mail of a brief or pack, not before `at`; of one round it is sent to a person once."""
    is_brief = isinstance(content, Brief)
    return Notification(
        kind=NoticeKind.BRIEF if is_brief else NoticeKind.PACK,
        person=reader.person.id,
        transitions=(),
        program=content.program,
        why=BRIEF_WHY if is_brief else PACK_WHY,
        send_after=at if at and at > reader.material.as_of else None,
        as_of=reader.material.as_of,
        ages=content.ages,
        key=" ".join(map(str, (*about, round))),
        about=(about,),
        content=content,
        veiled=reader.material.hidden,
    )


def _is_queued(messages: Iterable[Message], person: str, thread: str) -> bool:
    """Whether there was such a message, whatever became of it."""
    return any(
        one.person == person and thread in {name for name, _ in one.alerts} for one in messages
    )


def _replaced(messages: Iterable[Message], people: set[str]) -> Iterator[Message]:
    """Briefs of earlier days that never left: today's tells the same."""
    for one in messages:
        is_old = one.state is MessageState.WAITING and one.reason == NoticeKind.BRIEF
        if is_old and one.person in people and not one.in_doubt:
            error = "replaced by the brief of a later day"
            yield replace(one, state=MessageState.SUPERSEDED, error=error)


def expired(message: Message, now: datetime) -> Message | None:
    """The message with its end where it is the pack of a meeting that has begun; else None."""
    starts = [minute for name, minute in message.alerts if name.startswith(PACK_OF)]
    if message.reason != NoticeKind.PACK or not starts or now.timestamp() < min(starts) * 60:
        return None
    error = "expired: the meeting has begun"
    return replace(message, state=MessageState.SUPERSEDED, error=error, send_after=now)


def _is_waiting_pack(message: Message) -> bool:
    return message.reason == NoticeKind.PACK and message.state is MessageState.WAITING


class Packs:
    """Packs of the meetings that begin soon."""

    def __init__(self, material: Material, messages: Sequence[Message], ahead: timedelta) -> None:
        self._material, self._messages, self._ahead = material, messages, ahead
        self._due = tuple(self._soon())

    def notices(self) -> Iterator[Notification]:
        """One for each guest whom the configuration knows, of meetings whose time has come."""
        for event, lead in self._due:
            starts = event.start_at or self._material.as_of
            for person in self._readers(event):
                if self._is_told(event, person):
                    continue
                reader = Reader.of(person, self._material)
                if meetings.sees(reader, event):
                    yield notice(
                        reader, pack(reader, event), about=about(event), at=starts - lead,
                        round=self._replaced(event, person),
                    )  # fmt: skip

    def withdrawn(self) -> Iterator[Message]:
        """Waiting ones of meetings that were moved or cancelled, or have begun, or to no guest."""
        right = {(about(each), who.id) for each, _ in self._due for who in self._readers(each)}
        for one in self._messages:
            is_wrong = right.isdisjoint((each, one.person) for each in one.alerts)
            if _is_waiting_pack(one) and is_wrong and not one.in_doubt:
                error = "the meeting was moved, cancelled or declined, or it has begun"
                yield replace(one, state=MessageState.SUPERSEDED, error=error)

    def _readers(self, event: CalendarEvent) -> Iterator[Person]:
        """Whom the configuration knows of those who come."""
        for person in self._material.view.config.people:
            if person.packs and meetings.attends(self._material, event, person):
                yield person

    def _soon(self) -> Iterator[tuple[CalendarEvent, timedelta]]:
        as_of, seen = self._material.as_of, set[tuple[str, datetime]]()
        for event in self._material.view.snapshot.events:
            if not meetings.held(event) or event.start_at is None or event.start_at <= as_of:
                continue
            topic = meetings.topic_of(self._material, event)
            place = event.ical_uid or str(event.key), event.start_at
            is_soon = event.start_at - topic.pack - self._ahead <= as_of
            if topic.is_bound and topic.pack and is_soon and place not in seen:
                seen.add(place)
                yield event, topic.pack

    def _is_told(self, event: CalendarEvent, person: Person) -> bool:
        """Whether it was sent, though for another hour of the day, or waits for this very hour."""
        thread, minute = about(event)
        return any(
            _arrived(one) or ((thread, minute) in one.alerts and not _is_replaced(one))
            for one in self._messages
            if one.person == person.id and thread in {name for name, _ in one.alerts}
        )

    def _replaced(self, event: CalendarEvent, person: Person) -> int:
        """How often one for this very hour was taken back: the meeting was moved to and fro."""
        return sum(
            one.person == person.id and about(event) in one.alerts and _is_replaced(one)
            for one in self._messages
        )


def _is_replaced(message: Message) -> bool:
    return message.state is MessageState.SUPERSEDED


def about(event: CalendarEvent) -> tuple[str, int]:
    """Identity of one meeting, the same when it is moved within its day, and its minute."""
    minute = int(event.start_at.timestamp()) // 60 if event.start_at else 0
    return f"{PACK_OF}{event.key} {event.first_day.isoformat()}", minute
