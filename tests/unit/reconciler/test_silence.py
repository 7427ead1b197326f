"""Which guard kept a rule silent: the one that the code took, in words."""

from dataclasses import replace

import pytest

from syncd.model.items import Phase
from syncd.reconciler.engine import foreseen
from syncd.reconciler.rules import load_rules
from syncd.reconciler.silence import Outcome, subjects_of, why_not
from syncd.reconciler.view import View
from syncd.testing.builders import (
    AS_OF,
    LONG_AGO,
    change,
    config,
    declared,
    event,
    issue,
    key,
    link,
    snapshot,
    sprint,
    team,
    version,
)
from syncd.testing.histories import finished, planned

RULES = load_rules()
RELEASE = version("2.0", release="2026-12-18")
"""19 working days ahead."""


def told(rule, name, *things, settings=None, fresh=True, **more):
    view = View(snapshot(*things, **more), settings or config(), estimates=foreseen)
    return why_not(view, RULES, rule, subjects_of(view, name), fresh=fresh)


def reason(rule, name, *things, **more):
    answer = told(rule, name, *things, **more)
    assert answer.outcome is Outcome.SILENT
    return "; ".join(answer.reasons)


@pytest.mark.parametrize(
    ("rule", "one", "expected"),
    [
        ("overdue", issue(due="2026-12-02"), "its due date, Wed 2 Dec, has not passed"),
        ("overdue", issue(), "it has no due date of its own"),
        ("overdue", issue(due="2026-11-02", phase=Phase.DONE), "the rule speaks of open work"),
        ("date-moved", issue(due="2026-12-02"), "its date, Wed 2 Dec, never changed"),
        ("stalled", issue(phase=Phase.TODO), "it is neither active, nor waiting, nor in review"),
        ("stalled", issue(state_entered_at=AS_OF), "it has been Active for 0 wd, untouched for"),
        ("dep-orphan", issue(due="2026-12-02", phase=Phase.TODO, assignee="ada"), "assigned"),
        ("dep-orphan", issue(), "nobody expects it by a date"),
        ("forecast-late", issue(due="2026-12-02"), "it looks at deliverables"),
        ("dep-cycle", issue(), "this is not so here"),
    ],
)  # fmt: skip
def test_an_item(rule, one, expected):
    assert expected in reason(
        rule, one.ref, one, RELEASE, *planned(1, first=5, milestones=(RELEASE.key,))
    )


def test_what_counts_for_a_deliverable_is_asked_for_there():
    one = issue(milestones=(RELEASE.key,))
    assert reason("forecast-late", one.ref, one, RELEASE).endswith("ask of PAY 2.0")


def test_a_prerequisite_in_time():
    before, after = issue("LED-1", due="2026-12-01"), issue("PAY-1", due="2026-12-02")
    assert reason("dep-inversion", "PAY-1", before, after, link(after, before)) == (
        "LED-1, for which it waits, is due Tue 1 Dec, in time for Wed 2 Dec"
    )


def test_a_move_that_is_too_small():
    one = issue(due="2026-12-02")
    moved = change(one, "due", "2026-12-01", "2026-12-02", "2026-11-19")
    assert "no move stands of 2 wd or more" in reason("date-moved", one.ref, one, moved)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-20", "its day has passed"),
        ("2027-06-01", "its day is 136 wd away, over 120"),
        ("2026-12-18", "the chance to miss Fri 18 Dec is 0.0"),
    ],
)
def test_a_deliverable_that_fits(day, expected):
    release = version("2.0", release=day)
    history = finished(days=60, milestones=(release.key,), created_at=LONG_AGO)
    work = planned(6, milestones=(release.key,))
    assert expected in reason("forecast-late", "PAY 2.0", release, *work, *history)


@pytest.mark.parametrize(
    ("rule", "day", "expected"),
    [
        ("event-moved", "2026-12-18", "no launch, review or freeze belongs to it"),
        ("uncovered-scope", "2026-11-20", "its day has passed"),
    ],
)
def test_a_date_of_which_there_is_nothing_to_say(rule, day, expected):
    release = version("2.0", release=day)
    work = planned(1, milestones=(release.key,))
    assert reason(rule, "PAY 2.0", release, *work) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-20", "its day has passed"),
        ("2026-12-22", "its day is 21 wd away, over 20"),
        ("2026-12-18", "the fate of 0 dates is known, below 10"),
    ],
)
def test_a_date_of_which_nothing_is_to_be_doubted(day, expected):
    release = version("2.0", release=day)
    assert expected in reason("date-doubtful", "PAY 2.0", release, issue(milestones=(release.key,)))


@pytest.mark.parametrize("rule", ["date-doubtful", "event-moved", "overdue", "dates-disagree"])
def test_a_deliverable_that_is_done(rule):
    release = version("2.0", release="2026-11-20", state="released")
    mine = config(deliverables=(declared("checkout", "jira:fixVersion=2.0"),))
    assert reason(rule, "Checkout", release, settings=mine) == "it is done"


def test_a_sprint_is_no_date_to_creep():
    run = sprint(start="2026-11-16", end="2026-11-27")
    moved = change(run, "end", "2026-11-26", "2026-11-27", "2026-11-19")
    assert (
        reason("slip-creep", run.ref, run, moved, *planned(2, sprint=run.key)) == "it is a sprint"
    )


def test_a_rule_that_is_off():
    off = config(rules={"overdue": {"enabled": False}})
    assert told("overdue", "PAY-1", issue(), settings=off).outcome is Outcome.OFF


def test_a_rule_that_raises_says_so():
    def broken(view, params):
        raise OSError("no")

    view = View(snapshot(issue()), config())
    rules = [replace(rule, check=broken) for rule in RULES]
    answer = why_not(view, rules, "overdue", [str(key("PAY-1"))])
    assert (answer.outcome, answer.reasons) == (Outcome.FAILED, ("OSError: no",))
    assert view.trace is None


def test_a_rule_that_fires_says_what():
    answer = told("overdue", "PAY-1", issue(due="2026-11-02"))
    assert answer.outcome is Outcome.FIRES
    assert "was due Mon 2 Nov" in answer.reasons[0]


def test_dates_that_do_not_fit_since_an_hour_say_what_they_wait_for():
    now, before = "2026-11-23 08:00", "2026-11-23 07:00"
    release = version("2.0", release="2026-12-01")
    item = issue("PAY-1", due="2026-12-09", milestones=(release.key,), created_at=LONG_AGO)
    moved = change(item, "due", "2026-11-30", "2026-12-09", before)
    answer = told("dates-disagree", "PAY-1", release, item, moved, as_of=now)
    assert answer.outcome is Outcome.HOLDS
    assert "one of Tue 1 Dec and Wed 9 Dec was changed less than" in answer.reasons[1]
    launch = event("Launch 2.0", "2026-12-09")
    later = change(launch, "event", "2026-12-01", "2026-12-09", before)
    both = declared("two", "jira:fixVersion=2.0", "calendar:summary~'Launch 2.0'")
    answer = told("event-moved", "two", release, item, launch, later,
                  settings=config(deliverables=(both,)), as_of=now)  # fmt: skip
    assert answer.outcome is Outcome.HOLDS
    assert "one of Tue 1 Dec and Wed 9 Dec was changed less than" in "; ".join(answer.reasons)


def test_old_data_is_why_nothing_can_be_told():
    answer = told(
        "overdue", "PAY-1", issue(due="2026-11-02"), stale={"jira:PAY": None}, fresh=False
    )
    assert answer.outcome is Outcome.UNKNOWN
    assert answer.reasons == ("no complete reading of jira:PAY",)


def test_what_cannot_be_seen_any_more_is_named():
    one, two = issue("PAY-1", due="2026-11-16"), issue("LED-2", due="2026-11-18")
    answer = told("dep-late", "PAY-1", one, two, link(two, one), invisible=[two.key])
    assert answer.outcome is Outcome.UNKNOWN
    assert answer.reasons == ("what waits for it cannot be seen now (LED-2)",)


@pytest.mark.parametrize(
    ("stale", "outcome"), [({}, Outcome.FIRES), ({"jira:PAY": None}, Outcome.UNKNOWN)]
)
def test_each_item_of_a_circle_is_in_it(stale, outcome):
    one, two, three = issue("PAY-1"), issue("PAY-2"), issue("PAY-3")
    circle = link(one, two), link(two, three), link(three, one)
    for ref in ("PAY-1", "PAY-2", "PAY-3"):
        answer = told("dep-cycle", ref, one, two, three, *circle, stale=stale, fresh=not stale)
        assert answer.outcome is outcome


def test_every_rule_has_a_line_for_what_it_never_looks_at():
    for rule in RULES:
        reasons = told(rule.id, "jira", issue()).reasons
        assert all(reasons)
        assert all(one.count("(") == one.count(")") for one in reasons), "cut in the middle"


def test_subjects_go_by_their_names():
    review = event("Go / no-go", "2026-12-02")
    things = (issue(), RELEASE, issue("PAY-2", milestones=(RELEASE.key,)), review)
    view = View(snapshot(*things), config(teams=(team("payments", name="Payments"),)))
    (deliverable,) = view.deliverables
    assert set(subjects_of(view, "PAY 2.0")) == {deliverable.subject, str(RELEASE.key)}
    assert set(subjects_of(view, "pay 2.0")) == {deliverable.subject, str(RELEASE.key)}
    assert subjects_of(view, "PAY-1") == (str(key("PAY-1")),)
    assert subjects_of(view, "go / NO-GO") == (str(review.key),)
    assert subjects_of(view, "Payments") == ("team:payments",)
    assert subjects_of(view, "jira") == ("source:jira",)
    assert subjects_of(view, "nothing") == ()
    busy = View(snapshot(event("", "2026-12-02")), config())
    assert subjects_of(busy, " ") == (), "an event without a title is not called so"
    released = version("1.9", state="released")
    assert subjects_of(View(snapshot(released), config()), "1.9") == (str(released.key),)
