"""What an alert keeps of its finding is as short for thousands that wait as for ten."""

from itertools import pairwise

import pytest

from syncd.alerts.lifecycle import advance
from syncd.alerts.news import MOST_KEPT, kept
from syncd.model.findings import Fact, Push
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules import dep_cycle, dep_late, dep_weak, overdue
from syncd.store.documents import alert_text
from syncd.testing.alerts import finding
from syncd.testing.builders import AS_OF, config, issue, link, snapshot, version

MANY = 2_500
LONGEST = 16_000
"""Characters of a stored alert: what 40 pushed items with their links and 40 facts take. A list
with an entry for each that waits is longer, however short the entries."""
RULES = [one.RULE for one in (dep_cycle, dep_late, dep_weak, overdue)]
ROOT = issue("LED-88", due="2026-11-10", assignee="ada")
WAITING = [issue(f"PAY-{n}", due="2026-11-18", assignee="ada") for n in range(MANY)]
RELEASE = version("Checkout 2.0", release="2026-12-04")
INSIDE = [issue(f"PAY-{n}", milestones=(RELEASE.key,)) for n in range(MANY)]
NOBODYS = issue("LED-88")
WORLDS = {
    "circle": [*WAITING, *(link(*pair) for pair in pairwise([*WAITING, WAITING[0]]))],
    "chain": [ROOT, *WAITING, *(link(b, a) for a, b in pairwise([ROOT, *WAITING]))],
    "star": [ROOT, *WAITING, *(link(one, ROOT) for one in WAITING)],
    "nobody's": [RELEASE, NOBODYS, *INSIDE, *(link(one, NOBODYS) for one in INSIDE)],
}


@pytest.mark.parametrize("world", WORLDS)
def test_no_stored_alert_grows_with_what_waits(world) -> None:
    answer = evaluate(snapshot(*WORLDS[world]), config(), RULES)
    assert answer.failures == ()
    opened = advance((), answer, AS_OF, next_number=1, first_pass=True)
    alerts = [one.alert for one in opened]
    assert 0 < max(len(alert_text(alert)) for alert in alerts) < LONGEST
    assert advance(alerts, answer, AS_OF, next_number=1, first_pass=False) == ()


def test_what_is_left_out_is_counted() -> None:
    pushes = tuple(Push(ref=f"PAY-{n}", title="x") for n in range(50))
    facts = tuple(Fact(text=f"fact {n}") for n in range(50))
    names = tuple(f"jira:issue:{n}" for n in range(50))
    short = kept(finding(pushes=pushes, more_pushes=5, facts=facts, explains=names, encloses=names))
    assert (short.pushes, short.more_pushes) == (pushes[:MOST_KEPT], 15)
    assert short.facts == (*facts[: MOST_KEPT - 1], Fact(text="and 11 more"))
    assert (short.explains, short.encloses) == (names[:MOST_KEPT], ())
    assert kept(short) == short
    whole = finding(pushes=pushes[:MOST_KEPT], facts=facts[:MOST_KEPT], explains=names[:MOST_KEPT])
    assert kept(whole) == whole
