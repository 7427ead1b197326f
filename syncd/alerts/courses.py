"""How the date of an alert moved while people were told of it, for the slip chart of its mail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from syncd.model.alerts import NoticeKind, Notification, Transition
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Course

Recorded = Callable[[str], Iterable[Transition]]
"""The recorded transitions of an alert, oldest first, by its fingerprint."""


def with_courses(
    notices: Sequence[Notification], recorded: Recorded, calendar: WorkingCalendar
) -> tuple[Notification, ...]:
    """Each notice of one alert with the course of its date; the others as they are.

    What it names besides its first and its newest day are working days: on these people hear.
    """
    return tuple(
        replace(one, course=_worked(course_of(one.transitions[0], recorded, calendar), calendar))
        if one.kind is NoticeKind.ALERT
        else one
        for one in notices
    )


def course_of(told: Transition, recorded: Recorded, calendar: WorkingCalendar) -> Course:
    """What the rule knows of it; else what this episode of the alert recorded, a point a day."""
    alert = told.alert
    if alert.finding.course:
        return alert.finding.course
    before = (one for one in recorded(alert.fingerprint) if one.alert.episode == alert.episode)
    return tuple(
        sorted(
            {
                calendar.local_date(one.at): one.alert.finding.expected
                for one in (*before, told)
                if one.alert.finding.expected is not None
            }.items()
        )
    )


def _worked(course: Course, calendar: WorkingCalendar) -> Course:
    """Of each free day between, what stood on the working day before, and stands on the next."""
    if not course:
        return ()
    (first, known), *between = course[:-1] or course
    last, _ = course[-1]
    found = {first: known}
    for on, value in between:
        if calendar.works(on):
            found[on] = value
        else:
            found.setdefault(max(first, calendar.shift(on, -1)), known)
            if (following := calendar.shift(on, 1)) < last:
                found[following] = value
        known = value
    return (*sorted(found.items()), course[-1]) if first < last else course
