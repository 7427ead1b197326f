"""Whose weekly is due: once a week and person, also after a missed tick or a change of clocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd.alerts.muting import after_quiet, instant
from syncd.model.alerts import Message, MessageState, NoticeKind, Notification
from syncd.model.briefs import Ages
from syncd.model.calendar import WorkingCalendar, local_time
from syncd.model.people import Person, Program, SetTime
from syncd.model.weeklies import Attachment
from syncd.reconciler.config import ReconcilerConfig
from syncd.report.contents import Report
from syncd.report.page import file_name, page

MADE_UP = timedelta(hours=72)
"""How late a weekly may be: what was missed on a Friday is worth reading on Monday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One person's weekly of one program, and the moment that it was set for."""

    person: Person
    program: str
    """Id; "" for all that is held."""
    slot: datetime


def occasions(
    config: ReconcilerConfig,
    as_of: datetime,
    last_run: datetime | None,
    barred: Iterable[Message] = (),
) -> Iterator[Occasion]:
    """Those whose time came after the last pass: so each is found by one pass only.

    `last_run` is when that pass was; None = there was none, and then nothing was missed. The newest
    one comes again while it is among the `barred`: it waits, and may not leave as it is.
    """
    again = {(one.person, name) for one in barred for name, _ in one.alerts}
    for person in config.people:
        if person.weekly is None or last_run is None:
            continue
        slot = latest(person.weekly, person.timezone, config.calendar_of(person), as_of)
        if slot is None:
            continue
        is_new = last_run < slot and as_of - slot <= MADE_UP
        for program in followed(person, config.programs):
            one = Occasion(person=person, program=program, slot=slot)
            if is_new or (person.id, thread(one)) in again:
                yield one


def thread(one: Occasion) -> str:
    """Identity of the weekly of a day."""
    return f"weekly {one.program} {local_time(one.slot, one.person.timezone).date()}"


def replaced(messages: Iterable[Message], made: Iterable[Notification]) -> Iterator[Message]:
    """Weeklies of earlier weeks that never left, of whose program there is a newer one now."""
    newer = {(one.person, name.rpartition(" ")[0]): name for one in made for name, _ in one.about}
    for one in messages:
        is_waiting = one.state is MessageState.WAITING and not one.in_doubt
        if one.reason != NoticeKind.WEEKLY or not is_waiting:
            continue
        for name, _ in one.alerts:
            if newer.get((one.person, name.rpartition(" ")[0]), name) != name:
                error = "replaced by the weekly of a later week"
                yield replace(one, state=MessageState.SUPERSEDED, error=error)


def latest(when: SetTime, zone: str, calendar: WorkingCalendar, as_of: datetime) -> datetime | None:
    """The last set time at or before `as_of`, as UTC; what a clock skips is as much later."""
    today = local_time(as_of, zone).date()
    for back in range(15):
        day = today - timedelta(days=back)
        at = instant(day, when.at, zone)
        if when.falls_on(day, calendar) and at <= as_of:
            return at
    return None


def followed(person: Person, programs: tuple[Program, ...]) -> tuple[str, ...]:
    """Ids of the programs that a person hears of; all that is held where there is no program."""
    if not programs:
        return ("",)
    return tuple(program.id for program in programs if program.is_followed_by(person))


def notice(one: Occasion, report: Report, ages: Ages, hidden: tuple[str, ...] = ()) -> Notification:
    """The mail, with the report for leaders beside it; `hidden` scopes are not in it."""
    at = after_quiet(one.person, report.as_of)
    name = report.weekly.program
    return Notification(
        kind=NoticeKind.WEEKLY,
        person=one.person.id,
        transitions=(),
        program=name,
        why=f"because you get the weekly of {name}" if name else "because you get the weekly",
        send_after=at if at > report.as_of else None,
        as_of=report.as_of,
        ages=ages,
        key=thread(one),
        about=((thread(one), 0),),
        content=report.weekly,
        veiled=hidden,
        attachment=Attachment(name=file_name(report), content=page(report)),
    )
