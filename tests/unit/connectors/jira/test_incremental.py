"""What a run costs in requests, and that it misses nothing by asking less."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from jira_play import NOW, asked, fill, issues, keys, milestones, paths, problems

from syncd.connectors.jira.cursors import Cursor, parse
from syncd.errors import AuthError, NotVisible

CLOUD = pytest.mark.parametrize("sim", ["cloud"], indirect=True)
MANY = tuple(f"P{number}" for number in range(10))


@pytest.fixture
def synced(sim, build):
    """Ten projects that were read once, an hour ago; (cursors, connector of the next run)."""
    for name in MANY:
        sim.add_project(name, name)
        fill(sim, 2, project=name)
    sim.now += timedelta(hours=1)
    first = build(projects=MANY)
    cursors = {name: list(first.pull(name, None))[-1].cursor for name in first.scopes()}
    sim.now += timedelta(hours=1)
    sim.requests.clear()
    return cursors, build(projects=MANY)


def test_a_run_in_which_nothing_changed_asks_for_its_projects_and_two_things_more(sim, synced):
    cursors, connector = synced
    for name in connector.scopes():
        (last,) = list(connector.pull(name, cursors[name]))[-1:]
        assert parse(last.cursor).updated == sim.now
    search = "POST api/2/search/jql" if sim.cloud else "POST api/2/search"
    assert paths(sim) == [search, "GET api/2/myself", *(f"GET api/2/project/{n}" for n in MANY)]


def test_only_the_project_with_an_edit_is_searched(sim, synced):
    cursors, connector = synced
    sim.edit("P3-1", by="dana", due=date(2026, 6, 1))
    sim.now += timedelta(minutes=1)
    sim.requests.clear()
    found = {name: list(connector.pull(name, cursors[name])) for name in MANY}
    assert {name: [each.ref for each in issues(pages)] for name, pages in found.items()} == {
        name: ["P3-1"] if name == "P3" else [] for name in MANY
    }
    constant = {"search", "search/jql", "myself", "field", "status", "changelog/bulkfetch"}
    rest = [path for path in paths(sim) if path.partition("api/2/")[2] not in constant]
    assert rest == [f"GET api/2/project/{name}" for name in MANY]
    assert len(paths(sim)) <= len(MANY) + 7


def test_an_edit_is_read_again_only_while_it_is_in_the_overlap(sim, build, synced):
    cursors, connector = synced
    sim.edit("P3-1", by="dana", due=date(2026, 6, 1))
    found = []
    for _ in range(3):
        sim.requests.clear()
        pulls = {name: list(connector.pull(name, cursors[name])) for name in MANY}
        cursors = {name: pages[-1].cursor for name, pages in pulls.items()}
        found.append([each.ref for pages in pulls.values() for each in issues(pages)])
        sim.now += timedelta(minutes=15)
        connector = build(projects=MANY)
    assert found == [["P3-1"], ["P3-1"], []]
    assert len(sim.requests) == 2 + len(MANY)


def test_an_edit_after_the_search_for_news_is_read_by_the_next_run(sim, build, synced):
    cursors, connector = synced
    pages = list(connector.pull("P0", cursors["P0"]))
    sim.now += timedelta(minutes=30)
    sim.edit("P5-1", by="dana", due=date(2026, 6, 1))
    late = list(connector.pull("P5", cursors["P5"]))
    assert not issues(late)
    assert parse(late[-1].cursor).updated == parse(pages[-1].cursor).updated < sim.now
    assert [each.ref for each in issues(build(projects=MANY).pull("P5", late[-1].cursor))] == [
        "P5-1"
    ]


def test_a_connector_that_is_asked_again_looks_for_news_again(sim, synced):
    cursors, connector = synced
    cursor = list(connector.pull("P0", cursors["P0"]))[-1].cursor
    sim.now += timedelta(hours=1)
    sim.edit("P0-1", by="dana", due=date(2026, 6, 1))
    assert [each.ref for each in issues(connector.pull("P0", cursor))] == ["P0-1"]


def test_more_edits_than_one_page_of_news_are_all_read(sim, build, synced):
    """Then the page tells nothing of the oldest ones: each project is asked by itself."""
    cursors, connector = synced
    sim.page_limit = 3
    for name in MANY:
        sim.now += timedelta(minutes=1)
        sim.edit(f"{name}-2", by="dana", due=date(2026, 6, 1))
    found = {each.ref for name in MANY for each in issues(connector.pull(name, cursors[name]))}
    assert found == {f"{name}-2" for name in MANY}


@pytest.mark.parametrize("spoilt", [{"fields": {}}, {"fields": {"updated": "soon"}}, {"key": None}])
def test_news_that_cannot_be_read_is_no_quiet(sim, synced, spoilt):
    cursors, connector = synced
    sim.edit("P3-1", by="dana", due=date(2026, 6, 1))
    sim.fail("/search", change=lambda answer: replace(
        answer, body=answer.body | {"issues": [row | spoilt for row in answer.body["issues"]]}
    ), times=1)  # fmt: skip
    assert len(issues(connector.pull("P3", cursors["P3"]))) == 1


def test_a_project_that_we_may_not_see_makes_the_others_no_quieter(sim, synced):
    cursors, connector = synced
    sim.hidden.add("P1")
    sim.edit("P3-1", by="dana", due=date(2026, 6, 1))
    with pytest.raises(NotVisible, match="P1"):
        list(connector.pull("P1", cursors["P1"]))
    assert [each.ref for each in issues(connector.pull("P3", cursors["P3"]))] == ["P3-1"]
    assert list(connector.pull("P4", cursors["P4"]))[-1].last


def test_a_project_whose_key_was_changed_is_not_quiet(sim, synced):
    """Its issues have the new key, and so has the project that answers to the old one."""
    cursors, connector = synced
    sim.edit("P3-1", by="dana", due=date(2026, 6, 1))
    issue = sim.issue("P3-1")
    issue.key = "NEW-1"
    renamed = lambda answer: replace(answer, body=answer.body | {"key": "NEW"})  # noqa: E731
    sim.fail(lambda request: request.path.endswith("/project/P3"), change=renamed)
    assert [each.ref for each in issues(connector.pull("P3", cursors["P3"]))] == ["NEW-1"]


def test_quiet_is_believed_of_a_proven_account_only(sim, synced):
    """A dead credential can be answered with a public project and no news."""
    cursors, connector = synced
    sim.fail("/search", status=200, times=1,
             body={"issues": [], "isLast": True, "startAt": 0, "maxResults": 50, "total": 0})  # fmt: skip
    sim.fail("/myself", status=401)
    pages = []
    with pytest.raises(AuthError):
        pages.extend(connector.pull("P0", cursors["P0"]))
    assert not pages


def test_versions_come_with_the_project(sim, build):
    sim.add_version("PAY", "2.1", release=date(2026, 6, 1))
    (found,) = milestones(build().pull("PAY", None))
    assert found.claims[0].lo == date(2026, 6, 1)
    assert not asked(sim, "/versions")


def test_versions_are_asked_for_where_the_project_lacks_them(sim, build):
    sim.add_version("PAY", "2.1", release=date(2026, 6, 1))
    sim.fail(lambda request: request.path.endswith("/project/PAY"),
             change=lambda answer: replace(answer, body={"id": "1", "key": "PAY"}))  # fmt: skip
    (found,) = milestones(build().pull("PAY", None))
    assert found.claims[0].lo == date(2026, 6, 1)
    assert len(asked(sim, "/versions")) == 1


def test_the_deployment_is_remembered_for_the_same_address_only(sim, build):
    fill(sim, 1)
    cursor = list(build().pull("PAY", None))[-1].cursor
    sim.requests.clear()
    list(build().pull("PAY", cursor))
    assert not asked(sim, "serverInfo")
    moved = replace(parse(cursor), site="server https://elsewhere.example.invalid").text()
    list(build().pull("PAY", moved))
    assert len(asked(sim, "serverInfo")) == 1


def test_the_number_of_issues_is_asked_for_a_full_read_only(sim, build):
    fill(sim, 3)
    cursor = list(build().pull("PAY", None))[-1].cursor
    sim.edit("PAY-1", by="dana", due=date(2026, 6, 1))
    list(build().pull("PAY", cursor))
    assert len(asked(sim, "approximate-count")) == (1 if sim.cloud else 0)


@pytest.mark.parametrize(
    "other",
    [
        {"fields": {"target_end": "customfield_10023"}},
        {"phases": {"In Progress": "review"}},
        {"dropped": ("Duplicate",)},
        {"bots": ("dana",)},
        {"sprint_zones": {"PAY": "Asia/Kolkata"}},
        {"sprint_zones": {"": "Asia/Kolkata"}},
    ],
    ids=str,
)
def test_other_settings_read_everything_again(sim, build, other):
    keys = fill(sim, 3)
    sim.now += timedelta(hours=1)
    cursor = list(build().pull("PAY", None))[-1].cursor
    assert not issues(build().pull("PAY", cursor))
    sim.edit("PAY-1", by="dana", due=date(2026, 6, 1))
    assert not [page for page in build().pull("PAY", cursor) if page.reread]
    pages = list(build(**other).pull("PAY", cursor))
    assert all(page.reread for page in pages if issues([page]))
    assert (build().reads_as("PAY", cursor), build(**other).reads_as("PAY", cursor)) == (
        True,
        False,
    )
    assert [each.ref for each in issues(pages)] == keys
    assert pages[-1].listing


def test_the_zone_of_another_project_is_no_reason_to_read_anything_again(sim, build):
    fill(sim, 1)
    sim.now += timedelta(hours=1)
    cursor = list(build().pull("PAY", None))[-1].cursor
    other = build(sprint_zones={"LED": "Asia/Kolkata"})
    assert not issues(other.pull("PAY", cursor))


def test_a_cursor_of_an_earlier_version_means_everything(sim, build):
    fill(sim, 2)
    sim.now += timedelta(hours=1)
    old = '{"updated": "2026-05-04T09:30:00+00:00", "sprints": ["7"]}'
    assert parse(old) == Cursor(updated=NOW + timedelta(minutes=30), sprints={"7": ""})
    pages = list(build().pull("PAY", old))
    assert pages[-1].listing
    assert len(issues(pages)) == 2


def test_times_relative_to_the_servers_clock_find_the_same(sim, build):
    fill(sim, 2)
    sim.now += timedelta(hours=1)
    connector = build(jql_times="relative")
    cursor = list(connector.pull("PAY", None))[-1].cursor
    sim.now += timedelta(hours=20, seconds=20)
    sim.edit("PAY-2", by="dana", due=date(2026, 6, 1))
    sim.now += timedelta(seconds=30)
    again = build(jql_times="relative")
    assert [each.ref for each in issues(again.pull("PAY", cursor))] == ["PAY-2"]
    told = [request.json()["jql"] for request in asked(sim, "/search")]
    assert any('updated >= "-' in jql for jql in told)
    assert not any(str(NOW.year) in jql or "updated >= 1" in jql for jql in told)


def test_forks_read_side_by_side_and_ask_for_the_site_once(sim, synced):
    cursors, lead = synced
    for name in MANY:
        sim.edit(f"{name}-1", by="dana", due=date(2026, 6, 1))
    readers = [lead, *(lead.fork() for _ in range(3))]
    left, found, lock = list(MANY), {}, threading.Lock()

    def read(reader):
        while True:
            with lock:
                if not left:
                    return
                name = left.pop()
            pages = list(reader.pull(name, cursors[name]))
            with lock:
                found[name] = [each.ref for each in issues(pages)]

    threads = [threading.Thread(target=read, args=(reader,)) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for reader in readers[1:]:
        reader.close()
    assert found == {name: [f"{name}-1"] for name in MANY}
    assert len(asked(sim, "/api/2/field")) == len(asked(sim, "/api/2/status")) == 1
    # One search for news, one for each project.
    assert len([each for each in asked(sim, "/search") if "count" not in each.path]) == 11


def test_a_fork_that_is_closed_does_not_end_the_others(sim, synced):
    cursors, lead = synced
    lead.fork().close()
    assert list(lead.pull("P0", cursors["P0"]))[-1].last


def test_an_issue_that_could_not_be_read_is_asked_for_again_and_heals(sim, build):
    fill(sim, 3)
    good = sim.issue("PAY-2").created
    sim.now += timedelta(hours=1)
    sim.issue("PAY-2").created = None
    first = list(build().pull("PAY", None))
    assert [each.native_id for each in problems(first)] == [sim.issue("PAY-2").id]
    sim.now += timedelta(hours=1)
    second = list(build().pull("PAY", first[-1].cursor))
    assert [each.native_id for each in problems(second)] == [sim.issue("PAY-2").id]
    sim.issue("PAY-2").created = good
    third = list(build().pull("PAY", second[-1].cursor))
    assert [each.ref for each in issues(third)] == ["PAY-2"]
    assert parse(third[-1].cursor).aside == ()
    sim.requests.clear()
    list(build().pull("PAY", third[-1].cursor))
    assert not asked(sim, "bulkfetch")
    assert not asked(sim, "/issue/")


def test_an_issue_set_aside_that_was_deleted_is_asked_for_no_more(sim, build):
    fill(sim, 2)
    sim.issue("PAY-2").created = None
    cursor = list(build().pull("PAY", None))[-1].cursor
    sim.delete("PAY-2")
    sim.now += timedelta(hours=1)
    pages = list(build().pull("PAY", cursor))
    assert not keys(pages, "gone")
    assert parse(pages[-1].cursor).aside == ()
