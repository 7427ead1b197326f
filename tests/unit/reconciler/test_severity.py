"""clamp(base + tier + near + spread), and the words for days."""

from datetime import UTC, date, datetime

import pytest

from syncd.model.findings import Severity
from syncd.reconciler.facts import wording
from syncd.reconciler.facts.severity import grade

INFO, LOW, MEDIUM, HIGH, CRITICAL = Severity


@pytest.mark.parametrize(
    ("base", "given", "expected"),
    [
        (MEDIUM, {}, MEDIUM),
        (MEDIUM, {"tier": "A"}, HIGH),
        (MEDIUM, {"tier": "C"}, LOW),
        (LOW, {"tier": "C"}, LOW),
        (MEDIUM, {"days_left": 9}, HIGH),
        (MEDIUM, {"days_left": 10}, HIGH),
        (MEDIUM, {"days_left": 11}, MEDIUM),
        (MEDIUM, {"days_left": -3}, HIGH),
        (MEDIUM, {"teams": 2}, MEDIUM),
        (MEDIUM, {"teams": 3}, HIGH),
        (MEDIUM, {"tier": "A", "days_left": 1, "teams": 9}, CRITICAL),
        (INFO, {"tier": "A", "days_left": 1, "teams": 9}, INFO),
    ],
)
def test_grade(base, given, expected):
    assert grade(base, **given) is expected


TODAY = date(2026, 11, 23)


def test_days_as_people_say_them():
    assert wording.day(date(2026, 12, 2), TODAY) == "Wed 2 Dec"
    assert wording.day(date(2027, 1, 1), TODAY) == "Fri 1 Jan 2027"
    assert wording.day(date(2024, 2, 29), TODAY) == "Thu 29 Feb 2024"
    assert wording.days(TODAY, TODAY, TODAY) == "Mon 23 Nov"
    assert wording.days(TODAY, date(2026, 11, 30), TODAY) == "Mon 23 Nov to Mon 30 Nov"


def test_moments_in_a_zone():
    instant = datetime(2026, 12, 31, 23, 5, tzinfo=UTC)
    assert wording.moment(instant, "Asia/Singapore", TODAY) == "Fri 1 Jan 2027 07:05 UTC+08"


def test_counts_and_lists():
    assert wording.plural(1, "item") == "1 item"
    assert wording.plural(0, "item") == "0 items"
    assert wording.plural(2, "entry", "entries") == "2 entries"
    assert wording.working_days(-1) == "1 working day"
    assert wording.later(2) == "2 working days later"
    assert wording.later(-1) == "1 working day earlier"
    assert wording.later(0) == "on the same working day"
    assert wording.listing([]) == ""
    assert wording.listing(["A"]) == "A"
    assert wording.listing(["A", "B", "C"]) == "A, B and C"
    assert wording.listing(list("ABCDEFG")) == "A, B, C, D, E and 2 more"
    assert wording.unique(["b", "", "a", "b", None]) == ("b", "a")
    assert wording.sentence("the PAY-1") == "The PAY-1"
