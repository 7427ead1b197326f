"""A team with another id is the same team to whoever heard of its alerts."""

from dataclasses import replace

import pytest

from syncd.alerts.lifecycle import advance
from syncd.alerts.renaming import under_new_names
from syncd.model.alerts import Reason
from syncd.testing.alerts import after, alert, evaluation, finding
from syncd.testing.builders import AS_OF

ONE = finding(
    "PAY-1", teams=("payments", "web"), material="payments\nlaunch", owner="team:payments"
)
TWO = finding("PAY-2", teams=("payments",))
KNOWN = tuple(
    alert(one, number=n, told_teams=one.teams, told_material=one.material)
    for n, one in enumerate((ONE, TWO))
)


def told(*now, teams):
    """What is told of each pass over them, two in a row."""
    alerts, found = KNOWN, []
    for _ in range(2):
        seen = evaluation(*now)
        alerts_ = under_new_names(alerts, seen, teams)
        new = advance(alerts_, seen, AS_OF, next_number=50, first_pass=False)
        alerts = after(alerts, new)
        found.append([one.reason for one in new if one.told])
    return found


def test_what_is_its_own_under_another_id_is_no_news():
    one = replace(ONE, teams=("pay", "web"), material="pay\nlaunch", owner="team:pay")
    assert told(one, replace(TWO, teams=("pay",)), teams=["pay", "web"]) == [[], []]


@pytest.mark.parametrize(
    ("first", "second", "teams"),
    [
        (("web", "pay"), ("ledger",), ["pay", "ledger", "web"]),
        (("web",), ("web",), ["web"]),
        (("pay", "web"), ("pay",), ["pay", "payments", "web"]),
    ],
    ids=["it was parted", "another team took it over", "it is still there"],
)
def test_what_another_team_takes_over_is_news(first, second, teams):
    now = replace(ONE, teams=first), replace(TWO, teams=second)
    assert Reason.CHANGED in told(*now, teams=teams)[0]
