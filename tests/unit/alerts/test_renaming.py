"""A team with another id is the same team to whoever heard of its alerts."""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from filled import install
from sections import AT_ONCE, OUTBOX

from syncd.alerts.lifecycle import advance
from syncd.alerts.renaming import under_new_names
from syncd.app import App
from syncd.interfaces import Page
from syncd.model.alerts import AlertState, Reason
from syncd.model.snapshot import Scope
from syncd.passes import Elapsed, record_of
from syncd.settings import load
from syncd.store import open_store
from syncd.testing.alerts import after, alert, evaluation, finding
from syncd.testing.builders import AS_OF, issue

ONE = finding(
    "PAY-1", teams=("payments", "web"), material="payments\nlaunch", owner="team:payments"
)
TWO = finding("PAY-2", teams=("payments",))
KNOWN = tuple(
    alert(one, number=n, told_teams=one.teams, told_material=one.material)
    for n, one in enumerate((ONE, TWO))
)


def told(*now, teams, known=KNOWN, knows=lambda *_: True):
    """What is told of each pass over them, two in a row."""
    alerts, found = known, []
    for _ in range(2):
        seen = evaluation(*now)
        alerts_ = under_new_names(alerts, seen, teams, knows)
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


def test_what_two_teams_had_and_one_has_now_is_news():
    three = finding("LED-1", teams=("ledger",))
    known = *KNOWN, alert(three, number=3, told_teams=three.teams)
    now = [replace(one, teams=("money",)) for one in (TWO, three)]
    assert told(replace(ONE, teams=("money", "web")), *now, teams=["money", "web"], known=known)[0]


def test_what_a_team_that_people_heard_of_takes_over_is_news():
    web = finding("WEB-1", teams=("web",))
    over = alert(web, state=AlertState.RESOLVED, number=2, told_teams=web.teams, resolved_at=AS_OF)
    known = alert(TWO, number=1, told_teams=TWO.teams), over
    assert told(replace(TWO, teams=("web",)), teams=["web"], known=known)[0] == [Reason.CHANGED]


def test_a_new_team_that_others_gain_as_well_is_news():
    web = finding("WEB-1", teams=("web",))
    known = alert(TWO, number=1, told_teams=TWO.teams), alert(web, number=2, told_teams=web.teams)
    now = replace(TWO, teams=("pay",)), replace(web, teams=("web", "pay"))
    assert told(*now, teams=["web", "pay"], known=known)[0] == [Reason.CHANGED] * 2


def test_what_a_team_gets_whose_lead_heard_of_none_of_it_is_news():
    """Nobody had heard of the team, as it had no trouble of its own before."""
    asked = []

    def knows(team, fingerprints):
        asked.append((team, sorted(fingerprints)))
        return False

    one = replace(ONE, teams=("pay", "web"), material="pay\nlaunch", owner="team:pay")
    now = one, replace(TWO, teams=("pay",))
    assert told(*now, teams=["pay", "web"], knows=knows)[0] == [Reason.CHANGED] * 2
    assert asked[0] == ("pay", sorted(alert.fingerprint for alert in KNOWN))


# Through the application and a real store

CONFIG = f"""
[teams.TEAM]
lead = "LEAD"
owns = ["jira:PAY"]
[people.kim]
name = "Kim"
email = "kim@example.com"
role = "lead"
[people.dana]
name = "Dana"
email = "dana@example.com"
role = "lead"
{OUTBOX}{AT_ONCE}"""


def hear(tmp_path, team, lead, at):
    """Who gets mail of a pass in which a team, led by somebody, has an item that is late."""
    text = CONFIG.replace("TEAM", team).replace("LEAD", lead)
    url = install(tmp_path, text)
    late = issue("PAY-1", due="2026-11-09", assignee="x", created_at=AS_OF - timedelta(days=90))
    with closing(open_store(url, now=at)) as store:
        store.commit(Scope("jira", "PAY"), Page(items=(late,), last=True), at)
    with App(load(tmp_path / "syncd.toml", {}), now=at) as app:
        reading = app.reconcile(at, assume_fresh=True)
        made = app.decide(reading)
        app.store.record(record_of((), reading, made, Elapsed(at)), made.transitions, made.queued)
        app.deliver(at + timedelta(minutes=5))
        return {one.person for one in made.queued}


@pytest.mark.parametrize(("lead", "told"), [("kim", set()), ("dana", {"dana"})])
def test_who_leads_the_team_now_hears_of_what_they_had_not_heard_of(
    tmp_path, monkeypatch, lead, told
):
    monkeypatch.chdir(tmp_path)
    hours = timedelta(hours=1)
    assert hear(tmp_path, "payments", "kim", AS_OF) == {"kim"}
    assert hear(tmp_path, "growth", lead, AS_OF + hours) == told
