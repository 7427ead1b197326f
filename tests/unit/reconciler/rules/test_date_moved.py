from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from syncd.model.acts import Agreed
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity, Standing
from syncd.model.items import Level, Phase
from syncd.model.links import Evidence
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.date_moved import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import (
    LONG_AGO,
    at,
    change,
    claim,
    config,
    declared,
    issue,
    key,
    link,
    snapshot,
    sprint,
    team,
    version,
)
from syncd.testing.histories import finished, planned

MONDAY = "2026-11-23 08:00"


def results(*things, as_of=MONDAY, params=None, settings=None, **more):
    view = View(snapshot(*things, as_of=as_of, **more), settings or config())
    return list(RULE.check(view, params or Params()))


def moved(item, old, new, when="2026-11-19", field="due", **more):
    return change(item, field, old, new, when, **more)


def slip(old="2026-11-24", new="2026-12-02", when="2026-11-19", **fields):
    item = issue("LED-88", due=new, **fields)
    return item, moved(item, old, new, when)


def test_empty_snapshot_is_clear():
    assert results() == []


def test_date_that_never_moved_is_clear():
    assert results(issue(due="2026-12-02")) == []


def test_moved_due_date_is_told():
    (found,) = results(*slip(title="Ledger API v2", assignee="rosei"))
    assert found.summary == (
        "Ledger API v2 (LED-88) moved from Tue 24 Nov to Wed 2 Dec, 6 working days later."
    )
    assert found.plain == "Ledger API v2 moved from Tue 24 Nov to Wed 2 Dec, 6 working days later."
    assert (found.planned, found.expected, found.slip) == (date(2026, 11, 24), date(2026, 12, 2), 6)
    assert (found.severity, found.standing) == (Severity.MEDIUM, Standing.AT_RISK)
    assert found.material == "2026-12-02"
    assert (found.owner, found.teams) == ("jira:rosei", ("ledger",))
    assert found.act.startswith("rosei: agree on Wed 2 Dec as the baseline and say why")
    fact = found.facts[0]
    assert fact.text == "The due date of LED-88 changed from Tue 24 Nov to Wed 2 Dec by ada"
    assert fact.seen_at == datetime(2026, 11, 19, 9, tzinfo=UTC)
    assert fact.url == "https://tracker.test/LED-88"
    assert "Thu 3 Dec" in found.clears
    assert found.course == (
        (date(2026, 11, 18), date(2026, 11, 24)),
        (date(2026, 11, 19), date(2026, 12, 2)),
        (date(2026, 11, 23), date(2026, 12, 2)),
    )


def test_second_look_gives_the_same_finding():
    things = slip()
    assert results(*things) == results(*reversed(things))
    assert results(*things)[0].material == results(*things, as_of="2026-11-25 08:00")[0].material


def test_further_move_changes_what_is_material():
    item = issue("LED-88", due="2026-12-09")
    (found,) = results(
        item,
        moved(item, "2026-11-24", "2026-12-02", "2026-11-16"),
        moved(item, "2026-12-02", "2026-12-09", "2026-11-20"),
    )
    assert (found.planned, found.material, found.slip) == (date(2026, 11, 24), "2026-12-09", 11)


def test_earlier_date_is_information_only():
    (found,) = results(*slip(old="2026-12-02", new="2026-11-26"))
    assert (found.severity, found.standing, found.slip) == (Severity.INFO, Standing.ON_PLAN, -4)
    assert "4 working days earlier" in found.summary


@pytest.mark.parametrize(
    ("new", "told"), [("2026-11-25", False), ("2026-11-26", True), ("2026-11-27", True)]
)
def test_smallest_move_of_tier_b_is_two_working_days(new, told):
    assert bool(results(*slip(new=new))) is told


@pytest.mark.parametrize(("tier", "new", "told"), [
    ("A", "2026-11-24", False), ("A", "2026-11-25", True),
    ("C", "2026-11-30", False), ("C", "2026-12-01", True), ("C", "2026-12-02", True),
])  # fmt: skip
def test_smallest_move_depends_on_the_tier(tier, new, told):
    release = version("2.0", release=new)
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0", tier=tier),))
    change_ = moved(release, "2026-11-24", new, field="release")
    assert bool(results(release, change_, settings=settings)) is told


def test_move_over_a_weekend_of_no_working_day_is_silent():
    assert results(*slip(old="2026-11-27", new="2026-11-29")) == []


@pytest.mark.parametrize(
    ("as_of", "told"),
    [("2026-12-02 08:00", True), ("2026-12-03 08:00", True), ("2026-12-04 08:00", False)],
)
def test_move_stays_news_for_ten_working_days(as_of, told):
    item, change_ = slip(new="2026-12-20")
    assert bool(results(item, change_, as_of=as_of)) is told


def test_move_back_clears():
    item = issue("LED-88", due="2026-11-24")
    first = moved(item, "2026-11-24", "2026-12-02", "2026-11-16")
    assert results(item, first, moved(item, "2026-12-02", "2026-11-24", "2026-11-20")) == []


@pytest.mark.parametrize("undone", ["2026-11-19 15:00", "2026-11-20 15:00"])
def test_edit_undone_within_a_working_day_is_silent(undone):
    item = issue("LED-88", due="2026-11-24")
    wrong = moved(item, "2026-11-24", "2099-01-01", "2026-11-19")
    assert results(item, wrong, moved(item, "2099-01-01", "2026-11-24", undone)) == []


def test_undone_edit_is_no_reference_for_a_later_move():
    item = issue("LED-88", due="2026-11-25")
    assert (
        results(
            item,
            moved(item, "2026-11-24", "2099-01-01", "2026-11-12 18:00"),
            moved(item, "2099-01-01", "2026-11-24", "2026-11-13 09:00"),
            moved(item, "2026-11-24", "2026-11-25", "2026-11-19"),
        )
        == []
    )


def test_many_small_moves_of_a_week_add_up():
    item = issue("LED-88", due="2026-11-26")
    (found,) = results(
        item,
        moved(item, "2026-11-24", "2026-11-25", "2026-11-17"),
        moved(item, "2026-11-25", "2026-11-26", "2026-11-20"),
    )
    assert (found.planned, found.slip) == (date(2026, 11, 24), 2)


def test_first_date_ever_set_is_silent():
    assert results(*slip(old=None)) == []


def test_date_still_being_found_is_silent():
    item = issue("LED-88", due="2026-12-02")
    first = moved(item, None, "2026-11-24", "2026-11-17")
    assert results(item, first, moved(item, "2026-11-24", "2026-12-02", "2026-11-19")) == []


@pytest.mark.parametrize(("made", "told"), [("2026-11-12", True), ("2026-11-13", False)])
def test_date_that_came_with_a_new_item_is_still_being_found(made, told):
    assert bool(results(*slip(created_at=at(made)))) is told


@pytest.mark.parametrize(("first_seen", "told"), [("2026-11-12", True), ("2026-11-13", False)])
def test_date_that_came_with_a_new_version_is_still_being_found(first_seen, told):
    """Nothing but our first reading tells when a version was made."""
    one = version("2.0", release="2026-12-02")
    step = moved(one, "2026-11-24", "2026-12-02", field="release")
    assert bool(results(one, step, first_seen={one.key: at(first_seen)})) is told


@pytest.mark.parametrize(("named", "told"), [("2026-11-12", True), ("2026-11-13", False)])
def test_version_that_was_named_by_an_issue_was_there(named, told):
    one = version("2.0", release="2026-12-02")
    step = moved(one, "2026-11-24", "2026-12-02", field="release")
    part = issue("PAY-1", milestones=(one.key,))
    put = change(part, "milestones", None, str(one.key), named)
    assert bool(results(one, step, part, put, first_seen={one.key: at("2026-11-18")})) is told


def two_dates(due, end, *steps):
    """An issue that is due on one day and has another as the end of a plan."""
    own = key("LED-88")
    item = issue("LED-88", due=due, claims=(claim(own, end, field="target_end"),) if end else ())
    return item, *(moved(item, old, new, field=field) for field, old, new in steps)


def test_of_two_dates_the_move_of_the_one_that_counts_is_told():
    late = two_dates("2026-12-21", "2026-12-10", ("due", "2026-12-01", "2026-12-21"))
    (found,) = results(*late)
    assert (found.planned, found.expected) == (date(2026, 12, 1), date(2026, 12, 10))
    early = two_dates("2026-12-10", "2026-12-01", ("target_end", "2026-12-21", "2026-12-01"))
    (found,) = results(*early)
    assert (found.planned, found.expected) == (date(2026, 12, 10), date(2026, 12, 1))
    gone = two_dates("2026-12-21", None, ("target_end", "2026-12-01", None))
    (found,) = results(*gone)
    assert (found.planned, found.expected) == (date(2026, 12, 1), date(2026, 12, 21))
    both = (("due", "2026-12-01", "2026-12-21"), ("target_end", "2026-12-01", "2026-12-21"))
    (found,) = results(*two_dates("2026-12-21", "2026-12-21", *both))
    assert (found.planned, found.expected) == (date(2026, 12, 1), date(2026, 12, 21))


def test_of_two_dates_a_move_of_the_later_one_is_none():
    kept = two_dates("2026-12-01", "2026-12-21", ("target_end", "2026-12-10", "2026-12-21"))
    assert results(*kept) == []


def test_date_taken_away_and_set_again_is_a_move():
    item = issue("LED-88", due="2026-12-02")
    away = moved(item, "2026-11-24", None, "2026-11-16")
    (found,) = results(item, away, moved(item, None, "2026-12-02", "2026-11-19"))
    assert found.planned == date(2026, 11, 24)


def test_date_taken_away_is_silent():
    item = issue("LED-88")
    assert results(item, moved(item, "2026-11-24", None)) == []


@pytest.mark.parametrize("count", [19, 20])
def test_bulk_edit_is_silent(count):
    items = [issue(f"LED-{n}", due="2026-12-02") for n in range(count)]
    start = datetime(2026, 11, 19, 9, tzinfo=UTC)
    changes = [
        moved(item, "2026-11-24", "2026-12-02", start + timedelta(seconds=n))
        for n, item in enumerate(items)
    ]
    assert len(results(*items, *changes)) == (0 if count == 20 else count)


@pytest.mark.parametrize("phase", [Phase.DONE, Phase.DROPPED])
def test_closed_item_is_clear(phase):
    assert results(*slip(phase=phase)) == []


def test_members_that_inherit_the_move_are_silent():
    release = version("2.0", release="2026-12-09")
    members = [issue(f"PAY-{n}", milestones=(release.key,)) for n in range(3)]
    change_ = moved(release, "2026-12-02", "2026-12-09", field="release")
    (found,) = results(release, change_, *members)
    assert found.subject == f"deliverable:{release.key}"
    assert "the release date of PAY 2.0" in found.facts[0].text.lower().replace("pay", "PAY")


@pytest.mark.parametrize(("release", "told"), [("2026-12-18", ["PAY-1"]), ("2026-12-02", [])])
def test_epic_that_is_but_a_part_moves_by_itself(release, told):
    whole, epic = (
        version("2.0", release=release),
        issue("PAY-1", due="2026-12-02", level=Level.EPIC),
    )
    both = declared("checkout", "jira:fixVersion=2.0", "jira:PAY-1")
    settings = config(deliverables=(both,))
    found = results(whole, epic, moved(epic, "2026-11-24", "2026-12-02"), settings=settings)
    assert [one.ref for one in found] == told


def test_released_version_is_clear():
    release = version("2.0", release="2026-12-09", state="released")
    assert results(release, moved(release, "2026-12-02", "2026-12-09", field="release")) == []


def test_who_has_no_slack_left_is_pushed():
    item, change_ = slip()
    tight, loose, late = (
        issue("PAY-1", due="2026-11-26"),
        issue("MOB-2", due="2026-12-02"),
        issue("MOB-3", due="2026-11-23"),
    )
    (found,) = results(
        item, change_, tight, loose, late, *(link(one, item) for one in (tight, loose, late))
    )
    (push,) = found.pushes
    assert (push.ref, push.slip, push.expected) == ("PAY-1", 4, date(2026, 12, 2))
    assert found.teams == ("ledger", "payments")
    assert "it pushes PAY-1 by 4 working days" in found.summary
    assert "PAY-1" not in found.plain
    assert "Payments" in found.plain
    assert "tell the owners of PAY-1" in found.act
    assert "today" not in found.act


@pytest.mark.parametrize(("new", "severity"), [
    ("2026-12-08", Severity.MEDIUM), ("2026-12-09", Severity.HIGH),
])  # fmt: skip
def test_more_than_ten_working_days_beyond_the_baseline_is_serious(new, severity):
    release = version("2.0", release=new)
    (found,) = results(release, moved(release, "2026-11-24", new, field="release"))
    assert found.severity is severity


def test_without_a_baseline_it_is_no_more_than_medium():
    item, change_ = slip(new="2027-03-01")
    (found,) = results(item, change_)
    assert found.severity is Severity.MEDIUM
    assert "the first date seen" in found.facts[1].text


def test_later_date_declared_as_baseline_is_silent():
    release = version("2.0", release="2026-12-09")
    change_ = moved(release, "2026-12-02", "2026-12-09", field="release")
    agreed = declared("checkout", "jira:fixVersion=2.0", baseline=date(2026, 12, 9))
    assert results(release, change_, settings=config(deliverables=(agreed,))) == []
    other = declared("checkout", "jira:fixVersion=2.0", baseline=date(2026, 12, 2))
    assert len(results(release, change_, settings=config(deliverables=(other,)))) == 1


@pytest.mark.parametrize("as_of", ["2026-11-24 08:00", "2026-11-26 08:00", "2026-12-03 08:00"])
def test_nobody_agreed_on_a_date_that_only_stood_for_five_days(as_of):
    """The day before it had not stood long enough to be one: now the new one is the baseline."""
    release = version("2.0", release="2026-12-09")
    of_it = issue("PAY-1", milestones=(release.key,))
    change_ = moved(release, "2026-12-02", "2026-12-09", "2026-11-19", field="release")
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0", tier="A"),))
    first_seen = {release.key: at("2026-11-17 08:00")}
    (found,) = results(
        release, of_it, change_, settings=settings, first_seen=first_seen, as_of=as_of
    )
    assert found.severity is Severity.MEDIUM


@pytest.mark.parametrize(("set_on", "told"), [("2026-11-18 08:00", 1), ("2026-11-20 08:00", 0)])
def test_what_moved_before_people_set_the_baseline_is_silent(set_on, told):
    release = version("2.0", release="2026-12-09")
    change_ = moved(release, "2026-12-02", "2026-12-09", "2026-11-19 10:00", field="release")
    agreed = Agreed(day=date(2026, 12, 4), at=at(set_on), by="dana", reason="vendor")
    found = results(release, change_, settings=config(agreed={str(release.key): agreed}))
    assert len(found) == told
    for one in found:
        assert one.severity is Severity.MEDIUM
        assert one.facts[1].text == (
            "Against the baseline (Fri 4 Dec, set by dana: vendor): 3 working days later"
        )


def test_end_of_a_sprint_is_of_tier_c():
    running = sprint("Sprint 41", start="2026-11-16", end="2026-12-08")
    (found,) = results(running, moved(running, "2026-11-27", "2026-12-08", field="end"))
    assert (found.tier, found.severity) == ("C", Severity.LOW)


def nightly(*days):
    """Moved to each of these days of December, one a night from 12 November on."""
    item, steps = issue("LED-88", due=f"2026-12-{days[-1]:02}"), ["2026-12-01"]
    steps += [f"2026-12-{day:02}" for day in days]
    nights = WorkingCalendar()
    return item, *(
        moved(item, old, new, f"{nights.shift(date(2026, 11, 11), number)} 01:00")
        for number, (old, new) in enumerate(pairwise(steps), 1)
    )


@pytest.mark.parametrize(
    ("days", "news"),
    [
        ((2, 3, 4), 4),
        ((2, 3, 4, 7, 8), 4),
        ((2, 3, 4, 9), 9),
        ((2, 3, 4, 9, 10), 9),
        ((2, 3, 4, 7, 3), 3),
    ],
    ids=["three times", "and on", "a large one", "on after that", "back"],
)
def test_of_a_date_that_creeps_each_small_step_is_no_news(days, news):
    (found,) = results(*nightly(*days))
    assert found.material == f"2026-12-{news:02}"
    assert found.expected == date(2026, 12, days[-1])


def test_no_step_of_a_date_that_creeps_for_long_becomes_news_as_time_goes_by():
    nights, item = WorkingCalendar(), issue("LED-88", due="2026-12-01")
    days = [nights.shift(date(2026, 12, 1), number) for number in range(101)]
    made = [nights.shift(date(2026, 7, 1), number) for number in range(101)]
    steps = [
        moved(item, f"{old}", f"{new}", f"{night} 01:00")
        for (old, new), night in zip(pairwise(days), made, strict=False)
    ]
    news = set()
    for count in range(10, 101, 10):
        now = replace(item, claims=(claim(item.key, f"{days[count]}"),))
        (found,) = results(now, *steps[:count], as_of=f"{made[count]} 08:00")
        news.add(found.material)
    assert news == {"2026-12-04"}


@pytest.mark.parametrize("count", [1, 4], ids=["once", "creeping"])
def test_a_date_that_is_then_read_in_another_way_is_no_news(count):
    item, *steps = nightly(2, 3, 4, 7, 8)[: count + 1]
    told = results(replace(item, claims=(claim(item.key, steps[-1].new),)), *steps,
                   params=Params(min_move_b=1))  # fmt: skip
    anew = moved(item, steps[-1].new, "2026-12-08", "2026-11-20", is_bot=True,
                 native_id="observed:due:2026-11-20T00:00:00Z")  # fmt: skip
    (found,) = results(item, *steps, anew, params=Params(min_move_b=1))
    assert found.expected == date(2026, 12, 8)
    assert [one.material for one in told] == [found.material]


def test_what_a_creeping_date_newly_overtakes_is_news():
    item, *steps = nightly(2, 3, 4, 7)
    waits = issue("PAY-142", due="2026-12-04")
    (found,) = results(item, *steps, waits, link(waits, item))
    assert found.material.splitlines() == ["2026-12-04", str(waits.key)]


def test_earlier_moves_are_counted():
    item = issue("LED-88", due="2026-12-02")
    (found,) = results(
        item,
        moved(item, "2026-10-01", "2026-10-20", "2026-09-25"),
        moved(item, "2026-10-20", "2026-11-24", "2026-10-19"),
        moved(item, "2026-11-24", "2026-12-02", "2026-11-19"),
    )
    assert any(fact.text == "It had moved 2 times before" for fact in found.facts)


def test_invisible_item_says_nothing():
    item, change_ = slip()
    assert results(item, change_, invisible=[item.key]) == []


@pytest.mark.parametrize(
    ("old", "new"), [("0001-01-01", "9999-12-31"), ("9999-12-31", "0001-01-01")]
)
def test_first_and_last_dates_of_python_do_no_harm(old, new):
    assert len(results(*slip(old=old, new=new))) == 1


def test_unreadable_values_in_the_history_are_left_out():
    item = issue("LED-88", due="2026-12-02")
    assert results(item, moved(item, "soon", "later", "2026-11-18")) == []


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Berlin"])
def test_days_are_those_of_the_owners_zone(zone):
    teams = (team("ledger", "jira:LED", timezone=zone, calendar="own"),)
    settings = config(teams=teams, calendars={"own": WorkingCalendar(zone=zone)})
    item, change_ = slip(when="2026-11-19 23:30")
    (found,) = results(item, change_, settings=settings)
    assert found.slip == 6


def test_leap_day_counts():
    item, change_ = slip(old="2028-02-28", new="2028-03-01", when="2028-02-24")
    (found,) = results(item, change_, as_of="2028-02-25 12:00")
    assert found.slip == 2


def test_year_end_names_the_year():
    (found,) = results(*slip(old="2026-12-30", new="2027-01-05"))
    assert "to Tue 5 Jan 2027" in found.summary


def test_holiday_is_not_counted():
    off = WorkingCalendar(days_off=frozenset({date(2026, 11, 26), date(2026, 11, 27)}))
    (found,) = results(*slip(), settings=config(calendar=off))
    assert found.slip == 4


def test_stale_source_leaves_it_unknown():
    told = evaluate(snapshot(*slip(), stale={"jira:LED": "2026-11-22"}), config(), [RULE])
    assert (told.findings, len(told.unknown)) == ((), 1)


@pytest.mark.parametrize(("set_on", "told"), [("2026-11-12", True), ("2026-11-13", False)])
def test_date_counts_from_the_end_of_the_day_on_which_it_was_set(set_on, told):
    item = issue("LED-88", due="2026-12-02")
    first = moved(item, None, "2026-11-24", set_on)
    later = moved(item, "2026-11-24", "2026-12-02", "2026-11-19")
    assert bool(results(item, first, later)) is told


@pytest.mark.parametrize(
    ("due", "pushed"),
    [("2026-11-23", []), ("2026-11-24", [6]), ("2026-12-01", [1]), ("2026-12-02", [])],
)
def test_slack_is_lost_from_the_old_day_to_the_new_one(due, pushed):
    item, change_ = slip()
    waits = issue("PAY-1", due=due)
    (found,) = results(item, change_, waits, link(waits, item))
    assert [push.slip for push in found.pushes] == pushed


@pytest.mark.parametrize(
    ("before", "set_on", "is_pushed"),
    [
        ("2026-11-20", "2026-11-18", True),
        ("2026-11-20", "2026-11-20", False),
        ("2026-11-25", "2026-11-20", True),
        ("2026-12-07", "2026-11-20", False),
        (None, "2026-11-20", False),
    ],
    ids=["fitted", "never fitted", "still too early", "moved there in spite of it", "set since"],
)
def test_a_move_is_not_blamed_for_a_date_that_was_set_after_it(before, set_on, is_pushed):
    item, change_ = slip()
    waits = issue("PAY-1", due="2026-11-26")
    replanned = moved(waits, before, "2026-11-26", set_on)
    found = results(item, change_, waits, replanned, link(waits, item))
    (of_item,) = [one for one in found if one.ref == "LED-88"]
    assert bool(of_item.pushes) is is_pushed
    assert bool(of_item.explains) is is_pushed


@pytest.mark.parametrize(
    ("before", "is_pushed"), [("2026-11-25", True), ("2026-12-07", False), (None, False)]
)
def test_a_move_is_not_blamed_for_a_release_into_which_something_was_put_after_it(
    before, is_pushed
):
    item, change_ = slip()
    left, train = version("1.0", release=before), version("2.0", release="2026-11-26")
    waits = issue("PAY-1", milestones=(train.key,))
    put = [
        change(waits, "milestones", str(left.key), None, "2026-11-20 12:00"),
        change(waits, "milestones", None, str(train.key), "2026-11-20 12:00"),
    ]
    found = results(item, change_, left, train, waits, *put, link(waits, item))
    (of_item,) = [one for one in found if one.ref == "LED-88"]
    assert bool(of_item.pushes) is is_pushed


def test_of_several_moves_each_counts_against_the_date_that_stood_then():
    item = issue("LED-88", due="2026-12-02")
    first = moved(item, "2026-11-24", "2026-11-26", "2026-11-17")
    second = moved(item, "2026-11-26", "2026-12-02", "2026-11-19")
    waits = issue("PAY-1", due="2026-11-27")
    followed = moved(waits, "2026-11-23", "2026-11-27", "2026-11-18")
    found = results(item, first, second, waits, followed, link(waits, item))
    (of_item,) = [one for one in found if one.ref == "LED-88"]
    assert [push.ref for push in of_item.pushes] == ["PAY-1"]


def test_closed_dependants_and_suspicions_are_not_pushed():
    item, change_ = slip()
    closed, maybe = (
        issue("PAY-1", due="2026-11-26", phase=Phase.DONE),
        issue("PAY-2", due="2026-11-26"),
    )
    waits = link(maybe, item, "waiting for", "", evidence=Evidence.WAITS_PHRASE, explicit=False)
    (found,) = results(item, change_, closed, maybe, link(closed, item), waits)
    assert found.pushes == ()


def test_earlier_date_asks_whether_it_can_be_met():
    (found,) = results(*slip(old="2026-12-02", new="2026-11-26"))
    assert "check that what is open in LED-88 can be done by Thu 26 Nov" in found.act


def test_earlier_date_that_is_still_behind_the_baseline_is_at_risk():
    item = issue("LED-88", due="2026-12-02")
    (found,) = results(
        item,
        moved(item, "2026-11-03", "2026-12-09", "2026-10-05"),
        moved(item, "2026-12-09", "2026-12-02", "2026-11-19"),
    )
    assert found.standing is Standing.AT_RISK


def test_who_waits_for_an_heir_of_the_date_is_pushed():
    release = version("2.0", release="2026-12-09")
    heir, own = (
        issue("PAY-1", milestones=(release.key,)),
        issue("PAY-2", due="2026-11-30", milestones=(release.key,)),
    )
    one, other = issue("LED-1", due="2026-12-03"), issue("LED-2", due="2026-12-03")
    move = moved(release, "2026-12-02", "2026-12-09", field="release")
    (found,) = results(release, heir, own, one, other, move, link(one, heir), link(other, own))
    assert [push.ref for push in found.pushes] == ["LED-1"]


def test_several_dates_pushed_are_told_plainly():
    item, change_ = slip()
    waits = [issue("PAY-1", due="2026-11-26"), issue("PAY-2", due="2026-11-26")]
    (found,) = results(item, change_, *waits, *(link(one, item) for one in waits))
    assert found.plain.endswith("; 2 dates of Payments are now too early.")


@pytest.mark.parametrize(("count", "severity"), [(8, Severity.INFO), (60, Severity.MEDIUM)])
def test_an_earlier_date_that_the_pace_does_not_give_is_more_than_a_note(count, severity):
    release = version("2.0", release="2026-12-18")
    to_earlier = change(release, "release", "2027-01-29", "2026-12-18", "2026-11-19")
    work = planned(count, milestones=(release.key,))
    history = finished(days=60, milestones=(release.key,), created_at=LONG_AGO)
    (found,) = results(release, to_earlier, *work, *history)
    assert found.severity is severity
    (found,) = results(release, to_earlier, *work, *history, params=Params(too_bold=0.01))
    assert found.severity is Severity.MEDIUM


@pytest.mark.parametrize(("too_bold", "severity"), [(0.01, Severity.HIGH), (1, Severity.INFO)])
def test_an_earlier_date_that_is_too_bold_is_graver_in_tier_a(too_bold, severity):
    release = version("2.0", release="2026-12-18")
    to_earlier = change(release, "release", "2027-01-29", "2026-12-18", "2026-11-19")
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0", tier="A"),))
    work = planned(8, milestones=(release.key,))
    history = finished(days=60, milestones=(release.key,), created_at=LONG_AGO)
    things, params = (release, to_earlier, *work, *history), Params(too_bold=too_bold)
    (found,) = results(*things, settings=settings, params=params)
    assert found.severity is severity


@pytest.mark.parametrize(("due", "told"), [("2026-12-02", True), ("2026-12-20", False)])
def test_move_is_told_while_a_date_is_too_early_by_it(due, told):
    ledger, change_ = slip(new="2026-12-20")
    waits = issue("PAY-1", due=due, phase=Phase.TODO)
    found = results(ledger, waits, link(waits, ledger), change_, as_of="2026-12-04 08:00")
    assert [one.clears for one in found] == told * [
        "By itself once the dates that it made too early fit again, or when the date moves back."
    ]


@pytest.mark.parametrize(("linked", "told"), [("2026-12-03", True), ("2026-12-04", False)])
def test_link_that_came_when_a_move_was_no_news_is_told_by_itself(linked, told):
    ledger, change_ = slip(new="2026-12-20")
    waits = issue("PAY-1", due="2026-12-02", phase=Phase.TODO)
    link_ = link(waits, ledger, set_at=at(f"{linked} 07:00"))
    assert bool(results(ledger, waits, link_, change_, as_of="2026-12-04 08:00")) is told


@pytest.mark.parametrize(("due", "told"), [("2026-12-03", True), ("2026-12-20", False)])
def test_date_that_was_agreed_on_is_told_while_another_is_too_early_by_it(due, told):
    release = version("2.0", release="2026-12-09", scope="LED")
    ledger = issue("LED-88", milestones=(release.key,))
    waits = issue("PAY-1", due=due, phase=Phase.TODO)
    change_ = moved(release, "2026-12-02", "2026-12-09", "2026-11-19 10:00", field="release")
    agreed = Agreed(day=date(2026, 12, 9), at=at("2026-11-20"), by="dana", reason="vendor")
    settings = config(agreed={str(release.key): agreed})
    things = release, ledger, waits, link(waits, ledger), change_
    assert bool(results(*things, settings=settings)) is told
