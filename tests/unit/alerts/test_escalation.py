"""What nobody answers: one step, never two on one day (reconciler.md §E6)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from syncd.alerts.answers import seen
from syncd.alerts.escalation import as_known
from syncd.alerts.lifecycle import LifeOptions, advance
from syncd.alerts.muting import NO_LIMITS
from syncd.alerts.routing import Outbox, plan
from syncd.model.acts import Act, ActKind
from syncd.model.alerts import Hold, Message, MessageState, Reason
from syncd.model.findings import Reckoning, Severity
from syncd.model.people import Role
from syncd.model.routes import Route
from syncd.testing.alerts import after, alert, evaluation, finding, transition
from syncd.testing.builders import AS_OF, at, person, program, team

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
    fields = {"planned": FAR, "rule": "dep-inversion"} | fields
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
    assert told == [(0, Reason.OPENED), (1, Reason.NEARING)][: 1 + raised]
    assert (alert.raised, alert.finding.severity) == (raised, Severity.MEDIUM + raised)


@pytest.mark.parametrize(
    ("moved_to", "raised"), [(FAR, 0), (date(2026, 12, 2), 1), (date(2026, 11, 20), 1), (None, 0)]
)
def test_where_its_date_moves_away_it_is_as_grave_as_its_rule_says(moved_to, raised: int) -> None:
    near = ours(planned=date(2026, 12, 1), severity=Severity.MEDIUM)
    _, held = lived(near, 2)
    now = AS_OF + 2 * DAY
    (one,) = advance(
        (held,), evaluation(replace(near, planned=moved_to), as_of=now), now,
        next_number=2, first_pass=False,
    )  # fmt: skip
    assert (one.alert.raised, one.alert.finding.severity) == (raised, Severity.MEDIUM + raised)
    assert not one.told


def test_a_date_that_moved_is_near_by_where_it_stands_now() -> None:
    moved = ours(rule="date-moved", planned=date(2026, 12, 1), severity=Severity.MEDIUM)
    far, near = replace(moved, expected=FAR), replace(moved, planned=FAR, expected=moved.planned)
    assert [lived(one, 2)[1].raised for one in (far, near)] == [0, 1]


def test_what_gets_graver_shows_the_formula_of_that_day() -> None:
    """A formula alone is no news, so that until then the alert keeps the one it opened with."""
    found = ours(planned=date(2026, 12, 1), severity=Severity.MEDIUM)
    held = ()
    for number in range(2):
        now = AS_OF + number * DAY
        today = replace(found, reckoning=Reckoning(formula=f"{6 - number} working days ahead"))
        steps = advance(held, evaluation(today, as_of=now), now, next_number=1, first_pass=False)
        held = after(held, steps)
    assert held[0].raised == 1
    assert held[0].finding.reckoning.formula == "5 working days ahead"


def test_a_pass_is_told_as_grave_as_its_alerts_and_a_day_before_the_step_as_it_was() -> None:
    found, other = ours(planned=date(2026, 12, 1), severity=Severity.MEDIUM), finding("PAY-2")
    _, alert = lived(found, 2)
    alerts = {alert.fingerprint: replace(alert, raised=2)}
    now = as_known((other, found), alerts, AS_OF + DAY)
    assert [(one.ref, one.severity) for one in now] == [
        (found.ref, Severity.CRITICAL), ("PAY-2", Severity.HIGH),
    ]  # fmt: skip
    assert as_known((other, found), alerts, AS_OF) == (other, found)


def test_never_two_steps_on_one_day_nor_twice() -> None:
    told, alert = lived(ours(planned=date(2026, 12, 4), slip=20), 11)
    assert told[:3] == [(0, Reason.OPENED), (3, Reason.ESCALATED), (4, Reason.NEARING)]
    assert alert.finding.severity is Severity.CRITICAL
    days = [day for day, _ in told]
    assert len(days) == len(set(days))
    assert [reason for _, reason in told].count(Reason.NEARING) == 1


def test_a_step_for_its_date_brings_no_reminder_forward() -> None:
    """Told of it as medium, people are reminded of nothing; as high, after five working days."""
    told, _ = lived(ours(planned=date(2026, 12, 11), severity=Severity.MEDIUM), 17)
    assert told == [(0, Reason.OPENED), (11, Reason.NEARING), (16, Reason.ESCALATED)]
    told, _ = lived(ours(planned=date(2026, 12, 3)), 8)
    assert told == [
        (0, Reason.OPENED), (3, Reason.NEARING), (4, Reason.ESCALATED), (7, Reason.REMINDED)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after_", "reason"),
    [
        (Severity.MEDIUM, Severity.HIGH, Reason.WORSE),
        (Severity.HIGH, Severity.CRITICAL, Reason.WORSE),
        (Severity.HIGH, Severity.HIGH, None),
    ],
)
def test_what_gets_graver_by_itself_after_the_step_is_news_for_all(before, after_, reason) -> None:
    held = (alert(ours(severity=before, planned=date(2026, 11, 27))),)
    for number, severity in ((1, before), (2, after_)):
        now = AS_OF + number * DAY
        found = ours(severity=severity, planned=date(2026, 11, 27))
        transitions = advance(
            held, evaluation(found, as_of=now), now, next_number=9, first_pass=False,
            options=LifeOptions(reminders={}),
        )  # fmt: skip
        held = after(held, transitions)
    assert next((one.reason for one in transitions if one.told), None) is reason


def test_what_was_told_with_the_step_in_it_gets_graver_by_itself_all_the_same() -> None:
    """Told as critical when the slip grew, it was high by its rule; now its rule says critical."""
    held, told = (alert(ours(planned=date(2026, 11, 27))),), []
    for number, (severity, slip) in enumerate(
        [(Severity.HIGH, 6), (Severity.HIGH, 20), (Severity.CRITICAL, 20)], 1
    ):
        now = AS_OF + number * DAY
        found = ours(severity=severity, slip=slip, planned=date(2026, 11, 27))
        transitions = advance(
            held, evaluation(found, as_of=now), now, next_number=9, first_pass=False
        )
        held = after(held, transitions)
        told += [one.reason for one in transitions if one.told]
    assert told == [Reason.NEARING, Reason.WORSE, Reason.WORSE]


def test_a_second_pass_of_the_day_takes_no_second_step() -> None:
    found = ours(planned=date(2026, 11, 30), slip=20)
    stepped = alert(found, grave_since=AS_OF - 9 * DAY, told_at=AS_OF - 9 * DAY)
    first = advance((stepped,), evaluation(found), AS_OF, next_number=9, first_pass=False,
                    options=LifeOptions(reminders={}))  # fmt: skip
    assert [one.reason for one in first] == [Reason.NEARING]
    assert advance(after((stepped,), first), evaluation(found, as_of=AS_OF + timedelta(hours=2)),
                   AS_OF + timedelta(hours=2), next_number=9, first_pass=False,
                   options=LifeOptions(reminders={})) == ()  # fmt: skip


def test_both_can_be_switched_off() -> None:
    options = LifeOptions(escalates=False, reminders={})
    assert lived(ours(planned=date(2026, 11, 27)), 9, options=options)[0] == [(0, Reason.OPENED)]


LEO, DANA, ENA = "leo", "dana", "ena"
UNANSWERED = "because nobody had answered by Mon 23 Nov"
NEAR = "because its date is near and it is still open"


def mails(
    found, reason=Reason.ESCALATED, people=PEOPLE, tree=(), messages=(), limits=None, **fields
):
    """The mails of a step; one that nobody answered, if nothing else is said."""
    fields.setdefault("escalated", reason is Reason.ESCALATED)
    fields.setdefault("raised", int(reason is Reason.NEARING))
    return plan(
        (transition(found, reason, **fields),), people, (program("p", teams=("ledger",)),),
        (team("ledger"),), told={}, as_of=AS_OF, tree=tree, outbox=Outbox(messages=messages),
        limits=limits,
    )  # fmt: skip


def heard(found, reason=Reason.ESCALATED, people=PEOPLE, **fields):
    return {one.person: one.why for one in mails(found, reason, people, **fields)}


def test_only_the_owners_lead_hears_of_the_first_step_and_why() -> None:
    assert heard(ours()) == {LEO: UNANSWERED}
    assert heard(ours(), Reason.NEARING) == {LEO: NEAR}


@pytest.mark.parametrize(("zone", "day"), [("UTC", "Fri 20 Nov"), ("Asia/Kolkata", "Sat 21 Nov")])
def test_why_a_step_was_taken_stays_true_while_its_mail_waits(zone: str, day: str) -> None:
    people = tuple(replace(one, timezone=zone) for one in PEOPLE)
    told = heard(ours(), people=people, stepped_at=at("2026-11-20 23:30"))
    assert told == {LEO: f"because nobody had answered by {day}"}


@pytest.mark.parametrize("reason", [Reason.ESCALATED, Reason.NEARING])
def test_the_second_step_goes_to_those_who_run_the_program(reason: Reason) -> None:
    why = NEAR if reason is Reason.NEARING else UNANSWERED
    assert heard(ours(), reason, escalated=True, raised=1) == {DANA: why}
    assert heard(ours(), reason, people=PEOPLE[1:], escalated=True, raised=1).keys() == {LEO}, (
        "where nobody does, the last one who heard of it hears it again"
    )


def test_where_the_owner_leads_those_who_run_the_program_hear_it() -> None:
    lead = person(LEO, role=Role.LEAD, team="ledger", accounts=(("jira", LEO),))
    led = finding(owner="jira:leo", programs=("p",))
    assert heard(led, people=(PEOPLE[0], lead)) == {DANA: UNANSWERED}


def test_what_is_about_a_person_goes_no_further_than_their_lead() -> None:
    about = ours(subject="person:ena")
    assert heard(about).keys() == {LEO}
    assert heard(about, escalated=True, raised=1).keys() == {LEO}
    assert not heard(about, people=(PEOPLE[0], PEOPLE[2]))


def test_no_leader_hears_of_a_step() -> None:
    boss = person("vp", role=Role.EXEC, programs=("p",))
    grave = ours(tier="A", severity=Severity.CRITICAL)
    assert "vp" in heard(grave, Reason.WORSE, people=(*PEOPLE, boss))
    for steps in ({}, {"escalated": True, "raised": 1}):
        assert "vp" not in heard(grave, Reason.NEARING, people=(*PEOPLE, boss), **steps)


def test_from_then_on_those_above_are_among_those_who_hear_of_it() -> None:
    elsewhere = finding(owner="jira:ena", teams=("mobile",), programs=("q",))
    assert heard(elsewhere, Reason.WORSE, escalated=True)[LEO] == UNANSWERED
    assert heard(elsewhere, Reason.WORSE, raised=1)[LEO] == NEAR
    assert LEO not in heard(elsewhere, Reason.WORSE)


def test_a_route_that_names_people_tells_them_of_no_step_twice() -> None:
    """But who is told from high or critical on is to hear when a step makes it so."""
    usual = Route(id="usual", to=("usual", "kim"))
    pager = Route(id="pager", to=("pia",), severity=Severity.CRITICAL, goes_on=True)
    people = (*PEOPLE, person("kim"), person("pia"))
    grave = ours(severity=Severity.CRITICAL)
    told = heard(grave, Reason.NEARING, people=people, tree=(pager, usual))
    assert told.keys() == {LEO, "pia"}
    assert heard(grave, people=people, tree=(pager, usual)).keys() == {LEO}
    assert heard(grave, Reason.WORSE, people=people, tree=(pager, usual)).keys() > {"kim", "pia"}


def letter(who: str, at: datetime) -> Message:
    """A digest that told of it."""
    return Message(
        message_id="<1@h>", notifier="mail", person=who, recipient=f"{who}@example.com", subject="",
        body=b"", alerts=((ours().fingerprint, 1),), reason="digest", queued_at=at, send_after=at,
        sent_at=at, state=MessageState.SENT,
    )  # fmt: skip


MONDAY, FRIDAY = AS_OF, AS_OF - 3 * DAY


@pytest.mark.parametrize(
    ("sent_at", "who", "digest"),
    [
        (MONDAY - timedelta(hours=2), LEO, at("2026-11-25 08:30")),
        (FRIDAY, LEO, at("2026-11-24 08:30")),
        (FRIDAY - DAY, LEO, None),
        (FRIDAY, DANA, None),
    ],
)
@pytest.mark.parametrize("reason", [Reason.ESCALATED, Reason.NEARING])
def test_who_heard_of_it_the_working_day_before_reads_of_the_step_in_a_later_digest(
    reason: Reason, sent_at, who: str, digest
) -> None:
    before = letter(who, sent_at)
    (mail,) = mails(ours(severity=Severity.CRITICAL), reason, messages=(before,))
    hold = Hold.NONE if digest is None else Hold.HEARD
    assert (mail.person, mail.hold, mail.send_after) == (LEO, hold, digest)


def test_without_a_noise_budget_a_step_waits_for_nothing() -> None:
    (mail,) = mails(ours(), messages=(letter(LEO, AS_OF),), limits=NO_LIMITS)
    assert mail.send_after is None


def test_what_has_not_left_yet_was_not_heard() -> None:
    before = replace(letter(LEO, AS_OF), state=MessageState.WAITING, sent_at=None)
    (mail,) = mails(ours(), messages=(before,))
    assert mail.hold is Hold.NONE
