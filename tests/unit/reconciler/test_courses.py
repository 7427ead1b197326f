"""The staircase of a date that people moved."""

from datetime import UTC, date, datetime

from syncd.model.calendar import WorkingCalendar
from syncd.model.history import Change
from syncd.reconciler.facts.courses import MOST_STEPS, of_steps
from syncd.reconciler.facts.moves import steps
from syncd.testing.builders import issue

KEY = issue("LED-88").key
TODAY = date(2026, 11, 23)


def moved(*moves: tuple[int, str | None, str]) -> tuple[tuple[date, date], ...]:
    changes = [
        Change(KEY, "due", old, new, datetime(2026, 11, day, 10, tzinfo=UTC), f"c{day}")
        for day, old, new in moves
    ]
    return of_steps(steps(changes, WorkingCalendar()), TODAY, WorkingCalendar())


def test_a_date_stands_until_the_day_before_it_moves() -> None:
    assert moved((4, "2026-11-24", "2026-11-25"), (18, "2026-11-25", "2026-12-02")) == (
        (date(2026, 11, 3), date(2026, 11, 24)),
        (date(2026, 11, 4), date(2026, 11, 25)),
        (date(2026, 11, 17), date(2026, 11, 25)),
        (date(2026, 11, 18), date(2026, 12, 2)),
        (TODAY, date(2026, 12, 2)),
    )


def test_a_date_that_moves_on_a_monday_stood_on_friday() -> None:
    assert moved((23, "2026-11-24", "2026-12-02"))[0] == (date(2026, 11, 20), date(2026, 11, 24))
    assert moved((22, "2026-11-24", "2026-12-02"))[0] == (date(2026, 11, 20), date(2026, 11, 24))


def test_the_first_date_has_nothing_before_it() -> None:
    assert moved((9, None, "2026-11-24")) == (
        (date(2026, 11, 9), date(2026, 11, 24)),
        (TODAY, date(2026, 11, 24)),
    )


def test_moves_on_neighbouring_days_keep_the_date_that_was_set() -> None:
    course = moved((16, "2026-11-24", "2026-11-30"), (17, "2026-11-30", "2026-12-07"),
                   (23, "2026-12-07", "2026-12-09"))  # fmt: skip
    assert dict(course)[date(2026, 11, 16)] == date(2026, 11, 30)
    assert course[-1] == (TODAY, date(2026, 12, 9))


def test_nothing_moved_nothing_shown_and_long_stories_are_cut() -> None:
    assert moved() == ()
    many = [(n, f"2027-01-{n:02}", f"2027-01-{n + 1:02}") for n in range(1, 23)]
    assert len(moved(*many)) <= 2 * MOST_STEPS + 1
