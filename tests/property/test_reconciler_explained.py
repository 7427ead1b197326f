"""What is told of an answer, why there is none, and what another would be: all of it is true."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.model.findings import Finding
from syncd.model.items import Phase
from syncd.reconciler.canonical import findings_json
from syncd.reconciler.difference import difference
from syncd.reconciler.engine import foreseen, judge
from syncd.reconciler.rules import load_rules
from syncd.reconciler.silence import Outcome, why_not
from syncd.reconciler.trace import Trace
from syncd.reconciler.view import View
from syncd.reconciler.whatif import Absent, Done, Drop, Slip, assumed
from syncd.testing.builders import config, day, issue, key, link, person, snapshot, version

RULES = load_rules()
FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DANA = person("dana", accounts=(("jira", "ada"),))
REFS = [f"PAY-{number}" for number in range(1, 9)]


@st.composite
def worlds(draw):
    """Issues of one release, with dates, in chains."""
    days = st.dates(day("2026-11-01"), day("2026-12-31"))
    release = version("Checkout 2.0", release=draw(days))
    issues = [
        issue(
            ref,
            due=draw(st.none() | days),
            phase=draw(st.sampled_from(Phase)),
            assignee=draw(st.sampled_from([None, "ada"])),
            milestones=draw(st.sampled_from([(), (release.key,)])),
        )
        for ref in REFS
    ]
    links = [
        link(one, issues[draw(st.integers(0, number - 1))])
        for number, one in enumerate(issues)
        if number and draw(st.booleans())
    ]
    return [release, *issues, *links]


def view_of(world):
    return View(snapshot(*world), config(people=(DANA,)), estimates=foreseen)


def open_refs(view):
    return [key(ref) for ref in REFS if not view.issue(key(ref)).phase.is_closed]


@FEW
@given(worlds())
def test_every_finding_tells_its_formula(world):
    judged = judge(view_of(world), RULES)
    assert judged.failures == ()
    assert all(one.reckoning.formula for one in (*judged.findings, *judged.holding))


@FEW
@given(worlds())
def test_listening_changes_no_answer(world):
    heard = view_of(world)
    heard.trace = Trace([str(key(ref)) for ref in REFS])
    assert findings_json(judge(heard, RULES)) == findings_json(judge(view_of(world), RULES))


@FEW
@given(worlds(), st.sampled_from(REFS))
def test_every_rule_says_why_it_is_silent_and_only_then(world, ref):
    view, subject = view_of(world), str(key(ref))
    judged = judge(view, RULES)
    for rule in RULES:
        told = why_not(view, RULES, rule.id, [subject])
        about = [
            one
            for one in (*judged.findings, *judged.holding, *judged.unknown)
            if one.rule == rule.id and subject in (one.subject, one.discriminator)
        ]
        firing = any(isinstance(one, Finding) for one in about)
        assert told.outcome in (
            (Outcome.FIRES, Outcome.HOLDS)
            if firing
            else (Outcome.UNKNOWN,)
            if about
            else (Outcome.SILENT,)
        )
        assert all(told.reasons)
        assert told.reasons


@FEW
@given(worlds())
def test_no_assumption_makes_no_difference(world):
    view = view_of(world)
    found = difference(view, assumed(view, []), RULES)
    assert found.is_none
    assert found.hushed == 0


@FEW
@given(worlds(), st.integers(1, 30), st.randoms())
def test_a_slip_makes_nothing_earlier(world, days, random):
    before = view_of(world)
    known = [one for one in open_refs(before) if before.plan.finish(one)]
    if not known:
        return
    slipped = random.choice(known)
    after = assumed(before, [Slip(key=slipped, days=days)])
    assert after.plan.finish(slipped) >= before.calendar(slipped).shift(
        before.plan.finish(slipped), days
    )
    for node in before.plan.nodes:
        was, is_ = before.plan.finish(node), after.plan.finish(node)
        assert was is None or is_ >= was
    found = difference(before, after, RULES)
    assert all(one.days >= 0 for one in found.deliverables)
    assert all(one.days > 0 for one in found.teams)


@FEW
@given(worlds(), st.randoms())
def test_what_is_assumed_of_one_leaves_the_snapshot_as_it_was(world, random):
    before = view_of(world)
    items = open_refs(before)
    if not items:
        return
    held = replace(before.snapshot)
    first = before.today + timedelta(days=random.randrange(20))
    assumed(
        before,
        [
            Drop(key=random.choice(items)),
            Done(key=random.choice(items)),
            Absent(person=DANA, first=first, last=first + timedelta(days=4)),
        ],
    )
    assert before.snapshot == held


@FEW
@given(worlds(), st.randoms())
def test_what_is_done_makes_nothing_later_and_holds_nobody_up(world, random):
    before = view_of(world)
    items = open_refs(before)
    if not items:
        return
    over = random.choice(items)
    after = assumed(before, [Done(key=over)])
    assert over not in after.plan
    for node in after.plan.nodes:
        was, is_ = before.plan.finish(node), after.plan.finish(node)
        assert was is None or is_ is None or is_ <= was
