"""dep-orphan: a hand-over that nobody took."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.model.findings import Severity
from syncd.model.items import Phase
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.dep_orphan import RULE
from syncd.testing.builders import at, change, config, issue, link, snapshot

LED = issue("LED-1", phase=Phase.DONE, done_at=at("2026-11-16 12:00"), title="Ledger API v2")
PAY = issue("PAY-7", phase=Phase.TODO, due="2027-01-15", title="Refund flow")
LINK = link(PAY, LED)


def told(*things, stale=None, **settings):
    answer = evaluate(snapshot(*things, stale=stale), config(**settings), [RULE])
    assert answer.failures == ()
    return answer


def found(*things, **settings):
    return told(*things, **settings).findings


def done_at(day):
    return replace(LED, done_at=at(f"{day} 12:00"))


@pytest.mark.parametrize(
    ("day", "expected"), [("2026-11-19", False), ("2026-11-18", False), ("2026-11-17", True)]
)
def test_three_working_days_it_may_lie(day, expected):
    assert bool(found(done_at(day), PAY, LINK)) is expected


@pytest.mark.parametrize("change_of", [{"assignee": "ada"}, {"phase": Phase.ACTIVE},
                                       {"phase": Phase.DONE}, {"claims": ()}])  # fmt: skip
def test_silent_when_it_is_taken_or_nothing_hangs_on_it(change_of):
    assert not found(LED, replace(PAY, **change_of), LINK)


def test_silent_within_a_team():
    ours = replace(LED, key=issue("PAY-1").key, ref="PAY-1", scope="PAY")
    assert not found(ours, PAY, link(PAY, ours))


@pytest.mark.parametrize("phase", [Phase.TODO, Phase.REVIEW, Phase.DROPPED])
def test_silent_while_something_else_is_open_or_dropped(phase):
    other = issue("MOB-1", phase=phase)
    assert not found(LED, PAY, LINK, other, link(PAY, other))


def test_silent_while_it_waits_for_what_is_not_read_besides():
    assert not found(LED, PAY, LINK, link(PAY, "SEC-1"))


def test_unknown_when_part_of_it_cannot_be_seen():
    held = snapshot(LED, PAY, LINK, invisible=[LED.key])
    answer = evaluate(held, config(), [RULE])
    assert answer.findings == ()
    assert [one.subject for one in answer.unknown] == [str(PAY.key)]


def test_what_is_done_last_counts():
    other = issue("MOB-1", phase=Phase.DONE, done_at=at("2026-11-20"))
    assert not found(LED, PAY, LINK, other, link(PAY, other))


def test_the_whole_finding():
    (one,) = found(LED, PAY, LINK)
    assert (one.subject, one.discriminator) == (str(PAY.key), "")
    assert one.summary == (
        "Refund flow (PAY-7) could start since Mon 16 Nov, when LED-1 was done, but nobody has it."
    )
    assert one.plain == ("Refund flow could start since Mon 16 Nov, but nobody has taken it over.")
    assert one.act == "Payments: say who does PAY-7 and when, or that it waits."
    assert one.clears == "PAY-7 is begun or assigned."
    assert one.planned == date(2027, 1, 15)
    assert [(fact.text, fact.url) for fact in one.facts] == [("LED-1 is done", LED.url)]
    assert {str(scope) for scope in one.scopes} == {"jira:PAY", "jira:LED"}


@pytest.mark.parametrize(
    ("due", "expected"), [("2026-12-08", Severity.MEDIUM), ("2026-12-07", Severity.HIGH)]
)
def test_nearness_counts(due, expected):
    (one,) = found(LED, issue("PAY-7", phase=Phase.TODO, due=due), LINK)
    assert one.severity is expected


def slow_starts(count, days):
    """Hand-overs to the team that took `days` days to be started."""
    for number in range(count):
        before = issue(f"LED-{100 + number}", phase=Phase.DONE, done_at=at("2026-10-05"))
        after = issue(f"PAY-{100 + number}")
        begun = change(after, "phase", "todo", "active", at("2026-10-05") + timedelta(days=days))
        yield from (before, after, begun, link(after, before))


def test_a_team_that_mostly_takes_longer_is_given_longer():
    assert found(LED, PAY, LINK, *slow_starts(29, 9))
    assert not found(LED, PAY, LINK, *slow_starts(30, 9))
    assert found(LED, PAY, LINK, *slow_starts(30, 1))


# given to another team


def moved(when="2026-11-10", **fields):
    item = issue("PAY-8", due="2027-01-15", **fields)
    return item, change(item, "team", "Ledger", "Payments", when)


def test_what_was_passed_on_and_left():
    (one,) = found(*moved())
    assert one.discriminator == "passed on"
    assert one.summary == (
        "Title of PAY-8 (PAY-8) was given from Ledger to Payments on Tue 10 Nov, "
        "and nobody has touched it since."
    )
    assert one.facts[0].text == "Team of PAY-8 changed from Ledger to Payments"


@pytest.mark.parametrize(
    ("when", "expected"),
    [("2026-11-16 07:59", True), ("2026-11-16 08:00", True), ("2026-11-16 08:01", False)],
)
def test_five_working_days_the_new_team_has(when, expected):
    assert bool(found(*moved(when))) is expected


def test_silent_once_somebody_touched_it_or_it_had_no_team_before():
    assert not found(*moved(last_human_activity_at=at("2026-11-11")))
    assert not found(*moved(phase=Phase.DONE))
    item, _ = moved()
    assert not found(item, change(item, "team", None, "Payments", "2026-11-10"))


@pytest.mark.parametrize("scope", ["jira:LED", "jira:PAY"])
def test_stale_data_at_either_end_is_unknown(scope):
    answer = told(LED, PAY, LINK, stale={scope: "2026-11-20"})
    assert (answer.findings, len(answer.unknown)) == ((), 1)
