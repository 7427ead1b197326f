"""501 real issues of the Apache Jira, served as Jira Data Center and read by the real connector."""

import json
from collections import Counter
from datetime import date, datetime

import pytest
from pasts import rewind
from replays import DATA, JiraReplay, rows

from syncd.connectors.jira.connector import JiraConnector
from syncd.connectors.jira.fields import find_fields
from syncd.connectors.jira.mapping import Site, map_issue
from syncd.connectors.jira.sprints import read_sprint
from syncd.model.items import Issue, MilestoneKind
from syncd.model.links import Evidence

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="real data (../shared/data) is absent")


@pytest.fixture(scope="module")
def issues():
    return rows("jira_apache/issues.jsonl.gz")


@pytest.fixture(scope="module")
def pulled(issues):
    projects = sorted({raw["fields"]["project"]["key"] for raw in issues})
    with JiraReplay(issues) as server:
        connector = JiraConnector(
            "apache", JiraConnector.Settings(url=server.url, token="replayed", projects=projects)
        )
        first = {name: list(connector.pull(name, None)) for name in connector.scopes()}
        connector.close()
        again = JiraConnector(
            "apache", JiraConnector.Settings(url=server.url, token="replayed", projects=projects)
        )
        second = {name: list(again.pull(name, pages[-1].cursor)) for name, pages in first.items()}
        again.close()
    return first, second


def every(pulled, name):
    return [each for pages in pulled.values() for page in pages for each in getattr(page, name)]


def items_of(history):
    return [(entry, item) for entry in history for item in entry["items"]]


def logged(issues, field):
    return [
        (raw, entry, item)
        for raw in issues
        for entry, item in items_of(raw["changelog"]["histories"])
        if item["field"] == field
    ]


def test_all_501_issues_of_21_projects_arrive_without_a_problem(pulled, issues):
    first, _ = pulled
    found = [item for item in every(first, "items") if isinstance(item, Issue)]
    assert len(first) == 21
    assert len(found) == len({item.key for item in found}) == len(issues) == 501
    assert every(first, "problems") == []
    assert all(
        pages[-1].last and pages[-1].listing and pages[-1].cursor for pages in first.values()
    )


def test_a_second_pull_brings_only_what_the_overlap_reads_again(pulled):
    first, second = pulled
    known = set(every(first, "items")) | set(every(first, "changes"))
    assert set(every(second, "items")) | set(every(second, "changes")) <= known
    again = [item for item in every(second, "items") if isinstance(item, Issue)]
    assert len(again) < 60


def test_every_due_date_change_is_there_with_both_dates(pulled, issues):
    first, _ = pulled
    expected = Counter(
        (raw["id"], item["from"], item["to"], datetime.fromisoformat(entry["created"]))
        for raw, entry, item in logged(issues, "duedate")
    )
    found = Counter(
        (change.item.native_id, change.old, change.new, change.at)
        for change in every(first, "changes")
        if change.field == "due"
    )
    assert found == expected
    assert found.total() == 56


def test_due_dates_are_read_from_the_texts_where_the_values_are_missing(issues):
    """Older sites write the day to fromString and toString only."""
    site = Site(source="apache", url="https://jira.example.invalid")
    due = {raw["id"] for raw, _, _ in logged(issues, "duedate")}
    for raw in issues:
        if raw["id"] not in due:
            continue
        whole = [each for each in map_issue(raw, site).changes if each.field == "due"]
        bare = json.loads(json.dumps(raw))
        for _, item in items_of(bare["changelog"]["histories"]):
            if item["field"] == "duedate":
                item["from"] = item["to"] = None
        assert [each for each in map_issue(bare, site).changes if each.field == "due"] == whole


def test_due_dates_now_agree_with_the_last_change(pulled, issues):
    first, _ = pulled
    now = {item.key.native_id: item for item in every(first, "items") if isinstance(item, Issue)}
    dated = {raw["id"]: raw["fields"]["duedate"] for raw in issues if raw["fields"].get("duedate")}
    claims = {
        native_id: claim.lo.isoformat()
        for native_id, item in now.items()
        for claim in item.claims
        if claim.field == "due"
    }
    assert claims == dated
    assert len(dated) == 148


def test_fix_versions_replay_from_the_history(pulled, issues):
    """Undoing every recorded change of today's versions gives those at creation, and back."""
    first, _ = pulled
    changes = every(first, "changes")
    raw_changes = logged(issues, "Fix Version")
    assert len([each for each in changes if each.field == "milestones"]) == len(raw_changes) == 515
    expected = Counter(
        (raw["id"], item["from"], item["to"], entry["created"]) for raw, entry, item in raw_changes
    )
    found = Counter()
    for each in changes:
        if each.field == "milestones":
            old, new = (value and value.rpartition("-")[2] for value in (each.old, each.new))
            stamp = (
                each.at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{each.at.microsecond // 1000:03d}+0000"
            )
            found[each.item.native_id, old, new, stamp] += 1
    assert found == expected


def test_past_days_can_be_rebuilt(pulled, issues):
    first, _ = pulled
    changes = every(first, "changes")
    by_item = {}
    for change in changes:
        by_item.setdefault(change.item, []).append(change)
    moved = [raw for raw, _, item in logged(issues, "duedate") if item["from"]]
    assert len(moved) == 2
    for raw in moved:
        item = next(each for each in every(first, "items") if each.key.native_id == raw["id"])
        change = next(each for each in by_item[item.key] if each.field == "due" and each.old)
        before = rewind(item, by_item[item.key], change.at.replace(microsecond=0))
        due = next(claim for claim in before.claims if claim.field == "due")
        assert due.lo == date.fromisoformat(change.old)


def test_phases_of_closed_issues_come_from_their_history(pulled):
    first, _ = pulled
    found = [item for item in every(first, "items") if isinstance(item, Issue)]
    phases = Counter(str(item.phase) for item in found)
    assert phases == {"done": 403, "dropped": 93, "todo": 5}
    assert all(item.done_at for item in found if item.phase.is_closed)
    assert len([each for each in every(first, "changes") if each.field == "state"]) == 827


def test_links_are_read_from_this_side(pulled, issues):
    first, _ = pulled
    found = [link for link in every(first, "links") if link.evidence is Evidence.ISSUE_LINK]
    assert len(found) == sum(len(raw["fields"]["issuelinks"]) for raw in issues) == 219
    assert all(link.far and link.phrase for link in found)


def test_moved_issues_keep_their_old_keys(pulled, issues):
    first, _ = pulled
    moved = {raw["id"] for raw, _, _ in logged(issues, "Key")}
    aliased = {item.key.native_id for item in every(first, "items") if item.aliases}
    assert aliased
    assert aliased <= moved


def test_no_comment_text_is_kept(pulled, issues):
    first, _ = pulled
    comments = [each for each in every(first, "changes") if each.field == "comment"]
    total = sum(len(raw["fields"]["comment"]["comments"]) for raw in issues)
    assert len(comments) == total
    assert all(each.old is each.new is None for each in comments)


def test_sprints_come_as_objects_and_as_texts():
    cloud = rows("devlake_traffic/jira_api_issues.jsonl.gz")
    fields = find_fields(
        [
            {
                "id": "customfield_10020",
                "name": "Sprint",
                "schema": {"type": "array", "custom": "com.pyxis.greenhopper.jira:gh-sprint"},
            }
        ],
        {},
    )
    site = Site(source="jira", url="https://jira.example.invalid", fields=fields)
    read = objects = 0
    for row in cloud:
        mapped = map_issue(row["data"], site)
        objects += len(row["data"]["fields"].get("customfield_10020") or [])
        read += len(mapped.sprints)
        for sprint in mapped.sprints:
            assert sprint.kind is MilestoneKind.SPRINT
            assert [claim.field for claim in sprint.claims] == ["end"]
    assert read == objects == 30

    archived = texts = 0
    for project in ("ALOY", "DAEMON", "MOD"):
        for raw in rows(f"jira_titanium_small/{project}.issues.jsonl.gz"):
            map_issue(raw, site)
            for sprint in raw["fields"].get("closedSprints") or []:
                archived += 1
                assert read_sprint(sprint) == read_sprint(as_server_text(sprint))
                texts += 1
    assert archived == texts > 860


def as_server_text(sprint):
    """The same sprint as Data Center writes it."""
    return (
        "com.atlassian.greenhopper.service.sprint.Sprint@1f["
        f"id={sprint['id']},rapidViewId={sprint.get('originBoardId') or '<null>'},state={sprint['state'].upper()},"
        f"name={sprint['name']},startDate={sprint.get('startDate') or '<null>'},"
        f"endDate={sprint.get('endDate') or '<null>'},"
        f"completeDate={sprint.get('completeDate') or '<null>'},sequence={sprint['id']},goal=<null>]"
    )
