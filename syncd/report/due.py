"""Whose weekly is due: once a week and person, also after a missed tick or a change of clocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from syncd.alerts.muting import after_quiet, instant
from syncd.model.alerts import NoticeKind, Notification
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
    config: ReconcilerConfig, as_of: datetime, last_run: datetime | None
) -> Iterator[Occasion]:
    """Those whose time came after the last pass: so each is found by one pass only.

    `last_run` is when that pass was; None = there was none, and then nothing was missed.
    """
    for person in config.people:
        if person.weekly is None or last_run is None:
            continue
        slot = latest(person.weekly, person.timezone, config.calendar_of(person), as_of)
        if slot and last_run < slot and as_of - slot <= MADE_UP:
            for program in followed(person, config.programs):
                yield Occasion(person=person, program=program, slot=slot)


def latest(when: SetTime, zone: str, calendar: WorkingCalendar, as_of: datetime) -> datetime | None:
    """The last set time at or before `as_of`, as UTC; what a clock skips is as much later."""
    today = local_time(as_of, zone).date()
    for back in range(15):
        day = today - timedelta(days=back)
        is_day = calendar.works(day) if when.weekday is None else day.weekday() == when.weekday
        at = instant(day, when.at, zone)
        if is_day and at <= as_of:
            return at
    return None


def followed(person: Person, programs: tuple[Program, ...]) -> tuple[str, ...]:
    """Ids of the programs that a person hears of; all that is held where there is no program."""
    if not programs:
        return ("",)
    return tuple(
        program.id
        for program in programs
        if program.id in person.programs
        or any(person.id in names for _, names in program.stakeholders)
    )


def notice(one: Occasion, report: Report, ages: Ages) -> Notification:
    """The mail, with the report for leaders beside it."""
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
        key=f"weekly {one.program} {_day(one)}",
        content=report.weekly,
        attachment=Attachment(name=file_name(report), content=page(report)),
    )


def _day(one: Occasion) -> date:
    return local_time(one.slot, one.person.timezone).date()
