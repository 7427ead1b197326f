"""What people answer to alerts: when it holds, what ends it, and what is told meanwhile (§E2)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.alerts.answers import Answers, seen
from syncd.alerts.lifecycle import advance
from syncd.model.acts import Act, ActKind
from syncd.model.alerts import Alert, AlertState, Reason, Transition
from syncd.model.findings import Evaluation, Finding, Severity
from syncd.model.snapshot import Scope
from syncd.testing.alerts import after, alert, evaluation, finding
from syncd.testing.builders import AS_OF

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TODAY = AS_OF.date()
SILENT = [ActKind.SNOOZE, ActKind.ACCEPT]
HOLDING = [ActKind.ACK, *SILENT]


def act(kind: ActKind, about: Alert, *, until: date | None = None, **fields: object) -> Act:
    """Said just after AS_OF; a silence lasts three weeks."""
    day = until or (TODAY + 21 * DAY if kind in SILENT else None)
    made = Act(kind=kind, at=AS_OF + HOUR / 2, by="dana", until=day, seen=seen(about))
    return replace(made, **fields)  # type: ignore[arg-type]


def step(
    held: tuple[Alert, ...], found: Evaluation, *acts: Act, days: int = 0
) -> tuple[Transition, ...]:
    at = AS_OF + HOUR + days * DAY
    transitions = advance(held, found, at, next_number=50, first_pass=False, acts=acts)
    again = advance(
        after(held, transitions), found, at, next_number=90, first_pass=False, acts=acts
    )
    assert again == (), "a second pass over the same findings is not silent"
    return transitions


def told(transitions: tuple[Transition, ...]) -> list[Reason]:
    return [one.reason for one in transitions if one.told]


def holds(about: Alert, *acts: Act, days: int = 0) -> ActKind | None:
    found = Answers(acts, AS_OF + HOUR + days * DAY).of(about)
    return found.kind if found else None


@pytest.mark.parametrize(("severity", "days"), [(Severity.CRITICAL, 3), (Severity.HIGH, 7)])
def test_what_goes_on_is_told_again_after_some_working_days(severity: Severity, days: int) -> None:
    """AS_OF is a Monday: five working days later it is Monday again."""
    found = finding(severity=severity, planned=None)
    held = (alert(found, escalated=True),)
    assert step(held, evaluation(found), days=days - 1) == ()
    assert told(step(held, evaluation(found), days=days)) == [Reason.REMINDED]


def test_what_is_less_than_high_is_told_while_it_changes_only() -> None:
    found = finding(severity=Severity.MEDIUM)
    assert step((alert(found),), evaluation(found), days=60) == ()


@pytest.mark.parametrize(
    "fields",
    [{"known": True, "told_at": None}, {"unsteady": True, "flips": (AS_OF + 6 * DAY,)}],
    ids=["known", "unsteady"],
)
def test_of_what_is_known_or_unsteady_nobody_is_reminded(fields: dict[str, object]) -> None:
    held = alert(**fields)
    assert told(step((held,), evaluation(finding()), days=8)) == []


@pytest.mark.parametrize("kind", HOLDING)
def test_an_answer_stops_reminders(kind: ActKind) -> None:
    held = alert()
    assert step((held,), evaluation(finding()), act(kind, held), days=13) == ()


@pytest.mark.parametrize("kind", [ActKind.NOTE, ActKind.FEEDBACK, ActKind.REOPEN])
def test_what_is_no_answer_stops_none(kind: ActKind) -> None:
    held = alert()
    answered = (act(ActKind.SNOOZE, held), act(ActKind.REOPEN, held), act(kind, held))
    assert told(step((held,), evaluation(finding()), *answered, days=7)) == [Reason.REMINDED]


@pytest.mark.parametrize(("days", "kind"), [(13, ActKind.ACK), (14, None)])
def test_an_acknowledgement_holds_ten_working_days(days: int, kind: ActKind | None) -> None:
    assert holds(alert(), act(ActKind.ACK, alert()), days=days) is kind


def test_after_an_acknowledgement_reminders_go_on() -> None:
    held = alert()
    later = step((held,), evaluation(finding()), act(ActKind.ACK, held), days=14)
    assert told(later) == [Reason.REMINDED]


@pytest.mark.parametrize("kind", SILENT)
def test_a_silence_ends_on_its_day_and_what_still_fires_is_told_once(kind: ActKind) -> None:
    low = finding(severity=Severity.LOW)
    held = alert(low)
    until = TODAY + 4 * DAY
    answer = act(kind, held, until=until)
    assert holds(held, answer, days=3) is kind
    assert step((held,), evaluation(low), answer, days=3) == ()
    back = step((held,), evaluation(low), answer, days=4)
    assert told(back) == [Reason.REMINDED]
    assert step(after((held,), back), evaluation(low), answer, days=30) == ()


def material(name: str) -> tuple[Finding, Finding]:
    """(as it was, as it is)"""
    was = finding(slip=6, severity=Severity.MEDIUM, teams=("ledger",), material="2026-12-02")
    changed = {
        "more severe": {"severity": Severity.HIGH},
        "three days and half later": {"slip": 9},
        "another team": {"teams": ("ledger", "payments")},
        "date moved again": {"material": "2026-12-03"},
        "one more deliverable": {"material": "2026-12-02\ncheckout"},
    }
    return was, replace(was, **changed[name])  # type: ignore[arg-type]


MATERIAL = [
    "more severe",
    "three days and half later",
    "another team",
    "date moved again",
    "one more deliverable",
]


@pytest.mark.parametrize("kind", HOLDING)
@pytest.mark.parametrize("name", MATERIAL)
def test_a_material_change_is_told_and_ends_the_answer(kind: ActKind, name: str) -> None:
    was, now = material(name)
    held = alert(was, told_teams=was.teams)
    answer = act(kind, held)
    changed = step((held,), evaluation(now), answer)
    assert told(changed) in ([Reason.WORSE], [Reason.CHANGED])
    assert holds(changed[0].alert, answer) is None
    back = step(after((held,), changed), evaluation(was), answer)
    assert told(back) in ([], [Reason.CHANGED]), "only a date can move back and forth"


@pytest.mark.parametrize("kind", HOLDING)
@pytest.mark.parametrize(
    "fields",
    [
        {"slip": 8},
        {"slip": 2},
        {"severity": Severity.LOW},
        {"teams": ()},
        {"material": ""},
        {"summary": "Other words."},
    ],
    ids=str,
)
def test_what_is_not_material_leaves_the_answer(kind: ActKind, fields: dict[str, object]) -> None:
    was, _ = material(MATERIAL[0])
    held = alert(was, told_teams=was.teams)
    answer = act(kind, held)
    changed = step((held,), evaluation(replace(was, **fields)), answer)  # type: ignore[arg-type]
    assert told(changed) == []
    assert holds(changed[0].alert, answer) is kind


def test_a_change_counts_from_what_the_person_saw() -> None:
    """It grew from 6 to 8 untold, then was snoozed: 9 is no news, 12 is."""
    held = replace(alert(finding(slip=6)), finding=finding(slip=8))
    answer = act(ActKind.SNOOZE, held)
    assert told(step((held,), evaluation(finding(slip=11)), answer)) == []
    assert told(step((held,), evaluation(finding(slip=12)), answer)) == [Reason.WORSE]


@pytest.mark.parametrize("kind", HOLDING)
def test_that_days_pass_is_no_news_of_what_was_put_off(kind: ActKind) -> None:
    """Late by a day more each working day: ten working days have gone by."""

    def late(days: int, **fields: object) -> Finding:
        return finding(rule="overdue", passed=days, slip=None, **fields)

    held = alert(late(1))
    answer = act(kind, held)
    later = step((held,), evaluation(late(11)), answer, days=14)
    assert told(later) == ([] if kind in SILENT else [Reason.WORSE])
    assert told(step((held,), evaluation(late(17)), answer, days=14)) == [Reason.WORSE]
    other = late(11, planned=date(2026, 11, 10))
    assert told(step((held,), evaluation(other), answer, days=14)) == [Reason.WORSE]


@pytest.mark.parametrize("kind", HOLDING)
def test_a_forecast_that_gets_worse_ends_what_was_put_off_however_long_ago(kind: ActKind) -> None:
    """Silence holds until its day or a material change."""
    held = alert(finding(rule="forecast-late", slip=6))
    worse = evaluation(finding(rule="forecast-late", slip=15))
    assert told(step((held,), worse, act(kind, held), days=14)) == [Reason.WORSE]


def test_of_what_an_older_syncd_told_a_team_is_no_news() -> None:
    held = alert(finding(), told_teams=None)
    assert told(step((held,), evaluation(finding(teams=("ledger",))))) == []


def test_an_answer_that_comes_while_a_pass_tells_more_is_about_what_was_before() -> None:
    held = alert(finding(slip=6))
    answer = act(ActKind.SNOOZE, held, at=AS_OF + 2 * HOUR)
    (worse,) = step((held,), evaluation(finding(slip=20)))
    assert worse.told
    assert holds(worse.alert, answer) is None


def test_the_last_answer_counts() -> None:
    held = alert()
    ack, snooze, reopen = (
        act(kind, held) for kind in (ActKind.ACK, ActKind.SNOOZE, ActKind.REOPEN)
    )
    assert holds(held, ack, snooze) is ActKind.SNOOZE
    assert holds(held, snooze, ack) is ActKind.ACK
    assert holds(held, snooze, reopen) is None
    assert holds(held, reopen, ack) is ActKind.ACK


@pytest.mark.parametrize("kind", SILENT)
def test_to_know_of_it_ends_no_silence_of_another_person(kind: ActKind) -> None:
    """Whoever replies `ack` to their mail does not know what was decided."""
    held = alert()
    silence, ack = act(kind, held), act(ActKind.ACK, held, by="ena")
    assert holds(held, silence, ack) is kind
    assert holds(held, silence, replace(ack, kind=ActKind.REOPEN)) is None
    over = replace(silence, until=TODAY)
    assert holds(held, over, ack) is ActKind.ACK
    newer = replace(held, update=2)
    assert holds(newer, silence, act(ActKind.ACK, newer, by="ena")) is ActKind.ACK
    below, other = (replace(held, inhibited_by=root) for root in ("one", "another"))
    ack = act(ActKind.ACK, other, by="ena")
    assert holds(other, act(kind, below), ack) is ActKind.ACK


@pytest.mark.parametrize("kind", HOLDING)
def test_an_answer_is_about_one_episode(kind: ActKind) -> None:
    held = alert(number=41)
    assert holds(replace(held, number=77, episode=2), act(kind, held)) is None
    assert holds(replace(held, state=AlertState.RESOLVED), act(kind, held)) is None


@pytest.mark.parametrize("kind", HOLDING)
def test_an_answer_outlasts_an_outage(kind: ActKind) -> None:
    held = alert()
    answer = act(kind, held)
    stale = evaluation(stale=frozenset({Scope("jira", "LED")}))
    frozen = step((held,), stale, answer)
    assert frozen[0].alert.state is AlertState.FROZEN
    assert holds(frozen[0].alert, answer) is kind
    assert told(step(after((held,), frozen), evaluation(finding()), answer)) == []


@pytest.mark.parametrize("kind", HOLDING)
def test_the_end_of_what_was_answered_is_told_and_so_is_its_return(kind: ActKind) -> None:
    held = alert()
    answer = act(kind, held)
    over = step((held,), evaluation(), answer)
    assert told(over) == [Reason.CLEARED]
    assert told(step(after((held,), over), evaluation(finding()), answer)) == [Reason.REOPENED]


@pytest.mark.parametrize(("kind", "news"), [(ActKind.ACK, [Reason.OPENED]), (ActKind.SNOOZE, [])])
def test_a_silent_victim_is_not_told_when_its_root_is_gone(
    kind: ActKind, news: list[Reason]
) -> None:
    victim = alert(finding("PAY-1"), told_at=None, inhibited_by="root", update=0)
    freed = step((victim,), evaluation(finding("PAY-1")), act(kind, victim))
    assert told(freed) == news


def test_another_root_ends_the_answer_to_a_victim() -> None:
    victim = alert(finding("PAY-1"), told_at=None, inhibited_by="one", update=0)
    answer = act(ActKind.SNOOZE, victim)
    assert holds(victim, answer) is ActKind.SNOOZE
    assert holds(replace(victim, inhibited_by="other"), answer) is None
    assert holds(replace(victim, inhibited_by=""), answer) is ActKind.SNOOZE


def test_a_pending_alert_that_is_snoozed_fires_silently() -> None:
    held = alert(state=AlertState.PENDING, told_at=None, update=0)
    answer = act(ActKind.SNOOZE, held)
    fired = step((held,), evaluation(finding()), answer)
    assert (fired[0].alert.state, fired[0].told) == (AlertState.FIRING, False)
    late = step(after((held,), fired), evaluation(finding()), answer, days=22)
    assert told(late) == [Reason.OPENED]


def test_what_a_person_saw_of_a_victim_is_no_news_when_it_is_freed() -> None:
    now = finding("PAY-1", severity=Severity.HIGH, material="2026-12-09")
    victim = alert(
        now, told_at=None, inhibited_by="root", update=0,
        told_severity=Severity.LOW, told_material="2026-12-02",
    )  # fmt: skip
    assert told(step((victim,), evaluation(now), act(ActKind.SNOOZE, victim))) == []


def test_a_team_that_is_hit_by_what_was_adopted_is_news() -> None:
    old = finding(teams=("ledger",))
    adopted = advance((), evaluation(old), AS_OF, next_number=1, first_pass=True)
    more = step(after((), adopted), evaluation(finding(teams=("ledger", "payments"))))
    assert told(more) == [Reason.CHANGED]


def alike(first: str, *others: str, severity: Severity = Severity.HIGH) -> Evaluation:
    """Items that wait for one thing: beyond three the first tells of them all."""
    every = [
        finding(ref, rule="dep-inversion", material=ref, planned=None, severity=severity)
        for ref in (first, *others)
    ]
    root, below = every[0], every[1:]
    if len(every) < 4:
        return evaluation(*every)
    whole = replace(root, material="\n".join([first, *others]))
    return evaluation(
        whole, *below, inhibited=tuple((one.fingerprint, root.fingerprint) for one in below)
    )


@pytest.mark.parametrize("kind", HOLDING)
@pytest.mark.parametrize("rest", ["BCDE", "BCD", "CD", "ABC", "ABD"])
def test_an_answer_to_many_alike_goes_on_for_the_rest_of_them(kind: ActKind, rest: str) -> None:
    held = after((), step((), alike(*"ABCDE")))
    said = act(kind, next(one for one in held if one.finding.ref == "A"), at=AS_OF + 2 * HOUR)
    for days in (1, 2):
        transitions = step(held, alike(*rest), said, days=days)
        assert {one.reason for one in transitions if one.told} <= {Reason.CLEARED}
        held = after(held, transitions)
    spoken = [one for one in held if one.state is AlertState.FIRING and not one.inhibited_by]
    assert {one.finding.ref for one in spoken} == set(rest if len(rest) < 4 else rest[:1])
    assert [holds(one, said, days=2) for one in spoken] == [kind] * len(spoken)


def test_what_joins_many_that_were_answered_is_told() -> None:
    held = after((), step((), alike(*"ABCDE")))
    said = act(ActKind.ACCEPT, held[0], at=AS_OF + 2 * HOUR)
    held = after(held, step(held, alike(*"BCDE"), said, days=1))
    joined = step(held, alike(*"BCDEF"), said, days=3)
    (first,) = [one.alert for one in joined if one.reason is Reason.CHANGED and one.told]
    assert holds(first, said, days=3) is None


def test_who_takes_an_answer_to_many_back_for_one_of_the_rest_does_so() -> None:
    held = after((), step((), alike(*"ABCDE")))
    said = act(ActKind.ACCEPT, held[0], at=AS_OF + 2 * HOUR)
    held = after(held, step(held, alike(*"BCDE"), said, days=1))
    (rest,) = [one for one in held if one.finding.ref == "B"]
    back = act(ActKind.REOPEN, rest, at=AS_OF + 2 * DAY)
    assert holds(rest, said, days=3) is ActKind.ACCEPT
    assert holds(rest, said, back, days=3) is None


def test_the_rest_of_what_was_told_one_by_one_first_is_answered_too() -> None:
    held = after((), step((), alike(*"ABC")))
    held = after(held, step(held, alike(*"ABCD"), days=1))
    (first,) = [one for one in held if one.finding.ref == "A"]
    said = act(ActKind.ACCEPT, first, at=AS_OF + DAY + 2 * HOUR)
    transitions = step(held, alike(*"BCD"), said, days=2)
    held = after(held, transitions)
    assert told(transitions) == [Reason.CLEARED]
    rest = [one for one in held if one.state is AlertState.FIRING]
    assert [holds(one, said, days=2) for one in rest] == [ActKind.ACCEPT] * 3


def test_each_of_many_that_were_answered_is_measured_against_itself() -> None:
    def late(*refs: str) -> Evaluation:
        found = alike(*refs)
        gaps = (replace(one, gap=1 if one.ref == "A" else 9) for one in found.findings)
        return replace(found, findings=tuple(gaps))

    held = after((), step((), late(*"ABCDE")))
    said = act(ActKind.ACCEPT, held[0], at=AS_OF + 2 * HOUR)
    assert told(step(held, late(*"BCDE"), said, days=1)) == [Reason.CLEARED]
