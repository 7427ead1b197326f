"""What marks no issue as updated: open issues are read once a day, all where fields changed."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from jira_play import asked, claims, fill, issues, keys

from syncd.demo.simulators.jira_shapes import TARGET_END
from syncd.errors import UnexpectedAnswer

DAY = timedelta(days=1)


@pytest.fixture
def pull(sim, build):
    """The next pull of PAY, so long after the one before."""
    cursor = None

    def go_on(later=timedelta(hours=1)):
        nonlocal cursor
        sim.now += later
        pages = list(build().pull("PAY", cursor))
        cursor = pages[-1].cursor
        return pages

    return go_on


def test_a_date_whose_field_was_deleted_goes_and_nobody_has_moved_it(sim, pull):
    sim.add_issue("PAY", "Step", by="dana", due=date(2026, 6, 1), target_end=date(2026, 5, 20))
    sim.add_issue("PAY", "Done", by="dana", status="Done", target_end=date(2026, 5, 20))
    assert set(claims(pull())) == {"due", "target_end"}
    sim.delete_field(TARGET_END)
    assert not issues(pull())
    pages = pull(DAY)
    assert set(claims(pages)) == {"due"}
    assert [(each.ref, each.unanswered) for each in issues(pages)] == [("PAY-1", ()), ("PAY-2", ())]
    assert all(page.reread for page in pages if issues([page]))
    assert not issues(pull())


def test_an_edit_tells_sooner_that_a_field_was_deleted(sim, pull):
    for name in ("Step", "Other"):
        sim.add_issue("PAY", name, by="dana", target_end=date(2026, 5, 20))
    pull()
    sim.delete_field(TARGET_END)
    sim.comment("PAY-2", "Going on", by="dana")
    assert [each.claims for each in issues(pull())] == [(), ()]


def test_a_date_that_one_project_has_no_field_for_any_more_stays_for_a_day(sim, pull):
    sim.add_issue("PAY", "Step", by="dana", due=date(2026, 6, 1), target_end=date(2026, 5, 20))
    pull()
    sim.left_out = (f"PAY/{TARGET_END}",)
    (first,) = issues(pull(DAY))
    assert first.unanswered == ("target_end",)
    sim.comment("PAY-1", "Going on", by="dana")
    (edited,) = issues(pull())
    assert edited.unanswered == ("target_end",), "only another look takes it for an answer"
    pages = pull(DAY)
    (second,) = issues(pages)
    assert (second.unanswered, {each.field for each in second.claims}) == ((), {"due"})
    assert [page.reread for page in pages if issues([page])] == [True], "nobody took it away"


def test_a_date_that_others_of_its_type_answer_stays(sim, pull):
    for name in ("Step", "Other"):
        sim.add_issue("PAY", name, by="dana", target_end=date(2026, 5, 20))
    pull()

    def forget(answer):
        for row in answer.body["issues"][:1]:
            row["fields"].pop(TARGET_END, None)
        return answer

    sim.fail("/search", change=forget)
    for _ in range(3):
        assert [each.unanswered for each in issues(pull(DAY))] == [("target_end",), ()]


def test_the_link_to_a_deleted_issue_goes_within_a_day(sim, pull):
    fill(sim, 2)
    sim.link("PAY-1", "is blocked by", "PAY-2", by="dana")
    assert len(keys(pull(), "links")) == 2
    sim.delete("PAY-2")
    assert not issues(pull())
    pages = pull(DAY)
    assert [each.ref for each in issues(pages)] == ["PAY-1"]
    assert keys(pages, "links") == []
    assert not any(page.reread for page in pages)


def test_a_status_that_moved_to_another_category_is_noticed(sim, pull):
    sim.add_issue("PAY", "Step", by="dana", status="Done")
    (before,) = issues(pull())

    def moved(answer):
        for row in answer.body:
            row["statusCategory"] = {**row["statusCategory"], "key": "new"}
        return answer

    sim.fail("/status", change=moved)
    (after,) = issues(pull(DAY))
    assert (before.phase, after.phase) == ("done", "todo")


def test_statuses_that_are_not_told_move_nothing(sim, pull):
    sim.add_issue("PAY", "Step", by="dana", status="Done")
    pull()
    sim.fail("/status", change=lambda answer: replace(answer, body=answer.body[:1]))
    assert not issues(pull(DAY))


def test_a_look_that_was_cut_off_goes_on_and_is_not_begun_again(sim, build, pull):
    fill(sim, 1)
    for _ in range(3):
        sim.now += timedelta(minutes=1)
        fill(sim, 1)
    cursor = pull()[-1].cursor

    def forget(answer):
        for row in answer.body["issues"]:
            if row["key"] != "PAY-1":
                row["fields"].pop(TARGET_END, None)
        return answer

    sim.fail(lambda request: "/search" in request.path and b"summary" in request.body,
             change=forget)  # fmt: skip
    sim.now += DAY
    pages = build(page_size=1).pull("PAY", cursor)
    marks = (page.bookmark for page in pages if page.bookmark)
    next(marks)
    mark = next(marks)
    sim.now += timedelta(minutes=20)
    sim.requests.clear()
    rest = list(build().pull("PAY", mark))
    assert {each.ref for each in issues(rest)} == {"PAY-2", "PAY-3", "PAY-4"}
    assert "statusCategory" in asked(sim, "/search")[0].json()["jql"]
    sim.now += timedelta(minutes=20)
    assert not issues(build().pull("PAY", rest[-1].cursor))
    sim.now += DAY
    answers = {each.unanswered for each in issues(build().pull("PAY", rest[-1].cursor))}
    assert answers == {(), ("target_end",)}, "part of a look tells nothing of a whole type"


def test_a_position_of_the_version_before_is_gone_on_from(sim, build):
    """Only what is open is looked at, and what it lost was taken away by somebody."""
    sim.add_issue("PAY", "Done", by="dana", status="Done", at=sim.now - DAY)
    sim.add_issue("PAY", "Step", by="dana", at=sim.now - DAY)
    cursor = json.loads(list(build().pull("PAY", None))[-1].cursor)
    for name in ("looked_at", "reading", "statuses", "left_out"):
        del cursor[name]
    sim.now += timedelta(hours=1)
    pages = list(build().pull("PAY", json.dumps(cursor)))
    assert [each.ref for each in issues(pages)] == ["PAY-2"]
    assert not any(page.reread or page.listing for page in pages)


def test_a_status_in_which_nothing_is_any_more_is_read_anew_for_once(sim, pull):
    sim.add_issue("PAY", "Step", by="dana", status="In Progress")
    pull()
    sim.edit("PAY-1", by="dana", status="Done")
    pull()

    def moved(answer):
        for row in answer.body:
            row["statusCategory"] = {**row["statusCategory"], "key": "new"}
        return answer

    sim.fail("/status", change=moved)
    assert pull(DAY)[-1].listing
    assert not pull(DAY)[-1].listing


def test_a_field_that_is_deleted_while_a_look_is_cut_off_is_read_anew_from_the_beginning(
    sim, build, pull
):
    for _ in range(3):
        sim.now += timedelta(minutes=1)
        fill(sim, 1)
    cursor = pull()[-1].cursor
    sim.now += DAY
    pages = build(page_size=1).pull("PAY", cursor)
    marks = [page.bookmark for page in pages if page.bookmark]
    sim.delete_field(TARGET_END)
    again = list(build().pull("PAY", marks[-1]))
    assert {each.ref for each in issues(again)} == {"PAY-1", "PAY-2", "PAY-3"}


def test_all_that_is_read_again_is_read_as_before_unless_fields_mean_something_else(
    sim, build, pull
):
    sim.add_issue("PAY", "Step", by="dana", target_end=date(2026, 5, 20))
    cursor = pull()[-1].cursor
    connector = build()
    list(connector.pull("PAY", None))
    assert connector.reads_as("PAY", cursor)
    sim.delete_field(TARGET_END)
    connector = build()
    list(connector.pull("PAY", None))
    assert not connector.reads_as("PAY", cursor)


def test_dates_without_a_field_are_those_of_nobody_also_where_a_look_goes_on(sim, build, pull):
    for _ in range(2):
        sim.now += timedelta(minutes=1)
        sim.add_issue("PAY", "Step", by="dana", target_end=date(2026, 5, 20))
    pull()
    sim.left_out = (f"PAY/{TARGET_END}",)
    cursor = pull(DAY)[-1].cursor
    sim.now += DAY
    connector = build(page_size=1)
    mark = next(page.bookmark for page in connector.pull("PAY", cursor) if page.bookmark)
    rest = connector.pull("PAY", mark)
    assert next(page for page in rest if issues([page])).reread
    assert not connector.reads_as("PAY", mark)
    assert not connector.reads_as("PAY", cursor)


def test_fields_that_are_not_told_at_all_take_no_date_away(sim, pull):
    sim.add_issue("PAY", "Step", by="dana", target_end=date(2026, 5, 20))
    pull()
    sim.fail("/field", change=lambda answer: replace(answer, body=answer.body[-1:]))
    with pytest.raises(UnexpectedAnswer, match="fields of the site"):
        pull(DAY)


def test_a_site_that_has_no_due_dates_is_read_all_the_same(sim, pull):
    sim.delete_field("duedate")
    sim.add_issue("PAY", "Step", by="dana", target_end=date(2026, 5, 20))
    assert set(claims(pull())) == {"target_end"}
