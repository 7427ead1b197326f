"""The date that counts for an item."""

from datetime import date

from syncd.model.items import DateRole, Level, Phase
from syncd.reconciler.view import View
from syncd.testing.builders import claim, config, event, issue, key, snapshot, sprint, version

SPRINT = sprint(end="2026-12-04")
EARLY, LATE = version("1", release="2026-12-10"), version("2", release="2026-12-20")
EPIC = issue("PAY-9", level=Level.EPIC, due="2026-12-24")


def target(item, *others):
    found = View(snapshot(item, *others), config()).target(item.key)
    return found and (found.day, found.via)


def test_own_due_comes_before_everything_inherited():
    full = {"sprint": SPRINT.key, "milestones": (EARLY.key,), "parent": "PAY-9"}
    others = (SPRINT, EARLY, EPIC)
    assert target(issue("PAY-1", due="2026-12-30", **full), *others) == (date(2026, 12, 30), None)
    assert target(issue("PAY-1", **full), *others) == (date(2026, 12, 4), SPRINT.key)
    del full["sprint"]
    assert target(issue("PAY-1", **full), *others) == (date(2026, 12, 10), EARLY.key)
    del full["milestones"]
    assert target(issue("PAY-1", **full), *others) == (date(2026, 12, 24), EPIC.key)
    assert target(issue("PAY-1"), *others) is None


def test_a_start_date_is_no_target():
    assert target(issue("PAY-1", start="2026-12-01")) is None


def test_the_earliest_version_that_is_still_to_come():
    both = issue("PAY-1", milestones=(LATE.key, EARLY.key))
    assert target(both, EARLY, LATE) == (date(2026, 12, 10), EARLY.key)
    released = version("1", release="2026-12-10", state="released")
    assert target(both, released, LATE) == (date(2026, 12, 20), LATE.key)


def test_a_closed_sprint_and_a_done_epic_set_no_date():
    closed = sprint(end="2026-11-06", state="closed")
    done = issue("PAY-9", level=Level.EPIC, due="2026-12-24", phase=Phase.DONE)
    assert target(issue("PAY-1", sprint=closed.key, parent="PAY-9"), closed, done) is None


def test_the_nearest_dated_parent():
    top = issue("PAY-8", level=Level.INITIATIVE, due="2027-01-15")
    epic = issue("PAY-9", level=Level.EPIC, parent="PAY-8")
    assert target(issue("PAY-1", parent="PAY-9"), epic, top) == (date(2027, 1, 15), top.key)


def test_the_last_day_of_an_interval_counts():
    month = claim(key("PAY-1"), "2026-12-01", until="2026-12-31")
    assert target(issue("PAY-1", claims=(month,))) == (date(2026, 12, 31), None)


def test_of_several_own_dates_the_due_date_counts():
    end = claim(key("PAY-1"), "2026-12-01", field="target_end", role=DateRole.END)
    assert target(issue("PAY-1", claims=(end,), due="2026-12-15")) == (date(2026, 12, 15), None)


def test_events_and_versions_have_their_own_day():
    assert target(event(when="2026-12-01")) == (date(2026, 12, 1), None)
    assert target(EARLY) == (date(2026, 12, 10), None)
