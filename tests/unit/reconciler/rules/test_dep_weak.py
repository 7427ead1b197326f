"""dep-weak: something committed waits for what nobody holds or what has no date."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.model.findings import Severity
from syncd.model.items import Account, Level, Phase
from syncd.model.links import Evidence
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.dep_weak import RULE
from syncd.testing.builders import (
    AS_OF,
    change,
    config,
    declared,
    issue,
    link,
    parent_of,
    snapshot,
    sprint,
    version,
)

RELEASE = version("Checkout", release="2026-12-11")
MEMBER = issue("PAY-7", milestones=(RELEASE.key,), assignee="ada", title="Refund flow")
BARE = issue("LED-1", phase=Phase.TODO, title="Ledger API v2")
HELD = issue("LED-1", phase=Phase.TODO, due="2026-12-09", assignee="osei")


def told(*things, release=RELEASE, stale=None, **settings):
    held = snapshot(Account(source="jira", id="osei", name="R. Osei"), release, *things,
                    stale=stale)  # fmt: skip
    answer = evaluate(held, config(**settings), [RULE])
    assert answer.failures == ()
    return answer


def found(weak, *more, member=MEMBER, **settings):
    return told(weak, member, link(member, weak), *more, **settings).findings


def test_silent_for_what_has_an_owner_and_a_date():
    assert not found(HELD)


def test_silent_for_what_nothing_committed_waits_for():
    assert not told(BARE, MEMBER).findings
    assert not told(BARE, MEMBER, link(MEMBER, BARE, "needs", evidence=Evidence.WAITS_PHRASE)
                    ).findings  # fmt: skip
    assert not told(BARE, MEMBER, parent_of(BARE, MEMBER)).findings


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.DROPPED])
def test_silent_when_either_is_closed(phase):
    assert not found(replace(BARE, phase=phase))
    assert not found(BARE, member=replace(MEMBER, phase=phase))


def test_silent_for_members_of_the_deliverable_itself():
    assert not found(replace(BARE, milestones=(RELEASE.key,)))


def test_silent_when_the_release_has_passed():
    assert not found(BARE, release=version("Checkout", release="2026-11-20"))
    assert found(BARE, release=version("Checkout", release="2026-11-23"))


@pytest.mark.parametrize(
    ("due", "needed", "days"),
    [
        ("2026-11-20", "was needed by Fri 20 Nov", "1 working day ago"),
        ("2026-11-23", "is needed by Mon 23 Nov", "0 working days from today"),
    ],
)
def test_a_day_that_has_passed_is_told_as_passed(due, needed, days):
    """What waits for it is late already; the release it belongs to is still ahead."""
    (one,) = found(BARE, member=issue("PAY-7", milestones=(RELEASE.key,), due=due))
    assert needed in one.summary
    assert needed in one.act
    assert days in one.reckoning.formula


def test_silent_for_a_date_that_is_no_commitment_yet():
    recent = change(RELEASE, "release", None, "2026-12-11", "2026-11-19")
    assert not found(BARE, recent)


def test_the_whole_finding():
    (one,) = found(BARE)
    assert (one.subject, one.discriminator) == (str(BARE.key), "")
    assert one.summary == (
        "Checkout waits for Ledger API v2 (LED-1), which is needed by Fri 11 Dec "
        "and has no assignee and no date."
    )
    assert one.plain == (
        "Checkout waits for Ledger API v2, needed by Fri 11 Dec, which has nobody to do it and no date."
    )
    assert one.act == (
        "Ledger: name who does it and give it a date; LED-1 is needed by Fri 11 Dec."
    )
    assert one.clears == "LED-1 has an assignee and a date, or Checkout waits no more."
    assert (one.planned, one.deliverable) == (date(2026, 12, 11), str(RELEASE.key))
    assert [push.ref for push in one.pushes] == ["PAY-7"]
    assert [fact.text for fact in one.facts] == [
        "PAY-7 is blocked by LED-1",
        "LED-1 has no assignee and no date",
    ]
    assert one.teams == ("ledger", "payments")
    assert {str(scope) for scope in one.scopes} == {"jira:LED", "jira:PAY"}


def test_one_flaw_is_enough_and_named():
    (unowned,) = found(replace(HELD, assignee=None))
    assert unowned.summary.endswith("and has no assignee.")
    (undated,) = found(replace(HELD, claims=()))
    assert undated.act == "R. Osei: give it a date; LED-1 is needed by Fri 11 Dec."


def test_an_inherited_date_is_a_date():
    theirs = version("Ledger 2", release="2026-12-04", scope="LED")
    assert not found(replace(HELD, claims=(), milestones=(theirs.key,)), theirs)


THEIRS = version("Ledger 2", release="2026-12-04", scope="LED")
SPRINT = sprint("LED 41", start="2026-11-16", end="2026-11-27", scope="LED")
PLANNED = issue("LED-2", phase=Phase.DONE, sprint=SPRINT.key)
UNPLANNED = replace(HELD, claims=(), milestones=(THEIRS.key,))


def test_what_is_in_no_sprint_of_a_team_that_plans_in_sprints_is_told():
    (one,) = found(UNPLANNED, THEIRS, SPRINT, PLANNED)
    assert one.summary.endswith("which is needed by Fri 4 Dec and has no sprint.")
    assert one.act == "R. Osei: put it into a sprint; LED-1 is needed by Fri 4 Dec."
    assert one.clears == "LED-1 has an assignee and a sprint, or Checkout waits no more."


@pytest.mark.parametrize(
    "planned",
    [
        replace(UNPLANNED, sprint=SPRINT.key),
        replace(UNPLANNED, phase=Phase.ACTIVE),
        replace(UNPLANNED, level=Level.EPIC),
        HELD,
    ],
)
def test_what_is_planned_begun_dated_by_itself_or_an_epic_needs_no_sprint(planned):
    assert not found(planned, THEIRS, SPRINT, PLANNED)


@pytest.mark.parametrize(("needed", "expected"), [("2026-12-10", True), ("2026-12-11", False)])
def test_what_the_next_sprint_would_still_finish_in_time_may_be_planned_then(needed, expected):
    theirs = replace(THEIRS, claims=version("Ledger 2", release=needed, scope="LED").claims)
    assert bool(found(UNPLANNED, theirs, SPRINT, PLANNED)) is expected


def test_where_no_sprint_is_open_or_the_tracker_has_none_none_is_needed():
    over = replace(SPRINT, state="closed")
    assert not found(UNPLANNED, THEIRS, over, PLANNED)
    elsewhere = replace(SPRINT, key=replace_source(SPRINT.key))
    other = replace(PLANNED, key=replace_source(PLANNED.key), sprint=elsewhere.key)
    assert not found(UNPLANNED, THEIRS, elsewhere, other)


def replace_source(key):
    return key._replace(source="other")


@pytest.mark.parametrize(("days", "expected"), [(19, True), (20, True), (21, False)])
def test_only_what_is_needed_soon(days, expected):
    day = AS_OF.date()
    for _ in range(days):
        day += timedelta(days=3 if day.weekday() == 4 else 1)
    assert bool(found(BARE, release=version("Checkout", release=day))) is expected


@pytest.mark.parametrize(("depth", "expected"), [(2, []), (3, ["LED-1"]), (4, ["LED-1"])])
def test_how_far_it_looks(depth, expected):
    one, two = (issue(ref, due="2026-12-01", assignee="bo") for ref in ("MOB-1", "MOB-2"))
    links = [link(MEMBER, one), link(one, two), link(two, BARE)]
    answer = told(BARE, MEMBER, one, two, *links, rules={"dep-weak": {"depth": depth}})
    assert [finding.ref for finding in answer.findings] == expected


def test_told_once_however_many_wait():
    other = issue("PAY-8", milestones=(RELEASE.key,))
    assert len(found(BARE, other, link(other, BARE))) == 1


def test_a_circle_of_links_ends():
    one = issue("MOB-1", due="2026-12-01", assignee="bo")
    answer = told(one, MEMBER, link(MEMBER, one), link(one, MEMBER))
    assert answer.findings == ()


@pytest.mark.parametrize(
    ("ref", "release", "expected"),
    [
        ("LED-1", "2026-12-11", Severity.HIGH),
        ("PAY-1", "2026-12-11", Severity.MEDIUM),
        ("PAY-1", "2026-12-08", Severity.MEDIUM),
        ("PAY-1", "2026-12-07", Severity.HIGH),
    ],
)
def test_crossing_teams_and_nearness_are_worse(ref, release, expected):
    (one,) = found(issue(ref), release=version("Checkout", release=release))
    assert one.severity is expected


def test_the_tier_counts():
    wanted = declared("x", "jira:version=Checkout", tier="A")
    (one,) = found(BARE, deliverables=(wanted,))
    assert (one.severity, one.tier) == (Severity.CRITICAL, "A")


def test_stale_data_is_unknown():
    answer = told(BARE, MEMBER, link(MEMBER, BARE), stale={"jira:LED": "2026-11-20"})
    assert (answer.findings, len(answer.unknown)) == ((), 1)


def test_unknown_when_what_waits_for_it_cannot_be_seen():
    mob = issue("MOB-1", assignee="kim", due="2026-12-10")
    way = RELEASE, MEMBER, mob, BARE, link(MEMBER, mob), link(mob, BARE)
    assert [one.subject for one in evaluate(snapshot(*way), config(), [RULE]).findings] == [
        str(BARE.key)
    ]
    for hidden in (MEMBER, mob):
        answer = evaluate(snapshot(*way, invisible=[hidden.key]), config(), [RULE])
        assert answer.findings == ()
        assert str(BARE.key) in {one.subject for one in answer.unknown}
        assert str(hidden.key) not in {one.subject for one in answer.unknown}
