from datetime import date

import pytest

from syncd.pictures.days import asked

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("act", "by", "said"),
    [
        ("Ask Kim what it needs.", date(2026, 11, 25), "Ask Kim what it needs, by Wed 25 Nov."),
        ("Ask Kim what it needs.", TODAY, "Ask Kim what it needs, by Tue 24 Nov."),
        (
            "Ask Kim what it needs.",
            date(2026, 11, 23),
            "Ask Kim what it needs. This was asked for by Mon 23 Nov.",
        ),
        ("Ask Kim what it needs.", None, "Ask Kim what it needs."),
        ("", TODAY, ""),
    ],
)
def test_a_day_that_was_asked_for_is_said_and_that_it_passed(act, by, said):
    assert asked(act, by, TODAY) == said
