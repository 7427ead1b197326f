"""dep-inversion: something is due before what it waits for."""

from dataclasses import replace
from datetime import date

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity, Standing
from syncd.model.items import Account, Level, Phase, Precision
from syncd.model.links import Evidence
from syncd.reconciler.engine import evaluate, foreseen
from syncd.reconciler.facts.wording import day
from syncd.reconciler.rules.dep_inversion import RULE
from syncd.reconciler.view import View
from syncd.testing.builders import (
    LONG_AGO,
    at,
    change,
    claim,
    config,
    declared,
    issue,
    key,
    link,
    parent_of,
    snapshot,
    sprint,
    team,
    version,
)
from syncd.testing.histories import finished

LED = issue("LED-88", due="2026-12-09", title="Ledger API v2", assignee="osei")
PAY = issue("PAY-142", due="2026-12-02", title="Refund flow", assignee="ada")
PEOPLE = (
    Account(source="jira", id="osei", name="R. Osei"),
    Account(source="jira", id="ada", name="Ada"),
)


def found(*things, as_of="2026-11-23 08:00", **settings):
    told = evaluate(snapshot(*PEOPLE, *things, as_of=as_of), config(**settings), [RULE])
    assert told.failures == ()
    return told.findings


def fires(before, after, *more, **settings):
    return bool(found(before, after, link(after, before), *more, **settings))


def test_the_whole_finding():
    (one,) = found(LED, PAY, link(PAY, LED, set_at=at("2026-11-02")))
    assert one.subject == str(PAY.key)
    assert one.discriminator == str(LED.key)
    assert one.standing is Standing.AT_RISK
    assert one.summary == (
        "Refund flow (PAY-142) is due Wed 2 Dec but waits for Ledger API v2 (LED-88), "
        "which is due Wed 9 Dec, 5 working days later."
    )
    assert one.plain == (
        "Refund flow is planned for Wed 2 Dec but needs Ledger API v2, "
        "planned for Wed 9 Dec, 5 working days later."
    )
    assert one.act == (
        "Ada: agree with R. Osei to have LED-88 by Wed 2 Dec, "
        "or move PAY-142 to Wed 9 Dec or later, or take the link away."
    )
    assert one.clears
    assert (one.planned, one.expected, one.slip) == (date(2026, 12, 2), date(2026, 12, 9), 5)
    assert one.gap == one.drift == 5
    assert one.owner == "jira:ada"
    assert one.teams == ("payments", "ledger")
    assert {str(scope) for scope in one.scopes} == {"jira:PAY", "jira:LED"}
    assert one.url == PAY.url
    assert [fact.text for fact in one.facts] == [
        "PAY-142 is blocked by LED-88",
        "The due date of PAY-142 says Wed 2 Dec",
        "The due date of LED-88 says Wed 9 Dec",
    ]
    assert {fact.url for fact in one.facts} == {PAY.url, LED.url}


def test_the_day_expected_is_the_one_that_other_surfaces_tell():
    """PAY-142 still needs some days once LED-88 is there."""
    waits = replace(PAY, phase=Phase.TODO)
    held = snapshot(*PEOPLE, LED, waits, link(waits, LED), *finished(cycle=6, created_at=LONG_AGO))
    view = View(held, config(), estimates=foreseen)
    (one,) = RULE.check(view, RULE.params())
    assert one.expected == view.plan.told(PAY.key) > date(2026, 12, 9)
    assert one.slip == view.plan.days(PAY.key, one.planned, one.expected)
    assert one.gap == one.drift == 5, "no forecast makes it worse"
    assert f"move PAY-142 to {day(one.expected, view.today)} or later" in one.act


def test_nobody_agrees_with_themselves_and_nothing_is_to_be_had_by_a_day_that_is_over():
    mine = replace(LED, assignee=PAY.assignee)
    (one,) = found(mine, PAY, link(PAY, mine))
    assert one.act.startswith("Ada: have LED-88 by Wed 2 Dec, or move PAY-142 to Wed 9 Dec")
    over = issue("PAY-142", due="2026-11-02", title="Refund flow", assignee="ada")
    (late,) = found(LED, over, link(over, LED))
    assert late.act == "Ada: move PAY-142 to Wed 9 Dec or later, or take the link away."


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("2026-12-01", "2026-12-02", False),
        ("2026-12-02", "2026-12-02", False),
        ("2026-12-03", "2026-12-02", True),
        ("2026-12-06", "2026-12-04", False),
        ("2026-12-07", "2026-12-04", True),
        ("2027-01-01", "2026-12-31", True),
    ],
)
def test_one_working_day_is_enough_and_a_weekend_is_none(before, after, expected):
    assert fires(issue("LED-1", due=before), issue("PAY-1", due=after)) is expected


def test_it_clears_when_the_dates_fit():
    assert not fires(issue("LED-1", due="2026-12-02"), PAY)


def test_what_waits_further_on_is_named():
    mob = issue("MOB-3", due="2026-12-20")
    (one,) = found(LED, PAY, mob, link(PAY, LED), link(mob, PAY))
    assert one.summary.endswith("5 working days later; MOB-3 waits for it.")
    assert [(push.ref, push.planned, push.team) for push in one.pushes] == [
        ("MOB-3", date(2026, 12, 20), "mobile")
    ]
    assert one.teams == ("payments", "ledger", "mobile")


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.DROPPED])
@pytest.mark.parametrize("end", ["before", "after"])
def test_silent_when_either_is_closed(phase, end):
    before = replace(LED, phase=phase) if end == "before" else LED
    after = replace(PAY, phase=phase) if end == "after" else PAY
    assert not fires(before, after)


def test_silent_when_the_dependant_is_in_review():
    assert not fires(LED, replace(PAY, phase=Phase.REVIEW))
    assert fires(replace(LED, phase=Phase.REVIEW), PAY)
    assert fires(LED, replace(PAY, phase=Phase.WAITING))


@pytest.mark.parametrize("end", ["before", "after"])
def test_silent_without_a_date(end):
    undated = replace(LED if end == "before" else PAY, claims=())
    assert not fires(*((undated, PAY) if end == "before" else (LED, undated)))


def test_silent_for_links_that_are_not_stated():
    said = link(PAY, LED, "depends on", evidence=Evidence.WAITS_PHRASE)
    assert not found(LED, PAY, said)
    assert not found(LED, PAY, link(PAY, LED, "relates to", "relates to"))
    assert not found(LED, PAY, parent_of(LED, PAY))
    assert not found(LED, PAY, link(PAY, LED, explicit=False))


def test_the_interval_that_gives_most_room_counts():
    """A month against a day: only what cannot be met in any case is told."""
    december = claim(key("LED-1"), "2026-12-01", until="2026-12-31", precision=Precision.MONTH)
    january = claim(key("LED-1"), "2027-01-01", until="2027-01-31", precision=Precision.MONTH)
    assert not fires(issue("LED-1", claims=(december,)), PAY)
    assert fires(issue("LED-1", claims=(january,)), PAY)


def test_silent_when_a_sprint_end_meets_a_coarser_date():
    run = sprint(end="2027-01-08")
    in_sprint = issue("LED-1", sprint=run.key)
    december = claim(key("PAY-1"), "2026-12-01", until="2026-12-31", precision=Precision.MONTH)
    assert not fires(in_sprint, issue("PAY-1", claims=(december,)), run)
    assert fires(in_sprint, issue("PAY-1", due="2026-12-31"), run)
    early = sprint("S2", end="2026-11-27")
    january = claim(key("LED-2"), "2027-01-01", until="2027-01-31", precision=Precision.MONTH)
    assert not fires(issue("LED-2", claims=(january,)), issue("PAY-2", sprint=early.key), early)


def test_inherited_dates_count_and_their_data_too():
    v = version("Ledger 2", release="2026-12-18", scope="REL")
    (one,) = found(issue("LED-1", milestones=(v.key,)), PAY, v, link(PAY, issue("LED-1")))
    assert one.slip == 12
    assert "jira:REL" in {str(scope) for scope in one.scopes}
    assert one.facts[-1].text == "The release date of REL Ledger 2 says Fri 18 Dec"


def test_items_of_one_release_do_not_contradict_each_other():
    v = version("Checkout", release="2026-12-18")
    one, other = (issue(ref, milestones=(v.key,), phase=Phase.TODO) for ref in ("PAY-1", "LED-1"))
    assert not fires(one, other, v)


@pytest.mark.parametrize(
    ("days", "phase", "expected"),
    [(0, Phase.TODO, False), (1, Phase.TODO, True), (1, Phase.ACTIVE, False)],
)
def test_a_dependant_that_has_not_begun_may_be_said_to_need_days(days, phase, expected):
    rules = {"dep-inversion": {"todo_bd": days}}
    before = issue("LED-1", due="2026-12-02")
    assert fires(before, replace(PAY, phase=phase), rules=rules) is expected


def test_the_dependant_s_calendar_counts():
    holiday = WorkingCalendar(days_off=frozenset({date(2026, 12, 3)}))
    teams = (team("payments", "jira:PAY", calendar="PAY"), team("ledger", "jira:LED"))
    before = issue("LED-1", due="2026-12-03")
    assert not fires(before, PAY, teams=teams, calendars={"PAY": holiday})
    assert fires(before, PAY, teams=teams)


# severity


def severity(before, after, *more, **settings):
    (one,) = found(before, after, link(after, before), *more, **settings)
    return one.severity


FAR_LED, FAR_PAY = issue("LED-1", due="2027-01-20"), issue("PAY-1", due="2027-01-13")


def test_crossing_teams_is_worse():
    assert severity(issue("PAY-2", due="2027-01-20"), FAR_PAY) is Severity.MEDIUM
    assert severity(FAR_LED, FAR_PAY) is Severity.HIGH
    assert severity(issue("X-1", due="2027-01-20"), FAR_PAY) is Severity.MEDIUM


@pytest.mark.parametrize(
    ("due", "expected"),
    [("2026-12-07", Severity.CRITICAL), ("2026-12-08", Severity.HIGH)],
)
def test_nearness_counts_under_what_is_committed(due, expected):
    v = version("Checkout", release="2027-03-01")
    after = issue("PAY-1", due=due, milestones=(v.key,))
    assert severity(FAR_LED, after, v) is expected
    assert severity(FAR_LED, issue("PAY-1", due=due)) is Severity.HIGH


@pytest.mark.parametrize(
    ("tier", "expected"), [("A", Severity.CRITICAL), ("B", Severity.HIGH), ("C", Severity.MEDIUM)]
)
def test_the_tier_counts(tier, expected):
    v = version("Checkout", release="2027-03-01")
    wanted = declared("x", "jira:version=Checkout", tier=tier)
    after = issue("PAY-1", due="2027-01-13", milestones=(v.key,))
    assert severity(FAR_LED, after, v, deliverables=(wanted,)) is expected


def test_three_teams_are_widespread():
    mob = issue("MOB-3", due="2027-02-20")
    assert severity(FAR_LED, FAR_PAY, mob, link(mob, FAR_PAY)) is Severity.CRITICAL


# identity


def test_titles_dates_and_people_are_no_part_of_the_identity():
    (one,) = found(LED, PAY, link(PAY, LED))
    renamed = replace(PAY, title="Else", assignee=None, ref="NEW-1", claims=())
    dated = replace(renamed, claims=(claim(PAY.key, "2026-12-01"),))
    (other,) = found(LED, dated, link(dated, LED))
    assert one.fingerprint == other.fingerprint
    assert one.material != other.material


def test_a_restricted_end_restricts_it():
    (one,) = found(replace(LED, restricted=True), PAY, link(PAY, LED))
    assert one.restricted


def test_nobody_to_ask_is_said():
    lonely = issue("X-1", due="2026-12-09")
    (one,) = found(lonely, issue("Y-1", due="2026-12-02"), link(issue("Y-1"), lonely))
    assert "Name an owner of Y-1" in one.act
    assert "whoever is to own X-1" in one.act


def test_stale_data_at_either_end_is_unknown():
    for scope in ("jira:PAY", "jira:LED"):
        held = snapshot(LED, PAY, link(PAY, LED), stale={scope: "2026-11-20"})
        told = evaluate(held, config(), [RULE])
        assert (told.findings, len(told.unknown)) == ((), 1)


def test_an_epic_that_waits_counts_like_any_item():
    epic = issue("PAY-9", level=Level.EPIC, due="2026-12-01")
    assert fires(LED, epic)


def test_it_tells_by_which_move_to_another_release_or_sprint_it_came_about():
    early, late = (
        version(name, release=day) for name, day in (("2.0", "2026-12-02"), ("2.1", "2026-12-18"))
    )
    led, run = issue("LED-88", milestones=(late.key,)), sprint(end="2026-12-02")
    moved = (
        change(led, "milestones", str(early.key), None, "2026-11-20"),
        change(led, "milestones", None, str(late.key), "2026-11-20", actor="osei"),
    )
    (one,) = found(led, PAY, link(PAY, led), early, late, *moved)
    assert one.facts[-1].text == (
        "LED-88 was put into PAY 2.1 instead of PAY 2.0 on Fri 20 Nov, by R. Osei"
    )
    pay = issue("PAY-1", sprint=run.key)
    put = change(pay, "sprint", None, str(run.key), "2026-11-19")
    (one,) = found(LED, pay, link(pay, LED), run, put)
    assert one.facts[-1].text == f"PAY-1 was put into {run.name} on Thu 19 Nov, by Ada"
    (one,) = found(LED, PAY, link(PAY, LED), early, late, *moved)
    assert not [fact for fact in one.facts if "was put into" in fact.text], "its own date counts"
