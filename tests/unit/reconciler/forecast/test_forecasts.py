"""What a deliverable's forecast rests on: its teams, their queues, their history, who is away."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.forecasts import Grade
from syncd.model.items import Issue, Level, Phase
from syncd.reconciler.forecast.ageing import Ageing
from syncd.reconciler.forecast.flow import Flows
from syncd.reconciler.forecast.forecasts import Forecasts
from syncd.reconciler.forecast.parts import Aged, Paced
from syncd.reconciler.view import View
from syncd.testing.builders import (
    AS_OF,
    LONG_AGO,
    at,
    change,
    config,
    declared,
    event,
    issue,
    person,
    snapshot,
    sprint,
    team,
    version,
)
from syncd.testing.histories import finished, planned

TARGET = date(2026, 12, 18)
FAR = "2026-12-18"
RELEASE = version("2.0", release=FAR)
OTHER = version("1.9", release="2026-12-04")


def view_of(*things, settings=None, **more):
    return View(snapshot(*things, **more), settings or config())


def forecast(*things, named="PAY 2.0", **more):
    view = view_of(*things, **more)
    (one,) = [d for d in view.deliverables if named in (d.name, d.id)]
    return view.once(Forecasts).of(one)


def parts(*things, named="PAY 2.0", **more):
    view = view_of(*things, **more)
    (one,) = [d for d in view.deliverables if d.name == named]
    return view.once(Forecasts).parts(one)


def inside(count, release=RELEASE, **fields):
    return planned(count, milestones=(release.key,), **fields)


HISTORY = finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO)
"""One item of the release on each working day; all were in it from the start."""


def test_at_one_a_day_ten_items_take_about_ten_days():
    found = forecast(RELEASE, *inside(10), *HISTORY)
    assert found.grade is Grade.A
    assert (found.items, found.ahead, found.reason) == (10, 0, "")
    assert found.days == pytest.approx(10, rel=0.15)
    assert date(2026, 12, 4) <= found.p50 <= date(2026, 12, 10)
    assert found.p50 < found.p85 < found.p95
    assert found.per_week == (5, 5, 5, 5)
    assert found.late < 0.3


def test_what_is_left_of_one_whose_release_is_gone_is_no_forecast():
    """The release was deleted, or its work moved to another one: what is left would be early."""
    left = issue("PAY-7", level=Level.EPIC, phase=Phase.ACTIVE)
    wanted = declared("checkout", "jira:fixVersion=1.0", "jira:epic=PAY-7", target=TARGET)
    found = forecast(left, *HISTORY, named="checkout", settings=config(deliverables=(wanted,)))
    assert (found.items, found.p50, found.late) == (1, None, None)
    assert found.reason == "its configuration gives a name that nothing read has"


def test_nothing_open_has_no_date():
    found = forecast(RELEASE, *HISTORY)
    assert (found.items, found.p50, found.late, found.reason) == (
        0,
        None,
        None,
        "nothing of it is open",
    )


def test_without_a_target_there_is_a_date_and_no_odds():
    undated = version("2.0")
    settings = config(deliverables=(declared("checkout", "jira:fixVersion=2.0"),))
    history = finished(days=60, milestones=(undated.key,))
    found = forecast(undated, *inside(10, undated), *history, settings=settings, named="checkout")
    assert found.p50
    assert found.late is None


@pytest.mark.parametrize(
    ("days", "grade"), [(7, Grade.NONE), (8, Grade.C), (19, Grade.C), (20, Grade.B), (40, Grade.A)]
)
def test_grade_is_by_finishes_of_sixty_working_days(days, grade):
    found = forecast(RELEASE, *inside(10), *finished(days=days, milestones=(RELEASE.key,)))
    assert found.grade is grade
    assert (found.p50 is None) == (grade is Grade.NONE)


def test_too_little_history_is_said():
    found = forecast(RELEASE, *inside(10), *finished(days=7))
    assert found.reason == ("too little history: Payments finished 7 of 8 items in 60 working days")
    assert found.late is None


def test_what_others_finish_is_shown_beside_it_and_gives_no_date():
    history = finished(days=60, each=2, scope="LED")
    found = forecast(RELEASE, *inside(10), *finished(days=7), *history)
    assert found.p50 is None
    assert found.reason == (
        "too little history: Payments finished 7 of 8 items in 60 working days "
        "(other teams finish about 10 a week)"
    )


def test_one_team_without_history_leaves_all_untold():
    ledger = planned(6, "LED", milestones=(RELEASE.key,))
    found = forecast(RELEASE, *inside(10), *ledger, *HISTORY)
    assert found.p50 is None
    assert found.reason.startswith("too little history: Ledger")


def test_two_teams_are_less_sure_than_each():
    ledger = planned(10, "LED", milestones=(RELEASE.key,))
    both = [*HISTORY, *finished("LED", days=60, milestones=(RELEASE.key,))]
    one, two = forecast(RELEASE, *inside(10), *both), forecast(RELEASE, *inside(10), *ledger, *both)
    assert two.late > one.late
    assert two.p50 > one.p50


def test_items_that_are_due_earlier_come_first():
    ahead = planned(6, first=50, milestones=(OTHER.key,))
    history = finished(days=60, milestones=(OTHER.key,))
    one, two = (forecast(RELEASE, OTHER, *inside(10), *more, *history) for more in ((), ahead))
    assert (one.ahead, two.ahead) == (0, 6)
    assert two.p50 > one.p50


def test_items_that_are_due_later_do_not():
    later = version("3.0", release="2027-02-26")
    after = planned(30, first=50, milestones=(later.key,))
    history = finished(days=60, milestones=(OTHER.key,))
    assert forecast(RELEASE, later, *inside(10), *after, *history).ahead == 0


@pytest.mark.parametrize(("release", "ahead"), [("2026-08-28", 0), ("2026-08-31", 30)])
def test_a_date_that_nobody_heeds_any_more_holds_nobody_up(release, ahead):
    forgotten = version("0.9", release=release)
    old = planned(30, first=50, milestones=(forgotten.key,))
    history = finished(days=60, milestones=(OTHER.key,))
    assert forecast(RELEASE, forgotten, *inside(10), *old, *history).ahead == ahead


def test_an_item_of_two_deliverables_counts_once():
    run = sprint("Sprint 41", start="2026-11-16", end="2026-11-27")
    both = planned(6, first=50, milestones=(RELEASE.key,), sprint=run.key)
    history = finished(days=60, milestones=(OTHER.key,))
    found = forecast(RELEASE, run, *inside(10), *both, *history)
    assert (found.items, found.ahead) == (16, 0)


def test_a_deliverable_with_finishes_of_its_own_goes_at_its_own_pace():
    other = finished(days=60, each=3, scope="PAY", milestones=(OTHER.key,))
    own = [replace(one, key=one.key._replace(native_id="own-" + one.key.native_id))
           for one in finished(days=20, milestones=(RELEASE.key,)) if hasattr(one, "phase")]  # fmt: skip
    (part,) = parts(
        RELEASE, OTHER, *inside(10), *planned(5, first=70, milestones=(OTHER.key,)), *other, *own
    )
    assert part.ahead == 0
    assert part.pace.finished == 20


@pytest.mark.parametrize("left", [3, 10])
def test_what_goes_at_its_own_pace_waits_for_nobody(left):
    """The same dates, and no word of items ahead that they do not wait for."""
    ahead = planned(9, first=50, milestones=(OTHER.key,))
    begun = inside(left, phase=Phase.ACTIVE, created_at=at("2026-11-20"))
    one, two = (forecast(RELEASE, OTHER, *begun, *more, *HISTORY) for more in ((), ahead))
    assert one.p50
    assert two == one
    assert two.ahead == 0


def test_only_the_share_that_went_to_promises_counts():
    promised = finished(days=60, milestones=(OTHER.key,))
    other = [replace(one, key=one.key._replace(native_id="free-" + one.key.native_id), milestones=())
             for one in finished(days=60) if hasattr(one, "phase")]  # fmt: skip
    (half,) = parts(RELEASE, OTHER, *inside(10), *promised, *other)
    assert half.outlook.rate == pytest.approx(half.pace.rate / 2)


def test_a_team_that_promises_for_the_first_time_has_all_of_its_pace():
    new = inside(10, created_at=at("2026-11-18"))
    (part,) = parts(RELEASE, *new, *finished(days=60))
    assert part.outlook.rate == pytest.approx(part.pace.rate)


def test_a_team_that_long_promised_and_did_other_things_has_a_fifth_of_it():
    old = planned(1, first=90, milestones=(OTHER.key,))
    new = inside(10, created_at=at("2026-11-18"))
    (part,) = parts(RELEASE, OTHER, *old, *new, *finished(days=60))
    assert part.outlook.rate == pytest.approx(part.pace.rate / 5)


def test_bulk_closing_is_no_pace():
    closed = [
        issue(f"PAY-{number}", phase=Phase.DONE, done_at=at("2026-11-19 10:00"))
        for number in range(100, 125)
    ]
    edits = [change(one, "phase", "todo", "done", "2026-11-19 10:00") for one in closed]
    assert view_of(*closed, *edits).once(Flows).pace("payments").finished == 0
    by_hand = [
        change(one, "phase", "todo", "done", "2026-11-19 10:00", actor=one.ref) for one in closed
    ]
    assert view_of(*closed, *by_hand).once(Flows).pace("payments").finished == 25


def test_what_was_finished_today_is_no_pace_yet_and_weekends_count_as_friday():
    today = issue("PAY-1", phase=Phase.DONE, done_at=AS_OF - timedelta(minutes=5))
    sunday = issue("PAY-2", phase=Phase.DONE, done_at=at("2026-11-22 15:00"))
    pace = view_of(today, sunday).once(Flows).pace("payments")
    assert (pace.finished, pace.active_days) == (1, 1)


def test_arrivals_slow_it_down_and_never_by_more_than_half():
    plan = inside(10, created_at=at("2026-06-02"))
    release = replace(
        RELEASE, claims=tuple(replace(c, set_at=at("2026-06-01")) for c in RELEASE.claims)
    )
    new = [
        one
        for day in range(1, 18)
        for one in inside(4, first=100 + 4 * day, created_at=AS_OF - timedelta(days=2 * day))
    ]
    (still,) = parts(release, *plan, *HISTORY)
    (growing,) = parts(release, *plan, *new, *HISTORY)
    assert growing.outlook.rate == pytest.approx(still.outlook.rate / 2, rel=0.01)


def test_what_one_edit_put_in_together_with_many_is_no_trend():
    new = inside(30, first=100)
    puts = [change(one, "milestones", None, str(RELEASE.key), "2026-11-09") for one in new]
    (still,) = parts(RELEASE, *inside(10), *new, *HISTORY)
    (planned_anew,) = parts(RELEASE, *inside(10), *new, *puts, *HISTORY)
    by_many = [one._replace(actor=one.item.native_id) for one in puts]
    (growing,) = parts(RELEASE, *inside(10), *new, *by_many, *HISTORY)
    assert planned_anew.outlook.rate == still.outlook.rate > growing.outlook.rate


@pytest.mark.parametrize("by", ["ada", None])
def test_what_was_put_back_is_no_arrival(by):
    """By hand, and where one edit took many out."""
    plan, key = inside(25), str(RELEASE.key)
    out = [change(one, "milestones", key, None, "2026-11-09", actor=by or one.ref) for one in plan]
    back = [change(one, "milestones", None, key, "2026-11-12", actor=one.ref) for one in plan]
    (still,) = parts(RELEASE, *plan, *HISTORY)
    (again,) = parts(RELEASE, *plan, *out, *back, *HISTORY)
    assert again.outlook.rate == still.outlook.rate


def test_absence_beyond_the_usual_costs_days():
    people = tuple(person(name, team="payments") for name in ("ada", "osei"))
    away = event(
        "Away", "2026-11-30", last="2026-12-11", type="out_of_office", scope="ada@example.com"
    )
    settings = config(people=people)
    (there,) = parts(RELEASE, *inside(10), *HISTORY, settings=settings)
    (gone,) = parts(RELEASE, away, *inside(10), *HISTORY, settings=settings)
    assert there.capacity.until(TARGET) == 19
    assert gone.capacity.until(TARGET) == 14
    assert gone.odds(TARGET) < there.odds(TARGET)


def test_usual_absence_is_in_the_pace_already():
    people = tuple(person(name, team="payments") for name in ("ada", "osei"))
    always = event(
        "Away", "2026-08-03", last="2027-01-29", type="out_of_office", scope="ada@example.com"
    )
    (part,) = parts(RELEASE, always, *inside(10), *HISTORY, settings=config(people=people))
    assert part.capacity.until(TARGET) == pytest.approx(19)


def test_an_absence_of_three_hours_is_none():
    people = (person("ada", team="payments"),)
    short = event("Dentist", "2026-11-30 09:00", type="out_of_office", scope="ada@example.com")
    (part,) = parts(RELEASE, short, *inside(10), *HISTORY, settings=config(people=people))
    assert part.capacity.until(TARGET) == 19


def test_a_holiday_of_the_team_is_no_working_day():
    off = WorkingCalendar(days_off=frozenset({date(2026, 12, 1), date(2026, 12, 2)}))
    settings = config(teams=(team("payments", "jira:PAY", calendar="x"),), calendars={"x": off})
    (part,) = parts(RELEASE, *inside(10), *HISTORY, settings=settings)
    assert part.capacity.until(TARGET) == 17


def test_a_calendar_without_working_days_is_said():
    never = WorkingCalendar(weekend=frozenset(range(7)))
    settings = config(teams=(team("payments", "jira:PAY", calendar="x"),), calendars={"x": never})
    found = forecast(RELEASE, *inside(10), *HISTORY, settings=settings)
    assert found.reason == "the calendar of Payments has no working day"


def test_few_items_are_looked_at_one_by_one():
    (part,) = parts(RELEASE, *inside(4, created_at=AS_OF), *finished(days=60))
    assert isinstance(part, Aged)
    (paced,) = parts(RELEASE, *inside(5), *HISTORY)
    assert isinstance(paced, Paced)


def test_all_of_a_few_items_are_less_likely_done_than_each():
    mixed = [*finished(days=30, cycle=2), *finished("PAY-X", days=30, cycle=8)]
    two = planned(2, milestones=(RELEASE.key,), phase=Phase.ACTIVE, state_entered_at=AS_OF)
    settings = config(teams=(team("payments", "jira:PAY", "jira:PAY-X"),))
    view = view_of(RELEASE, *two, *mixed, settings=settings)
    forecasts, day = view.once(Forecasts), date(2026, 11, 27)
    each = [forecasts.odds(one.key, day) for one in two]
    assert each == [pytest.approx(0.5), pytest.approx(0.5)]
    assert forecasts.odds(view.deliverables[0].subject, day) == pytest.approx(0.25)


def test_an_item_that_was_begun_is_done_when_such_items_are():
    begun = issue("PAY-1", milestones=(RELEASE.key,), state_entered_at=at("2026-11-20"))
    history = finished(days=60, cycle=3)
    view = view_of(RELEASE, begun, *history)
    assert view.once(Forecasts).finish(begun.key) == date(2026, 11, 25)
    assert view.once(Forecasts).rest(begun.key) == 2
    assert view.once(Forecasts).odds(begun.key, date(2026, 11, 24)) < 0.05
    assert view.once(Forecasts).odds(begun.key, date(2026, 11, 25)) > 0.95


def test_an_item_that_waits_is_done_after_the_usual_wait():
    waits = issue("PAY-1", phase=Phase.TODO, milestones=(RELEASE.key,), created_at=AS_OF)
    view = view_of(RELEASE, waits, *finished(days=60, cycle=3))
    assert view.once(Forecasts).finish(waits.key) == date(2026, 12, 3)
    assert view.once(Forecasts).rest(waits.key) == 3


def test_what_has_waited_longer_than_all_others_still_takes_as_long_as_such_items_take():
    old = issue("PAY-1", phase=Phase.TODO, created_at=at("2026-06-01"))
    forecasts = view_of(old, *finished(days=60, cycle=3)).once(Forecasts)
    assert (forecasts.finish(old.key), forecasts.rest(old.key)) == (None, 3)


@pytest.mark.parametrize(("waited", "finish"), [(0, "2026-12-03"), (4, "2026-11-27")])
def test_what_has_waited_already_waits_less(waited, finish):
    made_at = at(f"{WorkingCalendar().shift(AS_OF.date(), -waited)} 07:00")
    new = issue("PAY-1", phase=Phase.TODO, created_at=made_at)
    old = issue("PAY-2", phase=Phase.TODO, created_at=LONG_AGO)
    into = change(old, "milestones", None, str(RELEASE.key), made_at)
    before = change(old, "milestones", None, str(OTHER.key), "2026-09-01")
    view = view_of(RELEASE, new, old, before, into, *finished(days=60, cycle=3))
    for one in (new, old):
        assert view.once(Forecasts).finish(one.key) == date.fromisoformat(finish)


@pytest.mark.parametrize(
    ("out", "back", "finish"),
    [
        ("2026-11-19 09:00", "2026-11-19 10:00", "2026-11-27"),
        ("2026-11-20 09:00", "2026-11-23 07:00", "2026-11-27"),
        ("2026-11-19 09:00", "2026-11-23 07:00", "2026-12-03"),
    ],
)
@pytest.mark.parametrize("other", [None, str(OTHER.key)])
def test_what_was_taken_out_by_mistake_goes_on_waiting(out, back, finish, other):
    item = issue("PAY-1", phase=Phase.TODO, created_at=LONG_AGO)
    here = str(RELEASE.key)
    moves = [
        change(item, "milestones", None, here, "2026-11-17 07:00"),
        change(item, "milestones", here, other, out),
        change(item, "milestones", other, here, back),
    ]
    view = view_of(RELEASE, item, *moves, *finished(days=60, cycle=3))
    assert view.once(Forecasts).finish(item.key) == date.fromisoformat(finish)


def test_what_was_planned_by_mistake_and_then_meant_waits_from_then_on():
    item = issue("PAY-1", phase=Phase.TODO, created_at=LONG_AGO)
    here = str(RELEASE.key)
    moves = [
        change(item, "milestones", None, here, "2026-11-23 07:00"),
        change(item, "milestones", here, None, "2026-11-23 07:10"),
        change(item, "milestones", None, here, "2026-11-23 07:20"),
    ]
    view = view_of(RELEASE, item, *moves, *finished(days=60, cycle=3))
    assert view.once(Forecasts).finish(item.key) == date(2026, 12, 3)


@pytest.mark.parametrize(
    ("due", "finish"),
    [
        ("2026-12-04", "2026-12-03"),
        ("2026-12-03", "2026-12-03"),
        ("2026-12-02", "2026-12-02"),
        ("2026-11-27", "2026-11-27"),
        ("2026-11-25", "2026-11-26"),
        ("2026-11-20", "2026-12-03"),
    ],
)
def test_what_has_a_date_waits_no_longer_than_that_leaves(due, finish):
    waits = issue("PAY-1", phase=Phase.TODO, due=due, created_at=AS_OF)
    forecasts = view_of(waits, *finished(days=60, cycle=3)).once(Forecasts)
    assert forecasts.finish(waits.key) == date.fromisoformat(finish)


@pytest.mark.parametrize("phase", [Phase.TODO, Phase.ACTIVE])
def test_one_of_six_being_away_makes_no_single_item_late(phase):
    item = issue("PAY-1", phase=phase, due="2026-11-26", created_at=AS_OF, state_entered_at=AS_OF)
    people = tuple(person(f"p{n}", team="payments") for n in range(6))
    away = event("", "2026-11-24", last="2026-11-26", type="out_of_office", scope="p0@example.com")
    things = (item, away, *finished(days=60, cycle=3))
    forecasts = view_of(*things, settings=config(people=people)).once(Forecasts)
    assert forecasts.odds(item.key, date(2026, 11, 26)) > 0.95
    assert forecasts.finish(item.key) == date(2026, 11, 26)


def test_what_was_reopened_and_closed_by_a_robot_took_no_less_than_nothing():
    bounced = [
        made
        for number in range(40)
        for one in [issue(f"PAY-{number + 500}", phase=Phase.DONE, done_at=at("2026-10-19"))]
        for made in (
            one,
            change(one, "phase", "todo", "done", "2026-10-19 09:00"),
            change(one, "phase", "done", "active", "2026-11-16 09:00:00"),
            change(one, "phase", "active", "done", "2026-11-16 09:00:05"),
        )
    ]
    begun = issue("PAY-1", phase=Phase.ACTIVE)
    ageing = view_of(begun, *bounced).once(Ageing)
    assert ageing.usual(begun) is None
    assert view_of(begun, *bounced, *finished(days=30)).once(Ageing).usual(begun) == 3


def test_what_was_dropped_tells_not_how_long_work_takes():
    begun = issue("PAY-1", state_entered_at=at("2026-11-20"))
    dropped = [
        replace(one, phase=Phase.DROPPED) if isinstance(one, Issue) else one
        for one in finished(days=60)
    ]
    assert view_of(begun, *dropped).once(Ageing).of(begun) is None


def test_what_a_clean_up_closed_tells_not_how_long_work_takes():
    begun = issue("PAY-1", state_entered_at=at("2026-11-20"))
    old = [issue(f"PAY-{number}", phase=Phase.DONE, done_at=at("2026-11-10"), created_at=at("2026-06-02"))
           for number in range(100, 140)]  # fmt: skip
    moved = [change(one, "phase", "todo", "active", "2026-06-03", actor=one.ref) for one in old]
    closed = [change(one, "phase", "active", "done", "2026-11-10") for one in old]
    history = finished(days=35, cycle=3)
    assert view_of(begun, *old, *moved, *closed, *history).once(Ageing).usual(begun) == 3
    by_hand = [one._replace(actor=one.item.native_id) for one in closed]
    assert view_of(begun, *old, *moved, *by_hand, *history).once(Ageing).usual(begun) > 100


@pytest.mark.parametrize(("days", "known"), [(29, False), (30, True), (31, True)])
def test_single_items_need_thirty_like_them(days, known):
    begun = issue("PAY-1", state_entered_at=at("2026-11-20"))
    view = view_of(begun, *finished(days=days))
    assert (view.once(Ageing).of(begun) is not None) is known
    assert (view.once(Forecasts).finish(begun.key) is not None) is known


def test_old_items_that_never_end_say_nothing_of_ages_nobody_watched():
    """All that was begun in the last 180 days took three; what is older was begun before."""
    begun = issue("PAY-1", state_entered_at=at("2026-11-20"))
    lying = planned(200, first=100, phase=Phase.ACTIVE, created_at=at("2025-01-06"))
    with_them = view_of(begun, *lying, *finished(days=60)).once(Forecasts)
    assert with_them.finish(begun.key) == date(2026, 11, 25)


def test_an_item_older_than_anything_finished_has_no_date():
    old = issue("PAY-1", milestones=(RELEASE.key,), state_entered_at=at("2026-07-01"))
    found = forecast(RELEASE, old, *finished(days=60))
    assert found.reason == "PAY-1 takes longer than nearly all like it that were finished"


@pytest.mark.parametrize(("longer", "known"), [(7, False), (8, True), (9, True)])
def test_what_few_lasted_as_long_as_is_not_foretold_by_those_few(longer, known):
    begun = issue("PAY-1", state_entered_at=at("2026-11-02"))
    rare = finished("PAY-X", days=longer, cycle=90)
    settings = config(teams=(team("payments", "jira:PAY", "jira:PAY-X"),))
    forecasts = view_of(begun, *finished(days=60), *rare, settings=settings).once(Forecasts)
    assert (forecasts.finish(begun.key) is not None) is known
    assert (forecasts.odds(begun.key, TARGET) is not None) is known


def test_closed_and_unknown_things_have_no_forecast():
    done = issue("PAY-1", phase=Phase.DONE)
    forecasts = view_of(done, *HISTORY).once(Forecasts)
    assert forecasts.finish(done.key) is None
    assert forecasts.finish("deliverable:nothing") is None
    assert forecasts.odds("deliverable:nothing", TARGET) is None


def test_the_fewest_items_to_take_out_for_even_odds():
    view = view_of(RELEASE, *inside(40), *HISTORY)
    (one,) = view.deliverables
    forecasts = view.once(Forecasts)
    count = forecasts.too_many(one)
    assert forecasts.late_without(one, count) <= 0.5 < forecasts.late_without(one, count - 1)
    assert forecasts.late_without(one, 0) == forecasts.of(one).late


def test_dates_at_the_ends_of_time_are_survived():
    first, last = version("a", release="0001-01-02"), version("z", release="9999-12-31")
    things = [first, last, *inside(8, first), *inside(8, last, first=30), *HISTORY]
    view = view_of(*things)
    for one in view.deliverables:
        view.once(Forecasts).of(one)


def test_an_empty_store_has_no_forecasts():
    assert view_of().deliverables == ()
    assert view_of().once(Forecasts).finish("deliverable:x") is None


def test_a_later_target_and_fewer_items_are_never_likelier_late():
    by_target = [
        forecast(one, *inside(25, one), *HISTORY).late
        for days in range(5, 100, 8)
        for one in [version("2.0", release=WorkingCalendar().shift(AS_OF.date(), days))]
    ]
    assert by_target == sorted(by_target, reverse=True)
    by_count = [forecast(RELEASE, *inside(count), *HISTORY).late for count in range(5, 60, 5)]
    assert by_count == sorted(by_count)


@pytest.mark.parametrize(
    ("days", "reason"),
    [
        (10, "fewer than 30 items like PAY-1 were finished in 180 days"),
        (60, "nobody can tell when work on PAY-1 begins"),
    ],
)
def test_why_a_few_items_have_no_day_is_true(days, reason):
    old = planned(1, milestones=(RELEASE.key,), created_at=LONG_AGO)
    view = view_of(RELEASE, *old, *finished(days=days))
    (found,) = map(view.once(Forecasts).of, view.deliverables)
    assert found.reason == reason
