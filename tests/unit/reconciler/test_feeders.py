"""Several feeders: the chance that all are in time is less than that of the worst."""

from datetime import date
from itertools import pairwise

import pytest

from syncd.model.findings import Standing
from syncd.reconciler.engine import judge
from syncd.reconciler.facts.feeders import NEAREST, late_with_feeders
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.health import health
from syncd.reconciler.rules.forecast_late import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import AS_OF, LONG_AGO, config, issue, link, snapshot, team, version
from syncd.testing.histories import finished, planned

TARGET = date(2026, 12, 18)
RELEASE = version("2.0", release=TARGET)
TEAMS = (
    team("payments", "jira:PAY", "jira:POLD"),
    team("ledger", "jira:LED", "jira:LOLD"),
    team("mobile", "jira:MOB", "jira:MOLD"),
)
HISTORY = [
    *finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO),
    *finished("LED", cycle=10, days=60), *finished("LOLD", cycle=25, days=40),
    *finished("MOB", cycle=10, days=60), *finished("MOLD", cycle=25, days=30),
]  # fmt: skip
"""Two in five of the ledger's items and one in three of mobile's take longer than the 19 days left."""
LAST, *MORE = planned(8, milestones=(RELEASE.key,))


QUIET = {"dep-weak": {"enabled": False}}


def feeder(ref):
    return issue(ref, state_entered_at=AS_OF)


def view_of(*feeders, more=()):
    links = [link(LAST, one) for one in feeders]
    held = snapshot(RELEASE, LAST, *MORE, *feeders, *links, *HISTORY, *more)
    return View(held, config(teams=TEAMS, rules=QUIET))


def alone(view, *feeders):
    forecasts = view.once(Forecasts)
    return [1 - forecasts.of(view.deliverables[0]).late] + [
        forecasts.odds(one.key, TARGET) for one in feeders
    ]


def test_without_feeders_it_is_the_chance_of_its_own_work():
    view = view_of()
    assert late_with_feeders(view, view.deliverables[0]) == 1 - alone(view)[0]


def test_teams_multiply_and_of_one_team_the_worst_counts():
    two, three = [feeder("LED-1"), feeder("MOB-1")], feeder("LED-2")
    view = view_of(*two, three)
    own, ledger, mobile = alone(view, *two)
    late = late_with_feeders(view, view.deliverables[0])
    assert late == pytest.approx(1 - own * ledger * mobile)


def test_a_feeder_of_its_own_team_is_no_other_team():
    own_feeder = issue("PAY-77", state_entered_at=AS_OF)
    view = view_of(own_feeder)
    assert late_with_feeders(view, view.deliverables[0]) == pytest.approx(
        1 - min(alone(view, own_feeder))
    )


@pytest.mark.parametrize(
    ("refs", "standing", "why"),
    [
        (["LED-1"], Standing.ON_PLAN, "About as likely as not (about 9 in 20)"),
        (["LED-1", "MOB-1"], Standing.AT_RISK, "Likely (about 2 in 3)"),
    ],
)
def test_each_may_be_in_time_and_all_of_them_rarely_are(refs, standing, why):
    view = view_of(*map(feeder, refs))
    (found,) = health(view, judge(view))
    assert found.standing is standing
    assert found.why == f"{why} to be late, with what it waits for."


def test_its_own_items_are_no_feeders():
    begun = issue("PAY-50", milestones=(RELEASE.key,), state_entered_at=AS_OF)
    view = view_of(more=[begun, *finished("POLD", cycle=25, days=60)])
    own, member = alone(view, begun)
    assert member < own
    assert late_with_feeders(view, view.deliverables[0]) == pytest.approx(1 - own)


def test_forecast_late_tells_both_chances():
    view = view_of(feeder("LED-1"), feeder("MOB-1"))
    (found,) = RULE.check(view, Params(enter=0.05, exit=0.01))
    texts = [fact.text for fact in found.facts]
    assert "Chance to miss Fri 18 Dec: 10 %, with what it waits for 64 %" in texts


def test_far_feeders_of_a_long_chain_are_left_out():
    chain = [feeder(f"MOB-{n}") for n in range(NEAREST)]
    far = feeder("LED-1")
    links = [link(one, before) for one, before in pairwise([*chain, far])]
    view = view_of(chain[0], more=[*chain[1:], far, *links])
    own, mobile = alone(view, chain[0])
    assert late_with_feeders(view, view.deliverables[0]) == pytest.approx(1 - own * mobile)
