"""dep-late: something is late, and what waits for it cannot be in time."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity, Standing
from syncd.model.items import Account, Phase
from syncd.model.links import Evidence
from syncd.reconciler.engine import evaluate
from syncd.reconciler.plan import Estimates
from syncd.reconciler.rules import load_rules
from syncd.reconciler.rules.dep_late import RULE
from syncd.testing.builders import (
    at,
    config,
    declared,
    issue,
    link,
    parent_of,
    snapshot,
    sprint,
    team,
    version,
)

LED = issue("LED-88", due="2026-11-16", title="Ledger API v2", assignee="osei")
PAY = issue("PAY-142", due="2026-11-18", title="Refund flow", assignee="ada")
PEOPLE = (
    Account(source="jira", id="osei", name="R. Osei"),
    Account(source="jira", id="ada", name="Ada"),
)


def told(*things, rules=(RULE,), **settings):
    answer = evaluate(snapshot(*PEOPLE, *things), config(**settings), rules)
    assert answer.failures == ()
    return answer


def found(*things, **settings):
    return told(*things, **settings).findings


def due(ref, day, **fields):
    return issue(ref, due=day, **fields)


# silence


def test_silent_while_everything_can_be_in_time():
    assert not found(LED, due("PAY-1", "2026-12-02"), link(due("PAY-1", "2026-12-02"), LED))


def test_silent_when_nothing_waits():
    assert not found(LED, PAY)


@pytest.mark.parametrize(
    ("zone", "as_of", "count"),
    [
        ("America/Los_Angeles", "2026-11-17 07:59", 0),
        ("America/Los_Angeles", "2026-11-17 08:00", 1),
        ("Pacific/Auckland", "2026-11-16 10:59", 0),
        ("Pacific/Auckland", "2026-11-16 11:00", 1),
    ],
)
@pytest.mark.parametrize("home", ["Pacific/Auckland", "America/Los_Angeles"])
def test_a_due_day_ends_where_its_team_is(zone, as_of, count, home):
    teams = [team("payments", "jira:PAY"), team("ledger", "jira:LED")]
    conf = config(
        calendar=WorkingCalendar(zone=home),
        teams=tuple(replace(one, timezone=zone) for one in teams),
    )
    waits = due("PAY-1", "2026-11-16", phase=Phase.TODO)
    held = snapshot(LED, waits, link(waits, LED), as_of=as_of)
    assert len(evaluate(held, conf, (RULE,)).findings) == count


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.DROPPED])
@pytest.mark.parametrize("end", ["before", "after"])
def test_silent_when_either_is_closed(phase, end):
    before = replace(LED, phase=phase) if end == "before" else LED
    after = replace(PAY, phase=phase) if end == "after" else PAY
    assert not found(before, after, link(after, before))


def test_silent_for_links_that_are_not_stated():
    assert not found(LED, PAY, link(PAY, LED, "needs", evidence=Evidence.WAITS_PHRASE))
    assert not found(LED, PAY, link(PAY, LED, "relates to", "relates to"))


def test_silent_for_parts_of_a_whole():
    assert not found(LED, PAY, parent_of(LED, PAY))


def test_silent_for_two_linked_dates_that_contradict_each_other():
    """That is `dep-inversion`'s."""
    planned, after = due("LED-1", "2026-12-09"), due("PAY-1", "2026-12-02")
    assert not found(planned, after, link(after, planned))


def test_silent_for_several_such_dates():
    """Each is `dep-inversion`'s, also the one that does not set the day."""
    one, other, after = (due(*it) for it in (("LED-1", "2026-12-09"), ("MOB-1", "2026-12-15"),
                                            ("PAY-1", "2026-12-02")))  # fmt: skip
    assert not found(one, other, after, link(after, one), link(after, other))


def test_silent_for_an_inherited_date_that_has_passed():
    late, run = version("Ledger", release="2026-11-16", scope="LED"), sprint(end="2026-11-13")
    for shared in (
        issue("LED-1", milestones=(late.key,)),
        issue("LED-1", sprint=run.key),
    ):
        assert not found(shared, PAY, late, run, link(PAY, shared))


def test_what_would_be_late_by_itself_is_not_blamed_on_others():
    after = due("PAY-1", "2026-12-02")
    late = due("LED-1", "2026-11-20")
    assert not found(late, after, link(after, late))


# firing


def test_the_whole_finding():
    middle = issue("LED-90", title="Ledger client")
    (one,) = found(LED, middle, PAY, link(middle, LED), link(PAY, middle))
    assert (one.subject, one.discriminator) == (str(LED.key), "")
    assert one.standing is Standing.LATE
    assert one.summary == (
        "Ledger API v2 (LED-88) was due Mon 16 Nov and is not done, "
        "so PAY-142 misses Wed 18 Nov by 3 working days."
    )
    assert one.plain == (
        "Ledger API v2 was due Mon 16 Nov and is not done, "
        "so Refund flow misses Wed 18 Nov by 3 working days."
    )
    assert one.act == (
        "R. Osei: finish LED-88 first, and agree with who waits (PAY-142) on new dates."
    )
    assert one.clears == "LED-88 is done, or everything that waits for it can be in time."
    assert (one.planned, one.expected, one.slip) == (date(2026, 11, 16), date(2026, 11, 23), 5)
    assert [(push.ref, push.slip) for push in one.pushes] == [("PAY-142", 3)]
    assert [fact.text for fact in one.facts] == [
        "LED-90 is blocked by LED-88",
        "PAY-142 is blocked by LED-90: 3 working days too few",
        "With LED-88 on Mon 16 Nov, PAY-142 would be in time",
    ]
    assert one.owner == "jira:osei"
    assert one.teams == ("ledger", "payments")
    assert {str(scope) for scope in one.scopes} == {"jira:LED", "jira:PAY"}
    assert one.explains == (str(PAY.key),)


@pytest.mark.parametrize(
    ("target", "expected"),
    [("2026-11-24", False), ("2026-11-23", False), ("2026-11-20", True), ("2026-11-22", True)],
)
def test_one_working_day_is_enough_and_a_weekend_is_none(target, expected):
    """Today, Monday the 23rd, is the earliest that something overdue can be done."""
    after = due("PAY-1", target)
    assert bool(found(LED, after, link(after, LED))) is expected


def test_a_planned_date_that_something_further_on_cannot_wait_for():
    planned, middle, after = due("LED-1", "2026-12-09"), issue("LED-2"), due("PAY-1", "2026-12-02")
    (one,) = found(planned, middle, after, link(middle, planned), link(after, middle))
    assert one.standing is Standing.AT_RISK
    assert one.summary == (
        "Title of LED-1 (LED-1) is planned for Wed 9 Dec but needed by Wed 2 Dec, "
        "so PAY-1 misses Wed 2 Dec by 5 working days."
    )
    assert one.act == (
        "Ledger: have LED-1 done by Wed 2 Dec, or tell who waits (PAY-1) to plan with Wed 9 Dec."
    )
    assert (one.planned, one.expected) == (date(2026, 12, 2), date(2026, 12, 9))


def test_a_way_through_a_circle_is_told():
    one, other, after = issue("LED-2"), issue("LED-3"), due("PAY-1", "2026-11-18")
    newest = link(one, other, set_at=at("2026-11-02"))
    links = [link(one, LED), link(other, one), newest, link(after, other)]
    (finding,) = found(LED, one, other, after, *links)
    assert "LED-2 and LED-3 wait for each other" in finding.facts[-1].text


def test_a_release_that_waits_comes_first_and_what_it_waits_by_is_counted():
    release = version("Checkout", release="2026-11-20")
    member = issue("PAY-7", milestones=(release.key,))
    (one,) = found(LED, PAY, release, member, link(member, LED), link(PAY, LED))
    assert "so Checkout misses Fri 20 Nov by 1 working day; 2 more late by it" in one.summary
    assert [push.ref for push in one.pushes] == ["Checkout", "PAY-142", "PAY-7"]
    # By that it is known again when people call it otherwise.
    assert [push.subject for push in one.pushes] == [f"deliverable:{release.key}", "", ""]
    assert f"deliverable:{release.key}" in one.explains


def test_of_two_causes_each_is_told_and_names_the_other():
    worse = due("MOB-1", "2026-11-12")
    both = [link(PAY, LED), link(PAY, worse)]
    first, second = sorted(found(LED, worse, PAY, *both), key=lambda one: one.ref)
    assert (first.ref, second.ref) == ("LED-88", "MOB-1")
    assert first.facts[-1].text == "Also held up by MOB-1"
    for one in (first, second):
        assert one.facts[0].text.startswith(f"PAY-142 is blocked by {one.ref}: 3 working days")
    assert first.explains == ()


def test_the_calendar_of_what_waits_counts():
    off = WorkingCalendar(days_off=frozenset({date(2026, 11, 23)}))
    teams = (team("payments", "jira:PAY", calendar="PAY"), team("ledger", "jira:LED"))
    after = due("PAY-1", "2026-11-20")
    assert not found(LED, after, link(after, LED), teams=teams, calendars={"PAY": off})


# severity


def severity(before, after, *more, **settings):
    (one,) = found(before, after, link(after, before), *more, **settings)
    return one.severity


def test_crossing_teams_is_worse():
    assert severity(LED, due("LED-2", "2026-11-18")) is Severity.MEDIUM
    assert severity(LED, PAY) is Severity.HIGH


@pytest.mark.parametrize(
    ("tier", "expected"), [("A", Severity.CRITICAL), ("B", Severity.HIGH), ("C", Severity.HIGH)]
)
def test_the_tier_of_what_is_hit_counts(tier, expected):
    release = version("Checkout", release="2026-11-20")
    wanted = declared("x", "jira:version=Checkout", tier=tier)
    member = issue("PAY-7", milestones=(release.key,))
    assert severity(LED, member, release, deliverables=(wanted,)) is expected


# unknown


def test_a_forecast_of_the_root_counts_and_of_what_waits_is_its_own_trouble():
    day = {LED.key: date(2026, 12, 9)}
    later = due("LED-88", "2026-12-02", title="Ledger API v2")
    after = due("PAY-1", "2026-12-04")
    held = snapshot(later, after, link(after, later))
    foresight = Estimates(finish=day.get)
    (one,) = evaluate(held, config(), [RULE], estimates=lambda _: foresight).findings
    assert "was to be done by Wed 2 Dec and is expected on Wed 9 Dec" in one.summary
    assert (one.slip, one.pushes[0].slip) == (5, 3)
    day[after.key] = date(2026, 12, 8)
    assert not evaluate(held, config(), [RULE], estimates=lambda _: foresight).findings


def test_what_is_overdue_is_told_with_the_day_that_is_foretold_for_it():
    after = due("PAY-1", "2026-12-04")
    held, finish = snapshot(LED, after, link(after, LED)), {LED.key: date(2026, 12, 9)}
    foresight = Estimates(finish=finish.get)
    (one,) = evaluate(held, config(), [RULE], estimates=lambda _: foresight).findings
    assert "was to be done by Mon 16 Nov and is expected on Wed 9 Dec" in one.summary


def test_what_may_not_begin_yet_is_no_trouble_of_its_own_however_short_the_time_is():
    after = due("PAY-1", "2026-11-24", phase=Phase.TODO)
    day, rest = {after.key: date(2026, 11, 27)}, {after.key: 4}
    foresight = Estimates(finish=day.get, rest=rest.get)
    held = snapshot(LED, after, link(after, LED))
    (one,) = evaluate(held, config(), [RULE], estimates=lambda _: foresight).findings
    assert [push.slip for push in one.pushes] == [3]


@pytest.mark.parametrize(
    ("odds", "opens"), [(0.31, False), (0.3, True), (0.29, True), (None, True)]
)
def test_what_may_well_be_in_time_opens_nothing_and_ends_nothing(odds, opens):
    before, after = due("LED-1", "2026-12-02"), due("PAY-1", "2026-12-04")
    held = snapshot(before, after, link(after, before))
    finish = {before.key: date(2026, 12, 9)}
    foresight = Estimates(finish=finish.get, odds=lambda *_: odds)
    answer = evaluate(held, config(), [RULE], estimates=lambda _: foresight)
    assert [len(answer.findings), len(answer.holding)] == [opens, not opens]


def test_what_is_overdue_needs_no_odds():
    foresight = Estimates(odds=lambda *_: 0.9)
    held = snapshot(LED, PAY, link(PAY, LED))
    assert evaluate(held, config(), [RULE], estimates=lambda _: foresight).findings


def test_each_cause_counts_for_as_much_as_it_holds_up_itself():
    other, day = due("MOB-1", "2026-12-02"), {}
    first, after = due("LED-1", "2026-12-02"), due("PAY-1", "2026-12-04")
    day[first.key], day[other.key] = date(2026, 12, 8), date(2027, 1, 15)
    held = snapshot(first, other, after, link(after, first), link(after, other))
    foresight = Estimates(finish=day.get)
    answer = evaluate(held, config(), [RULE], estimates=lambda _: foresight)
    told = {one.ref: (one.pushes[0].expected, one.pushes[0].slip) for one in answer.findings}
    assert told == {"LED-1": (date(2026, 12, 8), 2), "MOB-1": (date(2027, 1, 15), 30)}
    words = {
        one.ref: one.summary.partition("PAY-1 misses Fri 4 Dec by ")[2] for one in answer.findings
    }
    assert words == {"LED-1": "2 working days.", "MOB-1": "30 working days."}


def test_what_has_no_date_is_said_to_be_unknown():
    bare = issue("LED-1")
    answer = told(bare, PAY, link(PAY, bare))
    assert answer.findings == ()
    (unknown,) = answer.unknown
    assert (unknown.subject, unknown.reason) == (
        str(bare.key),
        "cannot date LED-1: no due date, no forecast",
    )


@pytest.mark.parametrize("scope", ["jira:LED", "jira:PAY", "jira:MOB"])
def test_stale_data_anywhere_on_the_way_is_unknown(scope):
    mob = issue("MOB-3")
    links = [link(mob, LED), link(PAY, mob)]
    held = snapshot(LED, mob, PAY, *links, stale={scope: "2026-11-20"})
    answer = evaluate(held, config(), [RULE])
    assert (answer.findings, len(answer.unknown)) == ((), 1)


@pytest.mark.parametrize("hidden", ["MOB-3", "PAY-142"])
def test_what_waits_and_cannot_be_seen_now_is_no_more_in_time_for_it(hidden):
    mob = issue("MOB-3")
    way = LED, mob, PAY, link(mob, LED), link(PAY, mob)
    assert [one.subject for one in evaluate(snapshot(*way), config(), [RULE]).findings] == [
        str(LED.key)
    ]
    key = next(one.key for one in (mob, PAY) if one.ref == hidden)
    answer = evaluate(snapshot(*way, invisible=[key]), config(), [RULE])
    assert answer.findings == ()
    unknown = {one.subject: one.reason for one in answer.unknown}
    assert unknown[str(LED.key)] == "what waits for it cannot be seen now"
    assert str(key) not in unknown
    assert evaluate(snapshot(LED, mob, PAY, invisible=[key]), config(), [RULE]).unknown == ()


def test_a_restricted_victim_restricts_it():
    (one,) = found(LED, replace(PAY, restricted=True), link(PAY, LED))
    assert one.restricted


# one cause, one alert


def spoken_for(answer):
    """(rule, ref) of what is spoken for → that of the one that speaks."""
    names = {one.fingerprint: (one.rule, one.ref) for one in answer.findings}
    return {names[victim]: names[root] for victim, root in answer.inhibited}


def test_it_speaks_for_its_own_state_and_for_what_it_explains():
    answer = told(LED, PAY, link(PAY, LED), rules=load_rules())
    assert spoken_for(answer) == {
        ("overdue", "LED-88"): ("dep-late", "LED-88"),
        ("overdue", "PAY-142"): ("dep-late", "LED-88"),
    }


def test_what_would_be_late_anyway_speaks_for_itself():
    """PAY is much later than what it waits for explains: only one of its two causes goes."""
    worse = due("MOB-1", "2026-11-12")
    answer = told(LED, worse, PAY, link(PAY, LED), link(PAY, worse), rules=load_rules())
    assert ("overdue", "PAY-142") not in spoken_for(answer)


def test_a_circle_speaks_for_lateness_inside_it():
    answer = told(LED, PAY, link(PAY, LED), link(LED, PAY), rules=load_rules())
    assert {root for victim, root in spoken_for(answer).items() if victim[0] == "dep-late"} == {
        ("dep-cycle", "LED-88")
    }


def test_five_hundred_victims_of_one_root_are_one_alert():
    victims = [due(f"PAY-{n}", "2026-11-18") for n in range(500)]
    chained = [link(one, before) for before, one in zip([LED, *victims], victims, strict=False)]
    answer = told(LED, *victims, *chained, rules=load_rules())
    inhibited = {victim for victim, _ in answer.inhibited}
    spoken = [one for one in answer.findings if one.rule in ("overdue", "dep-late")]
    assert [one.ref for one in spoken if one.fingerprint not in inhibited] == ["LED-88"]
    (root,) = [one for one in spoken if one.rule == "dep-late"]
    assert "; 499 more late by it" in root.summary
    assert root.facts[-1].text == (
        "In all it makes 500 items of 1 team late, by 1 500 working days together"
    )
    assert len(root.pushes) == 40


@pytest.mark.parametrize(("between", "more"), [(18, []), (19, ["and 2 more steps"])])
def test_of_a_long_chain_both_ends_are_told(between, more):
    chain = [LED, *(issue(f"MOB-{n}") for n in range(between)), PAY]
    links = [link(one, before) for before, one in pairwise(chain)]
    (one,) = found(*chain, *links)
    steps = [fact.text for fact in one.facts if " is blocked by " in fact.text]
    assert (len(steps), steps[0][:5], steps[-1][:7]) == (19 if not more else 18, "MOB-0", "PAY-142")
    assert [fact.text for fact in one.facts if "more step" in fact.text] == more
