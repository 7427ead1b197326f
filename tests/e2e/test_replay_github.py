"""Recorded GitHub traffic (2012 to 2026) through the mapping, and through a whole pull."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from replays import TRAFFIC, GitHubReplay, all_rows, objects, recorded_rows, recorded_traffic

from syncd.connectors.github import linking, mapping, rest
from syncd.connectors.github.connector import GitHubConnector
from syncd.connectors.github.details import PullDetails
from syncd.connectors.github.mapping import Repo
from syncd.connectors.github.settings import Settings
from syncd.demo.simulators.server import Answer, Request, Simulator
from syncd.errors import (
    AuthError,
    NotVisible,
    RateLimited,
    SourceError,
    Unavailable,
    UnexpectedAnswer,
)
from syncd.model.items import Milestone
from syncd.retrying import retrying

REPO = Repo(
    source="github", scope="o/r", id=1, full_name="o/r", web="https://github.com",
    default_branch="master",
)  # fmt: skip


@pytest.fixture(scope="module")
def traffic() -> list[dict[str, Any]]:
    if not TRAFFIC.exists():
        pytest.skip("recorded GitHub traffic is not here (../shared/data/github_traffic)")
    return recorded_traffic()


def is_item(found: dict[str, Any]) -> bool:
    return {"id", "number", "state", "title", "user", "created_at"} <= found.keys()


def is_pull_row(found: dict[str, Any]) -> bool:
    return any((found.get("pull_request") or {}).values())


def test_every_recorded_issue_is_mapped(traffic):
    counts: Counter[str] = Counter()
    for found in objects(traffic):
        if is_item(found) and "labels" in found and "head" not in found and not is_pull_row(found):
            details = rest.issue_details(found, [], ())
            item = mapping.issue(found, details, REPO).item
            linking.issue_links(item, found, details, REPO)
            counts[str(item.phase)] += 1
            assert item.title
            assert item.done_at is None or item.phase.is_closed
    assert counts == {"todo": 377, "active": 188, "done": 130, "dropped": 1}


def test_every_recorded_row_of_a_pull_request_is_mapped(traffic):
    bare = PullDetails(id="1", draft=False, base="master", head_branch="x", merged_at=None)
    counts: Counter[str] = Counter()
    for found in objects(traffic):
        if is_item(found) and is_pull_row(found):
            item = mapping.pull_request(found, bare, REPO).item
            linking.pull_links(item, found, bare, REPO)
            counts[item.state] += 1
    assert counts == {"open": 82, "closed": 71}


def test_every_recorded_pull_request_is_mapped(traffic):
    counts: Counter[str] = Counter()
    for found in objects(traffic):
        if is_item(found) and "head" in found:
            details = rest.pull_details(found, [], [])
            # Mapped are rows of /issues; these had no labels, and milestones without id, in 2012.
            row = {"labels": [], **found}
            if "id" not in (row.get("milestone") or {"id": 1}):
                row["milestone"] = None
            item = mapping.pull_request(row, details, REPO).item
            counts[item.state] += 1
            assert item.head_branch
            assert item.base
    assert counts == {"open": 18, "closed": 3, "merged": 14}


def test_every_recorded_milestone_is_mapped_to_the_day_people_chose(traffic):
    days: Counter[str] = Counter()
    for found in objects(traffic):
        if "due_on" in found:
            item = mapping.milestone(found, REPO)
            days[str(item.claims[0].lo) if item.claims else "none"] += 1
    assert sum(days.values()) == 400
    assert days["none"] == 55
    assert days["2012-06-25"] == 166
    assert days["2018-09-27"] == 1  # 23:39:01Z: not midnight, same day there
    assert len(days) == 29


def test_every_recorded_review_and_timeline_entry_is_read(traffic):
    reviews: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for found in objects(traffic):
        if "submitted_at" in found:
            review = rest.review(found)
            assert review is not None
            assert review.author is not None
            reviews[review.verdict] += 1
        elif "event" in found and "created_at" in found and "actor" in found:
            kinds.update(event.kind for event in rest.events([found]))
    assert reviews == {"approved": 2, "commented": 7, "dismissed": 2}
    assert kinds == {
        "assigned": 16, "unassigned": 1, "closed": 10, "reopened": 1, "merged": 3, "commented": 4,
        "labeled": 4, "unlabeled": 1, "milestoned": 1, "demilestoned": 1, "renamed": 1,
        "cross-referenced": 2, "review_requested": 1,
    }  # fmt: skip


def connector(simulator: Simulator, repo: str) -> GitHubConnector:
    settings = Settings(url=simulator.url, token="t", repos=(repo,), per_page=25)
    return GitHubConnector("github", settings)


def test_a_recorded_repository_is_pulled_whole_and_then_only_what_is_new(traffic):
    repo = "openframeworks/openFrameworks"
    with GitHubReplay(traffic) as simulator:
        source = connector(simulator, repo)
        pages = list(source.pull(repo, None))
        items = [item for page in pages for item in page.items]
        kinds = Counter(type(item).__name__ for item in items)
        assert kinds == {"Issue": 149, "PullRequest": 21, "Milestone": 6}
        assert len({item.key for item in items}) == len(items)
        assert [problem for page in pages for problem in page.problems] == []
        assert pages[-1].last
        assert pages[-1].listing
        asked = len(simulator.requests)
        again = list(source.pull(repo, pages[-1].cursor))
        assert len([i for page in again for i in page.items if not isinstance(i, Milestone)]) == 1
        assert len(simulator.requests) - asked < 8
        source.close()


def test_rows_cut_down_to_their_id_are_problems_and_stop_nothing(traffic):
    cut = [row for row in all_rows(traffic) if len(row) == 1]
    whole = recorded_rows(traffic)[:5]
    with GitHubReplay(traffic) as simulator:
        simulator.rows = [{**row, "updated_at": "2012-01-01T00:00:00Z"} for row in cut[:20]] + whole
        source = connector(simulator, "openframeworks/openFrameworks")
        pages = list(source.pull("openframeworks/openFrameworks", None))
        source.close()
    assert sum(len(page.problems) for page in pages) == 20
    assert sum(not isinstance(i, Milestone) for page in pages for i in page.items) == 5
    assert pages[-1].last
    assert not pages[-1].listing


EXPECTED: dict[int, tuple[type[SourceError], ...]] = {
    401: (AuthError,),
    403: (NotVisible, RateLimited),
    404: (NotVisible,),
    502: (Unavailable,),
    503: (Unavailable,),
}


class Said(Simulator):
    """Gives one recorded answer to every request."""

    said = Answer()

    def not_found(self, request: Request) -> Answer:
        return self.said


def test_every_recorded_refusal_and_failure_is_told_apart(traffic):
    counts: Counter[str] = Counter()
    with Said() as simulator:
        client = connector(simulator, "o/r").client
        client.retry = retrying(60, sleep=lambda _: None)
        for exchange in traffic:
            if exchange["status"] in EXPECTED and exchange["verb"] == "GET":
                simulator.said = recorded(exchange)
                with pytest.raises(SourceError) as caught:
                    client.get("/x", where="the repository o/r")
                assert isinstance(caught.value, EXPECTED[exchange["status"]])
                assert "\n" not in str(caught.value)
                counts[f"{exchange['status']} {type(caught.value).__name__}"] += 1
        client.close()
    assert counts == {
        "401 AuthError": 4,
        "403 NotVisible": 3,  # user agent, not a member, no push access
        "403 RateLimited": 2,  # budget used up, abuse detection
        "404 NotVisible": 38,
        "502 Unavailable": 7,
        "503 Unavailable": 1,
    }


def recorded(exchange: dict[str, Any]) -> Answer:
    keep = ("retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "x-github-otp")
    headers = {n: v for n, v in exchange["response_headers"] if n.lower() in keep}
    return Answer(status=exchange["status"], body=exchange["body"].encode(), headers=headers)


def test_recorded_redirects_are_followed_on_their_host_and_refused_to_another(traffic):
    outcomes: Counter[str] = Counter()
    for exchange in traffic:
        if exchange["status"] == 301:
            outcomes[follow(exchange)] += 1
    assert outcomes == {"o/new": 4, "in circles": 2, "another host": 1}


def follow(exchange: dict[str, Any]) -> str:
    location = next(v for n, v in exchange["response_headers"] if n.lower() == "location")
    with Said() as simulator:
        own = re.sub(r"^https://api\.github\.com(:443)?(?=/)", simulator.url, location)
        simulator.said = Answer(body={"full_name": "o/new"})
        simulator.route(
            "GET", exchange["url"], lambda _: Answer(status=301, headers={"Location": own})
        )
        client = connector(simulator, "o/r").client
        try:
            return str(client.get(exchange["url"], where="x").body["full_name"])
        except UnexpectedAnswer as error:
            return "in circles" if "in circles" in str(error) else "another host"
        finally:
            client.close()


def test_recorded_broken_json_is_an_unexpected_answer(traffic):
    broken = [e for e in traffic if e["test"] == "Exceptions.testJSONParseError"]
    assert len(broken) == 1
    with Said() as simulator:
        simulator.said = recorded(broken[0])
        client = connector(simulator, "o/r").client
        with pytest.raises(UnexpectedAnswer, match="not JSON"):
            client.get("/x", where="the repository o/r")
        client.close()
