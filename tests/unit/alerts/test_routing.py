"""Who hears what, why, when, and in which mail (reconciler.md §E5, reliability.md §7, M1, M3)."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from syncd.alerts.grouping import told_by, withdrawn
from syncd.alerts.muting import NO_LIMITS
from syncd.alerts.routes import Routes
from syncd.alerts.routing import Outbox, operator_notices, plan
from syncd.model.alerts import (
    Hold,
    Message,
    MessageState,
    NoticeKind,
    Notification,
    Reason,
    Transition,
    Voice,
)
from syncd.model.findings import Finding, Push, Severity
from syncd.model.people import MailMode, Role
from syncd.testing.alerts import alert, finding, rich_finding, transition
from syncd.testing.builders import AS_OF, at, person, program, team

TEAMS = (team("payments", lead="pia"), team("ledger"), team("mobile"))
PROGRAMS = (
    program("checkout", teams=("payments", "ledger"), stakeholders=((Role.EXEC, ("vp",)),)),
    program("other", teams=("mobile",)),
)
DANA = person("dana", role=Role.TPM, programs=("checkout",))
PIA = person("pia", role=Role.LEAD, team="payments")
LEO = person("leo", role=Role.LEAD, team="ledger")
ENA = person("ena", role=Role.ENGINEER, team="ledger", accounts=(("jira", "ena-1"),))
VP = person("vp", role=Role.EXEC)
OPS = person("ops", operator=True)
TOM = person("tom", role=Role.TPM, programs=("other",))
EVERYBODY = (DANA, PIA, LEO, ENA, VP, OPS, TOM)


def ours(ref: str = "LED-88", **fields: Any) -> Finding:
    fields.setdefault("owner", "jira:ena-1")
    fields.setdefault("teams", ("ledger",))
    fields.setdefault("programs", ("checkout",))
    return finding(ref, **fields)


def planned(
    *transitions: Transition, people: Any = EVERYBODY, told: Any = None, **more: Any
) -> dict[str, list[Notification]]:
    found: dict[str, list[Notification]] = {}
    for one in plan(transitions, people, PROGRAMS, TEAMS, told=told or {}, as_of=AS_OF, **more):
        found.setdefault(one.person, []).append(one)
    return found


def test_those_concerned_hear_of_it_each_with_the_reason_why() -> None:
    whys = {who: one.why for who, (one,) in planned(transition(ours())).items()}
    assert whys == {
        "dana": "because you run Checkout",
        "ena": "because you own LED-88",
        "leo": "because it concerns your team Ledger",
    }


def test_the_lead_named_by_the_team_hears_of_a_team_that_is_hit() -> None:
    hit = transition(ours(teams=("ledger", "payments")))
    assert planned(hit)["pia"][0].why == "because it concerns your team Payments"


def test_a_declared_owner_without_an_account_hears_of_what_they_own() -> None:
    found = planned(transition(ours(owner="person:leo", teams=())))
    assert found["leo"][0].why == "because you own LED-88"


def test_what_is_about_a_person_reaches_them_and_their_lead_only() -> None:
    about = ours("Ena", subject="person:ena", owner="person:ena", programs=())
    assert {who: one.why for who, (one,) in planned(transition(about)).items()} == {
        "ena": "because it is about your work",
        "leo": "because it concerns your team Ledger",
    }


def test_an_item_held_by_a_team_reaches_its_lead() -> None:
    assert set(planned(transition(ours(owner="team:payments", teams=(), programs=("none",))))) == {
        "pia"
    }


@pytest.mark.parametrize(
    ("fields", "heard"),
    [
        ({"tier": "A"}, True),
        ({"tier": "B"}, False),
        ({"tier": "A", "severity": Severity.MEDIUM}, False),
    ],
)
def test_leaders_hear_only_of_what_was_promised_and_matters(
    fields: dict[str, Any], heard: bool
) -> None:
    assert ("vp" in planned(transition(ours(**fields)))) is heard


def test_leaders_are_not_reminded() -> None:
    told = planned(transition(ours(tier="A"), Reason.REMINDED))
    assert "vp" not in told
    assert "dana" in told


PUSHING = transition(ours(teams=("ledger", "payments"), tier="A", severity=Severity.CRITICAL))


def before(_print: str, update: int) -> Transition | None:
    """Update 1 hit Payments too, update 2 said so again."""
    again = transition(PUSHING.alert.finding, Reason.REMINDED, update=2)
    return {1: PUSHING, 2: again}.get(update)


def heard_by(*who: str) -> dict[str, frozenset[str]]:
    return {PUSHING.alert.fingerprint: frozenset(who)}


def test_who_plans_by_what_is_no_longer_so_hears_of_it_once() -> None:
    """The date came back: Payments was told to plan with the later one."""
    eased = transition(ours(severity=Severity.MEDIUM), Reason.CHANGED, update=3)
    told = heard_by("pia", "vp", "dana")
    found = planned(eased, told=told, recall=before)
    assert {who: one.why for who, (one,) in found.items()} == {
        "dana": "because you run Checkout",
        "ena": "because you own LED-88",
        "leo": "because it concerns your team Ledger",
        "pia": "because you were told of it",
        "vp": "because you were told of it",
    }
    later = transition(ours(severity=Severity.MEDIUM), Reason.CHANGED, update=4)
    kept = {3: eased}
    assert set(planned(later, told=told, recall=lambda _, update: kept.get(update))) == {
        "dana", "ena", "leo",
    }  # fmt: skip


def test_who_was_never_told_does_not_hear_that_it_is_no_longer_so() -> None:
    eased = transition(ours(severity=Severity.MEDIUM), Reason.CHANGED, update=3)
    assert "pia" not in planned(eased, told=heard_by("vp"), recall=before)


def test_that_it_is_no_longer_so_is_still_told_when_its_mail_is_made_anew() -> None:
    eased = transition(ours(severity=Severity.MEDIUM), Reason.CHANGED, update=3)
    waits = queued((eased, 3), who="pia")
    (one,) = planned(
        people=(PIA,), told=heard_by("pia"), waiting=[waits],
        recall=lambda print_, update: eased if update == 3 else before(print_, update),
        outbox=Outbox(messages=(waits,), renewed={waits.message_id: waits}),
    )["pia"]  # fmt: skip
    assert (refs(one), one.why) == (["LED-88"], "because you were told of it")


def test_trouble_of_a_source_goes_to_operators_only() -> None:
    stale = ours("jira", rule="source-stale", subject="source:jira", severity=Severity.MEDIUM)
    found = planned(transition(stale))
    assert set(found) == {"ops"}
    (one,) = found["ops"]
    assert (one.kind, one.send_after) == (NoticeKind.SERVICE, None)


def test_an_outage_that_comes_and_goes_is_one_mail_at_once_and_the_rest_in_digests() -> None:
    stale = ours("jira", rule="source-stale", subject="source:jira", severity=Severity.MEDIUM)
    (again,) = planned(transition(stale, Reason.REOPENED))["ops"]
    assert again.send_after == at("2026-11-23 08:30")


def test_what_is_small_about_a_source_waits_for_the_digest() -> None:
    unread = ours("jira", rule="unmapped-status", subject="source:jira", severity=Severity.LOW)
    (one,) = planned(transition(unread))["ops"]
    assert one.send_after == at("2026-11-23 08:30")


def test_untold_transitions_reach_nobody() -> None:
    assert planned(transition(ours(), told=False)) == {}


def test_below_high_waits_for_the_digest_of_each_reader() -> None:
    singapore = replace(LEO, timezone="Asia/Singapore")
    found = planned(transition(ours(severity=Severity.MEDIUM)), people=(DANA, singapore))
    assert found["dana"][0].send_after == at("2026-11-23 08:30")
    assert found["leo"][0].send_after == at("2026-11-24 00:30")


def test_limits_can_be_switched_off() -> None:
    low = [transition(ours(f"L-{n}", severity=Severity.LOW)) for n in range(9)]
    found = planned(*low, people=(DANA,), limits=NO_LIMITS)["dana"]
    assert [(one.kind, one.send_after) for one in found] == [(NoticeKind.ALERT, None)] * 9


def test_several_for_the_digest_are_one_mail_worst_first() -> None:
    news = [transition(ours(f"L-{n}", severity=Severity(n)), number=n) for n in (1, 2, 0)]
    (one,) = planned(*news, people=(DANA,))["dana"]
    assert one.kind is NoticeKind.DIGEST
    assert [t.alert.number for t in one.transitions] == [2, 1, 0]
    assert one.program == "Checkout"


def test_more_than_three_at_once_are_one_mail_now() -> None:
    news = [transition(ours(f"L-{n}")) for n in range(4)]
    (one,) = planned(*news, people=(DANA,))["dana"]
    assert (one.kind, one.send_after, len(one.transitions)) == (NoticeKind.DIGEST, None, 4)
    assert len(planned(*news[:3], people=(DANA,))["dana"]) == 3


def test_a_reader_of_briefs_gets_no_mail_of_alerts() -> None:
    brief = replace(DANA, mode=MailMode.BRIEF_ONLY)
    assert planned(transition(ours()), people=(brief,)) == {}


def test_an_unsteady_alert_is_told_in_digests_only() -> None:
    (one,) = planned(transition(ours(), unsteady=True), people=(DANA,))["dana"]
    assert one.send_after == at("2026-11-23 08:30")


def test_only_who_heard_of_it_hears_that_it_is_over() -> None:
    over = transition(ours(), Reason.CLEARED)
    print_ = over.alert.fingerprint
    assert planned(over) == {}
    found = planned(over, told={print_: {"dana", "vp"}})
    assert set(found) == {"dana", "vp"}
    assert found["dana"][0].send_after == at("2026-11-23 08:30")
    critical = transition(ours(severity=Severity.CRITICAL), Reason.CLEARED)
    assert planned(critical, told={print_: {"dana"}})["dana"][0].send_after is None


def test_who_heard_of_it_among_many_alike_hears_that_it_is_over_and_that_it_changed() -> None:
    voice = Voice(fingerprint="many", number=7, update=1, told_at=AS_OF)
    over = transition(ours(), Reason.CLEARED, voice=voice)
    found = planned(over, told={"many": {"dana"}, over.alert.fingerprint: {"leo"}})
    assert set(found) == {"dana", "leo"}
    worse = transition(ours(), Reason.WORSE, voice=voice)
    found = planned(worse, told={"many": {"dana"}})
    reasons = {who: one.transitions[0].reason for who, (one,) in found.items()}
    assert reasons["dana"] is Reason.WORSE
    assert reasons["leo"] is Reason.OPENED


@pytest.mark.parametrize("reason", [Reason.WORSE, Reason.CHANGED, Reason.REOPENED])
def test_news_is_new_to_whom_no_earlier_news_of_it_reached(reason: Reason) -> None:
    worse = transition(ours(), reason)
    heard = {worse.alert.fingerprint: {"dana"}, f"adopted {worse.alert.fingerprint}": {"ena"}}
    found = planned(worse, told=heard)
    assert {who: one.transitions[0].reason for who, (one,) in found.items()} == {
        "dana": reason, "ena": reason, "leo": Reason.OPENED,
    }  # fmt: skip


def test_adoption_is_one_summary_per_person_and_none_for_leaders() -> None:
    old = [
        transition(ours(f"P-{n}", tier="A"), Reason.ADOPTED, told=False, number=n)
        for n in range(500)
    ]
    found = planned(*old)
    assert set(found) == {"dana", "leo", "ena"}
    for (one,) in found.values():
        assert (one.kind, len(one.transitions)) == (NoticeKind.ADOPTION, 500)


def test_adopted_victims_are_not_in_the_summary() -> None:
    victim = transition(ours(), Reason.ADOPTED, told=False, inhibited_by="root")
    assert planned(victim) == {}


def test_pushed_teams_are_told_by_their_names() -> None:
    pushes = (
        replace(rich_finding().pushes[0], team="mobile"),
        Push(ref="X-1", title="x", team="?"),
    )
    (one,) = planned(transition(ours(pushes=pushes)))["dana"]
    told = one.transitions[0].alert.finding.pushes
    assert [push.team for push in told] == ["Mobile", "?"]


def test_a_lead_reads_first_what_of_their_own_team_is_pushed() -> None:
    """A mail names the first five."""
    pushes = tuple(Push(ref=f"PAY-{n}", title="", team="payments") for n in range(6))
    pushes = (*pushes, Push(ref="LED-9", title="", team="ledger"))
    told = planned(transition(ours(teams=("ledger", "payments"), pushes=pushes)))
    first = {who: one.transitions[0].alert.finding.pushes[0].ref for who, (one,) in told.items()}
    assert (first["leo"], first["pia"], first["dana"]) == ("LED-9", "PAY-0", "PAY-0")


def test_nearest_is_what_they_hold_then_what_a_team_of_theirs_is_concerned_by() -> None:
    """In that order a mail names what has one cause."""
    routes = Routes((LEO, PIA), PROGRAMS, TEAMS)
    hit = ours(owner="person:leo", teams=("payments",))
    assert [routes.distance(one, hit) for one in (LEO, PIA)] == [0, 1]
    assert routes.distance(PIA, ours(owner="person:leo", teams=("ledger",))) == 2


def test_a_restricted_item_is_told_in_the_neutral_form() -> None:
    secret = replace(
        rich_finding(ref="SEC-9", title="Hack of the vault", owner="jira:ena-1"),
        restricted=True,
        material="Hack moved",
        programs=("checkout",),
        teams=("ledger",),
    )
    for (one,) in planned(transition(secret, headline="Hack of the vault")).values():
        shown = one.transitions[0].alert
        told = f"{one.why} {shown.headline} {shown.told_material} {shown.finding}"
        assert not [word for word in ("Hack", "PAY-142", "tracker", "ena") if word in told]
        assert shown.finding.planned == secret.planned


def test_a_mail_carries_the_weightiest_of_what_each_alert_speaks_for() -> None:
    root, other = transition(ours()), transition(ours("LED-9"), number=42)
    below = [alert(finding(f"PAY-{n}"), number=50 + n) for n in range(7)]
    hidden = alert(replace(finding("SEC-9", title="Hack"), restricted=True), number=60)
    for one in planned(root, other, victims={root.alert.fingerprint: [hidden, *below]})["dana"]:
        if one.transitions[0].alert.number == 42:
            assert one.victims == ()
            continue
        (carried,) = one.victims
        assert (carried.root, carried.more) == (root.alert.fingerprint, 3)
        assert [each.finding.ref for each in carried.alerts] == [
            "restricted item", "PAY-0", "PAY-1", "PAY-2", "PAY-3",
        ]  # fmt: skip
        assert "Hack" not in str(carried)


def test_what_concerns_two_programs_comes_under_the_readers_own() -> None:
    shared = planned(transition(ours(programs=("checkout", "other"))))
    assert {who: one.program for who, (one,) in shared.items() if who in ("dana", "tom")} == {
        "dana": "Checkout", "tom": "Other",
    }  # fmt: skip
    led = person("mo", role=Role.LEAD, team="mobile")
    (mail,) = planned(transition(ours(teams=("mobile",), programs=("checkout", "other"))),
                      people=(led,))["mo"]  # fmt: skip
    assert mail.program == "Other"


def test_a_program_in_which_its_reader_takes_no_part_is_not_named() -> None:
    led = person("mo", role=Role.LEAD, team="mobile")
    (mail,) = planned(transition(ours(teams=("mobile",), programs=("checkout",))),
                      people=(led,))["mo"]  # fmt: skip
    assert mail.program == ""
    elsewhere = person("pia", role=Role.LEAD, team="board")
    (mail,) = planned(transition(ours(teams=("payments",))), people=(elsewhere,))["pia"]
    assert mail.program == "Checkout"


def test_teams_stand_in_for_a_missing_program() -> None:
    assert "dana" in planned(transition(ours(programs=())))
    assert "dana" not in planned(transition(ours(programs=("other",))))


def queued(
    *pairs: tuple[Transition, int], who: str = "dana", when: str = "2026-11-23 08:30", **more: Any
) -> Message:
    return Message(
        message_id=f"<{pairs}>",
        notifier="mail",
        person=who,
        recipient=f"{who}@example.com",
        subject="",
        body=b"",
        alerts=tuple((t.alert.fingerprint, update) for t, update in pairs),
        queued_at=AS_OF,
        send_after=at(when),
        **more,
    )


A = transition(ours("A-1", severity=Severity.MEDIUM), number=1)
B = transition(ours("B-1", severity=Severity.MEDIUM), number=2)
C = transition(ours("C-1", severity=Severity.MEDIUM), number=3)


def recall(print_: str, _update: int) -> Transition | None:
    return {t.alert.fingerprint: t for t in (A, B, C)}.get(print_)


def refs(one: Notification) -> list[str]:
    return [t.alert.finding.ref for t in one.transitions]


def test_a_waiting_digest_takes_up_what_comes_later() -> None:
    """Otherwise two mails leave at 08:30."""
    waiting = queued((A, 1), (B, 1))
    (one,) = planned(C, people=(DANA,), waiting=[waiting], recall=recall)["dana"]
    assert set(refs(one)) == {"A-1", "B-1", "C-1"}
    (gone,) = withdrawn([waiting], [C], [one])
    assert (gone.state, gone.error) == (MessageState.SUPERSEDED, "replaced by newer news")


def test_news_of_one_alert_in_a_waiting_digest_loses_nothing_of_the_others() -> None:
    worse = transition(ours("A-1"), Reason.WORSE, update=2, number=1)
    waiting = queued((A, 1), (B, 1))
    found = planned(worse, people=(DANA,), waiting=[waiting], recall=recall)["dana"]
    assert sorted((refs(one), one.send_after) for one in found) == [
        (["A-1"], None),
        (["B-1"], at("2026-11-23 08:30")),
    ]
    assert len(withdrawn([waiting], [worse], found)) == 1


def test_a_digest_whose_time_has_come_stays_one_mail_beside_news_of_any_weight() -> None:
    """A run by cron comes after 08:30; else one mail would go for each gap in the ranks."""
    first = transition(ours("A-1", tier="A"), number=1)
    waiting = queued((first, 1), (B, 1), (C, 1), when="2026-11-23 07:30", hold=Hold.BUDGET)
    known = {one.alert.fingerprint: one for one in (first, B, C)}
    again = Outbox(messages=(waiting,), renewed={waiting.message_id: waiting})
    found = planned(
        transition(ours("D-1"), number=4), people=(DANA,), waiting=[waiting],
        recall=lambda print_, _update: known.get(print_), outbox=again,
    )["dana"]  # fmt: skip
    assert [set(refs(one)) for one in found] == [{"D-1"}, {"A-1", "B-1", "C-1"}]


def test_what_is_over_before_it_was_sent_is_never_told() -> None:
    over = transition(ours("A-1", severity=Severity.MEDIUM), Reason.CLEARED, number=1)
    alone, both = queued((A, 1)), queued((A, 1), (B, 1))
    assert planned(over, people=(DANA,), waiting=[alone], recall=recall) == {}
    (gone,) = withdrawn([alone], [over], [])
    assert gone.error == "over before it was sent"
    (one,) = planned(over, people=(DANA,), waiting=[both], recall=recall)["dana"]
    assert refs(one) == ["B-1"]
    assert len(withdrawn([both], [over], [one])) == 1


def test_what_may_have_arrived_counts_as_told() -> None:
    sent = queued((A, 1), state=MessageState.SENT)
    doubt = queued((B, 1), in_doubt=True)
    dead = queued((C, 1), state=MessageState.DEAD)
    told = told_by([sent, doubt, dead, queued((C, 1))])
    assert told == {
        A.alert.fingerprint: frozenset({"dana"}),
        B.alert.fingerprint: frozenset({"dana"}),
    }


def test_who_heard_of_an_earlier_episode_did_not_hear_of_this_one() -> None:
    earlier = queued((A, 1), (B, 1), state=MessageState.SENT)
    earlier = replace(earlier, queued_at=AS_OF - timedelta(days=40))
    now = queued((A, 3), state=MessageState.SENT, who="ena")
    first = replace(B.alert, opened_at=earlier.queued_at)
    again = replace(A.alert, opened_at=AS_OF, episode=2)
    told = told_by([earlier, now], {again.fingerprint: again, first.fingerprint: first})
    assert told == {A.alert.fingerprint: {"ena"}, B.alert.fingerprint: {"dana"}}


def test_other_peoples_waiting_mail_is_left_alone() -> None:
    waiting = queued((A, 1), who="leo")
    found = planned(C, people=(DANA,), waiting=[waiting], recall=recall)
    assert withdrawn([waiting], [C], found["dana"]) == ()


def test_operator_notices_go_to_operators_after_their_quiet_hours() -> None:
    resting = replace(OPS, quiet=(time(7), time(9)))
    (one,) = operator_notices(
        (DANA, resting), "Held", ("25 alerts would open.",), key="avalanche", as_of=AS_OF
    )
    assert (one.person, one.send_after) == ("ops", at("2026-11-23 09:00"))
