"""The connector against both simulated Jiras: paging, cursors, proofs, settings."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from jira_play import NOW, asked, fill, issues, milestones

from syncd.connectors.jira.connector import JiraConnector
from syncd.connectors.jira.cursors import parse
from syncd.demo.simulators.jira_shapes import START
from syncd.errors import AuthError, NotVisible, UnexpectedAnswer

CLOUD = pytest.mark.parametrize("sim", ["cloud"], indirect=True)


def test_every_page_is_read(sim, build):
    keys = fill(sim, 23)
    pages = list(build(page_size=5).pull("PAY", None))
    assert [issue.ref for issue in issues(pages)] == keys
    assert len(pages) == 1 + 5 + 1
    assert {page.expected for page in pages[1:-1]} == {23}


def test_a_server_that_gives_smaller_pages_than_asked_is_read_whole(sim, build):
    keys = fill(sim, 10)
    sim.page_limit = 3
    assert [issue.ref for issue in issues(build().pull("PAY", None))] == keys


def test_a_page_that_lacks_rows_does_not_end_the_reading(sim, build):
    """A server may leave out what we may not see: the page is short, but not the last one."""
    keys = fill(sim, 12)
    sim.fail(lambda request: "/search" in request.path and "count" not in request.path,
             change=without_the_first_row, times=1)  # fmt: skip
    found = {issue.ref for issue in issues(build(page_size=5).pull("PAY", None))}
    assert found >= set(keys[1:])


def without_the_first_row(answer):
    return replace(answer, body=answer.body | {"issues": answer.body["issues"][1:]})


def test_an_issue_edited_while_we_page_is_read_by_the_next_pull(sim, build):
    keys = fill(sim, 6)
    sim.now += timedelta(hours=1)
    began = sim.now
    found = []
    for page in build(page_size=2).pull("PAY", None):
        found.append(page)
        if len(issues(found)) == 2:
            # Later than anything that the overlap would cover.
            sim.now += timedelta(minutes=30)
            sim.edit(keys[0], by="dana", due=date(2026, 6, 1))
            sim.edit(keys[5], by="dana", due=date(2026, 6, 2))
    assert len(issues(found)) == 6
    assert parse(found[-1].cursor).updated <= began
    again = {issue.ref: issue for issue in issues(build().pull("PAY", found[-1].cursor))}
    assert again[keys[0]].claims[0].lo == date(2026, 6, 1)


def test_a_pull_asks_in_epoch_milliseconds_behind_the_cursor(sim, build):
    fill(sim, 1)
    cursor = list(build().pull("PAY", None))[-1].cursor
    list(build().pull("PAY", cursor))
    since = int((NOW - timedelta(minutes=5)).timestamp() * 1000)
    jql = [request.json()["jql"] for request in asked(sim, "/search")][-1]
    assert f"updated >= {since}" in jql


def test_the_cursor_of_an_idle_project_moves_with_the_providers_clock(sim, build):
    fill(sim, 1)
    first = list(build().pull("PAY", None))[-1].cursor
    sim.now += timedelta(days=3)
    second = list(build().pull("PAY", first))[-1]
    assert parse(second.cursor).updated == parse(first).updated + timedelta(days=3)
    assert not second.listing


def test_an_empty_project_has_a_cursor_of_the_providers_clock(sim, build):
    last = list(build().pull("PAY", None))[-1]
    assert parse(last.cursor).updated == NOW
    assert last.listing


@pytest.mark.parametrize("cursor", ["", "x", "{}", "[]", '{"updated": "x", "sprints": []}', "null"])
def test_a_cursor_that_is_not_ours_means_everything(sim, build, cursor):
    fill(sim, 2)
    pages = list(build().pull("PAY", cursor))
    assert len(issues(pages)) == 2
    assert pages[-1].listing


def test_comments_beyond_the_first_page_are_fetched(sim, build):
    (key,) = fill(sim, 1)
    for number in range(130):
        sim.comment(key, f"note {number}", by="dana")
    pages = list(build().pull("PAY", None))
    assert sum(change.field == "comment" for page in pages for change in page.changes) == 130


def test_a_moved_issue_keeps_its_identity_and_its_old_key(sim, build):
    (key,) = fill(sim, 1)
    sim.add_project("LED", "Ledger")
    (before,) = issues(build().pull("PAY", None))
    new = sim.move(key, "LED", by="dana")
    (after,) = issues(build(projects=("PAY", "LED")).pull("LED", None))
    assert (after.key, after.ref, after.aliases) == (before.key, new, (key,))


def test_versions_are_read_in_every_pull(sim, build):
    version = sim.add_version("PAY", "2.1", release=date(2026, 6, 1))
    cursor = list(build().pull("PAY", None))[-1].cursor
    sim.edit_version(version, release=date(2026, 6, 15))
    (found,) = milestones(build().pull("PAY", cursor))
    assert found.claims[0].lo == date(2026, 6, 15)


def test_a_version_is_linked_to_the_plans_whose_addresses_describe_it(sim, build):
    milestone = "https://github.com/acme/ledger/milestone/3"
    sim.add_version("PAY", "2.1", description=f"see {milestone}?closed=1 and PAY-7")
    pages = list(build().pull("PAY", None))
    [link] = [one for page in pages for one in page.links]
    assert [link.near] == [one.key for one in milestones(pages)]
    assert link.far_ref == milestone


@CLOUD
@pytest.mark.parametrize(
    "body", [{"issueChangeLogs": ["x"]}, {"issueChangeLogs": [{"issueId": 1}]}, {}]
)
def test_a_damaged_bulk_answer_falls_back_to_single_logs(sim, build, body):
    (key,) = fill(sim, 1)
    sim.edit(key, by="dana", due=date(2026, 6, 1))
    sim.fail("/changelog/bulkfetch", status=200, body=body)
    pages = list(build().pull("PAY", None))
    assert [change.new for page in pages for change in page.changes] == ["2026-06-01"]


def test_a_hidden_far_end_is_no_link_and_no_failure(sim, build):
    one, other = fill(sim, 2)
    sim.link(one, "is blocked by", other, by="dana")
    sim.hidden.add(other)
    pages = list(build().pull("PAY", None))
    assert [issue.ref for issue in issues(pages)] == [one]
    assert not [link for page in pages for link in page.links]


def test_an_unknown_project_is_not_an_empty_one(sim, build):
    with pytest.raises(NotVisible, match=r"NOPE.*renamed, deleted, or no right"):
        list(build(projects=("NOPE",)).pull("NOPE", None))


def test_a_bad_credential_that_is_answered_with_nothing_is_told(sim, build):
    fill(sim, 3)
    connector = build()
    sim.anonymous_reads = True
    sim.token = "another"
    with pytest.raises(AuthError):
        list(connector.pull("PAY", None))


def test_a_credential_that_ends_while_paging_does_not_make_the_rest_empty(sim, build):
    fill(sim, 6)
    connector = build(page_size=2)
    sim.anonymous_reads = True
    pages = []
    with pytest.raises(AuthError):  # noqa: PT012
        for page in connector.pull("PAY", None):
            pages.append(page)
            if issues(pages):
                sim.token = "revoked"
    assert not any(page.last or page.cursor for page in pages)


def test_the_last_page_is_given_only_after_the_credential_is_proven_again(sim, build):
    """Without headers that say whom it is for, an emptied page looks like the end."""
    sim.default_headers = lambda _: {}
    fill(sim, 2)
    connector = build()
    connector.learned.prove_once(connector.client)
    sim.fail("/myself", status=401)
    pages = []
    with pytest.raises(AuthError):
        pages.extend(connector.pull("PAY", None))
    assert not any(page.last for page in pages)


@pytest.mark.parametrize(("named", "proofs"), [(True, 1), (False, 2)])
def test_answers_that_name_the_account_need_no_second_proof(sim, build, named, proofs):
    fill(sim, 2)
    told = sim.default_headers
    sim.default_headers = lambda request: (
        told(request) if named or "/search" not in request.path else {}
    )
    assert list(build().pull("PAY", None))[-1].last
    assert len(asked(sim, "/myself")) == proofs


@pytest.mark.parametrize("sim", ["server"], indirect=True)
def test_a_page_for_anonymous_is_refused(sim, build):
    fill(sim, 2)
    sim.fail("/search", headers={"X-AUSERNAME": "anonymous"}, times=1)
    with pytest.raises(AuthError, match="anonymous caller"):
        list(build().pull("PAY", None))


def test_a_page_given_to_a_stranger_is_refused_although_the_credential_is_good_again(sim, build):
    fill(sim, 2)
    told = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
    sim.fail("/search", headers=told, times=1)
    with pytest.raises(AuthError, match="anonymous caller"):
        list(build().pull("PAY", None))


def test_nobody_is_not_signed_in(sim, build):
    sim.fail("/myself", status=200, body={"displayName": "Anonymous"})
    with pytest.raises(AuthError, match="nobody"):
        list(build().pull("PAY", None))


@CLOUD
def test_somebody_else_is_not_believed(sim, build):
    eve = {"accountId": "x", "emailAddress": "eve@example.invalid"}
    sim.fail("/myself", status=200, body=eve)
    with pytest.raises(AuthError, match="eve@example"):
        list(build().pull("PAY", None))


@pytest.mark.parametrize(
    ("sim", "missing"),
    [("cloud", "issues"), ("server", "issues"), ("server", "total"), ("server", "maxResults")],
    indirect=["sim"],
)
def test_a_page_without_its_keys_is_another_shape(sim, build, missing):
    fill(sim, 2)
    sim.fail(lambda request: "/search" in request.path and "count" not in request.path,
             change=lambda answer: replace(answer, body={n: v for n, v in answer.body.items() if n != missing}))  # fmt: skip
    with pytest.raises(UnexpectedAnswer, match="the issues of PAY"):
        list(build().pull("PAY", None))


@CLOUD
def test_pages_that_go_round_in_circles_end(sim, build):
    fill(sim, 6)
    sim.fail(
        "/search/jql",
        change=lambda answer: replace(
            answer, body=answer.body | {"nextPageToken": "2", "isLast": False}
        ),
    )
    with pytest.raises(UnexpectedAnswer, match="never end"):
        list(build(page_size=2).pull("PAY", None))


@CLOUD
def test_change_logs_are_read_one_by_one_where_bulk_is_missing(sim, build):
    keys = fill(sim, 2)
    for key in keys:
        for n in range(120):
            sim.edit(key, by="dana", summary=f"Step {n}.{n}")
    sim.fail("/changelog/bulkfetch", status=404)
    pages = list(build().pull("PAY", None))
    assert sum(change.field == "title" for page in pages for change in page.changes) == 240


def test_the_deployment_is_asked_only_when_it_is_not_configured(sim, build):
    fill(sim, 1)
    list(build(deployment="cloud" if sim.cloud else "server").pull("PAY", None))
    assert not asked(sim, "serverInfo")
    list(build().pull("PAY", None))
    assert len(asked(sim, "serverInfo")) == 1


def test_configured_fields_phases_and_bots_count(sim, build):
    sim.add_user("bot", "CI Robot")
    key = sim.add_issue("PAY", "Step", by="bot", start=date(2026, 5, 5), due=date(2026, 5, 6))
    sim.edit(key, by="bot", status="In Review")
    pages = list(build(fields={"target_end": START}, phases={"In Review": "waiting"}, bots=("CI Robot",)).pull("PAY", None))  # fmt: skip
    (issue,) = issues(pages)
    assert {claim.field: claim.lo.day for claim in issue.claims}["target_end"] == 5
    assert str(issue.phase) == "waiting"
    assert all(change.is_bot for page in pages for change in page.changes)


def test_closing_ends_a_wait(sim):
    connector = JiraConnector(
        "jira",
        JiraConnector.Settings(url=sim.url, user=sim.user, token=sim.token, projects=("PAY",)),
    )
    sim.fail("/myself", status=429, headers={"Retry-After": "30"})
    connector.close()
    with pytest.raises(Exception, match="asked to wait"):
        list(connector.pull("PAY", None))
    assert len(sim.requests) == 1, "it waited, and asked again"


@pytest.mark.parametrize(
    ("section", "where"),
    [
        ({"url": "http://jira.example.invalid"}, "https://"),
        ({"url": "https://me:canary@jira.example.invalid"}, "credential"),
        ({"url": "https://jira.example.invalid?token=canary"}, "plain address"),
        ({"projects": ()}, "projects"),
        ({"projects": ("pay",)}, "capital letters"),
        ({"projects": ("PAY", "PAY")}, "listed twice"),
        ({"token": ""}, "empty"),
        ({"token": "canary\n"}, "copy it again"),
        ({"token": "canaré"}, "copy it again"),
        ({"projcts": ("PAY",)}, "projcts"),
        ({"fields": {"strat": "x"}}, "strat"),
        ({"phases": {"Doing": "busy"}}, "phases"),
        ({"page_size": 0}, "page_size"),
        ({"jql_times": "local"}, "jql_times"),
        (
            {"project_fields": {"LED": {"start": "customfield_1"}}},
            '"LED", which is not in projects',
        ),
        ({"project_fields": {"PAY": {"strat": "customfield_1"}}}, "strat"),
    ],
)
def test_bad_settings_are_refused_without_echoing_the_secret(section, where):
    good = {"url": "https://jira.example.invalid", "token": "t0ken", "projects": ("PAY",)}
    with pytest.raises(ValueError, match=where) as caught:
        JiraConnector.Settings(**good | section)
    assert "canar" not in str(caught.value)


def test_behind_the_gateway_links_lead_to_the_site(sim, build):
    connector = build()
    connector.learned.settings = connector.settings.model_copy(
        update={"url": "https://api.atlassian.com/ex/jira/1"}
    )
    told = {"deploymentType": "Cloud", "baseUrl": "https://acme.example.invalid"}
    sim.fail("/serverInfo", status=200, body=told)
    assert connector.learned.address(connector.client) == "https://acme.example.invalid"


def test_two_keys_of_one_project_do_not_take_its_issues_from_each_other(sim, build):
    sim.add_issue("PAY", "Step", by="dana")
    sim.rename_project("PAY", "BUY")
    connector = build(projects=("PAY", "BUY"))
    with pytest.raises(UnexpectedAnswer, match="BUY now, which is read as well") as caught:
        list(connector.pull("PAY", None))
    assert caught.value.hint == 'take "PAY" out of sources.jira.projects'
    assert [each.ref for each in issues(connector.pull("BUY", None))] == ["BUY-1"]
