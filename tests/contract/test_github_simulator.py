"""The simulated GitHub answers as GitHub's own published descriptions say."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator

from syncd.connectors.github import queries
from syncd.demo.simulators.github import GitHubSimulator
from syncd.demo.simulators.github_things import Iteration

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTIONS = Path(os.environ.get("SYNCD_API_DESCRIPTIONS", ROOT / "node_modules")) / "@octokit"
REST = DESCRIPTIONS / "openapi" / "generated" / "api.github.com.json"
GRAPHQL = DESCRIPTIONS / "graphql-schema" / "schema.graphql"

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
REPO = "acme/ledger"


@pytest.fixture(scope="module")
def simulator():
    with GitHubSimulator(now=START) as simulator:
        play(simulator)
        yield simulator


def play(simulator: GitHubSimulator) -> None:
    """One of every act."""
    simulator.add_token("sim-1", "syncd-bot", writes=("issues",))
    simulator.add_app(17, "sim-1", contents="read")
    simulator.user("dependabot", bot=True)
    simulator.add_repo(REPO)
    simulator.add_repo("acme/api")
    simulator.repo(REPO).files["CODEOWNERS"] = "* @acme/core\n"
    simulator.add_milestone(REPO, "Ledger 2.0", due=date(2026, 12, 4))
    simulator.add_milestone(REPO, "Someday")
    simulator.close_milestone(REPO, "Someday")
    one = simulator.open_issue(
        REPO, "Book entries", by="dana", body="- [ ] one", labels=("api",), assignees=("rosei",),
        milestone="Ledger 2.0", type="Bug",
    )  # fmt: skip
    two = simulator.open_issue(REPO, "Schema", by="dependabot")
    simulator.now += timedelta(hours=1)
    simulator.set_field(one, "Target date", date(2026, 12, 4))
    simulator.set_field(one, "Status", "In Progress")
    simulator.set_field(one, "Iteration", Iteration("4fc1", "Sprint 7", date(2026, 11, 2), 14))
    simulator.block(one, two)
    simulator.set_parent(one, two)
    simulator.comment(one, by="kim", text="see #2")
    simulator.rename(one, "Book all entries", by="dana")
    simulator.unlabel(one, "api", by="dana")
    simulator.unassign(one, "rosei", by="dana")
    simulator.set_milestone(one, None)
    simulator.close(two, reason="not_planned")
    simulator.reopen(two)
    pull = simulator.open_pull(
        REPO, "PAY-142: entries", by="rosei", head="pay-142", body="Fixes #1", draft=True,
        files=("api/ledger.py", "docs/ledger.md"),
    )  # fmt: skip
    simulator.ready(pull)
    simulator.to_draft(pull)
    simulator.ready(pull)
    simulator.request_review(pull, "kim")
    simulator.request_review(pull, "sam")
    simulator.request_review(pull, "team:core")
    simulator.review(pull, by="kim", state="CHANGES_REQUESTED")
    simulator.force_push(pull)
    simulator.review(pull, by="kim")
    simulator.item(pull).checks = "SUCCESS"
    merged = simulator.open_pull(REPO, "Docs", by="dependabot", head="docs")
    simulator.merge(merged, by="dana")
    simulator.push(pull, by="rosei", message="Go on\n\nwith a body")


def get(simulator: GitHubSimulator, path: str) -> Any:
    answer = requests.get(
        simulator.url + path, headers={"Authorization": "token sim-1"}, timeout=60
    )
    assert answer.status_code == 200
    return answer.json()


# (address, path in the description)
PATHS = [
    ("/user", "/user"),
    ("/rate_limit", "/rate_limit"),
    ("/repos/acme/ledger", "/repos/{owner}/{repo}"),
    ("/repos/acme/ledger/milestones?state=all", "/repos/{owner}/{repo}/milestones"),
    ("/repos/acme/ledger/issues?state=all", "/repos/{owner}/{repo}/issues"),
    ("/repos/acme/ledger/issues/1", "/repos/{owner}/{repo}/issues/{issue_number}"),
    (
        "/repos/acme/ledger/issues/1/dependencies/blocked_by",
        "/repos/{owner}/{repo}/issues/{issue_number}/dependencies/blocked_by",
    ),
    (
        "/repos/acme/ledger/issues/1/timeline",
        "/repos/{owner}/{repo}/issues/{issue_number}/timeline",
    ),
    (
        "/repos/acme/ledger/issues/3/timeline",
        "/repos/{owner}/{repo}/issues/{issue_number}/timeline",
    ),
    ("/repos/acme/ledger/pulls", "/repos/{owner}/{repo}/pulls"),
    ("/repos/acme/ledger/pulls/3", "/repos/{owner}/{repo}/pulls/{pull_number}"),
    ("/repos/acme/ledger/pulls/3/files", "/repos/{owner}/{repo}/pulls/{pull_number}/files"),
    ("/repos/acme/ledger/contents/CODEOWNERS", "/repos/{owner}/{repo}/contents/{path}"),
    ("/app/installations/17", "/app/installations/{installation_id}"),
    ("/repos/acme/ledger/milestones/1", "/repos/{owner}/{repo}/milestones/{milestone_number}"),
    (
        "/repos/acme/ledger/issues/1/comments",
        "/repos/{owner}/{repo}/issues/{issue_number}/comments",
    ),
    ("/repos/acme/ledger/pulls/3/reviews", "/repos/{owner}/{repo}/pulls/{pull_number}/reviews"),
]  # fmt: skip


@pytest.fixture(scope="module")
def description() -> Any:
    if not REST.exists():
        pytest.skip(f"GitHub's REST description is not installed ({REST})")
    return json.loads(REST.read_text())


def as_json_schema(value: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema says a type of null."""
    if isinstance(value, list):
        return [as_json_schema(each) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: as_json_schema(each) for name, each in value.items() if name != "example"}
    return {"anyOf": [found, {"type": "null"}]} if found.pop("nullable", False) is True else found


def referenced(schema: Any, known: dict[str, Any]) -> dict[str, Any]:
    """The part of the description's schemas that `schema` needs."""
    found: dict[str, Any] = {}
    waiting = [schema]
    while waiting:
        for name in names_in(waiting.pop()):
            if name not in found:
                found[name] = as_json_schema(known[name])
                waiting.append(found[name])
    return found


def names_in(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(names_in, value))
    if not isinstance(value, dict):
        return set()
    own = {value["$ref"].rpartition("/")[2]} if isinstance(value.get("$ref"), str) else set()
    return own.union(*map(names_in, value.values()))


@pytest.mark.parametrize(("address", "path"), PATHS)
def test_rest_answers_are_as_described(simulator, description, address, path):
    answer = description["paths"][path]["get"]["responses"]["200"]
    schema = as_json_schema(answer["content"]["application/json"]["schema"])
    schemas = referenced(schema, description["components"]["schemas"])
    whole = {**schema, "components": {"schemas": schemas}}
    errors = Draft202012Validator(whole).iter_errors(get(simulator, address))
    assert [f"{error.json_path}: {error.message[:300]}" for error in errors] == []


WRITES = [
    (
        "POST", "/repos/acme/ledger/issues/1/comments", {"body": "a word"}, "201",
        "/repos/{owner}/{repo}/issues/{issue_number}/comments",
    ),
    (
        "PATCH", "/repos/acme/ledger/issues/comments/{comment}", {"body": "two words"}, "200",
        "/repos/{owner}/{repo}/issues/comments/{comment_id}",
    ),
    (
        "PATCH", "/repos/acme/ledger/milestones/1", {"due_on": "2026-12-04T12:00:00Z"}, "200",
        "/repos/{owner}/{repo}/milestones/{milestone_number}",
    ),
]  # fmt: skip


def written(simulator: GitHubSimulator, verb: str, address: str, body: Any) -> Any:
    events = simulator.item(f"{REPO}#1").events
    comment = next(event.id for event in events if event.kind == "commented")
    return requests.request(
        verb, simulator.url + address.format(comment=comment), json=body,
        headers={"Authorization": "token sim-1"}, timeout=60,
    )  # fmt: skip


@pytest.mark.parametrize(("verb", "address", "body", "status", "path"), WRITES)
def test_writes_are_asked_for_and_answered_as_described(
    simulator, description, verb, address, body, status, path
):
    described = description["paths"][path][verb.lower()]
    schemas = description["components"]["schemas"]
    told = described["requestBody"]["content"]["application/json"]["schema"]
    assert set(body) <= properties(told, schemas)
    answer = written(simulator, verb, address, body)
    assert str(answer.status_code) == status
    schema = as_json_schema(described["responses"][status]["content"]["application/json"]["schema"])
    whole = {**schema, "components": {"schemas": referenced(schema, schemas)}}
    errors = Draft202012Validator(whole).iter_errors(answer.json())
    assert [f"{error.json_path}: {error.message[:300]}" for error in errors] == []
    assert set(answer.json()) <= properties(schema, schemas)


@pytest.mark.parametrize(("verb", "address", "body", "status", "path"), WRITES)
def test_who_may_only_read_changes_nothing(simulator, verb, address, body, status, path):
    token = simulator.tokens["sim-1"]
    token.writes, kept = (), token.writes
    try:
        assert written(simulator, verb, address, body).status_code == 403
    finally:
        token.writes = kept


@pytest.mark.parametrize(("address", "path"), [p for p in PATHS if "timeline" not in p[0]])
def test_rest_answers_hold_no_invented_field(simulator, description, address, path):
    """Schemas allow unknown fields; a field the host never sends would fool the connector."""
    answer = description["paths"][path]["get"]["responses"]["200"]
    schemas = description["components"]["schemas"]
    schema = answer["content"]["application/json"]["schema"]
    body = get(simulator, address)
    row = body[0] if isinstance(body, list) else body
    assert set(row) <= properties(schema.get("items", schema), schemas)


def properties(schema: Any, schemas: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        return properties(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    parts = [*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())]
    return set(schema.get("properties", {})).union(*(properties(p, schemas) for p in parts))


@pytest.fixture(scope="module")
def schema() -> Any:
    graphql = pytest.importorskip("graphql", reason="graphql-core is not installed")
    if not GRAPHQL.exists():
        pytest.skip(f"GitHub's GraphQL schema is not installed ({GRAPHQL})")
    return graphql.build_schema(GRAPHQL.read_text(), assume_valid=True)


@pytest.mark.parametrize("name", queries.ALL)
def test_every_query_is_valid_for_the_published_schema(schema, name):
    from graphql import parse, validate

    assert validate(schema, parse(queries.ALL[name])) == []


@pytest.mark.parametrize("name", queries.ALL)
def test_graphql_answers_fit_the_published_schema(simulator, schema, name):
    """Fed back through the real schema, an answer must come out as it is."""
    from graphql import execute, parse

    ids = {f"#{item.number}": row_id(item) for item in simulator.items()}
    variables = {
        "Details": {"ids": [ids["#1"], ids["#2"], ids["#3"], ids["#4"], "gone"]},
        "MoreIssue_timelineItems": {"id": ids["#1"], "after": "1"},
        "MorePullRequest_timelineItems": {"id": ids["#3"], "after": "1"},
        "MoreIssue_projectItems": {"id": ids["#1"], "after": "0"},
        "MorePullRequest_projectItems": {"id": ids["#3"], "after": "0"},
        "MorePullRequest_files": {"id": ids["#3"], "after": "0"},
    }.get(name, {})
    answer = ask(simulator, queries.ALL[name], variables)
    run = execute(
        schema,
        parse(queries.ALL[name]),
        root_value=answer["data"],
        variable_values=variables,
        field_resolver=lambda source, info, **_: source.get(info.path.key),
    )
    assert run.errors is None
    assert run.data == answer["data"]
    absent = {"Details": 1, "Presence": 1}
    assert len(answer.get("errors", ())) == absent.get(name, 0)


def row_id(item: Any) -> str:
    return f"PR_{item.pull_id}" if item.pull_id else f"I_{item.id}"


def ask(simulator: GitHubSimulator, query: str, variables: Any) -> Any:
    answer = requests.post(
        f"{simulator.origin}/api/graphql",
        json={"query": query, "variables": variables},
        headers={"Authorization": "token sim-1"},
        timeout=60,
    )
    assert answer.status_code == 200
    return answer.json()


def test_a_field_that_github_lacks_is_refused(simulator):
    answer = ask(simulator, "query X { nodes(ids: []) { id } colour }", {})
    assert "data" not in answer
    assert answer["errors"][0]["extensions"]["code"] == "undefinedField"


def test_every_kind_of_event_was_played(simulator):
    """Else the checks above would pass over it."""
    played = Counter(event.kind for item in simulator.items() for event in item.events)
    assert set(played) >= {
        "assigned", "unassigned", "closed", "reopened", "labeled", "unlabeled", "milestoned",
        "demilestoned", "renamed", "merged", "ready_for_review", "convert_to_draft",
        "head_ref_force_pushed", "commented", "committed", "cross-referenced", "review_requested",
    }  # fmt: skip


def test_pages_of_a_list_follow_by_link(simulator):
    first = requests.get(
        f"{simulator.url}/repos/acme/ledger/issues?state=all&per_page=3",
        headers={"Authorization": "token sim-1"},
        timeout=60,
    )
    assert len(first.json()) == 3
    second = requests.get(
        first.links["next"]["url"], headers={"Authorization": "token sim-1"}, timeout=60
    )
    assert [row["number"] for row in second.json()] == [1]
    assert "next" not in second.links


def test_what_is_already_held_is_answered_with_304_and_costs_nothing(simulator):
    headers = {"Authorization": "token sim-1"}
    address = f"{simulator.url}/repos/acme/ledger/milestones"
    first = requests.get(address, headers=headers, timeout=60)
    again = requests.get(
        address, headers={**headers, "If-None-Match": first.headers["ETag"]}, timeout=60
    )
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"]
