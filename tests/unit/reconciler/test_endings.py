"""What has come to its end, of what alerts are about."""

import pytest

from syncd.model.alerts import AlertState
from syncd.model.items import Phase
from syncd.reconciler.endings import ending, endings
from syncd.reconciler.view import View
from syncd.testing.alerts import alert, finding
from syncd.testing.builders import config, declared, event, issue, pull_request, snapshot, version

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


def test_what_tells_of_something_done_does_not_end_with_it():
    assert ended(SHIPPED, subject=str(SHIPPED.key), rule="status-mismatch") == ""


def test_only_alerts_that_are_open_are_looked_at():
    view = View(snapshot(issue("LED-88", phase=Phase.DONE)), config())
    over = alert(finding("LED-88"), state=AlertState.RESOLVED)
    assert endings(view, [over]) == {}
    still = alert(finding("LED-88"))
    assert endings(view, [over, still]) == {still.fingerprint: "is done"}
