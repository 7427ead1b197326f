from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Finding, Severity, Standing, Unknown
from syncd.model.items import Account, Level, Phase
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.overdue import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import (
    LONG_AGO,
    at,
    change,
    config,
    declared,
    event,
    github_milestone,
    issue,
    link,
    person,
    program,
    snapshot,
    sprint,
    team,
    version,
)
from syncd.testing.histories import finished, planned

MONDAY = "2026-11-23 08:00"


def results(*things, as_of=MONDAY, params=None, **more):
    settings = more.pop("settings", None) or config()
    view = View(snapshot(*things, as_of=as_of, **more), settings)
    return list(RULE.check(view, params or Params()))


def findings(*things, **more):
    found = results(*things, **more)
    assert all(isinstance(one, Finding) for one in found), found
    return found


def in_zone(zone, **calendar):
    teams = (team("payments", "jira:PAY", timezone=zone, calendar="own"),)
    return config(teams=teams, calendars={"own": WorkingCalendar(zone=zone, **calendar)})


def test_empty_snapshot_is_clear():
    assert results() == []


OTHER = issue("PAY-2")


@pytest.mark.parametrize(
    ("moved", "day"),
    [
        (change(OTHER, "phase", "todo", "active", "2026-10-01"), LONG_AGO),
        (change(OTHER, "phase", "todo", "active", "2026-10-01", actor=None), at("2026-11-20")),
        (change(OTHER, "comment", None, None, "2026-10-01"), at("2026-11-20")),
    ],
    ids=["a history of work", "only what syncd saw", "only comments"],
)
def test_an_update_is_activity_only_where_no_history_tells(moved, day):
    linked = issue("PAY-1", due="2026-11-18", updated_at=at("2026-11-20"))
    (found,) = findings(linked, OTHER, moved)
    assert found.facts[-1].seen_at == day


def test_open_item_with_a_passed_due_date_is_late():
    (found,) = findings(issue("PAY-1", due="2026-11-18", assignee="ada", title="Ledger API v2"))
    assert found.subject == str(issue("PAY-1").key)
    assert found.standing is Standing.LATE
    assert found.severity is Severity.LOW
    assert (found.planned, found.slip) == (date(2026, 11, 18), 3)
    assert found.summary == (
        "Ledger API v2 (PAY-1) was due Wed 18 Nov, 3 working days ago, and it is still Active."
    )
    assert found.plain == "Ledger API v2 was due Wed 18 Nov, 3 working days ago, and is not done."
    assert found.act.startswith("ada: agree on a new date")
    assert found.by == date(2026, 11, 24)
    assert found.owner == "jira:ada"
    assert found.teams == ("payments",)
    assert found.facts[0].url == "https://tracker.test/PAY-1"
    assert found.facts[0].source == "jira"
    assert found.clears


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.DROPPED])
def test_closed_item_is_clear(phase):
    assert results(issue(due="2026-11-18", phase=phase)) == []


def test_item_without_a_date_is_clear():
    assert results(issue()) == []


def test_date_moved_into_the_future_clears():
    assert results(issue(due="2026-11-24")) == []


def test_inherited_date_is_told_once_of_the_version():
    release = version("2.0", release="2026-11-20")
    one, two = (issue(ref, milestones=(release.key,)) for ref in ("PAY-1", "PAY-2"))
    (found,) = findings(release, one, two)
    assert found.subject == f"deliverable:{release.key}"
    assert found.severity is Severity.HIGH
    assert "2 of 2 items are open" in found.summary
    assert any("PAY-1 and PAY-2" in fact.text for fact in found.facts)


def test_deliverable_names_five_open_items_and_counts_the_rest():
    release = version("2.0", release="2026-11-20")
    items = [issue(f"PAY-{n}", milestones=(release.key,)) for n in range(1, 8)]
    done = issue("PAY-9", milestones=(release.key,), phase=Phase.DONE)
    (found,) = findings(release, done, *items)
    assert "7 of 8 items are open" in found.summary
    assert any(fact.text.endswith("PAY-5 and 2 more") for fact in found.facts)


def test_deliverable_whose_items_are_all_closed_is_clear():
    release = version("2.0", release="2026-11-20")
    assert results(release, issue(milestones=(release.key,), phase=Phase.DONE)) == []


@pytest.mark.parametrize("state", ["released", "archived"])
def test_released_or_archived_version_is_left_to_status_mismatch(state):
    release = version("2.0", release="2026-11-20", state=state)
    assert results(release, issue(milestones=(release.key,))) == []


def test_closed_sprint_is_left_to_status_mismatch():
    ended = sprint("Sprint 41", start="2026-11-09", end="2026-11-20", state="closed")
    assert results(ended, issue(sprint=ended.key)) == []


def test_running_sprint_past_its_end_is_of_tier_c():
    ended = sprint("Sprint 41", start="2026-11-09", end="2026-11-20")
    (found,) = findings(ended, issue(sprint=ended.key))
    assert (found.tier, found.severity) == ("C", Severity.MEDIUM)


def test_epic_that_is_a_deliverable_is_told_of_once():
    epic = issue("PAY-1", due="2026-11-18", level=Level.EPIC, type="Epic")
    child = issue("PAY-2", parent="PAY-1")
    (found,) = findings(epic, child)
    assert found.subject == f"deliverable:{epic.key}"


def test_epic_without_children_is_told_of_once():
    (found,) = findings(issue("PAY-1", due="2026-11-18", level=Level.EPIC, type="Epic"))
    assert found.slip == 3


@pytest.mark.parametrize(("due", "told"), [("2026-11-18", ["PAY-1"]), ("2026-12-18", [])])
def test_epic_that_is_but_a_part_is_late_by_its_own_day(due, told):
    release, epic = version("2.0", release="2026-12-18"), issue("PAY-1", due=due, level=Level.EPIC)
    child = issue("PAY-2", parent="PAY-1", milestones=(release.key,))
    both = declared("checkout", "jira:fixVersion=2.0", "jira:PAY-1")
    found = findings(release, epic, child, settings=config(deliverables=(both,)))
    assert [one.ref for one in found] == told


@pytest.mark.parametrize(
    ("due", "days", "severity"),
    [
        ("2026-11-17", 4, Severity.LOW),
        ("2026-11-16", 5, Severity.MEDIUM),
        ("2026-11-13", 6, Severity.MEDIUM),
    ],
)
def test_five_working_days_raise_the_severity(due, days, severity):
    (found,) = findings(issue(due=due))
    assert (found.slip, found.severity) == (days, severity)


@pytest.mark.parametrize(
    ("release", "due", "severity"),
    [
        ("2026-12-04", "2026-11-20", Severity.MEDIUM),
        ("2026-12-07", "2026-11-20", Severity.MEDIUM),
        ("2026-12-08", "2026-11-20", Severity.LOW),
        ("2026-12-08", "2026-11-16", Severity.MEDIUM),
        ("2026-12-07", "2026-11-16", Severity.HIGH),
    ],
)
def test_item_of_a_committed_deliverable_matters_more_within_ten_working_days(
    release, due, severity
):
    planned = version("2.0", release=release)
    (found,) = findings(planned, issue(due=due, milestones=(planned.key,)))
    assert found.severity is severity


def test_tier_a_is_critical():
    release = version("2.0", release="2026-11-20")
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0", tier="A"),))
    (found,) = findings(release, issue(milestones=(release.key,)), settings=settings)
    assert (found.subject, found.severity) == ("deliverable:checkout", Severity.CRITICAL)


def test_who_waits_is_pushed():
    late, waits = issue("PAY-1", due="2026-11-18"), issue("LED-2", due="2026-12-01")
    settings = replace(config(), programs=(program("checkout", teams=("ledger",)),))
    (found,) = findings(late, waits, link(waits, late), settings=settings)
    assert [push.ref for push in found.pushes] == ["LED-2"]
    assert found.pushes[0].planned == date(2026, 12, 1)
    assert found.teams == ("payments", "ledger")
    assert found.programs == ("checkout",)
    assert "LED-2 waits for it" in found.summary


def test_weekend_after_friday_counts_no_working_day():
    (found,) = findings(issue(due="2026-11-20"), as_of="2026-11-21 12:00")
    assert found.slip == 0
    assert "which has passed" in found.summary


@pytest.mark.parametrize(
    ("zone", "last", "first"),
    [
        ("UTC", datetime(2026, 11, 20, 23, 59, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)),
        (
            "Pacific/Kiritimati",
            datetime(2026, 11, 20, 9, 59, tzinfo=UTC),
            datetime(2026, 11, 20, 10, tzinfo=UTC),
        ),
        (
            "Pacific/Pago_Pago",
            datetime(2026, 11, 21, 10, 59, tzinfo=UTC),
            datetime(2026, 11, 21, 11, tzinfo=UTC),
        ),
        (
            "America/New_York",
            datetime(2026, 11, 21, 4, 59, tzinfo=UTC),
            datetime(2026, 11, 21, 5, tzinfo=UTC),
        ),
    ],
)
def test_day_ends_at_midnight_of_the_owners_zone(zone, last, first):
    settings = in_zone(zone)
    assert results(issue(due="2026-11-20"), as_of=last, settings=settings) == []
    assert len(findings(issue(due="2026-11-20"), as_of=first, settings=settings)) == 1


@pytest.mark.parametrize(
    ("zone", "as_of", "said"),
    [
        # In Singapore it is Wednesday since an hour, here it is Tuesday for six hours more.
        ("Asia/Singapore", "2026-11-24 17:00", "was due Tue 24 Nov, which has passed"),
        ("Asia/Singapore", "2026-11-25 08:00", "was due Tue 24 Nov, 1 working day ago"),
        # In Los Angeles Wednesday has begun, here it ends.
        ("America/Los_Angeles", "2026-11-25 22:00", "was due Tue 24 Nov, 1 working day ago"),
        ("America/Los_Angeles", "2026-11-26 07:30", "was due Tue 24 Nov, 2 working days ago"),
    ],
)
def test_a_day_ends_where_its_team_is_and_days_are_counted_to_the_one_that_all_read(
    zone, as_of, said
):
    settings = replace(in_zone(zone), calendar=WorkingCalendar(zone="Europe/Berlin"))
    (found,) = findings(issue(due="2026-11-24"), as_of=as_of, settings=settings)
    assert said in found.summary


@pytest.mark.parametrize(
    ("due", "last", "first"),
    [
        # Clocks go back in Berlin: the day has 25 hours.
        ("2026-10-25", "2026-10-25 22:59", "2026-10-25 23:00"),
        # Clocks go forward: 23 hours.
        ("2026-03-29", "2026-03-29 21:59", "2026-03-29 22:00"),
    ],
)
def test_day_of_a_clock_change_ends_at_its_midnight(due, last, first):
    settings = in_zone("Europe/Berlin")
    item = issue(due=due, created_at=datetime(2026, 1, 5, tzinfo=UTC))
    assert results(item, as_of=last, settings=settings) == []
    assert len(findings(item, as_of=first, settings=settings)) == 1


def test_midnight_that_a_clock_change_skips():
    # Beirut skips 00:00 to 01:00 on 29 March 2026.
    settings = in_zone("Asia/Beirut")
    item = issue(due="2026-03-28", created_at=datetime(2026, 1, 5, tzinfo=UTC))
    assert results(item, as_of="2026-03-28 21:59", settings=settings) == []
    assert len(findings(item, as_of="2026-03-28 22:00", settings=settings)) == 1


def test_holiday_next_to_a_weekend_is_no_working_day():
    settings = in_zone("UTC", days_off=frozenset({date(2026, 11, 20)}))
    (found,) = findings(issue(due="2026-11-19"), settings=settings)
    assert found.slip == 1


@pytest.mark.parametrize(
    ("due", "as_of", "days"),
    [("2028-02-28", "2028-03-01 12:00", 2), ("2026-12-31", "2027-01-04 12:00", 2)],
)
def test_leap_day_and_year_end(due, as_of, days):
    (found,) = findings(issue(due=due), as_of=as_of)
    assert found.slip == days


@pytest.mark.parametrize("due", ["0001-01-01", "9999-12-31"])
def test_first_and_last_dates_of_python_do_no_harm(due):
    release = version("2.0", release=due)
    results(release, issue("PAY-1", due=due), issue("PAY-2", milestones=(release.key,)))


def zombie(ref="PAY-1", due="2026-08-28", touched="2026-09-28", **more):
    return issue(
        ref,
        due=due,
        last_human_activity_at=datetime.fromisoformat(f"{touched}T09:00+00:00"),
        **more,
    )


def opening(*things, **more):
    """What opens an alert, not what only keeps one firing."""
    return [one for one in findings(*things, **more) if not one.holds]


def test_forgotten_dates_are_one_line_for_each_team():
    settings = config()
    found = opening(
        zombie("PAY-1"), zombie("PAY-2"), zombie("LED-3"), zombie("X-4"), settings=settings
    )
    assert {(one.subject, one.discriminator, one.severity) for one in found} == {
        ("team:payments", "zombie", Severity.LOW),
        ("team:ledger", "zombie", Severity.LOW),
        ("team:-", "zombie", Severity.LOW),
    }
    payments = next(one for one in found if one.subject == "team:payments")
    assert "2 dates" in payments.summary
    assert payments.material == "2026-11"
    assert payments.owner == "team:payments"
    assert [fact.url for fact in payments.facts] == [
        "https://tracker.test/PAY-1",
        "https://tracker.test/PAY-2",
    ]


@pytest.mark.parametrize(("due", "forgotten"), [("2026-08-28", True), ("2026-08-31", False)])
def test_sixty_working_days_late_is_not_yet_forgotten(due, forgotten):
    (found,) = opening(zombie(due=due))
    assert (found.subject == "team:payments") is forgotten


@pytest.mark.parametrize(
    ("touched", "forgotten"), [("2026-09-28", True), ("2026-09-29", False), ("2026-11-20", False)]
)
def test_touched_within_forty_working_days_is_not_forgotten(touched, forgotten):
    (found,) = opening(zombie(touched=touched))
    assert (found.subject == "team:payments") is forgotten


def test_forgotten_deliverable_joins_its_teams_line():
    long_ago = datetime(2026, 8, 3, tzinfo=UTC)
    release = version("2.0", release="2026-08-03", updated_at=long_ago)
    item = zombie(due=None, milestones=(release.key,))
    (found,) = opening(release, item)
    assert found.subject == "team:payments"


def test_an_alert_of_what_is_forgotten_by_now_is_not_over_and_grows_no_more():
    (held,) = (one for one in findings(zombie("PAY-1")) if one.holds)
    assert (held.ref, held.drift) == ("PAY-1", None)


def test_invisible_item_says_nothing():
    item = issue(due="2026-11-18")
    assert results(item, invisible=[item.key]) == []


def test_declared_deliverable_without_items_cannot_be_told():
    settings = config(deliverables=(declared("checkout", target=date(2026, 11, 20)),))
    (found,) = results(settings=settings)
    assert isinstance(found, Unknown)
    assert found.subject == "deliverable:checkout"


def test_github_milestone_is_late_too():
    planned = github_milestone("2.0", due="2026-11-20")
    item = issue("acme/ledger#7", source="github", milestones=(planned.key,))
    (found,) = findings(planned, item)
    assert (found.severity, found.teams) == (Severity.HIGH, ("ledger",))


def test_same_snapshot_same_answer():
    things = [
        zombie("PAY-1"),
        issue("PAY-2", due="2026-11-18"),
        change(issue("PAY-2"), "state", "a", "b", "2026-11-02"),
    ]
    assert findings(*things) == findings(*reversed(things))


def test_stale_source_leaves_it_unknown():
    held = snapshot(issue(due="2026-11-18"), as_of=MONDAY, stale={"jira:PAY": "2026-11-22"})
    told = evaluate(held, config(), [RULE])
    assert (told.findings, len(told.unknown)) == ((), 1)


def test_item_of_two_deliverables_counts_for_the_higher_tier():
    early, late = version("2.0", release="2026-12-01"), version("2.1", release="2026-12-31")
    settings = config(
        deliverables=(
            declared("small", "jira:fixVersion=2.0", tier="B"),
            declared("big", "jira:fixVersion=2.1", tier="A"),
        )
    )
    item = issue(due="2026-11-20", milestones=(early.key, late.key))
    (found,) = findings(early, late, item, settings=settings)
    assert (found.deliverable, found.tier) == ("big", "A")


def test_baseline_is_told_where_it_differs():
    release = version("2.0", release="2026-11-20")
    item = issue(milestones=(release.key,))
    (found,) = findings(release, item)
    assert not any("Baseline" in fact.text for fact in found.facts)
    moved = change(release, "release", "2026-11-13", "2026-11-20", "2026-11-02")
    (found,) = findings(release, item, moved)
    assert any(fact.text == "Baseline: Fri 13 Nov" for fact in found.facts)


def test_without_an_owner_one_is_to_be_named():
    (found,) = findings(issue("X-1", due="2026-11-18"))
    assert found.owner is None
    assert found.act.startswith("Name an owner of X-1, who is to agree on a new date")


def test_deliverable_is_met_until_its_day_is_over():
    release = version("2.0", release="2026-11-20")
    item = issue(milestones=(release.key,))
    assert results(release, item, as_of="2026-11-20 23:59") == []
    assert len(findings(release, item, as_of="2026-11-21 00:00")) == 1


@pytest.mark.parametrize("accounts", [(), (("jira", "d-li"),)])
def test_day_of_a_deliverable_ends_in_the_zone_of_its_owners_team(accounts):
    teams = (team("payments", "jira:PAY"), team("mobile", timezone="Pacific/Kiritimati"))
    people = (
        person("lee", team="payments"),
        person("dana", name="Dana Li", team="mobile", accounts=accounts),
    )
    mine = declared("checkout", "jira:fixVersion=2.0", owner="dana")
    settings = config(teams=teams, people=people, deliverables=(mine,))
    release = version("2.0", release="2026-11-20")
    things = (release, issue(milestones=(release.key,)))
    if accounts:
        things += (Account(source="jira", id="d-li", name="Dana Li"),)
    assert results(*things, as_of="2026-11-20 09:59", settings=settings) == []
    (found,) = findings(*things, as_of="2026-11-20 10:00", settings=settings)
    assert found.act.startswith("Dana Li: agree on")


def test_team_is_asked_by_its_name():
    (found,) = findings(issue("PAY-1", due="2026-11-18"))
    assert found.act.startswith("Payments: agree on")
    assert "with whoever waits for it" in found.act


def test_nobody_waits_for_what_is_done_within_a_late_whole():
    release = version("2.0", release="2026-11-18")
    done = issue("PAY-1", phase=Phase.DONE, milestones=(release.key,))
    rest = issue("PAY-2", milestones=(release.key,))
    waits = issue("LED-2", due="2026-12-01")
    (found,) = findings(release, done, rest, waits, link(waits, done))
    assert (found.pushes, "LED" in found.summary) == ((), False)
    (found,) = findings(release, done, rest, waits, link(waits, rest))
    assert [push.ref for push in found.pushes] == ["LED-2"]


def test_who_waits_is_asked_for_a_date():
    late, waits = issue("PAY-1", due="2026-11-18"), issue("LED-2")
    (found,) = findings(late, waits, link(waits, late))
    assert "on a new date with LED-2, or close PAY-1" in found.act


def test_deliverable_with_one_item_alive_is_not_forgotten():
    release = version("2.0", release="2026-08-03", updated_at=datetime(2026, 8, 3, tzinfo=UTC))
    items = [
        zombie(due=None, milestones=(release.key,)),
        zombie("PAY-2", None, "2026-11-18", milestones=(release.key,)),
    ]
    (found,) = findings(release, *items)
    assert found.subject == f"deliverable:{release.key}"


def test_the_new_date_is_proposed_from_the_forecast():
    release = version("2.0", release="2026-11-20")
    work = planned(10, milestones=(release.key,))
    history = finished(days=60, milestones=(release.key,), created_at=LONG_AGO)
    (found,) = findings(release, *work, *history)
    assert found.expected > date(2026, 12, 1)
    assert found.slip == WorkingCalendar().between(found.planned, found.expected) > found.passed
    assert "agree on a new date (85 % sure: " in found.act


def test_the_new_date_is_one_on_which_it_can_be_delivered():
    release = version("2.0", release="2026-11-20")
    freeze = event("Year-end freeze", "2026-11-25", last="2027-01-06")
    work = planned(10, milestones=(release.key,))
    history = finished(days=60, milestones=(release.key,), created_at=LONG_AGO)
    (found,) = findings(release, freeze, *work, *history)
    assert (
        "agree on a new date, Thu 7 Jan 2027 (85 % sure by Fri 18 Dec, which lies in the freeze "
        '"Year-end freeze"), with whoever waits for it' in found.act
    )
