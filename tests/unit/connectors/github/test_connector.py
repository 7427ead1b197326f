"""The connector against the simulator: what moves, shifts, hides or fails between two answers."""

import json
import threading
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from pasts import rewind

from syncd.connectors.github.client import web
from syncd.demo.simulators.server import Answer
from syncd.errors import (
    AuthError,
    CursorExpired,
    NotVisible,
    RateLimited,
    Unavailable,
    UnexpectedAnswer,
)
from syncd.model.items import Issue, Milestone, Phase, PullRequest
from syncd.model.links import Evidence
from syncd.retrying import retrying

TOKEN = "canary-5ecret-token"
REPO = "acme/ledger"
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def pulled(connector, cursor=None, scope=REPO):
    return Pulled(list(connector.pull(scope, cursor)))


class Pulled:
    def __init__(self, pages):
        self.pages = pages
        self.all = [item for page in pages for item in page.items]
        self.by_ref = {item.ref: item for item in self.all}
        self.changes = [change for page in pages for change in page.changes]
        self.links = [link for page in pages for link in page.links]
        self.problems = [problem for page in pages for problem in page.problems]
        self.cursor = pages[-1].cursor
        self.listing = pages[-1].listing

    @property
    def items(self):
        return [item for item in self.all if not isinstance(item, Milestone)]

    def __getitem__(self, number):
        return self.by_ref[f"{REPO}#{number}"]


def asked(sim, part):
    return [request for request in sim.requests if part in request.path]


def asks_for_details(request):
    return b"nodes(ids" in request.body


def test_a_name_that_one_item_tells_is_not_lost_to_another_that_tells_none(sim, build):
    sim.user("rosei", "Rosa Osei")
    first = sim.open_issue(REPO, "One", by="dana")
    sim.assign(first, "rosei", by="rosei")
    sim.now += timedelta(minutes=1)
    sim.open_issue(REPO, "Two", by="rosei")
    told = pulled(build()).pages
    names = [a.name for page in told for a in page.accounts if a.id == "rosei"]
    assert names == ["Rosa Osei"]


# History


def test_any_past_day_of_an_issue_can_be_rebuilt(sim, build):
    sim.add_milestone(REPO, "2.0")
    sim.add_milestone(REPO, "2.1")
    ref = sim.open_issue(REPO, "Book", by="dana")
    days = {}

    def day(act):
        sim.now += timedelta(days=1)
        act()
        days[sim.now] = None

    day(lambda: sim.assign(ref, "rosei"))
    day(lambda: sim.set_milestone(ref, "2.0"))
    day(lambda: sim.rename(ref, "Book entries"))
    day(lambda: sim.label(ref, "blocked"))
    day(lambda: sim.set_milestone(ref, "2.1"))
    day(lambda: sim.rename_milestone(REPO, "2.1", "2.2"))
    day(lambda: sim.close(ref))
    day(lambda: sim.comment(ref, by="kim"))
    found = pulled(build())
    item = found[1]
    changes = [change for change in found.changes if change.item == item.key]
    past = [rewind(item, changes, at) for at in days]
    old, new = (m.key for m in found.all if isinstance(m, Milestone))
    assert [p.title for p in past] == ["Book"] * 2 + ["Book entries"] * 6
    assert [p.milestones for p in past] == [
        (),
        (old,),
        (old,),
        (old,),
        (new,),
        (new,),
        (new,),
        (new,),
    ]
    assert [p.phase for p in past] == [
        Phase.ACTIVE, Phase.ACTIVE, Phase.ACTIVE, Phase.WAITING, Phase.WAITING, Phase.WAITING,
        Phase.DONE, Phase.DONE,
    ]  # fmt: skip
    assert rewind(item, changes, START).phase is Phase.TODO
    assert rewind(item, changes, START).assignee is None


def test_a_timeline_longer_than_one_answer_is_read_to_its_end(sim, build):
    ref = sim.open_issue(REPO, "Talk")
    for n in range(250):
        sim.now += timedelta(minutes=1)
        sim.comment(ref, by=f"user{n % 7}")
    by_graphql = pulled(build())
    by_rest = pulled(build(use_graphql="never"))
    assert len(by_graphql.changes) == len(by_rest.changes) == 250
    assert by_graphql.changes == by_rest.changes


def test_graphql_and_rest_tell_the_same_of_issues(sim, build):
    one = sim.open_issue(REPO, "One", by="dana", labels=("blocked",), assignees=("rosei",))
    two = sim.open_issue(REPO, "Two", by="dana", body="see #1")
    sim.set_parent(one, two)
    sim.block(one, two)
    sim.now += timedelta(hours=1)
    sim.close(two, reason="duplicate")
    sim.reopen(two)
    sim.unassign(one, "rosei")
    by_graphql, by_rest = pulled(build()), pulled(build(use_graphql="never"))
    assert by_graphql.items == by_rest.items
    assert by_graphql.changes == by_rest.changes
    assert {(k.evidence, k.near, k.far_ref) for k in by_graphql.links} == {
        (k.evidence, k.near, k.far_ref) for k in by_rest.links
    }


def test_a_pull_request_by_graphql(sim, build):
    sim.open_issue(REPO, "One")
    ref = sim.open_pull(REPO, "PAY-1: one", by="rosei", head="pay-1", body="Fixes #1", draft=True)
    sim.now += timedelta(hours=1)
    sim.ready(ref)
    sim.request_review(ref, "kim")
    sim.request_review(ref, "team:core")
    sim.review(ref, by="sam", state="CHANGES_REQUESTED")
    sim.item(ref).checks = "FAILURE"
    sim.item(ref).mergeable = None
    found = pulled(build())
    item = found[2]
    assert isinstance(item, PullRequest)
    assert item.key.native_id == str(sim.item(ref).pull_id)
    assert (item.draft, item.base, item.head_branch) == (False, "main", "pay-1")
    assert item.requested_reviewers == ("kim", "team:core")
    assert [(r.author, r.verdict) for r in item.reviews] == [("sam", "changes_requested")]
    assert (item.review_decision, item.checks, item.mergeable) == (
        "changes_requested", "failure", None,
    )  # fmt: skip
    assert item.pushed_at == START
    closes = [link for link in found.links if link.evidence is Evidence.CLOSES]
    assert [(link.near, link.far) for link in closes] == [(item.key, found[1].key)]
    by_rest = pulled(build(use_graphql="never"))
    for page in (found, by_rest):
        assert [(c.field, c.new) for c in page.changes if c.item == item.key] == [
            ("push", None), ("draft", "false"), ("review_request", "kim"),
            ("review_request", "team:core"), ("review", None),
        ]  # fmt: skip


def test_a_merge_closes_the_issue_and_both_arrive(sim, build):
    sim.open_issue(REPO, "One", assignees=("rosei",))
    ref = sim.open_pull(REPO, "One done", by="rosei", head="one", body="Closes #1")
    first = pulled(build())
    sim.now += timedelta(days=1)
    sim.merge(ref, by="dana")
    second = pulled(build(), first.cursor)
    assert (second[1].phase, second[1].done_at) == (Phase.DONE, sim.now)
    assert (second[2].state, second[2].merged_at) == ("merged", sim.now)


# Paging


def test_rows_that_shift_while_paging_are_not_lost(sim, build):
    refs = [sim.open_issue(REPO, f"Issue {n}") for n in range(12)]
    for n, ref in enumerate(refs):
        sim.item(ref).updated_at = START + timedelta(minutes=n)
    sim.now = START + timedelta(hours=1)
    connector = build(per_page=5)
    pages = connector.pull(REPO, None)
    seen = []
    for page in pages:
        seen += [item.ref for item in page.items]
        if len(seen) == 5:
            sim.comment(refs[0], by="kim")  # moves to the end; all others move forward by one
    assert set(seen) == set(refs)
    assert Counter(seen)[refs[0]] == 2


def test_more_rows_of_one_second_than_fit_on_a_page(sim, build):
    for n in range(23):
        sim.open_issue(REPO, f"Issue {n}")
    sim.now += timedelta(minutes=1)
    for n in range(4):
        sim.open_issue(REPO, f"Later {n}")
    found = pulled(build(per_page=5))
    assert len(found.items) == len({item.key for item in found.items}) == 27


def test_a_server_that_counts_since_as_after_loses_nothing(sim, build):
    """What `since` means for the very second is not documented."""
    for n in range(12):
        sim.open_issue(REPO, f"Issue {n}")
        sim.now += timedelta(seconds=n % 2)
    since = []

    def is_list(request):
        since[:] = [request.query.get("since", "")]
        return request.path.endswith("/issues")

    def after(answer):
        rows = [row for row in answer.body if row["updated_at"] > since[0]]
        return Answer(body=rows, headers=answer.headers)

    sim.fail(is_list, change=after)
    assert len(pulled(build(per_page=3)).items) == 12


def test_a_list_that_never_ends_is_refused(sim, build):
    ref = sim.open_issue(REPO, "One")
    rows = [sim._issue_row(sim.item(ref))]
    again = f'<{sim.url}/x?page=2>; rel="next"'
    sim.fail(
        lambda r: r.path.endswith("/issues"),
        change=lambda answer: Answer(body=rows, headers={"Link": again}),
    )
    with pytest.raises(UnexpectedAnswer, match="same page came twice") as caught:
        pulled(build())
    assert (caught.value.source, caught.value.scope) == ("github", REPO)


def test_a_next_page_on_another_host_is_refused(sim, build):
    sim.open_issue(REPO, "One")
    sim.fail("/issues", headers={"Link": '<https://evil.example.invalid/x?page=2>; rel="next"'})
    with pytest.raises(UnexpectedAnswer, match="another host"):
        pulled(build())


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Location": "http://[bad"}, "redirects to what is no address"),
        ({"X-RateLimit-Remaining": "9" * 5_000}, "the issues of acme/ledger answered with 0 bytes"),
        (
            {"X-RateLimit-Remaining": "9" * 400, "X-RateLimit-Limit": "9" * 400},
            "the issues of acme/ledger answered with 0 bytes",
        ),
    ],
)
def test_an_answer_that_is_none_is_not_taken_for_a_bad_key(sim, build, headers, said):
    status = 302 if "Location" in headers else 200
    sim.fail("/issues", status=status, headers=headers)
    with pytest.raises(UnexpectedAnswer, match=said):
        pulled(build())


def test_a_pull_tells_about_how_much_will_come(sim, build):
    for n in range(30):
        sim.open_issue(REPO, f"Issue {n}")
        sim.now += timedelta(minutes=1)
    pages = list(build(per_page=10).pull(REPO, None))
    told = [page.expected for page in pages if page.items]
    assert told[0] == 30
    assert set(told[1:]) == {None}


def test_requests_stay_few(sim, build):
    for n in range(60):
        sim.open_issue(REPO, f"Issue {n}")
        sim.open_pull(REPO, f"Change {n}", head=f"b{n}")
        sim.now += timedelta(minutes=1)
    pulled(build())
    # milestones, 2 pages; a look, the details of 100 rows, those of the rest
    assert len(asked(sim, "/api/v3")) == 3
    assert len(asked(sim, "/api/graphql")) == 1 + 3 + 1


# Incremental


def test_only_what_changed_comes_with_the_next_pull(sim, build):
    refs = [sim.open_issue(REPO, f"Issue {n}") for n in range(10)]
    sim.now += timedelta(hours=1)
    last = sim.open_issue(REPO, "Last")
    first = pulled(build())
    assert first.listing
    sim.now += timedelta(hours=1)
    sim.label(refs[3], "api")
    second = pulled(build(), first.cursor)
    assert [item.ref for item in second.items] == [last, refs[3]]
    assert not second.listing


def test_an_edit_that_showed_up_late_is_caught(sim, build):
    late, last = sim.open_issue(REPO, "Late"), sim.open_issue(REPO, "Last")
    sim.item(last).updated_at = sim.now = START + timedelta(hours=1)
    first = pulled(build())
    sim.item(late).title = "Late edit"
    sim.item(late).updated_at = START + timedelta(minutes=56)
    assert late in pulled(build(), first.cursor).by_ref


def test_a_milestones_new_date_comes_although_no_issue_changed(sim, build):
    sim.add_milestone(REPO, "2.0", due=date(2026, 12, 4))
    first = pulled(build())
    sim.now += timedelta(days=1)
    sim.set_due(REPO, "2.0", date(2027, 1, 8))
    [milestone] = pulled(build(), first.cursor).all
    assert milestone.claims[0].lo == date(2027, 1, 8)


def test_a_milestone_is_linked_to_the_plans_whose_addresses_describe_it(sim, build):
    found = sim.add_milestone(REPO, "2.0")
    version = "https://jira.example/projects/PAY/versions/10001"
    found.description = f"Notes for PAY-1: {version}/tab/release-report-all-issues"
    [link] = [one for page in build().pull(REPO, None) for one in page.links]
    assert (link.near.native_id, link.far_ref) == (str(found.id), version)


def test_a_row_from_the_future_does_not_hide_what_comes(sim, build):
    ref = sim.open_issue(REPO, "Odd")
    sim.item(ref).updated_at = START + timedelta(days=3650)
    first = pulled(build())
    sim.now += timedelta(hours=1)
    late = sim.open_issue(REPO, "Late")
    assert late in pulled(build(), first.cursor).by_ref


def test_an_item_set_aside_is_tried_again_until_it_can_be_read(sim, build):
    good, bad = sim.open_issue(REPO, "Good"), sim.open_issue(REPO, "Bad")
    sim.item(bad).title = None
    first = pulled(build())
    assert [(p.native_id, p.reason) for p in first.problems] == [
        (str(sim.item(bad).id), f"{bad}: title is missing, not a text")
    ]
    assert not first.listing  # else the one set aside would count as absent
    sim.now += timedelta(days=1)
    sim.open_issue(REPO, "Other")
    second = pulled(build(), first.cursor)
    assert len(second.problems) == 1
    sim.now += timedelta(days=1)
    sim.item(bad).title = "Mended"
    third = pulled(build(), second.cursor)
    assert third.by_ref[bad].title == "Mended"
    assert third.problems == []
    assert bad not in pulled(build(), third.cursor).by_ref
    assert good in first.by_ref


@pytest.mark.parametrize("use_graphql", ["auto", "never"])
def test_what_was_set_aside_and_transferred_is_not_read_in_its_old_place(sim, build, use_graphql):
    sim.add_repo("acme/api")
    sim.open_issue(REPO, "Good")
    bad = sim.open_issue(REPO, "Bad")
    sim.item(bad).title = None
    first = pulled(build(use_graphql=use_graphql))
    sim.item(bad).title = "Mended"
    sim.now += timedelta(hours=1)
    sim.transfer(bad, "acme/api")
    second = pulled(build(use_graphql=use_graphql), first.cursor)
    assert ([item.ref for item in second.items], second.problems) == ([f"{REPO}#1"], [])
    assert json.loads(second.cursor)["aside"] == []


def test_a_pull_request_set_aside_is_named_so_that_its_mending_is_noticed(sim, build):
    ref = sim.open_pull(REPO, "Bad", head="b")
    sim.item(ref).title = None
    [problem] = pulled(build()).problems
    assert problem.native_id == ref


def test_other_mapping_settings_read_everything_again(sim, build):
    sim.open_issue(REPO, "One", labels=("stuck",))
    first = pulled(build())
    with pytest.raises(CursorExpired):
        pulled(build(phases={"stuck": "waiting"}), first.cursor)
    whole = pulled(build(phases={"stuck": "waiting"}))
    assert [page.reread for page in whole.pages] == [False, True, False]
    read_alike = [build(**other).reads_as(REPO, first.cursor) for other in ({}, {"bots": ("x",)})]
    assert read_alike == [True, False]
    assert not build().reads_as(REPO, "of another version")
    sim.now += timedelta(hours=1)
    sim.open_issue(REPO, "Two")
    assert not [page for page in pulled(build(), first.cursor).pages if page.reread]


@pytest.mark.parametrize("cursor", ["", "{}", "17", '{"repo": 1}', "[1]"])
def test_a_cursor_that_cant_be_read_asks_for_everything(sim, build, cursor):
    with pytest.raises(CursorExpired):
        pulled(build(), cursor)


# Renames, rights, hosts


@pytest.mark.parametrize("use_graphql", ["auto", "never"])
def test_a_repository_that_moves_to_another_owner_keeps_its_items(sim, build, use_graphql):
    sim.open_issue(REPO, "One")
    first = pulled(build(use_graphql=use_graphql))
    sim.rename_repo(REPO, "umbrella/ledger")
    sim.now += timedelta(hours=1)
    second = pulled(build(use_graphql=use_graphql), first.cursor)
    [item] = second.items
    assert (item.key, item.ref) == (first[1].key, "umbrella/ledger#1")
    assert item.aliases == (f"{REPO}#1",)
    assert second.listing  # under another name all were read again
    assert not [page for page in second.pages if page.reread]  # and nothing in another way


@pytest.mark.parametrize("use_graphql", ["auto", "never"])
def test_a_private_repository_that_becomes_public_and_back(sim, build, use_graphql):
    sim.open_issue(REPO, "One")
    sim.tokens[TOKEN].repos = ("acme/other",)
    sim.repo(REPO).private = False
    first = pulled(build(use_graphql=use_graphql))
    assert len(first.items) == 1
    sim.repo(REPO).private = True
    with pytest.raises(NotVisible, match="cannot tell which"):
        pulled(build(use_graphql=use_graphql), first.cursor)  # and nothing is told to be gone
    sim.tokens[TOKEN].repos = (REPO,)
    sim.now += timedelta(hours=1)
    sim.comment(f"{REPO}#1", by="kim")
    again = pulled(build(use_graphql=use_graphql), first.cursor)
    assert [item.key for item in again.items] == [first[1].key]


def test_a_renamed_repository_keeps_its_items_and_all_names(sim, build):
    sim.open_issue(REPO, "One")
    sim.now += timedelta(days=1)
    sim.open_issue(REPO, "Two")
    first = pulled(build())
    sim.rename_repo(REPO, "acme/books")
    sim.now += timedelta(days=1)
    second = pulled(build(), first.cursor)
    [item, _] = second.items  # also the one that nobody touched has a new name
    assert item.key == first[1].key
    assert (item.ref, item.aliases, item.scope) == ("acme/books#1", (f"{REPO}#1",), REPO)
    assert item.url.endswith("/acme/books/issues/1")
    fresh = pulled(build())  # by the old name, without a cursor: 301, query kept
    assert item.key in [each.key for each in fresh.items]
    sim.comment("acme/books#2", by="kim")
    third = pulled(build(), second.cursor)
    assert third.items[0].aliases == (f"{REPO}#2",)  # only what is recent, with its old name


def test_a_moved_list_keeps_its_query(sim, build):
    sim.open_issue(REPO, "One")
    sim.close(f"{REPO}#1")
    sim.rename_repo(REPO, "acme/books")
    client = build().client
    answer = client.get(f"/repos/{REPO}/issues", {"state": "all"}, where="x")
    assert len(answer.body) == 1  # without its query only open ones would come


def test_a_repository_that_the_token_was_not_given(sim, build):
    sim.tokens[TOKEN].repos = ("acme/other",)
    with pytest.raises(NotVisible, match="renamed, deleted, or no right: cannot tell which"):
        pulled(build())


def test_a_missing_right_is_named(sim, build):
    sim.tokens[TOKEN].forbidden = ("issues",)
    with pytest.raises(NotVisible, match="not allowed") as caught:
        pulled(build())
    assert "issues=read" in caught.value.hint


def test_single_sign_on_is_named(sim, build):
    sim.fail(status=403, body={}, headers={"X-GitHub-SSO": "required; url=https://x"})
    with pytest.raises(NotVisible) as caught:
        pulled(build())
    assert "single sign-on" in caught.value.hint


def test_an_expired_token_names_the_page_to_renew_it(sim, build):
    sim.tokens[TOKEN].expires_at = sim.now
    with pytest.raises(AuthError) as caught:
        pulled(build())
    assert f"{sim.origin}/settings/personal-access-tokens" in caught.value.hint


def test_a_used_up_budget_says_when_it_is_filled_again(sim, build):
    sim.rate_limit = 0
    with pytest.raises(RateLimited) as caught:
        pulled(build())
    assert caught.value.retry_at == START + timedelta(hours=1)


def test_a_budget_used_up_in_graphql_is_told_with_status_200(sim, build):
    sim.open_issue(REPO, "One")
    body = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
    reset = str(int((START + timedelta(minutes=40)).timestamp()))
    sim.fail("graphql", status=200, body=body, headers={"X-RateLimit-Reset": reset})
    with pytest.raises(RateLimited) as caught:
        pulled(build())
    assert caught.value.retry_at == START + timedelta(minutes=40)


def test_a_server_without_graphql_is_read_by_rest(sim, build):
    sim.open_issue(REPO, "One")
    sim.open_pull(REPO, "Two", head="two", body="Fixes #1")
    sim.has_graphql = False
    connector = build()
    found = pulled(connector)
    assert len(found.items) == 2
    assert found[2].key.native_id == str(sim.item(f"{REPO}#2").pull_id)
    pulled(connector)
    assert len(asked(sim, "/api/graphql")) == 1  # remembered


def undefined(field):
    said = f"Field '{field}' doesn't exist on type 'Issue'"
    return {"errors": [{"message": said, "extensions": {"code": "undefinedField"}}]}


def test_a_server_that_lacks_a_graphql_field_is_read_by_rest(sim, build):
    sim.open_issue(REPO, "One")
    sim.fail("graphql", status=200, body=undefined("timelineItems"))
    assert len(pulled(build()).items) == 1


def test_a_server_that_knows_no_parents_is_still_read_by_graphql(sim, build):
    for n in range(3):
        sim.open_issue(REPO, f"Issue {n}", assignees=("rosei",))
    sim.fail(lambda r: b" parent {" in r.body, status=200, body=undefined("parent"))
    connector = build()
    assert len(pulled(connector).items) == 3
    assert asked(sim, "/timeline") == []
    before = len(sim.requests)
    pulled(connector)
    assert not [r for r in sim.requests[before:] if b" parent {" in r.body]  # remembered


def test_a_node_that_graphql_withholds_is_read_by_rest(sim, build):
    sim.open_issue(REPO, "One", assignees=("rosei",))
    sim.open_issue(REPO, "Two")

    def withhold(answer):
        data = answer.body["data"]
        data["nodes"][0] = None
        return Answer(body={"data": data, "errors": [{"type": "FORBIDDEN"}]})

    sim.fail(asks_for_details, change=withhold)
    found = pulled(build())
    assert len(found.items) == 2
    assert "assignee" in [change.field for change in found.changes]
    assert len(asked(sim, "/timeline")) == 1


def test_graphql_that_fails_without_a_reason_is_tried_again(sim, build):
    sim.open_issue(REPO, "One")
    body = {"data": None, "errors": [{"message": "Something went wrong"}]}
    sim.fail(asks_for_details, status=200, body=body, times=2)
    assert len(pulled(build()).items) == 1
    sim.fail(asks_for_details, status=200, body=body)
    assert len(pulled(build()).items) == 1  # by REST
    for name in ("Two", "Three"):
        sim.open_issue(REPO, name)
    with pytest.raises(Unavailable):
        pulled(build())  # the host fails, not the items: nothing is set aside


def test_one_issue_whose_blockers_are_not_found_is_set_aside_alone(sim, build):
    one, two, three = (sim.open_issue(REPO, name) for name in ("One", "Two", "Three"))
    sim.block(one, three)
    sim.block(two, three)
    sim.fail("/issues/1/dependencies/", status=404, body={"message": "Not Found"})
    found = pulled(build())
    assert [problem.reason[:40] for problem in found.problems] == [
        f"{one}: what blocks 1: not found (404)"[:40]
    ]
    assert [item.ref for item in found.items] == [two, three]
    blocked = [link for link in found.links if link.evidence is Evidence.BLOCKED_BY]
    assert [link.near.native_id for link in blocked] == [str(sim.item(two).id)]


def test_a_server_that_does_not_tell_dependencies(sim, build):
    one, two = (sim.open_issue(REPO, name) for name in ("One", "Two"))
    sim.block(one, two)
    sim.has_dependencies = False
    assert len(pulled(build()).items) == 2
    assert asked(sim, "/dependencies/") == []  # asked only where a row says there are some


def test_a_blocker_in_a_repository_that_is_not_read(sim, build):
    sim.add_repo("acme/api")
    far = sim.open_issue("acme/api", "Far")
    sim.block(sim.open_issue(REPO, "Near"), far)
    [link] = [k for k in pulled(build()).links if k.evidence is Evidence.BLOCKED_BY]
    assert (link.far_ref, link.far.native_id) == ("acme/api#1", str(sim.item(far).id))


def test_a_github_app_signs_in_through_the_same_door(sim, build, pem):
    sim.open_issue(REPO, "One")
    sim.add_app(17, TOKEN, contents="read")
    connector = build(token=None, app_id=5, private_key=pem, installation_id=17)
    assert len(pulled(connector).items) == 1
    [exchange] = asked(sim, "/access_tokens")
    assert exchange.json() == {
        "permissions": {
            "issues": "read", "metadata": "read", "pull_requests": "read", "contents": "read",
        }
    }  # fmt: skip
    assert connector.meter.requests == len(sim.requests)  # the exchange was guarded too


def test_an_app_without_the_rights_that_are_only_useful_is_read_without_them(sim, build, pem):
    sim.open_issue(REPO, "One")
    sim.add_app(17, TOKEN)
    fields = {"Target date": "due"}
    app = {"app_id": 5, "private_key": pem, "installation_id": 17}
    assert len(pulled(build(token=None, project_fields=fields, **app)).items) == 1
    asked_for = [set(request.json()["permissions"]) for request in asked(sim, "/access_tokens")]
    assert asked_for[-1] == {"issues", "metadata", "pull_requests"}


@pytest.mark.parametrize("installation", [99, None])
def test_a_github_app_that_cant_sign_in_is_told_what_to_check(sim, build, pem, installation):
    key = pem if installation else "not a key"
    connector = build(token=None, app_id=5, private_key=key, installation_id=99)
    with pytest.raises(AuthError, match="GitHub App 5") as caught:
        pulled(connector)
    assert "private_key" in caught.value.hint
    assert "not a key" not in str(caught.value)


def test_closing_ends_a_wait(sim, build):
    sim.fail(status=503, headers={"Retry-After": "50"})
    connector = build()
    connector.client.retry = retrying(600, stop=connector.stop)
    threading.Timer(0.2, connector.close).start()
    with pytest.raises(RateLimited):
        pulled(connector)
    # One more try where the wait ended, five where it was waited for.
    assert len(sim.requests) <= 2


@pytest.mark.parametrize(
    ("api", "site"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://git.example.com/api/v3", "https://git.example.com"),
        ("http://127.0.0.1:81/api/v3", "http://127.0.0.1:81"),
    ],
)
def test_the_web_site_of_an_api(api, site):
    assert web(api) == site


def test_scrambled_answers_never_crash_and_never_lose_the_rest(sim, build):
    """Any value of a row may be of any type: that row is set aside, the others arrive."""
    sim.add_milestone(REPO, "2.0", due=date(2026, 12, 4))
    sim.open_issue(REPO, "One", labels=("api",), assignees=("rosei",), milestone="2.0", type="Bug")
    sim.open_issue(REPO, "Two", body="text")
    connector = build()
    whole = sim._issue_row(sim.item(f"{REPO}#1"))
    for name in whole:
        for value in (None, 7, "x", [None], {"x": {}}):

            def scramble(answer, name=name, value=value):
                rows = [row | {name: value} if row["number"] == 1 else row for row in answer.body]
                return Answer(body=rows)

            fault = sim.fail(lambda r: r.path.endswith("/issues"), change=scramble)
            found = pulled(connector)
            sim.mend(fault)
            assert f"{REPO}#2" in found.by_ref, (name, value)
            assert len(found.items) + len(found.problems) == 2, (name, value)


def test_the_cursor_holds_nothing_but_a_position(sim, build):
    sim.open_issue(REPO, "Secret plan")
    assert set(json.loads(pulled(build()).cursor)) == {
        "repo", "name", "settings", "since", "former", "aside", "mark", "settled", "etags",
        "owners", "looked", "sprints", "milestones", "titles", "way",
    }  # fmt: skip


def test_kinds(sim, build):
    sim.open_issue(REPO, "One")
    sim.open_pull(REPO, "Two", head="two")
    assert [type(item) for item in pulled(build()).items] == [Issue, PullRequest]
