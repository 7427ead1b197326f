"""Links, instants and settings that make no sense: findings or none, never a crash."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Standing
from syncd.model.items import Level, Phase
from syncd.reconciler.engine import evaluate, foreseen, judge
from syncd.reconciler.forecast.scope import Scopes
from syncd.reconciler.health import health
from syncd.reconciler.rules import load_rules
from syncd.reconciler.view import View
from syncd.testing.builders import (
    LONG_AGO,
    change,
    config,
    event,
    implements,
    issue,
    link,
    parent_of,
    person,
    pull_request,
    snapshot,
    team,
    version,
)
from syncd.testing.histories import finished

FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC, microsecond=0)
DEPENDENCY_RULES = [rule for rule in load_rules() if rule.id.startswith("dep-")]


def world(moment):
    """Items of every phase to which everything happened at one moment."""
    release = version("2.0", release="2026-12-18")
    whole = issue("PAY-900", level=Level.EPIC, created_at=moment, updated_at=moment)
    work = [
        issue(
            f"PAY-{number}", due="2026-12-03", phase=phase, milestones=(release.key,),
            parent="PAY-900", assignee="ada", created_at=moment, updated_at=moment,
            state_entered_at=moment, last_human_activity_at=moment,
            done_at=moment if phase.is_closed else None,
        )
        for number, phase in enumerate(list(Phase) * 2)
    ]  # fmt: skip
    pulls = [
        pull_request(
            f"acme/payments#{number}", state=state, created_at=moment, updated_at=moment,
            merged_at=merged, closed_at=merged, last_human_activity_at=moment,
        )
        for number, (state, merged) in enumerate([("open", None), ("closed", moment)])
    ]  # fmt: skip
    fields = ("due", "phase", "milestones", "team")
    return [
        release, whole, *work, *pulls, *finished(),
        *(change(one, name, "2026-11-01", "2026-12-02", moment) for one in work for name in fields),
        *(link(one, other) for one, other in pairwise(work)),
        *(implements(pull, one) for pull, one in zip(pulls, work, strict=False)),
        event("2.0 launch", FIRST), event("2.0 go / no-go", FIRST),
        event("Away", FIRST, type="out_of_office", organiser="ada"),
    ]  # fmt: skip


@pytest.mark.parametrize("moment", [FIRST, LAST])
@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12"])
def test_instants_at_the_ends_of_time_are_instants_in_every_zone(moment, zone):
    calendar = WorkingCalendar(zone=zone)
    settings = config(
        teams=(team("payments", "jira:PAY", timezone=zone, calendar="x"),),
        calendars={"x": calendar},
        calendar=calendar,
        people=(person("ada", team="payments", accounts=(("jira", "ada"), ("calendar", "ada"))),),
    )
    view = View(snapshot(*world(moment)), settings, estimates=foreseen)
    answer = judge(view)
    assert answer.failures == ()
    assert {one.subject for one in health(view, answer)} == {
        one.subject for one in view.deliverables if not one.done
    }


def test_a_circle_of_a_hundred_thousand_is_one_short_finding():
    ring = [issue(f"{'PAY' if n % 2 else 'LED'}-{n}") for n in range(100_000)]
    ring[0] = issue("LED-0", due="2026-11-02")
    links = [link(one, other) for one, other in zip(ring, [*ring[1:], ring[0]], strict=True)]
    answer = judge(View(snapshot(*ring, *links), config()), DEPENDENCY_RULES)
    assert answer.failures == ()
    (circle,) = [one for one in answer.findings if one.rule == "dep-cycle"]
    assert len(circle.summary) < 400
    assert len(circle.facts) < 20


def test_links_that_contradict_each_other_are_a_circle_and_the_plan_still_has_dates():
    one, other = issue("PAY-1", due="2026-12-02"), issue("LED-1", due="2026-12-09")
    links = [
        link(one, other),
        link(one, other, "blocks", "is blocked by", id="2"),
        link(one, one, id="3"),
        link(one, other, "relates to", "relates to", id="4"),
    ]
    view = View(snapshot(one, other, *links), config())
    answer = judge(view)
    assert answer.failures == ()
    assert [found.rule for found in answer.findings if found.fingerprint not in
            dict(answer.inhibited)] == ["dep-cycle"]  # fmt: skip
    assert all(view.plan.finish(node) for node in view.plan.nodes)


def test_without_teams_and_people_nothing_is_called_well():
    release = version("2.0", release="2026-12-18")
    work = [issue(f"PAY-{n}", milestones=(release.key,)) for n in range(9)]
    view = View(snapshot(release, *work), config(teams=()))
    answer = judge(view)
    assert answer.failures == ()
    assert [one.standing for one in health(view, answer)] == [Standing.NO_DATA]


def test_parents_in_a_circle():
    release = version("2.0", release="2026-12-18")
    one, other = issue("PAY-1"), issue("PAY-2")
    left = change(one, "milestones", str(release.key), None, "2026-11-10")
    work = issue("PAY-3", milestones=(release.key,))
    steps = parent_of(one, other), parent_of(other, one)
    assert evaluate(snapshot(release, one, other, work, left, *steps), config()).failures == ()


def test_parents_in_a_circle_of_thousands():
    release = version("2.0", release="2026-12-18")
    ring = [issue(f"PAY-{n}", milestones=(release.key,) * (n % 2)) for n in range(4_000)]
    steps = [parent_of(one, other) for one, other in zip(ring, [*ring[1:], ring[0]], strict=True)]
    view = View(snapshot(release, *ring, *steps), config(teams=()), estimates=foreseen)
    assert judge(view, DEPENDENCY_RULES).failures == ()
    (found,) = view.deliverables
    assert [view.issue(key).phase for key in found.members] == [Phase.ACTIVE]


def test_parents_in_a_tower():
    release = version("2.0", release="2026-12-18")
    first = issue("PAY-1", milestones=(release.key,), created_at=LONG_AGO)
    tower = [first, *(issue(f"PAY-{n}", created_at=LONG_AGO) for n in range(2, 1_202))]
    steps = [parent_of(below, above) for above, below in pairwise(tower)]
    left = change(tower[-1], "milestones", str(release.key), None, "2026-11-10")
    view = View(snapshot(release, *tower, *steps, left), config())
    (found,) = view.deliverables
    assert [move.item.ref for move in view.once(Scopes).of(found)] == ["PAY-1201"]


@pytest.mark.timeout(60)
def test_parents_that_once_were_parts_of_each_other():
    release = version("2.0", release="2026-12-18")
    one, other = (issue(f"PAY-{n}", milestones=(release.key,), created_at=LONG_AGO) for n in (1, 2))
    came = change(one, "milestones", None, str(release.key), "2026-11-03")
    apart = change(one, "parent", "PAY-2", None, "2026-11-10")
    other_way = change(other, "parent", "PAY-1", None, "2026-11-11")
    view = View(snapshot(release, one, other, came, apart, other_way), config())
    (found,) = view.deliverables
    moves = [(move.item.ref, move.at) for move in view.once(Scopes).of(found)]
    assert moves == [("PAY-1", one.created_at), ("PAY-2", other.created_at)]
