from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Finding, Severity, Standing, Unknown
from syncd.model.items import Level, Phase, Review
from syncd.reconciler.engine import evaluate
from syncd.reconciler.facts.dwell import Dwell, Quantile, Visit, quantile, visits
from syncd.reconciler.rules.stalled import RULE, Params
from syncd.reconciler.silence import why_not
from syncd.reconciler.view import View
from syncd.testing.builders import (
    at,
    change,
    config,
    event,
    implements,
    issue,
    link,
    person,
    pull_request,
    snapshot,
    team,
    version,
)

MONDAY = "2026-11-23 08:00"
CALENDAR = WorkingCalendar()


def results(*things, as_of=MONDAY, params=None, settings=None, holds=False, **more):
    """What opens an alert or cannot be told; with `holds` what only keeps one up."""
    view = View(snapshot(*things, as_of=as_of, **more), settings or config())
    said = RULE.check(view, params or Params())
    return [one for one in said if getattr(one, "holds", False) is holds]


def past(days=2, count=30, state="Review", project="LED", kind="Story", until="2026-11-02"):
    """Issues that were in `state` for `days` working days each, and left it on `until`."""
    end = at(until)
    start = CALENDAR.shift(end.date(), -days)
    entered = datetime.combine(start, end.timetz())
    things = []
    for n in range(count):
        item = issue(
            f"{project}-{900 + n}",
            type=kind,
            phase=Phase.DONE,
            created_at=entered - timedelta(days=30),
        )
        things += [
            item,
            change(item, "state", "To Do", state, entered),
            change(item, "state", state, "Done", end, actor=f"p{n}"),
        ]
    return things


def waiting(entered="2026-11-06", touched="2026-11-10", **fields):
    fields.setdefault("phase", Phase.REVIEW)
    fields.setdefault("state", "Review")
    fields.setdefault("assignee", "kim")
    return issue(
        fields.pop("ref", "LED-88"),
        state_entered_at=at(entered),
        last_human_activity_at=at(touched),
        **fields,
    )


def test_empty_snapshot_is_clear():
    assert results() == []


def test_work_far_beyond_the_norm_is_stalled():
    item = waiting(title="Ledger API v2")
    (found,) = results(
        item, *past(days=2), change(item, "comment", None, None, "2026-11-10", actor="ada")
    )
    assert found.subject == str(item.key)
    assert (found.severity, found.standing) == (Severity.LOW, Standing.AT_RISK)
    assert found.summary == (
        "Ledger API v2 (LED-88) has been Review for 11 working days and was last touched on "
        "Tue 10 Nov; 85 % of Story items of Ledger leave that state within 2 working days."
    )
    assert found.plain == (
        "Ledger API v2 has not moved on for 11 working days; "
        "such work mostly moves on within 2 working days."
    )
    assert found.act == "kim: say what LED-88 needs to move on."
    assert found.by == date(2026, 11, 24)
    assert found.facts[1].text == "Last touched on Tue 10 Nov by ada"
    assert found.facts[2].text.endswith("(30 seen)")
    assert found.facts[0].url == item.url
    assert found.owner == "jira:kim"
    assert found.clears == "Its state changes, or somebody works on it."


@pytest.mark.parametrize(("days", "fires"), [(10, True), (11, False), (12, False)])
def test_dwell_beyond_the_quantile(days, fires):
    # 11 working days in review, untouched for 11.
    assert bool(results(waiting(touched="2026-11-06"), *past(days=days))) is fires


@pytest.mark.parametrize(
    ("entered", "fires"), [("2026-11-19", False), ("2026-11-18", False), ("2026-11-17", True)]
)
def test_three_working_days_are_never_too_long(entered, fires):
    assert bool(results(waiting(entered=entered, touched=entered), *past(days=1))) is fires


@pytest.mark.parametrize(
    ("touched", "fires"), [("2026-11-19", False), ("2026-11-18", True), ("2026-11-17", True)]
)
def test_human_activity_within_three_working_days_clears(touched, fires):
    assert bool(results(waiting(touched=touched), *past(days=2))) is fires


@pytest.mark.parametrize(("touched", "fires"), [("2026-11-13", False), ("2026-11-12", True)])
def test_activity_is_measured_against_half_the_usual_stay(touched, fires):
    assert bool(results(waiting(entered="2026-10-12", touched=touched), *past(days=7))) is fires


@pytest.mark.parametrize(("count", "unknown"), [(29, True), (30, False), (31, False)])
def test_fewer_than_thirty_completed_visits_tell_nothing(count, unknown):
    (found,) = results(waiting(), *past(count=count))
    assert isinstance(found, Unknown) is unknown
    if unknown:
        assert found.reason == "fewer than 30 completed stays in Review are known"


def test_without_any_history_it_is_unknown_only_where_it_matters():
    assert results(waiting(entered="2026-11-20", touched="2026-11-20")) == []
    assert isinstance(results(waiting())[0], Unknown)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "of Story items of Ledger leave"),
        ({"kind": "Bug"}, "of items of Ledger leave"),
        ({"project": "PAY"}, "of Story items leave"),
        ({"project": "PAY", "kind": "Bug"}, "of items leave"),
    ],
)
def test_norm_is_that_of_the_narrowest_class(fields, text):
    (found,) = results(waiting(), *past(**fields))
    assert text in found.summary


def of_item(found, ref="LED-88"):
    return [one for one in found if one.subject.endswith(ref)]


def test_open_visits_lift_the_norm():
    quick, slow = past(days=2, count=30), past(days=11, count=3, project="LEE")
    open_ones = [waiting(ref=f"LED-{n}", touched="2026-11-20") for n in range(6)]
    assert len(of_item(results(waiting(), *quick, *slow))) == 1
    settings = config(teams=(team("ledger", "jira:LED", "jira:LEE"),))
    assert len(of_item(results(waiting(), *quick, *slow, settings=settings))) == 1
    assert of_item(results(waiting(), *quick, *slow, *open_ones, settings=settings)) == []


def test_norm_that_is_never_reached_is_said():
    open_ones = [waiting(ref=f"LED-{n}", touched="2026-11-20") for n in range(6)]
    (found,) = of_item(results(waiting(), *past(days=2), *open_ones))
    assert (
        "the longest stay of Story items of Ledger that ended took 2 working days" in found.summary
    )


@pytest.mark.parametrize("phase", [Phase.TODO, Phase.DONE, Phase.DROPPED])
def test_work_not_begun_or_closed_is_clear(phase):
    assert results(waiting(phase=phase), *past()) == []


@pytest.mark.parametrize("phase", [Phase.ACTIVE, Phase.WAITING, Phase.REVIEW])
def test_running_work_counts(phase):
    assert len(results(waiting(phase=phase), *past())) == 1


@pytest.mark.parametrize(("flagged", "phase"), [(True, Phase.ACTIVE), (False, Phase.WAITING)])
def test_blocked_behind_an_open_prerequisite_is_left_to_the_dependency_rules(flagged, phase):
    item, first = (
        waiting(flagged=flagged, phase=phase),
        issue("PAY-1", phase=Phase.TODO, assignee="ada"),
    )
    assert results(item, first, link(item, first), *past()) == []
    closed = replace(first, phase=Phase.DONE)
    assert len(results(item, closed, link(item, closed), *past())) == 1


def test_activity_of_a_child_counts():
    item = waiting()
    child = issue(
        "LED-89", parent="LED-88", phase=Phase.TODO, last_human_activity_at=at("2026-11-20")
    )
    assert results(item, child, *past()) == []


def epic_with(*below, story_touched="2026-11-10"):
    """An epic whose story is with `below`."""
    story = waiting(ref="LED-89", parent="LED-88", touched=story_touched)
    return (waiting(level=Level.EPIC), story, *below, *past())


def test_work_on_a_pull_request_of_a_part_counts():
    pull = pull_request("acme/ledger#311", last_human_activity_at=at("2026-11-20"))
    story = waiting(ref="LED-89")
    assert of_item(results(*epic_with(pull, implements(pull, story)))) == []


def test_activity_at_every_depth_counts():
    part = issue("LED-90", parent="LED-89", last_human_activity_at=at("2026-11-20"))
    assert of_item(results(*epic_with(part))) == []
    old = replace(part, last_human_activity_at=at("2026-11-10"))
    assert len(of_item(results(*epic_with(old)))) == 1


def test_parents_in_a_circle_do_no_harm():
    ring = [
        waiting(ref=f"LED-{n}", parent=f"LED-{(n + 1) % 3}", touched=f"2026-11-{10 + n}")
        for n in range(3)
    ]
    found = results(*ring, *past())
    # The smallest key is taken for the top: what is above nothing has no part in what is above it.
    assert {one.ref: one.facts[1].text[:26] for one in found} == {
        "LED-0": "Last touched on Thu 12 Nov",
        "LED-1": "Last touched on Wed 11 Nov",
        "LED-2": "Last touched on Thu 12 Nov",
    }


def test_who_worked_on_a_pull_request_last_is_named():
    item, pull = waiting(), pull_request(
        "acme/ledger#311", last_human_activity_at=at("2026-11-12"),
        reviews=(Review(at=at("2026-11-12"), author="rosei", verdict="commented"),),
    )  # fmt: skip
    (found,) = results(item, pull, implements(pull, item), *past())
    assert found.facts[1].text == "Last touched on Thu 12 Nov by rosei"


def test_what_waits_for_something_that_cannot_be_read_is_left_to_its_link():
    item = waiting(flagged=True)
    assert results(item, link(item, "SEC-1"), *past()) == []
    assert len(results(item, *past())) == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"phase": Phase.TODO}, "it is neither active, nor waiting, nor in review"),
        ({"flagged": True}, "a link says what it waits for"),
        (
            {"touched": "2026-11-20"},
            "it has been Review for 11 wd, untouched for 1; up to 3 are never too long",
        ),
    ],
)
def test_each_guard_says_why(fields, reason):
    absence, settings = away(last="2026-11-27")
    item, other = waiting(**fields), issue("PAY-1")
    view = View(snapshot(item, other, link(item, other), absence, *past()), settings)
    assert why_not(view, [RULE], RULE.id, [str(item.key)]).reasons == (reason,)


def test_activity_of_its_pull_request_counts():
    item, pull = waiting(), pull_request("acme/ledger#311", last_human_activity_at=at("2026-11-20"))
    assert results(item, pull, implements(pull, item), *past()) == []


def away(**fields):
    settings = config(
        people=(person("kim", accounts=(("jira", "kim"), ("calendar", "kim@example.com"))),)
    )
    absence = event(
        "Out of office",
        fields.pop("when", "2026-11-20"),
        type="out_of_office",
        organiser="kim@example.com",
        **fields,
    )
    return absence, settings


def test_assignee_who_is_away_is_left_in_peace():
    """Nor is what was told over, since nobody moved it."""
    absence, settings = away(last="2026-11-27")
    (untold,) = results(waiting(), absence, *past(), settings=settings)
    assert (untold.subject, untold.reason) == (str(waiting().key), "its holder is away")
    assert not untold.too_early
    assert results(waiting(), absence, *past(days=12), settings=settings) == []


@pytest.mark.parametrize(("days", "goes_on"), [(11, 1), (21, 1), (22, 0)])
def test_it_is_not_over_because_others_took_long_too(days, goes_on):
    """In review for 11 working days; a norm of 11 would open no alert."""
    item = waiting(touched="2026-11-10")
    assert len(results(item, *past(days=days), holds=True)) == goes_on


def test_it_is_over_once_somebody_works_on_it_or_it_moves_on():
    touched, moved = waiting(touched="2026-11-20"), waiting(entered="2026-11-20")
    for item in (touched, moved, waiting(phase=Phase.TODO)):
        assert results(item, *past(), holds=True) == []


@pytest.mark.parametrize("fields", [
    {"last": "2026-11-20"}, {"last": "2026-11-27", "status": "cancelled"}, {"when": "2026-11-23 09:00"},
    {"when": "2026-11-24", "last": "2026-11-27"},
])  # fmt: skip
def test_absence_that_is_over_ahead_cancelled_or_an_hour_does_not_count(fields):
    absence, settings = away(**fields)
    assert len(results(waiting(), absence, *past(), settings=settings)) == 1


@pytest.mark.parametrize(
    ("release", "severity"), [("2026-12-14", Severity.MEDIUM), ("2026-12-15", Severity.LOW)]
)
def test_committed_target_within_fifteen_working_days_raises_the_severity(release, severity):
    planned = version("2.0", release=release, scope="LED")
    (found,) = results(planned, waiting(milestones=(planned.key,)), *past())
    assert found.severity is severity
    assert found.planned == date.fromisoformat(release)


def test_dependant_of_another_team_raises_the_severity():
    item, other = waiting(), issue("PAY-1", phase=Phase.TODO)
    (found,) = results(item, other, link(other, item), *past())
    assert found.severity is Severity.HIGH
    assert [push.ref for push in found.pushes] == ["PAY-1"]
    assert found.teams == ("ledger", "payments")
    assert "PAY-1 waits for it" in found.summary


def test_dependant_of_the_same_team_does_not():
    item, other = waiting(), issue("LED-1", phase=Phase.TODO)
    (found,) = results(item, other, link(other, item), *past())
    assert found.severity is Severity.LOW


def test_reviewers_are_asked_in_review():
    item = waiting()
    pull = pull_request(
        "acme/ledger#311", requested_reviewers=("rosei",), last_human_activity_at=at("2026-11-10")
    )
    (found,) = results(item, pull, implements(pull, item), *past())
    assert found.act.startswith("Ask rosei what")


def test_invisible_item_says_nothing():
    item = waiting()
    assert results(item, *past(), invisible=[item.key]) == []


def test_visits_of_long_ago_tell_nothing():
    (found,) = results(waiting(), *past(until="2026-05-26"))
    assert isinstance(found, Unknown)
    (found,) = results(waiting(), *past(until="2026-05-28"))
    assert not isinstance(found, Unknown)


def test_holidays_do_not_count_as_waiting():
    off = {date(2026, 11, day) for day in range(9, 21)}
    settings = config(calendar=WorkingCalendar(days_off=frozenset(off)))
    assert results(waiting(touched="2026-11-06"), *past(days=2), settings=settings) == []


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"])
def test_zones_do_no_harm(zone):
    teams = (team("ledger", "jira:LED", timezone=zone),)
    (found,) = results(waiting(), *past(), settings=config(teams=teams))
    assert "days" in found.summary


def test_release_on_the_last_date_of_python_does_no_harm():
    planned = version("2.0", release="9999-12-31", scope="LED")
    assert len(results(planned, waiting(milestones=(planned.key,)), *past())) == 1


@pytest.mark.parametrize(
    ("when", "hours", "fires"),
    [("2026-11-23 08:00", 4, False), ("2026-11-23 08:00", 3, True), ("2026-11-23 18:00", 5, True)],
)
def test_absence_of_half_a_day_counts(when, hours, fires):
    absence, settings = away(when=when)
    absence = replace(absence, end_at=absence.start_at + timedelta(hours=hours))
    (found,) = results(waiting(), absence, *past(), settings=settings)
    assert isinstance(found, Finding) is fires


def test_absence_that_begins_today_counts_beside_other_events():
    absence, settings = away(when="2026-11-23")
    other = event("Stand-up", "2026-11-23", organiser="kim@example.com")
    (untold,) = results(waiting(), absence, other, *past(), settings=settings)
    assert isinstance(untold, Unknown)


def test_absence_of_somebody_else_does_not_count():
    absence, settings = away(when="2026-11-23")
    assert len(results(waiting(assignee="lee"), absence, *past(), settings=settings)) == 1
    assert len(results(waiting(assignee=None), absence, *past(), settings=settings)) == 1


def test_three_working_days_are_clear_also_without_a_norm():
    assert results(waiting(entered="2026-11-18", touched="2026-11-18")) == []
    assert isinstance(results(waiting(entered="2026-11-17", touched="2026-11-17"))[0], Unknown)


def test_state_of_unknown_age_counts_from_creation():
    item = issue("LED-88", phase=Phase.REVIEW, state="Review", created_at=at("2026-11-02"))
    (found,) = results(item, *past())
    assert "has been Review for 15 working days" in found.summary
    assert "Name" not in found.act


def test_stale_source_leaves_it_unknown():
    held = snapshot(waiting(), *past(), stale={"jira:LED": "2026-11-22"})
    told = evaluate(held, config(), [RULE])
    assert (told.findings, len(told.unknown)) == ((), 1)


# How norms are made


@pytest.mark.parametrize(
    ("seen", "share", "days", "reached"),
    [
        ([], 0.5, 0, False),
        ([(3, True)], 0.5, 3, True),
        ([(1, True), (2, True), (3, True), (4, True)], 0.5, 2, True),
        ([(1, True), (2, True), (3, True), (4, True)], 0.75, 3, True),
        ([(1, True), (2, False), (3, True), (4, True)], 0.5, 3, True),
        ([(1, True), (9, False), (9, False), (9, False)], 0.85, 1, False),
        ([(5, False), (5, True)], 0.5, 5, True),
    ],
)
def test_quantile_by_hand(seen, share, days, reached):
    found = quantile(seen, share)
    assert (found.days, found.reached) == (days, reached)


def test_quantile_without_censoring_is_the_plain_one():
    seen = [(days, True) for days in range(1, 101)]
    assert [quantile(seen, share).days for share in (0.5, 0.85, 0.99)] == [50, 85, 99]


def test_visits_leave_out_hops_bulk_edits_and_the_end_of_closed_work():
    item = issue("LED-1", phase=Phase.DONE, created_at=at("2026-11-02"))
    made = [
        change(item, "state", "To Do", "Hop", "2026-11-03 09:00:00"),
        change(item, "state", "Hop", "Review", "2026-11-03 09:00:59"),
        change(item, "state", "Review", "Test", "2026-11-06 09:00:00"),
        change(item, "state", "Test", "Done", "2026-11-09 09:00:00", actor="bulk"),
    ]
    found = visits(item, made, CALENDAR, at(MONDAY), lambda one: one.actor == "bulk")
    assert found == [
        Visit(state="To Do", days=1, left=True),
        Visit(state="Review", days=3, left=True),
    ]


def test_a_hop_by_automation_ends_no_stay():
    item = issue("LED-1", phase=Phase.DONE, created_at=at("2026-11-02"))
    made = [
        change(item, "state", "Review", "Hop", "2026-11-05 09:00:00"),
        change(item, "state", "Hop", "Review", "2026-11-05 09:00:10"),
        change(item, "state", "Review", "Done", "2026-11-09 09:00:00"),
    ]
    (found,) = visits(item, made, CALENDAR, at(MONDAY))
    assert found == Visit(state="Review", days=5, left=True)


def test_a_bulk_edit_that_automation_goes_on_from_ends_no_stay():
    item = issue("LED-1", phase=Phase.DONE, created_at=at("2026-11-02"))
    made = [
        change(item, "state", "Review", "Resolved", "2026-11-09 09:00:00", actor="bulk"),
        change(item, "state", "Resolved", "Closed", "2026-11-09 09:00:10"),
    ]
    assert visits(item, made, CALENDAR, at(MONDAY), lambda one: one.actor == "bulk") == []


def test_open_visit_is_censored_today():
    item = issue("LED-1", state="Review", state_entered_at=at("2026-11-16"))
    assert visits(item, [], CALENDAR, at(MONDAY)) == [Visit(state="Review", days=5, left=False)]


def test_what_was_forgotten_long_ago_does_not_make_long_stays_usual():
    dwell, now = Dwell(0.85, 30), at(MONDAY)
    for _ in range(30):
        dwell.add("ledger", "Story", Visit(state="Review", days=2, left=True))
    for _ in range(40):
        item = issue("LED-1", state="Review", state_entered_at=at("2025-06-02"))
        (old,) = visits(item, [], CALENDAR, now)
        assert 0 < old.unwatched < old.days
        dwell.add("ledger", "Story", old)
    assert dwell.norm("ledger", "Story", "Review").long == Quantile(days=2, reached=True)


def test_classes_fall_back_from_narrow_to_wide():
    dwell = Dwell(0.85, 2)
    for _ in range(2):
        dwell.add("ledger", "Story", Visit(state="Review", days=2, left=True))
    assert dwell.norm("ledger", "Story", "Review").team == "ledger"
    assert dwell.norm("ledger", "Bug", "Review").type is None
    assert dwell.norm("payments", "Story", "Review").type == "Story"
    assert dwell.norm(None, "Bug", "Review").team is None
    assert dwell.norm(None, "Bug", "Test") is None


@pytest.mark.parametrize(
    ("due", "severity"), [("2026-12-21", Severity.HIGH), ("2026-12-18", Severity.LOW)]
)
def test_on_the_critical_path_of_a_commitment_it_is_grave(due, severity):
    release = version("Ledger API", release="2026-12-18", scope="LED")
    item, member = waiting(due=due), issue("LED-89", milestones=(release.key,), phase=Phase.TODO)
    (found,) = results(release, item, member, link(member, item), *past())
    assert found.severity is severity
