"""Recorded answers of many sites (DevLake's, Perceval's, seven public Jiras), each one counted."""

import gzip
import json
from collections import Counter

import pytest
from replays import DATA, rows

from syncd.connectors.github import mapping, rest
from syncd.connectors.github.mapping import Repo
from syncd.connectors.jira.fields import find_fields
from syncd.connectors.jira.mapping import Site, map_issue
from syncd.connectors.jira.phases import Workflow, categories
from syncd.connectors.jira.sprints import read_sprint
from syncd.connectors.jira.values import Malformed
from syncd.model.items import ItemKey, Kind
from syncd.model.links import Evidence, Link
from syncd.reconciler.resolve.phrases import meaning

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="real data (../shared/data) is absent")

REPO = Repo(
    source="github", scope="o/r", id=1, full_name="o/r", web="https://github.com",
    default_branch="master",
)  # fmt: skip


def devlake(name):
    return [row["data"] for row in rows(f"devlake_traffic/{name}.jsonl.gz")]


def perceval(name):
    return json.loads((DATA / "perceval_traffic" / name).read_text())


@pytest.fixture(scope="module")
def site():
    known = Workflow(categories=categories(devlake("jira_api_status")))
    return Site(source="jira", url="https://jira.example.invalid", workflow=known)


@pytest.mark.parametrize(
    ("name", "phases", "links", "changes"),
    [
        ("jira_api_issues", {"done": 25, "dropped": 5, "todo": 3}, {"parent": 15}, 449),
        ("jira_api_issue_relationships", {"todo": 22}, {"issue-link": 16}, 22),
        ("jira_external_epics", {"todo": 3}, {"parent": 2}, 2),
    ],
)
def test_issues_of_a_chinese_site(site, name, phases, links, changes):
    found = [map_issue(raw, site) for raw in devlake(name)]
    assert Counter(str(each.issue.phase) for each in found) == phases
    assert Counter(str(link.evidence) for each in found for link in each.links) == links
    assert sum(len(each.changes) for each in found) == changes


def test_its_one_due_date(site):
    (found,) = (map_issue(raw, site) for raw in devlake("jira_api_issues_for_due_date"))
    assert [claim.field for claim in found.issue.claims] == ["due"]
    assert len(found.changes) == 15


def test_all_of_its_sprints_and_statuses_are_read(site):
    sprints = [read_sprint(raw) for raw in devlake("jira_api_sprints")]
    assert Counter(each.state for each in sprints) == {"closed": 30}
    told = Counter(raw["statusCategory"]["key"] for raw in devlake("jira_api_status"))
    assert told == {"indeterminate": 21, "new": 21, "done": 11}
    for raw in devlake("jira_api_status"):
        assert site.workflow.categories[raw["id"]] == raw["statusCategory"]["key"]


@pytest.mark.parametrize(
    ("name", "count"), [("jira_api_remotelinks", 151), ("jira_api_worklogs", 30)]
)
def test_what_is_not_read_is_known_to_be_there(name, count):
    """Remote links and work logs cost a request an issue and decide nothing: they are left out."""
    assert len(devlake(name)) == count


def test_github_of_devlake():
    issues = devlake("github_api_issues")
    own = [raw for raw in issues if not raw.get("pull_request")]
    phases = Counter(
        str(mapping.issue(raw, rest.issue_details(raw, [], ()), REPO).item.phase) for raw in own
    )
    assert (len(issues), phases) == (42, {"done": 26})
    pulls = Counter(
        mapping.pull_request({"labels": [], **raw}, rest.pull_details(raw, [], []), REPO).item.state
        for raw in devlake("github_api_pull_requests")
    )
    assert pulls == {"merged": 27, "closed": 19, "open": 4}
    reviews = Counter(
        rest.review(raw).verdict for raw in devlake("github_api_pull_request_reviews")
    )
    assert reviews == {"commented": 28, "changes_requested": 3}
    events = Counter(
        event.kind for raw in devlake("github_api_events") for event in rest.events([raw])
    )
    assert events == {
        "labeled": 18, "closed": 12, "assigned": 10, "head_ref_force_pushed": 6, "renamed": 1,
        "ready_for_review": 1,
    }  # fmt: skip
    (milestone,) = (mapping.milestone(raw, REPO) for raw in devlake("github_api_milestones"))
    assert milestone.claims == ()


def test_jira_pages_of_perceval(site):
    phases: Counter[str] = Counter()
    for number in ("1", "2", "empty"):
        for raw in perceval(f"jira/jira_issues_page_{number}.json")["issues"]:
            try:
                phases[str(map_issue(raw, site).issue.phase)] += 1
            except Malformed as error:
                phases[str(error)] += 1
    assert phases.total() == 3
    assert phases["summary is empty"] == 1
    fields = perceval("jira/jira_fields.json")
    assert len(fields) == 44
    assert find_fields(fields, {}).flagged == ("customfield_10200",)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("github_issue_1", {"active": 1}),
        ("github_issue_2", {"done": 1}),
        ("github_request", {"done": 1}),
        ("github_request_from_2016_03_01", {"done": 1}),
        ("github_request_pull_request_1", {"closed": 1}),
        ("github_request_pull_request_2", {"closed": 1}),
        ("github_request_pull_request_1_reviews", {"approved": 2}),
        ("github_request_pull_request_2_reviews", {"approved": 1}),
        ("github_empty_request", {}),
    ],
)
def test_github_pages_of_perceval(name, expected):
    found = perceval(f"github/{name}")
    assert Counter(map(standing, found if isinstance(found, list) else [found])) == expected


def standing(raw) -> str:
    if "submitted_at" in raw:
        return rest.review(raw).verdict
    if "head" in raw:
        details = rest.pull_details(raw, [], [])
        return mapping.pull_request({"labels": [], **raw}, details, REPO).item.state
    return str(mapping.issue(raw, rest.issue_details(raw, [], ()), REPO).item.phase)


MEANINGS = (
    "start", "target_start", "target_end", "points", "epic_link", "parent_link", "sprint", "team",
    "flagged",
)  # fmt: skip
FOUND = {
    "Apache": (211, (1, 1, 1, 1, 1, 1, 1, 1, 1)),
    "IntelDAOS": (79, (1, 1, 1, 2, 1, 1, 1, 1, 1)),
    "JFrog": (178, (1, 0, 0, 1, 1, 0, 1, 1, 1)),
    "Jira": (218, (0, 1, 1, 3, 1, 1, 1, 3, 1)),
    "JiraEcosystem": (516, (2, 1, 1, 2, 1, 1, 1, 3, 1)),
    "Mojang": (65, (0, 0, 0, 0, 1, 0, 1, 0, 1)),
    "Sonatype": (102, (0, 1, 1, 1, 1, 1, 1, 2, 1)),
}
"""Fields of each site, and how many were found for each meaning."""


def test_1369_fields_of_seven_sites():
    with gzip.open(DATA / "jira_fields" / "fields.json.gz") as stream:
        sites = json.load(stream)
    assert sum(map(len, sites.values())) == 1369
    for name, fields in sites.items():
        found = find_fields(fields, {})
        counts = tuple(len(getattr(found, each)) for each in MEANINGS)
        assert (len(fields), counts) == FOUND[name], name
        of_its_own = {field["id"] for field in fields}
        assert {each for mean in MEANINGS for each in getattr(found, mean)} <= of_its_own


def test_103_link_types_of_seven_sites():
    with gzip.open(DATA / "jira_fields" / "link_types.json.gz") as stream:
        types = [each for site in json.load(stream).values() for each in site.values()]
    judged = json.loads((DATA / "jira_fields" / "link_type_meaning.json").read_text())
    assert len(types) == 103
    counts = Counter(str(read(each)) for each in types)
    assert counts == {
        "none": 62, "None": 8, "blocks": 11, "duplicate_of": 7, "parent_of": 6, "depends_on": 6,
        "finishes_with": 2, "child_of": 1,
    }  # fmt: skip
    block = [each for each in types if judged.get(each["name"]) == "Block"]
    # One is worded "Blocked" on both sides: which end waits, nobody can tell.
    assert Counter(str(read(each)) for each in block) == {"blocks": 7, "None": 1}


def read(raw):
    key = ItemKey("jira", Kind.ISSUE, "1")
    return meaning(
        Link(
            id="1", near=key, far_ref="X-2", evidence=Evidence.ISSUE_LINK, phrase=raw["outward"],
            inverse_phrase=raw["inward"], type_id=raw["id"], outward=True,
        ),
        {},
    )  # fmt: skip
