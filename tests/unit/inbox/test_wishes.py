"""What a first line asks for; whatever is no command is a note."""

from datetime import date

import pytest

from syncd.inbox.wishes import Present, day_of, wishes_of
from syncd.model.calendar import WorkingCalendar

TODAY = date(2026, 11, 26)
"""A Thursday."""


def on(day, **calendar):
    return Present(day, WorkingCalendar(**calendar))


PRESENT = on(TODAY)


def wish_of(text):
    (wish,) = wishes_of(text, PRESENT)
    return wish


@pytest.mark.parametrize(
    ("text", "kind", "more"),
    [
        ("ack", "ack", {}),
        ("  Ack!  ", "ack", {}),
        ("ACK.\n\nKim has it", "ack", {"text": "Kim has it"}),
        ("ack, Kim is on it", "ack", {"text": "Kim is on it"}),
        ("I have it", "ack", {}),
        ("snooze", "snooze", {"until": date(2026, 11, 30)}),
        ("snooze 2d", "snooze", {"until": date(2026, 11, 30)}),
        ("Snooze for 2 weeks", "snooze", {"until": date(2026, 12, 10)}),
        ("snooze until 2 Dec", "snooze", {"until": date(2026, 12, 2)}),
        ("snooze until Dec 2nd", "snooze", {"until": date(2026, 12, 2)}),
        ("snooze until Thursday", "snooze", {"until": date(2026, 12, 3)}),
        ("snooze until Fri, 27 November 2026", "snooze", {"until": date(2026, 11, 27)}),
        ("snooze till 2026-12-24", "snooze", {"until": date(2026, 12, 24)}),
        ("snooze until 3 Jan", "snooze", {"until": date(2027, 1, 3)}),
        ("note Kim has it", "note", {"text": "Kim has it"}),
        ("note: Kim\nhas it", "note", {"text": "Kim\nhas it"}),
        ("useful", "feedback", {"verdict": "useful"}),
        ("Not useful, thanks", "feedback", {"verdict": "not-useful"}),
        ("not-useful", "feedback", {"verdict": "not-useful"}),
        ("Already known.", "feedback", {"verdict": "known"}),
        ("ack thanks", "ack", {}),
        ("Please ack", "ack", {}),
        ("Ack, Kim is on it, thanks!", "ack", {"text": "Kim is on it"}),
        ("snooze 2 days, thanks", "snooze", {"until": date(2026, 11, 30)}),
        ("snooze till monday please", "snooze", {"until": date(2026, 11, 30)}),
        ("snooze for a week.", "snooze", {"until": date(2026, 12, 3)}),
        ("reopen, thank you", "reopen", {}),
        ("stop", "stop", {}),
        ("Unsubscribe please", "stop", {}),
        ("reopen", "reopen", {}),
        (
            "accept vendor is late",
            "accept",
            {"text": "vendor is late", "until": date(2026, 12, 24)},
        ),
        (
            "accept: agreed with Kim until 10 Dec",
            "accept",
            {"text": "agreed with Kim", "until": date(2026, 12, 10)},
        ),
    ],
)
def test_commands(text, kind, more):
    said = wish_of(text).said
    assert said.kind == kind
    for name in ("text", "until", "verdict"):
        assert getattr(said, name) == more.get(name, "" if name == "text" else None)


@pytest.mark.parametrize(
    "text",
    [
        "ack is not possible before Monday",
        "acknowledging this was wrong",
        "stop by my desk",
        "useful would be a date",
        "known unknowns",
        "snooze 02/12",
        "thanks for the ack",
        "please",
        "ack thanks to Kim",
        "snooze until 26 Nov",
        "snooze until yesterday",
        "snooze 0d",
        "snooze 900 weeks",
        "snooze until 31 Feb",
        "accept",
        "Who owns this?",
        "stop " * 200,
        "ack" + "!" * 4000 + "x",
    ],
)
def test_what_only_looks_like_a_command_is_a_note_with_all_its_words(text):
    said = wish_of(text).said
    assert (said.kind, said.text) == ("note", text.strip())


def test_no_words_are_no_wish():
    assert wishes_of(" \n ", PRESENT) == ()


@pytest.mark.parametrize(
    ("text", "numbers", "more"),
    [
        ("D-41 ack", (41,), ""),
        ("d-41: ack", (41,), ""),
        ("ack D-41.", (41,), ""),
        ("ACK   d-41 thanks", (41,), ""),
        ("ack D-41, Kim is on it", (41,), "Kim is on it"),
        ("ack D-41, D-42 and d-43", (41, 42, 43), ""),
        ("D-41 & D-42: ack, Kim has both", (41, 42), "Kim has both"),
        ("D-41 D-41 ack", (41,), ""),
    ],
)
def test_alerts_may_be_named(text, numbers, more):
    wish = wish_of(text)
    assert (wish.said.kind, wish.said.text, wish.numbers) == ("ack", more, numbers)


def test_days_may_stand_behind_the_name():
    wish = wish_of("snooze D-41 2d")
    assert (wish.said.until, wish.numbers) == (date(2026, 11, 30), (41,))


def test_each_line_that_names_its_alert_is_a_wish_of_its_own():
    first, second, third = wishes_of(
        "D-1 ack\nKim has it\n\nD-2, D-3 snooze 2d\nD-4 useful", PRESENT
    )
    assert (first.said.kind, first.said.text, first.numbers) == ("ack", "Kim has it", (1,))
    assert (second.said.kind, second.numbers, second.words) == (
        "snooze",
        (2, 3),
        "D-2, D-3 snooze 2d",
    )
    assert (third.said.kind, third.numbers) == ("feedback", (4,))


@pytest.mark.parametrize(
    "text",
    ["ack\nD-2 ack", "D-1 ack\nand so is D-2", "D-1 ack\nack", "Both are known\nD-1 ack\nD-2 ack"],
)
def test_what_follows_a_line_belongs_to_it(text):
    assert len(wishes_of(text, PRESENT)) == 1


def test_a_day_is_always_to_come_and_never_a_guess():
    assert day_of("1d", on(date(2026, 12, 31))) == date(2027, 1, 1)
    assert day_of("1w", on(date(2026, 12, 31))) == date(2027, 1, 7)
    assert day_of("29 Feb", on(date(2027, 12, 1))) == date(2028, 2, 29)
    assert day_of("sun", on(date(2026, 11, 29))) == date(2026, 12, 6), "today is over"
    assert day_of("5/6", PRESENT) is None
    assert day_of("2025-12-24", PRESENT) is None
    assert day_of("25 May", PRESENT) == date(2027, 5, 25)
    assert day_of("25 June", PRESENT) is None, "more than half a year is more likely a slip"


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("2d", "2026-12-02"),
        ("1 day", "2026-12-01"),
        ("tomorrow", "2026-11-28"),
        ("1w", "2026-12-04"),
    ],
)
def test_days_are_those_on_which_the_person_works(text, until):
    friday = on(date(2026, 11, 27), days_off=frozenset({date(2026, 11, 30)}))
    assert day_of(text, friday) == date.fromisoformat(until)


def test_where_nobody_ever_works_a_day_is_a_day():
    assert day_of("2d", on(TODAY, weekend=frozenset(range(7)))) == date(2026, 11, 28)
