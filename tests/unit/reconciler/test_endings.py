"""What has come to its end, of what alerts are about."""

import pytest

from syncd.model.alerts import AlertState
from syncd.model.items import Phase
from syncd.reconciler.endings import ending, endings
from syncd.reconciler.view import View
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import (
    config,
    declared,
    event,
    issue,
    pull_request,
    snapshot,
    sprint,
    version,
)

RELEASE = version("2.0", release="2026-12-11")
SHIPPED = version("2.0", release="2026-12-11", state="released")


def ended(*things, settings=None, **about):
    return ending(View(snapshot(*things), settings or config()), finding(**about))


@pytest.mark.parametrize(
    ("item", "how"),
    [
        (issue("PAY-1"), ""),
        (issue("PAY-1", phase=Phase.DONE), "is done"),
        (issue("PAY-1", phase=Phase.DROPPED), "was dropped"),
        (pull_request("acme/ledger#3", state="merged"), "is merged"),
        (RELEASE, ""),
        (SHIPPED, "is released"),
        (event("Launch", status="cancelled"), ""),
    ],
)
def test_how_an_item_ended(item, how):
    assert ended(item, subject=str(item.key)) == how


def test_a_deliverable_ends_with_what_it_is():
    subject = f"deliverable:{RELEASE.key}"
    assert ended(SHIPPED, subject=subject) == "is released"
    assert ended(RELEASE, subject=subject) == ""
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0"),))
    assert ended(SHIPPED, subject="deliverable:checkout", settings=settings) == "is done"
    assert ended(RELEASE, subject="deliverable:checkout", settings=settings) == ""
    assert ended(subject="source:jira") == ""


@pytest.mark.parametrize(
    ("day", "state", "how"),
    [
        ("2026-11-22", "planned", "was needed for a date that has passed"),
        ("2026-11-23", "planned", ""),
        ("2026-11-22", "released", ""),
    ],
)
def test_what_was_weak_is_not_mended_as_the_day_is_over_for_which_it_was_needed(day, state, how):
    release, weak = version("2.0", release=day, state=state), issue("LED-1")
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0"),))
    told = alert(finding(subject=str(weak.key), rule="dep-weak", deliverable="checkout"))
    assert endings(View(snapshot(release, weak), settings), [told]).get(told.fingerprint, "") == how


def test_what_tells_of_something_done_does_not_end_with_it():
    assert ended(SHIPPED, subject=str(SHIPPED.key), rule="status-mismatch") == ""


@pytest.mark.parametrize("rule", ["overdue", "status-mismatch"])
def test_what_was_deleted_is_not_well_again(rule):
    gone, release = (
        alert(finding("LED-9", rule=rule)),
        alert(finding("2.0", subject=f"deliverable:{RELEASE.key}", rule=rule)),
    )
    view = View(snapshot(issue("LED-88")), config())
    assert set(endings(view, [gone, release]).values()) == {"is not found any more"}
    hidden = issue("LED-9")
    seen = View(snapshot(hidden, RELEASE, invisible=[hidden.key]), config())
    assert endings(seen, [gone, release]) == {}, "absence that nobody proved ends nothing"
    assert endings(view, [alert(finding(subject="source:jira"))]) == {}


def test_a_deliverable_of_another_name_is_not_well_again():
    """Declared, or declared under another name: its news come with that name from now on."""
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0"),))
    view = View(snapshot(RELEASE), settings)
    found, former = (
        alert(finding(subject=f"deliverable:{name}", rule="forecast-late"))
        for name in (str(RELEASE.key), "relaunch")
    )
    assert endings(view, [found, former]) == {
        found.fingerprint: "is part of another deliverable now",
        former.fingerprint: "is not declared under that name any more",
    }
    assert endings(View(snapshot(RELEASE), config()), [found]) == {}


@pytest.mark.parametrize(
    ("kind", "open_", "over", "word"),
    [
        ("sprint", sprint(end="2026-12-04"), sprint(end="2026-12-04", state="closed"), "sprint"),
        ("version", RELEASE, SHIPPED, "release"),
    ],
)
def test_a_date_does_not_agree_with_one_that_is_over(kind, open_, over, word):
    inside = {"sprint": open_.key} if kind == "sprint" else {"milestones": (open_.key,)}
    item = issue("LED-88", **inside)
    told = alert(finding("LED-88", rule="dates-disagree", discriminator=kind))

    def found(*things):
        return endings(View(snapshot(item, *things), config()), [told])

    assert found(open_) == {}
    for things in ((over,), ()):
        assert found(*things) == {told.fingerprint: f"is in no open {word} any more"}
    other = alert(finding("LED-88", rule="dates-disagree", discriminator="children"))
    assert endings(View(snapshot(item, over), config()), [other]) == {}


def test_a_launch_that_somebody_else_made_anew_is_not_missing_any_more_nor_in_time():
    gone = event("2.0 launch", "2026-12-11", status="cancelled")
    anew = event("2.0 launch", "2026-12-16", ref="by another")
    settings = config(
        deliverables=(declared("checkout", "jira:fixVersion=2.0", "calendar:summary~'2.0 launch'"),)
    )
    told = alert(
        finding(subject="deliverable:checkout", rule="event-moved", discriminator=str(gone.key))
    )
    assert endings(View(snapshot(RELEASE, gone), settings), [told]) == {}
    assert endings(View(snapshot(RELEASE, gone, anew), settings), [told]) == {
        told.fingerprint: "has a new event in place of the one that was cancelled"
    }


@pytest.mark.parametrize(
    "rule",
    ["overdue", "date-moved", "forecast-late", "slip-creep", "date-doubtful", "dep-inversion"],
)
def test_what_has_lost_its_date_is_neither_in_time_nor_planned_anew(rule):
    dated, undated = issue("LED-88", due="2026-12-04"), issue("LED-88")
    told = alert(finding("LED-88", rule=rule))
    version_told = alert(finding(subject=f"deliverable:{RELEASE.key}", rule=rule))
    assert endings(View(snapshot(dated, RELEASE), config()), [told, version_told]) == {}
    bare = version("2.0")
    assert endings(View(snapshot(undated, bare), config()), [told, version_told]) == {
        told.fingerprint: "has no date any more",
        version_told.fingerprint: "has no date any more",
    }
    lost = alert(finding("LED-88", rule=rule, discriminator="withdrawn"))
    assert endings(View(snapshot(undated), config()), [lost]) == {}


def test_only_alerts_that_are_open_are_looked_at():
    view = View(snapshot(issue("LED-88", phase=Phase.DONE)), config())
    over = alert(finding("LED-88"), state=AlertState.RESOLVED)
    assert endings(view, [over]) == {}
    still = alert(finding("LED-88"))
    assert endings(view, [over, still]) == {still.fingerprint: "is done"}
