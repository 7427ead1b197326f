"""Links, dates and ages as people read them."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.model.alerts import Reason, Transition
from syncd.notifiers.email.dates import ages, behind, day, moment, slip_words
from syncd.notifiers.email.sentences import over
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import AS_OF, at
from syncd.text import safe_url


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://jira.example.com/browse/LED-88", "https://jira.example.com/browse/LED-88"),
        ("http://127.0.0.1:8080/x?a=b&c=d#e", "http://127.0.0.1:8080/x?a=b&c=d#e"),
        ("https://host.test/a b\"'<>é", "https://host.test/a%20b%22%27%3C%3E%C3%A9"),
        ("https://host.test/100%25", "https://host.test/100%25"),
        ("http://[::1]:80/x", "http://[::1]:80/x"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//host.test/x", ""),
        ("https://user:pw@host.test/x", ""),
        ("https://höst.test/x", ""),
        ("https://host.test:port/", ""),
        ("https://", ""),
        ("ftp://host.test", ""),
        ("https://host.test/" + "x" * 3000, ""),
        ("", ""),
    ],
)
def test_only_plain_web_links_leave_percent_encoded(url: str, safe: str) -> None:
    assert safe_url(url) == safe


@given(st.text())
def test_a_link_never_carries_anything_but_link_characters(text: str) -> None:
    for url in (safe_url(text), safe_url(f"https://host.test/{text}")):
        assert url.isascii()
        assert not set(url) & set("\"'<>`\\ \n\r\t{}|^")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Ledger (LED-88) fits its date again"),
        ({"ended": "is released"}, "Ledger (LED-88) is released"),
        (
            {"planned": date(2026, 11, 20)},
            "Ledger (LED-88): the day that it was about, Fri 20 Nov, is over",
        ),
        ({"planned": date(2026, 11, 23), "rule": "gate-unattended"}, "Over: Ledger (LED-88)"),
        (
            {"planned": date(2026, 11, 20), "rule": "dep-weak"},
            "Ledger (LED-88) is owned and planned, or no committed date waits for it any more",
        ),
        (
            {
                "planned": date(2026, 11, 19),
                "expected": date(2026, 11, 20),
                "rule": "dates-disagree",
            },
            "Ledger (LED-88): the day that it was about, Fri 20 Nov, is over",
        ),
        (
            {
                "planned": date(2026, 11, 20),
                "expected": date(2026, 11, 25),
                "rule": "dates-disagree",
            },
            "Ledger (LED-88): its dates agree again",
        ),
        (
            {
                "planned": date(2026, 11, 19),
                "expected": date(2026, 11, 20),
                "rule": "dates-disagree",
                "subject": "deliverable:ledger",
            },
            "Ledger (LED-88): its dates agree again",
        ),
        (
            {"planned": date(2026, 11, 20), "rule": "overdue"},
            "Ledger (LED-88) is no longer overdue",
        ),
        (
            {"planned": date(2026, 11, 20), "rule": "overdue", "ended": "has no date any more"},
            "Ledger (LED-88) has no date any more",
        ),
        (
            {"planned": date(2026, 12, 20), "rule": "dep-blind"},
            "Ledger (LED-88): nothing that it waits for is hidden any more",
        ),
    ],
)
def test_an_end_is_well_only_where_it_is(fields: dict[str, Any], said: str) -> None:
    ended = fields.pop("ended", "")
    named = {"rule": "forecast-late", "title": "Ledger"}
    found = alert(finding(**(named | fields)), frozen_by=ended)
    told = Transition(alert=found, before=None, reason=Reason.CLEARED, at=AS_OF, told=True)
    assert over(told, for_leader=False) == said


def test_a_day_is_over_when_it_is_for_whoever_reads() -> None:
    late = alert(finding(rule="person-away", title="Ledger", planned=date(2026, 11, 20)))
    night = at("2026-11-20 23:30")
    told = Transition(alert=late, before=None, reason=Reason.CLEARED, at=night, told=True)
    assert over(told, for_leader=False) == "Over: Ledger (LED-88)"
    assert over(told, for_leader=False, zone="Europe/Berlin").endswith("Fri 20 Nov, is over")


def test_dates_are_said_as_people_say_them() -> None:
    assert day(date(2026, 12, 2), AS_OF.date()) == "Wed 2 Dec"
    assert day(None, AS_OF.date()) == ""
    assert moment(AS_OF, "Europe/Berlin") == "Mon 23 Nov 09:00 CET"
    assert moment(AS_OF, "Asia/Kathmandu") == "Mon 23 Nov 13:45 UTC+0545"
    assert [slip_words(n) for n in (6, 1, -2, 0, None)] == [
        "+6 working days", "+1 working day", "-2 working days", "", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(minutes=4), "4 min old"),
        (timedelta(minutes=-4), "under 1 min old"),
        (timedelta(minutes=119), "119 min old"),
        (timedelta(hours=5), "5 h old"),
        (timedelta(days=3), "3 days old"),
    ],
)
def test_ages(passed: timedelta, said: str) -> None:
    assert (
        ages([("Jira", AS_OF - passed), ("GitHub", None)], AS_OF)
        == f"Jira {said}, GitHub never read"
    )


def test_a_source_that_is_behind_is_told_in_one_clause() -> None:
    """A mail puts `No fresh data:` before it, so it has no colon but that of its hour."""

    def said(then: datetime | None) -> str:
        return " ".join(behind([("Jira", then)], AS_OF, "UTC"))

    assert said(AS_OF - timedelta(hours=5)) == (
        "Jira was last read completely on Mon 23 Nov 03:00 UTC and may say something else by now."
    )
    assert said(None) == "Jira was never read completely, so nothing here rests on it."
