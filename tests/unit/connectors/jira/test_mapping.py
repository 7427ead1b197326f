"""Jira's JSON to the common model: dates, phases, sprints, links, and whatever is damaged."""

import copy
import random
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from syncd.connectors.jira.fields import FieldIds, closest, find_fields
from syncd.connectors.jira.mapping import Malformed, Site, categories, map_issue, map_version
from syncd.connectors.jira.phases import Status, Workflow
from syncd.connectors.jira.sprints import current_sprint, read_sprint, read_sprints, sprint_then
from syncd.connectors.jira.values import parse_day, parse_instant
from syncd.model.items import DateRole, Level, Phase
from syncd.model.links import Evidence

FIELDS = FieldIds(
    start=("cf_start",), target_end=("cf_end",), points=("cf_points", "cf_estimate"),
    epic_link=("cf_epic",), sprint=("cf_sprint",), team=("cf_team",), flagged=("cf_flag",),
)  # fmt: skip
SITE = Site(
    source="jira",
    url="https://jira.example",
    fields=FIELDS,
    workflow=Workflow(categories={"1": "new", "2": "indeterminate", "3": "done"}),
    bots=frozenset({"ci robot"}),
    versions={"2.0": "77"},
)
DANA = {"accountId": "a-dana", "displayName": "Dana Lee", "accountType": "atlassian"}
APP = {"accountId": "a-app", "displayName": "Sync", "accountType": "app"}
ROBOT = {"accountId": "a-ci", "displayName": "CI Robot", "accountType": "atlassian"}


def issue(*histories, **fields):
    base = {
        "summary": "Export the ledger",
        "issuetype": {"name": "Story", "hierarchyLevel": 0},
        "project": {"key": "PAY"},
        "status": {"id": "2", "name": "In Progress"},
        "created": "2026-05-01T09:00:00.000+0200",
        "updated": "2026-05-04T09:00:00.000+0000",
        "reporter": DANA,
    }
    return {
        "id": "100", "key": "PAY-1", "fields": base | fields,
        "changelog": {"histories": list(histories)},
    }  # fmt: skip


def entry(number, *items, author=DANA, at="2026-05-02T10:00:00.000+0000"):
    return {"id": str(number), "author": author, "created": at, "items": list(items)}


def item(name, old=(None, None), new=(None, None), **more):
    return {"field": name, "fieldtype": "jira", "from": old[0], "fromString": old[1],
            "to": new[0], "toString": new[1], **more}  # fmt: skip


def told(mapped, field):
    return [(change.old, change.new) for change in mapped.changes if change.field == field]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2012-01-23", date(2012, 1, 23)),
        ("2012-01-23 00:00:00.0", date(2012, 1, 23)),
        ("2012-01-23T22:00:00.000+0000", date(2012, 1, 23)),
        ("12/Jun/20", date(2020, 6, 12)),
        ("3/Mar/2021", date(2021, 3, 3)),
        ("12. März 2021", date(2021, 3, 12)),
        ("Jun 5, 2021", date(2021, 6, 5)),
        ("12/déc./20", date(2020, 12, 12)),
        ("03/04/2020", None),
        ("2012-13-01", None),
        ("31/Feb/20", None),
        ("someday", None),
        ("12/Xyz/20", None),
        ("", None),
        (None, None),
        (20120123, None),
    ],
)
def test_days_are_read_only_without_doubt(text, expected):
    assert parse_day(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-05-01T11:00:00.000+0200", datetime(2026, 5, 1, 9, tzinfo=UTC)),
        (1777626000, datetime(2026, 5, 1, 9, tzinfo=UTC)),
        (1777626000000, datetime(2026, 5, 1, 9, tzinfo=UTC)),
        ("2026-05-01T11:00:00", None),
        ("yesterday", None),
        (10**30, None),
        (True, None),
        (None, None),
    ],
)
def test_instants_are_aware_or_nothing(value, expected):
    assert parse_instant(value) == expected


@pytest.mark.parametrize("locale", [True, False])
def test_due_dates_that_stand_in_the_texts_only(locale):
    texts = (
        ("12/May/26", "19/May/26") if locale else ("2026-05-12 00:00:00.0", "2026-05-19 00:00:00.0")
    )
    moved = entry(1, item("duedate", (None, texts[0]), (None, texts[1])))
    assert told(map_issue(issue(moved), SITE), "due") == [("2026-05-12", "2026-05-19")]


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Europe/Berlin", date(2026, 6, 1), date(2026, 6, 11)),
        ("America/Los_Angeles", date(2026, 5, 31), date(2026, 6, 10)),
    ],
)
def test_a_date_with_a_time_is_of_its_day_where_the_team_is(zone, before, after):
    # Jira writes it in the zone of the account that asks, here UTC and one far east.
    log = item("Planned start", ("2026-06-01T01:30:00+0000", "1/Jun/26 1:30 AM"),
               ("2026-06-10T22:30:00+0000", "10/Jun/26 10:30 PM"), fieldId="cf_start")  # fmt: skip
    for shown in ("2026-06-10T22:30:00.000+0000", "2026-06-11T08:30:00.000+1000"):
        mapped = map_issue(
            issue(entry(7, log), cf_start=shown), replace(SITE, zones={"": "UTC", "PAY": zone})
        )
        assert [(each.field, each.lo) for each in mapped.issue.claims] == [("start", after)]
        assert told(mapped, "start") == [(before.isoformat(), after.isoformat())]


def test_a_date_with_two_readings_is_not_taken_for_no_date():
    moved = entry(1, item("duedate", (None, "03/04/2026"), ("2026-05-19", "19/May/26")))
    assert told(map_issue(issue(moved), SITE), "due") == []


def test_a_removed_due_date_is_a_change_to_nothing():
    moved = entry(1, item("duedate", ("2026-05-12", "x"), (None, None)))
    assert told(map_issue(issue(moved), SITE), "due") == [("2026-05-12", None)]


def test_a_claim_says_who_set_it_and_when():
    moved = entry(1, item("duedate", (None, None), ("2026-05-19", None)), author=APP)
    mapped = map_issue(issue(moved, duedate="2026-05-19", cf_start="2026-05-04"), SITE)
    due, start = mapped.issue.claims
    assert (due.role, due.lo, due.set_by) == (DateRole.DUE, date(2026, 5, 19), "a-app")
    assert due.set_at == datetime(2026, 5, 2, 10, tzinfo=UTC)
    assert (start.field, start.set_by) == ("start", "a-dana")
    assert start.set_at == datetime(2026, 5, 1, 7, tzinfo=UTC)


def test_custom_fields_are_known_by_id_and_by_name():
    by_id = entry(
        1, item("Planned", (None, None), ("2026-05-19", None), fieldId="cf_end", fieldtype="custom")
    )
    named = Site(
        source="jira",
        url="",
        fields=FieldIds(target_end=("cf_end",), names={"planned": "target_end"}),
    )
    by_name = entry(1, item("Planned", (None, None), ("2026-05-19", None), fieldtype="custom"))
    assert told(map_issue(issue(by_id), SITE), "target_end") == [(None, "2026-05-19")]
    assert told(map_issue(issue(by_name), named), "target_end") == [(None, "2026-05-19")]


def test_a_custom_field_named_like_a_system_field_of_ours_is_still_told_apart():
    foreign = entry(1, item("Team lead", (None, "a"), (None, "b"), fieldtype="custom"))
    assert map_issue(issue(foreign), SITE).changes == ()


def test_status_and_resolution_of_one_entry_make_one_phase():
    done = entry(
        7,
        item("resolution", (None, None), ("1", "Won't Fix")),
        item("status", ("2", "In Progress"), ("3", "Closed")),
    )
    mapped = map_issue(
        issue(done, status={"id": "3", "name": "Closed"}, resolution={"name": "Won't Fix"}), SITE
    )
    assert told(mapped, "state") == [("In Progress", "Closed")]
    assert told(mapped, "phase") == [("active", "dropped")]
    assert told(mapped, "resolution") == [(None, "Won't Fix")]
    assert mapped.issue.phase is Phase.DROPPED
    assert mapped.issue.done_at == datetime(2026, 5, 2, 10, tzinfo=UTC)


def test_done_at_is_the_start_of_the_current_stay():
    log = (
        entry(1, item("status", ("1", "To Do"), ("3", "Done")), at="2026-05-02T10:00:00.000+0000"),
        entry(2, item("status", ("3", "Done"), ("2", "In Progress")), at="2026-05-03T10:00:00.000+0000"),
        entry(3, item("status", ("2", "In Progress"), ("3", "Done")), at="2026-05-04T10:00:00.000+0000"),
        entry(4, item("resolution", ("1", "Done"), ("2", "Fixed")), at="2026-05-05T10:00:00.000+0000"),
    )  # fmt: skip
    closed = map_issue(issue(*reversed(log), status={"id": "3", "name": "Done"}), SITE)
    assert closed.issue.done_at == datetime(2026, 5, 4, 10, tzinfo=UTC)
    assert [new for _, new in told(closed, "phase")] == ["done", "active", "done"]
    assert map_issue(issue(*log[:2]), SITE).issue.done_at is None


def test_fix_versions_are_keys_by_id_or_else_by_name():
    log = entry(
        1,
        item("Fix Version", (None, None), ("77", "2.0")),
        item("Fix Version", ("76", "1.9"), (None, None)),
        item("Fix Version", (None, None), (None, "2.0")),
        item("Fix Version", (None, None), (None, "gone")),
    )
    mapped = map_issue(issue(log), SITE)
    assert told(mapped, "milestones") == [
        (None, "jira:milestone:version-77"),
        ("jira:milestone:version-76", None),
        (None, "jira:milestone:version-77"),
    ]
    assert len({change.native_id for change in mapped.changes}) == 3


def test_a_parent_that_is_logged_twice_changes_once():
    log = (
        entry(1, item("IssueParentAssociation", (None, None), ("9", "PAY-9"))),
        entry(2, item("Epic Link", (None, None), ("9", "PAY-9"), fieldtype="custom")),
    )
    mapped = map_issue(issue(*log, parent={"id": "9", "key": "PAY-9"}), SITE)
    assert told(mapped, "parent") == [(None, "PAY-9")]
    assert mapped.issue.parent == "PAY-9"
    (link,) = mapped.links
    assert (link.evidence, link.far_ref, link.far.native_id) == (Evidence.PARENT, "PAY-9", "9")


def test_an_epic_link_is_a_parent_on_data_center():
    assert map_issue(issue(cf_epic="PAY-9"), SITE).issue.parent == "PAY-9"


def test_labels_flag_size_and_people_change_in_canonical_words():
    log = entry(
        1,
        item("labels", (None, "a b"), (None, "b c")),
        item("Flagged", ("", ""), ("[10019]", "Impediment"), fieldtype="custom"),
        item("Story Points", (None, "3.0"), (None, "5"), fieldtype="custom"),
        item("assignee", ("a-dana", "Dana Lee"), (None, None)),
        item("summary", (None, "Old"), (None, "Export the ledger")),
        item("description", (None, "long secret text"), (None, "other")),
    )
    mapped = map_issue(issue(log), SITE)
    assert told(mapped, "labels") == [("a", None), (None, "c")]
    assert told(mapped, "flagged") == [("false", "true")]
    assert told(mapped, "size") == [("3", "5")]
    assert told(mapped, "assignee") == [("a-dana", None)]
    assert told(mapped, "title") == [("Old", "Export the ledger")]
    assert told(mapped, "description") == [(None, None)]


def test_robots_and_nobody_are_not_people():
    log = (
        entry(1, item("priority", (None, "a"), (None, "b")), author=APP),
        entry(2, item("priority", (None, "b"), (None, "c")), author=ROBOT),
        entry(3, item("priority", (None, "c"), (None, "d")), author=None),
        entry(4, item("priority", (None, "d"), (None, "e")), author=DANA),
    )
    changes = map_issue(issue(*log), SITE).changes
    assert [(change.actor, change.is_bot) for change in changes] == [
        ("a-app", True), ("a-ci", True), (None, True), ("a-dana", False),
    ]  # fmt: skip


def test_an_old_key_becomes_an_alias():
    moved = entry(1, item("Key", (None, "OLD-7"), (None, "PAY-1")))
    assert map_issue(issue(moved), SITE).issue.aliases == ("OLD-7",)


def test_links_are_read_from_this_side_with_both_phrases():
    kind = {"id": "10", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"}
    raw = issue(
        entry(1, item("Link", (None, None), ("LED-2", "This issue is blocked by LED-2"))),
        issuelinks=[
            {"id": "5", "type": kind, "inwardIssue": {"id": "200", "key": "LED-2"}},
            {"id": "6", "type": kind, "outwardIssue": {"id": "300", "key": "MOB-3"}},
        ],
    )
    waits, holds = map_issue(raw, SITE).links
    assert (waits.id, waits.phrase, waits.inverse_phrase) == ("5", "is blocked by", "blocks")
    assert (waits.far_ref, waits.far.native_id, waits.outward) == ("LED-2", "200", False)
    assert waits.set_at == datetime(2026, 5, 2, 10, tzinfo=UTC)
    assert (holds.phrase, holds.far_ref, holds.outward, holds.type_id) == (
        "blocks",
        "MOB-3",
        True,
        "10",
    )


def test_texts_are_searched_for_references_but_not_those_of_robots():
    def comment(number, author, body):
        return {
            "id": number,
            "author": author,
            "body": body,
            "created": "2026-05-03T09:00:00.000+0000",
        }

    raw = issue(
        description="Depends on LED-2. See PAY-1 and https://jira.example/browse/MOB-9",
        comment={"comments": [
            comment("1", DANA, "{quote}blocked by LED-7{quote} waiting for LED-8"),
            comment("2", ROBOT, "blocked by LED-9"),
            comment("3", DANA, None),
        ]},
    )  # fmt: skip
    mapped = map_issue(raw, SITE)
    assert [(link.far_ref, link.evidence, link.phrase) for link in mapped.links] == [
        ("LED-2", Evidence.WAITS_PHRASE, "depends on"),
        ("MOB-9", Evidence.CROSS_REFERENCE, ""),
        ("LED-8", Evidence.WAITS_PHRASE, "waiting for"),
    ]
    comments = [change for change in mapped.changes if change.field == "comment"]
    assert [(each.native_id, each.is_bot) for each in comments] == [
        ("comment-1", False), ("comment-2", True), ("comment-3", False),
    ]  # fmt: skip
    assert "LED-7" not in repr(mapped)


def test_a_comment_that_only_a_role_may_read_links_nothing():
    words = {"id": "1", "author": DANA, "created": "2026-05-02T10:00:00.000+0000",
             "body": "blocked by SEC-9"}  # fmt: skip
    for visibility, expected in ((None, ["SEC-9"]), ({"type": "role", "value": "Board"}, [])):
        told = words if visibility is None else words | {"visibility": visibility}
        mapped = map_issue(issue(comment={"comments": [told]}), SITE)
        assert [link.far_ref for link in mapped.links] == expected
        assert [change.field for change in mapped.changes] == ["comment"]


def test_documents_are_searched_as_texts_are():
    """REST v3 and exports have them in place of wiki text."""

    def document(text):
        words = {"type": "text", "text": text}
        return {"type": "doc", "content": [{"type": "paragraph", "content": [words]}]}

    at = "2026-05-03T09:00:00.000+0000"
    comment = {"id": "1", "author": DANA, "body": document("waiting for LED-8"), "created": at}
    raw = issue(description=document("Depends on LED-2"), comment={"comments": [comment]})
    assert [(link.far_ref, link.phrase) for link in map_issue(raw, SITE).links] == [
        ("LED-2", "depends on"),
        ("LED-8", "waiting for"),
    ]


def test_what_an_issue_is_now():
    mapped = map_issue(
        issue(
            assignee=DANA, labels=["x"], components=[{"name": "API"}], priority={"name": "High"},
            cf_points=None, cf_estimate=5, cf_flag=[{"value": "Impediment"}],
            cf_team={"id": "t", "title": "Ledger"}, security={"name": "internal"},
            fixVersions=[{"id": "77", "name": "2.0"}],
        ),
        SITE,
    ).issue  # fmt: skip
    assert (mapped.ref, mapped.scope, mapped.assignee, mapped.team) == (
        "PAY-1",
        "PAY",
        "a-dana",
        "Ledger",
    )
    assert (mapped.size, mapped.flagged, mapped.restricted) == (5.0, True, True)
    assert [str(key) for key in mapped.milestones] == ["jira:milestone:version-77"]
    assert mapped.url == "https://jira.example/browse/PAY-1"
    assert mapped.created_at == datetime(2026, 5, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ({"name": "Story", "hierarchyLevel": 0}, Level.ITEM),
        ({"name": "Épopée", "hierarchyLevel": 1}, Level.EPIC),
        ({"name": "Theme", "hierarchyLevel": 2}, Level.INITIATIVE),
        ({"name": "Sub", "hierarchyLevel": -1}, Level.SUBTASK),
        ({"name": "Epic", "subtask": False}, Level.EPIC),
        ({"name": "Sub-task", "subtask": True}, Level.SUBTASK),
        ({"name": "Bug", "subtask": False}, Level.ITEM),
    ],
)
def test_levels(kind, expected):
    assert map_issue(issue(issuetype=kind), SITE).issue.level is expected


@pytest.mark.parametrize(
    ("status", "resolution", "expected"),
    [
        (Status("1", "Backlog"), None, Phase.TODO),
        (Status("2", "Doing"), None, Phase.ACTIVE),
        (Status("2", "Code Review"), None, Phase.REVIEW),
        (Status("2", "Blocked"), None, Phase.WAITING),
        (Status("1", "Waiting for customer"), None, Phase.WAITING),
        (Status("3", "已完成"), "完成", Phase.DONE),
        (Status("3", "Closed"), "duplicate", Phase.DROPPED),
        (Status("3", "Closed"), "Won’t Do", Phase.DROPPED),
        (Status("3", "Closed"), "Cannot Reproduce", Phase.DROPPED),
        (Status("3", "Won’t do"), None, Phase.DROPPED),
        (Status("3", "Cancelled"), "Done", Phase.DROPPED),
        (Status("3", "Rejected"), None, Phase.DONE),
        (Status("2", "Rejected by QA"), None, Phase.REVIEW),
        (Status("2", "Reviewing"), "Duplicate", Phase.REVIEW),
        (Status("99", "Resolved"), None, Phase.DONE),
        (Status("99", "In Progress"), None, Phase.ACTIVE),
        (Status("99", "Anything"), None, Phase.TODO),
        (Status("3", "Ready to ship"), None, Phase.REVIEW),
    ],
)
def test_phases(status, resolution, expected):
    workflow = Workflow(
        categories={"1": "new", "2": "indeterminate", "3": "done"},
        phases={"ready to ship": Phase.REVIEW, "rejected": Phase.DONE},
    )
    assert workflow.phase(status, resolution) is expected


@pytest.mark.parametrize(
    ("status", "mapped"),
    [
        (Status("1", "Frobbed"), True),
        (Status("99", "Frobbed"), False),
        (Status("99", "frobbing"), True),
        (Status("98", "Frobbed"), False),
        (Status("", "To Do"), True),
        (Status("", "Open"), True),
        (Status("", "Opened"), False),
        (Status("", "On hold"), True),
        (Status("", "In QA"), True),
        (Status("", "Resolved"), True),
        (Status("", "In Progress"), True),
    ],
)
def test_a_status_of_which_nothing_tells_what_it_means(status, mapped):
    workflow = Workflow(
        categories={"1": "new", "98": "undefined"}, phases={"frobbing": Phase.REVIEW}
    )
    assert workflow.is_mapped(status) is mapped


def test_an_issue_in_such_a_status_is_marked():
    assert map_issue(issue(status={"id": "99", "name": "Frobbed"}), SITE).issue.unmapped
    assert not map_issue(issue(), SITE).issue.unmapped


def test_a_status_of_the_past_is_known_by_its_name():
    known = categories(
        [
            {
                "id": "5",
                "name": "Erledigt",
                "untranslatedName": "Sorted",
                "statusCategory": {"key": "done"},
            },
            "x",
            {},
        ]
    )
    workflow = Workflow(categories=known)
    assert workflow.phase(Status("", "erledigt"), None) is Phase.DONE
    assert workflow.phase(Status("", "Sorted"), None) is Phase.DONE


TEXT = (
    "com.atlassian.greenhopper.service.sprint.Sprint@1f2e[id=12,rapidViewId=4,state=ACTIVE,"
    "name=Pay, then rest,goal=a, b=c,startDate=2026-05-04T09:00:00.000Z,"
    "endDate=2026-05-18T09:00:00.000+02:00,completeDate=<null>,sequence=12]"
)


def test_a_sprint_as_text_with_commas():
    sprint = read_sprint(TEXT)
    assert (sprint.id, sprint.board, sprint.state, sprint.name) == (
        "12",
        "4",
        "active",
        "Pay, then rest",
    )
    assert sprint.end == datetime(2026, 5, 18, 7, tzinfo=UTC)
    assert sprint.completed is None


@pytest.mark.parametrize(
    ("zones", "first", "last"),
    [
        ({}, date(2026, 5, 4), date(2026, 5, 16)),
        ({"PAY": "America/Los_Angeles"}, date(2026, 5, 3), date(2026, 5, 15)),
        ({"": "Pacific/Kiritimati"}, date(2026, 5, 4), date(2026, 5, 16)),
        ({"": "UTC", "PAY": "Etc/GMT+12"}, date(2026, 5, 3), date(2026, 5, 15)),
    ],
)
def test_a_sprint_starts_and_ends_on_days_of_its_team(zones, first, last):
    instants = {"startDate": "2026-05-04T00:00:00.000Z", "endDate": "2026-05-16T00:00:00.000Z"}
    sprint = read_sprint({"id": 12, "name": "S", "state": "active", **instants})
    found = replace(SITE, zones=zones).milestone(sprint, "PAY")
    (claim,) = found.claims
    assert (found.start, claim.lo, claim.hi) == (first, last, last)
    assert claim.zone == (zones.get("PAY") or zones.get("", "UTC"))


def test_the_sprint_that_counts():
    def sprint(number, state, end="2026-05-01T00:00:00.000Z"):
        return {"id": number, "state": state, "name": f"S{number}", "endDate": end}

    over, later, now, after = (
        sprint(1, "closed"), sprint(2, "closed", "2026-05-02T00:00:00.000Z"),
        sprint(3, "active"), sprint(4, "future"),
    )  # fmt: skip
    pick = lambda *raws, closed=False: current_sprint(read_sprints(list(raws)), closed=closed)  # noqa: E731
    assert pick(over, now, after).id == "3"
    assert pick(over, after).id == "4"
    assert pick(later, over, closed=True).id == "2"
    assert pick(over, later) is None
    assert pick() is None


def test_a_logged_sprint_list_keeps_sprints_that_were_over():
    known = {
        "1": read_sprint({"id": 1, "state": "closed", "completeDate": "2026-05-02T00:00:00.000Z"}),
        "2": read_sprint({"id": 2, "state": "active"}),
    }
    at = datetime(2026, 5, 3, tzinfo=UTC)
    assert sprint_then("1, 2", known, at) == "2"
    assert sprint_then("1", known, at) is None
    assert sprint_then("1", known, datetime(2026, 5, 1, tzinfo=UTC)) == "1"
    assert sprint_then("2, 9", known, at) == "9"
    assert sprint_then("", known, at) is None


def test_a_version_is_a_milestone():
    raw = {"id": "77", "name": "2.0 & up", "releaseDate": "2026-06-01", "startDate": "2026-05-01"}
    version = map_version(raw, "PAY", SITE)
    assert (version.ref, version.state, version.start) == (
        "PAY 2.0 & up",
        "planned",
        date(2026, 5, 1),
    )
    assert [(claim.role, claim.lo) for claim in version.claims] == [
        (DateRole.RELEASE, date(2026, 6, 1))
    ]
    assert map_version(raw | {"released": True}, "PAY", SITE).state == "released"
    assert map_version(raw | {"released": True, "archived": True}, "PAY", SITE).state == "archived"
    with pytest.raises(Malformed, match="releaseDate"):
        map_version(raw | {"releaseDate": "soon"}, "PAY", SITE)


@pytest.mark.parametrize(
    ("changed", "now", "closed_at"),
    [
        ({"released": True}, datetime(2026, 6, 2, tzinfo=UTC), datetime(2026, 6, 1, 12, tzinfo=UTC)),
        ({"released": True}, datetime(2026, 6, 1, 11, tzinfo=UTC), None),  # ahead of its own date
        ({"released": True}, None, None),
        ({"released": True, "releaseDate": None}, datetime(2026, 6, 2, tzinfo=UTC), None),
        ({"released": False}, datetime(2026, 6, 2, tzinfo=UTC), None),
    ],
)  # fmt: skip
def test_a_version_was_released_on_its_release_day(changed, now, closed_at):
    raw = {"id": "77", "name": "2.0", "releaseDate": "2026-06-01"} | changed
    assert map_version(raw, "PAY", SITE, now=now).closed_at == closed_at


FIELD_ANSWER = [
    {"id": "customfield_1", "name": "Sprint", "schema": {"type": "array", "custom": "com.pyxis.greenhopper.jira:gh-sprint"}},
    {"id": "customfield_2", "name": "Zieltermin", "schema": {"type": "date", "custom": "com.atlassian.jpo:jpo-custom-field-baseline-end"}},
    {"id": "customfield_3", "name": "Start date", "schema": {"type": "date", "custom": "x:datepicker"}},
    {"id": "customfield_4", "name": "Start date", "schema": {"type": "string", "custom": "x:textfield"}},
    {"id": "customfield_5", "name": "Story Points", "schema": {"type": "number", "custom": "x:float"}},
    {"id": "customfield_6", "name": "Story point estimate", "schema": {"type": "number", "custom": "com.pyxis.greenhopper.jira:jsw-story-points"}},
    {"id": "duedate", "name": "Due date"},
    "damaged",
]  # fmt: skip


def test_fields_are_found_by_type_then_by_name():
    found = find_fields(FIELD_ANSWER, {})
    assert found.sprint == ("customfield_1",)
    assert found.target_end == ("customfield_2",)
    assert found.start == ("customfield_3",)
    assert found.points == ("customfield_6", "customfield_5")
    assert found.names["zieltermin"] == "target_end"
    assert found.epic_link == ()


def test_a_configured_field_wins():
    assert find_fields(FIELD_ANSWER, {"start": "customfield_4"}).start == ("customfield_4",)


def test_the_closest_field_is_suggested():
    assert closest(FIELD_ANSWER, "Start") == ("customfield_4", "Start date")
    assert closest(FIELD_ANSWER, "Quux") is None


def test_an_empty_summary_is_called_empty():
    with pytest.raises(Malformed, match="summary is empty"):
        map_issue(issue(summary=""), SITE)
    with pytest.raises(Malformed, match="summary is null, not a text"):
        map_issue(issue(summary=None), SITE)


@pytest.mark.parametrize(
    "damage",
    [
        {"summary": None}, {"summary": ["x"]}, {"status": None}, {"status": {}}, {"created": "x"},
        {"created": None}, {"duedate": "soon"}, {"duedate": 5}, {"labels": "x"}, {"fixVersions": [1]},
        {"issuelinks": [{}]}, {"issuelinks": {}}, {"issuetype": None}, {"comment": []},
        {"comment": {"comments": [{"id": "1"}]}}, {"cf_points": "many"}, {"cf_sprint": [{}]},
        {"cf_sprint": "nonsense"}, {"priority": "High"}, {"parent": "PAY-9"}, {"resolutiondate": "x"},
    ],
)  # fmt: skip
def test_a_damaged_issue_is_refused_by_name_of_the_field(damage):
    with pytest.raises(Malformed):
        map_issue(issue(**damage), SITE)


def test_hostile_shapes_never_raise_anything_else():
    """Fixed seed: 4,000 issues with one to three values replaced by something absurd."""
    rng = random.Random(7)
    whole = issue(
        entry(1, item("duedate", ("2026-05-12", "x"), ("2026-05-19", "y"))),
        entry(2, item("status", ("1", "To Do"), ("2", "In Progress")), item("labels", (None, "a"), (None, "b"))),
        entry(3, item("Sprint", ("", ""), ("12", "S")), item("Fix Version", (None, None), ("7", "v"))),
        duedate="2026-05-19", labels=["a"], assignee=DANA, cf_sprint=[TEXT], cf_team={"title": "T"},
        cf_epic="PAY-9", parent={"id": "9", "key": "PAY-9"}, fixVersions=[{"id": "7", "name": "v"}],
        issuelinks=[{"id": "5", "type": {"id": "1", "inward": "a", "outward": "b"}, "inwardIssue": {"id": "2", "key": "LED-2"}}],
        comment={"total": 1, "comments": [{"id": "1", "author": DANA, "body": "needs LED-3", "created": "2026-05-03T09:00:00.000+0000"}]},
        description="blocked by LED-4", resolution={"name": "Done"}, components=[{"name": "API"}],
    )  # fmt: skip
    absurd = [None, "", "x", 0, -1, 10**40, 1.5, float("nan"), True, [], {}, [None], [[]], {"id": []},
              {"key": 3}, "\x00", "9" * 400, [{"id": None}], "2026-99-99", {"name": {}}]  # fmt: skip
    read = refused = 0
    for _ in range(4000):
        raw = copy.deepcopy(whole)
        for _ in range(rng.randint(1, 3)):
            places = list(spots(raw))
            holder, name = rng.choice(places)
            holder[name] = rng.choice(absurd)
        try:
            map_issue(raw, SITE)
            read += 1
        except Malformed:
            refused += 1
    assert read > 500
    assert refused > 500


def spots(value):
    names = value if isinstance(value, dict) else range(len(value))
    for name in list(names):
        yield value, name
        if isinstance(value[name], dict | list):
            yield from spots(value[name])
