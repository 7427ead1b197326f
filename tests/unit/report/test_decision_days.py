"""One decision has one day, whoever reads of it, in the brief or in the weekly."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from briefs import material, opened, reader
from reports import material_of, report_of

from syncd.alerts.answers import seen
from syncd.briefing.brief import brief
from syncd.model.acts import Act, ActKind
from syncd.model.alerts import AlertState
from syncd.model.calendar import WorkingCalendar
from syncd.model.people import Role
from syncd.reconciler.engine import foreseen, judge
from syncd.reconciler.view import View
from syncd.report.attention import attention
from syncd.report.contents import Audience
from syncd.report.weekly import weekly as weekly_of
from syncd.testing.alerts import alert, evaluation
from syncd.testing.builders import (
    AS_OF,
    LONG_AGO,
    config,
    declared,
    event,
    person,
    program,
    snapshot,
    version,
)
from syncd.testing.histories import finished, planned

RELEASE = version("2.0", release="2026-12-18")
HELD = (
    RELEASE,
    *planned(30, milestones=(RELEASE.key,)),
    *finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO),
    event("Go / no-go", "2026-12-02"),
)
SETTINGS = config(
    calendar=WorkingCalendar(zone="Europe/Berlin"),
    programs=(program("checkout", teams=("payments", "ledger")),),
    deliverables=(
        declared(
            "checkout", "jira:fixVersion=2.0", tier="A", teams=("payments",),
            gates=("calendar:summary~'go / no-go'",), name="Checkout 2.0",
        ),
    ),
    people=(
        person("dana", role=Role.TPM, programs=("checkout",), timezone="America/Los_Angeles"),
        person("vp", role=Role.EXEC, programs=("checkout",), timezone="Asia/Tokyo"),
        person("kim", role=Role.TPM, programs=("checkout",), timezone="Europe/Berlin"),
    ),
)  # fmt: skip
FOUND = next(
    one
    for one in judge(View(snapshot(*HELD), SETTINGS, estimates=foreseen)).findings
    if one.rule == "forecast-late" and one.subject == "deliverable:checkout"
)


def decision(*alerts, acts=()):
    report = report_of(
        *HELD, settings=SETTINGS, audience=Audience.LEAD, program="checkout", alerts=alerts,
        acts=acts,
    )  # fmt: skip
    return report.weekly.decision


def weekly(*alerts, acts=()):
    return decision(*alerts, acts=acts).by


@pytest.mark.parametrize(
    ("days", "by"),
    [
        (0, date(2026, 11, 26)),
        (3, date(2026, 11, 25)),
        (4, date(2026, 11, 24)),
        (40, date(2026, 11, 24)),
    ],
)
def test_brief_and_weekly_name_one_day(days: int, by: date) -> None:
    """`days` ago it opened, at nine in the evening of Berlin: in Tokyo that is another day."""
    when = AS_OF - timedelta(days=days) if days == 0 else AS_OF - timedelta(days=days - 0.5)
    since = opened(FOUND, 41, when)
    known = material(snapshot(*HELD), SETTINGS, since)
    told = {
        (decision.alert, decision.by)
        for who in ("dana", "vp", "kim")
        for decision in brief(reader(known, who), AS_OF).decisions
    }
    assert {day for _, day in told} == {by}
    assert weekly(since.alert) == by


def test_what_nobody_asks_for_in_a_brief_is_decided_at_the_next_review() -> None:
    about = alert(FOUND)
    taken = Act(kind=ActKind.ACK, at=AS_OF, by="dana", seen=seen(about))
    review = date(2026, 12, 2)
    assert weekly() == weekly(replace(about, known=True)) == weekly(about, acts=(taken,)) == review


def morning(*transitions, acts=()):
    """Why Kim is to decide each thing then."""
    known = material(snapshot(*HELD), SETTINGS, *transitions, acts=acts)
    return [one.why_then for one in brief(reader(known, "kim"), AS_OF).decisions]


def test_a_day_that_passed_unanswered_is_said_wherever_the_next_is_asked_for() -> None:
    """Heard of on Tuesday, it was to be decided by Friday; on Wednesday, by today."""
    missed = "was to be decided by Fri 20 Nov, nobody has answered"
    old, new = (opened(FOUND, 41, AS_OF - timedelta(days=days)) for days in (6, 5))
    assert morning(old) == [missed]
    assert decision(old.alert).text.endswith(f". This {missed}.")
    assert morning(new) == ["asked since Wed 18 Nov, nobody has answered"]
    assert "nobody" not in decision(new.alert).text
    gone = Act(kind=ActKind.SNOOZE, at=AS_OF - timedelta(days=5), by="dana",
               until=date(2026, 11, 20), seen=seen(old.alert))  # fmt: skip
    assert morning(old, acts=(gone,)) == ["asked since Tue 17 Nov, no answer holds any more"]


def test_days_count_from_when_people_heard_of_it_and_before_nobody_is_asked() -> None:
    opening = opened(FOUND, 41, AS_OF - timedelta(days=6), state=AlertState.PENDING)
    assert morning(opening) == []
    assert report_of(
        *HELD, settings=SETTINGS, audience=Audience.LEAD, program="checkout",
        alerts=(opening.alert,),
    ).weekly.decision is None  # fmt: skip
    told = opened(FOUND, 41, AS_OF - timedelta(days=6), grave_since=AS_OF - timedelta(days=3))
    assert morning(told) == ["asked since Fri 20 Nov, nobody has answered"]
    assert weekly(told.alert) == date(2026, 11, 25)


def test_the_day_that_a_mail_asked_for_is_that_of_the_brief() -> None:
    """The rule asks anew each morning; people were asked once."""
    asked, rolling = replace(FOUND, by=date(2026, 11, 20)), replace(FOUND, by=date(2026, 11, 24))
    old = opened(asked, 41, AS_OF - timedelta(days=4))
    known = replace(
        material(snapshot(*HELD), SETTINGS, old), evaluation=evaluation(rolling, as_of=AS_OF)
    )
    (one,) = brief(reader(known, "kim"), AS_OF).decisions
    assert one.why_then == "was to be decided by Fri 20 Nov, nobody has answered"
    assert one.by == date(2026, 11, 24)
    assert "20 Nov" not in one.text, "the day stands beside it"


@pytest.mark.parametrize(
    ("rule", "slip", "effect"),
    [
        ("gate-too-early", 15, "15 wd too early"),
        ("event-moved", 2, "2 wd apart"),
        ("dates-disagree", -4, "4 wd apart"),
        ("forecast-late", 10, "+10 wd"),
    ],
)
def test_the_effect_of_what_is_no_lateness_is_called_what_it_is(rule, slip, effect) -> None:
    about = replace(FOUND, rule=rule, slip=slip, pushes=(), more_pushes=0)
    made = material_of(snapshot(*HELD), SETTINGS, alerts=(alert(about),))
    made = replace(made, evaluation=evaluation(about, as_of=AS_OF))
    assert [one.effect for one in attention(made)[0]] == [effect]


def test_the_day_is_that_of_the_question_and_what_is_put_off_is_called_so() -> None:
    doubt = alert(FOUND)
    apart = replace(FOUND, rule="event-moved", discriminator="launch", planned=date(2026, 12, 18),
                    expected=date(2026, 12, 22), by=date(2026, 11, 27))  # fmt: skip
    other = alert(apart, number=15)
    snooze = Act(kind=ActKind.SNOOZE, at=AS_OF, by="dana", until=date(2026, 11, 29),
                 seen=seen(doubt))  # fmt: skip
    made = material_of(snapshot(*HELD), SETTINGS, alerts=(doubt, other), acts=(snooze,),
                       audience=Audience.LEAD, program="checkout")  # fmt: skip
    made = replace(made, evaluation=evaluation(FOUND, apart, as_of=AS_OF))
    told = weekly_of(made, ()).decision
    assert told.by == date(2026, 11, 27)
    assert told.text.startswith("Checkout 2.0: say which date holds, Fri 18 Dec or Tue 22 Dec. ")
    assert "Put off until Sun 29 Nov: take out 13 items" in told.text
    alone = decision(doubt, acts=(snooze,))
    assert alone.text.endswith(". This is put off until Sun 29 Nov.")


@pytest.mark.parametrize(
    ("until", "asked"),
    [
        (date(2026, 12, 3), None),
        (date(2026, 12, 2), "This is accepted until Wed 2 Dec."),
        (date(2026, 12, 1), "This is accepted until Tue 1 Dec."),
    ],
)
@pytest.mark.parametrize("rule", ["forecast-late", "date-moved"])
def test_what_was_accepted_is_not_asked_of_leaders_before_that_runs_out(rule, until, asked) -> None:
    """The next review is on Wednesday 2 December."""
    about = alert(replace(FOUND, rule=rule))
    accepted = Act(kind=ActKind.ACCEPT, at=AS_OF, by="dana", until=until, seen=seen(about))
    made = material_of(snapshot(*HELD), SETTINGS, alerts=(about,), acts=(accepted,),
                       audience=Audience.LEAD, program="checkout")  # fmt: skip
    made = replace(made, evaluation=evaluation(about.finding, as_of=AS_OF))
    told = weekly_of(made, ()).decision
    assert (told and asked and told.text.endswith(asked)) is (asked and True)
    assert (told is None) is (asked is None)
