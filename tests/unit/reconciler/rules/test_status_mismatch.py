from datetime import UTC, date, datetime, timedelta

import pytest

from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Severity, Unknown
from syncd.model.items import Level, Phase
from syncd.model.links import Evidence
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.status_mismatch import RULE, Params
from syncd.reconciler.view import View
from syncd.testing.builders import (
    at,
    change,
    config,
    declared,
    event,
    github_milestone,
    implements,
    issue,
    link,
    pull_request,
    snapshot,
    sprint,
    version,
)

MONDAY = "2026-11-23 08:00"


def results(*things, as_of=MONDAY, params=None, settings=None, **more):
    view = View(snapshot(*things, as_of=as_of, **more), settings or config())
    return list(RULE.check(view, params or Params()))


def kinds(*things, **more):
    return [one.discriminator for one in results(*things, **more)]


def done(ref, when, **fields):
    return issue(ref, phase=Phase.DONE, state="Done", done_at=at(when), **fields)


def test_empty_snapshot_is_clear():
    assert results() == []


# a: merged, but the issue is open


def merged(when="2026-11-19 08:00", ref="acme/ledger#311", **fields):
    return pull_request(ref, state="merged", merged_at=at(when), **fields)


def test_merged_pull_request_of_an_open_issue():
    item, pull = issue("LED-88", title="Ledger API v2", assignee="ada"), merged()
    (found,) = results(item, pull, implements(pull, item))
    assert (found.discriminator, found.severity, found.subject) == (
        "a",
        Severity.LOW,
        str(item.key),
    )
    assert found.summary == (
        "Ledger API v2 (LED-88) is still Active, but acme/ledger#311 was merged on Thu 19 Nov."
    )
    assert found.plain == "Ledger API v2 is shown as open, but its code was finished on Thu 19 Nov."
    assert found.act == "ada: close LED-88, or say what is left to do."
    assert found.owner == "jira:ada"
    assert [fact.url for fact in found.facts] == [item.url, pull.url]
    assert {str(scope) for scope in found.scopes} == {"jira:LED", "github:acme/ledger"}
    assert found.rule == "status-mismatch"
    assert found.clears


@pytest.mark.parametrize(
    ("when", "fires"),
    [("2026-11-19 07:59", True), ("2026-11-19 08:00", True), ("2026-11-19 08:01", False)],
)
def test_merge_has_two_working_days_of_grace(when, fires):
    item, pull = issue("LED-88"), merged(when)
    assert bool(results(item, pull, implements(pull, item))) is fires


def test_state_touched_after_the_merge_begins_the_grace_anew():
    item, pull = issue("LED-88", state_entered_at=at("2026-11-20")), merged()
    assert results(item, pull, implements(pull, item)) == []


@pytest.mark.parametrize(("evidence", "fires"), [
    (Evidence.CLOSES, True), (Evidence.BRANCH, True), (Evidence.COMMIT, False), (Evidence.BODY, False),
])  # fmt: skip
def test_only_sure_implementations_count(evidence, fires):
    item, pull = issue("LED-88"), merged()
    assert bool(results(item, pull, implements(pull, item, evidence))) is fires


@pytest.mark.parametrize(
    "fields",
    [
        {"phase": Phase.DONE},
        {"phase": Phase.DROPPED},
        {"unchecked_tasks": 1},
        {"state": "Awaiting release"},
        {"state": "In QA"},
    ],
)
def test_merged_is_silent_for_closed_ticked_and_awaiting_issues(fields):
    item, pull = issue("LED-88", **fields), merged()
    assert results(item, pull, implements(pull, item)) == []


def test_merged_into_another_branch_is_silent():
    item, pull = issue("LED-88"), merged(base_is_default=False)
    assert results(item, pull, implements(pull, item)) == []


def test_merged_is_silent_while_another_pull_request_is_open():
    item, pull, other = issue("LED-88"), merged(), pull_request("acme/ledger#312")
    assert results(item, pull, other, implements(pull, item), implements(other, item)) == []


def test_merged_is_silent_while_a_child_is_open():
    item, pull = issue("LED-88"), merged()
    assert results(item, pull, implements(pull, item), issue("LED-89", parent="LED-88")) == []


@pytest.mark.parametrize(
    ("reverted", "fires"), [("2026-11-18 08:00", True), ("2026-11-19 12:00", False)]
)
def test_later_revert_is_silent(reverted, fires):
    item, pull = issue("LED-88"), merged(title="Add v2")
    revert = merged(reverted, ref="acme/ledger#312", title='Revert "Add v2"', is_revert=True)
    assert bool(results(item, pull, implements(pull, item), revert)) is fires


def test_states_that_wait_can_be_configured():
    item, pull = issue("LED-88", state="Parked"), merged()
    assert kinds(item, pull, implements(pull, item)) == ["a"]
    assert kinds(item, pull, implements(pull, item), params=Params(awaits="parked")) == []


def test_hidden_pull_request_leaves_it_unknown():
    item, pull = issue("LED-88"), merged()
    found = results(item, pull, implements(pull, item), invisible=[pull.key])
    assert all(isinstance(one, Unknown) for one in found)
    assert {one.discriminator for one in found} == {"a", "h"}


# b: done, but the pull request is open


@pytest.mark.parametrize(
    ("when", "fires"),
    [("2026-11-19 07:59", True), ("2026-11-19 08:00", True), ("2026-11-19 08:01", False)],
)
def test_open_pull_request_of_a_done_issue(when, fires):
    item, pull = done("LED-88", when), pull_request("acme/ledger#311", author="kim")
    found = results(item, pull, implements(pull, item))
    assert bool(found) is fires
    if found:
        assert (found[0].discriminator, found[0].subject) == ("b", str(pull.key))
        assert found[0].act == "kim: merge or close acme/ledger#311, or reopen LED-88."


def test_open_pull_request_that_serves_an_open_issue_too_is_silent():
    item, other, pull = (
        done("LED-88", "2026-11-02"),
        issue("LED-89"),
        pull_request("acme/ledger#311"),
    )
    assert results(item, other, pull, implements(pull, item), implements(pull, other)) == []


def test_pull_request_of_a_bot_is_silent():
    item, pull = done("LED-88", "2026-11-02"), pull_request("acme/ledger#311", is_bot=True)
    assert results(item, pull, implements(pull, item)) == []


@pytest.mark.parametrize(("touched", "kind"), [("2026-08-28", "b-drafts"), ("2026-08-31", "b")])
def test_draft_idle_for_sixty_working_days_has_a_monthly_line(touched, kind):
    item = done("LED-88", "2026-11-02")
    pull = pull_request("acme/ledger#311", draft=True, last_human_activity_at=at(touched))
    (found,) = results(item, pull, implements(pull, item))
    assert found.discriminator == kind
    if kind == "b-drafts":
        assert (found.subject, found.material, found.severity) == (
            "team:ledger",
            "2026-11",
            Severity.LOW,
        )


# c: all parts closed, but the whole is open


def family(*children, **fields):
    return (issue("PAY-1", **fields), *children)


@pytest.mark.parametrize(
    ("when", "fires"),
    [("2026-11-18 07:59", True), ("2026-11-18 08:00", True), ("2026-11-18 08:01", False)],
)
def test_all_parts_closed(when, fires):
    found = results(
        *family(done("PAY-2", when, parent="PAY-1"), done("PAY-3", "2026-11-02", parent="PAY-1"))
    )
    assert bool(found) is fires
    if found:
        assert (found[0].discriminator, found[0].severity) == ("c", Severity.LOW)
        assert "the last of its 2 parts was closed on Wed 18 Nov" in found[0].summary


def test_all_parts_dropped_is_silent():
    dropped = issue("PAY-2", parent="PAY-1", phase=Phase.DROPPED, done_at=at("2026-11-02"))
    assert kinds(*family(dropped)) == []
    assert kinds(*family(dropped, done("PAY-3", "2026-11-02", parent="PAY-1"))) == ["c"]


def test_open_part_is_silent():
    assert (
        kinds(*family(done("PAY-2", "2026-11-02", parent="PAY-1"), issue("PAY-3", parent="PAY-1")))
        == []
    )


def test_part_added_lately_is_silent():
    young = done("PAY-2", "2026-11-02", parent="PAY-1", created_at=at("2026-11-19"))
    assert kinds(*family(young)) == []
    adopted = done("PAY-2", "2026-11-02", parent="PAY-1")
    assert kinds(*family(adopted), change(adopted, "parent", None, "PAY-1", "2026-11-19")) == []


def test_hidden_part_leaves_it_unknown():
    hidden = issue("PAY-3", parent="PAY-1")
    (found,) = results(
        *family(done("PAY-2", "2026-11-02", parent="PAY-1"), hidden), invisible=[hidden.key]
    )
    assert isinstance(found, Unknown)
    assert found.discriminator == "c"


# d: the whole is done, but a part is open


@pytest.mark.parametrize(
    ("when", "fires"),
    [("2026-11-20 07:59", True), ("2026-11-20 08:00", True), ("2026-11-20 08:01", False)],
)
def test_part_open_of_a_done_parent(when, fires):
    parent = done("PAY-1", when)
    found = results(
        parent, issue("PAY-2", parent="PAY-1"), issue("PAY-3", parent="PAY-1", phase=Phase.DONE)
    )
    assert bool(found) is fires
    if found:
        assert (found[0].discriminator, found[0].subject) == ("d", str(parent.key))
        assert "with 1 part open: PAY-2" in found[0].summary


def test_part_moved_to_another_milestone_is_silent():
    now, later = version("2.0", release="2026-12-01"), version("2.1", release="2026-12-31")
    parent = done("PAY-1", "2026-11-02", milestones=(now.key,))
    assert kinds(now, later, parent, issue("PAY-2", parent="PAY-1", milestones=(later.key,))) == []
    assert kinds(now, later, parent, issue("PAY-2", parent="PAY-1", milestones=(now.key,))) == ["d"]


# e: the event is over, but the milestone is open

CHECKOUT = declared(
    "checkout",
    "jira:fixVersion=2.0",
    "calendar:summary~'Launch'",
    gates=("calendar:summary~'review'",),
)


def launched(day="2026-11-18", release="2026-11-18", title="Launch", **fields):
    planned = version("2.0", release=release, state=fields.pop("state", "planned"))
    return planned, event(title, day, **fields)


def of_launch(*things, **more):
    return kinds(*things, settings=config(deliverables=(CHECKOUT,)), **more)


@pytest.mark.parametrize(
    ("as_of", "fires"),
    [("2026-11-19 12:00", False), ("2026-11-19 23:59", False), ("2026-11-20 00:00", True)],
)
def test_launch_is_over_and_the_version_open(as_of, fires):
    assert of_launch(*launched(), as_of=as_of) == (["e"] if fires else [])


def test_launch_that_is_over_is_of_medium_severity():
    (found,) = results(*launched(), settings=config(deliverables=(CHECKOUT,)))
    assert (found.severity, found.subject) == (Severity.MEDIUM, "deliverable:checkout")
    assert (
        found.summary == 'The event "Launch" took place on Wed 18 Nov, but PAY 2.0 is still open.'
    )


@pytest.mark.parametrize("state", ["released", "archived"])
def test_launch_of_a_closed_version_is_clear(state):
    assert of_launch(*launched(state=state)) == []


def test_launch_cancelled_or_moved_is_silent():
    assert of_launch(*launched(status="cancelled")) == []
    assert of_launch(*launched(day="2026-12-02")) == []


@pytest.mark.parametrize(("release", "fires"), [("2026-11-18", True), ("2026-11-19", False)])
def test_review_before_the_target_day_says_nothing(release, fires):
    found = of_launch(*launched(title="Final review", release=release))
    assert found == (["e"] if fires else [])


# f and g: ended with open items


@pytest.mark.parametrize(
    ("when", "fires"),
    [("2026-11-20 07:59", True), ("2026-11-20 08:00", True), ("2026-11-20 08:01", False)],
)
def test_released_version_with_open_items(when, fires):
    out = version("2.0", release="2026-11-19", state="released", closed_at=at(when))
    found = results(
        out,
        issue("PAY-1", milestones=(out.key,)),
        done("PAY-2", "2026-11-02", milestones=(out.key,)),
    )
    assert bool(found) is fires
    if found:
        assert (found[0].discriminator, found[0].severity) == ("f", Severity.MEDIUM)
        assert found[0].subject == str(out.key)
        assert found[0].summary == "PAY 2.0 was released on Fri 20 Nov with 1 open item: PAY-1."
        assert found[0].owner == "team:payments"


def test_closed_milestone_with_open_items():
    out = github_milestone("2.0", state="closed", closed_at=at("2026-11-02"))
    assert kinds(out, issue("acme/ledger#7", source="github", milestones=(out.key,))) == ["f"]


def test_archived_version_is_silent():
    out = version("2.0", state="archived", closed_at=at("2026-11-02"))
    assert kinds(out, issue("PAY-1", milestones=(out.key,))) == []


@pytest.mark.parametrize(("hour", "fires"), [(8, False), (7, True)])
def test_items_moved_in_bulk_within_a_working_day_are_silent(hour, fires):
    out = version("2.0", state="released", closed_at=at("2026-11-02"))
    left = issue("PAY-1", milestones=(out.key,))
    moved = [issue(f"PAY-{n}") for n in range(2, 22)]
    start = datetime(2026, 11, 20, hour, 1, tzinfo=UTC)
    changes = [
        change(item, "milestones", str(out.key), None, start + timedelta(seconds=n))
        for n, item in enumerate(moved)
    ]
    assert kinds(out, left, *moved, *changes) == (["f"] if fires else [])


@pytest.mark.parametrize(
    ("when", "fires"), [("2026-11-20 08:00", True), ("2026-11-20 08:01", False)]
)
def test_closed_sprint_with_open_items(when, fires):
    ended = sprint("Sprint 41", end="2026-11-20", state="closed", closed_at=at(when))
    found = results(
        ended, issue("PAY-1", sprint=ended.key), issue("PAY-2", sprint=ended.key, phase=Phase.DONE)
    )
    assert [one.discriminator for one in found] == (["g"] if fires else [])
    if found:
        assert found[0].severity is Severity.LOW
        assert "put PAY-1 into a running sprint or the backlog" in found[0].act


def test_running_sprint_is_clear():
    running = sprint("Sprint 41", end="2026-12-04")
    assert kinds(running, issue("PAY-1", sprint=running.key)) == []


# h: closed unmerged, but the issue is in review


def closed(when="2026-11-19 08:00", ref="acme/ledger#311", **fields):
    return pull_request(ref, state="closed", closed_at=at(when), **fields)


@pytest.mark.parametrize(
    ("when", "fires"), [("2026-11-19 08:00", True), ("2026-11-19 08:01", False)]
)
def test_review_of_what_was_closed_unmerged(when, fires):
    item, pull = issue("LED-88", phase=Phase.REVIEW, state="In Review"), closed(when)
    assert kinds(item, pull, implements(pull, item)) == (["h"] if fires else [])


@pytest.mark.parametrize("state", ["open", "merged"])
def test_newer_pull_request_is_silent(state):
    item, pull = issue("LED-88", phase=Phase.REVIEW), closed()
    newer = pull_request(
        "acme/ledger#312",
        state=state,
        created_at=at("2026-11-20"),
        merged_at=at("2026-11-20") if state == "merged" else None,
    )
    assert kinds(item, pull, newer, implements(pull, item), implements(newer, item)) == []


def test_issue_that_is_not_in_review_is_silent():
    item, pull = issue("LED-88"), closed()
    assert kinds(item, pull, implements(pull, item)) == []


# i: active before what it waits for


@pytest.mark.parametrize(
    ("when", "fires"), [("2026-11-19 08:00", True), ("2026-11-19 08:01", False)]
)
def test_active_while_its_prerequisite_is_not_done(when, fires):
    item, first = (
        issue("PAY-142", state_entered_at=at(when)),
        issue("LED-88", phase=Phase.TODO, assignee="kim"),
    )
    found = results(item, first, link(item, first))
    assert [one.discriminator for one in found] == (["i"] if fires else [])
    if found:
        assert "PAY-142 (" not in found[0].plain
        assert "but LED-88, for which it waits, is not done" in found[0].summary
        assert "ask kim whether PAY-142 still waits for LED-88" in found[0].act


@pytest.mark.parametrize("phase", [Phase.REVIEW, Phase.DONE, Phase.DROPPED])
def test_prerequisite_in_review_or_closed_is_silent(phase):
    item, first = issue("PAY-142", state_entered_at=at("2026-11-02")), issue("LED-88", phase=phase)
    assert kinds(item, first, link(item, first)) == []


def test_link_set_lately_begins_the_grace():
    item, first = (
        issue("PAY-142", state_entered_at=at("2026-11-02")),
        issue("LED-88", phase=Phase.TODO),
    )
    assert kinds(item, first, link(item, first, set_at=at("2026-11-20"))) == []


def test_suspected_prerequisite_is_silent():
    item, first = (
        issue("PAY-142", state_entered_at=at("2026-11-02")),
        issue("LED-88", phase=Phase.TODO),
    )
    waits = link(item, first, "waiting for", "", evidence=Evidence.WAITS_PHRASE, explicit=False)
    assert kinds(item, first, waits) == []


# time


@pytest.mark.parametrize(
    ("as_of", "fires"), [("2027-01-04 08:00", False), ("2027-01-05 08:00", True)]
)
def test_grace_over_the_year_end_and_a_holiday(as_of, fires):
    off = WorkingCalendar(days_off=frozenset({date(2027, 1, 1)}))
    item, pull = issue("LED-88"), merged("2026-12-31 08:00")
    assert (
        bool(
            results(item, pull, implements(pull, item), as_of=as_of, settings=config(calendar=off))
        )
        is fires
    )


def test_grace_over_a_leap_day():
    item, pull = issue("LED-88"), merged("2028-02-28 08:00")
    assert kinds(item, pull, implements(pull, item), as_of="2028-03-01 07:59") == []
    assert kinds(item, pull, implements(pull, item), as_of="2028-03-01 08:00") == ["a"]


def test_grace_over_a_clock_change_ends_at_the_same_local_time():
    berlin = config(calendar=WorkingCalendar(zone="Europe/Berlin"))
    item, pull = issue("LED-88", created_at=at("2026-01-05")), merged("2026-10-22 08:00")
    things = (item, pull, implements(pull, item))
    assert kinds(*things, as_of="2026-10-26 08:59", settings=berlin) == []
    assert kinds(*things, as_of="2026-10-26 09:00", settings=berlin) == ["a"]


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_first_and_last_dates_of_python_do_no_harm(day):
    of_launch(*launched(day=day, release=day))


def test_hierarchy_of_epics_is_read_through():
    epic = issue("PAY-1", level=Level.EPIC, type="Epic")
    story = done("PAY-2", "2026-11-02", parent="PAY-1")
    assert kinds(epic, story) == ["c"]


@pytest.mark.parametrize("stale", ["jira:LED", "github:acme/ledger"])
def test_stale_source_leaves_it_unknown(stale):
    item, pull = issue("LED-88"), merged()
    told = evaluate(
        snapshot(item, pull, implements(pull, item), stale={stale: "2026-11-22"}), config(), [RULE]
    )
    assert (told.findings, len(told.unknown)) == ((), 1)


def test_a_revert_of_something_else_with_like_words_does_not_count():
    item, pull = issue("LED-1"), merged("2026-11-16", title="Add v2")
    other = merged(
        "2026-11-19", ref="acme/ledger#312", title='Revert "Add v2 metrics"', is_revert=True
    )
    assert kinds(item, pull, implements(pull, item), other) == ["a"]


def test_revert_that_was_not_merged_does_not_count():
    item, pull = issue("LED-88"), merged(title="Add v2")
    revert = closed("2026-11-20", ref="acme/ledger#312", title='Revert "Add v2"', is_revert=True)
    other = merged("2026-11-20", ref="acme/ledger#313", title="Document: Add v2")
    assert kinds(item, pull, implements(pull, item), revert, other) == ["a"]


def test_launch_that_is_over_is_silent_while_a_review_lies_ahead():
    planned, launch = launched()
    assert of_launch(planned, launch, event("Final review", "2026-11-23")) == []
    assert of_launch(planned, launch, event("Final review", "2026-11-19")) == ["e"]


def test_last_of_several_events_is_named():
    planned, launch = launched()
    (found,) = results(
        planned,
        launch,
        event("Launch again", "2026-11-19"),
        settings=config(deliverables=(CHECKOUT,)),
    )
    assert "Launch again" in found.summary


def test_restricted_issue_makes_it_restricted():
    item, pull = done("LED-88", "2026-11-02", restricted=True), pull_request("acme/ledger#311")
    (found,) = results(item, pull, implements(pull, item))
    assert found.restricted
