"""What an alert rests on and nobody can see any more: let go of with true words, never cleared."""

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.alerts.lifecycle import advance
from syncd.alerts.neutral import neutral
from syncd.model.alerts import AlertState, Reason
from syncd.model.items import Phase
from syncd.model.people import Role
from syncd.notifiers.chat.words import text
from syncd.notifiers.email.words import alert_view
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules import dep_inversion, dep_late, dep_orphan, status_mismatch
from syncd.testing.alerts import after, notification
from syncd.testing.builders import AS_OF, at, config, issue, link, person, snapshot, team

DANA = person("dana", role=Role.TPM)
DAY = timedelta(days=1)
LED = issue("LED-88", due="2026-11-16", title="Ledger API", assignee="osei")
PAY = issue("PAY-142", due="2026-11-18", title="Refund flow", assignee="ada")
LATER = issue("LED-88", due="2026-12-09", title="Ledger API", assignee="osei")
ACTIVE = issue(
    "PAY-142", phase=Phase.ACTIVE, state="Doing", state_entered_at=at("2026-11-02 09:00")
)
FREED = replace(LED, phase=Phase.DONE, done_at=at("2026-11-10 09:00"))
LEFT = issue("PAY-142", due="2026-12-18", phase=Phase.TODO)


def judged(rule, things, *hidden, days=0):
    held = snapshot(*things, as_of=AS_OF + days * DAY, invisible=[one.key for one in hidden])
    teams = team("ledger", "jira:LED"), team("payments", "jira:PAY")
    return evaluate(held, config(teams=teams), [rule], assume_fresh=True)


def life(rule, things, hidden, *, days=8, end=()):
    """Alerts and transitions of a first day on which all was seen, and of those after it."""
    alerts, told = (), []
    for day in range(days):
        found = judged(rule, things, *(hidden if day else ()), days=day)
        new = advance(alerts, found, AS_OF + day * DAY, next_number=50, first_pass=False)
        alerts, told = after(alerts, new), [*told, *new]
    for found in end:
        new = advance(alerts, found, found.as_of, next_number=60, first_pass=False)
        alerts, told = after(alerts, new), [*told, *new]
    return alerts, told


CASES = {
    "what waits": (dep_late.RULE, (LED, PAY, link(PAY, LED)), PAY, "PAY-142"),
    "the other end": (dep_inversion.RULE, (LATER, PAY, link(PAY, LATER)), LATER, "LED-88"),
    "a prerequisite": (dep_orphan.RULE, (FREED, LEFT, link(LEFT, FREED)), FREED, "LED-88"),
    "of two statuses": (status_mismatch.RULE, (LED, ACTIVE, link(ACTIVE, LED)), LED, "LED-88"),
}


@pytest.mark.parametrize(("rule", "things", "hidden", "name"), CASES.values(), ids=CASES)
def test_what_rests_on_something_hidden_for_good_is_let_go_of_and_not_cleared(
    rule, things, hidden, name
):
    alerts, told = life(rule, things, [hidden], days=8)
    assert [one.alert.state for one in told] == [AlertState.FIRING, AlertState.FROZEN]
    assert alerts[0].frozen_by == f"{name} cannot be seen"
    (gone,), told = life(rule, things, [hidden], days=12)
    (end,) = told[2:]
    assert (end.reason, end.told) == (Reason.NO_LONGER_VISIBLE, True)
    assert (gone.frozen_by, gone.frozen_since) == (f"{name} cannot be seen", AS_OF + DAY)
    shown = alert_view(end, DANA, end.at.date())
    assert (shown.news, shown.headline[:17]) == ("no longer known", "No longer known: ")
    assert shown.effect == (
        f"{name} cannot be seen by syncd since Tue 24 Nov, so it stops watching this. "
        "Whether the problem is over is not known."
    )
    assert "no longer known" in text(notification(end), DANA)


def test_it_comes_back_with_what_was_hidden_if_it_is_still_so():
    rule, things, hidden, _ = CASES["what waits"]
    back = judged(rule, things, days=14)
    (one,), told = life(rule, things, [hidden], days=12, end=[back])
    assert [each.reason for each in told[2:]] == [Reason.NO_LONGER_VISIBLE, Reason.REOPENED]
    assert (one.state, one.frozen_since, one.frozen_by) == (AlertState.FIRING, None, "")


def test_what_cannot_be_told_for_another_reason_waits_for_its_answer():
    rule, things, hidden, _ = CASES["what waits"]
    ((first,), _), found = life(rule, things, [], days=1), judged(rule, things, hidden, days=1)
    doubt = replace(found, unknown=tuple(replace(one, unseen=()) for one in found.unknown))
    for days in (1, 30):
        new = advance((first,), doubt, AS_OF + days * DAY, next_number=50, first_pass=False)
        first = new[0].alert if new else first
    assert first.state is AlertState.FROZEN
    (again,) = advance((first,), found, AS_OF + 31 * DAY, next_number=50, first_pass=False)
    assert again.reason is Reason.FROZEN, "the days before count for nothing"


def test_only_what_people_were_told_of_is_named():
    other = issue("SEC-9", due="2026-12-20", title="Vault")
    rule, things, hidden, _ = CASES["what waits"]
    (gone,), _ = life(rule, (*things, other, link(other, LED)), [other], days=1)
    found = judged(rule, (LED, other, link(other, LED)), other, days=1)
    (frozen,) = advance((gone,), found, AS_OF + DAY, next_number=50, first_pass=False)
    assert frozen.alert.frozen_by == "something that it rests on cannot be seen"
    over = life(rule, things, [hidden], days=12)[1][-1]
    closed = replace(over, alert=neutral(replace(over.alert, finding=replace(
        over.alert.finding, restricted=True))))  # fmt: skip
    leader = alert_view(over, person("vp", role=Role.EXEC), over.at.date())
    for shown in (alert_view(closed, DANA, over.at.date()), leader):
        assert "PAY-142" not in str(shown)
        assert "rests on cannot be seen by syncd since Tue 24 Nov" in shown.effect
