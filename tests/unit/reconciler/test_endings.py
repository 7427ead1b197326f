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
    assert ending(View(snapshot(item), config()), str(item.key)) == how


def test_a_deliverable_ends_with_what_it_is():
    subject = f"deliverable:{RELEASE.key}"
    assert ending(View(snapshot(SHIPPED), config()), subject) == "is released"
    assert ending(View(snapshot(RELEASE), config()), subject) == ""
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0"),))
    assert ending(View(snapshot(SHIPPED), settings), "deliverable:checkout") == "is done"
    assert ending(View(snapshot(RELEASE), settings), "deliverable:checkout") == ""
    assert ending(View(snapshot(), config()), "source:jira") == ""


def test_only_alerts_that_are_open_are_looked_at():
    view = View(snapshot(issue("LED-88", phase=Phase.DONE)), config())
    over = alert(finding("LED-88"), state=AlertState.RESOLVED)
    assert endings(view, [over]) == {}
    assert endings(view, [alert(finding("LED-88"))]) == {finding("LED-88").subject: "is done"}
