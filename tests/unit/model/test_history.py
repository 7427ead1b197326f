"""A past day, rebuilt from changes, and what is derived from them."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from pasts import rewind

from syncd.model.history import Change, bulk_changes
from syncd.model.items import Issue, ItemKey, Kind, Phase, Precision, Review
from syncd.model.observed import unexplained
from syncd.model.values import canonical, interval_of, interval_text, precision_of, tracked
from syncd.testing.builders import (
    at,
    change,
    claim,
    event,
    github_milestone,
    issue,
    key,
    pull_request,
    sprint,
    version,
)

NOW = at("2026-11-20")
MONDAY = at("2026-11-16")
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def past(item: Issue, *changes: Change, as_of: datetime = MONDAY, **how: object) -> Issue:
    found = rewind(item, changes, as_of, **how)
    assert isinstance(found, Issue)
    return found


def test_an_item_created_later_was_not_there() -> None:
    assert rewind(issue(created_at=NOW), (), MONDAY) is None


def test_a_scalar_had_the_old_value_of_the_first_later_change() -> None:
    mine = issue(assignee="eve", size=5.0, flagged=True, title="C")
    changes = (
        change(mine, "title", "B", "C", NOW),
        change(mine, "title", "A", "B", NOW - DAY),
        change(mine, "assignee", None, "eve", NOW),
        change(mine, "size", "3.0", "5", NOW),
        change(mine, "flagged", "false", "true", NOW),
        change(mine, "priority", "low", None, MONDAY),
    )
    then = past(mine, *changes)
    assert (then.title, then.assignee, then.size, then.flagged) == ("A", None, 3.0, False)
    assert past(mine, *changes, as_of=NOW).title == "C"


@pytest.mark.parametrize(
    ("made", "then"),
    [
        (version("2.0", release="2026-11-18", state="released"), "planned"),
        (github_milestone("m", due="2026-11-18", state="closed"), "active"),
        (sprint("s", start="2026-11-09", state="closed"), "active"),
        (sprint("s", start="2026-11-17", state="closed"), "planned"),
    ],
)
def test_what_closed_later_was_open_although_nothing_tells_of_the_change(made, then) -> None:
    closed = replace(made, closed_at=at("2026-11-18"))
    before = rewind(closed, (), MONDAY)
    assert (before.state, before.closed_at) == (then, None)
    assert rewind(closed, (), NOW) == closed
    seen = change(closed, "state", "archived", closed.state, NOW - DAY)
    assert rewind(closed, (seen,), MONDAY).state == "archived"


@pytest.mark.parametrize(
    ("zone", "when", "then"),
    [
        ("Asia/Kolkata", "2026-11-16 23:30", "active"),
        ("Asia/Kolkata", "2026-11-16 18:00", "planned"),
        ("America/Los_Angeles", "2026-11-17 07:30", "planned"),
        ("America/Los_Angeles", "2026-11-17 23:30", "active"),
    ],
)
def test_a_sprint_begins_with_the_day_where_its_board_is(zone: str, when: str, then: str) -> None:
    made = sprint("s", start="2026-11-17", end="2026-11-27", state="closed", closed_at=NOW)
    told = replace(made, claims=tuple(replace(one, zone=zone) for one in made.claims))
    assert rewind(told, (), at(when)).state == then


def test_an_unreadable_old_value_leaves_the_value_of_today() -> None:
    mine = issue(size=5.0, sprint=key("s1", kind=Kind.MILESTONE))
    then = past(
        mine, change(mine, "size", "large", "5", NOW), change(mine, "phase", None, "x", NOW)
    )
    assert (then.size, then.phase) == (5.0, mine.phase)


def test_set_elements_are_undone_one_by_one() -> None:
    old, new = key("v1", kind=Kind.MILESTONE), key("v2", kind=Kind.MILESTONE)
    mine = issue(labels=("kept", "new"), milestones=(new,))
    then = past(
        mine,
        change(mine, "labels", None, "new", NOW, native_id="1"),
        change(mine, "labels", "lost", None, NOW, native_id="2"),
        change(mine, "labels", None, "passing", NOW - 2 * DAY, native_id="3"),
        change(mine, "labels", "passing", None, NOW - DAY, native_id="4"),
        change(mine, "milestones", str(old), str(new), NOW, native_id="5"),
    )
    assert then.labels == ("kept", "lost")
    assert then.milestones == (old,)


def test_a_claim_moves_back_comes_back_and_goes() -> None:
    mine = issue(due="2026-12-09", start="2026-11-30")
    then = past(
        mine,
        change(mine, "due", "2026-12-03", "2026-12-09", NOW),
        change(mine, "start", None, "2026-11-30", NOW),
        change(mine, "target_end", "2027-01-01/2027-03-31", None, NOW),
        change(mine, "due", None, "2026-12-03", MONDAY - DAY, actor="bo"),
    )
    assert [(one.field, one.lo, one.hi) for one in then.claims] == [
        ("due", date(2026, 12, 3), date(2026, 12, 3)),
        ("target_end", date(2027, 1, 1), date(2027, 3, 31)),
    ]
    due, target = then.claims
    assert (due.set_at, due.set_by) == (MONDAY - DAY, "bo")
    assert (target.precision, target.set_at) == (Precision.QUARTER, mine.created_at)


def test_when_a_claim_was_set_is_read_from_the_history() -> None:
    mine = issue(due="2026-12-09")
    now = past(mine, change(mine, "due", None, "2026-12-09", MONDAY, actor="bo"), as_of=NOW)
    assert (now.claims[0].set_at, now.claims[0].set_by) == (MONDAY, "bo")
    said = issue(claims=[claim(mine.key, "2026-12-09", set_at="2026-11-01")])
    kept = past(said, change(said, "due", None, "2026-12-09", MONDAY), as_of=NOW)
    assert kept.claims[0].set_at == at("2026-11-01")


def test_an_event_was_on_the_day_it_was_on() -> None:
    mine = event("Review", "2026-12-04T10:00:00+00:00")
    then = rewind(
        mine,
        (
            change(mine, "event", "2026-12-01", "2026-12-04", NOW),
            change(mine, "first_day", "2026-12-01", "2026-12-04", NOW),
            change(mine, "last_day", "2026-12-01", "2026-12-04", NOW),
            change(mine, "start_at", "2026-12-01T10:00:00Z", "2026-12-04T10:00:00Z", NOW),
            change(mine, "status", "tentative", "confirmed", NOW),
        ),
        MONDAY,
    )
    expected = event("Review", "2026-12-01T10:00:00+00:00", status="tentative")
    assert then is not None
    assert replace(then, end_at=None, claims=()) == replace(expected, end_at=None, claims=())
    assert [one.lo for one in then.claims] == [date(2026, 12, 1)]


def test_what_is_known_is_kept_apart_from_what_happened() -> None:
    mine = issue(title="C")
    first = change(mine, "title", "A", "B", MONDAY - DAY, learned_at=MONDAY - DAY)
    backfilled = change(mine, "title", "B", "C", MONDAY - MINUTE, learned_at=NOW)
    assert past(mine, first, backfilled).title == "C"
    assert past(mine, first, backfilled, known_by=MONDAY).title == "B"
    early = change(mine, "title", "0", "A", MONDAY - 2 * DAY, learned_at=NOW)
    assert past(mine, first, early, known_by=MONDAY).title == "C"


def states(item: Issue, *steps: tuple[str, str, datetime]) -> tuple[Change, ...]:
    return tuple(change(item, "state", old, new, when) for old, new, when in steps)


def phases(item: Issue, *steps: tuple[Phase, Phase, datetime]) -> tuple[Change, ...]:
    return tuple(change(item, "phase", old, new, when) for old, new, when in steps)


def test_state_entered_at_ignores_states_passed_through() -> None:
    mine = issue(state="Review")
    hop = states(
        mine,
        ("Open", "Review", MONDAY - DAY),
        ("Review", "Triage", MONDAY),
        ("Triage", "Review", MONDAY + MINUTE),
    )
    assert past(mine, *hop, as_of=NOW).state_entered_at == MONDAY - DAY
    stayed = states(
        mine,
        ("Open", "Review", MONDAY - DAY),
        ("Review", "Triage", MONDAY),
        ("Triage", "Review", MONDAY + 2 * MINUTE),
    )
    assert past(mine, *stayed, as_of=NOW).state_entered_at == MONDAY + 2 * MINUTE
    assert past(mine, *stayed, as_of=MONDAY).state_entered_at == MONDAY
    assert past(mine, as_of=NOW).state_entered_at == mine.created_at


def test_a_phase_that_goes_back_starts_the_stay_anew() -> None:
    mine = issue(state="Open", phase=Phase.ACTIVE)
    back = phases(
        mine,
        (Phase.ACTIVE, Phase.REVIEW, MONDAY - DAY),
        (Phase.REVIEW, Phase.ACTIVE, MONDAY),
    )
    assert past(mine, *back, as_of=NOW).state_entered_at == MONDAY
    forth = phases(mine, (Phase.TODO, Phase.ACTIVE, MONDAY))
    assert past(mine, *forth, as_of=NOW).state_entered_at == mine.created_at


def test_done_at_starts_the_unbroken_stay_and_reopening_counts() -> None:
    mine = issue(phase=Phase.DROPPED, done_at=NOW)
    life = phases(
        mine,
        (Phase.ACTIVE, Phase.DONE, MONDAY - 3 * DAY),
        (Phase.DONE, Phase.ACTIVE, MONDAY - 2 * DAY),
        (Phase.ACTIVE, Phase.DONE, MONDAY - DAY),
        (Phase.DONE, Phase.DROPPED, MONDAY),
    )
    now = past(mine, *life, as_of=NOW)
    assert (now.done_at, now.reopen_count) == (MONDAY - DAY, 1)
    open_then = past(mine, *life, as_of=MONDAY - 2 * DAY)
    assert (open_then.phase, open_then.done_at, open_then.reopen_count) == (Phase.ACTIVE, None, 1)
    first = past(mine, *life, as_of=MONDAY - 3 * DAY)
    assert (first.done_at, first.reopen_count) == (MONDAY - 3 * DAY, 0)


def test_an_export_without_history_was_not_done_before_it_was_done() -> None:
    mine = issue(phase=Phase.DONE, state="Done", done_at=NOW)
    assert (past(mine).phase, past(mine).done_at) == (Phase.TODO, None)
    assert past(mine, as_of=NOW).done_at == NOW


def test_what_was_read_was_made_and_ended_by_then_whatever_day_it_says() -> None:
    read = {"seen_at": MONDAY - DAY}
    due = claim(key("PAY-1"), "2026-12-01", set_at=NOW)
    mine = past(issue("PAY-1", created_at=NOW, phase=Phase.ACTIVE, claims=(due,)), **read)
    assert (mine.created_at, mine.state_entered_at) == (MONDAY - DAY, MONDAY - DAY)
    assert [one.set_at for one in mine.claims] == [MONDAY - DAY]
    merged = pull_request(state="merged", created_at=NOW, merged_at=NOW, closed_at=NOW)
    then = rewind(merged, (), MONDAY, **read)
    assert then is not None
    assert (then.created_at, then.state, then.merged_at) == (MONDAY - DAY, "merged", MONDAY - DAY)
    shut = github_milestone("M1", state="closed", closed_at=NOW)
    assert rewind(shut, (), MONDAY, **read) == replace(shut, closed_at=MONDAY - DAY)
    told = change(merged, "state", "open", "merged", NOW)
    assert rewind(merged, [told], MONDAY, **read).merged_at is None
    late = change(merged, "state", "open", "merged", MONDAY)
    assert rewind(merged, [late], MONDAY, **read).merged_at == MONDAY


HUMAN = ("comment", "review", "push", "state", "phase", "description", "assignee")


@pytest.mark.parametrize("field", HUMAN)
def test_human_activity_is_what_people_do(field: str) -> None:
    mine = issue()
    acts = (
        change(mine, field, None, None, MONDAY - DAY),
        change(mine, field, None, None, MONDAY, is_bot=True),
        change(mine, "labels", None, "x", MONDAY),
        change(mine, "parent", None, "x", MONDAY),
        change(mine, "due", None, "2026-12-01", MONDAY),
        change(mine, field, None, None, NOW),
    )
    assert past(mine, *acts).last_human_activity_at == MONDAY - DAY
    assert past(mine).last_human_activity_at is None


def test_a_bulk_edit_is_nobody_at_work() -> None:
    def edits(count: int, gap: timedelta, actor: str | None = "ada") -> list[Change]:
        return [
            change(issue(f"PAY-{n}"), "assignee", None, "bo", MONDAY + n * gap, actor=actor)
            for n in range(count)
        ]

    ten_minutes = timedelta(seconds=600 / 19)
    assert len(bulk_changes(edits(20, ten_minutes))) == 20
    assert len(bulk_changes(edits(30, ten_minutes))) == 30
    assert not bulk_changes(edits(19, ten_minutes))
    assert not bulk_changes(edits(20, ten_minutes * 1.1))
    assert not bulk_changes(edits(20, ten_minutes, actor=None))
    many = edits(20, ten_minutes)
    mine = issue("PAY-3")
    quiet = rewind(mine, [many[3]], NOW, bulk=bulk_changes(many))
    assert quiet is not None
    assert quiet.last_human_activity_at is None


def test_a_pull_request_was_open_before_it_was_merged() -> None:
    mine = replace(
        pull_request(state="merged", checks="success", mergeable=True),
        merged_at=NOW,
        closed_at=NOW,
        updated_at=NOW,
        pushed_at=NOW,
        review_decision="approved",
        reviews=(
            Review(at=MONDAY, author="bo", verdict="commented"),
            Review(at=NOW, author="bo", verdict="approved"),
        ),
    )
    push = change(mine, "push", None, None, MONDAY - DAY)
    then = rewind(mine, [push], MONDAY)
    assert then == replace(
        mine,
        state="open",
        merged_at=None,
        closed_at=None,
        updated_at=MONDAY - DAY,
        pushed_at=MONDAY - DAY,
        checks=None,
        mergeable=None,
        review_decision=None,
        reviews=mine.reviews[:1],
        last_human_activity_at=MONDAY - DAY,
    )
    shut = change(mine, "state", "open", "closed", MONDAY - DAY)
    again = change(mine, "state", "closed", "open", MONDAY + DAY)
    merge = change(mine, "state", "open", "merged", NOW)
    before = rewind(mine, [shut, again, merge], MONDAY)
    assert before is not None
    assert (before.state, before.closed_at) == ("closed", MONDAY - DAY)


def test_a_release_was_not_released_before() -> None:
    mine = version("2.1", release="2026-12-10", state="released", closed_at=NOW)
    told = (
        change(mine, "state", "planned", "released", NOW),
        change(mine, "release", "2026-12-01", "2026-12-10", NOW),
        change(mine, "title", "2.0", "2.1", NOW),
    )
    then = rewind(mine, told, MONDAY)
    assert then is not None
    assert (then.state, then.closed_at, then.name) == ("planned", None, "2.0")
    assert then.claims[0].lo == date(2026, 12, 1)


# Changes that nobody reported


def moved(due: str | None, when: datetime = NOW, **fields: object) -> Issue:
    return issue(due=due, updated_at=when, **fields)


def test_what_no_change_explains_is_observed() -> None:
    old = moved("2026-12-03", MONDAY, labels=("a", "b"))
    new = moved("2026-12-09", NOW, labels=("b", "c"), reopen_count=3)
    seen = unexplained(old, new, (), NOW + DAY)
    assert [(one.native_id, one.old, one.new, one.at) for one in seen] == [
        ("observed:due:2026-11-21T09:00:00+00:00", "2026-12-03", "2026-12-09", NOW),
        ("observed:labels:2026-11-21T09:00:00+00:00:a", "a", None, NOW),
        ("observed:labels:2026-11-21T09:00:00+00:00:c", None, "c", NOW),
    ]
    removed = unexplained(old, replace(old, claims=(), updated_at=MONDAY), (), NOW + DAY)
    assert [(one.old, one.new, one.at) for one in removed] == [("2026-12-03", None, NOW + DAY)]


def test_what_the_provider_told_of_is_not_observed_again() -> None:
    old, new = moved("2026-12-03", MONDAY, size=3.0), moved("2026-12-09", NOW, size=5.0)
    told = (
        change(new, "due", "2026-12-03", "2026-12-05", NOW - MINUTE),
        change(new, "due", "2026-12-05", "2026-12-09", NOW),
        change(new, "size", "3.0", "5.0", NOW),
    )
    assert unexplained(old, new, told, NOW) == ()
    (rest,) = unexplained(old, new, (told[0], told[2]), NOW)
    assert (rest.old, rest.new) == ("2026-12-05", "2026-12-09")


def test_an_event_whose_moments_stay_was_not_moved_by_another_zone() -> None:
    """As of one in UTC that was held before its days were those of its calendar."""
    held = event("Launch", "2026-12-03 02:00", zone="UTC", updated_at=MONDAY)
    of_calendar = event("Launch", "2026-12-02", zone="America/New_York", updated_at=NOW)
    moments = {"start_at": held.start_at, "end_at": held.end_at}
    assert unexplained(held, replace(of_calendar, **moments), (), NOW) == ()
    later = replace(of_calendar, start_at=held.start_at - DAY, end_at=held.end_at)
    assert {one.field for one in unexplained(held, later, (), NOW)} >= {"event", "start_at"}
    whole, other = event("Launch", "2026-12-03"), event("Launch", "2026-12-02")
    assert "event" in {one.field for one in unexplained(whole, other, (), NOW)}


def test_history_that_is_ahead_of_a_late_version_explains_it() -> None:
    first, second = moved("2026-12-03", MONDAY), moved("2026-12-05", NOW - DAY)
    told = (
        change(first, "due", "2026-12-03", "2026-12-05", NOW - DAY),
        change(first, "due", "2026-12-05", "2026-12-09", NOW),
    )
    assert unexplained(first, second, told, NOW) == ()
    assert unexplained(second, moved("2026-12-09", NOW - MINUTE), told, NOW) == ()


def test_the_same_difference_is_observed_once_but_each_return_anew() -> None:
    a, b = moved("2026-12-03", MONDAY), moved("2026-12-09", NOW)
    first = unexplained(a, b, (), NOW)
    assert unexplained(a, b, first, NOW + DAY) == ()
    back = unexplained(b, replace(a, updated_at=NOW + DAY), first, NOW + DAY)
    assert [(one.old, one.new) for one in back] == [("2026-12-09", "2026-12-03")]


def test_a_state_read_differently_is_no_change() -> None:
    old = moved(None, MONDAY, phase=Phase.TODO, state="Ready")
    mapped = replace(old, phase=Phase.ACTIVE)
    assert unexplained(old, mapped, (), NOW) == ()
    worked = replace(mapped, state="Doing", updated_at=NOW)
    assert [one.field for one in unexplained(old, worked, (), NOW)] == ["phase", "state"]


def test_values_have_one_spelling() -> None:
    assert canonical(Issue, "size", "3.0") == "3"
    assert canonical(Issue, "due", "2026-12-03T00:00:00.000+0000") == "2026-12-03"
    assert canonical(Issue, "due", "soon") == "soon"
    assert canonical(Issue, "due", None) is None
    whole = interval_text(date(2026, 5, 1), date(2026, 5, 31))
    assert interval_of(whole) == (date(2026, 5, 1), date(2026, 5, 31))
    with pytest.raises(ValueError, match="ends before it starts"):
        interval_of("2026-05-31/2026-05-01")
    spans = [
        ("2026-05-04", "2026-05-10"),
        ("2026-05-01", "2026-05-31"),
        ("2026-04-01", "2026-06-30"),
    ]
    found = [precision_of(*map(date.fromisoformat, span)) for span in spans]
    assert found == [Precision.WEEK, Precision.MONTH, Precision.QUARTER]


def test_tracked_holds_every_value_as_text() -> None:
    milestone = ItemKey("jira", Kind.MILESTONE, "v1")
    held = tracked(issue(due="2026-12-03", milestones=(milestone,), flagged=True, size=2.5))
    assert held["due"] == "2026-12-03"
    assert held["milestones"] == frozenset({"jira:milestone:v1"})
    assert (held["flagged"], held["size"], held["phase"]) == ("true", "2.5", "active")
    assert {"state_entered_at", "done_at", "reopen_count"}.isdisjoint(held)
