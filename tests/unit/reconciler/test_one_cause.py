"""One cause, one alert: what is sent of a release that all rules look at (§E3)."""

from datetime import date

from syncd.model.findings import Severity
from syncd.model.items import Level, Phase
from syncd.reconciler.engine import evaluate
from syncd.testing.builders import (
    LONG_AGO,
    at,
    change,
    config,
    event,
    implements,
    issue,
    link,
    parent_of,
    pull_request,
    snapshot,
    team,
    version,
)
from syncd.testing.histories import finished, planned

RELEASE = version("Checkout 2.0", release="2026-12-18")
REVIEW = event("Checkout 2.0 go / no-go", "2026-12-09")
HISTORY = finished(days=60, milestones=(RELEASE.key,), created_at=LONG_AGO)


def inside(count, **fields):
    known = {"milestones": (RELEASE.key,), "assignee": "ada", "created_at": LONG_AGO}
    return planned(count, **(known | fields))


def told(*things):
    """(rule, ref) of what speaks for itself, and of what is spoken for."""
    answer = evaluate(snapshot(RELEASE, REVIEW, *HISTORY, *things), config())
    assert answer.failures == ()
    spoken_for = dict(answer.inhibited)
    found = {(one.rule, one.ref): one.fingerprint in spoken_for for one in answer.findings}
    return {name for name, is_spoken_for in found.items() if not is_spoken_for}, {
        name for name, is_spoken_for in found.items() if is_spoken_for
    }


def test_what_fits_the_pace_is_silent():
    assert told(*inside(8)) == (set(), set())


def test_a_slow_pace_is_told_once_with_the_review_that_it_makes_useless():
    alone, below = told(*inside(60))
    assert alone == {("forecast-late", "Checkout 2.0")}
    assert below == {("gate-too-early", "Checkout 2.0")}


def test_what_one_item_holds_up_is_told_with_it_and_a_slow_pace_apart():
    ledger = issue("LED-88", due="2026-12-30", assignee="osei", created_at=LONG_AGO)
    between = issue("MOB-3", assignee="kim", phase=Phase.TODO, created_at=LONG_AGO)
    some, undated = inside(8), ("dep-weak", "MOB-3")
    links = link(between, ledger), link(some[-1], between)
    alone, _ = told(ledger, between, *some, *links)
    assert alone == {("dep-late", "LED-88"), undated}
    many = inside(60)
    alone, _ = told(ledger, between, *many, link(between, ledger), link(many[-1], between))
    assert alone == {("dep-late", "LED-88"), undated, ("forecast-late", "Checkout 2.0")}


def test_a_review_that_is_too_early_by_what_is_late_is_told_with_that_to_those_of_both():
    ledger = issue("LED-88", due="2026-11-18", assignee="osei", created_at=LONG_AGO)
    soon, some = event("Checkout 2.0 go / no-go", "2026-11-24"), inside(4)
    teams = team("payments", "jira:PAY"), team("ledger", "jira:LED")
    held = snapshot(RELEASE, soon, *HISTORY, ledger, *some, link(some[-1], ledger))
    answer = evaluate(held, config(teams=teams))
    found = {one.rule: one for one in answer.findings}
    assert dict(answer.inhibited) == {
        found["gate-too-early"].fingerprint: found["overdue"].fingerprint
    }
    assert found["overdue"].severity == found["gate-too-early"].severity == Severity.HIGH
    assert found["overdue"].holders == ("team:payments",)


def test_a_review_that_was_always_before_what_its_work_waits_for_is_told_by_itself():
    ledger = issue("LED-88", due="2026-11-18", assignee="osei", created_at=LONG_AGO)
    late = issue("LED-89", due="2026-12-10", assignee="osei", created_at=LONG_AGO)
    some = inside(4)
    alone, below = told(ledger, late, *some, link(some[-1], ledger), link(some[-1], late))
    assert alone == {("overdue", "LED-88"), ("gate-too-early", "Checkout 2.0")}
    assert below == set()


def test_a_forecast_tells_of_a_delay_before_any_date_does():
    slow = finished("LED", days=60, cycle=15)
    begun = issue("LED-1", due="2026-12-02", state_entered_at=at("2026-11-20"))
    waits = issue("PAY-1", due="2026-12-04", assignee="ada", phase=Phase.TODO)
    (found,) = evaluate(snapshot(begun, waits, link(waits, begun), *slow), config()).findings
    assert found.rule == "dep-late"
    assert found.summary.startswith(
        "Title of LED-1 (LED-1) was to be done by Wed 2 Dec and is expected on Fri 11 Dec"
    )


def test_what_waits_for_an_epic_waits_for_all_that_is_open_in_it():
    epic = issue("LED-1", level=Level.EPIC, due="2026-12-02", assignee="osei", created_at=LONG_AGO)
    work = planned(30, "LED", first=10, assignee="osei", created_at=LONG_AGO)
    waits = issue("PAY-1", due="2026-12-04", assignee="ada", created_at=LONG_AGO)
    parts = [parent_of(one, epic) for one in work]
    things = [epic, *work, *parts, waits, link(waits, epic), *finished("LED", days=60)]
    answer = evaluate(snapshot(*things), config())
    (found,) = (one for one in answer.findings if one.rule == "dep-late")
    assert (found.ref, found.pushes[0].ref) == ("LED-1", "PAY-1")
    assert found.expected == date(2027, 7, 15)


def test_what_speaks_for_graver_news_is_as_grave():
    epic = issue("PAY-1", level=Level.EPIC, due="2026-11-12", assignee="ada", created_at=LONG_AGO)
    work = planned(30, first=10, assignee="ada", created_at=LONG_AGO)
    waits = issue("PAY-2", due="2026-11-30", assignee="ada", created_at=LONG_AGO)
    parts = [parent_of(one, epic) for one in work]
    things = [epic, *work, *parts, waits, link(waits, epic), *finished(days=60)]
    answer = evaluate(snapshot(*things), config())
    found = {one.rule: one for one in answer.findings}
    assert dict(answer.inhibited) == {found["overdue"].fingerprint: found["dep-late"].fingerprint}
    assert found["overdue"].severity == found["dep-late"].severity == Severity.CRITICAL


def test_finished_work_of_which_only_the_books_are_open_is_no_graver_for_it():
    whole = issue("PAY-1", due="2026-11-12", assignee="ada", created_at=LONG_AGO)
    part = issue("PAY-2", phase=Phase.DONE, done_at=at("2026-11-10"), created_at=LONG_AGO)
    answer = evaluate(snapshot(whole, part, parent_of(part, whole)), config())
    found = {one.rule: one for one in answer.findings}
    (pair,) = answer.inhibited
    assert pair == (found["overdue"].fingerprint, found["status-mismatch"].fingerprint)
    assert found["status-mismatch"].severity < found["overdue"].severity


def test_an_epic_and_its_deliverable_are_one_thing():
    root = issue("LED-1", due="2026-11-12", assignee="osei", created_at=LONG_AGO)
    epic = issue("PAY-1", level=Level.EPIC, due="2026-11-20", assignee="ada", created_at=LONG_AGO)
    things = [root, epic, link(epic, root), *finished("LED", days=60, cycle=15)]
    answer = evaluate(snapshot(*things), config())
    found = {one.rule: one for one in answer.findings}
    assert [push.ref for push in found["dep-late"].pushes] == ["Title of PAY-1"]
    assert found["overdue"].fingerprint in dict(answer.inhibited)


def test_what_is_late_is_not_told_to_hold_up_itself():
    epic = issue("LED-1", level=Level.EPIC, due="2026-11-12", assignee="osei", created_at=LONG_AGO)
    waits = issue("PAY-2", due="2026-11-25", phase=Phase.TODO, assignee="ada")
    things = [epic, waits, link(waits, epic), *finished("LED", days=60, cycle=15)]
    found = {one.rule: one for one in evaluate(snapshot(*things), config()).findings}
    assert [push.ref for push in found["dep-late"].pushes] == ["PAY-2"]


def overtaken():
    """A date of LED moved 25 days past what waits for it, and what waits."""
    moved = issue("LED-1", due="2026-12-30", assignee="osei", created_at=LONG_AGO)
    step = change(moved, "due", "2026-11-26", "2026-12-30", "2026-11-20")
    known = {"assignee": "ada", "created_at": LONG_AGO, "phase": Phase.TODO}
    waiting = [issue(f"PAY-{n}", due="2026-12-04", **known) for n in range(1, 4)]
    links = [link(one, moved) for one in waiting]
    teams = team("payments", "jira:PAY"), team("ledger", "jira:LED")
    return evaluate(snapshot(moved, *waiting, *links, step), config(teams=teams))


def test_a_moved_date_speaks_for_all_that_it_makes_too_early_as_gravely_and_to_all_of_them():
    answer = overtaken()
    found = {(one.rule, one.ref): one for one in answer.findings}
    root = found.pop(("date-moved", "LED-1"))
    assert sorted(found) == [("dep-inversion", f"PAY-{n}") for n in range(1, 4)]
    assert dict(answer.inhibited) == {one.fingerprint: root.fingerprint for one in found.values()}
    assert root.severity == max(one.severity for one in found.values()) == Severity.HIGH
    assert root.holders == ("jira:ada",)
    assert root.teams == ("ledger", "payments")
    assert [push.ref for push in root.pushes] == ["PAY-1", "PAY-2", "PAY-3"]


def test_a_date_that_fitted_neither_before_the_move_is_told_by_itself():
    early = issue("PAY-9", due="2026-11-25", phase=Phase.TODO, created_at=LONG_AGO)
    ledger = issue("LED-2", due="2026-12-30", assignee="osei", created_at=LONG_AGO)
    step = change(ledger, "due", "2026-11-26", "2026-12-30", "2026-11-20")
    things = snapshot(early, ledger, link(early, ledger), step)
    answer = evaluate(things, config())
    assert {one.rule for one in answer.findings} == {"date-moved", "dep-inversion"}
    assert dict(answer.inhibited) == {}


def test_the_third_move_of_a_date_is_told_once():
    creeping = issue("LED-1", due="2026-12-30", assignee="osei", created_at=LONG_AGO)
    days = ("2026-11-26", "2026-12-02", "2026-12-10", "2026-12-30")
    made = ("2026-11-04", "2026-11-11", "2026-11-20")
    moves = [
        change(creeping, "due", old, new, when)
        for old, new, when in zip(days[:-1], days[1:], made, strict=True)
    ]
    answer = evaluate(snapshot(creeping, *moves), config())
    found = {one.rule: one.fingerprint for one in answer.findings}
    assert dict(answer.inhibited) == {found["slip-creep"]: found["date-moved"]}


def usual_stays():
    """Thirty stories of Ledger that were active for two working days."""
    for n in range(30):
        one = issue(f"LED-{900 + n}", phase=Phase.DONE, created_at=LONG_AGO)
        yield one
        yield change(one, "state", "To Do", "Active", "2026-10-29")
        yield change(one, "state", "Active", "Done", "2026-11-02", actor=f"person-{n}")


def standing(*things, **fields):
    """What is told of an item that nobody has touched since the end of October."""
    long_ago = at("2026-10-30")
    known = {"assignee": "osei", "state_entered_at": long_ago, "last_human_activity_at": long_ago}
    return told(issue("LED-88", **(known | fields)), *usual_stays(), *things)


def test_an_item_that_stands_still_is_told_of_once():
    assert standing() == ({("stalled", "LED-88")}, set())
    item = issue("LED-88")
    flag = change(item, "flagged", None, "true", "2026-11-09")
    chatty = change(issue("LED-900"), "comment", None, None, "2026-10-30")
    assert standing(flag, chatty, flagged=True) == (
        {("blocked-unattended", "LED-88")},
        {("stalled", "LED-88")},
    )
    merged = pull_request("acme/ledger#1", state="merged", merged_at=at("2026-10-30"))
    assert standing(merged, implements(merged, item)) == (
        {("status-mismatch", "LED-88")},
        {("stalled", "LED-88")},
    )


def inversions(*things):
    """Those that are told by themselves, and how many are not."""
    held = evaluate(snapshot(*things), config(), assume_fresh=True)
    found = [one for one in held.findings if one.rule == "dep-inversion"]
    below = {print_ for print_, _ in held.inhibited}
    alone = [one for one in found if one.fingerprint not in below]
    return sorted(alone, key=lambda one: one.ref), len(found) - len(alone)


def waiting(count, ledger, scope="PAY", **fields):
    found = planned(count, scope, due="2026-12-11", **fields)
    return [*found, *(link(one, ledger) for one in found)]


def test_many_that_are_due_before_one_thing_are_told_once_and_to_all_who_hold_one():
    ledger = issue("LED-1", due="2026-12-18")
    alone, below = inversions(ledger, *waiting(3, ledger))
    assert (len(alone), below) == (3, 0)
    early = issue("PAY-50", due="2026-12-10", assignee="kim")
    many = [*waiting(5, ledger, assignee="ada"), early, link(early, ledger)]
    (one,), below = inversions(ledger, *many)
    assert (one.ref, below, one.holders) == ("PAY-50", 5, ("jira:ada",))
    assert one.summary.endswith("; 5 more items that wait for it are due before it, too.")
    late = issue("PAY-51", due="2026-12-11")
    (more,), _ = inversions(ledger, *many, late, link(late, ledger))
    assert set(more.material.split("\n")) - set(one.material.split("\n")) == {str(late.key)}


def test_what_is_due_before_one_thing_in_another_place_or_in_secret_is_told_apart():
    ledger = issue("LED-1", due="2026-12-18")
    there, hidden = waiting(1, ledger, "MOB"), waiting(1, ledger, first=90, restricted=True)
    alone, below = inversions(ledger, *waiting(4, ledger), *there, *hidden)
    assert ([one.ref[:3] for one in alone], below) == (["MOB", "PAY", "PAY"], 3)
