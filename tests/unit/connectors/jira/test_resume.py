"""A pull that was cut off goes on where it was, whatever happened to the issues meanwhile."""

from datetime import date, timedelta

import pytest
from jira_play import asked, fill, issues, keys, problems

from syncd.connectors.jira.cursors import Bookmark, Cursor, parse


def cut_after(build, sim, number, cursor=None):
    """Pages and the newest bookmark of a pull of PAY that ends after `number` pages of issues."""
    pages = []
    for page in build(page_size=2).pull("PAY", cursor):
        pages.append(page)
        if len([each for each in pages if each.bookmark]) == number:
            break
    assert not any(page.last or page.cursor for page in pages)
    return pages, [page.bookmark for page in pages if page.bookmark][-1]


def spread(sim, number):
    """Issues that were created a minute apart."""
    found = []
    for n in range(number):
        sim.now += timedelta(minutes=1)
        found.append(sim.add_issue("PAY", f"Step {n}", by="dana"))
    sim.now += timedelta(hours=1)
    return found


def test_every_page_of_issues_has_a_bookmark_and_the_last_page_a_cursor(sim, build):
    spread(sim, 6)
    pages = list(build(page_size=3).pull("PAY", None))
    assert [page.bookmark is not None for page in pages] == [False, True, True, True, False]
    assert [isinstance(parse(page.bookmark), Bookmark) for page in pages[1:-1]] == [True] * 3
    assert isinstance(parse(pages[-1].cursor), Cursor)


def test_a_pull_goes_on_from_its_bookmark_and_ends_the_listing(sim, build):
    every = spread(sim, 8)
    began = sim.now
    first, bookmark = cut_after(build, sim, 2)
    sim.now += timedelta(days=1)
    second = list(build(page_size=2).pull("PAY", bookmark))
    assert [each.ref for each in issues(second)] == every[2:]  # the last one comes twice
    assert {each.ref for each in issues(first + second)} == set(every)
    assert second[-1].listing
    assert parse(second[-1].cursor).updated == began


def test_edits_between_the_parts_are_read_by_the_pull_after(sim, build):
    every = spread(sim, 6)
    _, bookmark = cut_after(build, sim, 2)
    sim.now += timedelta(hours=5)
    sim.edit(every[0], by="dana", due=date(2026, 6, 1))
    sim.now += timedelta(hours=5)
    cursor = list(build(page_size=2).pull("PAY", bookmark))[-1].cursor
    assert [each.ref for each in issues(build().pull("PAY", cursor))] == [every[0]]


@pytest.mark.parametrize("which", [0, 2, 3, 4])
@pytest.mark.parametrize("how", ["deleted", "moved"])
def test_nothing_is_skipped_when_issues_leave_meanwhile(sim, build, which, how):
    """By row numbers or keys the rest would shift, or the place to go on from be gone."""
    every = spread(sim, 8)
    sim.add_project("LED", "Ledger")
    first, bookmark = cut_after(build, sim, 2)
    if how == "deleted":
        sim.delete(every[which])
    else:
        sim.move(every[which], "LED", by="dana")
    second = list(build(page_size=2).pull("PAY", bookmark))
    left = set(every) - ({every[which]} if which > 2 else set())
    assert {each.ref for each in issues(first + second)} == left


def test_an_issue_that_is_moved_in_meanwhile_is_read_by_the_pull_after(sim, build):
    sim.add_project("LED", "Ledger")
    sim.add_issue("LED", "From elsewhere", by="dana")
    spread(sim, 6)
    _, bookmark = cut_after(build, sim, 2)
    sim.now += timedelta(hours=1)
    new = sim.move("LED-1", "PAY", by="dana")
    cursor = list(build(page_size=2).pull("PAY", bookmark))[-1].cursor
    assert new in [each.ref for each in issues(build().pull("PAY", cursor))]


def test_an_incremental_pull_goes_on_as_one(sim, build):
    every = spread(sim, 8)
    cursor = list(build().pull("PAY", None))[-1].cursor
    sim.now += timedelta(hours=1)
    for key in every:
        sim.edit(key, by="dana", due=date(2026, 6, 1))
    began = sim.now
    first, bookmark = cut_after(build, sim, 2, cursor)
    sim.now += timedelta(hours=1)
    second = list(build(page_size=2).pull("PAY", bookmark))
    assert {each.ref for each in issues(first + second)} == set(every)
    assert not second[-1].listing
    assert parse(second[-1].cursor).updated == began


def test_a_pull_can_be_cut_after_every_page(sim, build):
    every = spread(sim, 9)
    bookmark, found = None, []
    for _ in range(20):
        part = []
        for page in build(page_size=2).pull("PAY", bookmark):
            part.append(page)
            if page.bookmark not in (None, bookmark):
                break
        found += issues(part)
        if part[-1].last:
            break
        bookmark = part[-1].bookmark
    assert part[-1].listing
    assert {each.ref for each in found} == set(every)


def test_what_could_not_be_read_before_the_cut_is_not_forgotten(sim, build):
    every = spread(sim, 6)
    good = sim.issue(every[0]).created
    sim.issue(every[0]).created = None
    first, bookmark = cut_after(build, sim, 2)
    assert [each.native_id for each in problems(first)] == [sim.issue(every[0]).id]
    cursor = list(build(page_size=2).pull("PAY", bookmark))[-1].cursor
    assert parse(cursor).aside == (sim.issue(every[0]).id,)
    sim.issue(every[0]).created = good
    sim.now += timedelta(hours=1)
    assert [each.ref for each in issues(build().pull("PAY", cursor))] == [every[0]]


def test_issues_of_one_instant_are_all_read(sim, build):
    every = fill(sim, 7)
    _, bookmark = cut_after(build, sim, 2)
    second = list(build(page_size=2).pull("PAY", bookmark))
    assert [each.ref for each in issues(second)] == every


@pytest.mark.parametrize(
    "text", ['{"reached": 1}', '{"reached": {}, "created": "x", "since": null}']
)
def test_a_bookmark_that_is_not_ours_means_everything(sim, build, text):
    fill(sim, 2)
    pages = list(build().pull("PAY", text))
    assert len(issues(pages)) == 2
    assert pages[-1].listing
    assert not keys(pages, "gone")


def test_going_on_costs_no_second_reading(sim, build):
    spread(sim, 20)
    _, bookmark = cut_after(build, sim, 8)
    sim.requests.clear()
    list(build(page_size=2).pull("PAY", bookmark))
    assert len([each for each in asked(sim, "/search") if "count" not in each.path]) == 11


@pytest.mark.parametrize("how", ["deleted", "moved"])
@pytest.mark.parametrize("which", range(8))
def test_nothing_is_skipped_when_issues_leave_while_we_page(sim, build, which, how):
    """Counted rows would shift, and the one that slips through would never be read again."""
    every = spread(sim, 8)
    sim.add_project("LED", "Ledger")
    found, left = [], False
    for page in build(page_size=2).pull("PAY", None):
        found.append(page)
        if len(issues(found)) >= 3 and not left:
            left = True
            if how == "deleted":
                sim.delete(every[which])
            else:
                sim.move(every[which], "LED", by="dana")
    assert {each.ref for each in issues(found)} >= set(every) - {every[which]}
