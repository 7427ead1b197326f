"""Whose turn it is at a change, told from its pushes and reviews."""

import pytest

from syncd.model.items import Account, Review
from syncd.reconciler.facts.turns import Course, Holder
from syncd.reconciler.view import View
from syncd.testing.builders import at, change, config, pull_request, snapshot

AS_OF = "2026-11-20 12:00"
A, R, M = Holder.AUTHOR, Holder.REVIEWER, Holder.MERGER
BOT = Account(source="github", id="bot", name="Bot", is_bot=True)


def course(reviews=(), pushes=(), *, ready=(), **fields):
    """A change made on the 2nd; what happens is written (day of November, who, verdict)."""
    known = {"author": "osei", "created_at": at("2026-11-02"), "requested_reviewers": ("kim",)}
    told = tuple(Review(at=at(f"2026-11-{d:02}"), author=who, verdict=v) for d, who, v in reviews)
    one = pull_request(reviews=told, **(known | fields))
    changes = [change(one, "push", None, None, f"2026-11-{day:02}") for day in pushes]
    changes += [change(one, "draft", "true", "false", f"2026-11-{day:02}") for day in ready]
    return Course(View(snapshot(one, BOT, *changes, as_of=AS_OF), config()), one)


def turns(*args, **fields):
    return [
        (one.holder, one.since.day, one.until.day, one.is_over)
        for one in course(*args, **fields).turns
    ]


def now(*args, **fields):
    found = course(*args, **fields).now()
    return found and (found.holder, found.accounts, found.since.day)


def test_it_waits_for_a_review_first():
    assert turns() == [(R, 2, 20, False)]
    assert now() == (R, ("kim",), 2)


def test_a_push_cuts_the_wait_of_the_reviewer_short_and_begins_another():
    assert turns(pushes=[5]) == [(R, 2, 5, False), (R, 5, 20, False)]
    assert now(pushes=[5]) == (R, ("kim",), 5)
    assert now(pushed_at=at("2026-11-05")) == (R, ("kim",), 5)


def test_what_was_before_it_was_ready_does_not_count():
    reviewed = [(3, "kim", "changes_requested")]
    assert turns(reviewed, [4], ready=[6]) == [(R, 6, 20, False)]
    assert now(reviewed, [4], ready=[6]) == (R, ("kim",), 6)


def test_from_hand_to_hand_until_it_is_merged():
    said = [(3, "kim", "changes_requested"), (6, "kim", "approved")]
    end = {"state": "merged", "merged_at": at("2026-11-09")}
    assert turns(said, [5], **end) == [
        (R, 2, 3, True),
        (A, 3, 5, True),
        (R, 5, 6, True),
        (M, 6, 9, True),
    ]


def test_a_review_after_the_merge_leaves_it_to_nobody():
    said = [(6, "kim", "approved"), (12, "bo", "approved")]
    end = {"state": "merged", "merged_at": at("2026-11-09")}
    assert turns(said, **end)[-1] == (M, 6, 9, True)


def test_what_was_closed_unmerged_was_answered_by_nobody():
    end = {"state": "closed", "closed_at": at("2026-11-09")}
    assert turns(**end) == [(R, 2, 9, False)]


def test_a_push_to_what_is_approved_leaves_it_to_be_merged():
    approved = [(3, "kim", "approved")]
    assert turns(approved, [5]) == [(R, 2, 3, True), (M, 3, 20, False)]
    assert now(approved, [5], requested_reviewers=()) == (M, ("osei",), 3)


def test_a_comment_answers_the_request_and_leaves_it_open_whose_turn_it_is():
    said = [(3, "kim", "commented")]
    assert turns(said) == [(R, 2, 3, True)]
    assert now(said, requested_reviewers=()) is None
    assert now(said) == (R, ("kim",), 2)
    after = [(3, "kim", "approved"), (5, "kim", "commented")]
    assert turns(after) == [(R, 2, 3, True), (M, 3, 20, False)]


def test_who_wanted_changes_looks_again_after_the_push():
    said = [(3, "kim", "changes_requested")]
    assert now(said, [5], requested_reviewers=()) == (R, ("kim",), 5)
    other = [*said, (6, "lee", "commented")]
    assert now(other, [5], requested_reviewers=()) == (R, ("kim",), 5)
    done = [*said, (6, "kim", "commented")]
    assert now(done, [5], requested_reviewers=()) is None


def test_one_who_wants_changes_outweighs_one_who_approves():
    said = [(3, "kim", "changes_requested"), (4, "lee", "approved")]
    assert now(said, requested_reviewers=()) == (A, ("osei",), 3)
    agreed = [*said, (5, "kim", "approved")]
    assert now(agreed, requested_reviewers=()) == (M, ("osei",), 5)


def test_a_dismissed_review_leaves_it_to_reviewers():
    said = [(3, "kim", "changes_requested"), (4, "kim", "dismissed")]
    assert turns(said) == [(R, 2, 3, True), (A, 3, 4, True), (R, 4, 20, False)]


def test_who_is_asked_again_holds_it():
    said, later = [(3, "kim", "changes_requested")], at("2026-11-06")
    assert now(said, updated_at=later) == (R, ("kim",), 6)
    assert now(said, updated_at=later, requested_reviewers=("lee",)) == (A, ("osei",), 3)


@pytest.mark.parametrize("trouble", [{"checks": "failure"}, {"mergeable": False}])
def test_the_author_mends_what_is_broken(trouble):
    assert now(pushes=[5], **trouble) == (A, ("osei",), 5)
    assert now(**trouble) == (A, ("osei",), 2)
    said = [(3, "kim", "changes_requested"), (4, "lee", "commented")]
    assert now(said, **trouble) == (A, ("osei",), 3)


def test_what_is_not_enough_is_not_to_be_merged():
    approved = [(3, "kim", "approved")]
    assert now(approved, checks="success") == (M, ("osei",), 3)
    assert now(approved, checks="pending") == (M, ("osei",), 3)
    assert now(approved, review_decision="approved") == (M, ("osei",), 3)
    assert now(approved, review_decision="review_required") == (R, ("kim",), 2)


def test_robots_authors_and_the_future_say_nothing():
    said = [(3, "bot", "approved"), (4, "osei", "commented"), (25, "kim", "approved")]
    assert turns(said, pushed_at=at("2026-11-25")) == [(R, 2, 20, False)]


def test_without_an_author_nobody_mends_it():
    assert now(author=None, checks="failure") is None


def test_our_own_comment_does_not_begin_the_wait_anew():
    """A second request is counted from the last update, which a robot's comment moves as well."""
    told = (Review(at=at("2026-11-04"), author="kim", verdict="changes_requested"),)
    one = pull_request(
        reviews=told, author="osei", created_at=at("2026-11-02"), requested_reviewers=("kim",),
        updated_at=at("2026-11-19"), last_human_activity_at=at("2026-11-06"),
    )  # fmt: skip

    def since(*changes):
        view = View(snapshot(one, BOT, *changes, as_of=AS_OF), config())
        found = Course(view, one).now()
        return found and (found.holder, found.since.day)

    people = change(one, "comment", None, None, "2026-11-06", actor="osei")
    robots = change(one, "comment", None, None, "2026-11-18", actor="bot")._replace(is_bot=True)
    assert since(people) == (R, 19)
    assert since(people, robots) == (R, 6)
