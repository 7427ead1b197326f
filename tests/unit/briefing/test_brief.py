"""What a brief and a pack say: of whose work, since when, in which words, and how much of it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from briefs import (
    FRIDAY,
    MORNING,
    answered,
    guests,
    held,
    late,
    material,
    monday,
    opened,
    organisation,
    reader,
)

from syncd.alerts.audiences import Audiences
from syncd.briefing import meetings
from syncd.briefing.brief import brief
from syncd.briefing.pack import pack
from syncd.briefing.reader import Reader
from syncd.briefing.teams import due_of
from syncd.model.acts import ActKind
from syncd.model.alerts import AlertState, Reason, Transition
from syncd.model.briefs import Brief, MeetingKind, MeetingPack, News
from syncd.model.findings import Severity, Standing, Unknown
from syncd.model.forecasts import Forecast, Grade, PastForecast
from syncd.model.items import Phase
from syncd.model.people import BoundMeeting, Role
from syncd.model.routes import Audience
from syncd.outline import Entry, outline, title
from syncd.reconciler.engine import foreseen
from syncd.reconciler.view import View
from syncd.testing.alerts import finding
from syncd.testing.builders import (
    at,
    change,
    declared,
    event,
    github_milestone,
    issue,
    link,
    person,
    snapshot,
    sprint,
    version,
)
from syncd.testing.histories import finished, planned


def of(who: str = "dana", *more, **fields) -> Brief:
    return brief(reader(monday(*more, **fields), who), FRIDAY)


def text_of(content: Brief | MeetingPack) -> str:
    found = [content.subject, content.headline, title(content)]
    for section in outline(content):
        found.append(section.title)
        for entry in section.entries:
            found += [entry.label, entry.text, *entry.notes, *(url for _, url in entry.links)]
    return "\n".join(found)


def test_it_says_first_what_moved_and_what_is_to_be_decided_by_when() -> None:
    found = of()
    assert found.subject == "Mon 23 Nov: 2 dates moved, 1 decision by Tue"
    assert found.headline == (
        "2 dates moved, 1 new and 1 cleared since Friday; 1 decision is due by Tuesday"
    )
    assert [(one.alert, one.by) for one in found.decisions] == [("D-41", date(2026, 11, 24))]


def test_the_subject_never_says_that_all_is_due_by_the_day_of_the_first() -> None:
    def subject(when: str) -> str:
        other = replace(late("LED-90"), planned=None)
        return brief(reader(monday(opened(other, 50, at(when)))), FRIDAY).subject

    assert subject("2026-11-20 07:25").endswith(", 2 decisions, the first by Tue")
    assert subject("2026-11-18 07:25").endswith(", 2 decisions by Tue")


def test_a_move_is_told_from_to_and_by_how_many_working_days() -> None:
    moves = [one for one in of().changes if one.news is News.MOVED]
    assert [one.text for one in moves] == [
        "Checkout v3: 14 Dec → 15 Dec, +1 working day",
        "Ledger API v2 (LED-88): 1 Dec → 2 Dec, +1 working day",
    ]
    assert (moves[0].before, moves[0].after) == (date(2026, 12, 14), date(2026, 12, 15))


def test_a_date_that_moved_and_moved_back_is_no_news() -> None:
    back = issue("LED-88", due="2026-12-02")
    things = snapshot(
        back,
        change(back, "due", "2026-12-02", "2026-12-09", "2026-11-20 10:00"),
        change(back, "due", "2026-12-09", "2026-12-02", "2026-11-20 16:00"),
        as_of=MORNING,
    )
    found = brief(reader(material(things, organisation())), FRIDAY)
    assert found.changes == ()
    assert found.headline == "No date moved since Friday"
    assert found.subject == "Mon 23 Nov: no date moved"


@pytest.mark.parametrize(("who", "number"), [("wtan", "D-7"), ("dana", "D-7"), ("vp", "")])
def test_a_date_that_comes_back_has_moved_also_for_whoever_only_waits_for_it(
    who: str, number: str
) -> None:
    """They heard of the move since it reaches their team; the item is another team's."""
    thing = issue("LED-88", due="2026-12-01", title="Ledger API v2")
    gone = finding("LED-88", rule="date-moved", planned=date(2026, 12, 1), tier="A",
                   expected=date(2026, 12, 9), title="Ledger API v2", severity=Severity.HIGH,
                   teams=("ledger", "mobile"), programs=("checkout",))  # fmt: skip
    before = opened(gone, 7, at("2026-11-19 10:00"))
    after = opened(gone, 7, MORNING, Reason.CLEARED, state=AlertState.RESOLVED,
                   resolved_at=MORNING, opened_at=at("2026-11-19 10:00"))  # fmt: skip
    moves = (change(thing, "due", "2026-12-01", "2026-12-09", "2026-11-19 09:00"),
             change(thing, "due", "2026-12-09", "2026-12-01", "2026-11-20 16:00"))  # fmt: skip

    def told(*steps) -> Brief:
        things = snapshot(thing, *steps, as_of=MORNING)
        return brief(reader(material(things, organisation(), before, after), who), FRIDAY)

    back = told(*moves)
    assert back.subject == "Mon 23 Nov: 1 date moved"
    name = "Ledger API v2" if who == "vp" else "Ledger API v2 (LED-88)"
    assert [(one.text, one.alert) for one in back.changes] == [
        (f"{name}: 9 Dec → 1 Dec, -6 working days", number)
    ]
    stayed = told()
    assert stayed.headline == "No date moved and 1 cleared since Friday"


def test_what_was_told_before_the_last_brief_is_no_change() -> None:
    assert of().changes
    assert not brief(reader(monday()), MORNING).changes


def test_each_team_has_goal_roadblock_done_and_next_date_with_its_light() -> None:
    ledger, mobile, payments = of().teams
    assert [one.name for one in (ledger, mobile, payments)] == ["Ledger", "Mobile", "Payments"]
    assert ledger.standing is Standing.LATE
    assert ledger.goal == "Ledger API v2 (LED-88)"
    assert [(one.alert, one.owner) for one in ledger.roadblocks] == [("D-41", "R. Osei")]
    assert mobile.standing is Standing.AT_RISK
    assert payments.standing is Standing.ON_PLAN
    assert payments.due is not None
    assert (payments.due.when, payments.due.note) == ("27 Nov", "as planned")
    assert payments.done.words == "1 since Friday (PAY-140); 1 in 5 days"


@pytest.mark.parametrize("waits", [True, False])
def test_a_next_date_that_has_passed_says_so(waits: bool) -> None:
    """Also where others wait for it: nothing tells that it will be done today."""
    late, other = issue("LED-9", due="2026-11-19"), issue("PAY-7", due="2026-12-01")
    overdue = snapshot(late, other, *([link(other, late)] if waits else []), as_of=MORNING)
    found = brief(reader(material(overdue, organisation())), FRIDAY)
    (due,) = [one.due for one in found.teams if one.name == "Ledger"]
    assert (due.when, due.note) == ("19 Nov", "has passed")


def test_an_open_sprint_is_the_goal() -> None:
    forty = sprint("Sprint 41", end="2026-11-27")
    done = {"done_at": at("2026-11-18 10:00"), "phase": Phase.DONE}
    things = snapshot(
        forty, issue("PAY-1", sprint=forty.key), issue("PAY-2", sprint=forty.key, **done),
        as_of=MORNING,
    )  # fmt: skip
    found = brief(reader(material(things, organisation())), FRIDAY)
    assert [one.goal for one in found.teams] == ["Sprint 41: 1 of 2 done, ends Fri 27 Nov"]


def test_a_meeting_has_what_to_ask_and_what_changed_since_it_last_met() -> None:
    standup, review = of().meetings
    assert (standup.meeting.clock, standup.meeting.title) == ("09:30", "Ledger stand-up")
    assert standup.since_words == "Mon 16 Nov"
    assert [one.alert for one in standup.ask] == ["D-41"]
    assert {one.news for one in standup.changed} == {News.MOVED, News.OPENED}
    assert review.changed == (), "it never met"
    assert [one.alert for one in review.ask] == ["D-41"]


def test_what_another_zone_did_is_handed_over() -> None:
    (found,) = of().handovers
    assert found.place == "Singapore"
    assert [one.text for one in found.lines] == [
        "Crash fix (MOB-61): done by W. Tan, Mon 23 Nov 12:00 UTC+08"
    ]
    assert not of("wtan").handovers, "nobody is handed their own work"


def test_a_note_from_afar_is_told_once_as_part_of_the_hand_over() -> None:
    said = monday().by_print[late().fingerprint]
    note = answered(said, ActKind.NOTE, "wtan", at("2026-11-23 01:00"), text="Who has the key?")
    found = of(acts=(note,))
    assert "W. Tan noted on Ledger API v2: Who has the key?" in [
        one.text for one in found.handovers[0].lines
    ]
    assert News.ANSWERED not in {one.news for one in found.changes}


def test_answers_of_others_are_told_and_ones_own_are_not() -> None:
    said = monday().by_print[late().fingerprint]
    acts = (
        answered(said, ActKind.ACK, "rosei", at("2026-11-20 15:00")),
        answered(said, ActKind.NOTE, "dana", at("2026-11-20 16:00"), text="mine"),
    )
    found = of(acts=acts)
    told = [one.text for one in found.changes if one.news is News.ANSWERED]
    assert told == ["R. Osei acknowledged Ledger API v2"]
    assert found.decisions == (), "somebody has it"
    assert found.acknowledged == 1


def test_an_acceptance_that_ends_soon_is_to_be_decided_anew() -> None:
    said = monday().by_print[late().fingerprint]
    given = {"text": "we wait for the vendor", "until": date(2026, 11, 25)}
    found = of(acts=(answered(said, ActKind.ACCEPT, "dana", at("2026-11-19 10:00"), **given),))
    assert [(one.by, one.why_then) for one in found.decisions] == [
        (date(2026, 11, 25), "it is accepted until Wed 25 Nov")
    ]
    assert found.quiet == 1
    assert "D-41" not in {risk.alert for team in found.teams for risk in team.roadblocks}
    assert "D-41" not in text_of(replace(found, decisions=(), meetings=(), changes=(), teams=()))


def test_an_acceptance_that_goes_on_for_three_working_days_asks_for_nothing_yet() -> None:
    said = monday().by_print[late().fingerprint]
    given = {"text": "we wait for the vendor", "until": date(2026, 11, 26)}
    found = of(acts=(answered(said, ActKind.ACCEPT, "dana", at("2026-11-19 10:00"), **given),))
    assert (found.decisions, found.quiet) == ((), 1)


def test_worse_and_cleared_are_told_and_what_came_and_went_is_not() -> None:
    flash = finding("PAY-7", teams=("payments",), programs=("checkout",))
    more = (
        opened(late(), 41, at("2026-11-20 12:00"), Reason.WORSE, opened_at=at("2026-11-18 07:25"),
               update=2),
        opened(flash, 50, at("2026-11-20 12:00")),
        opened(flash, 50, at("2026-11-20 15:00"), Reason.CLEARED,
               resolved_at=at("2026-11-20 15:00"), opened_at=at("2026-11-20 12:00")),
    )  # fmt: skip
    found = of("dana", *more)
    told = {one.alert: one.news for one in found.changes if one.alert}
    assert told == {"D-41": News.WORSE, "D-43": News.OPENED, "D-38": News.CLEARED}


def test_the_histories_of_all_alerts_are_read_at_once() -> None:
    many = (finding(f"PAY-{n}", programs=("checkout",)) for n in range(60, 80))
    known = monday(*(opened(one, 60 + n, MORNING) for n, one in enumerate(many)))
    asked: list[tuple[str, ...]] = []

    def history(*prints: str) -> list[Transition]:
        asked.append(prints)
        return list(known.history(*prints))

    brief(reader(replace(known, history=history)), FRIDAY)
    assert len(asked) <= 2
    assert sum(map(len, asked)) > 20
    asked.clear()
    declared = [Audience(source="jira", scope="SEC", members=("operators",))]
    apart = Audiences(known.view.config.people, (), (), declared)
    secret = replace(known, view=View(snapshot(issue("SEC-1"), as_of=MORNING), organisation()))
    made = replace(secret, history=history, audiences=apart, _histories={})
    shown = made.seen_by(reader(made).person)
    shown.read(one.fingerprint for one in shown.alerts)
    assert (shown is not made, len(asked)) == (True, 1), "also by who may not see everything"


def test_what_is_hidden_from_its_reader_is_not_named_where_a_rule_cannot_tell() -> None:
    declared = [Audience(source="jira", scope="SEC", members=("operators",))]
    held, hidden = snapshot(issue("SEC-1"), issue("PAY-1"), as_of=MORNING), ("SEC-1",)
    made = material(held, organisation(),
                    audiences=Audiences(organisation().people, (), (), declared))  # fmt: skip
    doubt = Unknown(rule="dep-late", subject=str(issue("PAY-1").key), reason="so", unseen=hidden)
    made = replace(made, evaluation=replace(made.evaluation, unknown=(doubt,)))
    (told,) = made.seen_by(reader(made).person).evaluation.unknown
    assert (told.reason, told.unseen) == ("so", ())


def test_what_was_there_before_syncd_is_open_but_no_news_and_no_decision() -> None:
    old = finding("LED-9", rule="dep-late", tier="A", teams=("ledger",), programs=("checkout",))
    adopted = opened(old, 1, MORNING, Reason.ADOPTED, told=False, known=True)
    found = brief(reader(material(held(), organisation(), adopted)), FRIDAY)
    assert {one.news for one in found.changes} == {News.MOVED}
    assert found.decisions == ()
    assert [one.alert for team in found.teams for one in team.roadblocks] == ["D-1"]


def test_old_problems_come_after_new_ones_and_are_no_task_of_today() -> None:
    """Ten years of neglect would be the first thing of each morning."""
    old = finding("LED-9", rule="dep-late", severity=Severity.HIGH, teams=("ledger",),
                  programs=("checkout",), slip=2000)  # fmt: skip
    new = replace(old, subject="jira:issue:n-LED-7", ref="LED-7", severity=Severity.MEDIUM)
    adopted = opened(old, 1, FRIDAY, Reason.ADOPTED, told=False, known=True)
    found = brief(
        reader(material(held(), organisation(), adopted, opened(new, 2, MORNING))), FRIDAY
    )
    assert [one.alert for team in found.teams for one in team.roadblocks] == ["D-2", "D-1"]
    assert [one.alert for one in found.top] == ["D-2"]
    grave = replace(old, severity=Severity.CRITICAL, tier="A")
    kept = opened(grave, 1, FRIDAY, Reason.ADOPTED, told=False, known=True)
    assert [one.alert for one in brief(
        reader(material(held(), organisation(), kept)), FRIDAY
    ).top] == ["D-1"]  # fmt: skip


def test_that_an_old_problem_recedes_as_days_pass_is_no_date_that_moved() -> None:
    old = finding("LED-9", rule="dep-late", teams=("ledger",), programs=("checkout",), slip=900)
    later = replace(old, expected=old.expected + timedelta(days=3))
    before = opened(old, 1, at("2026-11-10 07:25"), Reason.ADOPTED, told=False, known=True)
    after = opened(later, 1, MORNING, Reason.CHANGED, told=False, known=True)
    quiet = snapshot(issue("LED-9"), as_of=MORNING)
    found = brief(reader(material(quiet, organisation(), before, after)), FRIDAY)
    assert (found.changes, found.subject) == ((), "Mon 23 Nov: no date moved")
    fresh = replace(after, alert=replace(after.alert, known=False))
    found = brief(reader(material(quiet, organisation(), before, fresh)), FRIDAY)
    assert [one.news for one in found.changes] == [News.MOVED]


def test_top_three_are_the_gravest_and_what_waits_for_the_reader() -> None:
    assert [one.text for one in of("rosei").top] == [
        "Decide: Ledger API v2 (LED-88)", "Review Write path (acme/ledger#311)",
    ]  # fmt: skip
    many = [
        opened(finding(f"LED-{n}", teams=("ledger",), programs=("checkout",), tier="A",
                       severity=Severity.CRITICAL), n, MORNING)
        for n in range(100, 110)
    ]  # fmt: skip
    assert len(of("dana", *many).top) == 3


def test_a_leader_reads_no_key_no_command_and_no_name_of_a_person() -> None:
    said = monday().by_print[late().fingerprint]
    acts = (answered(said, ActKind.ACCEPT, "rosei", at("2026-11-20 15:00"), text="R. Osei knows",
                     until=date(2026, 12, 1)),)  # fmt: skip
    for found in (of("vp"), of("vp", acts=acts)):
        text = text_of(found)
        for word in ("LED-88", "D-41", "Osei", "Tan", "MOB-", "tracker.test"):
            assert word not in text, word
        assert "Checkout v3: 14 Dec → 15 Dec" in text


@pytest.mark.parametrize("who", ["dana", "wtan", "vp"])
def test_what_is_restricted_comes_out_neutral_everywhere(who: str) -> None:
    secret = issue("PAY-9", title="Salary export", due="2026-12-04", restricted=True)
    things = snapshot(
        secret,
        change(secret, "due", "2026-12-01", "2026-12-04", "2026-11-20 14:00"),
        event("Payments risks", "2026-11-23 12:00", refs=("PAY-9",),
              attendees=guests("dana@example.com")),
        as_of=MORNING,
    )  # fmt: skip
    about = finding(
        "PAY-9", title="Salary export", teams=("payments",), programs=("checkout",), tier="A",
        restricted=True, plain="Salary export is late.", rule="dep-late",
    )  # fmt: skip
    told = opened(about, 60, MORNING)
    note = answered(told.alert, ActKind.NOTE, "rosei", MORNING, text="Salary export again")
    made = material(things, organisation(), told, acts=(note,))
    one = reader(made, who)
    for content in (brief(one, FRIDAY), pack(one, things.events[0])):
        text = text_of(content)
        assert "Salary" not in text
        assert "PAY-9" not in text
    if who == "dana":
        assert "A restricted item: 1 Dec → 4 Dec" in text_of(brief(one, FRIDAY))


def test_five_hundred_changes_make_a_short_brief_that_counts_the_rest() -> None:
    issues = [issue(f"PAY-{n}", due="2026-12-09") for n in range(500)]
    moves = [change(one, "due", "2026-12-02", "2026-12-09", "2026-11-20 14:00") for one in issues]
    made = material(snapshot(*issues, *moves, as_of=MORNING), organisation())
    found = brief(reader(made), FRIDAY)
    assert found.moved == 500
    assert len(found.changes) == 12
    assert found.more_changes == 488
    assert "500 dates moved since Friday" in found.headline
    assert len(text_of(found).splitlines()) < 80
    whole = brief(reader(made), FRIDAY, whole=True)
    assert (len(whole.changes), whole.more_changes) == (500, 0)


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        (MeetingKind.STAND_UP, "changes"),
        (MeetingKind.RISK_REVIEW, "risks"),
        (MeetingKind.GO_NO_GO, "decide"),
    ],
)
def test_a_pack_begins_with_what_such_a_meeting_is_for(kind: MeetingKind, first: str) -> None:
    bound = BoundMeeting(id="x", match="calendar:summary~'stand-up'", kind=kind, teams=("ledger",))
    made = replace(monday(), meetings=(bound,))
    event = next(meetings.ahead(made))
    assert outline(pack(reader(made), event))[0].key == first


def test_an_empty_store_and_a_person_without_anything_have_one_line() -> None:
    lone = person("dana", role=Role.ENGINEER)
    for settings in (organisation(), organisation(people=(lone,))):
        found = brief(reader(material(snapshot(as_of=MORNING), settings, ages=())), FRIDAY)
        assert found.headline == "No date moved since Friday"
        assert outline(found) == ()


def test_data_that_is_not_fresh_is_said() -> None:
    old = snapshot(
        issue("LED-1"), issue("PAY-1"), as_of=MORNING,
        stale={"jira:LED": "2026-11-20 08:00"},
    )  # fmt: skip
    ages = (("github", None), ("jira", at("2026-11-20 08:00")))
    found = brief(reader(material(old, organisation(), ages=ages)), FRIDAY)
    assert found.stale == (
        "GitHub was never read completely, so nothing here rests on it.",
        "Jira was last read completely on Fri 20 Nov 09:00 CET and may say something else by now.",
    )


def test_a_pack_is_of_its_own_meeting() -> None:
    other = finding("PAY-7", teams=("payments",), programs=("checkout",))
    made = monday(opened(other, 70, MORNING))
    standup = next(one for one in made.view.snapshot.events if one.ref.endswith("stand-up-2"))
    found = pack(reader(made), standup)
    assert found.subject == "Ledger stand-up, Mon 23 Nov 09:30"
    assert found.since == at("2026-11-16 08:30")
    assert [one.alert for one in found.risks] == ["D-41"]
    assert found.attendees == ("Dana Li", "R. Osei")
    assert found.strangers == 1
    assert "elsewhere" not in text_of(found)


def test_the_risks_of_a_pack_come_with_what_is_done_about_them() -> None:
    said = monday().by_print[late().fingerprint]
    ack = answered(said, ActKind.ACK, "rosei", at("2026-11-20 15:00"))
    made = monday(acts=(ack,))
    review = next(one for one in made.view.snapshot.events if "no-go" in one.title)
    (risk,) = pack(reader(made), review).risks
    assert risk.owner == "R. Osei"
    assert risk.act.startswith("R. Osei: split the write path")
    assert risk.answers == ("Fri 20 Nov: R. Osei acknowledged it",)


def test_only_who_holds_a_thing_reads_the_act_without_their_name() -> None:
    act = of("rosei").decisions[0].text
    assert act == "Split the write path so that capture can start on Mon 30 Nov."


def test_another_number_is_not_shown_before_it_is_recorded() -> None:
    made = replace(monday(), unnumbered=frozenset({43}))
    found = brief(Reader(person=reader(made).person, material=made), FRIDAY)
    assert "D-43" not in text_of(found)
    assert "MOB-57 seems to wait" in text_of(found)


def test_a_date_that_does_not_count_moves_under_its_own_name() -> None:
    settings = replace(
        organisation(),
        deliverables=(
            declared(
                "launch", "jira:fixVersion=checkout-v3", "github:milestone=checkout-v3",
                name="Checkout v3", tier="A", teams=("ledger",),
            ),
        ),
    )  # fmt: skip
    launch = version("checkout-v3", release="2026-12-15", scope="LED")
    copied = github_milestone("checkout-v3", due="2026-12-10")
    moved = change(copied, "due", "2026-12-15", "2026-12-10", "2026-11-20 14:00")
    made = material(snapshot(launch, copied, moved, as_of=MORNING), settings)
    assert [one.text for one in brief(reader(made), FRIDAY).changes] == [
        "checkout-v3 (acme/ledger milestone checkout-v3): 15 Dec → 10 Dec, -3 working days"
    ]
    assert not brief(reader(made, "vp"), FRIDAY).changes, "it is not the date that leaders know"


@pytest.mark.parametrize("who", ["rosei", "wtan"])
def test_who_works_for_one_program_reads_its_name(who: str) -> None:
    assert title(of(who)).startswith("Checkout relaunch: brief for ")


def test_the_subject_says_what_got_worse_rather_than_that_no_date_moved() -> None:
    stuck = finding("PAY-7", teams=("payments",), programs=("checkout",), title="Stuck",
                    rule="stalled")  # fmt: skip
    history = (
        opened(stuck, 50, at("2026-11-18 07:25")),
        opened(stuck, 50, at("2026-11-23 07:25"), Reason.WORSE,
               opened_at=at("2026-11-18 07:25")),
    )  # fmt: skip
    found = brief(reader(material(snapshot(as_of=MORNING), organisation(), *history)), FRIDAY)
    assert found.subject.startswith("Mon 23 Nov: 1 worse")
    assert found.headline.startswith("No date moved and 1 worse since Friday")


def test_what_was_dropped_from_a_deliverable_is_told_in_one_line_for_it() -> None:
    plan = version("checkout-v3", release="2026-12-15", scope="LED")

    def gone(ref: str, when: str, **fields):
        return issue(ref, title="Wallet", phase=Phase.DROPPED, done_at=at(when), **fields)

    def told(*things, who="dana"):
        known = material(snapshot(plan, *things, as_of=MORNING), organisation())
        return [(str(one.news), one.text) for one in brief(reader(known, who), FRIDAY).changes]

    inside = {"milestones": (plan.key,)}
    one = gone("LED-7", "2026-11-20 15:00", **inside)
    assert told(one) == [("dropped", "Wallet (LED-7), of Checkout v3")]
    assert told(one, gone("PAY-8", "2026-11-20 16:00", **inside)) == [
        ("dropped", "LED-7 and PAY-8, of Checkout v3")
    ]
    assert told(one, who="vp") == []
    assert told(gone("LED-7", "2026-11-19 15:00", **inside), gone("PAY-8", "2026-11-20 16:00"),
                gone("LED-9", "2026-11-20 16:00", restricted=True, **inside)) == []  # fmt: skip


def test_a_duplicate_that_is_closed_is_no_work_that_was_dropped() -> None:
    plan = version("checkout-v3", release="2026-12-15", scope="LED")
    inside = {"milestones": (plan.key,)}
    gone = issue("LED-7", phase=Phase.DROPPED, done_at=at("2026-11-20 15:00"), **inside)
    other = issue("LED-8", **inside)
    same = link(gone, other, "duplicates", "is duplicated by")
    for links, told in (((), 1), ((same,), 0)):
        known = material(snapshot(plan, gone, other, *links, as_of=MORNING), organisation())
        assert len(brief(reader(known), FRIDAY).changes) == told


def test_what_was_dropped_is_told_to_whoever_has_any_deliverable_of_it() -> None:
    plan, inner = version("checkout-v3", release="2026-12-15", scope="LED"), version("x", scope="X")
    gone = issue("X-7", title="Wallet", phase=Phase.DROPPED, done_at=at("2026-11-20 15:00"),
                 milestones=(inner.key, plan.key))  # fmt: skip
    known = organisation()
    whole = (declared("aside", "jira:fixVersion=x", name="Aside"), *known.deliverables)
    held_ = snapshot(plan, inner, gone, as_of=MORNING)
    made = brief(reader(material(held_, replace(known, deliverables=whole))), FRIDAY)
    assert [one.text for one in made.changes] == ["Wallet (X-7), of Checkout v3"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"expected": None, "slip": None, "discriminator": "withdrawn"}, "no longer news"),
        ({"expected": date(2026, 12, 9), "standing": Standing.LATE}, "no longer news"),
        ({"rule": "stalled", "as_pushed": True}, "what it waited for is settled"),
    ],
)
def test_a_date_that_moved_long_ago_is_no_news_and_no_less_moved(fields, said) -> None:
    lost = finding("PAY-7", teams=("payments",), programs=("checkout",), title="Stuck", **fields)
    since, now = at("2026-11-18 07:25"), at("2026-11-23 07:25")
    history = (
        opened(lost, 50, since),
        opened(lost, 50, now, Reason.CLEARED, opened_at=since, resolved_at=now),
    )
    found = brief(reader(material(snapshot(as_of=MORNING), organisation(), *history)), FRIDAY)
    assert [one.text for one in found.changes] == [f"Stuck (PAY-7): {said}"]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("is part of another deliverable now", "part of another deliverable now"),
        ("is not found any more", "not found any more"),
    ],
)
def test_what_is_no_more_is_told_as_that(how: str, said: str) -> None:
    late_ = finding("PAY-7", rule="dep-late", teams=("payments",), programs=("checkout",))
    since, now = at("2026-11-18 07:25"), at("2026-11-23 07:25")
    history = (
        opened(late_, 50, since),
        opened(late_, 50, now, Reason.CLEARED, opened_at=since, resolved_at=now, frozen_by=how),
    )
    found = brief(reader(material(snapshot(as_of=MORNING), organisation(), *history)), FRIDAY)
    assert [one.text for one in found.changes] == [f"Title of PAY-7: {said}"]


def test_what_cannot_be_known_any_more_is_not_cleared() -> None:
    late_ = finding("PAY-7", rule="dep-late", teams=("payments",), programs=("checkout",))
    since, now = at("2026-11-18 07:25"), at("2026-11-23 07:25")
    history = (
        opened(late_, 50, since),
        opened(late_, 50, now, Reason.NO_LONGER_VISIBLE, opened_at=since, resolved_at=now,
               frozen_since=at("2026-11-16 07:25"), frozen_by="MOB-3 cannot be seen"),
    )  # fmt: skip
    (line,) = brief(
        reader(material(snapshot(as_of=MORNING), organisation(), *history)), FRIDAY
    ).changes
    assert line.standing is Standing.NO_DATA
    assert line.text == ("Title of PAY-7: no longer known, MOB-3 cannot be seen since Mon 16 Nov")


def test_dates_that_were_made_to_agree_before_their_day_did_not_only_pass() -> None:
    apart = finding(
        "PAY-7", rule="dates-disagree", teams=("payments",), programs=("checkout",),
        planned=date(2026, 11, 18), expected=date(2026, 11, 20), standing=Standing.AT_RISK,
    )  # fmt: skip
    history = (
        opened(apart, 50, at("2026-11-13 07:25")),
        opened(apart, 50, at("2026-11-19 07:25"), Reason.CLEARED,
               opened_at=at("2026-11-13 07:25"), resolved_at=at("2026-11-19 07:25")),
    )  # fmt: skip
    made = reader(material(snapshot(as_of=MORNING), organisation(), *history))
    (line,) = brief(made, at("2026-11-16 07:30")).changes
    assert line.text == "Title of PAY-7: no longer at risk"


@pytest.mark.parametrize(
    ("planned", "said"), [("2026-11-20", "its day has passed"), ("2026-11-23", "no longer at risk")]
)
@pytest.mark.parametrize("rule", ["person-away", "gate-unattended", "dates-disagree"])
def test_a_day_that_has_passed_is_no_end_of_its_risk(planned: str, said: str, rule: str) -> None:
    risk = finding("PAY-7", rule=rule, teams=("payments",), programs=("checkout",),
                   title="Stuck", planned=date.fromisoformat(planned), expected=None,
                   standing=Standing.AT_RISK)  # fmt: skip
    since, now = at("2026-11-18 07:25"), at("2026-11-23 07:25")
    history = (
        opened(risk, 50, since),
        opened(risk, 50, now, Reason.CLEARED, opened_at=since, resolved_at=now),
    )
    found = brief(reader(material(snapshot(as_of=MORNING), organisation(), *history)), FRIDAY)
    assert [one.text for one in found.changes] == [f"Stuck (PAY-7): {said}"]


@pytest.mark.parametrize(("phase", "said"), [(Phase.DONE, "done"), (Phase.DROPPED, "dropped")])
def test_what_is_over_because_its_work_ended_says_so(phase: Phase, said: str) -> None:
    item = issue("PAY-7", title="Stuck", phase=phase, done_at=at("2026-11-20 15:00"))
    stuck = finding("PAY-7", teams=("payments",), programs=("checkout",), title="Stuck",
                    subject=str(item.key), rule="stalled")  # fmt: skip
    since = at("2026-11-18 07:25")
    history = (
        opened(stuck, 50, since),
        opened(stuck, 50, at("2026-11-23 07:25"), Reason.CLEARED, opened_at=since,
               resolved_at=at("2026-11-23 07:25")),
    )  # fmt: skip
    found = brief(reader(material(snapshot(item, as_of=MORNING), organisation(), *history)), FRIDAY)
    assert [one.text for one in found.changes] == [f"Stuck (PAY-7): {said}"]


def test_what_was_dropped_is_told_once_with_the_alert_that_it_ends() -> None:
    plan = version("checkout-v3", release="2026-12-15", scope="LED")
    item = issue("PAY-7", title="Stuck", phase=Phase.DROPPED, done_at=at("2026-11-20 15:00"),
                 milestones=(plan.key,))  # fmt: skip
    stuck = finding("PAY-7", teams=("payments",), programs=("checkout",), title="Stuck",
                    subject=str(item.key), rule="stalled")  # fmt: skip
    since, now = at("2026-11-18 07:25"), at("2026-11-23 07:25")
    history = (
        opened(stuck, 50, since),
        opened(stuck, 50, now, Reason.CLEARED, opened_at=since, resolved_at=now),
    )
    known = material(snapshot(plan, item, as_of=MORNING), organisation(), *history)
    told = [(one.text, one.alert) for one in brief(reader(known), FRIDAY).changes]
    assert told == [("Stuck (PAY-7), of Checkout v3", "D-50")]


def test_what_is_another_but_no_worse_is_not_called_worse() -> None:
    odd = finding("PAY-7", teams=("payments",), programs=("checkout",), rule="stalled")
    since = at("2026-11-18 07:25")
    history = (
        opened(odd, 50, since),
        opened(odd, 50, at("2026-11-23 07:25"), Reason.CHANGED, opened_at=since),
    )
    found = brief(reader(material(snapshot(as_of=MORNING), organisation(), *history)), FRIDAY)
    assert [one.news for one in found.changes] == [News.CHANGED]
    assert found.headline.startswith("No date moved and 1 changed since Friday")


def test_what_is_to_be_asked_says_ask_once() -> None:
    stuck = finding("LED-7", teams=("ledger",), programs=("checkout",), title="Stuck",
                    act="Ask J. Sen by Tue 24 Nov what LED-7 needs.")  # fmt: skip
    text = text_of(of("dana", opened(stuck, 51, at("2026-11-20 09:00"))))
    assert "Ask J. Sen by Tue 24 Nov" in text
    assert "Ask: Ask" not in text


def test_a_pack_says_when_its_meeting_begins() -> None:
    event = next(meetings.ahead(monday()))
    assert title(pack(reader(monday()), event)) == (
        "Checkout relaunch: pack for Ledger stand-up, 09:30, for Dana Li"
    )


def put_off_until(day: date, kind: ActKind = ActKind.SNOOZE):
    said = monday().by_print[late().fingerprint]
    return of(acts=(answered(said, kind, "dana", at("2026-11-19 10:00"), until=day),))


def test_what_is_put_off_is_no_decision_before_it_speaks_again() -> None:
    tomorrow = put_off_until(date(2026, 11, 24))
    assert not tomorrow.decisions
    assert put_off_until(date(2026, 11, 23)).decisions


def test_what_is_accepted_over_a_weekend_is_decided_on_a_day_of_work() -> None:
    said = monday().by_print[late().fingerprint]
    until = {"until": date(2026, 11, 29)}
    made = monday(acts=(answered(said, ActKind.ACCEPT, "dana", FRIDAY, **until),))
    friday = replace(made, view=View(
        replace(made.view.snapshot, as_of=at("2026-11-27 07:25")), made.view.config
    ))  # fmt: skip
    (found,) = brief(reader(friday), FRIDAY).decisions
    assert (found.by, found.why_then) == (date(2026, 11, 27), "it is accepted until Sun 29 Nov")
    saturday = replace(made, view=View(
        replace(made.view.snapshot, as_of=at("2026-11-28 09:00")), made.view.config
    ))  # fmt: skip
    (found,) = brief(reader(saturday), FRIDAY).decisions
    assert found.by == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("kind", "said"), [(ActKind.SNOOZE, "put off"), (ActKind.ACCEPT, "accepted")]
)
def test_a_team_whose_roadblock_is_put_off_is_not_said_to_have_none(
    kind: ActKind, said: str
) -> None:
    text = text_of(put_off_until(date(2026, 12, 8), kind))
    ledger = text.partition("Ledger\n")[2].partition("Mobile\n")[0]
    assert f"Ledger API v2 (LED-88) is {said} until Tue 8 Dec (D-41)" in ledger
    assert "No roadblock" not in ledger


def test_what_makes_a_thing_one_of_the_three_is_said_of_what_it_is_true_of() -> None:
    def why(rule: str, **fields) -> str:
        about = finding("launch", subject="deliverable:launch", rule=rule, tier="A",
                        programs=("checkout",), teams=("ledger",), **fields)  # fmt: skip
        made = material(snapshot(as_of=MORNING), organisation(), opened(about, 50, MORNING))
        return brief(reader(made), FRIDAY).top[0].why

    assert why("gate-too-early").endswith("its review is 6 working days too early")
    assert why("event-moved").endswith("its dates are 6 working days apart")
    assert why("dates-disagree", slip=-4).endswith("its dates are 4 working days apart")
    assert why("forecast-late").endswith("6 working days late")
    assert why("overdue", passed=2).endswith("2 working days late")


@pytest.mark.parametrize(
    ("before", "kept", "told"),
    [
        ("2026-12-14", "2026-11-23 07:00", True),
        ("2026-12-22", "2026-11-23 07:00", False),  # one working day: forecasts stir
        ("2026-12-14", "2026-11-19 07:00", False),  # told by the brief before
    ],
)
def test_a_forecast_that_moved_is_told_once_when_the_new_one_is_kept(
    before: str, kept: str, told: bool
) -> None:
    def forecast(day: str, made: str) -> PastForecast:
        one = Forecast(subject="deliverable:launch", name="x", p50=date.fromisoformat(day))
        return PastForecast(forecast=one, made_at=at(made), made_on=at(made).date())

    now = held()
    kept_before = forecast(before, "2026-11-12 07:00")
    now = replace(
        now,
        forecasts=(kept_before, forecast("2026-12-23", kept)),
        changes=tuple(one for one in now.changes if one.field != "release"),
    )
    found = brief(reader(material(now, organisation())), FRIDAY)
    line = "Checkout v3, expected: 14 Dec → 23 Dec, +7 working days"
    assert any(one.text.startswith("Checkout v3, expected") for one in found.changes) is told
    assert not told or line in [one.text for one in found.changes]


@pytest.mark.parametrize(
    ("spreads", "way"),
    [
        ((0.3, 0.4), ""),
        ((0.0, 0.4), " (told by the pace of its team, no longer item by item)"),
        ((0.3, 0.0), " (told item by item, no longer by the pace of its team)"),
    ],
)
def test_a_forecast_that_is_made_another_way_says_so(
    spreads: tuple[float, float], way: str
) -> None:
    def kept(day: str, spread: float, made: str) -> PastForecast:
        one = Forecast(subject="deliverable:launch", name="x", spread=spread,
                       p50=date.fromisoformat(day))  # fmt: skip
        return PastForecast(forecast=one, made_at=at(made), made_on=at(made).date())

    forecasts = (kept("2026-12-14", spreads[0], "2026-11-12 07:00"),
                 kept("2026-12-23", spreads[1], "2026-11-23 07:00"))  # fmt: skip
    things = replace(held(), forecasts=forecasts, changes=())
    line = f"Checkout v3, expected: 14 Dec → 23 Dec, +7 working days{way}"
    assert line in [
        one.text for one in brief(reader(material(things, organisation())), FRIDAY).changes
    ]


def test_where_little_was_finished_a_brief_tells_the_range_and_no_day() -> None:
    def kept(day: str, sure: str, grade: Grade, made: str) -> PastForecast:
        one = Forecast(subject="deliverable:launch", name="x", grade=grade,
                       p50=date.fromisoformat(day), p85=date.fromisoformat(sure))  # fmt: skip
        return PastForecast(forecast=one, made_at=at(made), made_on=at(made).date())

    forecasts = (kept("2026-12-14", "2026-12-18", Grade.B, "2026-11-12 07:00"),
                 kept("2026-12-23", "2027-01-20", Grade.C, "2026-11-23 07:00"))  # fmt: skip
    things = replace(held(), forecasts=forecasts, changes=())
    line = "Checkout v3, expected: 14 Dec → 23 Dec to 20 Jan 2027, +7 working days"
    assert line in [
        one.text for one in brief(reader(material(things, organisation())), FRIDAY).changes
    ]


@pytest.mark.parametrize(
    ("days", "when", "move"),
    [
        (12, "16 Apr 2027 to 6 Dec 2027", "11 Jan 2027 to 1 Feb 2027 → 20 Jan 2027 to 1 Mar 2027"),
        (60, "25 Feb 2027", "11 Jan 2027 → 20 Jan 2027"),
    ],
    ids=["little history", "enough of it"],
)
def test_a_date_of_little_history_is_told_as_a_range_wherever_a_brief_names_it(
    days: int, when: str, move: str
) -> None:
    launch = version("checkout-v3", release="2026-12-04", scope="LED")
    work = planned(12, "LED", milestones=(launch.key,))
    things = snapshot(launch, *work, *finished("LED", days=days, as_of=MORNING), as_of=MORNING)
    late_by = finding("launch", rule="forecast-late", title="Checkout v3", teams=("ledger",),
                      expected=date(2027, 1, 11), sure_by=date(2027, 2, 1), tier="A",
                      programs=("checkout",), deliverable="launch")  # fmt: skip
    then = replace(late_by, subject="deliverable:launch")
    now = replace(then, expected=date(2027, 1, 20), sure_by=date(2027, 3, 1))
    told = (opened(then, 5, at("2026-11-19 10:00")),
            opened(now, 5, MORNING, Reason.CHANGED, opened_at=at("2026-11-19 10:00")))  # fmt: skip
    view = View(things, organisation(), assume_fresh=True, estimates=foreseen)
    made = replace(material(things, organisation(), *told), view=view)
    found = brief(reader(made), FRIDAY)
    assert found.dates[0].when == when
    (text,) = (one.text for one in found.changes)
    assert text == f"Checkout v3 (launch), expected: {move}, +7 working days"


@pytest.mark.parametrize(("then", "trend"), [("on plan", "↓"), ("no data", "→"), ("", "")])
def test_a_date_says_how_it_stood_a_week_ago(then: str, trend: str) -> None:
    kept = Forecast(subject="deliverable:launch", name="x", standing=then)
    past = PastForecast(forecast=kept, made_at=at("2026-11-16"), made_on=date(2026, 11, 16))
    made = reader(material(replace(held(), forecasts=(past,)), organisation()))
    due = due_of(made, made.material.deliverables["launch"])
    assert due is not None
    assert (due.standing, due.trend) == (Standing.NO_DATA, trend)
    shown = Entry(text=due.text, tag=f"{due.standing} {due.trend}".strip(), standing=due.standing)
    assert shown.label == f"○ no data {trend}".strip()


def test_who_runs_or_follows_a_program_reads_first_what_it_leads_to() -> None:
    """Leaders' weekly says when the launch is expected: nobody may hear it before who runs it."""
    for who in ("dana", "vp"):
        (main,) = of(who).dates
        assert (main.text, main.planned, main.expected, main.slip) == (
            "Checkout v3", date(2026, 12, 14), date(2026, 12, 15), 1,
        )  # fmt: skip
    first, *_ = outline(of("dana"))
    assert (first.title, [one.text for one in first.entries]) == (
        "Main date", ["Checkout v3: 15 Dec (plan 14 Dec, +1 working day)"],
    )  # fmt: skip
    assert of("rosei").dates == (), "a lead reads the dates of the team"
