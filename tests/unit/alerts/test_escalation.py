"""What nobody answers: one step, never two on one day (reconciler.md §E6)."""

from datetime import date, timedelta

import pytest

from syncd.alerts.answers import seen
from syncd.alerts.lifecycle import LifeOptions, advance
from syncd.alerts.routing import plan
from syncd.model.acts import Act, ActKind
from syncd.model.alerts import Reason
from syncd.model.findings import Severity
from syncd.model.people import Role
from syncd.testing.alerts import after, alert, evaluation, finding
from syncd.testing.builders import AS_OF, person, program, team

DAY = timedelta(days=1)
FAR = date(2027, 3, 1)
PEOPLE = (
    person("dana", role=Role.TPM, programs=("p",)),
    person("leo", role=Role.LEAD, team="ledger"),
    person("ena", team="ledger", accounts=(("jira", "ena"),)),
)


def lived(found, days, *acts, options=None):
    """Each told reason with its day, of an alert that opens on a Monday."""
    held, told = (), []
    for number in range(days):
        now = AS_OF + number * DAY
        transitions = advance(
            held, evaluation(found, as_of=now), now, next_number=len(held) + 1, first_pass=False,
            options=options, acts=[act(held[0]) for act in acts] if held else (),
        )  # fmt: skip
        held = after(held, transitions)
        told += [(number, one.reason) for one in transitions if one.told]
    return told, held[0]


def ours(**fields):
    fields.setdefault("planned", FAR)
    return finding(owner="jira:ena", teams=("ledger",), programs=("p",), **fields)


def test_after_three_working_days_without_an_answer_the_lead_is_told_once() -> None:
    told, alert = lived(ours(), 8)
    assert told == [(0, Reason.OPENED), (3, Reason.ESCALATED), (7, Reason.REMINDED)]
    assert alert.escalated


def test_weekends_do_not_count() -> None:
    held, told = (), []
    friday = AS_OF + 4 * DAY
    for number in range(8):
        now = friday + number * DAY
        transitions = advance(
            held, evaluation(ours(), as_of=now), now, next_number=1, first_pass=False
        )
        held = after(held, transitions)
        told += [(number, one.reason) for one in transitions if one.told]
    assert told == [(0, Reason.OPENED), (5, Reason.ESCALATED), (7, Reason.REMINDED)]


@pytest.mark.parametrize("severity", [Severity.INFO, Severity.LOW, Severity.MEDIUM])
def test_what_is_below_high_reaches_no_lead(severity: Severity) -> None:
    assert lived(ours(severity=severity), 12)[0] == [(0, Reason.OPENED)]


@pytest.mark.parametrize("kind", [ActKind.ACK, ActKind.SNOOZE, ActKind.ACCEPT])
def test_what_was_answered_never_escalates(kind: ActKind) -> None:
    until = None if kind is ActKind.ACK else date(2027, 1, 1)

    def act(alert):
        return Act(
            kind=kind, at=AS_OF + timedelta(hours=1), by="ena", until=until, seen=seen(alert)
        )

    told, alert = lived(ours(planned=date(2026, 12, 1)), 9, act)
    assert told == [(0, Reason.OPENED)]
    assert (alert.escalated, alert.raised) == (False, 0)


@pytest.mark.parametrize(
    ("planned", "raised"),
    [
        (date(2026, 12, 1), 1),
        (date(2026, 12, 2), 0),
        (date(2026, 11, 24), 1),
        (date(2026, 11, 23), 0),
    ],
)
def test_near_its_date_it_is_one_step_graver_once(planned: date, raised: int) -> None:
    """On the Tuesday of the second look, 1 December is five working days away."""
    told, alert = lived(ours(planned=planned, severity=Severity.MEDIUM), 2)
    assert told == [(0, Reason.OPENED), (1, Reason.WORSE)][: 1 + raised]
    assert (alert.raised, alert.finding.severity) == (raised, Severity.MEDIUM + raised)


def test_never_two_steps_on_one_day_nor_twice() -> None:
    told, alert = lived(ours(planned=date(2026, 12, 4), slip=20), 11)
    assert told[:3] == [(0, Reason.OPENED), (3, Reason.ESCALATED), (4, Reason.WORSE)]
    assert alert.finding.severity is Severity.CRITICAL
    days = [day for day, _ in told]
    assert len(days) == len(set(days))
    assert [reason for _, reason in told].count(Reason.WORSE) == 1


def test_a_second_pass_of_the_day_takes_no_second_step() -> None:
    found = ours(planned=date(2026, 11, 30), slip=20)
    stepped = alert(found, grave_since=AS_OF - 9 * DAY, told_at=AS_OF - 9 * DAY)
    first = advance((stepped,), evaluation(found), AS_OF, next_number=9, first_pass=False,
                    options=LifeOptions(reminders={}))  # fmt: skip
    assert [one.reason for one in first] == [Reason.WORSE]
    assert advance(after((stepped,), first), evaluation(found, as_of=AS_OF + timedelta(hours=2)),
                   AS_OF + timedelta(hours=2), next_number=9, first_pass=False,
                   options=LifeOptions(reminders={})) == ()  # fmt: skip


def test_both_can_be_switched_off() -> None:
    options = LifeOptions(escalates=False, reminders={})
    assert lived(ours(planned=date(2026, 11, 27)), 9, options=options)[0] == [(0, Reason.OPENED)]


def heard(found, reason=Reason.ESCALATED, people=PEOPLE, **fields):
    from syncd.testing.alerts import transition

    fields.setdefault("escalated", True)
    mails = plan(
        (transition(found, reason, **fields),), people, (program("p", teams=("ledger",)),),
        (team("ledger"),), told={}, as_of=AS_OF,
    )  # fmt: skip
    return {one.person: one.why for one in mails}


NOBODY = "because nobody has answered for 3 working days"


def test_only_the_owners_lead_hears_of_the_step_and_why() -> None:
    assert heard(ours()) == {"leo": NOBODY}


def test_where_the_owner_leads_those_who_run_the_program_hear_it() -> None:
    lead = person("leo", role=Role.LEAD, team="ledger", accounts=(("jira", "leo"),))
    assert heard(finding(owner="jira:leo", programs=("p",)), people=(PEOPLE[0], lead)) == {
        "dana": NOBODY
    }


def test_from_then_on_the_lead_is_among_those_who_hear_of_it() -> None:
    elsewhere = finding(owner="jira:ena", teams=("mobile",), programs=("p",))
    assert heard(elsewhere, Reason.WORSE)["leo"] == NOBODY
    assert "leo" not in heard(elsewhere, Reason.WORSE, escalated=False)
