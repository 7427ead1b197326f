from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from syncd.alerts.lifecycle import advance
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity, Unknown
from syncd.model.items import DateRole, Level, Phase, Precision
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.dates_disagree import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import (
    LONG_AGO,
    at,
    change,
    claim,
    config,
    declared,
    event,
    github_milestone,
    issue,
    key,
    snapshot,
    sprint,
    team,
    version,
)

MONDAY = "2026-11-23 08:00"
CHECKOUT = declared(
    "checkout",
    "jira:fixVersion=2.0",
    "github:milestone=2.0",
    "calendar:summary~'Launch'",
    gates=("calendar:summary~'Go / no-go'",),
    owner="dana",
)


def results(*things, as_of=MONDAY, params=None, settings=None, **more):
    settings = settings or config(deliverables=(CHECKOUT,))
    view = View(snapshot(*things, as_of=as_of, **more), settings)
    every = RULE.check(view, params or Params())
    return [one for one in every if isinstance(one, Unknown) or not one.holds]


def test_empty_snapshot_is_clear():
    assert results(settings=config()) == []


def test_version_and_milestone_with_different_dates():
    release = version("2.0", release="2026-12-11", updated_at=datetime(2026, 11, 2, tzinfo=UTC))
    (found,) = results(release, github_milestone("2.0", due="2026-12-16"))
    assert (found.subject, found.discriminator) == ("deliverable:checkout", "equal")
    assert found.summary == (
        "Checkout has 2 dates: the release date of PAY 2.0 says Fri 11 Dec, "
        "the due date of acme/ledger milestone 2.0 says Wed 16 Dec (3 working days later)."
    )
    assert found.plain == "Checkout has 2 dates, Fri 11 Dec and Wed 16 Dec, 3 working days apart."
    assert "change the due date of acme/ledger milestone 2.0 to Fri 11 Dec" in found.act
    assert (found.planned, found.expected, found.slip) == (
        date(2026, 12, 11),
        date(2026, 12, 16),
        3,
    )
    assert [fact.source for fact in found.facts] == ["jira", "github"]
    assert found.facts[0].text.endswith("; this one counts")
    assert all(fact.url for fact in found.facts)
    assert {str(scope) for scope in found.scopes} == {"jira:PAY", "github:acme/ledger"}
    assert found.clears


def test_one_odd_date_is_told_once_and_accuses_nobody_who_fits():
    (found,) = results(
        version("2.0", release="2026-12-11"),
        github_milestone("2.0", due="2026-12-07", scope="acme/mobile-app"),
        github_milestone("2.0", due="2026-12-11"),
        event("Launch", "2026-12-11"),
    )
    assert found.discriminator == "equal"
    assert found.summary.startswith("Checkout has 2 dates: ")
    assert found.summary.count(" says ") == 2


@pytest.mark.parametrize(
    ("due", "fires"),
    [
        ("2026-12-09", True),
        ("2026-12-10", False),
        ("2026-12-11", False),
        ("2026-12-14", False),
        ("2026-12-15", True),
    ],
)
def test_one_working_day_apart_is_the_same(due, fires):
    found = results(version("2.0", release="2026-12-11"), github_milestone("2.0", due=due))
    assert bool(found) is fires


@pytest.mark.parametrize(
    ("release", "severity"), [("2026-12-07", Severity.HIGH), ("2026-12-08", Severity.MEDIUM)]
)
def test_nearness_raises_the_severity(release, severity):
    (found,) = results(version("2.0", release=release), github_milestone("2.0", due="2026-12-21"))
    assert found.severity is severity


@pytest.mark.parametrize(
    ("release", "says"),
    [
        ("2026-12-01", ""),
        ("2026-12-03", ""),
        ("2026-12-08", 'the event "Launch" says Tue 1 Dec to Thu 3 Dec (3 working days earlier)'),
    ],
)
def test_a_launch_of_several_days_agrees_with_each_of_them(release, says):
    found = results(
        version("2.0", release=release), event("Launch", "2026-12-01", last="2026-12-03")
    )
    assert [says in one.summary for one in found] == ([True] if says else [])


def test_a_date_is_called_by_the_field_that_says_it():
    epic = issue("PAY-1", level=Level.EPIC, due="2026-12-04")
    late = claim(key("PAY-2"), "2026-12-09", field="target_end", role=DateRole.DUE)
    (found,) = results(epic, issue("PAY-2", parent="PAY-1", claims=(late,)))
    assert "the target end of PAY-2 is Wed 9 Dec" in found.summary


def test_all_claims_stand_in_one_table():
    settings = config(
        deliverables=(
            declared(
                "checkout", "jira:fixVersion=2.0", "github:milestone=2.0", target=date(2026, 12, 1)
            ),
        )
    )
    release, planned = (
        version("2.0", release="2026-12-11"),
        github_milestone("2.0", due="2026-12-16"),
    )
    (found,) = results(release, planned, settings=settings)
    assert len(found.facts) == 3
    assert "has 3 dates: the declared target says Tue 1 Dec" in found.summary
    assert found.facts[0].source == "configuration"
    assert {str(scope) for scope in found.scopes} == {"jira:PAY", "github:acme/ledger"}


def test_launch_event_is_told_of_by_itself():
    launch = event("Launch party of checkout", "2026-12-16")
    (found,) = results(version("2.0", release="2026-12-11"), launch)
    assert found.discriminator == str(launch.key)


@pytest.mark.parametrize(
    ("day", "fires"),
    [("2026-12-10", True), ("2026-12-11", False), ("2026-12-14", False), ("2026-12-15", True)],
)
def test_launch_is_not_before_the_release(day, fires):
    assert bool(results(version("2.0", release="2026-12-11"), event("Launch", day))) is fires


@pytest.mark.parametrize(
    ("day", "fires"), [("2026-12-10", False), ("2026-12-11", True), ("2026-12-14", True)]
)
def test_review_comes_before_the_release(day, fires):
    review = event("Go / no-go review", day)
    found = results(version("2.0", release="2026-12-11"), review)
    assert bool(found) is fires
    if found:
        assert found[0].discriminator == str(review.key)
        assert 'move the event "Go / no-go review" to a day before Fri 11 Dec' in found[0].act


@pytest.mark.parametrize(("day", "fires"), [("2026-12-10", False), ("2026-12-11", True)])
def test_freeze_comes_before_the_release(day, fires):
    settings = config(
        deliverables=(
            declared("checkout", "jira:fixVersion=2.0", "calendar:summary~'Code freeze'"),
        )
    )
    found = results(
        version("2.0", release="2026-12-11"), event("Code freeze 2.0", day), settings=settings
    )
    assert bool(found) is fires


def test_series_of_reviews_needs_one_before_the_release():
    meetings = [
        event("Go / no-go", day, ref=f"review {day}", recurring_id="weekly")
        for day in ("2026-12-04", "2026-12-11", "2026-12-18")
    ]
    release = version("2.0", release="2026-12-11")
    assert results(release, *meetings) == []
    assert len(results(release, *meetings[1:])) == 1


def test_cancelled_event_is_silent():
    assert (
        results(
            version("2.0", release="2026-12-11"), event("Launch", "2026-12-16", status="cancelled")
        )
        == []
    )


def test_same_local_day_in_another_zone_is_the_same():
    # 23:30 on Thu 10 Dec in New York is Fri 11 Dec in the owner's zone.
    launch = event("Launch", datetime(2026, 12, 11, 4, 30, tzinfo=UTC), zone="America/New_York")
    own = claim(launch.key, "2026-12-10", field="event", role=DateRole.EVENT)
    late = event(
        "Launch", datetime(2026, 12, 11, 4, 30, tzinfo=UTC), zone="America/New_York", claims=(own,)
    )
    assert results(version("2.0", release="2026-12-11"), late) == []


@pytest.mark.parametrize(
    ("lo", "hi", "precision", "fires"),
    [
        ("2026-12-14", "2026-12-18", Precision.WEEK, False),
        ("2026-12-01", "2026-12-31", Precision.MONTH, False),
        ("2027-01-01", "2027-01-31", Precision.MONTH, False),
        ("2027-02-01", "2027-02-28", Precision.MONTH, True),
    ],
)
def test_claim_coarser_than_the_gap_is_silent(lo, hi, precision, fires):
    planned = github_milestone("2.0")
    coarse = claim(planned.key, lo, until=hi, precision=precision)
    planned = github_milestone("2.0", claims=(coarse,))
    assert bool(results(version("2.0", release="2026-12-11"), planned)) is fires


@pytest.mark.parametrize(
    ("changed", "fires"),
    [
        ("2026-11-20 07:59", True),
        ("2026-11-20 08:00", True),
        ("2026-11-20 08:01", False),
        ("2026-11-23 07:00", False),
    ],
)
def test_a_working_day_is_left_to_change_the_other_tool(changed, fires):
    release = version("2.0", release="2026-12-11")
    moved = change(release, "release", "2026-12-16", "2026-12-11", changed)
    assert bool(results(release, moved, github_milestone("2.0", due="2026-12-16"))) is fires


def test_set_time_of_a_claim_counts_as_its_change():
    planned = github_milestone("2.0")
    fresh = claim(planned.key, "2026-12-16", set_at="2026-11-23 07:00")
    planned = github_milestone("2.0", claims=(fresh,))
    assert results(version("2.0", release="2026-12-11"), planned) == []


def test_released_version_states_no_plan():
    release = version("2.0", release="2026-12-11", state="released")
    assert results(release, github_milestone("2.0", due="2026-12-16")) == []


def test_lower_authority_conflict_is_found_when_the_highest_is_coarse():
    release, planned = version("2.0"), github_milestone("2.0", due="2026-12-02")
    quarter = claim(
        release.key, "2026-10-01", until="2026-12-31", field="release",
        role=DateRole.RELEASE, precision=Precision.QUARTER,
    )  # fmt: skip
    release = version("2.0", claims=(quarter,))
    launch = event("Launch", "2026-12-16")
    (found,) = results(release, planned, launch)
    assert found.planned == date(2026, 12, 2)


@pytest.mark.parametrize(
    ("due", "fires"), [("2026-12-10", False), ("2026-12-11", False), ("2026-12-14", True)]
)
def test_epic_of_a_deliverable_is_due_no_later(due, fires):
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0", "jira:PAY-9"),))
    epic = issue("PAY-9", due=due, level=Level.EPIC, type="Epic")
    found = results(version("2.0", release="2026-12-11"), epic, settings=settings)
    assert [one.discriminator for one in found] == (["epic"] if fires else [])


@pytest.mark.parametrize(
    ("due", "fires"), [("2026-12-11", False), ("2026-12-12", False), ("2026-12-14", True)]
)
def test_item_is_due_no_later_than_its_version(due, fires):
    release = version("2.0", release="2026-12-11")
    found = results(
        release,
        issue("PAY-1", due=due, milestones=(release.key,), assignee="ada"),
        settings=config(),
    )
    assert bool(found) is fires
    if found:
        assert found[0].discriminator == "version"
        assert found[0].subject == str(key("PAY-1"))
        assert found[0].owner == "jira:ada"
        assert (
            "is due Mon 14 Dec, 1 working day later than the release date of PAY 2.0, Fri 11 Dec"
            in found[0].summary
        )
        assert (
            found[0].act
            == "ada: change the due date of PAY-1 to Fri 11 Dec or earlier, or change the release date of PAY 2.0."
        )


def test_nothing_is_to_be_moved_before_a_day_that_is_over():
    release = version("2.0", release="2026-11-18")
    (found,) = results(
        release,
        issue("PAY-1", due="2026-12-14", milestones=(release.key,), assignee="ada"),
        settings=config(),
    )
    assert found.act == "ada: change the release date of PAY 2.0 to Mon 14 Dec or later."


@pytest.mark.parametrize(
    ("launch", "review", "asked"),
    [
        ("2026-11-10", "2026-11-10", "and change the release date of PAY 2.0 and the event"),
        ("2026-12-01", "2026-11-10", "change the release date of PAY 2.0 to Tue 1 Dec."),
        ("2026-11-20", "2026-12-01", "of PAY 2.0 to a day after Tue 1 Dec."),
    ],
)
def test_nothing_is_to_be_moved_to_a_day_that_is_over(launch, review, asked):
    events = event("Launch", launch), event("Go / no-go review", review)
    (found,) = results(version("2.0", release="2026-11-20"), *events)
    assert asked in found.act


def test_earliest_open_version_counts():
    early, late = version("2.0", release="2026-12-04"), version("2.1", release="2026-12-31")
    out = version("1.9", release="2026-11-06", state="released")
    item = issue(due="2026-12-14", milestones=(early.key, late.key, out.key))
    (found,) = results(early, late, out, item, settings=config())
    assert found.planned == date(2026, 12, 4)


@pytest.mark.parametrize(("due", "fires"), [("2026-12-04", False), ("2026-12-07", True)])
def test_item_is_due_no_later_than_its_sprint(due, fires):
    running = sprint("Sprint 41", start="2026-11-23", end="2026-12-04")
    found = results(running, issue(due=due, sprint=running.key), settings=config())
    assert [one.discriminator for one in found] == (["sprint"] if fires else [])


def test_a_sprint_is_called_by_its_name_and_not_by_its_number():
    running = replace(sprint("Sprint 41", start="2026-11-23", end="2026-12-04"), ref="sprint 10486")
    (found,) = results(running, issue(due="2026-12-07", sprint=running.key), settings=config())
    assert "the end date of Sprint 41, Fri 4 Dec" in found.summary
    assert "10486" not in f"{found.summary}{found.act}{found.facts}"


@pytest.mark.parametrize(("due", "fires"), [("2026-11-20", False), ("2026-11-23", True)])
def test_two_dates_that_have_both_passed_are_left_to_overdue(due, fires):
    """On Mon 23 Nov, the sprint was to end on the Wednesday before."""
    forgotten = sprint("Sprint 41", start="2026-11-09", end="2026-11-18")
    found = results(forgotten, issue(due=due, sprint=forgotten.key), settings=config())
    assert [one.discriminator for one in found] == (["sprint"] if fires else [])


@pytest.mark.parametrize(("due", "fires"), [("2026-12-07", False), ("2026-12-04", True)])
def test_sprint_does_not_start_after_the_due_date(due, fires):
    planned = sprint("Sprint 42", start="2026-12-07", end="2026-12-18", state="planned")
    found = results(planned, issue("PAY-1", due=due, sprint=planned.key), settings=config())
    assert [one.discriminator for one in found] == (["sprint-start"] if fires else [])
    if found:
        assert "put PAY-1 into an earlier sprint" in found[0].act


@pytest.mark.parametrize(("due", "fires"), [("2026-12-04", False), ("2026-12-07", True)])
def test_open_children_are_due_no_later_than_their_parent(due, fires):
    parent = issue("PAY-1", due="2026-12-04")
    children = [
        issue("PAY-2", due=due, parent="PAY-1"),
        issue("PAY-3", due="2026-12-01", parent="PAY-1"),
    ]
    found = results(parent, *children, settings=config())
    assert [one.discriminator for one in found] == (["children"] if fires else [])
    if found:
        assert found[0].subject == str(parent.key)
        assert "1 open child is due later: the due date of PAY-2 is Mon 7 Dec" in found[0].summary


@pytest.mark.parametrize(("due", "told"), [("2026-12-04", []), ("2026-12-07", ["PAY-1"])])
def test_what_has_no_date_is_looked_through(due, told):
    epic = issue("PAY-1", due="2026-12-04", level=Level.EPIC)
    story = issue("PAY-2", parent="PAY-1")
    part = issue("PAY-3", parent="PAY-2", due=due, level=Level.SUBTASK)
    found = results(epic, story, part, settings=config())
    assert [one.ref for one in found] == told


def test_closed_child_is_silent():
    parent = issue("PAY-1", due="2026-12-04")
    child = issue("PAY-2", due="2026-12-07", parent="PAY-1", phase=Phase.DONE)
    assert results(parent, child, settings=config()) == []


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.DROPPED])
def test_closed_item_is_silent(phase):
    release = version("2.0", release="2026-12-11")
    assert (
        results(
            release,
            issue(due="2026-12-14", milestones=(release.key,), phase=phase),
            settings=config(),
        )
        == []
    )


def test_item_without_a_date_is_silent():
    release = version("2.0", release="2026-12-11")
    assert results(release, issue(milestones=(release.key,)), settings=config()) == []


def test_invisible_neighbour_leaves_it_unknown():
    release = version("2.0", release="2026-12-11")
    item = issue(due="2026-12-14", milestones=(release.key,))
    (found,) = results(release, item, settings=config(), invisible=[release.key])
    assert isinstance(found, Unknown)
    assert (found.subject, found.discriminator) == (str(item.key), "version")


def test_material_names_the_dates():
    release = version("2.0", release="2026-12-11")
    first = results(release, github_milestone("2.0", due="2026-12-16"))[0]
    second = results(release, github_milestone("2.0", due="2026-12-17"))[0]
    assert first.material != second.material
    assert first.fingerprint == second.fingerprint


def test_material_names_the_dates_of_parts():
    parent = issue("PAY-1", due="2026-12-04")
    (first,), (second,) = (
        results(parent, issue("PAY-2", due=due, parent="PAY-1"), settings=config())
        for due in ("2026-12-07", "2026-12-08")
    )
    assert first.material != second.material
    assert first.fingerprint == second.fingerprint


@pytest.mark.parametrize(
    ("one", "other"), [("0001-01-01", "9999-12-31"), ("9999-12-31", "0001-01-01")]
)
def test_first_and_last_dates_of_python_do_no_harm(one, other):
    release = version("2.0", release=one)
    things = (
        github_milestone("2.0", due=other),
        event("Launch", other),
        event("Go / no-go", other),
    )
    results(release, *things, issue(due=other, milestones=(release.key,)))


def test_holiday_between_is_not_counted():
    off = WorkingCalendar(days_off=frozenset({date(2026, 12, 14)}))
    settings = config(deliverables=(CHECKOUT,), calendar=off)
    release = version("2.0", release="2026-12-11")
    assert results(release, github_milestone("2.0", due="2026-12-15"), settings=settings) == []


@pytest.mark.parametrize(
    ("release", "due", "fires"),
    [("2028-02-28", "2028-03-01", True), ("2026-12-31", "2027-01-01", False)],
)
def test_leap_day_and_year_end(release, due, fires):
    assert bool(results(version("2.0", release=release), github_milestone("2.0", due=due))) is fires


def test_deliverable_of_a_zone_far_east():
    teams = (team("payments", "jira:PAY", "github:acme/ledger", timezone="Pacific/Kiritimati"),)
    settings = config(teams=teams, deliverables=(CHECKOUT,))
    launch = event("Launch", datetime(2026, 12, 10, 11, tzinfo=UTC))
    assert results(version("2.0", release="2026-12-11"), launch, settings=settings) == []


@pytest.mark.parametrize("stale", ["jira:PAY", "github:acme/ledger"])
def test_stale_source_leaves_it_unknown(stale):
    things = (version("2.0", release="2026-12-11"), github_milestone("2.0", due="2026-12-16"))
    held = snapshot(*things, stale={stale: "2026-11-22"})
    told = evaluate(held, config(deliverables=(CHECKOUT,)), [RULE])
    assert (told.findings, len(told.unknown)) == ((), 1)


def test_stale_source_that_states_no_date_does_no_harm():
    things = (version("2.0", release="2026-12-11"), github_milestone("2.0", due="2026-12-16"))
    held = snapshot(*things, stale={"jira:OTHER": None})
    assert len(evaluate(held, config(deliverables=(CHECKOUT,)), [RULE]).findings) == 1


def test_fresh_change_of_a_claim_set_long_ago_counts():
    planned = github_milestone("2.0")
    old = claim(planned.key, "2026-12-16", set_at="2026-10-01")
    planned = github_milestone("2.0", claims=(old,))
    moved = change(planned, "due", "2026-12-11", "2026-12-16", "2026-11-23 07:00")
    assert results(version("2.0", release="2026-12-11"), planned, moved) == []


def test_sprint_without_a_start_and_unknown_sprint_do_no_harm():
    vague = sprint("Sprint 42", end="2026-12-18", state="planned")
    gone = sprint("Sprint 43")
    items = (
        issue("PAY-1", due="2026-12-04", sprint=vague.key),
        issue("PAY-2", due="2026-12-04", sprint=gone.key),
    )
    assert results(vague, *items, settings=config()) == []


def test_restricted_child_makes_it_restricted():
    parent = issue("PAY-1", due="2026-12-04")
    child = issue("PAY-2", due="2026-12-07", parent="PAY-1", restricted=True)
    (found,) = results(parent, child, settings=config())
    assert found.restricted


def test_widest_gap_of_several_is_the_one_to_close():
    settings = config(
        deliverables=(
            declared(
                "checkout", "jira:fixVersion=2.0", "github:milestone=2.0", target=date(2026, 12, 1)
            ),
        )
    )
    for due, slip in (("2026-12-23", 16), ("2026-12-04", 8)):
        things = (version("2.0", release="2026-12-11"), github_milestone("2.0", due=due))
        (found,) = results(*things, settings=settings)
        assert found.slip == slip


@pytest.mark.parametrize(
    ("made", "fires"), [("2026-11-20 07:59", True), ("2026-11-20 08:01", False)]
)
def test_a_date_that_came_with_a_new_item_has_a_day_to_settle(made, fires):
    parent = issue("PAY-1", due="2026-12-01")
    child = issue("PAY-2", due="2026-12-08", parent="PAY-1", created_at=at(made))
    assert bool(results(parent, child)) is fires


def release_of(item, day):
    return (
        replace(release := version("2.0", release=day), updated_at=at("2026-11-20 16:00")),
        change(release, "release", "2026-12-11", day, "2026-11-20 16:00"),
        replace(item, milestones=(release.key,))
        if item
        else github_milestone("2.0", due="2026-12-22"),
    )


@pytest.mark.parametrize("item", [None, issue("PAY-1", due="2026-12-22")], ids=["tools", "item"])
@pytest.mark.parametrize(("day", "is_over"), [("2026-12-15", False), ("2026-12-22", True)])
@pytest.mark.parametrize("adopted", [False, True])
def test_a_date_that_changed_and_still_does_not_fit_is_no_all_clear(item, day, is_over, adopted):
    """Nobody hears that dates agree again, and the next day that they do not."""
    settings = config(deliverables=(CHECKOUT,))
    seen = {version("2.0").key: LONG_AGO}
    before = evaluate(
        snapshot(*release_of(item, "2026-12-11")[::2], as_of="2026-11-19 08:00"), settings
    )
    opened = advance((), before, before.as_of, next_number=1, first_pass=adopted)
    (alert,) = [one.alert for one in opened if one.alert.finding.rule == RULE.id]
    told = []
    for now in ("2026-11-23 08:00", "2026-11-24 08:00"):
        found = evaluate(snapshot(*release_of(item, day), as_of=now, first_seen=seen), settings)
        later = advance((alert,), found, found.as_of, next_number=2, first_pass=False)
        mine = [one for one in later if one.alert.fingerprint == alert.fingerprint]
        alert = mine[0].alert if mine else alert
        told.append([one.reason.value for one in mine if one.told])
    assert told == ([["cleared"], []] if is_over else [[], ["changed"]])
