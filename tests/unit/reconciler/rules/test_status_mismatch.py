from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from syncd.alerts.lifecycle import advance
from syncd.model.calendar import WorkingCalendar
from syncd.model.findings import Finding, Severity, Unknown
from syncd.model.items import Level, Phase, PullRequest
from syncd.model.links import Evidence
from syncd.reconciler.engine import evaluate
from syncd.reconciler.rules.status_mismatch import RULE, Params
from syncd.reconciler.silence import Outcome, why_not
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
    key,
    link,
    pull_request,
    snapshot,
    sprint,
    version,
)

MONDAY = "2026-11-23 08:00"


def results(*things, as_of=MONDAY, params=None, settings=None, **more):
    view = View(snapshot(*things, as_of=as_of, **more), settings or config())
    every = RULE.check(view, params or Params())
    return [one for one in every if isinstance(one, Unknown) or not one.holds]


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


def test_a_released_version_whose_epic_is_open_and_has_no_date():
    """One deliverable: without the version's day nothing would tell that half of it is open."""
    out = version("2.0", release="2026-11-16", state="released", closed_at=at("2026-11-16"))
    epic = issue("PAY-9", level=Level.EPIC, title="Checkout")
    both = declared("checkout", "jira:fixVersion=2.0", "jira:epic=PAY-9")
    (one,) = results(out, epic, settings=config(deliverables=(both,)))
    assert (one.discriminator, one.rule) == ("f", "status-mismatch")
    assert one.summary == "PAY 2.0 was released on Mon 16 Nov and has 1 open item: PAY-9."
    dated = issue("PAY-9", level=Level.EPIC, due="2026-12-18")
    assert not results(out, dated, settings=config(deliverables=(both,))), "its own day tells of it"
    assert not results(out, epic), "they are two things"
    more = declared(
        "checkout", *(f"jira:fixVersion={n}" for n in ("2.0", "2.1")), "jira:epic=PAY-9"
    )
    later = version("2.1")
    assert not results(out, later, epic, settings=config(deliverables=(more,))), "open for that one"


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
        assert "and has 1 open part: PAY-2" in found[0].summary


BACK = [("2026-11-20 08:00", True), ("2026-11-20 08:01", False)]


@pytest.mark.parametrize(("when", "fires"), BACK)
def test_part_reopened_made_or_put_there_later_has_its_own_grace(when, fires):
    parent, part = done("PAY-1", "2026-10-02"), issue("PAY-2", parent="PAY-1")
    expected = ["d"] if fires else []
    assert kinds(parent, part, change(part, "phase", "done", "active", when)) == expected
    assert kinds(parent, part, change(part, "parent", None, "PAY-1", when)) == expected
    assert kinds(parent, replace(part, created_at=at(when))) == expected
    (old,) = results(parent, replace(part, created_at=at(when)), issue("PAY-3", parent="PAY-1"))
    assert "PAY-3" in old.summary
    assert ("PAY-2" in old.summary) is fires


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


def test_launch_before_the_target_day_is_over_like_any_other():
    assert of_launch(*launched(release="2026-12-04")) == ["e"]


def test_launch_that_is_over_speaks_for_its_day_which_is_not_that_of_the_release():
    """Nobody has to say which of the two days holds."""
    release, launch = launched(release="2026-12-04")
    held = snapshot(release, launch, issue("PAY-1", milestones=(release.key,)))
    answer = evaluate(held, config(deliverables=(CHECKOUT,)))
    found = {one.rule: one for one in answer.findings}
    pair = found["dates-disagree"].fingerprint, found["status-mismatch"].fingerprint
    assert pair in answer.inhibited


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
        assert found[0].summary == (
            "PAY 2.0 was released on Fri 20 Nov and has 1 open item: PAY-1."
        )
        assert found[0].owner == "team:payments"


@pytest.mark.parametrize(("when", "fires"), BACK)
def test_item_reopened_made_or_put_there_later_has_its_own_grace(when, fires):
    out = version("2.0", state="released", closed_at=at("2026-10-02"))
    run = sprint("Sprint 40", state="closed", closed_at=at("2026-10-02"))
    for kind, held in (("f", {"milestones": (out.key,)}), ("g", {"sprint": run.key})):
        one, place = issue("PAY-1", **held), out if kind == "f" else run
        field = "milestones" if kind == "f" else "sprint"
        expected = [kind] if fires else []
        assert kinds(place, one, change(one, "phase", "done", "active", when)) == expected
        assert kinds(place, one, change(one, field, None, str(place.key), when)) == expected
        assert kinds(place, replace(one, created_at=at(when))) == expected


def test_how_long_it_has_been_so_counts_from_the_later_of_the_two():
    out = version("2.0", state="released", closed_at=at("2026-10-02"))
    one = issue("PAY-1", milestones=(out.key,))
    (found,) = results(out, one, change(one, "phase", "done", "active", "2026-11-18"))
    assert found.reckoning.formula == "so since Wed 18 Nov: 3 working days"


def test_a_milestone_is_called_by_its_name_not_by_its_number():
    out = github_milestone("v3", state="closed", closed_at=at("2026-11-02"))
    numbered = replace(out, ref="acme/ledger milestone 7")
    (found,) = results(numbered, issue("acme/ledger#7", source="github", milestones=(out.key,)))
    assert found.summary.startswith("acme/ledger milestone v3 was closed on Mon 2 Nov and has")
    assert found.facts[0].text == "acme/ledger milestone v3 is closed"


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


def test_no_version_of_it_says_that_nothing_is_open_on_a_day():
    item = issue("PAY-1", phase=Phase.REVIEW)
    pull = pull_request(state="closed", closed_at=at("2026-11-02"))
    (found,) = results(item, pull, implements(pull, item))
    assert found.plain == (
        "Title of PAY-1 is shown as in review, but what was to be reviewed was withdrawn on Mon 2 Nov."
    )


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


@pytest.mark.parametrize(
    "titles",
    [
        ("Fix", 'Revert "Fix"', 'Revert "Revert "Fix""'),
        ("Fix", 'Revert "Fix"', 'Reapply "Fix"'),
        ("Fix", 'Revert "Fix (#1)"', 'Reapply "Fix (#1)"'),
        ("Fix", 'Revert "Fix (#1)"', 'Revert "Revert "Fix (#1)""'),
        ("Fix", 'Revert "Fix"', 'Reapply "Fix" (#2)'),
        ("Fix", 'Revert "Fix (#1)"', 'Revert "Revert "Fix (#1)" (#2)"'),
    ],
)
def test_revert_that_was_taken_back_itself_does_not_count(titles):
    item = issue("PAY-1")
    first, *later = (
        pull_request(
            f"acme/ledger#{n}", title=title, is_revert=n > 1, state="merged",
            merged_at=at(f"2026-11-0{n}"),
        )
        for n, title in enumerate(titles, 1)
    )  # fmt: skip
    assert kinds(item, first, later[0], implements(first, item)) == []
    assert kinds(item, first, *later, implements(first, item)) == ["a"]


def test_a_revert_of_what_was_reapplied_counts():
    item = issue("PAY-1")
    titles = ("Fix", 'Revert "Fix"', 'Reapply "Fix"', 'Revert "Reapply "Fix""')
    first, *later = (
        pull_request(
            f"acme/ledger#{n}", title=title, is_revert=n > 1, state="merged",
            merged_at=at(f"2026-11-0{n}"),
        )
        for n, title in enumerate(titles, 1)
    )  # fmt: skip
    assert kinds(item, first, *later, implements(first, item)) == []


OPEN, SHUT = issue("PAY-2", parent="PAY-1"), done("PAY-3", "2026-11-20 09:00", parent="PAY-1")
GONE = replace(SHUT, phase=Phase.DROPPED)
CLOSED = pull_request("acme/payments#1", state="closed", closed_at=at("2026-11-02"))
NEWER = pull_request("acme/payments#2", created_at=at("2026-11-03"))
LATER = version("2.1", release="2026-12-31")


@pytest.mark.parametrize(
    ("subject", "things", "reason"),
    [
        (issue("PAY-1"), (OPEN, SHUT), "a part of it is open"),
        (issue("PAY-1"), (GONE,), "no part of it was delivered"),
        (issue("PAY-1"), (SHUT,),
         "Title of PAY-1 (PAY-1) is still Active, but its only part was closed on Fri 20 Nov; so for less than 3 wd"),
        (done("PAY-1", "2026-11-02"), (SHUT,), "no part of it is open"),
        (done("PAY-1", "2026-11-02"), (LATER, replace(OPEN, milestones=(LATER.key,))),
         "its open parts were put into another milestone"),
        (done("PAY-1", "2026-11-02"), (replace(OPEN, created_at=at("2026-11-23 07:00")),),
         "Title of PAY-1 (PAY-1) was done on Mon 2 Nov and has 1 open part: PAY-2; so for less than 1 wd"),
        (issue("PAY-1", phase=Phase.REVIEW), (CLOSED, NEWER), "a pull request of it is open"),
        (CLOSED, (done("PAY-1", "2026-11-02"),), "it is closed"),
        (NEWER, (issue("PAY-1"),), "an issue of it is open"),
        (NEWER, (replace(GONE, ref="PAY-1", key=key("PAY-1")),), "no issue of it was delivered"),
        (replace(NEWER, draft=True, created_at=at("2026-01-05"), updated_at=at("2026-01-05")),
         (done("PAY-1", "2026-11-02"),),
         "it is a draft untouched for over 60 wd: in the monthly line of its team"),
        (sprint("Sprint 41"), (), "it is active"),
        (sprint("Sprint 40", state="closed"), (), "no item of it is open"),
        (issue("PAY-1"), (issue("PAY-9", phase=Phase.REVIEW),), "what it waits for is in review"),
    ],
)  # fmt: skip
def test_each_guard_says_why(subject, things, reason):
    every = [subject, *things]
    pulls = [one for one in every if isinstance(one, PullRequest)]
    served = next((one for one in every if getattr(one, "ref", "") == "PAY-1"), None)
    links = [implements(pull, served) for pull in pulls]
    links += [link(subject, one) for one in things if getattr(one, "ref", "") == "PAY-9"]
    view = View(snapshot(*every, *links), config())
    told = why_not(view, [RULE], RULE.id, [str(subject.key)])
    is_young = "so for less than" in reason
    assert told.outcome is (Outcome.HOLDS if is_young else Outcome.SILENT)
    assert reason in told.reasons


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


def taken_back(done_on="2026-11-17", reverted="2026-11-19 08:00", **fields):
    item, pull = (
        done("LED-88", done_on, title="Ledger API v2"),
        merged("2026-11-16", title="Add v2"),
    )
    revert = merged(reverted, ref="acme/ledger#312", title='Revert "Add v2"', is_revert=True)
    return item, pull, implements(pull, item), replace(revert, **fields)


def test_done_work_whose_code_was_taken_back_is_told() -> None:
    (found,) = results(*taken_back())
    assert (found.discriminator, found.severity) == ("j", Severity.MEDIUM)
    assert found.summary == (
        "Ledger API v2 (LED-88) is Done, but acme/ledger#312 took it back on Thu 19 Nov."
    )
    assert found.act.endswith(
        "reopen LED-88 and tell who builds on it, or say that it is not needed."
    )


@pytest.mark.parametrize(
    ("done_on", "reverted", "as_of", "told"),
    [
        ("2026-11-17", "2026-11-19 08:01", MONDAY, False),
        ("2026-11-20", "2026-11-19 08:00", MONDAY, False),
        ("2026-11-17", "2026-11-19 08:00", "2026-12-17 08:00", True),
        ("2026-11-17", "2026-11-19 08:00", "2026-12-18 08:00", False),
    ],
)
def test_it_is_told_after_its_grace_while_it_is_news(done_on, reverted, as_of, told) -> None:
    """Whoever closed it after the revert knew of that."""
    assert bool(results(*taken_back(done_on, reverted), as_of=as_of)) is told


def test_what_was_merged_anew_or_is_under_way_is_clear() -> None:
    item, pull, link_, revert = taken_back()
    for again in (merged("2026-11-20", ref="acme/ledger#313"), pull_request("acme/ledger#313")):
        assert "j" not in kinds(item, pull, link_, revert, again, implements(again, item))
    assert results(item, pull, link_) == []


def test_a_revert_on_another_branch_takes_nothing_back() -> None:
    elsewhere = taken_back(base="release/1.0", base_is_default=False)
    assert kinds(*elsewhere) == []


@pytest.mark.parametrize(
    ("title", "fields", "told"),
    [
        ("Add v2", {}, False),
        ("Reland: Add v2", {}, False),
        ('Reapply "Add v2"', {"is_revert": True}, False),
        ("Add v2 metrics and more", {"state": "closed", "merged_at": None}, True),
        ("Add v20", {}, True),
    ],
)
def test_what_was_merged_again_without_a_word_of_the_issue_is_back(title, fields, told) -> None:
    again = replace(merged("2026-11-20", ref="acme/ledger#313", title=title), **fields)
    assert bool(kinds(*taken_back(), again)) is told
    proposed = pull_request("acme/ledger#313", title=title, created_at=at("2026-11-20"))
    assert bool(kinds(*taken_back(), replace(proposed, **fields))) is told


@pytest.mark.parametrize(("branch", "which"), [("", "LED-90"), ("revert-311-add", "LED-88")])
def test_of_two_of_one_title_the_revert_means_the_last_or_what_its_branch_names(
    branch, which
) -> None:
    item, pull, link_, revert = taken_back(head_branch=branch)
    other = done("LED-90", "2026-11-18", title="Ledger UI v2")
    its = merged("2026-11-17", ref="acme/ledger#300", title="Add v2")
    found = results(item, pull, link_, other, its, implements(its, other), revert)
    assert [one.ref for one in found] == [which]


def test_of_work_whose_end_is_not_known_nothing_tells_that_it_ended_before() -> None:
    item, pull, link_, revert = taken_back()
    assert kinds(replace(item, done_at=None), pull, link_, revert) == []


# What cannot be seen: nothing is concluded from it, nor from its absence


def told(*things, **more):
    return {(type(one), one.discriminator) for one in results(*things, **more)}


def test_work_that_waits_is_told_though_a_pull_request_of_it_cannot_be_seen():
    before, after = issue("LED-1", phase=Phase.TODO), issue("PAY-1")
    pull = pull_request("acme/pay#1")
    world = before, after, pull, link(after, before), implements(pull, after)
    assert (Finding, "i") in told(*world)
    assert (Finding, "i") in told(*world, invisible=[pull.key])


def test_whether_what_is_waited_for_is_done_cannot_be_told_while_it_cannot_be_seen():
    before, after = issue("LED-1", phase=Phase.TODO), issue("PAY-1")
    world = before, after, link(after, before)
    assert told(*world) == {(Finding, "i")}
    assert told(*world, invisible=[before.key]) == {(Unknown, "i")}
    other = issue("LED-2", phase=Phase.TODO)
    world += other, link(after, other)
    (found,) = results(*world, invisible=[before.key])
    assert "LED-2" in found.summary
    assert "LED-1" not in found.summary


def test_a_release_is_not_cleared_by_open_items_that_cannot_be_seen():
    released = version("2.0", state="released", closed_at=at("2026-11-16"))
    item = issue("PAY-1", milestones=(released.key,))
    assert told(released, item) == {(Finding, "f")}
    assert told(released, item, invisible=[item.key]) == {(Unknown, "f")}
    finished = done("PAY-1", "2026-11-16", milestones=(released.key,))
    assert told(released, finished, invisible=[item.key]) == set()


def test_a_pull_request_is_not_judged_by_part_of_its_issues():
    pull, finished, other = pull_request("acme/pay#1"), done("PAY-1", "2026-11-16"), issue("PAY-2")
    alone = pull, finished, implements(pull, finished)
    assert told(*alone) == {(Finding, "b")}
    assert told(*alone, invisible=[finished.key]) == {(Unknown, "b")}
    both = *alone, other, implements(pull, other)
    assert told(*both) == set()
    assert told(*both, invisible=[other.key]) == {(Unknown, "b")}
    assert told(*both, invisible=[finished.key]) == set()


def test_another_state_that_is_as_open_does_not_make_the_books_fit():
    """Nobody hears that it fits the facts again, and days later that it does not."""
    parent = issue("PAY-1", phase=Phase.REVIEW, state_entered_at=at("2026-11-02"))
    child = issue("PAY-2", parent="PAY-1", phase=Phase.DONE, done_at=at("2026-11-10"))
    blocked = replace(
        parent, phase=Phase.WAITING, state="Blocked", state_entered_at=at("2026-11-20")
    )
    told, alerts = [], ()
    for thing, now in ((parent, "2026-11-19"), (blocked, "2026-11-23"), (blocked, "2026-11-27")):
        found = evaluate(snapshot(thing, child, as_of=now), config())
        later = advance(alerts, found, found.as_of, next_number=1, first_pass=False)
        mine = [one for one in later if one.alert.finding.rule == RULE.id]
        told.append([str(one.reason) for one in mine if one.told])
        alerts = tuple(one.alert for one in mine) or alerts
    assert told == [["opened"], [], []]
    assert kinds(blocked, child, as_of="2026-11-23") == []
