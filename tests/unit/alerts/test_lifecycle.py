"""Each row of the state table, and what is told of it (reconciler.md §E1 to §E3)."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from syncd.alerts.avalanche import avalanche_limit, hold_avalanche, opens, table
from syncd.alerts.escalation import as_known
from syncd.alerts.lifecycle import LifeOptions, Places, advance
from syncd.alerts.neutral import neutral
from syncd.alerts.news import headline
from syncd.model.alerts import Alert, AlertState, Reason, Transition
from syncd.model.findings import (
    Evaluation,
    Fact,
    Push,
    Reckoning,
    RuleFailure,
    Severity,
    Standing,
    Unknown,
)
from syncd.model.snapshot import Scope
from syncd.testing.alerts import after, alert, evaluation, finding
from syncd.testing.builders import AS_OF

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def step(
    alerts: tuple[Alert, ...],
    found: Evaluation,
    at: datetime = AS_OF + HOUR,
    *,
    first_pass: bool = False,
    options: LifeOptions | None = None,
    places: Places | None = None,
) -> tuple[Transition, ...]:
    transitions = advance(
        alerts,
        found,
        at,
        next_number=50,
        first_pass=first_pass,
        options=options,
        places=places,
    )
    again = advance(
        after(alerts, transitions),
        found,
        at,
        next_number=90,
        first_pass=False,
        options=options,
        places=places,
    )
    assert again == (), "a second pass over the same findings is not silent"
    return transitions


def only(transitions: tuple[Transition, ...]) -> tuple[Reason, AlertState, bool]:
    (one,) = transitions
    return one.reason, one.alert.state, one.told


def test_a_new_finding_fires_and_is_told() -> None:
    (opened,) = step((), evaluation(finding("LED-88", planned=date(2026, 11, 24))))
    assert (opened.reason, opened.before, opened.told) == (Reason.OPENED, None, True)
    assert (opened.alert.number, opened.alert.update, opened.alert.episode) == (50, 1, 1)
    assert opened.alert.headline == "Title of LED-88, planned 24 Nov"
    assert opened.alert.told_at == AS_OF + HOUR


def test_new_alerts_are_numbered_worst_first() -> None:
    low, high = finding("A-1", severity=Severity.LOW), finding("B-1", severity=Severity.CRITICAL)
    assert [(t.alert.finding.ref, t.alert.number) for t in step((), evaluation(low, high))] == [
        ("B-1", 50),
        ("A-1", 51),
    ]


def test_unchanged_is_silent_and_stores_nothing() -> None:
    assert step((alert(),), evaluation(finding())) == ()


def test_a_fact_seen_again_is_no_change() -> None:
    old = finding(facts=(Fact(text="open 9 days", seen_at=AS_OF),))
    new = replace(old, facts=(Fact(text="open 9 days", seen_at=AS_OF + HOUR),))
    assert step((alert(old),), evaluation(new)) == ()


def test_a_formula_that_changed_is_no_change() -> None:
    new = finding(reckoning=Reckoning(formula="9 days since 14 Nov"))
    assert step((alert(finding()),), evaluation(new)) == ()


@pytest.mark.parametrize(
    ("told", "now", "expected"),
    [
        (6, 8, None),
        (6, 9, Reason.WORSE),
        (1, 3, None),
        (1, 4, Reason.WORSE),
        (20, 29, None),
        (20, 30, Reason.WORSE),
        (6, 2, None),
    ],
)
def test_a_slip_is_worse_when_it_grew_by_three_days_and_by_half(
    told: int, now: int, expected: Reason | None
) -> None:
    (one,) = step((alert(finding(slip=told)),), evaluation(finding(slip=now)))
    assert one.told is (expected is not None)
    assert one.reason is (expected or Reason.CHANGED)
    assert one.alert.finding.slip == now
    assert one.alert.update == (2 if expected else 1)


def test_what_is_overdue_is_worse_as_it_gets_graver_and_then_by_five_days_and_by_half() -> None:
    late = finding(rule="overdue", severity=Severity.MEDIUM, passed=1)
    held, told = (alert(late),), []
    options = LifeOptions(escalates=False, reminders={})
    for passed in range(2, 24):
        severity = Severity.HIGH if passed >= 5 else Severity.MEDIUM
        now = evaluation(replace(late, passed=passed, severity=severity))
        transitions = step(held, now, AS_OF + passed * DAY, options=options)
        held = after(held, transitions)
        told += [(passed, t.reason) for t in transitions if t.told]
    assert told == [(5, Reason.WORSE), (10, Reason.WORSE), (15, Reason.WORSE), (23, Reason.WORSE)]


def test_small_steps_add_up_to_worse() -> None:
    held = (alert(finding(slip=6)),)
    told = []
    options = LifeOptions(escalates=False)
    for day, slip in enumerate(range(7, 13)):
        found = evaluation(finding(slip=slip))
        transitions = step(held, found, AS_OF + day * DAY, options=options)
        held = after(held, transitions)
        told += [slip for t in transitions if t.told]
    assert told == [9]


def test_higher_severity_is_worse_and_back_and_forth_is_told_once() -> None:
    low, high = finding(severity=Severity.MEDIUM), finding(severity=Severity.HIGH)
    held: tuple[Alert, ...] = (alert(low),)
    told = []
    for found in (high, low, high, low, high):
        transitions = step(held, evaluation(found))
        held = after(held, transitions)
        told += [t.reason for t in transitions if t.told]
    assert told == [Reason.WORSE]


def test_a_change_that_the_rule_calls_material_is_told() -> None:
    held = alert(finding(material="2026-12-02"))
    (one,) = step((held,), evaluation(finding(material="2026-12-04")))
    assert (one.reason, one.told, one.alert.update) == (Reason.CHANGED, True, 2)


def test_clear_for_a_pass_resolves_and_is_told() -> None:
    (one,) = step((alert(),), evaluation())
    assert (one.reason, one.alert.state, one.told) == (Reason.CLEARED, AlertState.RESOLVED, True)
    assert one.alert.resolved_at == AS_OF + HOUR
    assert one.alert.update == 2


@pytest.mark.parametrize(
    "blind",
    [
        {"stale": frozenset({Scope("jira", "LED")})},
        {"invisible": frozenset({"jira:issue:n-LED-88"})},
        {"failures": (RuleFailure(rule="date-moved", error="boom"),)},
        {"unknown": (Unknown(rule="date-moved", subject="jira:issue:n-LED-88", reason="?"),)},
    ],
    ids=["stale scope", "invisible subject", "failed rule", "unknown"],
)
def test_without_sight_nothing_resolves(blind: dict[str, object]) -> None:
    held = (alert(),)
    frozen = step(held, evaluation(**blind))  # type: ignore[arg-type]
    assert only(frozen) == (Reason.FROZEN, AlertState.FROZEN, False)
    assert frozen[0].alert.frozen_by
    held = after(held, frozen)
    assert only(step(held, evaluation(finding()))) == (Reason.THAWED, AlertState.FIRING, False)
    assert only(step(held, evaluation())) == (Reason.CLEARED, AlertState.RESOLVED, True)
    worse = step(held, evaluation(finding(slip=12)))
    assert only(worse) == (Reason.WORSE, AlertState.FIRING, True)
    assert worse[0].alert.frozen_since is None


def test_another_scope_may_be_stale() -> None:
    (one,) = step((alert(),), evaluation(stale=frozenset({Scope("jira", "PAY")})))
    assert one.reason is Reason.CLEARED


def test_an_outage_of_weeks_resolves_nothing() -> None:
    held: tuple[Alert, ...] = (alert(),)
    stale = evaluation(stale=frozenset({Scope("jira", "LED")}))
    for day in range(40):
        held = after(held, step(held, stale, AS_OF + day * DAY))
    assert [a.state for a in held] == [AlertState.FROZEN]


@pytest.mark.parametrize(("days", "over"), [(6, False), (7, True)])
def test_invisible_for_five_working_days_ends_it(days: int, over: bool) -> None:
    unseen = evaluation(invisible=frozenset({"jira:issue:n-LED-88"}))
    held = after((alert(),), step((alert(),), unseen, AS_OF))
    transitions = step(held, unseen, AS_OF + days * DAY)
    if over:
        assert only(transitions) == (Reason.NO_LONGER_VISIBLE, AlertState.RESOLVED, True)
    else:
        assert transitions == ()


def test_what_an_older_syncd_froze_as_lost_is_lost_since_then() -> None:
    unseen = evaluation(invisible=frozenset({"jira:issue:n-LED-88"}))
    held = after((alert(),), step((alert(),), unseen, AS_OF))
    old = tuple(replace(one, lost=False) for one in held)
    (over,) = step(old, unseen, AS_OF + 7 * DAY)
    assert over.reason is Reason.NO_LONGER_VISIBLE
    assert over.alert.frozen_since == held[0].frozen_since


def test_days_of_an_outage_do_not_count_as_days_of_invisibility() -> None:
    stale = evaluation(stale=frozenset({Scope("jira", "LED")}))
    unseen = evaluation(invisible=frozenset({"jira:issue:n-LED-88"}))
    held = after((alert(),), step((alert(),), stale, AS_OF))
    first = step(held, unseen, AS_OF + 14 * DAY)
    assert only(first) == (Reason.FROZEN, AlertState.FROZEN, False)
    assert step(after(held, first), unseen, AS_OF + 15 * DAY) == ()


def test_days_of_invisibility_count_from_when_it_was_seen_last() -> None:
    """In between it is seen, and only its rule cannot tell."""
    unseen = evaluation(invisible=frozenset({"jira:issue:n-LED-88"}))
    failed = evaluation(failures=(RuleFailure(rule="date-moved", error="boom"),))
    held: tuple[Alert, ...] = (alert(),)
    for days, found in ((0, unseen), (3, failed), (4, unseen), (7, unseen)):
        held = after(held, step(held, found, AS_OF + days * DAY))
        assert held[0].state is AlertState.FROZEN
    assert only(step(held, unseen, AS_OF + 11 * DAY))[0] is Reason.NO_LONGER_VISIBLE


@pytest.mark.parametrize(
    ("days", "reason", "number", "episode"),
    [(14, Reason.REOPENED, 41, 1), (15, Reason.OPENED, 50, 2)],
)
def test_back_within_fourteen_days_is_the_same_alert(
    days: int, reason: Reason, number: int, episode: int
) -> None:
    over = alert(state=AlertState.RESOLVED, resolved_at=AS_OF, told_at=None, update=2)
    (one,) = step((over,), evaluation(finding()), AS_OF + days * DAY)
    assert (one.reason, one.alert.number, one.alert.episode) == (reason, number, episode)
    assert one.told
    assert one.alert.update == 3, "an update number must never mean two things"


def test_the_first_pass_adopts_old_problems_silently_but_not_tier_a_criticals() -> None:
    old, bad = finding("OLD-1"), finding("BAD-1", severity=Severity.CRITICAL, tier="A")
    by_ref = {t.alert.finding.ref: t for t in step((), evaluation(old, bad), first_pass=True)}
    assert (by_ref["OLD-1"].reason, by_ref["OLD-1"].told) == (Reason.ADOPTED, False)
    assert by_ref["OLD-1"].alert.known
    assert (by_ref["BAD-1"].reason, by_ref["BAD-1"].told) == (Reason.OPENED, True)


def test_a_failing_source_is_news_on_the_first_pass_too() -> None:
    failing = finding("jira", rule="source-stale", subject="source:jira")
    assert only(step((), evaluation(failing), first_pass=True))[2]


def test_adoption_can_be_switched_off() -> None:
    options = LifeOptions(adopt=False)
    assert only(step((), evaluation(finding()), first_pass=True, options=options)) == (
        Reason.OPENED,
        AlertState.FIRING,
        True,
    )


LED, PAY = Scope("jira", "LED"), Scope("jira", "PAY")
CAME, LEFT = Places(joined=frozenset({LED})), Places(left=frozenset({LED}))


def test_what_comes_with_a_new_project_is_adopted_and_nothing_else() -> None:
    old = finding("LED-1", scopes=frozenset({LED}))
    waits = finding("PAY-1", scopes=frozenset({PAY}), named=(LED, PAY))
    new = finding("PAY-2", scopes=frozenset({PAY}), named=(PAY,))
    bad = finding("LED-2", scopes=frozenset({LED}), severity=Severity.CRITICAL, tier="A")
    found = step((), evaluation(old, waits, new, bad), places=CAME)
    assert {t.alert.finding.ref: (t.reason, t.told) for t in found} == {
        "LED-1": (Reason.ADOPTED, False),
        "PAY-1": (Reason.ADOPTED, False),
        "PAY-2": (Reason.OPENED, True),
        "LED-2": (Reason.OPENED, True),
    }
    told = step((), evaluation(old), places=CAME, options=LifeOptions(adopt=False))
    assert only(told) == (Reason.OPENED, AlertState.FIRING, True)


def test_what_could_not_be_judged_before_is_adopted_and_what_began_after_is_not() -> None:
    old, new = finding("LED-1"), finding("LED-2")
    young = Places(too_early=frozenset({old.fingerprint}))
    found = step((), evaluation(old, new), places=young)
    assert {t.alert.finding.ref: (t.reason, t.told) for t in found} == {
        "LED-1": (Reason.ADOPTED, False),
        "LED-2": (Reason.OPENED, True),
    }


def test_what_left_with_a_project_is_frozen_then_let_go_and_never_cleared() -> None:
    mixed = alert(finding("PAY-1", scopes=frozenset({LED, PAY})))
    frozen = step((mixed,), evaluation(), AS_OF + HOUR, places=LEFT)
    assert only(frozen) == (Reason.FROZEN, AlertState.FROZEN, False)
    assert frozen[0].alert.frozen_by == "jira:LED is read no more"
    held = after((mixed,), frozen)
    assert step(held, evaluation(), AS_OF + DAY, places=LEFT) == ()
    assert only(step(held, evaluation(), AS_OF + 10 * DAY, places=LEFT))[:2] == (
        Reason.NO_LONGER_VISIBLE,
        AlertState.RESOLVED,
    )


@pytest.mark.parametrize("slip", [6, 30])
def test_what_comes_back_with_a_project_is_no_news(slip: int) -> None:
    back = finding("LED-1", scopes=frozenset({LED}), slip=slip)
    gone = alert(finding("LED-1", scopes=frozenset({LED}), slip=6), update=2)
    held = after((gone,), step((gone,), evaluation(), AS_OF + HOUR, places=LEFT))
    (one,) = step(held, evaluation(back), AS_OF + 20 * DAY, places=CAME)
    assert (one.alert.state, one.told, one.alert.update) == (AlertState.FIRING, False, 2)
    assert one.reason is Reason.ADOPTED
    grown = step(after(held, (one,)), evaluation(replace(back, slip=99)), AS_OF + 20 * DAY)
    assert only(grown) == (Reason.WORSE, AlertState.FIRING, True)
    over = alert(back, state=AlertState.RESOLVED, resolved_at=AS_OF, told_at=None, update=3)
    (one,) = step((over,), evaluation(back), AS_OF + DAY, places=CAME)
    assert (one.reason, one.told, one.alert.known) == (Reason.ADOPTED, False, True)


def adopted() -> tuple[Alert, ...]:
    return after((), step((), evaluation(finding()), AS_OF, first_pass=True))


def test_the_end_of_a_known_problem_is_told_unless_another_spoke_for_it() -> None:
    assert only(step(adopted(), evaluation())) == (Reason.CLEARED, AlertState.RESOLVED, True)
    victim = replace(adopted()[0], inhibited_by="root")
    assert only(step((victim,), evaluation())) == (Reason.CLEARED, AlertState.RESOLVED, False)


OLD = finding(
    rule="overdue", slip=4, passed=4, severity=Severity.LOW, planned=date(2026, 11, 17),
    owner="jira:ena", material="2026-11-17",
)  # fmt: skip


def later(days: int, **fields: object) -> tuple[Transition, ...]:
    """A known problem after so many working days in weeks of five."""
    known = after((), step((), evaluation(OLD), first_pass=True))
    grown = replace(OLD, slip=4 + days, passed=4 + days, severity=Severity.MEDIUM)
    at = AS_OF + (days // 5 * 7 + days % 5) * DAY
    return step(known, evaluation(replace(grown, **fields)), at)


@pytest.mark.parametrize("days", [1, 4, 10, 40])
def test_what_time_alone_does_to_a_known_problem_is_no_news(days: int) -> None:
    assert not only(later(days))[2]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"owner": "jira:kim"}, Reason.WORSE),
        ({"pushes": (Push(ref="LED-9", title="Waits"),)}, Reason.WORSE),
        ({"deliverable": "checkout"}, Reason.WORSE),
        ({"severity": Severity.CRITICAL, "tier": "A"}, Reason.WORSE),
        ({"slip": 30, "passed": None}, Reason.WORSE),
        ({"planned": date(2026, 11, 16), "material": "2026-11-16"}, Reason.WORSE),
        ({"teams": ("ledger", "payments")}, Reason.CHANGED),
    ],
)
def test_what_people_do_to_a_known_problem_is_news(fields: dict[str, object], reason) -> None:
    assert only(later(10, **fields)) == (reason, AlertState.FIRING, True)


PUSHES = (Push(ref="PAY-9", title="Waits"),)


@pytest.mark.parametrize(
    ("before", "more", "told"),
    [((), {"pushes": PUSHES}, True), (PUSHES, {"pushes": PUSHES, "slip": 5}, False),
     (PUSHES, {"pushes": ()}, False)],
)  # fmt: skip
def test_what_a_known_problem_newly_pushes_is_news_whatever_it_weighs(
    before: tuple[Push, ...], more: dict[str, object], told: bool
) -> None:
    old = replace(OLD, rule="dep-late", passed=None, pushes=before)
    victim = finding("PAY-9", rule="forecast-late")
    known = after((), step((), evaluation(old), first_pass=True))
    now = evaluation(
        replace(old, **more), victim, inhibited=((victim.fingerprint, old.fingerprint),)
    )
    news = [(one.alert.finding.ref, one.reason) for one in step(known, now) if one.told]
    assert news == ([(old.ref, Reason.CHANGED)] if told else [])


def pushing(name: str, subject: str) -> tuple[Push, ...]:
    return (Push(ref=name, title=name, subject=subject), *PUSHES)


@pytest.mark.parametrize("subject", ["deliverable:launch", ""], ids=["now", "by an older syncd"])
def test_another_name_of_a_deliverable_that_a_known_problem_pushes_is_no_news(subject: str) -> None:
    name = "Go live" if subject else "Launch"
    old = replace(OLD, pushes=pushing("Launch", subject))
    known = after((), step((), evaluation(old), first_pass=True))
    time_went_by = replace(
        old, passed=OLD.passed + 7, slip=OLD.slip + 7, pushes=pushing(name, "deliverable:launch")
    )
    assert [
        one for one in step(known, evaluation(time_went_by), AS_OF + 11 * DAY) if one.told
    ] == []


def test_which_of_very_many_a_known_problem_pushes_is_no_news() -> None:
    """Of more than 40 an alert keeps the first, and those are others as soon as one is done."""
    many = tuple(Push(ref=f"PAY-{n}", title="Waits") for n in range(50))
    old = replace(OLD, rule="dep-late", passed=None, pushes=many)
    known = after((), step((), evaluation(old), first_pass=True))
    told = [one for one in step(known, evaluation(replace(old, pushes=many[1:]))) if one.told]
    assert told == []


def test_a_problem_that_becomes_a_critical_of_tier_a_is_news_though_only_time_went_by() -> None:
    grown = replace(OLD, tier="A")
    known = after((), step((), evaluation(grown), first_pass=True))
    worst = replace(grown, passed=9, slip=9, severity=Severity.CRITICAL)
    assert only(step(known, evaluation(worst), AS_OF + 7 * DAY))[2]


def test_a_known_problem_that_gets_worse_is_told_and_then_its_end_too() -> None:
    worse = step(adopted(), evaluation(finding(slip=12)))
    assert only(worse) == (Reason.WORSE, AlertState.FIRING, True)
    assert worse[0].alert.update == 1
    assert only(step(after(adopted(), worse), evaluation()))[2]


def test_a_victim_is_recorded_but_its_root_speaks_for_it_until_it_is_gone() -> None:
    root, victim = finding("API-7"), finding("PAY-1")
    pair = ((victim.fingerprint, root.fingerprint),)
    opened = step((), evaluation(root, victim, inhibited=pair))
    assert {t.alert.finding.ref: t.told for t in opened} == {"API-7": True, "PAY-1": False}
    held = after((), opened)
    assert step(held, evaluation(root, replace(victim, slip=30), inhibited=pair))[0].told is False
    freed = {t.alert.finding.ref: t for t in step(held, evaluation(victim))}
    assert (freed["API-7"].reason, freed["API-7"].told) == (Reason.CLEARED, True)
    assert (freed["PAY-1"].reason, freed["PAY-1"].told) == (Reason.OPENED, True)
    gone = {t.alert.finding.ref: t.told for t in step(held, evaluation())}
    assert gone == {"API-7": True, "PAY-1": False}, "nobody was told that the victim fired"


def test_one_told_becomes_a_victim_silently_and_its_end_is_told() -> None:
    root, victim = finding("API-7"), finding("PAY-1")
    pair = ((victim.fingerprint, root.fingerprint),)
    held = (alert(victim), alert(root, number=42))
    now = step(held, evaluation(root, victim, inhibited=pair))
    assert only(now) == (Reason.CHANGED, AlertState.FIRING, False)
    assert now[0].alert.inhibited_by == root.fingerprint
    held = after(held, now)
    assert [t.told for t in step(held, evaluation(root))] == [True]
    assert [t.told for t in step(held, evaluation(victim))] == [False, True]


def test_one_that_came_back_under_a_root_is_told_when_the_root_is_gone() -> None:
    root, victim = finding("API-7"), finding("PAY-1")
    pair = ((victim.fingerprint, root.fingerprint),)
    held = after((alert(victim),), step((alert(victim),), evaluation()))
    back = step(held, evaluation(root, victim, inhibited=pair))
    assert {t.alert.finding.ref: t.told for t in back} == {"API-7": True, "PAY-1": False}
    freed = {t.alert.finding.ref: t for t in step(after(held, back), evaluation(victim))}
    assert freed["PAY-1"].told, "the last they heard is that it was over"


def test_a_root_between_its_thresholds_goes_on_speaking_for_its_victim() -> None:
    root, victim = finding("API-7"), finding("PAY-1")
    pair = ((victim.fingerprint, root.fingerprint),)
    held = after((), step((), evaluation(root, victim, inhibited=pair)))
    between = evaluation(victim, holding=(replace(root, holds=True),))
    assert [t.told for t in step(held, between)] == [False], "the root's own new facts"
    alone = tuple(one for one in held if one.finding.ref == "PAY-1")
    assert [t.told for t in step(alone, between)] == [True], "nobody else tells of it"


def test_a_root_that_cannot_be_seen_goes_on_speaking_for_its_victim() -> None:
    root, victim = finding("API-7"), finding("PAY-1")
    pair = ((victim.fingerprint, root.fingerprint),)
    held = after((), step((), evaluation(root, victim, inhibited=pair)))
    blind = {"stale": frozenset({Scope("jira", "API")})}
    frozen = step(held, evaluation(victim, **blind))
    assert only(frozen) == (Reason.FROZEN, AlertState.FROZEN, False)
    held = after(held, frozen)
    assert step(held, evaluation(victim, **blind)) == ()
    freed = step(held, evaluation(victim))
    assert [(t.alert.finding.ref, t.reason) for t in freed if t.told] == [
        ("API-7", Reason.CLEARED), ("PAY-1", Reason.OPENED),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("worse", "told"),
    [
        ({"slip": 8}, False),
        ({"slip": 9}, True),
        ({"severity": Severity.CRITICAL}, True),
        ({"material": "2026-12-09"}, True),
        ({"teams": ("mobile",)}, True),
    ],
)
def test_what_gets_worse_while_its_root_cannot_be_seen_speaks_for_itself(
    worse: dict[str, object], told: bool
) -> None:
    """A root that is not seen keeps the severity and the slip that it had."""
    root, victim = finding("API-7"), finding("PAY-1", slip=4)
    pair = ((victim.fingerprint, root.fingerprint),)
    held = after((), step((), evaluation(root, victim, inhibited=pair)))
    grown = replace(victim, slip=6)
    held = after(held, step(held, evaluation(root, grown, inhibited=pair)))
    blind = {"stale": frozenset({Scope("jira", "API")})}
    held = after(held, step(held, evaluation(grown, **blind)))
    now = step(held, evaluation(replace(grown, **worse), **blind))
    assert [(one.alert.finding.ref, one.reason) for one in now if one.told] == (
        [("PAY-1", Reason.OPENED)] if told else []
    )


def test_a_root_that_is_not_surely_over_goes_on_speaking_for_its_victim() -> None:
    root, victim = finding("API-7", rule="forecast-late"), finding("PAY-1", rule="overdue")
    pair, sure = ((victim.fingerprint, root.fingerprint),), {"dwell": (("forecast-late", 2),)}
    below = {"inhibited_by": root.fingerprint, "told_at": None, "told_teams": ()}
    held = (alert(root), alert(victim, number=42, **below))
    clear = step(held, evaluation(victim, **sure))
    assert only(clear) == (Reason.CHANGED, AlertState.FIRING, False)
    later = AS_OF + timedelta(days=1)
    over = step(after(held, clear), evaluation(victim, as_of=later, **sure), later)
    assert [t.told for t in over] == [True, True]
    wild = (replace(held[0], unsteady=True), held[1])
    assert [t.told for t in step(wild, evaluation(victim, **sure))] == [False, True]
    assert step(held, evaluation(root, victim, inhibited=pair, **sure)) == ()


SURE = {"dwell": (("date-moved", 3),)}
"""The rule wants to see the same on three working days in a row."""


def days_of(*evaluations: Evaluation, held: tuple[Alert, ...] = ()) -> list[tuple[int, str, bool]]:
    """(day, state, whether it is told) of each transition, one pass a day."""
    found = []
    for day, one in enumerate(evaluations):
        transitions = step(held, one, AS_OF + day * DAY)
        found += [(day, t.alert.state.value, t.told) for t in transitions]
        held = after(held, transitions)
    return found


def test_a_rule_with_dwell_is_pending_first() -> None:
    firing = evaluation(finding(expected=date(2027, 3, 1)), **SURE)
    assert days_of(*[firing] * 5) == [(0, "pending", False), (2, "firing", True)]


def test_a_dwell_of_one_day_fires_at_once() -> None:
    firing = evaluation(finding(), dwell=(("date-moved", 1),))
    assert days_of(firing) == [(0, "firing", True)]


@pytest.mark.parametrize(("since", "until"), [(4, 8), (5, 9), (6, 9), (7, 9)])
def test_days_off_are_no_days_in_a_row(since: int, until: int) -> None:
    """From Friday to Tuesday, but from Saturday, Sunday or Monday to Wednesday."""
    firing = evaluation(finding(), **SURE)
    held = after((), step((), firing, AS_OF + since * DAY))
    assert step(held, firing, AS_OF + (until - 1) * DAY) == ()
    fired = step(held, firing, AS_OF + until * DAY)
    assert only(fired) == (Reason.OPENED, AlertState.FIRING, True)


def test_clear_while_pending_leaves_no_trace_and_starts_over() -> None:
    held = after((), step((), evaluation(finding(), **SURE), AS_OF))
    gone = step(held, evaluation(**SURE), AS_OF + DAY)
    assert [t.told for t in gone] == [False]
    back = step(after(held, gone), evaluation(finding(), **SURE), AS_OF + 2 * DAY)
    assert only(back) == (Reason.REOPENED, AlertState.PENDING, False)


def test_a_rule_with_dwell_ends_after_as_many_clear_days() -> None:
    ends = days_of(*[evaluation(**SURE)] * 4, held=(alert(),))
    assert ends == [(0, "firing", False), (2, "resolved", True)]


def test_clear_days_that_are_not_in_a_row_end_nothing() -> None:
    clear, firing = evaluation(**SURE), evaluation(finding(expected=date(2027, 3, 1)), **SURE)
    told = days_of(clear, clear, firing, clear, clear, held=(alert(),))
    assert [state for _, state, _ in told] == ["firing"] * len(told)
    assert not any(is_told for *_, is_told in told)


def test_between_the_thresholds_nothing_opens() -> None:
    between = evaluation(holding=(replace(finding(), holds=True),))
    assert step((), between) == ()


def test_between_the_thresholds_a_firing_alert_goes_on() -> None:
    between = evaluation(holding=(replace(finding(slip=4), holds=True),))
    (changed,) = step((alert(),), between)
    assert (changed.alert.state, changed.told) == (AlertState.FIRING, False)
    assert changed.alert.finding.slip == 4


def test_between_the_thresholds_a_frozen_alert_thaws() -> None:
    frozen = alert(state=AlertState.FROZEN, frozen_since=AS_OF)
    between = evaluation(holding=(replace(finding(), holds=True),))
    assert only(step((frozen,), between)) == (Reason.THAWED, AlertState.FIRING, False)


def test_between_the_thresholds_a_pending_alert_starts_over() -> None:
    between = evaluation(holding=(replace(finding(), holds=True),), **SURE)
    held = after((), step((), evaluation(finding(), **SURE), AS_OF))
    assert only(step(held, between, AS_OF + DAY)) == (Reason.CLEARED, AlertState.RESOLVED, False)


def moves(*days: str | None) -> tuple[list[Reason], Alert]:
    """What is told of a date that moves to each of the days, or back (None), a day after another."""
    held: tuple[Alert, ...] = ()
    told: list[Reason] = []
    for number, day in enumerate(days):
        found = evaluation(*([finding(rule="date-moved", material=day)] if day else []))
        transitions = step(held, found, AS_OF + number * DAY / 8)
        told += [one.reason for one in transitions if one.told]
        held = after(held, transitions)
    return told, held[0]


def test_a_date_that_is_moved_to_yet_another_day_is_news_and_not_unsteady() -> None:
    told, held = moves("2027-01-14", None, "2027-01-20", None, "2027-02-10")
    assert told == [Reason.OPENED, Reason.CLEARED, Reason.REOPENED, Reason.CLEARED, Reason.REOPENED]
    assert not held.unsteady


def test_a_date_that_goes_back_and_forth_is_unsteady_until_it_moves_to_another_day() -> None:
    told, held = moves("2027-01-14", None, "2027-01-14", None, "2027-01-14")
    assert told == [Reason.OPENED, Reason.CLEARED, Reason.REOPENED]
    assert held.unsteady
    told, held = moves("2027-01-14", None, "2027-01-14", None, "2027-01-20")
    assert told[3:] == [Reason.CHANGED]
    assert not held.unsteady


def test_a_date_that_alternates_between_two_wrong_days_is_unsteady() -> None:
    told, held = moves(*["2027-01-14", None, "2027-01-20", None] * 5)
    assert len(told) < 15
    assert held.unsteady


def group(first: str, *others: str) -> Evaluation:
    """Many items that wait for one thing: the first one tells of them all."""
    every = [
        finding(ref, rule="dep-inversion", material=ref, planned=None) for ref in (first, *others)
    ]
    root, below = every[0], every[1:]
    return evaluation(
        replace(root, material="\n".join([first, *others])),
        *below,
        inhibited=tuple((one.fingerprint, root.fingerprint) for one in below),
    )


def test_of_many_alike_the_rest_is_no_news_once_the_first_is_over() -> None:
    held, told = (), []
    for number, refs in enumerate(["ABCDE", "BCDE", "CDE", "CDEF"]):
        transitions = step(held, group(*refs), AS_OF + number * DAY)
        told.append([(one.alert.finding.ref, str(one.reason)) for one in transitions if one.told])
        held = after(held, transitions)
    assert told == [[("A", "opened")], [("A", "cleared")], [("B", "cleared")], [("C", "changed")]]
    alone = step(
        held,
        evaluation(finding("F", rule="dep-inversion", material="F", planned=None)),
        AS_OF + 4 * DAY,
    )
    assert {one.alert.finding.ref for one in alone if one.told} == {"C"}


def test_what_a_group_told_of_its_gravest_and_widest_is_no_news_of_the_rest() -> None:
    """Whoever tells of many is as grave as they are, and names all of their teams."""
    ours, grave = ("payments",), {"severity": Severity.CRITICAL, "teams": ("payments", "ledger")}
    held, told = (), []
    for number, (first, *others) in enumerate(["ABCDE", "BCDE"]):
        found = group(first, *others)
        root, *below = found.findings
        every = [replace(root, **grave), *(replace(one, teams=ours) for one in below)]
        transitions = step(held, replace(found, findings=tuple(every)), AS_OF + number * DAY)
        told.append([(one.alert.finding.ref, str(one.reason)) for one in transitions if one.told])
        held = after(held, transitions)
    assert told == [[("A", "opened")], [("A", "cleared")]]


def test_who_heard_of_a_group_hears_the_end_of_each_that_told_of_its_rest() -> None:
    """And of what something else that joined was told with, by whoever told that."""
    held, voices = (), []
    for number, refs in enumerate(["ABCDE", "BCDE", "CDE", "CDEF", "DEF", "EF"]):
        held = after(held, step(held, group(*refs), AS_OF + number * DAY))
        called = {one.fingerprint: one.finding.ref for one in held}
        (first,) = [one for one in held if one.finding.ref == refs[0]]
        voices.append(called[first.voice.fingerprint] if first.voice else "")
    assert voices == ["", "A", "A", "A", "C", "C"]


def test_what_something_of_another_kind_told_of_is_news_once_that_is_over() -> None:
    """A moved date names how many it makes too early, not their own dates."""
    root = finding("A", rule="date-moved", planned=None)
    below = finding("B", rule="dep-inversion", material="B", planned=None)
    spoken_for = evaluation(root, below, inhibited=((below.fingerprint, root.fingerprint),))
    held = after((), step((), spoken_for, AS_OF))
    transitions = step(held, evaluation(below), AS_OF + DAY)
    told = {one.alert.finding.ref: one.reason for one in transitions if one.told}
    assert told == {"A": Reason.CLEARED, "B": Reason.OPENED}


def storm(options: LifeOptions, passes: int = 30) -> tuple[list[Reason], tuple[Alert, ...]]:
    held: tuple[Alert, ...] = ()
    told: list[Reason] = []
    for number in range(passes):
        found = evaluation(finding()) if number % 2 == 0 else evaluation()
        transitions = step(held, found, AS_OF + number * HOUR / 4, options=options)
        told += [t.reason for t in transitions if t.told]
        held = after(held, transitions)
    return told, held


def test_a_flapping_alert_is_held_firing() -> None:
    told, (held,) = storm(LifeOptions())
    assert told == [Reason.OPENED, Reason.CLEARED, Reason.REOPENED]
    assert held.unsteady
    assert held.state is AlertState.FIRING


def test_holding_can_be_switched_off() -> None:
    told, _ = storm(LifeOptions(flaps=None))
    assert len(told) == 30


def test_a_held_alert_resolves_once_it_is_clear_for_five_working_days() -> None:
    _, held = storm(LifeOptions())
    assert step(held, evaluation(), AS_OF + 4 * DAY) == ()
    late = step(held, evaluation(), AS_OF + 8 * DAY)
    assert only(late) == (Reason.CLEARED, AlertState.RESOLVED, True)
    assert not late[0].alert.unsteady


def test_a_held_alert_is_steady_again_after_firing_for_five_working_days() -> None:
    _, held = storm(LifeOptions(), passes=31)
    options = LifeOptions(reminders={}, escalates=False)
    (one,) = step(held, evaluation(finding()), AS_OF + 8 * DAY, options=options)
    assert (one.alert.unsteady, one.told) == (False, False)


@pytest.mark.parametrize("unsteady", [True, False])
def test_what_is_done_is_over_at_once_and_says_so(unsteady: bool) -> None:
    """Neither days in a row nor coming and going can make anything more of it."""
    late = alert(finding(rule="forecast-late"), unsteady=unsteady)
    places = Places(ended={late.fingerprint: "is released"})
    found = evaluation(dwell=(("forecast-late", 3),))
    (over,) = step((late,), found, places=places)
    assert (over.reason, over.told, over.alert.unsteady) == (Reason.CLEARED, True, False)
    assert over.alert.frozen_by == "is released"
    back = step((over.alert,), evaluation(late.finding), AS_OF + DAY)
    assert back[0].alert.frozen_by == ""


def test_how_a_restricted_item_ended_is_not_said_to_who_may_not_see_it() -> None:
    over = alert(finding(restricted=True), state=AlertState.RESOLVED, frozen_by="was dropped")
    assert neutral(over).frozen_by == "is over"
    assert neutral(replace(over, state=AlertState.FROZEN)).frozen_by == ""
    assert neutral(alert(frozen_by="was dropped")).frozen_by == "was dropped"


def test_what_was_foretold_and_came_true_is_not_over_but_told_by_what_came() -> None:
    foretold = alert(finding(rule="forecast-late", standing=Standing.AT_RISK))
    overdue = finding(rule="overdue")
    dwell = {"dwell": (("forecast-late", 2),)}
    later = step((foretold,), evaluation(overdue, **dwell), AS_OF + DAY)
    assert [(one.alert.finding.rule, one.reason, one.told) for one in later] == [
        ("forecast-late", Reason.CHANGED, False),
        ("overdue", Reason.OPENED, True),
    ]
    under, _ = held = after((foretold,), later)
    assert under.inhibited_by == overdue.fingerprint
    assert step(held, evaluation(overdue, **dwell), AS_OF + 2 * DAY) == ()
    ended = Places(ended={foretold.fingerprint: "is done", overdue.fingerprint: "is done"})
    over = step(held, evaluation(**dwell), AS_OF + 3 * DAY, places=ended)
    assert [(one.alert.finding.rule, one.told) for one in over] == [
        ("forecast-late", False),
        ("overdue", True),
    ]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"planned": date(2026, 11, 19), "expected": date(2026, 11, 20)}, False),
        ({"planned": date(2026, 11, 19), "expected": AS_OF.date()}, False),
        ({"planned": date(2026, 11, 19), "expected": date(2026, 11, 25)}, True),
        (
            {
                "subject": "deliverable:checkout",
                "planned": date(2026, 11, 19),
                "expected": date(2026, 11, 20),
            },
            True,
        ),
    ],
    ids=["both passed", "the last is today", "one lies ahead", "of a deliverable"],
)
def test_dates_that_only_passed_agree_no_more_than_before(
    fields: dict[str, Any], told: bool
) -> None:
    apart = finding(rule="dates-disagree", **fields)
    overdue = finding(rule="overdue", subject=apart.subject)
    ended, _ = step((alert(apart),), evaluation(overdue))
    assert ended.told is told
    assert (ended.alert.inhibited_by == overdue.fingerprint) is not told


def test_what_came_true_speaks_no_more_for_what_is_still_foretold() -> None:
    away = alert(finding("PAY-1", rule="person-away"))
    late = finding("PAY-9", rule="forecast-late")
    under = alert(late, number=42, told_at=None, inhibited_by=away.fingerprint)
    later = step((away, under), evaluation(finding("PAY-1", rule="overdue"), late), AS_OF + DAY)
    assert [(one.alert.finding.rule, one.told) for one in later] == [
        ("person-away", False),
        ("forecast-late", True),
        ("overdue", True),
    ]


def test_what_a_moved_date_made_too_early_before_that_was_kept_is_no_news() -> None:
    before = finding(rule="date-moved", material="2026-12-11", explains=("jira:PAY-1",))
    now = replace(before, material="2026-12-11\njira:PAY-1")
    (read,) = later = step((alert(before, told_material="2026-12-11"),), evaluation(now))
    assert (read.reason, read.told) == (Reason.CHANGED, False)
    more = replace(now, material=f"{now.material}\njira:PAY-2", explains=("PAY-1", "PAY-2"))
    assert step(after((), later), evaluation(now), AS_OF + HOUR) == ()
    assert step(after((), later), evaluation(more), AS_OF + HOUR)[0].told


def test_what_overdue_has_nothing_to_say_of_ends_by_itself() -> None:
    stuck, other = alert(finding(rule="stalled")), finding("PAY-1", rule="overdue")
    foretold = alert(finding("LED-9", rule="forecast-late"), number=42)
    same = finding(rule="overdue")
    later = step((stuck, foretold), evaluation(same, other), AS_OF + DAY)
    assert [one.reason for one in later[:2]] == [Reason.CLEARED, Reason.CLEARED]


def test_an_avalanche_is_held_and_opens_later() -> None:
    many = evaluation(*[finding(f"P-{n}") for n in range(21)])
    gone = alert(finding("GONE-1"))
    transitions = advance((gone,), many, AS_OF, next_number=50, first_pass=False)
    kept, held = hold_avalanche(transitions, 20)
    assert (kept, len(held)) == ((), 21)
    assert hold_avalanche(transitions, 21) == (transitions, ())
    assert hold_avalanche(transitions, None) == (transitions, ())


@pytest.mark.parametrize(
    ("opened", "limit"), [([], 20), ([0, 1, 2], 20), ([9, 10, 30], 50), ([4, 4], 20)]
)
def test_the_avalanche_limit_follows_what_is_usual(opened: list[int], limit: int) -> None:
    assert avalanche_limit(opened) == limit


def test_what_is_held_is_shown_by_rule_and_place_the_most_first() -> None:
    home = {"home": (Scope("jira", "PAY"), Scope("jira", "OPS"))}
    many = [finding(f"P-{n}", **home) for n in range(3)]
    many += [finding("L-1", rule="overdue", home=(Scope("jira", "LED"),)), finding("L-2")]
    opened = step((), evaluation(*many))
    assert table(opened) == ("4 date-moved: jira:PAY 3", "1 overdue: jira:LED 1")


def test_only_what_people_hear_of_counts_as_opened_at_once() -> None:
    root, victim, slow = finding("API-7"), finding("PAY-1"), finding("P-1", rule="forecast-late")
    pair, sure = ((victim.fingerprint, root.fingerprint),), (("forecast-late", 3),)
    opened = step((), evaluation(root, victim, slow, inhibited=pair, dwell=sure))
    assert [one.alert.finding.ref for one in opened if opens(one)] == ["API-7"]


def test_a_day_stays_the_one_that_was_asked_for_until_there_is_something_else_to_ask() -> None:
    tuesday, wednesday = date(2026, 11, 24), date(2026, 11, 25)
    first = finding(by=tuesday, material="24 Nov", planned=date(2027, 3, 1))
    (opened,) = step((), evaluation(first))
    later = AS_OF + timedelta(days=1)
    still = replace(first, by=wednesday, summary="A day later.")
    (kept,) = step((opened.alert,), evaluation(still), later)
    assert (kept.alert.finding.by, kept.told) == (tuesday, False)
    assert [one.by for one in as_known([still], {still.fingerprint: opened.alert}, later)] == [
        tuesday
    ]
    (moved,) = step((opened.alert,), evaluation(replace(still, material="1 Dec")), later)
    assert (moved.alert.finding.by, moved.told) == (wednesday, True)


def test_a_day_that_nobody_was_told_of_moves_on() -> None:
    adopted = step((), evaluation(finding(by=date(2026, 11, 24))), first_pass=True)[0].alert
    assert adopted.told_at is None
    later = AS_OF + timedelta(days=1)
    (moved,) = step((adopted,), evaluation(finding(by=date(2026, 11, 25))), later)
    assert moved.alert.finding.by == date(2026, 11, 25)


def test_a_headline_is_one_clean_line() -> None:
    assert headline(finding(title="Two\nlines", planned=None)) == "Two lines"
    assert headline(finding("X-1", title="")) == "X-1, planned 24 Nov"


def test_the_day_of_a_review_is_not_called_the_planned_day_of_what_it_judges() -> None:
    gate = finding("Checkout v3", title="Checkout v3", rule="gate-too-early")
    assert headline(gate) == "Review of Checkout v3, planned 24 Nov"
    assert headline(replace(gate, rule="forecast-late")) == "Checkout v3, planned 24 Nov"


def test_a_headline_carries_the_year_of_another_year() -> None:
    old = finding("X-1", title="", planned=date(2024, 11, 24))
    assert headline(old, 2024) == "X-1, planned 24 Nov"
    assert headline(old, 2026) == "X-1, planned 24 Nov 2024"
    (opened,) = step((), evaluation(old))
    assert opened.alert.headline == "X-1, planned 24 Nov 2024"


def test_what_only_goes_on_is_neither_worse_nor_told_anew_when_it_is_as_it_was() -> None:
    late = finding(rule="dates-disagree", severity=Severity.HIGH, material="a b", slip=4)
    known = after((), step((), evaluation(late), AS_OF))
    fresh = replace(late, holds=True, severity=Severity.CRITICAL, material="", slip=None)
    held = replace(evaluation(), holding=(fresh,))
    (kept,) = step(known, held, AS_OF + DAY)
    assert not kept.told
    known = after(known, (kept,))
    quiet = LifeOptions(escalates=False)
    reminded = step(known, held, AS_OF + 7 * DAY, options=quiet)
    assert only(reminded)[0] is Reason.REMINDED
    known, then = after(known, reminded), AS_OF + 8 * DAY
    assert not only(step(known, evaluation(late), then, options=quiet))[2]
    worse = evaluation(replace(late, slip=9))
    assert only(step(known, worse, then, options=quiet))[0] is Reason.WORSE
