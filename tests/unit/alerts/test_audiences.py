"""Who may see what, and what the others are told instead (reliability.md §7, X6)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.alerts.audiences import Audiences, Sight
from syncd.alerts.grouping import withdrawn
from syncd.alerts.neutral import veiled, veiled_finding
from syncd.alerts.routing import Outbox, plan
from syncd.alerts.withholding import barred
from syncd.model.alerts import Message, MessageState, Reason
from syncd.model.findings import Alone, Fact, Push
from syncd.model.people import Role
from syncd.model.routes import Audience
from syncd.model.snapshot import Scope
from syncd.notifiers.email.words import alert_view
from syncd.testing.alerts import alert, finding, transition
from syncd.testing.builders import AS_OF, person, program, team

PAY, LED, SEC, WIKI = (Scope("jira", name) for name in ("PAY", "LED", "SEC", "WIKI"))
TEAMS = (
    team("payments", "jira:PAY", lead="pia"),
    team("ledger", "jira:LED", name="Ledger"),
    team("vault", "jira:SEC/component=Keys", name="Vault"),
)
PROGRAMS = (
    program("checkout", teams=("payments", "ledger"), stakeholders=((Role.EXEC, ("vp",)),)),
    program("keys", teams=("vault",)),
)
DANA = person("dana", role=Role.TPM, programs=("checkout",))
PIA = person("pia", role=Role.LEAD, team="payments")
ENA = person("ena", team="ledger", accounts=(("jira", "ena"),))
VAL = person("val", role=Role.LEAD, team="vault")
VP = person("vp", role=Role.EXEC)
OPS = person("ops", operator=True)
EVERYBODY = (DANA, PIA, ENA, VAL, VP, OPS)


def audiences(*declared: Audience, people=EVERYBODY, programs=PROGRAMS) -> Audiences:
    return Audiences(people, TEAMS, programs, declared)


def of(scope: str, *members: str) -> Audience:
    return Audience(source="jira", scope=scope, members=members)


def viewers(asked: Audiences, scope: Scope) -> set[str]:
    return {one.id for one in EVERYBODY if asked.sees(one.id, scope)}


@pytest.mark.parametrize(
    ("scope", "seen_by"),
    [
        (PAY, {"dana", "pia", "ena", "vp", "ops"}),
        (SEC, {"val", "ops"}),
        (WIKI, {"dana", "pia", "ena", "val", "vp", "ops"}),
    ],
)
def test_without_an_audience_those_who_work_together_see_it(scope: Scope, seen_by: set) -> None:
    assert viewers(audiences(), scope) == seen_by


def test_without_programs_all_teams_work_together() -> None:
    assert viewers(audiences(programs=()), SEC) == {one.id for one in EVERYBODY}


@pytest.mark.parametrize(
    ("members", "seen_by"),
    [
        (("ledger",), {"ena"}),
        (("payments", "vp"), {"pia", "vp"}),
        (("leads",), {"pia", "val"}),
        (("tpm", "operators"), {"dana", "ops"}),
        (("everyone",), {one.id for one in EVERYBODY}),
        ((), set()),
    ],
)
def test_an_audience_is_all_who_see_it_and_nobody_else(members: tuple, seen_by: set) -> None:
    assert viewers(audiences(of("PAY", *members)), PAY) == seen_by
    assert viewers(audiences(of("*", *members)), PAY) == seen_by
    assert viewers(audiences(of("*", "everyone"), of("PAY", *members)), PAY) == seen_by


def late(**fields):
    """SEC-9 of the vault is late, and PAY-142 of payments waits for it."""
    push = Push(
        ref="PAY-142", title="Capture", team="payments", planned=date(2026, 12, 3),
        expected=date(2026, 12, 9), slip=4, url="https://tracker.test/PAY-142", home=(PAY,),
    )  # fmt: skip
    known = {
        "title": "Rotate the master key", "owner": "jira:val-1", "teams": ("vault", "payments"),
        "programs": ("checkout",), "home": (SEC,), "named": (PAY, SEC), "pushes": (push,),
        "facts": (Fact(text="SEC-10 is open too", url="https://tracker.test/SEC-10"),),
        "summary": "Rotate the master key (SEC-9) is late, so PAY-142 misses 3 Dec.",
        "material": "vault", "rule": "dep-late",
    }  # fmt: skip
    return finding("SEC-9", **(known | fields))


SECRETS = ("SEC-9", "SEC-10", "Rotate", "master", "val", "tracker.test/SEC")


def told(found, who, asked=None):
    one = transition(found, headline=f"{found.title}, planned 24 Nov")
    mails = plan(
        (one,), EVERYBODY, PROGRAMS, TEAMS, told={}, as_of=AS_OF, audiences=asked or audiences()
    )
    return next(mail for mail in mails if mail.person == who)


def test_whoever_waits_for_what_they_may_not_see_gets_the_neutral_form() -> None:
    mail = told(late(), "pia")
    shown = mail.transitions[0].alert
    assert mail.veiled == (f"{shown.fingerprint} pushed\njira:PAY",)
    assert shown.finding.summary == (
        "Capture (PAY-142) is expected on 9 Dec, 4 working days after 3 Dec: it waits for an item "
        "in a restricted project (owner: the lead of Vault)."
    )
    assert shown.finding.url == "https://tracker.test/PAY-142"
    assert (shown.finding.facts, shown.finding.pushes, shown.finding.more_pushes) == ((), (), 0)
    text = f"{mail.why} {shown}"
    assert not [word for word in SECRETS if word in text.replace("jira:issue:n-SEC-9", "")]


def test_who_may_see_all_of_it_gets_all_of_it() -> None:
    mail = told(late(), "val", audiences(of("PAY", "everyone")))
    assert (mail.veiled, mail.transitions[0].alert.finding.ref) == ((), "SEC-9")
    holds_up = told(late(), "val").transitions[0].alert.finding
    assert "an item in a restricted project waits for it" in holds_up.summary
    assert "PAY" not in str(holds_up)
    seen = audiences(of("SEC", "dana", "vault"))
    assert told(late(), "dana", seen).veiled == ()


def test_their_own_item_keeps_its_name_and_dates_and_the_other_end_is_not_named() -> None:
    own = finding(
        "PAY-142", title="Capture", owner="jira:x", teams=("payments",), programs=("checkout",),
        home=(PAY,), named=(PAY, SEC), facts=(Fact(text="waits for SEC-9"),),
        summary="Capture (PAY-142) waits for SEC-9 Rotate the master key.", rule="dep-inversion",
    )  # fmt: skip
    mail = told(own, "pia")
    shown = mail.transitions[0].alert.finding
    assert (shown.ref, shown.planned, shown.slip) == ("PAY-142", own.planned, own.slip)
    assert (
        "it depends on an item in a restricted project (owner: the lead of Vault)" in shown.summary
    )
    assert not [word for word in SECRETS if word in str(shown)]


def shared(**fields):
    """LED-88 moved; PAY-142 waits for it, and SEC-9 of a program that shares only the ledger."""
    pushes = (
        Push(ref="PAY-142", title="Capture", slip=1, home=(PAY,)),
        Push(ref="SEC-9", title="Rotate the master key", slip=4, home=(SEC,)),
    )
    known = {
        "title": "Ledger API", "owner": "jira:ena", "teams": ("ledger", "payments", "vault"),
        "programs": ("checkout",), "home": (LED,), "named": (LED, PAY, SEC), "pushes": pushes,
        "summary": "Ledger API (LED-88) moved; it pushes PAY-142 and SEC-9.", "rule": "date-moved",
        "act": "Ena: tell the owners of PAY-142 and SEC-9; agree on the new day.",
        "facts": (Fact(text="Ena moved LED-88"),),
        "alone": Alone(
            summary="Ledger API (LED-88) moved.", plain="Ledger API moved.",
            act="Ena: agree on the new day.", facts=(Fact(text="Ena moved LED-88"),),
        ),
    }  # fmt: skip
    return finding("LED-88", **(known | fields))


def test_of_a_shared_item_each_program_hears_what_happened_and_of_its_own_that_waits() -> None:
    shown = told(shared(), "dana").transitions[0].alert
    assert shown.finding.summary == (
        "Ledger API (LED-88) moved; PAY-142 waits for it, and so does Vault."
    )
    assert (shown.finding.plain, shown.finding.act) == (
        "Ledger API moved.", "Ena: agree on the new day.",
    )  # fmt: skip
    assert [one.ref for one in shown.finding.pushes] == ["PAY-142"]
    assert shown.finding.facts == (Fact(text="Ena moved LED-88"),)
    assert shown.headline == "Ledger API, planned 24 Nov"
    assert not [word for word in SECRETS if word in str(shown).replace("Vault", "")]
    hidden = told(shared(pushes=shared().pushes[1:]), "dana").transitions[0].alert.finding
    assert hidden.summary == "Ledger API (LED-88) moved; Vault waits for it."
    other = told(shared(), "val", audiences(of("LED", "everyone"))).transitions[0].alert.finding
    assert other.summary.endswith("; SEC-9 waits for it, and so does Payments.")
    assert "PAY" not in str(other)


def test_of_a_place_of_several_teams_the_one_whose_item_waits_is_named() -> None:
    both = [replace(one, owns=("jira:SEC",)) for one in TEAMS if one.id in ("vault", "payments")]
    hidden = replace(shared().pushes[1], team="vault")
    asked = Audiences(EVERYBODY, both, PROGRAMS, [of("LED", "everyone"), of("SEC", "vault")])
    found = veiled_finding(shared(pushes=(hidden,)), DANA, asked)
    assert found.summary == "Ledger API (LED-88) moved; Vault waits for it."


def test_what_is_material_of_others_is_not_in_it() -> None:
    one = transition(shared(material="vault\nmaster-key")).alert
    assert veiled(one, DANA, audiences()).told_material == ""


def test_what_cannot_be_seen_any_more_is_named_to_who_may_see_it_alone() -> None:
    one = transition(
        shared(), Reason.NO_LONGER_VISIBLE, frozen_since=AS_OF, frozen_by="SEC-9 cannot be seen"
    )
    found = veiled(one.alert, DANA, audiences())
    assert found.frozen_by == "something that it rests on cannot be seen"


def test_a_mail_that_names_what_waits_goes_no_more_once_that_is_hidden() -> None:
    one, people = transition(shared()), {each.id: each for each in EVERYBODY}
    waits = Message(
        message_id="<1>", notifier="mail", person="dana", recipient="dana@example.com",
        subject="Ledger API", body=b"", queued_at=AS_OF, alerts=((one.alert.fingerprint, 1),),
        send_after=AS_OF, veiled=told(shared(), "dana").veiled,
    )  # fmt: skip

    def found(*_):
        return [one.alert.finding]

    assert barred([waits], people, audiences(), found) == {}
    assert barred([waits], people, audiences(of("PAY", "payments")), found)


def test_a_mail_that_names_but_what_waits_goes_no_more_once_that_is_hidden() -> None:
    other = replace(late().pushes[0], ref="LED-1", home=(LED,))
    one = transition(late(pushes=(*late().pushes, other)))
    people = {each.id: each for each in EVERYBODY}
    waits = Message(
        message_id="<1>", notifier="mail", person="dana", recipient="dana@example.com",
        subject="Capture", body=b"", queued_at=AS_OF, alerts=((one.alert.fingerprint, 1),),
        send_after=AS_OF, veiled=told(one.alert.finding, "dana").veiled,
    )  # fmt: skip

    def found(*_):
        return [one.alert.finding]

    assert barred([waits], people, audiences(), found) == {}
    assert barred([waits], people, audiences(of("LED", "ledger")), found) == {}
    assert barred([waits], people, audiences(of("PAY", "payments")), found)


def test_whoever_holds_an_item_may_see_it_wherever_it_is() -> None:
    mine = finding("SEC-1", owner="jira:ena", home=(SEC,), named=(SEC,))
    assert audiences().sight(ENA, mine) is Sight.FULL
    assert audiences().sight(PIA, mine) is Sight.NOTHING
    both = replace(mine, named=(SEC, WIKI), home=(SEC,))
    assert audiences(of("WIKI", "val")).sight(ENA, both) is Sight.OWN


def test_what_was_kept_without_its_places_is_judged_by_the_data_it_rests_on() -> None:
    old = finding("SEC-1", owner="jira:x", scopes=frozenset({SEC}))
    assert audiences().sight(PIA, old) is not Sight.FULL
    assert audiences().sight(VAL, old) is Sight.FULL


def test_hidden_victims_are_neither_listed_nor_counted() -> None:
    root = transition(finding("LED-88", teams=("payments",), programs=("checkout",), home=(LED,),
                              named=(LED,)))  # fmt: skip
    below = [alert(finding(f"SEC-{n}", home=(SEC,), named=(SEC,)), number=n) for n in range(9)]
    below.append(alert(finding("PAY-1", home=(PAY,), named=(PAY,)), number=99))
    mails = plan(
        (root,), EVERYBODY, PROGRAMS, TEAMS, told={}, as_of=AS_OF, audiences=audiences(),
        victims={root.alert.fingerprint: below},
    )  # fmt: skip
    (mail,) = (one for one in mails if one.person == "pia")
    (victims,) = mail.victims
    assert ([one.finding.ref for one in victims.alerts], victims.more) == (["PAY-1"], 0)


def test_a_mail_that_waits_is_made_anew_when_its_reader_loses_the_right() -> None:
    one = transition(late(), headline="Rotate the master key")
    waits = Message(
        message_id="<1>", notifier="mail", person="pia", recipient="pia@example.com",
        subject="Rotate the master key", body=b"", queued_at=AS_OF,
        alerts=((one.alert.fingerprint, 1),), send_after=AS_OF + timedelta(hours=1),
    )  # fmt: skip
    people = {each.id: each for each in EVERYBODY}

    def found(*_):
        return [one.alert.finding]

    before = audiences(of("SEC", "payments", "vault"))
    assert barred([waits], people, before, found) == {}
    why = barred([waits], people, audiences(), found)
    assert why == {"<1>": "pia may not see all of it any more"}
    (mail,) = plan(
        (), EVERYBODY, PROGRAMS, TEAMS, told={}, as_of=AS_OF, audiences=audiences(),
        waiting=(waits,), recall=lambda *_: one, outbox=Outbox(messages=(waits,), barred=why),
    )  # fmt: skip
    assert mail.transitions[0].alert.finding.ref == "PAY-142"
    assert mail.send_after == waits.send_after
    (gone,) = withdrawn((waits,), (), (mail,), why)
    assert (gone.state, gone.error) == (MessageState.SUPERSEDED, why["<1>"])
    assert (
        barred([replace(waits, veiled=(one.alert.fingerprint,))], people, audiences(), found) == {}
    )


def test_who_is_no_longer_in_the_configuration_gets_nothing() -> None:
    waits = Message(
        message_id="<1>", notifier="mail", person="gone", recipient="gone@example.com",
        subject="", body=b"", queued_at=AS_OF, send_after=AS_OF,
    )  # fmt: skip
    why = barred([waits], {}, audiences(), lambda *_: [])
    assert why == {"<1>": "gone is not in the configuration any more"}
    assert withdrawn((waits,), (), (), why)[0].state is MessageState.SUPERSEDED


def test_each_own_item_that_waits_is_told_with_its_date() -> None:
    first, *_ = late().pushes

    def push(number: int, scope: Scope = PAY) -> Push:
        return replace(first, ref=f"{scope.name}-{number}", title=f"Part {number}", home=(scope,))

    shown = told(late(pushes=(first, push(2))), "pia").transitions[0].alert.finding
    effect = "is expected on 9 Dec, 4 working days after 3 Dec"
    waits = "they wait for an item in a restricted project"
    assert shown.summary == (
        f"Capture (PAY-142) {effect} and PAY-2 {effect}: {waits} (owner: the lead of Vault)."
    )
    assert shown.plain == f"Capture {effect} and Part 2 {effect}: {waits}."
    many = (push(7, SEC), first, *(push(number) for number in range(2, 6)))
    summary = told(late(pushes=many), "pia").transitions[0].alert.finding.summary
    assert f"PAY-2 {effect}, PAY-3 {effect} and 2 more: {waits}" in summary
    assert "SEC" not in summary


@pytest.mark.parametrize(
    ("fields", "labels"),
    [
        ({"rule": "date-moved", "discriminator": "withdrawn", "expected": None}, ["Planned"]),
        ({"rule": "date-moved", "expected": date(2026, 12, 8)}, ["Planned"]),
        ({"rule": "slip-creep"}, ["Planned"]),
        ({"rule": "overdue", "passed": 9}, ["Planned", "Expected"]),
    ],
)
def test_the_dates_of_what_waits_are_not_called_those_of_what_it_waits_for(
    fields: dict, labels: list
) -> None:
    waits = late().pushes[0]
    if "Expected" not in labels:
        waits = replace(waits, expected=None, slip=None)
    mail = told(late(pushes=(waits,), **fields), "pia")
    view = alert_view(mail.transitions[0], PIA, AS_OF.date())
    assert [cell.label for cell in view.cells] == labels
    assert not [cell.note for cell in view.cells if "ago" in cell.note]
    over = alert_view(replace(mail.transitions[0], reason=Reason.CLEARED), PIA, AS_OF.date())
    assert over.headline == "Capture (PAY-142): what it waited for is settled"
