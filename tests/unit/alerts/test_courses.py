"""How the date of an alert moved: from its rule, else from what was recorded of it."""

from datetime import date, timedelta

import pytest

from syncd.alerts.courses import course_of, with_courses
from syncd.model.alerts import Reason, Transition
from syncd.model.calendar import WorkingCalendar
from syncd.testing.alerts import finding, notification, transition
from syncd.testing.builders import AS_OF

BERLIN = WorkingCalendar(zone="Europe/Berlin")
DAY = timedelta(days=1)


def at(days: float, expected: int | None, **fields: object) -> Transition:
    found = finding(expected=date(2026, 12, expected) if expected else None)
    return transition(found, at=AS_OF + days * DAY, **fields)


def test_what_the_rule_knows_comes_first() -> None:
    course = ((date(2026, 11, 1), date(2026, 11, 24)), (date(2026, 11, 23), date(2026, 11, 30)))
    told = transition(finding(course=course))
    assert course_of(told, lambda _: (at(-3, 1), at(-2, 2)), BERLIN) == course


def test_else_each_day_that_something_was_recorded_is_a_point() -> None:
    """The last word of a day counts, in the zone of the organisation; what has no date is none."""
    before = (at(-3, 1), at(-2, None), at(-1, 2), at(-0.6, 3), at(-0.3, 4))
    course = course_of(at(0, 7), lambda _: before, BERLIN)
    assert course == (
        (date(2026, 11, 20), date(2026, 12, 1)),
        (date(2026, 11, 22), date(2026, 12, 3)),
        (date(2026, 11, 23), date(2026, 12, 7)),
    )


def test_an_earlier_episode_is_another_story() -> None:
    before = (at(-9, 1, episode=1), at(-2, 2, episode=2))
    course = course_of(at(0, 7, episode=2), lambda _: before, BERLIN)
    assert [day.day for _, day in course] == [2, 7]


def test_only_mails_of_one_alert_get_one() -> None:
    asked: list[str] = []

    def recorded(fingerprint: str) -> tuple[Transition, ...]:
        asked.append(fingerprint)
        return (at(-3, 1),)

    told = at(0, 7, reason=Reason.WORSE)
    one, many = with_courses([notification(told), notification(told, told)], recorded, BERLIN)
    assert len(one.course) == 2
    assert not many.course
    assert asked == [told.alert.fingerprint]


def days(*points: tuple[int, int]) -> tuple[tuple[date, date], ...]:
    """(day of November, day of December) as a course; 21 and 22 November are a weekend."""
    return tuple((date(2026, 11, on), date(2026, 12, said)) for on, said in points)


@pytest.mark.parametrize(
    ("course", "shown"),
    [
        (days((18, 1), (22, 2), (23, 7)), days((18, 1), (20, 1), (23, 7))),
        (days((18, 1), (21, 2), (22, 3), (24, 7)), days((18, 1), (20, 1), (23, 3), (24, 7))),
        (days((18, 1), (20, 2), (22, 3), (23, 3)), days((18, 1), (20, 2), (23, 3))),
        (days((18, 1), (20, 2), (21, 3), (22, 4)), days((18, 1), (20, 2), (22, 4))),
        (days((21, 1), (22, 2), (23, 3)), days((21, 1), (23, 3))),
        (days((22, 2)), days((22, 2))),
    ],
)
def test_it_tells_what_stood_on_working_days(course, shown) -> None:
    """Whoever reads "was 1 Dec on Fri 20 Nov" heard it then; on a Sunday nobody did."""
    told = transition(finding(course=course))
    (mail,) = with_courses([notification(told)], lambda _: (), BERLIN)
    assert mail.course == shown
